//! How releases are made: the job that may sign runs nothing from the repository, and shipped files
//! contain no folder name of the build machine.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::docs::markdown::blocks;
use crate::docs::{document, documents, root};

/// Words of commands that run code of the repository or of its dependencies.
const BUILDS: [&str; 16] = [
    "cargo", "rustc", "rustup", "make", "cc", "gcc", "apt", "apt-get", "pip", "pipx", "npm",
    "python3", "bash", "sh", "tar", "source",
];

/// The actions that the signing job may use: they neither build nor check out.
const SIGNERS_ACTIONS: [&str; 2] = ["actions/download-artifact", "actions/attest-build-provenance"];

fn workflows() -> Vec<(String, Value)> {
    let python = std::env::var_os("HYDRANT_TEST_PYTHON");
    let python =
        python.expect("HYDRANT_TEST_PYTHON is not set: run the tests through scripts/test");
    let names = fs::read_dir(root().join(".github/workflows")).expect("workflows");
    let read = names.map(|entry| {
        let path = entry.expect("a workflow").path();
        let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1])), default=str))";
        let output = Command::new(&python).args(["-c", script]).arg(&path).output().expect("Python starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (path.display().to_string(), serde_json::from_slice(&output.stdout).expect("JSON"))
    });
    let read: Vec<_> = read.collect();
    assert!(read.len() >= 2, "only {} workflows", read.len());
    read
}

fn jobs(workflow: &Value) -> impl Iterator<Item = (&String, &Value)> {
    workflow["jobs"].as_object().expect("jobs").iter()
}

fn steps(job: &Value) -> &[Value] {
    job["steps"].as_array().expect("steps")
}

/// All words of a step, which would have to name what it runs.
fn words(step: &Value) -> Vec<String> {
    let text = step["run"].as_str().unwrap_or_default();
    text.split(|c: char| c.is_whitespace() || "();|&\"'`$".contains(c)).map(str::to_owned).collect()
}

fn is_writing(job: &Value) -> bool {
    let all = job["permissions"]
        .as_object()
        .expect("each job says its permissions, or those of the workflow count");
    all.values().any(|right| right != "read" && right != "none")
}

#[test]
fn what_may_sign_or_write_builds_nothing() {
    let mut signers = 0;
    for (path, workflow) in workflows() {
        assert_eq!(workflow["permissions"], serde_json::json!({ "contents": "read" }), "{path}");
        for (name, job) in
            jobs(&workflow).filter(|(_, job)| !job["permissions"].is_null() && is_writing(job))
        {
            signers += usize::from(job["permissions"]["id-token"] == "write");
            for step in steps(job) {
                let words = words(step);
                let built = words.iter().find(|word| {
                    BUILDS.contains(&word.as_str())
                        || word.starts_with("./")
                        || word.starts_with(".ci")
                });
                let run = built.or_else(|| words.iter().find(|word| word.starts_with("scripts/")));
                assert_eq!(run, None, "{path}: the job {name} may write, and runs it");
                let action = step["uses"]
                    .as_str()
                    .map(|action| action.split('@').next().unwrap_or_default());
                assert!(
                    action.is_none_or(|action| SIGNERS_ACTIONS.contains(&action)),
                    "{path}: {name}: {action:?}"
                );
            }
        }
    }
    assert_eq!(signers, 1, "one job signs");
}

#[test]
fn actions_are_pinned_and_no_token_stays_in_a_checkout() {
    let mut checkouts = 0;
    for (path, workflow) in workflows() {
        for (name, job) in jobs(&workflow) {
            // Another workflow, or an image, would have to be pinned too.
            for key in ["uses", "container", "services"] {
                assert!(job[key].is_null(), "{path}: the job {name} has `{key}`");
            }
            for step in steps(job) {
                let Some(used) = step["uses"].as_str() else {
                    assert!(step["uses"].is_null(), "{path}: {step}");
                    continue;
                };
                // GitHub ignores the case of these names.
                let used = used.to_ascii_lowercase();
                let (action, commit) = used.split_once('@').unwrap_or((&used, ""));
                let is_commit =
                    commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
                assert!(is_commit && !action.contains(':'), "{path}: {used} is not pinned");
                if action == "actions/checkout" {
                    checkouts += 1;
                    assert_eq!(step["with"]["persist-credentials"], false, "{path}: {step}");
                    assert!(
                        step["with"]["token"].is_null() && step["with"]["ssh-key"].is_null(),
                        "{path}: {step}"
                    );
                }
                // A cache from another workflow would be built in, or run.
                let with = step["with"].as_object().into_iter().flatten();
                let cache = with.map(|(key, _)| key).find(|key| key.contains("cache"));
                assert!(
                    !action.contains("cache") && cache.is_none(),
                    "{path}: {action} with {cache:?}"
                );
            }
        }
    }
    assert!(checkouts >= 4, "only {checkouts} checkouts");
}

fn release_build(args: &[&str], cargo_home: &Path) -> Output {
    let mut command = Command::new(root().join("scripts/release-build"));
    command.args(args).env("CARGO_HOME", cargo_home).output().expect("scripts/release-build starts")
}

/// A dependency that panics, compiled like those of a release.
#[test]
fn paths_of_the_build_machine_are_remapped_and_found() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path().canonicalize().expect("its path");
    let sources = home.join("registry/src/index-0123/dependency-1.0.0/src");
    fs::create_dir_all(&sources).expect("the folder of a dependency");
    let main = sources.join("main.rs");
    fs::write(&main, "fn main() { panic!() }\n").expect("a program");
    let printed = String::from_utf8(release_build(&["flags"], &home).stdout).expect("UTF-8");
    let flags: Vec<&str> = printed.lines().collect();
    let built = |name: &str, flags: &[&str]| {
        let binary = home.join(name);
        let mut rustc = Command::new("rustc");
        rustc
            .args(flags)
            .args(["-C", "debuginfo=0", "-C", "strip=symbols", "-o"])
            .arg(&binary)
            .arg(&main);
        assert!(rustc.status().expect("rustc").success());
        let panic = Command::new(&binary).output().expect("the program starts");
        let checked = release_build(&["check", binary.to_str().expect("a path")], &home);
        (String::from_utf8_lossy(&panic.stderr).into_owned(), checked.status.success())
    };
    let (panic, is_clean) = built("as-a-release", &flags);
    assert!(panic.contains(" cargo/dependency-1.0.0/src/main.rs:1:13"), "{panic}");
    assert!(is_clean, "a path stays in it");
    let (panic, is_clean) = built("as-usual", &[]);
    assert!(panic.contains(home.to_str().expect("a path")), "{panic}");
    assert!(!is_clean, "its path is not found");
    assert!(!release_build(&["check", "no-such-binary"], &home).status.success());
}

/// A user who runs these cannot read the executable (tests/secrecy/executable.rs shows why).
#[test]
fn images_and_archives_give_the_executable_to_root_with_mode_0711() {
    const MODE: &str = "--chown=0:0 --chmod=0711";
    const INSTALLED: &str = "sudo install -o root -g root -m 0711 ";
    let (mut images, mut copies, mut installs) = (0, 0, 0);
    for document in documents() {
        let place = |line: usize| format!("{}:{line}", document.path.display());
        for block in blocks(&document.text)
            .iter()
            .filter(|block| block.info.eq_ignore_ascii_case("dockerfile"))
        {
            // The last stage is the image.
            let stage =
                block.body.rfind("FROM ").map_or(&block.body[..], |start| &block.body[start..]);
            if !block.body.contains("hydrant") {
                continue;
            }
            images += 1;
            let copied = |line: &&str| is_copy(line) && line.contains("hydrant");
            assert_eq!(
                stage.lines().filter(copied).count(),
                1,
                "{}: it copies hydrant once",
                place(block.line)
            );
            let changes =
                stage.lines().find(|line| line.contains("chmod ") || line.contains("chown "));
            assert_eq!(changes, None, "{}: it may change the mode or the owner", place(block.line));
            let user = stage
                .lines()
                .filter_map(|line| line.strip_prefix("USER "))
                .next_back()
                .unwrap_or("0");
            assert!(
                !user.starts_with('0') && !user.starts_with("root"),
                "{}: it runs as root",
                place(block.line)
            );
        }
        // Also in lists and sentences.
        for (number, line) in document.text.lines().enumerate() {
            let copy = line
                .split('`')
                .find(|code| is_copy(code) && code.contains("hydrant /") || is_of_build(code));
            if let Some(copy) = copy {
                copies += 1;
                assert!(copy.contains(MODE), "{}: {copy}", place(number + 1));
            }
            if line.contains("install ") && line.contains("hydrant /usr/local/bin") {
                installs += 1;
                assert!(line.contains(INSTALLED), "{}: {line}", place(number + 1));
            }
        }
    }
    assert!(images >= 3 && copies > images, "only {images} images copy hydrant, in {copies} lines");
    assert!(installs >= 2, "only {installs} lines install it");
    let release = document(".github/workflows/release.yml").text;
    assert!(release.contains(INSTALLED), "the release has no line to install it");
    let archive: Vec<_> = release
        .lines()
        .map(str::trim)
        .filter(|line| line.contains("release/hydrant\" \"dist/"))
        .collect();
    assert_eq!(archive, ["install -m 0711 \"target/$TARGET/release/hydrant\" \"dist/$name/\""]);
    let tar: Vec<_> =
        release.lines().map(str::trim).filter(|line| line.starts_with("tar --create")).collect();
    let options = " --owner 0 --group 0 --numeric-owner ";
    assert!(
        matches!(tar[..], [line] if line.contains(options)),
        "the archive has another owner: {tar:?}"
    );
    for other in ["chmod", "chown", "--mode"] {
        assert!(!release.contains(other), "the release changes modes or owners: {other}");
    }
}

/// A line of a Dockerfile that copies files into the image.
fn is_copy(line: &str) -> bool {
    let word = line.split_whitespace().next().unwrap_or_default();
    ["COPY", "ADD"].iter().any(|copy| word.eq_ignore_ascii_case(copy))
}

/// A line that copies files from the previous stage.
fn is_of_build(line: &str) -> bool {
    is_copy(line) && line.contains("--from=") && line.contains("hydrant")
}
