//! Code and comments are at most 100 columns wide, as rustfmt sets it: it gives up in silence on
//! what it cannot break. A text that crosses the limit is left as it is, and so are a link, an
//! example in a comment, and what stands inside a call of a macro, which rustfmt does not break.

use std::collections::BTreeSet;
use std::fs;

use proc_macro2::{TokenStream, TokenTree};

use crate::docs::{files_below, root};

const COLUMNS: usize = 100;

/// The numbers of the lines that are too wide.
fn wide_lines(source: &str) -> Vec<usize> {
    let tokens: TokenStream = source.parse().expect("Rust");
    let unbreakable = unbreakable_lines(tokens);
    let mut wide = Vec::new();
    let mut in_example = false;
    for (line, number) in source.lines().zip(1..) {
        let comment = line.trim_start().strip_prefix("//");
        if comment.is_some_and(|text| text.trim_start_matches(['/', '!', ' ']).starts_with("```")) {
            in_example = !in_example;
        }
        let allowed = match comment {
            Some(text) => in_example || text.contains("://") || text.contains("     "),
            None => unbreakable.contains(&number),
        };
        if line.chars().count() > COLUMNS && !allowed {
            wide.push(number);
        }
    }
    wide
}

/// The lines on which a string literal reaches past the last column, and those inside of calls of
/// macros.
fn unbreakable_lines(tokens: TokenStream) -> BTreeSet<usize> {
    let mut lines = BTreeSet::new();
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => {
                // A macro's name stands before the mark; before that of an attribute is a `#`.
                let is_call = matches!(
                    tokens[..index],
                    [.., TokenTree::Ident(_), TokenTree::Punct(ref mark)] if mark.as_char() == '!'
                );
                if is_call {
                    lines.extend(group.span_open().start().line..=group.span_close().end().line);
                }
                lines.extend(unbreakable_lines(group.stream()));
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
    check(&format!("fn a() {{ json!({{ \"a\": {ninety}{filler} }}) }}\n"), &[]);
    check(
        &format!("/// ```\n/// {ninety} {filler}\n/// ```\n/// {ninety} {filler}\nfn a() {{}}\n"),
        &[4],
    );
}
