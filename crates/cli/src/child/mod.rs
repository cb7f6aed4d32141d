//! The environment of a command that hydrant starts: the process's, the env file's, and the
//! hydrated values.
//!
//! Values go only to the command, never through hydrant's own environment.

mod inherit;
mod limits;
#[cfg(feature = "emulator")]
pub(crate) mod supervise;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::process::Command;

use hydrant::{EnvFile, Hydration, Hydrator, Layer, Outcome};
use hydrant_core::manifest::{NotPassedOn, is_variable_name};
use hydrant_core::shown;

pub(crate) use self::inherit::Inherit;
use crate::failure::Failure;

/// What a command gets in addition to, or instead of, this process's environment.
pub(crate) struct Environment<'a> {
    set: Vec<(&'a str, &'a str)>,
    remove: Vec<OsString>,
}

/// What the command gets: the entries' values and the rest of the env file. It gets nothing for an
/// entry whose local value is ignored, or for a variable that it does not inherit.
pub(crate) fn environment<'a>(
    hydrator: &'a Hydrator,
    hydration: &'a Hydration,
    ignore_set: bool,
    inherit: &Inherit,
) -> Result<Environment<'a>, Failure> {
    let mut set: Vec<(&str, &str)> =
        hydration.values.to_set().map(|(name, value)| (name, value.expose())).collect();
    set.extend(
        rest_of_env_file(hydrator, hydration).into_iter().filter(|(name, _)| inherit.passes(name)),
    );
    let remove = match ignore_set || inherit.drops() {
        true => removed(hydration, ignore_set, inherit),
        false => Vec::new(),
    };
    let refused: Vec<String> =
        set.iter().filter_map(|(name, value)| limits::unfit(name, value)).collect();
    if refused.is_empty() { Ok(Environment { set, remove }) } else { Err(Failure::Values(refused)) }
}

/// The variables of this process that the command does not get: those it does not inherit, and
/// entries whose local value is ignored and that have no other.
fn removed(hydration: &Hydration, ignore_set: bool, inherit: &Inherit) -> Vec<OsString> {
    let entries = hydration.report.by_variable();
    let with_value: HashSet<&str> = hydration.values.iter().map(|(name, _)| name).collect();
    let stays = |name: &str| match entries.contains_key(name) {
        true => !ignore_set || with_value.contains(name),
        false => inherit.passes(name),
    };
    let own = std::env::vars_os().map(|(name, _)| name);
    own.filter(|name| !stays(&name.to_string_lossy())).collect()
}

impl Environment<'_> {
    /// Adds it to a command that inherits this process's environment.
    pub(crate) fn hand_to(&self, command: &mut Command) {
        for name in &self.remove {
            command.env_remove(name);
        }
        command.envs(self.set.iter().copied());
    }

    /// Checks that the system can hold all of it with the command and its arguments.
    pub(crate) fn check_size(&self, command: &Command) -> Result<(), Failure> {
        let mut inherited: HashMap<OsString, OsString> = std::env::vars_os().collect();
        for name in self
            .remove
            .iter()
            .map(OsString::as_os_str)
            .chain(self.set.iter().map(|(name, _)| OsStr::new(name)))
        {
            inherited.remove(name);
        }
        let inherited = inherited.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()));
        let all = inherited
            .chain(self.set.iter().map(|(name, value)| (OsStr::new(name), OsStr::new(value))));
        let mut sizes: Vec<_> =
            all.map(|(name, value)| (name, limits::size_of_variable(name, value))).collect();
        let args = std::iter::once(command.get_program()).chain(command.get_args());
        let refused = limits::too_many(args, &mut sizes, limits::limit());
        refused.map_or(Ok(()), |text| Err(Failure::Values(vec![text])))
    }
}

/// The variables of the env file that are not entries and that the process does not set.
pub(crate) fn rest_of_env_file<'a>(
    hydrator: &'a Hydrator,
    hydration: &Hydration,
) -> Vec<(&'a str, &'a str)> {
    let env = hydrator.env();
    let Some(file) = env.file() else { return Vec::new() };
    let credentials = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
    let own_credentials = credentials.iter().any(|name| env.layer(name) == Some(Layer::Process));
    let settings = hydrator.manifest().settings();
    let entries = hydration.report.by_variable();
    let mut rest = Vec::new();
    for (name, value) in file.iter() {
        let is_entry = entries.contains_key(name);
        let in_use = env.layer(name) == Some(Layer::EnvFile);
        // Half of another triple would make credentials that do not match.
        let half_triple = credentials.contains(&name) && own_credentials;
        if is_entry || !in_use || half_triple {
            continue;
        }
        match settings.passes_on(name) {
            Ok(()) => rest.push((name, value)),
            Err(NotPassedOn::Closed) => {}
            Err(NotPassedOn::Own) => {
                let (name, line) = (shown_variable(name, file), line_of(name, file));
                tracing::warn!(
                    variable = name,
                    "{name} in the env file (line {line}) is not used: HYDRANT_* variables count only in the process environment"
                );
            }
            Err(NotPassedOn::Reserved(reason)) => {
                let hint = hint(name);
                let (name, line) = (shown_variable(name, file), line_of(name, file));
                tracing::warn!(
                    variable = name,
                    hint,
                    "{name} in the env file (line {line}) is not passed on: it {reason}"
                );
            }
        }
    }
    rest
}

/// What to do about a reserved name. A manifest can only list valid variable names.
fn hint(name: &str) -> String {
    let own = "set it in hydrant's own environment";
    if !is_variable_name(name) || shown::looks_like_key(name) {
        return own.to_owned();
    }
    format!("{own}, or add \"{name}\" to env_file_allow in [settings]")
}

/// The name of an env file's variable, or its line number: a name may be a pasted key.
pub(crate) fn shown_variable(name: &str, file: &EnvFile) -> String {
    let unnamed = || format!("line {} {}", line_of(name, file), shown::NOT_SHOWN);
    shown::name(name).map_or_else(unnamed, Cow::into_owned)
}

fn line_of(name: &str, file: &EnvFile) -> usize {
    file.setting_of(name).map_or(0, |setting| *setting.lines.start())
}

/// An error for an entry that was kept although its value is not UTF-8, so that hydrant cannot
/// write it.
pub(crate) fn kept_without_text(hydration: &Hydration) -> Vec<String> {
    let entries = hydration.report.entries.iter();
    let kept = entries.filter(|entry| matches!(entry.outcome, Outcome::Kept(_)));
    let with_value: HashSet<&str> = hydration.values.iter().map(|(name, _)| name).collect();
    let without = kept.filter(|entry| !with_value.contains(entry.variable.as_str()));
    without
        .map(|entry| format!("{} cannot be exported: its value is not UTF-8", entry.variable))
        .collect()
}
