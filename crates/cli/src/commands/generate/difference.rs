//! How an existing file differs from what would be generated: the generated side alone. Lines that
//! only the file has are counted, since somebody may have put a value into them and a check runs in
//! CI, whose logs many read.

use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use crate::terminal::output::{BAD, FAINT, GOOD, Text, count};

/// The lines that differ, with three around them: `+` is what would be generated, `-` counts what
/// the file has instead.
pub(super) fn difference(file: &str, found: &str, made: &str) -> Text {
    // Past that a difference is not the shortest one any more.
    let diff = TextDiff::configure().timeout(Duration::from_millis(500)).diff_lines(found, made);
    let mut text =
        Text::new().styled_line(BAD, format!("--- {file}")).styled_line(GOOD, "+++ generated");
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        text = text.styled_line(FAINT, hunk.header().to_string());
        let mut removed = 0;
        for change in hunk.iter_changes() {
            if change.tag() == ChangeTag::Delete {
                removed += 1;
                continue;
            }
            text = with_removed(text, std::mem::take(&mut removed));
            let (sign, style) =
                if change.tag() == ChangeTag::Insert { ('+', GOOD) } else { (' ', FAINT) };
            text =
                text.styled_line(style, format!("{sign}{}", change.value().trim_end_matches('\n')));
        }
        text = with_removed(text, removed);
    }
    if !found.is_empty() && !found.ends_with('\n') && made.ends_with('\n') {
        text = text.line("\\ No newline at the end of the file");
    }
    text
}

fn with_removed(text: Text, removed: usize) -> Text {
    match removed {
        0 => text,
        _ => text.styled_line(
            BAD,
            format!("-({} of the file, not shown)", count(removed, "line", "lines")),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences() {
        let check = |found: &str, made: &str, expected: &str| {
            let shown = anstream::adapter::strip_str(difference("a.yaml", found, made).as_str())
                .to_string();
            assert_eq!(shown, format!("--- a.yaml\n+++ generated\n{expected}"));
        };
        check(
            "a\nb\nc\n",
            "a\nB\nc\n",
            "@@ -1,3 +1,3 @@\n a\n-(1 line of the file, not shown)\n+B\n c\n",
        );
        check("a\nb\nc\n", "a\n", "@@ -1,3 +1 @@\n a\n-(2 lines of the file, not shown)\n");
        check("", "a\n", "@@ -0,0 +1 @@\n+a\n");
        check(
            "a",
            "a\n",
            "@@ -1 +1 @@\n-(1 line of the file, not shown)\n+a\n\\ No newline at the end of the file\n",
        );
        // What a manifest puts into a generated file does not steer the terminal.
        check("", "\u{1b}[2J\r\n", "@@ -0,0 +1 @@\n+\\u{1b}[2J\\r\n");
    }
}
