//! The same on a terminal, where lines of the manifest are drawn and everything has colours.
//!
//! The terminal is that of `script`: it returns stdout and stderr as one stream.

use std::process::{Command, Stdio};

use crate::secrecy::canary::{ODD, PLAIN, forms, found};
use crate::secrecy::fixture::Fixture;
use crate::secrecy::pasted::manifests;
use crate::secrecy::{COMMANDS, LOGS};
use crate::support::Sandbox;

/// The command's output to a terminal.
fn on_a_terminal(command: &Command) -> Vec<u8> {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    // `script` passes a text to a shell: each word is quoted.
    let words =
        words.map(|word| format!("'{}'", word.to_str().expect("UTF-8").replace('\'', "'\\''")));
    let mut script = Command::new("script");
    script.args([
        "--quiet",
        "--return",
        "--command",
        &words.collect::<Vec<_>>().join(" "),
        "/dev/null",
    ]);
    script.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    script.env("TERM", "xterm-256color").env("SHELL", "/bin/sh");
    if let Some(folder) = command.get_current_dir() {
        script.current_dir(folder);
    }
    script.stdin(Stdio::null()).output().expect("script starts").stdout
}

/// The bytes as sent, and without escapes: a colour in the middle of a value must not hide it.
#[track_caller]
fn holds_none(what: &str, canary: &str, sent: &[u8]) -> String {
    let read = anstream::adapter::strip_bytes(sent).into_vec();
    for bytes in [sent, &read] {
        assert_eq!(
            found(&forms(canary), bytes),
            None,
            "{what}: {}",
            String::from_utf8_lossy(bytes)
        );
    }
    String::from_utf8_lossy(&read).into_owned()
}

#[test]
fn what_is_drawn_of_a_manifest_holds_no_byte_of_a_pasted_value() {
    let (mut cases, mut drawn) = (0, 0);
    for canary in [PLAIN, ODD] {
        for head in manifests(canary) {
            // In the first line, among others, and after characters that take more or less room
            // than one column.
            for before in [
                "",
                "# a comment\n[settings]\nregion = \"us-east-1\"\n\n",
                "# w\u{ef}de \u{1f511}\t\n",
            ] {
                if before.contains("[settings]") && head.contains("[settings]")
                    || head.starts_with("key =") && !before.is_empty()
                {
                    continue;
                }
                let sandbox = Sandbox::new(&format!("version = 1\n{before}{head}"));
                for args in [&["check"][..], &["-vvv", "run", "--", "true"]] {
                    let said = holds_none(&head, canary, &on_a_terminal(&sandbox.command(args)));
                    assert!(said.contains("secrets.toml"), "{head}: {said}");
                    cases += 1;
                    drawn += usize::from(said.contains("-->") || said.contains("╭▸"));
                }
            }
        }
    }
    assert!(cases > 200 && drawn == cases, "{drawn} of {cases} were drawn");
}

#[test]
fn a_line_that_can_hold_no_value_is_drawn() {
    let sandbox =
        Sandbox::new("version = 1\n[secrets.KEY]\njson_key = \"a\"\njson_pointer = \"/a\"\n");
    let sent = String::from_utf8(on_a_terminal(&sandbox.command(["check"]))).expect("UTF-8");
    assert!(sent.contains("\u{1b}["), "colours: {sent:?}");
    assert!(
        anstream::adapter::strip_str(&sent).to_string().contains("json_pointer = \"/a\""),
        "{sent:?}"
    );
}

#[test]
fn no_byte_of_a_value_is_shown_on_a_terminal() {
    let mut cases = 0;
    for (command, shows) in COMMANDS {
        if shows {
            continue;
        }
        for (canary, fault, log) in [
            (PLAIN, "none", LOGS[2]),
            (ODD, "none", LOGS[0]),
            (ODD, "denied", LOGS[2]),
            (PLAIN, "values in the wrong places", LOGS[3]),
        ] {
            let fixture = Fixture::new(canary, fault, log.1);
            let sent = on_a_terminal(&fixture.sandbox.command(log.0.iter().chain(command)));
            holds_none(&format!("{fault} {command:?} {log:?}"), canary, &sent);
            cases += usize::from(!sent.is_empty());
        }
    }
    assert!(cases > 30, "only {cases} said anything");
}
