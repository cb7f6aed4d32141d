//! Creating, filling, staging, deleting and restoring secrets.

use serde_json::{Value, json};

use crate::client::{Client, assert_refused, emulator, token};

#[test]
fn a_secret_is_created_empty_and_filled_later() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    let created = client
        .secrets("CreateSecret", json!({ "Name": "key", "ClientRequestToken": token(1) }))
        .expect("a new secret");
    assert_eq!(created.get("VersionId"), None);
    let put = json!({
        "SecretId": "key", "SecretString": "hunter2", "ClientRequestToken": token(2), "VersionStages": ["blue"]
    });
    let output = client.secrets("PutSecretValue", put).expect("a version");
    assert_eq!(
        output,
        json!({
            "ARN": created["ARN"], "Name": "key", "VersionId": token(2), "VersionStages": ["AWSCURRENT", "blue"]
        })
    );
}

#[test]
fn a_secret_is_created_once_and_again_only_with_the_same_token_and_value() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    let arn = client.create("key", "hunter2");
    let create = |name: &str, digit: u8, value: &str| {
        let token = token(digit);
        json!({ "Name": name, "ClientRequestToken": token, "SecretString": value })
    };
    let again =
        client.secrets("CreateSecret", create("key", 1, "hunter2")).expect("the same secret");
    assert_eq!(again, json!({ "ARN": arn, "Name": "key", "VersionId": token(1) }));

    let exists = "The operation failed because the secret key already exists.";
    for input in [create("key", 1, "other"), create("key", 2, "hunter2")] {
        assert_refused(client.secrets("CreateSecret", input), "ResourceExistsException", exists);
    }
    client.secrets("DeleteSecret", json!({ "SecretId": "key" })).expect("a deletion");
    assert_refused(
        client.secrets("CreateSecret", create("key", 3, "new")),
        "InvalidRequestException",
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
    client
        .secrets("DeleteSecret", json!({ "SecretId": "key", "ForceDeleteWithoutRecovery": true }))
        .expect("a deletion");
    let new = client.secrets("CreateSecret", create("key", 3, "new")).expect("a new secret");
    assert_ne!(new["ARN"], arn, "a new secret has a new suffix");
}

#[test]
fn putting_again_is_ignored_with_the_same_value_and_refused_with_another() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    let arn = client.create("key", "one");
    let put = |value: &str| json!({ "SecretId": "key", "SecretString": value, "ClientRequestToken": token(2) });
    let first = client.secrets("PutSecretValue", put("two")).expect("a version");
    assert_eq!(client.secrets("PutSecretValue", put("two")), Ok(first));
    assert_refused(
        client.secrets("PutSecretValue", put("three")),
        "ResourceExistsException",
        &format!(
            "You can't use ClientRequestToken {} because that value is already in use for a version of secret {arn}.",
            token(2)
        ),
    );
    assert_eq!(stages(&mut client), json!({ token(1): ["AWSPREVIOUS"], token(2): ["AWSCURRENT"] }));
}

#[test]
fn what_a_secret_may_be() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    let limit = |member: &str, bound: &str| {
        format!(
            "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must have length \
             {bound}"
        )
    };
    let long = "é".repeat(65_536);
    let bytes = |count: usize| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(vec![7; count])
    };
    for accepted in [json!({ "SecretString": long }), json!({ "SecretBinary": bytes(65_536) })] {
        let name = if accepted.get("SecretString").is_some() { "text" } else { "binary" };
        let output = client.secrets("CreateSecret", with(&accepted, name)).expect("a new secret");
        assert_eq!(output["VersionId"], token(1));
    }
    let bad_name = "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!";
    for (name, value, code, message) in [
        (
            "key",
            json!({ "SecretString": "" }),
            "ValidationException",
            limit("secretString", "greater than or equal to 1").as_str(),
        ),
        (
            "key",
            json!({ "SecretString": format!("{long}!") }),
            "ValidationException",
            limit("secretString", "less than or equal to 65536").as_str(),
        ),
        (
            "key",
            json!({ "SecretBinary": bytes(65_537) }),
            "ValidationException",
            limit("secretBinary", "less than or equal to 65536").as_str(),
        ),
        ("key", json!({ "SecretBinary": "?" }), "SerializationException", ""),
        (
            "key",
            json!({ "SecretBinary": "AA==", "SecretString": "a" }),
            "InvalidParameterException",
            "You can't specify both a binary secret value and a string secret value in the same secret.",
        ),
        ("a key", json!({ "SecretString": "a" }), "ValidationException", bad_name),
        ("key:x", json!({ "SecretString": "a" }), "ValidationException", bad_name),
        (
            "key",
            json!({ "ClientRequestToken": "short" }),
            "ValidationException",
            "1 validation error detected: Value 'short' at 'clientRequestToken' failed to satisfy constraint: Member \
             must have length greater than or equal to 32",
        ),
        (
            "key",
            json!({ "ClientRequestToken": null }),
            "InvalidRequestException",
            "You must provide a ClientRequestToken value. We recommend a UUID-type value.",
        ),
    ] {
        assert_refused(client.secrets("CreateSecret", with(&value, name)), code, message);
    }
    assert_refused(
        client.secrets(
            "PutSecretValue",
            json!({ "SecretId": "text", "ClientRequestToken": token(2) }),
        ),
        "InvalidRequestException",
        "You must provide either SecretString or SecretBinary.",
    );
}

#[test]
fn about_100_versions_are_kept() {
    let emulator = emulator();
    emulator.create_secret("us-east-1", "key", Some("0")).expect("a secret");
    for number in 1..=120 {
        emulator.put_secret_value("us-east-1", "key", &number.to_string()).expect("a version");
    }
    let mut client = Client::new(&emulator);
    let mut input = json!({ "SecretId": "key", "IncludeDeprecated": true, "MaxResults": 60 });
    let first = client.secrets("ListSecretVersionIds", input.clone()).expect("a page");
    input["NextToken"] = first["NextToken"].clone();
    let second = client.secrets("ListSecretVersionIds", input).expect("a page");
    let count = |output: &Value| output["Versions"].as_array().map_or(0, Vec::len);
    assert_eq!((count(&first), count(&second), second.get("NextToken")), (60, 40, None));
}

#[test]
fn a_rollback_moves_the_labels() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    client.create("key", "one");
    let put = json!({ "SecretId": "key", "SecretString": "two", "ClientRequestToken": token(2) });
    client.secrets("PutSecretValue", put).expect("a version");
    let (one, two) = (token(1), token(2));
    let held = |fault: &str| {
        format!(
            "The parameter RemoveFromVersionId {fault}. Staging label AWSCURRENT is currently attached to version \
             {two}, so you must explicitly reference that version in RemoveFromVersionId."
        )
    };
    for (input, code, message) in [
        (json!({ "MoveToVersionId": one }), "InvalidParameterException", held("can't be empty")),
        (
            json!({ "MoveToVersionId": token(9), "RemoveFromVersionId": two }),
            "ResourceNotFoundException",
            format!("Secrets Manager can't find the specified secret value for VersionId: {}", token(9)),
        ),
        (
            json!({ "RemoveFromVersionId": two }),
            "InvalidParameterException",
            "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed."
                .to_owned(),
        ),
    ] {
        let input = staged(&input, "AWSCURRENT");
        assert_refused(client.secrets("UpdateSecretVersionStage", input), code, &message);
    }
    let rollback =
        staged(&json!({ "MoveToVersionId": one, "RemoveFromVersionId": two }), "AWSCURRENT");
    client.secrets("UpdateSecretVersionStage", rollback).expect("a rollback");
    assert_eq!(stages(&mut client), json!({ &one: ["AWSCURRENT"], &two: ["AWSPREVIOUS"] }));

    let add = staged(&json!({ "MoveToVersionId": two }), "blue");
    client.secrets("UpdateSecretVersionStage", add).expect("a label");
    let remove = staged(&json!({ "RemoveFromVersionId": two }), "AWSPREVIOUS");
    client.secrets("UpdateSecretVersionStage", remove).expect("a removal");
    assert_eq!(stages(&mut client), json!({ &one: ["AWSCURRENT"], &two: ["blue"] }));
}

#[test]
fn a_deletion_has_a_window_and_can_be_taken_back() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    client.create("key", "hunter2");
    for (input, message) in [
        (
            json!({ "SecretId": "key", "RecoveryWindowInDays": 6 }),
            "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
        ),
        (
            json!({ "SecretId": "key", "RecoveryWindowInDays": 31 }),
            "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
        ),
        (
            json!({ "SecretId": "key", "RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": true }),
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        ),
    ] {
        assert_refused(client.secrets("DeleteSecret", input), "InvalidParameterException", message);
    }
    let deleted = client
        .secrets("DeleteSecret", json!({ "SecretId": "key", "RecoveryWindowInDays": 7 }))
        .expect("a deletion");
    let described =
        client.secrets("DescribeSecret", json!({ "SecretId": "key" })).expect("a description");
    let days = |output: &Value, member: &str| output[member].as_f64().expect("seconds") / 86_400.0;
    assert!((days(&deleted, "DeletionDate") - days(&described, "DeletedDate") - 7.0).abs() < 0.01);

    let marked =
        "You can't perform this operation on the secret because it was marked for deletion.";
    let put = json!({ "SecretId": "key", "SecretString": "two", "ClientRequestToken": token(2) });
    assert_refused(client.secrets("PutSecretValue", put), "InvalidRequestException", marked);
    assert_refused(
        client.secrets("DeleteSecret", json!({ "SecretId": "key" })),
        "InvalidRequestException",
        "You can't perform this operation on the secret because it was already scheduled for deletion.",
    );
    client.secrets("RestoreSecret", json!({ "SecretId": "key" })).expect("a restored secret");
    let output = client.secrets("GetSecretValue", json!({ "SecretId": "key" })).expect("a value");
    assert_eq!(output["SecretString"], "hunter2");

    for _ in 0..2 {
        let force = json!({ "SecretId": "key", "ForceDeleteWithoutRecovery": true });
        client
            .secrets("DeleteSecret", force)
            .expect("no error, even where there is nothing to delete");
    }
    assert_refused(
        client.secrets("DescribeSecret", json!({ "SecretId": "key" })),
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret.",
    );
}

#[test]
fn a_secret_is_seeded_by_its_exact_arn() {
    let emulator = emulator();
    let whole = "arn:aws:secretsmanager:eu-west-1:999999999999:secret:team/key-AbCdEf";
    assert_eq!(
        emulator.create_secret_with_arn(whole, Some("hunter2")).ok().as_deref(),
        Some(whole)
    );
    let partial = "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:team/key";
    let arn = emulator.create_secret_with_arn(partial, None).expect("a secret");
    assert_eq!((&arn[..partial.len()], arn.len()), (partial, partial.len() + 7));

    let mut client = Client::in_region(&emulator, "eu-west-1");
    for id in [whole, &whole[..whole.len() - 7]] {
        let output = client.secrets("GetSecretValue", json!({ "SecretId": id })).expect("a value");
        assert_eq!((&output["ARN"], &output["Name"]), (&json!(whole), &json!("team/key")));
    }
    assert!(
        client.secrets("GetSecretValue", json!({ "SecretId": "team/key" })).is_err(),
        "another account's name"
    );

    for text in [
        "team/key",
        "arn:aws:ssm:eu-west-1:999999999999:parameter/a",
        "arn:aws:secretsmanager:::secret:a",
    ] {
        let error = emulator.create_secret_with_arn(text, None).expect_err("no ARN of a secret");
        assert_eq!(error.to_string(), "not the ARN of a secret");
    }
    let error = emulator.create_secret_with_arn(whole, None).expect_err("an ARN that is taken");
    assert_eq!(
        error.to_string(),
        "ResourceExistsException: The operation failed because the secret team/key already exists."
    );
}

fn stages(client: &mut Client) -> Value {
    let described =
        client.secrets("DescribeSecret", json!({ "SecretId": "key" })).expect("a description");
    described["VersionIdsToStages"].clone()
}

fn staged(input: &Value, stage: &str) -> Value {
    let mut input = input.clone();
    input["SecretId"] = json!("key");
    input["VersionStage"] = json!(stage);
    input
}

/// A CreateSecret of that name, with a token unless the value says otherwise.
fn with(value: &Value, name: &str) -> Value {
    let mut input = value.clone();
    input["Name"] = json!(name);
    if input.get("ClientRequestToken").is_none() {
        input["ClientRequestToken"] = json!(token(1));
    }
    input
}
