//! Code and comments are at most 100 columns wide, as rustfmt sets it: it gives up in silence on
//! what it cannot break. A text that crosses the limit is left as it is, and so is a link.

use std::collections::BTreeSet;
use std::fs;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::docs::{files_below, root};

const COLUMNS: usize = 100;

/// The numbers of the lines that are too wide.
fn wide_lines(source: &str) -> Vec<usize> {
    let tokens: TokenStream = source.parse().expect("Rust");
    let texts = lines_with_a_text_at_the_limit(tokens);
    let lines = source.lines().enumerate().map(|(index, line)| (index + 1, line));
    let is_wide = |(number, line): &(usize, &str)| {
        let allowed = if line.trim_start().starts_with("//") {
            line.contains("://")
        } else {
            texts.contains(number)
        };
        line.chars().count() > COLUMNS && !allowed
    };
    lines.filter(is_wide).map(|(number, _)| number).collect()
}

/// The lines on which a string literal reaches past the last column.
fn lines_with_a_text_at_the_limit(tokens: TokenStream) -> BTreeSet<usize> {
    let mut lines = BTreeSet::new();
    let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
    while let Some(token) = tokens.pop() {
        match token {
            TokenTree::Group(group) => {
                // A doc comment is an attribute with a literal; it is seen as a comment.
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let is_doc = group.delimiter() == Delimiter::Bracket
                    && matches!(inner.first(), Some(TokenTree::Ident(name)) if name == "doc");
                if !is_doc {
                    tokens.extend(inner);
                }
            }
            TokenTree::Literal(literal) => {
                let (start, end) = (literal.span().start(), literal.span().end());
                for line in start.line..=end.line {
                    let begins_before = line > start.line || start.column < COLUMNS;
                    let ends_after = line < end.line || end.column >= COLUMNS;
                    if begins_before && ends_after && literal.to_string().contains('"') {
                        lines.insert(line);
                    }
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
    lines
}

#[test]
fn code_and_comments_have_at_most_100_columns() {
    let mut wide = Vec::new();
    for folder in ["crates", "tests"] {
        for file in files_below(&root().join(folder), "rs") {
            let source = fs::read_to_string(&file).expect("a source file");
            let path = file.strip_prefix(root()).expect("a file below").display().to_string();
            wide.extend(wide_lines(&source).iter().map(|line| format!("{path}:{line}")));
        }
    }
    assert!(wide.is_empty(), "wider than {COLUMNS} columns:\n{}", wide.join("\n"));
}

#[test]
fn what_is_too_wide_is_found() {
    let (ninety, filler) = ("x".repeat(90), "y".repeat(20));
    let check = |source: &str, expected: &[usize]| {
        assert_eq!(wide_lines(source), expected, "{source}");
    };
    check(&format!("fn {ninety}() {{}}\n"), &[]);
    check(&format!("fn {ninety}() {{ {filler}() }}\n"), &[1]);
    check(&format!("// {ninety} {filler}\nfn a() {{}}\n"), &[1]);
    check(&format!("/// {ninety} {filler}\nfn a() {{}}\n"), &[1]);
    check(&format!("/// <https://{ninety}{filler}>\nfn a() {{}}\n"), &[]);
    check(&format!("const A: &str = \"{ninety}{filler}\";\n"), &[]);
    check(&format!("const A: &str = \"\n{ninety}{filler}\n\";\n"), &[]);
    check(&format!("fn {ninety}() {{ {filler}(\"\") }}\n"), &[1]);
}
