//! Two people who change one secret at once: each change is made, or is refused. None is lost.

use hydrant_emulator::{Fault, Operation};
use serde_json::{Value, json};

use crate::support::{Ran, Sandbox};
use crate::write_faults::account::{Account, HOME, await_calls, end, give, start};

const BOTH: &str = "version = 1\n[settings]\ndeadline = \"9s\"\n\
    [secrets.A]\nsecret_id = \"demo/shared\"\njson_key = \"a\"\n\
    [secrets.B]\nsecret_id = \"demo/shared\"\njson_key = \"b\"\n";

const REFUSED: &str = "another version was written in between, so this one was taken back; demo/shared\n  \
    hint: nothing of the other change was lost: run it again\n";

fn shared(account: &Account) -> Value {
    serde_json::from_str(&account.value("demo/shared").expect("a value")).expect("JSON")
}

/// Whether it was made. Otherwise it was refused because of the other one, and for nothing else.
#[track_caller]
fn landed(ran: &Ran, variable: &str, line: usize) -> bool {
    if ran.code == Some(0) {
        return true;
    }
    ran.is(76, "", &format!("hydrant: error: {variable} (secrets.toml:{line}): {REFUSED}"));
    false
}

#[track_caller]
fn no_label_is_left(account: &Account) {
    for (_, labels) in account.versions("demo/shared") {
        assert!(labels.iter().all(|label| label.starts_with("AWS")), "{labels:?}");
    }
}

#[test]
fn merges_that_begin_at_once_lose_nothing() {
    const ROUNDS: usize = 12;
    let account = Account::with("demo/shared", r#"{"kept": true}"#);
    let sandbox = Sandbox::new(BOTH).with(&account.emulator);
    let mut refused = 0;
    for round in 0..ROUNDS {
        // Both have read before either writes, in every other round.
        if round % 2 == 0 {
            let time = std::time::Duration::from_millis(400);
            account.emulator.fault(
                Some(Operation::GetSecretValue),
                Fault::Latency(time),
                usize::MAX,
            );
        }
        let values = ["A", "B"].map(|variable| (variable, format!("{variable} of round {round}")));
        let started = values.each_ref().map(|(variable, value)| {
            start(sandbox.command(["put", *variable, "--merge"]), value.as_bytes())
        });
        let [a, b] = started.map(end);
        let landed = [landed(&a, "A", 4), landed(&b, "B", 7)];
        assert!(landed.contains(&true), "one of them is the first: {a:?} {b:?}");
        let after = shared(&account);
        for ((variable, value), landed) in values.iter().zip(landed) {
            let there = after[variable.to_lowercase()] == **value;
            assert_eq!(there, landed, "{variable} in round {round}: {after}");
            if !landed {
                refused += 1;
                assert_eq!(
                    give(&sandbox, ["put", *variable, "--merge"], value.as_bytes()).code,
                    Some(0)
                );
            }
        }
        let expected = json!({ "kept": true, "a": values[0].1, "b": values[1].1 });
        assert_eq!(shared(&account), expected, "after round {round}");
    }
    assert!(refused > 0, "they never met");
    no_label_is_left(&account);
}

/// Someone who uses another tool, after the read and before the move.
#[test]
fn a_change_by_others_in_between_stays() {
    for first in ["{\"kept\": 1}", ""] {
        let account = Account::new();
        let created = account.emulator.create_secret(
            HOME,
            "demo/shared",
            Some(first).filter(|text| !text.is_empty()),
        );
        created.expect("a secret");
        let sandbox = Sandbox::new(BOTH).with(&account.emulator);
        // The version is there, and hydrant waits for its response until it gives up.
        account.lose(Operation::PutSecretValue, &Fault::Stall);
        let mut child = start(sandbox.command(["put", "A", "--merge"]), b"mine");
        await_calls(&account.emulator, Some(Operation::PutSecretValue), 1, &mut child);
        account
            .emulator
            .put_secret_value(HOME, "demo/shared", r#"{"kept": 2, "b": "theirs"}"#)
            .expect("a version");
        let ran = end(child);
        assert!(!landed(&ran, "A", 4), "{first}: {ran:?}");
        assert_eq!(shared(&account), json!({ "kept": 2, "b": "theirs" }), "{first}");
        no_label_is_left(&account);

        assert_eq!(give(&sandbox, ["put", "A", "--merge"], b"mine").code, Some(0));
        assert_eq!(shared(&account), json!({ "kept": 2, "b": "theirs", "a": "mine" }));
    }
}

/// The move is made and its response lost, and the next version exists before the retry.
#[test]
fn a_merge_that_was_current_for_a_moment_is_built_upon_or_refused() {
    let account = Account::with("demo/shared", r#"{"kept": true}"#);
    let sandbox = Sandbox::new(BOTH).with(&account.emulator);
    account.lose(Operation::UpdateSecretVersionStage, &Fault::Stall);
    let mut child = start(sandbox.command(["put", "A", "--merge"]), b"mine");
    await_calls(&account.emulator, Some(Operation::UpdateSecretVersionStage), 1, &mut child);
    assert_eq!(give(&sandbox, ["put", "B", "--merge"], b"theirs").code, Some(0));
    landed(&end(child), "A", 4);
    assert_eq!(shared(&account), json!({ "kept": true, "a": "mine", "b": "theirs" }));
    no_label_is_left(&account);
}

#[test]
fn a_rollback_does_not_undo_what_came_in_between() {
    let account = Account::with("demo/shared", "1");
    account.emulator.put_secret_value(HOME, "demo/shared", "2").expect("a version");
    let manifest =
        "version = 1\n[settings]\ndeadline = \"3s\"\n[secrets.KEY]\nsecret_id = \"demo/shared\"\n";
    let sandbox = Sandbox::new(manifest).with(&account.emulator);
    // The plan of the move is known, and then another version comes.
    account.lose(Operation::DescribeSecret, &Fault::Latency(std::time::Duration::from_millis(500)));
    let mut child = start(sandbox.command(["rollback", "KEY"]), b"");
    await_calls(&account.emulator, Some(Operation::DescribeSecret), 1, &mut child);
    account.emulator.put_secret_value(HOME, "demo/shared", "3").expect("a version");
    let ran = end(child);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(76), ""), "{ran:?}");
    assert_eq!(account.value("demo/shared").as_deref(), Some("3"));
}
