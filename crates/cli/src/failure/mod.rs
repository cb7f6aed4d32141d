//! Why a command ended without doing what was asked: the data, and the exit code that follows from
//! it. What is said of it is in `messages`, what to do in `hints`; `report` prints both.

pub(crate) mod exit;
pub(crate) mod hints;
mod messages;
pub(crate) mod panic;
pub(crate) mod report;

use std::path::PathBuf;
use std::time::Duration;

use hydrant::write::WriteFailure;
use hydrant::{Error, ErrorKind, Report};
use hydrant_core::Severity;
use hydrant_core::manifest::ManifestError;

use crate::export::ExportProblem;
use crate::files::catalogue_file::LoadError;
use crate::value_input::ValueProblem;

pub(crate) use messages::distinct;

/// Why a command ended without doing what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The library's error.
    Hydration(Error),
    /// The command line, or a setting beside it, is wrong.
    Usage { text: String, hint: Option<String> },
    /// Several things of the command line are wrong, each with what to do.
    Problems(Vec<Problem>),
    /// Entries whose references or keys cannot be used as they are, each with what to do.
    #[cfg_attr(not(feature = "deploy"), expect(dead_code, reason = "for what is generated"))]
    References(Vec<Problem>),
    /// The catalogue cannot be read, or has problems.
    Catalogue(LoadError),
    /// A file could not be read or written.
    File { doing: String, source: std::io::Error },
    /// A file that was to be written is there, and is not what would be written.
    #[cfg_attr(not(feature = "deploy"), expect(dead_code, reason = "for what is generated"))]
    Changed { path: PathBuf },
    /// What is wrong with a manifest, found with one profile after the other.
    Manifests(Vec<ManifestError>),
    /// Values that cannot be handed on, each with its variable.
    Values(Vec<String>),
    /// What was given as a value cannot be one.
    Input(ValueProblem),
    /// Entries that stop the start, found without hydrating.
    MissingSecrets { report: Report, strict: bool },
    /// Secrets that were not written, or not asked about.
    Writes { manifest: PathBuf, failures: Vec<WriteFailure> },
    /// It did not end by its deadline, and what was waited for cannot be told in detail.
    Deadline { whole: Duration, waiting_for: &'static str },
    /// The command could not be started.
    Exec { command: String, source: std::io::Error },
    /// A fault of hydrant's own.
    Internal(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Hydration(error)
    }
}

impl From<Vec<ExportProblem>> for Failure {
    fn from(refused: Vec<ExportProblem>) -> Self {
        Failure::Values(refused.iter().map(ToString::to_string).collect())
    }
}

impl From<ValueProblem> for Failure {
    fn from(refused: ValueProblem) -> Self {
        Failure::Input(refused)
    }
}

/// One thing of the command line that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) text: String,
    pub(crate) hint: Option<String>,
}

#[cfg(feature = "deploy")]
impl From<hydrant_deploy::Problem> for Problem {
    fn from(problem: hydrant_deploy::Problem) -> Self {
        Problem { text: problem.text, hint: problem.hint.as_ref().map(hints::of_deployment) }
    }
}

#[cfg(feature = "deploy")]
impl From<hydrant_deploy::GenerateError> for Failure {
    fn from(error: hydrant_deploy::GenerateError) -> Self {
        match error {
            hydrant_deploy::GenerateError::Usage(problem) => {
                let Problem { text, hint } = problem.into();
                Failure::Usage { text, hint }
            }
            hydrant_deploy::GenerateError::NoNamespace => Failure::usage(
                "--cluster-store has no namespace: that of the service account is given with --namespace",
            ),
            hydrant_deploy::GenerateError::Entries(problems) => {
                Failure::References(problems.into_iter().map(Problem::from).collect())
            }
        }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Failure::Catalogue(error)
    }
}

impl Failure {
    /// A wrong use that clap does not see.
    pub(crate) fn usage(text: &str) -> Self {
        Failure::Usage { text: text.to_owned(), hint: None }
    }

    /// How severe it is, where AWS was to be asked: of several entries the most severe counts.
    fn severity(&self) -> Option<Severity> {
        match self {
            Failure::MissingSecrets { report, strict } => report.severity(*strict),
            Failure::Writes { failures, .. } => failures.iter().map(WriteFailure::severity).max(),
            Failure::Hydration(error) => error.severity(),
            _ => None,
        }
    }

    pub(crate) fn code(&self) -> u8 {
        if let Some(severity) = self.severity() {
            return exit::of_severity(severity);
        }
        match self {
            Failure::Usage { .. } | Failure::Problems(_) => exit::USAGE,
            Failure::File { .. }
            | Failure::Changed { .. }
            | Failure::Catalogue(LoadError::Io { .. }) => exit::FILE,
            Failure::Manifests(_) | Failure::Catalogue(LoadError::Problems { .. }) => {
                exit::BAD_MANIFEST
            }
            Failure::Values(_) | Failure::Input(_) | Failure::References(_) => exit::UNUSABLE,
            Failure::Deadline { .. } => exit::UNREACHABLE,
            Failure::Exec { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                exit::NOT_FOUND
            }
            Failure::Exec { .. } => exit::NOT_EXECUTABLE,
            Failure::Internal(_) | Failure::MissingSecrets { .. } | Failure::Writes { .. } => {
                exit::INTERNAL
            }
            Failure::Hydration(error) => match error.kind() {
                ErrorKind::Usage => exit::USAGE,
                ErrorKind::Manifest => exit::BAD_MANIFEST,
                ErrorKind::File => exit::FILE,
                _ => exit::INTERNAL,
            },
        }
    }
}
