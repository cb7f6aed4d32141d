//! One HTTP client for everything the SDK does: rustls, one connection pool, no plain http to
//! strangers.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::shared::IntoShared;

use super::error::{Asking, RefusedEndpoint};
use super::forms::is_url;
use super::proxy::METADATA_HOSTS;
use super::response::{self, InFlight};
use super::tame::{Asked, tame};
use super::tls::DeferredConnector;
use crate::shown;
use crate::store::{Action, StoreError, StoreErrorKind};

/// The client that all clients of all services share, and the connector beneath it.
pub(super) fn client(
    connector: DeferredConnector,
    allow_http: &[String],
) -> (SharedHttpClient, SharedHttpConnector) {
    let proxied_by = connector.proxied_by;
    let connector = SharedHttpConnector::new(connector);
    let in_flight = InFlight::default();
    let guarded =
        PlainHttpGuard { connector, proxied_by, allow_http: allow_http.into(), in_flight };
    let connector = SharedHttpConnector::new(guarded);
    (SharedClient(connector.clone()).into_shared(), connector)
}

/// Hands the one connector to every client. Whatever names an endpoint, its requests pass here.
#[derive(Debug)]
struct SharedClient(SharedHttpConnector);

impl HttpClient for SharedClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        // The clients of the services have no limit of their own; those of metadata do not wait for
        // long.
        match settings.read_timeout() {
            Some(read) => SharedHttpConnector::new(WithTimeout {
                connector: self.0.clone(),
                limit: settings.connect_timeout().unwrap_or_default() + read,
            }),
            None => self.0.clone(),
        }
    }
}

/// Gives an answer this long to begin, the time to connect included.
#[derive(Debug)]
struct WithTimeout {
    connector: SharedHttpConnector,
    limit: Duration,
}

impl HttpConnector for WithTimeout {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (call, limit) = (self.connector.call(request), self.limit);
        HttpConnectorFuture::new(async move {
            let late = |elapsed| ConnectorError::timeout(Box::new(elapsed));
            tokio::time::timeout(limit, call).await.map_err(late)?
        })
    }
}

/// Refuses plain http, loopback and metadata aside, unless the host was named.
#[derive(Debug)]
struct PlainHttpGuard {
    connector: SharedHttpConnector,
    proxied_by: Option<&'static str>,
    allow_http: Arc<[String]>,
    in_flight: InFlight,
}

impl HttpConnector for PlainHttpGuard {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if let Err(refused) = check(request.uri(), &self.allow_http) {
            return HttpConnectorFuture::ready(Err(ConnectorError::user(Box::new(refused))));
        }
        let (host, asked) = (asked(request.uri(), self.proxied_by), Asked::of(&request));
        let response = response::limited(
            self.connector.clone(),
            request,
            host.clone(),
            self.in_flight.clone(),
        );
        HttpConnectorFuture::new(async move {
            let response = response.await.map_err(|error| name_host(host.clone(), error))?;
            tame(asked, response)
                .await
                .map_err(|error| name_host(host, ConnectorError::user(Box::new(error))))
        })
    }
}

/// The same error, of the same kind, with the host that was asked.
fn name_host(host: String, error: ConnectorError) -> ConnectorError {
    let (timeout, io, user, kind) =
        (error.is_timeout(), error.is_io(), error.is_user(), error.as_other());
    let source: BoxError = Box::new(Asking { host, source: error.into_source() });
    match kind {
        _ if timeout => ConnectorError::timeout(source),
        _ if io => ConnectorError::io(source),
        _ if user => ConnectorError::user(source),
        kind => ConnectorError::other(source, kind),
    }
}

/// The host and port of a request, for messages, and that there may be a proxy in between.
fn asked(uri: &str, proxied_by: Option<&str>) -> String {
    let asked = authority(uri.split_once("://").map_or(uri, |(_, rest)| rest));
    let named = shown::host(asked);
    match proxied_by.filter(|_| uri.starts_with("https://") && !is_loopback(host(asked))) {
        Some(variable) => format!("{named} ({variable} is set)"),
        None => named.into_owned(),
    }
}

/// The same check before anything is asked, for endpoints that are known.
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

fn check(uri: &str, allow_http: &[String]) -> Result<(), RefusedEndpoint> {
    let Some(rest) = uri.strip_prefix("http://") else { return Ok(()) };
    let host = host(rest);
    let allowed = is_loopback(host)
        || METADATA_HOSTS.contains(&host)
        || allow_http.iter().any(|name| name.eq_ignore_ascii_case(host));
    if allowed { Ok(()) } else { Err(RefusedEndpoint { host: shown::host(host).into_owned() }) }
}

/// The host of what follows `http://`, without user and port.
fn host(rest: &str) -> &str {
    let host = authority(rest);
    match host.find(']') {
        Some(end) => &host[..=end],
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// A URL as it may be shown: without user, password and path.
pub(super) fn shown_url(url: &str) -> Option<String> {
    let (scheme, rest) =
        url.split_once("://").filter(|(scheme, _)| ["http", "https"].contains(scheme))?;
    Some(format!("{scheme}://{}", shown::host(authority(rest))))
}

/// Host and port of what follows `://`, without user and password.
fn authority(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

fn is_loopback(host: &str) -> bool {
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
