//! Decides by their names which variables of an env file are secrets, each with the reason.
//!
//! Pure. It only checks one thing of a value: whether it is a URL with credentials. A class cannot
//! hold a value.

mod url;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use hydrant_core::manifest::is_variable_name;
use hydrant_core::{EnvFile, reserved};

use crate::providers::{Catalogue, Item};
use words::{Last, last, qualified};

/// The variables of an env file.
#[derive(Debug)]
#[non_exhaustive]
pub struct Classified<'a> {
    /// Sorted by name.
    pub variables: Vec<Variable<'a>>,
    /// How many names are not shown. They are not names of variables, and each may be a part of a
    /// value.
    pub redacted_names: usize,
}

/// A variable of an env file.
#[derive(Debug)]
#[non_exhaustive]
pub struct Variable<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its class.
    pub class: Class<'a>,
    /// Why, as the end of the sentence "NAME: …".
    pub reason: String,
}

/// The class of a variable.
#[derive(Clone, Copy, Debug)]
pub enum Class<'a> {
    /// It becomes an entry. The catalogue may know it.
    Secret(Option<&'a Item>),
    /// It holds the reference of this entry.
    Reference {
        /// The variable of the entry.
        of: &'a str,
        /// The item of the catalogue.
        item: Option<&'a Item>,
    },
    /// It stays plain configuration.
    Plain,
    /// It never becomes an entry.
    Never,
}

impl Class<'_> {
    /// The name of the class in reports.
    ///
    /// ```
    /// assert_eq!(hydrant_catalogue::Class::Plain.word(), "plain");
    /// ```
    pub fn word(&self) -> &'static str {
        match self {
            Class::Secret(_) => "entry",
            Class::Reference { .. } => "reference",
            Class::Plain => "plain",
            Class::Never => "never",
        }
    }
}

/// Classifies all variables of an env file.
///
/// ```
/// use hydrant_catalogue::{Catalogue, Class, classify};
/// use hydrant_core::EnvFile;
///
/// let file = EnvFile::parse("OPENAI_API_KEY=sk-made-up\nPORT=8080\n").expect("an env file");
/// let catalogue = Catalogue::built_in();
/// let classified = classify(&file, &catalogue);
/// assert_eq!(classified.variables[0].name, "OPENAI_API_KEY");
/// assert!(matches!(classified.variables[0].class, Class::Secret(Some(_))));
/// assert!(matches!(classified.variables[1].class, Class::Plain));
/// ```
pub fn classify<'a>(file: &'a EnvFile, catalogue: &'a Catalogue) -> Classified<'a> {
    let names: BTreeSet<&str> = file.names().collect();
    let (mut variables, mut redacted_names) = (Vec::new(), 0);
    for (name, value) in file.iter() {
        if !is_variable_name(name) || catalogue.looks_like_key(name) {
            redacted_names += 1;
            continue;
        }
        let (class, reason) = one(name, value, &names, catalogue);
        variables.push(Variable { name, class, reason });
    }
    Classified { variables, redacted_names }
}

fn one<'a>(
    name: &'a str,
    value: &str,
    names: &BTreeSet<&str>,
    catalogue: &'a Catalogue,
) -> (Class<'a>, String) {
    let secret = |item, reason: &str| (Class::Secret(item), reason.to_owned());
    let plain = |reason: &str| (Class::Plain, reason.to_owned());
    if let Some(reason) = never(name) {
        return (Class::Never, reason);
    }
    if name.starts_with("AWS_") {
        return plain("a setting of the AWS SDKs");
    }
    if let Some(of) = referred(name, names, catalogue) {
        return (
            Class::Reference { of, item: catalogue.by_variable(of) },
            format!("names the secret of {of}"),
        );
    }
    if name.ends_with("_SECRET_ARN") {
        return plain("the ARN of a secret without a known variable");
    }
    let reference = format!("{name}_SECRET_ARN");
    if names.contains(reference.as_str()) {
        return secret(catalogue.by_variable(name), &format!("{reference} names its secret"));
    }
    if let Some(reason) = words::public(name) {
        return plain(reason);
    }
    if name.ends_with("SENTRY_DSN") {
        return plain("a DSN: it can only send reports");
    }
    let item = catalogue.by_variable(name);
    match (url::kind(value), last(name)) {
        (url::Kind::WithCredentials, _) => return secret(item, "a URL with credentials in it"),
        (url::Kind::Without, Some(Last::Url)) if !words::is_webhook(name) => {
            return plain("a URL without credentials");
        }
        _ => {}
    }
    match by_name(name, names, item) {
        Ok(reason) => secret(item, &reason),
        Err(reason) => plain(&reason),
    }
}

/// The variable whose secret this one names: `OPENAI_API_KEY` for `OPENAI_API_KEY_SECRET_ARN`, and
/// `MCP_CLIENT_SECRET` for `MCP_CLIENT_SECRET_ARN` if both exist.
fn referred<'a>(name: &'a str, names: &BTreeSet<&str>, catalogue: &Catalogue) -> Option<&'a str> {
    let by_default = name.strip_suffix("_SECRET_ARN")?;
    let is_entry =
        |of: &str| is_variable_name(of) && never(of).is_none() && !of.starts_with("AWS_");
    // The variable may have any name: somebody keeps its value in a secret.
    if is_entry(by_default)
        && (names.contains(by_default) || is_secret_by_name(by_default, names, catalogue))
    {
        return Some(by_default);
    }
    name.strip_suffix("_ARN").filter(|of| is_entry(of) && names.contains(of))
}

/// Why a variable never becomes an entry.
fn never(name: &str) -> Option<String> {
    if name.starts_with("HYDRANT_") {
        return Some("hydrant's own setting".to_owned());
    }
    if words::AWS_CREDENTIALS.contains(&name) {
        return Some(
            "AWS credentials: hydrant reads secrets with them, so they cannot come from a secret"
                .to_owned(),
        );
    }
    reserved::reason(name).map(|reason| format!("a reserved name: it {reason}"))
}

fn is_secret_by_name(name: &str, names: &BTreeSet<&str>, catalogue: &Catalogue) -> bool {
    by_name(name, names, catalogue.by_variable(name)).is_ok()
}

/// Why the name belongs to a secret, or why it does not.
fn by_name(name: &str, names: &BTreeSet<&str>, item: Option<&Item>) -> Result<String, String> {
    if let Some(item) = item {
        return Ok(format!("in the catalogue ({})", item.display_name));
    }
    if let Some(reason) = words::special(name) {
        return reason.map(str::to_owned).map_err(str::to_owned);
    }
    if let Some(beside) =
        with_its_secret(name).into_iter().find(|beside| names.contains(beside.as_str()))
    {
        return Ok(format!("an id, next to its secret {beside}"));
    }
    if let Some(reason) = words::not_a_secret(name) {
        return Err(reason.to_owned());
    }
    match last(qualified(name)) {
        Some(Last::Secret(reason)) => Ok(reason.to_owned()),
        Some(Last::Url) if words::is_webhook(name) => {
            Ok("a webhook URL: anyone who knows it can use it".to_owned())
        }
        Some(Last::Url) if words::is_database(name) => {
            Ok("a database URL usually holds credentials".to_owned())
        }
        Some(Last::Url) => Err("a URL".to_owned()),
        Some(Last::Plain(reason)) => Err(reason.to_owned()),
        None => Err("its name does not look like a secret".to_owned()),
    }
}

/// The possible names of the secret that belongs to an id.
fn with_its_secret(name: &str) -> Vec<String> {
    let Some(of) = name.strip_suffix("_ID") else { return Vec::new() };
    let mut beside = vec![format!("{of}_SECRET")];
    if let Some(client) = of.strip_suffix("_ACCESS_KEY") {
        beside.push(format!("{client}_SECRET_ACCESS_KEY"));
        beside.push(format!("{client}_SECRET_KEY"));
    }
    if of.ends_with("CLIENT") || of.ends_with("APP") {
        beside.push(format!("{of}_SECRET_KEY"));
    }
    if let Some(app) = of.strip_suffix("_KEY") {
        beside.push(format!("{app}_KEY_SECRET"));
        beside.push(format!("{app}_SECRET_KEY"));
        beside.push(format!("{app}_SECRET"));
    }
    beside
}
