//! Escapes everything that controls a terminal, a log or a CI runner. Pure: the printing code calls
//! it.

use std::borrow::Cow;
use std::fmt::Write;
use std::ops::RangeInclusive;

/// The Unicode categories Cc (controls), Cf (formats: text direction, zero width, tags), Zl and Zp
/// (separators that end a line).
///
/// <https://www.unicode.org/Public/16.0.0/ucd/extracted/DerivedGeneralCategory.txt>; a test
/// compares it with Python's.
const ESCAPED: [RangeInclusive<char>; 23] = [
    '\0'..='\u{1f}',
    '\u{7f}'..='\u{9f}',
    '\u{ad}'..='\u{ad}',
    '\u{600}'..='\u{605}',
    '\u{61c}'..='\u{61c}',
    '\u{6dd}'..='\u{6dd}',
    '\u{70f}'..='\u{70f}',
    '\u{890}'..='\u{891}',
    '\u{8e2}'..='\u{8e2}',
    '\u{180e}'..='\u{180e}',
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{2064}',
    '\u{2066}'..='\u{206f}',
    '\u{feff}'..='\u{feff}',
    '\u{fff9}'..='\u{fffb}',
    '\u{110bd}'..='\u{110bd}',
    '\u{110cd}'..='\u{110cd}',
    '\u{13430}'..='\u{1343f}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0001}'..='\u{e0001}',
    '\u{e0020}'..='\u{e007f}',
];

/// Whether a character is never printed as it is.
///
/// ```
/// use hydrant_core::shown::needs_escape;
///
/// assert!(['\u{1b}', '\n', '\u{202e}', '\u{2028}'].into_iter().all(needs_escape));
/// assert!(!needs_escape('é'));
/// ```
pub fn needs_escape(char: char) -> bool {
    if char.is_ascii() {
        return char.is_ascii_control();
    }
    ESCAPED.iter().any(|range| range.contains(&char))
}

/// A text for people, on one line. Characters that [need it](needs_escape) are escaped, as `\n` or
/// `\u{1b}`.
///
/// GitHub Actions runs a line as a command if it begins with `::` (after white space) or contains
/// `##[`. Azure Pipelines does so with a line that contains `##vso[`. So the second `#` and the
/// first colon are escaped as well.
///
/// ```
/// use hydrant_core::shown::escaped;
///
/// assert_eq!(escaped("x\n::error::y\u{1b}[2J"), "x\\n::error::y\\u{1b}[2J");
/// assert_eq!(escaped(" ::error::y"), " \\u{3a}:error::y");
/// ```
pub fn escaped(text: &str) -> Cow<'_, str> {
    let command = text.trim_start().starts_with("::").then(|| text.len() - text.trim_start().len());
    if command.is_none() && !text.chars().any(needs_escape) && !has_hash_command(text) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for (at, char) in text.char_indices() {
        match char {
            _ if command == Some(at) => shown.push_str("\\u{3a}"),
            '#' if begins_hash_command(text, at) => shown.push_str("\\u{23}"),
            char if needs_escape(char) => shown.extend(char.escape_default()),
            char => shown.push(char),
        }
    }
    Cow::Owned(shown)
}

/// JSON with everything in its strings escaped that [needs it](needs_escape), or that a CI runner
/// takes as a command. It parses to the same value.
///
/// Line feeds outside of strings stay. Inside of strings JSON has none.
pub fn escaped_json(json: &str) -> Cow<'_, str> {
    escaped_in_json(json, |char| char != '\n' && needs_escape(char))
}

/// The same for a choice of characters that JSON does not have outside of its strings.
pub fn escaped_in_json(json: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !json.chars().any(&is_escaped) && !has_hash_command(json) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for (at, char) in json.char_indices() {
        if is_escaped(char) || (char == '#' && begins_hash_command(json, at)) {
            for unit in char.encode_utf16(&mut [0; 2]) {
                // Writing to a String does not fail.
                _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(char);
        }
    }
    Cow::Owned(shown)
}

/// Whether a text contains what a CI runner takes as a command anywhere in a line: `##[` or
/// `##vso[`.
pub fn has_hash_command(text: &str) -> bool {
    text.contains("##[") || text.contains("##vso[")
}

/// Whether this `#` is the second one of such a command, which is the one to escape.
///
/// ```
/// use hydrant_core::shown::begins_hash_command;
///
/// assert!(begins_hash_command("##[error]x", 1) && !begins_hash_command("##[error]x", 0));
/// ```
pub fn begins_hash_command(text: &str, at: usize) -> bool {
    let rest = &text[at..];
    text[..at].ends_with('#') && (rest.starts_with("#[") || rest.starts_with("#vso["))
}

/// A word as a POSIX shell reads it back, quoted if necessary.
///
/// ```
/// use hydrant_core::shown::shell_word;
///
/// assert_eq!(shell_word("./server"), "./server");
/// assert_eq!(shell_word("it's here"), r"'it'\''s here'");
/// ```
pub fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./=,:@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_on_one_line_and_command_nothing() {
        let check = |text: &str, expected: &str| assert_eq!(escaped(text), expected, "{text:?}");
        check("demo/key é 🔑 #1 ## a::b", "demo/key é 🔑 #1 ## a::b");
        check(
            "x\n::error title=pwn::y\u{1b}]0;T\u{7}",
            "x\\n::error title=pwn::y\\u{1b}]0;T\\u{7}",
        );
        check("::error::x", "\\u{3a}:error::x");
        check("\t ::error::x", "\\t \\u{3a}:error::x");
        check(
            "a ##[error]x ###[b] ##vso[task]",
            "a #\\u{23}[error]x ##\\u{23}[b] #\\u{23}vso[task]",
        );
        check(
            "user\u{202e}nimda\u{200b}\u{2029}\u{feff}",
            "user\\u{202e}nimda\\u{200b}\\u{2029}\\u{feff}",
        );
        check("\r\u{85}\u{9b}", "\\r\\u{85}\\u{9b}");
    }

    #[test]
    fn json_stays_what_it_says() {
        let texts = [
            "plain",
            "x\n::e\u{1b}",
            "\u{9b}\u{202e}\u{2028}\u{e0041}🔑",
            "##[a]##vso[b]",
            "\\u{1b}",
        ];
        for text in texts {
            let json = serde_json::to_string_pretty(&[text]).unwrap();
            let shown = escaped_json(&json);
            assert_eq!(serde_json::from_str::<Vec<String>>(&shown).unwrap(), [text]);
            assert!(!shown.chars().any(|char| char != '\n' && needs_escape(char)), "{shown}");
            assert!(!has_hash_command(&shown), "{shown}");
        }
    }
}
