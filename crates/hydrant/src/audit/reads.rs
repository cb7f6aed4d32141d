//! What a hydration records: one intent for all that it is about to read, and one outcome with an
//! entry for each.

use hydrant_core::plan::{Plan, Planned};
use hydrant_core::source::named_by_parameter;
use hydrant_core::{EntryReport, Report};

use super::record::Outcome;
use super::{AuditError, AuditLog, Entry, Intent};

/// The reads of one hydration, between intent and outcome.
#[derive(Debug)]
pub(crate) struct Reads {
    intent: Intent,
}

impl Reads {
    /// Records what a plan is about to ask. `action` is `read`, or `check` where no value is read.
    ///
    /// # Errors
    ///
    /// The record is not on disk: nothing may be asked.
    pub(crate) async fn begin(
        log: &AuditLog,
        action: &'static str,
        plan: &Plan,
    ) -> Result<Self, AuditError> {
        Ok(Reads { intent: log.intent_of(action, asked(plan)).await? })
    }

    /// Records what became of it.
    ///
    /// # Errors
    ///
    /// The record is not on disk; AWS was asked.
    pub(crate) async fn end(self, report: &Report) -> Result<(), AuditError> {
        let reports = report.by_variable();
        let answered = |entry: &Entry| match reports.get(entry.variable()) {
            Some(report) => answered(entry.clone(), report),
            None => entry.clone(),
        };
        let entries: Vec<Entry> = self.intent.entries.iter().map(answered).collect();
        let there = |entry: &&Entry| entry.is_there();
        let outcome = match entries.iter().filter(there).count() {
            0 => Outcome::Failed,
            count if count < entries.len() => Outcome::Partial,
            _ => Outcome::Done,
        };
        self.intent.settle_each(outcome, entries).await
    }
}

/// The entries that something is asked for, with the reference as far as it is known and may be
/// shown.
fn asked(plan: &Plan) -> Vec<Entry> {
    let each = plan.entries.iter().filter_map(|Planned { entry, step }| {
        let reference = match (&step.parameter, step.otherwise.source()) {
            (Some(parameter), _) => named_by_parameter(parameter),
            (None, Some(source)) => source.shown(),
            (None, None) => return None,
        };
        Some(Entry::new(&entry.name, &reference))
    });
    each.collect()
}

fn answered(mut entry: Entry, found: &EntryReport) -> Entry {
    if let Some(place) = &found.place {
        entry.at(place);
    }
    entry.done(found.outcome.word(), &found.receipt.clone().unwrap_or_default());
    if let Some(reason) = found.outcome.reason() {
        let error = reason.store_error();
        let code = error.and_then(|error| error.code.as_deref());
        let request_id = error.and_then(|error| error.request_id.as_deref());
        entry.failed(found.outcome.word(), reason.word(), code, request_id);
    }
    entry
}
