//! Values for `${name}`: where they come from, and what they may hold.
//!
//! Values from outside the manifest cannot contain `/` or `:`, so they cannot change the path of a
//! name.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use super::Vars;
use super::keys::is_variable_name;
use super::template::{self, Part};
use crate::env::Env;
use crate::shown::{self, backquoted, looks_like_key, name_or};

/// The prefix of the process's own variables that give values for `${name}`.
const ENV_PREFIX: &str = "HYDRANT_VAR_";

/// A problem of a selection. No variant holds a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionProblem {
    /// Unknown profile.
    #[error("unknown profile {}", backquoted(name))]
    UnknownProfile {
        /// The name that was given.
        name: String,
        /// The nearest profile.
        nearest: Option<String>,
        /// All profiles of the manifest.
        known: Vec<String>,
    },
    /// Unknown entry.
    #[error("unknown entry {}", name_or(name, format_args!("number {position}")))]
    UnknownEntry {
        /// The name that was given.
        name: String,
        /// Its position among the given names, from 1.
        position: usize,
        /// The nearest entry.
        nearest: Option<String>,
    },
    /// An invalid name for `${name}`. It may be a pasted value that contains a `=`, so it is not
    /// shown.
    #[error("a var has an invalid name")]
    VarName {
        /// The name that was given.
        name: String,
    },
    /// A value for a `${name}` that the manifest does not use. The name may be a pasted value, so
    /// it is not shown.
    #[error("a value is given for a var that the manifest does not use")]
    UnusedVar {
        /// The name that was given.
        name: String,
        /// The nearest name that is used.
        nearest: Option<String>,
        /// The names that are used.
        used: Vec<String>,
    },
    /// An invalid value for `${name}`.
    #[error("the value that {} gives for `${{{name}}}` {problem}", origin.of(name))]
    VarValue {
        /// The name between the braces.
        name: String,
        /// Where the value came from.
        origin: VarOrigin,
        /// Why it is refused.
        problem: VarValueProblem,
    },
}

impl SelectionProblem {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            SelectionProblem::UnknownProfile { nearest: Some(near), .. }
            | SelectionProblem::UnknownEntry { nearest: Some(near), .. } => {
                Some(format!("did you mean `{near}`?"))
            }
            SelectionProblem::UnknownProfile { known, .. } if known.is_empty() => {
                Some("the manifest has no profiles".to_owned())
            }
            SelectionProblem::UnknownProfile { known, .. } => {
                Some(format!("known profiles: {}", shown::list(known.iter().map(String::as_str))))
            }
            SelectionProblem::UnknownEntry { .. } => None,
            SelectionProblem::UnusedVar { nearest: Some(near), .. } => {
                Some(format!("did you mean `{near}`?"))
            }
            SelectionProblem::UnusedVar { used, .. } if used.is_empty() => {
                Some("leave the value out: the manifest has no `${name}`".to_owned())
            }
            SelectionProblem::UnusedVar { used, .. } => {
                Some(format!("the manifest uses: {}", shown::list(used.iter().map(String::as_str))))
            }
            SelectionProblem::VarName { .. } => Some(super::check::NAME_FORM.to_owned()),
            SelectionProblem::VarValue { .. } => {
                Some("use only letters, digits and `_ + = . @ -`".to_owned())
            }
        }
    }
}

/// Where a value for `${name}` came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VarOrigin {
    /// [`Selection::vars`](super::Selection::vars), from the calling program.
    Given,
    /// The process's own variable `HYDRANT_VAR_name`.
    Environment,
}

impl VarOrigin {
    fn of(self, name: &str) -> String {
        match self {
            VarOrigin::Given => "the program".to_owned(),
            VarOrigin::Environment => format!("{ENV_PREFIX}{name}"),
        }
    }
}

/// Why a value for `${name}` is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VarValueProblem {
    /// Empty. An empty value would change the meaning of a name.
    Empty,
    /// A character other than letters, digits and `_ + = . @ -`, or invalid UTF-8.
    Character,
}

impl fmt::Display for VarValueProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            VarValueProblem::Empty => "is empty",
            VarValueProblem::Character => "contains a character that is not allowed",
        })
    }
}

/// Fills in `${name}`, and collects the problems.
pub(super) struct Substitution<'a> {
    given: BTreeMap<&'a str, &'a str>,
    env: &'a Env,
    vars: &'a Vars,
    /// Environment values by name, so that a bad one is reported once.
    from_env: BTreeMap<String, Option<Result<String, VarValueProblem>>>,
    /// Invalid names and values: first the given ones, then those of the environment.
    pub(super) problems: Vec<SelectionProblem>,
}

/// A `${name}` without a value.
pub(super) struct Unset(pub(super) String);

impl<'a> Substitution<'a> {
    /// Takes the given values, the last one for each name. Every value is checked, used or not.
    pub(super) fn new(given: &'a [(String, String)], env: &'a Env, vars: &'a Vars) -> Self {
        let mut problems = Vec::new();
        for (name, value) in given {
            if !is_variable_name(name) || looks_like_key(name) {
                problems.push(SelectionProblem::VarName { name: name.clone() });
            } else if let Err(problem) = check(value) {
                problems.push(SelectionProblem::VarValue {
                    name: name.clone(),
                    origin: VarOrigin::Given,
                    problem,
                });
            }
        }
        let given = given.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Substitution { given, env, vars, from_env: BTreeMap::new(), problems }
    }

    /// The text with its `${name}`s filled in. A name with an invalid value becomes empty: its
    /// problem was recorded, so the text is not used.
    pub(super) fn apply<'t>(&mut self, text: &'t str) -> Result<Cow<'t, str>, Vec<Unset>> {
        if !template::has_vars(text) {
            return Ok(Cow::Borrowed(text));
        }
        let mut filled = String::with_capacity(text.len());
        let mut unset = Vec::new();
        // The syntax was checked when the manifest was read.
        for part in template::split(text).unwrap_or_default() {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Var(name) if !self.push(name, &mut filled) => {
                    unset.push(Unset(name.to_owned()))
                }
                Part::Var(_) => {}
            }
        }
        if unset.is_empty() { Ok(Cow::Owned(filled)) } else { Err(unset) }
    }

    /// The names that `[vars]` and the caller give values for.
    pub(super) fn known(&self) -> impl Iterator<Item = &str> {
        self.vars.keys().map(String::as_str).chain(self.given.keys().copied())
    }

    /// Adds a name's value to the text, and returns whether there is one.
    fn push(&mut self, name: &str, filled: &mut String) -> bool {
        if let Some(value) = self.given.get(name) {
            filled.push_str(value);
            return true;
        }
        let env = self.env;
        let problems = &mut self.problems;
        let from_env = self.from_env.entry(name.to_owned()).or_insert_with(|| {
            let value = env.process(&format!("{ENV_PREFIX}{name}"))?;
            let checked = value.to_str().ok_or(VarValueProblem::Character);
            let checked = checked.and_then(|value| check(value).map(|()| value.to_owned()));
            if let Err(problem) = checked {
                let origin = VarOrigin::Environment;
                problems.push(SelectionProblem::VarValue {
                    name: name.to_owned(),
                    origin,
                    problem,
                });
            }
            Some(checked)
        });
        match (from_env, self.vars.get(name)) {
            (Some(Ok(value)), _) => filled.push_str(value),
            (Some(Err(_)), _) => {}
            (None, Some(value)) => filled.push_str(value),
            (None, None) => return false,
        }
        true
    }
}

/// Checks a value from outside the manifest.
fn check(value: &str) -> Result<(), VarValueProblem> {
    if value.is_empty() {
        return Err(VarValueProblem::Empty);
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=.@-".contains(&byte);
    if value.bytes().all(allowed) { Ok(()) } else { Err(VarValueProblem::Character) }
}
