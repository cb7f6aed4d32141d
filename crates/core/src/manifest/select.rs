//! From a manifest to the entries of one run: the profile's overlay, `--only`, and `${name}`.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;

use super::check;
use super::entry::{RawEntry, RawKey, RawValue, Scope, find, merge};
use super::findings::Findings;
use super::schema::Key;
use super::template::has_vars;
use super::vars::{Substitution, UsageProblem};
use super::{Entry, Manifest, ManifestError, Settings, build};
use crate::env::Env;
use crate::nearest::loose;

/// What one run takes of a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The profile to overlay, if any.
    pub profile: Option<String>,
    /// The entries to take; empty for all.
    pub only: Vec<String>,
    /// Values for `${name}`, before `HYDRANT_VAR_name` and `[vars]`; the last of a name counts.
    pub vars: Vec<(String, String)>,
}

/// The entries of one run, in the order of the manifest.
#[derive(Clone, Debug)]
pub struct Selected {
    /// The manifest's settings.
    pub settings: Settings,
    /// The entries, in the order of the manifest.
    pub entries: Vec<Entry>,
}

/// Why a selection comes to nothing.
#[derive(Clone, Debug)]
pub enum SelectError {
    /// What is asked for is wrong: all that is wrong with it, never empty.
    Usage(Vec<UsageProblem>),
    /// What is asked for is fine, and the manifest has problems with it: a `${name}` without a value, a value that is wrong
    /// once its `${name}` is filled in.
    Manifest(ManifestError),
}

impl fmt::Display for SelectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SelectError::Manifest(error) => error.fmt(f),
            SelectError::Usage(problems) => {
                for (index, problem) in problems.iter().enumerate() {
                    let separator = if index > 0 { "\n" } else { "" };
                    write!(f, "{separator}{problem}")?;
                    if let Some(help) = problem.help() {
                        write!(f, " ({help})")?;
                    }
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for SelectError {}

impl Manifest {
    /// The entries of one run: the profile's keys laid over them, `only` the named ones, `${name}` filled in from the
    /// selection, else the process's `HYDRANT_VAR_name`, else `[vars]`.
    ///
    /// ```
    /// use hydrant_core::Env;
    /// use hydrant_core::manifest::{Manifest, Selection};
    ///
    /// let text = "version = 1\n[vars]\nproject = \"demo\"\n[secrets.KEY]\nsecret_id = \"${project}/key\"\n";
    /// let manifest = Manifest::parse("secrets.toml".as_ref(), text)?;
    /// let env = Env::new([("HYDRANT_VAR_project", "other")]);
    /// let selected = manifest.select(&Selection::default(), &env)?;
    /// assert_eq!(selected.entries[0].create_name, "other/key");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SelectError`]: everything that is wrong with the selection, else everything that is wrong with what it selects.
    pub fn select(&self, selection: &Selection, env: &Env) -> Result<Selected, SelectError> {
        let mut usage = Vec::new();
        let overlay = selection.profile.as_deref().and_then(|profile| {
            let overlay = self.overlays.get(profile);
            if overlay.is_none() {
                usage.push(self.unknown_profile(profile));
            }
            overlay
        });
        let only = self.only(&selection.only, &mut usage);

        let mut substitution = Substitution::new(&selection.vars, env, &self.vars);
        let mut findings = Findings::default();
        let mut entries = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            if only.as_ref().is_some_and(|only| !only.contains(entry.name.as_str())) {
                continue;
            }
            let over = overlay.and_then(|overlay| overlay.get(&index)).map_or(&[][..], Vec::as_slice);
            let keys = merge(&entry.keys, over);
            if let Some(filled) = fill(entry, &keys, &mut substitution, &mut findings) {
                match build::entry(entry, &filled, &self.lines) {
                    Ok(entry) => entries.push(entry),
                    Err((key, complaint)) => complaint.report(&Scope::Entry(&entry.name), key, &mut findings),
                }
            }
        }

        usage.append(&mut substitution.problems);
        if !usage.is_empty() {
            return Err(SelectError::Usage(usage));
        }
        if !findings.is_empty() {
            let mut hidden = self.hidden.clone();
            findings.hide_in(&mut hidden, &self.lines);
            return Err(SelectError::Manifest(findings.into_error(&self.path, &self.text, &self.lines, &hidden)));
        }
        Ok(Selected { settings: self.settings.clone(), entries })
    }

    fn unknown_profile(&self, name: &str) -> UsageProblem {
        UsageProblem::UnknownProfile {
            name: name.to_owned(),
            nearest: loose(name, self.profiles()).map(str::to_owned),
            known: self.profiles().map(str::to_owned).collect(),
        }
    }

    /// The names to take, or `None` for all.
    fn only<'s>(&self, names: &'s [String], usage: &mut Vec<UsageProblem>) -> Option<HashSet<&'s str>> {
        if names.is_empty() {
            return None;
        }
        let known: HashSet<&str> = self.names().collect();
        for name in names.iter().filter(|name| !known.contains(name.as_str())) {
            // Among thousands of entries, the first few wrong names are enough to help with.
            let names = self.names().filter(|_| usage.len() < 20);
            let nearest = loose(name, names).map(str::to_owned);
            usage.push(UsageProblem::UnknownEntry { name: name.clone(), nearest });
        }
        Some(names.iter().map(String::as_str).collect())
    }
}

/// The keys of an entry with their texts, every `${name}` filled in.
pub(super) struct Filled<'a> {
    pub(super) keys: Vec<&'a RawKey>,
    /// By position in `keys`, where the text is another than the key's own.
    texts: HashMap<usize, String>,
}

impl<'a> Filled<'a> {
    /// A key and its text.
    pub(super) fn get(&self, key: Key) -> Option<(&'a RawKey, &str)> {
        let index = self.keys.iter().position(|raw| raw.key == key)?;
        let raw = self.keys[index];
        Some((raw, self.texts.get(&index).map_or(raw.text(), String::as_str)))
    }

    /// What `required` says.
    pub(super) fn required(&self) -> Option<bool> {
        match find(&self.keys, Key::Required)?.value {
            RawValue::Flag(flag) => Some(flag),
            RawValue::Text(_) => None,
        }
    }
}

/// Fills in and checks again what was filled in; `None` if there is a problem.
fn fill<'a>(
    entry: &RawEntry,
    keys: &[&'a RawKey],
    substitution: &mut Substitution<'_>,
    findings: &mut Findings,
) -> Option<Filled<'a>> {
    let scope = Scope::Entry(&entry.name);
    let mut texts = HashMap::new();
    let mut sound = true;
    for (index, raw) in keys.iter().enumerate().filter(|(_, raw)| raw.key.takes_vars() && has_vars(raw.text())) {
        match substitution.apply(raw.text()).map(Cow::into_owned) {
            Ok(text) => {
                if let Err(complaint) = check::value(raw.key, &entry.name, &text) {
                    complaint.report(&scope, raw, findings);
                    sound = false;
                }
                if raw.key == Key::SecretId {
                    check::suffix(&scope, keys, &text, false, findings);
                }
                texts.insert(index, text);
            }
            Err(unset) => {
                sound = false;
                for name in unset {
                    let known = substitution.known().filter(|_| findings.may_suggest());
                    let near = loose(&name.0, known).map(|near| format!("did you mean `${{{near}}}`? "));
                    let help = format!(
                        "{}set it in [vars], with --var {name}=…, or as HYDRANT_VAR_{name}",
                        near.unwrap_or_default(),
                        name = name.0
                    );
                    let message = format!("{scope}`{}` uses `${{{}}}`, which is not set", raw.key.name(), name.0);
                    findings.add(raw.span.clone(), message).help(help);
                }
            }
        }
    }
    sound.then(|| Filled { keys: keys.to_vec(), texts })
}
