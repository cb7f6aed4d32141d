//! An environment that is not the process's own: what the SDK would take from the process is found
//! here in the environment that was given.
//!
//! The SDK has no setter for the environment of its configuration, of its sources of credentials
//! or of the clients that assume roles. So the configuration is built part by part, and credentials
//! come from sources of our own.

mod chain;
mod document;
mod sources;
mod web_identity;

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::env_config::EnvConfigValue;
use aws_runtime::env_config::section::EnvConfigSections;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::app_name::AppName;
use aws_types::os_shim_internal;
use aws_types::region::Region;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use super::profile::Profiles;
use crate::env::Env;
use crate::store::StoreError;

pub(super) use sources::Surroundings;

/// What finds the settings and the credentials of an environment that is not the process's own.
///
/// Two functions rather than a flag: a program that never gives such an environment, as the command
/// line, links neither of them.
#[derive(Clone, Copy, Debug)]
pub struct Isolated {
    pub(super) config: fn(&Env, &Profiles, SharedHttpClient, String) -> SdkConfig,
    pub(super) source: for<'a> fn(&'a Surroundings<'a>) -> FoundSource<'a>,
}

type FoundSource<'a> =
    Pin<Box<dyn Future<Output = Result<SharedCredentialsProvider, StoreError>> + Send + 'a>>;

impl Isolated {
    /// For [`AwsOptions::isolated`](super::AwsOptions::isolated).
    pub const fn new() -> Self {
        Isolated { config, source: |with| Box::pin(sources::source(with)) }
    }
}

impl Default for Isolated {
    fn default() -> Self {
        Isolated::new()
    }
}

/// The environment as the SDK's own look-ups take it: variables of text in the process's layer.
fn variables(env: &Env) -> os_shim_internal::Env {
    let texts = env.process_names().filter_map(|name| {
        let name = name.to_str()?;
        Some((name.to_owned(), env.process(name)?.to_str()?.to_owned()))
    });
    os_shim_internal::Env::from(texts.collect::<HashMap<_, _>>())
}

/// The configuration of the clients, without credentials. Each setting comes from its variable,
/// else from the key of the profile, as in the SDK's own.
fn config(env: &Env, profiles: &Profiles, http: SharedHttpClient, region: String) -> SdkConfig {
    let (env, profile) = (variables(env), profiles.set().clone());
    let text = |variable, key| {
        let found = EnvConfigValue::new().env(variable).profile(key).load(&env, Some(&profile));
        found.map(|(text, _)| text.into_owned())
    };
    let flag = |variable, key| text(variable, key).map(|text| text.eq_ignore_ascii_case("true"));
    let ignores_endpoints =
        flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")
            .unwrap_or_default();
    let endpoint = text("AWS_ENDPOINT_URL", "endpoint_url").filter(|_| !ignores_endpoints);
    let app = text("AWS_SDK_UA_APP_ID", "sdk_ua_app_id").and_then(|name| AppName::new(name).ok());
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .identity_cache(IdentityCache::lazy().build())
        .retry_config(RetryConfig::standard())
        .timeout_config(TimeoutConfig::builder().connect_timeout(super::CONNECT).build())
        .http_client(http)
        .region(Region::new(region))
        .time_source(aws_types::sdk_config::SharedTimeSource::default());
    config.set_use_fips(flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"));
    config.set_use_dual_stack(flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"));
    config.set_disable_clock_skew_correction(flag(
        "AWS_DISABLE_CLOCK_SKEW_CORRECTION",
        "disable_clock_skew_correction",
    ));
    config.set_app_name(app);
    config.set_endpoint_url(endpoint);
    config.service_config(OfServices { env, profile, ignores_endpoints }).build()
}

/// What variables and the profile say of single services.
#[derive(Debug)]
struct OfServices {
    env: os_shim_internal::Env,
    profile: EnvConfigSections,
    ignores_endpoints: bool,
}

impl LoadServiceConfig for OfServices {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        if self.ignores_endpoints && key.env() == "AWS_ENDPOINT_URL" {
            return None;
        }
        let value = EnvConfigValue::new()
            .env(key.env())
            .profile(key.profile())
            .service_id(key.service_id());
        value.load(&self.env, Some(&self.profile)).map(|(text, _)| text.into_owned())
    }
}
