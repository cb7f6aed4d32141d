//! Parses a catalogue from TOML text into items, and reports every problem with its position. A
//! user's own file overrides existing items, key by key.

use std::collections::BTreeMap;
use std::ops::Range;

use hydrant_core::manifest::is_variable_name;
use hydrant_core::{nearest, shown};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Catalogue, Item};
use crate::key_format::KeyFormat;

const ROOT: [&str; 2] = ["version", "providers"];
const PROVIDER: [&str; 4] = ["display_name", "category", "console", "variables"];
const VARIABLE: [&str; 6] =
    ["aliases", "secret_name", "description", "shape", "shape_source", "no_shape"];

/// The text of a catalogue has problems.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the catalogue has problems")]
#[non_exhaustive]
pub struct InvalidCatalogue {
    /// Never empty, in the order of the text.
    pub problems: Vec<Problem>,
}

/// One problem of a catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong: a lowercase fragment that names the provider and the variable.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// The known items with the additions and changes of a text.
pub(super) fn providers(text: &str, known: &Catalogue) -> Result<Catalogue, InvalidCatalogue> {
    let mut reader = Reader { text, problems: Vec::new() };
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        reader.add(
            &error.span().unwrap_or(0..0),
            format!("not valid TOML: {}", error.message()),
            None,
        );
    }
    // After a syntax error, something missing may have been written.
    let items = if errors.is_empty() { reader.root(root.get_ref(), known) } else { Vec::new() };
    if reader.problems.is_empty() {
        return Ok(Catalogue { items });
    }
    reader.problems.sort_by_key(|(start, _)| *start);
    let mut problems: Vec<Problem> =
        reader.problems.into_iter().map(|(_, problem)| problem).collect();
    problems.dedup();
    Err(InvalidCatalogue { problems })
}

type Table<'i> = DeTable<'i>;
type Value<'i> = Spanned<DeValue<'i>>;

struct Reader<'t> {
    text: &'t str,
    /// Each with its start.
    problems: Vec<(usize, Problem)>,
}

impl Reader<'_> {
    fn add(&mut self, span: &Range<usize>, message: impl Into<String>, help: Option<String>) {
        let start = span.start.min(self.text.len());
        let line = 1 + self.text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count();
        self.problems.push((start, Problem { line, message: message.into(), help }));
    }

    fn root(&mut self, root: &Table<'_>, known: &Catalogue) -> Vec<Item> {
        self.unknown_keys("", root, &ROOT);
        match root.get("version") {
            None => self.add(
                &(0..0),
                "`version` is missing",
                Some("write `version = 1` at the top".to_owned()),
            ),
            Some(version) => {
                let is_one =
                    matches!(version.get_ref(), DeValue::Integer(one) if one.as_str() == "1");
                if !is_one {
                    self.add(&version.span(), "`version` must be the integer 1", None);
                }
            }
        }
        let mut items = known.items.clone();
        for (name, table) in self.tables("", root, "providers") {
            self.provider(&name, table, known, &mut items);
        }
        self.names_are_distinct(root, &items);
        items
    }

    fn provider(
        &mut self,
        name: &Name,
        table: &Table<'_>,
        known: &Catalogue,
        items: &mut Vec<Item>,
    ) {
        let scope = format!("provider {}: ", shown::backquoted(&name.text));
        if !is_short_name(&name.text) {
            let help =
                "use lowercase letters, digits and `-`, and start with a letter, as in `openai`"
                    .to_owned();
            self.add(
                &name.span,
                format!("{scope}the name cannot be used on the command line"),
                Some(help),
            );
        }
        self.unknown_keys(&scope, table, &PROVIDER);
        let of_it = known.items.iter().find(|item| item.name == name.text);
        let text = |reader: &mut Self, key: &str| reader.text_of(&scope, table, key);
        let display_name = text(self, "display_name");
        let category = text(self, "category");
        let console = text(self, "console").filter(|console| {
            let is_https = console.strip_prefix("https://").is_some_and(|rest| !rest.is_empty());
            let is_plain = console.chars().all(|c| c.is_ascii_graphic());
            if !(is_https && is_plain) {
                let span = table.get("console").map_or(0..0, Spanned::span);
                self.add(&span, format!("{scope}`console` must be an https URL"), None);
            }
            is_https && is_plain
        });
        // The provider's keys apply to its existing variables, too.
        for item in items.iter_mut().filter(|item| item.name == name.text) {
            item.display_name
                .clone_from(display_name.as_ref().unwrap_or(&item.display_name.clone()));
            item.category.clone_from(category.as_ref().unwrap_or(&item.category.clone()));
            item.console = console.clone().or(item.console.take());
        }
        let variables = self.tables(&scope, table, "variables");
        if variables.is_empty() && of_it.is_none() {
            let named = shown::name(&name.text).unwrap_or_else(|| "PROVIDER".into());
            let help = format!("add one: [providers.{}.variables.NAME]", named.escape_debug());
            self.add(&name.span, format!("{scope}no variables"), Some(help));
        }
        for (variable, table) in variables {
            let scope = format!("{scope}variable {}: ", shown::backquoted(&variable.text));
            if !is_variable_name(&variable.text) {
                let help = "use letters, digits and `_`, and do not start with a digit".to_owned();
                self.add(
                    &variable.span,
                    format!("{scope}the name is not a valid environment variable name"),
                    Some(help),
                );
            }
            let place = items
                .iter()
                .position(|item| item.name == name.text && item.variable == variable.text);
            let index = place.unwrap_or_else(|| {
                let new = Item {
                    name: name.text.clone(),
                    variable: variable.text.clone(),
                    aliases: Vec::new(),
                    secret_name: variable.text.to_lowercase(),
                    display_name: display_name
                        .clone()
                        .or(of_it.map(|item| item.display_name.clone()))
                        .unwrap_or_else(|| name.text.clone()),
                    category: category
                        .clone()
                        .or(of_it.map(|item| item.category.clone()))
                        .unwrap_or("other".to_owned()),
                    description: String::new(),
                    console: console.clone().or(of_it.and_then(|item| item.console.clone())),
                    key_format: None,
                    no_key_format: None,
                };
                items.push(new);
                items.len() - 1
            });
            self.variable(&scope, table, &mut items[index]);
        }
    }

    fn variable(&mut self, scope: &str, table: &Table<'_>, item: &mut Item) {
        self.unknown_keys(scope, table, &VARIABLE);
        if let Some(aliases) = table.get("aliases") {
            item.aliases = self.aliases(scope, aliases);
        }
        if let Some(name) = self.text_of(scope, table, "secret_name") {
            item.secret_name = name;
        }
        if let Some(description) = self.text_of(scope, table, "description") {
            item.description = description;
        }
        if item.description.is_empty() {
            item.description = format!("{} of {}", item.variable, item.display_name);
        }
        let source = self.text_of(scope, table, "shape_source");
        let no_shape = self.text_of(scope, table, "no_shape");
        match (self.text_of(scope, table, "shape"), &no_shape, table.get("shape_source")) {
            (Some(_), Some(_), _) => {
                let span = table.get("no_shape").map_or(0..0, Spanned::span);
                self.add(
                    &span,
                    format!("{scope}`shape` and `no_shape` cannot be used together"),
                    None,
                );
            }
            (Some(pattern), None, _) => match KeyFormat::new(&pattern, source) {
                Ok(format) => (item.key_format, item.no_key_format) = (Some(format), None),
                Err(error) => {
                    let span = table.get("shape").map_or(0..0, Spanned::span);
                    self.add(
                        &span,
                        format!("{scope}`shape` is not a valid regular expression: {error}"),
                        None,
                    );
                }
            },
            (None, _, Some(source)) => {
                self.add(&source.span(), format!("{scope}`shape_source` needs a `shape`"), None);
            }
            (None, Some(_), None) => (item.key_format, item.no_key_format) = (None, no_shape),
            (None, None, None) => {}
        }
    }

    fn aliases(&mut self, scope: &str, value: &Value<'_>) -> Vec<String> {
        let DeValue::Array(array) = value.get_ref() else {
            self.add(&value.span(), format!("{scope}`aliases` must be an array of names"), None);
            return Vec::new();
        };
        let mut aliases = Vec::new();
        for alias in array.iter() {
            match alias.get_ref() {
                DeValue::String(name) if is_variable_name(name) => aliases.push(name.to_string()),
                _ => self.add(
                    &alias.span(),
                    format!("{scope}an alias is not a valid environment variable name"),
                    None,
                ),
            }
        }
        aliases
    }

    /// One variable belongs to one item. Otherwise a lookup would depend on the order.
    fn names_are_distinct(&mut self, root: &Table<'_>, items: &[Item]) {
        let mut owners: BTreeMap<&str, &Item> = BTreeMap::new();
        for item in items {
            for variable in item.variables() {
                let Some(owner) = owners.insert(variable, item) else { continue };
                let message = format!(
                    "provider {}: {} is already a variable of {}",
                    shown::backquoted(&item.name),
                    shown::backquoted(variable),
                    shown::backquoted(&owner.name)
                );
                let help = format!("write it under [providers.{}] to change it", owner.name);
                let span = place_of(root, &item.name, &item.variable).unwrap_or(0..0);
                self.add(&span, message, Some(help));
            }
        }
    }

    fn unknown_keys(&mut self, scope: &str, table: &Table<'_>, known: &[&'static str]) {
        for (key, _) in table.iter().filter(|(key, _)| !known.contains(&&**key.get_ref())) {
            let help = match nearest::loose(key.get_ref(), known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known keys: {}", known.join(", ")),
            };
            self.add(
                &key.span(),
                format!("{scope}unknown key {}", shown::backquoted(key.get_ref())),
                Some(help),
            );
        }
    }

    /// A text that is not empty and fits on one line.
    fn text_of(&mut self, scope: &str, table: &Table<'_>, key: &str) -> Option<String> {
        let value = table.get(key)?;
        let wrong = match value.get_ref() {
            DeValue::String(text) if text.is_empty() => "must not be empty",
            DeValue::String(text) if text.chars().any(char::is_control) => {
                "must be one line without control characters"
            }
            DeValue::String(text) => return Some(text.to_string()),
            _ => "must be a string",
        };
        self.add(&value.span(), format!("{scope}`{key}` {wrong}"), None);
        None
    }

    /// The tables inside a table, in the order of the text.
    fn tables<'a, 'i>(
        &mut self,
        scope: &str,
        parent: &'a Table<'i>,
        key: &str,
    ) -> Vec<(Name, &'a Table<'i>)> {
        let Some(value) = parent.get(key) else { return Vec::new() };
        let DeValue::Table(table) = value.get_ref() else {
            self.add(&value.span(), format!("{scope}`{key}` must be a table"), None);
            return Vec::new();
        };
        let mut tables = Vec::new();
        for (name, value) in table {
            match value.get_ref() {
                DeValue::Table(table) => {
                    tables.push((
                        Name { text: name.get_ref().to_string(), span: name.span() },
                        table,
                    ));
                }
                _ => self.add(
                    &name.span(),
                    format!("{scope}{} must be a table", shown::backquoted(name.get_ref())),
                    None,
                ),
            }
        }
        tables.sort_by_key(|(name, _)| name.span.start);
        tables
    }
}

/// A key with its position.
struct Name {
    text: String,
    span: Range<usize>,
}

fn place_of(root: &Table<'_>, provider: &str, variable: &str) -> Option<Range<usize>> {
    let inside = |value: &'_ Value<'_>, key: &str| -> Option<Range<usize>> {
        let DeValue::Table(table) = value.get_ref() else { return None };
        table.iter().find(|(name, _)| &**name.get_ref() == key).map(|(name, _)| name.span())
    };
    let DeValue::Table(providers) = root.get("providers")?.get_ref() else { return None };
    let DeValue::Table(provider) = providers.get(provider)?.get_ref() else { return None };
    inside(provider.get("variables")?, variable)
}

fn is_short_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && text.len() <= 32
}
