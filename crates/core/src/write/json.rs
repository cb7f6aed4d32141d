//! A JSON text with one of its values changed, and every other byte as it was.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::json_pointer;
use crate::reason::Reason;
use crate::secret_value::SecretValue;
use crate::selector::Selector;

/// The text with this value, as a JSON string, at the place that the selector names. A key that is
/// not there is added at the end of its object; nothing else is made.
///
/// # Errors
///
/// Why the text has no place for it, as a read would say.
pub(super) fn with(
    text: &SecretValue,
    selector: &Selector,
    value: &SecretValue,
) -> Result<SecretValue, Reason> {
    let text = text.expose();
    let (edit, key) = match selector {
        Selector::Raw => return Ok(value.clone()),
        Selector::Key(key) => (edit(text, 0, key, selector)?, key.clone()),
        Selector::Pointer(pointer) => pointed(text, pointer, selector)?,
    };
    let quoted = |text: &str| {
        serde_json::to_string(text)
            .map(Zeroizing::new)
            .map_err(|_| Reason::BadJsonString { key: key.clone() })
    };
    let value = quoted(value.expose())?;
    let name = quoted(&key)?;
    // Made as long as it gets, so that no copy is left behind where it grew.
    let mut changed = String::with_capacity(text.len() + value.len() + name.len() + 2);
    match edit {
        Edit::Replace { start, end } => changed.extend([&text[..start], &value, &text[end..]]),
        Edit::Add { end, first } => {
            let comma = if first { "" } else { "," };
            changed.extend([&text[..end], comma, &name, ":", &value, &text[end..]]);
        }
    }
    Ok(SecretValue::from(changed))
}

/// What is changed of a text.
enum Edit {
    /// What stands between these bytes.
    Replace { start: usize, end: usize },
    /// A member is added before this byte, the closing brace; whether it is the first.
    Add { end: usize, first: bool },
}

/// Follows an RFC 6901 pointer; the way to its last token must be there.
fn pointed(text: &str, pointer: &str, selector: &Selector) -> Result<(Edit, String), Reason> {
    let mut tokens: Vec<_> = json_pointer::tokens(pointer).collect();
    let last = tokens.pop().unwrap_or_default();
    let (mut current, mut offset) = (text, 0);
    for token in tokens {
        match edit(current, 0, &token, selector)? {
            Edit::Replace { start, end } => {
                offset += start;
                current = &current[start..end];
            }
            Edit::Add { .. } => {
                let pointer = pointer.to_owned();
                return Err(Reason::PointerAbsent {
                    pointer,
                    null: false,
                    beside: Vec::new(),
                    nearest: None,
                });
            }
        }
    }
    Ok((edit(current, offset, &last, selector)?, last))
}

/// What is changed of a document that begins at this byte of the whole.
fn edit(document: &str, offset: usize, key: &str, selector: &Selector) -> Result<Edit, Reason> {
    let shown = match selector {
        Selector::Raw => String::new(),
        Selector::Key(key) => key.clone(),
        Selector::Pointer(pointer) => pointer.clone(),
    };
    // The parser's own messages quote what they read, so they go no further.
    let raw: &RawValue =
        serde_json::from_str(document).map_err(|_| Reason::NotJson { key: shown.clone() })?;
    let place = |raw: &RawValue| {
        let start = offset + (raw.get().as_ptr() as usize - document.as_ptr() as usize);
        Edit::Replace { start, end: start + raw.get().len() }
    };
    match raw.get().as_bytes().first() {
        Some(b'{') => {
            let mut parser = serde_json::Deserializer::from_str(raw.get());
            let members = parser
                .deserialize_map(Members)
                .map_err(|_| Reason::BadJsonString { key: shown })?;
            // Of duplicate keys the last counts.
            match members.iter().rev().find(|(name, _)| name == key) {
                Some((_, raw)) => Ok(place(raw)),
                None => {
                    let before = raw.get().as_ptr() as usize - document.as_ptr() as usize;
                    Ok(Edit::Add {
                        end: offset + before + raw.get().len() - 1,
                        first: members.is_empty(),
                    })
                }
            }
        }
        Some(b'[') if matches!(selector, Selector::Pointer(_)) => {
            let items: Vec<&RawValue> = serde_json::from_str(raw.get())
                .map_err(|_| Reason::NotJson { key: shown.clone() })?;
            let item = json_pointer::index(key).and_then(|index| items.get(index).copied());
            item.map(place).ok_or(Reason::PointerAbsent {
                pointer: shown,
                null: false,
                beside: Vec::new(),
                nearest: None,
            })
        }
        _ => Err(Reason::NotAnObject { key: shown }),
    }
}

/// An object's members in their order, duplicates included, their values left as text.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_is_changed_and_nothing_else() {
        fn check(text: &str, selector: Selector, expected: Result<&str, &str>) {
            let found = with(&text.into(), &selector, &"ne\"w\n".into());
            let found = found.as_ref().map(SecretValue::expose).map_err(Reason::word);
            assert_eq!(found, expected, "{selector:?} of {text}");
        }
        let key = |key: &str| Selector::Key(key.to_owned());
        let pointer = |pointer: &str| Selector::Pointer(pointer.to_owned());
        check("{}", key("a"), Ok(r#"{"a":"ne\"w\n"}"#));
        check(" { } ", key("a"), Ok(" { \"a\":\"ne\\\"w\\n\"} "));
        check(r#"{"a": "old" , "b":1.50e400}"#, key("a"), Ok(r#"{"a": "ne\"w\n" , "b":1.50e400}"#));
        check(
            "{\n  \"b\": [1, {\"c\": 2}]\n}\n",
            key("a"),
            Ok("{\n  \"b\": [1, {\"c\": 2}]\n,\"a\":\"ne\\\"w\\n\"}\n"),
        );
        check(r#"{"a":1,"a":2}"#, key("a"), Ok(r#"{"a":1,"a":"ne\"w\n"}"#));
        check(r#"{"\u0061":1}"#, key("a"), Ok(r#"{"\u0061":"ne\"w\n"}"#));
        check(r#"{"a.b":1}"#, key("a.b"), Ok(r#"{"a.b":"ne\"w\n"}"#));
        check(r#"{"a":{"b":[1,2]}}"#, pointer("/a/b/1"), Ok(r#"{"a":{"b":[1,"ne\"w\n"]}}"#));
        check(r#"{"a":{ }}"#, pointer("/a/c~1d"), Ok(r#"{"a":{ "c/d":"ne\"w\n"}}"#));
        check("anything", Selector::Raw, Ok("ne\"w\n"));
        check(r#"{"a":1}"#, pointer("/b/c"), Err("key_absent"));
        check("[1]", pointer("/01"), Err("key_absent"));
        check("[1]", pointer("/1"), Err("key_absent"));
        check("[1]", key("0"), Err("not_an_object"));
        check("\"text\"", key("a"), Err("not_an_object"));
        check("sk-test", key("a"), Err("not_json"));
        check(r#"{"a":1} more"#, key("b"), Err("not_json"));
        check(r#"{"\ud800":1}"#, key("a"), Err("bad_json_string"));
    }
}
