//! A signal while a file is written leaves the old file or the new one, and no other file. `strace`
//! sends one at each system call on files, one after the other: no moment is left out, and nothing
//! depends on time.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use crate::support::Sandbox;
use crate::support::aws::{HOME, Server};

/// The calls that open, write and move files, under the names of every processor.
const CALLS: &str = "openat,write,fsync,fdatasync,linkat,/^rename,/^unlink,/^fchmod,/^fchown";

/// More calls than a command makes.
const MOST: usize = 2000;

fn strace_is_there() -> bool {
    let there = Command::new("strace")
        .arg("-V")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !there {
        // The test harness does not capture `Stderr` itself.
        _ = writeln!(std::io::stderr(), "tests/interrupted.rs: NOT TESTED: there is no strace");
    }
    there
}

/// Without /proc an unnamed file cannot get a name, as on a file system without unnamed files.
const WITHOUT_UNNAMED: [&str; 6] =
    ["unshare", "-rm", "sh", "-c", "mount -t tmpfs none /proc && exec \"$@\"", "sh"];

fn can_be_without_unnamed() -> bool {
    let [program, args @ ..] = WITHOUT_UNNAMED;
    let can = Command::new(program).args(args).arg("true").stderr(Stdio::null()).status();
    let can = can.is_ok_and(|status| status.success());
    if !can {
        _ = writeln!(
            std::io::stderr(),
            "tests/interrupted.rs: NOT TESTED: this kernel allows no user namespaces"
        );
    }
    can
}

/// Runs the command, with a signal at the nth call of each of its threads. `wrapper` starts
/// `strace`, if it is not empty.
fn interrupted(
    sandbox: &Sandbox,
    wrapper: &[&str],
    args: &[&str],
    signal: &str,
    at: usize,
) -> Output {
    let hydrant = sandbox.command(args.iter().copied());
    let mut strace = Command::new("env");
    strace.arg("--default-signal").args(wrapper);
    strace.args(["strace", "-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={CALLS}"), "-e"]);
    strace.arg(format!("inject={CALLS}:signal={signal}:when={at}"));
    strace
        .arg(hydrant.get_program())
        .args(hydrant.get_args())
        .current_dir(sandbox.path())
        .env_clear();
    strace.envs(hydrant.get_envs().filter_map(|(name, value)| Some((name, value?))));
    strace.stdin(Stdio::null()).output().expect("strace starts")
}

/// The files of the folder.
fn files(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let entries =
        fs::read_dir(sandbox.path()).expect("the folder").map(|entry| entry.expect("a file"));
    let files = entries.filter(|entry| entry.file_type().expect("its kind").is_file());
    files
        .map(|entry| {
            (
                entry.file_name().into_string().expect("UTF-8"),
                fs::read_to_string(entry.path()).expect("a text"),
            )
        })
        .collect()
}

/// Runs the command with the signal at each moment, from the same files each time. `is_right` says
/// whether the files afterwards are allowed.
#[track_caller]
fn check(
    sandbox: &Sandbox,
    args: &[&str],
    signal: &str,
    is_right: impl Fn(&BTreeMap<String, String>, &BTreeMap<String, String>) -> bool,
) {
    check_in(&[], sandbox, args, signal, is_right);
}

#[track_caller]
fn check_in(
    wrapper: &[&str],
    sandbox: &Sandbox,
    args: &[&str],
    signal: &str,
    is_right: impl Fn(&BTreeMap<String, String>, &BTreeMap<String, String>) -> bool,
) {
    let before = files(sandbox);
    for at in 1..MOST {
        let output = interrupted(sandbox, wrapper, args, signal, at);
        let after = files(sandbox);
        let names: Vec<_> = after.keys().collect();
        assert!(is_right(&before, &after), "{args:?}, {signal} at call {at}: {names:?}");
        for name in after.keys().filter(|name| !before.contains_key(*name)) {
            fs::remove_file(sandbox.path().join(name)).expect("it is removed");
        }
        for (name, text) in &before {
            sandbox.file(name, text);
        }
        // Some signals end hydrant with 128+n.
        if output.status.code().is_some_and(|code| code < 128) {
            assert_eq!(output.status.code(), Some(0), "{args:?}: {output:?}");
            assert!(at > 5, "{args:?}: the signal ended it {} times", at - 1);
            return;
        }
    }
    panic!("{args:?}: it does not come to its end");
}

/// Values that take several writes.
fn export() -> (Sandbox, String) {
    let value = "k4fA9zQ7Hm".repeat(10_000);
    let sandbox = Sandbox::new("version = 1\n[secrets.KEY]\n").env("KEY", &value);
    (sandbox, format!("{{\n  \"KEY\": \"{value}\"\n}}\n"))
}

#[test]
fn an_export_is_there_as_a_whole_or_not_at_all() {
    if !strace_is_there() {
        return;
    }
    let (sandbox, text) = export();
    let args = ["export", "--format", "json", "-o", "out.json"];
    for signal in ["TERM", "INT", "XCPU", "ABRT", "PWR", "KILL"] {
        check(&sandbox, &args, signal, |before, after| {
            let mut whole = before.clone();
            whole.insert("out.json".to_owned(), text.clone());
            *after == *before || *after == whole
        });
    }
    sandbox.file("out.json", "old\n");
    check(&sandbox, &args, "TERM", |before, after| {
        after.len() == before.len() && ["old\n", &text].contains(&after["out.json"].as_str())
    });
}

#[test]
fn a_file_that_has_to_have_a_name_is_removed() {
    if !strace_is_there() || !can_be_without_unnamed() {
        return;
    }
    let (sandbox, text) = export();
    let args = ["export", "--format", "json", "-o", "out.json"];
    for signal in ["TERM", "HUP", "XFSZ", "PROF", "IO", "ABRT", "PWR"] {
        check_in(&WITHOUT_UNNAMED, &sandbox, &args, signal, |before, after| {
            let mut whole = before.clone();
            whole.insert("out.json".to_owned(), text.clone());
            *after == *before || *after == whole
        });
    }
}

/// Whoever sends them: the document says so.
#[test]
fn a_crash_leaves_a_file_of_hydrants_name_at_most() {
    if !strace_is_there() || !can_be_without_unnamed() {
        return;
    }
    let (sandbox, text) = export();
    let args = ["export", "--format", "json", "-o", "out.json"];
    for signal in ["SYS", "TRAP", "34"] {
        let left = Cell::new(0);
        check_in(&WITHOUT_UNNAMED, &sandbox, &args, signal, |before, after| {
            let others: Vec<_> = after.keys().filter(|name| !before.contains_key(*name)).collect();
            left.set(
                left.get() + usize::from(after.keys().any(|name| name.starts_with(".hydrant-"))),
            );
            match others[..] {
                [] => true,
                [name] => name.starts_with(".hydrant-") || after[name] == text,
                _ => false,
            }
        });
        assert!(left.get() > 0, "{signal} leaves nothing: then it can be promised");
    }
}

#[test]
fn a_manifest_is_the_old_one_or_the_new_one() {
    if !strace_is_there() {
        return;
    }
    let sandbox = Sandbox::new("version = 1\n[secrets.KEY]\n");
    check(&sandbox, &["add", "openai"], "TERM", |before, after| {
        let is_new = after["secrets.toml"].contains("OPENAI_API_KEY")
            && after["secrets.toml"].ends_with('\n');
        after.len() == 1 && (*after == *before || is_new)
    });
    let sandbox = Sandbox::empty();
    check(&sandbox, &["init"], "KILL", |_, after| {
        after.is_empty() || (after.len() == 1 && after["secrets.toml"].ends_with('\n'))
    });
}

#[test]
fn an_env_file_loses_values_only_where_its_backup_stands() {
    if !strace_is_there() {
        return;
    }
    let server = Server::emulator();
    server.secret(HOME, "key", None);
    let sandbox = server.sandbox("[secrets.KEY]\nsecret_id = \"PREFIX/key\"\n");
    sandbox.file(".env", "KEY=k4fA9zQ7Hm\nOTHER=1\n");
    check(&sandbox, &["import", "--comment-out"], "TERM", |before, after| {
        let changed = after[".env"] == "# KEY: in AWS, set by hydrant\nOTHER=1\n";
        let backup = after.iter().find(|(name, _)| name.contains("backup"));
        *after == *before
            || (changed
                && after.len() == 3
                && backup.is_some_and(|(_, text)| *text == before[".env"]))
    });
}
