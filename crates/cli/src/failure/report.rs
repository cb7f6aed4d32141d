//! Reports a failure on stderr: in the log, or as a snippet of the manifest for a problem in it.

use std::io::IsTerminal;
use std::ops::Range;
use std::time::SystemTime;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use anstream::adapter::strip_str;
use anstream::{AutoStream, ColorChoice};
use hydrant_core::manifest::{ManifestError, Problem};
use hydrant_core::shown::{self, escaped, escaped_json, needs_escape};

use super::messages::Message;
use super::{Failure, hints};
use crate::args::options::LogFormat;
use crate::terminal::log::{self, write_text};
use crate::terminal::{dates, output};

impl Failure {
    /// Reports every problem on stderr, and returns the exit code.
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
}

/// The log output for a failure at that time, made without the log: a blocked thread may hold its
/// locks.
pub(crate) fn rendered(failure: &Failure, format: LogFormat, when: SystemTime) -> String {
    let code = failure.code();
    let each = failure.messages_with_hints().into_iter().map(|(message, hint)| match format {
        LogFormat::Text => {
            let mut line = String::new();
            // Writing to a string cannot fail.
            _ = write_text(
                &mut line,
                tracing::Level::ERROR,
                &escaped(&message),
                hint.as_deref().map(escaped).as_deref(),
            );
            line
        }
        LogFormat::Json => {
            let line = Line { timestamp: dates::exact(when), level: "ERROR", message, hint, code };
            serde_json::to_string(&line)
                .map(|line| escaped_json(&line).into_owned() + "\n")
                .unwrap_or_default()
        }
    });
    let text: String = each.collect();
    match AutoStream::choice(&std::io::stderr()) {
        ColorChoice::Never => strip_str(&text).to_string(),
        _ => text,
    }
}

/// A line of the log in JSON, as `tracing_subscriber` writes it.
#[derive(serde::Serialize)]
struct Line {
    timestamp: String,
    level: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    code: u8,
}

/// The problem as a snippet of the manifest, for a terminal. A line that may hold a value is named
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

/// A text with its lines, in which terminal control characters are replaced, and the new position
/// of a part of it.
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
