//! Reads the files that people name: regular ones alone. A FIFO without a writer would be waited for without end, and
//! a device such as `/dev/zero` has no end.

use std::io::{Error, ErrorKind, Result};
use std::path::Path;

/// The bytes of a regular file; a symbolic link to one counts.
///
/// # Errors
///
/// What the system says, or that it is something else.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let kind = std::fs::metadata(path)?.file_type();
    if kind.is_dir() {
        return Err(Error::new(ErrorKind::IsADirectory, "it is a directory"));
    }
    if !kind.is_file() {
        return Err(Error::new(ErrorKind::InvalidInput, "it is no regular file"));
    }
    std::fs::read(path)
}
