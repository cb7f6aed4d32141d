//! What stands between this machine and its values, looked at piece by piece: credentials, region,
//! endpoints, and every entry.
//!
//! Facts alone: which of them is a problem, and what to do about it, is up to who asks (`hydrant
//! doctor`). Everything has a time limit; nothing here can hold a value.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use hydrant_core::aws::{
    Answer, Aws, AwsOptions, Caller, CurrentCredentials, Endpoint, SecretsManager, Service,
    SettingSource, Survey, Trusted, survey,
};
use hydrant_core::plan::{Plan, Planned, Step};
use hydrant_core::reference::Origin;
use hydrant_core::selector::Selector;
use hydrant_core::source::{Source, ValueId};
use hydrant_core::store::{Action, StoreError, StoreErrorKind};
use hydrant_core::{EntryReport, Env, Layer, Limits, Report, check_live, hydrate};
use tokio::time::{Instant, timeout, timeout_at};

use crate::connection::Connection;
use crate::error::Error;
use crate::fork::in_process;
use crate::hydrator::{CONNECTION, Hydrator, RESPONSES};

/// What was found on the way from this machine to the values of a manifest.
#[derive(Debug)]
pub struct Examination {
    /// Whether AWS was not asked, since the hydrator is offline.
    pub offline: bool,
    /// Whether a hydration would ask AWS: not if every entry is set already.
    pub needs_aws: bool,
    /// Invalid AWS settings, each with its variable. With one of them nothing was called.
    pub settings: Vec<(&'static str, StoreError)>,
    /// The same of settings that are not needed here, and so stop nothing.
    pub not_needed: Vec<(&'static str, StoreError)>,
    /// Endpoints that are refused.
    pub refused: Vec<(Service, StoreError)>,
    /// The variable that names the proxy which AWS is asked through.
    pub proxy: Option<&'static str>,
    /// Which certificate authorities are trusted.
    pub trust: Result<Trusted, StoreError>,
    /// The region of references that name none, and where it was found.
    pub region: Option<(String, SettingSource)>,
    /// Whether some reference needs that region.
    pub needs_region: bool,
    /// What calls are signed with; `None` if that was not looked for.
    pub credentials: Option<Result<CurrentCredentials, StoreError>>,
    /// Who asks; `None` if STS was not asked: without credentials, at an endpoint that is refused,
    /// or where the services are asked at an endpoint that is not AWS's, and nothing names one for
    /// STS.
    pub caller: Option<Result<Caller, StoreError>>,
    /// The endpoints that the entries are read at.
    pub endpoints: Vec<ExaminedEndpoint>,
    /// The entries, in the order of the manifest; none if the selection does not fit the manifest.
    pub entries: Vec<ExaminedEntry>,
    /// Why the entries were not asked for, where the audit log could not take the record.
    pub unrecorded: Option<Error>,
}

/// One service in one region.
#[derive(Debug)]
pub struct ExaminedEndpoint {
    /// The service.
    pub service: Service,
    /// The region.
    pub region: String,
    /// Where it is asked; `None` where AWS has no such endpoint.
    pub endpoint: Option<Endpoint>,
    /// What came back from a request without a signature; `None` if none was sent.
    pub answer: Option<Result<Answer, StoreError>>,
}

/// One entry, as a deployment would read it.
#[derive(Debug)]
pub struct ExaminedEntry {
    /// What reading it came to.
    pub report: EntryReport,
    /// What describing it came to, if that was asked.
    pub described: Option<EntryReport>,
    /// Which part of the value it takes.
    pub selector: Selector,
    /// Whether AWS was asked for it.
    pub asked: bool,
    /// Which source key gave the reference, or would be tried for it.
    pub source_key: Option<String>,
    /// Where the variable is set already.
    pub set: Option<Layer>,
    /// Whether a hydration stops for it, here and now.
    pub stops: bool,
}

impl Hydrator {
    /// Looks at everything that a hydration needs, and goes on after each fault. Reads the secrets,
    /// and drops their values; each step has its own time limit, none longer than the deadline of a
    /// hydration. It asks AWS, whatever stores the hydrator was given. The Tokio runtime it runs on
    /// has time and I/O enabled.
    ///
    /// # Errors
    ///
    /// [`Error::Panicked`], [`Error::Forked`]; everything else is in the examination.
    pub async fn examine(&self) -> Result<Examination, Error> {
        let examined = AssertUnwindSafe(Box::pin(self.examined())).catch_unwind();
        in_process(async { examined.await.map_err(|_| Error::Panicked) }).await
    }

    /// [`Hydrator::examine`] for code that is not async.
    ///
    /// # Errors
    ///
    /// Those of [`Hydrator::examine`], and [`Error::Runtime`].
    pub fn examine_blocking(&self) -> Result<Examination, Error> {
        let examine = async |_: &Connection| self.examine().await;
        self.connections().block_on(|| self.new_connection(), examine)
    }

    async fn examined(&self) -> Examination {
        let offline = self.shared.options.offline;
        let none = || Plan { entries: Vec::new() };
        // Without entries that can be selected, what AWS says of the rest is still worth knowing.
        let (now, selected) = match self.plan() {
            Ok(plan) => (plan, true),
            Err(_) => (none(), false),
        };
        let deployed =
            if offline { now.clone() } else { self.deployed_plan().unwrap_or_else(|_| none()) };
        let needs_aws = !selected || deployed.entries.is_empty() || !now.is_local();

        let limits = self.limits();
        self.wait_for(CONNECTION);
        let needs_region = deployed.needs_default_region();
        let options = AwsOptions {
            needs_region: needs_region && !offline,
            some_region: deployed.some_region().map(str::to_owned),
            ..self.aws_options(&limits)
        };
        let programs = self.aws_options(&limits).programs;
        let no_answer =
            || StoreError::new(StoreErrorKind::TimedOut, Action::Connect, "no answer in time");
        let late = || programs.late().unwrap_or_else(no_answer);
        let Survey { settings, not_needed, refused, proxy, trust, region, aws } =
            match timeout_at(share(&limits), survey(self.env(), &options)).await {
                Ok(survey) => survey,
                // Nothing but instance metadata is waited for.
                Err(_) => survey(self.env(), &AwsOptions { needs_region: false, ..options }).await,
            };

        let aws = aws.filter(|_| !offline);
        let credentials = match &aws {
            Some(aws) => {
                let found = timeout_at(share(&self.limits()), aws.current_credentials()).await;
                Some(found.unwrap_or_else(|_| Err(late())))
            }
            None => None,
        };
        let mut endpoints = match &aws {
            Some(aws) => endpoints(aws, &deployed).await,
            None => Vec::new(),
        };
        let is_refused = refused.iter().any(|(service, _)| *service == Service::Sts);
        let signed = aws.as_ref().filter(|_| matches!(credentials, Some(Ok(_))) && !is_refused);
        self.wait_for(RESPONSES);
        let limit =
            || limits.attempt.min(share(&self.limits()).saturating_duration_since(Instant::now()));
        let caller = caller(signed, &endpoints, limit()).await;
        if let Some(aws) = &aws {
            probe(aws, &mut endpoints, limit()).await;
        }

        let stopped = stopped(&settings, &trust, &credentials, &endpoints);
        let connected = aws.filter(|_| stopped.is_none()).map(Connection::with);
        let (reports, unrecorded) = match (connected, stopped) {
            (Some(connection), _) if !deployed.is_local() => self.ask(&deployed, &connection).await,
            (_, Some(error)) => {
                (Some((None, self.unconnected(deployed.clone(), error).report)), None)
            }
            _ => (None, None),
        };
        let asked = reports.as_ref().is_some_and(|(described, _)| described.is_some());
        let (described, read) =
            reports.unwrap_or_else(|| (None, self.local(deployed.clone()).report));
        let entries = entries(&deployed, &now, self.env(), read, described, asked);
        Examination {
            offline,
            needs_aws,
            settings,
            not_needed,
            refused,
            proxy,
            trust,
            region,
            needs_region,
            credentials,
            caller,
            endpoints,
            entries,
            unrecorded,
        }
    }

    /// Describes every place and reads it, each with its record. Nothing is asked that could not be
    /// recorded.
    async fn ask(
        &self,
        plan: &Plan,
        connection: &Connection,
    ) -> (Option<(Option<Report>, Report)>, Option<Error>) {
        match self.describe_and_read(plan, connection).await {
            Ok((described, read)) => (Some((Some(described), read)), None),
            Err(error @ Error::Audit(_)) => (None, Some(error)),
            Err(Error::Connection(error)) => {
                (Some((None, self.unconnected(plan.clone(), error).report)), None)
            }
            Err(_) => (None, None),
        }
    }

    async fn describe_and_read(
        &self,
        plan: &Plan,
        connection: &Connection,
    ) -> Result<(Report, Report), Error> {
        let actor = self.shared.options.actor.as_deref();
        let limits = self.limits();
        let stores = connection.stores(plan, self.env(), self.aws_options(&limits), &limits).await;
        let stores = stores.map_err(Error::Connection)?;
        let record = self.begin_record("check", plan, connection, actor).await?;
        let path = self.manifest().path();
        let mut half = limits;
        half.deadline = share(&half);
        let described = check_live(path, plan.clone(), self.env(), &stores, &half).await;
        self.log(&described, self.shared.options.info_events);
        self.end_record(record, &described, false).await?;
        let limits: Limits = self.limits();
        let record = self.begin_record("read", plan, connection, actor).await?;
        let read = hydrate(path, plan.clone(), self.env(), &stores, &limits).await.report;
        self.log(&read, self.shared.options.info_events);
        self.end_record(record, &read, false).await?;
        Ok((described, read))
    }
}

/// When a step ends: half of what is left is for those that follow, which may share one deadline
/// with it.
fn share(limits: &Limits) -> Instant {
    let left = limits.deadline.saturating_duration_since(Instant::now());
    limits.deadline - left / 2
}

/// Every service in every region that a plan asks; of a plan that asks nothing, Secrets Manager in
/// the default region.
async fn endpoints(aws: &Aws, plan: &Plan) -> Vec<ExaminedEndpoint> {
    let mut services: BTreeSet<(bool, Option<&str>)> = BTreeSet::new();
    for Planned { step, .. } in &plan.entries {
        if let Some(parameter) = &step.parameter {
            services.insert((true, parameter.region()));
            // What the parameter holds is not known yet; mostly it is a secret beside it.
            services.insert((false, parameter.region()));
        }
        if let Some(Source { id, .. }) = step.otherwise.source() {
            services.insert((matches!(id, ValueId::Parameter(_)), id.region()));
        }
    }
    if services.is_empty() {
        services.insert((false, None));
    }
    let mut found: Vec<ExaminedEndpoint> = Vec::new();
    for (is_ssm, region) in services {
        let Some(region) = region.or(aws.region()) else { continue };
        let service = if is_ssm { Service::Ssm } else { Service::SecretsManager };
        if found.iter().any(|known| known.service == service && known.region == region) {
            continue;
        }
        let endpoint = match service {
            #[cfg(feature = "ssm")]
            Service::Ssm => hydrant_ssm::ParameterStoreClient::endpoint(aws, region).await,
            _ => SecretsManager::endpoint(aws, region).await,
        };
        found.push(ExaminedEndpoint { service, region: region.to_owned(), endpoint, answer: None });
    }
    found
}

/// Asks STS who asks. Where the services stand at an address that is not AWS's, their credentials
/// are not shown to AWS either.
async fn caller(
    aws: Option<&Aws>,
    endpoints: &[ExaminedEndpoint],
    limit: Duration,
) -> Option<Result<Caller, StoreError>> {
    let aws = aws?;
    let is_own = |one: &ExaminedEndpoint| {
        one.endpoint.as_ref().is_some_and(|at| at.source == SettingSource::Aws)
    };
    if aws.named_endpoint(Service::Sts).is_none()
        && !endpoints.is_empty()
        && !endpoints.iter().any(is_own)
    {
        return None;
    }
    let late = || {
        Err(StoreError::new(
            StoreErrorKind::TimedOut,
            Action::GetCallerIdentity,
            "no answer in time",
        ))
    };
    Some(timeout(limit, aws.caller()).await.unwrap_or_else(|_| late()))
}

/// Sends one request to each distinct address.
async fn probe(aws: &Aws, endpoints: &mut [ExaminedEndpoint], limit: Duration) {
    let mut distinct: Vec<Endpoint> = Vec::new();
    for endpoint in endpoints.iter().filter_map(|one| one.endpoint.as_ref()) {
        if !distinct.iter().any(|known| known.is_at(endpoint)) {
            distinct.push(endpoint.clone());
        }
    }
    let answers = join_all(distinct.iter().map(|endpoint| async move {
        let late =
            || Err(StoreError::new(StoreErrorKind::TimedOut, Action::Probe, "no answer in time"));
        timeout(limit, aws.probe(endpoint)).await.unwrap_or_else(|_| late())
    }));
    let answers = answers.await;
    for one in endpoints {
        let endpoint = one.endpoint.as_ref();
        let index = distinct
            .iter()
            .position(|known| endpoint.is_some_and(|endpoint| known.is_at(endpoint)));
        one.answer = index.map(|index| answers[index].clone());
    }
}

/// What makes it useless to ask for the entries.
fn stopped(
    settings: &[(&'static str, StoreError)],
    trust: &Result<Trusted, StoreError>,
    credentials: &Option<Result<CurrentCredentials, StoreError>>,
    endpoints: &[ExaminedEndpoint],
) -> Option<StoreError> {
    let of_settings = settings.first().map(|(_, error)| error).or(trust.as_ref().err());
    let of_credentials = || credentials.as_ref().and_then(|found| found.as_ref().err());
    let failed = |one: &ExaminedEndpoint| {
        one.answer.as_ref().and_then(|answer| answer.as_ref().err().cloned())
    };
    let of_endpoints = || match endpoints.iter().all(|one| failed(one).is_some()) {
        true => endpoints.iter().find_map(failed),
        false => None,
    };
    of_settings.or_else(of_credentials).cloned().or_else(of_endpoints)
}

fn entries(
    deployed: &Plan,
    now: &Plan,
    env: &Env,
    read: Report,
    described: Option<Report>,
    asked: bool,
) -> Vec<ExaminedEntry> {
    let mut described = described.map(|report| report.entries.into_iter());
    let each = deployed.entries.iter().zip(&now.entries).zip(read.entries).map(
        |((planned, now), report)| {
            let described = described.as_mut().and_then(Iterator::next);
            let local = planned.step.is_local();
            ExaminedEntry {
                asked: asked && !local,
                selector: planned.selector().clone(),
                source_key: source_key(planned, env, report.absent_parameter.is_some()),
                set: env.layer(&planned.entry.name),
                stops: !now.step.is_kept() && report.stops(false),
                described: described.filter(|_| !local),
                report,
            }
        },
    );
    each.collect()
}

/// Which source key decides. `is_absent` says that the parameter which should hold the reference
/// does not exist.
fn source_key(planned: &Planned<Step>, env: &Env, is_absent: bool) -> Option<String> {
    Some(match planned.origin(is_absent)? {
        Origin::Variable(name) if env.layer(&name) == Some(Layer::EnvFile) => {
            format!("{name} in the env file")
        }
        Origin::Manifest => planned.entry.source_keys.reference()?.0.to_owned(),
        origin => origin.to_string(),
    })
}
