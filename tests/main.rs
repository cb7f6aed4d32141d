//! The black-box tests: of the binary, of the library over the wire, and of the documents. One file
//! or folder per subject, all in one test binary, so that shared code is compiled once.

#[macro_use]
mod support;

mod add;
mod api;
mod audit;
mod catalogue;
mod check;
mod docs;
mod doctor;
mod emulate;
mod export;
mod faults;
mod footprint;
mod generate;
mod hostile;
mod import;
mod imports;
mod inherit;
mod init;
mod init_command;
mod interrupted;
mod life;
mod messages;
mod ministack;
mod options;
mod plan;

mod policy;
mod process;
mod prompt;
mod proxy;
mod run;
mod secrecy;
mod signals;
mod source_keys;
mod storm;
mod style;
mod wire;
mod write_faults;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The Rust files below a folder that no `mod` line reaches from its `main.rs`.
fn forgotten(folder: &Path) -> Vec<PathBuf> {
    let mut reached = BTreeSet::new();
    let mut next = vec![folder.join("main.rs")];
    while let Some(file) = next.pop() {
        let text = fs::read_to_string(&file).expect("a module");
        let children = match file.file_stem().and_then(|stem| stem.to_str()) {
            Some("main" | "mod") => file.with_file_name(""),
            _ => file.with_extension(""),
        };
        let lines = text.lines().map(|line| line.trim_start_matches("pub(crate) "));
        for name in lines.filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')) {
            let paths = [children.join(format!("{name}.rs")), children.join(name).join("mod.rs")];
            next.extend(paths.into_iter().filter(|path| path.exists()));
        }
        reached.insert(file);
    }
    let files = docs::files_below(folder, "rs").into_iter();
    files.filter(|file| !reached.contains(file)).collect()
}

#[test]
fn no_file_of_the_tests_is_forgotten() {
    assert_eq!(forgotten(&docs::root().join("tests")), [] as [PathBuf; 0]);
}

#[test]
fn a_file_without_a_mod_line_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = [
        ("main.rs", "mod first;\nmod second;\n// mod third;\n"),
        ("first.rs", "mod below;\n"),
        ("first/below.rs", ""),
        ("first/planted.rs", ""),
        ("second/mod.rs", "pub(crate) mod beside;\n"),
        ("second/beside.rs", ""),
        ("third.rs", ""),
    ];
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.with_file_name("")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    let expected = ["first/planted.rs", "third.rs"].map(|name| folder.path().join(name));
    assert_eq!(forgotten(folder.path()), expected);
}
