//! What a reader types, and whether the output is the one in the document.

use crate::docs::markdown::Block;

/// A command of a reader, and its expected output.
pub(crate) struct Step {
    pub(crate) command: String,
    pub(crate) expected: Option<String>,
}

/// A block of shell as one step.
pub(crate) fn whole(block: &Block, next: Option<&Block>) -> Step {
    let expected = next.filter(|next| next.info == "text").map(|next| next.body.clone());
    Step { command: format!("set -e\n{}", block.body), expected }
}

/// The commands of a console, each with the lines below it.
pub(crate) fn commands(block: &Block) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut goes_on = false;
    for line in block.body.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => {
                steps.push(Step { command: command.to_owned(), expected: Some(String::new()) })
            }
            (None, Some(step)) if goes_on => step.command = format!("{}\n{line}", step.command),
            (None, Some(Step { expected: Some(expected), .. })) => {
                *expected = format!("{expected}{line}\n")
            }
            (None, _) => panic!("line {}: a console begins with `$ `", block.line),
        }
        goes_on = line.ends_with('\\');
    }
    steps
}

/// Whether a text is the expected one: `…` stands for any text of a line, or on a separate line for
/// any lines.
pub(crate) fn is_like(expected: &str, text: &str) -> bool {
    let (expected, text) = (without_suffixes(expected), without_suffixes(text));
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    lines_are_like(&lines(&expected), &lines(&text))
}

fn lines_are_like(expected: &[String], lines: &[String]) -> bool {
    match (expected.split_first(), lines.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == "…" => {
            (0..=lines.len()).any(|skip| lines_are_like(rest, &lines[skip..]))
        }
        (Some((first, rest)), Some((line, others))) => {
            line_is_like(first, line) && lines_are_like(rest, others)
        }
        _ => false,
    }
}

fn line_is_like(expected: &str, line: &str) -> bool {
    let Some((begin, mut rest)) = expected.split_once('…') else { return expected == line };
    let Some(mut line) = line.strip_prefix(begin) else { return false };
    while let Some((middle, after)) = rest.split_once('…') {
        let Some((_, left)) = line.split_once(middle) else { return false };
        (line, rest) = (left, after);
    }
    line.ends_with(rest)
}

/// Replaces the random suffixes of secrets' ARNs with one text.
fn without_suffixes(text: &str) -> String {
    let mut parts = text.split(":secret:");
    let mut done = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part
            .find(|c: char| !c.is_ascii_alphanumeric() && !"/_+=.@-".contains(c))
            .unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        let name = name
            .rsplit_once('-')
            .filter(|(_, random)| random.len() == 6)
            .map_or(name, |(name, _)| name);
        done += &format!(":secret:{name}-??????{rest}");
    }
    done
}
