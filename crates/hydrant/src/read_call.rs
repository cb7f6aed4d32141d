//! Reading: the values of one call, or whether they are there, with options of the call's own.

use std::pin::{Pin, pin};
use std::time::Duration;

use futures_util::future::{Either, select};
use hydrant_core::plan::Plan;
use hydrant_core::store::StoreError;
use hydrant_core::{Hydration, Limits, Report, Stores, check_live, hydrate};
use tracing::Instrument;

use crate::call::Call;
use crate::connection::Connection;
use crate::error::Error;
use crate::fork::in_process;
use crate::hydrator::{CONNECTION, Hydrator, RESPONSES};
use crate::runtime;
use crate::span::HydrationSpan;

/// A read: values, or whether they are there. Touches no environment and remembers nothing.
///
/// Made by [`Hydrator::read`]. It owns what it needs and is cheap to clone, so a service may keep
/// one in its state. Each of its calls stands for itself; any number may run at a time. The futures
/// own what they need too, and are [`Send`]: they can be spawned.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// # runtime.block_on(async {
/// use std::time::Duration;
///
/// use hydrant::{Env, Hydrator, MemoryStore};
///
/// let hydrator = Hydrator::builder()
///     .manifest_text("version = 1\n[secrets.OPENAI_API_KEY]\nsecret_id = \"${org}/openai\"\n")
///     .env(Env::default())
///     .stores(MemoryStore::new().secret("acme/openai", "sk-acme").stores())
///     .build()?;
/// let read = hydrator.read().actor("ada@example.com").deadline(Duration::from_secs(2));
/// let hydration = read.var("org", "acme").values().await?;
/// assert_eq!(hydration.values.get("OPENAI_API_KEY").unwrap().expose(), "sk-acme");
/// # Ok::<(), hydrant::Error>(())
/// # })?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a read does nothing until one of its calls is made"]
pub struct Read {
    call: Call,
}

impl Hydrator {
    /// A read with this hydrator's options.
    pub fn read(&self) -> Read {
        Read { call: Call::new(self) }
    }
}

impl Read {
    /// A value for `${name}`, such as the organisation of a request. Goes before the builder's,
    /// `HYDRANT_VAR_name` and `[vars]`.
    pub fn var(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        Read { call: self.call.var(name.into(), value.into()) }
    }

    /// Takes only the named entries, whatever the builder's `only` says.
    pub fn only<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        Read { call: self.call.only(names.into_iter().map(Into::into).collect()) }
    }

    /// For the audit log: on whose behalf, such as the user of a request. Goes before the
    /// builder's.
    pub fn actor(self, actor: impl Into<String>) -> Self {
        Read { call: self.call.with_actor(actor.into()) }
    }

    /// How long each call may take as a whole. Goes before the builder's, `HYDRANT_DEADLINE` and
    /// `settings.deadline`.
    pub fn deadline(self, deadline: Duration) -> Self {
        Read { call: self.call.deadline(deadline) }
    }

    /// The values and the report of one hydration. The Tokio runtime it runs on has time and I/O
    /// enabled.
    ///
    /// # Errors
    ///
    /// [`Error::MissingSecrets`] if a required entry has no value. [`Error::Selection`] for a name
    /// that is not the name of an entry, a `${name}` without a value, and a value that is not
    /// allowed in the name of a secret.
    pub fn values(&self) -> impl Future<Output = Result<Hydration, Error>> + Send + use<> {
        let call = self.call.clone();
        async move {
            let plan = call.plan_of_values()?;
            if plan.is_local() {
                return call.hydrator.check_required(call.local(plan));
            }
            let run = call.run(plan, call.hydrator.connection());
            // On the heap: in the caller's own future its layers would take the compiler past its
            // limit of depth.
            let run: Pin<Box<dyn Future<Output = _> + Send + '_>> = Box::pin(in_process(run));
            call.hydrator.check_required(run.await?)
        }
    }

    /// [`Read::values`] for code that is not async. Works on every thread, those of
    /// `spawn_blocking` included, and blocks it: an async function uses [`Read::values`]. Starts a
    /// runtime only if AWS is called.
    ///
    /// # Errors
    ///
    /// Those of [`Read::values`], and [`Error::Runtime`].
    pub fn values_blocking(&self) -> Result<Hydration, Error> {
        let call = &self.call;
        let plan = call.plan_of_values()?;
        if plan.is_local() {
            return call.hydrator.check_required(call.local(plan));
        }
        let hydration = call.block_on(async |connection| call.run(plan, connection).await);
        call.hydrator.check_required(hydration?)
    }

    /// Asks AWS about every entry, set or not, without reading a value. A parameter that holds a
    /// reference is read. The Tokio runtime it runs on has time and I/O enabled.
    ///
    /// # Errors
    ///
    /// [`Error::Selection`], [`Error::Audit`]; what is missing is in the report.
    pub fn check_live(&self) -> impl Future<Output = Result<Report, Error>> + Send + use<> {
        let call = self.call.clone();
        async move {
            let plan = call.plan(true)?;
            if plan.is_local() {
                return Ok(call.hydrator.local(plan).report);
            }
            in_process(call.describe(plan, call.hydrator.connection())).await
        }
    }

    /// [`Read::check_live`] for code that is not async, as [`Read::values_blocking`] is.
    ///
    /// # Errors
    ///
    /// Those of [`Read::check_live`], and [`Error::Runtime`].
    pub fn check_live_blocking(&self) -> Result<Report, Error> {
        let call = &self.call;
        let plan = call.plan(true)?;
        if plan.is_local() {
            return Ok(call.hydrator.local(plan).report);
        }
        call.block_on(async |connection| call.describe(plan, connection).await)
    }
}

impl Call {
    fn block_on<T: Send>(
        &self,
        call: impl AsyncFnOnce(&Connection) -> Result<T, Error> + Send,
    ) -> Result<T, Error> {
        self.hydrator.connections().block_on(|| self.hydrator.new_connection(), call)
    }

    /// The values for a process that goes on without any runtime, and without a thread of it unless
    /// one does not end in time.
    pub(crate) fn values_leaving_no_thread(&self, plan: Plan) -> Result<Hydration, Error> {
        let runtime = runtime::new()?;
        let connection = self.hydrator.new_connection();
        let hydration = runtime.block_on(self.run(plan, &connection));
        drop(connection);
        runtime::end(runtime);
        self.hydrator.check_required(hydration?)
    }

    pub(crate) fn plan_of_values(&self) -> Result<Plan, Error> {
        self.plan(self.hydrator.shared.options.ignore_set)
    }

    async fn run(&self, plan: Plan, connection: &Connection) -> Result<Hydration, Error> {
        let span = HydrationSpan::new(&self.hydrator, &plan);
        // On the heap: its layers would take more stack than some limits have in a build without
        // optimization.
        let run = connection.guarded(Box::pin(self.run_calls(plan, connection)));
        let hydration = run.instrument(span.as_span()).await?;
        span.record(&hydration.report);
        Ok(hydration)
    }

    /// A hydration that calls nothing.
    pub(crate) fn local(&self, plan: Plan) -> Hydration {
        let span = HydrationSpan::new(&self.hydrator, &plan);
        let hydration = span.as_span().in_scope(|| self.hydrator.local(plan));
        span.record(&hydration.report);
        hydration
    }

    async fn run_calls(&self, plan: Plan, connection: &Connection) -> Result<Hydration, Error> {
        let hydrator = &self.hydrator;
        let limits = self.limits();
        let stores = match self.stores(&plan, connection, &limits).await {
            Ok(stores) => stores,
            Err(error) => return Ok(hydrator.unconnected(plan, error)),
        };
        let record = hydrator.begin_record("read", &plan, connection, self.actor()).await?;
        hydrator.wait_for(RESPONSES);
        let preconnect = connection.preconnect(&plan).await;
        let path = hydrator.shared.manifest.path();
        let hydration = hydrate(path, plan, &hydrator.shared.env, &stores, &limits);
        // A connection that nothing needs is not waited for.
        let hydration = match select(pin!(hydration), pin!(preconnect)).await {
            Either::Left((hydration, _)) => hydration,
            Either::Right(((), hydration)) => hydration.await,
        };
        hydrator.log(&hydration.report, self.info_events());
        hydrator.end_record(record, &hydration.report, hydrator.shared.options.strict).await?;
        Ok(hydration)
    }

    /// The stores for a plan, connected if they have to be.
    async fn stores(
        &self,
        plan: &Plan,
        connection: &Connection,
        limits: &Limits,
    ) -> Result<Stores, StoreError> {
        let hydrator = &self.hydrator;
        hydrator.wait_for(CONNECTION);
        let options = hydrator.aws_options(limits);
        connection.stores(plan, &hydrator.shared.env, options, limits).await
    }

    async fn describe(&self, plan: Plan, connection: &Connection) -> Result<Report, Error> {
        connection.guarded(Box::pin(self.describe_calls(plan, connection))).await
    }

    async fn describe_calls(&self, plan: Plan, connection: &Connection) -> Result<Report, Error> {
        let hydrator = &self.hydrator;
        let limits = self.limits();
        let stores = match self.stores(&plan, connection, &limits).await {
            Ok(stores) => stores,
            Err(error) => return Ok(hydrator.unconnected(plan, error).report),
        };
        let record = hydrator.begin_record("check", &plan, connection, self.actor()).await?;
        hydrator.wait_for(RESPONSES);
        let path = hydrator.shared.manifest.path();
        let report = check_live(path, plan, &hydrator.shared.env, &stores, &limits).await;
        hydrator.log(&report, self.info_events());
        hydrator.end_record(record, &report, false).await?;
        Ok(report)
    }
}
