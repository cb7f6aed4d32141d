//! The adapter of AWS Systems Manager Parameter Store, for entries with `arn_parameter` or
//! `value_parameter`.
//!
//! Sits on `hydrant-core`, whose [`Aws`] brings region, credentials and the connection pool. One
//! call of the SDK a method; no AWS type beyond this file. A program that needs no Parameter Store
//! does not build this crate, nor `aws-sdk-ssm` with it.

use async_trait::async_trait;
use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_sdk_ssm::config::retry::RetryConfig;
use aws_sdk_ssm::config::timeout::TimeoutConfig;
use aws_sdk_ssm::types::ParameterStringFilter;
#[cfg(feature = "write")]
use aws_sdk_ssm::types::{ParameterTier, ParameterType};
use hydrant_core::SecretValue;
use hydrant_core::aws::{Aws, Endpoint, PerRegion, Service, quietly, time_of};
use hydrant_core::reference::ParameterId;
use hydrant_core::response::mismatch;
use hydrant_core::store::{
    Action, Parameter, ParameterDescription, ParameterPage, ParameterStore, ParametersAnswer,
    ParametersRequest, StoreError,
};
#[cfg(feature = "write")]
use hydrant_core::write::store::{ParameterWriter, PutParameterRequest};

/// The most bytes of a parameter of the standard tier
/// ([AWS](https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html)).
#[cfg(feature = "write")]
const LARGEST_STANDARD: usize = 4_096;

/// AWS Systems Manager Parameter Store, with one client for each region that is asked.
#[derive(Debug)]
pub struct ParameterStoreClient {
    aws: Aws,
    clients: PerRegion<Client>,
}

impl ParameterStoreClient {
    /// Builds no client yet.
    pub fn new(aws: Aws) -> Self {
        ParameterStoreClient { aws, clients: PerRegion::default() }
    }

    /// Where the service is asked in a region; `None` where AWS has no such.
    pub async fn endpoint(aws: &Aws, region: &str) -> Option<Endpoint> {
        if let Some(named) = aws.named_endpoint(Service::Ssm) {
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

    fn client(&self, region: &str) -> Client {
        self.clients.get(region, || {
            // Retries and time limits are those of a hydration, above the adapters.
            let mut config = aws_sdk_ssm::config::Builder::from(&self.aws.config(region))
                .retry_config(RetryConfig::disabled())
                .timeout_config(TimeoutConfig::disabled());
            // Unset, it stays what the AWS profile says.
            if let Some(endpoint) = self.aws.endpoint(Service::Ssm) {
                config = config.endpoint_url(endpoint);
            }
            Client::from_conf(config.build())
        })
    }
}

#[async_trait]
impl ParameterStore for ParameterStoreClient {
    async fn get_parameters(
        &self,
        request: &ParametersRequest,
    ) -> Result<ParametersAnswer, StoreError> {
        let names = request.ids.iter().map(|id| id.as_str().to_owned()).collect();
        // Without decryption a SecureString comes back as ciphertext; for a String the flag means
        // nothing.
        let call = self
            .client(&request.region)
            .get_parameters()
            .set_names(Some(names))
            .with_decryption(true);
        let answer = quietly(call.send())
            .await
            .map_err(|error| self.aws.error(Action::GetParameters, &error))?;
        let mut found = ParametersAnswer::default();
        for parameter in answer.parameters.unwrap_or_default() {
            let mut read = Parameter::new(SecretValue::from(parameter.value.unwrap_or_default()));
            read.arn = parameter.arn;
            read.name = parameter.name;
            read.selector = parameter.selector.filter(|selector| !selector.is_empty());
            found.parameters.push(read);
        }
        found.invalid = answer.invalid_parameters.unwrap_or_default();
        Ok(found)
    }

    async fn describe_parameter(
        &self,
        region: &str,
        id: &ParameterId,
        page: Option<String>,
    ) -> Result<ParameterPage, StoreError> {
        // An ARN does not say whether the name begins with a slash.
        let names = match id {
            ParameterId::Name(_) => vec![id.name().to_owned()],
            ParameterId::Arn(_) => {
                vec![id.name().to_owned(), id.name().trim_start_matches('/').to_owned()]
            }
        };
        let filter = ParameterStringFilter::builder()
            .key("Name")
            .option("Equals")
            .set_values(Some(names.clone()))
            .build();
        let filter = filter.map_err(|error| {
            StoreError::new(
                hydrant_core::store::StoreErrorKind::Rejected,
                Action::DescribeParameters,
                error.to_string(),
            )
        })?;
        let call = self
            .client(region)
            .describe_parameters()
            .parameter_filters(filter)
            .set_next_token(page);
        let answer = quietly(call.send())
            .await
            .map_err(|error| self.aws.error(Action::DescribeParameters, &error))?;
        let parameters = answer.parameters.unwrap_or_default();
        let some = !parameters.is_empty();
        let found = parameters
            .into_iter()
            .find(|parameter| parameter.name().is_some_and(|name| names.contains(&name.into())));
        if some && found.is_none() {
            let message = "the response is not for the requested parameter";
            return Err(mismatch(Action::DescribeParameters, message));
        }
        let mut page = ParameterPage::default();
        page.found = found.map(|parameter| {
            let mut description = ParameterDescription::default();
            description.arn = parameter.arn;
            description.version = parameter.version;
            description.changed = parameter.last_modified_date.and_then(time_of);
            description
        });
        page.next = answer.next_token;
        Ok(page)
    }
}

#[cfg(feature = "write")]
#[async_trait]
impl ParameterWriter for ParameterStoreClient {
    async fn put_parameter(&self, request: &PutParameterRequest) -> Result<i64, StoreError> {
        // Unasked, AWS keeps to the standard tier and refuses the value.
        let large = request.value.expose().len() > LARGEST_STANDARD;
        let call = self
            .client(&request.region)
            .put_parameter()
            .name(&request.name)
            .value(request.value.expose())
            .r#type(ParameterType::SecureString)
            .set_tier(large.then_some(ParameterTier::IntelligentTiering))
            .set_key_id(request.kms_key.clone())
            .set_description(request.description.clone())
            .overwrite(request.overwrite);
        let answer = quietly(call.send())
            .await
            .map_err(|error| self.aws.error(Action::PutParameter, &error))?;
        Ok(answer.version)
    }

    async fn delete_parameter(&self, region: &str, name: &str) -> Result<(), StoreError> {
        let call = self.client(region).delete_parameter().name(name);
        let answer = quietly(call.send()).await;
        answer.map(|_| ()).map_err(|error| self.aws.error(Action::DeleteParameter, &error))
    }
}
