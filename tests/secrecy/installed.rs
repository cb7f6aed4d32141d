//! hydrant as installed, started by a user who may or may not read its executable, and another
//! process of that user.
//!
//! Root runs both as the user 65534. Any other user who runs these tests runs both as that user,
//! who cannot read an executable of mode 0111: the kernel decides by the same check.

use std::fs;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::Sandbox;

const NOBODY: u32 = 65534;

/// Whether the user who runs hydrant can read its executable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Executable {
    Readable,
    /// Of mode 0711, and owned by root.
    Unreadable,
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

impl Executable {
    /// Puts a copy of a program into the folder, which everyone may enter from here on.
    pub(crate) fn copy(self, program: &Path, sandbox: &Sandbox) -> PathBuf {
        let name = program.file_name().expect("a program");
        let path = sandbox.path().join(name);
        fs::copy(program, &path).expect("a copy of the program");
        let mode = match self {
            Executable::Readable => 0o755,
            Executable::Unreadable if is_root() => 0o711,
            Executable::Unreadable => 0o111,
        };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("its mode");
        fs::set_permissions(sandbox.path(), fs::Permissions::from_mode(0o755))
            .expect("the folder's mode");
        path
    }
}

/// The command of a sandbox with another program of that folder, started by that user.
pub(crate) fn command(sandbox: &Sandbox, program: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(sandbox.path()).env_clear();
    command.envs(environment(sandbox));
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

/// Another process of that user. It changes to the user itself, because the user may not read this
/// Python.
pub(crate) fn other_process(sandbox: &Sandbox, args: &[&str]) -> String {
    let python = std::env::var_os("HYDRANT_TEST_PYTHON");
    let mut command = Command::new(
        python.expect("HYDRANT_TEST_PYTHON is not set: run the tests through scripts/test"),
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/secrecy/other_process.py");
    command
        .arg("-I")
        .arg(script)
        .args(args)
        .current_dir(sandbox.path())
        .env_clear()
        .envs(environment(sandbox));
    let output = command.output().expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}

fn environment(sandbox: &Sandbox) -> Vec<(std::ffi::OsString, std::ffi::OsString)> {
    let command = sandbox.command::<&str>([]);
    command.get_envs().filter_map(|(name, value)| Some((name.into(), value?.into()))).collect()
}

/// Whether a text is in the memory of a process. For root, to whom nothing is closed.
pub(crate) fn memory_has(id: u32, text: &str) -> bool {
    let maps = fs::read_to_string(format!("/proc/{id}/maps")).expect("its mappings");
    let memory = fs::File::open(format!("/proc/{id}/mem")).expect("its memory");
    maps.lines().filter(|line| line.contains(" rw")).any(|line| {
        let (begin, end) =
            line.split_once(' ').and_then(|(range, _)| range.split_once('-')).expect("a range");
        let [begin, end] =
            [begin, end].map(|address| u64::from_str_radix(address, 16).expect("an address"));
        let mut piece = vec![0; usize::try_from(end - begin).expect("a length")];
        let length = memory.read_at(&mut piece, begin).unwrap_or(0);
        piece[..length].windows(text.len()).any(|window| window == text.as_bytes())
    })
}
