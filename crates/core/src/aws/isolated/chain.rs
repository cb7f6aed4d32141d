//! How an AWS profile leads to credentials: where they begin, and the roles that are assumed with
//! them, one after the other. In the order in which the SDK looks.

use std::path::PathBuf;

use aws_config::profile::Profile;
use aws_credential_types::Credentials;
use aws_credential_types::credential_feature::AwsCredentialFeature;

use super::super::forms::refused;
use super::super::profile::Profiles;
use crate::shown;
use crate::store::StoreError;

/// Where the credentials begin.
pub(super) enum Base<'a> {
    Keys(Credentials),
    /// Its program.
    Process,
    /// What `credential_source` names.
    Named(&'a str),
    WebIdentity {
        role: String,
        file: PathBuf,
        session: Option<String>,
    },
}

/// A role that is assumed.
pub(super) struct Role<'a> {
    pub(super) arn: &'a str,
    pub(super) external_id: Option<&'a str>,
    pub(super) session: Option<&'a str>,
}

/// The beginning, and the roles in the order in which they are assumed.
///
/// # Errors
///
/// A profile that leads nowhere, or to what the SDK cannot do without the environment of the
/// process.
pub(super) fn chain(profiles: &Profiles) -> Result<(Base<'_>, Vec<Role<'_>>), StoreError> {
    let mut roles = Vec::new();
    let mut known: Vec<&str> = Vec::new();
    let mut name = profiles.name.as_str();
    let base = loop {
        let Some(profile) = profiles.set().get_profile(name) else {
            return Err(refused(format!("the AWS profile {} is not found", shown::unquoted(name))));
        };
        // Of a source profile the keys count first.
        if let Some(keys) = keys(profile).filter(|_| !known.is_empty()) {
            break Base::Keys(keys);
        }
        known.push(name);
        let role = profile.get("role_arn");
        let Some(arn) = role.filter(|_| profile.get("web_identity_token_file").is_none()) else {
            break base(profiles, profile)?;
        };
        roles.push(Role {
            arn,
            external_id: profile.get("external_id"),
            session: profile.get("role_session_name"),
        });
        match (profile.get("source_profile"), profile.get("credential_source")) {
            (None, Some(source)) => break Base::Named(source),
            (Some(source), None) if source == name => break base(profiles, profile)?,
            (Some(source), None) if !known.contains(&source) => name = source,
            _ => {
                let setting = profiles.setting(name, "role_arn");
                return Err(refused(format!(
                    "{setting} needs either a source_profile that ends in credentials, or a \
                     credential_source"
                )));
            }
        }
    };
    roles.reverse();
    Ok((base, roles))
}

/// The credentials of a profile by itself.
fn base<'a>(profiles: &Profiles, profile: &'a Profile) -> Result<Base<'a>, StoreError> {
    if let (Some(file), Some(role)) =
        (profile.get("web_identity_token_file"), profile.get("role_arn"))
    {
        let session = profile.get("role_session_name").map(str::to_owned);
        return Ok(Base::WebIdentity { role: role.to_owned(), file: file.into(), session });
    }
    let signs_in = ["sso_session", "sso_start_url", "sso_account_id", "login_session"];
    if let Some(key) = signs_in.into_iter().find(|key| profile.get(key).is_some()) {
        let setting = profiles.setting(profile.name(), key);
        return Err(refused(format!(
            "{setting} cannot be used with an environment that is not the one of the process"
        )));
    }
    if profile.get("credential_process").is_some() {
        return Ok(Base::Process);
    }
    keys(profile).map(Base::Keys).ok_or_else(|| {
        refused(format!("the AWS profile {} has no credentials", shown::unquoted(profile.name())))
    })
}

fn keys(profile: &Profile) -> Option<Credentials> {
    let mut credentials = Credentials::builder()
        .access_key_id(profile.get("aws_access_key_id")?)
        .secret_access_key(profile.get("aws_secret_access_key")?)
        .provider_name("ProfileFile");
    credentials.set_session_token(profile.get("aws_session_token").map(str::to_owned));
    let account = profile.get("aws_account_id").map(str::to_owned);
    credentials.set_account_id(account.map(Into::into));
    let mut credentials = credentials.build();
    credentials
        .get_property_mut_or_default::<Vec<AwsCredentialFeature>>()
        .push(AwsCredentialFeature::CredentialsProfile);
    Some(credentials)
}
