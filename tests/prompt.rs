//! How `hydrant put` gets a value: from the prompt on a real terminal, which shows nothing and is
//! restored, from standard input, from a file. A refused value writes nothing.

use hydrant_emulator::{Fault, Operation};
use rustix::process::Signal;

use crate::support::Sandbox;
use crate::support::aws::{HOME, Server};
use crate::support::terminal::Terminal;

const PROMPT: &str = "Value of KEY (not shown): ";

/// Signals that end a process, and the exit code that a shell then reports.
const ENDING: [(Signal, i32); 9] = [
    (Signal::TERM, 143),
    (Signal::HUP, 129),
    (Signal::INT, 130),
    (Signal::QUIT, 131),
    (Signal::ALARM, 142),
    (Signal::USR1, 138),
    (Signal::USR2, 140),
    (Signal::ABORT, 134),
    (Signal::IO, 157),
];

/// A secret without a value, and a user who may write it.
fn account() -> (Server, Sandbox) {
    let server = Server::emulator();
    server.secret(HOME, "key", None);
    let sandbox = server.sandbox("[secrets.KEY]\nsecret_id = \"PREFIX/key\"\n");
    (server, sandbox)
}

/// The prompt, visible, with nothing typed yet.
fn prompted(sandbox: &Sandbox) -> Terminal {
    let mut terminal = Terminal::start(&sandbox.command(["put", "KEY"]));
    terminal.awaits(PROMPT);
    assert!(!terminal.echoes(), "the terminal shows what is typed");
    terminal
}

/// After every prompt: the terminal is restored, it has shown none of these, and the next line goes
/// to the shell.
#[track_caller]
fn is_over(mut terminal: Terminal, typed: &[&str]) {
    terminal.is_as_before();
    terminal.types("after\n");
    terminal.awaits("\nnext: after\r\n");
    for text in typed {
        assert!(!terminal.shown().contains(text), "{text:?} is shown: {:?}", terminal.shown());
    }
}

#[track_caller]
fn nothing_is_written(server: &Server) {
    let reads =
        [Operation::DescribeSecret, Operation::GetParameters, Operation::DescribeParameters];
    let calls = server.handle().calls();
    // The first created the secret.
    assert!(calls[1..].iter().all(|call| reads.contains(&call.operation)), "{calls:?}");
    assert!(server.versions(HOME, "key").is_empty());
}

#[test]
fn what_is_typed_is_not_shown() {
    let (server, sandbox) = account();
    let mut terminal = prompted(&sandbox);
    terminal.types("sk-4fA9");
    terminal.types("x\x7fzQ7\r");
    terminal.awaits("ended with 0\r\n");
    assert_eq!(server.value(HOME, "key"), "sk-4fA9zQ7");
    is_over(terminal, &["sk", "4fA9", "zQ7"]);
}

#[test]
fn a_line_longer_than_the_kernel_edits_is_taken() {
    let (server, sandbox) = account();
    let mut terminal = prompted(&sandbox);
    terminal.types(&"k4fA9zQ7Hm".repeat(1000));
    terminal.types("\r");
    terminal.awaits("ended with 0\r\n");
    assert_eq!(server.value(HOME, "key"), "k4fA9zQ7Hm".repeat(1000));
    is_over(terminal, &["k4f", "7Hm"]);
}

#[test]
fn a_paste_of_several_lines_is_refused_and_not_left_to_the_shell() {
    for paste in
        ["sk-4fA9z\rtouch stolen\r", "\x1b[200~sk-4fA9z\rtouch stolen\x1b[201~", "\rsk-4fA9z\r"]
    {
        let (server, sandbox) = account();
        let mut terminal = prompted(&sandbox);
        terminal.types(paste);
        terminal.awaits("hydrant: error: more than one line was pasted: nothing was written\r\n");
        terminal.awaits("ended with 76\r\n");
        is_over(terminal, &["sk-", "4fA9z", "stolen"]);
        nothing_is_written(&server);
    }
}

#[test]
fn keys_that_type_no_text_are_refused() {
    for typed in ["sk-4fA9z\x1b[D", "sk-4fA9z\tx\r"] {
        let (server, sandbox) = account();
        let mut terminal = prompted(&sandbox);
        terminal.types(typed);
        terminal.awaits(
            "hydrant: error: the prompt takes only text, and got an arrow key, a tab or a similar key: nothing was written",
        );
        terminal.awaits("ended with 76\r\n");
        is_over(terminal, &["sk-", "4fA9z"]);
        nothing_is_written(&server);
    }
}

#[test]
fn the_end_of_the_input_cancels() {
    for end in ["\x04", "\r", "sk-4fA9z\x15\x04"] {
        let (server, sandbox) = account();
        let mut terminal = prompted(&sandbox);
        terminal.types(end);
        terminal.awaits("hydrant: error: nothing was given: nothing was written\r\n");
        terminal.awaits("ended with 76\r\n");
        is_over(terminal, &["sk-", "4fA9z"]);
        nothing_is_written(&server);
    }
}

#[test]
fn ctrl_c_ends_it_by_the_signal_and_writes_nothing() {
    for (key, code) in [("\x03", 130), ("\x1c", 131)] {
        let (server, sandbox) = account();
        let mut terminal = prompted(&sandbox);
        terminal.types("sk-4fA9z");
        terminal.types(key);
        terminal.awaits(&format!("ended with {code}\r\n"));
        is_over(terminal, &["sk-", "4fA9z"]);
        nothing_is_written(&server);
    }
}

#[test]
fn signals_that_end_it_leave_the_terminal_as_it_was() {
    for (signal, code) in ENDING {
        let (server, sandbox) = account();
        let mut terminal = prompted(&sandbox);
        terminal.types("sk-4fA9z");
        terminal.signals(signal);
        terminal.awaits(&format!("ended with {code}\r\n"));
        is_over(terminal, &["sk-", "4fA9z"]);
        nothing_is_written(&server);
    }
}

#[test]
fn ctrl_z_gives_the_terminal_back_and_fg_asks_again() {
    let (server, sandbox) = account();
    let mut terminal = prompted(&sandbox);
    terminal.types("sk-4fA9z");
    terminal.types("\x1a");
    terminal.awaits("\nstopped\r\n");
    terminal.is_as_before();
    terminal.types("\n");
    terminal.awaits(PROMPT);
    assert!(!terminal.echoes(), "the terminal shows what is typed");
    terminal.types("sk-Q7Hm\r");
    terminal.awaits("ended with 0\r\n");
    // Without the text typed before.
    assert_eq!(server.value(HOME, "key"), "sk-Q7Hm");
    is_over(terminal, &["sk-", "4fA9z", "Q7Hm"]);
}

#[test]
fn what_was_typed_before_ctrl_z_does_not_count() {
    let (server, sandbox) = account();
    let mut terminal = prompted(&sandbox);
    // More than the kernel's buffer: most of it is read before the key is seen.
    terminal.types(&"sk-4fA9z".repeat(2500));
    terminal.types("\x1a");
    terminal.awaits("\nstopped\r\n");
    terminal.types("\n");
    terminal.awaits(PROMPT);
    terminal.types("\x04");
    terminal.awaits("hydrant: error: nothing was given: nothing was written\r\n");
    terminal.awaits("ended with 76\r\n");
    is_over(terminal, &["sk-", "4fA9z"]);
    nothing_is_written(&server);
}

/// If stopped, it would never continue.
#[test]
fn ctrl_z_does_nothing_where_no_shell_could_continue_it() {
    let (server, sandbox) = account();
    let mut terminal = Terminal::start_alone(&sandbox.command(["put", "KEY"]));
    terminal.awaits(PROMPT);
    terminal.types("\x1a");
    terminal.types("\x04");
    terminal.awaits("hydrant: error: nothing was given: nothing was written\r\n");
    nothing_is_written(&server);
}

#[test]
fn a_stop_that_cannot_be_caught_is_made_good_at_fg() {
    let (server, sandbox) = account();
    let mut terminal = prompted(&sandbox);
    terminal.signals(Signal::STOP);
    terminal.awaits("stopped\r\n");
    terminal.set_as_before();
    terminal.types("\n");
    terminal.awaits_no_echo();
    terminal.types("sk-4fA9z\r");
    terminal.awaits("ended with 0\r\n");
    assert_eq!(server.value(HOME, "key"), "sk-4fA9z");
    is_over(terminal, &["sk-", "4fA9z"]);
}

#[test]
fn a_file_that_is_a_terminal_is_refused() {
    let (server, sandbox) = account();
    let mut terminal = Terminal::start(&sandbox.command(["put", "KEY", "--from-file", "/dev/tty"]));
    terminal.awaits(
        "--from-file names a terminal, which would show what is typed: nothing was written\r\n",
    );
    terminal.awaits("ended with 76\r\n");
    is_over(terminal, &[]);
    nothing_is_written(&server);
}

#[test]
fn standard_input_and_files_that_hold_no_value_are_refused() {
    let text = "hint: save text as UTF-8, and binary data as base64";
    for (input, error) in [
        (&b""[..], "nothing was given: nothing was written\n".to_owned()),
        (b"\n", "nothing was given: nothing was written\n".to_owned()),
        (b"4fA9z\xff", format!("the value is not valid UTF-8: nothing was written\n  {text}\n")),
        (
            b"4fA9z\0",
            format!(
                "the value has a NUL character, which no environment variable can hold: nothing was written\n  {text}\n"
            ),
        ),
        (
            &b"4fA9z".repeat(100_000),
            "the value is longer than Secrets Manager's limit of 65,536 bytes: nothing was written\n".to_owned(),
        ),
    ] {
        let (server, sandbox) = account();
        let expected = format!("hydrant: error: {error}");
        sandbox.fed(["put", "KEY"], input).is(76, "", &expected);
        sandbox.fed(["put", "KEY", "--from-file", "-"], input).is(76, "", &expected);
        std::fs::write(sandbox.path().join("value"), input).unwrap();
        sandbox.run(["put", "KEY", "--from-file", "value"]).is(76, "", &expected);
        nothing_is_written(&server);
    }
}

#[test]
fn a_path_that_may_be_a_value_is_not_repeated() {
    let (server, sandbox) = account();
    let said = "hydrant: error: failed to read the file that --from-file names: No such file or directory (os error 2)\n";
    sandbox.run(["put", "KEY", "--from-file", "sk-4fA9z"]).is(74, "", said);
    nothing_is_written(&server);
}

#[test]
fn standard_input_and_files_arrive_but_for_one_final_line_ending() {
    let removed =
        "hydrant: KEY: the final line ending is not part of the value (--exact keeps it)\n";
    for (input, exact, value) in [
        ("4fA9z", false, "4fA9z"),
        ("4fA9z\n", false, "4fA9z"),
        ("4fA9z\r\n", false, "4fA9z"),
        ("4fA9z\n\n", false, "4fA9z\n"),
        ("4fA9z\n", true, "4fA9z\n"),
        ("one\ntwo\n", false, "one\ntwo"),
    ] {
        let (server, sandbox) = account();
        sandbox.file("value", input);
        let exactly = if exact { &["--exact"][..] } else { &[] };
        let said = if input == value { "" } else { removed };
        for from in [
            &["put", "KEY"][..],
            &["put", "KEY", "--from-file", "-"],
            &["put", "KEY", "--from-file", "value"],
        ] {
            let ran = sandbox.fed([from, exactly].concat(), input);
            assert_eq!(ran.code, Some(0), "{ran:?}");
            let stale = "hydrant: running processes keep the old value until they restart\n";
            assert!(
                ran.stderr.starts_with(said) && ran.stderr.ends_with(stale),
                "{input:?} {ran:?}"
            );
            assert_eq!(ran.stderr.contains(removed), input != value, "{ran:?}");
            assert_eq!(server.value(HOME, "key"), value, "{input:?} {from:?}");
            server.put(HOME, "key", "something else");
        }
    }
}

#[test]
fn delete_asks_for_the_name() {
    for (typed, code) in [
        ("KEY\n", 0),
        (" KEY \n", 0),
        ("key\n", 2),
        ("KEYS\n", 2),
        ("y\n", 2),
        ("yes\n", 2),
        ("\n", 2),
        ("\x04", 2),
        ("\x03", 130),
    ] {
        let (server, sandbox) = account();
        let mut terminal = Terminal::start(&sandbox.command(["delete", "KEY"]));
        terminal.awaits("Type KEY to continue: ");
        terminal.types(typed);
        if code == 2 {
            terminal
                .awaits("hydrant: error: the name was not confirmed: nothing more was deleted\r\n");
        }
        terminal.awaits(&format!("ended with {code}\r\n"));
        is_over(terminal, &[]);
        let call = server.secrets(HOME).describe_secret().secret_id(server.name("key"));
        let deleted = server.wait(call.send()).expect("DescribeSecret").deleted_date;
        assert_eq!(deleted.is_some(), code == 0, "{typed:?}");
    }
}

/// Each is prompted for, and a missing value stops before the rest.
#[test]
fn delete_asks_for_every_name() {
    let server = Server::emulator();
    let mut manifest = String::new();
    for name in ["a", "b", "c"] {
        server.secret(HOME, name, Some("4fA9z"));
        manifest += &format!("[secrets.{}]\nsecret_id = \"PREFIX/{name}\"\n", name.to_uppercase());
    }
    let sandbox = server.sandbox(&manifest);
    let mut terminal = Terminal::start(&sandbox.command(["delete", "A", "B", "C"]));
    terminal.awaits("Type A to continue: ");
    terminal.types("A\n");
    terminal.awaits("Type B to continue: ");
    terminal.types("no\n");
    terminal.awaits("hydrant: error: the name was not confirmed: nothing more was deleted\r\n");
    terminal.awaits("ended with 2\r\n");
    let deleted = ["a", "b", "c"].map(|name| {
        let call = server.secrets(HOME).describe_secret().secret_id(server.name(name));
        server.wait(call.send()).expect("DescribeSecret").deleted_date.is_some()
    });
    assert_eq!(deleted, [true, false, false]);
    let shown = terminal.shown();
    assert!(shown.contains("A: deleted "), "what was done is told: {shown:?}");
}

#[test]
fn put_asks_for_each_of_several() {
    let server = Server::emulator();
    for name in ["a", "b"] {
        server.secret(HOME, name, None);
    }
    let sandbox = server
        .sandbox("[secrets.A]\nsecret_id = \"PREFIX/a\"\n[secrets.B]\nsecret_id = \"PREFIX/b\"\n");
    let mut terminal = Terminal::start(&sandbox.command(["put", "A", "B"]));
    terminal.awaits("Value of A (not shown): ");
    terminal.types("4fA9z\r");
    terminal.awaits("Value of B (not shown): ");
    terminal.types("zQ7Hm\r");
    terminal.awaits("ended with 0\r\n");
    assert_eq!(
        (server.value(HOME, "a"), server.value(HOME, "b")),
        ("4fA9z".to_owned(), "zQ7Hm".to_owned())
    );
    is_over(terminal, &["4fA9z", "zQ7Hm"]);

    // Cancelled midway, it reports what was done.
    let mut terminal = Terminal::start(&sandbox.command(["put", "A", "B"]));
    terminal.awaits("Value of A (not shown): ");
    terminal.types("Hm4fA\r");
    terminal.awaits("Value of B (not shown): ");
    terminal.types("\x04");
    terminal.awaits(&format!("A: wrote {}, version ", server.name("a")));
    terminal.awaits("hydrant: error: nothing was given: nothing was written\r\n");
    terminal.awaits("ended with 76\r\n");
    assert_eq!(
        (server.value(HOME, "a"), server.value(HOME, "b")),
        ("Hm4fA".to_owned(), "zQ7Hm".to_owned())
    );
    is_over(terminal, &["Hm4fA"]);
}

/// A secret that is found by a parameter, so that AWS is called before the prompt. The response is
/// held.
fn slow_account() -> (Server, Sandbox) {
    let server = Server::emulator();
    let arn = server.secret(HOME, "key", None);
    server.parameter(HOME, "arn", &arn, aws_sdk_ssm::types::ParameterType::String);
    server.handle().clear_calls();
    server.handle().fault(Some(Operation::GetParameters), Fault::Hold, 1);
    let sandbox = server.sandbox("[secrets.KEY]\narn_parameter = \"/PREFIX/arn\"\n");
    (server, sandbox)
}

/// The command on a terminal, while it waits for AWS.
fn waiting(server: &Server, sandbox: &Sandbox, args: &[&str]) -> Terminal {
    let terminal = Terminal::start(&sandbox.command(args.iter().copied()));
    let begun = std::time::Instant::now();
    while server.handle().held() == 0 {
        assert!(begun.elapsed().as_secs() < 60, "AWS is not called");
        std::thread::yield_now();
    }
    assert!(!terminal.echoes(), "the terminal shows what is typed");
    terminal
}

#[track_caller]
fn nothing_is_changed(server: &Server) {
    let calls = server.handle().calls();
    assert!(calls.iter().all(|call| call.operation == Operation::GetParameters), "{calls:?}");
}

#[test]
fn what_is_typed_before_the_prompt_is_not_shown_and_nothing_is_written() {
    for early in
        ["0123456789", "sk-4fA9z\r", "\x1b[200~sk-4fA9z\x1b[201~", "\r", &"sk-4fA9z".repeat(300)]
    {
        let (server, sandbox) = slow_account();
        let mut terminal = waiting(&server, &sandbox, &["put", "KEY"]);
        terminal.types(early);
        server.handle().release();
        let said = "hydrant: error: something was typed before the prompt appeared: nothing was written\r\n";
        terminal.awaits(said);
        terminal.awaits("  hint: run it again, and wait for the prompt\r\n");
        terminal.awaits("ended with 76\r\n");
        assert!(!terminal.shown().contains(PROMPT), "{:?}", terminal.shown());
        is_over(terminal, &["0123", "sk-", "4fA9z"]);
        nothing_is_changed(&server);
    }
}

#[test]
fn what_is_typed_early_does_not_reach_the_shell_without_a_prompt() {
    let (server, sandbox) = slow_account();
    server.handle().deny(Operation::GetParameters);
    let mut terminal = waiting(&server, &sandbox, &["put", "KEY"]);
    terminal.types("touch stolen\r");
    server.handle().release();
    terminal.awaits("ended with 77\r\n");
    is_over(terminal, &["stolen"]);
}

#[test]
fn a_person_who_waits_for_the_prompt_is_prompted() {
    let (server, sandbox) = slow_account();
    let mut terminal = waiting(&server, &sandbox, &["put", "KEY"]);
    server.handle().release();
    terminal.awaits(PROMPT);
    assert!(!terminal.echoes(), "the terminal shows what is typed");
    terminal.types("sk-4fA9z\r");
    terminal.awaits("ended with 0\r\n");
    assert_eq!(server.value(HOME, "key"), "sk-4fA9z");
    is_over(terminal, &["sk-", "4fA9z"]);
}

#[test]
fn signals_before_the_prompt_leave_the_terminal_as_it_was() {
    for args in [&["put", "KEY"], &["delete", "KEY"]] {
        for (signal, code) in ENDING {
            let (server, sandbox) = slow_account();
            let mut terminal = waiting(&server, &sandbox, args);
            terminal.types("sk-4fA9z");
            terminal.signals(signal);
            terminal.awaits(&format!("ended with {code}\r\n"));
            is_over(terminal, &["sk-", "4fA9z"]);
            nothing_is_changed(&server);
        }
        let (server, sandbox) = slow_account();
        let mut terminal = waiting(&server, &sandbox, args);
        terminal.types("\x03");
        terminal.awaits("ended with 130\r\n");
        is_over(terminal, &[]);
    }
}

/// By the watchdog, which runs no destructor: the runtime cannot interrupt the wait for the log's
/// lock.
#[test]
fn the_deadline_after_the_prompt_leaves_the_terminal_as_it_was() {
    let (server, sandbox) = account();
    let log = std::fs::File::create(sandbox.path().join("audit.jsonl")).expect("a log");
    log.lock().expect("a lock");
    let args = ["--deadline", "1s", "--audit-log", "audit.jsonl", "put", "KEY"];
    let mut terminal = Terminal::start(&sandbox.command(args));
    terminal.awaits(PROMPT);
    terminal.types("sk-4fA9z\r");
    terminal.awaits("the deadline (1s) passed while waiting for the audit log\r\n");
    terminal.awaits("ended with 69\r\n");
    is_over(terminal, &["sk-", "4fA9z"]);
    nothing_is_written(&server);
}

#[test]
fn ctrl_z_before_the_prompt_gives_the_terminal_back_and_fg_hides_it_again() {
    let (server, sandbox) = slow_account();
    let mut terminal = waiting(&server, &sandbox, &["put", "KEY"]);
    terminal.types("\x1a");
    terminal.awaits("stopped\r\n");
    terminal.is_as_before();
    terminal.types("\n");
    terminal.awaits_no_echo();
    server.handle().release();
    terminal.awaits(PROMPT);
    terminal.types("sk-4fA9z\r");
    terminal.awaits("ended with 0\r\n");
    assert_eq!(server.value(HOME, "key"), "sk-4fA9z");
    is_over(terminal, &["sk-", "4fA9z"]);
}

#[test]
fn what_is_typed_between_two_prompts_is_not_the_second_value() {
    let server = Server::emulator();
    for name in ["a", "b"] {
        server.secret(HOME, name, None);
    }
    server.handle().fault(Some(Operation::PutSecretValue), Fault::Hold, 1);
    let sandbox = server
        .sandbox("[secrets.A]\nsecret_id = \"PREFIX/a\"\n[secrets.B]\nsecret_id = \"PREFIX/b\"\n");
    let mut terminal = Terminal::start(&sandbox.command(["put", "A", "B"]));
    terminal.awaits("Value of A (not shown): ");
    terminal.types("4fA9z\r");
    while server.handle().held() == 0 {
        std::thread::yield_now();
    }
    assert!(!terminal.echoes(), "the terminal shows what is typed");
    terminal.types("zQ7Hm\r");
    server.handle().release();
    terminal.awaits(&format!("A: wrote {}, version ", server.name("a")));
    terminal.awaits(
        "hydrant: error: something was typed before the prompt appeared: nothing was written\r\n",
    );
    terminal.awaits("ended with 76\r\n");
    assert_eq!(server.value(HOME, "a"), "4fA9z");
    assert!(server.versions(HOME, "b").is_empty());
    is_over(terminal, &["4fA9z", "zQ7Hm"]);
}

#[test]
fn a_name_that_is_typed_before_the_question_confirms_nothing() {
    let (server, sandbox) = slow_account();
    let mut terminal = waiting(&server, &sandbox, &["delete", "KEY"]);
    terminal.types("KEY\n");
    server.handle().release();
    let said = "hydrant: error: KEY is not confirmed: something was typed before the question appeared\r\n";
    terminal.awaits(said);
    terminal.awaits("  hint: run it again, and wait for the question\r\n");
    terminal.awaits("ended with 2\r\n");
    is_over(terminal, &[]);
    nothing_is_changed(&server);
}

/// Nothing is in flight then, so there is nothing to wait for.
#[test]
fn ctrl_z_at_the_question_leaves_it_shown() {
    let (server, sandbox) = account();
    let mut terminal = Terminal::start(&sandbox.command(["delete", "KEY"]));
    terminal.awaits("Type KEY to continue: ");
    assert!(terminal.echoes(), "what is typed is not shown");
    terminal.types("\x1a");
    terminal.awaits("stopped\r\n");
    terminal.is_as_before();
    terminal.types("\n");
    terminal.types("KEY\n");
    terminal.awaits("ended with 0\r\n");
    is_over(terminal, &[]);
    let call = server.secrets(HOME).describe_secret().secret_id(server.name("key"));
    assert!(server.wait(call.send()).expect("DescribeSecret").deleted_date.is_some());
}
