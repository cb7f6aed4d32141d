//! The lines in which a file in hand differs from what would be generated. What may be a value that somebody put into the file is
//! not shown: a check runs in CI, whose logs many read.

use std::fmt::Write as _;

use similar::{ChangeTag, TextDiff};

use crate::output::{self, BAD, FAINT, GOOD};

/// Shorter words are no keys that a provider makes.
const SHORTEST_KEY: usize = 16;

/// What stands for what is not shown.
const HIDDEN: &str = "…";

/// The lines that differ, with three around them: `-` is in the file, `+` is what would be generated.
pub(super) fn difference(file: &str, found: &str, made: &str) -> String {
    let diff = TextDiff::from_lines(found, made);
    let mut lines = format!("{BAD}--- {file}{BAD:#}\n{GOOD}+++ generated{GOOD:#}\n");
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        // Writing to a String does not fail.
        _ = writeln!(lines, "{FAINT}{}{FAINT:#}", hunk.header());
        for change in hunk.iter_changes() {
            let line = change.value().trim_end_matches('\n');
            let (sign, style, line) = match change.tag() {
                ChangeTag::Delete => ('-', BAD, without_values(line, made)),
                ChangeTag::Insert => ('+', GOOD, line.to_owned()),
                ChangeTag::Equal => (' ', FAINT, line.to_owned()),
            };
            _ = writeln!(lines, "{style}{sign}{}{style:#}", output::printable(&line));
            if change.missing_newline() {
                lines.push_str("\\ No newline at the end\n");
            }
        }
    }
    lines
}

/// A line of the file in hand without what may be a value: what a variable of an env file is set to, what is given as the text
/// of a secret, and words that look like keys. What would be generated is none.
fn without_values(line: &str, made: &str) -> String {
    if let Some(end) = assigned(line).or_else(|| secret_text(line)) {
        let (name, value) = line.split_at(end);
        let said = value.trim().trim_matches(['"', '\'', ',']);
        let known = said.is_empty() || made.lines().any(|made| made.trim_start_matches("# ").ends_with(value.trim()));
        return if known { line.to_owned() } else { format!("{name}{HIDDEN}") };
    }
    let of_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '_');
    let mut shown = String::new();
    for piece in line.split_inclusive(|c| !of_key(c)) {
        let word = piece.trim_end_matches(|c| !of_key(c));
        shown.push_str(if looks_like_a_key(word) && !made.contains(word) { HIDDEN } else { word });
        shown.push_str(&piece[word.len()..]);
    }
    shown
}

/// Long, and of digits and letters; with slashes, of both cases too, as base64 is and names of secrets seldom are.
fn looks_like_a_key(word: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| word.as_bytes().iter().any(kind);
    let (lower, upper) = (has(u8::is_ascii_lowercase), has(u8::is_ascii_uppercase));
    let letters = if word.contains('/') { lower && upper } else { lower || upper };
    word.len() >= SHORTEST_KEY && has(u8::is_ascii_digit) && letters
}

/// Where the value begins in `NAME=value`, also after `export ` or in a comment.
fn assigned(line: &str) -> Option<usize> {
    let (before, _) = line.split_once('=')?;
    let name = before.trim_start_matches(['#', ' ']);
    let name = name.strip_prefix("export ").unwrap_or(name);
    hydrant_core::manifest::is_variable_name(name).then_some(before.len() + 1)
}

/// Where the value begins in `SecretString: value`, `secret_string = "value"` and their like.
fn secret_text(line: &str) -> Option<usize> {
    let end = line.find([':', '='])?;
    let key: String = line[..end].chars().filter(char::is_ascii_alphanumeric).collect();
    let key = key.to_ascii_lowercase();
    ["secretstring", "secretbinary", "password"].iter().any(|word| key.ends_with(word)).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences() {
        let check = |found: &str, made: &str, expected: &str| {
            let shown = anstream::adapter::strip_str(&difference("a.yaml", found, made)).to_string();
            assert_eq!(shown, format!("--- a.yaml\n+++ generated\n{expected}"));
        };
        check("a\nb\nc\n", "a\nB\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
        check("", "a\n", "@@ -0,0 +1 @@\n+a\n");
        check("a", "a\n", "@@ -1 +1 @@\n-a\n\\ No newline at the end\n+a\n");
        // What a file says does not steer the terminal.
        check("\u{1b}[2J\r\n", "a\n", "@@ -1 +1 @@\n-\\u{1b}[2J\\r\n+a\n");
    }

    #[test]
    fn what_may_be_a_value_is_not_shown() {
        let check = |line: &str, made: &str, expected: &str| assert_eq!(without_values(line, made), expected);
        check("OPENAI_API_KEY=hunter2", "OPENAI_API_KEY=\n", "OPENAI_API_KEY=…");
        check("export A=\"two words\"", "", "export A=…");
        check("# A=hunter2", "", "# A=…");
        check("A=", "", "A=");
        check("AWS_REGION=us-east-1", "# AWS_REGION=us-east-1\n", "AWS_REGION=us-east-1");
        check("      SecretString: hunter2", "", "      SecretString:…");
        check("  secret_string = \"hunter2\"", "", "  secret_string =…");
        check("      Name: \"demo/llm/openai-api-kye\"", "", "      Name: \"demo/llm/openai-api-kye\"");
        check("key: sk-proj-0123456789abcdefghij,", "", "key: sk-proj-…,");
        check(
            "  uses: x@0123456789abcdef01234567",
            "uses: x@0123456789abcdef01234567",
            "  uses: x@0123456789abcdef01234567",
        );
        check("MIIEvQ/IBADANBg/kqhkiG9w0B", "", "…");
        check("  secret_id: demo/2024/agents-1", "", "  secret_id: demo/2024/agents-1");
        check("é 🔑 0123456789abcdefghij é", "", "é 🔑 … é");
        check(
            "arn:aws:x:us-east-1:123456789012:secret:demo-AbCdEf",
            "",
            "arn:aws:x:us-east-1:123456789012:secret:demo-AbCdEf",
        );
    }
}
