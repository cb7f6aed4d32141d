//! Denied, refused and throttled calls, and batches that leave something out.

use hydrant_emulator::{Operation, ParameterType};
use serde_json::{Value, json};

use crate::client::{Client, assert_refused, emulator};

const REGION: &str = "us-east-1";

fn denied(action: &str, resource: &str) -> String {
    let resource =
        if resource.is_empty() { String::new() } else { format!(" on resource: {resource}") };
    format!(
        "User: arn:aws:iam::123456789012:user/emulated is not authorized to perform: {action}{resource} because no \
         identity-based policy allows the {action} action"
    )
}

#[test]
fn a_denial_names_the_resource_as_aws_does() {
    let emulator = emulator();
    let arn = emulator.create_secret(REGION, "key", Some("hunter2")).expect("a secret");
    for operation in [
        Operation::GetSecretValue,
        Operation::BatchGetSecretValue,
        Operation::ListSecrets,
        Operation::GetParameter,
        Operation::GetParameters,
        Operation::DescribeParameters,
    ] {
        emulator.deny(operation);
    }
    let mut client = Client::new(&emulator);
    for (operation, input, resource) in [
        ("GetSecretValue", json!({ "SecretId": "key" }), arn.as_str()),
        ("GetSecretValue", json!({ "SecretId": "absent" }), "absent"),
        ("BatchGetSecretValue", json!({ "SecretIdList": ["key"] }), ""),
        ("ListSecrets", json!({}), ""),
    ] {
        let message = denied(&format!("secretsmanager:{operation}"), resource);
        assert_refused(client.secrets(operation, input), "AccessDeniedException", &message);
    }
    for (operation, input, resource) in [
        (
            "GetParameter",
            json!({ "Name": "/key" }),
            "arn:aws:ssm:us-east-1:123456789012:parameter/key",
        ),
        (
            "GetParameters",
            json!({ "Names": ["/b", "/a"] }),
            "arn:aws:ssm:us-east-1:123456789012:parameter/b",
        ),
        ("DescribeParameters", json!({}), "arn:aws:ssm:us-east-1:123456789012:*"),
    ] {
        let message = denied(&format!("ssm:{operation}"), resource);
        assert_refused(client.ssm(operation, input), "AccessDeniedException", &message);
    }
    client
        .secrets("DescribeSecret", json!({ "SecretId": "key" }))
        .expect("an operation that is not denied");
    emulator.clear_faults();
    client.secrets("GetSecretValue", json!({ "SecretId": "key" })).expect("a value");
}

#[test]
fn an_item_is_denied_by_whichever_id_the_call_uses() {
    let emulator = emulator();
    let arn = emulator.create_secret(REGION, "key", Some("hunter2")).expect("a secret");
    emulator.create_secret(REGION, "other", Some("hunter2")).expect("a secret");
    emulator.deny_item(Operation::GetSecretValue, "key");
    let mut client = Client::new(&emulator);
    for id in ["key", &arn, &arn[..arn.len() - 7]] {
        let message = denied("secretsmanager:GetSecretValue", &arn);
        assert_refused(
            client.secrets("GetSecretValue", json!({ "SecretId": id })),
            "AccessDeniedException",
            &message,
        );
    }
    client.secrets("GetSecretValue", json!({ "SecretId": "other" })).expect("a value");
}

#[test]
fn a_batch_has_an_error_for_each_item_that_may_not_be_read() {
    let emulator = emulator();
    let arns = ["a", "b", "c"]
        .map(|name| emulator.create_secret(REGION, name, Some(name)).expect("a secret"));
    emulator.deny_item(Operation::BatchGetSecretValue, &arns[0]);
    emulator.refuse_item(
        Operation::GetSecretValue,
        "b",
        "DecryptionFailure",
        "Secrets Manager can't decrypt it.",
    );
    let mut client = Client::new(&emulator);
    let batch = json!({ "SecretIdList": ["c", "b", "a"] });
    let output = client.secrets("BatchGetSecretValue", batch.clone()).expect("a batch");
    assert_eq!(names(&output), ["c"]);
    let message = denied("secretsmanager:GetSecretValue", &arns[0]);
    assert_eq!(
        output["Errors"],
        json!([
            { "SecretId": "a", "ErrorCode": "AccessDeniedException", "Message": message },
            { "SecretId": "b", "ErrorCode": "DecryptionFailure", "Message": "Secrets Manager can't decrypt it." },
        ])
    );
    client.secrets("GetSecretValue", json!({ "SecretId": "a" })).expect("denied in batches only");

    emulator.clear_faults();
    emulator.deny(Operation::GetSecretValue);
    let output = client.secrets("BatchGetSecretValue", batch).expect("a batch");
    assert_eq!((names(&output).len(), output["Errors"].as_array().map(Vec::len)), (0, Some(3)));
}

#[test]
fn one_parameter_that_may_not_be_read_denies_the_whole_call() {
    let emulator = emulator();
    for name in ["/a", "/b"] {
        emulator.put_parameter(REGION, name, "one", ParameterType::String).expect("a parameter");
    }
    emulator.deny_item(Operation::GetParameters, "/b");
    let mut client = Client::new(&emulator);
    let arn = "arn:aws:ssm:us-east-1:123456789012:parameter/b";
    for names in [json!(["/a", "/b"]), json!([arn]), json!(["/a", "/b:1"])] {
        let message = denied("ssm:GetParameters", arn);
        assert_refused(
            client.ssm("GetParameters", json!({ "Names": names })),
            "AccessDeniedException",
            &message,
        );
    }
    client.ssm("GetParameters", json!({ "Names": ["/a"] })).expect("a parameter");
}

#[test]
fn throttling_ends_after_its_calls_and_a_refusal_does_not() {
    let emulator = emulator();
    emulator.create_secret(REGION, "key", Some("hunter2")).expect("a secret");
    emulator.throttle(Operation::GetSecretValue, 2);
    emulator.throttle(Operation::GetParameters, usize::MAX);
    emulator.refuse(Operation::DescribeSecret, "DecryptionFailure", "No key.");
    let mut client = Client::new(&emulator);
    let get = json!({ "SecretId": "key" });
    for _ in 0..2 {
        assert_refused(
            client.secrets("GetSecretValue", get.clone()),
            "ThrottlingException",
            "Rate exceeded",
        );
    }
    client.secrets("GetSecretValue", get.clone()).expect("a value");
    for _ in 0..3 {
        assert_refused(
            client.ssm("GetParameters", json!({ "Names": ["/a"] })),
            "ThrottlingException",
            "Rate exceeded",
        );
        assert_refused(
            client.secrets("DescribeSecret", get.clone()),
            "DecryptionFailure",
            "No key.",
        );
    }
    assert_eq!(emulator.calls().len(), 9, "refused calls are on record");
}

#[test]
fn an_item_can_be_left_out_of_a_response() {
    let emulator = emulator();
    let arn = emulator.create_secret(REGION, "a", Some("a")).expect("a secret");
    emulator.create_secret(REGION, "b", Some("b")).expect("a secret");
    emulator.put_parameter(REGION, "/a", "a", ParameterType::String).expect("a parameter");
    emulator.omit_from_batch("a");
    emulator.omit_from_batch("/a");
    let mut client = Client::new(&emulator);
    let output = client
        .secrets("BatchGetSecretValue", json!({ "SecretIdList": [arn, "b"] }))
        .expect("a batch");
    assert_eq!((names(&output), &output["Errors"]), (vec!["b"], &json!([])));
    let output = client.ssm("GetParameters", json!({ "Names": ["/a"] })).expect("parameters");
    assert_eq!(output, json!({ "Parameters": [], "InvalidParameters": [] }));
    client.secrets("GetSecretValue", json!({ "SecretId": "a" })).expect("left out of batches only");
}

fn names(output: &Value) -> Vec<&str> {
    output["SecretValues"]
        .as_array()
        .expect("values")
        .iter()
        .filter_map(|value| value["Name"].as_str())
        .collect()
}
