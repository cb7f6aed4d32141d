//! The effect of a signal during a call to AWS, and what the command inherits: dispositions and
//! mask, as hydrant was started with them.
//!
//! The emulator holds each response for as long as a test wants, so a signal arrives during a call
//! without a wait. `env` of the GNU core utilities sets the dispositions and the mask, whatever the
//! tests were started with.

use std::fs;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use hydrant_emulator::{Emulator, Fault, Operation, ParameterType};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::Sandbox;

const ENDING: [(&str, Signal); 4] =
    [("TERM", Signal::TERM), ("INT", Signal::INT), ("HUP", Signal::HUP), ("QUIT", Signal::QUIT)];

/// Every command that calls AWS, with its arguments.
const COMMANDS: [&str; 14] = [
    "run -- touch started",
    "export --format json",
    "check --live",
    "status",
    "doctor",
    "history KEY",
    "put KEY --from-file value",
    "put KEY --create --from-file value",
    "import values.env",
    "rollback KEY",
    "delete KEY --yes",
    "restore KEY",
    "rotate KEY",
    "put PART --merge --from-file value",
];

const MANIFEST: &str = "version = 1
[secrets.KEY]
secret_id = \"demo/key\"
[secrets.PART]
secret_id = \"demo/parts\"
json_key = \"part\"
";

const RECORDED: &str = "version = 1
[settings]
audit_log = \"audit.jsonl\"
[secrets.KEY]
secret_id = \"demo/key\"
[secrets.PART]
secret_id = \"demo/parts\"
json_key = \"part\"
[secrets.PARAMETER]
value_parameter = \"/demo/parameter\"
[secrets.NEW]
secret_id = \"demo/new\"
";

/// Longer than any event that happens at all.
const PATIENCE: Duration = Duration::from_secs(60);

/// An account that holds every response, and a client of it.
fn account(manifest: &str) -> (Emulator, Sandbox) {
    let emulator = Emulator::start().expect("an emulator");
    emulator.create_secret("us-east-1", "demo/key", Some("fetched")).expect("a secret");
    emulator
        .create_secret("us-east-1", "demo/parts", Some("{\"part\":\"fetched\"}"))
        .expect("a secret");
    emulator.fault(None, Fault::Hold, usize::MAX);
    let sandbox = Sandbox::new(manifest).with(&emulator).env("HOME", "/nonexistent");
    sandbox.file("value", "new");
    sandbox.file("values.env", "KEY=new\n");
    (emulator, sandbox)
}

/// Starts the command through `env`, with these dispositions.
fn start(sandbox: &Sandbox, dispositions: &[&str], args: &str) -> Child {
    let command = sandbox.command(args.split(' '));
    let mut env = Command::new("env");
    env.args(dispositions)
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(sandbox.path());
    env.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    env.stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("env starts")
}

const DEFAULT: &[&str] = &["--default-signal=TERM,INT,HUP,QUIT,PIPE,CHLD"];

#[track_caller]
fn wait_for_a_call(emulator: &Emulator, child: &mut Child) {
    let begun = Instant::now();
    while emulator.held() == 0 {
        if child.try_wait().expect("a state").is_some() {
            let mut said = String::new();
            _ = child.stderr.take().map(|mut stderr| stderr.read_to_string(&mut said));
            panic!("it ended before it asked: {said}");
        }
        assert!(begun.elapsed() < PATIENCE, "it asks nothing");
        std::thread::yield_now();
    }
}

/// Releases responses that nobody waits for any more, so that the next call is the next command's.
fn release(emulator: &Emulator) {
    emulator.release();
    while emulator.held() > 0 {
        std::thread::yield_now();
    }
}

fn kill(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("an id")).expect("an id");
    kill_process(pid, signal).expect("it is there");
}

/// Its end, which comes without any response.
#[track_caller]
fn end(mut child: Child) -> Output {
    let begun = Instant::now();
    while child.try_wait().expect("a state").is_none() {
        if begun.elapsed() > PATIENCE {
            _ = child.kill();
            panic!("it goes on: {:?}", child.wait_with_output());
        }
        std::thread::yield_now();
    }
    child.wait_with_output().expect("its output")
}

/// The signal masks in /proc/PID/status, without the two signals that the C library uses for its
/// threads.
fn signals_of(output: &Output) -> Vec<(String, String)> {
    const OF_THREADS: u64 = 0b11 << 31;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().filter_map(|line| line.split_once(":\t"));
    let masks: Vec<_> = lines
        .filter(|(name, _)| ["SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt"].contains(name))
        .map(|(name, mask)| {
            let mask = u64::from_str_radix(mask, 16).expect("a mask") & !OF_THREADS;
            (name.to_owned(), format!("{mask:016x}"))
        })
        .collect();
    assert_eq!(masks.len(), 5, "{output:?}");
    masks
}

#[test]
fn a_signal_ends_every_command_at_once_and_by_itself() {
    let (emulator, sandbox) = account(MANIFEST);
    for args in COMMANDS {
        for (name, signal) in ENDING {
            let mut child = start(&sandbox, DEFAULT, args);
            wait_for_a_call(&emulator, &mut child);
            kill(&child, signal);
            let output = end(child);
            assert_eq!(output.status.signal(), Some(signal.as_raw()), "{args}, {name}: {output:?}");
            assert!(
                output.stdout.is_empty() && output.stderr.is_empty(),
                "{args}, {name}: {output:?}"
            );
            release(&emulator);
        }
    }
    assert!(!sandbox.path().join("started").exists(), "the command was started");
}

/// The recorded event and action, and the outcome if it is one.
fn records(sandbox: &Sandbox, row: &str) -> Vec<(String, String, Option<String>)> {
    let text = fs::read_to_string(sandbox.path().join("audit.jsonl"))
        .unwrap_or_else(|error| panic!("no audit log, {row}: {error}"));
    let field = |record: &serde_json::Value, name: &str| record[name].as_str().map(str::to_owned);
    let records = text.lines().map(|line| serde_json::from_str(line).expect("a whole line"));
    records
        .map(|record: serde_json::Value| {
            let of = |name| field(&record, name).expect("a field");
            (of("event"), of("action"), field(&record, "outcome"))
        })
        .collect()
}

/// Every recorded call of every command: the action, and how many records exist before it is in
/// flight.
#[test]
fn what_is_in_flight_is_recorded_as_unknown() {
    use Operation::{
        BatchGetSecretValue, CreateSecret, DeleteParameter, DeleteSecret, DescribeParameters,
        DescribeSecret, GetParameters, GetSecretValue, ListSecretVersionIds, PutParameter,
        PutSecretValue, RestoreSecret, RotateSecret, UpdateSecretVersionStage,
    };
    const ROTATION: &str =
        "rotate KEY --every 90d --lambda arn:aws:lambda:us-east-1:123456789012:function:rotate";
    for (args, operation, action, before) in [
        ("put KEY --from-file value", PutSecretValue, "put", 0),
        ("put NEW --create --from-file value", CreateSecret, "put", 0),
        ("put PARAMETER --from-file value", PutParameter, "put", 0),
        ("put PART --merge --from-file value", GetSecretValue, "put", 0),
        ("put PART --merge --from-file value", UpdateSecretVersionStage, "put", 0),
        ("import values.env", PutSecretValue, "import", 0),
        ("delete KEY --yes", DeleteSecret, "delete", 0),
        ("delete PARAMETER --yes --now", DeleteParameter, "delete", 0),
        ("restore KEY", RestoreSecret, "restore", 0),
        (ROTATION, RotateSecret, "rotate", 0),
        ("rollback KEY", UpdateSecretVersionStage, "rollback", 0),
        ("status", DescribeSecret, "status", 0),
        ("status", DescribeParameters, "status", 0),
        ("history KEY", ListSecretVersionIds, "history", 0),
        ("run -- touch started", BatchGetSecretValue, "read", 0),
        ("run -- touch started", GetParameters, "read", 0),
        ("export --format json", BatchGetSecretValue, "read", 0),
        ("check --live", DescribeSecret, "check", 0),
        ("check --live", DescribeParameters, "check", 0),
        ("doctor", DescribeSecret, "check", 0),
        ("doctor", BatchGetSecretValue, "read", 1),
        ("doctor", GetParameters, "read", 1),
    ] {
        for (name, signal) in ENDING {
            let (emulator, sandbox) = account(RECORDED);
            emulator.put_secret_value("us-east-1", "demo/key", "fetched again").expect("a version");
            let secure = ParameterType::SecureString;
            emulator
                .put_parameter("us-east-1", "/demo/parameter", "fetched", secure)
                .expect("a parameter");
            emulator.clear_faults();
            emulator.fault(Some(operation), Fault::Hold, usize::MAX);
            let mut child = start(&sandbox, DEFAULT, args);
            wait_for_a_call(&emulator, &mut child);
            kill(&child, signal);
            let output = end(child);
            assert_eq!(output.status.signal(), Some(signal.as_raw()), "{args}, {name}: {output:?}");
            let records = records(&sandbox, &format!("{args}, {operation:?}, {name}"));
            let record = |event: &str, outcome: Option<&str>| {
                (event.to_owned(), action.to_owned(), outcome.map(str::to_owned))
            };
            let expected = [record("intent", None), record("outcome", Some("unknown"))];
            assert_eq!(records[2 * before..], expected, "{args}, {operation:?}, {name}");
            let is_ended = |pair: &[_]| matches!(pair, [(_, _, None), (_, _, Some(_))]);
            assert!(
                records[..2 * before].chunks(2).all(is_ended),
                "{args}, {operation:?}, {name}: {records:?}"
            );
            assert!(!sandbox.path().join("started").exists(), "the command was started");
        }
    }
}

/// Signals of a supervisor, a limit or a person: hydrant ends by the signal, or with 128+n.
#[test]
fn other_signals_leave_an_outcome_too() {
    let signals = [
        Signal::ABORT,
        Signal::ALARM,
        Signal::USR1,
        Signal::USR2,
        Signal::XCPU,
        Signal::IO,
        Signal::POWER,
    ];
    for args in ["check --live", "put KEY --from-file value"] {
        for signal in signals {
            let (emulator, sandbox) = account(RECORDED);
            let mut child = start(&sandbox, DEFAULT, &format!("--deadline 60s {args}"));
            wait_for_a_call(&emulator, &mut child);
            kill(&child, signal);
            let output = end(child);
            let status = output.status;
            let code = status.signal().or(status.code().map(|code| code - 128));
            assert_eq!(code, Some(signal.as_raw()), "{args}, {signal:?}: {output:?}");
            let outcome = records(&sandbox, args).pop().and_then(|record| record.2);
            assert_eq!(outcome.as_deref(), Some("unknown"), "{args}, {signal:?}");
        }
    }
}

#[test]
fn a_write_goes_on_where_the_signal_is_ignored() {
    let (emulator, sandbox) =
        account(&MANIFEST.replace("1\n", "1\n[settings]\naudit_log = \"audit.jsonl\"\n"));
    let ignored = &["--ignore-signal=TERM,INT,HUP,QUIT"];
    let mut child = start(&sandbox, ignored, "put KEY --from-file value");
    wait_for_a_call(&emulator, &mut child);
    ENDING.iter().for_each(|(_, signal)| kill(&child, *signal));
    emulator.clear_faults();
    emulator.release();
    let output = end(child);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(records(&sandbox, "ignored")[1].2.as_deref(), Some("done"));
}

#[test]
fn what_was_ignored_at_the_start_stays_ignored_and_the_command_inherits_it() {
    let args = "run -- cat /proc/self/status";
    let nohup: &[&str] = &["--default-signal=TERM,INT,QUIT,PIPE", "--ignore-signal=HUP"];
    let background: &[&str] = &["--default-signal=TERM,HUP,PIPE", "--ignore-signal=INT,QUIT"];
    let all: &[&str] = &["--ignore-signal=TERM,INT,HUP,QUIT", "--default-signal=PIPE"];
    for (dispositions, ignored) in
        [(nohup, &ENDING[2..3]), (background, &[ENDING[1], ENDING[3]][..]), (all, &ENDING[..])]
    {
        let (emulator, sandbox) = account(MANIFEST);
        let mut child = start(&sandbox, dispositions, args);
        wait_for_a_call(&emulator, &mut child);
        ignored.iter().for_each(|(_, signal)| kill(&child, *signal));
        emulator.clear_faults();
        emulator.release();
        let output = end(child);
        assert_eq!(output.status.code(), Some(0), "{dispositions:?}: {output:?}");
        let mut bare = Command::new("env");
        bare.args(dispositions).args(["cat", "/proc/self/status"]);
        assert_eq!(
            signals_of(&output),
            signals_of(&bare.output().expect("env starts")),
            "{dispositions:?}"
        );
    }
}

/// The assumption of the tests that send signals, in a shell with `nohup` and in a background job.
#[test]
fn what_is_interruptible_ignores_no_signal_that_its_starter_ignores() {
    let sandbox = Sandbox::new(MANIFEST).env("KEY", "set").env("PART", "set");
    let command = sandbox.interruptible(["run", "--", "cat", "/proc/self/status"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' TERM INT HUP QUIT; exec \"$@\"", "sh"]);
    shell.arg(command.get_program()).args(command.get_args()).current_dir(sandbox.path());
    shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut bare = Command::new("env");
    bare.args(DEFAULT).args(["cat", "/proc/self/status"]);
    assert_eq!(
        signals_of(&shell.output().expect("sh starts")),
        signals_of(&bare.output().expect("env starts"))
    );
}

#[test]
fn a_background_job_of_a_shell_is_ended_by_what_it_does_not_ignore() {
    let (emulator, sandbox) = account(MANIFEST);
    for command in ["run -- touch started", "put KEY --from-file value"] {
        for (name, signal) in [ENDING[0], ENDING[2]] {
            let hydrant = sandbox.command(command.split(' '));
            let mut shell = Command::new("env");
            shell.args(DEFAULT).args(["sh", "-c", "\"$@\" & echo $!; wait $!; echo $?", "sh"]);
            shell
                .arg(hydrant.get_program())
                .args(hydrant.get_args())
                .current_dir(sandbox.path())
                .env_clear();
            shell.envs(hydrant.get_envs().filter_map(|(name, value)| Some((name, value?))));
            let mut shell =
                shell.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a shell");
            wait_for_a_call(&emulator, &mut shell);
            let children = format!("/proc/{0}/task/{0}/children", shell.id());
            let job: i32 =
                fs::read_to_string(children).expect("children").trim().parse().expect("one child");
            let pid = Pid::from_raw(job).expect("an id");
            // It ignores these two, like every background job of a shell without job control.
            kill_process(pid, Signal::INT).expect("it is there");
            kill_process(pid, Signal::QUIT).expect("it is there");
            kill_process(pid, signal).expect("it is there");
            let output = end(shell);
            let expected = format!("{job}\n{}\n", 128 + signal.as_raw());
            assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{command}, {name}");
            release(&emulator);
        }
    }
    assert!(!sandbox.path().join("started").exists(), "the command was started");
}

#[test]
fn the_command_inherits_dispositions_and_mask_as_they_were() {
    let (emulator, sandbox) = account(MANIFEST);
    emulator.clear_faults();
    sandbox.file("local.toml", "version = 1\n[secrets.LOCAL]\n");
    let sandbox = sandbox.env("LOCAL", "set");
    let cases: [&[&str]; 6] = [
        DEFAULT,
        // As systemd starts a service.
        &["--ignore-signal=PIPE"],
        &["--ignore-signal=PIPE,CHLD,USR1,TSTP,TTOU"],
        &["--default-signal=PIPE", "--block-signal=TERM,INT,USR1,CHLD,PIPE"],
        &["--ignore-signal=PIPE,TERM", "--block-signal=PIPE,TERM,HUP"],
        &["--ignore-signal", "--block-signal"],
    ];
    for dispositions in cases {
        let mut bare = Command::new("env");
        bare.args(dispositions).args(["cat", "/proc/self/status"]);
        let bare = signals_of(&bare.output().expect("env starts"));
        for args in [
            "run -- cat /proc/self/status",
            "--manifest local.toml run -- cat /proc/self/status",
            "emulate -- cat /proc/self/status",
        ] {
            let output = end(start(&sandbox, dispositions, args));
            assert_eq!(signals_of(&output), bare, "{args}, {dispositions:?}");
        }
    }
}

#[test]
fn a_signal_that_is_blocked_at_the_start_waits_for_the_command() {
    let (emulator, sandbox) = account(MANIFEST);
    let dispositions = &["--default-signal=TERM", "--block-signal=TERM"];
    let mut child = start(&sandbox, dispositions, "run -- cat /proc/self/status");
    wait_for_a_call(&emulator, &mut child);
    kill(&child, Signal::TERM);
    emulator.clear_faults();
    emulator.release();
    let output = end(child);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let of_process = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(of_process.contains("ShdPnd:\t0000000000004000\n"), "{of_process}");
}

#[test]
fn credentials_of_a_program_are_found_where_ended_children_are_ignored() {
    let (emulator, sandbox) = account("version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\n");
    emulator.clear_faults();
    let keys = "{\"Version\":1,\"AccessKeyId\":\"test\",\"SecretAccessKey\":\"test\"}";
    let program = sandbox.file("credentials.sh", &format!("echo '{keys}'\n"));
    let config = format!("[default]\ncredential_process = sh {}\n", program.display());
    let config = sandbox.file("config", &config);
    let sandbox = Sandbox::new("version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\n")
        .env("AWS_CONFIG_FILE", config)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ENDPOINT_URL", emulator.endpoint());
    let output = end(start(&sandbox, &["--ignore-signal=CHLD"], "run -- cat /proc/self/status"));
    let ignored = &signals_of(&output)[3];
    assert_eq!(
        u64::from_str_radix(&ignored.1, 16).expect("a mask") & 0x1_0000,
        0x1_0000,
        "{ignored:?}"
    );
}
