//! The exit codes, as docs/cli.md lists them. If several apply, the most severe is used: 78, 77,
//! 69, 76, 66.

use hydrant_core::Severity;

/// Success.
pub(crate) const DONE: u8 = 0;
/// A check failed: `status --fail-on`, `policy --check` or `generate --check`.
pub(crate) const DIFFERENT: u8 = 1;
/// The command line is invalid.
pub(crate) const USAGE: u8 = 2;
/// The manifest, the env file or the catalogue is invalid.
pub(crate) const BAD_MANIFEST: u8 = 65;
/// A required secret is missing.
pub(crate) const MISSING: u8 = 66;
/// AWS was unreachable, was still throttling at the deadline, or did not respond in time.
pub(crate) const UNREACHABLE: u8 = 69;
/// An internal error (a bug in hydrant).
pub(crate) const INTERNAL: u8 = 70;
/// A file could not be read or written.
pub(crate) const FILE: u8 = 74;
/// A response or a value cannot be used.
pub(crate) const UNUSABLE: u8 = 76;
/// Access denied, or KMS could not decrypt.
pub(crate) const DENIED: u8 = 77;
/// No credentials or region, a refused endpoint, or invalid AWS settings.
pub(crate) const SETUP: u8 = 78;
/// The command was found but could not be run, as in a shell.
pub(crate) const NOT_EXECUTABLE: u8 = 126;
/// The command was not found, as in a shell.
pub(crate) const NOT_FOUND: u8 = 127;

/// The code of an error.
pub(crate) fn of_severity(severity: Severity) -> u8 {
    match severity {
        Severity::Missing => MISSING,
        Severity::Unusable => UNUSABLE,
        Severity::Unreachable => UNREACHABLE,
        Severity::Denied => DENIED,
        Severity::Setup => SETUP,
    }
}
