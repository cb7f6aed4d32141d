//! New files that appear whole or not at all, however this process ends.
//!
//! A file has no name until it is complete (O_TMPFILE), so that nothing is left of it after a
//! signal, SIGKILL or a power cut. If the file system does not support this, a named file is used,
//! which is removed on every exit except SIGKILL. To replace another file it needs a name during
//! one rename, and no signal except SIGKILL ends this process during that time.
//!
//! The callers decide what the file is for, and handle other writers.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tempfile::{Builder, TempPath};

use crate::signals::{self, Held};

/// The start of the names of files that need a name before they are complete.
const PREFIX: &str = ".hydrant-";

/// How much is written between two checks for a signal.
const CHUNK: usize = 1 << 16;

/// A new file, with its folder.
pub(crate) struct NewFile {
    file: File,
    folder: PathBuf,
    /// Its name until it replaces another file, if it must be a specific one.
    meanwhile: Option<PathBuf>,
    /// Its name, if it needs one from the start. Removed before signals have their effect again:
    /// fields are dropped in order.
    name: Option<TempPath>,
    held: Option<Held>,
}

impl NewFile {
    /// A file in the folder of this path. The mode is subject to the umask.
    pub(crate) fn beside(path: &Path, mode: u32) -> io::Result<Self> {
        Self::new(folder_of(path), mode, None)
    }

    /// The same for a file that must have this name before it replaces another.
    pub(crate) fn named_meanwhile(meanwhile: &Path, mode: u32) -> io::Result<Self> {
        Self::new(folder_of(meanwhile), mode, Some(meanwhile.to_owned()))
    }

    fn new(folder: &Path, mode: u32, meanwhile: Option<PathBuf>) -> io::Result<Self> {
        match unnamed(folder, mode) {
            Some(file) => {
                Ok(NewFile { file, folder: folder.to_owned(), meanwhile, name: None, held: None })
            }
            None => Self::with_name(folder, mode, meanwhile),
        }
    }

    fn with_name(folder: &Path, mode: u32, meanwhile: Option<PathBuf>) -> io::Result<Self> {
        let held = Held::ending()?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(mode);
        let (file, name) = named(folder, meanwhile.as_deref(), |path| options.open(path))?;
        Ok(NewFile {
            file,
            folder: folder.to_owned(),
            meanwhile,
            name: Some(name),
            held: Some(held),
        })
    }

    /// Writes all of it, and waits until it is on the disk.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        for chunk in bytes.chunks(CHUNK) {
            self.file.write_all(chunk)?;
            let pending = self.held.as_mut().map(Held::pending).unwrap_or_default();
            if let Some(signal) = pending.into_iter().find(|signal| signals::ends(*signal)) {
                self.name = None;
                signals::act(signal);
            }
        }
        self.file.sync_all()
    }

    /// The file itself, to set its owner and its mode.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    pub(crate) fn set_permissions(&self, permissions: Permissions) -> io::Result<()> {
        self.file.set_permissions(permissions)?;
        self.file.sync_all()
    }

    /// Gives it this name. Never overwrites a file.
    pub(crate) fn name(mut self, path: &Path) -> io::Result<()> {
        match self.name.take() {
            Some(name) => name.persist_noclobber(path).map_err(|error| error.error),
            None => link(&self.file, path),
        }
    }

    /// Replaces the file of this name at once.
    pub(crate) fn replace(mut self, path: &Path) -> io::Result<()> {
        let _held = match self.held.take() {
            Some(held) => held,
            None => Held::ending()?,
        };
        let name = match self.name.take() {
            Some(name) => name,
            None => {
                named(&self.folder, self.meanwhile.as_deref(), |path| link(&self.file, path))?.1
            }
        };
        name.persist(path).map_err(|error| error.error)
    }

    /// Gives it this name, and replaces any existing file.
    pub(crate) fn put(self, path: &Path) -> io::Result<()> {
        match &self.name {
            None if link(&self.file, path).is_ok() => Ok(()),
            _ => self.replace(path),
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Creates something with an unused name: this one, or any.
fn named<T>(
    folder: &Path,
    name: Option<&Path>,
    mut make: impl FnMut(&Path) -> io::Result<T>,
) -> io::Result<(T, TempPath)> {
    match name {
        Some(name) => Ok((make(name)?, TempPath::try_from_path(name)?)),
        None => {
            let made = Builder::new().prefix(PREFIX).make_in(folder, make).map_err(|error| {
                // The name of the temporary file means nothing to a reader.
                let message = match error.kind() {
                    ErrorKind::NotFound => "its folder does not exist".to_owned(),
                    kind => format!("no file can be created in its folder ({kind})"),
                };
                io::Error::new(error.kind(), message)
            });
            made.map(tempfile::NamedTempFile::into_parts)
        }
    }
}

/// An unnamed file that can be given a name; `None` if that is not supported. If the folder has a
/// problem, the next attempt reports it.
#[cfg(target_os = "linux")]
fn unnamed(folder: &Path, mode: u32) -> Option<File> {
    let flags = nix::libc::O_TMPFILE;
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .mode(mode)
        .custom_flags(flags)
        .open(folder)
        .ok()?;
    // Without /proc it could not be given a name.
    fs::symlink_metadata(handle(&file)).is_ok().then_some(file)
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_: &Path, _: u32) -> Option<File> {
    None
}

/// The system's name for an open file.
fn handle(file: &File) -> PathBuf {
    use std::os::fd::AsRawFd;
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

/// Gives an unnamed file a name. It is an error if another file has it.
fn link(file: &File, path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    Ok(linkat(CWD, handle(file), CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    type Make = fn(&Path, Option<&Path>) -> io::Result<NewFile>;

    /// Both ways. The second one is for file systems without unnamed files.
    const WAYS: [Make; 2] = [
        |folder, meanwhile| NewFile::new(folder, 0o600, meanwhile.map(Path::to_owned)),
        |folder, meanwhile| NewFile::with_name(folder, 0o600, meanwhile.map(Path::to_owned)),
    ];

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = entries.collect();
        names.sort();
        names
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_is_whole_and_private_from_the_first_moment_that_it_has_its_name() {
        for make in WAYS {
            let folder = tempfile::tempdir().unwrap();
            let (path, other) = (folder.path().join("path"), folder.path().join("other"));
            let text = "hunter2".repeat(CHUNK);
            let mut new = make(folder.path(), None).unwrap();
            new.write(text.as_bytes()).unwrap();
            assert!(!path.exists());
            new.name(&path).unwrap();
            assert_eq!((fs::read_to_string(&path).unwrap() == text, mode(&path)), (true, 0o600));

            fs::write(&other, "someone's").unwrap();
            let error = make(folder.path(), None).unwrap().name(&other).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::AlreadyExists);
            assert_eq!(fs::read_to_string(&other).unwrap(), "someone's");

            for put in [NewFile::replace, NewFile::put] {
                let mut new = make(folder.path(), None).unwrap();
                new.write(b"ours").unwrap();
                put(new, &other).unwrap();
                assert_eq!(
                    (fs::read_to_string(&other).unwrap().as_str(), mode(&other)),
                    ("ours", 0o600)
                );
                fs::write(&other, "someone's").unwrap();
            }
            make(folder.path(), None).unwrap().put(&folder.path().join("third")).unwrap();
            assert_eq!(names(folder.path()), ["other", "path", "third"]);
        }
    }

    #[test]
    fn nothing_is_left_of_what_is_given_up_or_cannot_be_put_into_place() {
        for make in WAYS {
            let folder = tempfile::tempdir().unwrap();
            let (path, meanwhile) = (folder.path().join("path"), folder.path().join("path.new"));
            fs::create_dir(&path).unwrap();
            drop(make(folder.path(), None).unwrap());
            make(folder.path(), None).unwrap().replace(&path).unwrap_err();
            make(folder.path(), Some(&meanwhile)).unwrap().put(&path).unwrap_err();
            assert_eq!(names(folder.path()), ["path"]);
        }
    }

    #[test]
    fn the_name_of_another_is_not_taken_meanwhile() {
        for make in WAYS {
            let folder = tempfile::tempdir().unwrap();
            let (path, meanwhile) = (folder.path().join("path"), folder.path().join("path.new"));
            fs::write(&path, "old").unwrap();
            fs::write(&meanwhile, "someone's").unwrap();
            let made = make(folder.path(), Some(&meanwhile)).and_then(|new| new.replace(&path));
            assert_eq!(made.unwrap_err().kind(), ErrorKind::AlreadyExists);
            assert_eq!(fs::read_to_string(&meanwhile).unwrap(), "someone's");
            assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn it_has_no_name_before_it_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let mut new = NewFile::beside(&folder.path().join("path"), 0o600).unwrap();
        new.write(b"hunter2").unwrap();
        assert_eq!(names(folder.path()), [""; 0]);
    }
}
