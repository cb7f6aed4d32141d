//! Where errors become text and an exit code; nowhere else do they.

use std::collections::HashSet;
use std::io::{ErrorKind, IsTerminal};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use hydrant::write::WriteFailure;
use hydrant::{AuditError, Error, Report};
use hydrant_core::manifest::{
    ManifestError, Problem, ReadError, SelectError, SelectionProblem, VarOrigin,
};
use hydrant_core::shown::{self, escaped, needs_escape};
use hydrant_core::{EnvFileError, Severity};

use crate::catalogue_file::LoadError;
use crate::export::Unrepresentable;
use crate::options::LogFormat;
use crate::value_input::Refused;
use crate::{exit, hints, log, output};

/// The hint where nothing better is known.
const SEE_HELP: &str = "hydrant --help, or hydrant COMMAND --help";

const NO_MANIFEST: &str =
    "name it with --manifest PATH or HYDRANT_MANIFEST, or write one: hydrant init";

/// For a file that is made and never replaced.
const EXISTS: &str = "nothing was changed; `hydrant add` adds entries to a manifest, --manifest PATH names another one";

/// Why a command ended without doing what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The library's error.
    Hydration(Error),
    /// The command line, or a setting beside it, is wrong.
    Usage { text: String, hint: Option<String> },
    /// Several things of the command line are wrong, each with what to do.
    Refusals(Vec<Refusal>),
    /// Entries whose references or keys cannot be used as they are, each with what to do.
    #[cfg_attr(not(feature = "deploy"), expect(dead_code, reason = "for what is generated"))]
    References(Vec<Refusal>),
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
    Input(Refused),
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

impl From<Vec<Unrepresentable>> for Failure {
    fn from(refused: Vec<Unrepresentable>) -> Self {
        Failure::Values(refused.iter().map(ToString::to_string).collect())
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Failure::Input(refused)
    }
}

/// One thing of the command line that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) text: String,
    pub(crate) hint: Option<String>,
}

#[cfg(feature = "deploy")]
impl From<hydrant_deploy::Refusal> for Refusal {
    fn from(refusal: hydrant_deploy::Refusal) -> Self {
        Refusal { text: refusal.text, hint: refusal.hint }
    }
}

#[cfg(feature = "deploy")]
impl From<hydrant_deploy::Failure> for Failure {
    fn from(failure: hydrant_deploy::Failure) -> Self {
        match failure {
            hydrant_deploy::Failure::References(refusals) => {
                Failure::References(refusals.into_iter().map(Refusal::from).collect())
            }
            hydrant_deploy::Failure::Usage { text, hint } => Failure::Usage { text, hint },
        }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Failure::Catalogue(error)
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
            Failure::Usage { .. } | Failure::Refusals(_) => exit::USAGE,
            Failure::File { .. }
            | Failure::Changed { .. }
            | Failure::Catalogue(LoadError::Io { .. }) => exit::FILE,
            Failure::Manifests(_) | Failure::Catalogue(LoadError::Problems { .. }) => {
                exit::BAD_MANIFEST
            }
            Failure::Values(_) | Failure::Input(_) | Failure::References(_) => exit::UNUSABLE,
            Failure::Deadline { .. } => exit::UNREACHABLE,
            Failure::Exec { source, .. } if source.kind() == ErrorKind::NotFound => exit::NOT_FOUND,
            Failure::Exec { .. } => exit::NOT_EXECUTABLE,
            Failure::Internal(_) | Failure::MissingSecrets { .. } | Failure::Writes { .. } => {
                exit::INTERNAL
            }
            Failure::Hydration(error) => match error {
                Error::Offline => exit::USAGE,
                Error::Manifest(ReadError::Io { .. })
                | Error::EnvFile(EnvFileError::Io { .. })
                | Error::Audit(_) => exit::FILE,
                Error::Selection(SelectError::Usage(_))
                | Error::Setting { .. }
                | Error::SetTwice { .. } => exit::USAGE,
                Error::Manifest(_) | Error::Selection(_) | Error::EnvFile(_) => exit::BAD_MANIFEST,
                _ => exit::INTERNAL,
            },
        }
    }

    /// What would be said, each with what to do.
    pub(crate) fn told(&self) -> Vec<(String, Option<String>)> {
        self.messages().into_iter().map(|message| (message.text, message.hint)).collect()
    }

    /// Says everything that is wrong on stderr, and gives the exit code.
    pub(crate) fn report(&self, format: LogFormat) -> u8 {
        let code = self.code();
        let drawn = format == LogFormat::Text && std::io::stderr().is_terminal();
        for Message { text, hint, problem } in self.messages() {
            match problem.filter(|_| drawn) {
                Some((manifest, problem)) => output::styled_message(&snippet(manifest, problem)),
                None => tracing::error!(target: log::FAILURE, hint, code, "{text}"),
            }
        }
        code
    }

    fn messages(&self) -> Vec<Message<'_>> {
        match self {
            Failure::Usage { text, hint } => plain(text, Some(hint.as_deref().unwrap_or(SEE_HELP))),
            Failure::Refusals(refusals) | Failure::References(refusals) => refusals
                .iter()
                .flat_map(|Refusal { text, hint }| plain(text, hint.as_deref()))
                .collect(),
            Failure::Catalogue(LoadError::Problems { path, problems }) => {
                let text = |problem: &hydrant_catalogue::Problem| {
                    format!("{}:{}: {}", shown::path(path), problem.line, problem.message)
                };
                problems
                    .iter()
                    .flat_map(|problem| plain(text(problem), problem.help.as_deref()))
                    .collect()
            }
            Failure::Catalogue(error) => plain(with_causes(error), None),
            Failure::File { doing, source } if source.kind() == ErrorKind::AlreadyExists => {
                plain(format!("failed to {doing}: it exists"), Some(EXISTS))
            }
            Failure::File { doing, source } => plain(format!("failed to {doing}: {source}"), None),
            Failure::Changed { path } => {
                let hint = format!(
                    "--check {} shows the difference, --force replaces the file",
                    shown::path(path)
                );
                let text = format!(
                    "failed to write {}: it exists, and is not what would be written",
                    shown::path(path)
                );
                plain(text, Some(&hint))
            }
            Failure::Manifests(errors) => problems(&distinct(errors)),
            Failure::Values(texts) => texts.iter().flat_map(|text| plain(text, None)).collect(),
            Failure::Input(refused) => plain(refused.to_string(), refused.hint()),
            Failure::Exec { command, source } => match source.kind() {
                ErrorKind::NotFound if !command.contains('/') => plain(
                    format!(
                        "failed to run {}: there is no such command in PATH",
                        shown::command(command)
                    ),
                    None,
                ),
                _ => plain(format!("failed to run {}: {source}", shown::command(command)), None),
            },
            Failure::MissingSecrets { report, strict } => {
                entries(report.stopping_messages(*strict))
            }
            Failure::Writes { manifest, failures } => {
                failures.iter().map(|failure| write(manifest, failure)).collect()
            }
            Failure::Deadline { whole, waiting_for } => {
                let text =
                    format!("the deadline ({whole:?}) passed while waiting for {waiting_for}");
                plain(text, Some("check why it does not respond, or set a longer --deadline"))
            }
            Failure::Internal(text) => {
                plain(format!("a fault of hydrant's own: {text}"), Some("please report it"))
            }
            Failure::Hydration(error) => hydration(error),
        }
    }
}

fn hydration(error: &Error) -> Vec<Message<'_>> {
    match error {
        Error::Manifest(ReadError::Manifest(error))
        | Error::Selection(SelectError::Manifest(error)) => {
            problems(&distinct(std::slice::from_ref(error)))
        }
        Error::Manifest(ReadError::Io { path, source }) if source.kind() == ErrorKind::NotFound => {
            plain(format!("there is no manifest {}", shown::path(path)), Some(NO_MANIFEST))
        }
        Error::Selection(SelectError::Usage(problems)) => {
            let each = problems.iter();
            each.map(|problem| Message {
                text: usage(problem),
                hint: problem.help(),
                problem: None,
            })
            .collect()
        }
        Error::EnvFile(EnvFileError::Problems { path, problems }) => {
            let each = problems
                .iter()
                .map(|problem| format!("{}:{}: {}", shown::path(path), problem.line, problem.kind));
            each.flat_map(|text| plain(text, None)).collect()
        }
        Error::MissingSecrets(missing) => entries(missing.messages()),
        Error::Connection(store) => {
            let hint = hints::of_store_error(store, "the manifest's secrets");
            plain(error.to_string(), hint.as_deref())
        }
        Error::SetTwice { variable } => {
            let hint = format!(
                "programs differ in which of them they take: start hydrant with one {variable}"
            );
            plain(error.to_string(), Some(&hint))
        }
        Error::Offline => plain(error.to_string(), Some("leave --offline and HYDRANT_OFFLINE out")),
        Error::Audit(error) => plain(with_causes(error), Some(&audit_hint(error))),
        error => plain(with_causes(error), None),
    }
}

/// What a caller asked for and a manifest cannot give, in the words of the command line.
fn usage(problem: &SelectionProblem) -> String {
    match problem {
        SelectionProblem::VarValue { name, origin: VarOrigin::Given, problem } => {
            format!("the value that --var gives for `${{{name}}}` {problem}")
        }
        SelectionProblem::UnusedVar { .. } => {
            "nothing in the manifest uses the name that --var gives a value for".to_owned()
        }
        problem => problem.to_string(),
    }
}

/// What to do about an audit log that cannot be written.
fn audit_hint(error: &AuditError) -> String {
    if error.was_done() {
        return "the intent in the log has no outcome: CloudTrail has the call, by its time and access key".to_owned();
    }
    match (error.io_error().kind(), error.path().parent()) {
        (ErrorKind::NotFound, Some(folder)) => {
            format!(
                "make the folder {} (hydrant makes none), or name another file with --audit-log",
                shown::path(folder)
            )
        }
        _ => "what cannot be recorded is not done: mend the file, or name another with --audit-log"
            .to_owned(),
    }
}

fn plain<'a>(text: impl Into<String>, hint: Option<&str>) -> Vec<Message<'a>> {
    vec![Message { text: text.into(), hint: hint.map(str::to_owned), problem: None }]
}

fn write<'a>(manifest: &Path, failure: &WriteFailure) -> Message<'a> {
    let text =
        format!("{} ({}:{}): {failure}", failure.variable, shown::path(manifest), failure.line);
    Message { text, hint: hints::of_write(failure), problem: None }
}

/// What is said of entries, with what to do.
fn entries<'a>(messages: impl Iterator<Item = hydrant::Message<'a>>) -> Vec<Message<'static>> {
    messages
        .map(|message| {
            let hint = hints::of_entry(message.entries[0]);
            Message { text: message.text, hint, problem: None }
        })
        .collect()
}

/// Every problem once: the same may be found with each of several profiles.
pub(crate) fn distinct(errors: &[ManifestError]) -> Vec<(&ManifestError, &Problem)> {
    // By place and words, since there may be thousands.
    let mut known = HashSet::new();
    let all = errors
        .iter()
        .flat_map(|error| error.problems().iter().map(move |problem| (error, problem)));
    let mut distinct: Vec<_> =
        all.filter(|(_, problem)| known.insert((&problem.span, &problem.message))).collect();
    distinct.sort_by_key(|(_, problem)| problem.span.start);
    distinct
}

fn problems<'a>(found: &[(&'a ManifestError, &'a Problem)]) -> Vec<Message<'a>> {
    let each = found.iter().map(|&(manifest, problem)| {
        let Problem { line, column, message, help, .. } = problem;
        let text = format!("{}:{line}:{column}: {message}", shown::path(manifest.path()));
        Message {
            text,
            hint: help.as_ref().map(hints::of_problem),
            problem: Some((manifest, problem)),
        }
    });
    each.collect()
}

/// The problem in its place in the manifest, for a terminal; a line that may hold a value is named
/// and not shown.
fn snippet(manifest: &ManifestError, problem: &Problem) -> String {
    let path = shown::path(manifest.path()).into_owned();
    let path = escaped(&path);
    let message = escaped(&problem.message);
    let help = problem.help.as_ref().map(hints::of_problem);
    let help = help.as_deref().map(escaped);
    let (source, span) = without_escapes(manifest.text(), &problem.span);
    let group = Level::ERROR.primary_title(&*message);
    let group = if problem.show_source {
        let place = AnnotationKind::Primary.span(span);
        group.element(Snippet::source(source).path(&*path).annotation(place))
    } else {
        group.element(Origin::path(&*path).line(problem.line).char_column(problem.column))
    };
    let group = group.elements(help.as_deref().map(|help| Level::HELP.message(help)));
    format!("{}\n\n", Renderer::styled().render(&[group]))
}

/// A text with its lines, and what steers a terminal in them replaced; and where a part of it is
/// then.
fn without_escapes(text: &str, span: &Range<usize>) -> (String, Range<usize>) {
    let mut plain = String::with_capacity(text.len());
    let mut moved = span.clone();
    for (at, char) in text.char_indices() {
        moved.start = if at == span.start { plain.len() } else { moved.start };
        moved.end = if at == span.end { plain.len() } else { moved.end };
        let stays = matches!(char, '\n' | '\r' | '\t') || !needs_escape(char);
        plain.push(if stays { char } else { char::REPLACEMENT_CHARACTER });
    }
    moved.start = if span.start == text.len() { plain.len() } else { moved.start };
    moved.end = if span.end == text.len() { plain.len() } else { moved.end };
    (plain, moved)
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
