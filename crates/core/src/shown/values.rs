//! Finds out whether a text repeats a value of the same hydration or call, as it is or in the usual
//! encodings.
//!
//! A server that encodes a value in another way is not detected. It has the value anyway.

use std::collections::HashMap;

use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use crate::secret_value::SecretValue;

/// The first bytes of a value, which are the key of the lookup. A shorter value only counts as a
/// whole word.
const HEAD: usize = 4;

/// The fewest bytes of a line that counts on its own. Shorter lines appear in most texts by chance.
const LINE: usize = 8;

/// How many levels of JSON in JSON strings are read.
const NESTED: usize = 4;

/// The values of one hydration or call, with their lines and the leaves of those that are JSON.
/// Wiped when it is dropped.
#[derive(Default)]
pub struct KnownValues {
    values: Vec<SecretValue>,
    by_head: HashMap<[u8; HEAD], Vec<usize>>,
    /// Values that are shorter than a head.
    short: Vec<usize>,
    /// The references of the calls, as they may be shown.
    named: Vec<String>,
}

impl KnownValues {
    /// Adds values and, if they are JSON, what they contain.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a SecretValue>) -> Self {
        let mut known = KnownValues::default();
        values.into_iter().for_each(|value| known.add(value.clone(), 0, NESTED));
        known
    }

    /// Ignores these in every text: a message that names the reference of the call does not repeat
    /// a value, even if a word of it equals one.
    #[must_use]
    pub fn naming(mut self, called: impl IntoIterator<Item = String>) -> Self {
        self.named.extend(called.into_iter().filter(|name| name.len() > HEAD));
        // A text that is part of another is removed after it.
        self.named.sort_by_key(|name| std::cmp::Reverse(name.len()));
        self.named.dedup();
        self
    }

    /// Adds a text of at least this many bytes, its trimmed form, its lines, and its JSON leaves.
    fn add(&mut self, value: SecretValue, least: usize, nested: usize) {
        let text = value.expose();
        let trimmed = text.trim();
        if trimmed.len() < text.len() && trimmed.len() >= least {
            self.insert(trimmed.into());
        }
        let ends = ['\n', '\r'];
        if trimmed.contains(ends) {
            let lines = trimmed.split(ends).map(str::trim).filter(|line| line.len() >= LINE);
            lines.for_each(|line| self.insert(line.into()));
        }
        if nested > 0
            && trimmed.starts_with(['{', '[', '"'])
            && serde_json::from_str::<IgnoredAny>(trimmed).is_ok()
        {
            self.add_leaves(trimmed, nested - 1);
        }
        if text.len() >= least {
            self.insert(value);
        }
    }

    fn insert(&mut self, value: SecretValue) {
        match value.expose().as_bytes().first_chunk::<HEAD>() {
            Some(head) => self.by_head.entry(*head).or_default().push(self.values.len()),
            None if !value.expose().is_empty() => self.short.push(self.values.len()),
            None => {}
        }
        self.values.push(value);
    }

    /// Adds the strings and numbers of a JSON text exactly: nothing is rounded, and every duplicate
    /// key counts.
    fn add_leaves(&mut self, json: &str, nested: usize) {
        let mut rest = json;
        while let Some(at) =
            rest.find(|char: char| char == '"' || char == '-' || char.is_ascii_digit())
        {
            let leaf = &rest[at..];
            let is_text = leaf.starts_with('"');
            let length = if is_text { string_length(leaf) } else { number_length(leaf) };
            let (leaf, after) = leaf.split_at(length);
            rest = after;
            if !is_text {
                self.add_number(leaf);
            } else if !after.trim_start().starts_with(':') {
                // Half of a surrogate pair is not valid Unicode.
                let text = serde_json::from_str(leaf)
                    .unwrap_or_else(|_| leaf.trim_matches('"').to_owned());
                // Shorter leaves, and `true`, appear in most texts by chance.
                self.add(SecretValue::from(text), HEAD, nested);
            }
        }
    }

    /// As it is written, and as most programs write it.
    fn add_number(&mut self, written: &str) {
        let usual =
            serde_json::from_str::<serde_json::Number>(written).map(|number| number.to_string());
        let usual = usual.ok().filter(|usual| usual != written);
        let texts = [Some(written.to_owned()), usual]
            .into_iter()
            .flatten()
            .filter(|text| text.len() >= HEAD);
        texts.for_each(|text| self.insert(text.into()));
    }

    /// Whether the text contains one of the values: raw, JSON-escaped, URL-encoded, in base64 or in
    /// hexadecimal.
    ///
    /// ```
    /// use hydrant_core::{SecretValue, shown::KnownValues};
    ///
    /// let value = SecretValue::from("correct horse");
    /// let known = KnownValues::new([&value]);
    /// assert!(known.are_in("invalid: correct%20horse"));
    /// assert!(!known.are_in("invalid: battery"));
    /// ```
    pub fn are_in(&self, text: &str) -> bool {
        if self.values.is_empty() {
            return false;
        }
        // Nearly every text contains none. There may be thousands of names.
        let found = self.are_said_in(text);
        if !found || self.named.is_empty() {
            return found;
        }
        let mut text = text.to_owned();
        for name in &self.named {
            if text.contains(name.as_str()) {
                text = text.replace(name.as_str(), "\0");
            }
        }
        self.are_said_in(&text)
    }

    fn are_said_in(&self, text: &str) -> bool {
        self.has(text.as_bytes())
            || self.has_short(text)
            || decoded(text).iter().any(|bytes| self.has(bytes))
    }

    fn has(&self, bytes: &[u8]) -> bool {
        (0..bytes.len()).any(|at| {
            let head = bytes[at..].first_chunk::<HEAD>();
            let candidates = head.and_then(|head| self.by_head.get(head)).into_iter().flatten();
            candidates
                .map(|index| self.values[*index].expose().as_bytes())
                .any(|value| bytes[at..].starts_with(value))
        })
    }

    /// Short values, as whole words. As parts of words they appear in most texts by chance.
    fn has_short(&self, text: &str) -> bool {
        self.short.iter().map(|index| self.values[*index].expose()).any(|value| {
            text.match_indices(value).any(|(at, _)| {
                let (before, after) =
                    (text[..at].chars().next_back(), text[at + value.len()..].chars().next());
                ![before, after].into_iter().flatten().any(char::is_alphanumeric)
            })
        })
    }
}

/// Whether a text is a UUID. Most ids in responses are UUIDs and are compared at every start, and
/// keys are rarely UUIDs.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == UUID && uuid::Uuid::try_parse(text).is_ok()
}

/// The bytes of a UUID.
const UUID: usize = 36;

/// Whether the text contains a UUID.
pub(crate) fn holds_uuid(text: &str) -> bool {
    text.match_indices('-').any(|(at, _)| {
        at.checked_sub(8).and_then(|at| text.get(at..at + UUID)).is_some_and(is_uuid)
    })
}

/// The length of the JSON string at the start of the text, including its quotation marks.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}

fn number_length(text: &str) -> usize {
    text.bytes().take_while(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte)).count()
}

/// The decoded forms of the text.
fn decoded(text: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let bytes = text.as_bytes();
    let mut all = Vec::new();
    if text.contains('\\') {
        all.push(without_json_escapes(text));
    }
    if text.contains(['%', '+']) {
        all.extend([percent_decoded(bytes, false), percent_decoded(bytes, true)]);
    }
    let runs = bytes.split(|byte| base64_digit(*byte).is_none());
    for run in runs.filter(|run| run.len() > HEAD) {
        // A run of such characters may begin before its base64 does.
        all.extend((0..4).map(|from| base64_decoded(&run[from..])));
    }
    for run in bytes.split(|byte| !byte.is_ascii_hexdigit()).filter(|run| run.len() > HEAD) {
        all.extend((0..2).map(|from| {
            let pairs = run[from..].chunks_exact(2);
            pairs.filter_map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?)).collect()
        }));
    }
    all.into_iter().map(Zeroizing::new).collect()
}

/// A digit of either alphabet.
fn base64_digit(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}

fn base64_decoded(run: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(run.len());
    for digits in run.chunks(4) {
        let bits = digits
            .iter()
            .fold(0, |bits, digit| bits << 6 | base64_digit(*digit).unwrap_or_default());
        let [_, bytes @ ..] = (bits << (6 * (4 - digits.len()))).to_be_bytes();
        plain.extend_from_slice(&bytes[..digits.len() * 3 / 4]);
    }
    plain
}

fn nibble(byte: u8) -> Option<u8> {
    u8::try_from(char::from(byte).to_digit(16)?).ok()
}

fn percent_decoded(bytes: &[u8], plus_is_space: bool) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escape = |at: usize| Some(nibble(*bytes.get(at)?)? << 4 | nibble(*bytes.get(at + 1)?)?);
        match escape(at + 1).filter(|_| byte == b'%') {
            Some(escaped) => {
                plain.push(escaped);
                at += 2;
            }
            None => plain.push(if plus_is_space && byte == b'+' { b' ' } else { byte }),
        }
        at += 1;
    }
    plain
}

fn without_json_escapes(text: &str) -> Vec<u8> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        // A string of one escape, or of two that form one character.
        let escaped = [12, 6, 2].into_iter().find_map(|length| {
            let escape = rest.get(at..at + length)?;
            let text: String = serde_json::from_str(&format!("\"{escape}\"")).ok()?;
            (text.chars().count() == 1).then_some((length, text))
        });
        match escaped {
            Some((length, text)) => {
                plain.push_str(&text);
                rest = &rest[at + length..];
            }
            None => {
                plain.push('\\');
                rest = &rest[at + 1..];
            }
        }
    }
    plain.push_str(rest);
    plain.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base64(bytes: &[u8]) -> String {
        const DIGITS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let bits: Vec<u8> =
            bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
        let digit = |bits: &[u8]| {
            (0..6).fold(0, |digit, at| digit << 1 | bits.get(at).copied().unwrap_or(0))
        };
        bits.chunks(6).map(|bits| char::from(DIGITS[usize::from(digit(bits))])).collect()
    }

    fn known(values: &[&str]) -> KnownValues {
        let values: Vec<SecretValue> =
            values.iter().map(|value| SecretValue::from(*value)).collect();
        KnownValues::new(&values)
    }

    #[test]
    fn a_value_is_found_in_the_usual_encodings() {
        const ODD: &str = "pQ9/zK+w=4 \"rT&8$u%J\\m6'yH~2xN é\n";
        let percent = |plus: bool| {
            let each = ODD.bytes().map(|byte| match byte {
                b' ' if plus => "+".to_owned(),
                byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
                byte => format!("%{byte:02x}"),
            });
            each.collect::<String>()
        };
        let hex = ODD.bytes().map(|byte| format!("{byte:02X}")).collect::<String>();
        let json = serde_json::to_string(ODD).unwrap();
        let ascii: String = ODD.chars().map(|char| format!("\\u{:04x}", u32::from(char))).collect();
        let mut encoded = vec![
            ODD.to_owned(),
            json,
            ascii,
            percent(false),
            percent(true),
            hex.to_lowercase(),
            hex,
        ];
        for before in ["", "x", "xx"] {
            let standard = base64(format!("{before}{ODD}yy").as_bytes());
            encoded.push(standard.replace('+', "-").replace('/', "_"));
            encoded.push(standard);
        }
        let known = known(&[ODD]);
        for text in encoded {
            assert!(known.are_in(&format!("Value '{text}' is not valid")), "{text}");
            assert!(known.are_in(&text), "{text}");
        }
        assert!(!known.are_in("pQ9/zK+w=4"));
        assert!(!known.are_in(
            "User: arn:aws:iam::123456789012:user/é is not authorized \\u12 \\ %2 %zz AbCdEf"
        ));
    }

    #[test]
    fn leaves_of_json_count_and_short_values_as_words() {
        let known =
            known(&["{\"user\": {\"password\": [\"hunter2\", 12345678, true, \"ab\"]}}", "x1", ""]);
        for text in ["is hunter2.", "12345678", "'x1'", "x1"] {
            assert!(known.are_in(text), "{text}");
        }
        for text in ["user password", "true", "ab", "x12 ax1", ""] {
            assert!(!known.are_in(text), "{text}");
        }
        assert!(!KnownValues::default().are_in("anything"));
        let known = known.naming(["demo/hunter2".to_owned(), "demo".to_owned()]);
        assert!(
            !known.are_in("may not read demo/hunter2")
                && known.are_in("may not read demo/hunter2: hunter2")
        );
    }

    #[test]
    fn a_uuid_is_found_in_a_text() {
        let uuid = "0f8fad5b-d9cb-469f-a165-70867728950e";
        assert!(
            is_uuid(uuid) && holds_uuid(uuid) && holds_uuid(&format!("{{\"key\":\"a-b-{uuid}\"}}"))
        );
        for text in [
            "",
            "-",
            "0f8fad5b-d9cb-469f-a165-70867728950",
            "0f8fad5b-d9cb-469f-a165-70867728950g",
            "é-é",
        ] {
            assert!(!is_uuid(text) && !holds_uuid(text), "{text}");
        }
    }

    #[test]
    fn leaves_count_as_they_are_written() {
        let check = |value: &str, texts: &[&str]| {
            let known = known(&[value]);
            texts.iter().for_each(|text| {
                assert!(known.are_in(&format!("bad: {text}.")), "{text} of {value}")
            });
            assert!(!known.are_in("bad: a pin, a pw, first, second."), "{value}");
        };
        check(
            r#"{"pin":12345678901234567890123, "price": 1234.50}"#,
            &["12345678901234567890123", "1234.50", "1234.5"],
        );
        check(r#"[-12345e-3,0.10000000000000000555]"#, &["-12345e-3", "0.10000000000000000555"]);
        check(r#"{"pw":"first-pass","pw" : "second-pass"}"#, &["first-pass", "second-pass"]);
        check(
            r#"{"a":"{\"b\":\"[\\\"inner-pass\\\",12345678901234567890]\"}"}"#,
            &["inner-pass", "12345678901234567890"],
        );
        check(r#""scalar \"pass\"""#, &["scalar \"pass\""]);
        check(r#"{"half": "x\ud800-left-pass"}"#, &["x\\ud800-left-pass"]);
        check(&format!("{}\"deep-pass\"{}", "[".repeat(9999), "]".repeat(9999)), &["deep-pass"]);
    }

    #[test]
    fn values_count_without_the_space_around_them_and_line_by_line() {
        let pem = "-----BEGIN X-----\r\nMIIEpAIBAAKC\r\n  q7x/indented\nshort\n-----END X-----\n";
        let json = serde_json::json!({ "key": pem, "pass": "\tleaf-pass\n" }).to_string();
        let known = known(&["canary-line\n", "  x1\n", pem, &json]);
        for text in
            ["canary-line", "x1", "MIIEpAIBAAKC", "q7x/indented", "leaf-pass", "TUlJRXBBSUJBQUtD"]
        {
            assert!(known.are_in(&format!("bad '{text}'")), "{text}");
        }
        for text in ["short", "canary", "x12", ""] {
            assert!(!known.are_in(&format!("bad '{text}'")), "{text}");
        }
    }
}
