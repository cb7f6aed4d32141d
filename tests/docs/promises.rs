//! The form of docs/security.md: every promise names the test that checks it, and each of these
//! tests exists.
//!
//! A promise is a row of "Who is trusted", and a paragraph of "What is protected" or of "What
//! another process …" that begins in bold. Its last line begins with `Held by`, and links to
//! `file.rs#function`. A row has the links in its last cell.

use std::fs;

use crate::docs::markdown::{links, part};
use crate::docs::{document, documents, root};

const PROMISING: [&str; 2] =
    ["## What is protected", "## What another process of the same user can read"];

#[test]
fn every_promise_links_to_the_test_that_holds_it() {
    let text = document("docs/security.md").text;
    let parts = PROMISING.map(|heading| part(&text, heading)).join("\n\n");
    let promises: Vec<&str> =
        parts.split("\n\n").filter(|paragraph| paragraph.starts_with("**")).collect();
    assert!(promises.len() > 15, "only {} promises", promises.len());
    let protected = part(&text, PROMISING[0]).split("\n\n").skip(1);
    for paragraph in protected {
        assert!(
            paragraph.starts_with("**"),
            "docs/security.md protects something that is no promise:\n{paragraph}"
        );
    }
    let rows = part(&text, "## Who is trusted").lines().filter(|line| line.starts_with("| "));
    for promise in promises.iter().copied().chain(rows.skip(1)) {
        let tests = links(promise);
        let tests = tests.iter().filter(|link| link.contains(".rs#")).count();
        let is_said = promise.starts_with('|')
            || promise.lines().last().is_some_and(|line| line.starts_with("Held by ["));
        // A person who can do everything is promised nothing.
        let is_none = promise.contains("| everything,");
        assert!(
            (tests > 0 && is_said) || is_none,
            "docs/security.md names no test that holds this:\n{promise}"
        );
    }
}

#[test]
fn every_test_that_a_document_links_to_exists() {
    let mut count = 0;
    for document in documents() {
        for link in links(&document.text).iter().filter(|link| !link.contains("://")) {
            let Some((file, function)) = link.split_once(".rs#") else { continue };
            let path = root().join(&document.path).with_file_name("").join(format!("{file}.rs"));
            let text = fs::read_to_string(&path).unwrap_or_default();
            let place = format!("{}: the link {link}", document.path.display());
            let before = text
                .split(&format!("fn {function}("))
                .next()
                .filter(|before| before.len() < text.len());
            let before = before.unwrap_or_else(|| panic!("{place} names no test"));
            // It is either a test itself, or one of the cases of a macro or a list.
            let attributes = before.rsplit("\n\n").next().unwrap_or_default();
            let is_test = attributes.contains("test]")
                || text.contains("on_both!")
                || text.contains(&format!(", {function}),"));
            assert!(is_test, "{place} names a function that is no test");
            count += 1;
        }
    }
    assert!(count > 20, "only {count} links to tests");
}
