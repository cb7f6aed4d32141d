//! How releases are made: the job that may sign runs nothing of the repository, and what is shipped
//! names no folder of the machine that built it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::markdown::blocks;
use crate::{document, documents, root};

/// Words that begin or stand in commands which run code of the repository or of its dependencies.
const BUILDS: [&str; 16] = [
    "cargo", "rustc", "rustup", "make", "cc", "gcc", "apt", "apt-get", "pip", "pipx", "npm", "python3", "bash", "sh",
    "tar", "source",
];

/// What the job that signs may use: what neither builds nor checks out.
const SIGNERS_ACTIONS: [&str; 2] = ["actions/download-artifact", "actions/attest-build-provenance"];

fn workflows() -> Vec<(String, Value)> {
    let python = std::env::var_os("HYDRANT_TEST_PYTHON");
    let python = python.expect("HYDRANT_TEST_PYTHON is not set: run the tests through scripts/test");
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

/// Everything that a step says, which would have to name what it runs.
fn words(step: &Value) -> Vec<String> {
    let text = step["run"].as_str().unwrap_or_default();
    text.split(|c: char| c.is_whitespace() || "();|&\"'`$".contains(c)).map(str::to_owned).collect()
}

fn is_writing(job: &Value) -> bool {
    let all = job["permissions"].as_object().expect("each job says its permissions, or those of the workflow count");
    all.values().any(|right| right != "read" && right != "none")
}

#[test]
fn what_may_sign_or_write_builds_nothing() {
    let mut signers = 0;
    for (path, workflow) in workflows() {
        assert_eq!(workflow["permissions"], serde_json::json!({ "contents": "read" }), "{path}");
        for (name, job) in jobs(&workflow).filter(|(_, job)| !job["permissions"].is_null() && is_writing(job)) {
            signers += usize::from(job["permissions"]["id-token"] == "write");
            for step in steps(job) {
                let words = words(step);
                let built = words
                    .iter()
                    .find(|word| BUILDS.contains(&word.as_str()) || word.starts_with("./") || word.starts_with(".ci"));
                let run = built.or_else(|| words.iter().find(|word| word.starts_with("scripts/")));
                assert_eq!(run, None, "{path}: the job {name} may write, and runs it");
                let action = step["uses"].as_str().map(|action| action.split('@').next().unwrap_or_default());
                assert!(action.is_none_or(|action| SIGNERS_ACTIONS.contains(&action)), "{path}: {name}: {action:?}");
            }
        }
    }
    assert_eq!(signers, 1, "one job signs");
}

#[test]
fn actions_are_pinned_and_no_token_stays_in_a_checkout() {
    for (path, workflow) in workflows() {
        for step in jobs(&workflow).flat_map(|(_, job)| steps(job)) {
            let Some((action, commit)) = step["uses"].as_str().and_then(|action| action.split_once('@')) else {
                assert!(step["uses"].is_null(), "{path}: {step}");
                continue;
            };
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{path}: {action}");
            assert!(action != "actions/checkout" || step["with"]["persist-credentials"] == false, "{path}: {step}");
            // What another workflow put there would be built in, or run.
            assert!(!action.contains("cache") && step["with"]["cache"].is_null(), "{path}: {action}");
        }
    }
}

fn release_build(args: &[&str], cargo_home: &Path) -> Output {
    let mut command = Command::new(root().join("scripts/release-build"));
    command.args(args).env("CARGO_HOME", cargo_home).output().expect("scripts/release-build starts")
}

/// A dependency that panics, compiled as one of a release is.
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
        rustc.args(flags).args(["-C", "debuginfo=0", "-C", "strip=symbols", "-o"]).arg(&binary).arg(&main);
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

/// Whoever runs what these make cannot read the executable (tests/secrecy/executable.rs shows what
/// that is for).
#[test]
fn images_and_archives_give_the_executable_to_root_with_mode_0711() {
    let mut images = 0;
    for document in documents() {
        for block in blocks(&document.text).iter().filter(|block| block.info == "dockerfile") {
            let place = format!("{}:{}", document.path.display(), block.line);
            let copies = block.body.lines().filter(|line| line.starts_with("COPY") && line.contains("bin/hydrant"));
            images +=
                copies.inspect(|line| assert!(line.contains("--chown=0:0 --chmod=0711"), "{place}: {line}")).count();
            let user = block.body.lines().find_map(|line| line.strip_prefix("USER ")).unwrap_or("0");
            assert!(!user.starts_with('0') && !user.starts_with("root"), "{place}: it runs as root");
        }
    }
    assert!(images >= 3, "only {images} images copy hydrant");
    let release = document(".github/workflows/release.yml").text;
    assert!(release.contains("install -m 0711 \"target/$TARGET/release/hydrant\""), "the archive has another mode");
    assert!(release.contains("--owner 0 --group 0 --numeric-owner"), "the archive has another owner");
    for path in ["README.md", "docs/security.md", ".github/workflows/release.yml"] {
        assert!(
            document(path).text.contains("sudo install -o root -g root -m 0711 "),
            "{path} has no line to install it"
        );
    }
}
