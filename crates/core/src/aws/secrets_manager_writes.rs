//! The write side of the adapter of AWS Secrets Manager: one call of the SDK a method, no AWS type
//! beyond this file.

use std::time::SystemTime;

use async_trait::async_trait;
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, RotationRulesType};

use super::secrets_manager::{identity, versions};
use super::{SecretsManager, quietly, time_of};
use crate::reference::SecretId;
use crate::response::check_secret;
use crate::store::{Action, SecretDescription, StoreError};
use crate::write::store::{
    CreateRequest, DeleteRequest, MoveStageRequest, PutRequest, RecoveryWindow, RotateRequest,
    SecretAt, SecretVersion, SecretWriter, SecretsPage, VersionsPage, WrittenVersion,
};

#[async_trait]
impl SecretWriter for SecretsManager {
    async fn create_secret(&self, request: &CreateRequest) -> Result<WrittenVersion, StoreError> {
        let call = self
            .client(&request.region)
            .create_secret()
            .name(&request.name)
            .set_description(request.description.clone())
            .set_kms_key_id(request.kms_key.clone())
            .client_request_token(&request.token)
            .secret_string(request.value.expose());
        let answer = quietly(call.send())
            .await
            .map_err(|error| self.aws.error(Action::CreateSecret, &error))?;
        let id = SecretId::Name(request.name.clone());
        check_secret(Action::CreateSecret, &id, identity(answer.arn(), answer.name()))?;
        Ok(WrittenVersion {
            arn: self.aws.kept(answer.arn),
            version_id: self.aws.kept(answer.version_id),
        })
    }

    async fn put_secret_value(&self, request: &PutRequest) -> Result<WrittenVersion, StoreError> {
        let call = self
            .client(&request.at.region)
            .put_secret_value()
            .secret_id(request.at.id.as_str())
            .client_request_token(&request.token)
            .secret_string(request.value.expose())
            .set_version_stages(request.stage.clone().map(|stage| vec![stage]));
        let answer = quietly(call.send())
            .await
            .map_err(|error| self.aws.error(Action::PutSecretValue, &error))?;
        check_secret(
            Action::PutSecretValue,
            &request.at.id,
            identity(answer.arn(), answer.name()),
        )?;
        Ok(WrittenVersion {
            arn: self.aws.kept(answer.arn),
            version_id: self.aws.kept(answer.version_id),
        })
    }

    async fn update_secret_version_stage(
        &self,
        request: &MoveStageRequest,
    ) -> Result<(), StoreError> {
        let call = self
            .client(&request.at.region)
            .update_secret_version_stage()
            .secret_id(request.at.id.as_str())
            .version_stage(&request.stage)
            .set_remove_from_version_id(request.from.clone())
            .set_move_to_version_id(request.to.clone());
        let answer = quietly(call.send())
            .await
            .map_err(|error| self.aws.error(Action::UpdateSecretVersionStage, &error))?;
        check_secret(
            Action::UpdateSecretVersionStage,
            &request.at.id,
            identity(answer.arn(), answer.name()),
        )
    }

    async fn delete_secret(
        &self,
        request: &DeleteRequest,
    ) -> Result<Option<SystemTime>, StoreError> {
        let call =
            self.client(&request.at.region).delete_secret().secret_id(request.at.id.as_str());
        let call = match request.window {
            RecoveryWindow::Days(days) => call.recovery_window_in_days(days.into()),
            RecoveryWindow::None => call.force_delete_without_recovery(true),
        };
        let answer = quietly(call.send())
            .await
            .map_err(|error| self.aws.error(Action::DeleteSecret, &error))?;
        check_secret(Action::DeleteSecret, &request.at.id, identity(answer.arn(), answer.name()))?;
        Ok(answer.deletion_date.and_then(time_of))
    }

    async fn restore_secret(&self, at: &SecretAt) -> Result<(), StoreError> {
        let call = self.client(&at.region).restore_secret().secret_id(at.id.as_str());
        let answer = quietly(call.send())
            .await
            .map_err(|error| self.aws.error(Action::RestoreSecret, &error))?;
        check_secret(Action::RestoreSecret, &at.id, identity(answer.arn(), answer.name()))
    }

    async fn rotate_secret(&self, request: &RotateRequest) -> Result<Option<String>, StoreError> {
        let rules = request.every_days.map(|days| {
            RotationRulesType::builder().automatically_after_days(i64::from(days)).build()
        });
        let call = self
            .client(&request.at.region)
            .rotate_secret()
            .secret_id(request.at.id.as_str())
            .client_request_token(&request.token)
            .set_rotation_lambda_arn(request.function.clone())
            .set_rotation_rules(rules);
        let answer = quietly(call.send())
            .await
            .map_err(|error| self.aws.error(Action::RotateSecret, &error))?;
        check_secret(Action::RotateSecret, &request.at.id, identity(answer.arn(), answer.name()))?;
        Ok(self.aws.kept(answer.version_id))
    }

    async fn list_secret_version_ids(
        &self,
        at: &SecretAt,
        page: Option<String>,
    ) -> Result<VersionsPage, StoreError> {
        let call = self
            .client(&at.region)
            .list_secret_version_ids()
            .secret_id(at.id.as_str())
            .include_deprecated(true)
            .set_next_token(page);
        let answer = quietly(call.send())
            .await
            .map_err(|error| self.aws.error(Action::ListSecretVersionIds, &error))?;
        check_secret(Action::ListSecretVersionIds, &at.id, identity(answer.arn(), answer.name()))?;
        let known = self.aws.known_credentials();
        let versions = answer.versions.unwrap_or_default().into_iter().map(|version| {
            let mut stages = version.version_stages.unwrap_or_default();
            stages.retain(|stage| !known.are_in(stage));
            stages.sort_unstable();
            SecretVersion {
                id: version.version_id.filter(|id| !known.are_in(id)).unwrap_or_default(),
                stages,
                created: version.created_date.and_then(time_of),
                accessed: version.last_accessed_date.and_then(time_of),
            }
        });
        Ok(VersionsPage { versions: versions.collect(), next: answer.next_token })
    }

    async fn list_secrets(
        &self,
        region: &str,
        prefix: &str,
        page: Option<String>,
    ) -> Result<SecretsPage, StoreError> {
        let filter = Filter::builder().key(FilterNameStringType::Name).values(prefix).build();
        let call = self
            .client(region)
            .list_secrets()
            .filters(filter)
            .include_planned_deletion(true)
            .set_next_token(page);
        let answer = quietly(call.send())
            .await
            .map_err(|error| self.aws.error(Action::ListSecrets, &error))?;
        let known = self.aws.known_credentials();
        let kept = |text: Option<String>| text.filter(|text| !known.are_in(text));
        let secrets =
            answer.secret_list.unwrap_or_default().into_iter().map(|secret| SecretDescription {
                arn: kept(secret.arn),
                name: kept(secret.name),
                changed: secret.last_changed_date.and_then(time_of),
                deleted: secret.deleted_date.and_then(time_of),
                versions: versions(secret.secret_versions_to_stages, &known),
                rotation_function: secret.rotation_lambda_arn,
                next_rotation: secret.next_rotation_date.and_then(time_of),
            });
        Ok(SecretsPage { secrets: secrets.collect(), next: answer.next_token })
    }
}
