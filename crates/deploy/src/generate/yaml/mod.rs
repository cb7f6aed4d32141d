//! A tree of values, and the one place that prints it as YAML. Targets build the tree; nothing
//! outside of this folder writes YAML.
//!
//! The crates that print YAML choose between quotes and none by themselves, and write no escape for
//! what a CI runner takes for a command. What is committed is to look the same with every version.

mod scalar;

use std::fmt;

pub(crate) use scalar::Scalar;

/// How far a level of the tree is to the right of the one that it is in.
const STEP: &str = "  ";

/// A value of YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Yaml {
    /// A text.
    Scalar(Scalar),
    /// A boolean.
    Bool(bool),
    /// A text behind a tag, which is without its `!` here.
    Tagged(&'static str, Scalar),
    /// Items, in this order.
    List(Vec<Yaml>),
    /// Keys with their values, in this order.
    Map(Vec<(String, Yaml)>),
}

/// A word of the format: in quotes only where YAML would not read it as this text.
pub(crate) fn word(word: impl Into<String>) -> Yaml {
    Yaml::Scalar(Scalar::Word(word.into()))
}

/// A text of the manifest or of the command line: always in quotes.
pub(crate) fn text(text: impl Into<String>) -> Yaml {
    Yaml::Scalar(Scalar::Text(text.into()))
}

/// A list of these items.
pub(crate) fn list(items: impl IntoIterator<Item = Yaml>) -> Yaml {
    Yaml::List(items.into_iter().collect())
}

/// A map of these keys and values.
pub(crate) fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, Yaml)>) -> Yaml {
    Yaml::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

/// Documents, each behind the line that begins one.
pub(crate) fn documents(documents: &[Yaml]) -> String {
    documents.iter().map(|document| format!("---\n{document}")).collect()
}

/// The whole text of a document, which ends in a line feed.
impl fmt::Display for Yaml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl Yaml {
    fn lines(&self) -> Vec<String> {
        match self {
            Yaml::List(items) if !items.is_empty() => items.iter().flat_map(item).collect(),
            Yaml::Map(entries) if !entries.is_empty() => entries.iter().flat_map(entry).collect(),
            value => vec![value.on_one_line()],
        }
    }

    /// What stands behind a key or a dash; a collection only where it is empty.
    fn on_one_line(&self) -> String {
        match self {
            Yaml::Scalar(scalar) => scalar.to_string(),
            Yaml::Bool(value) => value.to_string(),
            Yaml::Tagged(tag, scalar) => format!("!{tag} {scalar}"),
            Yaml::List(_) => "[]".to_owned(),
            Yaml::Map(_) => "{}".to_owned(),
        }
    }

    fn is_block(&self) -> bool {
        match self {
            Yaml::List(items) => !items.is_empty(),
            Yaml::Map(entries) => !entries.is_empty(),
            Yaml::Scalar(_) | Yaml::Bool(_) | Yaml::Tagged(..) => false,
        }
    }
}

/// An item of a list: the first line behind its dash, the others below it.
fn item(value: &Yaml) -> Vec<String> {
    let lines = value.lines().into_iter().enumerate();
    lines.map(|(at, line)| format!("{}{line}", if at == 0 { "- " } else { STEP })).collect()
}

/// A key with its value: behind it, or below it and one step to the right.
fn entry((key, value): &(String, Yaml)) -> Vec<String> {
    let key = Scalar::Word(key.clone());
    if !value.is_block() {
        return vec![format!("{key}: {}", value.on_one_line())];
    }
    let below = value.lines().into_iter().map(|line| format!("{STEP}{line}"));
    std::iter::once(format!("{key}:")).chain(below).collect()
}

#[cfg(test)]
mod tests;
