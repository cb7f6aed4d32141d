//! GetSecretValue and BatchGetSecretValue, compared with recorded responses of AWS.

use serde_json::{Value, json};

use crate::client::{Client, assert_refused, emulator, token};

const ABSENT: &str = "Secrets Manager can't find the specified secret.";
const EMPTY: &str =
    "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT";
const DELETED: &str =
    "You can't perform this operation on the secret because it was marked for deletion.";

#[test]
fn a_secret_is_found_by_its_name_and_its_arn_whole_or_partial() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    let arn = client.create("demo/key", "hunter2");
    let partial = &arn[..arn.len() - 7];
    assert!(partial.ends_with(":secret:demo/key"), "{arn}");
    for id in ["demo/key", &arn, partial] {
        let output = client.secrets("GetSecretValue", json!({ "SecretId": id })).expect("a value");
        assert_eq!(output["ARN"], arn);
        assert_eq!(output["Name"], "demo/key");
        assert_eq!(output["SecretString"], "hunter2");
        assert_eq!(output["VersionId"], token(1));
        assert_eq!(output["VersionStages"], json!(["AWSCURRENT"]));
        assert!(output["CreatedDate"].as_f64().expect("seconds") > 1.7e9);
        assert_eq!(output.get("SecretBinary"), None);
    }
    for id in [
        format!("{partial}-Zz9Zz9"),
        format!("{partial}x"),
        "demo/key-AbCdEf".to_owned(),
        "demo".to_owned(),
    ] {
        assert_refused(
            client.secrets("GetSecretValue", json!({ "SecretId": id })),
            "ResourceNotFoundException",
            ABSENT,
        );
    }
}

#[test]
fn a_partial_arn_fails_where_the_name_itself_ends_like_a_suffix() {
    let emulator = emulator();
    let arn = emulator.create_secret("us-east-1", "key-abcdef", Some("hunter2")).expect("a secret");
    let mut client = Client::new(&emulator);
    for (id, found) in [("key-abcdef", true), (arn.as_str(), true), (&arn[..arn.len() - 7], false)]
    {
        assert_eq!(
            client.secrets("GetSecretValue", json!({ "SecretId": id })).is_ok(),
            found,
            "{id}"
        );
    }
}

#[test]
fn a_version_is_read_by_its_stage_or_its_id() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    client.create("key", "one");
    let put = json!({ "SecretId": "key", "SecretString": "two", "ClientRequestToken": token(2) });
    client.secrets("PutSecretValue", put).expect("a version");
    for (version, expected) in [
        (json!({}), "two"),
        (json!({ "VersionStage": "AWSCURRENT" }), "two"),
        (json!({ "VersionStage": "AWSPREVIOUS" }), "one"),
        (json!({ "VersionId": token(1) }), "one"),
        (json!({ "VersionId": token(2), "VersionStage": "AWSCURRENT" }), "two"),
    ] {
        let output = client.secrets("GetSecretValue", with(&version, "key")).expect("a value");
        assert_eq!(output["SecretString"], expected, "{version}");
    }
}

#[test]
fn a_value_that_cannot_be_read_is_refused_in_the_words_of_aws() {
    let emulator = emulator();
    emulator.create_secret("us-east-1", "empty", None).expect("a secret");
    emulator.create_secret("us-east-1", "deleted", Some("hunter2")).expect("a secret");
    emulator.delete_secret("us-east-1", "deleted").expect("a deletion");
    let mut client = Client::new(&emulator);
    client.create("key", "hunter2");
    let unknown = token(9);
    for (input, code, message) in [
        (json!({ "SecretId": "absent" }), "ResourceNotFoundException", ABSENT),
        (json!({ "SecretId": "empty" }), "ResourceNotFoundException", EMPTY),
        (json!({ "SecretId": "deleted" }), "InvalidRequestException", DELETED),
        (
            json!({ "SecretId": "key", "VersionStage": "blue" }),
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret value for staging label: blue",
        ),
        (
            json!({ "SecretId": "key", "VersionId": unknown }),
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret value for VersionId: \
             00000000-0000-4000-8000-000000000009",
        ),
        (
            json!({ "SecretId": "key", "VersionId": token(1), "VersionStage": "AWSPREVIOUS" }),
            "InvalidRequestException",
            "You provided a VersionStage that is not associated to the provided VersionId.",
        ),
        (
            json!({ "SecretId": "key", "VersionId": "short" }),
            "ValidationException",
            "1 validation error detected: Value 'short' at 'versionId' failed to satisfy constraint: Member must have \
             length greater than or equal to 32",
        ),
        (
            json!({}),
            "ValidationException",
            "1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member must not be \
             null",
        ),
        (
            json!({ "SecretId": "" }),
            "ValidationException",
            "1 validation error detected: Value '' at 'secretId' failed to satisfy constraint: Member must have \
             length greater than or equal to 1",
        ),
    ] {
        assert_refused(client.secrets("GetSecretValue", input), code, message);
    }
}

#[test]
fn a_batch_returns_a_value_or_an_error_for_each_id_in_its_own_order() {
    let emulator = emulator();
    let arn = emulator.create_secret("us-east-1", "zebra", Some("z")).expect("a secret");
    emulator.create_secret("us-east-1", "aardvark", Some("a")).expect("a secret");
    emulator.put_secret_binary("us-east-1", "aardvark", &[0, 255]).expect("a version");
    emulator.create_secret("us-east-1", "empty", None).expect("a secret");
    emulator.create_secret("us-east-1", "deleted", Some("d")).expect("a secret");
    emulator.delete_secret("us-east-1", "deleted").expect("a deletion");
    let output = Client::new(&emulator)
        .secrets(
            "BatchGetSecretValue",
            json!({ "SecretIdList": [arn, "aardvark", "absent", "zebra", "empty", "deleted"] }),
        )
        .expect("a batch");

    let values = output["SecretValues"].as_array().expect("values");
    let names: Vec<&Value> = values.iter().map(|value| &value["Name"]).collect();
    assert_eq!(names, ["aardvark", "zebra"]);
    assert_eq!(values[0]["SecretBinary"], "AP8=");
    assert_eq!(values[1]["SecretString"], "z");
    assert_eq!(values[1]["ARN"], arn);
    assert_eq!(
        output["Errors"],
        json!([
            { "SecretId": "absent", "ErrorCode": "ResourceNotFoundException", "Message": ABSENT },
            { "SecretId": "deleted", "ErrorCode": "InvalidRequestException", "Message": DELETED },
            { "SecretId": "empty", "ErrorCode": "ResourceNotFoundException", "Message": EMPTY },
        ])
    );
    assert_eq!(output.get("NextToken"), None);
}

#[test]
fn a_batch_takes_1_to_20_ids_and_nothing_beside_them() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    let ids = |count: usize| (0..count).map(|number| number.to_string()).collect::<Vec<_>>();
    let output =
        client.secrets("BatchGetSecretValue", json!({ "SecretIdList": ids(20) })).expect("a batch");
    assert_eq!(output["Errors"].as_array().map(Vec::len), Some(20));

    let both = "Either 'SecretIdList' or 'Filters' must be provided, but not both.";
    let too_many = format!(
        "1 validation error detected: Value '[{}]' at 'secretIdList' failed to satisfy constraint: Member must have \
         length less than or equal to 20",
        ids(21).join(", ")
    );
    for (input, code, message) in [
        (json!({ "SecretIdList": ids(21) }), "ValidationException", too_many.as_str()),
        (
            json!({ "SecretIdList": [] }),
            "ValidationException",
            "1 validation error detected: Value '[]' at 'secretIdList' failed to satisfy constraint: Member must have \
             length greater than or equal to 1",
        ),
        (
            json!({ "SecretIdList": ["a", ""] }),
            "ValidationException",
            "1 validation error detected: Value '[a, ]' at 'secretIdList' failed to satisfy constraint: Member must \
             satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater \
             than or equal to 1]",
        ),
        (json!({}), "InvalidParameterException", both),
        (json!({ "SecretIdList": ["a"], "Filters": [] }), "InvalidParameterException", both),
        (
            json!({ "Filters": [] }),
            "ValidationException",
            "Filters of BatchGetSecretValue are not emulated: use SecretIdList.",
        ),
        (
            json!({ "SecretIdList": ["a"], "NextToken": "x" }),
            "InvalidNextTokenException",
            "The NextToken value is invalid.",
        ),
    ] {
        assert_refused(client.secrets("BatchGetSecretValue", input), code, message);
    }
}

#[test]
fn a_batch_may_come_in_pages_of_which_the_first_is_empty() {
    let emulator = emulator();
    for name in ["a", "b", "c"] {
        emulator.create_secret("us-east-1", name, Some(name)).expect("a secret");
    }
    emulator.page_batches(2);
    let mut client = Client::new(&emulator);
    let mut input = json!({ "SecretIdList": ["a", "b", "c", "absent"] });
    let mut sizes = Vec::new();
    loop {
        let output = client.secrets("BatchGetSecretValue", input.clone()).expect("a page");
        let size = |member: &str| output[member].as_array().map_or(0, Vec::len);
        sizes.push((size("SecretValues"), size("Errors")));
        match output.get("NextToken") {
            Some(next) => input["NextToken"] = next.clone(),
            None => break,
        }
    }
    assert_eq!(sizes, [(0, 0), (1, 1), (2, 0)]);
}

fn with(version: &Value, id: &str) -> Value {
    let mut input = version.clone();
    input["SecretId"] = json!(id);
    input
}
