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
use http::Uri;
use http::uri::Scheme;

use super::error::Asking;
use super::forms::host_and_port;
use super::plain_http::{self, is_loopback};
use super::response::{self, InFlight};
use super::tame::{Asked, tame};
use super::tls::DeferredConnector;
use crate::shown;

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
        // What is not a URL has no host that may be called.
        let uri: Uri = request.uri().parse().unwrap_or_default();
        if let Err(refused) = plain_http::check(&uri, &self.allow_http) {
            return HttpConnectorFuture::ready(Err(ConnectorError::user(Box::new(refused))));
        }
        let (host, asked) = (asked(&uri, self.proxied_by), Asked::of(&uri));
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
fn asked(uri: &Uri, proxied_by: Option<&str>) -> String {
    let named = shown::host(host_and_port(uri));
    let is_remote = !is_loopback(uri.host().unwrap_or_default());
    match proxied_by.filter(|_| uri.scheme() == Some(&Scheme::HTTPS) && is_remote) {
        Some(variable) => format!("{named} ({variable} is set)"),
        None => named.into_owned(),
    }
}

/// A URL as it may be shown: without user, password and path.
pub(super) fn shown_url(url: &str) -> Option<String> {
    let url: Uri = url.parse().ok()?;
    let scheme = url.scheme_str().filter(|scheme| ["http", "https"].contains(scheme))?;
    Some(format!("{scheme}://{}", shown::host(host_and_port(&url))))
}
