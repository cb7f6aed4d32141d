//! Who asks, as STS knows it, and which source of credentials says so. No part of a credential
//! leaves this file.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_credential_types::credential_feature::AwsCredentialFeature as Feature;
use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::timeout::TimeoutConfig;

use super::{ANY_REGION, Aws, Service, quietly};
use crate::env::Layer;
use crate::reference::is_account;
use crate::store::{Action, StoreError};

/// The source that credentials come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialSource {
    /// Access keys in the environment or the env file.
    Keys(Layer),
    /// Access keys of the AWS profile.
    Profile,
    /// A role that the AWS profile says to assume.
    AssumedRole,
    /// IAM Identity Center.
    Sso,
    /// `aws login`.
    Login,
    /// A program that the AWS profile names.
    Process,
    /// A token of another identity provider, as GitHub Actions and EKS give it.
    WebIdentity,
    /// The container's role, of ECS or EKS.
    Container,
    /// The instance's role.
    InstanceMetadata,
    /// One that has no name here.
    Other,
}

/// What may be told of credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentCredentials {
    /// Where they come from.
    pub source: CredentialSource,
    /// The AWS profile that counts; it says where they come from for some sources.
    pub profile: String,
    /// When they end, if they do and say so.
    pub expiry: Option<SystemTime>,
    /// Whether they have a session token, and so end some time.
    pub temporary: bool,
}

/// Who asks, as AWS sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub account: String,
    /// The ARN of the user or of the session of a role.
    pub arn: String,
}

impl Aws {
    /// The credentials that calls are signed with, resolved if they are not yet.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Credentials`](crate::store::StoreErrorKind::Credentials) if there are
    /// none.
    pub async fn current_credentials(&self) -> Result<CurrentCredentials, StoreError> {
        let credentials = quietly(self.credentials.get()).await?;
        Ok(CurrentCredentials {
            source: self.given.map_or_else(|| source_of(&credentials), CredentialSource::Keys),
            profile: self.profile.clone(),
            expiry: credentials.expiry(),
            temporary: credentials.session_token().is_some(),
        })
    }

    /// The account of the credentials, where their source says it.
    pub async fn account(&self) -> Option<String> {
        let credentials = quietly(self.credentials.get()).await.ok()?;
        credentials
            .account_id()
            .map(|account| account.as_str().to_owned())
            .filter(|account| is_account(account))
    }

    /// Asks STS who it is that asks (GetCallerIdentity, which every identity may call).
    ///
    /// # Errors
    ///
    /// [`StoreError`], as of any call.
    pub async fn caller(&self) -> Result<Caller, StoreError> {
        let region = self.region().or(self.some_region.as_deref()).unwrap_or(ANY_REGION);
        let mut config = aws_sdk_sts::config::Builder::from(&self.config(region))
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled());
        if let Some(endpoint) = self.endpoint(Service::Sts) {
            config = config.endpoint_url(endpoint);
        }
        let call = aws_sdk_sts::Client::from_conf(config.build()).get_caller_identity();
        let answer = quietly(call.send())
            .await
            .map_err(|error| self.error(Action::GetCallerIdentity, &error))?;
        match (answer.account, answer.arn) {
            (Some(account), Some(arn))
                if is_account(&account) && is_identity(&arn) && !self.repeats_credentials(&arn) =>
            {
                Ok(Caller { account, arn })
            }
            _ => {
                use crate::store::StoreErrorKind::Malformed;
                Err(StoreError::new(
                    Malformed,
                    Action::GetCallerIdentity,
                    "the answer names no account and no identity",
                ))
            }
        }
    }
}

/// The source that gave these credentials.
pub(super) fn source_of(credentials: &Credentials) -> CredentialSource {
    source(credentials.get_property::<Vec<Feature>>().map(Vec::as_slice).unwrap_or_default())
}

/// The source that these features tell; the last link of a chain says most.
fn source(features: &[Feature]) -> CredentialSource {
    let known = [
        (Feature::CredentialsStsAssumeRole, CredentialSource::AssumedRole),
        (Feature::CredentialsSso, CredentialSource::Sso),
        (Feature::CredentialsProfileSso, CredentialSource::Sso),
        (Feature::CredentialsLogin, CredentialSource::Login),
        (Feature::CredentialsProfileLogin, CredentialSource::Login),
        (Feature::CredentialsProcess, CredentialSource::Process),
        (Feature::CredentialsProfileProcess, CredentialSource::Process),
        (Feature::CredentialsEnvVarsStsWebIdToken, CredentialSource::WebIdentity),
        (Feature::CredentialsProfileStsWebIdToken, CredentialSource::WebIdentity),
        (Feature::CredentialsStsAssumeRoleWebId, CredentialSource::WebIdentity),
        (Feature::CredentialsHttp, CredentialSource::Container),
        (Feature::CredentialsImds, CredentialSource::InstanceMetadata),
        (Feature::CredentialsProfile, CredentialSource::Profile),
        (Feature::CredentialsEnvVars, CredentialSource::Keys(Layer::Process)),
    ];
    let found = known.into_iter().find(|(feature, _)| features.contains(feature));
    found.map_or(CredentialSource::Other, |(_, source)| source)
}

/// Whatever answers may be shown only if it is what it should be:
/// `arn:aws:iam::123456789012:user/name`, `arn:aws:sts::…:assumed-role/role/session`.
fn is_identity(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next().unwrap_or_default();
    next() == "arn"
        && next().starts_with("aws")
        && ["iam", "sts"].contains(&next())
        && next().is_empty()
        && is_account(next())
        && next().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_+=,.@-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_identity_is_not_shown() {
        let check = |text: &str, expected| assert_eq!(is_identity(text), expected, "{text}");
        check("arn:aws:iam::123456789012:user/a.b@c", true);
        check("arn:aws-us-gov:sts::123456789012:assumed-role/app/i-0123", true);
        check("arn:aws:iam::123456789012:root", true);
        check("arn:aws:iam::12345:user/a", false);
        check("arn:aws:iam::123456789012:user/a b", false);
        check("sk-test", false);
        assert!(is_account("123456789012") && !is_account("12345678901x") && !is_account("1"));
    }

    #[test]
    fn a_chain_is_named_by_what_it_ends_in() {
        let check =
            |features: &[Feature], expected| assert_eq!(source(features), expected, "{features:?}");
        check(&[], CredentialSource::Other);
        check(&[Feature::CredentialsProfile], CredentialSource::Profile);
        check(
            &[Feature::CredentialsProfile, Feature::CredentialsStsAssumeRole],
            CredentialSource::AssumedRole,
        );
        check(&[Feature::CredentialsSso, Feature::CredentialsProfile], CredentialSource::Sso);
        check(&[Feature::CredentialsProcess], CredentialSource::Process);
        check(&[Feature::CredentialsProfileStsWebIdToken], CredentialSource::WebIdentity);
        check(&[Feature::CredentialsHttp], CredentialSource::Container);
        check(&[Feature::CredentialsImds], CredentialSource::InstanceMetadata);
    }
}
