//! Whether git ignores a file: what holds values must never be one `git add` away from a commit.
//!
//! This runs git, since nothing else knows all of its rules and what it tracks. The repository may
//! be untrusted, so none of its settings may start a program or make git wait forever.

mod bounded;

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::watchdog;

/// The environment that git gets, with only the absolute folders of `PATH`. It has no `GIT_*`,
/// which could point to another repository, and nothing else that could hold a value.
const PASSED_ON: &[&str] = &["PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "DEVELOPER_DIR"];

/// Variables that keep git from starting a program, in addition to those that are passed on.
///
/// A file that a partial clone lacks would be fetched with what the repository's settings name. A
/// git older than 2.45 does not know `GIT_NO_LAZY_FETCH`: there only the empty list of protocols
/// stops the fetch.
const CLOSED: &[(&str, &str)] = &[
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", ""),
    ("GIT_PROTOCOL_FROM_USER", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ASKPASS", ""),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_DISCOVERY_ACROSS_FILESYSTEM", "1"),
    ("LC_ALL", "C"),
];

/// Settings that override the repository's own.
const SETTINGS: &[&str] = &[
    // Empty rather than `false`, which a git before 2.36 would start as a program.
    "core.fsmonitor=",
    "core.hooksPath=/dev/null",
    // Threads that read a large index would use up git's memory limit with their stacks.
    "index.threads=1",
    // A folder that looks like a repository, inside another one, must not be used.
    "safe.bareRepository=explicit",
];

/// Git reads a few files. It would wait forever for a FIFO.
const TIME_LIMIT: Duration = Duration::from_secs(2);

/// Git reads each of them completely, however large it is. A repository of 500,000 files needs
/// less.
const MEMORY_LIMIT: u64 = 256 << 20;

/// Git, with its environment.
pub(crate) struct Git {
    environment: Vec<(OsString, OsString)>,
}

/// Why a file must not be written where git could pick it up.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotIgnored {
    /// No rule of the repository takes it, or it is tracked already.
    Seen,
    /// Git failed or did not know; the reason.
    Unknown(String),
}

impl Git {
    /// With the allowed part of this process's environment.
    pub(crate) fn of_process() -> Self {
        Git::with(std::env::vars_os())
    }

    fn with(variables: impl Iterator<Item = (OsString, OsString)>) -> Self {
        let passed_on = |name: &OsStr| PASSED_ON.iter().any(|passed| name == *passed);
        let passed = variables.filter(|(name, _)| passed_on(name));
        Git { environment: passed.filter_map(without_relative_folders).collect() }
    }

    /// Whether a file of this name in this folder would be left alone: ignored, or not in a work
    /// tree at all.
    ///
    /// The folder is the real one, without symbolic links on the way.
    pub(crate) fn ignores(&self, folder: &Path, name: &OsStr) -> Result<(), NotIgnored> {
        if !folder.ancestors().any(|above| above.join(".git").symlink_metadata().is_ok()) {
            return Ok(());
        }
        // Git does not report a tracked file as ignored, whatever the rules say.
        let mut command = Command::new("git");
        command.env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.envs(CLOSED.iter().copied());
        command.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        command.args(["--no-pager", "-C"]).arg(folder);
        command.args(["check-ignore", "-q", "--"]).arg(Path::new(".").join(name));
        let limit = watchdog::left().map_or(TIME_LIMIT, |left| TIME_LIMIT.min(left));
        let ended = bounded::run(&mut command, limit, MEMORY_LIMIT)
            .map_err(|error| NotIgnored::Unknown(format!("failed to run git: {error}")))?;
        match ended.code {
            Some(0) => Ok(()),
            Some(1) => Err(NotIgnored::Seen),
            _ => {
                let line = ended.stderr.lines().next().unwrap_or("nothing").trim();
                Err(NotIgnored::Unknown(format!("git said: {line}")))
            }
        }
    }
}

/// A relative or empty folder of `PATH` is the repository's, which may have a program named git.
/// Without any `PATH` the system's own folders are searched.
fn without_relative_folders((name, value): (OsString, OsString)) -> Option<(OsString, OsString)> {
    if name != "PATH" {
        return Some((name, value));
    }
    let absolute = || std::env::split_paths(&value).filter(|folder| folder.is_absolute());
    absolute().next()?;
    Some((name, std::env::join_paths(absolute()).ok()?))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    /// A separate repository, and a git that knows only its settings.
    pub(crate) struct Repository {
        folder: tempfile::TempDir,
    }

    impl Repository {
        pub(crate) fn new(ignored: &str) -> Self {
            let repository = Repository { folder: tempfile::tempdir().unwrap() };
            repository.git(&["init", "-q"]);
            fs::write(repository.path().join(".gitignore"), ignored).unwrap();
            repository
        }

        pub(crate) fn path(&self) -> PathBuf {
            self.folder.path().canonicalize().unwrap()
        }

        pub(crate) fn git(&self, arguments: &[&str]) {
            let done = Command::new("git")
                .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")])
                .args(["-c", "user.name=a", "-c", "user.email=a@example.org", "-C"])
                .arg(self.folder.path())
                .args(arguments)
                .status()
                .unwrap();
            assert!(done.success(), "{arguments:?}");
        }
    }

    /// Git without the settings of the user who runs the tests.
    pub(crate) fn git() -> Git {
        let mut git = Git::of_process();
        git.environment.retain(|(name, _)| name == "PATH");
        git.environment.extend(neutral());
        git
    }

    fn neutral() -> [(OsString, OsString); 2] {
        [("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")]
            .map(|(n, v)| (n.into(), v.into()))
    }

    fn asked(folder: &Path, name: &str) -> Result<(), NotIgnored> {
        git().ignores(folder, OsStr::new(name))
    }

    #[test]
    fn git_decides_by_its_own_rules() {
        let repository = Repository::new("*.backup\n!kept.backup\n/deep/*\n");
        let folder = repository.path();
        fs::create_dir_all(folder.join("deep/er")).unwrap();
        fs::write(folder.join(".git/info/exclude"), "local\n").unwrap();
        for (place, name, expected) in [
            ("", "a.backup", Ok(())),
            ("", "-a.backup", Ok(())),
            ("", ":a.backup", Ok(())),
            ("", "kept.backup", Err(NotIgnored::Seen)),
            ("", "a", Err(NotIgnored::Seen)),
            ("", "local", Ok(())),
            ("deep", "a", Ok(())),
            ("deep/er", "a", Ok(())),
        ] {
            assert_eq!(asked(&folder.join(place), name), expected, "{name} in {place:?}");
        }
    }

    #[test]
    fn a_tracked_file_is_seen_even_where_it_is_gone() {
        let repository = Repository::new("*.backup\n");
        let file = repository.path().join("a.backup");
        fs::write(&file, "").unwrap();
        repository.git(&["add", "--force", "a.backup"]);
        fs::remove_file(&file).unwrap();
        assert_eq!(asked(&repository.path(), "a.backup"), Err(NotIgnored::Seen));
        assert_eq!(asked(&repository.path(), "b.backup"), Ok(()));
    }

    #[test]
    fn outside_a_work_tree_no_git_is_needed() {
        let folder = tempfile::tempdir().unwrap();
        let none = Git { environment: vec![("PATH".into(), folder.path().into())] };
        assert_eq!(none.ignores(folder.path(), OsStr::new("a")), Ok(()));

        fs::create_dir(folder.path().join(".git")).unwrap();
        let Err(NotIgnored::Unknown(reason)) = none.ignores(folder.path(), OsStr::new("a")) else {
            panic!()
        };
        assert!(reason.starts_with("failed to run git: "), "{reason}");
        let Err(NotIgnored::Unknown(reason)) = asked(folder.path(), "a") else { panic!() };
        assert!(reason.starts_with("git said: fatal: not a git repository"), "{reason}");
    }

    #[test]
    fn relative_folders_of_path_are_left_out() {
        for (path, expected) in [
            ("/a:/b", Some("/a:/b")),
            (":/a:", Some("/a")),
            (".:/a::./b:c:../d:/b", Some("/a:/b")),
            ("", None),
            (":.:c", None),
        ] {
            let git = Git::with([("PATH".into(), path.into())].into_iter());
            let expected: Vec<(OsString, OsString)> =
                expected.into_iter().map(|path| ("PATH".into(), path.into())).collect();
            assert_eq!(git.environment, expected, "{path}");
        }
    }

    #[test]
    fn a_linked_work_tree_and_a_submodule_have_a_file_for_a_folder() {
        let repository = Repository::new("*.backup\n");
        repository.git(&["add", ".gitignore"]);
        repository.git(&["commit", "-q", "-m", "first"]);
        let linked = tempfile::tempdir().unwrap();
        let place = linked.path().join("tree");
        repository.git(&["worktree", "add", "-q", place.to_str().unwrap()]);
        assert!(place.join(".git").is_file());
        assert_eq!(asked(&place, "a.backup"), Ok(()));
        assert_eq!(asked(&place, "a"), Err(NotIgnored::Seen));
    }

    /// In a separate process, since no test changes the environment of the others.
    #[test]
    fn another_repository_in_the_environment_changes_nothing() {
        if let Some(folder) = std::env::var_os("HYDRANT_TEST_ASKED") {
            let git = Git::of_process();
            assert!(
                git.environment.iter().all(|(name, _)| PASSED_ON.contains(&name.to_str().unwrap()))
            );
            assert_eq!(git.ignores(Path::new(&folder), OsStr::new("a")), Err(NotIgnored::Seen));
            return;
        }
        let (asked, other) = (Repository::new(""), Repository::new("*\n"));
        let (_, name) = module_path!().split_once("::").unwrap();
        let output = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                &format!("{name}::another_repository_in_the_environment_changes_nothing"),
            ])
            .envs([
                ("GIT_DIR", other.path().join(".git")),
                ("GIT_WORK_TREE", asked.path()),
                ("GIT_INDEX_FILE", other.path().join("index")),
                ("HOME", other.path()),
                ("HYDRANT_TEST_ASKED", asked.path()),
            ])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
    }
}
