//! What a hydration tells the log: one event for each secret that was read, and for each entry without a value.

use std::collections::BTreeMap;

use crate::report::{EntryReport, Outcome, Report};

pub(crate) fn emit(report: &Report) {
    let mut read: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for entry in &report.entries {
        if let (Outcome::Hydrated, Some(place)) = (&entry.outcome, &entry.place) {
            read.entry(place).or_default().push(&entry.variable);
        }
        emit_entry(report, entry);
    }
    for (place, variables) in read {
        let variables = variables.join(", ");
        tracing::info!(variables, reference = place, "read {place} for {variables}");
    }
}

fn emit_entry(report: &Report, entry: &EntryReport) {
    let EntryReport { variable, line, .. } = entry;
    let manifest = report.manifest.display();
    if let Some(parameter) = &entry.absent_parameter {
        tracing::warn!(variable, %manifest, line, "{variable} ({manifest}:{line}): parameter {parameter} does not exist");
    }
    // Entries that stop the start are the caller's to tell: they come with an error that lists them all.
    if entry.stops(false) {
        return;
    }
    let outcome = entry.outcome.word();
    let hint = entry.hint();
    let hint = hint.as_deref();
    match &entry.outcome {
        Outcome::Kept(_) | Outcome::Hydrated | Outcome::Present | Outcome::Skipped(_) => {
            tracing::debug!(variable, %manifest, line, outcome, "{variable} ({manifest}:{line}): {entry}");
        }
        Outcome::Defaulted(reason) if reason.class() == crate::reason::Class::Skipped => {
            tracing::debug!(variable, %manifest, line, outcome, "{variable} ({manifest}:{line}): {entry}");
        }
        Outcome::Defaulted(_) | Outcome::Missing(_) | Outcome::Failed(_) => {
            tracing::warn!(variable, %manifest, line, outcome, hint, "{variable} ({manifest}:{line}): {entry}");
        }
    }
}
