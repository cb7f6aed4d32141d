//! The manifest's parser: every text gives a result, every problem has a position in the text, and
//! a valid text is accepted.

use std::collections::BTreeMap;
use std::path::Path;

use hydrant_core::manifest::{ManifestError, SelectError};
use hydrant_core::{Env, Manifest, Selection, reserved};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::texts::{changed, changes, soup};

/// The tokens of a manifest, and texts that are hard for TOML.
const PIECES: &[&str] = &[
    "version",
    "version = 1\n",
    "settings",
    "vars",
    "secrets",
    "profiles",
    "[",
    "]",
    "[[",
    "]]",
    ".",
    "=",
    " = ",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "\\",
    "\\u0000",
    "\\U0010FFFF",
    "#",
    ",",
    "{",
    "}",
    "${",
    "${a}",
    "$",
    "[secrets.KEY]\n",
    "[secrets.key]\n",
    "[secrets.\"\"]\n",
    "[profiles.prod.secrets.KEY]\n",
    "KEY",
    "required",
    "true",
    "false",
    "default",
    "secret_id",
    "arn_var",
    "arn_parameter",
    "value_parameter",
    "json_key",
    "json_pointer",
    "create_name",
    "rotate_after",
    "\"90d\"",
    "\"10s\"",
    "deadline",
    "env_file",
    "batch",
    "1",
    "-1",
    "1e400",
    "0x1",
    "1979-05-27",
    "inf",
    "9223372036854775808",
    "\u{feff}",
    "\0",
    "é",
    "\u{202e}",
    "🔑",
];

/// An entry's keys, each with possible values. Those of a group cannot be used together.
const KEYS: &[&[&str]] = &[
    &["arn_var = \"SOME_ARN\"", "\"arn_var\" = 'OTHER_ARN'"],
    &["arn_parameter = \"/demo/key-arn\"", "arn_parameter = \"/${project}/key-arn\""],
    &[
        "secret_id = \"demo/key\"",
        "value_parameter = \"/demo/key\"",
        "secret_id = \"${project}/key\"",
    ],
    &["json_key = \"a.b-c\"", "json_pointer = \"/a/0/~1~0\"", "json_key = \"\\\"\\n\\u00e9\""],
    &["required = false", "required = true", "default = \"\"", "default = \"multi\\nline\""],
    &["version_stage = \"AWSPREVIOUS\""],
    &["rotate_after = \"90d\""],
    &["description = \"\"\"\nsome\ntext\"\"\"", "description = \"é # no comment\""],
];

/// A manifest without a problem, and the names of its entries.
fn good() -> impl Strategy<Value = (String, Vec<String>)> {
    let keys =
        subsequence((0..KEYS.len()).collect::<Vec<_>>(), 1..=KEYS.len()).prop_flat_map(|groups| {
            groups.into_iter().map(|group| select(KEYS[group])).collect::<Vec<_>>()
        });
    // Under AWS's own prefix versions are pinned, and a parameter has no version.
    let keys = keys.prop_map(|mut keys| {
        if keys.iter().any(|key| key.starts_with("value_parameter")) {
            keys.retain(|key| !key.starts_with("version_stage"));
        }
        keys
    });
    let names = "[A-Z][A-Z0-9_]{1,12}"
        .prop_filter("a reserved name", |name| reserved::reason(name).is_none());
    let entries = prop::collection::btree_map(names, (keys, any::<bool>()), 0..6);
    (entries, select(&["\n", "\r\n"][..])).prop_map(
        |(entries, end): (BTreeMap<String, (Vec<&str>, bool)>, _)| {
            let mut text = "version = 1\n[vars]\nproject = \"demo\"\n".to_owned();
            for (name, (keys, inline)) in &entries {
                // A table on one line holds no line break, and so no text of several lines.
                match *inline && !keys.iter().any(|key| key.contains('\n')) {
                    true => {
                        text.push_str(&format!("[secrets]\n{name} = {{ {} }}\n", keys.join(", ")))
                    }
                    false => text.push_str(&format!("[secrets.{name}]\n{}\n", keys.join("\n"))),
                }
            }
            // `[secrets]` may be opened once; further entries on one line follow the first as
            // dotted keys would.
            let text = once(&text, "[secrets]\n");
            (text.replace('\n', end), entries.into_keys().collect())
        },
    )
}

/// Moves all the lines after a repeated header below its first occurrence.
fn once(text: &str, header: &str) -> String {
    let mut parts = text.split(header);
    let mut before = parts.next().unwrap_or_default().to_owned();
    let (mut inline, mut tables) = (String::new(), String::new());
    for part in parts {
        let (line, rest) = part.split_once('\n').unwrap_or((part, ""));
        inline.push_str(&format!("{line}\n"));
        tables.push_str(rest);
    }
    if !inline.is_empty() {
        // Before the first `[secrets.NAME]`, which opens the table as well.
        let first = before.find("[secrets.").unwrap_or(before.len());
        before.insert_str(first, &format!("{header}{inline}"));
    }
    before + &tables
}

/// Reads a text, and returns whether it was valid all the way to its entries.
fn read(text: &str) -> Result<Manifest, String> {
    let manifest =
        Manifest::parse(Path::new("secrets.toml"), text).map_err(|error| places(text, &error))?;
    match manifest.select(&Selection::default(), &Env::default()) {
        Ok(_) => Ok(manifest),
        Err(SelectError::Manifest(error)) => Err(places(text, &error)),
        Err(SelectError::Usage(problems)) => panic!("nothing was asked for: {problems:?}"),
    }
}

/// Every problem is inside the text, is one line, and is not empty.
fn places(text: &str, error: &ManifestError) -> String {
    assert!(!error.problems().is_empty(), "an error without a problem, of {text:?}");
    let lines: Vec<&str> = text.split('\n').collect();
    for problem in error.problems() {
        let place = format!("{problem:?} of {text:?}");
        assert!(text.get(problem.span.clone()).is_some(), "a span outside of the text: {place}");
        let line = problem.line.checked_sub(1).and_then(|index| lines.get(index));
        let line = line.unwrap_or_else(|| panic!("no such line: {place}"));
        assert!(
            (1..=line.chars().count() + 1).contains(&problem.column),
            "no such column: {place}"
        );
        assert!(
            !problem.message.is_empty() && !problem.message.contains(['\n', '\r', '\0']),
            "{place}"
        );
    }
    assert_eq!(error.to_string().lines().count(), error.problems().len(), "{error}");
    error.to_string()
}

proptest! {
    #[test]
    fn any_text_has_an_answer(text in any::<String>()) {
        let _ = read(&text);
    }

    #[test]
    fn any_mixture_of_its_pieces_has_an_answer(text in soup(PIECES, 60)) {
        let _ = read(&text);
    }

    #[test]
    fn what_is_right_is_accepted((text, names) in good()) {
        let manifest = read(&text);
        prop_assert!(manifest.is_ok(), "{text}\n{manifest:?}");
        let mut found: Vec<String> = manifest.iter().flat_map(|manifest| manifest.names()).map(str::to_owned).collect();
        found.sort();
        prop_assert_eq!(found, names);
    }

    #[test]
    fn what_was_right_and_is_changed_has_an_answer((text, _) in good(), changes in changes(PIECES)) {
        let _ = read(&changed(&text, &changes));
    }
}
