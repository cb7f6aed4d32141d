//! Report: an outcome for every entry, with its reason and reference. The values are separate.
//!
//! Decides what a reason means for a required entry, an optional entry and one with a default.
//! Nothing in a [`Report`] can hold a value. The values of a run are in [`Values`].

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::env::{Env, Layer};
use crate::extract::{Extracted, Found, FoundValue};
use crate::manifest::Need;
use crate::reason::{Class, Hint, Reason};
use crate::secret_value::SecretValue;
use crate::severity::Severity;
use crate::source::Source;
use crate::store::Receipt;

/// The result of one hydration.
#[derive(Debug)]
#[non_exhaustive]
pub struct Hydration {
    /// The outcome of each entry.
    pub report: Report,
    /// The values, in the order of the manifest.
    pub values: Values,
}

/// The outcome of each entry. It holds no value and gives no access to one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The manifest, as it was named.
    pub manifest: PathBuf,
    /// One for each entry, in the order of the manifest.
    pub entries: Vec<EntryReport>,
}

/// The outcome of one entry, with its context.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntryReport {
    /// The variable.
    pub variable: String,
    /// The entry's line in the manifest, from 1.
    pub line: usize,
    /// The entry's description.
    pub description: Option<String>,
    /// Whether a missing value stops the start.
    pub required: bool,
    /// Its outcome.
    pub outcome: Outcome,
    /// The source it was read from, or should have been, as it may be shown.
    pub place: Option<String>,
    /// The parameter that should hold the reference and does not exist.
    pub absent_parameter: Option<String>,
    /// Which version was read and by which request, if a secret was read.
    pub receipt: Option<Receipt>,
    /// Whether the reference must not be shown: it is not an ARN, and was found in a variable or a
    /// parameter.
    hidden: bool,
}

/// The outcome of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Its variable was already set, in this layer.
    Kept(Layer),
    /// It was read.
    Hydrated,
    /// It exists. Its value was not read.
    Present,
    /// Its default is used, for this reason.
    Defaulted(Reason),
    /// AWS was not called.
    Skipped(Reason),
    /// There is no value.
    Missing(Reason),
    /// It is not known whether there is a value, or the value cannot be used.
    Failed(Reason),
}

impl Outcome {
    /// One word: `kept`, `hydrated`, `defaulted`, `skipped`, `missing` or `failed`.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Kept(_) => "kept",
            Outcome::Hydrated => "hydrated",
            Outcome::Present => "present",
            Outcome::Defaulted(_) => "defaulted",
            Outcome::Skipped(_) => "skipped",
            Outcome::Missing(_) => "missing",
            Outcome::Failed(_) => "failed",
        }
    }

    /// Why the entry has no value, apart from its default.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Outcome::Kept(_) | Outcome::Hydrated | Outcome::Present => None,
            Outcome::Defaulted(reason)
            | Outcome::Skipped(reason)
            | Outcome::Missing(reason)
            | Outcome::Failed(reason) => Some(reason),
        }
    }
}

/// The values of one hydration: those of every entry that has one, including kept values and
/// defaults.
#[derive(Clone, Default)]
pub struct Values {
    /// The manifest, as it was named.
    pub(crate) manifest: PathBuf,
    /// Every entry of the report, in its order.
    pub(crate) entries: Vec<EntryValue>,
}

/// The value of an entry, if it has one.
#[derive(Clone)]
pub(crate) struct EntryValue {
    pub(crate) variable: String,
    pub(crate) line: usize,
    pub(crate) value: Option<SecretValue>,
    /// The layer in which it was already set.
    layer: Option<Layer>,
}

impl Values {
    /// The value of a variable.
    pub fn get(&self, variable: &str) -> Option<&SecretValue> {
        self.iter().find(|(name, _)| *name == variable).map(|(_, value)| value)
    }

    /// Every pair, in the order of the manifest.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SecretValue)> {
        self.entries.iter().filter_map(EntryValue::pair)
    }

    /// The pairs that the process's own environment does not have yet. With `ignore_set`, also
    /// those that were read although they are set.
    pub fn to_set(&self) -> impl Iterator<Item = (&str, &SecretValue)> {
        let unset = self.entries.iter().filter(|entry| entry.layer != Some(Layer::Process));
        unset.filter_map(EntryValue::pair)
    }
}

impl EntryValue {
    fn pair(&self) -> Option<(&str, &SecretValue)> {
        Some((&self.variable, self.value.as_ref()?))
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Turns the results of extract into a report and values.
pub fn report(manifest: &Path, extracted: Extracted, env: &Env) -> Hydration {
    let Extracted { entries, absent } = extracted;
    let mut absent = absent.into_iter().peekable();
    let mut values = Values { manifest: manifest.to_owned(), entries: Vec::new() };
    let mut reports = Vec::with_capacity(entries.len());
    for Found { entry, source, receipt, value } in entries {
        let entry = Arc::unwrap_or_clone(entry);
        let absent_parameter =
            absent.next_if(|(name, _)| *name == entry.name).map(|(_, id)| id.to_string());
        let hidden = source.as_ref().is_some_and(|source| source.redacted_as().is_some());
        let mut layer = None;
        let (value, outcome) = match value {
            FoundValue::Kept(kept) => {
                layer = Some(kept);
                (env.text(&entry.name).map(SecretValue::from), Outcome::Kept(kept))
            }
            FoundValue::Read(value) => (Some(value), Outcome::Hydrated),
            FoundValue::Present => (None, Outcome::Present),
            FoundValue::Without(mut reason) => {
                // AWS repeats the reference of the call, so its message is dropped here, before
                // anything can show it.
                if hidden {
                    reason.drop_message();
                }
                match &entry.need {
                    Need::Default(text) => (Some(text.as_str().into()), Outcome::Defaulted(reason)),
                    Need::Required | Need::Optional => match reason.class() {
                        Class::Skipped => (None, Outcome::Skipped(reason)),
                        Class::Missing => (None, Outcome::Missing(reason)),
                        Class::Failed => (None, Outcome::Failed(reason)),
                    },
                }
            }
        };
        let (variable, line) = (entry.name.clone(), entry.line);
        values.entries.push(EntryValue { variable, line, value, layer });
        reports.push(EntryReport {
            required: entry.need.is_required(),
            variable: entry.name,
            line: entry.line,
            description: entry.description,
            place: source.as_ref().map(Source::shown),
            hidden,
            absent_parameter,
            receipt,
            outcome,
        });
    }
    Hydration { report: Report { manifest: manifest.to_owned(), entries: reports }, values }
}

impl Report {
    /// The report of a variable.
    pub fn get(&self, variable: &str) -> Option<&EntryReport> {
        self.entries.iter().find(|entry| entry.variable == variable)
    }

    /// The reports by their variables, to look up many.
    pub fn by_variable(&self) -> HashMap<&str, &EntryReport> {
        self.entries.iter().map(|entry| (entry.variable.as_str(), entry)).collect()
    }

    /// The entries that stop the start: the required ones without a value and, if `strict`, the
    /// failed ones.
    pub fn stopping(&self, strict: bool) -> impl Iterator<Item = &EntryReport> {
        self.entries.iter().filter(move |entry| entry.stops(strict))
    }

    /// The severity of the most severe entry that stops the start; `None` if nothing stops it.
    pub fn severity(&self, strict: bool) -> Option<Severity> {
        self.stopping(strict).filter_map(|entry| entry.outcome.reason()).map(Reason::severity).max()
    }
}

impl EntryReport {
    /// Whether the start stops for this entry: it is required and has no value, or it failed and
    /// `strict` is set.
    pub fn stops(&self, strict: bool) -> bool {
        match &self.outcome {
            Outcome::Kept(_) | Outcome::Hydrated | Outcome::Present => false,
            Outcome::Skipped(_) | Outcome::Missing(_) => self.required,
            Outcome::Failed(_) => self.required || strict,
            Outcome::Defaulted(reason) => strict && reason.class() == Class::Failed,
        }
    }

    /// The error of AWS or of the connection. AWS's message is left out if it may repeat a
    /// reference that must not be shown.
    pub fn said(&self) -> Option<String> {
        let error = self.outcome.reason()?.store_error()?;
        match error.code {
            None => Some(error.to_string()),
            Some(_) => Some(format!("AWS said: {error}")),
        }
    }

    /// The cause without the parts that are specific to the entry.
    pub(crate) fn shared_cause(&self) -> String {
        let cause =
            self.outcome.reason().map(|reason| reason.cause().to_string()).unwrap_or_default();
        [Some(cause), self.said()].into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    /// The hint.
    pub fn hint(&self) -> Option<String> {
        self.hint_in(Reason::hint)
    }

    /// The hint in a program's own words.
    #[doc(hidden)]
    pub fn hint_in(&self, words: Hint) -> Option<String> {
        let reason = self.outcome.reason()?;
        let hint = words(reason, &self.variable, self.place.as_deref().unwrap_or("it"))?;
        match reason {
            Reason::SecretAbsent(_) if self.hidden => Some(format!(
                "check that it holds an ARN or a name, not the value itself; otherwise {hint}"
            )),
            _ => Some(hint),
        }
    }
}

/// One line: the outcome and its reason, the source, and the error of AWS. If a required value is
/// missing, only the reason.
impl fmt::Display for EntryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Outcome::Kept(layer) = &self.outcome {
            return write!(f, "kept: already set in {layer}");
        }
        let reason = self.outcome.reason();
        if !self.required || reason.is_none() {
            f.write_str(self.outcome.word())?;
        }
        if let Some(reason) = reason {
            let colon = if self.required { "" } else { ": " };
            write!(f, "{colon}{reason}")?;
        }
        match &self.place {
            // The reason ends with a list of keys.
            Some(place) if reason.is_some_and(Reason::is_about_content) => {
                write!(f, " (in {place})")?
            }
            Some(place) => write!(f, ": {place}")?,
            None => {}
        }
        match self.said() {
            Some(said) => write!(f, "; {said}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
