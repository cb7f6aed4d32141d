//! Why a hydration gave no values. Holds no value and no way to one.

mod kind;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;

use hydrant_core::apply::ApplyError;
use hydrant_core::manifest::{ReadError, SelectError};
use hydrant_core::reason::Reason;
use hydrant_core::shown;
use hydrant_core::store::StoreError;
#[cfg(feature = "write")]
use hydrant_core::write::WriteFailure;
use hydrant_core::{EntryReport, EnvFileError, Message, Report, Severity};

use crate::audit::AuditError;
use crate::rewrite::{self, CalledFrom};

pub use kind::ErrorKind;

/// Why a hydration gave no values; nothing was set.
///
/// `Debug` gives the same text as `Display`, and the causes: it is what `main` prints for an error
/// that it returns.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The manifest cannot be read, or has problems; all of them.
    #[error(transparent)]
    Manifest(#[from] ReadError),
    /// The profile, the names, or `${name}` do not fit the manifest.
    #[error(transparent)]
    Selection(#[from] SelectError),
    /// The env file cannot be read, or has lines that cannot.
    #[error(transparent)]
    EnvFile(#[from] EnvFileError),
    /// Required entries have no value; all of them.
    #[error(transparent)]
    MissingSecrets(MissingSecrets),
    /// A secret was not written.
    #[cfg(feature = "write")]
    #[error(transparent)]
    Write(WriteFailure),
    /// AWS could not be addressed at all.
    #[error("{}", _0.kind)]
    Connection(#[source] StoreError),
    /// A write, or a question to AWS, of a hydrator that is offline.
    #[error("AWS is not asked (offline), and without it this cannot be done")]
    Offline,
    /// A value that no environment variable can hold, or a system that does not list threads.
    /// Nothing was set.
    #[error("the environment was not set")]
    Apply(#[source] ApplyError),
    /// [`hydrate`](crate::hydrate) would set variables while other threads run, and any of them may
    /// read the environment at that moment. Nothing was set.
    ///
    /// Call it first in `main`:
    ///
    /// ```no_run
    #[doc = rewrite::first_in_main!()]
    /// ```
    ///
    /// On another thread than that of `main`, as in a test, read the values instead:
    ///
    /// ```no_run
    /// # fn test() -> Result<(), hydrant::Error> {
    #[doc = rewrite::values!()]
    /// # drop(key.cloned());
    /// # Ok(())
    /// # }
    /// ```
    #[error(
        "{count} other thread(s) are running, and setting a variable while one of them reads the \
         environment is undefined behaviour; {from}"
    )]
    OtherThreads {
        /// How many, without the one that called.
        count: usize,
        /// Where it was called.
        from: CalledFrom,
    },
    /// [`hydrate`](crate::hydrate) would set variables on a thread that runs an async runtime.
    /// Nothing was set.
    ///
    /// In the place of `#[tokio::main]`:
    ///
    /// ```no_run
    #[doc = rewrite::multi_thread!()]
    /// ```
    ///
    /// In the place of `#[tokio::main(flavor = "current_thread")]`:
    ///
    /// ```no_run
    #[doc = rewrite::current_thread!()]
    /// ```
    #[error("this call blocks and sets variables, and the thread runs an async runtime; {from}")]
    InsideRuntime {
        /// Which kind of runtime.
        from: CalledFrom,
    },
    /// A call that the parent process began, in a child of fork(2). Make it again in the child.
    #[error(
        "this call was started before the process forked, and cannot continue in the child; make it again there"
    )]
    Forked,
    /// The environment was hydrated before with other options.
    #[error(
        "the environment of this process was already hydrated, with other options (manifest {})",
        shown::path(first)
    )]
    OtherOptions {
        /// The manifest of the first call.
        first: PathBuf,
    },
    /// The runtime for the calls could not be built.
    #[error("failed to start the runtime for the calls to AWS")]
    Runtime(#[source] std::io::Error),
    /// A library that hydrant asks AWS with panicked, which is a bug. The connection and the
    /// runtime are not used again.
    #[error("internal error: a call to AWS ended in a panic")]
    Panicked,
    /// A record of the audit log could not be written; [`AuditError::was_done`] says whether AWS
    /// was asked.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// A variable that hydrant uses is twice in the process's environment, with different values.
    #[error("{variable} is set twice in the environment, to different values")]
    SetTwice {
        /// The variable.
        variable: String,
    },
    /// A `HYDRANT_*` variable of the process is not valid.
    #[error("{variable} is not {expected}")]
    Setting {
        /// The variable.
        variable: &'static str,
        /// What it should hold.
        expected: &'static str,
    },
}

impl Error {
    /// How severe it is, where AWS was to be asked: of several entries the most severe counts.
    pub fn severity(&self) -> Option<Severity> {
        match self {
            Error::MissingSecrets(missing) => missing.severity(),
            #[cfg(feature = "write")]
            Error::Write(failure) => Some(failure.severity()),
            Error::Connection(error) => Some(error.severity()),
            _ => None,
        }
    }
}

impl From<ApplyError> for Error {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::OtherThreads { count } => {
                Error::OtherThreads { count, from: CalledFrom::here() }
            }
            error => Error::Apply(error),
        }
    }
}

#[cfg(feature = "write")]
impl From<WriteFailure> for Error {
    fn from(failure: WriteFailure) -> Self {
        Error::Write(failure)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let causes = std::iter::successors(std::error::Error::source(self), |cause| cause.source());
        causes.into_iter().try_for_each(|cause| write!(f, ": {cause}"))
    }
}

/// Required entries without a value, with the report of the whole hydration.
#[derive(Clone, Debug)]
pub struct MissingSecrets {
    report: Report,
    strict: bool,
}

impl MissingSecrets {
    pub(crate) fn new(report: Report, strict: bool) -> Self {
        MissingSecrets { report, strict }
    }

    /// What became of each entry.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// How severe the most severe of them is.
    pub fn severity(&self) -> Option<Severity> {
        self.report.severity(self.strict)
    }

    /// Whether the same call may succeed later, because each of them was not reached, was throttled
    /// or got no response in time.
    pub fn is_transient(&self) -> bool {
        self.entries().all(|entry| entry.outcome.reason().is_some_and(Reason::is_transient))
    }

    /// What is said of them, and of the entries that share a cause with them.
    pub fn messages(&self) -> impl Iterator<Item = Message<'_>> {
        self.report.stopping_messages(self.strict)
    }

    /// The entries that stop the start.
    pub fn entries(&self) -> impl Iterator<Item = &EntryReport> {
        self.report.stopping(self.strict)
    }
}

/// Every entry that stops the start, with its line, its reason, what AWS said and what to do. There
/// may be many, so none of them is the [`source`](std::error::Error::source).
impl fmt::Display for MissingSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let manifest = shown::path(&self.report.manifest);
        write!(
            f,
            "{} of {} entries of {manifest} have no value",
            self.entries().count(),
            self.report.entries.len()
        )?;
        for message in self.messages() {
            write!(f, "\n{}", message.text)?;
            if let Some(hint) = message.hint() {
                write!(f, "\n  hint: {hint}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for MissingSecrets {}
