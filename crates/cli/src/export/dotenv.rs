//! `dotenv`: a `.env` file that hydrant and python-dotenv (without interpolation) read back to the
//! same bytes.
//!
//! The dialects of `.env` files differ most in what a backslash and a dollar mean, so each value
//! gets the quoting that the most readers agree on (python-dotenv, hydrant, Docker Compose, Node's
//! dotenv, a shell that sources the file):
//!
//! | the value | is written | because |
//! |---|---|---|
//! | has only harmless characters | bare | all agree |
//! | has a carriage return | in double quotes, as `\r` | Python reads a raw one as a line feed |
//! | has a single quote and none of `"`, `\`, `$`, `` ` `` | in double quotes | all agree |
//! | any other | in single quotes, with `\'`, and `\\` if `\` would escape | `$` is literal |
//!
//! python-dotenv before 1.2.3 does not see the end of a quoted value whose last character is a
//! backslash.

use super::{ExportProblem, Format, FormatName, Pair, refuse};

pub(super) struct Dotenv;

impl Format for Dotenv {
    fn write(&self, pairs: &[Pair<'_>], out: &mut String) -> Result<(), Vec<ExportProblem>> {
        refuse(FormatName::Dotenv, pairs, |_| None)?;
        for Pair { name, value } in pairs {
            out.push_str(name);
            out.push('=');
            if !value.is_empty() && value.chars().all(is_harmless) {
                out.push_str(value);
            } else if value.contains('\r')
                || (value.contains('\'') && !value.contains(['"', '\\', '$', '`']))
            {
                write_double_quoted(value, out);
            } else {
                write_single_quoted(value, out);
            }
            out.push('\n');
        }
        Ok(())
    }
}

/// Characters that no dialect gives a meaning to, at the start of a value or within.
fn is_harmless(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(character, '_' | '-' | '.' | '/' | ':' | '@' | '+' | '=' | ',' | '%')
}

/// A dollar stays bare: neither hydrant nor python-dotenv without interpolation gives it a meaning,
/// and python-dotenv would keep the backslash of a `\$`.
fn write_double_quoted(value: &str, out: &mut String) {
    out.push('"');
    for character in value.chars() {
        match character {
            '\r' => out.push_str(r"\r"),
            '\\' => out.push_str(r"\\"),
            '"' => out.push_str("\\\""),
            _ => out.push(character),
        }
    }
    out.push('"');
}

/// A backslash is doubled only before a backslash, a quote or the end: elsewhere it is literal for
/// every reader, whether it knows `\\` or not.
fn write_single_quoted(value: &str, out: &mut String) {
    out.push('\'');
    let mut characters = value.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\'' => out.push_str(r"\'"),
            '\\' if matches!(characters.peek(), None | Some('\\' | '\'')) => out.push_str(r"\\"),
            _ => out.push(character),
        }
    }
    out.push('\'');
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NASTY, written};
    use super::*;
    use std::process::Command;

    fn check(value: &str, expected: &str) {
        assert_eq!(written(FormatName::Dotenv, value), format!("NAME={expected}\n"));
    }

    #[test]
    fn values() {
        check("", "''");
        check("sk-123", "sk-123");
        check("https://example.com/?a=b", "'https://example.com/?a=b'");
        check("postgres://u:p@host/db", "postgres://u:p@host/db");
        check(" blanks ", "' blanks '");
        check("pa$word # x", "'pa$word # x'");
        check("it's", "\"it's\"");
        check("it's $5", r"'it\'s $5'");
        check(r"C:\new", r"'C:\new'");
        check(r"a\\b", r"'a\\\b'");
        check(r"a\", r"'a\\'");
        check(r"a\'b", r"'a\\\'b'");
        check("two\nlines", "'two\nlines'");
        check("a\r\n\\ \"$b\"", "\"a\\r\n\\\\ \\\"$b\\\"\"");
        check("漢字", "'漢字'");
    }

    /// Runs python-dotenv itself, which `scripts/test` provides.
    #[test]
    fn python_dotenv_reads_every_value_back() {
        const PROGRAM: &str = "import dotenv, sys\n\
            for value in dotenv.dotenv_values(sys.argv[1], interpolate=False, encoding='utf-8').values():\n    \
            sys.stdout.buffer.write(value.encode() + b'\\0')";
        let python = std::env::var_os("HYDRANT_TEST_PYTHON");
        let python =
            python.expect("HYDRANT_TEST_PYTHON is not set: run the tests through scripts/test");
        let names: Vec<_> = (0..NASTY.len()).map(|index| format!("V{index}")).collect();
        let pairs: Vec<_> =
            names.iter().zip(NASTY).map(|(name, value)| Pair { name, value }).collect();
        let mut text = String::new();
        Dotenv.write(&pairs, &mut text).expect("the format holds every value");
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), text).expect("the file is written");

        let output = Command::new(python)
            .args(["-c", PROGRAM])
            .arg(file.path())
            .output()
            .expect("python starts");
        assert!(output.status.success(), "{output:?}");
        let expected: Vec<u8> = NASTY.iter().flat_map(|value| value.bytes().chain([0])).collect();
        assert_eq!(String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&expected));
    }
}
