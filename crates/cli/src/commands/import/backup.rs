//! The backup of an env file: its name, and that it is complete before the env file is replaced, or
//! does not exist.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;
use std::time::SystemTime;

use tempfile::TempPath;

use crate::files::new_file::NewFile;
use crate::signals::Held;
use crate::terminal::dates;

/// The part of every backup's name that a line of `.gitignore` can match.
pub(super) const PATTERN: &str = "*.hydrant-backup-*";

/// An unused name in the folder of the file: `.env.hydrant-backup-20261122T013000Z`. It contains
/// only the time.
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

/// The name of the new env file before it replaces the old one. It begins like the backup's, so
/// that a rule that ignores one also ignores the other.
pub(super) fn unfinished(backup: &OsStr) -> OsString {
    let mut name = backup.to_owned();
    name.push(".new");
    name
}

/// A complete backup, which is removed again unless it is kept. No signal ends this process before
/// that.
pub(super) struct Backup {
    path: TempPath,
    _held: Held,
}

impl Backup {
    /// Writes it, readable only by its owner, and waits until the file and its name are on the
    /// disk. Never overwrites a file.
    pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<Self> {
        let mut file = NewFile::named_meanwhile(path, 0o600)?;
        file.write(bytes)?;
        let held = Held::ending()?;
        file.name(path)?;
        let backup = Backup { path: TempPath::try_from_path(path)?, _held: held };
        sync_folder(path)?;
        Ok(backup)
    }

    /// Keeps it.
    pub(super) fn keep(self) -> io::Result<()> {
        self.path.keep().map(drop).map_err(|error| error.error)
    }
}

/// Gives a new file the owner and the mode of another.
pub(super) fn take_after(new: &NewFile, other: &fs::Metadata) -> io::Result<()> {
    let own = new.file().metadata()?;
    if (own.uid(), own.gid()) != (other.uid(), other.gid()) {
        fchown(new.file(), Some(other.uid()), Some(other.gid()))?;
    }
    new.set_permissions(Permissions::from_mode(other.mode() & 0o7777))
}

/// Waits until the names in the folder of a file are on the disk.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
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
    fn a_backup_is_its_owners_and_stays_only_if_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup");
        let backup = Backup::write(&path, b"hunter2").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(
            Backup::write(&path, b"other").err().unwrap().kind(),
            io::ErrorKind::AlreadyExists
        );
        assert_eq!(fs::read(&path).unwrap(), b"hunter2", "what another made is left");
        drop(backup);
        assert!(!path.exists());
        Backup::write(&path, b"hunter2").unwrap().keep().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"hunter2");
    }
}
