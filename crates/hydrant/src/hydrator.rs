//! One manifest, hydrated as often as wanted: async or blocking, with variables of each call's own.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hydrant_core::aws::AwsOptions;
use hydrant_core::plan::{Plan, PlanOptions, plan};
use hydrant_core::reason::Reason;
use hydrant_core::{Env, Hydration, Limits, Manifest, Report, check_live, hydrate, hydrate_without};
use tokio::runtime::Runtime;

use crate::builder::Builder;
use crate::error::{Error, Unmet};
use crate::session::Session;

/// A manifest with its options and environment, ready to be hydrated.
///
/// The calls that return values touch no environment and remember nothing; they share clients and connections, and may
/// run many at a time with different variables.
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
///     .stores(store.into_stores())
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
    /// What the async calls share; it lives on the caller's runtime.
    session: Session,
    /// What the blocking calls share: a runtime with its own clients for each that runs at the same time.
    idle: Mutex<Vec<(Runtime, Session)>>,
}

impl Hydrator {
    /// Options, then [`Builder::build`].
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(options: Builder, manifest: Manifest, env: Env) -> Self {
        let session = Session::new(options.stores.clone());
        Hydrator { options, manifest, env, session, idle: Mutex::default() }
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The environment it works with: the process's variables, and under them those of the env file.
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// What a hydration would ask; asks nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Selection`].
    pub fn plan(&self) -> Result<Plan, Error> {
        self.plan_with(&[], self.options.ignore_set)
    }

    fn plan_with(&self, vars: &[(String, String)], ignore_set: bool) -> Result<Plan, Error> {
        let mut selection = self.options.selection.clone();
        // What a call gives goes before what the builder was given.
        selection.vars.retain(|(name, _)| !vars.iter().any(|(given, _)| given == name));
        selection.vars.extend_from_slice(vars);
        let selected = self.manifest.select(&selection, &self.env)?;
        let parameters = match &self.options.stores {
            Some(stores) => stores.parameters.is_some(),
            None => cfg!(feature = "ssm"),
        };
        let Builder { offline, strict, .. } = self.options;
        Ok(plan(&selected, &self.env, PlanOptions { ignore_set, offline, parameters, strict }))
    }

    /// The values and the report of one hydration. Touches no environment. The Tokio runtime it runs on has time and I/O
    /// enabled.
    ///
    /// # Errors
    ///
    /// [`Error::Unmet`] if a required entry has no value.
    pub async fn values(&self) -> Result<Hydration, Error> {
        self.values_with::<&str, &str>([]).await
    }

    /// The same with values for `${name}` of this call's own, such as the organisation of a request.
    ///
    /// # Errors
    ///
    /// [`Error::Unmet`] if a required entry has no value; [`Error::Selection`] for a value that may not stand in a name.
    pub async fn values_with<N, V>(&self, vars: impl IntoIterator<Item = (N, V)>) -> Result<Hydration, Error>
    where
        N: Into<String>,
        V: Into<String>,
    {
        let vars: Vec<_> = vars.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let plan = self.plan_with(&vars, self.options.ignore_set)?;
        self.met(self.run(plan, &self.session).await)
    }

    /// [`Hydrator::values`] for programs without a runtime. Builds one only if something is to be asked.
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
    pub fn values_blocking_with<N, V>(&self, vars: impl IntoIterator<Item = (N, V)>) -> Result<Hydration, Error>
    where
        N: Into<String>,
        V: Into<String>,
    {
        let vars: Vec<_> = vars.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        refuse_inside_runtime()?;
        let plan = self.plan_with(&vars, self.options.ignore_set)?;
        if plan.is_local() {
            return self.met(self.local(plan));
        }
        let (runtime, session) = self.idle()?;
        let hydration = runtime.block_on(self.run(plan, &session));
        self.rest(runtime, session);
        self.met(hydration)
    }

    /// The same for a process that goes on without any runtime, and without a thread of it unless one does not end in time.
    pub(crate) fn values_leaving_no_thread(&self) -> Result<Hydration, Error> {
        let plan = self.plan()?;
        if plan.is_local() {
            return self.met(self.local(plan));
        }
        let runtime = runtime()?;
        let session = Session::new(self.options.stores.clone());
        let hydration = runtime.block_on(self.run(plan, &session));
        drop(session);
        // A thread that resolves a name cannot be told to end: it is waited for, but not for ever.
        runtime.shutdown_timeout(SHUTDOWN);
        self.met(hydration)
    }

    /// Asks AWS about every entry, set or not, without reading a value. A parameter that holds a reference is read.
    ///
    /// # Errors
    ///
    /// [`Error::Selection`], [`Error::InsideRuntime`], [`Error::Runtime`]; what is missing is in the report.
    pub fn check_live_blocking(&self) -> Result<Report, Error> {
        refuse_inside_runtime()?;
        let plan = self.plan_with(&[], true)?;
        if plan.is_local() {
            return Ok(self.local(plan).report);
        }
        let (runtime, session) = self.idle()?;
        let report = runtime.block_on(async {
            let limits = self.limits();
            match session.stores(&plan, &self.env, self.aws_options(&limits), &limits).await {
                Ok(stores) => check_live(self.manifest.path(), plan, &self.env, &stores, &limits).await,
                Err(error) => hydrate_without(self.manifest.path(), plan, &self.env, &Reason::Store(error)).report,
            }
        });
        self.rest(runtime, session);
        Ok(report)
    }

    /// A runtime with its clients that no blocking call uses, or a new one.
    fn idle(&self) -> Result<(Runtime, Session), Error> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(idle) => Ok(idle),
            None => Ok((runtime()?, Session::new(self.options.stores.clone()))),
        }
    }

    fn rest(&self, runtime: Runtime, session: Session) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((runtime, session));
    }

    async fn run(&self, plan: Plan, session: &Session) -> Hydration {
        if plan.is_local() {
            return self.local(plan);
        }
        let limits = self.limits();
        match session.stores(&plan, &self.env, self.aws_options(&limits), &limits).await {
            Ok(stores) => hydrate(self.manifest.path(), plan, &self.env, &stores, &limits).await,
            Err(error) => hydrate_without(self.manifest.path(), plan, &self.env, &Reason::Store(error)),
        }
    }

    fn local(&self, plan: Plan) -> Hydration {
        hydrate_without(self.manifest.path(), plan, &self.env, &Reason::Offline)
    }

    fn limits(&self) -> Limits {
        let settings = self.manifest.settings();
        let mut limits = Limits::within(self.options.deadline.unwrap_or(settings.deadline));
        limits.batch = settings.batch;
        limits.attempts = hydrant_core::aws::max_attempts(&self.env);
        limits
    }

    fn aws_options(&self, limits: &Limits) -> AwsOptions {
        AwsOptions {
            settings_region: self.manifest.settings().region.clone(),
            allow_http: self.options.allow_http.clone(),
            connect_timeout: Some(limits.attempt),
            ..AwsOptions::default()
        }
    }

    fn met(&self, hydration: Hydration) -> Result<Hydration, Error> {
        match hydration.report.trouble(self.options.strict) {
            None => Ok(hydration),
            Some(_) => Err(Error::Unmet(Unmet::new(hydration.report, self.options.strict))),
        }
    }
}

/// A runtime that is merely dropped waits for its threads, and panics inside another runtime.
impl Drop for Hydrator {
    fn drop(&mut self) {
        let idle = self.idle.get_mut().unwrap_or_else(PoisonError::into_inner);
        idle.drain(..).for_each(|(runtime, _)| runtime.shutdown_background());
    }
}

/// How long a runtime's threads are waited for when it ends.
const SHUTDOWN: Duration = Duration::from_millis(500);

pub(crate) fn refuse_inside_runtime() -> Result<(), Error> {
    match tokio::runtime::Handle::try_current() {
        Ok(_) => Err(Error::InsideRuntime),
        Err(_) => Ok(()),
    }
}

fn runtime() -> Result<Runtime, Error> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)
}
