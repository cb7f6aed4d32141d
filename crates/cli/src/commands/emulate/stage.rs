//! The environment of the command of `emulate`, in addition to the values: nothing that leads to
//! real secrets, everything that leads to the emulator.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};

use hydrant::Env;
use hydrant_core::manifest::Entry;

/// The environment around the emulator.
pub(super) struct Stage {
    /// The entries and the variables of their references: what the shell and the env file have for
    /// them is ignored.
    ignored: BTreeSet<String>,
    /// The variables that address the emulator, and the references that variables hold.
    set: Vec<(String, String)>,
}

impl Stage {
    pub(super) fn new(
        entries: &[&Entry],
        endpoint: &str,
        region: &str,
        references: Vec<(String, String)>,
    ) -> Self {
        let mut ignored = BTreeSet::new();
        for entry in entries {
            ignored.insert(entry.name.clone());
            ignored.extend(entry.source_keys.variable().map(str::to_owned));
        }
        let own = [
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint),
            ("AWS_ENDPOINT_URL_SSM", endpoint),
            ("AWS_ENDPOINT_URL_STS", endpoint),
            ("AWS_ACCESS_KEY_ID", "emulated"),
            ("AWS_SECRET_ACCESS_KEY", "emulated"),
            ("AWS_REGION", region),
            ("AWS_DEFAULT_REGION", region),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ];
        let own = own.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Stage { ignored, set: own.chain(references).collect() }
    }

    /// Whether a variable of the shell or the env file is ignored.
    pub(super) fn ignores(&self, name: &str) -> bool {
        // Offline means no AWS, and there is none here.
        name.starts_with("AWS_") || name == "HYDRANT_OFFLINE" || self.ignored.contains(name)
    }

    /// The variables of the shell that are kept.
    pub(super) fn kept(
        &self,
        shell: impl Iterator<Item = (OsString, OsString)>,
    ) -> impl Iterator<Item = (OsString, OsString)> {
        shell.filter(|(name, _)| !name.to_str().is_some_and(|name| self.ignores(name)))
    }

    /// The variables that lead to the emulator.
    pub(super) fn set(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.set.iter().map(|(name, value)| (OsStr::new(name), OsStr::new(value)))
    }

    /// The environment to hydrate with.
    pub(super) fn environment(&self, shell: impl Iterator<Item = (OsString, OsString)>) -> Env {
        Env::new(
            self.kept(shell)
                .chain(self.set().map(|(name, value)| (name.to_owned(), value.to_owned()))),
        )
    }

    /// The variables for another shell, as commands.
    pub(super) fn exports(&self) -> String {
        // Names and ARNs, which need no quoting but get it.
        let export = |(name, value): &(String, String)| {
            format!("export {name}='{}'\n", value.replace('\'', "'\\''"))
        };
        self.set.iter().map(export).collect()
    }
}
