//! Plain http: refused, loopback and metadata aside, unless the host was named.

use super::error::RefusedEndpoint;
use super::forms::is_url;
use super::proxy::METADATA_HOSTS;
use crate::shown;
use crate::store::{Action, StoreError, StoreErrorKind};

/// Checks an endpoint that is known before anything is asked.
pub(super) fn check_endpoint(
    variable: &str,
    endpoint: &str,
    allow_http: &[String],
) -> Result<(), StoreError> {
    let error = |kind, message| Err(StoreError::new(kind, Action::Connect, message));
    // An endpoint may hold a user's name and password: it is not repeated.
    if !is_url(endpoint) {
        return error(
            StoreErrorKind::Settings,
            format!("the endpoint in {variable} (or AWS_ENDPOINT_URL) is no http or https URL"),
        );
    }
    match check(endpoint, allow_http) {
        Ok(()) => Ok(()),
        Err(refused) => error(StoreErrorKind::RefusedEndpoint, refused.to_string()),
    }
}

/// An error for a URL of plain http whose host may not be asked so.
pub(super) fn check(uri: &str, allow_http: &[String]) -> Result<(), RefusedEndpoint> {
    let Some(rest) = uri.strip_prefix("http://") else { return Ok(()) };
    let host = host(rest);
    let allowed = is_loopback(host)
        || METADATA_HOSTS.contains(&host)
        || allow_http.iter().any(|name| name.eq_ignore_ascii_case(host));
    if allowed { Ok(()) } else { Err(RefusedEndpoint { host: shown::host(host).into_owned() }) }
}

/// The host of what follows `http://`, without user and port.
pub(super) fn host(rest: &str) -> &str {
    let host = authority(rest);
    match host.find(']') {
        Some(end) => &host[..=end],
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// Host and port of what follows `://`, without user and password.
pub(super) fn authority(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

pub(super) fn is_loopback(host: &str) -> bool {
    if host.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_metadata_and_named_hosts() {
        let allow = ["localstack".to_owned()];
        let check =
            |uri: &str, allowed: bool| assert_eq!(check(uri, &allow).is_ok(), allowed, "{uri}");
        check("https://secretsmanager.eu-west-1.amazonaws.com/", true);
        check("http://127.0.0.1:4566", true);
        check("http://127.9.9.9/", true);
        check("http://[::1]:4566/", true);
        check("http://LocalHost:4566", true);
        check("http://169.254.169.254/latest", true);
        check("http://[fd00:ec2::254]/latest", true);
        check("http://localstack:4566", true);
        check("http://localstack.evil.example:4566", false);
        check("http://localhost.evil.example", false);
        check("http://127.0.0.1@evil.example/", false);
        check("http://secretsmanager.eu-west-1.amazonaws.com/", false);
        check("http://10.0.0.1:4566", false);
    }

    #[test]
    fn a_refusal_names_the_host_and_not_the_rest() {
        let error = check_endpoint("AWS_ENDPOINT_URL_SSM", "http://user:pass@moto:5000/x", &[])
            .unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::RefusedEndpoint);
        assert_eq!(error.to_string(), "moto would be asked over plain http");
        let error = check_endpoint("AWS_ENDPOINT_URL_SSM", "localhost:5000", &[]).unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Settings);
    }
}
