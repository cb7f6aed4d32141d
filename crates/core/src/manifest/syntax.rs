//! What TOML itself finds wrong with a manifest, and how far the rest can be trusted then.

use std::collections::BTreeSet;

use super::problems::{Lines, Problems};
use crate::shown::backquoted;

/// What TOML found wrong, and how much of the rest can be trusted then.
pub(super) struct Syntax {
    /// The lines with an error: one mistake often breaks several rules, so nothing more is said of
    /// them.
    pub(super) lines: BTreeSet<usize>,
    /// Whether keys may be taken to be in the tables where they now are. A line without `=` may be
    /// a broken header.
    pub(super) structure_holds: bool,
    /// Whether what is not there was not written either.
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
            // The last lines of a report on one line are consequences of the first.
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
                // toml's messages are fixed texts and names of types: none of them quotes the
                // manifest.
                false => {
                    problems.add(span, format!("not valid TOML: {}", error.message()));
                }
            }
        }
        syntax
    }
}
