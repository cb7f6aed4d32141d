//! The process that holds values: no other process of its user can read its memory until it is the
//! command, and no command line has a value.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};

use hydrant_emulator::{Emulator, Fault, Operation};

use crate::secrecy::canary::{PLAIN, forms, found};
use crate::support::Sandbox;

/// The same command without the privileges of root, who may read everything.
fn without_powers(command: &Command) -> Command {
    let root = fs::metadata("/proc/self").expect("/proc").uid() == 0;
    let mut weak = Command::new(if root { "setpriv" } else { "env" });
    if root {
        weak.args(["--inh-caps=-all", "--bounding-set=-all"]);
    }
    weak.arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        weak.env_clear().current_dir(folder);
    }
    weak.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    weak
}

/// What another process of the same user reads there.
fn read(id: u32, file: &str) -> Output {
    let mut cat = Command::new("cat");
    cat.arg(format!("/proc/{id}/{file}"));
    without_powers(&cat).output().expect("cat starts")
}

#[test]
fn it_cannot_be_looked_into_until_it_is_the_command() {
    let emulator = Emulator::start().expect("an emulator");
    let manifest = "version = 1\n[secrets.JSON]\nsecret_id = \"json\"\n[secrets.OTHER]\nvalue_parameter = \"/other\"\n";
    emulator.create_secret("us-east-1", "json", Some(PLAIN)).expect("a secret");
    emulator
        .put_parameter("us-east-1", "/other", PLAIN, hydrant_emulator::ParameterType::String)
        .expect("a parameter");
    // One of the two values is there, and the other is not until the call is made again.
    emulator.fault(Some(Operation::GetParameters), Fault::Stall, 1);
    let sandbox = Sandbox::new(manifest).with(&emulator);
    let command = sandbox.command(["run", "--", "sh", "-c", "echo ready; read line"]);
    let mut child = without_powers(&command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");

    while !emulator.calls().iter().any(|call| call.operation == Operation::GetParameters) {
        std::thread::yield_now();
    }
    let environ = read(child.id(), "environ");
    assert!(!environ.status.success(), "{environ:?}");
    assert!(String::from_utf8_lossy(&environ.stderr).contains("Permission denied"), "{environ:?}");
    let line = read(child.id(), "cmdline");
    assert!(String::from_utf8_lossy(&line.stdout).contains("echo ready"), "{line:?}");
    assert_eq!(found(&forms(PLAIN), &line.stdout), None);

    let mut lines = BufReader::new(child.stdout.take().expect("stdout")).lines();
    assert_eq!(lines.next().expect("a line").expect("a line"), "ready");
    let environ = read(child.id(), "environ");
    assert!(found(&forms(PLAIN), &environ.stdout).is_some(), "{environ:?}");
    assert_eq!(found(&forms(PLAIN), &read(child.id(), "cmdline").stdout), None);
    child.stdin.take().expect("stdin").write_all(b"\n").expect("a line");
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn it_cannot_be_looked_into_while_it_writes() {
    for args in [&["put", "JSON"][..], &["put", "JSON", "--from-file", "value"], &["import"]] {
        let emulator = Emulator::start().expect("an emulator");
        let manifest = "version = 1\n[secrets.JSON]\nsecret_id = \"json\"\n";
        emulator.create_secret("us-east-1", "json", Some("before")).expect("a secret");
        emulator.fault(Some(Operation::PutSecretValue), Fault::Stall, 1);
        let sandbox = Sandbox::new(manifest).with(&emulator);
        sandbox.file("value", PLAIN);
        sandbox.file(".env", &format!("JSON={PLAIN}\n"));
        let mut child = without_powers(&sandbox.command(args))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let child = child.as_mut().expect("it starts");
        _ = child.stdin.take().expect("stdin").write_all(PLAIN.as_bytes());
        while !emulator.calls().iter().any(|call| call.operation == Operation::PutSecretValue) {
            assert!(child.try_wait().expect("its state").is_none(), "{args:?}");
            std::thread::yield_now();
        }
        for file in ["environ", "mem", "maps"] {
            let looked = read(child.id(), file);
            assert!(
                String::from_utf8_lossy(&looked.stderr).contains("Permission denied"),
                "{file}: {looked:?}"
            );
        }
        for file in ["cmdline", "comm"] {
            let looked = read(child.id(), file);
            assert!(looked.status.success() && !looked.stdout.is_empty(), "{file}: {looked:?}");
            assert_eq!(found(&forms(PLAIN), &looked.stdout), None, "{file}");
        }
        assert!(child.wait().expect("it ends").success(), "{args:?}");
    }
}

/// A signal that makes a core file leaves none of hydrant, whatever the limit is.
#[test]
fn it_leaves_no_core_file() {
    let emulator = Emulator::start().expect("an emulator");
    emulator.fault(None, Fault::Stall, usize::MAX);
    let sandbox =
        Sandbox::new("version = 1\n[secrets.JSON]\nsecret_id = \"json\"\n").with(&emulator);
    let limit = "ulimit -c \"$(ulimit -H -c)\" && exec \"$@\"";
    let ended = |program: &[&str]| {
        let mut command = Command::new("sh");
        command.args(["-c", limit, "sh"]).args(program).current_dir(sandbox.path()).env_clear();
        let hydrant = sandbox.command::<&str>([]);
        command.envs(hydrant.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
        if program[0] != "sh" {
            while emulator.calls().is_empty() {
                assert!(child.try_wait().expect("its state").is_none());
                std::thread::yield_now();
            }
            let id = rustix::process::Pid::from_child(&child);
            rustix::process::kill_process(id, rustix::process::Signal::ABORT).expect("a signal");
        }
        let status = child.wait().expect("its end");
        assert_eq!(status.signal(), Some(6), "{program:?}");
        status.core_dumped()
    };
    assert!(!ended(&[env!("CARGO_BIN_EXE_hydrant"), "run", "--", "true"]));
    if !ended(&["sh", "-c", "kill -ABRT $$"]) {
        _ = writeln!(
            std::io::stderr(),
            "tests/secrecy/held.rs: NOT TESTED: this system writes no core files"
        );
    }
}
