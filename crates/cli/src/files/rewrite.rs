//! Files that are written as a whole: replacing an existing one, or new.
//!
//! Two writers lose nothing: a change is based on what was read under the file's lock, and the file
//! is compared before the rename.

mod lock;

use std::fs;
use std::io;
use std::path::Path;

use hydrant_core::shown;
use hydrant_core::{Manifest, bounded_file};

pub(crate) use lock::Lock;

use crate::failure::Failure;
use crate::files::new_file::NewFile;

/// The mode of files that programs create, less the umask.
const READABLE: u32 = 0o666;
const PRIVATE: u32 = 0o600;

/// How many times a change is tried on a file that others change without a lock.
const ATTEMPTS: usize = 10;

/// The old content, the new content, and the other result of a change.
pub(crate) struct Change<T> {
    pub(crate) before: Vec<u8>,
    pub(crate) after: Vec<u8>,
    pub(crate) made: T,
}

/// Changes an existing file, under its lock. `change` reads it, and is called again if another
/// program wrote the file meanwhile.
pub(crate) fn update<T>(
    path: &Path,
    mut change: impl FnMut() -> Result<Change<T>, Failure>,
) -> Result<T, Failure> {
    let failed = |source| Failure::File { doing: format!("write {}", shown::path(path)), source };
    let lock = Lock::of(path).map_err(failed)?;
    for _ in 0..ATTEMPTS {
        let Change { before, after, made } = change()?;
        if put(&lock, &after, Some(&before)).map_err(failed)? {
            return Ok(made);
        }
    }
    Err(failed(io::Error::other("another program keeps changing it")))
}

/// Writes this text to the file. It keeps its mode and, if allowed, its owner. A symbolic link
/// stays, and its target is replaced.
#[cfg(feature = "deploy")]
pub(crate) fn replace(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    put(&Lock::of(path)?, content.as_ref(), None).map(|_| ())
}

/// Replaces the locked file with this text, if it has the expected content. Returns whether it did.
fn put(lock: &Lock, content: &[u8], expected: Option<&[u8]>) -> io::Result<bool> {
    let target = lock.target();
    let found = fs::metadata(target)?;
    let mut file = NewFile::beside(target, PRIVATE)?;
    file.write(content)?;
    keep_owner(&file, &found);
    file.set_permissions(found.permissions())?;
    // As late as possible: an editor takes no lock.
    if let Some(expected) = expected
        && bounded_file::read(target, Manifest::LIMIT)? != expected
    {
        return Ok(false);
    }
    file.replace(target)?;
    Ok(true)
}

/// Creates a file with this text, as an editor would. An existing one, including a dangling
/// symbolic link, is left unchanged.
pub(crate) fn create(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    let mut file = NewFile::beside(path, READABLE)?;
    file.write(content.as_ref())?;
    file.name(path)
}

/// Writes a file with this secret text, and replaces any existing one. Only its owner can ever read
/// it.
pub(crate) fn private(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => {
            let what = if found.is_symlink() {
                "it is a symbolic link"
            } else {
                "it is not a regular file"
            };
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Else the error would be about the file that does not exist yet.
    fs::metadata(folder)?;
    let mut file = NewFile::beside(path, PRIVATE)?;
    file.write(content.as_ref())?;
    file.put(path)
}

/// If that is not allowed, the file belongs to the user who changes it, as with an editor.
fn keep_owner(file: &NewFile, found: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    _ = fchown(file.file(), Some(found.uid()), Some(found.gid()));
}

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
        // In place, then by a rename, then not at all.
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
        assert_eq!(source.to_string(), "another program keeps changing it");
        assert_eq!(fs::read_to_string(&path).unwrap(), (3 + ATTEMPTS).to_string());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing that stays");
    }
}
