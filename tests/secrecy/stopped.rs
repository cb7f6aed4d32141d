//! What another process of the same user can read of hydrant while it stops it with SIGSTOP, at
//! each step of `run`: the table of docs/security.md, row by row.

use std::fs;
use std::io::{BufRead, BufReader, Write, pipe};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use hydrant_emulator::{Emulator, Fault, Operation, ParameterType};
use rustix::fs::{CWD, Mode, OFlags};
use serde_json::Value;

use crate::secrecy::canary::PLAIN;
use crate::secrecy::installed::{Executable, command, is_root, memory_has, other_process};
use crate::support::Sandbox;

const DOCUMENT: &str = include_str!("../../docs/security.md");

/// A value that hydrant was started with. The one from AWS is [`PLAIN`].
const LOCAL: &str = "local-T5rX8wQ2";

const MANIFEST: &str = "version = 1
[settings]
deadline = \"60s\"
[secrets.JSON]
secret_id = \"json\"
[secrets.OTHER]
value_parameter = \"/other\"
[secrets.FIRST]
required = false
secret_id = \"first\"
[secrets.SECOND]
required = false
arn_parameter = \"/second\"
";

/// A step of `run`: how hydrant gets there and is held.
type Step = fn(Sandbox, &Emulator, Executable) -> Waiting;

/// The rows: a step as the document names it, and the executables for which the row is the same.
const ROWS: [(&str, Step, &[Executable]); 7] = [
    ("before `main`, its user can read the executable", before_main, &[Executable::Readable]),
    ("before `main`, its user cannot read the executable", before_main, &[Executable::Unreadable]),
    ("before the first call", before_the_first_call, &BOTH),
    ("during a call", during_a_call, &BOTH),
    ("before the exec, with every value", before_the_exec, &BOTH),
    ("after the exec: the command", after_the_exec, &[Executable::Readable]),
    (
        "after the exec: a command whose executable its user cannot read",
        after_the_exec,
        &[Executable::Unreadable],
    ),
];

const BOTH: [Executable; 2] = [Executable::Readable, Executable::Unreadable];

/// The columns: files below /proc/PID that open together, and system calls.
const COLUMNS: [&[&str]; 3] = [
    &["cmdline", "comm", "stat", "status"],
    &["environ", "auxv", "mem", "maps", "smaps", "fd", "process_vm_readv", "pidfd_getfd", "ptrace"],
    &["stack"],
];

#[test]
fn what_sigstop_makes_readable_is_what_the_document_says() {
    let rows = ROWS.iter().flat_map(|(step, start, executables)| {
        executables.iter().map(move |executable| {
            (format!("| {step} | {} |", look(*start, *executable)), executable)
        })
    });
    for (row, executable) in rows.collect::<Vec<_>>() {
        assert!(
            DOCUMENT.lines().any(|line| line == row),
            "{executable:?}: docs/security.md has no line\n{row}"
        );
    }
}

/// Stops hydrant at a step, and returns what can be read then, as the cells of a row.
fn look(step: Step, executable: Executable) -> String {
    let emulator = Emulator::start().expect("an emulator");
    emulator.create_secret("us-east-1", "json", Some(PLAIN)).expect("a secret");
    emulator
        .put_parameter("us-east-1", "/other", "other", ParameterType::String)
        .expect("a parameter");
    let sandbox = Sandbox::new(MANIFEST).with(&emulator).env("LOCAL", LOCAL);
    let seen = step(sandbox, &emulator, executable).look();
    let opened = |names: &[&str]| {
        let mut kinds: Vec<_> =
            names.iter().map(|name| seen["opened"][name].as_str().expect("an outcome")).collect();
        kinds.dedup();
        assert_eq!(kinds.len(), 1, "{names:?} of {seen}");
        kinds.concat()
    };
    let holding = |text: &str| {
        let pairs = seen["holding"].as_array().expect("a list").iter();
        let mut names: Vec<_> =
            pairs.filter(|pair| pair[1] == text).filter_map(|pair| pair[0].as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let names = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        if names.is_empty() { "nowhere".to_owned() } else { names }
    };
    COLUMNS
        .into_iter()
        .map(opened)
        .chain([LOCAL, PLAIN].map(holding))
        .collect::<Vec<_>>()
        .join(" | ")
}

/// A hydrant that waits at a step, with what it waits for. Dropping this ends it.
struct Waiting {
    sandbox: Sandbox,
    child: Child,
    /// Values from AWS are in its memory, as root can confirm.
    has_values: bool,
    /// The other end stays open.
    _held: Vec<OwnedFd>,
}

impl Waiting {
    fn look(mut self) -> Value {
        let id = self.child.id();
        assert!(self.child.try_wait().expect("its state").is_none(), "it has ended");
        let status = fs::read_to_string(format!("/proc/{id}/status")).expect("its status");
        assert!(status.contains("CapEff:\t0000000000000000\n"), "{status}");
        if is_root() {
            assert_eq!(memory_has(id, PLAIN), self.has_values);
        }
        let seen = other_process(&self.sandbox, &["look", &id.to_string(), LOCAL, PLAIN]);
        serde_json::from_str(&seen).expect("JSON")
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// The loader opens a library that is a FIFO without a writer.
fn before_main(sandbox: Sandbox, _: &Emulator, executable: Executable) -> Waiting {
    fifo(&sandbox.path().join("libc.so.6"));
    let folder = sandbox.path().to_owned();
    let hydrant = executable.copy(hydrant(), &sandbox);
    let mut command = command(&sandbox, &hydrant, &["run", "--", "true"]);
    let child = command.env("LD_LIBRARY_PATH", folder).spawn().expect("it starts");
    let stat = format!("/proc/{}/stat", child.id());
    until(|| fs::read_to_string(&stat).expect("its state").contains("(hydrant) S"));
    Waiting { sandbox, child, has_values: false, _held: Vec::new() }
}

/// Credentials come from a process that reads a FIFO.
fn before_the_first_call(sandbox: Sandbox, _: &Emulator, executable: Executable) -> Waiting {
    let credentials = sandbox.path().join("credentials");
    fifo(&credentials);
    let config = sandbox.file(
        "config",
        &format!("[default]\ncredential_process = cat {}\n", credentials.display()),
    );
    let sandbox = sandbox
        .env("AWS_ACCESS_KEY_ID", "")
        .env("AWS_SECRET_ACCESS_KEY", "")
        .env("AWS_CONFIG_FILE", config);
    let child = start(&sandbox, executable, &["run", "--", "true"]);
    let mut writer = None;
    until(|| {
        // It opens as soon as there is a reader.
        writer =
            rustix::fs::open(&credentials, OFlags::WRONLY | OFlags::NONBLOCK, Mode::empty()).ok();
        writer.is_some()
    });
    Waiting { sandbox, child, has_values: false, _held: writer.into_iter().collect() }
}

/// One value is there, and the response to another call never comes.
fn during_a_call(sandbox: Sandbox, emulator: &Emulator, executable: Executable) -> Waiting {
    emulator.fault(Some(Operation::GetParameters), Fault::Stall, usize::MAX);
    let child = start(&sandbox, executable, &["--only", "JSON,OTHER", "run", "--", "true"]);
    until(|| emulator.calls().len() >= 2);
    until(|| !is_root() || memory_has(child.id(), PLAIN));
    Waiting { sandbox, child, has_values: true, _held: Vec::new() }
}

/// Two entries have no value: stderr takes the first warning, and is then full.
fn before_the_exec(sandbox: Sandbox, _: &Emulator, executable: Executable) -> Waiting {
    let (reader, mut writer) = pipe().expect("a pipe");
    let full = fill(&mut writer);
    let program = executable.copy(hydrant(), &sandbox);
    let mut command = command(&sandbox, &program, &["run", "--", "true"]);
    let child = command.stderr(writer).spawn().expect("it starts");
    drop(command);
    until(|| rustix::io::ioctl_fionread(&reader).expect("its length") > full);
    Waiting { sandbox, child, has_values: true, _held: vec![reader.into()] }
}

/// The command, which waits for a line.
fn after_the_exec(sandbox: Sandbox, _: &Emulator, executable: Executable) -> Waiting {
    let shell = executable.copy(&fs::canonicalize("/bin/sh").expect("a shell"), &sandbox);
    let program = Executable::Readable.copy(hydrant(), &sandbox);
    let words = ["run", "--", shell.to_str().expect("a path"), "-c", "echo ready; read line"];
    let mut command = command(&sandbox, &program, &words);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("stdout")).read_line(&mut line).expect("a line");
    assert_eq!(line, "ready\n");
    Waiting { sandbox, child, has_values: true, _held: Vec::new() }
}

fn hydrant() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_hydrant"))
}

fn start(sandbox: &Sandbox, executable: Executable, args: &[&str]) -> Child {
    let program = executable.copy(hydrant(), sandbox);
    command(sandbox, &program, args).spawn().expect("it starts")
}

fn fifo(path: &Path) {
    rustix::fs::mknodat(CWD, path, rustix::fs::FileType::Fifo, Mode::from_raw_mode(0o644), 0)
        .expect("a FIFO");
}

/// Fills a pipe except for a line, and returns how far.
fn fill(writer: &mut impl Write) -> u64 {
    const CAPACITY: usize = 65536;
    const LINE: usize = 300;
    writer.write_all(&[b'.'; CAPACITY - LINE]).expect("room in the pipe");
    (CAPACITY - LINE) as u64
}

/// Checks repeatedly, because there is nothing to wait for.
#[track_caller]
fn until(mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < end, "it never came");
        std::thread::yield_now();
    }
}
