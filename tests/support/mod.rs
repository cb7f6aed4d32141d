//! Shared by the black-box tests: a builder that runs the real binary in a separate folder and
//! environment.
//!
//! Only `PATH` of the caller's environment reaches the binary, and it calls only loopback
//! addresses.

#[macro_use]
pub(crate) mod aws;
pub(crate) mod confined;
pub(crate) mod server;
pub(crate) mod terminal;

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use hydrant_emulator::Emulator;
use tempfile::TempDir;

/// A folder with a manifest, and the environment to run `hydrant` in it.
pub(crate) struct Sandbox {
    folder: TempDir,
    env: Vec<(OsString, OsString)>,
    args: Vec<OsString>,
}

/// The result of a run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Sandbox {
    /// A folder that contains this `secrets.toml`.
    pub(crate) fn new(manifest: &str) -> Self {
        let sandbox = Self::empty();
        sandbox.file("secrets.toml", manifest);
        sandbox
    }

    /// An empty folder.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let sandbox = Sandbox { folder, env: Vec::new(), args: Vec::new() };
        let path = std::env::var_os("PATH").unwrap_or_default();
        // hydrant looks at nothing outside the folder, and calls no metadata service.
        sandbox
            .env("PATH", path)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into the folder.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).expect("a file for the test");
        path
    }

    pub(crate) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.retain(|(set, _)| set != name);
        self.env.push((name.into(), value.into()));
        self
    }

    /// Credentials, region and endpoint of a server on loopback.
    pub(crate) fn at(self, endpoint: &str) -> Self {
        assert!(endpoint.starts_with("http://127.0.0.1:"), "only loopback is allowed: {endpoint}");
        self.env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "us-east-1")
    }

    /// The same for an emulator.
    pub(crate) fn with(self, emulator: &Emulator) -> Self {
        self.at(&emulator.endpoint())
    }

    /// Arguments of every run, before those of the run itself.
    pub(crate) fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// The command, ready to start, for tests that need more than its result.
    pub(crate) fn command<A: Into<OsString>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hydrant"));
        command.args(&self.args).args(args.into_iter().map(Into::into));
        command
            .current_dir(self.path())
            .env_clear()
            .envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// The same with no ignored signal that would end it, whatever the tests were started with (for
    /// example under `nohup`).
    pub(crate) fn interruptible<A: Into<OsString>>(
        &self,
        args: impl IntoIterator<Item = A>,
    ) -> Command {
        self.started_by(&["env", "--default-signal=TERM,INT,HUP,QUIT"], args)
    }

    /// The same with at most so many KiB of memory for data, beyond which an allocation fails.
    /// `getrusage` of a child begins with the peak of its parent, and so with that of these tests.
    pub(crate) fn within_memory<A: Into<OsString>>(
        &self,
        kib: u64,
        args: impl IntoIterator<Item = A>,
    ) -> Command {
        self.started_by(&["sh", "-c", &format!("ulimit -d {kib} && exec \"$@\""), "sh"], args)
    }

    /// The command that this one turns into.
    pub(crate) fn started_by<A: Into<OsString>>(
        &self,
        starter: &[&str],
        args: impl IntoIterator<Item = A>,
    ) -> Command {
        let own = self.command(args);
        let mut command = Command::new(starter[0]);
        command.args(&starter[1..]).arg(own.get_program()).args(own.get_args());
        command
            .current_dir(self.path())
            .env_clear()
            .envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs it to its end, with empty standard input.
    pub(crate) fn run<A: Into<OsString>>(&self, args: impl IntoIterator<Item = A>) -> Ran {
        let output = self.command(args).stdin(Stdio::null()).output().expect("the binary starts");
        Ran::of(output)
    }

    /// Runs it to its end with this on its standard input, through a pipe.
    pub(crate) fn fed<A: Into<OsString>>(
        &self,
        args: impl IntoIterator<Item = A>,
        input: impl AsRef<[u8]>,
    ) -> Ran {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        // It may end, or stop reading, before it has read everything.
        _ = child.stdin.take().expect("its standard input").write_all(input.as_ref());
        Ran::of(child.wait_with_output().expect("its end"))
    }
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8 output");
        Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Code, stdout and stderr, to the letter.
    #[track_caller]
    pub(crate) fn is(&self, code: i32, stdout: &str, stderr: &str) {
        assert_eq!(
            (self.code, self.stdout.as_str(), self.stderr.as_str()),
            (Some(code), stdout, stderr)
        );
    }

    /// Success, with this on stdout and nothing on stderr.
    #[track_caller]
    pub(crate) fn prints(&self, stdout: &str) {
        self.is(0, stdout, "");
    }
}

/// The AWS mock that this project did not write. `scripts/test` starts it.
pub(crate) fn moto() -> String {
    std::env::var("HYDRANT_TEST_MOTO")
        .expect("HYDRANT_TEST_MOTO is not set: run the tests through scripts/test")
}
