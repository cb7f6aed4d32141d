//! Imports that are throttled, killed or interrupted: after another run every value is right, and
//! the env file is complete.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use hydrant_emulator::{Fault, Operation};

use crate::support::Sandbox;
use crate::write_faults::account::{Account, await_calls, start};

/// A manifest of so many entries, and the env file that has their values. The first three are parts
/// of one secret.
fn entries(count: usize) -> (String, String) {
    let (mut manifest, mut file) = ("version = 1\n".to_owned(), "# as it was\n".to_owned());
    for index in 0..count {
        let place = match index {
            0..3 => format!("secret_id = \"demo/shared\"\njson_key = \"part{index}\""),
            _ => format!("secret_id = \"demo/s{index}\""),
        };
        manifest.push_str(&format!("[secrets.V{index}]\n{place}\n"));
        file.push_str(&format!("V{index}=\"value {index}\"\n"));
    }
    (manifest, file)
}

fn account(count: usize) -> Account {
    let account = Account::with("demo/shared", r#"{"kept": true, "part0": "old"}"#);
    for index in 3..count {
        account.secret(&format!("demo/s{index}"), "old");
    }
    account
}

#[track_caller]
fn every_value_is_right(account: &Account, count: usize) {
    let shared: serde_json::Value =
        serde_json::from_str(&account.value("demo/shared").expect("a value")).expect("JSON");
    let expected = serde_json::json!({ "kept": true, "part0": "value 0", "part1": "value 1", "part2": "value 2" });
    assert_eq!(shared, expected);
    for index in 3..count {
        let expected = format!("value {index}");
        assert_eq!(
            account.value(&format!("demo/s{index}")).as_deref(),
            Some(expected.as_str()),
            "{index}"
        );
    }
}

/// The names of the files in the folder.
fn files(folder: &Path) -> Vec<String> {
    let names =
        fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The writes that share one quota of AWS's.
const WRITES: [Operation; 4] = [
    Operation::PutSecretValue,
    Operation::UpdateSecretVersionStage,
    Operation::CreateSecret,
    Operation::UpdateSecret,
];

/// Imports so many entries with so many writes per second. Returns how long it took.
#[track_caller]
fn throttled(count: usize, per_second: u32, deadline: &str) -> (Duration, String) {
    let account = account(count);
    account.emulator.limit(&WRITES, per_second, per_second);
    let (manifest, file) = entries(count);
    let manifest = format!("{manifest}[settings]\ndeadline = \"{deadline}\"\n");
    let sandbox = Sandbox::new(&manifest).with(&account.emulator);
    sandbox.file(".env", &file);
    let begin = Instant::now();
    let ran = sandbox.run(["import"]);
    let took = begin.elapsed();
    let (calls, refused) =
        (account.calls(Operation::PutSecretValue).len(), account.emulator.throttled());
    let said = format!(
        "{count} entries at {per_second} a second: {took:?}, {calls} puts, {refused} calls throttled"
    );
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{said}");
    assert!(ran.stdout.ends_with(&format!("{count} values of .env imported\n")), "{}", ran.stdout);
    // Two cores may run a debug binary more slowly than AWS's quota.
    assert!(refused > 0 || per_second == 50, "the quota was met: {said}");
    assert!(calls < count * 3, "{said}");
    every_value_is_right(&account, count);
    (took, said)
}

/// AWS allows fifty writes a second. Each write has the manifest's usual ten seconds, from when it
/// begins.
#[test]
fn five_hundred_throttled_to_fifty_a_second_all_succeed() {
    let (took, said) = throttled(500, 50, "10s");
    assert!(took < Duration::from_secs(30), "{said}");
}

/// The same if the machine is faster than the quota.
#[test]
fn a_hundred_throttled_to_fifteen_a_second_all_succeed() {
    let (took, said) = throttled(100, 15, "10s");
    assert!(took < Duration::from_secs(20), "{said}");
}

/// A write that is throttled for all its time waits for the others, and is tried again.
#[test]
fn all_succeed_where_a_write_has_no_time_to_ask_twice() {
    throttled(60, 10, "1s");
}

/// It ends if nothing gets through.
#[test]
fn throttled_for_ever_it_ends() {
    let account = account(20);
    account.emulator.limit(&WRITES, 0, 5);
    let (manifest, file) = entries(20);
    let sandbox =
        Sandbox::new(&format!("{manifest}[settings]\ndeadline = \"1s\"\n")).with(&account.emulator);
    sandbox.file(".env", &file);
    let begin = Instant::now();
    let ran = sandbox.run(["import"]);
    assert!(begin.elapsed() < Duration::from_secs(15), "{:?}", begin.elapsed());
    assert_eq!(ran.code, Some(69), "{ran:?}");
    assert!(
        ran.stderr.contains("V19 (secrets.toml:43): still throttled at the deadline; demo/s19"),
        "{}",
        ran.stderr
    );
}

const COUNT: usize = 40;

/// An import after so many calls, each of which takes a moment.
fn under_way(calls: usize, args: &[&str]) -> (Account, Sandbox, Child) {
    let account = account(COUNT);
    account.emulator.fault(None, Fault::Latency(Duration::from_millis(15)), usize::MAX);
    let (manifest, file) = entries(COUNT);
    let sandbox = Sandbox::new(&manifest).with(&account.emulator);
    sandbox.file(".env", &file);
    let mut child = start(sandbox.interruptible(args.iter().copied()), b"");
    await_calls(&account.emulator, None, calls, &mut child);
    (account, sandbox, child)
}

#[test]
fn killed_at_any_point_and_run_again_every_value_is_right() {
    // In total there are 37 puts of whole secrets, and for the shared one a read, a put and two
    // moves.
    for calls in [1, 2, 4, 8, 9, 13, 20, 28, 34, 38, 40] {
        let (account, sandbox, mut child) = under_way(calls, &["import", "--comment-out"]);
        child.kill().expect("it is there");
        let status = child.wait().expect("it ends");
        assert_eq!(status.signal(), Some(9), "after {calls} calls: {status}");
        let (_, file) = entries(COUNT);
        assert_eq!(
            fs::read_to_string(sandbox.path().join(".env")).expect("the file"),
            file,
            "after {calls} calls"
        );
        assert_eq!(files(sandbox.path()), [".env", "secrets.toml"], "after {calls} calls");

        account.emulator.clear_faults();
        let ran = sandbox.run(["import", "--comment-out"]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "after {calls} calls");
        every_value_is_right(&account, COUNT);
        let labels = account.versions("demo/shared").into_iter().flat_map(|(_, labels)| labels);
        assert!(labels.into_iter().all(|label| label.starts_with("AWS")), "after {calls} calls");
        let after = fs::read_to_string(sandbox.path().join(".env")).expect("the file");
        assert!(!after.contains("value "), "{after}");
        let backup = files(sandbox.path()).into_iter().find(|name| name.starts_with(".env."));
        let backup = sandbox.path().join(backup.expect("a backup"));
        assert_eq!(fs::read_to_string(backup).expect("the backup"), file);
    }
}

#[test]
fn a_signal_ends_it_and_the_env_file_stays_as_it_was() {
    for (signal, number) in [("INT", 2), ("TERM", 15), ("HUP", 1)] {
        for args in [&["import", "--comment-out"][..], &["import"]] {
            let (account, sandbox, mut child) = under_way(12, args);
            let sent = Command::new("kill")
                .args(["-s", signal, &child.id().to_string()])
                .status()
                .expect("kill runs");
            assert!(sent.success());
            let status = child.wait().expect("it ends");
            assert_eq!((status.code(), status.signal()), (None, Some(number)), "{signal}");
            let (_, file) = entries(COUNT);
            assert_eq!(
                fs::read_to_string(sandbox.path().join(".env")).expect("the file"),
                file,
                "{signal}"
            );
            assert_eq!(files(sandbox.path()), [".env", "secrets.toml"], "{signal}");
            // Everything written is complete.
            let value = account.value("demo/s3").expect("a value");
            assert!(["old", "value 3"].contains(&value.as_str()), "{value}");
            assert_eq!(sandbox.run(args).code, Some(0));
            every_value_is_right(&account, COUNT);
        }
    }
}

/// A failure does not keep others from being written, and with --comment-out its line stays.
#[test]
fn what_fails_stays_in_the_env_file() {
    let account = account(COUNT);
    account.emulator.deny_item(Operation::PutSecretValue, "demo/s7");
    let (manifest, file) = entries(COUNT);
    let sandbox = Sandbox::new(&manifest).with(&account.emulator);
    sandbox.file(".env", &file);
    let ran = sandbox.run(["import", "--comment-out"]);
    assert_eq!(ran.code, Some(77), "{ran:?}");
    assert!(ran.stderr.contains("V7 (secrets.toml:19): access denied; demo/s7"), "{}", ran.stderr);
    let left = fs::read_to_string(sandbox.path().join(".env")).expect("the file");
    assert_eq!(
        left.lines().filter(|line| line.contains("value ")).collect::<Vec<_>>(),
        ["V7=\"value 7\""]
    );
    account.emulator.clear_faults();
    assert_eq!(sandbox.run(["import", "--comment-out"]).code, Some(0));
    every_value_is_right(&account, COUNT);
}

/// One call of many gets a late response, half of one or none: no value is lost.
#[test]
fn faults_of_the_network_in_the_middle_of_it() {
    for fault in
        [Fault::ResetBeforeResponse, Fault::CutDuringResponse, Fault::Status(500), Fault::Stall]
    {
        let account = account(COUNT);
        account.emulator.fault(None, Fault::Latency(Duration::ZERO), 10);
        account.emulator.fault(None, fault.clone(), 5);
        let (manifest, file) = entries(COUNT);
        let sandbox = Sandbox::new(&manifest).with(&account.emulator);
        sandbox.file(".env", &file);
        let ran = sandbox.run(["import"]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{fault:?}");
        every_value_is_right(&account, COUNT);
        for index in 3..COUNT {
            assert_eq!(account.versions(&format!("demo/s{index}")).len(), 2, "{fault:?}, {index}");
        }
    }
}
