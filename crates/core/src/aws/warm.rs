//! A connection to Secrets Manager that is opened before it is known what to ask: while Parameter
//! Store still answers.
//!
//! The SDK has no call for it. An unsigned request without an operation goes through the same
//! connector to the same endpoint, and leaves its connection in the pool; what is answered does not
//! matter.

use super::{Aws, SecretsManager, Service};

impl SecretsManager {
    /// Opens a connection in this region, for the first read to use.
    ///
    /// Nothing comes of its failure: the read itself will tell. Where both services have one
    /// endpoint it does nothing, since the connection to the other is the connection to this.
    pub async fn warm(aws: &Aws, region: &str) {
        let Some(endpoint) = Self::endpoint(aws, region).await else { return };
        if aws.named_endpoint(Service::Ssm).is_none_or(|other| !other.is_at(&endpoint)) {
            _ = aws.probe(&endpoint).await;
        }
    }
}
