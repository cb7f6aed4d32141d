//! `github`: the file that `GITHUB_ENV` names, and the masks that keep its values out of the log.
//!
//! Two texts for two destinations: [`masks`] to stdout, where the runner acts on it and shows none
//! of it, and then [`Github`] to the file. Masks go first: the runner prints what it puts into the
//! environment of a step. See
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>.

use serde_json::Value;

use super::{ExportProblem, Format, FormatName, Pair, refuse, room};

/// The minimum length of a JSON string or number to mask: a mask of `1` or `app` would black out
/// the whole log.
const SHORTEST_LEAF: usize = 4;

/// The file's text: `NAME<<END`, the value, `END`.
pub(super) struct Github;

impl Format for Github {
    fn write(&self, pairs: &[Pair<'_>], out: &mut String) -> Result<(), Vec<ExportProblem>> {
        refuse(FormatName::Github, pairs, |pair| {
            // The runner guards its own Node actions with this one name, whatever its case.
            pair.name
                .eq_ignore_ascii_case("NODE_OPTIONS")
                .then_some("the runner refuses to set this variable")
        })?;
        if !pairs.is_empty() {
            // The file is shared: the previous writer may have left its last line open. An empty
            // line is skipped.
            out.push('\n');
        }
        for pair in pairs {
            let end = delimiter(pair.value);
            for part in [pair.name, "<<", &end, "\n", pair.value, "\n", &end, "\n"] {
                out.push_str(part);
            }
        }
        Ok(())
    }
}

/// Appends the commands that mask the values in the log from here on. Each value is masked and,
/// since the log is masked line by line, each of its lines. For a JSON object or array the strings
/// and numbers in it are masked too, since programs print them separately.
///
/// Everything passed in is masked, so do not pass a value that is not secret (such as a `default`).
pub(crate) fn masks(pairs: &[Pair<'_>], out: &mut String) {
    out.reserve(room(pairs));
    for pair in pairs {
        mask(pair.value, out);
        if let Ok(value @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(pair.value) {
            mask_leaves(&value, out);
        }
    }
}

fn mask_leaves(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => members.values().for_each(|member| mask_leaves(member, out)),
        Value::Array(members) => members.iter().for_each(|member| mask_leaves(member, out)),
        Value::String(text) if text.chars().count() >= SHORTEST_LEAF => mask(text, out),
        Value::Number(number) => {
            let digits = number.to_string();
            if digits.len() >= SHORTEST_LEAF {
                mask(&digits, out);
            }
        }
        Value::String(_) | Value::Bool(_) | Value::Null => {}
    }
}

/// Masks a text whole and, where it has several lines, each of them.
fn mask(text: &str, out: &mut String) {
    add_mask(text, out);
    if text.trim().contains(['\n', '\r']) {
        text.split(['\n', '\r']).for_each(|line| add_mask(line, out));
    }
}

/// One command. Blanks around the text are left out, since programs trim them. The runner warns
/// about a mask of only blanks.
fn add_mask(text: &str, out: &mut String) {
    let text = text.trim();
    if text.is_empty() {
        return;
    }
    out.push_str("::add-mask::");
    for character in text.chars() {
        match character {
            '%' => out.push_str("%25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            _ => out.push(character),
        }
    }
    out.push('\n');
}

/// A line that does not occur in the value, so that no value can end its own text early and set
/// another variable.
fn delimiter(value: &str) -> String {
    (0_u64..)
        .map(|number| format!("HYDRANT_END_{number}"))
        .find(|end| !value.contains(end.as_str()))
        .expect("a value is finite")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NASTY, written};
    use super::*;

    fn check(value: &str, expected: &str) {
        assert_eq!(written(FormatName::Github, value), expected);
    }

    fn check_masks(value: &str, expected: &[&str]) {
        let mut out = String::new();
        masks(&[Pair { name: "NAME", value }], &mut out);
        let commands: Vec<_> =
            out.lines().map(|line| line.strip_prefix("::add-mask::").expect("a command")).collect();
        assert_eq!(commands, expected, "of {value:?}");
    }

    /// The variables that the runner takes from the file: its own rules, on a system whose lines
    /// end in a line feed.
    fn read_as_the_runner_does(text: &str) -> Vec<(String, String)> {
        let mut lines = text.split('\n');
        let mut variables = Vec::new();
        while let Some(line) = lines.next() {
            if line.is_empty() {
                continue;
            }
            let (name, end) = line.split_once("<<").expect("a heredoc");
            let value: Vec<_> = lines.by_ref().take_while(|line| *line != end).collect();
            variables.push((name.to_owned(), value.join("\n")));
        }
        variables
    }

    #[test]
    fn values() {
        check("", "\nNAME<<HYDRANT_END_0\n\nHYDRANT_END_0\n");
        check("sk-123", "\nNAME<<HYDRANT_END_0\nsk-123\nHYDRANT_END_0\n");
        check("two\nlines\n", "\nNAME<<HYDRANT_END_0\ntwo\nlines\n\nHYDRANT_END_0\n");
    }

    #[test]
    fn no_value_ends_its_own_text() {
        check(
            "a\nHYDRANT_END_0\nB=1",
            "\nNAME<<HYDRANT_END_1\na\nHYDRANT_END_0\nB=1\nHYDRANT_END_1\n",
        );
        check(
            "HYDRANT_END_0 HYDRANT_END_1",
            "\nNAME<<HYDRANT_END_2\nHYDRANT_END_0 HYDRANT_END_1\nHYDRANT_END_2\n",
        );
    }

    proptest::proptest! {
        #[test]
        fn generated_values_read_back(value in super::super::generated::values()) {
            let variables = read_as_the_runner_does(&written(FormatName::Github, &value));
            proptest::prop_assert_eq!(variables, [("NAME".to_owned(), value)]);
        }
    }

    #[test]
    fn every_value_reads_back() {
        let names: Vec<_> = (0..NASTY.len()).map(|index| format!("V{index}")).collect();
        let pairs: Vec<_> =
            names.iter().zip(NASTY).map(|(name, value)| Pair { name, value }).collect();
        let mut text = String::new();
        Github.write(&pairs, &mut text).expect("the file holds every value");
        let expected: Vec<_> =
            names.iter().cloned().zip(NASTY.iter().map(ToString::to_string)).collect();
        assert_eq!(read_as_the_runner_does(&text), expected);
    }

    #[test]
    fn a_variable_that_the_runner_refuses() {
        let pairs = [Pair { name: "NODE_OPTIONS", value: "--inspect" }];
        let refused = Github.write(&pairs, &mut String::new()).expect_err("the runner refuses it");
        assert_eq!(refused[0].reason, "the runner refuses to set this variable");
    }

    #[test]
    fn masks_of_plain_values() {
        check_masks("", &[]);
        check_masks(" \n", &[]);
        check_masks("sk-123", &["sk-123"]);
        check_masks(" sk-123\n", &["sk-123"]);
        check_masks("100%\r", &["100%25"]);
        check_masks("%0A::set-env", &["%250A::set-env"]);
        check_masks(
            "-----BEGIN-----\r\n  abc=\n\n-----END-----\n",
            &[
                "-----BEGIN-----%0D%0A  abc=%0A%0A-----END-----",
                "-----BEGIN-----",
                "abc=",
                "-----END-----",
            ],
        );
    }

    #[test]
    fn masks_of_json_values() {
        check_masks(
            r#"{"a":"s3cret","n":{"b":["deep","xy",12345,7,true,null]}}"#,
            &[
                r#"{"a":"s3cret","n":{"b":["deep","xy",12345,7,true,null]}}"#,
                "s3cret",
                "deep",
                "12345",
            ],
        );
        check_masks(r#"{"pem":"one\ntwo"}"#, &[r#"{"pem":"one\ntwo"}"#, "one%0Atwo", "one", "two"]);
        check_masks("\"a string alone\"", &["\"a string alone\""]);
        check_masks("12345", &["12345"]);
    }

    #[test]
    fn no_mask_is_split_over_lines() {
        for value in NASTY {
            let mut out = String::new();
            masks(&[Pair { name: "NAME", value }], &mut out);
            assert!(
                out.split_terminator('\n')
                    .all(|line| line.starts_with("::add-mask::") && !line.contains('\r'))
            );
        }
    }
}
