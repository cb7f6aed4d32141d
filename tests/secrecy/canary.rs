//! The canary: a unique value, and the search for every form of it.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Characters that JSON, shells and URLs do not change, as in most keys.
pub(crate) const PLAIN: &str = "sk-qX7vB2nM9kL4jH8gT5dW3zR6";

/// Characters that each of them encodes differently.
pub(crate) const ODD: &str = "pQ9/zK+w=4 \"rT&8$u%J\\m6'yH~2xN";

/// Every text that would reveal a value, or half of it.
pub(crate) fn forms(value: &str) -> BTreeSet<String> {
    let (first, second) = value.split_at(value.len() / 2);
    let mut forms = BTreeSet::new();
    for text in [value, first, second] {
        forms.insert(text.to_owned());
        forms.insert(text.escape_default().to_string());
        forms.insert(text.replace('\\', "\\\\").replace('"', "\\\""));
        forms.insert(text.replace('\'', "'\\''"));
        forms.insert(url_encoded(text));
        forms.insert(url_encoded(text).replace("%20", "+"));
        forms.insert(text.bytes().fold(String::new(), |mut hex, byte| {
            _ = write!(hex, "{byte:02x}");
            hex
        }));
        forms.insert(format!("{:?}", text.as_bytes()).trim_matches(['[', ']']).to_owned());
        for before in 0..3 {
            forms.insert(base64_within(text, before));
        }
    }
    forms
}

/// The first form of a value in these bytes. All forms are ASCII, so bytes that are not UTF-8 hide
/// none.
pub(crate) fn found<'a>(forms: &'a BTreeSet<String>, bytes: &[u8]) -> Option<&'a str> {
    let text = String::from_utf8_lossy(bytes);
    forms.iter().map(String::as_str).find(|form| text.contains(form))
}

/// The files below a folder that contain a form of a value, except those with the given names.
pub(crate) fn found_below(folder: &Path, forms: &BTreeSet<String>, but: &[&str]) -> Vec<String> {
    let mut holding = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of the test") {
        let path = entry.expect("an entry of the folder").path();
        let named = path.file_name().is_some_and(|name| but.iter().any(|known| name == *known));
        if path.is_dir() {
            holding.extend(found_below(&path, forms, but));
        } else if !named
            && let Some(form) = found(forms, &fs::read(&path).expect("a file of the test"))
        {
            holding.push(format!("{}: {form}", path.display()));
        }
    }
    holding
}

fn url_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(byte.into())
            }
            _ => _ = write!(encoded, "%{byte:02X}"),
        }
        encoded
    })
}

/// The part of the base64 of any text with this one after so many other bytes, modulo three.
fn base64_within(text: &str, before: usize) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let padded: Vec<u8> = std::iter::repeat_n(0, before).chain(text.bytes()).collect();
    let digit = |index: usize| {
        let bits = (index * 6..index * 6 + 6).map(|bit| padded[bit / 8] >> (7 - bit % 8) & 1);
        char::from(DIGITS[usize::from(bits.fold(0, |digit, bit| digit << 1 | bit))])
    };
    // Digits that hold bits of the surrounding bytes are left out.
    ((before * 8).div_ceil(6)..padded.len() * 8 / 6).map(digit).collect()
}

#[test]
fn every_form_is_found() {
    let forms = forms("canary+value");
    for text in [
        "x canary+value y",
        "x canary y",
        "+value",
        "canary%2Bvalue",
        "Y2FuYXJ5K3ZhbHVl",         // base64 of it
        "eGNhbmFyeSt2YWx1ZQ==",     // of xcanary+value
        "eHhjYW5hcnkrdmFsdWV4eHg=", // of xxcanary+valuexxx
        "63616e617279",
    ] {
        assert!(found(&forms, text.as_bytes()).is_some(), "{text}");
    }
    assert_eq!(found(&forms, b"canar y, value, Y2FuYX"), None);
}
