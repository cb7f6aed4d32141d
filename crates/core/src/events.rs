//! What a hydration tells the log: one event for each secret that was read, and for each cause of a
//! missing value.

use std::collections::BTreeMap;

use crate::messages::Message;
use crate::reason::{Class, Hint, Reason};
use crate::report::{EntryReport, Outcome, Report};
use crate::shown;

/// Emits one event for each secret that was read (info), each entry without a value that does not
/// stop the start (warn; debug where nothing was asked), and each parameter that does not exist
/// (warn).
///
/// With `strict` a failed read of an optional entry stops the start too. `hint` says what to do
/// about a reason: [`Reason::hint`], or a program's own words.
pub fn emit(report: &Report, strict: bool, hint: Hint) {
    for entry in &report.entries {
        tell_absent_parameter(report, entry);
    }
    for entries in report.causes() {
        // Entries that stop the start are the caller's to tell: they come with an error that lists
        // them all.
        if !entries.iter().any(|entry| entry.stops(strict)) && is_heard(entries[0]) {
            tell(report, &report.message(entries), hint);
        }
    }
    if tracing::enabled!(tracing::Level::INFO) {
        tell_reads(report);
    }
}

/// One line for each secret: which variables took from it.
fn tell_reads(report: &Report) {
    let mut read: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for entry in &report.entries {
        if let (Outcome::Hydrated, Some(place)) = (&entry.outcome, &entry.place) {
            read.entry(place).or_default().push(&entry.variable);
        }
    }
    for (place, variables) in read {
        let variables = variables.join(", ");
        tracing::info!(variables, reference = place, "read {place} for {variables}");
    }
}

/// An entry that stops the start because of it says so itself.
fn tell_absent_parameter(report: &Report, entry: &EntryReport) {
    let EntryReport { variable, line, .. } = entry;
    let told =
        entry.stops(false) && matches!(entry.outcome.reason(), Some(Reason::NoReference { .. }));
    if let (Some(parameter), false) = (&entry.absent_parameter, told) {
        let manifest = shown::path(&report.manifest);
        tracing::warn!(variable, %manifest, line, "{variable} ({manifest}:{line}): parameter {parameter} does not exist");
    }
}

/// Whether anybody listens to what is said of an entry: with a thousand of them, texts for nobody
/// would cost a start more than their values.
fn is_heard(entry: &EntryReport) -> bool {
    match entry.outcome.reason().map(Reason::class) {
        None | Some(Class::Skipped) => tracing::enabled!(tracing::Level::DEBUG),
        Some(Class::Missing | Class::Failed) => tracing::enabled!(tracing::Level::WARN),
    }
}

fn tell(report: &Report, message: &Message<'_>, hint: Hint) {
    let EntryReport { line, outcome, .. } = message.entries[0];
    let variables: Vec<_> = message.entries.iter().map(|entry| entry.variable.as_str()).collect();
    let (variable, word) = (variables.join(", "), outcome.word());
    let (text, manifest) = (&message.text, shown::path(&report.manifest));
    match outcome.reason().map(Reason::class) {
        None | Some(Class::Skipped) => {
            tracing::debug!(variable, %manifest, line, outcome = word, "{text}")
        }
        Some(Class::Missing | Class::Failed) => {
            let hint = message.entries[0].hint_in(hint);
            let hint = hint.as_deref();
            tracing::warn!(variable, %manifest, line, outcome = word, hint, "{text}")
        }
    }
}
