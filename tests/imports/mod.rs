//! Files import each other in one direction. Two files of a crate that need each other, directly or
//! through others, are a circle. A parent module and its own child are not.
//!
//! `modules` reads a crate's module tree, `paths` the paths in its code, and `circles` follows each
//! path to the file that defines the item.

mod circles;
pub(crate) mod modules;
pub(crate) mod paths;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::docs::{files_below, root};

use circles::circles;

/// The Rust files of a crate's `src`, by their paths in it.
pub(crate) type Sources = BTreeMap<PathBuf, String>;

pub(crate) fn sources(name: &str) -> Sources {
    let folder = root().join("crates").join(name).join("src");
    let text = |file: &PathBuf| fs::read_to_string(file).expect("a source file");
    let path = |file: &PathBuf| file.strip_prefix(&folder).expect("a file below").to_owned();
    files_below(&folder, "rs").iter().map(|file| (path(file), text(file))).collect()
}

#[test]
fn no_files_of_a_crate_import_each_other() {
    let mut found = String::new();
    for entry in fs::read_dir(root().join("crates")).expect("the crates") {
        let name = entry.expect("a crate").file_name().into_string().expect("UTF-8");
        for circle in circles(&sources(&name)) {
            let count = circle.files.len();
            found += &format!("\ncrates/{name}: {count} files import each other\n{circle}");
        }
    }
    assert!(found.is_empty(), "{found}");
}

/// The circles of a crate made of these files, as lists of files.
#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&[&str]]) {
    let sources = files.iter().map(|(path, text)| (path.into(), (*text).to_owned())).collect();
    let circles = circles(&sources);
    let found: Vec<Vec<&str>> = circles
        .iter()
        .map(|circle| circle.files.iter().map(|file| file.to_str().expect("UTF-8")).collect())
        .collect();
    assert_eq!(found, expected, "{circles:?}");
}

const ROOT: (&str, &str) = ("lib.rs", "mod a;\nmod b;\nmod c;\n");

#[test]
fn a_planted_circle_is_found() {
    check(&[ROOT, ("a.rs", "use crate::b::B;"), ("b.rs", "pub struct B;"), ("c.rs", "")], &[]);
    let circle = [ROOT, ("a.rs", "use crate::b::B;"), ("b.rs", "use crate::c::C;\npub struct B;")];
    let to_a = ["use crate::a;", "use super::{a::A, b};", "fn f() { crate::a::f() }"];
    for text in to_a {
        let files: Vec<_> = circle.into_iter().chain([("c.rs", text)]).collect();
        check(&files, &[&["a.rs", "b.rs", "c.rs"]]);
    }
}

/// Two files that name each other, the second in each of these ways.
#[test]
fn every_way_to_name_a_file_counts() {
    let ways = [
        "use crate::a::A;",
        "use crate::{a::{self, A}, c};",
        "use super::a as other;",
        "fn f(a: crate::a::A) {}",
        "fn f() { super::a::f::<u8>() }",
        "fn f() { println!(\"{}\", crate::a::A) }",
        "fn f() { if true { loop { vec![vec![super::a::f()]] } } }",
        "use super::*;\nfn f() { a::f() }",
        "use crate::a;\nfn f() { a::f() }",
        "#[derive(Args)]\nstruct S { #[arg(value_parser = crate::a::f)] s: u8 }",
        "#[serde(with = \"crate::a\")]\nstruct S;",
        "mod inner { use super::super::a::A; }",
        "impl crate::a::A { }",
        "macro_rules! m { () => { $crate::a::f() } }",
        "#[cfg(feature = \"x\")]\nuse crate::a::A;",
    ];
    for way in ways {
        let text = format!("pub struct B;\n{way}");
        let files = [ROOT, ("a.rs", "use crate::b::B;"), ("b.rs", &text), ("c.rs", "")];
        check(&files, &[&["a.rs", "b.rs"]]);
    }
    let others = [
        "#[cfg(test)]\nmod tests { use crate::a::A; }",
        "#[cfg(test)]\nmod tests;",
        "#[test]\nfn t() { crate::a::f() }",
        "/// As [`crate::a::A`].\nstruct S;",
        "pub(crate) struct S;",
        "use a::A;",
        "use std::a;\nfn f() { a::f() }",
    ];
    for other in others {
        let text = format!("pub struct B;\n{other}");
        let files = [
            ROOT,
            ("a.rs", "use crate::b::B;"),
            ("b.rs", &text),
            ("c.rs", ""),
            ("b/tests.rs", "use crate::a::A;"),
        ];
        check(&files, &[]);
    }
}

/// An item that a parent exports for its child belongs to the child.
#[test]
fn an_export_is_followed_to_the_file_that_defines_it() {
    let parent = ("a.rs", "mod x;\nmod y;\npub use x::X;\npub use self::y::*;\npub struct A;");
    let check_from = |c: &str, expected: &[&[&str]]| {
        let x = ("a/x.rs", "pub struct X;\nuse crate::c::C;");
        let y = ("a/y.rs", "pub struct Y;");
        check(&[ROOT, parent, x, y, ("b.rs", ""), ("c.rs", c)], expected);
    };
    check_from("pub struct C;\nuse crate::a::X;", &[&["a/x.rs", "c.rs"]]);
    check_from("pub struct C;\nuse crate::a;\nfn f() { a::X::new() }", &[&["a/x.rs", "c.rs"]]);
    check_from("pub struct C;\nuse crate::a::Y;", &[]);
    check_from("pub struct C;\nuse crate::a::A;", &[]);
    // A file and a child of its sibling, through the sibling.
    check_from("pub struct C;\nuse crate::a::{A, X};", &[&["a/x.rs", "c.rs"]]);
}

#[test]
fn a_parent_and_its_own_child_are_no_circle() {
    let a = ("a/mod.rs", "mod x;\nuse x::X;\npub struct A;");
    check(&[ROOT, a, ("a/x.rs", "use super::A;\npub struct X;"), ("b.rs", ""), ("c.rs", "")], &[]);
    let a = ("a/mod.rs", "mod x;\nmod y;\npub struct A;");
    let (x, y) = (("a/x.rs", "use super::y::Y;"), ("a/y.rs", "use super::{A, x};"));
    check(&[ROOT, a, x, y, ("b.rs", ""), ("c.rs", "")], &[&["a/x.rs", "a/y.rs"]]);
}
