//! Files that hold values on their way: the backup's name, and files that appear whole or not at all.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::dates;

/// What stands in every backup's name, and what a line of `.gitignore` can go by.
pub(super) const PATTERN: &str = "*.hydrant-backup-*";

/// A name beside the file that no file has: `.env.hydrant-backup-20261122T013000Z`. It tells the time and nothing else.
pub(super) fn name(folder: &Path, file: &OsStr, now: SystemTime) -> OsString {
    let mut name = file.to_owned();
    name.push(format!(".hydrant-backup-{}", dates::compact(now)));
    let numbered = |number: u32| {
        let mut name = name.clone();
        name.push(format!("-{number}"));
        name
    };
    let names = std::iter::once(name.clone()).chain((2..).map(numbered));
    let is_free = |name: &OsString| {
        folder.join(name).symlink_metadata().is_err_and(is_not_found)
            && folder.join(unfinished(name)).symlink_metadata().is_err_and(is_not_found)
    };
    names.take(1000).find(is_free).unwrap_or(name)
}

/// The name of the new env file before it takes the old one's place. It begins as the backup's does, so that what
/// ignores the one ignores the other.
pub(super) fn unfinished(backup: &OsStr) -> OsString {
    let mut name = backup.to_owned();
    name.push(".new");
    name
}

/// A new file, readable by its owner alone, that is removed again unless it is kept.
pub(super) struct NewFile {
    path: PathBuf,
    file: File,
    kept: bool,
}

impl NewFile {
    /// Creates it; never over another.
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(NewFile { path, file, kept: false })
    }

    /// Writes it, and waits until it is on the disk.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.file.sync_all()
    }

    /// Gives it the owner and the mode of another.
    pub(super) fn take_after(&self, other: &fs::Metadata) -> io::Result<()> {
        let own = self.file.metadata()?;
        if (own.uid(), own.gid()) != (other.uid(), other.gid()) {
            fchown(&self.file, Some(other.uid()), Some(other.gid()))?;
        }
        self.file.set_permissions(Permissions::from_mode(other.mode() & 0o7777))?;
        self.file.sync_all()
    }

    /// Puts it in the place of another, at once.
    pub(super) fn replace(mut self, other: &Path) -> io::Result<()> {
        fs::rename(&self.path, other)?;
        self.kept = true;
        // The one is in the place of the other, whether the disk knows it yet or not.
        _ = sync_folder(other);
        Ok(())
    }

    /// Waits until its name is on the disk too.
    pub(super) fn sync_name(&self) -> io::Result<()> {
        sync_folder(&self.path)
    }

    /// Leaves it where it is.
    pub(super) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.kept {
            // Nothing better can be done where even that fails, and the error that led here is told.
            _ = fs::remove_file(&self.path);
        }
    }
}

/// Waits until the names in the folder of a file are on the disk.
fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

fn is_not_found(error: io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn a_name_that_is_taken_is_not_chosen() {
        let folder = tempfile::tempdir().unwrap();
        let chosen = || name(folder.path(), OsStr::new(".env"), UNIX_EPOCH).into_string().unwrap();
        let first = ".env.hydrant-backup-19700101T000000Z";
        assert_eq!(chosen(), first);
        std::os::unix::fs::symlink("nowhere", folder.path().join(first)).unwrap();
        assert_eq!(chosen(), format!("{first}-2"));
        fs::write(folder.path().join(format!("{first}-2.new")), "").unwrap();
        assert_eq!(chosen(), format!("{first}-3"));
    }

    #[test]
    fn a_new_file_is_its_owners_and_stays_only_if_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        let mut new = NewFile::create(path.clone()).unwrap();
        new.write(b"hunter2").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(NewFile::create(path.clone()).err().unwrap().kind(), io::ErrorKind::AlreadyExists);
        assert!(path.exists(), "what another made is left");
        drop(new);
        assert!(!path.exists());
        let mut new = NewFile::create(path.clone()).unwrap();
        new.write(b"hunter2").unwrap();
        new.sync_name().unwrap();
        new.keep();
        assert_eq!(fs::read(&path).unwrap(), b"hunter2");
    }
}
