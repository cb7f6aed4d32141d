//! Why a record is not on disk, and what that means for what was to be recorded.

use hydrant_core::shown;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A record of the audit log could not be written.
#[derive(Debug)]
pub struct AuditError {
    path: PathBuf,
    stage: Stage,
    action: &'static str,
    source: io::Error,
}

/// How far things were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing was asked yet, and nothing will be.
    Intent,
    /// AWS did what it was asked.
    Done,
    /// AWS was asked, and it came to nothing.
    Failed,
}

impl AuditError {
    pub(super) fn new(path: &Path, stage: Stage, action: &'static str, source: io::Error) -> Self {
        AuditError { path: path.to_owned(), stage, action, source }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the system said.
    pub fn io_error(&self) -> &io::Error {
        &self.source
    }

    /// Whether what was to be recorded has happened: the secrets were read, or the change was made.
    pub fn was_done(&self) -> bool {
        self.stage == Stage::Done
    }
}

impl fmt::Display for AuditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = shown::path(&self.path);
        let action = self.action;
        match (self.stage, action) {
            (Stage::Intent, "read" | "check" | "status" | "history") => {
                write!(f, "failed to write to the audit log {path}, so nothing was asked of AWS")
            }
            (Stage::Intent, _) => {
                write!(f, "failed to write to the audit log {path}, so nothing was changed")
            }
            (Stage::Done, "read") => {
                write!(
                    f,
                    "the secrets were read, but the outcome could not be written to the audit log {path}"
                )
            }
            (Stage::Done, "check" | "status" | "history") => {
                write!(
                    f,
                    "AWS was asked, but the outcome could not be written to the audit log {path}"
                )
            }
            (Stage::Done, _) => write!(
                f,
                "the change ({action}) was made, but the outcome could not be written to the audit log {path}"
            ),
            (Stage::Failed, _) => {
                write!(
                    f,
                    "the {action} failed, and the outcome could not be written to the audit log {path}"
                )
            }
        }
    }
}

impl std::error::Error for AuditError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}
