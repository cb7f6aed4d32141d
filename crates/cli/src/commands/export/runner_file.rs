//! The file that GITHUB_ENV names, which the runner reads after the step. Pairs are appended to it
//! all or none.
//!
//! The caller decides the pairs, and writes their masks first.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::libc;
use signal_hook::consts::SIGXFSZ;

use crate::signals::{self, Held};

/// Refuses a file that the runner cannot read lines from. A missing file is created later.
pub(super) fn check(path: &Path) -> io::Result<()> {
    check_kind(fs::symlink_metadata(path))
}

/// Appends these bytes to the file, which is created with mode 0600 if it does not exist. If they
/// do not fit, none of them stay: the runner would use half a value as the whole, or read the next
/// step's lines as the rest of it.
pub(super) fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = open(path)?;
    // A signal that ended this process could cut the write short.
    let mut held = Held::ending()?;
    let (start, written, error) = match write(&mut file, bytes) {
        Ok(()) => return Ok(()),
        Err(stopped) => stopped,
    };
    let is_clean = written == 0 || take_back(&file, start, written).is_ok();
    // The error already reports what SIGXFSZ does. The other signals have their effect now.
    held.pending().into_iter().filter(|signal| *signal != SIGXFSZ).for_each(signals::act);
    let rest = if is_clean { "nothing was added" } else { "a part was added: remove it" };
    Err(io::Error::new(error.kind(), format!("{error}; {rest}")))
}

/// Usually one write. If it fails: where the bytes begin in the file, how many were written, and
/// the error.
fn write(file: &mut File, bytes: &[u8]) -> Result<(), (u64, u64, io::Error)> {
    let (mut start, mut written) = (0, 0);
    while written < bytes.len() {
        match file.write(&bytes[written..]) {
            Ok(0) => return Err((start, written as u64, ErrorKind::WriteZero.into())),
            Ok(count) => {
                if written == 0 {
                    // The position is the end of what was just appended, even if others append to
                    // the file.
                    start = file.stream_position().unwrap_or_default().saturating_sub(count as u64);
                }
                written += count;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err((start, written as u64, error)),
        }
    }
    Ok(())
}

/// Removes what was appended, unless something else was appended since, which must stay.
fn take_back(file: &File, start: u64, written: u64) -> io::Result<()> {
    if file.metadata()?.len() != start + written {
        return Err(io::Error::other("something else was appended to it"));
    }
    file.set_len(start)
}

/// Follows no symbolic link, and opens only a regular file.
fn open(path: &Path) -> io::Result<File> {
    check(path)?;
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY;
    let file =
        OpenOptions::new().append(true).create(true).mode(0o600).custom_flags(flags).open(path)?;
    // The file that was checked first may have been replaced since.
    check_kind(file.metadata())?;
    Ok(file)
}

fn check_kind(found: io::Result<fs::Metadata>) -> io::Result<()> {
    let kind = match found {
        Ok(found) if found.is_file() => return Ok(()),
        Ok(found) => found.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let what = if kind.is_symlink() { "it is a symbolic link" } else { "it is not a regular file" };
    Err(io::Error::new(io::ErrorKind::InvalidInput, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_added_is_not_taken_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let appended = |text: &str| {
            let mut file = OpenOptions::new().append(true).create(true).open(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            file
        };
        appended("BEFORE=1\n");
        let file = appended("part");
        take_back(&file, 9, 4).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "BEFORE=1\n");
        let file = appended("part");
        appended("AFTER=1\n");
        take_back(&file, 9, 4).unwrap_err();
        // Another's before: the bytes do not begin where the file ended when it was opened.
        take_back(&file, 0, 4).unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), "BEFORE=1\npartAFTER=1\n");
    }

    #[test]
    fn bytes_begin_where_the_file_ends_when_they_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut file = open(&path).unwrap();
        fs::write(&path, "BEFORE=1\n").unwrap();
        write(&mut file, b"KEY=value\n").unwrap();
        assert_eq!(file.stream_position().unwrap(), 19);
        assert_eq!(fs::read_to_string(&path).unwrap(), "BEFORE=1\nKEY=value\n");
    }
}
