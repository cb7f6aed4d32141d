//! The manifest as data: the checked content of `secrets.toml`, with the line of everything.
//!
//! `parse` reads it. `select` applies the profile, the selected entries and `${name}`. This file
//! owns the types that the later stages see; it does no I/O and reads no environment.

mod keys;
mod parse;
mod syntax;
mod tables;

mod entry;
mod settings;

mod check;
mod duration;
mod template;

mod fill;
mod select;
mod vars;

mod build;
mod create_name;
mod sharing;

#[cfg(test)]
mod documented;

mod problem;
mod problems;
mod scope;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::limits::Batch;
use crate::reference::{Origin, SecretId, Version};
use crate::selector::Selector;
use crate::source::{Source, SourceKeys, ValueId};

pub use keys::is_variable_name;
pub use parse::ReadError;
pub use problem::{Help, ManifestError, Problem};
pub use select::{SelectError, Selected, Selection};
pub use settings::{DEADLINE_FORM, parse_deadline};
pub use vars::{SelectionProblem, VarOrigin, VarValueProblem};

/// A `secrets.toml` that was read and found free of problems, before a profile and `${name}` are
/// applied.
///
/// Made by [`Manifest::parse`] or [`Manifest::read`]; [`Manifest::select`] gives the entries of one
/// run.
#[derive(Clone)]
pub struct Manifest {
    /// Where it was read from, as shown in messages.
    path: PathBuf,
    text: std::sync::Arc<str>,
    settings: Settings,
    vars: Vars,
    /// In the order of the text.
    entries: Vec<entry::RawEntry>,
    overlays: parse::Overlays,
    lines: problems::Lines,
    hidden: problems::HiddenLines,
}

/// The `[settings]` of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `region`: used if the environment and the AWS profile name none.
    pub region: Option<String>,
    /// `deadline`: for one whole hydration.
    pub deadline: Duration,
    /// `env_file`: which env file the process's environment overrides.
    pub env_file: EnvFileSetting,
    /// `env_file_passes`: which plain variables of the env file a command gets.
    pub env_file_passes: EnvFilePasses,
    /// `env_file_allow`: names that a command gets from the env file in any case.
    pub env_file_allow: Vec<String>,
    /// `batch`: whether BatchGetSecretValue may be used.
    pub batch: Batch,
    /// `concurrency`: how many calls to AWS run at once.
    pub concurrency: usize,
    /// `audit_log`: the file that records each read and each change, relative to the manifest's
    /// folder.
    pub audit_log: Option<PathBuf>,
}

/// The `env_file` setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvFileSetting {
    /// A path, relative to the manifest's folder; `.env` unless the manifest says otherwise. It
    /// need not exist.
    Path(PathBuf),
    /// `env_file = false`.
    Off,
}

/// The `env_file_passes` setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnvFilePasses {
    /// `"all"`: all except the [reserved names](crate::reserved).
    All,
    /// `"entries"`: none. Entries still take their values from it.
    Entries,
}

/// Why a command does not get a plain variable of the env file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPassedOn {
    /// `HYDRANT_*` variables are only taken from the process.
    Own,
    /// `env_file_passes = "entries"`.
    Closed,
    /// The name is reserved. The text is the reason, as the end of the sentence "it …".
    Reserved(&'static str),
}

/// One `[secrets.NAME]`, with the profile's overlay and `${name}` applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The environment variable.
    pub name: String,
    /// The line of `[secrets.NAME]`, from 1.
    pub line: usize,
    /// `description`.
    pub description: Option<String>,
    /// Where the reference or the value is; at least one key is set.
    pub source_keys: SourceKeys,
    /// `json_key` and `json_pointer`.
    pub selector: Selector,
    /// `required` and `default`.
    pub need: Need,
    /// `version_stage` and `version_id`.
    pub version: Option<Version>,
    /// The name of the secret when it is created: `create_name` or its default.
    pub create_name: String,
    /// `kms_key`.
    pub kms_key: Option<String>,
    /// Another entry that takes a part of the secret, if this entry takes all of it and both share
    /// an ARN variable or a parameter.
    pub part_taken_by: Option<String>,
    /// `rotate_after`.
    pub rotate_after: Option<Duration>,
}

impl Entry {
    /// The source of the secret that would be created for the entry. It is used if nothing names a
    /// source.
    pub fn created_source(&self) -> Source {
        let id = SecretId::Name(self.create_name.clone());
        Source {
            id: ValueId::Secret(id, self.version.clone()),
            selector: self.selector.clone(),
            origin: Origin::Manifest,
        }
    }
}

/// What a missing value means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// It stops the start.
    Required,
    /// It does not.
    Optional,
    /// It does not, and this text is used instead. The text is not secret.
    Default(String),
}

impl Need {
    /// Whether a missing value stops the start.
    pub fn is_required(&self) -> bool {
        matches!(self, Need::Required)
    }
}

impl Manifest {
    /// The `[settings]`, with defaults filled in.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where the manifest was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The text that it was read from. A line of it may hold a value pasted by mistake, so it is
    /// not for messages.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names of all entries, in the order of the manifest.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// The names of the profiles, sorted.
    pub fn profiles(&self) -> impl Iterator<Item = &str> {
        self.overlays.keys().map(String::as_str)
    }
}

/// Leaves the text out: somebody may have pasted a value into it.
impl fmt::Debug for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.names().collect();
        f.debug_struct("Manifest")
            .field("path", &self.path)
            .field("entries", &names)
            .finish_non_exhaustive()
    }
}

/// Values for `${name}` by their names.
pub type Vars = BTreeMap<String, String>;
