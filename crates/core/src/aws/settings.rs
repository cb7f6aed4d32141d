//! AWS settings of the environment and the env file: region, profile, endpoints, the access key triple.
//!
//! The SDK reads the process's environment itself; what the env file gives is handed to it explicitly, and what the SDK
//! would panic on is refused here first.

use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::region::ProvideRegion;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::{AwsOptions, CONNECT};
use crate::env::{Env, Layer};
use crate::store::{StoreError, StoreErrorKind};

/// A service that hydrant asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// AWS Secrets Manager.
    SecretsManager,
    /// AWS Systems Manager Parameter Store.
    Ssm,
}

impl Service {
    /// The variable that names the service's endpoint
    /// ([AWS](https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html)).
    pub fn variable(self) -> &'static str {
        match self {
            Service::SecretsManager => "AWS_ENDPOINT_URL_SECRETS_MANAGER",
            Service::Ssm => "AWS_ENDPOINT_URL_SSM",
        }
    }
}

/// Refuses what makes no sense, and what the SDK would panic on.
pub(super) fn validate(env: &Env) -> Result<(), StoreError> {
    let refuse = |name: &str, expected: &str| {
        Err(StoreError::new(StoreErrorKind::Settings, CONNECT, format!("{name} is not {expected}")))
    };
    if env.text("AWS_MAX_ATTEMPTS").is_some_and(|text| !text.parse::<u32>().is_ok_and(|attempts| attempts > 0)) {
        return refuse("AWS_MAX_ATTEMPTS", "a whole number from 1");
    }
    let modes = ["legacy", "standard", "adaptive"];
    if env.text("AWS_RETRY_MODE").is_some_and(|mode| !modes.contains(&mode.to_ascii_lowercase().as_str())) {
        return refuse("AWS_RETRY_MODE", "legacy, standard or adaptive");
    }
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        if env.text(name).is_some_and(|region| !crate::reference::is_region(region)) {
            return refuse(name, "the name of a region");
        }
    }
    Ok(())
}

/// The region for references that name none: the process's, the env file's, the profile's, `settings.region`, instance
/// metadata. The files and the network are asked only where a region is needed.
pub(super) async fn region(env: &Env, options: &AwsOptions, http: &SharedHttpClient) -> Option<String> {
    if let Some(region) = set_region(env) {
        return Some(region);
    }
    let provider = ProviderConfig::without_region().with_http_client(http.clone());
    let mut profile = ProfileFileRegionProvider::builder().configure(&provider);
    if let Some(name) = env.text("AWS_PROFILE") {
        profile = profile.profile_name(name);
    }
    if let Some(region) = profile.build().region().await {
        return Some(region.to_string());
    }
    if let Some(region) = &options.settings_region {
        return Some(region.clone());
    }
    if !options.needs_region {
        return None;
    }
    let metadata = ImdsRegionProvider::builder().configure(&provider).build();
    Some(metadata.region().await?.to_string())
}

/// The process's region, else the env file's; in each, AWS_REGION goes before AWS_DEFAULT_REGION.
fn set_region(env: &Env) -> Option<String> {
    let names = ["AWS_REGION", "AWS_DEFAULT_REGION"];
    let of = |layer| names.iter().find(|name| env.layer(name) == Some(layer)).and_then(|name| env.text(name));
    of(Layer::Process).or_else(|| of(Layer::EnvFile)).map(str::to_owned)
}

/// The access key triple: the process's, or the env file's if the process sets none of the three.
pub(super) fn credentials(env: &Env) -> Option<Credentials> {
    let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
    let layer =
        if names.iter().any(|name| env.layer(name) == Some(Layer::Process)) { Layer::Process } else { Layer::EnvFile };
    let [id, secret, token] = names.map(|name| env.text(name).filter(|_| env.layer(name) == Some(layer)));
    let provider = if layer == Layer::Process { "Environment" } else { "EnvFile" };
    Some(Credentials::new(id?, secret?, token.map(str::to_owned), None, provider))
}

/// The endpoints that the environment or the env file names; a service's own goes before the one for all.
pub(super) fn endpoints(env: &Env) -> Vec<(Service, String)> {
    if env.text("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        return Vec::new();
    }
    let of = |service: Service| {
        let names = [service.variable(), "AWS_ENDPOINT_URL"];
        let in_layer = |layer| names.iter().find(|name| env.layer(name) == Some(layer)).and_then(|name| env.text(name));
        let endpoint = in_layer(Layer::Process).or_else(|| in_layer(Layer::EnvFile))?;
        Some((service, endpoint.to_owned()))
    };
    [Service::SecretsManager, Service::Ssm].into_iter().filter_map(of).collect()
}

/// How often a call is made at most, where AWS_MAX_ATTEMPTS says so.
pub fn max_attempts(env: &Env) -> Option<u32> {
    env.text("AWS_MAX_ATTEMPTS")?.parse().ok().filter(|attempts| *attempts > 0)
}
