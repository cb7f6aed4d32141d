//! Updating and tagging a secret, and the date that moves with every change.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::client::{Client, assert_refused, emulator, token};

#[test]
fn an_update_changes_what_it_names() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    let arn = client.create("key", "one");
    let update = |input: &Value, digit: u8| {
        let mut input = input.clone();
        input["SecretId"] = json!("key");
        input["ClientRequestToken"] = json!(token(digit));
        input
    };
    let input = update(&json!({ "Description": "A key", "KmsKeyId": "alias/mine" }), 2);
    let output = client.secrets("UpdateSecret", input).expect("an update");
    assert_eq!(output, json!({ "ARN": arn, "Name": "key" }), "no version");
    let output = client
        .secrets("UpdateSecret", update(&json!({ "SecretString": "two" }), 3))
        .expect("an update");
    assert_eq!(output["VersionId"], token(3));

    let described = describe(&mut client);
    assert_eq!(
        (&described["Description"], &described["KmsKeyId"]),
        (&json!("A key"), &json!("alias/mine"))
    );
    assert_eq!(
        described["VersionIdsToStages"],
        json!({ token(1): ["AWSPREVIOUS"], token(3): ["AWSCURRENT"] })
    );
    assert_refused(
        client.secrets("UpdateSecret", update(&json!({ "SecretString": "two" }), 3)),
        "ResourceExistsException",
        &format!(
            "You can't use ClientRequestToken {} because that value is already in use for a version of secret {arn}.",
            token(3)
        ),
    );
}

#[test]
fn tags_are_added_and_replaced() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    client.create("key", "one");
    for tags in [
        json!([{ "Key": "team", "Value": "a" }, { "Key": "env", "Value": "dev" }]),
        json!([{ "Key": "team", "Value": "b" }]),
    ] {
        let output = client
            .secrets("TagResource", json!({ "SecretId": "key", "Tags": tags }))
            .expect("tags");
        assert_eq!(output, json!({}));
    }
    let expected = json!([{ "Key": "team", "Value": "b" }, { "Key": "env", "Value": "dev" }]);
    assert_eq!(describe(&mut client)["Tags"], expected);
}

#[test]
fn every_change_moves_the_date_and_no_reading_does() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    client.create("key", "one");
    let function = "arn:aws:lambda:us-east-1:123456789012:function:rotate";
    let (one, two) = (token(1), token(2));
    for (operation, input, moves) in [
        ("PutSecretValue", json!({ "SecretString": "two", "ClientRequestToken": two }), true),
        ("PutSecretValue", json!({ "SecretString": "two", "ClientRequestToken": two }), false),
        ("GetSecretValue", json!({}), false),
        (
            "UpdateSecretVersionStage",
            json!({ "VersionStage": "AWSCURRENT", "MoveToVersionId": one, "RemoveFromVersionId": two }),
            true,
        ),
        ("UpdateSecret", json!({ "Description": "A key", "ClientRequestToken": token(3) }), true),
        ("TagResource", json!({ "Tags": [{ "Key": "team", "Value": "a" }] }), true),
        (
            "RotateSecret",
            json!({ "RotationLambdaARN": function, "ClientRequestToken": token(4) }),
            true,
        ),
        ("CancelRotateSecret", json!({}), true),
        ("ListSecretVersionIds", json!({}), false),
        ("DeleteSecret", json!({}), true),
        ("RestoreSecret", json!({}), true),
    ] {
        let before = changed(&mut client);
        later(before);
        let mut input = input;
        input["SecretId"] = json!("key");
        client.secrets(operation, input).expect("an answer");
        assert_eq!(changed(&mut client) > before, moves, "{operation}");
    }
}

/// Waits until the millisecond clock has advanced.
fn later(than: f64) {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs_f64();
    while now() < than + 0.002 {
        std::thread::yield_now();
    }
}

fn describe(client: &mut Client) -> Value {
    client.secrets("DescribeSecret", json!({ "SecretId": "key" })).expect("a description")
}

fn changed(client: &mut Client) -> f64 {
    describe(client)["LastChangedDate"].as_f64().expect("a date")
}
