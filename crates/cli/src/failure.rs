//! Where errors become text and an exit code; nowhere else do they.

use std::io::IsTerminal;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use hydrant::{Error, Report};
use hydrant_core::EnvFileError;
use hydrant_core::manifest::{ManifestError, Problem, ReadError, SelectError};

use crate::exit;
use crate::export::Unrepresentable;
use crate::output::{self, ERROR, HINT};

/// Why a command ended without doing what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The library's error.
    Hydration(Error),
    /// The command line, or a setting beside it, is wrong.
    Usage(String),
    /// A file could not be read or written.
    File { doing: String, source: std::io::Error },
    /// Values that cannot be handed on, each with its variable.
    Values(Vec<String>),
    /// Entries that stop the start, found without hydrating.
    Unmet { report: Report, strict: bool },
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

impl From<Vec<Unrepresentable>> for Failure {
    fn from(refused: Vec<Unrepresentable>) -> Self {
        Failure::Values(refused.iter().map(ToString::to_string).collect())
    }
}

/// One thing to say: what is wrong, and what to do.
struct Message<'a> {
    text: String,
    hint: Option<String>,
    problem: Option<(&'a ManifestError, &'a Problem)>,
}

impl Failure {
    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Failure::Usage(_) => exit::USAGE,
            Failure::File { .. } => exit::FILE,
            Failure::Values(_) => exit::UNUSABLE,
            Failure::Exec { source, .. } if source.kind() == std::io::ErrorKind::NotFound => exit::NOT_FOUND,
            Failure::Exec { .. } => exit::NOT_EXECUTABLE,
            Failure::Internal(_) => exit::INTERNAL,
            Failure::Unmet { report, strict } => exit::of_trouble(report.trouble(*strict)),
            Failure::Hydration(error) => match error {
                Error::Manifest(ReadError::Io { .. }) | Error::EnvFile(EnvFileError::Io { .. }) => exit::FILE,
                Error::Selection(SelectError::Usage(_)) | Error::Setting { .. } => exit::USAGE,
                Error::Manifest(_) | Error::Selection(_) | Error::EnvFile(_) => exit::BAD_MANIFEST,
                Error::Unmet(unmet) => exit::of_trouble(unmet.trouble()),
                _ => exit::INTERNAL,
            },
        }
    }

    /// Says everything that is wrong on stderr, as lines or as JSON objects.
    pub(crate) fn report(&self, json: bool) {
        for message in self.messages() {
            let hint = message.hint.as_deref();
            match message.problem {
                _ if json => tracing::error!(hint, code = self.code(), "{}", message.text),
                Some((manifest, problem)) if problem.show_source && std::io::stderr().is_terminal() => {
                    output::message(&snippet(manifest, problem));
                }
                _ => {
                    output::message(&format!("hydrant: {ERROR}error:{ERROR:#} {}\n", message.text));
                    if let Some(hint) = hint {
                        output::message(&format!("  {HINT}hint:{HINT:#} {hint}\n"));
                    }
                }
            }
        }
    }

    fn messages(&self) -> Vec<Message<'_>> {
        let plain =
            |text: String, hint: Option<&str>| vec![Message { text, hint: hint.map(str::to_owned), problem: None }];
        match self {
            Failure::Usage(text) => plain(text.clone(), Some("hydrant --help, or hydrant COMMAND --help")),
            Failure::File { doing, source } => plain(format!("failed to {doing}: {source}"), None),
            Failure::Values(texts) => texts.iter().flat_map(|text| plain(text.clone(), None)).collect(),
            Failure::Exec { command, source } => plain(format!("failed to run {command}: {source}"), None),
            Failure::Unmet { report, strict } => entries(report.stopping_messages(*strict)),
            Failure::Internal(text) => plain(format!("a fault of hydrant's own: {text}"), Some("please report it")),
            Failure::Hydration(error) => match error {
                Error::Manifest(ReadError::Manifest(error)) | Error::Selection(SelectError::Manifest(error)) => {
                    problems(error)
                }
                Error::Manifest(ReadError::Io { path, source }) if source.kind() == std::io::ErrorKind::NotFound => {
                    plain(
                        format!("there is no manifest {}", path.display()),
                        Some("name it with --manifest PATH or HYDRANT_MANIFEST, or write a first secrets.toml"),
                    )
                }
                Error::Selection(SelectError::Usage(problems)) => problems
                    .iter()
                    .map(|problem| Message { text: problem.to_string(), hint: problem.help(), problem: None })
                    .collect(),
                Error::EnvFile(EnvFileError::Problems { path, problems }) => problems
                    .iter()
                    .flat_map(|problem| plain(format!("{}:{}: {}", path.display(), problem.line, problem.kind), None))
                    .collect(),
                Error::Unmet(unmet) => entries(unmet.messages()),
                error => plain(with_causes(error), None),
            },
        }
    }
}

/// What is said of entries, with what to do.
fn entries<'a>(messages: impl Iterator<Item = hydrant::Message<'a>>) -> Vec<Message<'static>> {
    messages.map(|message| Message { text: message.text, hint: message.hint, problem: None }).collect()
}

fn problems(error: &ManifestError) -> Vec<Message<'_>> {
    let message = |problem: &Problem| {
        format!("{}:{}:{}: {}", error.path().display(), problem.line, problem.column, problem.message)
    };
    let each = error.problems().iter();
    each.map(|problem| Message { text: message(problem), hint: problem.help.clone(), problem: Some((error, problem)) })
        .collect()
}

/// The problem in its place in the manifest, for a terminal.
fn snippet(manifest: &ManifestError, problem: &Problem) -> String {
    let path = manifest.path().display().to_string();
    let shown =
        Snippet::source(manifest.text()).path(path).annotation(AnnotationKind::Primary.span(problem.span.clone()));
    let group = Level::ERROR.primary_title(&problem.message).element(shown);
    let help = problem.help.as_deref().map(|help| Level::HELP.message(help));
    let group = group.elements(help);
    format!("{}\n\n", Renderer::styled().render(&[group]))
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
