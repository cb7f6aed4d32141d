//! Where errors become text and an exit code; nowhere else do they.

use std::collections::HashSet;
use std::io::{ErrorKind, IsTerminal};

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use hydrant::{Error, Report};
use hydrant_core::EnvFileError;
use hydrant_core::manifest::{ManifestError, Problem, ReadError, SelectError, UsageProblem, VarOrigin};

use crate::args::LogFormat;
use crate::export::Unrepresentable;
use crate::{exit, log, output};

/// The hint where nothing better is known.
const SEE_HELP: &str = "hydrant --help, or hydrant COMMAND --help";

const NO_MANIFEST: &str =
    "name it with --manifest PATH or HYDRANT_MANIFEST, or write one: `version = 1` and `[secrets.NAME]` are enough";

/// Why a command ended without doing what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The library's error.
    Hydration(Error),
    /// The command line, or a setting beside it, is wrong.
    Usage { text: String, hint: Option<String> },
    /// A file could not be read or written.
    File { doing: String, source: std::io::Error },
    /// What is wrong with a manifest, found with one profile after the other.
    Manifests(Vec<ManifestError>),
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
    /// A wrong use that clap does not see.
    pub(crate) fn usage(text: &str) -> Self {
        Failure::Usage { text: text.to_owned(), hint: None }
    }

    fn code(&self) -> u8 {
        match self {
            Failure::Usage { .. } => exit::USAGE,
            Failure::File { .. } => exit::FILE,
            Failure::Manifests(_) => exit::BAD_MANIFEST,
            Failure::Values(_) => exit::UNUSABLE,
            Failure::Exec { source, .. } if source.kind() == ErrorKind::NotFound => exit::NOT_FOUND,
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

    /// Says everything that is wrong on stderr, and gives the exit code.
    pub(crate) fn report(&self, format: LogFormat) -> u8 {
        let code = self.code();
        let drawn = format == LogFormat::Text && std::io::stderr().is_terminal();
        for Message { text, hint, problem } in self.messages() {
            match problem.filter(|_| drawn) {
                Some((manifest, problem)) => output::message(&snippet(manifest, problem)),
                None => tracing::error!(target: log::FAILURE, hint, code, "{text}"),
            }
        }
        code
    }

    fn messages(&self) -> Vec<Message<'_>> {
        match self {
            Failure::Usage { text, hint } => plain(text, Some(hint.as_deref().unwrap_or(SEE_HELP))),
            Failure::File { doing, source } => plain(format!("failed to {doing}: {source}"), None),
            Failure::Manifests(errors) => problems(&distinct(errors)),
            Failure::Values(texts) => texts.iter().flat_map(|text| plain(text, None)).collect(),
            Failure::Exec { command, source } => match source.kind() {
                ErrorKind::NotFound if !command.contains('/') => {
                    plain(format!("failed to run {command}: there is no such command in PATH"), None)
                }
                _ => plain(format!("failed to run {command}: {source}"), None),
            },
            Failure::Unmet { report, strict } => entries(report.stopping_messages(*strict)),
            Failure::Internal(text) => plain(format!("a fault of hydrant's own: {text}"), Some("please report it")),
            Failure::Hydration(error) => hydration(error),
        }
    }
}

fn hydration(error: &Error) -> Vec<Message<'_>> {
    match error {
        Error::Manifest(ReadError::Manifest(error)) | Error::Selection(SelectError::Manifest(error)) => {
            problems(&distinct(std::slice::from_ref(error)))
        }
        Error::Manifest(ReadError::Io { path, source }) if source.kind() == ErrorKind::NotFound => {
            plain(format!("there is no manifest {}", path.display()), Some(NO_MANIFEST))
        }
        Error::Selection(SelectError::Usage(problems)) => {
            let each = problems.iter();
            each.map(|problem| Message { text: usage(problem), hint: problem.help(), problem: None }).collect()
        }
        Error::EnvFile(EnvFileError::Problems { path, problems }) => {
            let each = problems.iter().map(|problem| format!("{}:{}: {}", path.display(), problem.line, problem.kind));
            each.flat_map(|text| plain(text, None)).collect()
        }
        Error::Unmet(unmet) => entries(unmet.messages()),
        error => plain(with_causes(error), None),
    }
}

/// What a caller asked for and a manifest cannot give, in the words of the command line.
fn usage(problem: &UsageProblem) -> String {
    match problem {
        UsageProblem::VarValue { name, origin: VarOrigin::Given, refusal } => {
            format!("the value that --var gives for `${{{name}}}` {refusal}")
        }
        problem => problem.to_string(),
    }
}

fn plain<'a>(text: impl Into<String>, hint: Option<&str>) -> Vec<Message<'a>> {
    vec![Message { text: text.into(), hint: hint.map(str::to_owned), problem: None }]
}

/// What is said of entries, with what to do.
fn entries<'a>(messages: impl Iterator<Item = hydrant::Message<'a>>) -> Vec<Message<'static>> {
    messages.map(|message| Message { text: message.text, hint: message.hint, problem: None }).collect()
}

/// Every problem once: the same may be found with each of several profiles.
pub(crate) fn distinct(errors: &[ManifestError]) -> Vec<(&ManifestError, &Problem)> {
    // By place and words, since there may be thousands.
    let mut known = HashSet::new();
    let all = errors.iter().flat_map(|error| error.problems().iter().map(move |problem| (error, problem)));
    let mut distinct: Vec<_> = all.filter(|(_, problem)| known.insert((&problem.span, &problem.message))).collect();
    distinct.sort_by_key(|(_, problem)| problem.span.start);
    distinct
}

fn problems<'a>(found: &[(&'a ManifestError, &'a Problem)]) -> Vec<Message<'a>> {
    let each = found.iter().map(|&(manifest, problem)| {
        let Problem { line, column, message, help, .. } = problem;
        let text = format!("{}:{line}:{column}: {message}", manifest.path().display());
        Message { text, hint: help.clone(), problem: Some((manifest, problem)) }
    });
    each.collect()
}

/// The problem in its place in the manifest, for a terminal; a line that may hold a value is named and not shown.
fn snippet(manifest: &ManifestError, problem: &Problem) -> String {
    let path = manifest.path().display().to_string();
    let group = Level::ERROR.primary_title(&problem.message);
    let group = if problem.show_source {
        let place = AnnotationKind::Primary.span(problem.span.clone());
        group.element(Snippet::source(manifest.text()).path(path).annotation(place))
    } else {
        group.element(Origin::path(path).line(problem.line).char_column(problem.column))
    };
    let group = group.elements(problem.help.as_deref().map(|help| Level::HELP.message(help)));
    format!("{}\n\n", Renderer::styled().render(&[group]))
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
