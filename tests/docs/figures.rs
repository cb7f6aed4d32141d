//! The figures of README.md are those of docs/performance.md.

use crate::docs::document;
use crate::docs::markdown::part;

/// The figures of a text that have a unit of time or size, such as `12.2 ms`.
fn figures(text: &str) -> Vec<String> {
    let prose = text.split("\n```").step_by(2).collect::<Vec<_>>().join("\n");
    let words: Vec<&str> = prose
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()))
        .collect();
    words
        .windows(2)
        .filter(|pair| pair[0].starts_with(|c: char| c.is_ascii_digit()))
        .filter(|pair| ["µs", "ms", "s", "min", "KB", "MB", "MiB"].contains(&pair[1]))
        .map(|pair| pair.join(" "))
        .collect()
}

#[test]
fn figures_of_the_readme_are_measured_ones() {
    let performance = document("docs/performance.md").text;
    let measured = figures(part(&performance, "## A start, side by side"));
    let named = figures(&document("README.md").text);
    let unknown: Vec<_> = named.iter().filter(|figure| !measured.contains(figure)).collect();
    assert!(unknown.is_empty(), "docs/performance.md does not have {unknown:?}");
    assert!(named.len() >= 2, "only {named:?}");
}
