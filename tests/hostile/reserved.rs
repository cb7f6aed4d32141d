//! Names that make a program run code: each run of `hydrant_core::reserved::RUNS`, with the real
//! program. The test shows that the program does it, and that it does not if an env file sets the
//! variables.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use hydrant_core::reserved::{RUNS, Run, programs, reason, reason_in_env_file};

use crate::support::{Ran, Sandbox};

/// An entry without a reference, so that no call is made.
const MANIFEST: &str = "version = 1\n[secrets.NONE]\nrequired = false\n";

/// The programs whose runs have a separate test, because they take long.
const SLOW: [&str; 4] = ["npm", "git", "docker", "java"];

/// A folder in which a run can show what it does.
struct Scene {
    sandbox: Sandbox,
    set: Vec<(&'static str, String)>,
    command: &'static str,
}

impl Scene {
    fn new(run: &Run) -> Self {
        let sandbox = Sandbox::new(MANIFEST);
        let dir = sandbox.path().canonicalize().expect("its folder").display().to_string();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/hostile/programs.sh");
        let mut command = Command::new("sh");
        command
            .arg(script)
            .current_dir(&dir)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        let made = command.output().expect("a shell");
        assert!(made.status.success(), "{made:?}");
        let set =
            run.set.iter().map(|(name, value)| (*name, value.replace("{dir}", &dir))).collect();
        let sandbox = sandbox.env("HOME", format!("{dir}/home"));
        let scene = Scene { sandbox, set, command: run.command };
        assert!(!scene.ran_code());
        scene
    }

    fn mark(&self) -> PathBuf {
        self.sandbox.path().join("PWNED")
    }

    /// Whether code was run since the last check.
    fn ran_code(&self) -> bool {
        fs::remove_file(self.mark()).is_ok()
    }

    /// The command with the variables in its own environment.
    fn alone(&self) {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", self.command])
            .current_dir(self.sandbox.path())
            .stdin(Stdio::null())
            .env_clear();
        command
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", self.sandbox.path().join("home"));
        command
            .envs(self.set.iter().map(|(name, value)| (*name, value)))
            .output()
            .expect("a shell");
    }

    fn through_hydrant(&self) -> Ran {
        self.sandbox.run(["--offline", "run", "--", "/bin/sh", "-c", self.command])
    }
}

fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// A value in the syntax of an env file.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn shows_and_is_stopped(run: &Run) {
    let scene = Scene::new(run);
    let label = format!("{:?} {}", scene.set, scene.command);
    scene.alone();
    assert!(scene.ran_code(), "{label}: it runs no code at all");

    let lines: String =
        scene.set.iter().map(|(name, value)| format!("{name}={}\n", quoted(value))).collect();
    scene.sandbox.file(".env", &lines);
    let ran = scene.through_hydrant();
    assert!(!scene.ran_code(), "{label}: {ran:?}");
    for (index, (name, _)) in
        scene.set.iter().enumerate().filter(|(_, (name, _))| reason_in_env_file(name).is_some())
    {
        let expected = format!("{name} in the env file (line {}) is not passed on: it ", index + 1);
        assert_eq!(ran.stderr.matches(&expected).count(), 1, "{label}: {ran:?}");
    }

    scene
        .sandbox
        .file("secrets.toml", &format!("{MANIFEST}[settings]\nenv_file_passes = \"entries\"\n"));
    let ran = scene.through_hydrant();
    assert!(!scene.ran_code() && !ran.stderr.contains("passed on"), "{label}: {ran:?}");

    let names: Vec<String> = scene.set.iter().map(|(name, _)| format!("{name:?}")).collect();
    for passes in ["all", "entries"] {
        let settings = format!(
            "[settings]\nenv_file_passes = \"{passes}\"\nenv_file_allow = [{}]\n",
            names.join(", ")
        );
        scene.sandbox.file("secrets.toml", &format!("{MANIFEST}{settings}"));
        let ran = scene.through_hydrant();
        assert!(scene.ran_code(), "{label}: {ran:?}");
        assert!(!ran.stderr.contains("passed on"), "{label}: {ran:?}");
    }

    as_entries(&scene);
}

/// The names that load code are refused as entries, unless the entry allows it.
fn as_entries(scene: &Scene) {
    let loading = scene.set.iter().filter(|(name, _)| reason(name).is_some());
    for (name, _) in loading {
        let entry = format!("version = 1\n[secrets.{name}]\nrequired = false\n");
        scene.sandbox.file("secrets.toml", &entry);
        let ran = scene.through_hydrant();
        assert_eq!(ran.code, Some(65), "{name}: {ran:?}");
        assert!(
            ran.stderr.contains(&format!("entry {name}: the name is reserved: it ")),
            "{ran:?}"
        );
        scene.sandbox.file("secrets.toml", &format!("{entry}allow_reserved = true\n"));
        assert_eq!(scene.sandbox.run(["check"]).code, Some(0), "{name}");
    }
    assert!(!Path::exists(&scene.mark()));
}

fn all_of(is_meant: impl Fn(&str) -> bool) {
    let runs: Vec<&Run> =
        RUNS.iter().filter(|run| is_meant(run.program) && is_there(run.program)).collect();
    assert!(!runs.is_empty(), "none of the programs is on this machine");
    runs.into_iter().for_each(shows_and_is_stopped);
}

#[test]
fn npm_runs_nothing_that_an_env_file_says() {
    all_of(|program| program == "npm");
}

#[test]
fn git_runs_nothing_that_an_env_file_says() {
    all_of(|program| program == "git");
}

#[test]
fn slow_programs_run_nothing_that_an_env_file_says() {
    if SLOW[2..].iter().any(|program| is_there(program)) {
        all_of(|program| SLOW[2..].contains(&program));
    }
}

#[test]
fn other_programs_run_nothing_that_an_env_file_says() {
    all_of(|program| !SLOW.contains(&program));
}

/// The other command that passes on an env file.
#[test]
fn emulate_passes_on_no_more_than_run() {
    let run = RUNS.iter().find(|run| run.command == "bash -c :").expect("a run");
    let scene = Scene::new(run);
    let (name, value) = &scene.set[0];
    scene.sandbox.file(".env", &format!("{name}={}\nPLAIN=1\n", quoted(value)));
    let emulated = || scene.sandbox.run(["emulate", "--", "bash", "-c", "echo $PLAIN"]);
    let ran = emulated();
    assert_eq!(
        (ran.code, ran.stdout.as_str(), scene.ran_code()),
        (Some(0), "1\n", false),
        "{ran:?}"
    );
    assert!(
        ran.stderr.contains(&format!("{name} in the env file (line 1) is not passed on: it ")),
        "{ran:?}"
    );
    scene
        .sandbox
        .file("secrets.toml", &format!("{MANIFEST}[settings]\nenv_file_passes = \"entries\"\n"));
    let ran = emulated();
    assert_eq!(
        (ran.code, ran.stdout.as_str(), scene.ran_code()),
        (Some(0), "\n", false),
        "{ran:?}"
    );
}

/// A bash function has a name that no manifest can allow.
#[test]
fn an_env_file_gives_bash_no_function() {
    let sandbox = Sandbox::new(MANIFEST);
    sandbox.file(".env", "BASH_FUNC_ls%%='() { : > PWNED; }'\n");
    let ran = sandbox.run(["--offline", "run", "--", "bash", "-c", "ls > /dev/null"]);
    let expected =
        "BASH_FUNC_ls%% in the env file (line 1) is not passed on: it is a function of bash\n";
    assert!(ran.stderr.contains(expected) && !sandbox.path().join("PWNED").exists(), "{ran:?}");
    let mut alone = Command::new("bash");
    alone.args(["-c", "ls"]).env("BASH_FUNC_ls%%", "() { : > PWNED; }");
    assert!(alone.current_dir(sandbox.path()).status().expect("bash").success());
    assert!(sandbox.path().join("PWNED").exists());
}

/// An entry has its value from the env file, whatever happens to the rest of it.
#[test]
fn entries_have_their_values_where_nothing_else_passes() {
    let settings = "[settings]\nenv_file_passes = \"entries\"\nenv_file_allow = [\"ALLOWED\"]\n";
    let sandbox = Sandbox::new(&format!("version = 1\n{settings}[secrets.KEY]\n"));
    sandbox.file(".env", "KEY=entry\nPLAIN=plain\nALLOWED=allowed\nPATH=/nowhere\n");
    let echo = "echo $KEY ${PLAIN-unset} $ALLOWED";
    sandbox.run(["run", "--", "sh", "-c", echo]).prints("entry unset allowed\n");
    // A variable of the process does not come from the env file.
    let sandbox = sandbox.env("PLAIN", "own");
    sandbox.run(["run", "--", "sh", "-c", echo]).prints("entry own allowed\n");
}

/// The whole env file of a common program is passed on.
#[test]
fn common_names_reach_the_command() {
    const COMMON: &str = "PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE PYTHONHASHSEED NODE_ENV NODE_AUTH_TOKEN GIT_SHA GIT_COMMIT \
         GIT_BRANCH XDG_SESSION_TYPE GITHUB_TOKEN NPM_TOKEN PORT HOST DEBUG LOG_LEVEL DATABASE_URL REDIS_URL SECRET_KEY \
         API_KEY APP_ENV TZ LANG DJANGO_SETTINGS_MODULE FLASK_APP RAILS_ENV MIX_ENV RUST_LOG RUST_BACKTRACE SENTRY_DSN \
         COMPOSE_PROJECT_NAME DOCKER_BUILDKIT AWS_REGION GOOGLE_APPLICATION_CREDENTIALS LD_SDK_KEY CI";
    let names: Vec<&str> = COMMON.split_whitespace().collect();
    assert!(names.len() >= 30);
    let sandbox = Sandbox::new(MANIFEST);
    sandbox.file(".env", &names.iter().map(|name| format!("{name}=1\n")).collect::<String>());
    let ran = sandbox.run(["--offline", "run", "--", "env"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    for name in names {
        assert!(ran.stdout.lines().any(|line| line == format!("{name}=1")), "{name}");
    }
}

#[test]
fn every_program_has_a_manual_or_a_run() {
    assert!(programs().all(|program| program.manual.starts_with("https://")));
    assert!(RUNS.len() > 40);
}
