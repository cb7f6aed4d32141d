//! Many processes at once: each with its own clients, all starting at one moment, against the
//! quotas of AWS. The library's tests cover many hydrations in one process.

use std::process::{Child, Command, Stdio};
use std::time::Instant;

use hydrant_emulator::{Emulator, Operation, ParameterType};

use crate::support::{Ran, Sandbox};

const HOME: &str = "us-east-1";

/// Two references in parameters, and their two secrets: one call each is the minimum.
const MANIFEST: &str = "version = 1\n[settings]\ndeadline = \"30s\"\n\
    [secrets.A]\narn_parameter = \"/demo/a-arn\"\n[secrets.B]\narn_parameter = \"/demo/b-arn\"\n";
const LEAST: usize = 2;

/// How many processes there are, and the divisor of the quotas. Two cores start a debug binary so
/// slowly that two hundred would never reach the quotas of AWS: a fifth of the processes reaches a
/// fifth of the quotas.
const PROCESSES: usize = 200 / FEWER;
const FEWER: usize = 5;

fn filled() -> Emulator {
    let emulator = Emulator::start().expect("an emulator");
    for name in ["a", "b"] {
        let arn =
            emulator.create_secret(HOME, &format!("demo/{name}"), Some(&format!("value {name}")));
        let arn = arn.expect("a secret");
        emulator
            .put_parameter(HOME, &format!("/demo/{name}-arn"), &arn, ParameterType::String)
            .expect("a parameter");
    }
    emulator
}

/// A shell that becomes the command when its standard input ends.
fn waiting(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "read -r go; exec \"$@\"", "sh"])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear();
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    shell
}

#[test]
fn processes_that_begin_at_once_all_succeed_within_thirty_seconds() {
    let emulator = filled();
    emulator.limit(
        &[Operation::GetParameter, Operation::GetParameters],
        40 / FEWER as u32,
        40 / FEWER as u32,
    );
    emulator.limit(&[Operation::BatchGetSecretValue], 100 / FEWER as u32, 100 / FEWER as u32);
    let sandbox = Sandbox::new(MANIFEST).with(&emulator);
    let (go, begin) = (std::io::pipe().expect("a pipe"), |input: &std::io::PipeReader| {
        let mut command = waiting(&sandbox.command([
            "run",
            "--",
            "sh",
            "-c",
            "test \"$A $B\" = 'value a value b'",
        ]));
        let input = input.try_clone().expect("the reading end");
        command
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts")
    });
    let (reader, writer) = go;
    let mut processes: Vec<Child> = (0..PROCESSES).map(|_| begin(&reader)).collect();
    drop(reader);
    assert!(emulator.calls().is_empty(), "all of them wait");
    assert!(
        processes.iter_mut().all(|child| child.try_wait().expect("its state").is_none()),
        "all of them are alive"
    );
    drop(writer);
    let begun = Instant::now();
    // It has its own deadline: success means success within thirty seconds of its start.
    let ran: Vec<Ran> = processes
        .into_iter()
        .map(|one| Ran::of(one.wait_with_output().expect("its end")))
        .collect();
    let failed: Vec<&Ran> =
        ran.iter().filter(|ran| ran.code != Some(0) || !ran.stderr.is_empty()).collect();
    let (calls, took) = (emulator.calls().len(), begun.elapsed());
    let said = format!(
        "{calls} calls of {PROCESSES} processes, {} throttled, {took:?}",
        emulator.throttled()
    );
    assert!(failed.is_empty(), "{} failed, the first with {:?}; {said}", failed.len(), failed[0]);
    assert!(emulator.throttled() > 0, "the quotas were met: {said}");
    assert!(calls < PROCESSES * LEAST * 3, "{said}");
    assert_eq!(
        emulator.calls().iter().filter(|call| call.operation == Operation::GetSecretValue).count(),
        0
    );
}
