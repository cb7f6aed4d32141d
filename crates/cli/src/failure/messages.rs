//! Messages: turns a failure into a text for each problem, with a hint. Errors become text only
//! here.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::Path;

use hydrant::write::WriteFailure;
use hydrant::{AuditError, Error};
use hydrant_core::EnvFileError;
use hydrant_core::manifest::{
    ManifestError, Problem as ManifestProblem, ReadError, SelectError, SelectionProblem, VarOrigin,
};
use hydrant_core::shown;

use super::{Failure, Problem, hints};
use crate::files::catalogue_file::LoadError;

/// The default hint.
const SEE_HELP: &str = "hydrant --help, or hydrant COMMAND --help";

const NO_MANIFEST: &str =
    "name it with --manifest PATH or HYDRANT_MANIFEST, or write one: hydrant init";

/// For a file that is created and never replaced.
const EXISTS: &str =
    "add entries with `hydrant add`, or name another manifest with --manifest PATH";

/// One message: the problem and its hint.
pub(super) struct Message<'a> {
    pub(super) text: String,
    pub(super) hint: Option<String>,
    pub(super) problem: Option<(&'a ManifestError, &'a ManifestProblem)>,
}

impl Failure {
    /// The messages with their hints.
    pub(crate) fn messages_with_hints(&self) -> Vec<(String, Option<String>)> {
        self.messages().into_iter().map(|message| (message.text, message.hint)).collect()
    }

    pub(super) fn messages(&self) -> Vec<Message<'_>> {
        match self {
            Failure::Usage { text, hint } => plain(text, Some(hint.as_deref().unwrap_or(SEE_HELP))),
            Failure::Problems(problems) | Failure::References(problems) => problems
                .iter()
                .flat_map(|Problem { text, hint }| plain(text, hint.as_deref()))
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
                plain(format!("failed to {doing}: it already exists"), Some(EXISTS))
            }
            Failure::File { doing, source } => plain(format!("failed to {doing}: {source}"), None),
            Failure::Changed { path } => {
                let hint = format!(
                    "see the difference with --check {}, or replace the file with --force",
                    shown::path(path)
                );
                let text = format!(
                    "failed to write {}: it already exists, with different content",
                    shown::path(path)
                );
                plain(text, Some(&hint))
            }
            Failure::Manifests(errors) => problems(&distinct(errors)),
            Failure::Values(texts) => texts.iter().flat_map(|text| plain(text, None)).collect(),
            Failure::Input(refused) => plain(refused.to_string(), refused.hint()),
            Failure::Exec { command, source } => match source.kind() {
                ErrorKind::NotFound if !command.contains('/') => plain(
                    format!("failed to run {}: command not found in PATH", shown::command(command)),
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
                plain(format!("internal error: {text}"), Some("report it as a bug in hydrant"))
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
            plain(with_causes(error), hint.as_deref())
        }
        Error::SetTwice { variable } => {
            let hint = format!(
                "start hydrant with only one {variable}: programs differ in which one they read"
            );
            plain(error.to_string(), Some(&hint))
        }
        Error::Offline => {
            plain(error.to_string(), Some("run it without --offline and HYDRANT_OFFLINE"))
        }
        Error::Audit(error) => plain(with_causes(error), Some(&audit_hint(error))),
        error => plain(with_causes(error), None),
    }
}

/// A problem with the selection, in the words of the command line.
fn usage(problem: &SelectionProblem) -> String {
    match problem {
        SelectionProblem::VarValue { name, origin: VarOrigin::Given, problem } => {
            format!("the --var value for `${{{name}}}` {problem}")
        }
        SelectionProblem::UnusedVar { .. } => {
            "--var sets a name that nothing in the manifest uses".to_owned()
        }
        problem => problem.to_string(),
    }
}

/// The hint for an audit log that cannot be written.
fn audit_hint(error: &AuditError) -> String {
    if error.was_done() {
        return "find the call in CloudTrail by its time and access key: the log has its intent, without an outcome".to_owned();
    }
    match (error.io_error().kind(), error.path().parent()) {
        (ErrorKind::NotFound, Some(folder)) => {
            format!(
                "create the folder {} (hydrant does not create it), or name another file with --audit-log",
                shown::path(folder)
            )
        }
        _ => "fix the file, or name another one with --audit-log: hydrant does nothing that it cannot record"
            .to_owned(),
    }
}

fn plain<'a>(text: impl Into<String>, hint: Option<&str>) -> Vec<Message<'a>> {
    vec![Message { text: text.into(), hint: hint.map(str::to_owned), problem: None }]
}

fn write<'a>(manifest: &Path, failure: &WriteFailure) -> Message<'a> {
    let WriteFailure { variable, line, problem, .. } = failure;
    let place = failure.place.iter().map(|place| format!("; {place}"));
    let said = failure.store_error().map(|error| format!("; {error}"));
    let rest: String = place.chain(said).collect();
    let text = format!("{variable} ({}:{line}): {problem}{rest}", shown::path(manifest));
    Message { text, hint: hints::of_write(failure), problem: None }
}

/// The messages about entries, with their hints.
fn entries<'a>(messages: impl Iterator<Item = hydrant::Message<'a>>) -> Vec<Message<'static>> {
    messages
        .map(|message| {
            let hint = hints::of_entry(message.entries[0]);
            Message { text: message.text, hint, problem: None }
        })
        .collect()
}

/// Every problem once: several profiles may have the same one.
pub(crate) fn distinct(errors: &[ManifestError]) -> Vec<(&ManifestError, &ManifestProblem)> {
    // By position and message, since there may be thousands.
    let mut known = HashSet::new();
    let all = errors
        .iter()
        .flat_map(|error| error.problems().iter().map(move |problem| (error, problem)));
    let mut distinct: Vec<_> =
        all.filter(|(_, problem)| known.insert((&problem.span, &problem.message))).collect();
    distinct.sort_by_key(|(_, problem)| problem.span.start);
    distinct
}

fn problems<'a>(found: &[(&'a ManifestError, &'a ManifestProblem)]) -> Vec<Message<'a>> {
    let each = found.iter().map(|&(manifest, problem)| {
        let ManifestProblem { line, column, message, help, .. } = problem;
        let text = format!("{}:{line}:{column}: {message}", shown::path(manifest.path()));
        Message {
            text,
            hint: help.as_ref().map(hints::of_problem),
            problem: Some((manifest, problem)),
        }
    });
    each.collect()
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
