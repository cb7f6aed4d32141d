//! A connection to Secrets Manager that is opened before it is known what to ask: while Parameter Store still answers.
//!
//! The SDK has no call for it. A request without a body, a signature or an operation goes the way of every other, to
//! whatever endpoint the settings name, and leaves its connection in the pool; what is answered does not matter.

use aws_sdk_secretsmanager::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_secretsmanager::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

use super::{SecretsManager, Service, quietly};

impl SecretsManager {
    /// Opens a connection in this region, for the first read to use.
    ///
    /// Nothing comes of its failure: the read itself will tell. Where both services have one endpoint it does nothing,
    /// since the connection to the other is the connection to this.
    pub async fn warm(&self, region: &str) {
        let named = self.aws().endpoint(Service::SecretsManager);
        if named.is_some() && named == self.aws().endpoint(Service::Ssm) {
            return;
        }
        let call = self.client(region).get_secret_value().secret_id("-").customize().interceptor(Knock);
        // Boxed: it is nested deeply, and waited for in the futures of programs.
        _ = quietly(Box::pin(call.send())).await;
    }
}

/// Takes everything out of a request that is ready to be sent, but where it goes.
#[derive(Debug)]
struct Knock;

impl Intercept for Knock {
    fn name(&self) -> &'static str {
        "Knock"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let mut knock = HttpRequest::empty();
        knock.set_method("HEAD")?;
        knock.set_uri(request.uri().to_owned())?;
        *request = knock;
        Ok(())
    }
}
