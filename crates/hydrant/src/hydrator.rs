//! One manifest, hydrated as often as wanted: async or blocking, with variables of each call's own.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::time::Duration;

use futures_util::future::{Either, select};
use hydrant_core::aws::{AwsOptions, Programs};
use hydrant_core::events::emit;
use hydrant_core::plan::{Plan, PlanOptions, plan};
use hydrant_core::reason::Reason;
use hydrant_core::store::StoreError;
#[cfg(feature = "write")]
use hydrant_core::write::Writers;
use hydrant_core::{
    Env, Hydration, Limits, Manifest, Report, check_live, hydrate, hydrate_without,
};

use crate::builder::Builder;
use crate::connection::Connection;
use crate::error::{Error, MissingSecrets};
use crate::fork::{PerProcess, in_process};
use crate::runtime::{self, Connections};
use crate::watch::Watch;

/// A manifest with its options and environment, ready to be hydrated.
///
/// The calls that return values touch no environment and remember nothing; they share clients and
/// connections, and may run many at a time with different variables.
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
/// let acme = hydrator.values_with([("org", "acme")]).await?;
/// let zeta = hydrator.values_with([("org", "zeta")]).await?;
/// assert_eq!(acme.values.get("OPENAI_API_KEY").unwrap().expose(), "sk-acme");
/// assert_eq!(zeta.values.get("OPENAI_API_KEY").unwrap().expose(), "sk-zeta");
/// # Ok::<(), hydrant::Error>(())
/// # })?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Hydrator {
    pub(crate) options: Builder,
    manifest: Manifest,
    env: Env,
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
        Hydrator { options, manifest, env, programs, connections: PerProcess::new() }
    }

    fn connections(&self) -> &Connections {
        self.connections.get(|| Connections::new(self.new_connection()))
    }

    fn block_on<T>(
        &self,
        call: impl AsyncFnOnce(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.connections().block_on(|| self.new_connection(), call)
    }

    fn new_connection(&self) -> Connection {
        let connection = Connection::new(self.options.stores.clone());
        #[cfg(feature = "write")]
        let connection = connection.with_writers(self.options.writers.clone());
        connection
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The environment it works with: the process's variables, and under them those of the env
    /// file.
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// Where the env file is, or would be; `None` where none is read.
    pub fn env_file_path(&self) -> Option<PathBuf> {
        self.options.env_file_path(&self.manifest).map(|(path, _)| path)
    }

    /// What a hydration would ask; asks nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Selection`].
    pub fn plan(&self) -> Result<Plan, Error> {
        self.plan_with(&[], self.options.ignore_set)
    }

    /// What a hydration would ask where no entry is set yet, offline or not: what a deployment
    /// needs. Asks nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Selection`].
    pub fn deployed_plan(&self) -> Result<Plan, Error> {
        self.unset_plan(&self.env)
    }

    /// The same from the manifest alone, where variables that hold references count as unset: what
    /// is made from it is the same on every machine. Asks nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Selection`].
    pub fn committed_plan(&self) -> Result<Plan, Error> {
        self.unset_plan(&Env::default())
    }

    /// What would be asked where no entry is set, with references from these variables.
    fn unset_plan(&self, references: &Env) -> Result<Plan, Error> {
        let selected = self.manifest.select(&self.options.selection, &self.env)?;
        Ok(plan(&selected, references, PlanOptions { ignore_set: true, ..PlanOptions::default() }))
    }

    fn plan_with(&self, vars: &[(String, String)], ignore_set: bool) -> Result<Plan, Error> {
        let mut selection = self.options.selection.clone();
        // What a call gives goes before what the builder was given.
        selection.vars.retain(|(name, _)| !vars.iter().any(|(given, _)| given == name));
        selection.vars.extend_from_slice(vars);
        let selected = self.manifest.select(&selection, &self.env)?;
        let parameters = self.has_parameter_store();
        let offline = self.options.offline;
        Ok(plan(&selected, &self.env, PlanOptions { ignore_set, offline, parameters }))
    }

    /// The values and the report of one hydration. Touches no environment. The Tokio runtime it
    /// runs on has time and I/O enabled.
    ///
    /// # Errors
    ///
    /// [`Error::MissingSecrets`] if a required entry has no value.
    pub async fn values(&self) -> Result<Hydration, Error> {
        self.values_with::<&str, &str>([]).await
    }

    /// The same with values for `${name}` of this call's own, such as the organisation of a
    /// request.
    ///
    /// # Errors
    ///
    /// [`Error::MissingSecrets`] if a required entry has no value; [`Error::Selection`] for a value that may
    /// not stand in a name.
    pub async fn values_with<N, V>(
        &self,
        vars: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Hydration, Error>
    where
        N: Into<String>,
        V: Into<String>,
    {
        self.values_of(self.options.actor.as_deref(), vars).await
    }

    /// The same on behalf of someone, whom the audit log then names: the user of a request, say.
    ///
    /// # Errors
    ///
    /// Those of [`Hydrator::values_with`].
    pub async fn values_for<N, V>(
        &self,
        actor: &str,
        vars: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Hydration, Error>
    where
        N: Into<String>,
        V: Into<String>,
    {
        self.values_of(Some(actor), vars).await
    }

    async fn values_of<N, V>(
        &self,
        actor: Option<&str>,
        vars: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Hydration, Error>
    where
        N: Into<String>,
        V: Into<String>,
    {
        let vars: Vec<_> =
            vars.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let plan = self.plan_with(&vars, self.options.ignore_set)?;
        if plan.is_local() {
            return self.check_required(self.local(plan));
        }
        let run = self.run(plan, &self.connections().connection, actor);
        // On the heap: in the caller's own future its layers would take the compiler past its limit
        // of depth.
        let run: Pin<Box<dyn Future<Output = _> + Send + '_>> = Box::pin(in_process(run));
        self.check_required(run.await?)
    }

    /// [`Hydrator::values`] for programs without a runtime. Builds one only if something is to be
    /// asked.
    ///
    /// # Errors
    ///
    /// Those of [`Hydrator::values`], and [`Error::InsideRuntime`].
    pub fn values_blocking(&self) -> Result<Hydration, Error> {
        self.values_blocking_with::<&str, &str>([])
    }

    /// [`Hydrator::values_with`] for programs without a runtime.
    ///
    /// # Errors
    ///
    /// Those of [`Hydrator::values_with`], and [`Error::InsideRuntime`].
    pub fn values_blocking_with<N, V>(
        &self,
        vars: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Hydration, Error>
    where
        N: Into<String>,
        V: Into<String>,
    {
        let vars: Vec<_> =
            vars.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        runtime::refuse_inside()?;
        let plan = self.plan_with(&vars, self.options.ignore_set)?;
        if plan.is_local() {
            return self.check_required(self.local(plan));
        }
        let hydration = self.block_on(async |connection| {
            self.run(plan, connection, self.options.actor.as_deref()).await
        });
        self.check_required(hydration?)
    }

    /// The same for a process that goes on without any runtime, and without a thread of it unless
    /// one does not end in time.
    pub(crate) fn values_leaving_no_thread(&self, plan: Plan) -> Result<Hydration, Error> {
        let runtime = runtime::new()?;
        let connection = self.new_connection();
        let hydration =
            runtime.block_on(self.run(plan, &connection, self.options.actor.as_deref()));
        drop(connection);
        runtime::end(runtime);
        self.check_required(hydration?)
    }

    /// Asks AWS about every entry, set or not, without reading a value. A parameter that holds a
    /// reference is read. The Tokio runtime it runs on has time and I/O enabled.
    ///
    /// # Errors
    ///
    /// [`Error::Selection`], [`Error::Audit`]; what is missing is in the report.
    pub async fn check_live(&self) -> Result<Report, Error> {
        let plan = self.plan_with(&[], true)?;
        if plan.is_local() {
            return Ok(self.local(plan).report);
        }
        in_process(self.describe(plan, self.connection())).await
    }

    /// [`Hydrator::check_live`] for programs without a runtime.
    ///
    /// # Errors
    ///
    /// Those of [`Hydrator::check_live`], [`Error::InsideRuntime`] and [`Error::Runtime`].
    pub fn check_live_blocking(&self) -> Result<Report, Error> {
        runtime::refuse_inside()?;
        let plan = self.plan_with(&[], true)?;
        if plan.is_local() {
            return Ok(self.local(plan).report);
        }
        self.block_on(async |connection| self.describe(plan, connection).await)
    }

    async fn describe(&self, plan: Plan, connection: &Connection) -> Result<Report, Error> {
        let calls = async {
            let limits = self.limits();
            self.wait_for(CONNECTION);
            let stores =
                match connection.stores(&plan, &self.env, self.aws_options(&limits), &limits).await
                {
                    Ok(stores) => stores,
                    Err(error) => return Ok(self.unconnected(plan, error).report),
                };
            let record = self
                .begin_record("check", &plan, connection, self.options.actor.as_deref())
                .await?;
            self.wait_for(RESPONSES);
            let report = check_live(self.manifest.path(), plan, &self.env, &stores, &limits).await;
            self.log(&report);
            self.end_record(record, &report, false).await?;
            Ok(report)
        };
        connection.guarded(Box::pin(calls)).await
    }

    /// The variables that hold references of entries, set or not.
    ///
    /// # Errors
    ///
    /// [`Error::Selection`].
    pub fn reference_variables(&self) -> Result<BTreeSet<String>, Error> {
        let plan = self.plan()?;
        let variables =
            plan.entries.iter().filter_map(|planned| planned.entry.source_keys.variable());
        Ok(variables.map(str::to_owned).collect())
    }

    #[cfg(feature = "write")]
    pub(crate) async fn writers(
        &self,
        plan: &Plan,
        limits: &Limits,
    ) -> Result<Writers, StoreError> {
        self.connections()
            .connection
            .writers(plan, &self.env, self.aws_options(limits), limits)
            .await
    }

    /// The connection of the calls that are not blocking.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connections().connection
    }

    pub(crate) fn has_parameter_store(&self) -> bool {
        match &self.options.stores {
            Some(stores) => stores.parameters.is_some(),
            None => cfg!(feature = "ssm"),
        }
    }

    async fn run(
        &self,
        plan: Plan,
        connection: &Connection,
        actor: Option<&str>,
    ) -> Result<Hydration, Error> {
        if plan.is_local() {
            return Ok(self.local(plan));
        }
        // On the heap: its layers would take more stack than some limits have in a build without
        // optimization.
        connection.guarded(Box::pin(self.run_calls(plan, connection, actor))).await
    }

    async fn run_calls(
        &self,
        plan: Plan,
        connection: &Connection,
        actor: Option<&str>,
    ) -> Result<Hydration, Error> {
        let limits = self.limits();
        self.wait_for(CONNECTION);
        let stores =
            match connection.stores(&plan, &self.env, self.aws_options(&limits), &limits).await {
                Ok(stores) => stores,
                Err(error) => return Ok(self.unconnected(plan, error)),
            };
        let record = self.begin_record("read", &plan, connection, actor).await?;
        self.wait_for(RESPONSES);
        let preconnect = connection.preconnect(&plan).await;
        let hydration = hydrate(self.manifest.path(), plan, &self.env, &stores, &limits);
        // A connection that nothing needs is not waited for.
        let hydration = match select(pin!(hydration), pin!(preconnect)).await {
            Either::Left((hydration, _)) => hydration,
            Either::Right(((), hydration)) => hydration.await,
        };
        self.log(&hydration.report);
        self.end_record(record, &hydration.report, self.options.strict).await?;
        Ok(hydration)
    }

    pub(crate) fn unconnected(&self, plan: Plan, error: StoreError) -> Hydration {
        self.without(plan, &Reason::Store(error))
    }

    pub(crate) fn local(&self, plan: Plan) -> Hydration {
        self.without(plan, &Reason::Offline)
    }

    fn without(&self, plan: Plan, reason: &Reason) -> Hydration {
        let hydration = hydrate_without(self.manifest.path(), plan, &self.env, reason);
        self.log(&hydration.report);
        hydration
    }

    /// Tells the log what a hydration came to.
    pub(crate) fn log(&self, report: &Report) {
        emit(report, self.options.strict, self.options.hints.unwrap_or(Reason::hint));
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits_until(|watch, whole| watch.begin(whole))
    }

    /// The limits of one of many steps, each of which has the whole time from its own beginning.
    #[cfg(feature = "write")]
    pub(crate) fn step_limits(&self) -> Limits {
        self.limits_until(|watch, whole| watch.begin_step(whole))
    }

    fn limits_until(&self, end: impl FnOnce(&dyn Watch, Duration) -> std::time::Instant) -> Limits {
        let settings = self.manifest.settings();
        let whole = self.options.deadline.unwrap_or(settings.deadline);
        let limits = match self.options.watch {
            Some(watch) => Limits::until(end(watch, whole).into(), whole),
            None => Limits::within(whole),
        };
        let mut limits = limits.concurrent(settings.concurrency);
        limits.batch = settings.batch;
        limits.attempts = hydrant_core::aws::max_attempts(&self.env);
        limits
    }

    /// Says what is waited for from here on.
    pub(crate) fn wait_for(&self, what: &'static str) {
        if let Some(watch) = self.options.watch {
            watch.wait_for(what);
        }
    }

    /// Something came of one of many steps.
    #[cfg(feature = "write")]
    pub(crate) fn progress(&self) {
        if let Some(watch) = self.options.watch {
            watch.progress();
        }
    }

    pub(crate) fn aws_options(&self, limits: &Limits) -> AwsOptions {
        AwsOptions {
            settings_region: self.manifest.settings().region.clone(),
            allow_http: self.options.allow_http.clone(),
            connect_timeout: Some(limits.attempt),
            programs: self.programs.clone(),
            ..AwsOptions::default()
        }
    }

    pub(crate) fn check_required(&self, hydration: Hydration) -> Result<Hydration, Error> {
        match hydration.report.severity(self.options.strict) {
            None => Ok(hydration),
            Some(_) => Err(Error::MissingSecrets(MissingSecrets::new(
                hydration.report,
                self.options.strict,
            ))),
        }
    }
}

/// What may be waited for, in words.
pub(crate) const CONNECTION: &str = "credentials and region";
pub(crate) const RESPONSES: &str = "responses of AWS";
pub(crate) const AUDIT_LOG: &str = "the audit log";
