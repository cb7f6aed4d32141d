//! The exit codes, as docs/cli.md lists them. Where several apply, the most severe counts: 78, 77, 69,
//! 76, 66.

use hydrant_core::Severity;

/// Everything was done.
pub(crate) const DONE: u8 = 0;
/// A check found what it was to look for.
pub(crate) const DIFFERENT: u8 = 1;
/// The command line is wrong.
pub(crate) const USAGE: u8 = 2;
/// The manifest, the env file or the catalogue has problems.
pub(crate) const BAD_MANIFEST: u8 = 65;
/// A required secret is missing.
pub(crate) const MISSING: u8 = 66;
/// AWS was not reached, still throttled at the deadline, or did not answer in time.
pub(crate) const UNREACHABLE: u8 = 69;
/// A fault of hydrant's own.
pub(crate) const INTERNAL: u8 = 70;
/// A file could not be read or written.
pub(crate) const FILE: u8 = 74;
/// An answer or a value that cannot be used.
pub(crate) const UNUSABLE: u8 = 76;
/// Access denied, undecryptable included.
pub(crate) const DENIED: u8 = 77;
/// No credentials or region, a refused endpoint, or AWS settings that make no sense.
pub(crate) const SETUP: u8 = 78;
/// The command was found and could not be run, as a shell gives it.
pub(crate) const NOT_EXECUTABLE: u8 = 126;
/// The command was not found, as a shell gives it.
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
