//! Files that are written as a whole: in the place of one that is there, or as a new one.
//!
//! Two writers lose nothing: what a change begins with is read under the file's lock, and compared
//! before the rename.

mod lock;

use std::fs;
use std::io;
use std::path::Path;

use hydrant_core::shown;
use hydrant_core::{Manifest, bounded_file};

pub(crate) use lock::Lock;

use crate::failure::Failure;
use crate::files::new_file::NewFile;

/// What every program makes its files with, less the umask.
const READABLE: u32 = 0o666;
const PRIVATE: u32 = 0o600;

/// How often a change is tried on a file that others change without a lock.
const ATTEMPTS: usize = 10;

/// What a file held, what it is to hold, and what else came of it.
pub(crate) struct Change<T> {
    pub(crate) before: Vec<u8>,
    pub(crate) after: Vec<u8>,
    pub(crate) made: T,
}

/// Changes a file that is there, under its lock. `change` reads it; it is called again where
/// another program wrote the file meanwhile.
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
    Err(failed(io::Error::other("another program changes it again and again")))
}

/// Gives the file this text. It keeps its mode and, where that is allowed, its owner; a symbolic
/// link stays, and what it leads to is replaced.
#[cfg(feature = "deploy")]
pub(crate) fn replace(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    put(&Lock::of(path)?, content.as_ref(), None).map(|_| ())
}

/// Puts a file with this text in the place of the one that is locked, where that holds what is
/// expected of it; whether it did.
fn put(lock: &Lock, content: &[u8], expected: Option<&[u8]>) -> io::Result<bool> {
    let target = lock.target();
    let found = fs::metadata(target)?;
    let mut file = NewFile::beside(target, PRIVATE)?;
    file.write(content)?;
    keep_owner(&file, &found);
    file.set_permissions(found.permissions())?;
    // As late as can be: an editor takes no lock.
    if let Some(expected) = expected
        && bounded_file::read(target, Manifest::LIMIT)? != expected
    {
        return Ok(false);
    }
    file.replace(target)?;
    Ok(true)
}

/// Makes a file with this text, as an editor would; what is there already, a symbolic link to
/// nowhere included, is left as it is.
pub(crate) fn create(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    let mut file = NewFile::beside(path, READABLE)?;
    file.write(content.as_ref())?;
    file.name(path)
}

/// Puts a file with this text, which is secret, in the place of what is there, if anything. It is
/// readable by its owner alone, at no moment by anyone else.
pub(crate) fn private(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => {
            let what =
                if found.is_symlink() { "it is a symbolic link" } else { "it is no regular file" };
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Else the error would be one of the file that is not there yet.
    fs::metadata(folder)?;
    let mut file = NewFile::beside(path, PRIVATE)?;
    file.write(content.as_ref())?;
    file.put(path)
}

/// Where it is not allowed, the file is that of whoever changes it, as with an editor.
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
