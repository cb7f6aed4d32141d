//! A stranger's repository: whatever its settings and files are, git starts no program and never
//! waits forever. Each program only touches a file next to the repository.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};

use crate::doctor::{HOME, TWO, emulator, sandbox};
use crate::support::{Ran, Sandbox};

/// A repository in a sandbox, with the manifest and an env file in its work tree.
struct Repository {
    sandbox: Sandbox,
    /// The file that a program of the repository creates, if it runs.
    mark: PathBuf,
}

impl Repository {
    fn new() -> Self {
        let sandbox = sandbox(TWO).env("AWS_REGION", HOME).env("KEY", "set");
        let mark = sandbox.path().join("PWNED");
        let repository = Repository { sandbox, mark };
        repository.git(&["init", "-q"]);
        repository.file(".gitignore", ".env*\n");
        repository.file(".env", "OTHER=sk-set\n");
        repository
    }

    /// The S1 of the list of attacks: a partial clone whose `.gitignore` has to be fetched.
    fn partial_clone(settings: &[(&str, &str)]) -> Self {
        let repository = Repository::new();
        repository.git(&["add", ".gitignore"]);
        repository.git(&[
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
            "commit",
            "-q",
            "-m",
            "first",
        ]);
        let blob = repository.git(&["rev-parse", ":.gitignore"]);
        let blob = String::from_utf8(blob.stdout).expect("an id");
        let (folder, file) = blob.trim().split_at(2);
        repository.git(&["update-index", "--skip-worktree", ".gitignore"]);
        fs::remove_file(repository.path().join(".gitignore")).expect("removed");
        fs::remove_file(repository.path().join(".git/objects").join(folder).join(file))
            .expect("removed");
        repository.set("core.repositoryFormatVersion", "1");
        repository.set("extensions.partialClone", "evil");
        repository.set("remote.evil.promisor", "true");
        for (name, value) in settings {
            repository.set(name, value);
        }
        repository
    }

    fn path(&self) -> &Path {
        self.sandbox.path()
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("its folder");
        self.sandbox.file(name, text);
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("its mode");
    }

    fn program(&self, name: &str, text: &str) -> String {
        let path = self.sandbox.file(name, text);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("its mode");
        path.display().to_string()
    }

    /// Whether a git runs that was started for this repository.
    fn is_git_there(&self) -> bool {
        let folder = self.path().canonicalize().expect("its folder").display().to_string();
        let all = Command::new("ps").args(["-A", "-ww", "-o", "args"]).output().expect("ps");
        let all = String::from_utf8_lossy(&all.stdout);
        all.lines().any(|line| {
            line.starts_with("git ") && line.contains(&folder) && line.contains("check-ignore")
        })
    }

    /// A program that creates the mark.
    fn evil(&self) -> String {
        self.program("evil", &format!("#!/bin/sh\ntouch {}\nexit 1\n", self.mark.display()))
    }

    fn set(&self, name: &str, value: &str) {
        let value = value.replace("MARK", &self.mark.display().to_string());
        self.git(&["config", name, &value]);
    }

    fn fifo(&self, name: &str) {
        let path = self.path().join(name);
        _ = fs::remove_file(&path);
        assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo starts").success());
    }

    fn plain_git(&self, args: &[&str]) -> Output {
        let mut command = Command::new("git");
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command
            .env("HOME", self.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0");
        command.current_dir(self.path()).args(args).output().expect("git starts")
    }

    fn git(&self, args: &[&str]) -> Output {
        let output = self.plain_git(args);
        assert!(output.status.success(), "{args:?}: {output:?}");
        output
    }

    /// Checks that the attack works on a git that is started without precautions, and removes its
    /// mark.
    #[track_caller]
    fn works(&self, args: &[&str]) {
        let output = self.plain_git(args);
        assert!(self.mark.exists(), "git {args:?} ran nothing: {output:?}");
        fs::remove_file(&self.mark).expect("removed");
    }

    /// Runs each command that starts git, and checks that nothing of the repository ran.
    #[track_caller]
    fn is_harmless(&self) -> Ran {
        let emulator = emulator();
        let ran = self.sandbox.run(["--offline", "doctor"]);
        assert!(!self.mark.exists(), "doctor: {ran:?}");
        let mut command = self.sandbox.command(["import", "--comment-out", "--replace"]);
        command.envs([
            ("AWS_ENDPOINT_URL", emulator.endpoint().as_str()),
            ("AWS_ACCESS_KEY_ID", "test"),
        ]);
        let output =
            command.env("AWS_SECRET_ACCESS_KEY", "test").output().expect("the binary starts");
        assert!(!self.mark.exists(), "import: {output:?}");
        ran
    }
}

/// The line of doctor about git.
#[track_caller]
fn said(ran: &Ran) -> &str {
    ran.stdout.lines().find(|line| line.contains(" git  ")).unwrap_or_else(|| panic!("{ran:?}"))
}

const EXT: &[(&str, &str)] =
    &[("remote.evil.url", "ext::sh -c touch% MARK"), ("protocol.ext.allow", "always")];

#[test]
fn a_partial_clone_that_would_fetch_its_rules_by_a_program() {
    let repository = Repository::partial_clone(EXT);
    repository.works(&["check-ignore", "-q", ".env"]);
    let ran = repository.is_harmless();
    assert!(said(&ran).contains("warning"), "{ran:?}");

    let live = repository.sandbox.run(["doctor"]);
    assert!(!repository.mark.exists(), "{live:?}");
}

/// A git that does not know `GIT_NO_LAZY_FETCH`.
#[test]
fn an_old_git_is_stopped_by_the_list_of_protocols_alone() {
    let mut repository = Repository::partial_clone(EXT);
    repository.works(&["check-ignore", "-q", ".env"]);
    let path = std::env::var_os("PATH").expect("a path");
    let real = std::env::split_paths(&path)
        .map(|folder| folder.join("git"))
        .find(|git| git.is_file())
        .expect("git");
    fs::create_dir(repository.path().join("bin")).expect("a folder");
    repository.program(
        "bin/git",
        &format!("#!/bin/sh\nunset GIT_NO_LAZY_FETCH\nexec {} \"$@\"\n", real.display()),
    );
    let folders = [repository.path().join("bin")].into_iter().chain(std::env::split_paths(&path));
    let path = std::env::join_paths(folders).expect("a path");
    repository.sandbox = repository.sandbox.env("PATH", path);
    let ran = repository.is_harmless();
    assert!(said(&ran).contains("warning"), "{ran:?}");
}

#[test]
fn other_ways_to_a_program() {
    // Other ways to fetch.
    let other = Repository::new();
    let url = other.path().display().to_string();
    let upload = [
        ("remote.evil.url", url.as_str()),
        ("remote.evil.uploadpack", "touch MARK; git-upload-pack"),
    ];
    let ssh = [("remote.evil.url", "ssh://localhost/x"), ("core.sshCommand", "touch MARK; false")];
    for settings in [upload, ssh] {
        let repository = Repository::partial_clone(&settings);
        repository.works(&["check-ignore", "-q", ".env"]);
        repository.is_harmless();
    }

    // Settings that name a program.
    let monitored = Repository::new();
    monitored.set("core.fsmonitor", &monitored.evil());
    monitored.git(&["-c", "core.fsmonitor=", "add", ".gitignore"]);
    monitored.works(&["status"]);
    assert!(said(&monitored.is_harmless()).ends_with("not seen by git"));

    let hooked = Repository::new();
    hooked.file("hooks/none", "");
    hooked.program(
        "hooks/post-index-change",
        &format!("#!/bin/sh\ntouch {}\n", hooked.mark.display()),
    );
    hooked.set("core.hooksPath", "hooks");
    hooked.works(&["add", ".gitignore"]);
    assert!(said(&hooked.is_harmless()).ends_with("not seen by git"));

    let included = Repository::new();
    included.file("settings", &format!("[core]\nfsmonitor = {}\n", included.evil()));
    included.git(&["add", ".gitignore"]);
    included.set("include.path", "../settings");
    included.works(&["status"]);
    assert!(said(&included.is_harmless()).ends_with("not seen by git"));

    let filtered = Repository::new();
    filtered.file(".gitattributes", "* filter=evil diff=evil\n");
    for name in ["filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv", "diff.external"] {
        filtered.set(name, &filtered.evil());
    }
    filtered.works(&["add", ".gitignore"]);
    filtered.is_harmless();

    // Git takes no alias of this name, and starts a pager only on a terminal.
    let named = Repository::new();
    named.set("alias.check-ignore", "!touch MARK");
    for name in
        ["core.pager", "pager.check-ignore", "core.editor", "core.askPass", "credential.helper"]
    {
        named.set(name, &named.evil());
    }
    assert!(said(&named.is_harmless()).ends_with("not seen by git"));
}

/// The target of `.git`, and a folder that looks like a repository, are as hostile as `.git`
/// itself.
#[test]
fn another_repository_in_the_place_of_this_one() {
    let elsewhere = Repository::new();
    fs::rename(elsewhere.path().join(".git"), elsewhere.path().join("elsewhere")).expect("moved");
    elsewhere.file(".git", "gitdir: elsewhere\n");
    elsewhere.git(&["add", ".gitignore"]);
    elsewhere.set("core.fsmonitor", &elsewhere.evil());
    elsewhere.works(&["status"]);
    assert!(said(&elsewhere.is_harmless()).ends_with("not seen by git"));

    // Such a folder can itself say that everything is ignored.
    let bare = Repository::new();
    fs::remove_file(bare.path().join(".gitignore")).expect("removed");
    fs::create_dir_all(bare.path().join("objects")).expect("a folder");
    fs::create_dir_all(bare.path().join("refs")).expect("a folder");
    bare.file("info/exclude", "*\n");
    bare.file("HEAD", "ref: refs/heads/main\n");
    bare.file(
        "config",
        &format!(
            "[core]\nrepositoryformatversion = 0\nbare = false\nworktree = .\nfsmonitor = {}\n",
            bare.evil()
        ),
    );
    fs::rename(bare.path().join(".git"), bare.path().join("moved")).expect("moved");
    fs::create_dir(bare.path().join(".git")).expect("a folder");
    bare.works(&["status"]);
    let ran = bare.is_harmless();
    assert!(said(&ran).contains("warning"), "{ran:?}");

    // A work tree in another folder.
    let moved = Repository::new();
    moved.file("tree/.gitignore", "");
    moved.git(&["add", ".gitignore"]);
    moved.set("core.worktree", &moved.path().join("tree").display().to_string());
    moved.set("core.fsmonitor", &moved.evil());
    moved.works(&["status"]);
    moved.is_harmless();
}

/// A repository of another user: git refuses it.
#[test]
fn a_repository_of_another_user() {
    let mut repository = Repository::new();
    repository.set("core.fsmonitor", &repository.evil());
    let path = std::env::var_os("PATH").expect("a path");
    let real = std::env::split_paths(&path)
        .map(|folder| folder.join("git"))
        .find(|git| git.is_file())
        .expect("git");
    fs::create_dir(repository.path().join("bin")).expect("a folder");
    let script = format!(
        "#!/bin/sh\nexport GIT_TEST_ASSUME_DIFFERENT_OWNER=1\nexec {} \"$@\"\n",
        real.display()
    );
    repository.program("bin/git", &script);
    let bin = repository.path().join("bin");
    repository.sandbox = repository.sandbox.env("PATH", bin);
    let ran = repository.is_harmless();
    assert!(
        said(&ran).contains(
            "whether git ignores it: git said: fatal: detected dubious ownership in repository"
        ),
        "{ran:?}"
    );
}

/// Git would wait for a writer of each of these. All of them at once, because each takes as long as
/// git's limit.
#[test]
fn files_without_an_end() {
    const FILES: [&str; 8] = [
        ".gitignore",
        ".git/info/exclude",
        ".git/config",
        ".git/HEAD",
        ".git/index",
        "included",
        "excludes",
        ".git/objects/info/alternates",
    ];
    let cases = FILES.map(|name| {
        thread::spawn(move || {
            let repository = match name {
                ".git/objects/info/alternates" => Repository::partial_clone(&[]),
                _ => Repository::new(),
            };
            repository
                .set("include.path", if name == "included" { "../included" } else { "../none" });
            let excludes = if name == "excludes" { "excludes" } else { "none" };
            repository
                .set("core.excludesFile", &repository.path().join(excludes).display().to_string());
            repository.fifo(name);
            let begun = Instant::now();
            let ran = repository.sandbox.run(["--offline", "doctor"]);
            (name, begun.elapsed(), ran)
        })
    });
    for case in cases {
        let (name, took, ran) = case.join().expect("no panic");
        assert!(took < Duration::from_secs(12), "{name}: {took:?}");
        let expected = "failed to find out whether git ignores it: failed to run git: it did not end within 2s";
        assert!(said(&ran).ends_with(expected), "{name}: {ran:?}");
    }

    let repository = Repository::new();
    fs::remove_dir_all(repository.path().join(".git")).expect("removed");
    repository.fifo(".git");
    let ran = repository.is_harmless();
    assert!(
        said(&ran).contains("whether git ignores it: git said: fatal: not a git repository"),
        "{ran:?}"
    );
}

/// Runs its arguments, and writes the peak memory in KiB of one of their processes into a file,
/// including git, which hydrant waited for. These tests have other children, which do not count.
#[cfg(target_os = "linux")]
const MEASURED: &str = "
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
open('memory', 'w').write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
";

/// Git reads all of each of these. Its limit is 256 MiB, which the kernel counts before they are
/// filled.
#[cfg(target_os = "linux")]
#[test]
fn files_larger_than_the_memory_of_git() {
    for name in [
        ".gitignore",
        "folder/.gitignore",
        ".git/info/exclude",
        "excludes",
        "included",
        ".git/index",
    ] {
        let repository = Repository::new();
        repository.file("folder/.env", "OTHER=sk-set\n");
        repository.set("include.path", if name == "included" { "../included" } else { "../none" });
        repository
            .set("core.excludesFile", &repository.path().join("excludes").display().to_string());
        let path = repository.path().join(name);
        let large = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .expect("a file");
        large.set_len(20_000_000_000).expect("a sparse file");
        let doctor = ["--offline", "--env-file", "folder/.env", "doctor"];
        let mut measured = repository.sandbox.started_by(&["python3", "-c", MEASURED], doctor);
        let ran = Ran::of(measured.output().expect("python3 starts"));
        assert!(
            said(&ran).contains("whether git ignores it: git said: fatal: "),
            "{name}: {ran:?}"
        );
        let memory = fs::read_to_string(repository.path().join("memory")).expect("what it used");
        let memory: u64 = memory.parse().expect("a number");
        assert!(memory <= 128 * 1024, "{name}: {memory} KiB");
    }
}

#[test]
fn an_import_that_cannot_ask_git_changes_nothing() {
    let emulator = emulator();
    let repository = Repository::new();
    repository.file(".env", "KEY=sk-new\n");
    repository.fifo(".gitignore");
    let repository =
        Repository { sandbox: repository.sandbox.with(&emulator).env("KEY", ""), ..repository };
    let ran = repository.sandbox.run(["import", "--comment-out"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let expected = "which holds the values: failed to run git: it did not end within 2s";
    assert!(ran.stderr.contains(expected), "{ran:?}");
    assert_eq!(
        fs::read_to_string(repository.path().join(".env")).expect("the file"),
        "KEY=sk-new\n"
    );
}

/// However hydrant ends, git ends with it.
#[test]
fn a_git_that_waits_is_not_left_behind() {
    // Elsewhere nothing can end git if hydrant is killed.
    let kill = cfg!(target_os = "linux").then_some(Signal::KILL);
    for signal in [Signal::TERM].into_iter().chain(kill) {
        let (ended, _) = with_a_git_that_waits(&["--offline", "doctor"], |repository, hydrant| {
            assert!(within_ten_seconds(|| repository.is_git_there()), "git was not started");
            let pid = i32::try_from(hydrant.id()).ok().and_then(Pid::from_raw).expect("its id");
            kill_process(pid, signal).expect("sent");
        });
        assert_eq!(ended.signal(), Some(signal.as_raw()));
    }
}

/// hydrant waits less for git than the watchdog takes to end hydrant.
#[test]
fn a_git_that_waits_ends_before_the_deadline() {
    let arguments = ["--deadline", "200ms", "--offline", "doctor"];
    let (ended, stdout) = with_a_git_that_waits(&arguments, |_, _| ());
    assert!(ended.code().is_some_and(|code| code != 69), "{ended}: {stdout}");
    assert!(stdout.contains("failed to run git: it did not end within "), "{stdout}");
}

/// How hydrant ended, and its output. No git is left then.
fn with_a_git_that_waits(
    arguments: &[&str],
    act: impl Fn(&Repository, &Child),
) -> (ExitStatus, String) {
    let repository = Repository::new();
    repository.fifo(".gitignore");
    let mut command = repository.sandbox.command(arguments);
    let mut hydrant =
        command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("hydrant");
    act(&repository, &hydrant);
    let mut stdout = String::new();
    hydrant.stdout.take().expect("a pipe").read_to_string(&mut stdout).expect("text");
    let ended = hydrant.wait().expect("its end");
    let is_gone = within_ten_seconds(|| !repository.is_git_there());
    // A git that is left stops waiting.
    let fifo = repository.path().join(".gitignore");
    drop(rustix::fs::open(fifo, OFlags::WRONLY | OFlags::NONBLOCK, Mode::empty()));
    assert!(is_gone, "git is left behind: {ended}");
    (ended, stdout)
}

fn within_ten_seconds(is_so: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    while !is_so() {
        if begun.elapsed() > Duration::from_secs(10) {
            return false;
        }
        thread::yield_now();
    }
    true
}

/// Git is looked up in the caller's `PATH`, not in the repository.
#[test]
fn no_program_of_the_repository_is_taken_for_git() {
    let path = std::env::var("PATH").expect("PATH");
    for place in ["", ".", "bin", "./bin"] {
        for path in [format!("{place}:{path}"), format!("{path}:{place}"), place.to_owned()] {
            let repository = Repository::new();
            for program in ["git", "bin/git"] {
                fs::create_dir_all(repository.path().join("bin")).expect("a folder");
                fs::copy(repository.evil(), repository.path().join(program)).expect("a program");
            }
            let mut command = repository.sandbox.command(["--offline", "doctor"]);
            let output = command.env("PATH", &path).output().expect("hydrant");
            assert!(!repository.mark.exists(), "PATH={path}: {output:?}");
        }
    }
}
