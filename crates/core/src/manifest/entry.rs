//! An entry as it is written: its keys with their spans. Only the types of the values are checked.

use std::ops::Range;

use toml::de::DeValue;

use super::keys::{Key, type_of};
use super::problems::Problems;
use super::scope::Scope;
use super::tables::{Table, unknown_key};

/// One `[secrets.NAME]`.
#[derive(Clone, Debug)]
pub(super) struct RawEntry {
    pub(super) name: String,
    /// The span of the name in its header.
    pub(super) span: Range<usize>,
    pub(super) keys: Vec<RawKey>,
}

/// One key of an entry or of its overlay.
#[derive(Clone, Debug)]
pub(super) struct RawKey {
    pub(super) key: Key,
    pub(super) value: RawValue,
    /// The span of the key.
    pub(super) key_span: Range<usize>,
    /// The span of the value.
    pub(super) span: Range<usize>,
    /// Whether a profile sets it.
    pub(super) from_profile: bool,
}

#[derive(Clone, Debug)]
pub(super) enum RawValue {
    Text(String),
    Flag(bool),
}

impl RawKey {
    /// The text; empty for a boolean.
    pub(super) fn text(&self) -> &str {
        match &self.value {
            RawValue::Text(text) => text,
            RawValue::Flag(_) => "",
        }
    }
}

/// Reads the keys of an entry. Keys that are unknown or of the wrong type are reported and left
/// out.
pub(super) fn read_keys(
    scope: &Scope<'_>,
    table: &Table<'_>,
    from_profile: bool,
    problems: &mut Problems,
) -> Vec<RawKey> {
    let mut keys = Vec::with_capacity(table.len());
    for (name, value) in table {
        let (key_span, span) = (name.span(), value.span());
        let Some(key) = Key::find(name.get_ref()) else {
            unknown_key(scope, name.get_ref(), key_span, span, &Key::ALL.map(Key::name), problems);
            continue;
        };
        if key == Key::Default {
            problems.hide(key_span.start..key_span.end.max(span.end));
        }
        let value = match (key, value.get_ref()) {
            (Key::Required | Key::AllowReserved, DeValue::Boolean(flag)) => RawValue::Flag(*flag),
            (Key::Required | Key::AllowReserved, other) => {
                problems
                    .add(
                        span,
                        format!(
                            "{scope}`{}` must be true or false, found {}",
                            key.name(),
                            type_of(other)
                        ),
                    )
                    .help("write it without quotes");
                continue;
            }
            (_, DeValue::String(text)) => RawValue::Text(text.to_string()),
            (_, other) => {
                let message =
                    format!("{scope}`{}` must be a string, found {}", key.name(), type_of(other));
                problems.add(span, message).help("write it in quotes");
                continue;
            }
        };
        keys.push(RawKey { key, value, key_span, span, from_profile });
    }
    keys
}

/// An entry's keys, with those of an overlay overriding its own.
pub(super) fn merge<'a>(base: &'a [RawKey], overlay: &'a [RawKey]) -> Vec<&'a RawKey> {
    let overlaid = |key: Key| overlay.iter().any(|over| over.key == key);
    base.iter().filter(|base| !overlaid(base.key)).chain(overlay).collect()
}

/// Finds a key of an entry.
pub(super) fn find<'a>(keys: &[&'a RawKey], key: Key) -> Option<&'a RawKey> {
    keys.iter().copied().find(|raw| raw.key == key)
}
