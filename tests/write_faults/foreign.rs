//! References to resources that an entry must not change: another account's ARN, a pinned version,
//! a name of AWS's. No call is made, and nothing else is changed instead.

use hydrant_emulator::{Operation, ParameterType};
use serde_json::Value;

use crate::support::{Ran, Sandbox};
use crate::write_faults::account::{Account, HOME};

const NAME: &str = "/team/token";
const OTHER: &str = "arn:aws:ssm:us-east-1:999999999999:parameter/team/token";
const OWN: &str = "arn:aws:ssm:us-east-1:123456789012:parameter/team/token";
const ELSEWHERE: &str = "arn:aws:ssm:eu-west-1:123456789012:parameter/team/token";

/// Every command that changes something, with its standard input.
const CHANGES: &[&[&str]] = &[
    &["put", "X"],
    &["put", "X", "--create"],
    &["put", "X", "--dry-run"],
    &["import"],
    &["import", "--create", "--dry-run"],
    &["delete", "X", "--now", "--yes"],
    &["delete", "X", "--yes"],
    &["delete", "X", "--now", "--dry-run"],
    &["restore", "X"],
    &["rollback", "X"],
    &["rotate", "X"],
    &["history", "X"],
];

/// An account with a parameter of two versions, and another region with one of the same name.
fn account() -> Account {
    let account = Account::new();
    for value in ["first", "second"] {
        account
            .emulator
            .put_parameter(HOME, NAME, value, ParameterType::SecureString)
            .expect("a parameter");
    }
    account.emulator.label_parameter_version(HOME, NAME, 1, "blue").expect("a label");
    account
        .emulator
        .put_parameter("eu-west-1", NAME, "far", ParameterType::SecureString)
        .expect("a parameter");
    account
}

fn sandbox(account: &Account, entry: &str) -> Sandbox {
    let manifest = format!("version = 1\n[settings]\nenv_file = false\n[secrets.X]\n{entry}\n");
    let sandbox = Sandbox::new(&manifest).with(&account.emulator);
    sandbox.file("values.env", "X=4fA9zQ7Hm\n");
    sandbox
}

fn run(sandbox: &Sandbox, command: &[&str]) -> Ran {
    match command[0] {
        "import" => sandbox.run([&command[..1], &["values.env"], &command[1..]].concat()),
        _ => sandbox.fed(command, "4fA9zQ7Hm"),
    }
}

/// Whether the output says that something was done, or is about to be.
fn done(ran: &Ran) -> bool {
    !ran.stdout.is_empty() && !ran.stdout.starts_with("0 values of values.env ")
}

#[test]
fn a_parameter_that_is_more_than_a_name_is_not_shortened_to_one() {
    let entries = [
        OTHER,
        OWN,
        ELSEWHERE,
        "/team/token:1",
        "/team/token:2",
        "/team/token:blue",
        "/aws/service/x",
    ];
    let entries = entries.map(|id| format!("value_parameter = \"{id}\""));
    let by_variable =
        [OTHER, "/aws/reference/secretsmanager/team/token"].map(|_| "arn_var = \"REF\"".to_owned());
    for (entry, reference) in
        entries.iter().map(|entry| (entry, OTHER)).chain(by_variable.iter().zip([OTHER, OWN]))
    {
        let account = account();
        let sandbox = sandbox(&account, entry).env("REF", reference);
        for command in CHANGES {
            let ran = run(&sandbox, command);
            assert_eq!((ran.code, done(&ran)), (Some(76), false), "{entry} {command:?}: {ran:?}");
            assert_eq!(
                account.emulator.calls().len(),
                0,
                "{entry} {command:?}: {:?}",
                account.emulator.calls()
            );
        }
        let own = self::sandbox(&account, &format!("value_parameter = \"{NAME}\""));
        own.run(["run", "--", "printenv", "X"]).prints("second\n");
    }
}

fn status(sandbox: &Sandbox) -> (Option<i32>, Value) {
    let ran = sandbox.run(["status", "--json"]);
    let mut status: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    (ran.code, status["entries"][0].take())
}

#[test]
fn another_ones_parameter_is_not_described_as_the_own_one() {
    let account = account();
    let check = |id: &str, state: &str, version: Value, live: &str, code: i32| {
        let sandbox = sandbox(&account, &format!("value_parameter = \"{id}\""));
        let (ended, found) = status(&sandbox);
        assert_eq!(
            (&found["state"], &found["version"]),
            (&state.into(), &version),
            "{id}: {found}"
        );
        assert_eq!(ended, Some(if state == "unknown" { 76 } else { 0 }), "{id}");
        let ran = sandbox.run(["check", "--live", "--json"]);
        let report: Value =
            serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
        assert_eq!(
            (&report["entries"][0]["outcome"], ran.code),
            (&live.into(), Some(code)),
            "{id}: {ran:?}"
        );
    };
    check(NAME, "configured", "2".into(), "present", 0);
    check(OWN, "configured", "2".into(), "present", 0);
    check(ELSEWHERE, "configured", "1".into(), "present", 0);
    check("/team/token:1", "configured", "1".into(), "present", 0);
    check("/team/token:3", "absent", Value::Null, "missing", 66);
    for id in [
        OTHER,
        "arn:aws:ssm:us-east-1:999999999999:parameter/team/token:1",
        "arn:aws:ssm:us-east-1:123456789012:parameter/team/none",
        "/team/token:blue",
        "/aws/service/x",
    ] {
        check(id, "unknown", Value::Null, "failed", 76);
    }
    // None of it read a value.
    assert_eq!(account.calls(Operation::GetParameters).len(), 0);
}

/// DescribeSecret lists versions that have a label, and AWSPENDING before there is a version.
#[test]
fn a_pinned_version_is_there_only_if_aws_says_so() {
    let account = Account::with("team/token", "first");
    for value in ["second", "third"] {
        account.emulator.put_secret_value(HOME, "team/token", value).expect("a version");
    }
    account
        .emulator
        .put_secret_value_staged(HOME, "team/token", "next", &["AWSPENDING"])
        .expect("a version");
    let at = |stage: &str| account.at("team/token", stage).expect("a version");
    let without_label =
        account.versions("team/token").into_iter().find(|(_, stages)| stages.is_empty());
    let (without_label, _) = without_label.expect("the first version");
    let check = |pin: &str, state: &str, live: &str, code: i32| {
        let sandbox = sandbox(&account, &format!("secret_id = \"team/token\"\n{pin}"));
        let (ended, found) = status(&sandbox);
        assert_eq!(
            (&found["state"], ended),
            (&state.into(), Some(if state == "unknown" { 76 } else { 0 })),
            "{pin}"
        );
        let ran = sandbox.run(["check", "--live", "--json"]);
        let report: Value =
            serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
        assert_eq!(
            (&report["entries"][0]["outcome"], ran.code),
            (&live.into(), Some(code)),
            "{pin}: {ran:?}"
        );
        if state == "unknown" {
            assert_eq!(
                (&found["reason"], &found["version"]),
                (&"not_described".into(), &Value::Null),
                "{pin}: {found}"
            );
            assert!(
                ran.stderr.contains("only a read can show whether the version exists"),
                "{pin}: {ran:?}"
            );
        }
    };
    let id = |id: &str| format!("version_id = \"{id}\"");
    check(&id(&at("AWSCURRENT")), "configured", "present", 0);
    check(&id(&at("AWSPREVIOUS")), "configured", "present", 0);
    check(&id(&without_label), "unknown", "failed", 76);
    check(&id("00000000-0000-0000-0000-000000000000"), "unknown", "failed", 76);
    check(&id(&at("AWSPENDING")), "unknown", "failed", 76);
    check("version_stage = \"AWSPENDING\"", "unknown", "failed", 76);
    check("version_stage = \"GREEN\"", "empty", "missing", 66);
    // The read tells: the one without a label exists, and the other does not.
    let read = |pin: &str| {
        sandbox(&account, &format!("secret_id = \"team/token\"\n{pin}"))
            .run(["run", "--", "printenv", "X"])
    };
    read(&id(&without_label)).prints("first\n");
    assert_eq!(read(&id("00000000-0000-0000-0000-000000000000")).code, Some(66));
}

#[test]
fn a_secret_of_another_account_is_not_changed() {
    let arn = "arn:aws:secretsmanager:us-east-1:999999999999:secret:team/token-AbCdEf";
    let account = Account::with("team/token", "own");
    account.emulator.create_secret_with_arn(arn, Some("theirs")).expect("a secret");
    // If the credentials tell their account, no call is made.
    let sandbox =
        sandbox(&account, &format!("secret_id = \"{arn}\"")).env("AWS_ACCOUNT_ID", "123456789012");
    for command in CHANGES.iter().filter(|command| command[0] != "history") {
        let ran = run(&sandbox, command);
        assert_eq!((ran.code, done(&ran)), (Some(76), false), "{command:?}: {ran:?}");
        assert!(
            ran.stderr.contains("it belongs to another account than the credentials"),
            "{ran:?}"
        );
        assert_eq!(
            account.emulator.calls().len(),
            0,
            "{command:?}: {:?}",
            account.emulator.calls()
        );
    }
    // Otherwise a deletion calls STS.
    let sandbox = self::sandbox(&account, &format!("secret_id = \"{arn}\""));
    let ran = sandbox.run(["delete", "X", "--yes"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(76), ""), "{ran:?}");
    let calls: Vec<_> = account.emulator.calls().into_iter().map(|call| call.operation).collect();
    assert_eq!(calls, [Operation::GetCallerIdentity]);
    assert!(!account.is_deleted("team/token"));

    // The caller's own one, named by its ARN.
    let own = account.emulator.create_secret(HOME, "team/other", Some("own")).expect("a secret");
    let ran =
        self::sandbox(&account, &format!("secret_id = \"{own}\"")).run(["delete", "X", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(account.is_deleted("team/other"));
}

/// Whatever says that the credentials are of the secret's account, STS decides. It is called once
/// for a whole command.
#[test]
fn what_cannot_be_taken_back_asks_sts_and_believes_no_setting() {
    const KEYS: &str = "aws_access_key_id = test\naws_secret_access_key = test\n";
    const ACCOUNT: &str = "999999999999";
    let arns = ["one", "two"]
        .map(|name| format!("arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:{name}-AbCdEf"));
    let printed = format!(
        r#"{{"Version":1,"AccessKeyId":"a","SecretAccessKey":"b","AccountId":"{ACCOUNT}"}}"#
    );
    let program = format!("echo '{printed}'");
    for (settings, config) in [
        (&[("AWS_ACCOUNT_ID", ACCOUNT)][..], String::new()),
        (
            &[("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")],
            format!("{KEYS}aws_account_id = {ACCOUNT}\n"),
        ),
        (
            &[("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")],
            format!("credential_process = {program}\n"),
        ),
    ] {
        let account = Account::new();
        for arn in &arns {
            account.emulator.create_secret_with_arn(arn, Some("theirs")).expect("a secret");
        }
        let entry =
            format!("secret_id = \"{}\"\n[secrets.Y]\nsecret_id = \"{}\"", arns[0], arns[1]);
        let mut sandbox = sandbox(&account, &entry);
        let config = sandbox.file("config", &format!("[default]\n{config}"));
        sandbox = sandbox.env("AWS_CONFIG_FILE", config);
        for (name, value) in settings {
            sandbox = sandbox.env(name, *value);
        }
        let lambda = format!("arn:aws:lambda:us-east-1:{ACCOUNT}:function:rotate");
        for (command, asked) in [
            (&["delete", "X", "--yes"][..], 1),
            (&["delete", "X", "Y", "--now", "--yes"], 2),
            (&["rotate", "X", "--lambda", &lambda], 3),
        ] {
            let ran = sandbox.run(command.iter().copied());
            assert_eq!(
                (ran.code, ran.stdout.as_str()),
                (Some(76), ""),
                "{settings:?} {command:?}: {ran:?}"
            );
            assert!(
                ran.stderr.contains("it belongs to another account than the credentials"),
                "{ran:?}"
            );
            let calls: Vec<_> =
                account.emulator.calls().into_iter().map(|call| call.operation).collect();
            assert_eq!(
                calls,
                vec![Operation::GetCallerIdentity; asked],
                "{settings:?} {command:?}"
            );
        }
    }
    // If STS does not respond, nothing is done.
    let account = Account::new();
    let own = account.emulator.create_secret(HOME, "team/other", Some("own")).expect("a secret");
    let sandbox =
        sandbox(&account, &format!("secret_id = \"{own}\"")).env("AWS_ACCOUNT_ID", "123456789012");
    account.emulator.refuse(Operation::GetCallerIdentity, "AccessDenied", "denied");
    assert_eq!(sandbox.run(["delete", "X", "--yes"]).code, Some(77));
    assert!(!account.is_deleted("team/other"));
}

#[test]
fn a_pinned_version_does_not_take_the_others_with_it() {
    let account = Account::with("team/token", "own");
    let id = "4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab";
    let arn =
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:team/token-AbCdEf::AWSPREVIOUS:";
    for (entry, pin) in [
        (
            "secret_id = \"team/token\"\nversion_stage = \"AWSPREVIOUS\"".to_owned(),
            "stage AWSPREVIOUS".to_owned(),
        ),
        (format!("secret_id = \"team/token\"\nversion_id = \"{id}\""), format!("version {id}")),
        (format!("secret_id = \"{arn}\""), "stage AWSPREVIOUS".to_owned()),
    ] {
        for command in [&["delete", "X", "--now", "--yes"][..], &["delete", "X", "--dry-run"]] {
            let ran = sandbox(&account, &entry).run(command);
            assert_eq!((ran.code, ran.stdout.as_str()), (Some(76), ""), "{command:?}: {ran:?}");
            let problem = format!(
                "the entry is pinned to {pin}, and a deletion takes every version of the secret"
            );
            assert!(ran.stderr.contains(&problem), "{ran:?}");
        }
    }
    assert!(
        account.emulator.calls().iter().all(|call| call.operation == Operation::GetCallerIdentity)
    );
    // The label that every read uses is not a pin.
    let ran = sandbox(&account, "secret_id = \"team/token\"\nversion_stage = \"AWSCURRENT\"")
        .run(["delete", "X", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn no_policy_is_made_for_what_is_refused() {
    for purpose in ["put", "delete"] {
        let policy = |id: &str| {
            let account = Account::new();
            let sandbox = sandbox(&account, &format!("value_parameter = \"{id}\""));
            sandbox.run(["policy", "--for", purpose]).stdout
        };
        assert!(policy(NAME).contains("parameter/team/token"));
        for id in [OTHER, OWN, "/team/token:1", "/aws/service/x"] {
            let policy = policy(id);
            assert!(!policy.contains("Delete") && !policy.contains("Put"), "{id}: {policy}");
        }
    }
}
