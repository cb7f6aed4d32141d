//! Texts that resemble what a parser expects: its own tokens in any order, and a good text with a
//! few of its parts changed.

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Pieces in any order, some of them of any text at all.
pub(crate) fn soup(pieces: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    let piece = prop_oneof![8 => select(pieces).prop_map(str::to_owned), 1 => any::<String>(), 1 => "[ -~]{0,8}"];
    prop::collection::vec(piece, 0..most).prop_map(|pieces| pieces.concat())
}

/// One change of a text: the part between two positions is replaced.
pub(crate) type Change = (Index, Index, String);

/// Changes that put pieces in place of what is there.
pub(crate) fn changes(pieces: &'static [&'static str]) -> impl Strategy<Value = Vec<Change>> {
    let replacement =
        prop_oneof![3 => select(pieces).prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec((any::<Index>(), any::<Index>(), replacement), 1..4)
}

/// The text with the changes applied; each removes at most a line's length.
pub(crate) fn changed(text: &str, changes: &[Change]) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for (at, length, replacement) in changes {
        let start = at.index(characters.len() + 1);
        let end = characters.len().min(start + length.index(40));
        characters.splice(start..end, replacement.chars());
    }
    characters.into_iter().collect()
}
