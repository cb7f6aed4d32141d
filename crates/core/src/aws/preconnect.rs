//! Opens a connection to Secrets Manager before it is known which secrets are read: while Parameter
//! Store still responds.
//!
//! The SDK has no call for it. An unsigned request without an operation goes through the same
//! connector to the same endpoint, and leaves its connection in the pool. The response does not
//! matter.

use super::{Aws, SecretsManager, Service};

impl SecretsManager {
    /// Opens a connection in this region, for the first read to use.
    ///
    /// A failure is ignored: the read itself reports it. Where both services have the same endpoint
    /// it does nothing, since they share the connection.
    pub async fn preconnect(aws: &Aws, region: &str) {
        let Some(endpoint) = Self::endpoint(aws, region).await else { return };
        if aws.named_endpoint(Service::Ssm).is_none_or(|other| !other.is_at(&endpoint)) {
            _ = aws.probe(&endpoint).await;
        }
    }
}
