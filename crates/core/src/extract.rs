//! Extract: takes an entry's part of a value, raw or from JSON, without loss.
//!
//! Pure. Each JSON document is parsed once, for any number of entries, and only one level deep. The
//! value of a key stays text, so nothing is rounded or reordered, and depth costs nothing.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::value::RawValue;

use crate::env::Layer;
use crate::fetch::Fetched;
use crate::json_pointer;
use crate::manifest::Entry;
use crate::nearest::loose;
use crate::plan::{Planned, Settled};
use crate::reason::Reason;
use crate::reference::ParameterId;
use crate::secret_value::SecretValue;
use crate::selector::Selector;
use crate::shown;
use crate::source::Source;
use crate::store::Receipt;

/// What was found for every entry of a run.
#[derive(Debug)]
pub struct Extracted {
    /// One for each entry of the plan.
    pub entries: Vec<Found>,
    /// Parameters that should hold a reference and do not exist, each with its entry.
    pub absent: Vec<(String, ParameterId)>,
}

/// What was found for an entry.
#[derive(Debug)]
pub struct Found {
    /// The entry.
    pub entry: Arc<Entry>,
    /// The source it was read from, if it was read.
    pub source: Option<Source>,
    /// The version and request that AWS returned with the value.
    pub receipt: Option<Receipt>,
    /// The value, or why there is none.
    pub value: FoundValue,
}

/// A key of a JSON value as it may be shown. Somebody may have pasted an API key in its place.
fn shown(key: &str) -> String {
    shown::name(key).map_or_else(|| shown::NOT_SHOWN.to_owned(), Cow::into_owned)
}

/// The value of an entry, or why there is none.
#[derive(Debug)]
pub enum FoundValue {
    /// The variable is already set.
    Kept(Layer),
    /// It was read.
    Read(SecretValue),
    /// It exists. It was not read.
    Present,
    /// There is no value.
    Without(Reason),
}

/// Takes each entry's part of what was fetched.
pub fn extract(fetched: Fetched) -> Extracted {
    let Fetched { entries, absent, values, read: _ } = fetched;
    // Each document is parsed once, when the first entry takes a part of it.
    let mut documents = BTreeMap::new();
    let entries = entries.into_iter().map(|planned| {
        Found::of(planned, |source| {
            let read = values.get_key_value(&source.id);
            let receipt =
                read.and_then(|(_, read)| read.as_ref().ok()).map(|read| read.receipt.clone());
            let part = match read {
                Some((id, Ok(read))) => {
                    part(&read.value, documents.entry(id).or_default(), &source.selector)
                }
                Some((_, Err(reason))) => Err(reason.clone()),
                None => Err(Reason::Empty),
            };
            (receipt, part.map_or_else(FoundValue::Without, FoundValue::Read))
        })
    });
    Extracted { entries: entries.collect(), absent }
}

impl Found {
    /// The result for an entry: `read` gives the result of its source, if it has one.
    pub(crate) fn of(
        planned: Planned<Settled>,
        read: impl FnOnce(&Source) -> (Option<Receipt>, FoundValue),
    ) -> Self {
        let Planned { entry, step } = planned;
        let (source, receipt, value) = match step {
            Settled::Keep(layer) => (None, None, FoundValue::Kept(layer)),
            Settled::Without(reason) => (None, None, FoundValue::Without(reason)),
            Settled::Read(source) => {
                let (receipt, value) = read(&source);
                (Some(source), receipt, value)
            }
        };
        Found { entry, source, receipt, value }
    }
}

/// The members of a JSON object, with their values as text. Of duplicate keys the last one counts.
type Object<'a> = HashMap<String, &'a RawValue>;

/// A JSON text, parsed one level deep.
enum Document<'a> {
    Object(Object<'a>),
    Array(Vec<&'a RawValue>),
    Scalar,
    /// An object with a key that is not valid Unicode, such as half of a surrogate pair.
    BadKey,
    NotJson,
}

fn document(text: &str) -> Document<'_> {
    // The parser's own messages quote the input, so they are dropped.
    match text.trim_start().as_bytes().first() {
        Some(b'{') => serde_json::from_str(text)
            .map_or_else(|_| other(text, Document::BadKey), Document::Object),
        Some(b'[') => serde_json::from_str(text).map_or(Document::NotJson, Document::Array),
        _ => other(text, Document::Scalar),
    }
}

/// The kind of a text, if it is JSON.
fn other<'a>(text: &'a str, json: Document<'a>) -> Document<'a> {
    match serde_json::from_str::<&RawValue>(text) {
        Ok(_) => json,
        Err(_) => Document::NotJson,
    }
}

fn part<'a>(
    value: &'a SecretValue,
    read: &mut Option<Document<'a>>,
    selector: &Selector,
) -> Result<SecretValue, Reason> {
    let document = || document(value.expose());
    let part = match selector {
        Selector::Raw => value.clone(),
        Selector::Key(key) => member(read.get_or_insert_with(document), key)?,
        Selector::Pointer(pointer) => pointed(read.get_or_insert_with(document), pointer)?,
    };
    if part.is_empty() { Err(Reason::Empty) } else { Ok(part) }
}

fn member(document: &Document<'_>, key: &str) -> Result<SecretValue, Reason> {
    let object = match document {
        Document::Object(object) => object,
        document => return Err(unusable(document, key)),
    };
    let Some(raw) = object.get(key) else {
        let keys = names(document);
        let nearest = loose(key, keys.iter().map(String::as_str)).map(str::to_owned);
        let keys = keys.iter().map(|key| shown(key)).collect();
        return Err(Reason::KeyAbsent { key: key.to_owned(), null: false, keys, nearest });
    };
    match raw.get() {
        "null" => Err(Reason::KeyAbsent {
            key: key.to_owned(),
            null: true,
            keys: Vec::new(),
            nearest: None,
        }),
        raw => text(raw).ok_or_else(|| Reason::BadJsonString { key: key.to_owned() }),
    }
}

/// Follows an RFC 6901 pointer.
fn pointed(root: &Document<'_>, pointer: &str) -> Result<SecretValue, Reason> {
    let mut tokens = json_pointer::tokens(pointer);
    let mut way = String::new();
    let mut current = step(root, &tokens.next().unwrap_or_default(), &mut way, pointer)?;
    for token in tokens {
        current = step(&document(current), &token, &mut way, pointer)?;
    }
    match current {
        "null" => Err(Reason::PointerAbsent {
            pointer: pointer.to_owned(),
            null: true,
            beside: Vec::new(),
            nearest: None,
        }),
        raw => text(raw).ok_or_else(|| Reason::BadJsonString { key: pointer.to_owned() }),
    }
}

/// One step of a pointer, from the document at `way` to its member or item.
fn step<'a>(
    document: &Document<'a>,
    token: &str,
    way: &mut String,
    pointer: &str,
) -> Result<&'a str, Reason> {
    let found = match document {
        Document::Object(object) => object.get(token),
        Document::Array(items) => json_pointer::index(token).and_then(|index| items.get(index)),
        document => return Err(unusable(document, pointer)),
    };
    if let Some(raw) = found {
        *way = json_pointer::join(way, token);
        return Ok(raw.get());
    }
    let names = names(document);
    // Do not suggest another index.
    let is_object = matches!(document, Document::Object(_));
    let like = names.iter().map(String::as_str).filter(|_| is_object);
    let nearest = loose(token, like).map(|name| json_pointer::join(way, name));
    let beside = names.iter().map(|name| json_pointer::join(way, &shown(name))).collect();
    Err(Reason::PointerAbsent { pointer: pointer.to_owned(), null: false, beside, nearest })
}

/// The keys of an object, sorted; the indices of an array.
fn names(document: &Document<'_>) -> Vec<String> {
    match document {
        Document::Object(object) => {
            let mut keys: Vec<String> = object.keys().cloned().collect();
            keys.sort_unstable();
            keys
        }
        Document::Array(items) => (0..items.len()).map(|index| index.to_string()).collect(),
        Document::Scalar | Document::BadKey | Document::NotJson => Vec::new(),
    }
}

/// Why no key can be taken from a document that is not an object.
fn unusable(document: &Document<'_>, key: &str) -> Reason {
    let key = key.to_owned();
    match document {
        Document::NotJson => Reason::NotJson { key },
        Document::BadKey => Reason::BadJsonString { key },
        Document::Object(_) | Document::Array(_) | Document::Scalar => Reason::NotAnObject { key },
    }
}

/// A JSON value as the text of a variable: strings unquoted, everything else as it is written.
/// `None` for a string that is not valid Unicode.
fn text(raw: &str) -> Option<SecretValue> {
    if !raw.starts_with('"') {
        return Some(raw.into());
    }
    // A string without escapes is borrowed, so it is only copied once, into the type that wipes it.
    let plain = serde_json::from_str::<&str>(raw).map(SecretValue::from);
    plain.or_else(|_| serde_json::from_str::<String>(raw).map(SecretValue::from)).ok()
}

#[cfg(test)]
mod tests;
