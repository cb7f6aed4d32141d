//! The audit log: an intent, on disk before anything is asked of AWS, and an outcome after it,
//! under one id.
//!
//! Owns the order of the two and what is done where one cannot be written. The file is in `file`,
//! the form of a line in `record`, who it was in `who`, and what a hydration records in `reads`.
//! Nothing here can hold a value.

mod error;
mod file;
mod record;
mod who;

mod reads;

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use hydrant_core::shown;
#[cfg(feature = "write")]
use hydrant_core::store::Receipt;

pub use error::AuditError;
pub(crate) use file::LogPath;
pub(crate) use reads::Reads;
pub(crate) use record::{Entry, Outcome};
pub(crate) use who::Who;

use crate::fork::Own;
use crate::rfc3339::rfc3339;
use error::Stage;
use record::{Event, Record};

/// Where records go, and who they name.
#[derive(Clone, Debug)]
pub(crate) struct AuditLog {
    path: LogPath,
    command: String,
    who: Arc<Who>,
}

/// An intent that is on disk, until its outcome is. Dropped without one it writes the outcome
/// `unknown`.
#[derive(Debug)]
#[must_use = "what is dropped without an outcome is recorded as unknown"]
pub(crate) struct Intent {
    log: AuditLog,
    /// The file that has the intent; after a rotation in between the outcome still stands beside
    /// it.
    file: File,
    id: String,
    action: &'static str,
    entries: Vec<Entry>,
    /// What it came to, as far as that is known.
    outcome: Outcome,
    /// Whether the outcome was written, or could not be.
    settled: bool,
    /// A child of fork(2) has a copy of the intent; its outcome is for the parent to write.
    writer: Own<()>,
}

impl AuditLog {
    /// Opens nothing yet.
    pub(crate) fn new(path: LogPath, command: &str, who: Who) -> Self {
        AuditLog { path, command: command.to_owned(), who: who.into() }
    }

    /// Records that these variables of one secret are about to be worked on. `reference` is the
    /// place as it may be shown.
    ///
    /// # Errors
    ///
    /// The record is not on disk: nothing may be asked.
    #[cfg(feature = "write")]
    pub(crate) async fn intent<V: AsRef<str>>(
        &self,
        action: &'static str,
        variables: &[V],
        reference: &str,
    ) -> Result<Intent, AuditError> {
        let entries = variables.iter().map(|variable| Entry::new(variable.as_ref(), reference));
        self.intent_of(action, entries.collect()).await
    }

    /// The same for variables of several secrets.
    ///
    /// # Errors
    ///
    /// The record is not on disk: nothing may be asked.
    pub(crate) async fn intent_of(
        &self,
        action: &'static str,
        entries: Vec<Entry>,
    ) -> Result<Intent, AuditError> {
        let id = record::new_id();
        let line = self.line(&id, action, Event::Intent, None, &entries);
        let log = self.clone();
        // The thread that writes the intent makes the `Intent`: where nobody waits for it any more,
        // it is dropped there, which writes its outcome.
        let written = off_thread(move || {
            let file = file::open(&log.path)?;
            file::append(&file, &line)?;
            Ok(Intent {
                log,
                file,
                id,
                action,
                entries,
                outcome: Outcome::Unknown,
                settled: false,
                writer: Own::new(()),
            })
        });
        written.await.map_err(|source| self.error(Stage::Intent, action, source))
    }

    fn line(
        &self,
        id: &str,
        action: &'static str,
        event: Event,
        outcome: Option<Outcome>,
        entries: &[Entry],
    ) -> Vec<u8> {
        let time = rfc3339(SystemTime::now());
        let command = &self.command;
        Record { time, id, event, action, command, outcome, who: &self.who, entries }.line()
    }

    fn error(&self, stage: Stage, action: &'static str, source: io::Error) -> AuditError {
        AuditError::new(&self.path.shown(), stage, action, source)
    }
}

impl Intent {
    /// Records that it was done, with the version that was made or changed and AWS's id of the
    /// request.
    ///
    /// # Errors
    ///
    /// The outcome is not on disk; the error says that it was done all the same.
    #[cfg(feature = "write")]
    pub(crate) async fn done(mut self, receipt: &Receipt) -> Result<(), AuditError> {
        for entry in &mut self.entries {
            entry.done("done", receipt);
        }
        self.settle(Outcome::Done).await
    }

    /// Records that it failed, or that nobody knows: the kind in one word, AWS's error code and id
    /// of the request. AWS's message has no place here: it may repeat a reference that was pasted
    /// by mistake.
    ///
    /// # Errors
    ///
    /// The outcome is not on disk.
    #[cfg(feature = "write")]
    pub(crate) async fn failed(
        mut self,
        outcome: Outcome,
        reason: &'static str,
        code: Option<&str>,
        request_id: Option<&str>,
    ) -> Result<(), AuditError> {
        for entry in &mut self.entries {
            entry.failed("failed", reason, code, request_id);
        }
        self.settle(outcome).await
    }

    /// Records what became of each entry.
    ///
    /// # Errors
    ///
    /// The outcome is not on disk.
    pub(crate) async fn settle_each(
        mut self,
        outcome: Outcome,
        entries: Vec<Entry>,
    ) -> Result<(), AuditError> {
        self.entries = entries;
        self.settle(outcome).await
    }

    async fn settle(mut self, outcome: Outcome) -> Result<(), AuditError> {
        let (log, action) = (self.log.clone(), self.action);
        // A runtime that ends drops what it has not begun: the outcome is written all the same
        // then.
        self.outcome = outcome;
        let written = off_thread(move || self.write()).await;
        let stage = if outcome == Outcome::Failed { Stage::Failed } else { Stage::Done };
        written.map_err(|source| log.error(stage, action, source))
    }

    /// Writes the outcome. Whatever comes of it, it was tried.
    fn write(&mut self) -> io::Result<()> {
        self.settled = true;
        let line =
            self.log.line(&self.id, self.action, Event::Outcome, Some(self.outcome), &self.entries);
        file::append(&self.file, &line)
    }
}

/// A future that is dropped half-way, a runtime that ends, or a panic. There is no one to tell of a
/// failure but the log.
impl Drop for Intent {
    fn drop(&mut self) {
        if self.settled || self.writer.get().is_none() {
            return;
        }
        if let Err(error) = self.write() {
            let path = self.log.path.shown();
            let path = shown::path(&path);
            tracing::error!(%path, "failed to write an outcome to the audit log {path}: {error}");
        }
    }
}

/// Waiting for a disk is not for the threads of a runtime.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

#[cfg(test)]
mod tests;
