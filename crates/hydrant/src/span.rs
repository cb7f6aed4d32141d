//! The span of a hydration in the log: one for each, with what it came to.

use std::time::Instant;

use hydrant_core::plan::Plan;
use hydrant_core::{Report, shown};
use tracing::Span;
use tracing::field::Empty;

use crate::hydrator::Hydrator;

/// The span, from the plan to the report.
pub(crate) struct HydrationSpan {
    span: Span,
    begin: Instant,
}

impl HydrationSpan {
    pub(crate) fn new(hydrator: &Hydrator, plan: &Plan) -> Self {
        let profile = hydrator.shared.options.selection.profile.as_deref().map(shown::unquoted);
        let span = tracing::info_span!(
            "hydrate",
            manifest = %shown::path(hydrator.shared.manifest.path()),
            profile = profile.as_deref(),
            entries = plan.entries.len(),
            hydrated = Empty,
            kept = Empty,
            defaulted = Empty,
            skipped = Empty,
            missing = Empty,
            failed = Empty,
            duration_ms = Empty,
        );
        HydrationSpan { span, begin: Instant::now() }
    }

    pub(crate) fn as_span(&self) -> Span {
        self.span.clone()
    }

    /// How many entries came to each outcome, and how long it took.
    pub(crate) fn record(self, report: &Report) {
        if self.span.is_disabled() {
            return;
        }
        for outcome in ["hydrated", "kept", "defaulted", "skipped", "missing", "failed"] {
            let entries = report.entries.iter();
            let count = entries.filter(|entry| entry.outcome.word() == outcome).count();
            self.span.record(outcome, count);
        }
        let took = self.begin.elapsed().as_millis();
        self.span.record("duration_ms", u64::try_from(took).unwrap_or(u64::MAX));
    }
}
