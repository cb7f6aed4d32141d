//! Scope: the part of a manifest that a message is about.

use std::fmt;

use super::keys::is_variable_name;
use crate::shown::{backquoted, looks_like_key};

/// The part that a message is about; prints as the start of the message.
pub(super) enum Scope<'a> {
    Root,
    Settings,
    Vars,
    Profile(&'a str),
    Entry(&'a str),
    Overlay { profile: &'a str, entry: &'a str },
}

impl Scope<'_> {
    pub(super) fn is_entry(&self) -> bool {
        matches!(self, Scope::Entry(_) | Scope::Overlay { .. })
    }
}

impl fmt::Display for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |name: &&str| is_variable_name(name) && !looks_like_key(name);
        let name =
            |name: &str| Some(name).filter(plain).map_or_else(|| backquoted(name), str::to_owned);
        match self {
            Scope::Root => Ok(()),
            Scope::Settings => f.write_str("settings: "),
            Scope::Vars => f.write_str("vars: "),
            Scope::Profile(profile) => write!(f, "profile {}: ", name(profile)),
            Scope::Entry(entry) => write!(f, "entry {}: ", name(entry)),
            Scope::Overlay { profile, entry } => {
                write!(f, "profile {}, entry {}: ", name(profile), name(entry))
            }
        }
    }
}
