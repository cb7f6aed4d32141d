//! The write-side edges: what the commands that set secrets ask of AWS, one call a method.
//!
//! No method of these traits can return a value, so whoever holds nothing else writes blind.
//! Reading is in [`crate::store`]; retries, confirmation and the way from an entry to its
//! destination live above the traits.

use std::time::SystemTime;

use async_trait::async_trait;

use crate::reference::SecretId;
use crate::secret_value::SecretValue;
use crate::store::{SecretDescription, StoreError};

/// Writes to AWS Secrets Manager, and what it lists. No method returns a value.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait SecretWriter: Send + Sync {
    /// [CreateSecret](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html)
    /// with a value. The same token with the same value makes one version, however often it is
    /// sent.
    async fn create_secret(&self, request: &CreateRequest) -> Result<WrittenVersion, StoreError>;

    /// [PutSecretValue](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html).
    /// The same token with the same value makes one version, however often it is sent.
    async fn put_secret_value(&self, request: &PutRequest) -> Result<WrittenVersion, StoreError>;

    /// [UpdateSecretVersionStage](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html).
    async fn update_secret_version_stage(
        &self,
        request: &MoveStageRequest,
    ) -> Result<(), StoreError>;

    /// [DeleteSecret](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html);
    /// answers when the secret will be gone.
    async fn delete_secret(
        &self,
        request: &DeleteRequest,
    ) -> Result<Option<SystemTime>, StoreError>;

    /// [RestoreSecret](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RestoreSecret.html).
    async fn restore_secret(&self, at: &SecretAt) -> Result<(), StoreError>;

    /// [RotateSecret](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html);
    /// answers with the version that the rotation makes.
    async fn rotate_secret(&self, request: &RotateRequest) -> Result<Option<String>, StoreError>;

    /// [ListSecretVersionIds](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html),
    /// those without a staging label included; one page.
    async fn list_secret_version_ids(
        &self,
        at: &SecretAt,
        page: Option<String>,
    ) -> Result<VersionsPage, StoreError>;

    /// [ListSecrets](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html)
    /// whose names begin so, those scheduled for deletion included; one page.
    async fn list_secrets(
        &self,
        region: &str,
        prefix: &str,
        page: Option<String>,
    ) -> Result<SecretsPage, StoreError>;
}

/// Writes to AWS Systems Manager Parameter Store. No method returns a value.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait ParameterWriter: Send + Sync {
    /// [PutParameter](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html)
    /// as SecureString; answers with the parameter's version.
    async fn put_parameter(&self, request: &PutParameterRequest) -> Result<i64, StoreError>;

    /// [DeleteParameter](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html),
    /// at once and for good.
    async fn delete_parameter(&self, region: &str, name: &str) -> Result<(), StoreError>;
}

/// A secret in a region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct SecretAt {
    /// The region to ask in.
    pub region: String,
    /// The secret.
    pub id: SecretId,
}

/// A secret to create.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CreateRequest {
    /// The region to create it in.
    pub region: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// The key that encrypts it; AWS's own for `None`.
    pub kms_key: Option<String>,
    /// Its value.
    pub value: SecretValue,
    /// What becomes the version's id: 32 to 64 characters.
    pub token: String,
}

/// A new version of a secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PutRequest {
    /// The secret.
    pub at: SecretAt,
    /// Its value.
    pub value: SecretValue,
    /// What becomes the version's id: 32 to 64 characters.
    pub token: String,
    /// The staging label it gets; `AWSCURRENT` for `None`.
    pub stage: Option<String>,
}

/// A staging label to move.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MoveStageRequest {
    /// The secret.
    pub at: SecretAt,
    /// The staging label.
    pub stage: String,
    /// The version that has it; AWS refuses the call if another one does. `None` if none has it.
    pub from: Option<String>,
    /// The version that gets it; `None` takes it off.
    pub to: Option<String>,
}

/// A secret to delete.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeleteRequest {
    /// The secret.
    pub at: SecretAt,
    /// How long it can be restored.
    pub window: RecoveryWindow,
}

/// How long a deleted secret can be restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecoveryWindow {
    /// Seven to thirty days.
    Days(u8),
    /// Not at all.
    None,
}

/// A rotation to start, and how it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RotateRequest {
    /// The secret.
    pub at: SecretAt,
    /// The function that makes new values; the one that is set already for `None`.
    pub function: Option<String>,
    /// How often it runs, in days; as it is set already for `None`.
    pub every_days: Option<u32>,
    /// What becomes the version's id: 32 to 64 characters.
    pub token: String,
}

/// A version that was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WrittenVersion {
    /// The secret's whole ARN.
    pub arn: Option<String>,
    /// The version's id.
    pub version_id: Option<String>,
}

impl WrittenVersion {
    /// The version with this id.
    pub fn new(version_id: impl Into<String>) -> Self {
        WrittenVersion { arn: None, version_id: Some(version_id.into()) }
    }
}

/// A version of a secret, without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecretVersion {
    /// The version's id.
    pub id: String,
    /// Its staging labels, sorted; none for a version that AWS may drop.
    pub stages: Vec<String>,
    /// When it was made.
    pub created: Option<SystemTime>,
    /// The day on which it was read last.
    pub accessed: Option<SystemTime>,
}

impl SecretVersion {
    /// A version with these staging labels.
    pub fn new(id: impl Into<String>, stages: Vec<String>) -> Self {
        SecretVersion { id: id.into(), stages, created: None, accessed: None }
    }
}

/// A page of versions.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct VersionsPage {
    /// The versions.
    pub versions: Vec<SecretVersion>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A page of secrets.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SecretsPage {
    /// The secrets.
    pub secrets: Vec<SecretDescription>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A parameter to write as SecureString.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PutParameterRequest {
    /// The region to write in.
    pub region: String,
    /// Its name; PutParameter takes no ARN.
    pub name: String,
    /// Its value.
    pub value: SecretValue,
    /// The key that encrypts it, for a parameter that is created; AWS's own for `None`.
    pub kms_key: Option<String>,
    /// Its description, for a parameter that is created.
    pub description: Option<String>,
    /// Whether it may exist already.
    pub overwrite: bool,
}
