//! Phrases that no colleague says, in the texts of the program and in the documents.
//!
//! Each stands for its kind: docs/architecture.md has the words to use.

use std::fs;

use proc_macro2::{TokenStream, TokenTree};

use crate::docs::{documents, files_below, root};

/// A phrase, and what to write.
const PHRASES: [(&str, &str); 14] = [
    ("is no", "\"is not a\""),
    ("are no", "\"are not\""),
    ("was no", "\"was not a\""),
    ("has not the", "\"does not have the\""),
    ("exclude each other", "\"cannot be used together\""),
    ("may not stand", "\"is not allowed in\""),
    ("makes no sense", "\"invalid\""),
    ("make no sense", "\"invalid\""),
    ("throttled to the end", "\"still throttled at the deadline\""),
    ("mend", "\"fix\""),
    ("fault of its own", "\"server error\""),
    ("fault of hydrant's own", "\"internal error\""),
    ("is none", "\"is not one\""),
    ("not known here", "\"unknown\" or \"unexpected\""),
];

/// What is right although it contains a phrase: "there is no …".
const ALLOWED: [&str; 5] =
    ["there is no", "there are no", "there was no", "there is none", "is no longer"];

/// The phrases of a text, by their places in it.
fn phrases(text: &str) -> Vec<(usize, &'static str, &'static str)> {
    let words = one_space(text);
    let mut found = Vec::new();
    for (phrase, instead) in PHRASES {
        for (start, _) in words.match_indices(phrase) {
            let end = start + phrase.len();
            let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
            if is_word(words[..start].chars().next_back()) || is_word(words[end..].chars().next()) {
                continue;
            }
            let is_allowed = ALLOWED.iter().any(|allowed| {
                allowed.find(phrase).is_some_and(|offset| {
                    let begin = start.checked_sub(offset);
                    begin.is_some_and(|begin| words[begin..].starts_with(allowed))
                })
            });
            if !is_allowed {
                found.push((start, phrase, instead));
            }
        }
    }
    found
}

/// The text in lower case, with one space in the place of each line break and each indentation.
fn one_space(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The string literals of a source file, doc comments included, each with its line.
fn texts(tokens: TokenStream) -> Vec<(usize, String)> {
    let mut texts = Vec::new();
    let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
    while let Some(token) = tokens.pop() {
        match token {
            TokenTree::Group(group) => tokens.extend(group.stream()),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if text.contains('"') {
                    texts.push((literal.span().start().line, text));
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
    texts
}

#[test]
fn texts_are_plain_english() {
    let mut found = Vec::new();
    let mut check = |place: String, text: &str| {
        for (_, phrase, instead) in phrases(text) {
            found.push(format!("{place}: \"{phrase}\": write {instead}"));
        }
    };
    for file in files_below(&root().join("crates"), "rs") {
        let path = file.strip_prefix(root()).expect("a file below").display().to_string();
        let tokens = fs::read_to_string(&file).expect("a source file").parse().expect("Rust");
        for (line, text) in texts(tokens) {
            check(format!("{path}:{line}"), &text);
        }
    }
    for document in documents() {
        for paragraph in document.text.split("\n\n") {
            check(document.path.display().to_string(), paragraph);
        }
    }
    found.sort();
    found.dedup();
    assert!(found.is_empty(), "{} phrases:\n{}", found.len(), found.join("\n"));
}

#[test]
fn each_phrase_is_found() {
    let count = |text: &str| phrases(text).len();
    for (phrase, _) in PHRASES {
        assert!(count(&format!("It {phrase} here.")) >= 1, "{phrase}");
    }
    assert_eq!(count("`region` is\n    no region"), 1);
    assert_eq!(count("There is no region, there are no keys, and it is no longer set."), 0);
    assert_eq!(count("It is not a region. Recommended."), 0);
}
