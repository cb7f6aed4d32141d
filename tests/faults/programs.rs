//! Programs that print credentials (`credential_process`): they may print without end, never end,
//! and start others. hydrant ends them with everything that they started, whatever ends hydrant.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use hydrant_emulator::Emulator;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::faults::matrix::HOME;
use crate::support::server::Server;
use crate::support::{Ran, Sandbox};

const ONE: &str = "version = 1\n[secrets.V0]\nsecret_id = \"demo/s0\"\n";

const KEYS: &str = r#"{"Version": 1, "AccessKeyId": "test", "SecretAccessKey": "test"}"#;

/// Starts each of its arguments in a different way, records every process id and waits forever.
const FAMILY: &str = "
note='echo $$ >>\"$0\"; exec sleep 600'
sh -c \"$note\" pids &
setsid sh -c \"$note\" pids &
setsid -f sh -c \"$note\" pids
sh -c 'sh -c \"$0\" pids & exit 0' \"$note\"
env -i PATH=\"$PATH\" sh -c \"$note\" pids &
(trap '' TERM INT HUP; sh -c \"$note\" pids) &
echo $$ >>pids
touch started
wait
";

/// How many processes it is.
const ALL: usize = 7;

/// A folder whose AWS profile runs this script, with credentials nowhere else.
fn with_program(emulator: &Emulator, script: &str) -> Sandbox {
    let sandbox =
        Sandbox::new(ONE).env("AWS_ENDPOINT_URL", emulator.endpoint()).env("AWS_REGION", HOME);
    let script = sandbox.file("program.sh", script);
    let config = sandbox
        .file("config", &format!("[default]\ncredential_process = sh {}\n", script.display()));
    sandbox.env("AWS_CONFIG_FILE", config)
}

fn account() -> Emulator {
    let emulator = Emulator::start().expect("an emulator");
    emulator.create_secret(HOME, "demo/s0", Some("value 0")).expect("a secret");
    emulator
}

#[track_caller]
fn until(mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it never holds");
        thread::sleep(Duration::from_millis(2));
    }
}

/// The processes that recorded their ids in this folder.
fn noted(folder: &Path) -> Vec<Pid> {
    let text = fs::read_to_string(folder.join("pids")).unwrap_or_default();
    text.split_whitespace().filter_map(|id| Pid::from_raw(id.parse().ok()?)).collect()
}

fn is_over(id: Pid) -> bool {
    let stat =
        fs::read_to_string(format!("/proc/{}/stat", id.as_raw_nonzero())).unwrap_or_default();
    test_kill_process(id).is_err() || stat.contains(") Z ")
}

/// Nothing that the program started still runs.
#[track_caller]
fn none_is_left(folder: &Path) {
    let noted = noted(folder);
    assert_eq!(noted.len(), ALL, "{noted:?}");
    // A killed process takes a moment to end.
    until(|| noted.iter().all(|id| is_over(*id)));
}

/// Starts it, and waits until its program has started everything.
fn started(sandbox: &Sandbox, args: &[&str]) -> Child {
    let mut command = sandbox.interruptible(args.iter().copied());
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.expect("env starts");
    until(|| noted(sandbox.path()).len() == ALL);
    child
}

fn setting(sandbox: &Sandbox) -> String {
    format!(
        "credential_process of the AWS profile default ({}:2)",
        sandbox.path().join("config").display()
    )
}

#[test]
fn credentials_that_are_good() {
    let emulator = account();
    let sandbox = with_program(&emulator, &format!("echo '{KEYS}'; echo 'touch your key' >&2"));
    sandbox.run(["run", "--", "printenv", "V0"]).is(0, "value 0\n", "touch your key\n");
    assert_eq!(emulator.calls().len(), 1);
}

/// It can prompt a person if there is one, and does not read a value that is piped to hydrant.
#[test]
fn a_value_on_standard_input_is_not_the_programs() {
    let emulator = account();
    let sandbox = with_program(&emulator, &format!("cat >taken; echo '{KEYS}'"));
    let ran = sandbox.fed(["put", "V0"], "a new value");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(fs::read(sandbox.path().join("taken")).expect("what it read"), b"");
    sandbox.run(["run", "--", "printenv", "V0"]).prints("a new value\n");
}

/// On a terminal it may read what a person types, as long as it is in the foreground group.
#[test]
fn it_stays_in_the_group_of_hydrant() {
    let emulator = account();
    let sandbox =
        with_program(&emulator, &format!("cut -d' ' -f5 /proc/self/stat >group; echo '{KEYS}'"));
    sandbox.run(["run", "--", "true"]).prints("");
    let group = fs::read_to_string(sandbox.path().join("group")).expect("its group");
    assert_eq!(group.trim(), nix::unistd::getpgrp().to_string());
}

/// For example an agent that keeps a key for the next time.
#[test]
fn what_it_leaves_behind_goes_on_where_it_ended_well() {
    let emulator = account();
    let sandbox = with_program(
        &emulator,
        &format!(
            "sh -c 'echo $$ >pids; exec sleep 600' 2>/dev/null & \
        while ! test -s pids; do :; done; echo '{KEYS}'"
        ),
    );
    let begun = Instant::now();
    sandbox.run(["run", "--", "printenv", "V0"]).prints("value 0\n");
    assert!(begun.elapsed() < Duration::from_secs(30), "it was waited for");
    let [agent] = noted(sandbox.path())[..] else { panic!("no agent") };
    kill_process(agent, Signal::KILL).expect("the agent goes on");
}

#[test]
fn output_without_end_is_ended_by_its_size() {
    let emulator = account();
    let sandbox = with_program(&emulator, "echo $$ >pids; exec cat /dev/zero");
    // More than this would be an allocation that fails.
    let mut command = sandbox.within_memory(128 * 1024, ["run", "--", "true"]);
    let ran = Ran::of(command.stdin(Stdio::null()).output().expect("sh starts"));
    assert_eq!(ran.code, Some(78), "{ran:?}");
    let says = format!(
        "no usable AWS credentials; {} printed more than 64 KiB, and was ended",
        setting(&sandbox)
    );
    assert!(ran.stderr.contains(&says), "{ran:?}");
    let [program] = noted(sandbox.path())[..] else { panic!("no program") };
    assert!(is_over(program), "it runs on");
    assert_eq!(emulator.connections(), 0);
}

#[test]
fn it_is_ended_at_the_deadline_with_all_that_it_started() {
    let emulator = account();
    for (args, code) in [
        (&["run", "--", "true"][..], 69),
        (&["check", "--live"], 69),
        (&["status"], 69),
        (&["doctor"], 69),
        (&["--audit-log", "audit.jsonl", "run", "--", "true"], 69),
    ] {
        let sandbox = with_program(&emulator, FAMILY).env("HYDRANT_DEADLINE", "1500ms");
        let begun = Instant::now();
        let ran = sandbox.run(args.iter().copied());
        assert!(begun.elapsed() < Duration::from_secs(10), "{args:?}: {:?}", begun.elapsed());
        none_is_left(sandbox.path());
        assert_eq!(ran.code, Some(code), "{args:?}: {ran:?}");
        let says =
            format!("{} had not ended, and was ended with what it started", setting(&sandbox));
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(all.contains(&says), "{args:?}: {ran:?}");
        assert!(
            all.contains("run its command on its own to see what it waits for"),
            "{args:?}: {ran:?}"
        );
    }
}

/// With many processes one look into `/proc` takes long, and others are started meanwhile.
#[test]
fn a_program_that_starts_others_without_end_is_ended_with_all_of_them() {
    let emulator = account();
    // Each waits for the end of its standard input, which comes when the last one is ended.
    let script =
        "exec 3<>fifo; n=0; while [ $n -lt 2000 ]; do cat <&3 & n=$((n+1)); done; touch all; wait";
    for (deadline, signal) in [("1500ms", None), ("60s", Some(Signal::TERM))] {
        let sandbox = with_program(&emulator, script).env("HYDRANT_DEADLINE", deadline);
        let fifo = sandbox.path().join("fifo");
        let mode = rustix::fs::Mode::from(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, mode, 0)
            .expect("a FIFO");
        let mut child = sandbox.command(["run", "--", "true"]).spawn().expect("the binary starts");
        if let Some(signal) = signal {
            until(|| sandbox.path().join("all").exists());
            kill_process(Pid::from_child(&child), signal).expect("it runs");
        }
        let status = child.wait().expect("its end");
        assert_eq!(
            (status.code(), status.signal()),
            signal.map_or((Some(69), None), |one| (None, Some(one.as_raw())))
        );
        // It cannot be opened any more if nobody reads it.
        let flags = rustix::fs::OFlags::WRONLY | rustix::fs::OFlags::NONBLOCK;
        until(|| rustix::fs::open(&fifo, flags, rustix::fs::Mode::empty()).is_err());
    }
}

/// The program is a hydrant that runs a program: it has the mark of the first one.
#[test]
fn what_a_hydrant_in_a_program_has_started_is_ended_too() {
    let emulator = account();
    for (deadline, signal) in
        [("4s", None), ("60s", Some(Signal::TERM)), ("60s", Some(Signal::INT))]
    {
        let own = with_program(&emulator, FAMILY).env("HYDRANT_DEADLINE", deadline);
        let inner = fs::read_to_string(own.path().join("config")).expect("the configuration");
        let middle = own.file("middle", &inner);
        let binary = Path::new(env!("CARGO_BIN_EXE_hydrant")).display().to_string();
        let outer = |config: &Path| {
            let config = config.display();
            format!(
                "[default]\ncredential_process = HYDRANT_DEADLINE=90s AWS_CONFIG_FILE={config} {binary} run -- true\n"
            )
        };
        let nested = own.file("nested", &outer(&middle));
        own.file("config", &outer(&nested));
        let mut child = own.interruptible(["run", "--", "true"]).spawn().expect("env starts");
        until(|| noted(own.path()).len() == ALL);
        if let Some(signal) = signal {
            kill_process(Pid::from_child(&child), signal).expect("it runs");
        }
        let status = child.wait().expect("its end");
        assert_eq!(
            (status.code(), status.signal()),
            signal.map_or((Some(69), None), |one| (None, Some(one.as_raw())))
        );
        none_is_left(own.path());
    }
}

/// Nor an empty element of it, which means the same folder.
#[test]
fn no_shell_of_the_folder_runs_it() {
    let emulator = account();
    for path in [".:/usr/bin:/bin", ":/usr/bin:/bin", "/nowhere::/usr/bin:/bin"] {
        let sandbox = with_program(&emulator, "").env("PATH", path);
        sandbox.file("printed", KEYS);
        sandbox.file("config", "[default]\ncredential_process = /bin/cat printed\n");
        let shell = sandbox.file("sh", "#!/bin/sh\n>taken; exec /bin/sh \"$@\"\n");
        fs::set_permissions(&shell, fs::Permissions::from_mode(0o755)).expect("it can be run");
        sandbox.run(["run", "--", "/usr/bin/printenv", "V0"]).prints("value 0\n");
        assert!(!sandbox.path().join("taken").exists(), "{path}");
    }
}

/// The command of an optional entry starts without the program.
#[test]
fn an_optional_entry_starts_without_it() {
    let emulator = account();
    let sandbox = with_program(&emulator, FAMILY).env("HYDRANT_DEADLINE", "1500ms");
    sandbox.file("secrets.toml", &format!("{ONE}required = false\n"));
    let ran = sandbox.run(["run", "--", "echo", "started"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "started\n"), "{ran:?}");
    none_is_left(sandbox.path());
}

#[test]
fn a_signal_that_ends_hydrant_ends_it_too() {
    let emulator = account();
    let commands: [&[&str]; 4] = [
        &["run", "--", "true"],
        &["status"],
        &["doctor"],
        &["--audit-log", "audit.jsonl", "run", "--", "true"],
    ];
    for args in commands {
        for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT] {
            let sandbox = with_program(&emulator, FAMILY).env("HYDRANT_DEADLINE", "60s");
            let child = started(&sandbox, args);
            kill_process(Pid::from_child(&child), signal).expect("it runs");
            let output = child.wait_with_output().expect("its end");
            none_is_left(sandbox.path());
            assert_eq!(output.status.signal(), Some(signal.as_raw()), "{args:?}: {output:?}");
        }
    }
}

/// What it started continues then: nothing of hydrant is left that could end it.
#[test]
fn the_kernel_ends_it_where_hydrant_is_killed() {
    let emulator = account();
    let sandbox =
        with_program(&emulator, "echo $$ >pids; exec sleep 600").env("HYDRANT_DEADLINE", "60s");
    // Otherwise the shell of `sh -c` is ended, and not this one.
    let config = fs::read_to_string(sandbox.path().join("config")).expect("the configuration");
    sandbox.file("config", &config.replace("= sh ", "= exec sh "));
    let mut child = sandbox.command(["run", "--", "true"]).spawn().expect("the binary starts");
    until(|| noted(sandbox.path()).len() == 1);
    child.kill().expect("it runs");
    child.wait().expect("its end");
    let [program] = noted(sandbox.path())[..] else { panic!("no program") };
    until(|| test_kill_process(program).is_err());
}

/// Each is named with its profile, file and line, and its output is not shown.
#[test]
fn invalid_credentials_of_a_program() {
    let emulator = account();
    let end = |end: &str| KEYS.replace('}', &format!(", \"Expiration\": \"{end}\"}}"));
    for (script, says) in [
        ("exit 1".to_owned(), "ended with exit code 1"),
        ("/nowhere/program".to_owned(), "ended with exit code 127"),
        (format!("echo '{KEYS}'; exit 3"), "ended with exit code 3"),
        ("kill -KILL $PPID".to_owned(), "was ended by signal 9"),
        ("exit 0".to_owned(), "printed nothing"),
        ("echo '{\"AccessKeyId\": canary'".to_owned(), "did not print a JSON object"),
        (
            "echo '{\"Version\": 2, \"AccessKeyId\": \"canary\"}'".to_owned(),
            "did not print \"Version\": 1",
        ),
        (
            "echo '{\"Version\": 1, \"AccessKeyId\": \"canary\"}'".to_owned(),
            "printed no SecretAccessKey",
        ),
        (
            format!("echo '{}'", end("2020-01-01T00:00:00Z")),
            "printed credentials that have expired",
        ),
        (format!("echo '{}'", end("canary")), "printed an Expiration that is not a time"),
        (
            format!("echo '{}'", KEYS.replace('}', ", \"Expiration\": 1}")),
            "did not print Expiration as a text",
        ),
    ] {
        let sandbox = with_program(&emulator, &script);
        let ran = sandbox.run(["run", "--", "true"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(78), ""), "{script}: {ran:?}");
        assert!(ran.stderr.contains(&format!("{} {says}", setting(&sandbox))), "{script}: {ran:?}");
        assert!(ran.stderr.contains("run its command on its own"), "{script}: {ran:?}");
        assert!(!ran.stderr.contains("canary"), "{script}: {ran:?}");
    }
    assert_eq!(emulator.connections(), 0);
}

/// A role that is assumed with the program's credentials: by another profile, and by its own.
#[test]
fn a_role_is_assumed_with_its_credentials() {
    let emulator = account();
    let role = "role_arn = arn:aws:iam::123456789012:role/app";
    let answer = "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/app/a</Arn>\
        <AssumedRoleId>AROA:a</AssumedRoleId></AssumedRoleUser><Credentials><AccessKeyId>of-the-role</AccessKeyId>\
        <SecretAccessKey>b</SecretAccessKey><SessionToken>c</SessionToken><Expiration>2126-01-01T00:00:00Z</Expiration>\
        </Credentials></AssumeRoleResult></AssumeRoleResponse>";
    let sts =
        Server::start(move |_| (200, vec!["content-type: text/xml".to_owned()], answer.into()));
    let config = |default: &str, rest: &str| {
        let sandbox = with_program(&emulator, &format!("echo run >>runs; echo '{KEYS}'"));
        let program =
            format!("credential_process = sh {}", sandbox.path().join("program.sh").display());
        sandbox.file(
            "config",
            &format!("[default]\n{role}\n{default}\n{rest}").replace("PROGRAM", &program),
        );
        sandbox.env("AWS_ENDPOINT_URL_STS", sts.endpoint())
    };
    for (default, rest) in [
        ("source_profile = base", "[profile base]\nPROGRAM\n"),
        ("source_profile = default\nPROGRAM", ""),
        (
            "source_profile = middle",
            &*format!("[profile middle]\n{role}\nsource_profile = base\n[profile base]\nPROGRAM\n"),
        ),
    ] {
        let sandbox = config(default, rest);
        let ran = sandbox.run(["run", "--", "printenv", "V0"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "value 0\n"), "{default}: {ran:?}");
        assert_eq!(fs::read_to_string(sandbox.path().join("runs")).expect("a run"), "run\n");
    }
    // Its credentials are checked before they sign the call for the role.
    let sandbox = config("source_profile = base", "[profile base]\nPROGRAM\n");
    sandbox
        .file("program.sh", &format!("echo '{}'", KEYS.replace("\"test\"}", "\"canary\\\\n\"}")));
    let ran = sandbox.run(["run", "--", "true"]);
    assert_eq!(ran.code, Some(78), "{ran:?}");
    assert!(ran.stderr.contains("credential_process of the AWS profile base ("), "{ran:?}");
    assert!(ran.stderr.contains("the secret access key ends in a line break"), "{ran:?}");
    // The keys of a source profile take precedence over its program.
    let sandbox = config(
        "source_profile = base",
        "[profile base]\nPROGRAM\naws_access_key_id = a\naws_secret_access_key = b\n",
    );
    sandbox.run(["run", "--", "printenv", "V0"]).prints("value 0\n");
    assert!(!sandbox.path().join("runs").exists());
}
