//! `docker`: the file that `docker run --env-file` reads.
//!
//! Docker takes each line as it is: quotes stay, nothing is substituted or unescaped, blanks around
//! the value are part of it, and `#` starts a comment only at the start of a line, where this
//! format always has a name. So a line break cannot be written (nor a carriage return, which is
//! dropped before one), and a line longer than the reader's buffer ends the reading with an error.
//! See <https://pkg.go.dev/github.com/docker/cli/pkg/kvfile>.

use super::{ExportProblem, Format, FormatName, Pair, refuse};

/// The longest line Docker reads, its line feed not counted: Go's `bufio.MaxScanTokenSize` less
/// one.
const LONGEST_LINE: usize = 64 * 1024 - 1;

pub(super) struct Docker;

impl Format for Docker {
    fn write(&self, pairs: &[Pair<'_>], out: &mut String) -> Result<(), Vec<ExportProblem>> {
        refuse(FormatName::Docker, pairs, |pair| {
            if pair.value.contains(['\n', '\r']) {
                Some("its value has a line break")
            } else if pair.name.len() + 1 + pair.value.len() > LONGEST_LINE {
                Some("its line would be longer than the 65,535 bytes that Docker reads")
            } else {
                None
            }
        })?;
        for pair in pairs {
            out.push_str(pair.name);
            out.push('=');
            out.push_str(pair.value);
            out.push('\n');
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{refused, written};
    use super::*;

    fn check(value: &str, expected: &str) {
        assert_eq!(written(FormatName::Docker, value), format!("NAME={expected}\n"));
    }

    #[test]
    fn values_stand_as_they_are() {
        for value in [
            "",
            "sk-123",
            " blanks ",
            "'quoted'",
            "\"quoted\"",
            "$HOME \\n",
            "# no comment",
            "a=b",
            "漢字",
        ] {
            check(value, value);
        }
    }

    #[test]
    fn what_a_line_cannot_hold_is_refused() {
        for value in ["two\nlines", "\n", "trailing\n", "carriage\rreturn", "trailing\r"] {
            assert_eq!(refused(FormatName::Docker, value), "its value has a line break");
        }
        let longest = "x".repeat(LONGEST_LINE - "NAME=".len());
        check(&longest, &longest);
        assert_eq!(
            refused(FormatName::Docker, &format!("{longest}x")),
            "its line would be longer than the 65,535 bytes that Docker reads"
        );
    }
}
