//! The file that GITHUB_ENV names, which the runner reads after the step: pairs are added to it
//! whole or not at all.
//!
//! What the pairs are, and that their masks come first, is left to the caller.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::libc;
use signal_hook::consts::SIGXFSZ;

use crate::signals::{self, Held};

/// Refuses what holds no lines for the runner to read. What is not there yet is made later.
pub(super) fn check(path: &Path) -> io::Result<()> {
    check_kind(fs::symlink_metadata(path))
}

/// Adds these bytes to the file, which is made with mode 0600 where it does not exist. Where they
/// do not fit, none of them stay: the runner would take half a value for the whole, or read the
/// next step's lines as the rest of it.
pub(super) fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = open(path)?;
    // A signal that ended this process could cut the write short.
    let mut held = Held::ending()?;
    let (start, written, error) = match write(&mut file, bytes) {
        Ok(()) => return Ok(()),
        Err(stopped) => stopped,
    };
    let is_clean = written == 0 || take_back(&file, start, written).is_ok();
    // SIGXFSZ says what the error says. The others have their effect now.
    held.pending().into_iter().filter(|signal| *signal != SIGXFSZ).for_each(signals::act);
    let rest = if is_clean { "nothing was added" } else { "a part was added: remove it" };
    Err(io::Error::new(error.kind(), format!("{error}; {rest}")))
}

/// In one piece as a rule. Where it stops: where the bytes begin in the file, how many there are,
/// and why.
fn write(file: &mut File, bytes: &[u8]) -> Result<(), (u64, u64, io::Error)> {
    let (mut start, mut written) = (0, 0);
    while written < bytes.len() {
        match file.write(&bytes[written..]) {
            Ok(0) => return Err((start, written as u64, ErrorKind::WriteZero.into())),
            Ok(count) => {
                if written == 0 {
                    // The position is the end of what was just added, whoever else adds to the
                    // file.
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

/// Takes out what was added, unless somebody has added to the file since: that is not cut off.
fn take_back(file: &File, start: u64, written: u64) -> io::Result<()> {
    if file.metadata()?.len() != start + written {
        return Err(io::Error::other("it was added to"));
    }
    file.set_len(start)
}

/// No symbolic link is followed, and nothing but a regular file is taken.
fn open(path: &Path) -> io::Result<File> {
    check(path)?;
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY;
    let file =
        OpenOptions::new().append(true).create(true).mode(0o600).custom_flags(flags).open(path)?;
    // What was looked at first may have been exchanged since.
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
