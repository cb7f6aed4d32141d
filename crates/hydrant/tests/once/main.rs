//! The call at the start of `main`: once per process, all or nothing, while no other thread runs.
//!
//! Each test is a process of its own, whose `main` is this one: no harness, because a harness has threads.

mod cases;
mod store;

use std::io::{self, Write};
use std::process::{Command, ExitCode};

/// Names the test that a child process is.
const CHILD: &str = "HYDRANT_ONCE_TEST";

fn main() -> ExitCode {
    if let Ok(name) = std::env::var(CHILD) {
        let (_, case) = cases::ALL.iter().find(|(known, _)| *known == name).expect("a test of this name");
        case();
        return ExitCode::SUCCESS;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    // No test is ignored.
    let chosen = |name: &str| {
        let mut filters =
            arguments.iter().filter(|argument| !argument.starts_with('-') && *argument != "terse").peekable();
        let matches = |filter: &String| if has("--exact") { filter == name } else { name.contains(filter.as_str()) };
        !has("--ignored") && (filters.peek().is_none() || filters.any(matches))
    };
    let names = cases::ALL.iter().map(|(name, _)| *name).filter(|name| chosen(name));
    let mut out = io::stdout();
    let mut failed = 0;
    for name in names {
        let said = if has("--list") {
            "test"
        } else if passes(name) {
            "ok"
        } else {
            failed += 1;
            "FAILED"
        };
        writeln!(out, "{name}: {said}").expect("standard output");
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs one test in a child that has an empty environment, in a folder with a manifest and an env file.
fn passes(name: &str) -> bool {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let manifest =
        "version = 1\n[secrets.OPENAI_API_KEY]\nrequired = false\n[secrets.GEMINI_API_KEY]\nrequired = false\n";
    std::fs::write(folder.path().join("secrets.toml"), manifest).expect("a manifest");
    let file = "OPENAI_API_KEY=sk-test-file\nDATABASE_URL=postgres://localhost/demo\n";
    std::fs::write(folder.path().join(".env"), file).expect("an env file");
    let mut child = Command::new(std::env::current_exe().expect("this program"));
    child.env_clear().env(CHILD, name).current_dir(folder.path());
    child.status().expect("a child process").success()
}
