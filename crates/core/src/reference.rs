//! References: what names a secret or a parameter, in every form that AWS and people use.
//!
//! Grammar only: whether the thing exists is for the fetch stage. Forms of a secret's ARN:
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html>.

use std::fmt;

/// A reference to the place where a value lives.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reference {
    /// A Secrets Manager secret.
    Secret(SecretRef),
    /// A parameter whose own value is meant.
    Parameter(ParameterId),
}

/// A Secrets Manager secret: its id, and what Amazon ECS's suffix says of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretRef {
    /// The secret.
    pub id: SecretId,
    /// The suffix's JSON key.
    pub json_key: Option<String>,
    /// The suffix's version stage or version id.
    pub version: Option<Version>,
}

/// The id of a secret as AWS takes it: an ARN without suffix, or a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SecretId {
    /// A whole or partial ARN.
    Arn(Arn),
    /// A name.
    Name(String),
}

/// The id of a parameter: an ARN, or a name with an optional `:version` or `:label`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ParameterId {
    /// An ARN.
    Arn(Arn),
    /// A name.
    Name(String),
}

/// A pinned version of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Version {
    /// A staging label such as `AWSPREVIOUS`.
    Stage(String),
    /// A version id.
    Id(String),
}

/// An ARN of Secrets Manager or Systems Manager.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arn {
    /// The whole text.
    pub text: String,
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// The region.
    pub region: String,
    /// The twelve digits of the account.
    pub account: String,
    /// What follows `secret:` or `parameter`.
    pub resource: String,
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Why a text is no reference. It never holds the text: people paste keys into the wrong variable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Placeholder until the parser stands.
    #[error("not a reference")]
    NotAReference,
}

impl Reference {
    /// Reads a reference: a secret's ARN (whole, partial, or with ECS's suffix), a parameter's ARN, or a secret's name.
    pub fn parse(_text: &str) -> Result<Self, ReferenceError> {
        Err(ReferenceError::NotAReference)
    }
}

impl ParameterId {
    /// Reads a parameter's name or ARN.
    pub fn parse(_text: &str) -> Result<Self, ReferenceError> {
        Err(ReferenceError::NotAReference)
    }
}
