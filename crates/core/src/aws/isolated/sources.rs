//! The sources of credentials that an environment can name, in the order in which they count.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::imds;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::Credentials;
use aws_credential_types::credential_feature::AwsCredentialFeature;
use aws_credential_types::provider::{
    ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future,
};
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpClient, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt, Limited};
use zeroize::Zeroizing;

use super::super::checks::{CONTAINER, METADATA, Way};
use super::super::credential_process::{CredentialProcess, ForProfile};
use super::super::forms::refused;
use super::super::profile::Profiles;
use super::super::region::{is_metadata_disabled, metadata_client};
use super::super::settings;
use super::chain::{Base, chain};
use super::document;
use super::web_identity::WebIdentity;
use crate::bounded_file;
use crate::env::Env;
use crate::store::StoreError;

/// The address that a relative URI is below
/// ([AWS](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html)).
const CONTAINER_HOST: &str = "http://169.254.170.2";
/// As long as the SDK waits: to connect, and for the response.
const CONTAINER_LIMIT: Duration = Duration::from_secs(7);
/// No document or token is longer.
const DOCUMENT_MAX: usize = 64 << 10;
const ROLE_PATH: &str = "/latest/meta-data/iam/security-credentials/";

/// What the sources work with.
pub(in super::super) struct Surroundings<'a> {
    pub(in super::super) env: &'a Env,
    pub(in super::super) profiles: &'a Profiles,
    pub(in super::super) config: &'a SdkConfig,
    pub(in super::super) http: &'a SharedHttpClient,
    pub(in super::super) connector: &'a SharedHttpConnector,
    pub(in super::super) process: Option<&'a Arc<CredentialProcess>>,
}

/// The source of credentials that this environment names.
///
/// # Errors
///
/// What is named cannot be used, or not without the environment of the process.
pub(in super::super) async fn source(
    with: &Surroundings<'_>,
) -> Result<SharedCredentialsProvider, StoreError> {
    match Way::of(with.env, with.profiles) {
        Way::Keys => with.keys(),
        Way::Profile => with.profile().await,
        Way::WebIdentity => {
            let text = |name: &str| with.env.process(name).and_then(|value| value.to_str());
            Ok(SharedCredentialsProvider::new(WebIdentity::new(
                with.config,
                text("AWS_ROLE_ARN").unwrap_or_default().to_owned(),
                text("AWS_WEB_IDENTITY_TOKEN_FILE").unwrap_or_default().into(),
                text("AWS_ROLE_SESSION_NAME").map(str::to_owned),
            )))
        }
        Way::Container => with.container(),
        Way::Metadata => with.metadata(),
    }
}

impl Surroundings<'_> {
    fn keys(&self) -> Result<SharedCredentialsProvider, StoreError> {
        let keys = settings::credentials(self.env);
        keys.map(SharedCredentialsProvider::new)
            .ok_or_else(|| refused("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"))
    }

    async fn profile(&self) -> Result<SharedCredentialsProvider, StoreError> {
        let (base, roles) = chain(self.profiles)?;
        let mut source = match (base, self.process) {
            (Base::Keys(keys), _) => SharedCredentialsProvider::new(keys),
            (Base::Process, Some(process)) => {
                SharedCredentialsProvider::new(ForProfile(process.clone()))
            }
            (Base::WebIdentity { role, file, session }, _) => {
                SharedCredentialsProvider::new(WebIdentity::new(self.config, role, file, session))
            }
            (Base::Named("Environment"), _) => self.keys()?,
            (Base::Named(CONTAINER), _) => self.container()?,
            (Base::Named(METADATA), _) => self.metadata()?,
            (Base::Named(_) | Base::Process, _) => {
                let setting = self.profiles.setting(&self.profiles.name, "credential_source");
                return Err(refused(format!("{setting} is not a source of credentials")));
            }
        };
        for role in roles {
            let mut assumed = AssumeRoleProvider::builder(role.arn).configure(self.config);
            if let Some(id) = role.external_id {
                assumed = assumed.external_id(id);
            }
            if let Some(session) = role.session {
                assumed = assumed.session_name(session);
            }
            let assumed = Box::pin(assumed.build_from_provider(source)).await;
            source = SharedCredentialsProvider::new(assumed);
        }
        Ok(source)
    }

    fn container(&self) -> Result<SharedCredentialsProvider, StoreError> {
        let text = |name: &str| self.env.process(name).and_then(|value| value.to_str());
        let relative = text("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
        let url = relative
            .map(|path| format!("{CONTAINER_HOST}{path}"))
            .or_else(|| text("AWS_CONTAINER_CREDENTIALS_FULL_URI").map(str::to_owned))
            .ok_or_else(|| refused("AWS_CONTAINER_CREDENTIALS_FULL_URI is not set"))?;
        let file = text("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").map(str::to_owned);
        let token = text("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(|text| text.to_owned().into());
        let connector = self.connector.clone();
        Ok(SharedCredentialsProvider::new(Container { connector, url, file, token }))
    }

    fn metadata(&self) -> Result<SharedCredentialsProvider, StoreError> {
        let is_disabled = is_metadata_disabled(self.env);
        let client = metadata_client(self.env, self.profiles, self.http)?;
        Ok(SharedCredentialsProvider::new(Metadata { client, is_disabled }))
    }
}

/// The endpoint of a container.
#[derive(Debug)]
struct Container {
    connector: SharedHttpConnector,
    url: String,
    /// The file of the token, which goes before the token itself.
    file: Option<String>,
    token: Option<crate::secret_value::SecretValue>,
}

impl Container {
    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_uri(self.url.as_str()).map_err(CredentialsError::invalid_configuration)?;
        request.headers_mut().insert("accept", "application/json");
        let token = match &self.file {
            // The caller has a thread of its own for this, and has looked at the file.
            Some(path) => {
                let bytes = bounded_file::read(path.as_ref(), DOCUMENT_MAX as u64)
                    .map_err(CredentialsError::provider_error)?;
                let text = String::from_utf8(bytes).unwrap_or_default();
                Some(crate::secret_value::SecretValue::from(text))
            }
            None => self.token.clone(),
        };
        if let Some(token) = token {
            let added =
                request.headers_mut().try_insert("authorization", token.expose().to_owned());
            added.map_err(|_| {
                CredentialsError::invalid_configuration("the token is not a valid header")
            })?;
        }
        let call = async {
            let response = self.connector.call(request).await;
            let response = response.map_err(CredentialsError::provider_error)?;
            let status = response.status();
            if !status.is_success() {
                let message = format!("the endpoint of the container returned {status}");
                return Err(CredentialsError::provider_error(message));
            }
            let body = Limited::new(response.into_body(), DOCUMENT_MAX).collect().await;
            let body = body.map_err(CredentialsError::provider_error)?;
            Ok(Zeroizing::new(body.to_bytes().to_vec()))
        };
        let text = tokio::time::timeout(CONTAINER_LIMIT, call).await;
        let text = text.map_err(|_| CredentialsError::provider_timed_out(CONTAINER_LIMIT))??;
        document::credentials(&text, AwsCredentialFeature::CredentialsHttp)
    }
}

impl ProvideCredentials for Container {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

/// Instance metadata.
#[derive(Debug)]
struct Metadata {
    client: imds::Client,
    is_disabled: bool,
}

impl Metadata {
    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        if self.is_disabled {
            let message = "no other source is named, and AWS_EC2_METADATA_DISABLED is set";
            return Err(CredentialsError::not_loaded(message));
        }
        let get = async |path: String| {
            let text = self.client.get(path).await;
            text.map_err(CredentialsError::provider_error)
        };
        let role = get(ROLE_PATH.to_owned()).await?;
        let document = get(format!("{ROLE_PATH}{}", role.as_ref().trim())).await?;
        document::credentials(document.as_ref().as_bytes(), AwsCredentialFeature::CredentialsImds)
    }
}

impl ProvideCredentials for Metadata {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}
