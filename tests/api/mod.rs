//! The public face of the library: docs/api.txt lists it, so that a review sees each change of it.
//! The listing is made of the sources, without the feature `unstable`, and needs no compiler.

mod face;
mod listing;
mod sources;

use std::fs;
use std::path::Path;

use quote::ToTokens;
use similar::TextDiff;

use crate::docs::root;
use face::Face;

/// Types of the face that are exhaustive, each with the reason.
const EXHAUSTIVE: [(&str, &str); 5] = [
    ("hydrant::Layer", "a variable is set in the process or in the env file"),
    ("hydrant::Severity", "programs have an exit code for each"),
    ("hydrant::store::ParameterId", "the ids that AWS takes"),
    ("hydrant::store::SecretId", "the ids that AWS takes"),
    ("hydrant::store::Version", "GetSecretValue takes an id or a staging label"),
];

/// Types in public signatures that are not public, each with the reason.
const NOT_ON_THE_FACE: [(&str, &str); 9] = [
    ("hydrant_core::apply::ApplyError", CAUSE),
    ("hydrant_core::env_file::EnvFileError", CAUSE),
    ("hydrant_core::manifest::parse::ReadError", CAUSE),
    ("hydrant_core::manifest::select::SelectError", CAUSE),
    ("hydrant_core::reference::Origin", CAUSE),
    ("hydrant_core::reference::grammar::ReferenceError", CAUSE),
    ("hydrant_core::selector::Conflict", CAUSE),
    ("hydrant_core::selector::Selector", CAUSE),
    ("hydrant_core::source::SourceKeys", CAUSE),
];

/// The parts of these may change: an error has a text, a kind and a source, a reason has a word.
const CAUSE: &str = "what an error or a reason holds";

/// Crates whose types no signature has: they would make their versions a part of the library's.
const OTHER_CRATES: [&str; 10] = [
    "aws_",
    "futures_util",
    "http",
    "hyper",
    "nix",
    "rustix",
    "rustls",
    "tokio",
    "tracing",
    "uuid",
];

/// Code as one line, the same however it is formatted.
fn tokens(code: &impl ToTokens) -> String {
    let tight = [
        " (", "( ", " )", " [", "[ ", " ]", " <", "< ", " >", " ,", " :", ":: ", "& ", "# ", " ;",
        "' ", " ?", "? ",
    ];
    let text = code.to_token_stream().to_string();
    let text = tight.iter().fold(text, |text, each| text.replace(each, each.trim()));
    let pairs = [
        (",)", ")"),
        (",>", ">"),
        ("(mut self", "(self"),
        ("->", " -> "),
        ("  ", " "),
        ("=(", "= ("),
    ];
    pairs.iter().fold(text, |text, (from, to)| text.replace(from, to))
}

#[test]
fn the_listing_is_that_of_the_library() {
    let listing = Face::read().listing();
    let known = fs::read_to_string(root().join("docs/api.txt")).unwrap_or_default();
    if listing == known {
        return;
    }
    let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("api.txt");
    fs::write(&new, &listing).expect("a listing");
    panic!(
        "the public face of the library changed. If this is intended, run: cp {} docs/api.txt\n{}",
        new.display(),
        TextDiff::from_lines(&known, &listing).unified_diff()
    );
}

#[test]
fn what_may_grow_is_non_exhaustive() {
    let exhaustive = Face::read().exhaustive();
    let known: Vec<_> = EXHAUSTIVE.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(exhaustive, known);
}

#[test]
fn no_type_of_another_crate_is_in_a_signature() {
    let mut wrong = Face::read().others();
    wrong.retain(|(_, root)| OTHER_CRATES.iter().any(|other| root.starts_with(other)));
    assert_eq!(wrong, []);
}

#[test]
fn every_type_in_a_signature_can_be_named() {
    let known: Vec<_> = NOT_ON_THE_FACE.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(Face::read().unnamed(), known);
}
