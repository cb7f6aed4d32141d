//! A report as JSON, for `--json`. A report has no way to a value, and so neither has this.

use hydrant::{EntryReport, Report};
use hydrant_core::shown;
use serde_json::{Value, json};

use crate::failure::hints;

pub(crate) fn of(report: &Report) -> Value {
    json!({
        "manifest": shown::path(&report.manifest).into_owned(),
        "entries": report.entries.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn entry(entry: &EntryReport) -> Value {
    let reason = entry.outcome.reason();
    json!({
        "variable": entry.variable,
        "line": entry.line,
        "description": entry.description,
        "required": entry.required,
        "outcome": entry.outcome.word(),
        "reference": entry.place,
        "absent_parameter": entry.absent_parameter,
        "reason": reason.map(|reason| reason.word()),
        "message": reason.map(ToString::to_string),
        "said": entry.said(),
        "hint": hints::of_entry(entry),
    })
}
