//! How an existing file differs from what would be generated: the generated side alone. Lines that only the file has are counted,
//! since somebody may have put a value into them and a check runs in CI, whose logs many read.

use std::fmt::Write as _;

use similar::{ChangeTag, TextDiff};

use crate::output::{self, BAD, FAINT, GOOD};

/// The lines that differ, with three around them: `+` is what would be generated, `-` counts what the file has instead.
pub(super) fn difference(file: &str, found: &str, made: &str) -> String {
    let diff = TextDiff::from_lines(found, made);
    let mut lines = format!("{BAD}--- {}{BAD:#}\n{GOOD}+++ generated{GOOD:#}\n", output::printable(file));
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        _ = writeln!(lines, "{FAINT}{}{FAINT:#}", hunk.header());
        let mut removed = 0;
        for change in hunk.iter_changes() {
            if change.tag() == ChangeTag::Delete {
                removed += 1;
                continue;
            }
            count_removed(&mut lines, std::mem::take(&mut removed));
            let (sign, style) = if change.tag() == ChangeTag::Insert { ('+', GOOD) } else { (' ', FAINT) };
            let line = output::printable(change.value().trim_end_matches('\n'));
            _ = writeln!(lines, "{style}{sign}{line}{style:#}");
        }
        count_removed(&mut lines, removed);
    }
    if !found.is_empty() && !found.ends_with('\n') && made.ends_with('\n') {
        lines.push_str("\\ No newline at the end of the file\n");
    }
    lines
}

fn count_removed(lines: &mut String, removed: usize) {
    if removed > 0 {
        let counted = output::count(removed, "line", "lines");
        // Writing to a String does not fail.
        _ = writeln!(lines, "{BAD}-({counted} of the file, not shown){BAD:#}");
    }
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
        check("a\nb\nc\n", "a\nB\nc\n", "@@ -1,3 +1,3 @@\n a\n-(1 line of the file, not shown)\n+B\n c\n");
        check("a\nb\nc\n", "a\n", "@@ -1,3 +1 @@\n a\n-(2 lines of the file, not shown)\n");
        check("", "a\n", "@@ -0,0 +1 @@\n+a\n");
        check("a", "a\n", "@@ -1 +1 @@\n-(1 line of the file, not shown)\n+a\n\\ No newline at the end of the file\n");
        // What a manifest puts into a generated file does not steer the terminal.
        check("", "\u{1b}[2J\r\n", "@@ -0,0 +1 @@\n+\\u{1b}[2J\\r\n");
    }
}
