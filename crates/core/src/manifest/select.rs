//! From a manifest to the entries of one run: the profile's overlay, `--only`, and `${name}`.

use super::{Entry, Manifest, ManifestError, Settings};
use crate::env::Env;

/// What one run takes of a manifest.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// The profile to overlay, if any.
    pub profile: Option<String>,
    /// The entries to take; empty for all.
    pub only: Vec<String>,
    /// Values for `${name}`, before `HYDRANT_VAR_name` and `[vars]`.
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
