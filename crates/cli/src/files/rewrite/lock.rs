//! A lock on a file that is replaced by a rename, so that two writers do not lose each other's
//! change.
//!
//! An advisory lock (flock) on the file itself, without a lock file that would stay. After waiting
//! for the lock, it checks whether the file still has that name. The lock ends with the process,
//! however that ends. Callers detect programs that take no lock, such as editors, by comparing what
//! they read with the current content.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::io::Errno;

use crate::watchdog;

/// A manifest is changed in milliseconds.
const LIMIT: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(2);
/// The error of a file system without locks, or without locks on files that are open read-only.
const WITHOUT_LOCKS: [Option<Errno>; 4] =
    [Some(Errno::NOTSUP), Some(Errno::NOSYS), Some(Errno::NOLCK), Some(Errno::BADF)];

/// The lock, until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    /// The file itself, if the path is a symbolic link.
    target: PathBuf,
    _file: File,
}

impl Lock {
    /// Waits for the lock on an existing file.
    ///
    /// # Errors
    ///
    /// The system's error for the file, or that it is not a regular file, or that another process
    /// holds the lock for longer than any change takes.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        watchdog::wait_for("the lock on the file to change");
        Lock::within(path, watchdog::left().map_or(LIMIT, |left| LIMIT.min(left)))
    }

    fn within(path: &Path, limit: Duration) -> io::Result<Self> {
        let begun = Instant::now();
        loop {
            let target = fs::canonicalize(path)?;
            let file = open(&target)?;
            wait(&file, begun, limit)?;
            // The previous owner of the lock may have replaced this file.
            if is_still(&file, path, &target)? {
                return Ok(Lock { target, _file: file });
            }
        }
    }

    /// The real path of the file.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }
}

/// Opening a FIFO does not wait.
fn open(target: &Path) -> io::Result<File> {
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(target)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(ErrorKind::InvalidInput, "it is not a regular file"))
    }
}

fn wait(file: &File, begun: Instant, limit: Duration) -> io::Result<()> {
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            // File systems without locks exist (such as NFS). There only the comparison before the
            // rename protects.
            Err(TryLockError::Error(error))
                if WITHOUT_LOCKS.contains(&Errno::from_io_error(&error)) =>
            {
                return Ok(());
            }
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if begun.elapsed() >= limit => {
                return Err(io::Error::new(
                    ErrorKind::TimedOut,
                    "another process holds a lock on it",
                ));
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
        }
    }
}

fn is_still(file: &File, path: &Path, target: &Path) -> io::Result<bool> {
    let held = file.metadata()?;
    let found = match fs::metadata(path) {
        // It is being replaced by a program that needs several steps.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        found => found?,
    };
    Ok((held.dev(), held.ino()) == (found.dev(), found.ino()) && fs::canonicalize(path)? == target)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.toml");
        fs::write(&path, "one").unwrap();
        (folder, path)
    }

    #[test]
    fn one_at_a_time_and_not_for_ever() {
        let (_folder, path) = folder();
        let held = Lock::of(&path).unwrap();
        let refused = Lock::within(&path, Duration::from_millis(20)).unwrap_err();
        assert_eq!(refused.to_string(), "another process holds a lock on it");
        drop(held);
        Lock::within(&path, Duration::ZERO).unwrap();
    }

    #[test]
    fn who_waited_gets_the_file_that_has_the_name_now() {
        let (folder, path) = folder();
        let new = folder.path().join("new");
        fs::write(&new, "two").unwrap();
        let held = Lock::of(&path).unwrap();
        // A separate lock, which the waiting process must find.
        let of_the_new = Lock::of(&new).unwrap();
        let waiting = std::thread::spawn({
            let path = path.clone();
            move || Lock::of(&path).map(|lock| (fs::read_to_string(lock.target()).unwrap(), lock))
        });
        fs::rename(&new, &path).unwrap();
        drop(held);
        fs::write(&path, "three").unwrap();
        drop(of_the_new);
        let (text, _lock) = waiting.join().unwrap().unwrap();
        assert_eq!(text, "three");
    }

    #[test]
    fn a_link_and_its_file_have_one_lock() {
        let (folder, path) = folder();
        let link = folder.path().join("link");
        symlink("secrets.toml", &link).unwrap();
        let held = Lock::of(&link).unwrap();
        assert_eq!(held.target(), path.canonicalize().unwrap());
        Lock::within(&path, Duration::ZERO).unwrap_err();
    }

    #[test]
    fn only_a_regular_file_has_one() {
        let (folder, path) = folder();
        let fifo = folder.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
        assert!(made.success());
        assert_eq!(Lock::of(&fifo).unwrap_err().to_string(), "it is not a regular file");
        fs::remove_file(&path).unwrap();
        assert_eq!(Lock::of(&path).unwrap_err().kind(), ErrorKind::NotFound);
    }
}
