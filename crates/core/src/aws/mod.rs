//! The AWS client, wired once: region, credentials, endpoints and one shared connection pool.
//!
//! [`Aws::connect`] does everything that comes before the first call. The adapter of Secrets
//! Manager is here; that of Parameter Store, in its own crate, builds on the same [`Aws`]. SDK
//! futures run without a log subscriber ([`quietly`]): at TRACE the SDK logs whole request bodies.

mod certificates;
mod checks;
mod clock;
mod credential_process;
mod credentials;
mod dns;
mod error;
mod files;
mod forms;
mod http;
mod identity;
mod isolated;
mod parts;
mod per_region;
mod plain_http;
mod preconnect;
mod profile;
mod proxy;
mod redact;
mod region;
mod response;
mod secrets_manager;
#[cfg(feature = "write")]
mod secrets_manager_writes;
mod settings;
mod survey;
mod tame;
mod thread;
mod tls;
mod trust;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{SharedHttpClient, SharedHttpConnector};
use aws_types::region::Region;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use futures_util::future::join;
use tracing::Dispatch;
use tracing::instrument::WithSubscriber;

use self::credential_process::{CredentialProcess, ForProfile};
use self::credentials::{CachedCredentials, ForClients};
use self::profile::Profiles;
use self::redact::Secrets;
use crate::env::{Env, Layer};
use crate::store::{Action, StoreError, StoreErrorKind};

pub use clock::time_of;
pub use credential_process::Programs;
pub use identity::{Caller, CredentialSource, CurrentCredentials};
pub use isolated::Isolated;
pub use per_region::PerRegion;
pub use secrets_manager::SecretsManager;
pub use settings::{Service, SettingSource, max_attempts};
pub use survey::{Answer, CLOCK_TOLERANCE, Endpoint, Survey, survey};
pub use trust::Trusted;

/// The region that STS is asked in where nothing names one: its answer is the same in all.
const ANY_REGION: &str = "us-east-1";

/// How long the SDK waits for a connection where nothing else says so.
const CONNECT: Duration = Duration::from_millis(3100);

/// What decides how AWS is addressed, beside the environment.
#[derive(Clone, Debug, Default)]
pub struct AwsOptions {
    /// `settings.region`.
    pub settings_region: Option<String>,
    /// Whether something is asked in a region that no reference names, so that it is worth looking
    /// for one.
    pub needs_region: bool,
    /// A region that some reference names, for what credentials need one for.
    pub some_region: Option<String>,
    /// Hosts that may be asked over plain http, beside loopback.
    pub allow_http: Vec<String>,
    /// How long connecting to a host may take.
    pub connect_timeout: Option<Duration>,
    /// Follows the programs that give credentials.
    pub programs: Programs,
    /// Given where the environment is not the one of the process, and nothing may be taken from
    /// that.
    pub isolated: Option<Isolated>,
}

/// A connection to AWS: what every client of every region shares.
#[derive(Clone, Debug)]
pub struct Aws {
    config: SdkConfig,
    connector: SharedHttpConnector,
    credentials: Arc<CachedCredentials>,
    /// Which layer gave the access key, where one did.
    given: Option<Layer>,
    /// The AWS profile that counts.
    profile: String,
    region: Option<(String, SettingSource)>,
    /// A region for what needs one, whichever.
    some_region: Option<String>,
    endpoints: Vec<(Service, String, SettingSource)>,
}

impl Aws {
    /// Finds the region and the credentials, once, and builds what the clients share. Makes no call
    /// to the services; credentials may come from the network.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Credentials`] without usable credentials, [`StoreErrorKind::Settings`] for
    /// invalid AWS settings, [`StoreErrorKind::RefusedEndpoint`] for an endpoint of
    /// plain http that was not allowed.
    pub async fn connect(env: &Env, options: &AwsOptions) -> Result<Self, StoreError> {
        checks::validate(env)?;
        let endpoints = settings::endpoints(env);
        // Of STS only the sources of credentials that ask it need one: they are refused when they
        // do.
        for (service, endpoint, _) in
            endpoints.iter().filter(|(service, ..)| *service != Service::Sts)
        {
            plain_http::check_endpoint(service.variable(), endpoint, &options.allow_http)?;
        }
        let profiles = quietly(Profiles::read(env)).await?;
        if let Some((_, problem)) = checks::way_problem(env, &profiles) {
            return Err(problem);
        }
        for (_, problem) in checks::not_needed(env, &profiles) {
            tracing::warn!(hint = "correct it, or unset it", "{problem}; it is not needed here");
        }
        let (aws, connector) = Aws::unsigned(env, options, &profiles).await?;
        if let Some(problem) = aws.bad_endpoint(&profiles) {
            return Err(problem);
        }
        // In this order: the certificates are read while a program gives credentials.
        let (renewed, loaded) = join(aws.renew(), connector.ready()).await;
        // Without it nothing else could be asked.
        loaded.and(renewed)?;
        Ok(aws)
    }

    /// An invalid endpoint of the AWS profile, if it is one that counts.
    fn bad_endpoint(&self, profiles: &Profiles) -> Option<StoreError> {
        let services = [Service::SecretsManager, Service::Ssm].into_iter();
        let mut named = services.filter_map(|service| self.named_endpoint(service));
        named
            .any(|endpoint| !endpoint.is_sound())
            .then(|| profiles.problem("endpoint_url", forms::URL))
    }

    /// The same before credentials are asked for, with settings that were found sound, and perhaps
    /// before certificates are read.
    async fn unsigned(
        env: &Env,
        options: &AwsOptions,
        profiles: &Profiles,
    ) -> Result<(Self, tls::DeferredConnector), StoreError> {
        let deferred = tls::DeferredConnector::new(
            trust::Trust::named_by(env, options.isolated.is_some()),
            proxy::proxy(env)?,
            options.connect_timeout,
        );
        let (http, connector) = http::client(deferred.clone(), &options.allow_http);
        // On the heap: without optimization the layers of the SDK's futures take more stack than
        // some limits have.
        let aws = quietly(Box::pin(Aws::load(env, options, profiles, http, connector))).await?;
        Ok((aws, deferred))
    }

    async fn load(
        env: &Env,
        options: &AwsOptions,
        profiles: &Profiles,
        http: SharedHttpClient,
        connector: SharedHttpConnector,
    ) -> Result<Self, StoreError> {
        let region = region::region(env, profiles, options, &http).await?;
        // Some credential sources need a region even where no reference does.
        let for_credentials = region
            .as_ref()
            .map(|(region, _)| region.clone())
            .or_else(|| options.some_region.clone());
        let given = settings::credentials(env).and_then(|_| env.layer("AWS_ACCESS_KEY_ID"));
        let config = if let Some(isolated) = options.isolated {
            let region = for_credentials.clone().unwrap_or_else(|| ANY_REGION.to_owned());
            (isolated.config)(env, profiles, http.clone(), region)
        } else {
            let mut loader = loader(http.clone(), for_credentials.clone())
                .profile_name(&profiles.name)
                .profile_files(profiles.files());
            if let Some(credentials) = settings::credentials(env) {
                loader = loader.credentials_provider(credentials);
            }
            Box::pin(loader.load()).await
        };
        let files = checks::path_files(env, profiles);
        let secrets = Arc::new(Secrets::new(env, profiles.secrets()));
        let process = files.as_ref().and_then(|_| {
            let (programs, environment) = (options.programs.clone(), options.isolated.map(|_| env));
            profiles.credential_process(programs, secrets.clone(), environment).map(Arc::new)
        });
        let source = match (options.isolated, &process) {
            (Some(isolated), _) => {
                let (config, http, connector) = (&config, &http, &connector);
                let process = process.as_ref();
                let with =
                    isolated::Surroundings { env, profiles, config, http, connector, process };
                Some((isolated.source)(&with).await?)
            }
            (None, Some(process)) => Some(of_process(process, profiles, &config, http)),
            (None, None) => config.credentials_provider(),
        };
        let Some(source) = source else {
            return Err(StoreError::new(
                StoreErrorKind::Credentials,
                Action::Connect,
                "no credential source",
            ));
        };
        let credentials = Arc::new(CachedCredentials::new(
            source,
            files,
            process,
            profiles.name.clone(),
            secrets,
        ));
        let own = config.endpoint_url().filter(|url| !url.is_empty()).map(str::to_owned);
        let mut builder = config.clone().into_builder();
        builder.set_endpoint_url(own).set_service_config(Some(NotEmpty(config)));
        let config = builder
            .credentials_provider(SharedCredentialsProvider::new(ForClients(credentials.clone())))
            .build();
        Ok(Aws {
            config,
            connector,
            credentials,
            given,
            profile: profiles.name.clone(),
            region,
            some_region: for_credentials,
            endpoints: settings::endpoints(env),
        })
    }

    /// Renews the credentials if they are about to end, so that no call has to wait for them under
    /// its own time limit.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Credentials`] if they cannot be renewed.
    pub async fn renew(&self) -> Result<(), StoreError> {
        quietly(self.credentials.get()).await.map(|_| ())
    }

    /// The id of the access key that calls are signed with, which is not secret; its secret key
    /// goes nowhere but the SDK.
    pub async fn access_key_id(&self) -> Option<String> {
        self.credentials.access_key_id().await
    }

    /// The region of references that name none.
    pub fn region(&self) -> Option<&str> {
        self.region.as_ref().map(|(region, _)| region.as_str())
    }

    /// The configuration of a client in a region.
    pub fn config(&self, region: &str) -> SdkConfig {
        self.config.to_builder().region(Region::new(region.to_owned())).build()
    }

    /// The endpoint that the environment or the env file names for a service.
    pub fn endpoint(&self, service: Service) -> Option<&str> {
        self.endpoints
            .iter()
            .find(|(named, ..)| *named == service)
            .map(|(_, endpoint, _)| endpoint.as_str())
    }
}

/// The credentials of a profile that begin with a program, and go through its roles, if it has any.
fn of_process(
    process: &Arc<CredentialProcess>,
    profiles: &Profiles,
    config: &SdkConfig,
    http: SharedHttpClient,
) -> SharedCredentialsProvider {
    const SOURCE: &str = "hydrant.credential_process";
    let mut provider = ProviderConfig::without_region()
        .with_http_client(http)
        .with_region(config.region().cloned());
    if let Some(retries) = config.retry_config() {
        provider = provider.with_retry_config(retries.clone());
    }
    if let Some(timeouts) = config.timeout_config() {
        provider = provider.with_timeout_config(timeouts.clone());
    }
    let profile =
        ProfileFileCredentialsProvider::builder().configure(&provider).profile_name(&profiles.name);
    let profile = profile.profile_files(profiles.files_with_source(SOURCE));
    SharedCredentialsProvider::new(
        profile.with_custom_provider(SOURCE, ForProfile(process.clone())).build(),
    )
}

/// What variables and profiles say of single services, but for what is empty: the SDK would take
/// that for an endpoint, and panic.
#[derive(Debug)]
struct NotEmpty(SdkConfig);

impl LoadServiceConfig for NotEmpty {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        self.0.service_config()?.load_config(key).filter(|text| !text.is_empty())
    }
}

fn loader(http: SharedHttpClient, region: Option<String>) -> ConfigLoader {
    // Retries of the services are ours (see `retry`); these are for what credentials are fetched
    // with. Always given: the SDK's own reading of AWS_MAX_ATTEMPTS and AWS_RETRY_MODE panics on
    // bad values.
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(RetryConfig::standard())
        // Always given: without one the SDK looks for it three times, and asks instance metadata
        // each time.
        .region(Region::new(region.unwrap_or_else(|| ANY_REGION.to_owned())))
}

/// Runs a future of the SDK without a log subscriber; hydrant emits its own events.
pub async fn quietly<F: Future>(future: F) -> F::Output {
    // Not a new subscriber, which would be entered into a list under a lock: a child of fork(2)
    // could wait for it for ever.
    future.with_subscriber(Dispatch::none()).await
}
