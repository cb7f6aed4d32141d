//! A lost response: the call is made again, and executed once.

use std::time::Duration;

use hydrant_emulator::{Fault, Operation, ParameterType};

use crate::support::Sandbox;
use crate::write_faults::account::{Account, HOME, give};

/// The ways to lose a response. A stalled call costs one attempt: a third of the deadline.
const LOST: [Fault; 5] = [
    Fault::ResetBeforeResponse,
    Fault::ResetDuringResponse,
    Fault::CutDuringResponse,
    Fault::Status(500),
    Fault::Stall,
];

const SETTINGS: &str = "version = 1\n[settings]\ndeadline = \"6s\"\n";
const RAW: &str = "[secrets.KEY]\nsecret_id = \"demo/key\"\n";
const PART: &str = "[secrets.KEY]\nsecret_id = \"demo/key\"\njson_key = \"key\"\n";

fn sandbox(account: &Account, entries: &str) -> Sandbox {
    Sandbox::new(&format!("{SETTINGS}{entries}")).with(&account.emulator)
}

/// Each way at once: they mostly wait.
#[track_caller]
fn each(case: impl Fn(&Fault) + Sync) {
    std::thread::scope(|scope| {
        for fault in &LOST {
            let case = &case;
            scope.spawn(move || case(fault));
        }
    });
}

/// The tokens of the calls of an operation: the same in all of them.
#[track_caller]
fn token(account: &Account, operation: Operation, calls: usize) -> String {
    let tokens: Vec<_> = account
        .calls(operation)
        .into_iter()
        .map(|call| call.client_request_token.expect("a token"))
        .collect();
    assert_eq!(tokens.len(), calls, "{operation}");
    assert!(tokens.iter().all(|token| *token == tokens[0]), "{operation}: {tokens:?}");
    tokens[0].clone()
}

#[test]
fn a_put_makes_one_version() {
    each(|fault| {
        let account = Account::with("demo/key", "old");
        account.lose(Operation::PutSecretValue, fault);
        let ran = give(&sandbox(&account, RAW), ["put", "KEY"], b"new");
        let token = token(&account, Operation::PutSecretValue, 2);
        assert_eq!(
            (ran.code, ran.stdout),
            (Some(0), format!("KEY: wrote demo/key, version {token}\n")),
            "{fault:?}"
        );
        assert_eq!(account.value("demo/key").as_deref(), Some("new"));
        assert_eq!(account.versions("demo/key").len(), 2, "{fault:?}");
        assert_eq!(account.at("demo/key", "AWSCURRENT"), Some(token));
    });
}

#[test]
fn a_secret_is_created_once() {
    each(|fault| {
        let account = Account::new();
        account.lose(Operation::CreateSecret, fault);
        let ran = give(&sandbox(&account, RAW), ["put", "KEY", "--create"], b"new");
        let token = token(&account, Operation::CreateSecret, 2);
        assert_eq!(
            (ran.code, ran.stdout),
            (Some(0), format!("KEY: created demo/key, version {token}\n")),
            "{fault:?}"
        );
        assert_eq!(account.value("demo/key").as_deref(), Some("new"));
        assert_eq!(account.versions("demo/key").len(), 1, "{fault:?}");
    });
}

#[test]
fn an_import_makes_one_version() {
    each(|fault| {
        let account = Account::with("demo/key", "old");
        account.lose(Operation::PutSecretValue, fault);
        let sandbox = sandbox(&account, RAW);
        sandbox.file(".env", "KEY=new\n");
        assert_eq!(sandbox.run(["import"]).code, Some(0), "{fault:?}");
        token(&account, Operation::PutSecretValue, 2);
        assert_eq!(
            (account.value("demo/key").as_deref(), account.versions("demo/key").len()),
            (Some("new"), 2)
        );
    });
}

/// Which response of a merge is lost: of its put, of the move of AWSCURRENT, or of the removal of
/// its label.
#[test]
fn a_merge_ends_with_one_version_and_no_label_of_its_own() {
    let move_stage = Operation::UpdateSecretVersionStage;
    for (operation, before) in [(Operation::PutSecretValue, 0), (move_stage, 0), (move_stage, 1)] {
        each(|fault| {
            let account = Account::with("demo/key", r#"{"other": 1, "key": "old"}"#);
            account.emulator.fault(Some(operation), Fault::Latency(Duration::ZERO), before);
            account.lose(operation, fault);
            let ran = give(&sandbox(&account, PART), ["put", "KEY", "--merge"], b"new");
            let case = format!("{operation} after {before}, {fault:?}: {ran:?}");
            assert_eq!((ran.code, ran.stderr.contains("warning")), (Some(0), false), "{case}");
            let calls = [operation, move_stage].map(|operation| account.calls(operation).len());
            assert_eq!(calls, if operation == move_stage { [3, 3] } else { [2, 2] }, "{case}");
            assert_eq!(
                account.value("demo/key").as_deref(),
                Some(r#"{"other": 1, "key": "new"}"#),
                "{case}"
            );
            let mut labels: Vec<_> =
                account.versions("demo/key").into_iter().map(|(_, labels)| labels).collect();
            labels.sort();
            assert_eq!(labels, [["AWSCURRENT"], ["AWSPREVIOUS"]], "{case}");
        });
    }
}

#[test]
fn a_rollback_goes_back_one_version() {
    each(|fault| {
        let account = Account::with("demo/key", "first");
        let second =
            account.emulator.put_secret_value(HOME, "demo/key", "second").expect("a version");
        account.lose(Operation::UpdateSecretVersionStage, fault);
        let ran = sandbox(&account, RAW).run(["rollback", "KEY"]);
        assert_eq!(ran.code, Some(0), "{fault:?}: {ran:?}");
        assert_eq!(account.value("demo/key").as_deref(), Some("first"), "{fault:?}");
        assert_eq!(account.at("demo/key", "AWSPREVIOUS"), Some(second));
        assert_eq!(account.versions("demo/key").len(), 2);
    });
}

#[test]
fn a_secret_is_deleted_and_restored() {
    each(|fault| {
        let account = Account::with("demo/key", "value");
        let sandbox = sandbox(&account, RAW);
        account.lose(Operation::DeleteSecret, fault);
        let ran = sandbox.run(["delete", "KEY", "--yes"]);
        assert_eq!(ran.code, Some(0), "{fault:?}: {ran:?}");
        assert!(account.is_deleted("demo/key"), "{fault:?}");

        account.lose(Operation::RestoreSecret, fault);
        let ran = sandbox.run(["restore", "KEY"]);
        assert_eq!(ran.code, Some(0), "{fault:?}: {ran:?}");
        assert_eq!(account.value("demo/key").as_deref(), Some("value"));

        account.emulator.clear_calls();
        account.lose(Operation::DeleteSecret, fault);
        let ran = sandbox.run(["delete", "KEY", "--now", "--yes"]);
        assert_eq!(
            (ran.code, account.calls(Operation::DeleteSecret).len()),
            (Some(0), 2),
            "{fault:?}: {ran:?}"
        );
        assert_eq!(account.value("demo/key"), None);
    });
}

/// There is no token for parameters: each lost response may cost a version, of the same value.
#[test]
fn a_parameter_is_put_and_deleted() {
    each(|fault| {
        let account = Account::new();
        let put = || {
            account.emulator.put_parameter(HOME, "/demo/key", "old", ParameterType::SecureString)
        };
        put().expect("a parameter");
        let sandbox = sandbox(&account, "[secrets.KEY]\nvalue_parameter = \"/demo/key\"\n");
        account.lose(Operation::PutParameter, fault);
        let ran = give(&sandbox, ["put", "KEY"], b"new");
        assert_eq!(ran.code, Some(0), "{fault:?}: {ran:?}");
        sandbox.run(["run", "--", "printenv", "KEY"]).prints("new\n");

        account.lose(Operation::DeleteParameter, fault);
        let ran = sandbox.run(["delete", "KEY", "--now", "--yes"]);
        assert_eq!(
            (ran.code, account.calls(Operation::DeleteParameter).len()),
            (Some(0), 2),
            "{fault:?}: {ran:?}"
        );
        assert_eq!(sandbox.run(["run", "--", "true"]).code, Some(66));
        // A parameter that did not exist from the beginning is not reported as deleted.
        assert_eq!(sandbox.run(["delete", "KEY", "--now", "--yes"]).code, Some(66));
    });
}

#[test]
fn a_rotation_is_started_once() {
    each(|fault| {
        let account = Account::with("demo/key", "value");
        account.lose(Operation::RotateSecret, fault);
        let function = "arn:aws:lambda:us-east-1:123456789012:function:rotate";
        let ran =
            sandbox(&account, RAW).run(["rotate", "KEY", "--lambda", function, "--every", "90d"]);
        assert_eq!(ran.code, Some(0), "{fault:?}: {ran:?}");
        token(&account, Operation::RotateSecret, 2);
    });
}

/// The call may have been executed: the error says so, and a repeat does no harm.
#[test]
fn without_any_response_the_error_says_that_it_may_have_been_done() {
    each(|fault| {
        let account = Account::with("demo/key", "old");
        account.emulator.fault(Some(Operation::PutSecretValue), fault.clone(), usize::MAX);
        let sandbox = Sandbox::new(&format!("version = 1\n[settings]\ndeadline = \"2s\"\n{RAW}"))
            .with(&account.emulator);
        let ran = give(&sandbox, ["put", "KEY"], b"new");
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(69), ""), "{fault:?}");
        assert!(
            ran.stderr.contains(
                "; if it got there, it may have been done all the same: hydrant status --only KEY\n"
            ),
            "{ran:?}"
        );
        let calls = account.calls(Operation::PutSecretValue).len();
        token(&account, Operation::PutSecretValue, calls);
        assert!(calls >= 2, "{fault:?}: {calls}");
        assert_eq!(
            (account.value("demo/key").as_deref(), account.versions("demo/key").len()),
            (Some("new"), 2)
        );
    });
}
