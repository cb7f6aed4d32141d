//! A response is about what was called for, or it is an error: whichever call it belongs to, and
//! never a value.

use hydrant::store::{Action, StoreErrorKind};
use hydrant::write::{DEFAULT_WINDOW, PutOptions, RecoveryWindow, Rotation, State};
use hydrant::{Env, Error, Hydrator, SecretValue, Severity};
use hydrant_emulator::{Emulator, Fault, Operation};

const KEY: &str = "version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\n";

/// A value and ids of another secret, in every place in which a response can have them.
const OTHER: &str = r#"{
    "ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/other-XyZ123", "Name": "demo/other",
    "VersionId": "4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab", "VersionStages": ["AWSCURRENT"], "SecretString": "sk-other",
    "VersionIdsToStages": {"4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab": ["AWSCURRENT"]}, "DeletionDate": 1, "Versions": [],
    "SecretValues": [{"ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/other-XyZ123",
        "Name": "demo/other", "SecretString": "sk-other"}],
    "Parameters": [{"ARN": "arn:aws:ssm:us-east-1:123456789012:parameter/demo/other", "Name": "/demo/other",
        "Type": "SecureString", "Value": "sk-other"}]}"#;

fn server() -> Emulator {
    let emulator = Emulator::start().expect("a server");
    emulator.create_secret("us-east-1", "demo/key", Some("sk-key")).expect("a secret");
    emulator
}

fn hydrator(emulator: &Emulator, manifest: &str) -> Hydrator {
    let endpoint = emulator.endpoint();
    let env = Env::new([
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ]);
    Hydrator::builder()
        .manifest_text(manifest)
        .env(env)
        .no_env_file()
        .build()
        .expect("a sound manifest")
}

/// Reads the entries of a manifest, each of which gets the response to another call.
fn check(operation: Operation, body: &str, entries: &str, expected: &str) {
    let emulator = server();
    emulator.fault(Some(operation), Fault::Body(body.to_owned()), usize::MAX);
    let read = hydrator(&emulator, &format!("version = 1\n{entries}")).read().values_blocking();
    let Err(Error::MissingSecrets(missing)) = read else {
        panic!("{entries} has a value: {read:?}")
    };
    assert_eq!(missing.severity(), Some(Severity::Unusable), "{missing}");
    let text = missing.to_string();
    assert!(text.contains(expected), "{text}");
    assert!(!text.contains("other"), "{text}");
}

#[test]
fn a_read_has_the_value_that_it_called_for() {
    let secret = "the response is not for the requested secret";
    let version = "the response is not for the requested version";
    let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/key";
    for id in ["demo/key", arn, &format!("{arn}-AbCdEf")] {
        let entry = format!("[secrets.KEY]\nsecret_id = \"{id}\"\n");
        check(Operation::GetSecretValue, OTHER, &entry, secret);
    }
    let one =
        |text: &str| check(Operation::GetSecretValue, text, &KEY["version = 1\n".len()..], secret);
    one(r#"{"SecretString": "sk-other"}"#);
    one(r#"{"Name": "demo/other", "SecretString": "sk-other"}"#);
    one(&OTHER.replacen("\"Name\": \"demo/other\"", "\"Name\": \"demo/key\"", 1));
    one(&OTHER.replacen("demo/other-XyZ123", "demo/key-XyZ123", 1));
    let pinned = |key: &str, text: &str| {
        let entry = format!("[secrets.KEY]\nsecret_id = \"demo/key\"\n{key}\n");
        check(Operation::GetSecretValue, text, &entry, version);
    };
    let own = OTHER.replace("demo/other", "demo/key");
    pinned("version_id = \"00000000-0000-4000-8000-000000000000\"", &own);
    pinned("version_stage = \"AWSPREVIOUS\"", &own);
    pinned(
        "version_stage = \"AWSPREVIOUS\"",
        r#"{"Name": "demo/key", "SecretString": "sk-other"}"#,
    );

    let two = "[secrets.ONE]\nsecret_id = \"demo/key\"\n[secrets.TWO]\nsecret_id = \"demo/two\"\n";
    check(Operation::BatchGetSecretValue, OTHER, two, "does not contain it");
    let parameter = "[secrets.KEY]\nvalue_parameter = \"/demo/key\"\n";
    check(Operation::GetParameters, OTHER, parameter, "does not contain it");
    let mixed = OTHER.replace("\"Name\": \"/demo/other\"", "\"Name\": \"/demo/key\"");
    check(Operation::GetParameters, &mixed, parameter, "does not contain it");
}

#[test]
fn a_description_is_of_what_was_called_for() {
    let emulator = server();
    emulator.fault(None, Fault::Body(OTHER.to_owned()), usize::MAX);
    for manifest in [KEY, "version = 1\n[secrets.KEY]\nvalue_parameter = \"/demo/key\"\n"] {
        let report = hydrator(&emulator, manifest).read().check_live_blocking().unwrap();
        let reason = report.get("KEY").unwrap().outcome.reason().expect("no description");
        assert_eq!(reason.severity(), Severity::Unusable, "{reason}");
    }
}

#[tokio::test]
async fn a_write_is_confirmed_for_what_was_called_for() {
    let emulator = server();
    let hydrator = hydrator(&emulator, KEY);
    let writer = hydrator.write();
    let other = |operation| {
        emulator.clear_faults();
        emulator.fault(Some(operation), Fault::Body(OTHER.to_owned()), usize::MAX);
    };
    let refused = |result: Result<(), Error>| {
        let Err(Error::Write(failure)) = result else { panic!("confirmed: {result:?}") };
        let error = failure.store_error().expect("an error of the call");
        assert_eq!(error.kind, StoreErrorKind::Malformed, "{failure}");
        assert!(!failure.to_string().contains("other"), "{failure}");
        // It was sent, and nobody knows what became of it.
        assert_eq!(
            failure.may_have_been_done(),
            error.action != Action::ListSecretVersionIds,
            "{failure}"
        );
    };
    let value = || SecretValue::from("sk-new");
    other(Operation::PutSecretValue);
    refused(writer.put("KEY", value(), PutOptions::new()).await.map(|_| ()));
    other(Operation::ListSecretVersionIds);
    refused(writer.history("KEY").await.map(|_| ()));
    other(Operation::DescribeSecret);
    let status = writer.status().await.unwrap().remove(0);
    assert!(matches!(status.state, State::Unknown(_)), "{status:?}");
    other(Operation::RotateSecret);
    let function = "arn:aws:lambda:us-east-1:123456789012:function:rotate";
    refused(writer.rotate("KEY", Rotation::new().function(function)).await.map(|_| ()));
    other(Operation::DeleteSecret);
    refused(writer.delete("KEY", DEFAULT_WINDOW).await.map(|_| ()));
    other(Operation::RestoreSecret);
    refused(writer.restore("KEY").await);
    emulator.clear_faults();
    writer.delete("KEY", RecoveryWindow::None).await.unwrap();
    other(Operation::CreateSecret);
    refused(writer.put("KEY", value(), PutOptions::new().create(true)).await.map(|_| ()));
}
