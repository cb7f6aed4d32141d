//! A tree of values, and the one place that prints it as TypeScript, as its formatter leaves it:
//! what fits on a line of 80 characters stands on one.

use std::fmt;

use hydrant_core::shown::{begins_hash_command, has_hash_command, needs_escape};

use super::permissions::{ACCOUNT, PARTITION, REGION, SUFFIX};

const WIDTH: usize = 80;
/// How far the content of an object is to the right of it.
const STEP: usize = 2;

/// A value of TypeScript.
pub(crate) enum Value {
    /// A text.
    Text(String),
    /// ASCII texts without quotes, on one line where they fit.
    Texts(Vec<String>),
    /// Objects, each on lines of its own.
    Objects(Vec<Value>),
    /// Keys with their values, in this order.
    Object(Vec<(String, Value)>),
}

/// A text.
pub(crate) fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

/// A list of ASCII texts without quotes.
pub(crate) fn texts(texts: impl IntoIterator<Item = impl Into<String>>) -> Value {
    Value::Texts(texts.into_iter().map(Into::into).collect())
}

/// An object of these keys and values.
pub(crate) fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Value)>) -> Value {
    Value::Object(members.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

/// A value as it is assigned to a constant.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.printed(0))
    }
}

impl Value {
    /// The value behind a key or a sign of equality that stands this far to the right.
    fn printed(&self, indent: usize) -> String {
        let inner = indent + STEP;
        match self {
            Value::Text(text) => literal(text),
            Value::Texts(texts) => {
                format!("[{}]", texts.iter().map(|text| item(text)).collect::<Vec<_>>().join(", "))
            }
            Value::Objects(objects) if objects.is_empty() => "[]".to_owned(),
            Value::Objects(objects) => {
                let lines = objects.iter();
                let lines = lines.map(|one| format!("{:inner$}{},\n", "", one.printed(inner)));
                format!("[\n{}{:indent$}]", lines.collect::<String>(), "")
            }
            Value::Object(members) if members.is_empty() => "{}".to_owned(),
            Value::Object(members) => {
                let lines = members.iter().map(|(key, value)| member(inner, key, value));
                format!("{{\n{}{:indent$}}}", lines.collect::<String>(), "")
            }
        }
    }
}

/// A key with its value, on one line or on several.
fn member(indent: usize, key: &str, value: &Value) -> String {
    let line = format!("{:indent$}{key}: {},\n", "", value.printed(indent));
    if line.len() <= WIDTH + 1 {
        return line;
    }
    match value {
        Value::Text(text) => format!("{:indent$}{key}: {},\n", "", template(text)),
        Value::Texts(texts) => {
            let inner = indent + STEP;
            let lines = texts.iter().map(|text| format!("{:inner$}{},\n", "", item(text)));
            format!("{:indent$}{key}: [\n{}{:indent$}],\n", "", lines.collect::<String>(), "")
        }
        Value::Object(members) if members.is_empty() => {
            let inner = indent + STEP;
            format!("{:indent$}{key}:\n{:inner$}{{}},\n", "", "")
        }
        Value::Object(_) | Value::Objects(_) => line,
    }
}

/// A text in quotes; in backquotes where a formatter would have a choice, since it has none there.
fn literal(text: &str) -> String {
    let simple = text.chars().all(|c| (c == ' ' || c.is_ascii_graphic()) && !"\"\\".contains(c));
    if simple && !has_token(text) && !has_hash_command(text) {
        format!("\"{text}\"")
    } else {
        template(text)
    }
}

/// A text of a list.
fn item(text: &str) -> String {
    if has_token(text) { template(text) } else { format!("\"{text}\"") }
}

fn has_token(text: &str) -> bool {
    [PARTITION, REGION, ACCOUNT, SUFFIX].iter().any(|token| text.contains(token))
}

/// A template literal, with the CDK's own words for the tokens.
fn template(text: &str) -> String {
    let tokens = [
        (PARTITION, "${Aws.PARTITION}"),
        (REGION, "${Aws.REGION}"),
        (ACCOUNT, "${Aws.ACCOUNT_ID}"),
        (SUFFIX, "${Aws.URL_SUFFIX}"),
    ];
    if has_token(text) {
        // Resources and conditions, which have nothing to escape.
        return format!(
            "`{}`",
            tokens.iter().fold(text.to_owned(), |text, (token, own)| text.replace(token, own))
        );
    }
    let mut literal = String::from("`");
    for (at, c) in text.char_indices() {
        match c {
            '`' | '\\' | '$' => literal.extend(['\\', c]),
            '\n' => literal.push_str("\\n"),
            c if needs_escape(c) || begins_hash_command(text, at) => {
                literal.push_str(&c.escape_unicode().to_string());
            }
            c => literal.push(c),
        }
    }
    literal.push('`');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties() {
        fn check(text: &str, expected: &str) {
            assert_eq!(member(2, "a", &super::text(text)), format!("  a: {expected},\n"));
        }
        check("it's", "\"it's\"");
        check("say \"so\"", "`say \"so\"`");
        check("`\\${x}\n\r\u{2028}é", "`\\`\\\\\\${x}\\n\\u{d}\\u{2028}é`");
        check("##[error]x ##vso[y]", "`#\\u{23}[error]x #\\u{23}vso[y]`");
        check("arn:${partition}:x", "`arn:${Aws.PARTITION}:x`");
        check(&"x".repeat(72), &format!("\"{}\"", "x".repeat(72)));
        check(&"x".repeat(73), &format!("`{}`", "x".repeat(73)));
    }

    #[test]
    fn lists() {
        let list = |text: &str| member(2, "a", &texts([text]));
        assert_eq!(member(2, "a", &texts(["b", "c"])), "  a: [\"b\", \"c\"],\n");
        let long = "x".repeat(70);
        assert_eq!(list(&long), format!("  a: [\"{long}\"],\n"), "80 characters");
        let long = "x".repeat(71);
        let expected = format!("  a: [\n    \"{long}\",\n  ],\n");
        assert_eq!(list(&long), expected, "81 characters");
    }

    #[test]
    fn objects() {
        let nothing = || Value::Object(Vec::new());
        let tree = object([
            ("one", object([("two", text("b"))])),
            ("none", nothing()),
            ("rows", Value::Objects(vec![object([("c", text("d"))]), nothing()])),
            ("list", Value::Objects(Vec::new())),
        ]);
        let expected = "\
{
  one: {
    two: \"b\",
  },
  none: {},
  rows: [
    {
      c: \"d\",
    },
    {},
  ],
  list: [],
}";
        assert_eq!(tree.to_string(), expected);
        let long = "k".repeat(75);
        assert_eq!(member(2, &long, &nothing()), format!("  {long}:\n    {{}},\n"));
    }
}
