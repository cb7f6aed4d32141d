//! The writing side of the store in memory: versions and their stages as AWS moves them.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use super::{HeldParameter, HeldSecret, MemoryStore, error, no_secret, not_found};
use crate::reference::Version;
use crate::store::{Action, StoreError, StoreErrorKind};
use crate::write::store::{
    CreateRequest, DeleteRequest, MoveStageRequest, ParameterWriter, PutParameterRequest,
    PutRequest, RecoveryWindow, RotateRequest, SecretAt, SecretVersion, SecretWriter, SecretsPage,
    VersionsPage, WrittenVersion,
};

const DAY: Duration = Duration::from_secs(86_400);

impl HeldSecret {
    fn at(&self, stage: &str) -> Option<&str> {
        self.versions
            .iter()
            .find(|version| version.stages.contains(stage))
            .map(|version| version.id.as_str())
    }
}

#[async_trait]
impl SecretWriter for MemoryStore {
    async fn create_secret(&self, request: &CreateRequest) -> Result<WrittenVersion, StoreError> {
        let action = Action::CreateSecret;
        self.begin(action, [request.name.as_str()]).await;
        let mut held = self.held();
        held.check(&request.name, action)?;
        if held.secrets.contains_key(&request.name) {
            let message = "The operation failed because the secret already exists.";
            return Err(error(
                StoreErrorKind::Rejected,
                action,
                "ResourceExistsException",
                message,
            ));
        }
        let mut secret = HeldSecret::default();
        secret.add(&request.token, &request.value, Version::CURRENT);
        held.secrets.insert(request.name.clone(), secret);
        Ok(WrittenVersion {
            arn: Some(request.name.clone()),
            version_id: Some(request.token.clone()),
        })
    }

    async fn put_secret_value(&self, request: &PutRequest) -> Result<WrittenVersion, StoreError> {
        let (id, action) = (request.at.id.as_str(), Action::PutSecretValue);
        self.begin(action, [id]).await;
        let mut held = self.held();
        held.check(id, action)?;
        let secret = held.usable_mut(id, action)?;
        let stage = request.stage.as_deref().unwrap_or(Version::CURRENT);
        match secret.versions.iter().find(|version| version.id == request.token) {
            Some(version) if version.value == request.value => {}
            Some(_) => {
                let message = "The token is in use for a version with another value.";
                return Err(error(
                    StoreErrorKind::Rejected,
                    action,
                    "ResourceExistsException",
                    message,
                ));
            }
            None => {
                secret.add(&request.token, &request.value, stage);
                // The first version of a secret is the current one, whatever it is labelled.
                if secret.at(Version::CURRENT).is_none() {
                    secret.label(Version::CURRENT, Some(&request.token));
                }
            }
        }
        Ok(WrittenVersion { arn: Some(id.to_owned()), version_id: Some(request.token.clone()) })
    }

    async fn update_secret_version_stage(
        &self,
        request: &MoveStageRequest,
    ) -> Result<(), StoreError> {
        let (id, action) = (request.at.id.as_str(), Action::UpdateSecretVersionStage);
        self.begin(action, [id]).await;
        let mut held = self.held();
        held.check(id, action)?;
        let secret = held.usable_mut(id, action)?;
        let known = |version: &String| secret.versions.iter().any(|held| held.id == *version);
        if !request.from.iter().chain(&request.to).all(known) {
            return Err(not_found(
                action,
                "Secrets Manager can't find the specified secret value.",
            ));
        }
        if secret.at(&request.stage) != request.from.as_deref() {
            let message = "The staging label is attached to another version.";
            return Err(error(
                StoreErrorKind::Rejected,
                action,
                "InvalidParameterException",
                message,
            ));
        }
        secret.label(&request.stage, request.to.as_deref());
        Ok(())
    }

    async fn delete_secret(
        &self,
        request: &DeleteRequest,
    ) -> Result<Option<SystemTime>, StoreError> {
        let (id, action) = (request.at.id.as_str(), Action::DeleteSecret);
        self.begin(action, [id]).await;
        let mut held = self.held();
        held.check(id, action)?;
        let now = SystemTime::now();
        match request.window {
            RecoveryWindow::None => {
                held.secrets.remove(id).ok_or_else(|| no_secret(action))?;
                Ok(Some(now))
            }
            RecoveryWindow::Days(days) => {
                held.usable_mut(id, action)?.deleted = Some(now);
                Ok(now.checked_add(DAY * u32::from(days)))
            }
        }
    }

    async fn restore_secret(&self, at: &SecretAt) -> Result<(), StoreError> {
        let (id, action) = (at.id.as_str(), Action::RestoreSecret);
        self.begin(action, [id]).await;
        let mut held = self.held();
        held.check(id, action)?;
        held.secrets.get_mut(id).ok_or_else(|| no_secret(action))?.deleted = None;
        Ok(())
    }

    /// No function is run: the rotation is remembered, and no version comes of it.
    async fn rotate_secret(&self, request: &RotateRequest) -> Result<Option<String>, StoreError> {
        let (id, action) = (request.at.id.as_str(), Action::RotateSecret);
        self.begin(action, [id]).await;
        let mut held = self.held();
        held.check(id, action)?;
        let secret = held.usable_mut(id, action)?;
        secret.rotation_function =
            request.function.clone().or_else(|| secret.rotation_function.take());
        match secret.rotation_function {
            Some(_) => Ok(None),
            None => {
                let message = "No Lambda rotation function ARN is associated with this secret.";
                Err(error(StoreErrorKind::Absent, action, "InvalidRequestException", message))
            }
        }
    }

    async fn list_secret_version_ids(
        &self,
        at: &SecretAt,
        _page: Option<String>,
    ) -> Result<VersionsPage, StoreError> {
        let (id, action) = (at.id.as_str(), Action::ListSecretVersionIds);
        self.begin(action, [id]).await;
        let held = self.held();
        held.check(id, action)?;
        let secret = held.secrets.get(id).ok_or_else(|| no_secret(action))?;
        let versions = secret.versions.iter().map(|version| SecretVersion {
            id: version.id.clone(),
            stages: version.stages.iter().cloned().collect(),
            created: version.created,
            accessed: None,
        });
        Ok(VersionsPage { versions: versions.collect(), next: None })
    }

    async fn list_secrets(
        &self,
        _region: &str,
        prefix: &str,
        _page: Option<String>,
    ) -> Result<SecretsPage, StoreError> {
        self.begin(Action::ListSecrets, [prefix]).await;
        let held = self.held();
        let listed = held.secrets.iter().filter(|(id, _)| id.starts_with(prefix));
        Ok(SecretsPage {
            secrets: listed.map(|(id, secret)| secret.description(id)).collect(),
            next: None,
        })
    }
}

#[async_trait]
impl ParameterWriter for MemoryStore {
    async fn put_parameter(&self, request: &PutParameterRequest) -> Result<i64, StoreError> {
        let action = Action::PutParameter;
        self.begin(action, [request.name.as_str()]).await;
        let mut held = self.held();
        held.check(&request.name, action)?;
        let version = held.parameters.get(&request.name).map_or(0, |held| held.version);
        if version > 0 && !request.overwrite {
            let message = "The parameter already exists.";
            return Err(error(StoreErrorKind::Rejected, action, "ParameterAlreadyExists", message));
        }
        let (value, version) = (request.value.clone(), version + 1);
        let parameter = HeldParameter { value, version, changed: Some(SystemTime::now()) };
        held.parameters.insert(request.name.clone(), parameter);
        Ok(version)
    }

    async fn delete_parameter(&self, _region: &str, name: &str) -> Result<(), StoreError> {
        let action = Action::DeleteParameter;
        self.begin(action, [name]).await;
        let mut held = self.held();
        held.check(name, action)?;
        let absent = || {
            error(
                StoreErrorKind::Absent,
                action,
                "ParameterNotFound",
                "There is no such parameter.",
            )
        };
        held.parameters.remove(name).map(|_| ()).ok_or_else(absent)
    }
}
