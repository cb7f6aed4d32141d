//! The edges: what the pipeline asks of Secrets Manager and Parameter Store, one AWS call a method.
//!
//! Owns the traits, their requests and answers; [`StoreError`], to which every adapter reduces what
//! went wrong, is in `error`. Batching, fan-out, retries and fallback live above the traits, in the
//! stages.

mod action;
mod error;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;

use crate::reference::{ParameterId, SecretId, Version};
use crate::secret_value::SecretValue;
use crate::shown::KnownValues;

pub use action::Action;
pub use error::{StoreError, StoreErrorKind};

/// How many names one GetParameters takes
/// ([AWS](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html)).
pub const PARAMETERS_PER_CALL: usize = 10;

/// Reads of AWS Secrets Manager.
///
/// Implement it to hydrate from elsewhere in tests; with the feature `memory` there is one
/// ready-made.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// [GetSecretValue](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html).
    async fn get_secret_value(&self, request: &SecretRequest) -> Result<Secret, StoreError>;

    /// [BatchGetSecretValue](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html)
    /// of at most 20 ids; one page of its answer.
    async fn batch_get_secret_value(
        &self,
        request: &BatchRequest,
    ) -> Result<BatchAnswer, StoreError>;

    /// [DescribeSecret](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html):
    /// everything but the value.
    async fn describe_secret(
        &self,
        request: &SecretRequest,
    ) -> Result<SecretDescription, StoreError>;
}

/// Reads of AWS Systems Manager Parameter Store.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait ParameterStore: Send + Sync {
    /// [GetParameters](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html),
    /// decrypted, of at most [`PARAMETERS_PER_CALL`] names.
    async fn get_parameters(
        &self,
        request: &ParametersRequest,
    ) -> Result<ParametersAnswer, StoreError>;

    /// [DescribeParameters](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html)
    /// of one name: everything but the value; one page, which may have nothing where a later one
    /// has it.
    async fn describe_parameter(
        &self,
        region: &str,
        id: &ParameterId,
        page: Option<String>,
    ) -> Result<ParameterPage, StoreError>;
}

/// One secret in one region, at one version.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct SecretRequest {
    /// The region to ask in.
    pub region: String,
    /// The secret.
    pub id: SecretId,
    /// The pinned version; the request names none where this is `None`, and AWS answers with
    /// `AWSCURRENT`.
    pub version: Option<Version>,
}

impl SecretRequest {
    /// A secret at a pinned version; at `AWSCURRENT` for `None`.
    pub fn new(region: impl Into<String>, id: SecretId, version: Option<Version>) -> Self {
        SecretRequest { region: region.into(), id, version }
    }
}

/// Several secrets in one region, each at `AWSCURRENT`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchRequest {
    /// The region to ask in.
    pub region: String,
    /// The secrets.
    pub ids: Vec<SecretId>,
    /// The previous page's token.
    pub next_token: Option<String>,
}

impl BatchRequest {
    /// The first page.
    pub fn new(region: impl Into<String>, ids: Vec<SecretId>) -> Self {
        BatchRequest { region: region.into(), ids, next_token: None }
    }
}

/// A secret as it was read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Secret {
    /// The whole ARN.
    pub arn: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// What it holds; `None` where AWS answered with neither text nor bytes.
    pub value: Option<Payload>,
    /// Which version it is, and which request read it.
    pub receipt: Receipt,
}

impl Secret {
    /// A secret with this name and value.
    ///
    /// ```
    /// use hydrant_core::store::{Payload, Secret};
    ///
    /// let secret = Secret::new("demo/openai", Payload::Text("sk-test".into()));
    /// assert_eq!(secret.name.as_deref(), Some("demo/openai"));
    /// ```
    pub fn new(name: impl Into<String>, value: Payload) -> Self {
        let (name, value) = (Some(name.into()), Some(value));
        Secret { arn: None, name, value, receipt: Receipt::default() }
    }
}

/// What AWS says of a read or a write beside the value, for the record of it. It holds ids, and
/// nothing that does not look like one: a response with a value in the wrong place has none. Copies
/// share them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    version_id: Option<Arc<str>>,
    request_id: Option<Arc<str>>,
}

impl Receipt {
    /// Keeps what has the form of an id: a version's is a UUID, or what Terraform makes of the
    /// time; a request's is letters, digits and hyphens.
    ///
    /// ```
    /// use hydrant_core::store::Receipt;
    ///
    /// let receipt = Receipt::new(Some("4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab"), Some("sk test"));
    /// assert_eq!(receipt.version_id(), Some("4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab"));
    /// assert_eq!(receipt.request_id(), None);
    /// ```
    pub fn new(version_id: Option<&str>, request_id: Option<&str>) -> Self {
        let kept =
            |id: Option<&str>, is_id: fn(&str) -> bool| id.filter(|id| is_id(id)).map(Arc::from);
        Receipt {
            version_id: kept(version_id, is_version_id),
            request_id: kept(request_id, is_request_id),
        }
    }

    /// Without ids that repeat a value of the same hydration or call: a key can have the form of
    /// one.
    #[doc(hidden)]
    #[must_use]
    pub fn without(self, known: &KnownValues) -> Self {
        let kept = |id: Option<Arc<str>>| id.filter(|id| !known.are_in(id));
        Receipt { version_id: kept(self.version_id), request_id: kept(self.request_id) }
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        [self.version_id(), self.request_id()].into_iter().flatten()
    }

    /// The version that was read or written.
    pub fn version_id(&self) -> Option<&str> {
        self.version_id.as_deref()
    }

    /// AWS's id of the request; of a batch, the same for each secret.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

/// What may be shown as a version's id. AWS takes any text of 32 to 64 characters as one, and so
/// might take a key.
fn is_version_id(text: &str) -> bool {
    let own = text.strip_prefix("terraform-").unwrap_or(text);
    (32..=64).contains(&text.len())
        && own.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// What may be shown as a request's id.
pub fn is_request_id(text: &str) -> bool {
    (32..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// What a secret holds.
#[derive(Clone)]
#[non_exhaustive]
pub enum Payload {
    /// SecretString.
    Text(SecretValue),
    /// SecretBinary, decoded from base64.
    Binary(zeroize::Zeroizing<Vec<u8>>),
}

impl Payload {
    /// Bytes, which are wiped when they are dropped.
    pub fn binary(bytes: Vec<u8>) -> Self {
        Payload::Binary(bytes.into())
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Payload::Text(_) => "Text(…)",
            Payload::Binary(_) => "Binary(…)",
        })
    }
}

/// One page of a batch's answer.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct BatchAnswer {
    /// The secrets that were read.
    pub secrets: Vec<Secret>,
    /// The ids that were not, each with its own error.
    pub errors: Vec<BatchItemError>,
    /// Where the next page begins.
    pub next_token: Option<String>,
}

/// An id of a batch that was not read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BatchItemError {
    /// The id as AWS repeats it.
    pub id: String,
    /// Why.
    pub error: StoreError,
}

impl BatchItemError {
    /// Why this id was not read.
    pub fn new(id: impl Into<String>, error: StoreError) -> Self {
        BatchItemError { id: id.into(), error }
    }
}

/// What DescribeSecret says, as far as hydrant needs it; ListSecrets says the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecretDescription {
    /// The whole ARN.
    pub arn: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// When the secret was changed last, in any way.
    pub changed: Option<SystemTime>,
    /// When the secret was scheduled for deletion, if it is.
    pub deleted: Option<SystemTime>,
    /// Each version's id and staging labels, sorted; empty for a secret that was never filled.
    pub versions: Vec<(String, Vec<String>)>,
    /// The function that rotates it, if it has one.
    pub rotation_function: Option<String>,
    /// When AWS rotates it next.
    pub next_rotation: Option<SystemTime>,
}

impl SecretDescription {
    /// The version that a staging label is attached to.
    pub fn version_at(&self, stage: &str) -> Option<&str> {
        self.versions
            .iter()
            .find(|(_, stages)| stages.iter().any(|one| one == stage))
            .map(|(id, _)| id.as_str())
    }
}

/// A page of what DescribeParameters says of one parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParameterPage {
    /// What it says; `None` if the parameter is not on this page.
    pub found: Option<ParameterDescription>,
    /// The token of the next page, if there is one.
    pub next: Option<String>,
}

/// What DescribeParameters says of one parameter, as far as hydrant needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParameterDescription {
    /// Its ARN.
    pub arn: Option<String>,
    /// The version, from 1.
    pub version: i64,
    /// When it was changed last.
    pub changed: Option<SystemTime>,
}

/// Several parameters in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParametersRequest {
    /// The region to ask in.
    pub region: String,
    /// The parameters.
    pub ids: Vec<ParameterId>,
}

impl ParametersRequest {
    /// These parameters in this region.
    pub fn new(region: impl Into<String>, ids: Vec<ParameterId>) -> Self {
        ParametersRequest { region: region.into(), ids }
    }
}

/// The answer of GetParameters; not in the order of the request.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ParametersAnswer {
    /// The parameters that were read.
    pub parameters: Vec<Parameter>,
    /// The names that do not exist, as they were asked for.
    pub invalid: Vec<String>,
}

/// A parameter as it was read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Parameter {
    /// The whole ARN, without a selector.
    pub arn: Option<String>,
    /// The name, without a selector.
    pub name: Option<String>,
    /// `:version` or `:label`, where the request had one.
    pub selector: Option<String>,
    /// The value, decrypted.
    pub value: SecretValue,
}

impl Parameter {
    /// A parameter with this value. Its name or its ARN tells which of a request it is.
    pub fn new(value: SecretValue) -> Self {
        Parameter { arn: None, name: None, selector: None, value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_id_is_not_kept() {
        fn check(text: &str, version: bool, request: bool) {
            let receipt = Receipt::new(Some(text), Some(text));
            assert_eq!(
                (receipt.version_id().is_some(), receipt.request_id().is_some()),
                (version, request),
                "{text}"
            );
        }
        check("3b86e0c1-4f2a-4c1d-9b7e-0123456789ab", true, true);
        check("terraform-20261122012450000000000001", true, true);
        check("ABCDEFGHIJKLMNOPQRSTUVWXYZ01234567890ABCDEFGHIJKLMNOP", false, true);
        check("sk-qX7vB2nM9kL4jH8gT5dW3zR6", false, false);
        check("sk_qX7vB2nM9kL4jH8gT5dW3zR6qX7vB2nM9kL4", false, false);
        check("a line\nand another, which may be anything", false, false);
        check("", false, false);
    }
}
