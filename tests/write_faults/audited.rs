//! The audit log of writes: an intent before each, an outcome after it, no write if the intent
//! cannot be recorded, and a change whose outcome is not in the log is reported as made.

use std::fs;
use std::path::Path;
use std::process::Command;

use hydrant_emulator::{Fault, Operation};
use serde_json::{Value, json};

use crate::support::{Ran, Sandbox};
use crate::write_faults::account::{Account, HOME, await_calls, end, give, start};

const MANIFEST: &str = "version = 1\n[settings]\ndeadline = \"3s\"\n\
    [secrets.KEY]\nsecret_id = \"demo/key\"\n\
    [secrets.PART]\nsecret_id = \"demo/json\"\njson_key = \"part\"\n\
    [secrets.NEW]\nsecret_id = \"demo/new\"\n";

const LOG: &str = "audit.jsonl";

const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:rotate";

/// Every command that changes something: the action and the variable in the log, and the operation
/// that changes it.
const CHANGES: [(&[&str], &str, &str, Operation); 8] = [
    (&["put", "KEY"], "put", "KEY", Operation::PutSecretValue),
    (&["put", "NEW", "--create"], "put", "NEW", Operation::CreateSecret),
    (&["put", "PART", "--merge"], "put", "PART", Operation::PutSecretValue),
    (&["import", "--only", "KEY"], "import", "KEY", Operation::PutSecretValue),
    (&["rollback", "KEY"], "rollback", "KEY", Operation::UpdateSecretVersionStage),
    (
        &["rotate", "KEY", "--lambda", FUNCTION, "--every", "90d"],
        "rotate",
        "KEY",
        Operation::RotateSecret,
    ),
    (&["delete", "KEY", "--yes"], "delete", "KEY", Operation::DeleteSecret),
    (&["restore", "KEY"], "restore", "KEY", Operation::RestoreSecret),
];

fn account() -> Account {
    let account = Account::with("demo/key", "first");
    account.emulator.put_secret_value(HOME, "demo/key", "second").expect("a version");
    account.secret("demo/json", r#"{"part": "old"}"#);
    account
}

fn sandbox(account: &Account) -> Sandbox {
    let sandbox = Sandbox::new(MANIFEST).with(&account.emulator).args(["--audit-log", LOG]);
    sandbox.file(".env", "KEY=new\n");
    sandbox
}

fn records(sandbox: &Sandbox) -> Vec<Value> {
    let text = fs::read_to_string(sandbox.path().join(LOG)).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("whole lines of JSON")).collect()
}

#[test]
fn every_change_has_an_intent_and_an_outcome_with_its_version() {
    for (command, action, variable, operation) in CHANGES {
        let account = account();
        let sandbox = sandbox(&account);
        let ran = give(&sandbox, command, b"new");
        assert_eq!(ran.code, Some(0), "{command:?}: {ran:?}");
        let records = records(&sandbox);
        let [intent, outcome] = &records[..] else { panic!("{command:?}: {records:?}") };
        for (record, event) in [(intent, "intent"), (outcome, "outcome")] {
            let found = [
                &record["event"],
                &record["action"],
                &record["command"],
                &record["entries"][0]["variable"],
            ];
            assert_eq!(
                found,
                [event, action, command[0], variable].map(|text| json!(text)).each_ref(),
                "{record}"
            );
        }
        assert_eq!(
            (&intent["id"], &outcome["outcome"]),
            (&outcome["id"], &json!("done")),
            "{command:?}"
        );
        let version = outcome["entries"][0]["version_id"].as_str();
        let written = match operation {
            Operation::DeleteSecret | Operation::RestoreSecret => None,
            Operation::RotateSecret => account.calls(operation)[0].client_request_token.clone(),
            _ => account
                .at(intent["entries"][0]["reference"].as_str().expect("a name"), "AWSCURRENT"),
        };
        assert_eq!(version, written.as_deref(), "{command:?}: {outcome}");
    }
}

/// Killed during a call to AWS: the intent is on disk, and the missing outcome shows that the
/// result is unknown.
#[test]
fn the_intent_is_on_disk_before_the_call() {
    for (command, action, _, operation) in CHANGES {
        let account = account();
        account.emulator.fault(Some(operation), Fault::Stall, usize::MAX);
        let sandbox = sandbox(&account);
        let mut child = start(sandbox.command(command), b"new");
        await_calls(&account.emulator, Some(operation), 1, &mut child);
        child.kill().expect("it is there");
        child.wait().expect("it ends");
        let records = records(&sandbox);
        let found: Vec<_> =
            records.iter().map(|record| [&record["event"], &record["action"]]).collect();
        assert_eq!(found, [[&json!("intent"), &json!(action)]], "{command:?}");
    }
}

#[test]
fn what_failed_is_in_the_outcome_without_the_words_of_aws() {
    for (command, action, _, operation) in CHANGES {
        let account = account();
        account.emulator.deny(operation);
        let sandbox = sandbox(&account);
        let ran = give(&sandbox, command, b"new");
        assert_eq!(ran.code, Some(77), "{command:?}: {ran:?}");
        let outcome = records(&sandbox).pop().expect("an outcome");
        let entry = &outcome["entries"][0];
        assert_eq!(
            [&outcome["action"], &outcome["outcome"]],
            [&json!(action), &json!("failed")],
            "{command:?}"
        );
        assert_eq!(
            [&entry["reason"], &entry["code"]],
            [&json!("denied"), &json!("AccessDeniedException")],
            "{outcome}"
        );
        let text = fs::read_to_string(sandbox.path().join(LOG)).expect("the log");
        assert!(!text.contains("not authorized"), "{text}");
    }
}

#[test]
fn nothing_is_changed_where_the_intent_cannot_be_written() {
    for (command, _, _, operation) in CHANGES {
        let account = account();
        let sandbox = sandbox(&account);
        fs::create_dir(sandbox.path().join(LOG)).expect("a folder in its place");
        let ran = give(&sandbox, command, b"new");
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(74), ""), "{command:?}: {ran:?}");
        let said = format!(
            "failed to write to the audit log {LOG}, so nothing was changed: it is a directory"
        );
        assert!(ran.stderr.contains(&said), "{command:?}: {ran:?}");
        assert!(account.calls(operation).is_empty(), "{command:?}");
        assert_eq!(
            (account.value("demo/key").as_deref(), account.value("demo/new")),
            (Some("second"), None)
        );
    }
}

/// Runs it with files limited to this many more bytes, as on a nearly full disk.
fn nearly_full(sandbox: &Sandbox, left: usize, command: &[&str]) -> Ran {
    const LIMIT: usize = 64 * 512;
    let begin = "{\"time\":\"2026-01-02T03:04:05.678Z\",\"id\":\"4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab\",\"event\":\"before\",\"x\":\"";
    let line = format!("{begin}{}\"}}\n", "x".repeat(LIMIT - left - begin.len() - 3));
    sandbox.file(LOG, &line);
    let bare = sandbox.command(command);
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$@\"", "sh"])
        .arg(bare.get_program())
        .args(bare.get_args());
    limited.current_dir(sandbox.path()).env_clear();
    limited.envs(bare.get_envs().filter_map(|(name, value)| Some((name, value?))));
    end(start(limited, b"new"))
}

fn length_of_intent(path: &Path) -> usize {
    let text = fs::read_to_string(path).expect("the log");
    text.lines().find(|line| line.contains("\"intent\"")).expect("an intent").len()
}

#[test]
fn where_the_outcome_cannot_be_written_the_change_is_said_to_be_made() {
    for (command, action, _, operation) in CHANGES {
        let intent = {
            let account = account();
            let sandbox = sandbox(&account);
            assert_eq!(give(&sandbox, command, b"new").code, Some(0), "{command:?}");
            length_of_intent(&sandbox.path().join(LOG))
        };
        let account = account();
        let sandbox = sandbox(&account);
        let ran = nearly_full(&sandbox, intent + 50, command);
        assert_eq!(ran.code, Some(74), "{command:?}: {ran:?}");
        let said = format!(
            "the change ({action}) was made, but the outcome could not be written to the audit log {LOG}"
        );
        assert!(ran.stderr.contains(&said), "{command:?}: {ran:?}");
        assert_eq!(account.calls(operation).len(), 1, "{command:?}");
        if action == "put" || action == "import" {
            let names = ["demo/key", "demo/json", "demo/new"];
            let values = names.map(|name| account.value(name).unwrap_or_default());
            assert!(values.iter().any(|value| value.contains("new")), "{command:?}: {values:?}");
        }
        let events: Vec<_> =
            records(&sandbox).iter().map(|record| record["event"].clone()).collect();
        assert_eq!(events, [json!("before"), json!("intent")], "{command:?}");
    }
}

/// An import stops where its log does: what was not recorded is not written.
#[test]
fn an_import_writes_no_more_once_the_log_is_full() {
    const COUNT: usize = 60;
    let account = Account::new();
    let (mut manifest, mut file) = ("version = 1\n".to_owned(), String::new());
    for index in 0..COUNT {
        account.secret(&format!("demo/s{index}"), "old");
        manifest.push_str(&format!("[secrets.V{index}]\nsecret_id = \"demo/s{index}\"\n"));
        file.push_str(&format!("V{index}=new\n"));
    }
    let sandbox = Sandbox::new(&manifest).with(&account.emulator).args(["--audit-log", LOG]);
    sandbox.file(".env", &file);
    let ran = nearly_full(&sandbox, 4000, &["import", "--comment-out"]);
    assert_eq!(ran.code, Some(74), "{ran:?}");
    assert!(ran.stderr.contains("audit log audit.jsonl"), "{ran:?}");
    let written = account.calls(Operation::PutSecretValue).len();
    let intents = records(&sandbox).iter().filter(|record| record["event"] == "intent").count();
    assert!(written <= intents && intents < COUNT / 2, "{written} of {intents}");
    assert_eq!(fs::read_to_string(sandbox.path().join(".env")).expect("the file"), file);
    fs::remove_file(sandbox.path().join(LOG)).expect("the log");
    assert_eq!(sandbox.run(["import"]).code, Some(0));
    for index in 0..COUNT {
        assert_eq!(account.value(&format!("demo/s{index}")).as_deref(), Some("new"));
    }
}
