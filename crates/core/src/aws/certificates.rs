//! Certificates in the files and folders that `SSL_CERT_FILE` and `SSL_CERT_DIR` name, read within
//! limits.
//!
//! `rustls-native-certs`, which reads those of the system, takes any file of any size from these
//! variables.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fmt::Display;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::bounded_file;
use crate::shown;

/// The most bytes of a file of certificates: all the authorities of a system have a tenth of it.
pub(super) const LIMIT: u64 = 4 * bounded_file::MIB;

/// The most bytes of all the files together.
const LIMIT_OF_ALL: u64 = 16 * bounded_file::MIB;

/// The most names that are looked at in a folder.
const MOST_NAMES: usize = 10_000;

/// What was found, and why some of it was not read.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) certificates: Vec<CertificateDer<'static>>,
    pub(super) first_error: Option<String>,
    /// How many files and certificates could not be read.
    pub(super) unread: usize,
    /// Each file once: a folder has several links to each.
    seen: HashSet<(u64, u64)>,
    bytes: u64,
}

/// The certificates of a file, and of the folders in a list with colons.
pub(super) fn read(file: Option<&Path>, folders: Option<&OsStr>) -> Found {
    let mut found = Found::default();
    if let Some(file) = file {
        found.file(file);
    }
    let folders = folders.unwrap_or_default().as_bytes().split(|byte| *byte == b':');
    for folder in
        folders.filter(|path| !path.is_empty()).map(|path| Path::new(OsStr::from_bytes(path)))
    {
        match names(folder) {
            Ok(paths) => paths.iter().for_each(|path| found.file(path)),
            Err(error) => found.fail(folder, error),
        }
    }
    found.certificates.sort_unstable_by(|one, other| one.as_ref().cmp(other.as_ref()));
    found.certificates.dedup();
    found
}

/// The regular files of a folder.
fn names(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for (count, entry) in fs::read_dir(folder)?.enumerate() {
        if count == MOST_NAMES {
            return Err(std::io::Error::other(format!("it has more than {MOST_NAMES} files")));
        }
        let path = entry?.path();
        // A link to nowhere, and what is not a certificate's file, are left alone.
        if fs::metadata(&path).is_ok_and(|found| found.is_file()) {
            paths.push(path);
        }
    }
    Ok(paths)
}

impl Found {
    fn file(&mut self, path: &Path) {
        if let Ok(found) = fs::metadata(path)
            && !self.seen.insert((found.dev(), found.ino()))
        {
            return;
        }
        let left = LIMIT_OF_ALL - self.bytes;
        let pem = match bounded_file::read(path, LIMIT.min(left)) {
            Ok(pem) => pem,
            Err(error) if error.kind() == ErrorKind::FileTooLarge && left < LIMIT => {
                return self.fail(path, "the files together are larger than 16 MiB");
            }
            Err(error) => return self.fail(path, error),
        };
        self.bytes += pem.len() as u64;
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            match certificate {
                Ok(certificate) => self.certificates.push(certificate),
                Err(error) => self.fail(path, error),
            }
        }
    }

    fn fail(&mut self, path: &Path, what: impl Display) {
        self.unread += 1;
        self.first_error.get_or_insert_with(|| format!("{}: {what}", shown::path(path)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

    #[test]
    fn a_folder_gives_each_file_once_and_waits_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("one.pem"), PEM).unwrap();
        std::os::unix::fs::symlink("one.pem", path("1a2b3c4d.0")).unwrap();
        std::os::unix::fs::symlink("nothing", path("dangling")).unwrap();
        let fifo = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, path("fifo"), fifo, rustix::fs::Mode::from(0o600), 0)
            .unwrap();
        let found = read(None, Some(folder.path().as_os_str()));
        assert_eq!((found.certificates.len(), found.unread), (1, 0));
        fs::File::create(path("large.pem")).unwrap().set_len(1 << 34).unwrap();
        let found = read(None, Some(folder.path().as_os_str()));
        let expected = format!("{}: it is larger than 4 MiB", path("large.pem").display());
        assert_eq!((found.first_error, found.unread), (Some(expected), 1));
    }

    #[test]
    fn a_file_that_is_none_is_told() {
        let check = |path: &str, expected: &str| {
            let found = read(Some(Path::new(path)), None);
            assert_eq!(found.first_error, Some(format!("{path}: {expected}")));
        };
        check("/nothing", "No such file or directory (os error 2)");
        check("/dev/zero", "it is a device, not a regular file");
        check("/", "it is a directory");
    }
}
