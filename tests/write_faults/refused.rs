//! Writes that are refused, or get no response: exit code, cause, line, destination, AWS's message
//! and the fix. Nothing was written.

use std::time::{Duration, Instant};

use hydrant_emulator::{DeadEndpoint, Emulator, Fault, Operation, TlsIdentity};

use crate::support::{Ran, Sandbox};
use crate::write_faults::account::{Account, HOME, Version, give};

/// A deadline for a short wait.
const MANIFEST: &str = "version = 1\n[settings]\ndeadline = \"2s\"\n\
    [secrets.KEY]\nsecret_id = \"demo/key\"\n\
    [secrets.PART]\nsecret_id = \"demo/json\"\njson_key = \"part\"\n";

const DENIED: &str = "User: arn:aws:iam::123456789012:user/emulated is not authorized to perform: ";

/// Each way to write, its operation, and how its message begins.
const WRITES: [(&[&str], Operation, &str); 7] = [
    (&["put", "KEY"], Operation::PutSecretValue, KEY),
    (&["import", "--only", "KEY"], Operation::PutSecretValue, KEY),
    (&["put", "PART", "--merge"], Operation::PutSecretValue, PART),
    (&["put", "PART", "--replace"], Operation::PutSecretValue, PART),
    (&["put", "PART", "--merge"], Operation::UpdateSecretVersionStage, PART),
    (&["rollback", "KEY"], Operation::UpdateSecretVersionStage, KEY),
    (&["delete", "KEY", "--yes"], Operation::DeleteSecret, KEY),
];

const KEY: &str = "hydrant: error: KEY (secrets.toml:4): ";
const PART: &str = "hydrant: error: PART (secrets.toml:6): ";

fn account() -> Account {
    let account = Account::with("demo/key", "first");
    account.emulator.put_secret_value(HOME, "demo/key", "second").expect("a version");
    account.secret("demo/json", r#"{"part": "old", "other": 1}"#);
    account
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new(MANIFEST);
    sandbox.file(".env", "KEY=new\n");
    sandbox
}

/// The state of both secrets, without dates.
fn all(account: &Account) -> (Vec<[Option<String>; 2]>, Vec<Version>) {
    let names = ["demo/key", "demo/json"];
    let values = names.map(|name| [account.value(name), account.at(name, "AWSCURRENT")]);
    let mut labelled: Vec<_> = names.iter().flat_map(|name| account.versions(name)).collect();
    // A refused merge leaves a version without an owner: AWS drops versions without a label, and
    // the next merge uses another one.
    labelled.retain(|(_, labels)| !labels.is_empty() && *labels != ["hydrant-merge"]);
    labelled.sort();
    (values.to_vec(), labelled)
}

/// Every way to write, against a server that refuses it.
#[track_caller]
fn refused(
    code: i32,
    prepare: impl Fn(&Account, Operation),
    says: impl Fn(&[&str], Operation) -> Vec<String>,
) {
    for (command, operation, begins) in WRITES {
        let account = account();
        let before = all(&account);
        prepare(&account, operation);
        let begin = Instant::now();
        let ran = give(&sandbox().with(&account.emulator), command, b"new");
        let case = format!("{command:?} with {operation}: {ran:?}");
        assert!(begin.elapsed() < Duration::from_secs(8), "{:?}: {case}", begin.elapsed());
        assert_eq!(ran.code, Some(code), "{case}");
        assert!(!ran.stdout.contains("version") && !ran.stderr.contains("panicked"), "{case}");
        assert!(ran.stderr.contains(begins), "{case}");
        for said in says(command, operation) {
            assert!(ran.stderr.contains(&said), "{said:?} in {case}");
        }
        assert_eq!(all(&account), before, "{case}");
    }
}

#[test]
fn denied() {
    refused(
        77,
        |account, operation| account.emulator.deny(operation),
        |_, operation| {
            let allow = format!("hint: allow {operation} on demo/");
            vec![
                "access denied; demo/".to_owned(),
                format!("AccessDeniedException: {DENIED}{operation}"),
                allow,
            ]
        },
    );
}

#[test]
fn without_the_right_to_read_what_is_merged() {
    let account = account();
    account.emulator.deny(Operation::GetSecretValue);
    let ran = give(&sandbox().with(&account.emulator), ["put", "PART", "--merge"], b"new");
    assert_eq!(ran.code, Some(77), "{ran:?}");
    assert!(
        ran.stderr
            .contains(&format!("{PART}access denied; demo/json; AccessDeniedException: {DENIED}")),
        "{ran:?}"
    );
    assert_eq!(account.calls(Operation::PutSecretValue).len(), 0);
    // A write that does not read first is another case.
    account.emulator.deny(Operation::GetSecretValue);
    assert_eq!(
        give(&sandbox().with(&account.emulator), ["put", "PART", "--replace"], b"new").code,
        Some(0)
    );
}

/// A secret can have twenty labels: those of interrupted merges would eventually keep everyone from
/// writing.
#[test]
fn merges_that_may_not_move_labels_leave_no_more_than_one() {
    let account = account();
    account.emulator.deny(Operation::UpdateSecretVersionStage);
    for _ in 0..4 {
        let ran = give(&sandbox().with(&account.emulator), ["put", "PART", "--merge"], b"new");
        assert_eq!(ran.code, Some(77), "{ran:?}");
        assert!(
            ran.stderr.contains("warning: the label hydrant-merge could not be taken off version "),
            "{ran:?}"
        );
    }
    let labels = || {
        let versions = account.versions("demo/json").into_iter();
        let mut labels: Vec<_> = versions.flat_map(|(_, labels)| labels).collect();
        labels.sort();
        labels
    };
    assert_eq!(labels(), ["AWSCURRENT", "hydrant-merge"]);
    assert_eq!(
        give(&sandbox().with(&account.emulator), ["put", "PART", "--merge"], b"new").code,
        Some(0)
    );
    assert_eq!(labels(), ["AWSCURRENT", "AWSPREVIOUS"]);
}

#[test]
fn throttled_for_ever() {
    refused(
        69,
        |account, operation| account.emulator.throttle(operation, usize::MAX),
        |_, _| {
            vec![
                "still throttled at the deadline; demo/".to_owned(),
                "ThrottlingException: Rate exceeded".to_owned(),
            ]
        },
    );
}

#[test]
fn undecryptable() {
    refused(
        77,
        |account, operation| {
            account.emulator.refuse(operation, "EncryptionFailure", "the key is disabled")
        },
        |_, _| {
            vec![
                "EncryptionFailure: the key is disabled".to_owned(),
                "kms:GenerateDataKey".to_owned(),
            ]
        },
    );
}

#[test]
fn credentials_that_aws_does_not_know() {
    refused(
        78,
        |account, operation| {
            account.emulator.refuse(operation, "ExpiredTokenException", "The token has expired")
        },
        |_, _| {
            vec!["no usable AWS credentials; demo/".to_owned(), "ExpiredTokenException".to_owned()]
        },
    );
}

#[test]
fn a_server_error_that_stays() {
    refused(
        69,
        |account, operation| account.emulator.refuse(operation, "InternalServiceError", "oh"),
        |_, _| vec!["AWS cannot be reached; demo/".to_owned(), "InternalServiceError".to_owned()],
    );
}

#[test]
fn absent() {
    for (command, begins, hint) in [
        (&["put", "KEY"][..], KEY, "add --create to create it, or correct the reference"),
        (&["put", "PART", "--merge"], PART, "add --create to create it"),
        (&["put", "PART", "--replace"], PART, "add --create to create it"),
        (&["import"], KEY, "add --create to create it"),
        (&["rollback", "KEY"], KEY, ""),
        (&["history", "KEY"], KEY, ""),
        (&["delete", "KEY", "--yes"], KEY, ""),
        (&["restore", "KEY"], KEY, ""),
    ] {
        let account = Account::new();
        let ran = give(&sandbox().with(&account.emulator), command, b"new");
        assert_eq!(
            (ran.code, ran.stdout.contains("version")),
            (Some(66), false),
            "{command:?}: {ran:?}"
        );
        let said = format!("{begins}there is no such secret; demo/");
        assert!(ran.stderr.contains(&said) && ran.stderr.contains(hint), "{command:?}: {ran:?}");
        assert!(ran.stderr.contains("ResourceNotFoundException: "), "{command:?}: {ran:?}");
    }
}

#[test]
fn pending_deletion() {
    for command in
        [&["put", "KEY"][..], &["put", "KEY", "--create"], &["import"], &["put", "PART", "--merge"]]
    {
        let account = account();
        for name in ["demo/key", "demo/json"] {
            account.emulator.delete_secret(HOME, name).expect("it is there");
        }
        let ran = give(&sandbox().with(&account.emulator), command, b"new");
        assert_eq!(
            (ran.code, ran.stdout.contains("version")),
            (Some(66), false),
            "{command:?}: {ran:?}"
        );
        for said in ["InvalidRequestException: ", "hydrant restore"] {
            assert!(ran.stderr.contains(said), "{said} in {command:?}: {ran:?}");
        }
        for name in ["demo/key", "demo/json"] {
            assert!(account.is_deleted(name), "{command:?}");
        }
    }
}

/// The response cannot be parsed, so the result is unknown, and the message says so.
#[test]
fn garbage() {
    for fault in [Fault::Garbage, Fault::WrongShape, Fault::Body("[1, 2]".to_owned())] {
        for (command, operation, begins) in WRITES {
            // A move whose response cannot be parsed is checked.
            if operation == Operation::UpdateSecretVersionStage {
                continue;
            }
            let account = account();
            account.emulator.fault(Some(operation), fault.clone(), usize::MAX);
            let ran = give(&sandbox().with(&account.emulator), command, b"new");
            let case = format!("{command:?} with {fault:?}: {ran:?}");
            assert_eq!((ran.code, ran.stdout.contains("version")), (Some(76), false), "{case}");
            for said in [
                begins,
                "the response could not be parsed; demo/",
                "it may have been done all the same",
            ] {
                assert!(ran.stderr.contains(said), "{said} in {case}");
            }
        }
    }
}

#[test]
fn a_move_whose_response_cannot_be_parsed_is_checked() {
    for fault in [Fault::Garbage, Fault::Body("[1, 2]".to_owned())] {
        let account = account();
        account.emulator.fault(Some(Operation::UpdateSecretVersionStage), fault, usize::MAX);
        let sandbox = sandbox().with(&account.emulator);
        assert_eq!(sandbox.run(["rollback", "KEY"]).code, Some(0));
        assert_eq!(account.value("demo/key").as_deref(), Some("first"));
    }
}

/// Any obstacle before the first byte reaches AWS.
#[track_caller]
fn before_aws(code: i32, says: &str, set: impl Fn(Sandbox) -> Sandbox + Sync) {
    let mut commands: Vec<_> = WRITES.iter().map(|(command, ..)| *command).collect();
    commands.extend([&["put", "KEY", "--create"][..], &["restore", "KEY"], &["history", "KEY"]]);
    std::thread::scope(|scope| {
        for command in commands {
            let set = &set;
            scope.spawn(move || {
                let begin = Instant::now();
                let ran: Ran = give(&set(sandbox()), command, b"new");
                let case = format!("{command:?}: {ran:?}");
                assert!(begin.elapsed() < Duration::from_secs(10), "{:?}: {case}", begin.elapsed());
                assert_eq!(
                    (ran.code, ran.stdout.contains("version")),
                    (Some(code), false),
                    "{case}"
                );
                assert!(
                    ran.stderr.contains("hydrant: error: ") && ran.stderr.contains(says),
                    "{case}"
                );
            });
        }
    });
}

#[test]
fn nobody_there() {
    let dead = DeadEndpoint::refusing().expect("an address");
    before_aws(69, "AWS cannot be reached", |sandbox| sandbox.at(&dead.endpoint()));
}

#[test]
fn a_certificate_that_is_not_trusted() {
    let identity = TlsIdentity::untrusted().expect("a certificate");
    let emulator = Emulator::builder().tls(&identity).start().expect("an emulator");
    before_aws(69, "invalid peer certificate", |sandbox| {
        let authority = sandbox.file("authority.pem", identity.ca_pem());
        sandbox
            .at("http://127.0.0.1:1")
            .env("AWS_ENDPOINT_URL", emulator.endpoint())
            .env("SSL_CERT_FILE", authority)
    });
    assert!(emulator.calls().is_empty());
}

#[test]
fn no_credentials() {
    let account = account();
    before_aws(78, "no usable AWS credentials", |sandbox| {
        sandbox.env("AWS_ENDPOINT_URL", account.emulator.endpoint()).env("AWS_REGION", HOME)
    });
    assert!(account.emulator.calls().is_empty());
}

#[test]
fn plain_http_beyond_loopback() {
    before_aws(78, "--allow-http", |sandbox| {
        sandbox.at("http://127.0.0.1:1").env("AWS_ENDPOINT_URL", "http://localstack.example:4566")
    });
}

#[test]
fn offline() {
    let account = account();
    for (command, ..) in WRITES {
        let ran = give(&sandbox().with(&account.emulator).args(["--offline"]), command, b"new");
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{command:?}: {ran:?}");
    }
    assert_eq!(account.emulator.connections(), 0);
}
