//! What is said of the entries of a report: one message for each, or one for all that share a cause
//! not their own.
//!
//! Missing credentials stop fifty entries for one reason, which is read once. Where messages go,
//! and whether they are errors or warnings, is up to the log ([`crate::events`]) and to programs.

use std::path::Path;

use crate::reason::Reason;
use crate::report::{EntryReport, Report};
use crate::shown;

/// What is said of one entry, or of several that have one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message<'a> {
    /// The entries; never empty.
    pub entries: Vec<&'a EntryReport>,
    /// `VARIABLE (MANIFEST:LINE) [description]: what became of it`, on one line.
    pub text: String,
}

impl Message<'_> {
    /// What to do.
    pub fn hint(&self) -> Option<String> {
        // Of several entries the cause is one.
        self.entries[0].hint()
    }
}

impl Report {
    /// A message for every entry, in the order of the manifest.
    pub fn messages(&self) -> Vec<Message<'_>> {
        self.causes().into_iter().map(|entries| self.message(entries)).collect()
    }

    /// The entries, those together that share a cause. Their texts are made where they are said.
    pub(crate) fn causes(&self) -> Vec<Vec<&EntryReport>> {
        let mut groups: Vec<Vec<&EntryReport>> = Vec::new();
        // Those with a cause that others may share: among thousands of entries they are few.
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

    /// What is said of entries that share a cause, or of one.
    pub(crate) fn message<'a>(&self, entries: Vec<&'a EntryReport>) -> Message<'a> {
        message(&self.manifest, entries)
    }

    /// The messages about entries that stop the start; see [`Report::stopping`]. Others that share
    /// their cause are named.
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
        // The place and the outcome are each entry's own.
        several => several[0].shared_cause(),
    };
    Message { text: format!("{}: {what}", named.join(", ")), entries }
}
