//! The environment: which variables of the process count, told by name; of values only those that
//! are words of AWS's or hydrant's own.

use std::collections::BTreeMap;

use hydrant::Examination;
use hydrant_core::shown::{self, NOT_SHOWN, looks_like_key};
use hydrant_core::{nearest, reserved};

use super::aws::grave;
use super::{Finding, Mark, Section};
use crate::failure::exit;

/// The variables of hydrant's own, and what each does. `HYDRANT_VAR_name` is another one.
const OWN: &[(&str, &str)] = &[
    ("HYDRANT_MANIFEST", "names the manifest"),
    ("HYDRANT_PROFILE", "chooses the profile"),
    ("HYDRANT_CATALOGUE", "names a catalogue of your own"),
    ("HYDRANT_DEADLINE", "says how long AWS is waited for"),
    ("HYDRANT_OFFLINE", "says whether AWS is asked"),
    ("HYDRANT_ALLOW_HTTP", "names hosts that may be asked over plain http"),
    ("HYDRANT_LOG", "sets how much is said"),
];

/// The variables of AWS's libraries that count for hydrant, and what each does.
pub(super) const OF_AWS: &[(&str, &str)] = &[
    ("AWS_ACCESS_KEY_ID", "an access key"),
    ("AWS_SECRET_ACCESS_KEY", "the secret part of an access key"),
    ("AWS_SESSION_TOKEN", "the token of temporary credentials"),
    ("AWS_PROFILE", "chooses the AWS profile"),
    ("AWS_CONFIG_FILE", "names the file of AWS profiles"),
    ("AWS_SHARED_CREDENTIALS_FILE", "names the file of AWS credentials"),
    ("AWS_ROLE_ARN", "the role of a web identity"),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "names the token of a web identity"),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "leads to the credentials of a container"),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "leads to the credentials of a container"),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "the token for the credentials of a container"),
    (
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "names the token for the credentials of a container",
    ),
    ("AWS_EC2_METADATA_DISABLED", "says whether instance metadata is asked"),
    ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "names where instance metadata is asked"),
    ("AWS_REGION", "the region"),
    ("AWS_DEFAULT_REGION", "the region, where AWS_REGION is not set"),
    ("AWS_ENDPOINT_URL", "names the endpoint of every service"),
    ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "names the endpoint of Secrets Manager"),
    ("AWS_ENDPOINT_URL_SSM", "names the endpoint of Parameter Store"),
    ("AWS_ENDPOINT_URL_STS", "names the endpoint of STS"),
    ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "says whether named endpoints count"),
    ("AWS_USE_FIPS_ENDPOINT", "says whether AWS's endpoints for FIPS are asked"),
    ("AWS_USE_DUALSTACK_ENDPOINT", "says whether AWS's dual-stack endpoints are asked"),
    ("AWS_MAX_ATTEMPTS", "how often a call is made at most"),
    ("AWS_RETRY_MODE", "how AWS's libraries repeat calls"),
    ("AWS_CA_BUNDLE", "names the certificates to trust"),
];

/// Of others: what they would do in other programs.
const PROXIES: &[&str] =
    &["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
const NO_PROXY: &[&str] = &["NO_PROXY", "no_proxy"];
const CERTIFICATES: &[&str] = &["SSL_CERT_FILE", "SSL_CERT_DIR"];
const PRELOADS: &[&str] = &["LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES"];

/// The variables of the process that are set and not empty; of a value that is no text, what can be
/// shown.
pub(crate) type Process = BTreeMap<String, String>;

/// A setting of hydrant's own that makes no sense, and what it has to be.
pub(crate) type Refused = (&'static str, &'static str);

/// What doctor goes by in the place of a setting that makes no sense.
fn instead(name: &str) -> &'static str {
    match name {
        "HYDRANT_DEADLINE" => "here settings.deadline counts, or ten seconds",
        "HYDRANT_ALLOW_HTTP" => "here no host is allowed by it",
        "HYDRANT_OFFLINE" | "HYDRANT_PROFILE" => "here AWS is not asked",
        _ => "here it counts as unset",
    }
}

/// `refused` are the settings of hydrant's own that make no sense.
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
                line(name, Mark::Warning, "no variable that hydrant reads".to_owned()).hint(hint)
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
                line(name, grave(examined, exit::SETUP), expected)
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
    let is_told =
        |name: &str| OF_AWS.iter().any(|(known, _)| *known == name) && process.contains_key(name);
    for (name, error) in examined.settings.iter().filter(|(name, _)| !is_told(name)) {
        let text = error.to_string();
        let text = text.strip_prefix(*name).map_or(text.as_str(), str::trim_start);
        findings.push(
            line(name, grave(examined, exit::SETUP), text.to_owned()).hint("correct it".to_owned()),
        );
    }
    findings.extend(others(process, examined));
    if findings.is_empty() {
        findings.push(line("variables", Mark::Ok, "none is set that hydrant reads".to_owned()));
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
            line(Mark::Warning, format!("{what}, and {other} is not set: it does not count"))
                .hint(format!("set {other} too, or unset {name}"))
        }
        // What counts has the form of a region, or it would be among what makes no sense.
        ("AWS_REGION", _) => {
            line(Mark::Ok, shown::unquoted(text(name).unwrap_or_default()).into_owned())
        }
        ("AWS_DEFAULT_REGION", _) => match (text("AWS_REGION"), text(name).unwrap_or_default()) {
            (Some(first), own) if first != own => {
                let own = shown::unquoted(own);
                line(
                    Mark::Warning,
                    format!("{own} does not count here: AWS_REGION says another region"),
                )
                .hint("let both say the same: other programs read this one first".to_owned())
            }
            (_, own) => line(Mark::Ok, shown::unquoted(own).into_owned()),
        },
        _ => line(Mark::Ok, what.to_owned()),
    }
}

/// What other programs would go by.
fn others(process: &Process, examined: &Examination) -> Vec<Finding> {
    let line =
        |name: &str, mark, message: &str| Finding::new(Section::Environment, name, mark, message);
    let set =
        |names: &'static [&'static str]| names.iter().filter(|name| process.contains_key(**name));
    let mut findings = Vec::new();
    for name in set(PROXIES) {
        let message = match examined.proxy {
            Some(used) if used == *name => "names the proxy that AWS is asked through".to_owned(),
            Some(used) => format!("is not used: {used} goes before it"),
            None => "is not used for AWS".to_owned(),
        };
        findings.push(match examined.settings.iter().any(|(wrong, _)| wrong == name) {
            // What is wrong with it is among the settings that make no sense.
            true => continue,
            false => line(name, Mark::Ok, &message),
        });
    }
    for name in set(NO_PROXY) {
        findings.push(line(name, Mark::Ok, "names hosts that no proxy is used for"));
    }
    for name in set(CERTIFICATES) {
        findings.push(line(name, Mark::Ok, "names the certificates to trust"));
    }
    for name in set(PRELOADS) {
        let why = reserved::reason(name).unwrap_or("makes a program load code");
        let message = format!("{why}, into hydrant too");
        findings.push(
            line(name, Mark::Warning, &message).hint("unset it, unless that is meant".to_owned()),
        );
    }
    if process.contains_key("RUST_LOG") {
        findings.push(line(
            "RUST_LOG",
            Mark::Ok,
            "is the command's: hydrant's log is set by -v and HYDRANT_LOG",
        ));
    }
    findings
}
