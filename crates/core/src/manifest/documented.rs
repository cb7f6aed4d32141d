//! Tests docs/manifest.md: reads its examples and compares their errors word for word.

use super::{Manifest, Selection};
use crate::Env;

const DOCS: &str = include_str!("../../../../docs/manifest.md");

/// The errors of reading and selecting from a manifest; empty if there are none.
fn outcome(text: &str) -> String {
    match Manifest::parse("secrets.toml".as_ref(), text) {
        Ok(manifest) => match manifest.select(&Selection::default(), &Env::default()) {
            Ok(_) => String::new(),
            Err(error) => error.to_string() + "\n",
        },
        Err(error) => error.to_string() + "\n",
    }
}

#[test]
fn every_example_gives_what_stands_below_it() {
    let mut manifest = String::new();
    let mut expected = None;
    let mut examples = 0;
    for (index, block) in DOCS.split("```").enumerate().filter(|(index, _)| index % 2 == 1) {
        let (language, body) = block.split_once('\n').unwrap();
        match language {
            "toml" => {
                assert_eq!(
                    expected.take().unwrap_or_default(),
                    "",
                    "the example before block {index} has an error"
                );
                let version = if body.starts_with("version") { "" } else { "version = 1\n" };
                manifest = format!("{version}{body}");
                expected = Some(outcome(&manifest));
                examples += 1;
            }
            "text" => {
                assert_eq!(expected.take().unwrap_or_else(|| outcome("")), body, "for {manifest}")
            }
            other => panic!("an unexpected block of {other}"),
        }
    }
    assert_eq!(expected.unwrap_or_default(), "");
    assert!(examples > 10, "only {examples} examples were found");
}

#[test]
fn every_key_is_documented() {
    let keys = super::keys::Key::ALL.map(super::keys::Key::name);
    for key in keys.into_iter().chain(super::keys::SETTINGS) {
        assert!(DOCS.contains(&format!("`{key}`")), "{key} is not in docs/manifest.md");
    }
}
