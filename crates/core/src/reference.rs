//! References: names and ARNs of secrets and parameters, in every form that AWS and people use.
//!
//! The fetch stage finds out whether the secret or parameter exists. `grammar` decides which texts
//! are references. Forms of a secret's ARN:
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html>.
//! [`crate::selector`] combines a suffix with an entry.

mod grammar;

use std::fmt;
use std::sync::Arc;

use crate::shown::{NOT_SHOWN, holds_key};

pub use grammar::ReferenceError;
pub(crate) use grammar::{check_name_to_create, is_staging_label, is_version_id};
pub use grammar::{is_account, is_region};

/// A reference to a secret or a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reference {
    /// A Secrets Manager secret.
    Secret(SecretRef),
    /// A parameter whose own value is read.
    Parameter(ParameterId),
}

/// A Secrets Manager secret: its id, and the parts of Amazon ECS's suffix.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretRef {
    /// The secret.
    pub id: SecretId,
    /// The suffix's JSON key.
    pub json_key: Option<String>,
    /// The suffix's staging label or version id.
    pub version: Option<Version>,
}

/// The id of a secret as AWS accepts it: an ARN without suffix, or a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SecretId {
    /// A full or partial ARN.
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

impl Version {
    /// The staging label of the version that is read by default.
    pub const CURRENT: &'static str = "AWSCURRENT";

    /// The label that AWS moves to the version which loses [`Version::CURRENT`].
    pub const PREVIOUS: &'static str = "AWSPREVIOUS";

    /// The label of a version that a rotation has not finished.
    pub const PENDING: &'static str = "AWSPENDING";
}

/// The name or ARN of a secret without the hyphen and the six random characters that AWS adds to a
/// name in an ARN
/// (<https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples.html>);
/// `None` if it does not end this way.
pub fn without_random_suffix(text: &str) -> Option<&str> {
    let (name, random) = text.rsplit_once('-')?;
    let is_random = random.len() == 6 && random.bytes().all(|b| b.is_ascii_alphanumeric());
    is_random.then_some(name)
}

/// An ARN of Secrets Manager or Systems Manager, without Amazon ECS's suffix. Copies share their
/// text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arn(Arc<str>);

impl Arn {
    /// The full text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub fn partition(&self) -> &str {
        self.part(1)
    }

    /// The region.
    pub fn region(&self) -> &str {
        self.part(3)
    }

    /// The twelve digits of the account.
    pub fn account(&self) -> &str {
        self.part(4)
    }

    /// What follows `secret:` or `parameter`: `demo/key-AbCdEf`, or `/demo/key` with an optional
    /// `:version`.
    pub fn resource(&self) -> &str {
        let resource = self.part(5);
        resource
            .strip_prefix("secret:")
            .or_else(|| resource.strip_prefix("parameter"))
            .unwrap_or(resource)
    }

    /// One of the six parts that all ARNs have, counted from 0:
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>.
    fn part(&self, index: usize) -> &str {
        self.0.splitn(6, ':').nth(index).unwrap_or_default()
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for SecretId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for ParameterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The id and, if it is not empty, the suffix.
impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id.as_str())?;
        let key = self.json_key.as_deref().unwrap_or_default();
        match &self.version {
            None if key.is_empty() => Ok(()),
            None => write!(f, ":{key}::"),
            Some(Version::Stage(stage)) => write!(f, ":{key}:{stage}:"),
            Some(Version::Id(id)) => write!(f, ":{key}::{id}"),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reference::Secret(secret) => secret.fmt(f),
            Reference::Parameter(parameter) => parameter.fmt(f),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Version::Stage(stage) => {
                write!(f, "stage {}", if holds_key(stage) { NOT_SHOWN } else { stage })
            }
            Version::Id(id) => write!(f, "version {}", if holds_key(id) { NOT_SHOWN } else { id }),
        }
    }
}

impl Reference {
    /// Parses a reference: a secret's ARN (full, partial, or with ECS's suffix), a parameter's ARN,
    /// or a secret's name. A name under `/aws/reference/secretsmanager/` is a parameter's. White
    /// space around it is ignored.
    ///
    /// ```
    /// use hydrant_core::reference::Reference;
    ///
    /// let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo-AbCdEf:api_key::";
    /// let Reference::Secret(secret) = Reference::parse(arn)? else { unreachable!() };
    /// assert_eq!(secret.id.region(), Some("us-east-1"));
    /// assert_eq!(secret.json_key.as_deref(), Some("api_key"));
    /// assert!(Reference::parse("two words").is_err());
    /// # Ok::<(), hydrant_core::reference::ReferenceError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first problem of the text.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        grammar::reference(text)
    }

    /// The region that an ARN names; `None` for names.
    pub fn region(&self) -> Option<&str> {
        match self {
            Reference::Secret(secret) => secret.id.region(),
            Reference::Parameter(parameter) => parameter.region(),
        }
    }

    /// Whether it is an ARN. A reference that is not an ARN and came from a variable or a parameter
    /// must not be shown.
    pub fn is_arn(&self) -> bool {
        self.region().is_some()
    }
}

impl SecretId {
    /// The text for AWS's `SecretId`.
    pub fn as_str(&self) -> &str {
        match self {
            SecretId::Arn(arn) => arn.as_str(),
            SecretId::Name(name) => name,
        }
    }

    /// The region that an ARN names; `None` for a name.
    pub fn region(&self) -> Option<&str> {
        match self {
            SecretId::Arn(arn) => Some(arn.region()),
            SecretId::Name(_) => None,
        }
    }

    /// The account that an ARN names; `None` for a name.
    pub fn account(&self) -> Option<&str> {
        match self {
            SecretId::Arn(arn) => Some(arn.account()),
            SecretId::Name(_) => None,
        }
    }
}

impl SecretId {
    /// Whether an AWS service manages the secret: its name begins with the service's name and `!`,
    /// as `rds!cluster-…` does
    /// ([AWS](https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html)).
    pub fn is_managed(&self) -> bool {
        match self {
            SecretId::Arn(arn) => arn.resource().contains('!'),
            SecretId::Name(name) => name.contains('!'),
        }
    }
}

impl ParameterId {
    /// Parses a parameter's name or ARN, each with an optional `:version` or `:label`.
    ///
    /// ```
    /// use hydrant_core::reference::ParameterId;
    ///
    /// assert_eq!(ParameterId::parse("/demo/llm/key:3")?.name(), "/demo/llm/key");
    /// # Ok::<(), hydrant_core::reference::ReferenceError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first problem of the text.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        grammar::parameter(text)
    }

    /// The text for AWS's `Name`.
    pub fn as_str(&self) -> &str {
        match self {
            ParameterId::Arn(arn) => arn.as_str(),
            ParameterId::Name(name) => name,
        }
    }

    /// The name without a version or label. An ARN does not show whether the name starts with `/`:
    /// this returns it with one.
    pub fn name(&self) -> &str {
        let text = match self {
            ParameterId::Arn(arn) => arn.resource(),
            ParameterId::Name(name) => name,
        };
        text.split_once(':').map_or(text, |(name, _)| name)
    }

    /// The version or the label after the name.
    pub fn selector(&self) -> Option<&str> {
        let text = match self {
            ParameterId::Arn(arn) => arn.resource(),
            ParameterId::Name(name) => name,
        };
        text.split_once(':').map(|(_, selector)| selector)
    }

    /// The region that an ARN names; `None` for a name.
    pub fn region(&self) -> Option<&str> {
        match self {
            ParameterId::Arn(arn) => Some(arn.region()),
            ParameterId::Name(_) => None,
        }
    }

    /// Whether it names a parameter of AWS's own, below `/aws/`
    /// ([AWS](https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html)).
    pub fn is_managed(&self) -> bool {
        self.name()
            .split('/')
            .find(|part| !part.is_empty())
            .is_some_and(|first| first.eq_ignore_ascii_case("aws"))
    }

    /// Whether a write can use it: PutParameter and DeleteParameter only take a name in the
    /// caller's account and region, without a version. An id that says more is never shortened to a
    /// name.
    pub fn is_changeable(&self) -> bool {
        matches!(self, ParameterId::Name(_)) && self.selector().is_none() && !self.is_managed()
    }
}

/// Where a reference was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the manifest, which is committed and may be shown.
    Manifest,
    /// In this variable.
    Variable(String),
    /// In this parameter.
    Parameter(ParameterId),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Manifest => f.write_str("the manifest"),
            Origin::Variable(name) => f.write_str(name),
            Origin::Parameter(id) => write!(f, "parameter {id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/key-AbCdEf";

    #[test]
    fn a_reference_prints_as_it_was_written() {
        for suffix in [
            "",
            ":key::",
            "::AWSPREVIOUS:",
            ":::4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab",
            ":key:AWSPREVIOUS:",
        ] {
            let text = format!("{ARN}{suffix}");
            assert_eq!(Reference::parse(&text).unwrap().to_string(), text);
        }
        assert!(Reference::parse(ARN).unwrap().is_arn());
        assert!(!Reference::parse("demo").unwrap().is_arn());
    }

    #[test]
    fn what_aws_manages_and_what_can_be_changed() {
        let parameter = |text: &str, managed: bool, changeable: bool| {
            let id = ParameterId::parse(text).unwrap();
            assert_eq!((id.is_managed(), id.is_changeable()), (managed, changeable), "{text}");
        };
        parameter("/demo/key", false, true);
        parameter("aws-like", false, true);
        parameter("/awsome/key", false, true);
        parameter("/demo/key:3", false, false);
        parameter("/demo/key:blue", false, false);
        parameter("arn:aws:ssm:us-east-1:123456789012:parameter/demo/key", false, false);
        parameter("/aws/service/ami", true, false);
        parameter("/AWS/service/ami", true, false);
        parameter(
            "arn:aws:ssm:us-east-1::parameter/aws/service/ami"
                .replace("::", ":123456789012:")
                .as_str(),
            true,
            false,
        );
        parameter("/aws/reference/secretsmanager/demo", true, false);
        for name in ["rds!cluster-1", "events!connection/a", "ecs-sc!a", "appflow!a", "aurora!a"] {
            assert!(SecretId::Name(name.to_owned()).is_managed(), "{name}");
            let arn = format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-AbCdEf");
            assert!(SecretId::Arn(Arn(arn.into())).is_managed(), "{name}");
        }
        assert!(!SecretId::Name("rds/cluster".to_owned()).is_managed());
    }

    #[test]
    fn a_random_suffix_is_a_hyphen_and_six_letters_or_digits() {
        for (text, expected) in [
            ("demo/key-AbC123", Some("demo/key")),
            ("a-b-AbCdEf", Some("a-b")),
            ("demo/key", None),
            ("demo/key-AbCdE", None),
            ("demo/key-AbC_Ef", None),
            ("AbCdEf", None),
        ] {
            assert_eq!(without_random_suffix(text), expected, "{text}");
        }
    }
}
