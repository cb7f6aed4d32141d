//! Collects problems while a manifest is checked, and works out their positions at the end.
//!
//! Owns which lines may be shown. No problem shows a line that may hold a pasted value, even if the
//! problem is about something else on it. This applies to every line with a wrong value: it may be
//! wrong because it is a key.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::problem::{Help, ManifestError, Problem};

/// How many problems get a suggestion from the names of entries or vars. There may be thousands of
/// names.
const SUGGESTIONS: usize = 20;

/// Where the lines of a text start, for finding an offset's line by bisection.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let after_newlines =
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(index, _)| index + 1);
        Lines { starts: std::iter::once(0).chain(after_newlines).collect() }
    }

    /// The line of an offset, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    /// A line of the text by its number from 1, without its line ending.
    pub(super) fn text<'t>(&self, text: &'t str, line: usize) -> &'t str {
        let end = self.starts.get(line).copied().unwrap_or(text.len());
        self.starts
            .get(line - 1)
            .and_then(|start| text.get(*start..end))
            .unwrap_or_default()
            .trim_end()
    }

    /// The lines that a span touches.
    fn lines(&self, span: &Range<usize>) -> std::ops::RangeInclusive<usize> {
        self.line(span.start)..=self.line(span.end.saturating_sub(1).max(span.start))
    }
}

/// The lines that may hold a pasted value.
#[derive(Clone, Debug, Default)]
pub(super) struct HiddenLines(BTreeSet<usize>);

impl HiddenLines {
    /// Adds every line that the span touches.
    pub(super) fn add(&mut self, lines: &Lines, span: &Range<usize>) {
        self.0.extend(lines.lines(span));
    }
}

/// The problems found so far.
#[derive(Debug, Default)]
pub(super) struct Problems {
    found: Vec<UnplacedProblem>,
    hidden: Vec<Range<usize>>,
}

/// A problem whose line and column are not worked out yet.
#[derive(Debug)]
pub(super) struct UnplacedProblem {
    message: String,
    help: Option<Help>,
    span: Range<usize>,
    shows_value: bool,
}

impl UnplacedProblem {
    pub(super) fn help(&mut self, help: impl Into<Help>) {
        self.help = Some(help.into());
    }

    /// Allows the value to be shown: it is not a pasted key.
    pub(super) fn show_value(&mut self) -> &mut Self {
        self.shows_value = true;
        self
    }

    /// Whether this is about a wrong value that may be a key: not a number, a date, or a boolean.
    fn is_about_value(&self, text: &str) -> bool {
        let (before, value) = text.split_at_checked(self.span.start).unwrap_or_default();
        let value = before.trim_end_matches([' ', '\t']).ends_with('=')
            && value.starts_with(['"', '\'', '[', '{']);
        value && !self.shows_value
    }
}

impl Problems {
    pub(super) fn add(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> &mut UnplacedProblem {
        let index = self.found.len();
        self.found.push(UnplacedProblem {
            message: message.into(),
            help: None,
            span,
            shows_value: false,
        });
        &mut self.found[index]
    }

    /// Keeps the lines of this span out of every message.
    pub(super) fn hide(&mut self, span: Range<usize>) {
        self.hidden.push(span);
    }

    /// Whether looking for a nearest name is still worth its cost.
    pub(super) fn may_suggest(&self) -> bool {
        self.found.len() < SUGGESTIONS
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Drops the problems on lines that `keep` rejects.
    pub(super) fn keep(&mut self, lines: &Lines, keep: impl Fn(usize) -> bool) {
        self.found.retain(|problem| keep(lines.line(problem.span.start)));
    }

    /// Takes over all that was found by another check.
    pub(super) fn append(&mut self, mut other: Problems) {
        self.found.append(&mut other.found);
        self.hidden.append(&mut other.hidden);
    }

    /// Adds the lines to be hidden to those already known.
    pub(super) fn hide_in(&mut self, hidden: &mut HiddenLines, lines: &Lines) {
        for span in self.hidden.drain(..) {
            hidden.add(lines, &span);
        }
    }

    /// The problems with their positions, in the order of the text, in one pass over it.
    pub(super) fn into_error(
        self,
        path: &Path,
        text: &Arc<str>,
        lines: &Lines,
        hidden: &HiddenLines,
    ) -> ManifestError {
        let mut found = self.found;
        found.sort_by_key(|problem| problem.span.start);
        let mut hidden = hidden.clone();
        for problem in found.iter().filter(|problem| problem.is_about_value(text)) {
            hidden.add(lines, &problem.span);
        }
        // The last problem's position, so that a long line is not counted again for each of its
        // problems.
        let (mut last_line, mut last_offset, mut last_column) = (0, 0, 1);
        let problems = found.into_iter().map(|UnplacedProblem { message, help, span, .. }| {
            let line = lines.line(span.start);
            let (from, counted) = match line == last_line {
                true => (last_offset, last_column),
                false => (lines.starts[line - 1], 1),
            };
            let column =
                counted + text.get(from..span.start).map_or(0, |before| before.chars().count());
            (last_line, last_offset, last_column) = (line, span.start, column);
            let show_source = hidden.0.range(lines.lines(&span)).next().is_none();
            Problem { message, help, line, column, span, show_source }
        });
        ManifestError::new(path, Arc::clone(text), problems.collect())
    }
}
