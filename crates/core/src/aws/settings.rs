//! AWS settings of the environment and the env file: region, profile, endpoints, the access key
//! triple.
//!
//! The SDK reads the process's environment itself; what the env file gives is handed to it
//! explicitly. What it would panic on is refused first (see `checks`).

use std::fmt;

use aws_credential_types::Credentials;

use super::parts::PARTS;
use crate::env::{Env, Layer};
use crate::shown;

/// A service that hydrant asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// AWS Secrets Manager.
    SecretsManager,
    /// AWS Systems Manager Parameter Store.
    Ssm,
    /// AWS Security Token Service, for nothing but the question who it is that asks.
    Sts,
}

impl Service {
    /// The variable that names the service's endpoint
    /// ([AWS](https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html)).
    pub fn variable(self) -> &'static str {
        match self {
            Service::SecretsManager => "AWS_ENDPOINT_URL_SECRETS_MANAGER",
            Service::Ssm => "AWS_ENDPOINT_URL_SSM",
            Service::Sts => "AWS_ENDPOINT_URL_STS",
        }
    }

    /// The service's id in the AWS configuration files.
    pub(super) fn id(self) -> &'static str {
        match self {
            Service::SecretsManager => "Secrets Manager",
            Service::Ssm => "SSM",
            Service::Sts => "STS",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Service::SecretsManager => "Secrets Manager",
            Service::Ssm => "Parameter Store",
            Service::Sts => "STS",
        })
    }
}

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingSource {
    /// This variable, in this layer of the environment.
    Variable(&'static str, Layer),
    /// The AWS profile of this name.
    Profile(String),
    /// `settings.region` of the manifest.
    Manifest,
    /// Instance metadata.
    Metadata,
    /// Nothing names it: it is AWS's own.
    Aws,
}

impl fmt::Display for SettingSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingSource::Variable(name, Layer::Process) => f.write_str(name),
            SettingSource::Variable(name, Layer::EnvFile) => write!(f, "{name} in the env file"),
            SettingSource::Profile(name) => write!(f, "the AWS profile {}", shown::unquoted(name)),
            SettingSource::Manifest => f.write_str("settings.region"),
            SettingSource::Metadata => f.write_str("instance metadata"),
            SettingSource::Aws => f.write_str("AWS's own"),
        }
    }
}

/// The AWS profile that counts.
pub(super) fn profile(env: &Env) -> &str {
    env.text("AWS_PROFILE").unwrap_or("default")
}

/// A setting that an env file may not give.
pub(super) fn own<'a>(env: &'a Env, name: &str) -> Option<&'a str> {
    env.process(name)?.to_str().filter(|text| !text.is_empty())
}

/// The variables that name a region, in the order in which they count.
pub(super) const REGIONS: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// The process's region, else the env file's; in each, AWS_REGION goes before AWS_DEFAULT_REGION.
pub(super) fn set_region(env: &Env) -> Option<(String, SettingSource)> {
    first_of(env, REGIONS)
}

/// The first of these variables in the process's layer, else in the env file's.
fn first_of(env: &Env, names: [&'static str; 2]) -> Option<(String, SettingSource)> {
    let of = |layer| {
        let name = names.into_iter().find(|name| env.layer(name) == Some(layer))?;
        Some((env.text(name)?.to_owned(), SettingSource::Variable(name, layer)))
    };
    of(Layer::Process).or_else(|| of(Layer::EnvFile))
}

/// The access key triple: the process's, or the env file's if the process sets none of the three.
pub(super) fn credentials(env: &Env) -> Option<Credentials> {
    let layer = key_layer(env);
    let [id, secret, token] =
        PARTS.map(|(name, ..)| env.text(name).filter(|_| env.layer(name) == Some(layer)));
    let provider = if layer == Layer::Process { "Environment" } else { "EnvFile" };
    let mut credentials = Credentials::builder()
        .access_key_id(id?)
        .secret_access_key(secret?)
        .provider_name(provider);
    credentials.set_session_token(token.map(str::to_owned));
    if let Some(account) =
        env.text("AWS_ACCOUNT_ID").filter(|_| env.layer("AWS_ACCOUNT_ID") == Some(layer))
    {
        credentials = credentials.account_id(account);
    }
    Some(credentials.build())
}

/// The layer that gives the access key triple.
pub(super) fn key_layer(env: &Env) -> Layer {
    let is_set = |(name, ..): &(&str, &str, usize)| env.layer(name) == Some(Layer::Process);
    if PARTS.iter().any(is_set) { Layer::Process } else { Layer::EnvFile }
}

/// The endpoints that the environment or the env file names, and which variable does; a service's
/// own goes before the one for all.
pub(super) fn endpoints(env: &Env) -> Vec<(Service, String, SettingSource)> {
    if own(env, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        .is_some_and(|text| text.eq_ignore_ascii_case("true"))
    {
        return Vec::new();
    }
    let each =
        [Service::SecretsManager, Service::Ssm, Service::Sts].into_iter().filter_map(|service| {
            let (endpoint, source) = first_of(env, [service.variable(), "AWS_ENDPOINT_URL"])?;
            Some((service, endpoint, source))
        });
    each.collect()
}

/// How often a call is made at most, where AWS_MAX_ATTEMPTS says so.
pub fn max_attempts(env: &Env) -> Option<u32> {
    own(env, "AWS_MAX_ATTEMPTS")?.parse().ok().filter(|attempts| *attempts > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env_file::EnvFile;

    fn env(process: &[(&str, &str)], file: &str) -> Env {
        Env::new(process.iter().copied()).with_file(EnvFile::parse(file).unwrap())
    }

    #[test]
    fn the_process_gives_the_region_before_the_env_file() {
        let check = |process: &[(&str, &str)], file, expected: Option<&str>| {
            assert_eq!(
                set_region(&env(process, file)).map(|(region, _)| region).as_deref(),
                expected,
                "{process:?} {file}"
            );
        };
        check(&[], "", None);
        check(&[], "AWS_REGION=eu-west-1", Some("eu-west-1"));
        check(&[("AWS_REGION", "us-east-1")], "AWS_REGION=eu-west-1", Some("us-east-1"));
        check(&[("AWS_DEFAULT_REGION", "us-east-2")], "AWS_REGION=eu-west-1", Some("us-east-2"));
        check(
            &[("AWS_DEFAULT_REGION", "us-east-2"), ("AWS_REGION", "us-east-1")],
            "",
            Some("us-east-1"),
        );
        check(&[("AWS_REGION", "")], "AWS_DEFAULT_REGION=eu-west-1", Some("eu-west-1"));
    }

    #[test]
    fn the_access_key_triple_comes_from_one_layer_as_a_whole() {
        let check = |process: &[(&str, &str)], expected: Option<(&str, Option<&str>)>| {
            let file =
                "AWS_ACCESS_KEY_ID=file\nAWS_SECRET_ACCESS_KEY=file\nAWS_SESSION_TOKEN=file\n";
            let found = credentials(&env(process, file));
            let found = found.as_ref().map(|found| (found.access_key_id(), found.session_token()));
            assert_eq!(found, expected, "{process:?}");
        };
        let key = [("AWS_ACCESS_KEY_ID", "own"), ("AWS_SECRET_ACCESS_KEY", "own")];
        check(&[], Some(("file", Some("file"))));
        check(&key, Some(("own", None)));
        check(&key[..1], None);
        check(&[("AWS_SESSION_TOKEN", "own")], None);
    }

    #[test]
    fn a_service_has_its_own_endpoint_before_the_one_for_all() {
        let check = |process: &[(&str, &str)], file, expected: &[(Service, &str)]| {
            let found = endpoints(&env(process, file));
            let of_all = found.iter().map(|(service, endpoint, _)| (*service, endpoint.as_str()));
            let found: Vec<_> = of_all.filter(|(service, _)| *service != Service::Sts).collect();
            assert_eq!(found, expected, "{process:?} {file}");
        };
        use Service::{SecretsManager, Ssm};
        check(&[], "", &[]);
        check(
            &[("AWS_ENDPOINT_URL", "http://a")],
            "",
            &[(SecretsManager, "http://a"), (Ssm, "http://a")],
        );
        let both = [("AWS_ENDPOINT_URL", "http://a"), ("AWS_ENDPOINT_URL_SSM", "http://b")];
        check(&both, "", &[(SecretsManager, "http://a"), (Ssm, "http://b")]);
        check(
            &both[..1],
            "AWS_ENDPOINT_URL_SSM=http://c",
            &[(SecretsManager, "http://a"), (Ssm, "http://a")],
        );
        check(&[], "AWS_ENDPOINT_URL_SSM=http://c", &[(Ssm, "http://c")]);
        check(&[both[0], ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE")], "", &[]);
    }

    #[test]
    fn only_the_process_says_how_often_a_call_is_made() {
        assert_eq!(max_attempts(&env(&[], "AWS_MAX_ATTEMPTS=2")), None);
        assert_eq!(max_attempts(&env(&[("AWS_MAX_ATTEMPTS", "2")], "")), Some(2));
    }
}
