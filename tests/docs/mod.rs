//! The documents match the program: their commands run and print the text in the document, their
//! options, exit codes, variables and files exist, their links lead somewhere, their indexes are
//! complete. `supply_chain` tests how releases are made, and `promises` the form of
//! docs/security.md.
//!
//! How a fenced block is treated, by its info string:
//!
//! | block | how it is treated |
//! |---|---|
//! | `sh` | run. It must end with 0, and a `text` block right below is its expected output |
//! | `console` | each command after `$ ` is run, and prints the lines below it. `…` is any text |
//! | `toml secrets.toml`, `dotenv .env` and the like | written to the file that it names |
//! | `sh by-hand`, and all others | ignored |
//!
//! The blocks of a document run in order, in a separate folder and account. docs/manifest.md is
//! tested next to the parser, the Rust of README.md and docs/library.md as doctests of the crate
//! `hydrant`.

mod account;
mod cost;
mod figures;
mod markdown;
mod steps;

mod names;
mod packages;
mod promises;
mod supply_chain;

use std::fs;
use std::path::{Path, PathBuf};

use account::Account;
use markdown::{blocks, headings, links, sections};
use steps::{commands, is_like, whole};

#[test]
fn commands_do_what_the_documents_say() {
    let mut failures = Vec::new();
    let mut run = 0;
    for document in documents() {
        let account = Account::new();
        let blocks = blocks(&document.text);
        for (index, block) in blocks.iter().enumerate() {
            let mut info = block.info.split(' ');
            let steps = match (info.next(), info.next()) {
                (Some("sh"), None) => vec![whole(block, blocks.get(index + 1))],
                (Some("console"), _) => commands(block),
                (Some("toml" | "dotenv"), Some(file)) => {
                    account.sandbox.file(file, &block.body);
                    continue;
                }
                _ => continue,
            };
            run += steps.len();
            for (step, printed) in steps.iter().zip(account.run(&steps)) {
                let (status, text) = printed;
                let as_said =
                    step.expected.as_ref().is_none_or(|expected| is_like(expected, &text));
                if !as_said || (block.info == "sh" && status != 0) {
                    let place = format!("{}:{}", document.path.display(), block.line);
                    failures
                        .push(format!("{place}: {}\n(exit code {status}) {text}", step.command));
                }
            }
        }
    }
    assert!(failures.is_empty(), "not what the document says:\n\n{}", failures.join("\n"));
    assert!(run > 20, "only {run} commands were found");
}

#[test]
fn links_lead_somewhere() {
    for document in documents() {
        for target in links(&document.text).iter().filter(|target| !target.contains("://")) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = match file {
                "" => root().join(&document.path),
                file => root().join(&document.path).with_file_name("").join(file),
            };
            let found = format!("{}: the link {target}", document.path.display());
            assert!(path.exists(), "{found} names no file");
            if !anchor.is_empty() && path.extension().is_some_and(|end| end == "md") {
                let text = fs::read_to_string(&path).expect("a document");
                assert!(
                    headings(&text).any(|heading| heading == anchor),
                    "{found} names no heading"
                );
            }
        }
    }
}

/// The index is the paragraph of links before the first section.
#[test]
fn indexes_list_every_section_in_order() {
    let mut indexes = 0;
    for document in documents() {
        let head = document.text.split("\n## ").next().unwrap_or_default();
        let index = head.split("\n\n").find(|text| text.starts_with('[') && text.contains("](#"));
        let Some(index) = index else { continue };
        let listed: Vec<_> =
            links(index).into_iter().map(|link| link.trim_start_matches('#').to_owned()).collect();
        indexes += 1;
        let sections: Vec<_> = sections(&document.text).collect();
        assert_eq!(listed, sections, "{}: its index", document.path.display());
    }
    assert!(indexes > 5, "only {indexes} indexes");
}

/// A document, with its path from the root of the repository.
pub(crate) struct Document {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn document(path: &str) -> Document {
    let text = fs::read_to_string(root().join(path)).expect("a document");
    Document { path: path.into(), text }
}

pub(crate) fn documents() -> Vec<Document> {
    let guides = files_below(&root().join("docs"), "md");
    let guides = guides.iter().filter_map(|path| path.strip_prefix(root()).ok()?.to_str());
    ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"]
        .into_iter()
        .chain(guides)
        .map(document)
        .collect()
}

pub(crate) fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("an entry of the folder").path();
        if path.is_dir() {
            files.extend(files_below(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    files.sort();
    files
}
