//! TLS: the connector on rustls, with the certificates to trust.

use std::fmt;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};

use super::dns::SystemResolver;
use super::proxy::Proxy;
use super::trust::Trust;
use crate::store::StoreError;

/// What TLS computes with. Ring, unless a feature asks for another: it starts at once, where aws-lc
/// gathers entropy for tens of milliseconds (docs/performance.md).
#[cfg(feature = "fips")]
const CRYPTOGRAPHY: CryptoMode = CryptoMode::AwsLcFips;
#[cfg(all(feature = "aws-lc", not(feature = "fips")))]
const CRYPTOGRAPHY: CryptoMode = CryptoMode::AwsLc;
#[cfg(not(any(feature = "aws-lc", feature = "fips")))]
const CRYPTOGRAPHY: CryptoMode = CryptoMode::Ring;

/// The connector, which is made when something first waits for it: a program that gives credentials
/// runs meanwhile. All clones share it.
#[derive(Clone)]
pub(super) struct DeferredConnector {
    building: Shared<BoxFuture<'static, Result<SharedHttpConnector, StoreError>>>,
    /// The variable that names a proxy.
    pub(super) proxied_by: Option<&'static str>,
}

impl DeferredConnector {
    /// Reads no certificates yet.
    pub(super) fn new(
        trust: Trust,
        proxy: Option<Proxy>,
        connect_timeout: Option<Duration>,
    ) -> Self {
        let proxied_by = proxy.as_ref().map(|proxy| proxy.variable);
        let building = async move {
            let mut settings = HttpConnectorSettings::builder();
            settings.set_connect_timeout(connect_timeout);
            let mut connector = Connector::builder()
                .tls_provider(Provider::Rustls(CRYPTOGRAPHY))
                .tls_context(trust.load()?)
                .connector_settings(settings.build());
            connector.set_proxy_config(proxy.map(|proxy| proxy.config));
            Ok(SharedHttpConnector::new(connector.build_with_resolver(SystemResolver)))
        };
        DeferredConnector { building: building.boxed().shared(), proxied_by }
    }

    /// Makes it, and waits until it is there.
    pub(super) async fn ready(self) -> Result<(), StoreError> {
        self.building.await.map(|_| ())
    }
}

impl fmt::Debug for DeferredConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeferredConnector")
            .field("proxied_by", &self.proxied_by)
            .finish_non_exhaustive()
    }
}

impl HttpConnector for DeferredConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let building = self.building.clone();
        HttpConnectorFuture::new(async move {
            let connector =
                building.await.map_err(|error| ConnectorError::user(Box::new(error)))?;
            connector.call(request).await
        })
    }
}
