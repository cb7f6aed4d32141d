//! The role of a web identity: a token in a file, exchanged for credentials by STS.
//! (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>)

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::credential_feature::AwsCredentialFeature;
use aws_credential_types::provider::{ProvideCredentials, error::CredentialsError, future};

use crate::aws::files;

/// The way to the credentials of one role.
#[derive(Debug)]
pub(super) struct WebIdentity {
    pub(super) client: aws_sdk_sts::Client,
    pub(super) role: String,
    pub(super) file: PathBuf,
    pub(super) session: Option<String>,
}

impl WebIdentity {
    pub(super) fn new(
        config: &SdkConfig,
        role: String,
        file: PathBuf,
        session: Option<String>,
    ) -> Self {
        WebIdentity { client: aws_sdk_sts::Client::new(config), role, file, session }
    }

    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        // The caller has a thread of its own for this, and has looked at the file.
        let token = files::token(&self.file).map_err(CredentialsError::provider_error)?;
        let session = self.session.clone().unwrap_or_else(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            format!("web-identity-token-{}", since.as_millis())
        });
        let call = self.client.assume_role_with_web_identity().role_arn(&self.role);
        let call = call.role_session_name(session).web_identity_token(token);
        let response = call.send().await.map_err(CredentialsError::provider_error)?;
        let given = response
            .credentials
            .ok_or_else(|| CredentialsError::provider_error("the response has no credentials"))?;
        let end = SystemTime::try_from(given.expiration)
            .map_err(|_| CredentialsError::provider_error("the response has an invalid date"))?;
        let mut credentials = Credentials::builder()
            .access_key_id(given.access_key_id)
            .secret_access_key(given.secret_access_key)
            .session_token(given.session_token)
            .expiry(end)
            .provider_name("WebIdentityToken")
            .build();
        credentials
            .get_property_mut_or_default::<Vec<AwsCredentialFeature>>()
            .push(AwsCredentialFeature::CredentialsStsAssumeRoleWebId);
        Ok(credentials)
    }
}

impl ProvideCredentials for WebIdentity {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}
