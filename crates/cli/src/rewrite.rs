//! Files that are not secret, written as a whole by a rename in their folder: in the place of one that is there, or as a new one.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// Gives the file this text. It keeps its mode and, where that is allowed, its owner; a symbolic link stays, and what it leads
/// to is replaced.
pub(crate) fn replace(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    let target = fs::canonicalize(path)?;
    let found = fs::metadata(&target)?;
    let file = beside(&target, content.as_ref(), &mut tempfile::Builder::new())?;
    keep_owner(file.path(), &found);
    file.as_file().set_permissions(found.permissions())?;
    file.as_file().sync_all()?;
    file.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

/// Makes a file with this text, as an editor would; what is there already, a symbolic link to nowhere included, is left as it is.
pub(crate) fn create(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    let file = beside(path, content.as_ref(), &mut readable())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(())
}

/// A file with this text in the folder of another, which it is then renamed to.
fn beside(path: &Path, content: &[u8], builder: &mut tempfile::Builder<'_, '_>) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = builder.prefix(".hydrant-").tempfile_in(folder).map_err(|error| {
        // The name of the temporary file says nothing to anyone.
        io::Error::new(error.kind(), format!("no file can be made in its folder ({})", error.kind()))
    })?;
    file.write_all(content)?;
    Ok(file)
}

/// For files with the mode that the umask leaves, as every program makes them.
#[cfg(unix)]
fn readable() -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    builder.permissions(fs::Permissions::from_mode(0o666));
    builder
}

#[cfg(not(unix))]
fn readable() -> tempfile::Builder<'static, 'static> {
    tempfile::Builder::new()
}

/// Where it is not allowed, the file is that of whoever changes it, as with an editor.
#[cfg(unix)]
fn keep_owner(path: &Path, found: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, chown};
    _ = chown(path, Some(found.uid()), Some(found.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &fs::Metadata) {}
