//! Blocks of HCL, and the one place that prints them: as `terraform fmt` leaves them.

use std::fmt;

use hydrant_core::shown::{begins_hash_command, needs_escape};

/// How far the content of a block is to the right of it.
const STEP: &str = "  ";

/// A block: its keyword, its labels, and what it contains.
pub(crate) struct Block {
    head: String,
    items: Vec<Item>,
}

enum Item {
    Argument(&'static str, Value),
    Block(Block),
}

/// The value of an argument.
pub(crate) enum Value {
    /// An expression, as it is written.
    Expression(String),
    /// A text of the manifest.
    Text(String),
    /// A list on one line.
    List(Vec<Value>),
    /// A list with an item on each line.
    Lines(Vec<Value>),
    /// An object with a key on each line.
    Object(Vec<(&'static str, Value)>),
}

/// An expression, as it is written.
pub(crate) fn expression(expression: impl Into<String>) -> Value {
    Value::Expression(expression.into())
}

/// A text, in quotes.
pub(crate) fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

impl Block {
    /// An empty block. The labels are identifiers and names of types.
    pub(crate) fn new(keyword: &str, labels: &[&str]) -> Self {
        let labels = labels.iter().map(|label| format!(" \"{label}\""));
        Block { head: format!("{keyword}{}", labels.collect::<String>()), items: Vec::new() }
    }

    /// The block with one more argument.
    pub(crate) fn argument(mut self, name: &'static str, value: Value) -> Self {
        self.items.push(Item::Argument(name, value));
        self
    }

    /// The block with one more block in it.
    pub(crate) fn block(mut self, block: Block) -> Self {
        self.items.push(Item::Block(block));
        self
    }

    fn lines(&self) -> Vec<String> {
        if self.items.is_empty() {
            return vec![format!("{} {{}}", self.head)];
        }
        within(format!("{} {{", self.head), self.body(), "}")
    }

    fn body(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut arguments = Vec::new();
        for item in &self.items {
            match item {
                Item::Argument(name, value) => arguments.push((*name, value)),
                Item::Block(block) => {
                    lines.extend(aligned(&std::mem::take(&mut arguments)));
                    if !lines.is_empty() {
                        lines.push(String::new());
                    }
                    lines.extend(block.lines());
                }
            }
        }
        lines.extend(aligned(&arguments));
        lines
    }
}

/// The whole text of the block, which ends in a line feed.
impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl Value {
    /// More than one line where the value is a list or an object of lines.
    fn lines(&self) -> Vec<String> {
        match self {
            Value::Expression(expression) => vec![expression.clone()],
            Value::Text(text) => vec![quoted(text)],
            Value::List(items) => {
                let items: Vec<String> = items.iter().flat_map(Value::lines).collect();
                vec![format!("[{}]", items.join(", "))]
            }
            Value::Lines(items) => {
                let items = items.iter().flat_map(Value::lines).map(|item| format!("{item},"));
                within("[".to_owned(), items.collect(), "]")
            }
            Value::Object(keys) => {
                let keys: Vec<_> = keys.iter().map(|(key, value)| (*key, value)).collect();
                within("{".to_owned(), aligned(&keys), "}")
            }
        }
    }
}

/// Arguments, the signs of equality of neighbours that have one line each below each other.
fn aligned(arguments: &[(&str, &Value)]) -> Vec<String> {
    let values: Vec<_> = arguments.iter().map(|(name, value)| (*name, value.lines())).collect();
    let runs = values.chunk_by(|(_, one), (_, other)| one.len() == 1 && other.len() == 1);
    let lines = runs.flat_map(|run| {
        let widest = run.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        run.iter().flat_map(move |(name, value)| {
            let first = format!("{name:widest$} = {}", value[0]);
            std::iter::once(first).chain(value[1..].iter().cloned())
        })
    });
    lines.collect()
}

/// Lines between two that are one step to the left.
fn within(first: String, lines: Vec<String>, last: &str) -> Vec<String> {
    let lines = lines.into_iter();
    let lines = lines.map(|line| if line.is_empty() { line } else { format!("{STEP}{line}") });
    std::iter::once(first).chain(lines).chain([last.to_owned()]).collect()
}

/// A text in quotes.
/// <https://developer.hashicorp.com/terraform/language/expressions/strings>
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for (at, c) in text.char_indices() {
        // `$${` would be `${` too, but what `$$${` is would be a matter of opinion.
        let begins = (matches!(c, '$' | '%') && text[at + 1..].starts_with('{'))
            || begins_hash_command(text, at);
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            c if u32::from(c) > 0xffff && needs_escape(c) => {
                quoted.push_str(&format!("\\U{:08X}", u32::from(c)));
            }
            c if begins || needs_escape(c) => {
                quoted.push_str(&format!("\\u{:04X}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        fn check(text: &str, expected: &str) {
            assert_eq!(quoted(text), format!("\"{expected}\""));
        }
        check("it's \"so\" \\ é", "it's \\\"so\\\" \\\\ é");
        check("${a} %{b} $c $${d}", "\\u0024{a} \\u0025{b} $c $\\u0024{d}");
        check("##[error]x ##vso[y] ## [", "#\\u0023[error]x #\\u0023vso[y] ## [");
        check("a\nb\r\u{2028}", "a\\nb\\u000D\\u2028");
    }

    #[test]
    fn blocks() {
        let lines = Value::Lines(vec![expression("a.b"), text("c")]);
        let inner = Block::new("inner", &[]).argument("on", expression("true"));
        let block = Block::new("resource", &["kind", "name"])
            .argument("a", text("one"))
            .argument("list", Value::List(vec![text("x"), text("y")]))
            .argument("lines", lines)
            .argument("object", Value::Object(vec![("key", text("v")), ("k", text("v"))]))
            .argument("last", expression("var.last"))
            .block(inner)
            .block(Block::new("empty", &[]));
        let expected = r#"resource "kind" "name" {
  a    = "one"
  list = ["x", "y"]
  lines = [
    a.b,
    "c",
  ]
  object = {
    key = "v"
    k   = "v"
  }
  last = var.last

  inner {
    on = true
  }

  empty {}
}
"#;
        assert_eq!(block.to_string(), expected);
    }
}
