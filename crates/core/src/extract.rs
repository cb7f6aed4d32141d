//! Extract: the part of a value that an entry takes, raw or from JSON, lossless.
//!
//! Pure. Each JSON document is read once, whatever number of entries take keys from it, and one level deep: what lies
//! below a key stays text, so nothing is rounded or reordered, and depth costs nothing.

use std::collections::{BTreeMap, HashMap};

use serde_json::value::RawValue;

use crate::env::Layer;
use crate::fetch::Fetched;
use crate::manifest::{Entry, Selector};
use crate::plan::{Place, Planned, Settled, Target};
use crate::reason::Reason;
use crate::reference::ParameterId;
use crate::secret_value::SecretValue;

/// What was found for every entry of a run.
#[derive(Debug)]
pub struct Extracted {
    /// One for each entry of the plan.
    pub entries: Vec<Found>,
    /// Parameters that were asked for a reference and do not exist, each with the entry that asked.
    pub absent: Vec<(String, ParameterId)>,
}

/// What was found for an entry.
#[derive(Debug)]
pub struct Found {
    /// The entry.
    pub entry: Entry,
    /// Where it was read, if it was.
    pub target: Option<Target>,
    /// The value, or why there is none.
    pub value: FoundValue,
}

/// The value of an entry, or why there is none.
#[derive(Debug)]
pub enum FoundValue {
    /// The variable is set already.
    Kept(Layer),
    /// It was read.
    Read(SecretValue),
    /// It is there; it was not read.
    Present,
    /// There is none.
    Without(Reason),
}

/// Takes each entry's part of what was fetched.
pub fn extract(fetched: Fetched) -> Extracted {
    let Fetched { entries, absent, values } = fetched;
    let objects = objects(&entries, &values);
    let entries = entries.iter().map(|Planned { entry, step }| {
        let (target, value) = match step {
            Settled::Keep(layer) => (None, FoundValue::Kept(*layer)),
            Settled::Without(reason) => (None, FoundValue::Without(reason.clone())),
            Settled::Read(target) => {
                let value = match values.get(&target.place) {
                    Some(Ok(value)) => part(value, objects.get(&target.place), &target.selector),
                    Some(Err(reason)) => Err(reason.clone()),
                    None => Err(Reason::Empty),
                };
                (Some(target.clone()), value.map_or_else(FoundValue::Without, FoundValue::Read))
            }
        };
        Found { entry: entry.clone(), target, value }
    });
    Extracted { entries: entries.collect(), absent }
}

/// A JSON object's members, their values left as text; of duplicate keys the last counts.
type Object<'a> = HashMap<String, &'a RawValue>;

enum Document<'a> {
    Object(Object<'a>),
    Other(&'a str),
    NotJson,
}

/// Reads the documents from which some entry takes a JSON key.
fn objects<'a>(
    entries: &[Planned<Settled>],
    values: &'a BTreeMap<Place, Result<SecretValue, Reason>>,
) -> BTreeMap<Place, Document<'a>> {
    let mut documents = BTreeMap::new();
    for planned in entries {
        let Settled::Read(target) = &planned.step else { continue };
        if target.selector != Selector::Raw
            && !documents.contains_key(&target.place)
            && let Some(Ok(value)) = values.get(&target.place)
        {
            documents.insert(target.place.clone(), document(value.expose()));
        }
    }
    documents
}

fn document(text: &str) -> Document<'_> {
    // The parser's own messages quote what they read, so they go no further.
    if let Ok(object) = serde_json::from_str(text) {
        return Document::Object(object);
    }
    match serde_json::from_str::<&RawValue>(text) {
        Ok(raw) => Document::Other(raw.get()),
        Err(_) => Document::NotJson,
    }
}

fn part(value: &SecretValue, document: Option<&Document<'_>>, selector: &Selector) -> Result<SecretValue, Reason> {
    let part = match (selector, document) {
        (Selector::Raw, _) | (_, None) => value.clone(),
        // RFC 6901: the empty pointer is the whole document.
        (Selector::Pointer(pointer), _) if pointer.is_empty() => value.clone(),
        (Selector::Key(key), Some(document)) => text(key, member(document, key, key)?)?,
        (Selector::Pointer(pointer), Some(document)) => text(pointer, pointed(document, pointer)?)?,
    };
    if part.is_empty() { Err(Reason::Empty) } else { Ok(part) }
}

fn member<'a>(document: &Document<'a>, key: &str, shown: &str) -> Result<&'a str, Reason> {
    let object = match document {
        Document::Object(object) => object,
        Document::Other(_) => return Err(Reason::NotAnObject { key: shown.to_owned() }),
        Document::NotJson => return Err(Reason::NotJson { key: shown.to_owned() }),
    };
    match object.get(key) {
        Some(raw) => Ok(raw.get()),
        None => Err(key_absent(object, key, shown)),
    }
}

fn key_absent(object: &Object<'_>, key: &str, shown: &str) -> Reason {
    let mut keys: Vec<String> = object.keys().cloned().collect();
    keys.sort_unstable();
    let nearest = crate::nearest::loose(key, keys.iter().map(String::as_str)).map(str::to_owned);
    Reason::KeyAbsent { key: shown.to_owned(), null: false, keys, nearest }
}

/// Follows an RFC 6901 pointer.
fn pointed<'a>(root: &Document<'a>, pointer: &str) -> Result<&'a str, Reason> {
    let mut tokens = pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~"));
    let mut current = member_or_item(root, &tokens.next().unwrap_or_default(), pointer)?;
    for token in tokens {
        current = member_or_item(&document(current), &token, pointer)?;
    }
    Ok(current)
}

fn member_or_item<'a>(document: &Document<'a>, token: &str, pointer: &str) -> Result<&'a str, Reason> {
    if let Document::Other(text) = document
        && let Ok(items) = serde_json::from_str::<Vec<&'a RawValue>>(text)
    {
        // RFC 6901: no leading zeros.
        let index = token.parse::<usize>().ok().filter(|index| index.to_string() == token);
        let item = index.and_then(|index| items.get(index).copied());
        let absent = || Reason::KeyAbsent { key: pointer.to_owned(), null: false, keys: Vec::new(), nearest: None };
        return item.map(RawValue::get).ok_or_else(absent);
    }
    member(document, token, pointer)
}

/// A JSON value as the text of a variable: strings as they are, everything else as it is written.
fn text(key: &str, raw: &str) -> Result<SecretValue, Reason> {
    match raw.as_bytes().first() {
        Some(b'"') => {
            let plain = serde_json::from_str::<&str>(raw).map(SecretValue::from);
            let text = plain.or_else(|_| serde_json::from_str::<String>(raw).map(SecretValue::from));
            text.map_err(|_| Reason::BadJsonString { key: key.to_owned() })
        }
        _ if raw == "null" => {
            Err(Reason::KeyAbsent { key: key.to_owned(), null: true, keys: Vec::new(), nearest: None })
        }
        _ => Ok(SecretValue::from(raw)),
    }
}
