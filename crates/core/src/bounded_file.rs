//! The only way in which hydrant reads a file by its path: only regular files, and never more than
//! a limit.
//!
//! A FIFO without a writer never ends, and neither does a device such as `/dev/zero`. A file may be
//! much larger than expected. The caller passes the limit of each kind of file. A file system that
//! does not respond blocks here: calls that may wait for one belong on a thread that is abandoned
//! at the deadline. A FIFO is only opened for a caller that wants one, reads within its own limit,
//! and stops at the deadline.

use std::fs::{File, FileType, Metadata};
use std::io::{Error, ErrorKind, Read, Result};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

/// One KiB, for limits.
pub const KIB: u64 = 1 << 10;

/// One MiB, for limits.
pub const MIB: u64 = 1 << 20;

/// The bytes of a regular file, or of one that a symbolic link points to.
///
/// # Errors
///
/// The system's error. [`ErrorKind::IsADirectory`] and [`ErrorKind::InvalidInput`] for anything but
/// a regular file. [`ErrorKind::FileTooLarge`] for a file larger than the limit, even if it grows
/// while it is read.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    // Check before opening: opening a FIFO would unblock its writer.
    check(&std::fs::metadata(path)?, Kinds::Regular)?;
    let file = open(path, OFlags::NONBLOCK)?;
    let found = file.metadata()?;
    check(&found, Kinds::Regular)?;
    read_open(&file, found.len(), limit)
}

/// Opens a regular file or a FIFO, such as `<(command)` makes. A FIFO blocks until somebody opens
/// it to write, and each read of it blocks too.
///
/// # Errors
///
/// The system's error. [`ErrorKind::IsADirectory`] and [`ErrorKind::InvalidInput`] for everything
/// else.
pub fn open_to_wait(path: &Path) -> Result<File> {
    let found = std::fs::metadata(path)?;
    check(&found, Kinds::RegularOrFifo)?;
    let waits = if found.file_type().is_fifo() { OFlags::empty() } else { OFlags::NONBLOCK };
    let file = open(path, waits)?;
    check(&file.metadata()?, Kinds::RegularOrFifo)?;
    Ok(file)
}

/// With [`OFlags::NONBLOCK`] it never waits, even if the file has become a FIFO since it was
/// checked, or if another program holds a lease on it.
fn open(path: &Path, waits: OFlags) -> Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | waits;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

/// The text of a regular file.
///
/// # Errors
///
/// Those of [`read`], and [`ErrorKind::InvalidData`] for anything but UTF-8.
pub fn read_text(path: &Path, limit: u64) -> Result<String> {
    let bytes = read(path, limit)?;
    String::from_utf8(bytes).map_err(|_| Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
}

fn read_open(file: &File, length: u64, limit: u64) -> Result<Vec<u8>> {
    if length > limit {
        return Err(too_large(limit));
    }
    // One byte more, so that the buffer does not grow to find the end: growing leaves copies in
    // memory.
    let mut bytes = Vec::with_capacity(usize::try_from(length + 1).unwrap_or_default());
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(too_large(limit));
    }
    Ok(bytes)
}

/// Which kinds of file a caller accepts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kinds {
    Regular,
    RegularOrFifo,
}

fn check(found: &Metadata, kinds: Kinds) -> Result<()> {
    let kind = found.file_type();
    if kind.is_dir() {
        return Err(Error::new(ErrorKind::IsADirectory, "it is a directory"));
    }
    if kind.is_file() || kinds == Kinds::RegularOrFifo && kind.is_fifo() {
        return Ok(());
    }
    let taken = if kinds == Kinds::Regular { "a regular file" } else { "a regular file or a pipe" };
    Err(Error::new(ErrorKind::InvalidInput, format!("it is {}, not {taken}", name(kind))))
}

fn name(kind: FileType) -> &'static str {
    if kind.is_fifo() {
        "a FIFO"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

fn too_large(limit: u64) -> Error {
    let limit = if limit.is_multiple_of(MIB) {
        format!("{} MiB", limit / MIB)
    } else {
        format!("{} KiB", limit / KIB)
    };
    Error::new(ErrorKind::FileTooLarge, format!("it is larger than {limit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: impl AsRef<Path>, expected: &str) {
        let path = path.as_ref();
        assert_eq!(read(path, 4 * KIB).unwrap_err().to_string(), expected, "{}", path.display());
    }

    #[test]
    fn only_regular_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        rustix::fs::mknodat(
            rustix::fs::CWD,
            path("fifo"),
            rustix::fs::FileType::Fifo,
            Mode::from(0o600),
            0,
        )
        .unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", path("link")).unwrap();
        std::os::unix::fs::symlink("loop", path("loop")).unwrap();
        check(folder.path(), "it is a directory");
        check(path("fifo"), "it is a FIFO, not a regular file");
        check(path("socket"), "it is a socket, not a regular file");
        check(path("link"), "it is a device, not a regular file");
        check("/dev/null", "it is a device, not a regular file");
        check(path("loop"), "Too many levels of symbolic links (os error 40)");
        check(path("nothing"), "No such file or directory (os error 2)");
    }

    #[test]
    fn the_limit_counts_every_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, [b'x'; 4096]).unwrap();
        assert_eq!(read(&path, 4 * KIB).unwrap().len(), 4096);
        std::fs::write(&path, [b'x'; 4097]).unwrap();
        check(&path, "it is larger than 4 KiB");
        let sparse = File::create(&path).unwrap();
        sparse.set_len(1 << 40).unwrap();
        check(&path, "it is larger than 4 KiB");
        assert_eq!(read(&path, 2 * MIB).unwrap_err().to_string(), "it is larger than 2 MiB");
        assert_eq!(read(&path, 2 * MIB).unwrap_err().kind(), ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_fifo_is_opened_for_who_waits_for_it() {
        fn opened(path: &Path) -> String {
            open_to_wait(path).unwrap_err().to_string()
        }
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        rustix::fs::mknodat(
            rustix::fs::CWD,
            path("fifo"),
            rustix::fs::FileType::Fifo,
            Mode::from(0o600),
            0,
        )
        .unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        assert_eq!(opened(folder.path()), "it is a directory");
        assert_eq!(opened(&path("socket")), "it is a socket, not a regular file or a pipe");
        assert_eq!(opened(Path::new("/dev/zero")), "it is a device, not a regular file or a pipe");
        assert_eq!(opened(&path("nothing")), "No such file or directory (os error 2)");
        let fifo = path("fifo");
        let writer = std::thread::spawn(move || std::fs::write(fifo, "value"));
        let mut text = String::new();
        open_to_wait(&path("fifo")).unwrap().read_to_string(&mut text).unwrap();
        writer.join().unwrap().unwrap();
        assert_eq!(text, "value");
    }

    /// Its reported length is 0. A file that another program writes to also has more bytes than
    /// reported.
    #[test]
    fn a_file_that_is_longer_than_it_says_is_limited_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, [b'x'; 5000]).unwrap();
        let grown = read_open(&File::open(&path).unwrap(), 3, 4 * KIB);
        assert_eq!(grown.unwrap_err().to_string(), "it is larger than 4 KiB");
        assert_eq!(read_open(&File::open(&path).unwrap(), 3, 5 * KIB).unwrap().len(), 5000);
        #[cfg(target_os = "linux")]
        check("/proc/kallsyms", "it is larger than 4 KiB");
    }

    #[test]
    fn a_text_is_utf_8() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "é").unwrap();
        assert_eq!(read_text(&path, KIB).unwrap(), "é");
        std::fs::write(&path, b"\xff").unwrap();
        assert_eq!(read_text(&path, KIB).unwrap_err().to_string(), "it is not UTF-8");
    }
}
