//! Plain http: refused, loopback and metadata aside, unless the host was named.

use http::Uri;
use http::uri::Scheme;

use super::error::RefusedEndpoint;
use super::forms::{refused, url};
use super::proxy::METADATA_HOSTS;
use crate::shown;
use crate::store::{Action, StoreError, StoreErrorKind};

/// Checks an endpoint that is known before anything is asked.
pub(super) fn check_endpoint(
    variable: &str,
    endpoint: &str,
    allow_http: &[String],
) -> Result<(), StoreError> {
    // An endpoint may hold a user's name and password: it is not repeated.
    let Some(url) = url(endpoint) else {
        return Err(refused(format!(
            "the endpoint in {variable} (or AWS_ENDPOINT_URL) is not an http or https URL"
        )));
    };
    check(&url, allow_http).map_err(|refused| {
        StoreError::new(StoreErrorKind::RefusedEndpoint, Action::Connect, refused.to_string())
    })
}

/// An error for a URL of plain http whose host may not be asked so. What is not https counts as
/// plain http.
pub(super) fn check(uri: &Uri, allow_http: &[String]) -> Result<(), RefusedEndpoint> {
    if uri.scheme() == Some(&Scheme::HTTPS) {
        return Ok(());
    }
    let host = uri.host().unwrap_or_default();
    let allowed = is_loopback(host)
        || METADATA_HOSTS.contains(&host)
        || allow_http.iter().any(|name| name.eq_ignore_ascii_case(host));
    if allowed { Ok(()) } else { Err(RefusedEndpoint { host: shown::host(host).into_owned() }) }
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
        let check = |uri: &str, allowed: bool| {
            assert_eq!(check(&uri.parse().unwrap(), &allow).is_ok(), allowed, "{uri}")
        };
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
        check("HTTP://10.0.0.1:4566", false);
        check("Http://127.0.0.1:4566", true);
        check("HTTPS://secretsmanager.eu-west-1.amazonaws.com/", true);
        check("http://localhost:4566@evil.example/", false);
        check("http://user:pass@localhost:4566/", true);
        check("http://localhost?@evil.example/", true);
        check("ws://localstack.evil.example/", false);
        check("/latest", false);
    }

    #[test]
    fn a_refusal_names_the_host_and_not_the_rest() {
        let error = check_endpoint("AWS_ENDPOINT_URL_SSM", "http://user:pass@moto:5000/x", &[])
            .unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::RefusedEndpoint);
        assert_eq!(error.to_string(), "moto would be asked over plain http");
        let error = check_endpoint("AWS_ENDPOINT_URL", "HTTP://moto:5000", &[]).unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::RefusedEndpoint);
        let error = check_endpoint("AWS_ENDPOINT_URL_SSM", "localhost:5000", &[]).unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Settings);
    }
}
