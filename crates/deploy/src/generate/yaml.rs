//! Texts of the manifest as YAML: always in quotes, and in those that formatters leave as they are.

use hydrant_core::shown::{begins_hash_command, has_hash_command, needs_escape};

/// A text in quotes. Single ones where it has double ones and needs no escapes.
pub(crate) fn quoted(text: &str) -> String {
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
/// separators, marks of byte order, and what is no character.
fn is_escaped(c: char) -> bool {
    let code = u32::from(c);
    needs_escape(c) || code & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        fn check(text: &str, expected: &str) {
            assert_eq!(quoted(text), expected);
        }
        check("", "\"\"");
        check("no: - # {}", "\"no: - # {}\"");
        check("it's", "\"it's\"");
        check("say \"it's\"", "'say \"it''s\"'");
        check("a\\b", "\"a\\\\b\"");
        check("a\\\"b", "'a\\\"b'");
        check(
            "\"a\"\nb\t\u{7}\u{85}\u{2028}\u{feff}",
            "\"\\\"a\\\"\\nb\\t\\u0007\\u0085\\u2028\\uFEFF\"",
        );
        check("##[error]x \"##vso[y]\"", "\"#\\u0023[error]x \\\"#\\u0023vso[y]\\\"\"");
        check("ключ 🔑", "\"ключ 🔑\"");
    }
}
