//! One deadline for a whole command: where it comes from, what it ends, and what it does not
//! affect.

use std::io::{PipeReader, PipeWriter, Read, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use hydrant_emulator::Emulator;

use crate::faults::servers::Server;
use crate::support::{Ran, Sandbox};

const HINT: &str = "check why it does not respond, or set a longer --deadline";

fn manifest(settings: &str) -> String {
    format!("version = 1\n[settings]\n{settings}\n[secrets.KEY]\nsecret_id = \"demo/key\"\n")
}

/// An emulator with the value, and a sandbox that reads it.
fn emulated(settings: &str) -> (Emulator, Sandbox) {
    let emulator = Emulator::start().expect("an emulator");
    emulator.create_secret("us-east-1", "demo/key", Some("value")).expect("a secret");
    let sandbox = Sandbox::new(&manifest(settings)).with(&emulator);
    (emulator, sandbox)
}

#[test]
fn the_option_goes_before_the_variable_and_that_before_the_setting() {
    let server = Server::Silent.start();
    let sandbox = |settings: &str, variable: &str| {
        Sandbox::new(&manifest(settings)).at(&server.endpoint).env("HYDRANT_DEADLINE", variable)
    };
    let ends = |sandbox: Sandbox, arguments: &[&str]| {
        let begun = Instant::now();
        let ran = sandbox.run(arguments.iter().copied());
        assert_eq!(ran.code, Some(69), "{ran:?}");
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{arguments:?} after {:?}: {ran:?}",
            begun.elapsed()
        );
    };
    ends(sandbox("deadline = \"10m\"", "10m"), &["--deadline", "300ms", "run", "--", "true"]);
    ends(sandbox("deadline = \"10m\"", "10m"), &["status", "--deadline", "300ms"]);
    ends(sandbox("deadline = \"10m\"", "300ms"), &["run", "--", "true"]);
    ends(sandbox("deadline = \"10m\"", "300ms"), &["doctor"]);
    ends(sandbox("deadline = \"300ms\"", ""), &["run", "--", "true"]);
}

#[test]
fn what_is_no_deadline_is_refused_and_not_repeated() {
    let sandbox = Sandbox::new(&manifest(""));
    for wrong in ["canary", "10", "0s", "11m", "-1s", "1.5s", "18446744073709551616s"] {
        for command in [&["check"][..], &["catalogue"], &["run", "--", "true"]] {
            let option = ["--deadline", wrong];
            // A text that begins with a hyphen is an option.
            let joined = [format!("--deadline={wrong}")];
            let words: Vec<_> =
                if wrong.starts_with('-') { vec![joined[0].as_str()] } else { option.to_vec() };
            let text = "--deadline is not a duration from 1ms to 10m, as in `10s`";
            let hint = "hydrant --help, or hydrant COMMAND --help";
            let stderr = format!("hydrant: error: {text}\n  hint: {hint}\n");
            sandbox.run(words.iter().chain(command).copied()).is(2, "", &stderr);
        }
    }
    let text = "HYDRANT_DEADLINE is not a duration from 1ms to 10m, as in `10s`";
    let stderr = format!("hydrant: error: {text}\n");
    sandbox.env("HYDRANT_DEADLINE", "canary").run(["check"]).is(2, "", &stderr);
}

/// A thread that the runtime cannot interrupt waits for the lock, for longer than the deadline.
#[test]
fn what_the_runtime_cannot_end_the_watchdog_ends() {
    let (emulator, sandbox) = emulated("");
    let log = std::fs::File::create(sandbox.path().join("audit.jsonl")).expect("a log");
    log.lock().expect("a lock");
    let run = |format: &str| {
        let begun = Instant::now();
        let options = ["--deadline", "1s", "--audit-log", "audit.jsonl", "--log-format", format];
        let ran = sandbox.run(options.iter().chain(&["run", "--", "true"]).copied());
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}: {ran:?}", begun.elapsed());
        ran
    };
    let text = "the deadline (1s) passed while waiting for the audit log";
    run("text").is(69, "", &format!("hydrant: error: {text}\n  hint: {HINT}\n"));
    let ran = run("json");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(69), ""), "{ran:?}");
    assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
    for part in [text, HINT, "\"level\":\"ERROR\"", "\"code\":69"] {
        assert!(ran.stderr.contains(part), "{part}: {ran:?}");
    }
    assert_eq!(emulator.calls(), []);
}

/// By a thread: the timer's signal would not arrive.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_is_blocked_or_ignored_at_the_start_is_not_needed() {
    let (_emulator, sandbox) = emulated("");
    let made = std::process::Command::new("mkfifo")
        .arg(sandbox.path().join("fifo"))
        .status()
        .expect("mkfifo starts");
    assert!(made.success());
    for option in
        ["--default-signal", "--ignore-signal=STKFLT", "--block-signal=STKFLT", "--block-signal"]
    {
        let own = sandbox.command(["--deadline", "300ms", "put", "KEY", "--from-file", "fifo"]);
        let mut command = std::process::Command::new("env");
        command
            .arg(option)
            .arg(own.get_program())
            .args(own.get_args())
            .current_dir(sandbox.path())
            .env_clear();
        command.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let ran = Ran::of(command.stdin(Stdio::null()).output().expect("env starts"));
        let text = "the deadline (300ms) passed while waiting for the file that --from-file names";
        assert_eq!(ran.code, Some(69), "{option}: {ran:?}");
        assert!(ran.stderr.contains(text), "{option}: {ran:?}");
    }
}

/// Before any call, and for less than the usual wait for a lock.
#[test]
fn a_lock_is_not_waited_for_beyond_the_deadline() {
    let sandbox = Sandbox::new(&manifest(""));
    let lock = std::fs::File::open(sandbox.path().join("secrets.toml")).expect("the manifest");
    lock.lock().expect("a lock");
    let begun = Instant::now();
    let ran = sandbox.run(["--deadline", "300ms", "add", "openai"]);
    assert!(begun.elapsed() < Duration::from_millis(2300), "{:?}: {ran:?}", begun.elapsed());
    ran.is(
        74,
        "",
        "hydrant: error: failed to write secrets.toml: another process holds a lock on it\n",
    );
}

/// A pipe that nobody reads and that accepts no more data.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    // Its usual size on Linux. More would block here.
    writer.write_all(&[b'x'; 65_536]).expect("a full pipe");
    (reader, writer)
}

/// Neither if the watchdog reports, nor if the runtime does.
#[test]
fn the_end_waits_for_no_reader() {
    let (_emulator, locked) = emulated("");
    let log = std::fs::File::create(locked.path().join("audit.jsonl")).expect("a log");
    log.lock().expect("a lock");
    let server = Server::Silent.start();
    let silent = Sandbox::new(&manifest("")).at(&server.endpoint);
    let rows = [
        (&locked, &["--audit-log", "audit.jsonl", "run", "--", "true"][..]),
        (&silent, &["run", "--", "true"]),
        (&silent, &["--log-format", "json", "export", "--format", "json"]),
        (&silent, &["--audit-log", "audit.jsonl", "run", "--", "true"]),
        (&silent, &["rollback", "KEY"]),
        (&silent, &["history", "KEY"]),
        (&silent, &["rotate", "KEY"]),
    ];
    thread::scope(|scope| {
        for (sandbox, arguments) in rows {
            scope.spawn(move || ends_unread(sandbox, arguments));
        }
    });
}

/// Ends at its deadline, though its stderr accepts nothing.
fn ends_unread(sandbox: &Sandbox, arguments: &[&str]) {
    let (reader, writer) = full_pipe();
    let mut command = sandbox.command(["--deadline", "1s"].iter().chain(arguments).copied());
    let begun = Instant::now();
    let mut child = command.stderr(writer).stdin(Stdio::null()).spawn().expect("the binary starts");
    while child.try_wait().expect("its end").is_none() && begun.elapsed() < Duration::from_secs(10)
    {
        thread::sleep(Duration::from_millis(10));
    }
    // If it has ended, there is nothing to kill.
    _ = child.kill();
    assert_eq!(
        child.wait().expect("its end").code(),
        Some(69),
        "{arguments:?} after {:?}",
        begun.elapsed()
    );
    drop(reader);
}

/// The calls are over then, and their results are not dropped.
#[test]
fn output_waits_for_its_reader_beyond_the_deadline() {
    let (_emulator, sandbox) = emulated("");
    let (mut reader, writer) = full_pipe();
    let mut command = sandbox.command(["--deadline", "300ms", "export", "--format", "dotenv"]);
    let mut child =
        command.stdout(writer).stderr(Stdio::piped()).spawn().expect("the binary starts");
    drop(command);
    // Longer than the deadline and all extra time.
    thread::sleep(Duration::from_millis(2500));
    assert_eq!(child.try_wait().expect("its state"), None, "it did not wait");
    let mut text = Vec::new();
    reader.read_to_end(&mut text).expect("its output");
    assert_eq!(text.split_off(65_536), b"KEY=value\n");
    assert_eq!(child.wait().expect("its end").code(), Some(0));
}

#[test]
fn it_stands_still_while_a_value_is_typed_and_ends_with_the_command_that_is_started() {
    let (emulator, sandbox) = emulated("");
    let mut command = sandbox.command(["--deadline", "600ms", "put", "KEY"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    let mut input = child.stdin.take().expect("its standard input");
    // Longer than the deadline and all extra time.
    thread::sleep(Duration::from_millis(3200));
    input.write_all(b"another").expect("it still reads");
    drop(input);
    let ran = Ran::of(child.wait_with_output().expect("its end"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.starts_with("KEY: wrote demo/key, version "), "{ran:?}");
    drop(emulator);

    let (_emulator, sandbox) = emulated("");
    let ran =
        sandbox.run(["--deadline", "600ms", "run", "--", "sh", "-c", "sleep 3.2; echo \"$KEY\""]);
    ran.prints("value\n");
}

/// A value may come through a pipe, with a wait within the deadline. Everything else that is not a
/// regular file is refused at once.
#[test]
fn the_file_of_a_value_is_waited_for_within_the_deadline_and_named() {
    let (emulator, sandbox) = emulated("");
    let sandbox = sandbox.env("HYDRANT_DEADLINE", "600ms");
    let path = |name: &str| sandbox.path().join(name);
    let made =
        Command::new("mkfifo").arg(path("fifo")).arg(path("held")).status().expect("mkfifo starts");
    assert!(made.success());
    let _socket = std::os::unix::net::UnixListener::bind(path("socket")).expect("a socket");
    std::os::unix::fs::symlink("fifo", path("link")).expect("a link");

    let text = "the deadline (600ms) passed while waiting for the file that --from-file names";
    let waited = format!("hydrant: error: {text}\n  hint: {HINT}\n");
    for file in ["fifo", "link"] {
        sandbox.run(["put", "KEY", "--from-file", file]).is(69, "", &waited);
    }
    // Its reader waits for the writer, which then writes only a part.
    let held = path("held");
    let writer = thread::spawn(move || {
        let mut writer = std::fs::OpenOptions::new().write(true).open(held).expect("a reader");
        writer.write_all(b"part").map(|()| writer)
    });
    sandbox.run(["put", "KEY", "--from-file", "held"]).is(69, "", &waited);
    drop(writer.join().expect("a writer"));
    let mut command = sandbox.command(["put", "KEY", "--from-file", "/dev/stdin"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    let open = child.stdin.take();
    Ran::of(child.wait_with_output().expect("its end")).is(69, "", &waited);
    drop(open);

    let doing = "failed to read the file that --from-file names";
    for (file, what) in [
        (".", "it is a directory"),
        ("socket", "it is a socket, not a regular file or a pipe"),
        ("/dev/zero", "it is a device, not a regular file or a pipe"),
        ("/dev/stdin", "it is a device, not a regular file or a pipe"),
    ] {
        let stderr = format!("hydrant: error: {doing}: {what}\n");
        sandbox.run(["put", "KEY", "--from-file", file]).is(74, "", &stderr);
    }
    // An env file is read more than once.
    let stderr =
        "hydrant: error: failed to read the env file fifo: it is a FIFO, not a regular file\n";
    sandbox.run(["import", "fifo"]).is(74, "", stderr);

    let bash = "exec \"$0\" put KEY --from-file <(printf substituted)";
    let hydrant = sandbox.command([""; 0]);
    let mut shell = Command::new("bash");
    shell.args(["-c", bash]).arg(hydrant.get_program()).current_dir(sandbox.path()).env_clear();
    shell.envs(hydrant.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran = Ran::of(shell.stdin(Stdio::null()).output().expect("bash starts"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    sandbox.run(["export", "--format", "dotenv"]).prints("KEY=substituted\n");
    drop(emulator);
}

/// A file system that never responds: FUSE without a server. Only root can mount it, or root of a
/// namespace.
#[cfg(target_os = "linux")]
#[expect(clippy::print_stderr, reason = "says what was not tried")]
#[test]
fn a_file_system_that_does_not_respond_is_not_waited_for() {
    const MOUNT: &str = "
import ctypes, os, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
folder = sys.argv[1].encode()
try:
    fuse = os.open('/dev/fuse', os.O_RDWR)
except OSError:
    sys.exit(77)
options = f'fd={fuse},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}'
if libc.mount(b'none', folder, b'fuse', 0, options.encode()):
    sys.exit(77)
child = subprocess.Popen(sys.argv[2:])
try:
    code = child.wait(20)
except subprocess.TimeoutExpired:
    child.kill()
    code = 78
libc.umount2(folder, 2)
sys.exit(code if code >= 0 else 128 - code)
";
    let (_emulator, sandbox) = emulated("");
    let folder = sandbox.path().join("mount");
    std::fs::create_dir(&folder).expect("a folder");
    let python = std::env::var("HYDRANT_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    for arguments in [
        &["--manifest", "mount/secrets.toml", "run", "--", "true"][..],
        &["--env-file", "mount/.env", "export", "--format", "json"],
        &["--audit-log", "mount/audit.jsonl", "run", "--", "true"],
        &["put", "KEY", "--from-file", "mount/value"],
    ] {
        let own = sandbox.command(arguments.iter().copied());
        let mut command = Command::new(&python);
        command
            .args(["-c", MOUNT])
            .arg(&folder)
            .arg(own.get_program())
            .args(own.get_args())
            .current_dir(sandbox.path());
        command
            .envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .env("HYDRANT_DEADLINE", "300ms");
        let begun = Instant::now();
        let ran = Ran::of(command.stdin(Stdio::null()).output().expect("python3 starts"));
        if ran.code == Some(77) {
            eprintln!("FUSE cannot be mounted here: not tried");
            return;
        }
        assert!(
            matches!(ran.code, Some(69 | 137)),
            "{arguments:?} after {:?}: {ran:?}",
            begun.elapsed()
        );
        // Python starts before it, and the mount ends after it.
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{arguments:?} after {:?}: {ran:?}",
            begun.elapsed()
        );
    }
}
