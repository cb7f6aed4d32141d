//! Texts as YAML: which words need no quotes, and how quotes are written. Formatters leave both as
//! they are.

use std::fmt;

use hydrant_core::shown::{begins_hash_command, has_hash_command, needs_escape};

/// A text of YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scalar {
    /// A word of the format: in quotes only where YAML would not read it as this text.
    Word(String),
    /// A text of the manifest or of the command line: always in quotes.
    Text(String),
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Scalar::Word(text) => word(text),
            Scalar::Text(text) => quoted(text),
        })
    }
}

/// A word of a format, without quotes where every reader of YAML takes it for the same text.
///
/// YAML 1.1 reads more words as something else than 1.2 does, such as `yes` and `2010-09-09`, and
/// tools read either version: <https://yaml.org/type/bool.html>.
fn word(text: &str) -> String {
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric() || "/_".contains(c));
    let ends = !text.ends_with([' ', ':']);
    let printable = text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
    let separates = text.contains(": ") || text.contains(" #") || has_hash_command(text);
    if begins && ends && printable && !separates && !is_value(text) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// Whether some reader takes the word for a boolean, null, a number, a date or a time.
fn is_value(word: &str) -> bool {
    let values = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let in_number = |c: char| c.is_ascii_hexdigit() || "xXoOtTzZ_.:+-".contains(c);
    values.iter().any(|value| word.eq_ignore_ascii_case(value))
        || (word.starts_with(|c: char| c.is_ascii_digit()) && word.chars().all(in_number))
}

/// A text in quotes. Single ones where it has double ones and needs no escapes.
fn quoted(text: &str) -> String {
    let escaped = text.chars().any(is_escaped) || has_hash_command(text);
    if text.contains('"') && !escaped {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut quoted = String::from("\"");
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if is_escaped(c) && u32::from(c) > 0xffff => {
                quoted.push_str(&format!("\\U{:08X}", u32::from(c)))
            }
            c if is_escaped(c) || begins_hash_command(text, at) => {
                quoted.push_str(&format!("\\u{:04X}", u32::from(c)))
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// What is not to stand in YAML as it is, or ends a line for some reader of it: controls,
/// separators, marks of byte order, and what is not a character.
fn is_escaped(c: char) -> bool {
    let code = u32::from(c);
    needs_escape(c) || code & 0xfffe == 0xfffe
}
