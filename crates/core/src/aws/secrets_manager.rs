//! The adapter of AWS Secrets Manager: one call of the SDK a method, no AWS type beyond this file
//! and that of its writes.

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_types::request_id::RequestId;
use zeroize::Zeroizing;

use super::error::{Said, of_response};
use super::{Aws, Endpoint, PerRegion, Service, quietly, time_of};
use crate::reference::Version;
use crate::response::{Identity, check_secret, check_version};
use crate::secret_value::SecretValue;
use crate::shown::KnownValues;
use crate::store::{
    Action, BatchAnswer, BatchItemError, BatchRequest, Payload, Secret, SecretDescription,
    SecretRequest, SecretStore, StoreError,
};

/// AWS Secrets Manager, with one client for each region that is asked.
#[derive(Debug)]
pub struct SecretsManager {
    pub(super) aws: Aws,
    clients: PerRegion<Client>,
}

impl SecretsManager {
    /// Builds no client yet.
    pub fn new(aws: Aws) -> Self {
        SecretsManager { aws, clients: PerRegion::default() }
    }

    /// Where the service is asked in a region; `None` where AWS has no such.
    pub async fn endpoint(aws: &Aws, region: &str) -> Option<Endpoint> {
        if let Some(named) = aws.named_endpoint(Service::SecretsManager) {
            return Some(named);
        }
        let (dual_stack, fips) = aws.variants();
        let params = Params::builder()
            .region(region)
            .use_dual_stack(dual_stack)
            .use_fips(fips)
            .build()
            .ok()?;
        let found = DefaultResolver::new().resolve_endpoint(&params).await.ok()?;
        Some(Endpoint::of_aws(found.url()))
    }

    pub(super) fn client(&self, region: &str) -> Client {
        self.clients.get(region, || {
            // Retries and time limits are those of a hydration, above the adapters.
            let mut config =
                aws_sdk_secretsmanager::config::Builder::from(&self.aws.config(region))
                    .retry_config(RetryConfig::disabled())
                    .timeout_config(TimeoutConfig::disabled());
            // Unset, it stays what the AWS profile says.
            if let Some(endpoint) = self.aws.endpoint(Service::SecretsManager) {
                config = config.endpoint_url(endpoint);
            }
            Client::from_conf(config.build())
        })
    }
}

#[async_trait]
impl SecretStore for SecretsManager {
    async fn get_secret_value(&self, request: &SecretRequest) -> Result<Secret, StoreError> {
        let mut call =
            self.client(&request.region).get_secret_value().secret_id(request.id.as_str());
        call = match &request.version {
            None => call,
            Some(Version::Stage(stage)) => call.version_stage(stage),
            Some(Version::Id(id)) => call.version_id(id),
        };
        let answer = quietly(call.send())
            .await
            .map_err(|error| self.aws.error(Action::GetSecretValue, &error))?;
        check_secret(Action::GetSecretValue, &request.id, identity(answer.arn(), answer.name()))?;
        let (version, stages) = (request.version.as_ref(), answer.version_stages());
        check_version(Action::GetSecretValue, version, answer.version_id(), stages)?;
        let receipt = self.aws.receipt(answer.version_id(), answer.request_id());
        let value = payload(answer.secret_string, answer.secret_binary);
        Ok(Secret { arn: answer.arn, name: answer.name, value, receipt })
    }

    async fn batch_get_secret_value(
        &self,
        request: &BatchRequest,
    ) -> Result<BatchAnswer, StoreError> {
        let ids = request.ids.iter().map(|id| id.as_str().to_owned()).collect();
        let call = self.client(&request.region).batch_get_secret_value();
        let call = call.set_secret_id_list(Some(ids)).set_next_token(request.next_token.clone());
        let answer = quietly(call.send())
            .await
            .map_err(|error| self.aws.error(Action::BatchGetSecretValue, &error))?;
        let request_id = answer.request_id().map(str::to_owned);
        let secrets = answer.secret_values.unwrap_or_default().into_iter().map(|entry| {
            let receipt = self.aws.receipt(entry.version_id(), request_id.as_deref());
            let value = payload(entry.secret_string, entry.secret_binary);
            Secret { arn: entry.arn, name: entry.name, value, receipt }
        });
        let errors = answer.errors.unwrap_or_default().into_iter().map(|item| {
            let said = Said {
                code: item.error_code.as_deref(),
                message: item.message.as_deref(),
                id: None,
            };
            // The permission that an item lacks is that of the single read.
            let mut error = of_response(Action::GetSecretValue, 400, &said);
            if said.code.is_none() {
                // An error without a code is one that no answer of AWS's stands behind.
                error.code = Some("error without a code".to_owned());
            }
            let error = self.aws.without_credentials(error);
            BatchItemError { id: item.secret_id.unwrap_or_default(), error }
        });
        Ok(BatchAnswer {
            secrets: secrets.collect(),
            errors: errors.collect(),
            next_token: answer.next_token,
        })
    }

    async fn describe_secret(
        &self,
        request: &SecretRequest,
    ) -> Result<SecretDescription, StoreError> {
        let call = self.client(&request.region).describe_secret().secret_id(request.id.as_str());
        let answer = quietly(call.send())
            .await
            .map_err(|error| self.aws.error(Action::DescribeSecret, &error))?;
        check_secret(Action::DescribeSecret, &request.id, identity(answer.arn(), answer.name()))?;
        Ok(SecretDescription {
            arn: answer.arn,
            name: answer.name,
            changed: answer.last_changed_date.and_then(time_of),
            deleted: answer.deleted_date.and_then(time_of),
            versions: versions(answer.version_ids_to_stages, &self.aws.known_credentials()),
            rotation_function: answer.rotation_lambda_arn,
            next_rotation: answer.next_rotation_date.and_then(time_of),
        })
    }
}

/// Whose it is, as a response of the SDK says.
pub(super) fn identity<'a>(arn: Option<&'a str>, name: Option<&'a str>) -> Identity<'a> {
    Identity { arn, name, selector: None }
}

/// Versions and their staging labels, sorted, without what repeats the credentials.
pub(super) fn versions(
    stages: Option<std::collections::HashMap<String, Vec<String>>>,
    known: &KnownValues,
) -> Vec<(String, Vec<String>)> {
    let mut versions: Vec<_> =
        stages.unwrap_or_default().into_iter().filter(|(id, _)| !known.are_in(id)).collect();
    versions.sort_unstable();
    for (_, stages) in &mut versions {
        stages.retain(|stage| !known.are_in(stage));
        stages.sort_unstable();
    }
    versions
}

fn payload(text: Option<String>, binary: Option<aws_smithy_types::Blob>) -> Option<Payload> {
    match (text, binary) {
        (Some(text), _) => Some(Payload::Text(SecretValue::from(text))),
        (None, Some(bytes)) => Some(Payload::Binary(Zeroizing::new(bytes.into_inner()))),
        (None, None) => None,
    }
}
