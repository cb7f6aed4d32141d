//! `hydrant run` replaces itself with its command: process id, signals, streams and exit codes
//! belong to the command.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use crate::support::Sandbox;

const MANIFEST: &str = "version = 1\n[secrets.KEY]\n";

fn sandbox() -> Sandbox {
    Sandbox::new(MANIFEST).env("KEY", "sk-local")
}

/// Like a shell's `kill`.
fn kill(signal: &str, id: u32) {
    assert!(
        Command::new("sh")
            .args(["-c", &format!("kill -{signal} {id}")])
            .status()
            .expect("sh runs")
            .success()
    );
}

#[test]
fn the_command_is_the_process() {
    let sandbox = sandbox();
    let child = sandbox
        .command(["run", "--", "sh", "-c", "echo $$"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let id = child.id();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{id}\n"));
}

#[test]
fn its_exit_code_is_that_of_the_command() {
    for code in [0, 1, 2, 42, 66, 77, 255] {
        sandbox().run(["run", "--", "sh", "-c", &format!("exit {code}")]).is(code, "", "");
    }
}

#[test]
fn a_signal_ends_it_as_it_ends_the_bare_command() {
    for (name, signal) in [("TERM", 15), ("KILL", 9), ("INT", 2), ("PIPE", 13)] {
        // Whatever the tests were started with.
        let script = format!("exec env --default-signal sh -c 'kill -{name} $$'");
        let status = sandbox().command(["run", "--", "sh", "-c", &script]).status().unwrap();
        assert_eq!((status.signal(), status.code()), (Some(signal), None), "{name}");
    }
}

#[test]
fn signals_reach_the_command() {
    let script = "trap 'echo got TERM; exit 9' TERM; echo ready; read line";
    let sandbox = sandbox();
    let mut command = sandbox.command(["run", "--", "sh", "-c", script]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    kill("TERM", child.id());
    // A command that the signal did not reach ends here, rather than never.
    drop(child.stdin.take());
    assert_eq!(lines.next().unwrap().unwrap(), "got TERM");
    assert_eq!(child.wait().unwrap().code(), Some(9));
}

#[test]
fn standard_input_passes_through() {
    let sandbox = sandbox();
    let mut command = sandbox.command(["run", "--", "cat"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"in\0and out").unwrap();
    let mut out = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut out).unwrap();
    assert_eq!((out.as_slice(), child.wait().unwrap().code()), (&b"in\0and out"[..], Some(0)));
}

#[test]
fn a_command_that_is_not_there() {
    let stderr = "hydrant: error: failed to run no-such-command: command not found in PATH\n";
    sandbox().run(["run", "--", "no-such-command", "argument"]).is(127, "", stderr);
    let stderr =
        "hydrant: error: failed to run ./no-such-file: No such file or directory (os error 2)\n";
    sandbox().run(["run", "--", "./no-such-file"]).is(127, "", stderr);
}

#[test]
fn a_command_that_cannot_be_run() {
    let sandbox = sandbox();
    sandbox.file("data", "no program\n");
    let stderr = "hydrant: error: failed to run ./data: Permission denied (os error 13)\n";
    sandbox.run(["run", "--", "./data"]).is(126, "", stderr);
    sandbox.run(["run", "--", "."]).is(
        126,
        "",
        "hydrant: error: failed to run .: Permission denied (os error 13)\n",
    );
}

#[test]
fn nothing_of_hydrant_is_left_in_the_command() {
    let status = |mut command: Command| {
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let of_interest = |line: &&str| {
            ["SigBlk", "SigIgn", "SigCgt", "Threads", "Sig-fd", "CapEff"]
                .iter()
                .any(|name| line.starts_with(name))
        };
        text.lines().filter(of_interest).map(str::to_owned).collect::<Vec<_>>()
    };
    let script = "cat /proc/self/status; ls /proc/self/fd | sed s/^/Sig-fd-/";
    let mut bare = Command::new("sh");
    bare.args(["-c", script]).stdin(Stdio::null());
    let sandbox = sandbox();
    let mut ours = sandbox.command(["run", "--", "sh", "-c", script]);
    ours.stdin(Stdio::null());
    assert_eq!(status(ours), status(bare));
}
