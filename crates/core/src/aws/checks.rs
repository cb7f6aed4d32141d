//! Every AWS setting is checked before the SDK sees it: what it would panic on, misunderstand or
//! ignore is refused by the name of its variable. What a run does not need is named and stops
//! nothing.

use std::path::PathBuf;

use super::files::{PathFile, PathFiles};
use super::forms::{
    BOOLS, CHECKSUMS, ENDPOINT_MODES, MAX_ATTEMPTS, PATH, PLAIN, REGION, RETRY_MODES, ROLE,
    SESSION_NAME, URL, UTF_8, is_account_mode, is_app_id, is_bool, is_checksum, is_endpoint_mode,
    is_header, is_max_attempts, is_number, is_path, is_plain, is_retry_mode, is_role,
    is_session_name, is_text, is_uri_path, is_url, refused,
};
use super::parts::{PARTS, flaw};
use super::profile::Profiles;
use super::settings::{REGIONS, Service, SettingSource, credentials, key_layer, set_region};
use crate::env::Env;
use crate::store::StoreError;

/// What is wrong, and the variable that it is wrong with, or [`PROFILE`].
pub(super) type Named = (&'static str, StoreError);

/// What a profile calls the sources of credentials outside of it.
pub(super) const CONTAINER: &str = "EcsContainer";
pub(super) const METADATA: &str = "Ec2InstanceMetadata";

/// The name of what no variable says.
pub(super) const PROFILE: &str = "AWS profile";

/// A setting in one variable of the process.
struct Check {
    variable: &'static str,
    is_sound: fn(&str) -> bool,
    expected: &'static str,
}

const fn check(
    variable: &'static str,
    is_sound: fn(&str) -> bool,
    expected: &'static str,
) -> Check {
    Check { variable, is_sound, expected }
}

/// What counts for every call. The SDK would panic on it, send what HTTP cannot carry, or ignore it
/// without a word.
const OF_EVERY_CALL: [Check; 7] = [
    check("AWS_PROFILE", is_text, UTF_8),
    check("AWS_ACCOUNT_ID", is_text, UTF_8),
    check("AWS_MAX_ATTEMPTS", is_max_attempts, MAX_ATTEMPTS),
    check("AWS_RETRY_MODE", is_retry_mode, RETRY_MODES),
    check("AWS_USE_FIPS_ENDPOINT", is_bool, BOOLS),
    check("AWS_USE_DUALSTACK_ENDPOINT", is_bool, BOOLS),
    check("AWS_EXECUTION_ENV", is_plain, PLAIN),
];

const OF_WEB_IDENTITY: [Check; 3] = [
    check("AWS_WEB_IDENTITY_TOKEN_FILE", is_path, PATH),
    check("AWS_ROLE_ARN", is_role, ROLE),
    check("AWS_ROLE_SESSION_NAME", is_session_name, SESSION_NAME),
];

const OF_CONTAINER: [Check; 4] = [
    check("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", is_uri_path, "a path that begins with a slash"),
    check("AWS_CONTAINER_CREDENTIALS_FULL_URI", is_url, URL),
    check("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", is_path, PATH),
    check("AWS_CONTAINER_AUTHORIZATION_TOKEN", is_header, "one line of visible ASCII characters"),
];

const OF_METADATA: [Check; 2] = [
    check("AWS_EC2_METADATA_SERVICE_ENDPOINT", is_url, URL),
    check("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", is_endpoint_mode, ENDPOINT_MODES),
];

/// What the SDK ignores if it cannot be read.
const IGNORED: [Check; 9] = [
    check("AWS_EC2_METADATA_DISABLED", is_bool, BOOLS),
    check("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", is_bool, BOOLS),
    check("AWS_DISABLE_REQUEST_COMPRESSION", is_bool, BOOLS),
    check("AWS_DISABLE_CLOCK_SKEW_CORRECTION", is_bool, BOOLS),
    check("AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", is_number, "a whole number"),
    check("AWS_REQUEST_CHECKSUM_CALCULATION", is_checksum, CHECKSUMS),
    check("AWS_RESPONSE_CHECKSUM_VALIDATION", is_checksum, CHECKSUMS),
    check("AWS_ACCOUNT_ID_ENDPOINT_MODE", is_account_mode, "preferred, disabled or required"),
    check("AWS_SDK_UA_APP_ID", is_app_id, "a name of letters, digits and !#$%&'*+-.^_`|~"),
];

impl Check {
    /// What is wrong with the variable, if it is set. An empty one counts as unset, but where the
    /// SDK takes it for a value.
    fn problem(&self, env: &Env, empty_counts: bool) -> Option<Named> {
        let value = env.process(self.variable).filter(|value| empty_counts || !value.is_empty())?;
        if value.to_str().is_some_and(self.is_sound) {
            return None;
        }
        Some((self.variable, refused(format!("{} is not {}", self.variable, self.expected))))
    }
}

/// The first invalid setting, or one that the SDK would panic on.
pub(super) fn validate(env: &Env) -> Result<(), StoreError> {
    problems(env).into_iter().next().map_or(Ok(()), |(_, problem)| Err(problem))
}

/// Every invalid setting, each with its variable.
pub(super) fn problems(env: &Env) -> Vec<Named> {
    let mut problems: Vec<_> =
        OF_EVERY_CALL.iter().filter_map(|check| check.problem(env, false)).collect();
    // Each client of the SDK reads the file that it names, and panics on what is not in its form.
    if env.process(CUSTOM_PARTITION).is_some() {
        problems.push((CUSTOM_PARTITION, refused(format!("{CUSTOM_PARTITION} is not supported"))));
    }
    problems.extend(region_problem(env));
    problems.extend(key_problem(env));
    problems.extend(endpoint_problems(env));
    problems
}

/// Names a file of the partitions of AWS, for tests of the SDK.
const CUSTOM_PARTITION: &str = "SMITHY_CLIENT_SDK_CUSTOM_PARTITION";

/// The region that counts, if it is not valid. The other variable does not count.
fn region_problem(env: &Env) -> Option<Named> {
    let problem = |name: &'static str| Some((name, refused(format!("{name} is not {REGION}"))));
    for name in REGIONS {
        if env.process(name).is_some_and(|value| !value.is_empty() && value.to_str().is_none()) {
            return problem(name);
        }
    }
    match set_region(env)? {
        (region, SettingSource::Variable(name, _)) if !crate::reference::is_region(&region) => {
            problem(name)
        }
        _ => None,
    }
}

/// What is wrong with the keys that count: those of the process, if it sets one of the three, else
/// those of the env file.
fn key_problem(env: &Env) -> Option<Named> {
    let layer = key_layer(env);
    let of_layer = |name: &str| env.get(name).filter(|_| env.layer(name) == Some(layer));
    let [id, secret] = [PARTS[0].0, PARTS[1].0].map(of_layer);
    // Without both the SDK looks elsewhere.
    id.and(secret)?;
    PARTS.iter().find_map(|(name, _, most)| {
        let value = of_layer(name)?;
        let flaw = match value.to_str() {
            Some(text) => flaw(text, *most)?,
            None => "is not UTF-8".to_owned(),
        };
        Some((*name, refused(format!("{} {flaw}", SettingSource::Variable(name, layer)))))
    })
}

/// Endpoints that are not text. Other problems of an endpoint are reported where it is called.
fn endpoint_problems(env: &Env) -> Vec<Named> {
    let names = [Service::SecretsManager, Service::Ssm, Service::Sts].map(Service::variable);
    let each = names.into_iter().chain(["AWS_ENDPOINT_URL"]).filter(|name| {
        env.process(name).is_some_and(|value| !value.is_empty() && value.to_str().is_none())
    });
    each.map(|name| (name, refused(format!("{name} is not {URL}")))).collect()
}

/// What is wrong with the way to credentials that the SDK will take. It goes by the first of: keys,
/// the profile, a web identity, a container, instance metadata.
pub(super) fn way_problem(env: &Env, profiles: &Profiles) -> Option<Named> {
    match Way::of(env, profiles) {
        Way::Keys => None,
        Way::Profile => {
            let of_profile = profiles.check_credentials().err().map(|problem| (PROFILE, problem));
            of_profile.or_else(|| match profiles.credential_source() {
                Some(CONTAINER) => first(env, &OF_CONTAINER),
                Some(METADATA) => metadata_problem(env, profiles),
                _ => None,
            })
        }
        Way::WebIdentity => first(env, &OF_WEB_IDENTITY),
        Way::Container => first(env, &OF_CONTAINER),
        Way::Metadata => metadata_problem(env, profiles),
    }
}

/// What is wrong with the way to instance metadata.
pub(super) fn metadata_problem(env: &Env, profiles: &Profiles) -> Option<Named> {
    first(env, &OF_METADATA)
        .or_else(|| profiles.check_metadata().err().map(|problem| (PROFILE, problem)))
}

fn first(env: &Env, checks: &[Check]) -> Option<Named> {
    checks.iter().find_map(|check| check.problem(env, true))
}

/// What is wrong with settings that this run does not need, or that the SDK ignores then.
pub(super) fn not_needed(env: &Env, profiles: &Profiles) -> Vec<Named> {
    let way = Way::of(env, profiles);
    // A role without a token is told by itself, and counts nowhere.
    let web: &[Check] = if is_web_identity(env) { &OF_WEB_IDENTITY } else { &[] };
    let way = match profiles.credential_source().filter(|_| way == Way::Profile) {
        Some(CONTAINER) => Way::Container,
        Some(METADATA) => Way::Metadata,
        _ => way,
    };
    let others =
        [(Way::WebIdentity, web), (Way::Container, &OF_CONTAINER), (Way::Metadata, &OF_METADATA)];
    let others =
        others.into_iter().filter(|(other, _)| *other != way).flat_map(|(_, checks)| checks);
    let of_profile = profiles.not_needed.iter().map(|problem| (PROFILE, problem.clone()));
    let of_variables = others.chain(&IGNORED).filter_map(|check| check.problem(env, false));
    of_profile.chain(of_variables).collect()
}

fn is_web_identity(env: &Env) -> bool {
    env.process("AWS_WEB_IDENTITY_TOKEN_FILE").is_some() && env.process("AWS_ROLE_ARN").is_some()
}

/// The way to credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Keys,
    Profile,
    WebIdentity,
    Container,
    Metadata,
}

impl Way {
    pub(super) fn of(env: &Env, profiles: &Profiles) -> Self {
        let is_set = |name: &str| env.process(name).is_some();
        if credentials(env).is_some() {
            Way::Keys
        } else if profiles.has_credentials() {
            Way::Profile
        } else if is_web_identity(env) {
            Way::WebIdentity
        } else if is_set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
            || is_set("AWS_CONTAINER_CREDENTIALS_FULL_URI")
        {
            Way::Container
        } else {
            Way::Metadata
        }
    }
}

fn container_files(env: &Env) -> PathFiles {
    let name = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
    let path = env.process(name).map(PathBuf::from);
    PathFiles(path.map(|path| PathFile::HeaderToken(name, path)).into_iter().collect())
}

/// The files that the SDK reads by path to get credentials.
pub(super) fn path_files(env: &Env, profiles: &Profiles) -> Option<PathFiles> {
    let named = |name: &str| env.process(name).map(PathBuf::from);
    Some(match Way::of(env, profiles) {
        Way::Keys => return None,
        Way::Profile if profiles.credential_source() == Some(CONTAINER) => container_files(env),
        Way::Profile => profiles.path_files(env),
        Way::WebIdentity => {
            let name = "AWS_WEB_IDENTITY_TOKEN_FILE";
            PathFiles(
                named(name)
                    .map(|path| PathFile::Token(name.to_owned(), path))
                    .into_iter()
                    .collect(),
            )
        }
        Way::Container => container_files(env),
        Way::Metadata => PathFiles::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Action, StoreErrorKind};

    #[test]
    fn settings_that_make_no_sense_are_refused_by_name() {
        let check = |name: &str, value: &str, fine: bool| {
            let found = validate(&Env::new([(name, value)]));
            assert_eq!(found.is_ok(), fine, "{name}={value}");
            if let Err(error) = found {
                assert_eq!(error.kind, StoreErrorKind::Settings);
                assert_eq!(error.action, Action::Connect, "{name}: nothing was called");
                assert!(
                    error.to_string().starts_with(name) && !error.to_string().contains(value),
                    "{error}"
                );
            }
        };
        check("AWS_MAX_ATTEMPTS", "5", true);
        check("AWS_MAX_ATTEMPTS", "0", false);
        check("AWS_MAX_ATTEMPTS", "many", false);
        check("AWS_RETRY_MODE", "Standard", true);
        check("AWS_RETRY_MODE", "hasty", false);
        check("AWS_REGION", "eu-west-1", true);
        check("AWS_REGION", "Frankfurt!", false);
    }
}
