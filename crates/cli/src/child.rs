//! The environment of a command that hydrant starts: the process's, the env file's, and the hydrated values.
//!
//! Values go to the command alone, never through hydrant's own environment.

use std::process::Command;

use hydrant::{Hydration, Hydrator, Layer, Outcome, SecretValue};

use crate::failure::Failure;

/// Linux's limit for one `NAME=VALUE` and its ending NUL (MAX_ARG_STRLEN, <https://man7.org/linux/man-pages/man2/execve.2.html>).
const LONGEST_VARIABLE: usize = 131_072;

/// Names that make a program load code or change how it is run: an env file may not bring them in.
const LOADERS: &[&str] = &[
    "BASH_ENV",
    "ENV",
    "GIT_SSH_COMMAND",
    "IFS",
    "JAVA_TOOL_OPTIONS",
    "NODE_OPTIONS",
    "PATH",
    "PERL5LIB",
    "PERL5OPT",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "RUBYLIB",
    "RUBYOPT",
    "_JAVA_OPTIONS",
];

/// The families of such names.
const LOADER_PREFIXES: &[&str] = &["LD_", "DYLD_"];

/// What a command gets beside, or instead of, what this process has.
pub(crate) struct Environment<'a> {
    set: Vec<(&'a str, &'a str)>,
    remove: Vec<&'a str>,
}

/// What the command gets: the entries' values, the rest of the env file, and nothing in the place of an entry whose local
/// value is not to count.
pub(crate) fn environment<'a>(
    hydrator: &'a Hydrator,
    hydration: &'a Hydration,
    ignore_set: bool,
) -> Result<Environment<'a>, Failure> {
    let entries = &hydration.report.entries;
    let mut set: Vec<(&str, &str)> = hydration.values.to_set().map(|(name, value)| (name, value.expose())).collect();
    set.extend(rest_of_env_file(hydrator, hydration));
    let remove = entries.iter().filter(|entry| ignore_set && hydration.values.get(&entry.variable).is_none());
    let remove = remove.map(|entry| entry.variable.as_str()).collect();
    let refused: Vec<String> = set.iter().filter_map(|(name, value)| unfit(name, value)).collect();
    if refused.is_empty() { Ok(Environment { set, remove }) } else { Err(Failure::Values(refused)) }
}

impl Environment<'_> {
    /// Adds it to a command that inherits this process's environment.
    pub(crate) fn hand_to(&self, command: &mut Command) {
        for name in &self.remove {
            command.env_remove(name);
        }
        command.envs(self.set.iter().copied());
    }
}

/// The variables of the env file that are no entries, where the process does not set them.
pub(crate) fn rest_of_env_file<'a>(hydrator: &'a Hydrator, hydration: &Hydration) -> Vec<(&'a str, &'a str)> {
    let env = hydrator.env();
    let Some(file) = env.file() else { return Vec::new() };
    let credentials = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
    let own_credentials = credentials.iter().any(|name| env.layer(name) == Some(Layer::Process));
    let mut rest = Vec::new();
    for (name, value) in file.iter() {
        let is_entry = hydration.report.get(name).is_some();
        let in_use = env.layer(name) == Some(Layer::EnvFile);
        // Half of another triple would make credentials that fit nothing.
        let half_triple = credentials.contains(&name) && own_credentials;
        if is_entry || !in_use || half_triple {
            continue;
        }
        if name.starts_with("HYDRANT_") {
            tracing::warn!(
                variable = name,
                "{name} in the env file is not used: HYDRANT_* come from the process alone"
            );
        } else if is_loader(name) {
            let hint = "set it in the environment of hydrant itself";
            tracing::warn!(
                variable = name,
                hint,
                "{name} in the env file is not passed on: it can make a program load code"
            );
        } else {
            rest.push((name, value));
        }
    }
    rest
}

fn is_loader(name: &str) -> bool {
    LOADERS.contains(&name) || LOADER_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Why the system could not hold the variable.
fn unfit(name: &str, value: &str) -> Option<String> {
    if value.contains('\0') {
        return Some(format!("{name} cannot be set: its value has a NUL character"));
    }
    let size = name.len() + 1 + value.len() + 1;
    (size > LONGEST_VARIABLE)
        .then(|| format!("{name} cannot be set: it takes {size} bytes, and the system's limit is {LONGEST_VARIABLE}"))
}

/// Whether an entry was kept although its value is not UTF-8, so that hydrant cannot write it.
pub(crate) fn kept_without_text(hydration: &Hydration) -> Vec<String> {
    let entries = hydration.report.entries.iter();
    let kept = entries.filter(|entry| matches!(entry.outcome, Outcome::Kept(_)));
    let without = kept.filter(|entry| hydration.values.get(&entry.variable).map(SecretValue::expose).is_none());
    without.map(|entry| format!("{} cannot be exported: its value is not UTF-8", entry.variable)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_load_code() {
        let check = |name, expected| assert_eq!(is_loader(name), expected, "{name}");
        check("LD_PRELOAD", true);
        check("LD_LIBRARY_PATH", true);
        check("DYLD_INSERT_LIBRARIES", true);
        check("NODE_OPTIONS", true);
        check("PATH", true);
        check("PATH_TO_DATA", false);
        check("DATABASE_URL", false);
    }

    #[test]
    fn what_the_system_cannot_hold_is_named_with_both_sizes() {
        assert_eq!(unfit("KEY", "value"), None);
        assert_eq!(unfit("KEY", &"x".repeat(131_067)), None);
        let said = unfit("KEY", &"x".repeat(131_068)).unwrap();
        assert_eq!(said, "KEY cannot be set: it takes 131073 bytes, and the system's limit is 131072");
        assert_eq!(unfit("KEY", "a\0b").unwrap(), "KEY cannot be set: its value has a NUL character");
    }
}
