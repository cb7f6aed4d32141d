//! What a hydration tells the log: one event for each secret that was read, and for each cause of a
//! missing value.

use std::collections::BTreeMap;

use crate::messages::Message;
use crate::reason::{Class, Hint, Reason};
use crate::report::{EntryReport, Outcome, Report};
use crate::shown;

/// The action of a read, as in the audit log.
const READ: &str = "read";

/// Emits one event for each secret that was read (info), each entry without a value that does not
/// stop the start (warn; debug where nothing was asked), and each parameter that does not exist
/// (warn).
///
/// With `strict` a failed read of an optional entry stops the start too. `hint` says what to do
/// about a reason: [`Reason::hint`], or a program's own words. Reads are told at info level only
/// with `reads_at_info`, else at debug level: a service may hydrate for each of its requests.
pub fn emit(report: &Report, strict: bool, hint: Hint, reads_at_info: bool) {
    for entry in &report.entries {
        tell_absent_parameter(report, entry);
    }
    for entries in report.causes() {
        let stops = entries.iter().any(|entry| entry.stops(strict));
        if is_heard(entries[0], stops) {
            tell(report, &report.message(entries), hint, stops);
        }
    }
    if reads_at_info && tracing::enabled!(tracing::Level::INFO)
        || tracing::enabled!(tracing::Level::DEBUG)
    {
        tell_reads(report, reads_at_info);
    }
}

/// One line for each secret: which variables took from it.
fn tell_reads(report: &Report, at_info: bool) {
    let mut read: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for entry in &report.entries {
        if let (Outcome::Hydrated, Some(place)) = (&entry.outcome, &entry.place) {
            read.entry(place).or_default().push(&entry.variable);
        }
    }
    for (place, variables) in read {
        let variables = variables.join(", ");
        let (action, outcome) = (READ, Outcome::Hydrated.word());
        if at_info {
            tracing::info!(
                action,
                variables,
                reference = place,
                outcome,
                "read {place} for {variables}"
            );
        } else {
            tracing::debug!(
                action,
                variables,
                reference = place,
                outcome,
                "read {place} for {variables}"
            );
        }
    }
}

/// An entry that stops the start because of it says so itself.
fn tell_absent_parameter(report: &Report, entry: &EntryReport) {
    let EntryReport { variable, line, .. } = entry;
    let told =
        entry.stops(false) && matches!(entry.outcome.reason(), Some(Reason::NoReference { .. }));
    if let (Some(parameter), false) = (&entry.absent_parameter, told) {
        let manifest = shown::path(&report.manifest);
        tracing::warn!(action = READ, variables = variable, %manifest, line, "{variable} ({manifest}:{line}): parameter {parameter} does not exist");
    }
}

/// Whether anybody listens to what is said of an entry: with a thousand of them, texts for nobody
/// would cost a start more than their values.
fn is_heard(entry: &EntryReport, stops: bool) -> bool {
    match entry.outcome.reason().map(Reason::class) {
        None | Some(Class::Skipped) => tracing::enabled!(tracing::Level::DEBUG),
        Some(_) if stops => tracing::enabled!(tracing::Level::DEBUG),
        Some(Class::Missing | Class::Failed) => tracing::enabled!(tracing::Level::WARN),
    }
}

/// At debug level for entries that stop the start: the caller tells of those, since they come with
/// an error that lists them all.
fn tell(report: &Report, message: &Message<'_>, hint: Hint, stops: bool) {
    let EntryReport { line, outcome, place, .. } = message.entries[0];
    let variables: Vec<_> = message.entries.iter().map(|entry| entry.variable.as_str()).collect();
    let (variables, word) = (variables.join(", "), outcome.word());
    let (reference, reason) = (place.as_deref(), outcome.reason().map(Reason::word));
    let (text, manifest) = (&message.text, shown::path(&report.manifest));
    match outcome.reason().map(Reason::class) {
        None | Some(Class::Skipped) => tracing::debug!(
            action = READ, variables, reference, outcome = word, reason, %manifest, line, "{text}"
        ),
        Some(_) if stops => tracing::debug!(
            action = READ, variables, reference, outcome = word, reason, %manifest, line, "{text}"
        ),
        Some(Class::Missing | Class::Failed) => {
            let hint = message.entries[0].hint_in(hint);
            let hint = hint.as_deref();
            tracing::warn!(
                action = READ, variables, reference, outcome = word, reason, %manifest, line, hint, "{text}"
            )
        }
    }
}
