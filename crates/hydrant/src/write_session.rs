//! A write session: entries with their destinations, found once, and what is done there. Each call
//! has a deadline of its own, and an intent and an outcome in the audit log, if there is one.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use hydrant_core::manifest::{Entry, Selected};
use hydrant_core::plan::{PlanOptions, plan};
use hydrant_core::store::Receipt;
use hydrant_core::write::delete::{self, Deleted};
use hydrant_core::write::destination::{Destination, destinations};
use hydrant_core::write::history;
use hydrant_core::write::options::PutOptions;
use hydrant_core::write::put;
use hydrant_core::write::rollback::{self, Rollback};
use hydrant_core::write::rotate::{self, Rotation};
use hydrant_core::write::status::{self, State, Status};
use hydrant_core::write::store::SecretVersion;
use hydrant_core::write::whole::Written;
use hydrant_core::write::{RecoveryWindow, WriteFailure, Writers};
use hydrant_core::{Limits, SecretValue};
use tokio::sync::OnceCell;

use crate::audit::{AuditLog, Entry as Recorded, Intent, Outcome};
use crate::call::Call;
use crate::error::Error;
use crate::fork::{Own, in_process};
use crate::hydrator::{AUDIT_LOG, CONNECTION, Hydrator, RESPONSES};

/// Entries with their destinations, and the connection to write them with.
#[derive(Debug)]
pub struct WriteSession {
    pub(crate) call: Call,
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

impl Call {
    /// The entries of a call that writes. Nothing is asked yet.
    pub(crate) fn selected(&self) -> Result<Selected, Error> {
        let hydrator = &self.hydrator;
        if hydrator.shared.options.offline {
            return Err(Error::Offline);
        }
        Ok(hydrator.shared.manifest.select(&self.selection(), &hydrator.shared.env)?)
    }

    /// Finds where the values of these entries are written. A parameter that holds a reference is
    /// read; a value never is.
    pub(crate) async fn session(self, selected: Selected) -> Result<WriteSession, Error> {
        let hydrator = &self.hydrator;
        let env = &hydrator.shared.env;
        let parameters = hydrator.has_parameter_store();
        let options = PlanOptions { ignore_set: true, parameters, ..PlanOptions::default() };
        let plan = plan(&selected, env, options);
        let limits = self.limits();
        let found = in_process(async {
            hydrator.wait_for(CONNECTION);
            let connection = hydrator.connection();
            let options = hydrator.aws_options(&limits);
            let writers = connection.writers(&plan, env, options, &limits).await;
            let writers = writers.map_err(Error::Connection)?;
            hydrator.wait_for(RESPONSES);
            let mut destinations = destinations(plan, &writers.stores, &limits).await;
            compare_accounts(hydrator, &mut destinations).await;
            Ok((writers, destinations, hydrator.audit_log(connection, self.actor()).await))
        });
        let (writers, destinations, audit) = found.await?;
        let (writers, own_account) = (Own::new(writers), OnceCell::new());
        let entries = selected.entries;
        Ok(WriteSession { call: self, writers, audit, own_account, entries, destinations })
    }
}

impl WriteSession {
    pub(crate) fn limits(&self) -> Limits {
        self.call.limits()
    }

    /// What writes; not in a child of fork(2), which finds the destinations anew.
    pub(crate) fn writers(&self) -> Result<&Writers, Error> {
        self.writers.get().ok_or(Error::Forked)
    }

    /// Does something to one secret, recorded before and after.
    pub(crate) async fn recorded<T>(
        &self,
        action: &'static str,
        destination: &Destination,
        variables: &[&str],
        work: impl Future<Output = Result<T, WriteFailure>> + Send,
        version: impl FnOnce(&T) -> Option<String> + Send,
    ) -> Result<T, Error>
    where
        T: Send + Sync,
    {
        let work = async {
            let intent = match &self.audit {
                Some(log) => {
                    self.call.hydrator.wait_for(AUDIT_LOG);
                    Some(log.intent(action, variables, &destination.shown).await?)
                }
                None => None,
            };
            self.call.hydrator.wait_for(RESPONSES);
            // What a panic leaves undone may have been done: its intent has an unknown outcome.
            let done = AssertUnwindSafe(work).catch_unwind().await.map_err(|_| Error::Panicked)?;
            self.log(action, destination, variables, done.as_ref().err());
            if let Some(intent) = intent {
                self.call.hydrator.wait_for(AUDIT_LOG);
                record(intent, &done, version).await?;
            }
            Ok(done?)
        };
        in_process(work).await
    }

    /// Tells the log what became of it. A failure is at debug level: the caller gets it as an
    /// error.
    fn log(
        &self,
        action: &'static str,
        destination: &Destination,
        variables: &[&str],
        failure: Option<&WriteFailure>,
    ) {
        let (variables, reference) = (variables.join(", "), &*destination.shown);
        match failure {
            None if self.call.info_events() => tracing::info!(
                action,
                variables,
                reference,
                outcome = "done",
                "{action} of {variables}"
            ),
            None => tracing::debug!(
                action,
                variables,
                reference,
                outcome = "done",
                "{action} of {variables}"
            ),
            Some(failure) => tracing::debug!(
                action,
                variables,
                reference,
                outcome = if failure.may_have_been_done() { "unknown" } else { "failed" },
                reason = failure.word(),
                "{action} of {variables}: {failure}"
            ),
        }
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
        options: &PutOptions,
    ) -> Result<Written, Error> {
        let limits = self.limits();
        let work = put::put(destination, value, options, self.writers()?, &limits);
        self.recorded("put", destination, &[&destination.entry.name], work, |written| {
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
            self.call.hydrator.wait_for(RESPONSES);
            let ask = || async {
                self.call
                    .hydrator
                    .connection()
                    .account_by_sts(limits)
                    .await
                    .map_err(Error::Connection)
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
