//! What AWS is asked with: connected when the first plan needs it, shared by those that follow.

use hydrant_core::aws::{Aws, AwsOptions, SecretsManager};
use hydrant_core::plan::Plan;
use hydrant_core::store::{StoreError, StoreErrorKind};
use hydrant_core::{Env, Limits, Stores};
use tokio::sync::Mutex;
use tokio::time::timeout_at;

/// The stores of a program: given, or connected when they are needed.
#[derive(Debug, Default)]
pub(crate) struct Session {
    given: Option<Stores>,
    connected: Mutex<Option<Connected>>,
}

#[derive(Clone, Debug)]
struct Connected {
    aws: Aws,
    stores: Stores,
    /// Whether a region for references that name none was looked for everywhere.
    looked_for_region: bool,
}

impl Session {
    pub(crate) fn new(given: Option<Stores>) -> Self {
        Session { given, connected: Mutex::default() }
    }

    /// The stores for a plan, with credentials that last. A failure is not remembered.
    pub(crate) async fn stores(
        &self,
        plan: &Plan,
        env: &Env,
        options: AwsOptions,
        limits: &Limits,
    ) -> Result<Stores, StoreError> {
        if let Some(stores) = &self.given {
            return Ok(stores.clone());
        }
        let late = || {
            let message = "the deadline ended before credentials and region were found";
            StoreError::new(StoreErrorKind::TimedOut, "credentials", message)
        };
        timeout_at(limits.deadline, self.connected(plan, env, options)).await.map_err(|_| late())?
    }

    async fn connected(&self, plan: &Plan, env: &Env, mut options: AwsOptions) -> Result<Stores, StoreError> {
        let mut connected = self.connected.lock().await;
        let needs_region = plan.needs_default_region();
        if let Some(connected) = connected.as_ref().filter(|connected| connected.looked_for_region || !needs_region) {
            connected.aws.renew().await?;
            return Ok(connected.stores.clone());
        }
        options.needs_region = needs_region;
        options.some_region = plan.some_region().map(str::to_owned);
        let aws = Aws::connect(env, &options).await?;
        let stores = stores(&aws);
        *connected = Some(Connected { aws, stores: stores.clone(), looked_for_region: needs_region });
        Ok(stores)
    }
}

fn stores(aws: &Aws) -> Stores {
    Stores {
        secrets: std::sync::Arc::new(SecretsManager::new(aws.clone())),
        #[cfg(feature = "ssm")]
        parameters: Some(std::sync::Arc::new(hydrant_ssm::ParameterStoreClient::new(aws.clone()))),
        #[cfg(not(feature = "ssm"))]
        parameters: None,
        region: aws.region().map(str::to_owned),
    }
}
