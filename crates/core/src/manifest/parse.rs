//! Reading: TOML text to a checked [`Manifest`], every problem reported.
//!
//! Owns the tables at the top and what TOML itself finds wrong. `[settings]` is read in `settings`, an entry's keys in
//! `entry`; what their values may say is in `check`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::check;
use super::entry::{RawEntry, RawKey, Scope, merge, read_keys};
use super::findings::shown;
use super::findings::{Findings, HiddenLines, Lines};
use super::schema::{self, is_variable_name, type_of};
use super::{Manifest, ManifestError, Vars, settings, template};
use crate::nearest::loose;

/// Why a manifest could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file could not be read; [`std::io::ErrorKind::NotFound`] where there is none.
    #[error("failed to read the manifest {}", path.display())]
    Io {
        /// The manifest's path, as it was given.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not UTF-8, as TOML must be.
    #[error("{}:{line}: the manifest is not UTF-8", path.display())]
    NotUtf8 {
        /// The manifest's path, as it was given.
        path: PathBuf,
        /// The line of the first byte that is not, from 1.
        line: usize,
    },
    /// The file was read and has problems.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

/// The tables of a manifest by name, with the spans that TOML gives.
pub(super) type Table<'i> = DeTable<'i>;
/// A value with its span.
pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// Entries, and what each profile lays over them by the entry's index.
pub(super) type Overlays = BTreeMap<String, HashMap<usize, Vec<RawKey>>>;

impl Manifest {
    /// Reads and checks a manifest's file.
    ///
    /// # Errors
    ///
    /// [`ReadError`]; all the problems of its text at once.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let bytes = std::fs::read(path).map_err(|source| ReadError::Io { path: path.to_owned(), source })?;
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
            ReadError::NotUtf8 { path: path.to_owned(), line }
        })?;
        Ok(Manifest::parse(path, text)?)
    }

    /// Checks a manifest's text; `path` is for messages and for what is relative to it.
    ///
    /// ```
    /// use hydrant_core::manifest::Manifest;
    ///
    /// let error = Manifest::parse("secrets.toml".as_ref(), "version = 1\n[secrets.KEY]\njsonkey = \"a\"\n").unwrap_err();
    /// assert_eq!(error.to_string(), "secrets.toml:3:1: entry KEY: unknown key `jsonkey` (did you mean `json_key`?)");
    /// ```
    ///
    /// # Errors
    ///
    /// All the problems of the text, in its order.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ManifestError> {
        let lines = Lines::of(text);
        let mut findings = Findings::default();
        let mut hidden = HiddenLines::default();

        let (root, errors) = DeTable::parse_recoverable(text);
        let syntax = Syntax::report(text, &lines, &errors, &mut findings);
        let mut reader = Reader { certain: syntax.certain, findings: Findings::default() };
        let parts = reader.root(root.get_ref());
        reader.findings.hide_in(&mut hidden, &lines);
        findings.hide_in(&mut hidden, &lines);
        if syntax.structure_holds {
            reader.findings.keep(&lines, |line| !syntax.lines.contains(&line));
            findings.append(reader.findings);
        }

        let text: Arc<str> = text.into();
        if !findings.is_empty() {
            return Err(findings.into_error(path, &text, &lines, &hidden));
        }
        let Parts { settings, vars, entries, overlays } = parts;
        Ok(Manifest { path: path.to_owned(), text, settings, vars, entries, overlays, lines, hidden })
    }
}

/// What TOML found wrong, and how much of the rest can be trusted then.
struct Syntax {
    /// The lines with an error: one mistake often breaks several rules, so nothing more is said of them.
    lines: BTreeSet<usize>,
    /// Whether keys may be taken to be in the tables where they now are. A line without `=` may be a broken header.
    structure_holds: bool,
    /// Whether what is not there was not written either.
    certain: bool,
}

impl Syntax {
    fn report(text: &str, lines: &Lines, errors: &[toml::de::Error], findings: &mut Findings) -> Self {
        let mut syntax = Syntax { lines: BTreeSet::new(), structure_holds: true, certain: true };
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            let span = span.start.min(text.len())..span.end.min(text.len());
            let line = lines.line(span.start);
            let duplicate = error.message() == "duplicate key";
            syntax.certain &= duplicate;
            syntax.structure_holds &= duplicate || lines.text(text, line).contains('=');
            // The last lines of a report on one line are consequences of the first.
            if !syntax.lines.insert(line) {
                continue;
            }
            findings.hide(span.clone());
            let key = text.get(span.clone()).unwrap_or_default();
            match duplicate {
                true => findings
                    .add(span, format!("duplicate key {}", shown(key.trim_matches(['"', '\'']))))
                    .help("each table and each key is written once"),
                // toml's messages are fixed texts and names of types: none of them quotes the manifest.
                false => {
                    findings.add(span, format!("not valid TOML: {}", error.message()));
                }
            }
        }
        syntax
    }
}

/// What a manifest's tables say.
struct Parts {
    settings: super::Settings,
    vars: Vars,
    entries: Vec<RawEntry>,
    overlays: Overlays,
}

struct Reader {
    certain: bool,
    findings: Findings,
}

impl Reader {
    fn root(&mut self, root: &Table<'_>) -> Parts {
        let findings = &mut self.findings;
        unknown_keys(&Scope::Root, root, &schema::ROOT, findings);
        match root.get("version") {
            Some(version) if !is_one(version.get_ref()) => {
                findings.add(version.span(), format!("`version` must be the integer 1, found {}", found(version)));
            }
            None if self.certain => {
                findings.add(0..0, "`version` is missing").help("write `version = 1` at the top");
            }
            _ => {}
        }
        let settings = settings::read(table(&Scope::Root, root, "settings", findings), findings);
        let vars = self.vars(root);
        let entries = self.entries(root);
        let overlays = self.profiles(root, &entries);
        Parts { settings, vars, entries, overlays }
    }

    fn vars(&mut self, root: &Table<'_>) -> Vars {
        let mut vars = Vars::new();
        let Some(table) = table(&Scope::Root, root, "vars", &mut self.findings) else { return vars };
        for (name, value) in table {
            let scope = Scope::Vars;
            self.findings.hide(name.span().start..value.span().end);
            if !is_variable_name(name.get_ref()) {
                self.findings
                    .add(name.span(), format!("{scope}a variable's name {} is not valid", shown(name.get_ref())))
                    .help(check::NAME_FORM);
            }
            match value.get_ref() {
                DeValue::String(text) if template::has_vars(text) => self
                    .findings
                    .add(value.span(), format!("{scope}{} has a `${{` in it", shown(name.get_ref())))
                    .help("the values of [vars] are literal"),
                DeValue::String(text) => {
                    vars.insert(name.get_ref().to_string(), text.to_string());
                }
                other => self
                    .findings
                    .add(
                        value.span(),
                        format!("{scope}{} must be a string, found {}", shown(name.get_ref()), type_of(other)),
                    )
                    .help("write it in quotes"),
            }
        }
        vars
    }

    /// The entries in the order of the text, which is not the order of a TOML table.
    fn entries(&mut self, root: &Table<'_>) -> Vec<RawEntry> {
        let findings = &mut self.findings;
        let mut entries = Vec::new();
        for (name, value) in table(&Scope::Root, root, "secrets", findings).into_iter().flatten() {
            let scope = Scope::Entry(name.get_ref());
            if !is_variable_name(name.get_ref()) {
                findings.add(name.span(), format!("{scope}its name is no name of a variable")).help(check::NAME_FORM);
            }
            let keys = match entry_table(&scope, name, value, findings) {
                Some(table) => read_keys(&scope, table, false, findings),
                None => Vec::new(),
            };
            check::values(&scope, name.get_ref(), &keys, findings);
            check::combinations(&scope, &merge(&keys, &[]), findings);
            entries.push(RawEntry { name: name.get_ref().to_string(), span: name.span(), keys });
        }
        entries.sort_by_key(|entry| entry.span.start);
        entries
    }

    fn profiles(&mut self, root: &Table<'_>, entries: &[RawEntry]) -> Overlays {
        let findings = &mut self.findings;
        let by_name: HashMap<&str, usize> = entries.iter().enumerate().map(|(i, entry)| (&*entry.name, i)).collect();
        let mut overlays = Overlays::new();
        for (profile, value) in table(&Scope::Root, root, "profiles", findings).into_iter().flatten() {
            let scope = Scope::Profile(profile.get_ref());
            let overlay = overlays.entry(profile.get_ref().to_string()).or_default();
            let DeValue::Table(keys) = value.get_ref() else {
                findings.add(value.span(), format!("{scope}must be a table, found {}", type_of(value.get_ref())));
                continue;
            };
            unknown_keys(&scope, keys, &schema::PROFILE, findings);
            for (name, value) in table(&scope, keys, "secrets", findings).into_iter().flatten() {
                let scope = Scope::Overlay { profile: profile.get_ref(), entry: name.get_ref() };
                let keys = match entry_table(&scope, name, value, findings) {
                    Some(table) => read_keys(&scope, table, true, findings),
                    None => Vec::new(),
                };
                check::values(&scope, name.get_ref(), &keys, findings);
                match by_name.get(&**name.get_ref()) {
                    Some(&index) => {
                        check::combinations(&scope, &merge(&entries[index].keys, &keys), findings);
                        overlay.insert(index, keys);
                    }
                    None if self.certain => {
                        let names = entries.iter().map(|entry| &*entry.name).filter(|_| findings.may_suggest());
                        let near = loose(name.get_ref(), names);
                        let help = near.map_or("a profile overlays entries of [secrets]".to_owned(), did_you_mean);
                        findings.add(name.span(), format!("{scope}there is no such entry")).help(help);
                    }
                    None => {}
                }
            }
        }
        overlays
    }
}

fn is_one(value: &DeValue<'_>) -> bool {
    matches!(value, DeValue::Integer(integer) if integer.as_str() == "1" && integer.radix() == 10)
}

/// What stands where another type or another number was expected.
fn found(value: &Value<'_>) -> &'static str {
    if matches!(value.get_ref(), DeValue::Integer(_)) { "another one" } else { type_of(value.get_ref()) }
}

pub(super) fn did_you_mean(name: &str) -> String {
    format!("did you mean `{name}`?")
}

/// A table inside another, or nothing where it is absent or something else, which is a problem.
fn table<'t, 'i>(
    scope: &Scope<'_>,
    parent: &'t Table<'i>,
    name: &str,
    findings: &mut Findings,
) -> Option<&'t Table<'i>> {
    let value = parent.get(name)?;
    if let DeValue::Table(table) = value.get_ref() {
        return Some(table);
    }
    findings.hide(value.span());
    findings.add(value.span(), format!("{scope}`{name}` must be a table, found {}", type_of(value.get_ref())));
    None
}

/// An entry's table. Anything else is probably a value that has no business in the manifest.
fn entry_table<'t, 'i>(
    scope: &Scope<'_>,
    name: &Spanned<toml::de::DeString<'_>>,
    value: &'t Value<'i>,
    findings: &mut Findings,
) -> Option<&'t Table<'i>> {
    if let DeValue::Table(table) = value.get_ref() {
        return Some(table);
    }
    findings.hide(name.span().start..value.span().end);
    findings
        .add(name.span(), format!("{scope}must be a table, found {}", type_of(value.get_ref())))
        .help("an entry says where its value is, and never holds it");
    None
}

/// Reports the keys that are not among the known ones. Their values may be anything, and are not shown.
pub(super) fn unknown_keys(scope: &Scope<'_>, table: &Table<'_>, known: &[&'static str], findings: &mut Findings) {
    for (key, value) in table.iter().filter(|(key, _)| !known.contains(&&**key.get_ref())) {
        unknown_key(scope, key.get_ref(), key.span(), value.span(), known, findings);
    }
}

pub(super) fn unknown_key(
    scope: &Scope<'_>,
    key: &str,
    key_span: Range<usize>,
    value_span: Range<usize>,
    known: &[&'static str],
    findings: &mut Findings,
) {
    findings.hide(key_span.clone());
    findings.hide(value_span);
    let help = match (loose(key, known.iter().copied()), schema::hint(key)) {
        (_, Some(hint)) if scope.is_entry() => hint.to_owned(),
        (Some(near), _) => did_you_mean(near),
        (None, _) => format!("known keys: {}", schema::list(known.iter().copied())),
    };
    findings.add(key_span, format!("{scope}unknown key {}", shown(key))).help(help);
}
