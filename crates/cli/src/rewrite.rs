//! Files that are not secret, written as a whole by a rename in their folder: in the place of one that is there, or as a new one.
//!
//! Two writers lose nothing: what a change begins with is read under the file's lock, and compared before the rename.

mod lock;

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use tempfile::NamedTempFile;

pub(crate) use lock::Lock;

use crate::failure::Failure;

/// How often a change is tried on a file that others change without a lock.
const ATTEMPTS: usize = 10;

/// What a file held, what it is to hold, and what else came of it.
pub(crate) struct Change<T> {
    pub(crate) before: Vec<u8>,
    pub(crate) after: Vec<u8>,
    pub(crate) made: T,
}

/// Changes a file that is there, under its lock. `change` reads it; it is called again where another program wrote the file
/// meanwhile.
pub(crate) fn update<T>(path: &Path, mut change: impl FnMut() -> Result<Change<T>, Failure>) -> Result<T, Failure> {
    let failed = |source| Failure::File { doing: format!("write {}", path.display()), source };
    let lock = Lock::of(path).map_err(failed)?;
    for _ in 0..ATTEMPTS {
        let Change { before, after, made } = change()?;
        if put(&lock, &after, Some(&before)).map_err(failed)? {
            return Ok(made);
        }
    }
    Err(failed(io::Error::other("another program changes it again and again")))
}

/// Gives the file this text. It keeps its mode and, where that is allowed, its owner; a symbolic link stays, and what it leads
/// to is replaced.
pub(crate) fn replace(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    put(&Lock::of(path)?, content.as_ref(), None).map(|_| ())
}

/// Puts a file with this text in the place of the one that is locked, where that holds what is expected of it; whether it did.
fn put(lock: &Lock, content: &[u8], expected: Option<&[u8]>) -> io::Result<bool> {
    let target = lock.target();
    let found = fs::metadata(target)?;
    let file = beside(target, content, &mut tempfile::Builder::new())?;
    keep_owner(file.path(), &found);
    file.as_file().set_permissions(found.permissions())?;
    file.as_file().sync_all()?;
    // As late as can be: an editor takes no lock.
    if let Some(expected) = expected
        && fs::read(target)? != expected
    {
        return Ok(false);
    }
    file.persist(target).map_err(|error| error.error)?;
    Ok(true)
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
        let message = match error.kind() {
            ErrorKind::NotFound => "its folder does not exist".to_owned(),
            kind => format!("no file can be made in its folder ({kind})"),
        };
        io::Error::new(error.kind(), message)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_editor_writes_meanwhile_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.toml");
        fs::write(&path, "one\n").unwrap();
        let mut calls = 0;
        let mut add = |editor: &dyn Fn(usize)| {
            update(&path, || {
                let before = fs::read(&path).unwrap();
                calls += 1;
                editor(calls);
                let after = [&before[..], b"ours\n"].concat();
                Ok(Change { before, after, made: calls })
            })
        };
        // In place, and by a rename; then it leaves the file alone.
        let made = add(&|call| match call {
            1 => fs::write(&path, "one\ntheirs\n").unwrap(),
            2 => {
                fs::write(folder.path().join("new"), "one\ntheirs\nand more\n").unwrap();
                fs::rename(folder.path().join("new"), &path).unwrap();
            }
            _ => {}
        });
        assert_eq!(made.unwrap(), 3);
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntheirs\nand more\nours\n");

        let refused = add(&|call| fs::write(&path, format!("{call}")).unwrap());
        let Err(Failure::File { source, .. }) = refused else { panic!("it went on") };
        assert_eq!(source.to_string(), "another program changes it again and again");
        assert_eq!(fs::read_to_string(&path).unwrap(), (3 + ATTEMPTS).to_string());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing that stays");
    }
}
