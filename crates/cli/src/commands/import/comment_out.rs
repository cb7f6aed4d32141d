//! Removes the imported settings from an env file: writes a backup first, then replaces the old
//! file with the new one at once.
//!
//! [`prepare`] runs before anything is written to AWS, so that problems are reported first. A line
//! with a value is not kept as a comment, since the comment would keep the value.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io;
use std::ops::RangeInclusive;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use hydrant_core::shown;
use hydrant_core::{EnvFile, bounded_file};
use zeroize::Zeroizing;

use super::backup::{self, Backup};
use crate::failure::Failure;
use crate::files::ignored::{Git, NotIgnored};
use crate::files::new_file::NewFile;
use crate::files::rewrite::Lock;

/// An env file whose settings can be removed. Until it is dropped no other hydrant rewrites the
/// file.
pub(crate) struct Prepared {
    /// As it was named.
    path: PathBuf,
    /// The file itself, if the name is a symbolic link.
    file: PathBuf,
    backup: PathBuf,
    unfinished: PathBuf,
    /// The previous content.
    contents: Contents,
    _lock: Lock,
}

/// What an env file holds.
struct Contents {
    bytes: Zeroizing<Vec<u8>>,
    env_file: EnvFile,
}

/// The number of attempts on a file that others write meanwhile.
const ATTEMPTS: usize = 10;

/// What was removed from an env file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TakenOut {
    /// Each removed setting, in the order of the file: its variable and its line numbers, from 1. A
    /// variable that was set several times is listed as often.
    pub(crate) settings: Vec<(String, RangeInclusive<usize>)>,
    /// The file as it was, with mode 0600; `None` if nothing was removed and nothing written.
    pub(crate) backup: Option<PathBuf>,
}

/// A manifest may be untrusted, so it can only name a file below its own folder for rewriting,
/// whatever links say.
pub(super) fn check_beside(manifest: &Path, path: &Path) -> Result<(), Failure> {
    let folder =
        manifest.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |source| failed(path, "be rewritten", source);
    if path.canonicalize().map_err(failed)?.starts_with(folder.canonicalize().map_err(failed)?) {
        return Ok(());
    }
    let hint =
        format!("name it on the command line: hydrant import {} --comment-out", shown::path(path));
    Err(refused(path, "the manifest names it, and it is not in the manifest's folder", Some(&hint)))
}

/// Checks that the file can be rewritten and that git would ignore the backup. Writes nothing that
/// stays.
pub(crate) fn prepare(path: &Path) -> Result<Prepared, Failure> {
    prepare_with(path, &Git::of_process(), SystemTime::now())
}

fn prepare_with(path: &Path, git: &Git, now: SystemTime) -> Result<Prepared, Failure> {
    let failed = |source| failed(path, "be rewritten", source);
    let file = path.canonicalize().map_err(failed)?;
    if !fs::metadata(&file).map_err(failed)?.is_file() {
        return Err(refused(path, "it is not a regular file", None));
    }
    let lock = Lock::of(path).map_err(failed)?;
    let file = lock.target().to_owned();
    let metadata = fs::metadata(&file).map_err(failed)?;
    if metadata.nlink() > 1 {
        let hint = "remove the other name, or remove the lines by hand";
        return Err(refused(
            path,
            "it has another name (a hard link), which would keep the values",
            Some(hint),
        ));
    }
    // A file that must not be written must not be replaced either.
    OpenOptions::new().append(true).open(&file).map_err(failed)?;
    let bytes = Zeroizing::new(bounded_file::read(&file, EnvFile::LIMIT).map_err(failed)?);
    let env_file = EnvFile::of_bytes(path, &bytes).map_err(hydrant::Error::EnvFile)?;
    let contents = Contents { bytes, env_file };

    // The real path of a file ends in a name and begins with a folder.
    let folder = file.parent().unwrap_or(Path::new("/")).to_owned();
    let name = backup::name(&folder, file.file_name().unwrap_or_default(), now);
    let unfinished = backup::unfinished(&name);
    for name in [&name, &unfinished] {
        git.ignores(&folder, name).map_err(|reason| not_ignored(path, name, reason))?;
    }
    let prepared = Prepared {
        path: path.to_owned(),
        file,
        backup: folder.join(name),
        unfinished: folder.join(unfinished),
        contents,
        _lock: lock,
    };
    // Checks that files can be created in the folder, with the same owner.
    let new = NewFile::named_meanwhile(&prepared.unfinished, 0o600).map_err(failed)?;
    backup::take_after(&new, &metadata).map_err(failed)?;
    Ok(prepared)
}

impl Prepared {
    /// The file's settings, as they were read to prepare. Import from these, so that the removed
    /// values are the written ones.
    pub(crate) fn env_file(&self) -> &EnvFile {
        &self.contents.env_file
    }

    /// Writes the backup, and replaces every setting of these variables with a comment.
    ///
    /// What an editor wrote meanwhile stays, as long as these variables have the imported values.
    /// Whatever happens, the env file is the old one or the new one, and the backup exists before
    /// the new one does. On failure the env file is unchanged.
    pub(crate) fn take_out(&self, variables: &[&str]) -> Result<TakenOut, Failure> {
        let failed = |source| {
            let path = shown::path(&self.path);
            Failure::File {
                doing: format!(
                    "remove the imported settings from {path} (hydrant did not change it)"
                ),
                source,
            }
        };
        for _ in 0..ATTEMPTS {
            let now = self.now(variables).map_err(failed)?;
            let taken = now
                .env_file
                .settings()
                .iter()
                .filter(|setting| variables.contains(&setting.name.as_str()));
            let settings: Vec<_> =
                taken.map(|setting| (setting.name.clone(), setting.lines.clone())).collect();
            if settings.is_empty() {
                return Ok(TakenOut { settings, backup: None });
            }
            let left = now.without(&self.path, variables)?;
            if self.write(&now.bytes, &left).map_err(failed)? {
                return Ok(TakenOut { settings, backup: Some(self.backup.clone()) });
            }
        }
        Err(failed(changed()))
    }

    /// The current content of the file, if these variables still have their values, or are gone.
    fn now(&self, variables: &[&str]) -> io::Result<Contents> {
        let bytes = self.bytes()?;
        let env_file = EnvFile::of_bytes(&self.path, &bytes).map_err(|_| changed())?;
        let (before, after) = (&self.contents.env_file, &env_file);
        if variables
            .iter()
            .any(|name| after.get(name).is_some() && after.get(name) != before.get(name))
        {
            return Err(changed());
        }
        Ok(Contents { bytes, env_file })
    }

    /// The bytes of the file, if the name still leads to it.
    fn bytes(&self) -> io::Result<Zeroizing<Vec<u8>>> {
        if self.path.canonicalize()? != self.file || !fs::metadata(&self.file)?.is_file() {
            return Err(changed());
        }
        Ok(Zeroizing::new(bounded_file::read(&self.file, EnvFile::LIMIT)?))
    }

    /// Replaces the old file with the new one, if it holds these bytes. Returns whether it did.
    fn write(&self, before: &[u8], left: &[u8]) -> io::Result<bool> {
        let mut new = NewFile::named_meanwhile(&self.unfinished, 0o600)?;
        new.write(left)?;
        // From here on no signal interrupts.
        let backup = Backup::write(&self.backup, before)?;
        // As late as possible: what is written to the file after this would be lost.
        if *self.bytes()? != before {
            return Ok(false);
        }
        backup::take_after(&new, &fs::metadata(&self.file)?)?;
        new.replace(&self.file)?;
        // The file is replaced, whether or not the disk knows it yet.
        _ = backup::sync_folder(&self.file);
        backup.keep()?;
        Ok(true)
    }
}

impl Contents {
    /// The text without these variables. It is parsed again to make sure that no other setting
    /// changed.
    fn without(&self, path: &Path, variables: &[&str]) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let comments = self
            .env_file
            .settings()
            .iter()
            .filter(|setting| variables.contains(&setting.name.as_str()));
        let comments: Vec<_> =
            comments.map(|setting| (setting.bytes.clone(), comment(&setting.name))).collect();
        // It never grows, so that no copy of the other values is left behind.
        let room =
            self.bytes.len() + comments.iter().map(|(_, comment)| comment.len()).sum::<usize>();
        let mut left = Zeroizing::new(Vec::with_capacity(room));
        let mut kept_to = 0;
        for (bytes, comment) in &comments {
            left.extend_from_slice(&self.bytes[kept_to..bytes.start]);
            left.extend_from_slice(comment.as_bytes());
            kept_to = bytes.end;
        }
        left.extend_from_slice(&self.bytes[kept_to..]);

        let read = EnvFile::of_bytes(path, &left);
        let others: Vec<_> =
            self.env_file.iter().filter(|(name, _)| !variables.contains(name)).collect();
        if read.is_ok_and(|read| read.iter().eq(others)) {
            Ok(left)
        } else {
            Err(Failure::Internal(
                "the rewritten env file would not parse to the same values".to_owned(),
            ))
        }
    }
}

fn changed() -> io::Error {
    io::Error::other("it was changed meanwhile")
}

/// The comment that replaces a setting.
fn comment(variable: &str) -> String {
    format!("# {variable}: in AWS, set by hydrant")
}

fn failed(path: &Path, what: &str, source: io::Error) -> Failure {
    Failure::File { doing: format!("check whether {} can {what}", shown::path(path)), source }
}

fn refused(path: &Path, reason: &str, hint: Option<&str>) -> Failure {
    Failure::Usage {
        text: format!("--comment-out does not rewrite {}: {reason}", shown::path(path)),
        hint: hint.map(str::to_owned),
    }
}

fn not_ignored(path: &Path, name: &OsStr, reason: NotIgnored) -> Failure {
    let name = shown::path(Path::new(name));
    match reason {
        NotIgnored::Seen => refused(
            path,
            &format!("git would not ignore its backup {name}, which holds the values"),
            Some(&format!("add the line {} to .gitignore", backup::PATTERN)),
        ),
        NotIgnored::Unknown(reason) => refused(
            path,
            &format!(
                "failed to find out whether git would ignore its backup {name}, which holds the values: {reason}"
            ),
            Some("make sure that `git status` works there, or remove the lines by hand"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;
    use crate::files::ignored::tests::{Repository, git};

    const BEFORE: &str = "\u{feff}# ours\r\nREGION=eu-west-1\r\n  export KEY='one\r\n\r\ntwo' # hunter2\r\nKEY=hunter3\rOTHER=4 # kept";
    const AFTER: &str = "\u{feff}# ours\r\nREGION=eu-west-1\r\n  # KEY: in AWS, set by hydrant\r\n# KEY: in AWS, set by hydrant\rOTHER=4 # kept";

    /// A folder that is not in a repository, with an env file.
    fn folder(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    fn prepared(path: &Path) -> Result<Prepared, Failure> {
        prepare_with(path, &git(), SystemTime::UNIX_EPOCH)
    }

    fn names(folder: &Path) -> Vec<OsString> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    }

    #[track_caller]
    fn assert_refused(path: &Path, expected: &str) {
        match prepared(path).err() {
            Some(Failure::Usage { text, .. }) => assert!(text.contains(expected), "{text}"),
            other => panic!("{other:?}"),
        }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn settings_become_comments_and_the_rest_stays_as_it_is() {
        let (folder, path) = folder(BEFORE);
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let prepared = prepared(&path).unwrap();
        assert_eq!(names(folder.path()), [".env"], "nothing that stays");
        let taken = prepared.take_out(&["KEY", "ABSENT"]).unwrap();
        assert_eq!(taken.settings, [("KEY".to_owned(), 3..=5), ("KEY".to_owned(), 6..=6)]);
        assert_eq!(fs::read_to_string(&path).unwrap(), AFTER);
        assert_eq!(mode(&path), 0o640);
        let backup = taken.backup.unwrap();
        assert_eq!(backup.file_name().unwrap(), ".env.hydrant-backup-19700101T000000Z");
        assert_eq!(fs::read_to_string(&backup).unwrap(), BEFORE);
        assert_eq!(mode(&backup), 0o600);
        assert_eq!(names(folder.path()).len(), 2);
    }

    #[test]
    fn without_a_setting_nothing_is_written() {
        let (folder, path) = folder("OTHER=1\n");
        let taken = prepared(&path).unwrap().take_out(&["KEY"]).unwrap();
        assert_eq!(taken, TakenOut { settings: Vec::new(), backup: None });
        assert_eq!(names(folder.path()), [".env"]);
    }

    #[test]
    fn a_link_stays_one_and_its_file_is_rewritten() {
        let (folder, path) = folder("KEY=hunter2\n");
        let link = folder.path().join("link");
        symlink(".env", &link).unwrap();
        let taken = prepared(&link).unwrap().take_out(&["KEY"]).unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&path).unwrap(), "# KEY: in AWS, set by hydrant\n");
        assert!(taken.backup.unwrap().ends_with(".env.hydrant-backup-19700101T000000Z"));
    }

    #[test]
    fn a_file_that_was_changed_is_left_alone() {
        let changes: [fn(&Path); 3] = [
            |path| fs::write(path, "KEY=hunter3\n").unwrap(),
            |path| fs::remove_file(path).unwrap(),
            |path| {
                fs::rename(path, path.with_extension("moved")).unwrap();
                symlink(".env.moved", path).unwrap();
            },
        ];
        for change in changes {
            let (folder, path) = folder("KEY=hunter2\n");
            let prepared = prepared(&path).unwrap();
            change(&path);
            let before = names(folder.path());
            let Err(Failure::File { doing, .. }) = prepared.take_out(&["KEY"]) else { panic!() };
            assert!(doing.ends_with("(hydrant did not change it)"), "{doing}");
            assert_eq!(names(folder.path()), before, "no backup either");
            assert!(!fs::read_to_string(&path).unwrap_or_default().contains("AWS"));
        }
    }

    #[test]
    fn what_an_editor_wrote_meanwhile_stays() {
        let (folder, path) = folder("KEY=hunter2\nB=1\n");
        let prepared = prepared(&path).unwrap();
        fs::write(&path, "# mine\nB=2\nKEY=hunter2\nNEW=3\n").unwrap();
        let taken = prepared.take_out(&["KEY"]).unwrap();
        assert_eq!(taken.settings, [("KEY".to_owned(), 3..=3)]);
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "# mine\nB=2\n# KEY: in AWS, set by hydrant\nNEW=3\n"
        );
        assert_eq!(
            fs::read_to_string(taken.backup.unwrap()).unwrap(),
            "# mine\nB=2\nKEY=hunter2\nNEW=3\n"
        );
        assert_eq!(names(folder.path()).len(), 2);

        // Somebody already removed it.
        fs::write(&path, "B=2\n").unwrap();
        assert_eq!(
            prepared.take_out(&["KEY"]).unwrap(),
            TakenOut { settings: Vec::new(), backup: None }
        );
    }

    #[test]
    fn a_backup_is_never_written_over_another_file() {
        let (folder, path) = folder("KEY=hunter2\n");
        let prepared = prepared(&path).unwrap();
        fs::write(&prepared.backup, "someone's").unwrap();
        let Err(Failure::File { source, .. }) = prepared.take_out(&["KEY"]) else { panic!() };
        assert_eq!(source.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&prepared.backup).unwrap(), "someone's");
        assert_eq!(fs::read_to_string(&path).unwrap(), "KEY=hunter2\n");
        assert_eq!(names(folder.path()).len(), 2);
    }

    #[test]
    fn only_a_file_of_one_name_is_rewritten() {
        let (folder, path) = folder("KEY=hunter2\n");
        assert_refused(folder.path(), "it is not a regular file");
        fs::hard_link(&path, folder.path().join("other")).unwrap();
        assert_refused(&path, "another name (a hard link)");
        let Err(Failure::File { source, .. }) = prepared(&folder.path().join("absent")) else {
            panic!()
        };
        assert_eq!(source.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn git_has_to_ignore_the_backup() {
        let repository = Repository::new(".env\n");
        let path = repository.path().join(".env");
        fs::write(&path, "KEY=hunter2\n").unwrap();
        assert_refused(
            &path,
            "git would not ignore its backup .env.hydrant-backup-19700101T000000Z, which",
        );
        // git must also ignore the file that is renamed at the end.
        fs::write(repository.path().join(".gitignore"), ".env.hydrant-backup-*Z\n").unwrap();
        assert_refused(
            &path,
            "git would not ignore its backup .env.hydrant-backup-19700101T000000Z.new, which",
        );
        for rule in [".env*", backup::PATTERN] {
            fs::write(repository.path().join(".gitignore"), rule).unwrap();
            assert!(prepared(&path).is_ok(), "{rule}");
        }
    }

    #[test]
    fn a_link_out_of_the_repository_leads_to_what_counts() {
        let repository = Repository::new("");
        let (_folder, path) = folder("KEY=hunter2\n");
        let link = repository.path().join(".env");
        symlink(&path, &link).unwrap();
        assert!(prepared(&link).is_ok(), "the backup is not in the repository");
        let inside = repository.path().join("inside");
        fs::write(&inside, "KEY=hunter2\n").unwrap();
        fs::remove_file(&path).unwrap();
        symlink(&inside, &path).unwrap();
        assert_refused(&path, "git would not ignore its backup inside.hydrant-backup-");
    }
}
