//! Each entry: its reference, whether it can be described and read, and whether its part of the
//! value exists.

use hydrant::{Examination, ExaminedEntry, Outcome};
use hydrant_core::reason::{Class, Reason};
use hydrant_core::selector::Selector;
use serde_json::json;

use super::{Finding, Mark, Section};
use crate::failure::{Failure, exit, hints};

/// `unrecorded` is why the audit log could not take the record, so that nothing was read.
pub(crate) fn findings(examined: &Examination, unrecorded: Option<&Failure>) -> Vec<Finding> {
    let unrecorded =
        unrecorded.map(|failure| super::of_failure(Section::Entries, "audit log", failure));
    let is_recorded = unrecorded.is_none();
    let entries = examined.entries.iter().map(|entry| of_entry(entry, is_recorded));
    unrecorded.unwrap_or_default().into_iter().chain(entries).collect()
}

fn of_entry(entry: &ExaminedEntry, is_recorded: bool) -> Finding {
    let report = &entry.report;
    let need = if report.required { "required" } else { "optional" };
    let (mark, what, hint) = match report.outcome.reason() {
        Some(Reason::Offline) if !is_recorded => {
            (Mark::Skipped, "not read, because the read could not be recorded".to_owned(), None)
        }
        _ => (mark(entry), what(entry), hint(entry)),
    };
    let set = match (entry.set, matches!(report.outcome, Outcome::Kept(_))) {
        (Some(layer), false) => format!("set in {layer}; in a deployment "),
        _ => String::new(),
    };
    let finding =
        Finding::new(Section::Entries, &report.variable, mark, format!("{need}: {set}{what}"));
    let read = entry.asked.then(|| {
        matches!(report.outcome, Outcome::Hydrated)
            || report.outcome.reason().is_some_and(Reason::is_about_content)
    });
    let key = match (&entry.selector, &report.outcome) {
        (Selector::Raw, _) => None,
        (_, Outcome::Hydrated) => Some(true),
        (_, outcome) => outcome.reason().filter(|reason| reason.is_about_content()).map(|_| false),
    };
    let described = entry.described.as_ref().map(|described| described.outcome.word());
    let details = json!({
        "line": report.line,
        "description": report.description,
        "required": report.required,
        "set_in": entry.set,
        "source_key": entry.source_key,
        "reference": report.place,
        "described": described,
        "readable": read,
        "key_present": key,
        "version": report.receipt.as_ref().and_then(|receipt| receipt.version_id()),
        "reason": report.outcome.reason().map(Reason::word),
    });
    Finding { details: details.as_object().cloned().unwrap_or_default(), ..finding.hint(hint) }
}

fn mark(entry: &ExaminedEntry) -> Mark {
    match &entry.report.outcome {
        Outcome::Kept(_) | Outcome::Hydrated | Outcome::Present => Mark::Ok,
        // The problem is reported above, where it was found.
        outcome if !entry.asked && outcome.reason().is_some_and(Reason::is_shared) => Mark::Skipped,
        outcome if entry.stops => {
            let severity = outcome.reason().map(Reason::severity);
            Mark::Problem(severity.map_or(exit::DONE, exit::of_severity))
        }
        Outcome::Defaulted(reason) if reason.class() == Class::Skipped => Mark::Ok,
        // The findings of the env file say whether a deployment needs it.
        Outcome::Skipped(_) if entry.set.is_some() => Mark::Ok,
        _ => Mark::Warning,
    }
}

fn what(entry: &ExaminedEntry) -> String {
    let report = &entry.report;
    let key = entry.source_key.as_ref().map(|key| format!(" ({key})")).unwrap_or_default();
    let place = report.place.as_ref().map(|place| format!("{place}{key}: ")).unwrap_or_default();
    let described = entry.described.as_ref().map(|described| &described.outcome);
    let Some(reason) = report.outcome.reason() else {
        return match &report.outcome {
            Outcome::Kept(layer) => format!("set in {layer}"),
            _ => {
                let key = match &entry.selector {
                    Selector::Raw => "",
                    Selector::Key(_) => ", JSON key found",
                    Selector::Pointer(_) => ", JSON pointer found",
                };
                let version = report.receipt.as_ref().and_then(|receipt| receipt.version_id());
                let version = version.map(|id| format!(", version {id}")).unwrap_or_default();
                let undescribed = match described.and_then(Outcome::reason) {
                    Some(reason) => format!("; not described: {reason}"),
                    None => String::new(),
                };
                format!("{place}readable{key}{version}{undescribed}")
            }
        };
    };
    let default =
        if matches!(report.outcome, Outcome::Defaulted(_)) { "uses its default: " } else { "" };
    // A problem of all entries is reported above, where it was found.
    if !entry.asked && reason.is_shared() {
        return format!("{place}{default}not read: {reason}");
    }
    let readable = match (reason.is_about_content(), described) {
        (true, _) => "readable; ",
        (false, Some(Outcome::Present)) => "described, but not readable: ",
        _ => "",
    };
    let said = report.said().map(|said| format!("; {said}")).unwrap_or_default();
    format!("{place}{default}{readable}{reason}{said}")
}

fn hint(entry: &ExaminedEntry) -> Option<String> {
    let report = &entry.report;
    match report.outcome.reason() {
        Some(reason) if !entry.asked && reason.is_shared() => None,
        Some(Reason::NoReference { .. })
            if entry.set.is_some() || matches!(report.outcome, Outcome::Defaulted(_)) =>
        {
            None
        }
        Some(_) => hints::of_entry(report),
        // Reading does not need it, but two commands do.
        None => {
            let reason = entry.described.as_ref()?.outcome.reason()?;
            let place = report.place.as_deref().unwrap_or("it");
            let hint = hints::of_reason(reason, &report.variable, place)?;
            Some(format!("needed only for check --live and status: {hint}"))
        }
    }
}
