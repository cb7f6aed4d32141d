//! What an error means, in a few kinds: for an HTTP status or a class of exceptions, and for
//! whether the call is made again.

use hydrant_core::apply::ApplyError;
use hydrant_core::manifest::{ReadError, SelectError};
#[cfg(feature = "write")]
use hydrant_core::write::{WriteFailure, WriteProblem};
use hydrant_core::{EnvFileError, Severity};

use super::Error;

/// What an [`Error`] means, in a few kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The manifest or the env file has problems.
    Manifest,
    /// What the call or a `HYDRANT_…` variable asks for is not possible: an unknown profile or
    /// entry, an invalid `${name}`, a write while offline, a call on the wrong thread.
    Usage,
    /// A file could not be read or written: the manifest, the env file, the audit log.
    File,
    /// No credentials, no region, a refused endpoint, or invalid AWS settings.
    Setup,
    /// AWS has no such secret, parameter, version or value.
    Missing,
    /// AWS denied access, or the key that encrypts the value cannot be used.
    Denied,
    /// AWS was not reached, throttled the calls until the deadline, or did not respond in time.
    Unavailable,
    /// A response, or a value that is stored, cannot be used.
    Unusable,
    /// The value or the token that was given cannot be written.
    InvalidValue,
    /// Another write came in between, or another secret has the name.
    Conflict,
    /// hydrant refuses the change, because of what the entry or its secret is.
    Refused,
    /// A bug in hydrant, or a system without the resources for a runtime.
    Internal,
}

impl From<Severity> for ErrorKind {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Missing => ErrorKind::Missing,
            Severity::Unusable => ErrorKind::Unusable,
            Severity::Unreachable => ErrorKind::Unavailable,
            Severity::Denied => ErrorKind::Denied,
            Severity::Setup => ErrorKind::Setup,
        }
    }
}

impl Error {
    /// What it means. Of several entries without a value the most severe counts.
    ///
    /// ```
    /// use hydrant::{Env, ErrorKind, Hydrator, MemoryStore};
    ///
    /// # fn main() -> Result<(), hydrant::Error> {
    /// let hydrator = Hydrator::builder()
    ///     .manifest_text("version = 1\n[secrets.OPENAI_API_KEY]\nsecret_id = \"demo/openai\"\n")
    ///     .env(Env::default())
    ///     .stores(MemoryStore::new().stores())
    ///     .build()?;
    /// let error = hydrator.read().values_blocking().expect_err("the store has no secret");
    /// assert_eq!(error.kind(), ErrorKind::Missing);
    /// assert!(!error.is_transient());
    /// # Ok(())
    /// # }
    /// ```
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Manifest(ReadError::Io { .. })
            | Error::EnvFile(EnvFileError::Io { .. })
            | Error::Audit(_) => ErrorKind::File,
            Error::Selection(SelectError::Usage(_))
            | Error::Setting { .. }
            | Error::SetTwice { .. }
            | Error::Offline
            | Error::OtherOptions { .. }
            | Error::OtherThreads { .. }
            | Error::InsideRuntime { .. }
            | Error::Forked
            | Error::Apply(ApplyError::OtherThreads { .. }) => ErrorKind::Usage,
            Error::Manifest(_) | Error::Selection(_) | Error::EnvFile(_) => ErrorKind::Manifest,
            Error::MissingSecrets(missing) => {
                missing.severity().map_or(ErrorKind::Missing, ErrorKind::from)
            }
            #[cfg(feature = "write")]
            Error::Write(failure) => of_write(failure),
            Error::Connection(error) => error.severity().into(),
            Error::Apply(ApplyError::Nul { .. }) => ErrorKind::Unusable,
            Error::Apply(ApplyError::ThreadsUnknown(_)) | Error::Runtime(_) | Error::Panicked => {
                ErrorKind::Internal
            }
        }
    }

    /// Whether the same call may succeed later: AWS was not reached, throttled the calls or did not
    /// respond in time, or another write came in between. Several entries without a value have to
    /// be so all. [`Forked`](Error::Forked) counts: the child makes the call again.
    ///
    /// hydrant has made each call again until the deadline, so wait before the next attempt. A
    /// write may have been done nevertheless, as
    /// [`WriteFailure::may_have_been_done`](hydrant_core::write::WriteFailure::may_have_been_done)
    /// says: a put with the token of the first attempt makes no second version.
    pub fn is_transient(&self) -> bool {
        match self {
            Error::MissingSecrets(missing) => missing.is_transient(),
            #[cfg(feature = "write")]
            Error::Write(failure) => failure.is_transient(),
            Error::Connection(error) => error.is_transient(),
            Error::Forked => true,
            _ => false,
        }
    }
}

#[cfg(feature = "write")]
fn of_write(failure: &WriteFailure) -> ErrorKind {
    match &*failure.problem {
        WriteProblem::EmptyValue
        | WriteProblem::TooLong { .. }
        | WriteProblem::InvalidToken
        | WriteProblem::TokenUsed
        | WriteProblem::TokenForParameter => ErrorKind::InvalidValue,
        WriteProblem::BadWindow | WriteProblem::AmbiguousVersion => ErrorKind::Usage,
        WriteProblem::ChangedMeanwhile | WriteProblem::ExistsAlready { .. } => ErrorKind::Conflict,
        WriteProblem::NoDestination(_) | WriteProblem::NotMergeable(_) | WriteProblem::Store(_) => {
            failure.severity().into()
        }
        _ if failure.severity() == Severity::Missing => ErrorKind::Missing,
        _ => ErrorKind::Refused,
    }
}
