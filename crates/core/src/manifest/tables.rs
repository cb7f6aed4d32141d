//! Finds the tables of a manifest, and reports unknown keys in them.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{self, type_of};
use super::problems::Problems;
use super::scope::Scope;
use crate::nearest::loose;
use crate::shown::backquoted;

/// The tables of a manifest by name, with the spans that TOML gives.
pub(super) type Table<'i> = DeTable<'i>;
/// A value with its span.
pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// A table inside another; `None` if there is none. A value of another type is a problem.
pub(super) fn table<'t, 'i>(
    scope: &Scope<'_>,
    parent: &'t Table<'i>,
    name: &str,
    problems: &mut Problems,
) -> Option<&'t Table<'i>> {
    let value = parent.get(name)?;
    if let DeValue::Table(table) = value.get_ref() {
        return Some(table);
    }
    problems.hide(value.span());
    problems.add(
        value.span(),
        format!("{scope}`{name}` must be a table, found {}", type_of(value.get_ref())),
    );
    None
}

/// An entry's table. Anything else is probably a secret's value, which does not belong in the
/// manifest.
pub(super) fn entry_table<'t, 'i>(
    scope: &Scope<'_>,
    name: &Spanned<toml::de::DeString<'_>>,
    value: &'t Value<'i>,
    problems: &mut Problems,
) -> Option<&'t Table<'i>> {
    if let DeValue::Table(table) = value.get_ref() {
        return Some(table);
    }
    problems.hide(name.span().start..value.span().end);
    problems
        .add(name.span(), format!("{scope}must be a table, found {}", type_of(value.get_ref())))
        .help("write where the value is: the manifest never holds the value itself");
    None
}

/// Reports unknown keys. Their values may be anything, and are not shown.
pub(super) fn unknown_keys(
    scope: &Scope<'_>,
    table: &Table<'_>,
    known: &[&'static str],
    problems: &mut Problems,
) {
    for (key, value) in table.iter().filter(|(key, _)| !known.contains(&&**key.get_ref())) {
        unknown_key(scope, key.get_ref(), key.span(), value.span(), known, problems);
    }
}

pub(super) fn unknown_key(
    scope: &Scope<'_>,
    key: &str,
    key_span: Range<usize>,
    value_span: Range<usize>,
    known: &[&'static str],
    problems: &mut Problems,
) {
    problems.hide(key_span.clone());
    problems.hide(value_span);
    let help = match (loose(key, known.iter().copied()), keys::hint(key)) {
        (_, Some(hint)) if scope.is_entry() => hint.to_owned(),
        (Some(near), _) => did_you_mean(near),
        (None, _) => format!("known keys: {}", keys::list(known.iter().copied())),
    };
    problems.add(key_span, format!("{scope}unknown key {}", backquoted(key))).help(help);
}

pub(super) fn did_you_mean(name: &str) -> String {
    format!("did you mean `{name}`?")
}
