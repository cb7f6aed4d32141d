//! The environment of a hydration: the process's variables, which take precedence over those of an
//! env file.
//!
//! Owns the precedence between the two. Core never reads the ambient environment: the caller passes
//! an [`Env`].

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fmt;

use crate::env_file::EnvFile;

/// Which of the two layers of an [`Env`] a variable was found in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// The process's own environment.
    Process,
    /// The env file next to the manifest.
    EnvFile,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Layer::Process => "the environment",
            Layer::EnvFile => "the env file",
        })
    }
}

/// Environment variables as values: those of the process, then those that an env file adds.
///
/// A variable that is set but empty counts as not set. `Debug` shows names, never values.
///
/// ```
/// use hydrant_core::Env;
///
/// let env = Env::new([("OPENAI_API_KEY", "sk-local"), ("EMPTY", "")]);
/// assert_eq!(env.text("OPENAI_API_KEY"), Some("sk-local"));
/// assert_eq!(env.text("EMPTY"), None);
/// assert!(!format!("{env:?}").contains("sk-local"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Env {
    process: BTreeMap<OsString, OsString>,
    /// Names that the process has twice with different values. Programs differ in which one they
    /// use.
    twice: BTreeSet<OsString>,
    file: Option<EnvFile>,
}

impl Env {
    /// An environment with these variables. A program passes `std::env::vars_os()`.
    pub fn new<K: Into<OsString>, V: Into<OsString>>(
        process: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let mut env = Env::default();
        for (name, value) in process {
            let (name, value) = (name.into(), value.into());
            if env.process.get(&name).is_some_and(|before| *before != value) {
                env.twice.insert(name.clone());
            }
            env.process.insert(name, value);
        }
        env
    }

    /// The names that were given more than once with different values. The last value counts.
    pub fn set_twice(&self) -> impl Iterator<Item = &OsStr> {
        self.twice.iter().map(OsString::as_os_str)
    }

    /// The names of the process's variables.
    pub fn process_names(&self) -> impl Iterator<Item = &OsStr> {
        self.process.keys().map(OsString::as_os_str)
    }

    /// The same environment with the variables of an env file, which those of the process override.
    #[doc(hidden)]
    pub fn with_file(mut self, file: EnvFile) -> Self {
        self.file = Some(file);
        self
    }

    /// The env file, if there is one.
    #[doc(hidden)]
    pub fn file(&self) -> Option<&EnvFile> {
        self.file.as_ref()
    }

    /// The layer that sets the variable to a value that is not empty, the process first.
    pub fn layer(&self, name: &str) -> Option<Layer> {
        if self.process.get(OsStr::new(name)).is_some_and(|value| !value.is_empty()) {
            return Some(Layer::Process);
        }
        self.file.as_ref()?.get(name).map(|_| Layer::EnvFile)
    }

    /// The value of a variable that is set and not empty, the process first.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        let own = self.process.get(OsStr::new(name)).filter(|value| !value.is_empty());
        own.map(OsString::as_os_str).or_else(|| Some(OsStr::new(self.file.as_ref()?.get(name)?)))
    }

    /// Like [`Env::get`], for UTF-8 values. Other values count as not set.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.to_str()
    }

    /// The process's own value, whatever the env file sets. A variable that is set but empty gives
    /// `Some("")`.
    pub fn process(&self, name: &str) -> Option<&OsStr> {
        self.process.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// Removes a variable from the process's layer, so that the env file's value counts.
    pub fn remove(&mut self, name: &str) {
        self.process.remove(OsStr::new(name));
        self.twice.remove(OsStr::new(name));
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Env")
            .field("process", &self.process.keys())
            .field("file", &self.file)
            .finish()
    }
}
