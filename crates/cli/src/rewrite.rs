//! Replaces a file that is not secret by a changed one: as a whole, by a rename in its folder.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Gives the file this text. It keeps its mode and, where that is allowed, its owner; a symbolic link stays, and what it leads
/// to is replaced.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let target = fs::canonicalize(path)?;
    let found = fs::metadata(&target)?;
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".hydrant-").tempfile_in(folder).map_err(|error| {
        // The name of the temporary file says nothing to anyone.
        io::Error::new(error.kind(), format!("no file can be made in its folder ({})", error.kind()))
    })?;
    file.write_all(text.as_bytes())?;
    keep_owner(file.path(), &found);
    file.as_file().set_permissions(found.permissions())?;
    file.as_file().sync_all()?;
    file.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

/// Where it is not allowed, the file is that of whoever changes it, as with an editor.
#[cfg(unix)]
fn keep_owner(path: &Path, found: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, chown};
    _ = chown(path, Some(found.uid()), Some(found.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &fs::Metadata) {}
