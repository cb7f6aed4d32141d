//! What AWS is asked with: connected when the first plan needs it, shared by those that follow.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
#[cfg(feature = "write")]
use hydrant_core::aws::Service;
use hydrant_core::aws::{Aws, AwsOptions, SecretsManager};
use hydrant_core::plan::Plan;
use hydrant_core::store::{Action, StoreError, StoreErrorKind};
#[cfg(feature = "write")]
use hydrant_core::write::Writers;
use hydrant_core::{Env, Limits, Stores};
use tokio::sync::Mutex;
use tokio::time::timeout_at;

use crate::by_form::{by_form, needs_default_region, reads_names_alone};
use crate::error::Error;

/// The stores of a program: given, or connected when they are needed.
#[derive(Debug, Default)]
pub(crate) struct Connection {
    given: Option<Stores>,
    /// Where secrets are read that are named without an ARN, if that is a store of its own.
    names: Option<Stores>,
    #[cfg(feature = "write")]
    given_writers: Option<Writers>,
    connected: Mutex<Option<Connected>>,
}

#[derive(Clone, Debug)]
struct Connected {
    aws: Aws,
    clients: Clients,
    /// Whether nothing was asked yet, so that a connection has to be opened first.
    is_fresh: bool,
    /// Whether a region for references that name none was looked for everywhere.
    looked_for_region: bool,
}

/// One client a service, for both sides.
#[derive(Clone, Debug)]
struct Clients {
    stores: Stores,
    #[cfg(feature = "write")]
    writers: Writers,
}

impl Connection {
    pub(crate) fn new(given: Option<Stores>) -> Self {
        Connection { given, ..Connection::default() }
    }

    pub(crate) fn with_names(self, names: Option<Stores>) -> Self {
        Connection { names, ..self }
    }

    #[cfg(feature = "write")]
    pub(crate) fn with_writers(self, given_writers: Option<Writers>) -> Self {
        Connection { given_writers, ..self }
    }

    /// One that is connected already, with a region that was looked for everywhere.
    pub(crate) fn with(aws: Aws) -> Self {
        let clients = Clients::new(&aws);
        let connected = Connected { aws, clients, is_fresh: true, looked_for_region: true };
        Connection { connected: Mutex::new(Some(connected)), ..Connection::default() }
    }

    /// The stores for a plan, with credentials that have not expired. A failure is not remembered.
    pub(crate) async fn stores(
        &self,
        plan: &Plan,
        env: &Env,
        options: AwsOptions,
        limits: &Limits,
    ) -> Result<Stores, StoreError> {
        if let Some(names) = &self.names {
            let others = match &self.given {
                Some(stores) => Some(stores.clone()),
                None if reads_names_alone(plan) => None,
                None => {
                    let needs_region = needs_default_region(plan);
                    let options = AwsOptions { needs_region, ..options };
                    Some(self.connected(plan, env, options, limits).await?.stores)
                }
            };
            return Ok(by_form(names, others));
        }
        if let Some(stores) = &self.given {
            return Ok(stores.clone());
        }
        let options = AwsOptions { needs_region: plan.needs_default_region(), ..options };
        Ok(self.connected(plan, env, options, limits).await?.stores)
    }

    /// The same for a plan of writes, with what writes them.
    #[cfg(feature = "write")]
    pub(crate) async fn writers(
        &self,
        plan: &Plan,
        env: &Env,
        options: AwsOptions,
        limits: &Limits,
    ) -> Result<Writers, StoreError> {
        match (&self.given_writers, self.given.as_ref().or(self.names.as_ref())) {
            (Some(_), _) if self.names.is_some() => {
                let message = "the store that names are read from cannot be written";
                Err(StoreError::new(StoreErrorKind::Settings, Action::Connect, message))
            }
            (Some(writers), _) => Ok(writers.clone()),
            (None, Some(_)) => {
                let message = "the stores that this program was given can be read alone";
                Err(StoreError::new(StoreErrorKind::Settings, Action::Connect, message))
            }
            (None, None) => {
                // A secret that nothing names yet is created in a region that no reference says.
                let needs_region = plan.needs_default_region() || plan.has_unnamed();
                let options = AwsOptions { needs_region, ..options };
                Ok(self.connected(plan, env, options, limits).await?.writers)
            }
        }
    }

    async fn connected(
        &self,
        plan: &Plan,
        env: &Env,
        options: AwsOptions,
        limits: &Limits,
    ) -> Result<Clients, StoreError> {
        let programs = options.programs.clone();
        let late = || {
            programs.late().unwrap_or_else(|| {
                let message = "the deadline ended before credentials and region were found";
                StoreError::new(StoreErrorKind::TimedOut, Action::Connect, message)
            })
        };
        // Boxed, since the SDK's futures are nested deeply enough to exceed the compiler's limit in
        // programs.
        let connect = Box::pin(self.connect(plan, env, options));
        timeout_at(limits.deadline, connect).await.map_err(|_| late())?
    }

    /// Does what asks AWS. After a panic in it nothing of the connection is used again: what it
    /// left may be anything.
    pub(crate) async fn guarded<T>(
        &self,
        calls: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        match AssertUnwindSafe(calls).catch_unwind().await {
            Ok(done) => done,
            Err(_) => {
                *self.connected.lock().await = None;
                Err(Error::Panicked)
            }
        }
    }

    /// The id of the access key that calls are signed with; `None` for given stores.
    pub(crate) async fn access_key_id(&self) -> Option<String> {
        let aws = self.connected.lock().await.as_ref().map(|connected| connected.aws.clone())?;
        aws.access_key_id().await
    }

    /// The account of the credentials, where their source says it; `None` for given stores.
    #[cfg(feature = "write")]
    pub(crate) async fn account(&self) -> Option<String> {
        let aws = self.connected.lock().await.as_ref().map(|connected| connected.aws.clone())?;
        aws.account().await
    }

    /// The same as STS says it; `None` for given stores, and where Secrets Manager is asked at an
    /// address that is not AWS's and none is named for STS: those credentials are not shown to AWS.
    #[cfg(feature = "write")]
    pub(crate) async fn account_by_sts(
        &self,
        limits: &Limits,
    ) -> Result<Option<String>, StoreError> {
        let aws = self.connected.lock().await.as_ref().map(|connected| connected.aws.clone());
        let Some(aws) = aws else { return Ok(None) };
        if aws.named_endpoint(Service::SecretsManager).is_some()
            && aws.named_endpoint(Service::Sts).is_none()
        {
            return Ok(None);
        }
        let late =
            || StoreError::new(StoreErrorKind::TimedOut, Action::GetCallerIdentity, "no response");
        let caller =
            timeout_at(limits.deadline, Box::pin(aws.caller())).await.map_err(|_| late())??;
        Ok(Some(caller.account))
    }

    /// Opens the connection that a hydration of this plan needs once parameters have named its
    /// secrets. In the region of the first parameter, since the regions of the secrets are not
    /// known yet.
    pub(crate) async fn preconnect(&self, plan: &Plan) -> impl Future<Output = ()> + Send + use<> {
        let first = plan.entries.iter().find_map(|planned| planned.step.parameter.as_ref());
        let mut connected = self.connected.lock().await;
        // Later ones find the connections of those before them.
        let fresh = connected.as_mut().zip(first).and_then(|(connected, first)| {
            if !std::mem::take(&mut connected.is_fresh) {
                return None;
            }
            let region = first.region().or(connected.aws.region())?;
            Some((connected.aws.clone(), region.to_owned()))
        });
        async move {
            if let Some((aws, region)) = fresh {
                SecretsManager::preconnect(&aws, &region).await;
            }
        }
    }

    async fn connect(
        &self,
        plan: &Plan,
        env: &Env,
        mut options: AwsOptions,
    ) -> Result<Clients, StoreError> {
        let mut connected = self.connected.lock().await;
        let needs_region = options.needs_region;
        if let Some(connected) =
            connected.as_ref().filter(|connected| connected.looked_for_region || !needs_region)
        {
            connected.aws.renew().await?;
            return Ok(connected.clients.clone());
        }
        options.some_region = plan.some_region().map(str::to_owned);
        let aws = Aws::connect(env, &options).await?;
        let clients = Clients::new(&aws);
        *connected = Some(Connected {
            aws,
            clients: clients.clone(),
            is_fresh: true,
            looked_for_region: needs_region,
        });
        Ok(clients)
    }
}

impl Clients {
    fn new(aws: &Aws) -> Self {
        let secrets = Arc::new(SecretsManager::new(aws.clone()));
        #[cfg(feature = "ssm")]
        let parameters = Arc::new(hydrant_ssm::ParameterStoreClient::new(aws.clone()));
        let mut stores = Stores::new(secrets.clone());
        stores.region = aws.region().map(str::to_owned);
        #[cfg(feature = "ssm")]
        let stores = stores.parameters(parameters.clone());
        #[cfg(feature = "write")]
        let writers = Writers::new(secrets, stores.clone());
        #[cfg(all(feature = "ssm", feature = "write"))]
        let writers = writers.parameters(parameters);
        Clients {
            stores,
            #[cfg(feature = "write")]
            writers,
        }
    }
}
