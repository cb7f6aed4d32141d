//! The way to AWS: the identity, the region, the endpoints, the clock, and what TLS trusts.

use std::time::{Duration, SystemTime};

use hydrant::{Examination, ExaminedEndpoint, Layer};
use hydrant_core::aws::{
    Answer, CLOCK_TOLERANCE, Caller, CredentialSource, CurrentCredentials, Service,
};
use hydrant_core::reason::Reason;
use hydrant_core::shown;
use hydrant_core::store::{StoreError, StoreErrorKind};

use super::{Finding, Mark, Section};
use crate::failure::{exit, hints};
use crate::terminal::dates;

/// Credentials that expire sooner cause a warning.
const SOON: Duration = Duration::from_secs(15 * 60);

/// A clock that is off by more causes a warning.
const NOTICEABLE: i64 = 60;

const SET_THE_CLOCK: &str = "set this machine's clock, as with: timedatectl set-ntp true (a virtual machine that slept: restart it)";

/// A problem if a start would call AWS, else a warning.
pub(super) fn problem_if_needed(examined: &Examination, code: u8) -> Mark {
    if examined.needs_aws { Mark::Problem(code) } else { Mark::Warning }
}

/// An error, with the words and the hint of every other command.
fn of_store_error(
    section: Section,
    name: &str,
    error: &StoreError,
    examined: &Examination,
) -> Finding {
    let code = exit::of_severity(error.severity());
    let said = if error.code.is_some() { format!("AWS said: {error}") } else { error.to_string() };
    Finding::new(
        section,
        name,
        problem_if_needed(examined, code),
        format!("{}; {said}", error.kind),
    )
    .hint(hints::of_store_error(error, name))
}

/// The reason why nothing was checked, if so.
fn skip_reason(examined: &Examination) -> Option<&'static str> {
    match (examined.offline, &examined.trust) {
        (true, _) => Some("not checked (offline)"),
        (_, Err(_)) => Some("not checked, because the trust store cannot be used"),
        _ if !examined.settings.is_empty() => {
            Some("not checked, because AWS settings are invalid (see environment)")
        }
        _ => None,
    }
}

pub(crate) fn identity(examined: &Examination, now: SystemTime) -> Vec<Finding> {
    let skipped = |name, why: &str| Finding::new(Section::Identity, name, Mark::Skipped, why);
    if let Some(why) = skip_reason(examined) {
        return vec![skipped("credentials", why)];
    }
    let mut findings = Vec::new();
    match &examined.credentials {
        None => findings.push(skipped("credentials", "not looked for")),
        Some(Err(error)) => {
            findings.push(of_store_error(Section::Identity, "credentials", error, examined))
        }
        Some(Ok(credentials)) => findings.push(of_credentials(credentials, examined, now)),
    }
    let is_refused = examined.refused.iter().any(|(service, _)| *service == Service::Sts);
    findings.push(match &examined.caller {
        None if is_refused => skipped("caller", "not checked, because its endpoint is refused"),
        None if matches!(examined.credentials, Some(Ok(_))) => skipped(
            "caller",
            "not checked: the endpoints are not AWS's own, and no STS endpoint is set",
        )
        .hint("set AWS_ENDPOINT_URL_STS to check it".to_owned()),
        None => skipped("caller", "not checked without credentials"),
        Some(Ok(Caller { account, arn })) => {
            let finding = Finding::new(Section::Identity, "caller", Mark::Ok, arn.clone());
            finding.detail("account", account.as_str()).detail("arn", arn.as_str())
        }
        Some(Err(error)) => of_caller(error, examined),
    });
    findings
}

fn of_credentials(
    credentials: &CurrentCredentials,
    examined: &Examination,
    now: SystemTime,
) -> Finding {
    let profile = shown::unquoted(&credentials.profile);
    let source = match credentials.source {
        CredentialSource::Keys(Layer::Process) => "access keys in the environment".to_owned(),
        CredentialSource::Keys(Layer::EnvFile) => "access keys in the env file".to_owned(),
        CredentialSource::Profile => format!("the AWS profile {profile}"),
        CredentialSource::AssumedRole => format!("a role that the AWS profile {profile} assumes"),
        CredentialSource::Sso => format!("IAM Identity Center (SSO), by the AWS profile {profile}"),
        CredentialSource::Login => format!("aws login, by the AWS profile {profile}"),
        CredentialSource::Process => format!("the credential_process of the AWS profile {profile}"),
        CredentialSource::WebIdentity => "a web identity".to_owned(),
        CredentialSource::Container => "the container's role".to_owned(),
        CredentialSource::InstanceMetadata => "the instance's role (instance metadata)".to_owned(),
        CredentialSource::Other => "another AWS source".to_owned(),
    };
    let line = |mark, message| Finding::new(Section::Identity, "credentials", mark, message);
    let renew = || match credentials.source {
        CredentialSource::Sso => format!("log in again: aws sso login --profile {profile}"),
        _ => "get new ones from the same source".to_owned(),
    };
    let finding = match credentials.expiry {
        Some(end) if end <= now => line(
            problem_if_needed(examined, exit::SETUP),
            format!("{source}, expired {}", dates::minute(end)),
        )
        .hint(renew()),
        Some(end) if end <= now + SOON => {
            line(Mark::Warning, format!("{source}, expiring soon, {}", dates::minute(end)))
                .hint(renew())
        }
        Some(end) => line(Mark::Ok, format!("{source}, valid until {}", dates::minute(end))),
        None if credentials.temporary => {
            line(Mark::Ok, format!("{source}; temporary, with no known expiry"))
        }
        None => line(Mark::Ok, source),
    };
    finding.detail("expires", credentials.expiry.map(dates::exact))
}

/// Only an error about the credentials stops a start: hydrant itself does not use STS.
fn of_caller(error: &StoreError, examined: &Examination) -> Finding {
    if error.kind == StoreErrorKind::Credentials {
        let hint = match error.code.as_deref() {
            Some("ExpiredToken" | "ExpiredTokenException") => {
                "log in again, or get new credentials: the session has expired"
            }
            Some("SignatureDoesNotMatch") => {
                "check that the secret key belongs to the access key, and this machine's clock"
            }
            Some("InvalidClientTokenId" | "UnrecognizedClientException") => {
                "check that the access key exists, is active, and belongs to this AWS partition"
            }
            _ => "get new credentials",
        };
        return of_store_error(Section::Identity, "caller", error, examined).hint(hint.to_owned());
    }
    let message = format!("unknown: {}; {error}", error.kind);
    Finding::new(Section::Identity, "caller", Mark::Warning, message)
        .hint("ignore this if the entries below are readable: only this line needs STS".to_owned())
}

pub(crate) fn region(examined: &Examination) -> Vec<Finding> {
    let line = |mark, message: String| Finding::new(Section::Region, "default", mark, message);
    let mut findings = vec![match &examined.region {
        Some((region, source)) => {
            let finding = line(Mark::Ok, format!("{region} ({source})"));
            finding.detail("region", region.as_str()).detail("source", source.to_string())
        }
        None if examined.needs_region && !examined.offline => {
            let reason = Reason::NoRegion;
            let message = "none is set, and some references name none".to_owned();
            line(problem_if_needed(examined, exit::SETUP), message)
                .hint(hints::of_reason(&reason, "it", "it"))
        }
        None => line(Mark::Ok, "none is set, and none is needed".to_owned()),
    }];
    let default = examined.region.as_ref().map(|(region, _)| region);
    let mut others: Vec<&str> = examined
        .endpoints
        .iter()
        .map(|one| &one.region)
        .filter(|one| default != Some(one))
        .map(String::as_str)
        .collect();
    others.sort_unstable();
    others.dedup();
    if !others.is_empty() {
        let message = format!("{} (named by references)", others.join(", "));
        findings.push(Finding::new(Section::Region, "others", Mark::Ok, message));
    }
    findings
}

pub(crate) fn endpoint(examined: &Examination) -> Vec<Finding> {
    let mut findings = Vec::new();
    // A refused STS endpoint only affects the identity.
    let refused = |service| examined.refused.iter().find(|(known, _)| *known == service);
    for (service, error) in examined.refused.iter().filter(|(service, _)| *service != Service::Sts)
    {
        findings.push(of_store_error(Section::Endpoint, &service.to_string(), error, examined));
    }
    if let Some(why) = skip_reason(examined) {
        findings.push(Finding::new(Section::Endpoint, "endpoints", Mark::Skipped, why));
        return findings;
    }
    let several = examined.endpoints.iter().any(|one| one.region != examined.endpoints[0].region);
    for one in examined.endpoints.iter().filter(|one| refused(one.service).is_none()) {
        let name = if several {
            format!("{} in {}", one.service, one.region)
        } else {
            one.service.to_string()
        };
        findings.push(of_endpoint(&name, one, examined));
    }
    if findings.is_empty() {
        let message = "not checked: there is no endpoint without a region";
        findings.push(Finding::new(Section::Endpoint, "endpoints", Mark::Skipped, message));
    }
    findings
}

fn of_endpoint(name: &str, one: &ExaminedEndpoint, examined: &Examination) -> Finding {
    let line = |mark, message: String| Finding::new(Section::Endpoint, name, mark, message);
    let Some(endpoint) = &one.endpoint else {
        return line(
            problem_if_needed(examined, exit::SETUP),
            format!("AWS has no endpoint in {}", one.region),
        )
        .hint("correct the region".to_owned());
    };
    let shown = endpoint.shown().unwrap_or_default();
    let place = format!("{shown} ({})", endpoint.source);
    let finding = match &one.answer {
        None => line(Mark::Skipped, format!("{place}: not checked")),
        Some(Ok(Answer { status: 500.., .. })) => {
            line(Mark::Warning, format!("{place}: returned a server error"))
                .hint("try again later, or check what responds there".to_owned())
        }
        Some(Ok(answer)) => {
            let milliseconds = u64::try_from(answer.took.as_millis()).unwrap_or(u64::MAX).max(1);
            line(Mark::Ok, format!("{place}: responded in {milliseconds} ms"))
                .detail("milliseconds", milliseconds)
        }
        Some(Err(error)) => {
            let finding = of_store_error(Section::Endpoint, name, error, examined);
            let message = format!("{place}: {}", finding.message);
            Finding { message, ..finding }
        }
    };
    finding
        .detail("region", one.region.as_str())
        .detail("url", shown)
        .detail("source", endpoint.source.to_string())
}

pub(crate) fn clock(examined: &Examination) -> Finding {
    let line = |mark, message: String| Finding::new(Section::Clock, "clock", mark, message);
    if let Some(why) = skip_reason(examined) {
        return line(Mark::Skipped, why.to_owned());
    }
    let offsets =
        examined.endpoints.iter().filter_map(|one| one.answer.as_ref()?.as_ref().ok()?.ahead);
    // If there are several, the one that is farthest off: that service refuses.
    let Some(ahead) = offsets.max_by_key(|ahead| ahead.abs()) else {
        return line(Mark::Skipped, "unknown: no endpoint returned the time".to_owned());
    };
    let side = if ahead > 0 { "ahead of" } else { "behind" };
    let by = duration(ahead.unsigned_abs());
    let finding = match ahead.unsigned_abs() {
        0 => line(Mark::Ok, "agrees with AWS's clock".to_owned()),
        off if off > CLOCK_TOLERANCE.as_secs() => line(
            problem_if_needed(examined, exit::SETUP),
            format!("{by} {side} AWS's clock: AWS refuses more than 5 minutes"),
        )
        .hint(SET_THE_CLOCK.to_owned()),
        off if off > NOTICEABLE.unsigned_abs() => {
            line(Mark::Warning, format!("{by} {side} AWS's clock: AWS refuses more than 5 minutes"))
                .hint(SET_THE_CLOCK.to_owned())
        }
        _ => line(Mark::Ok, format!("{by} {side} AWS's clock")),
    };
    finding.detail("ahead_seconds", ahead)
}

fn duration(seconds: u64) -> String {
    use crate::terminal::output::count;
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    match seconds {
        0..120 => count(number(seconds), "second", "seconds"),
        120..7_200 => count(number(seconds / 60), "minute", "minutes"),
        7_200..172_800 => count(number(seconds / 3_600), "hour", "hours"),
        _ => count(number(seconds / 86_400), "day", "days"),
    }
}

pub(crate) fn trust(examined: &Examination) -> Finding {
    let line = |mark, message: String| Finding::new(Section::Trust, "certificates", mark, message);
    let trust = match &examined.trust {
        Ok(trust) => trust,
        Err(error) => {
            return line(problem_if_needed(examined, exit::SETUP), error.to_string()).hint(
                "name a PEM file of certificate authorities, or unset the variable".to_owned(),
            );
        }
    };
    let tls = examined
        .endpoints
        .iter()
        .any(|one| one.endpoint.as_ref().is_some_and(|endpoint| endpoint.is_https()));
    let count = crate::terminal::output::count(trust.usable, "certificate", "certificates");
    let unusable = match trust.unusable {
        0 => String::new(),
        several => format!(", and {several} that cannot be used"),
    };
    let finding = match (trust.variable, &trust.path) {
        (Some(variable), Some(path)) => {
            line(Mark::Ok, format!("{count} of {path} ({variable}){unusable}"))
        }
        _ if trust.usable == 0 => {
            let mark = if tls { problem_if_needed(examined, exit::SETUP) } else { Mark::Warning };
            line(mark, format!("the system has none{unusable}: AWS's certificates would not be trusted"))
                .hint("install them (ca-certificates in most images), or name a PEM file with SSL_CERT_FILE".to_owned())
        }
        _ => line(Mark::Ok, format!("{count} of the system{unusable}")),
    };
    finding.detail("usable", trust.usable).detail("unusable", trust.unusable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_its_largest_unit() {
        let check = |seconds, expected| assert_eq!(duration(seconds), expected);
        check(1, "1 second");
        check(119, "119 seconds");
        check(601, "10 minutes");
        check(7_200, "2 hours");
        check(200_000, "2 days");
    }
}
