//! Fill: replaces every `${name}` in the texts of one entry, and checks the changed texts again.

use std::borrow::Cow;

use super::check;
use super::entry::{RawEntry, RawKey, RawValue, find};
use super::keys::Key;
use super::problem::Help;
use super::problems::Problems;
use super::scope::Scope;
use super::template::has_vars;
use super::vars::{Substitution, Unset};
use crate::nearest::loose;
use crate::shown::{NOT_SHOWN, looks_like_key};

/// The keys of an entry with their texts, every `${name}` filled in.
pub(super) struct Filled<'a> {
    pub(super) keys: Vec<&'a RawKey>,
    /// The texts that differ from what is written.
    texts: Vec<(Key, String)>,
}

impl<'a> Filled<'a> {
    /// A key and its text.
    pub(super) fn get(&self, key: Key) -> Option<(&'a RawKey, &str)> {
        let raw = find(&self.keys, key)?;
        let filled = self.texts.iter().find(|(of, _)| *of == key);
        Some((raw, filled.map_or(raw.text(), |(_, text)| text)))
    }

    /// The value of `required`, if it is set.
    pub(super) fn required(&self) -> Option<bool> {
        match find(&self.keys, Key::Required)?.value {
            RawValue::Flag(flag) => Some(flag),
            RawValue::Text(_) => None,
        }
    }
}

/// Fills in every `${name}` and checks the result; `None` if there is a problem.
pub(super) fn fill<'a>(
    entry: &RawEntry,
    keys: Vec<&'a RawKey>,
    substitution: &mut Substitution<'_>,
    problems: &mut Problems,
) -> Option<Filled<'a>> {
    let scope = Scope::Entry(&entry.name);
    let mut texts = Vec::new();
    let mut sound = true;
    for raw in keys.iter().filter(|raw| raw.key.takes_vars() && has_vars(raw.text())) {
        match substitution.apply(raw.text()).map(Cow::into_owned) {
            Ok(text) => {
                if let Err(problem) = check::value(raw.key, &entry.name, &text) {
                    problem.report(&scope, raw, problems);
                    sound = false;
                }
                check::suffix(&scope, &keys, (raw.key, &text), false, problems);
                texts.push((raw.key, text));
            }
            Err(unset) => {
                sound = false;
                report_unset(&scope, raw, &unset, substitution, problems);
            }
        }
    }
    sound.then_some(Filled { keys, texts })
}

pub(super) fn report_unset(
    scope: &Scope<'_>,
    raw: &RawKey,
    unset: &[Unset],
    substitution: &Substitution<'_>,
    problems: &mut Problems,
) {
    for Unset(name) in unset {
        if looks_like_key(name) {
            let message = format!(
                "{scope}`{}` uses a `${{name}}` {NOT_SHOWN}, which is not set",
                raw.key.name()
            );
            problems
                .add(raw.span.clone(), message)
                .help("write the name of a var between the braces");
            continue;
        }
        let known = substitution.known().filter(|_| problems.may_suggest());
        let nearest = loose(name, known).map(str::to_owned);
        let help = Help::SetVar { name: name.clone(), nearest };
        let message = format!("{scope}`{}` uses `${{{name}}}`, which is not set", raw.key.name());
        problems.add(raw.span.clone(), message).show_value().help(help);
    }
}
