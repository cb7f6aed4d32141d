//! `fish`: `set -gx` commands, made to be sourced: `hydrant export --format fish | source`.
//!
//! In fish, single quotes have two escapes, `\\` and `\'`. Every other character is literal. See
//! <https://fishshell.com/docs/current/language.html#quotes>.

use super::{ExportProblem, Format, FormatName, Pair, refuse};

pub(super) struct Fish;

impl Format for Fish {
    fn write(&self, pairs: &[Pair<'_>], out: &mut String) -> Result<(), Vec<ExportProblem>> {
        refuse(FormatName::Fish, pairs, |_| None)?;
        for pair in pairs {
            out.push_str("set -gx ");
            out.push_str(pair.name);
            out.push_str(" '");
            for character in pair.value.chars() {
                if matches!(character, '\\' | '\'') {
                    out.push('\\');
                }
                out.push(character);
            }
            out.push_str("'\n");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::written;
    use super::*;

    fn check(value: &str, expected: &str) {
        assert_eq!(written(FormatName::Fish, value), format!("set -gx NAME {expected}\n"));
    }

    #[test]
    fn values() {
        check("", "''");
        check("sk-123", "'sk-123'");
        check("it's", r"'it\'s'");
        check("ends in \\", r"'ends in \\'");
        check(r"\n \'", r"'\\n \\\''");
        check("$HOME (id) \"!\" #", "'$HOME (id) \"!\" #'");
        check("two\nlines\r\n", "'two\nlines\r\n'");
    }
}
