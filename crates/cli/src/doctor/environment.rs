//! The environment: which variables of the process matter, by name. A value is only shown if it is
//! one of AWS's or hydrant's own words.

use std::collections::BTreeMap;

use hydrant::Examination;
use hydrant_core::shown::{self, NOT_SHOWN, looks_like_key};
use hydrant_core::{nearest, reserved};

use super::aws::problem_if_needed;
use super::{Finding, Mark, Section};
use crate::failure::exit;

/// hydrant's own variables, and what each does. `HYDRANT_VAR_name` is another one.
const OWN: &[(&str, &str)] = &[
    ("HYDRANT_MANIFEST", "names the manifest"),
    ("HYDRANT_PROFILE", "chooses the profile"),
    ("HYDRANT_CATALOGUE", "names a catalogue of your own"),
    ("HYDRANT_DEADLINE", "sets the deadline"),
    ("HYDRANT_OFFLINE", "turns calls to AWS off or on"),
    ("HYDRANT_ALLOW_HTTP", "lists the hosts that plain http is allowed to"),
    ("HYDRANT_LOG", "sets the log level"),
];

/// The AWS variables that hydrant uses, and what each does.
pub(super) const OF_AWS: &[(&str, &str)] = &[
    ("AWS_ACCESS_KEY_ID", "an access key"),
    ("AWS_SECRET_ACCESS_KEY", "the secret part of an access key"),
    ("AWS_SESSION_TOKEN", "the token of temporary credentials"),
    ("AWS_PROFILE", "chooses the AWS profile"),
    ("AWS_CONFIG_FILE", "names the file of AWS profiles"),
    ("AWS_SHARED_CREDENTIALS_FILE", "names the file of AWS credentials"),
    ("AWS_ROLE_ARN", "the role of a web identity"),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "names the token of a web identity"),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "the URI of the container's credentials"),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "the URI of the container's credentials"),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "the token for the credentials of a container"),
    (
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "names the token for the credentials of a container",
    ),
    ("AWS_EC2_METADATA_DISABLED", "turns instance metadata off or on"),
    ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "sets the endpoint of instance metadata"),
    ("AWS_REGION", "the region"),
    ("AWS_DEFAULT_REGION", "the region, where AWS_REGION is not set"),
    ("AWS_ENDPOINT_URL", "sets the endpoint of all services"),
    ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "sets the endpoint of Secrets Manager"),
    ("AWS_ENDPOINT_URL_SSM", "sets the endpoint of Parameter Store"),
    ("AWS_ENDPOINT_URL_STS", "sets the endpoint of STS"),
    ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "turns configured endpoints off or on"),
    ("AWS_USE_FIPS_ENDPOINT", "turns FIPS endpoints on or off"),
    ("AWS_USE_DUALSTACK_ENDPOINT", "turns dual-stack endpoints on or off"),
    ("AWS_MAX_ATTEMPTS", "the maximum number of attempts per call"),
    ("AWS_RETRY_MODE", "the retry mode of the AWS SDK"),
    ("AWS_CA_BUNDLE", "names the certificates to trust"),
];

/// Variables of other programs.
const PROXIES: &[&str] =
    &["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
const NO_PROXY: &[&str] = &["NO_PROXY", "no_proxy"];
const CERTIFICATES: &[&str] = &["SSL_CERT_FILE", "SSL_CERT_DIR"];
const PRELOADS: &[&str] = &["LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES"];

/// The variables of the process that are set and not empty. A value that is not UTF-8 is only kept
/// as far as it can be shown.
pub(crate) type Process = BTreeMap<String, String>;

/// An invalid hydrant setting, and what it must be.
pub(crate) type Refused = (&'static str, &'static str);

/// What doctor uses instead of an invalid setting.
fn instead(name: &str) -> &'static str {
    match name {
        "HYDRANT_DEADLINE" => "doctor uses settings.deadline, or ten seconds",
        "HYDRANT_ALLOW_HTTP" => "doctor allows plain http to no host by it",
        "HYDRANT_OFFLINE" | "HYDRANT_PROFILE" => "doctor does not call AWS",
        _ => "doctor treats it as unset",
    }
}

/// `refused` are the invalid hydrant settings.
pub(crate) fn findings(
    process: &Process,
    refused: &[Refused],
    examined: &Examination,
) -> Vec<Finding> {
    let line =
        |name: &str, mark, message: String| Finding::new(Section::Environment, name, mark, message);
    let mut findings = Vec::new();
    for name in process.keys().filter(|name| name.starts_with("HYDRANT_")) {
        if looks_like_key(name) {
            let message = format!("a variable that begins with HYDRANT_ {NOT_SHOWN}");
            findings.push(line("HYDRANT_…", Mark::Warning, message).hint("unset it".to_owned()));
            continue;
        }
        let known = OWN.iter().find(|(known, _)| known == name);
        let refused = refused.iter().find(|(variable, _)| *variable == name);
        findings.push(match (known, name.strip_prefix("HYDRANT_VAR_"), refused) {
            (_, _, Some((_, expected))) => {
                line(name, Mark::Problem(exit::USAGE), format!("is not {expected}")).hint(format!(
                    "correct it, or unset it: the other commands end with this error, and {}",
                    instead(name)
                ))
            }
            (Some((_, what)), _, _) => line(name, Mark::Ok, (*what).to_owned()),
            (None, Some(var), _) => line(name, Mark::Ok, format!("a value for ${{{var}}}")),
            (None, None, _) => {
                let near = nearest::loose(name, OWN.iter().map(|(known, _)| *known));
                let hint = near.map(|near| format!("did you mean {near}?"));
                line(name, Mark::Warning, "not a variable that hydrant reads".to_owned()).hint(hint)
            }
        });
    }
    let is_not_needed = |name: &str| examined.not_needed.iter().any(|(known, _)| *known == name);
    let of_aws_set =
        OF_AWS.iter().filter(|(name, _)| process.contains_key(*name) && !is_not_needed(name));
    for (name, what) in of_aws_set {
        let wrong = examined.settings.iter().find(|(variable, _)| variable == name);
        findings.push(match wrong {
            Some((_, error)) => {
                let expected = error.to_string().trim_start_matches(*name).trim().to_owned();
                line(name, problem_if_needed(examined, exit::SETUP), expected)
                    .hint("correct it, or unset it".to_owned())
            }
            None => of_aws(name, what, process),
        });
    }
    for (name, error) in &examined.not_needed {
        let text = error.to_string();
        let text = text.strip_prefix(*name).map_or(text.as_str(), str::trim_start);
        findings.push(
            line(name, Mark::Warning, format!("{text}; it is not needed here"))
                .hint("correct it, or unset it".to_owned()),
        );
    }
    let is_reported =
        |name: &str| OF_AWS.iter().any(|(known, _)| *known == name) && process.contains_key(name);
    for (name, error) in examined.settings.iter().filter(|(name, _)| !is_reported(name)) {
        let text = error.to_string();
        let text = text.strip_prefix(*name).map_or(text.as_str(), str::trim_start);
        findings.push(
            line(name, problem_if_needed(examined, exit::SETUP), text.to_owned())
                .hint("correct it".to_owned()),
        );
    }
    findings.extend(others(process, examined));
    if findings.is_empty() {
        findings.push(line(
            "variables",
            Mark::Ok,
            "no variable that hydrant reads is set".to_owned(),
        ));
    }
    findings
}

fn of_aws(name: &str, what: &str, process: &Process) -> Finding {
    let line = |mark, message: String| Finding::new(Section::Environment, name, mark, message);
    let text = |name: &str| process.get(name).map(String::as_str);
    let other_half = match name {
        "AWS_ACCESS_KEY_ID" => Some("AWS_SECRET_ACCESS_KEY"),
        "AWS_SECRET_ACCESS_KEY" => Some("AWS_ACCESS_KEY_ID"),
        "AWS_ROLE_ARN" => Some("AWS_WEB_IDENTITY_TOKEN_FILE"),
        "AWS_WEB_IDENTITY_TOKEN_FILE" => Some("AWS_ROLE_ARN"),
        _ => None,
    };
    match (name, other_half) {
        (_, Some(other)) if text(other).is_none() => {
            line(Mark::Warning, format!("{what}, ignored because {other} is not set"))
                .hint(format!("set {other} too, or unset {name}"))
        }
        // A region that is used is valid, or it would be among the invalid settings.
        ("AWS_REGION", _) => {
            line(Mark::Ok, shown::unquoted(text(name).unwrap_or_default()).into_owned())
        }
        ("AWS_DEFAULT_REGION", _) => match (text("AWS_REGION"), text(name).unwrap_or_default()) {
            (Some(first), own) if first != own => {
                let own = shown::unquoted(own);
                line(Mark::Warning, format!("{own} is ignored: AWS_REGION names another region"))
                    .hint(
                        "set both to the same region: other programs read this one first"
                            .to_owned(),
                    )
            }
            (_, own) => line(Mark::Ok, shown::unquoted(own).into_owned()),
        },
        _ => line(Mark::Ok, what.to_owned()),
    }
}

/// Variables that other programs would use.
fn others(process: &Process, examined: &Examination) -> Vec<Finding> {
    let line =
        |name: &str, mark, message: &str| Finding::new(Section::Environment, name, mark, message);
    let set =
        |names: &'static [&'static str]| names.iter().filter(|name| process.contains_key(**name));
    let mut findings = Vec::new();
    for name in set(PROXIES) {
        let message = match examined.proxy {
            Some(used) if used == *name => "the proxy for calls to AWS".to_owned(),
            Some(used) => format!("is not used: {used} takes precedence"),
            None => "is not used for AWS".to_owned(),
        };
        findings.push(match examined.settings.iter().any(|(wrong, _)| wrong == name) {
            // It is reported among the invalid settings.
            true => continue,
            false => line(name, Mark::Ok, &message),
        });
    }
    for name in set(NO_PROXY) {
        findings.push(line(name, Mark::Ok, "lists the hosts that no proxy is used for"));
    }
    for name in set(CERTIFICATES) {
        findings.push(line(name, Mark::Ok, "names the certificates to trust"));
    }
    for name in set(PRELOADS) {
        let why = reserved::reason(name).unwrap_or("makes a program load code");
        let message = format!("{why}, into hydrant too");
        findings.push(
            line(name, Mark::Warning, &message).hint("unset it, unless you mean it".to_owned()),
        );
    }
    if process.contains_key("RUST_LOG") {
        findings.push(line(
            "RUST_LOG",
            Mark::Ok,
            "belongs to the command: -v and HYDRANT_LOG set hydrant's log level",
        ));
    }
    findings
}
