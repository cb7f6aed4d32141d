//! Adds entries to the text of a manifest. The rest stays unchanged, byte for byte: comments,
//! order, line ends.
//!
//! Pure. The file is written in `rewrite`.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// An entry to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewEntry {
    pub(crate) variable: String,
    pub(crate) description: Option<String>,
    /// The variable that holds the reference. It is written out, so that a reader need not know the
    /// default.
    pub(crate) arn_var: String,
    pub(crate) required: bool,
}

impl NewEntry {
    /// An entry whose reference is in the variable where it is by default.
    pub(crate) fn new(variable: &str, description: Option<&str>, required: bool) -> Self {
        NewEntry {
            variable: variable.to_owned(),
            description: description.map(str::to_owned),
            arn_var: format!("{variable}_SECRET_ARN"),
            required,
        }
    }

    /// Its lines, as in secrets.toml.example: keys aligned, defaults left out.
    pub(crate) fn toml(&self) -> String {
        let mut keys = Vec::new();
        if let Some(description) = &self.description {
            keys.push(("description", quoted(description)));
        }
        keys.push(("arn_var", quoted(&self.arn_var)));
        if !self.required {
            keys.push(("required", "false".to_owned()));
        }
        let width = keys.iter().map(|(key, _)| key.len()).max().unwrap_or_default();
        let lines = keys.iter().map(|(key, value)| format!("{key:width$} = {value}\n"));
        format!("[secrets.{}]\n{}", self.variable, lines.collect::<String>())
    }
}

/// The overlay of an entry in a profile, with `required`.
pub(crate) fn overlay(profile: &str, variable: &str, required: bool) -> String {
    format!("[profiles.{}.secrets.{variable}]\nrequired = {required}\n", key(profile))
}

/// The line of a table or key, from 1, by the keys that lead to it.
pub(crate) fn line_of(text: &str, path: &[&str]) -> Option<usize> {
    let root = DeTable::parse(text).ok()?;
    let (last, parents) = path.split_last()?;
    let table = descend(root.get_ref(), parents)?;
    let (name, _) = table.iter().find(|(name, _)| &**name.get_ref() == *last)?;
    Some(1 + text[..name.span().start].matches('\n').count())
}

/// The text with the blocks after the last table below `parents` (as `secrets`), or at its end if
/// there is none.
pub(crate) fn insert(text: &str, parents: &[&str], blocks: &[String]) -> String {
    let end = DeTable::parse(text)
        .ok()
        .and_then(|root| descend(root.get_ref(), parents).and_then(end_of));
    let at = end.map_or(text.len(), |end| place(text, end));
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let (before, after) = text.split_at(at);
    let mut new = before.to_owned();
    if !new.is_empty() && !new.ends_with('\n') {
        new.push_str(newline);
    }
    for block in blocks {
        if !new.is_empty() {
            new.push_str(newline);
        }
        new.push_str(&block.replace('\n', newline));
    }
    if !after.is_empty() && !after.starts_with(['\n', '\r']) {
        new.push_str(newline);
    }
    new + after
}

fn descend<'a, 'i>(root: &'a DeTable<'i>, path: &[&str]) -> Option<&'a DeTable<'i>> {
    path.iter().try_fold(root, |table, key| match table.get(*key)?.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => None,
    })
}

/// The end of the content of the inner tables.
fn end_of(table: &DeTable<'_>) -> Option<usize> {
    let ends = table.iter().map(|(name, value)| {
        let own = name.span().end.max(value.span().end);
        own.max(inner(value).and_then(end_of).unwrap_or_default())
    });
    ends.max()
}

fn inner<'a, 'i>(value: &'a Spanned<DeValue<'i>>) -> Option<&'a DeTable<'i>> {
    match value.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

/// The start of the line behind the one that ends here, and behind the comments that belong to it.
/// If more keys follow, they would come to be in the new table: then the end of the text.
fn place(text: &str, end: usize) -> usize {
    let mut at = line_end(text, end);
    let comments =
        lines(text, at).take_while(|line| text[line.clone()].trim_start().starts_with('#')).last();
    if let Some(comments) = comments {
        // A comment directly above a header, without a blank line between, belongs to that header.
        let next = text[comments.end..].lines().next().unwrap_or_default();
        if next.trim().is_empty() {
            at = comments.end;
        }
    }
    let mut rest =
        text[at..].lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    if rest.next().is_none_or(|line| line.starts_with('[')) { at } else { text.len() }
}

fn line_end(text: &str, from: usize) -> usize {
    text[from..].find('\n').map_or(text.len(), |index| from + index + 1)
}

/// The lines from an offset on, their ends included.
fn lines(text: &str, from: usize) -> impl Iterator<Item = Range<usize>> {
    let mut at = from;
    text[from..].split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        start..at
    })
}

/// A text as a TOML string. Descriptions have no control characters.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn key(name: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !name.is_empty() && name.bytes().all(is_bare) { name.to_owned() } else { quoted(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(variable: &str) -> String {
        NewEntry::new(variable, None, true).toml()
    }

    #[test]
    fn an_entry_looks_like_those_of_the_example() {
        assert_eq!(entry("A"), "[secrets.A]\narn_var = \"A_SECRET_ARN\"\n");
        assert_eq!(
            NewEntry::new("A", Some("a \"key\" \\ more"), false).toml(),
            "[secrets.A]\ndescription = \"a \\\"key\\\" \\\\ more\"\narn_var     = \"A_SECRET_ARN\"\nrequired    = false\n"
        );
        assert_eq!(overlay("prod", "A", true), "[profiles.prod.secrets.A]\nrequired = true\n");
        assert_eq!(overlay("a b", "A", false), "[profiles.\"a b\".secrets.A]\nrequired = false\n");
    }

    /// `NEW` in the expected text is replaced with the new entry, `N`.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let new = insert(text, &["secrets"], &[entry("N")]);
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        assert_eq!(
            new,
            expected
                .replace("NEW", entry("N").trim_end())
                .replace('\n', newline)
                .replace("\r\r", "\r")
        );
    }

    #[test]
    fn it_stands_behind_the_last_entry_and_nothing_else_changes() {
        check("version = 1\n", "version = 1\n\nNEW\n");
        check("version = 1", "version = 1\n\nNEW\n");
        check("version = 1\n\n# the end\n", "version = 1\n\n# the end\n\nNEW\n");
        check("version = 1\n[secrets.A]\n", "version = 1\n[secrets.A]\n\nNEW\n");
        check("version = 1\n[secrets.A]", "version = 1\n[secrets.A]\n\nNEW\n");
        check(
            "version = 1\n[secrets.A] # first\n  arn_var  =  'X'  # x\n\n# apart\n",
            "version = 1\n[secrets.A] # first\n  arn_var  =  'X'  # x\n\nNEW\n\n# apart\n",
        );
        check(
            "version = 1\n[secrets.A]\narn_var = 'X'\n# json_key = 'a'\n\n[vars]\nv = 'w'\n",
            "version = 1\n[secrets.A]\narn_var = 'X'\n# json_key = 'a'\n\nNEW\n\n[vars]\nv = 'w'\n",
        );
        check(
            "version = 1\n[secrets.A]\n# of the profile\n[profiles.p.secrets.A]\nrequired = true\n",
            "version = 1\n[secrets.A]\n\nNEW\n\n# of the profile\n[profiles.p.secrets.A]\nrequired = true\n",
        );
        check(
            "version = 1\n[secrets.A]\n[vars]\nv = 'w'\n[secrets.B]\njson_key = '''\nx\n'''\n[settings]\n",
            "version = 1\n[secrets.A]\n[vars]\nv = 'w'\n[secrets.B]\njson_key = '''\nx\n'''\n\nNEW\n\n[settings]\n",
        );
        check(
            "version = 1\r\n[secrets.A]\r\nrequired = false\r\n\r\n[vars]\r\n",
            "version = 1\r\n[secrets.A]\r\nrequired = false\r\n\r\nNEW\r\n\r\n[vars]\r\n",
        );
        check(
            "version = 1\n[secrets]\nA = {}\nB = {}\n",
            "version = 1\n[secrets]\nA = {}\nB = {}\n\nNEW\n",
        );
        check(
            "secrets.A.required = false\nversion = 1\n",
            "secrets.A.required = false\nversion = 1\n\nNEW\n",
        );
        check("", "NEW\n");
    }

    #[test]
    fn several_stand_in_their_order() {
        let blocks = [entry("B"), entry("C")];
        let expected = format!("version = 1\n[secrets.A]\n\n{}\n{}", blocks[0], blocks[1]);
        assert_eq!(insert("version = 1\n[secrets.A]\n", &["secrets"], &blocks), expected);
    }

    #[test]
    fn an_overlay_stands_with_those_of_its_profile() {
        let text = "version = 1\n[secrets.A]\n[profiles.p.secrets.A]\nrequired = true\n[profiles.q.secrets.A]\n";
        let new = insert(text, &["profiles", "p", "secrets"], &[overlay("p", "B", true)]);
        let (before, after) = text.split_at(text.find("[profiles.q").unwrap());
        assert_eq!(new, format!("{before}\n[profiles.p.secrets.B]\nrequired = true\n\n{after}"));
        let new = insert(text, &["profiles", "r", "secrets"], &[overlay("r", "B", true)]);
        assert_eq!(new, format!("{text}\n[profiles.r.secrets.B]\nrequired = true\n"));
    }

    #[test]
    fn lines_are_found() {
        let text = "version = 1\n[secrets.A]\n\n[secrets.\"B\"]\n[profiles.p.secrets.A]\n";
        assert_eq!(line_of(text, &["secrets", "A"]), Some(2));
        assert_eq!(line_of(text, &["secrets", "B"]), Some(4));
        assert_eq!(line_of(text, &["profiles", "p", "secrets", "A"]), Some(5));
        assert_eq!(line_of(text, &["secrets", "C"]), None);
    }
}
