//! Every AWS setting is checked before the SDK sees it: what it would panic on, misunderstand or
//! ignore is refused by the name of its variable. What a run does not need is named and stops
//! nothing.

use std::path::PathBuf;

use super::credentials::{PARTS, flaw};
use super::files::{PathFile, PathFiles};
use super::profile::Profiles;
use super::settings::{REGIONS, Service, SettingSource, credentials, key_layer, set_region};
use crate::env::Env;
use crate::store::{Action, StoreError, StoreErrorKind};

/// What a number of attempts has to be.
pub(super) const MAX_ATTEMPTS: &str = "a whole number from 1";
/// What a retry mode has to be.
pub(super) const RETRY_MODES: &str = "legacy, standard or adaptive";

/// What a region has to be.
pub(super) const REGION: &str = "the name of a region";

pub(super) fn is_max_attempts(text: &str) -> bool {
    text.parse::<u32>().is_ok_and(|attempts| attempts > 0)
}

pub(super) fn is_retry_mode(text: &str) -> bool {
    ["legacy", "standard", "adaptive"].contains(&text.trim().to_ascii_lowercase().as_str())
}

/// What is wrong, and the variable that it is wrong with, or [`PROFILE`].
pub(super) type Named = (&'static str, StoreError);

/// What a profile calls the sources of credentials outside of it.
const CONTAINER: &str = "EcsContainer";
const METADATA: &str = "Ec2InstanceMetadata";

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

const BOOLS: &str = "true or false";
const PLAIN: &str = "a text of visible ASCII characters and spaces";
const UTF_8: &str = "UTF-8";
const PATH: &str = "the path of a file";
const ROLE: &str = "the ARN of a role";
const SESSION_NAME: &str = "a name of 2 to 64 letters, digits and _+=,.@-";
const CHECKSUMS: &str = "when_supported or when_required";
/// What a URL has to be.
pub(super) const URL: &str = "an http or https URL";
/// What an endpoint mode has to be.
pub(super) const ENDPOINT_MODES: &str = "IPv4 or IPv6";

/// Whether the text is a URL with a host that the SDK can ask.
pub(super) fn is_url(text: &str) -> bool {
    let Ok(url) = text.parse::<http::Uri>() else { return false };
    let is_scheme = url.scheme_str().is_some_and(|scheme| ["http", "https"].contains(&scheme));
    let host = url.host().unwrap_or_default();
    // What the parser leaves of a port that is none, as in `http://host:` or `http://host:99999`.
    let has_port = url.authority().is_some_and(|authority| {
        authority.as_str().rsplit(']').next().unwrap_or_default().contains(':')
    });
    is_scheme
        && !host.is_empty()
        && (!has_port || url.port_u16().is_some() || authority_has_user_alone(&url))
}

/// A colon in the user's part of an authority is not one before a port.
fn authority_has_user_alone(url: &http::Uri) -> bool {
    let authority = url.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    authority
        .rsplit_once('@')
        .is_some_and(|(_, host)| !host.rsplit(']').next().unwrap_or_default().contains(':'))
}

pub(super) fn is_endpoint_mode(text: &str) -> bool {
    ["ipv4", "ipv6"].contains(&text.to_ascii_lowercase().as_str())
}

fn is_bool(text: &str) -> bool {
    ["true", "false"].contains(&text.to_ascii_lowercase().as_str())
}

/// What is no text is refused before.
fn is_text(_: &str) -> bool {
    true
}

fn is_plain(text: &str) -> bool {
    text.len() <= 1024 && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

fn is_header(text: &str) -> bool {
    text.len() <= 64 << 10 && is_visible(text)
}

fn is_visible(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_path(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_control)
}

fn is_uri_path(text: &str) -> bool {
    text.starts_with('/')
        && !text.starts_with("//")
        && text.parse::<http::uri::PathAndQuery>().is_ok()
}

fn is_role(text: &str) -> bool {
    text.starts_with("arn:") && (20..=2048).contains(&text.len()) && is_visible(text)
}

fn is_session_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    (2..=64).contains(&text.len()) && text.bytes().all(is_plain)
}

fn is_number(text: &str) -> bool {
    text.parse::<u32>().is_ok()
}

fn is_checksum(text: &str) -> bool {
    ["when_supported", "when_required"].contains(&text.to_ascii_lowercase().as_str())
}

fn is_account_mode(text: &str) -> bool {
    ["preferred", "disabled", "required"].contains(&text.to_ascii_lowercase().as_str())
}

fn is_app_id(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

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

pub(super) fn refused(message: String) -> StoreError {
    StoreError::new(StoreErrorKind::Settings, Action::Connect, message)
}

/// The first thing that makes no sense, or that the SDK would panic on.
pub(super) fn validate(env: &Env) -> Result<(), StoreError> {
    problems(env).into_iter().next().map_or(Ok(()), |(_, problem)| Err(problem))
}

/// Everything that makes no sense, each with its variable.
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

/// The region that counts, if it is none. The other variable does not count.
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

/// Endpoints that are no text; the rest of what is wrong with one is told where it is asked.
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
enum Way {
    Keys,
    Profile,
    WebIdentity,
    Container,
    Metadata,
}

impl Way {
    fn of(env: &Env, profiles: &Profiles) -> Self {
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
