//! The tools that read generated files: those of Python and of Node.js, as scripts/test installs
//! them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A command of the Python environment.
pub(crate) fn python() -> Command {
    let mut command = Command::new(installed("HYDRANT_TEST_PYTHON"));
    command.stdin(Stdio::null());
    command
}

/// Node.js, with the packages of tests/node.
pub(crate) fn node() -> Command {
    let folder = node_folder();
    let mut command = Command::new(folder.join("bin/node"));
    command.env("NODE_PATH", folder.join("node_modules")).stdin(Stdio::null());
    command
}

/// The folder with `node_modules`.
pub(crate) fn node_folder() -> PathBuf {
    installed("HYDRANT_TEST_NODE")
}

/// The output of a tool, which must succeed.
#[track_caller]
pub(crate) fn printed(command: &mut Command) -> String {
    let output = command.output().expect("the tool starts");
    assert!(output.status.success(), "{}", both(&output));
    String::from_utf8(output.stdout).expect("UTF-8 output")
}

/// All output of a tool.
pub(crate) fn both(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The formatter does not change this file.
#[track_caller]
pub(crate) fn is_pretty(file: &Path) {
    let prettier = node_folder().join("node_modules/prettier/bin/prettier.cjs");
    let output = node()
        .arg(prettier)
        .arg("--no-config")
        .arg("--check")
        .arg(file)
        .output()
        .expect("prettier starts");
    assert!(
        output.status.success(),
        "{}\n{}",
        both(&output),
        std::fs::read_to_string(file).expect("the file")
    );
}

fn installed(variable: &str) -> PathBuf {
    let path = std::env::var_os(variable);
    path.unwrap_or_else(|| panic!("{variable} is not set: run the tests through scripts/test"))
        .into()
}
