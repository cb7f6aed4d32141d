//! The TOML errors of a manifest, and how much of the rest can be trusted.

use std::collections::BTreeSet;

use super::problems::{Lines, Problems};
use crate::shown::backquoted;

/// The TOML errors, and how much of the rest can be trusted.
pub(super) struct Syntax {
    /// The lines with an error. One mistake often breaks several rules, so no other problem is
    /// reported on them.
    pub(super) lines: BTreeSet<usize>,
    /// Whether the keys are in the right tables. A line without `=` may be a broken header.
    pub(super) structure_holds: bool,
    /// Whether a key that was not found is really missing.
    pub(super) certain: bool,
}

impl Syntax {
    pub(super) fn report(
        text: &str,
        lines: &Lines,
        errors: &[toml::de::Error],
        problems: &mut Problems,
    ) -> Self {
        let mut syntax = Syntax { lines: BTreeSet::new(), structure_holds: true, certain: true };
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            let span = span.start.min(text.len())..span.end.min(text.len());
            let line = lines.line(span.start);
            let duplicate = error.message() == "duplicate key";
            syntax.certain &= duplicate;
            syntax.structure_holds &= duplicate || lines.text(text, line).contains('=');
            // Further errors on the same line are consequences of the first.
            if !syntax.lines.insert(line) {
                continue;
            }
            problems.hide(span.clone());
            let key = text.get(span.clone()).unwrap_or_default();
            match duplicate {
                true => problems
                    .add(
                        span,
                        format!("duplicate key {}", backquoted(key.trim_matches(['"', '\'']))),
                    )
                    .help("write each table and each key only once"),
                // toml's messages are fixed texts and type names. None of them quotes the manifest.
                false => {
                    problems.add(span, format!("not valid TOML: {}", error.message()));
                }
            }
        }
        syntax
    }
}
