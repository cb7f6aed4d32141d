//! The call at the start of `main`: once per process, all or nothing, while no other thread runs.
//!
//! Each test is a process of its own, which has no other thread.

mod cases;
#[path = "../support/programs.rs"]
mod programs;
mod store;

use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    programs::main("HYDRANT_ONCE_TEST", &cases::ALL, |case| case(), |_, program| passes(program()))
}

/// Runs one test in a child that has an empty environment, in a folder with a manifest and an env
/// file.
fn passes(mut program: Command) -> bool {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let manifest = "version = 1\n[secrets.OPENAI_API_KEY]\nrequired = false\n[secrets.GEMINI_API_KEY]\nrequired = false\n";
    std::fs::write(folder.path().join("secrets.toml"), manifest).expect("a manifest");
    let file = "OPENAI_API_KEY=sk-test-file\nDATABASE_URL=postgres://localhost/demo\n";
    std::fs::write(folder.path().join(".env"), file).expect("an env file");
    program.current_dir(folder.path()).status().expect("a child process").success()
}
