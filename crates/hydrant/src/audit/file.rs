//! The file of the audit log: a regular file, private to its owner when it is created, to which
//! whole lines are appended.
//!
//! Several processes may append at once: each record is written at the end of the file (`O_APPEND`)
//! under an advisory lock. A file that holds anything but records is never appended to: a line in
//! it might be run by a shell.

use std::fs::{File, TryLockError};
use std::io::{Error, ErrorKind, Result, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::record;

/// Others hold the lock for as long as one write takes; whoever holds it longer is not hydrant.
const LOCK_LIMIT: Duration = Duration::from_secs(5);
const LOCK_PAUSE: Duration = Duration::from_millis(2);

/// Which file it is, by who named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LogPath {
    /// Whoever starts the program did: any file.
    Given(PathBuf),
    /// The manifest did, which may be a stranger's: below its folder, with no symbolic link on the
    /// way. The manifest's check has refused `..` and everything else that leads out of the folder
    /// by its words alone.
    OfManifest { folder: PathBuf, file: PathBuf },
}

impl LogPath {
    /// The path for messages.
    pub(super) fn shown(&self) -> PathBuf {
        match self {
            LogPath::Given(path) => path.clone(),
            LogPath::OfManifest { folder, file } => folder.join(file),
        }
    }
}

/// Opens the file, or creates it with mode 0600. No symbolic link is followed as its last part, and
/// nothing but a regular file is taken: a FIFO or a device keeps no record.
pub(super) fn open(path: &LogPath) -> Result<File> {
    match path {
        LogPath::Given(path) => open_in(CWD, path),
        LogPath::OfManifest { folder, file } => {
            let folder = folder_of(folder, file)?;
            open_in(folder.as_fd(), Path::new(file.file_name().unwrap_or_default()))
        }
    }
}

/// The folder that a path below another leads to, part by part: the working of `openat2` with
/// `RESOLVE_BENEATH` and `RESOLVE_NO_SYMLINKS`, on every system.
fn folder_of(folder: &Path, below: &Path) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let start = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut folder = rustix::fs::open(start, flags, Mode::empty()).map_err(no_folder)?;
    for part in below.parent().unwrap_or(Path::new("")).components() {
        folder =
            rustix::fs::openat(&folder, part.as_os_str(), flags | OFlags::NOFOLLOW, Mode::empty())
                .map_err(no_folder)?;
    }
    Ok(folder)
}

fn no_folder(error: Errno) -> Error {
    match error {
        Errno::NOENT => Error::new(ErrorKind::NotFound, "its folder does not exist"),
        Errno::LOOP | Errno::NOTDIR => Error::new(
            ErrorKind::InvalidInput,
            "a part of its path is a symbolic link, or not a folder",
        ),
        error => error.into(),
    }
}

fn open_in(folder: BorrowedFd<'_>, name: &Path) -> Result<File> {
    if let Ok(found) = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        check_type(FileType::from_raw_mode(found.st_mode))?;
    }
    // Read too, to see whether it is a log and whether the last record is whole.
    let flags = OFlags::RDWR
        | OFlags::APPEND
        | OFlags::NOFOLLOW
        | OFlags::NONBLOCK
        | OFlags::NOCTTY
        | OFlags::CLOEXEC;
    let existing = || rustix::fs::openat(folder, name, flags, Mode::empty());
    let new = || {
        rustix::fs::openat(folder, name, flags | OFlags::CREATE | OFlags::EXCL, Mode::from(0o600))
    };
    let file = match existing() {
        Err(Errno::NOENT) => match new() {
            Ok(file) => {
                keep_name(folder, name);
                Ok(file)
            }
            // Another process was faster.
            Err(Errno::EXIST) => existing(),
            Err(Errno::NOENT) => {
                return Err(Error::new(ErrorKind::NotFound, "its folder does not exist"));
            }
            Err(error) => Err(error),
        },
        opened => opened,
    }?;
    // What was looked at first may have been exchanged since.
    check_type(FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode))?;
    let file = File::from(file);
    check_content(&file)?;
    Ok(file)
}

fn check_type(found: FileType) -> Result<()> {
    let refused = |what| Err(Error::new(ErrorKind::InvalidInput, what));
    match found {
        FileType::RegularFile => Ok(()),
        FileType::Symlink => refused("it is a symbolic link"),
        FileType::Directory => refused("it is a directory"),
        _ => refused("it is not a regular file"),
    }
}

/// An empty file will do, and one that begins with a record.
fn check_content(file: &File) -> Result<()> {
    let mut start = [0; record::START_LENGTH];
    let mut length = 0;
    while length < start.len() {
        match file.read_at(&mut start[length..], length as u64) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if length == 0 || record::is_start(&start[..length]) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidInput, "it is neither empty nor an audit log of hydrant"))
}

/// Puts the new name in its folder on disk, where the system can: not every folder may be opened,
/// nor every one synced.
fn keep_name(folder: BorrowedFd<'_>, name: &Path) {
    let parent =
        name.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    if let Ok(parent) = rustix::fs::openat(folder, parent, flags, Mode::empty()) {
        _ = rustix::fs::fsync(parent);
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

/// One write; a part of a record, as a full disk leaves it, is taken away again. Where it cannot be
/// (an append-only file), or was left by a process that was killed, the next record begins on a
/// line of its own.
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
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// Lines as long as the start of a record, since anything else is refused.
    const ONE: &str = "{\"time\":\"2026-01-02T03:04:05.678Z\",\"id\":\"4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab\",\"event\":\"one\n";

    fn open(path: &Path) -> Result<File> {
        super::open(&LogPath::Given(path.to_owned()))
    }

    fn text(path: &Path) -> String {
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_new_file_is_private_and_an_old_one_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        append(&open(&path).unwrap(), ONE.as_bytes()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        append(&open(&path).unwrap(), b"two\n").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(text(&path), format!("{ONE}two\n"));
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
        rustix::fs::mknodat(
            rustix::fs::CWD,
            path("fifo"),
            rustix::fs::FileType::Fifo,
            Mode::from(0o600),
            0,
        )
        .unwrap();
        check(&path("link"), "it is a symbolic link");
        check(&path("dangling"), "it is a symbolic link");
        check(folder.path(), "it is a directory");
        check(&path("fifo"), "it is not a regular file");
        check(Path::new("/dev/null"), "it is not a regular file");
        check(&path("no/audit.jsonl"), "its folder does not exist");
        check(&aim.join("audit.jsonl"), "Not a directory (os error 20)");
        assert_eq!(text(&aim), "as it was");
        assert!(!path("nothing").exists());
    }

    #[test]
    fn a_torn_record_stays_on_a_line_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        fs::write(&path, format!("{ONE}tor")).unwrap();
        append(&open(&path).unwrap(), b"next\n").unwrap();
        append(&open(&path).unwrap(), b"last\n").unwrap();
        assert_eq!(text(&path), format!("{ONE}tor\nnext\nlast\n"));
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

    #[test]
    fn a_file_with_anything_but_records_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let check = |content: &str, is_log: bool| {
            fs::write(&path, content).unwrap();
            let opened = open(&path).map(|_| ()).map_err(|error| error.to_string());
            let refused = Err("it is neither empty nor an audit log of hydrant".to_owned());
            assert_eq!(opened, if is_log { Ok(()) } else { refused }, "{content}");
            assert_eq!(text(&path), content);
        };
        check("", true);
        check(ONE, true);
        // As a full disk or a kill leaves the first record of a log.
        check(&ONE[..30], true);
        check(&format!("{}\n{ONE}", &ONE[..30]), true);
        check("\n", false);
        check("alias ll='ls -l'\n", false);
        check("{\n  \"time\": 1\n}\n", false);
        check("{\"time\":\"now\"}\n", false);
        check(&ONE.replace("event", "other"), false);
        check(&format!("# {ONE}"), false);
        check("\u{feff}", false);
    }

    #[test]
    fn a_path_of_the_manifest_follows_no_link() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("real/deeper")).unwrap();
        symlink(outside.path(), path("out")).unwrap();
        symlink(path("real"), path("inner")).unwrap();
        symlink(folder.path(), outside.path().join("manifests")).unwrap();
        let below = |file: &str| LogPath::OfManifest {
            folder: folder.path().to_owned(),
            file: file.into(),
        };
        let check = |file: &str, expected: &str| {
            assert_eq!(super::open(&below(file)).unwrap_err().to_string(), expected, "{file}");
        };
        check("out/a.jsonl", "a part of its path is a symbolic link, or not a folder");
        check("inner/a.jsonl", "a part of its path is a symbolic link, or not a folder");
        check("real/deeper/none/a.jsonl", "its folder does not exist");
        symlink(outside.path().join("a.jsonl"), path("link.jsonl")).unwrap();
        check("link.jsonl", "it is a symbolic link");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1, "nothing was made outside");
        for file in ["a.jsonl", "./b.jsonl", "real/deeper/c.jsonl"] {
            append(&super::open(&below(file)).unwrap(), ONE.as_bytes()).unwrap();
            assert_eq!(text(&path(file)), ONE);
        }
        // Where the manifest itself is found through a link, that is the caller's doing.
        let folder = outside.path().join("manifests");
        super::open(&LogPath::OfManifest { folder, file: "d.jsonl".into() }).unwrap();
        assert!(path("d.jsonl").is_file());
    }
}
