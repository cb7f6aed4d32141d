//! Markdown, as far as the documents use it: fenced blocks, parts, links, headings.

/// A fenced block.
pub(crate) struct Block {
    pub(crate) info: String,
    pub(crate) body: String,
    pub(crate) line: usize,
}

/// The text from a heading to the next one of its level.
pub(crate) fn part<'a>(text: &'a str, heading: &str) -> &'a str {
    let begin = text.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no part {heading}"));
    let rest = &text[begin + 1..];
    &rest[..rest[1..].find("\n## ").map_or(rest.len(), |end| end + 1)]
}

pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(_), Some(block)) => blocks.push(block),
            (Some(info), None) => {
                open = Some(Block { info: info.to_owned(), body: String::new(), line: index + 1 })
            }
            (None, Some(mut block)) => {
                block.body += line;
                block.body.push('\n');
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fenced block is not closed");
    blocks
}

/// The targets of the links outside of fenced blocks and spans of code.
pub(crate) fn links(text: &str) -> Vec<String> {
    let prose = text.split("```").step_by(2).collect::<Vec<_>>().concat();
    let prose = prose.split('`').step_by(2).collect::<Vec<_>>().join("x");
    prose.split("](").skip(1).filter_map(|rest| rest.split(')').next().map(str::to_owned)).collect()
}

/// The anchors of the headings, as GitHub makes them.
pub(crate) fn headings(text: &str) -> impl Iterator<Item = String> {
    heading_lines(text).map(|line| anchor(line.trim_start_matches('#')))
}

/// The anchors of the headings of the second level.
pub(crate) fn sections(text: &str) -> impl Iterator<Item = String> {
    heading_lines(text).filter_map(|line| line.strip_prefix("## ")).map(anchor)
}

fn heading_lines(text: &str) -> impl Iterator<Item = &str> {
    let prose = text.split("\n```").step_by(2);
    prose.flat_map(str::lines).filter(|line| line.starts_with('#'))
}

fn anchor(heading: &str) -> String {
    let heading = heading.trim().to_lowercase();
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}
