//! `hydrant run` as process 1 of a separate PID namespace, as in a container: the command replaces
//! it, and nothing of hydrant is left in it.
//!
//! The kernel must allow namespaces. If it says that it allows none, the tests say so and pass.
//! Every other problem in creating them is a failure.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use hydrant_emulator::{Emulator, Fault};

use crate::support::terminal::Terminal;
use crate::support::{Ran, Sandbox};

/// Whether the kernel says that it allows a user namespace.
fn namespaces_are_allowed() -> bool {
    let says = |file: &str| fs::read_to_string(file).ok().map(|text| text.trim().to_owned());
    let none = says("/proc/sys/user/max_user_namespaces").is_none_or(|most| most == "0")
        || says("/proc/sys/kernel/unprivileged_userns_clone").is_some_and(|allowed| allowed == "0")
        || says("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
            .is_some_and(|restricted| restricted == "1");
    if none {
        // The test harness does not capture `Stderr` itself.
        _ = writeln!(
            std::io::stderr(),
            "tests/init.rs: NOT TESTED: this kernel allows no user namespaces"
        );
    }
    !none
}

/// The command as process 1, with no ignored signal.
fn as_init(command: &Command) -> Command {
    as_init_with(&["--default-signal"], command)
}

/// The same with these options of `env`.
fn as_init_with(dispositions: &[&str], command: &Command) -> Command {
    let mut unshare = Command::new("env");
    unshare.args(dispositions).arg("unshare");
    unshare.args([
        "--user",
        "--map-root-user",
        "--pid",
        "--fork",
        "--mount-proc",
        "--kill-child",
        "--",
    ]);
    unshare.arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        unshare.current_dir(folder);
    }
    unshare.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    unshare
}

/// A secret to fetch, so that there was a runtime, with its threads, sockets and signal masks.
fn account() -> (Emulator, Sandbox) {
    let emulator = Emulator::start().expect("an emulator");
    emulator.create_secret("us-east-1", "demo/key", Some("fetched")).expect("a secret");
    let sandbox =
        Sandbox::new("version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\n").with(&emulator);
    (emulator, sandbox)
}

/// The id, as seen from here, of process 1 inside: the only child of `unshare`.
fn init_of(unshare: &Child) -> String {
    let children = format!("/proc/{0}/task/{0}/children", unshare.id());
    fs::read_to_string(children).expect("the children of unshare").trim().to_owned()
}

#[test]
fn the_command_is_process_1_and_ends_with_its_own_code() {
    if !namespaces_are_allowed() {
        return;
    }
    let (emulator, sandbox) = account();
    for code in [0, 3, 77, 143] {
        let script = format!("echo $$ $KEY; exit {code}");
        let output = as_init(&sandbox.command(["run", "--", "sh", "-c", &script]))
            .output()
            .expect("unshare starts");
        Ran::of(output).is(code, "1 fetched\n", "");
    }
    assert_eq!(emulator.calls().len(), 4);
}

#[test]
fn sigterm_reaches_it() {
    if !namespaces_are_allowed() {
        return;
    }
    let (_emulator, sandbox) = account();
    let script = "trap 'echo got TERM; exit 9' TERM; echo ready $$; while read line; do echo \"$line\"; done";
    let mut command = as_init(&sandbox.command(["run", "--", "sh", "-c", script]));
    let mut unshare =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("unshare starts");
    let mut input = unshare.stdin.take().expect("stdin");
    let mut lines = BufReader::new(unshare.stdout.take().expect("stdout")).lines();
    let mut line = || lines.next().expect("a line").expect("a line");
    assert_eq!(line(), "ready 1");
    input.write_all(b"through\n").expect("a line");
    assert_eq!(line(), "through");
    assert!(
        Command::new("sh")
            .args(["-c", &format!("kill -TERM {}", init_of(&unshare))])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(line(), "got TERM");
    assert_eq!(unshare.wait().unwrap().code(), Some(9));
}

#[test]
fn a_signal_ends_it_while_it_asks_and_the_command_is_never_started() {
    if !namespaces_are_allowed() {
        return;
    }
    let (emulator, sandbox) = account();
    emulator.fault(None, Fault::Hold, usize::MAX);
    sandbox.file("value", "new");
    for args in [
        "run -- touch started",
        "export --format json",
        "status",
        "doctor",
        "put KEY --from-file value",
    ] {
        for (signal, number) in [("TERM", 15), ("INT", 2), ("HUP", 1), ("QUIT", 3)] {
            let mut unshare = as_init(&sandbox.command(args.split(' ')));
            let mut unshare =
                unshare.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("unshare starts");
            while emulator.held() == 0 {
                assert_eq!(
                    unshare.try_wait().expect("a state"),
                    None,
                    "{args}: it ended before it asked"
                );
                std::thread::yield_now();
            }
            let kill = format!("kill -{signal} {}", init_of(&unshare));
            assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
            assert_eq!(unshare.wait().unwrap().code(), Some(128 + number), "{args}, {signal}");
            emulator.release();
            while emulator.held() > 0 {
                std::thread::yield_now();
            }
        }
    }
    assert!(!sandbox.path().join("started").exists(), "the command was started");
}

#[test]
fn a_write_in_flight_is_recorded_as_unknown() {
    if !namespaces_are_allowed() {
        return;
    }
    let (emulator, sandbox) = account();
    emulator.fault(None, Fault::Hold, usize::MAX);
    sandbox.file("value", "new");
    let args = ["--audit-log", "audit.jsonl", "put", "KEY", "--from-file", "value"];
    let mut unshare =
        as_init(&sandbox.command(args)).stdout(Stdio::null()).spawn().expect("unshare starts");
    while emulator.held() == 0 {
        assert_eq!(unshare.try_wait().expect("a state"), None, "it ended before it asked");
        std::thread::yield_now();
    }
    let kill = format!("kill -TERM {}", init_of(&unshare));
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    assert_eq!(unshare.wait().unwrap().code(), Some(143));
    let log = fs::read_to_string(sandbox.path().join("audit.jsonl")).expect("the audit log");
    assert!(log.lines().count() == 2 && log.contains("\"outcome\":\"unknown\""), "{log}");
}

#[test]
fn ctrl_c_at_the_prompt_ends_it() {
    if !namespaces_are_allowed() {
        return;
    }
    let (_emulator, sandbox) = account();
    // The kernel does not deliver to process 1 the signals that it sends itself, so it exits.
    // Ctrl-\ would end `unshare` too, and it first.
    let mut terminal = Terminal::start(&as_init(&sandbox.command(["put", "KEY"])));
    terminal.awaits("Value of KEY (not shown): ");
    terminal.types("sk-4fA9z");
    terminal.types("\x03");
    terminal.awaits("ended with 130\r\n");
    terminal.is_as_before();
}

#[test]
fn what_was_ignored_stays_ignored() {
    if !namespaces_are_allowed() {
        return;
    }
    let (emulator, sandbox) = account();
    emulator.fault(None, Fault::Hold, usize::MAX);
    let command = sandbox.command(["run", "--", "grep", "SigIgn", "/proc/self/status"]);
    let mut unshare =
        as_init_with(&["--default-signal=INT,QUIT", "--ignore-signal=TERM,HUP"], &command);
    let mut unshare = unshare.stdout(Stdio::piped()).spawn().expect("unshare starts");
    while emulator.held() == 0 {
        assert_eq!(unshare.try_wait().expect("a state"), None, "it ended before it asked");
        std::thread::yield_now();
    }
    for signal in ["TERM", "HUP"] {
        let kill = format!("kill -{signal} {}", init_of(&unshare));
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }
    emulator.clear_faults();
    emulator.release();
    let mut text = String::new();
    unshare.stdout.take().expect("stdout").read_to_string(&mut text).expect("text");
    // Whatever else the tests were started with.
    let mask =
        text.trim().strip_prefix("SigIgn:\t").and_then(|mask| u64::from_str_radix(mask, 16).ok());
    assert_eq!(
        (mask.map(|mask| mask & 0x4007), unshare.wait().unwrap().code()),
        (Some(0x4001), Some(0))
    );
}

#[test]
fn nothing_of_hydrant_is_left_after_a_fetch() {
    if !namespaces_are_allowed() {
        return;
    }
    let (emulator, sandbox) = account();
    let script = "cat; grep -E '^(Sig[PBIC]|Shd|Cap|NoNewPrivs|Seccomp:|Threads|Umask)' /proc/self/status; \
                  ls -l /proc/self/fd | sed 's/.* \\([0-9]* -> [a-z/]*\\).*/\\1/'; ulimit -a; cat /proc/self/coredump_filter \
                  /proc/self/oom_score_adj; ls /proc";
    let seen = |command: &Command| {
        let mut command = as_init(command);
        let mut unshare =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("unshare starts");
        unshare.stdin.take().expect("stdin").write_all(b"in\0put\n").expect("input");
        let mut text = String::new();
        unshare.stdout.take().expect("stdout").read_to_string(&mut text).expect("text");
        assert_eq!(unshare.wait().expect("it ends").code(), Some(0));
        text
    };
    let mut bare = Command::new("sh");
    bare.args(["-c", script]).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let bare = seen(&bare);
    let ours = seen(&sandbox.command(["run", "--", "sh", "-c", script]));
    assert_eq!(emulator.calls().len(), 1);
    assert!(
        bare.contains("SigBlk:") && bare.contains("Threads:\t1\n") && bare.contains("0 -> pipe"),
        "{bare}"
    );
    assert_eq!(without_ids(&ours), without_ids(&bare));
}

/// The same without the process ids, which count up, in the listing of /proc.
fn without_ids(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| line.is_empty() || !line.bytes().all(|byte| byte.is_ascii_digit()))
        .collect()
}
