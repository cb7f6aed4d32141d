//! The messages about the entries of a report: one for each entry, or one for all entries with a
//! shared cause.
//!
//! If missing credentials stop fifty entries, people read that once. The log ([`crate::events`])
//! and programs decide where messages go, and whether they are errors or warnings.

use std::path::Path;

use crate::reason::Reason;
use crate::report::{EntryReport, Report};
use crate::shown;

/// The message about one entry, or about several with the same cause.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message<'a> {
    /// The entries; never empty.
    pub entries: Vec<&'a EntryReport>,
    /// `VARIABLE (MANIFEST:LINE) [description]: outcome`, on one line.
    pub text: String,
}

impl Message<'_> {
    /// The hint.
    pub fn hint(&self) -> Option<String> {
        // Several entries have the same cause.
        self.entries[0].hint()
    }
}

impl Report {
    /// A message for every entry, in the order of the manifest.
    pub fn messages(&self) -> Vec<Message<'_>> {
        self.causes().into_iter().map(|entries| self.message(entries)).collect()
    }

    /// The entries, grouped by cause. The texts are only made when they are needed.
    pub(crate) fn causes(&self) -> Vec<Vec<&EntryReport>> {
        let mut groups: Vec<Vec<&EntryReport>> = Vec::new();
        // Groups with a cause that other entries may share. Among thousands of entries there are
        // few.
        let mut shared: Vec<(&Reason, usize)> = Vec::new();
        for entry in &self.entries {
            let reason = entry.outcome.reason().filter(|reason| reason.is_shared());
            let same = reason
                .and_then(|one| shared.iter().find(|(other, _)| one.shares_cause_with(other)));
            match same {
                Some((_, group)) => groups[*group].push(entry),
                None => {
                    shared.extend(reason.map(|reason| (reason, groups.len())));
                    groups.push(vec![entry]);
                }
            }
        }
        groups
    }

    /// The message about one entry, or about entries that share a cause.
    pub(crate) fn message<'a>(&self, entries: Vec<&'a EntryReport>) -> Message<'a> {
        message(&self.manifest, entries)
    }

    /// The messages about entries that stop the start; see [`Report::stopping`]. They also name
    /// other entries with the same cause.
    pub fn stopping_messages(&self, strict: bool) -> impl Iterator<Item = Message<'_>> {
        let messages = self.messages().into_iter();
        messages.filter(move |message| message.entries.iter().any(|entry| entry.stops(strict)))
    }
}

fn message<'a>(manifest: &Path, entries: Vec<&'a EntryReport>) -> Message<'a> {
    let manifest = shown::path(manifest);
    let named = entries.iter().map(|entry| {
        let described =
            entry.description.as_ref().map(|text| format!(" [{text}]")).unwrap_or_default();
        format!("{} ({manifest}:{}){described}", entry.variable, entry.line)
    });
    let named: Vec<_> = named.collect();
    let what = match &entries[..] {
        [entry] => entry.to_string(),
        // Each entry has its own source and outcome.
        several => several[0].shared_cause(),
    };
    Message { text: format!("{}: {what}", named.join(", ")), entries }
}
