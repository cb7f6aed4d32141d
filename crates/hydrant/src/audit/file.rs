//! The file of the audit log: a regular file, private to its owner when it is created, to which whole lines are appended.
//!
//! Several processes may append at once: each record is written at the end of the file (`O_APPEND`) under an advisory lock.

use std::fs::{self, File, TryLockError};
use std::io::{Error, ErrorKind, Result, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

/// Others hold the lock for as long as one write takes; who holds it longer is no hydrant.
const LOCK_LIMIT: Duration = Duration::from_secs(5);
const LOCK_PAUSE: Duration = Duration::from_millis(2);

/// Opens the file, or creates it with mode 0600. No symbolic link is followed as its last part, and nothing but a regular
/// file is taken: a FIFO or a device keeps no record.
pub(super) fn open(path: &Path) -> Result<File> {
    if let Ok(found) = fs::symlink_metadata(path) {
        check(&found)?;
    }
    // Read too, to see whether the last record is whole.
    let flags = OFlags::RDWR | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let existing = || rustix::fs::open(path, flags, Mode::empty());
    let file = match existing() {
        Err(Errno::NOENT) => match rustix::fs::open(path, flags | OFlags::CREATE | OFlags::EXCL, Mode::from(0o600)) {
            Ok(file) => {
                keep_name(path);
                Ok(file)
            }
            // Another process was faster.
            Err(Errno::EXIST) => existing(),
            Err(Errno::NOENT) => return Err(Error::new(ErrorKind::NotFound, "its folder does not exist")),
            Err(error) => Err(error),
        },
        opened => opened,
    };
    let file = File::from(file?);
    // What was looked at first may have been exchanged since.
    check(&file.metadata()?)?;
    Ok(file)
}

fn check(found: &fs::Metadata) -> Result<()> {
    let refused = |what| Err(Error::new(ErrorKind::InvalidInput, what));
    match found.file_type() {
        kind if kind.is_file() => Ok(()),
        kind if kind.is_symlink() => refused("it is a symbolic link"),
        kind if kind.is_dir() => refused("it is a directory"),
        _ => refused("it is no regular file"),
    }
}

/// Puts the new name in its folder on disk, where the system can: not every folder may be opened, nor every one synced.
fn keep_name(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = File::open(folder) {
        _ = folder.sync_all();
    }
}

/// Appends one line, which ends in a newline, and waits until it is on disk.
pub(super) fn append(file: &File, line: &[u8]) -> Result<()> {
    append_within(file, line, LOCK_LIMIT)
}

fn append_within(file: &File, line: &[u8], limit: Duration) -> Result<()> {
    lock(file, limit)?;
    let written = write(file, line);
    // The lock ends with the descriptor too.
    _ = file.unlock();
    written?;
    file.sync_data()
}

fn lock(file: &File, limit: Duration) -> Result<()> {
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if begun.elapsed() >= limit => {
                return Err(Error::new(ErrorKind::TimedOut, "another process holds a lock on it"));
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
        }
    }
}

/// One write; a part of a record, as a full disk leaves it, is taken away again. Where it cannot be (an append-only file),
/// or was left by a process that was killed, the next record begins on a line of its own.
fn write(mut file: &File, line: &[u8]) -> Result<()> {
    let end = file.metadata()?.len();
    let written = match is_torn(file, end)? {
        true => file.write_all(&[b"\n", line].concat()),
        false => file.write_all(line),
    };
    if written.is_err() {
        _ = file.set_len(end);
    }
    written
}

fn is_torn(file: &File, end: u64) -> Result<bool> {
    let mut last = [b'\n'];
    if end > 0 {
        file.read_exact_at(&mut last, end - 1)?;
    }
    Ok(last != [b'\n'])
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn text(path: &Path) -> String {
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_new_file_is_private_and_an_old_one_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        append(&open(&path).unwrap(), b"one\n").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        append(&open(&path).unwrap(), b"two\n").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(text(&path), "one\ntwo\n");
    }

    #[test]
    fn only_a_regular_file_of_that_very_name_is_taken() {
        fn check(path: &Path, expected: &str) {
            assert_eq!(open(path).unwrap_err().to_string(), expected, "{}", path.display());
        }
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let aim = path("aim");
        fs::write(&aim, "as it was").unwrap();
        symlink(&aim, path("link")).unwrap();
        symlink(path("nothing"), path("dangling")).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, path("fifo"), rustix::fs::FileType::Fifo, Mode::from(0o600), 0).unwrap();
        check(&path("link"), "it is a symbolic link");
        check(&path("dangling"), "it is a symbolic link");
        check(folder.path(), "it is a directory");
        check(&path("fifo"), "it is no regular file");
        check(Path::new("/dev/null"), "it is no regular file");
        check(&path("no/audit.jsonl"), "its folder does not exist");
        check(&aim.join("audit.jsonl"), "Not a directory (os error 20)");
        assert_eq!(text(&aim), "as it was");
        assert!(!path("nothing").exists());
    }

    #[test]
    fn a_torn_record_stays_on_a_line_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        fs::write(&path, "whole\ntor").unwrap();
        append(&open(&path).unwrap(), b"next\n").unwrap();
        append(&open(&path).unwrap(), b"last\n").unwrap();
        assert_eq!(text(&path), "whole\ntor\nnext\nlast\n");
    }

    #[test]
    fn nothing_is_written_past_a_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let (holder, other) = (open(&path).unwrap(), open(&path).unwrap());
        holder.lock().unwrap();
        let refused = append_within(&other, b"early\n", Duration::from_millis(20)).unwrap_err();
        assert_eq!(refused.to_string(), "another process holds a lock on it");
        assert_eq!(text(&path), "");
        let waiting = std::thread::spawn(move || append(&other, b"after\n"));
        (&holder).write_all(b"before\n").unwrap();
        holder.unlock().unwrap();
        waiting.join().unwrap().unwrap();
        assert_eq!(text(&path), "before\nafter\n");
    }
}
