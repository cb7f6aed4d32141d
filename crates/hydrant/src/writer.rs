//! Setting secrets without reading them: the write side of one manifest, async.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, stream};
use hydrant_core::manifest::{Entry, SelectError};
use hydrant_core::plan::{PlanOptions, plan};
use hydrant_core::store::{Receipt, StoreErrorKind};
use hydrant_core::write::delete::{self, Deleted};
use hydrant_core::write::destination::{Destination, destinations};
use hydrant_core::write::history;
use hydrant_core::write::import::{CONCURRENT_WRITES, ImportStep};
use hydrant_core::write::put::{self, PutOptions};
use hydrant_core::write::rollback::{self, Rollback};
use hydrant_core::write::rotate::{self, Rotation};
use hydrant_core::write::status::{self, State, Status, Unlisted};
use hydrant_core::write::store::SecretVersion;
use hydrant_core::write::whole::Written;
use hydrant_core::write::{RecoveryWindow, WriteFailure, Writers};
use hydrant_core::{Limits, SecretValue};
use tokio::sync::OnceCell;

use crate::audit::{AuditLog, Entry as Recorded, Intent, Outcome};
use crate::error::Error;
use crate::fork::{Own, in_process};
use crate::hydrator::{AUDIT_LOG, CONNECTION, Hydrator, RESPONSES};

/// How long throttled steps of an import wait before they are tried again.
const QUOTA_PERIOD: Duration = Duration::from_secs(1);

/// Sets the secrets of a manifest, for roles that may write and describe but never read a value. A
/// service lets its users set with it what they cannot read.
///
/// Made by [`Hydrator::writer`]. Each call finds the destinations of the entries it is asked for,
/// as a read does, and acts there.
///
/// ```no_run
/// # async fn example() -> Result<(), hydrant::Error> {
/// use hydrant::{Hydrator, SecretValue, write::PutOptions};
///
/// let hydrator = Hydrator::builder().build()?;
/// let writer = hydrator.writer().var("org", "acme");
/// let written = writer.put("OPENAI_API_KEY", SecretValue::from("sk-…"), PutOptions::default()).await?;
/// println!("{} is now at version {}", written.place, written.version);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Writer<'h> {
    hydrator: &'h Hydrator,
    vars: Vec<(String, String)>,
    actor: Option<String>,
}

/// Entries with their destinations, and the connection to write them with.
#[derive(Debug)]
pub struct WriteSession<'h> {
    hydrator: &'h Hydrator,
    writers: Own<Writers>,
    audit: Option<AuditLog>,
    /// The account of the credentials as STS says it, once it was asked.
    own_account: OnceCell<Option<String>>,
    /// The entries, in the order of the manifest.
    pub entries: Vec<Arc<Entry>>,
    /// Where each entry's value is written, or why that could not be found; one for each of
    /// `entries`.
    pub destinations: Vec<Result<Destination, WriteFailure>>,
}

impl Hydrator {
    /// The write side: sets secrets without reading them.
    pub fn writer(&self) -> Writer<'_> {
        Writer { hydrator: self, vars: Vec::new(), actor: self.options.actor.clone() }
    }
}

impl<'h> Writer<'h> {
    /// A value for `${name}` of this writer's own, such as the organisation of a request.
    pub fn var(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.vars.push((name.into(), value.into()));
        self
    }

    /// For the audit log: on whose behalf, such as the user of a request.
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// Finds where the values of these entries are written; of all that the hydrator selects for
    /// none. A parameter that holds a reference is read; a value never is.
    ///
    /// # Errors
    ///
    /// [`Error::Selection`] for names and variables that do not fit the manifest,
    /// [`Error::Offline`], and [`Error::Connection`] if AWS cannot be addressed at all. What is
    /// wrong with one entry is in its destination.
    pub async fn session(&self, variables: &[&str]) -> Result<WriteSession<'h>, Error> {
        let hydrator = self.hydrator;
        if hydrator.options.offline {
            return Err(Error::Offline);
        }
        let mut selection = hydrator.options.selection.clone();
        if !variables.is_empty() {
            selection.only = variables.iter().map(|name| (*name).to_owned()).collect();
        }
        selection.vars.retain(|(name, _)| !self.vars.iter().any(|(given, _)| given == name));
        selection.vars.extend_from_slice(&self.vars);
        let selected = hydrator.manifest().select(&selection, hydrator.env())?;
        let parameters = hydrator.has_parameter_store();
        let plan = plan(
            &selected,
            hydrator.env(),
            PlanOptions { ignore_set: true, parameters, ..PlanOptions::default() },
        );
        let limits = hydrator.limits();
        let found = in_process(async {
            hydrator.wait_for(CONNECTION);
            let writers = hydrator.writers(&plan, &limits).await.map_err(Error::Connection)?;
            hydrator.wait_for(RESPONSES);
            let mut destinations = destinations(plan, &writers.stores, &limits).await;
            compare_accounts(hydrator, &mut destinations).await;
            Ok((writers, destinations, hydrator.audit_log_for_writes(self.actor.as_deref()).await))
        });
        let (writers, destinations, audit) = found.await?;
        let (writers, own_account) = (Own::new(writers), OnceCell::new());
        Ok(WriteSession {
            hydrator,
            writers,
            audit,
            own_account,
            entries: selected.entries,
            destinations,
        })
    }

    /// The destination of one entry, with the connection.
    async fn single(&self, variable: &str) -> Result<(WriteSession<'h>, Destination), Error> {
        let mut session = self.session(&[variable]).await?;
        match session.destinations.pop() {
            Some(destination) => {
                destination.map(|destination| (session, destination)).map_err(Error::from)
            }
            // The selection has refused a name that no entry has.
            None => Err(Error::Selection(SelectError::Usage(Vec::new()))),
        }
    }

    /// Puts a new value: a new version of the secret, the secret itself with
    /// [`PutOptions::create`], or a parameter. Running processes keep the old value until they
    /// start again.
    ///
    /// # Errors
    ///
    /// [`Error::Write`], and those of [`Writer::session`].
    pub async fn put(
        &self,
        variable: &str,
        value: SecretValue,
        options: PutOptions,
    ) -> Result<Written, Error> {
        let (session, destination) = self.single(variable).await?;
        session.put(&destination, &value, options).await
    }

    /// Whether each entry that the hydrator selects has a value, since when, and when it is due for
    /// rotation.
    ///
    /// # Errors
    ///
    /// Those of [`Writer::session`].
    pub async fn status(&self) -> Result<Vec<Status>, Error> {
        self.session(&[]).await?.status().await
    }

    /// The versions of an entry's secret, the newest first.
    ///
    /// # Errors
    ///
    /// [`Error::Write`], and those of [`Writer::session`].
    pub async fn history(&self, variable: &str) -> Result<Vec<SecretVersion>, Error> {
        let (session, destination) = self.single(variable).await?;
        session.history(&destination).await
    }

    /// Moves AWSCURRENT back: to this version (an id, enough of its beginning, or a staging label),
    /// or to AWSPREVIOUS.
    ///
    /// # Errors
    ///
    /// [`Error::Write`], and those of [`Writer::session`].
    pub async fn rollback(&self, variable: &str, to: Option<&str>) -> Result<Rollback, Error> {
        let (session, destination) = self.single(variable).await?;
        let plan = session.rollback_plan(&destination, to).await?;
        session.rollback(&destination, &plan).await?;
        Ok(plan)
    }

    /// Deletes an entry's secret, to be restored within the window.
    ///
    /// # Errors
    ///
    /// [`Error::Write`], and those of [`Writer::session`].
    pub async fn delete(&self, variable: &str, window: RecoveryWindow) -> Result<Deleted, Error> {
        let (session, destination) = self.single(variable).await?;
        session.delete(&destination, window).await
    }

    /// Takes a deletion back.
    ///
    /// # Errors
    ///
    /// [`Error::Write`], and those of [`Writer::session`].
    pub async fn restore(&self, variable: &str) -> Result<(), Error> {
        let (session, destination) = self.single(variable).await?;
        session.restore(&destination).await
    }

    /// Starts AWS's rotation; answers with the version that it makes, if AWS says.
    ///
    /// # Errors
    ///
    /// [`Error::Write`], and those of [`Writer::session`].
    pub async fn rotate(
        &self,
        variable: &str,
        rotation: &Rotation,
    ) -> Result<Option<String>, Error> {
        let (session, destination) = self.single(variable).await?;
        session.rotate(&destination, rotation).await
    }
}

/// Each call has a deadline of its own, and an intent and an outcome in the audit log, if there is
/// one.
impl WriteSession<'_> {
    fn limits(&self) -> Limits {
        self.hydrator.limits()
    }

    /// What writes; not in a child of fork(2), which finds the destinations anew.
    fn writers(&self) -> Result<&Writers, Error> {
        self.writers.get().ok_or(Error::Forked)
    }

    /// Does something to one secret, recorded before and after.
    async fn recorded<T>(
        &self,
        action: &'static str,
        destination: &Destination,
        variables: &[&str],
        work: impl Future<Output = Result<T, WriteFailure>>,
        version: impl FnOnce(&T) -> Option<String>,
    ) -> Result<T, Error> {
        let work = async {
            let intent = match &self.audit {
                Some(log) => {
                    self.hydrator.wait_for(AUDIT_LOG);
                    Some(log.intent(action, variables, &destination.shown).await?)
                }
                None => None,
            };
            self.hydrator.wait_for(RESPONSES);
            // What a panic leaves undone may have been done: its intent has an unknown outcome.
            let done = AssertUnwindSafe(work).catch_unwind().await.map_err(|_| Error::Panicked)?;
            if done.is_ok() {
                tracing::info!(
                    action,
                    ?variables,
                    place = destination.shown,
                    "{action} of {}",
                    variables.join(", ")
                );
            }
            if let Some(intent) = intent {
                self.hydrator.wait_for(AUDIT_LOG);
                record(intent, &done, version).await?;
            }
            Ok(done?)
        };
        in_process(work).await
    }

    /// Puts one entry's value.
    ///
    /// # Errors
    ///
    /// [`Error::Write`]; [`Error::Audit`] if it cannot be recorded.
    pub async fn put(
        &self,
        destination: &Destination,
        value: &SecretValue,
        options: PutOptions,
    ) -> Result<Written, Error> {
        let limits = self.limits();
        let work = put::put(destination, value, options, self.writers()?, &limits);
        self.recorded("put", destination, &[&destination.entry.name], work, |written| {
            Some(written.version.clone())
        })
        .await
    }

    /// Writes every step of an import, some at a time; `done` is told of each as it ends. What
    /// fails keeps no other from being written, but for an audit log that cannot be. What is
    /// throttled for the whole of its time is tried again for as long as others get through: AWS
    /// takes fifty writes a second, of all who write to an account.
    ///
    /// # Errors
    ///
    /// [`Error::Audit`] if a step cannot be recorded; nothing more was begun then.
    pub async fn import(
        &self,
        steps: &[ImportStep],
        options: PutOptions,
        mut done: impl FnMut(&ImportStep),
    ) -> Result<Vec<Result<Written, WriteFailure>>, Error> {
        let mut results: Vec<_> = steps.iter().map(|_| None).collect();
        let mut left: Vec<usize> = (0..steps.len()).collect();
        while !left.is_empty() {
            let mut running = stream::iter(std::mem::take(&mut left))
                .map(|index| async move { (index, self.import_step(&steps[index], options).await) })
                .buffer_unordered(CONCURRENT_WRITES);
            let (mut throttled, mut through) = (Vec::new(), false);
            while let Some((index, result)) = running.next().await {
                let result = match result {
                    Ok(written) => Ok(written),
                    Err(Error::Write(failure)) => Err(failure),
                    Err(error) => return Err(error),
                };
                through |= result.is_ok();
                // Who throttles is there, and lets others through.
                let answered = result.as_ref().map_or_else(is_throttled, |_| true);
                if answered {
                    self.hydrator.progress();
                }
                match &result {
                    Err(failure) if is_throttled(failure) => throttled.push(index),
                    _ => done(&steps[index]),
                }
                results[index] = Some(result);
            }
            match through {
                // A quota of calls a second fills up again in one.
                true if !throttled.is_empty() => {
                    tokio::time::sleep(QUOTA_PERIOD).await;
                    self.hydrator.progress();
                    left = throttled;
                }
                true => {}
                false => throttled.iter().for_each(|index| done(&steps[*index])),
            }
        }
        Ok(results.into_iter().flatten().collect())
    }

    async fn import_step(&self, step: &ImportStep, options: PutOptions) -> Result<Written, Error> {
        let variables: Vec<&str> = step.variables().collect();
        let limits = self.hydrator.step_limits();
        let work = step.write(options, self.writers()?, &limits);
        self.recorded("import", step.destination(), &variables, work, |written| {
            Some(written.version.clone())
        })
        .await
    }

    /// Whether each entry has a value.
    ///
    /// # Errors
    ///
    /// [`Error::Audit`] if it cannot be recorded.
    pub async fn status(self) -> Result<Vec<Status>, Error> {
        in_process(async move {
            let writers = self.writers.get().ok_or(Error::Forked)?;
            let limits = self.limits();
            let shown = |destination: &Result<Destination, WriteFailure>| match destination {
                Ok(destination) => destination.shown.clone(),
                Err(failure) => failure.place.clone().unwrap_or_default(),
            };
            let intent = match &self.audit {
                Some(log) => {
                    let each = self.entries.iter().zip(&self.destinations);
                    let entries = each.map(|(entry, destination)| {
                        Recorded::new(&entry.name, &shown(destination))
                    });
                    Some(log.intent_of("status", entries.collect()).await?)
                }
                None => None,
            };
            let statuses =
                status::status(self.destinations, &self.entries, &writers.stores, &limits).await;
            if let Some(intent) = intent {
                let failed = statuses
                    .iter()
                    .filter(|status| matches!(status.state, State::Unknown(_)))
                    .count();
                let outcome = match failed {
                    0 => Outcome::Done,
                    failed if failed == statuses.len() => Outcome::Failed,
                    _ => Outcome::Partial,
                };
                intent.settle_each(outcome, statuses.iter().map(recorded_status).collect()).await?;
            }
            Ok(statuses)
        })
        .await
    }

    /// Secrets in the folders of the manifest's own that no entry knows. Give it the
    /// destinations of the whole manifest.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] with what ListSecrets failed with.
    pub async fn unlisted(&self) -> Result<Vec<Unlisted>, Error> {
        let known: Vec<Destination> = self.destinations.iter().flatten().cloned().collect();
        let folders = status::folders(&known);
        let limits = self.limits();
        let work = status::unlisted(&known, &folders, self.writers()?, &limits);
        in_process(async { work.await.map_err(Error::Connection) }).await
    }

    /// The versions of an entry's secret.
    ///
    /// # Errors
    ///
    /// [`Error::Write`]; [`Error::Audit`] if it cannot be recorded.
    pub async fn history(&self, destination: &Destination) -> Result<Vec<SecretVersion>, Error> {
        let limits = self.limits();
        let work = history::history(destination, self.writers()?, &limits);
        self.recorded("history", destination, &[&destination.entry.name], work, |_| None).await
    }

    /// What a rollback would do; changes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub async fn rollback_plan(
        &self,
        destination: &Destination,
        to: Option<&str>,
    ) -> Result<Rollback, Error> {
        let limits = self.limits();
        let work = rollback::rollback_plan(destination, to, self.writers()?, &limits);
        in_process(async { Ok(work.await?) }).await
    }

    /// Moves AWSCURRENT as the plan says, if it is still where it was.
    ///
    /// # Errors
    ///
    /// [`Error::Write`]; [`Error::Audit`] if it cannot be recorded.
    pub async fn rollback(&self, destination: &Destination, plan: &Rollback) -> Result<(), Error> {
        let limits = self.limits();
        let work = rollback::rollback(destination, plan, self.writers()?, &limits);
        self.recorded("rollback", destination, &[&destination.entry.name], work, |()| {
            Some(plan.to.clone())
        })
        .await
    }

    /// The destination of a change that cannot be taken back. Where an ARN names the secret, STS is
    /// asked for the account of the credentials: what the environment, a profile or a program says
    /// of it may be wrong.
    async fn compared(
        &self,
        destination: &Destination,
        limits: &Limits,
    ) -> Result<Destination, Error> {
        let mut destination = destination.clone();
        if destination.account().is_some() && destination.check_changeable().is_ok() {
            self.hydrator.wait_for(RESPONSES);
            let ask = || async {
                self.hydrator.connection().account_by_sts(limits).await.map_err(Error::Connection)
            };
            let own = in_process(async { self.own_account.get_or_try_init(ask).await.cloned() });
            if let Some(own) = own.await? {
                destination.compare_account(&own);
            }
        }
        Ok(destination)
    }

    /// Deletes an entry's secret. Where it is named by an ARN, STS is asked for the account of the
    /// credentials first: a secret of another account is not deleted.
    ///
    /// # Errors
    ///
    /// [`Error::Write`]; [`Error::Connection`] if STS does not tell; [`Error::Audit`] if it cannot
    /// be recorded.
    pub async fn delete(
        &self,
        destination: &Destination,
        window: RecoveryWindow,
    ) -> Result<Deleted, Error> {
        let limits = self.limits();
        delete::check_delete(destination, window)?;
        let destination = &self.compared(destination, &limits).await?;
        destination.check_changeable()?;
        let work = delete::delete(destination, window, self.writers()?, &limits);
        self.recorded("delete", destination, &[&destination.entry.name], work, |_| None).await
    }

    /// Takes a deletion back.
    ///
    /// # Errors
    ///
    /// [`Error::Write`]; [`Error::Audit`] if it cannot be recorded.
    pub async fn restore(&self, destination: &Destination) -> Result<(), Error> {
        let limits = self.limits();
        let work = delete::restore(destination, self.writers()?, &limits);
        self.recorded("restore", destination, &[&destination.entry.name], work, |()| None).await
    }

    /// Whether a rotation can be started; changes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub async fn check_rotate(
        &self,
        destination: &Destination,
        rotation: &Rotation,
    ) -> Result<(), Error> {
        let limits = self.limits();
        let work = rotate::check_rotate(destination, rotation, self.writers()?, &limits);
        in_process(async { Ok(work.await?) }).await
    }

    /// Starts AWS's rotation; answers with the version that it makes, if AWS says. STS is asked as
    /// before a deletion.
    ///
    /// # Errors
    ///
    /// [`Error::Write`]: [`NoRotationFunction`](hydrant_core::write::WriteProblem) if no function
    /// is set or given; [`Error::Connection`] if STS does not tell; [`Error::Audit`] if it cannot
    /// be recorded.
    pub async fn rotate(
        &self,
        destination: &Destination,
        rotation: &Rotation,
    ) -> Result<Option<String>, Error> {
        let limits = self.limits();
        let destination = &self.compared(destination, &limits).await?;
        destination.check_changeable()?;
        let work = rotate::rotate(destination, rotation, self.writers()?, &limits);
        self.recorded("rotate", destination, &[&destination.entry.name], work, Clone::clone).await
    }
}

/// Records what became of a change.
async fn record<T>(
    intent: Intent,
    done: &Result<T, WriteFailure>,
    version: impl FnOnce(&T) -> Option<String>,
) -> Result<(), Error> {
    match done {
        Ok(done) => intent.done(&Receipt::new(version(done).as_deref(), None)).await?,
        Err(failure) => {
            let error = failure.store_error();
            let code = error.and_then(|error| error.code.as_deref());
            let request_id = error.and_then(|error| error.request_id.as_deref());
            let outcome =
                if failure.may_have_been_done() { Outcome::Unknown } else { Outcome::Failed };
            // The failure is what the caller has to know; it must not be lost behind this one.
            if let Err(error) = intent.failed(outcome, failure.word(), code, request_id).await {
                let cause = error.io_error();
                tracing::error!("{error}: {cause}");
            }
        }
    }
    Ok(())
}

/// Marks the secrets of other accounts, where the credentials tell their own without a call.
async fn compare_accounts(
    hydrator: &Hydrator,
    destinations: &mut [Result<Destination, WriteFailure>],
) {
    if !destinations.iter().flatten().any(|destination| destination.account().is_some()) {
        return;
    }
    if let Some(own) = hydrator.connection().account().await {
        destinations.iter_mut().flatten().for_each(|destination| destination.compare_account(&own));
    }
}

fn is_throttled(failure: &WriteFailure) -> bool {
    failure.store_error().is_some_and(|error| error.kind == StoreErrorKind::Throttled)
}

fn recorded_status(status: &Status) -> Recorded {
    let mut entry = Recorded::new(&status.variable, status.place.as_deref().unwrap_or_default());
    match &status.state {
        State::Unknown(failure) => {
            let error = failure.store_error();
            let code = error.and_then(|error| error.code.as_deref());
            entry.failed(
                "failed",
                failure.word(),
                code,
                error.and_then(|error| error.request_id.as_deref()),
            );
        }
        state => entry.done(state.word(), &Receipt::default()),
    }
    entry
}
