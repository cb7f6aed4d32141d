//! One manifest with its options and environment: what every call of it has in common.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hydrant_core::aws::{AwsOptions, Programs};
use hydrant_core::events::emit;
use hydrant_core::plan::Plan;
use hydrant_core::reason::Reason;
use hydrant_core::store::StoreError;
use hydrant_core::{Env, Hydration, Limits, Manifest, Report, hydrate_without};

use crate::builder::Builder;
use crate::connection::Connection;
use crate::error::{Error, MissingSecrets};
use crate::fork::PerProcess;
use crate::runtime::Connections;
use crate::watch::Watch;

/// A manifest with its options and environment, ready to be hydrated.
///
/// Cheap to clone: clones share clients and connections. [`Hydrator::read`] gives values without
/// touching the environment, to many requests at once, each with variables of its own.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// # runtime.block_on(async {
/// use hydrant::{Env, Hydrator, MemoryStore};
///
/// let store = MemoryStore::new().secret("agents/acme/openai", "sk-acme").secret("agents/zeta/openai", "sk-zeta");
/// let hydrator = Hydrator::builder()
///     .manifest_text("version = 1\n[secrets.OPENAI_API_KEY]\nsecret_id = \"agents/${org}/openai\"\n")
///     .env(Env::default())
///     .stores(store.stores())
///     .build()?;
/// let acme = hydrator.read().var("org", "acme").values().await?;
/// let zeta = hydrator.read().var("org", "zeta").values().await?;
/// assert_eq!(acme.values.get("OPENAI_API_KEY").unwrap().expose(), "sk-acme");
/// assert_eq!(zeta.values.get("OPENAI_API_KEY").unwrap().expose(), "sk-zeta");
/// # Ok::<(), hydrant::Error>(())
/// # })?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Hydrator {
    pub(crate) shared: Arc<Shared>,
}

/// What the clones of a hydrator share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: Builder,
    pub(crate) manifest: Manifest,
    pub(crate) env: Env,
    programs: Programs,
    connections: PerProcess<Connections>,
}

impl Builder {
    /// Reads the manifest and the env file. Asks nothing yet.
    ///
    /// # Errors
    ///
    /// [`Error::Manifest`] or [`Error::EnvFile`], each with all problems at once;
    /// [`Error::Setting`]. What is selected, and whether each `${name}` has a value, is known with
    /// the call that gives values.
    pub fn build(mut self) -> Result<Hydrator, Error> {
        let (manifest, env) = self.read()?;
        Ok(Hydrator::new(self, manifest, env))
    }
}

impl Hydrator {
    /// Options, then [`Builder::build`].
    pub fn builder() -> Builder {
        Builder::default()
    }

    fn new(options: Builder, manifest: Manifest, env: Env) -> Self {
        let programs = options
            .watch
            .map(|watch| Programs::followed(|| watch.program(), || watch.end_program()))
            .unwrap_or_default();
        let connections = PerProcess::new();
        Hydrator { shared: Arc::new(Shared { options, manifest, env, programs, connections }) }
    }

    pub(crate) fn connections(&self) -> &Connections {
        self.shared.connections.get(|| Connections::new(self.new_connection()))
    }

    pub(crate) fn new_connection(&self) -> Connection {
        let connection = Connection::new(self.shared.options.stores.clone())
            .with_names(self.shared.options.names.clone());
        #[cfg(feature = "write")]
        let connection = connection.with_writers(self.shared.options.writers.clone());
        connection
    }

    /// The connection of the calls that are not blocking.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connections().connection
    }

    pub(crate) fn has_parameter_store(&self) -> bool {
        match &self.shared.options.stores {
            Some(stores) => stores.parameters.is_some(),
            None => cfg!(feature = "ssm"),
        }
    }

    pub(crate) fn unconnected(&self, plan: Plan, error: StoreError) -> Hydration {
        self.without(plan, &Reason::Store(error))
    }

    pub(crate) fn local(&self, plan: Plan) -> Hydration {
        self.without(plan, &Reason::Offline)
    }

    fn without(&self, plan: Plan, reason: &Reason) -> Hydration {
        let hydration =
            hydrate_without(self.shared.manifest.path(), plan, &self.shared.env, reason);
        self.log(&hydration.report, false);
        hydration
    }

    /// Tells the log what a hydration came to.
    pub(crate) fn log(&self, report: &Report, reads_at_info: bool) {
        let options = &self.shared.options;
        emit(report, options.strict, options.hints.unwrap_or(Reason::hint), reads_at_info);
    }

    /// The limits of calls that begin now. `deadline` goes before the hydrator's own.
    pub(crate) fn limits_within(&self, deadline: Option<Duration>) -> Limits {
        self.limits_until(deadline, |watch, whole| watch.begin(whole))
    }

    /// The limits of one of many steps, each of which has the whole time from its own beginning.
    #[cfg(feature = "write")]
    pub(crate) fn step_limits_within(&self, deadline: Option<Duration>) -> Limits {
        self.limits_until(deadline, |watch, whole| watch.begin_step(whole))
    }

    fn limits_until(
        &self,
        deadline: Option<Duration>,
        end: impl FnOnce(&dyn Watch, Duration) -> Instant,
    ) -> Limits {
        let (options, settings) = (&self.shared.options, self.shared.manifest.settings());
        let whole = deadline.or(options.deadline).unwrap_or(settings.deadline);
        let limits = match options.watch {
            Some(watch) => Limits::until(end(watch, whole).into(), whole),
            None => Limits::within(whole),
        };
        let mut limits = limits.concurrent(settings.concurrency);
        limits.batch = settings.batch;
        limits.attempts = hydrant_core::aws::max_attempts(&self.shared.env);
        limits
    }

    /// Says what is waited for from here on.
    pub(crate) fn wait_for(&self, what: &'static str) {
        if let Some(watch) = self.shared.options.watch {
            watch.wait_for(what);
        }
    }

    /// Something came of one of many steps.
    #[cfg(feature = "write")]
    pub(crate) fn progress(&self) {
        if let Some(watch) = self.shared.options.watch {
            watch.progress();
        }
    }

    pub(crate) fn aws_options(&self, limits: &Limits) -> AwsOptions {
        AwsOptions {
            settings_region: self.shared.manifest.settings().region.clone(),
            allow_http: self.shared.options.allow_http.clone(),
            connect_timeout: Some(limits.attempt),
            programs: self.shared.programs.clone(),
            isolated: self.shared.options.isolated,
            ..AwsOptions::default()
        }
    }

    pub(crate) fn check_required(&self, hydration: Hydration) -> Result<Hydration, Error> {
        match hydration.report.severity(self.shared.options.strict) {
            None => Ok(hydration),
            Some(_) => Err(Error::MissingSecrets(MissingSecrets::new(
                hydration.report,
                self.shared.options.strict,
            ))),
        }
    }
}

/// What may be waited for, in words.
pub(crate) const CONNECTION: &str = "credentials and region";
pub(crate) const RESPONSES: &str = "responses of AWS";
pub(crate) const AUDIT_LOG: &str = "the audit log";
