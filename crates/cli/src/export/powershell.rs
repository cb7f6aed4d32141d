//! `powershell`: `$env:` assignments, one a line: `hydrant export --format powershell |
//! Invoke-Expression`.
//!
//! Printable ASCII is in single quotes, where only the quote itself is doubled. Every other
//! character is written as its UTF-16 code, `[char]0x2019`. PowerShell's grammar needs less, but
//! there are two reasons:
//! - PowerShell passes the output of a command on line by line, and a literal line break would come
//!   back as another one.
//! - PowerShell treats typographic quotes as quotes, and Windows PowerShell reads a script without
//!   a byte order mark in the machine's code page: there the last byte of a harmless U+2011 is such
//!   a quote and would end the string.
//!
//! Before version 7.5, PowerShell removes a variable that is set to the empty string. See
//! <https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules>.

use std::fmt::Write as _;

use super::{ExportProblem, Format, FormatName, Pair, refuse};

pub(super) struct Powershell;

impl Format for Powershell {
    fn write(&self, pairs: &[Pair<'_>], out: &mut String) -> Result<(), Vec<ExportProblem>> {
        refuse(FormatName::Powershell, pairs, |_| None)?;
        for pair in pairs {
            out.push_str("$env:");
            out.push_str(pair.name);
            out.push_str(" = ");
            write_value(pair.value, out);
            out.push('\n');
        }
        Ok(())
    }
}

/// A sum of strings and characters. It begins with a string, even an empty one: that makes the sum
/// a string.
fn write_value(value: &str, out: &mut String) {
    out.push('\'');
    let mut quoted = true;
    for unit in value.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte @ b' '..=b'~') => {
                if !quoted {
                    out.push_str(" + '");
                    quoted = true;
                }
                out.push_str(if byte == b'\'' { "'" } else { "" });
                out.push(char::from(byte));
            }
            _ => {
                out.push_str(if quoted { "'" } else { "" });
                quoted = false;
                write!(out, " + [char]0x{unit:X}").expect("a String takes every write");
            }
        }
    }
    out.push_str(if quoted { "'" } else { "" });
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NASTY, written};
    use super::*;

    fn check(value: &str, expected: &str) {
        assert_eq!(written(FormatName::Powershell, value), format!("$env:NAME = {expected}\n"));
    }

    #[test]
    fn values() {
        check("", "''");
        check("sk-123", "'sk-123'");
        check("it's", "'it''s'");
        check("$HOME `n \\ \"#\"", "'$HOME `n \\ \"#\"'");
        check("two\r\nlines\n", "'two' + [char]0xD + [char]0xA + 'lines' + [char]0xA");
        check("\n'", "'' + [char]0xA + ''''");
        check("\u{2019};exit", "'' + [char]0x2019 + ';exit'");
        check("key \u{1f511}", "'key ' + [char]0xD83D + [char]0xDD11");
    }

    #[test]
    fn every_statement_is_one_line_of_printable_ascii() {
        for value in NASTY {
            let text = written(FormatName::Powershell, value);
            let line = text.strip_suffix('\n').expect("a line");
            assert!(line.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{line}");
        }
    }
}
