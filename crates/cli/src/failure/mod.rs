//! Why a command failed: the data, and its exit code. `messages` has the texts, `hints` the hints,
//! and `report` prints both.

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

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The library's error.
    Hydration(Error),
    /// The command line, or a setting in the environment, is invalid.
    Usage { text: String, hint: Option<String> },
    /// Several problems of the command line, each with a hint.
    Problems(Vec<Problem>),
    /// Entries whose references or keys cannot be used as they are, each with a hint.
    #[cfg_attr(not(feature = "deploy"), expect(dead_code, reason = "for what is generated"))]
    References(Vec<Problem>),
    /// The catalogue cannot be read, or is invalid.
    Catalogue(LoadError),
    /// A file could not be read or written.
    File { doing: String, source: std::io::Error },
    /// A file to write already exists, with different content.
    #[cfg_attr(not(feature = "deploy"), expect(dead_code, reason = "for what is generated"))]
    Changed { path: PathBuf },
    /// The problems of a manifest, found with each profile.
    Manifests(Vec<ManifestError>),
    /// Values that cannot be passed on, each with its variable.
    Values(Vec<String>),
    /// The given value is invalid.
    Input(ValueProblem),
    /// Entries that stop the start, found without hydrating.
    MissingSecrets { report: Report, strict: bool },
    /// Secrets that could not be written or described.
    Writes { manifest: PathBuf, failures: Vec<WriteFailure> },
    /// The deadline passed, and details of what was waited for are unknown.
    Deadline { whole: Duration, waiting_for: &'static str },
    /// The command could not be started.
    Exec { command: String, source: std::io::Error },
    /// An internal error (a bug in hydrant).
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

/// One problem of the command line.
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
                "--cluster-store needs the namespace of the service account: give it with --namespace",
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
    /// A usage error that clap does not detect.
    pub(crate) fn usage(text: &str) -> Self {
        Failure::Usage { text: text.to_owned(), hint: None }
    }

    /// The severity, for calls to AWS. Of several entries the most severe counts.
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
