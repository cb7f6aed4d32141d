//! Where what was generated goes: stdout, a file (never over a changed one unasked), or a comparison with a file in hand.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use hydrant_core::regular_file;
use similar::{ChangeTag, TextDiff};

use crate::failure::Failure;
use crate::output::{self, BAD, FAINT, GOOD};
use crate::{exit, rewrite};

/// Where a text goes; the same for every target.
#[derive(clap::Args, Debug)]
pub(crate) struct Destination {
    /// Write it to this file, which is not replaced if it was changed; else it goes to stdout
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// With --out: replace the file whatever is in it
    #[arg(long, requires = "out")]
    force: bool,
    /// Compare this file with what would be generated; exit code 1 and the difference on stdout if it is not the same
    #[arg(long, value_name = "PATH", conflicts_with_all = ["out", "force"])]
    check: Option<PathBuf>,
}

impl Destination {
    /// Puts the text where it is to go, and gives the exit code.
    pub(crate) fn take(&self, text: &str) -> Result<u8, Failure> {
        match (&self.out, &self.check) {
            (_, Some(path)) => check(path, text),
            (Some(path), None) => write(path, text, self.force),
            (None, None) => output::raw(text),
        }
    }
}

fn write(path: &Path, text: &str, force: bool) -> Result<u8, Failure> {
    let failed = |source| Failure::File { doing: format!("write {}", path.display()), source };
    match regular_file::read(path) {
        Ok(found) if found == text.as_bytes() => {
            tracing::info!("{} is as generated: nothing to do", path.display());
            return Ok(exit::DONE);
        }
        Ok(_) if !force => return Err(Failure::Changed { path: path.to_owned() }),
        Ok(_) => rewrite::replace(path, text).map_err(failed)?,
        // Not over a file that has come up since, and not over a symbolic link to nowhere.
        Err(error) if error.kind() == ErrorKind::NotFound => {
            rewrite::create(path, text).map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => Failure::Changed { path: path.to_owned() },
                _ => failed(error),
            })?;
        }
        Err(error) => return Err(failed(error)),
    }
    tracing::info!("{} is written", path.display());
    Ok(exit::DONE)
}

fn check(path: &Path, text: &str) -> Result<u8, Failure> {
    let found = regular_file::read(path)
        .map_err(|source| Failure::File { doing: format!("read {}", path.display()), source })?;
    if found == text.as_bytes() {
        output::data(&format!("{} is as generated\n", path.display()))?;
        return Ok(exit::DONE);
    }
    output::data(&difference(&path.display().to_string(), &String::from_utf8_lossy(&found), text))?;
    Ok(exit::DIFFERENT)
}

/// The lines that differ, with three around them: `-` is in the file, `+` is what would be generated.
fn difference(file: &str, found: &str, made: &str) -> String {
    let diff = TextDiff::from_lines(found, made);
    let mut lines = format!("{BAD}--- {file}{BAD:#}\n{GOOD}+++ generated{GOOD:#}\n");
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        // Writing to a String does not fail.
        _ = writeln!(lines, "{FAINT}{}{FAINT:#}", hunk.header());
        for change in hunk.iter_changes() {
            let (sign, style) = match change.tag() {
                ChangeTag::Delete => ('-', BAD),
                ChangeTag::Insert => ('+', GOOD),
                ChangeTag::Equal => (' ', FAINT),
            };
            let line = output::printable(change.value().trim_end_matches('\n'));
            _ = writeln!(lines, "{style}{sign}{line}{style:#}");
            if change.missing_newline() {
                lines.push_str("\\ No newline at the end\n");
            }
        }
    }
    lines
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
}
