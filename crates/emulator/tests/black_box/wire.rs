//! The protocol: headers, malformed calls, connections, regions, and the contents of the record of
//! calls.

use std::net::TcpStream;

use serde_json::json;

use crate::client::{Client, assert_refused, emulator};
use hydrant_emulator::{Emulator, Operation, ParameterType};

#[test]
fn a_response_has_a_request_id_and_the_content_type_of_the_protocol() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    for (body, status) in [("{}", 200), ("{", 400)] {
        let reply = client.send("secretsmanager.ListSecrets", body);
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("content-type"), Some("application/x-amz-json-1.1"));
        assert_eq!(reply.header("x-amzn-requestid").map(str::len), Some(36));
    }
}

#[test]
fn a_malformed_call_is_refused_without_a_word_of_its_body() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    for (target, body, code) in [
        ("secretsmanager.PutResourcePolicy", "{}", "UnknownOperationException"),
        ("AmazonSSM.GetSecretValue", "{}", "UnknownOperationException"),
        ("", "{}", "UnknownOperationException"),
        ("secretsmanager.GetSecretValue", "{\"SecretId\": \"hunter2\"", "SerializationException"),
        ("secretsmanager.GetSecretValue", "[\"hunter2\"]", "SerializationException"),
        (
            "secretsmanager.PutSecretValue",
            "{\"SecretString\": [\"hunter2\"]}",
            "SerializationException",
        ),
        (
            "secretsmanager.BatchGetSecretValue",
            "{\"SecretIdList\": \"hunter2\"}",
            "SerializationException",
        ),
        ("AmazonSSM.GetParameters", "{\"Names\": [1]}", "SerializationException"),
    ] {
        let reply = client.send(target, body);
        assert_eq!(reply.status, 400, "{target}");
        assert_eq!(reply.text, format!("{{\"__type\":\"{code}\"}}"), "{target} {body}");
    }
}

/// As the SDKs call it: a form in, XML out.
#[test]
fn the_caller_is_returned_in_the_query_protocol() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    let reply = client.form("Action=GetCallerIdentity&Version=2011-06-15");
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("text/xml")));
    assert!(
        reply.text.contains("<Arn>arn:aws:iam::123456789012:user/emulated</Arn>"),
        "{}",
        reply.text
    );
    assert!(reply.text.contains("<Account>123456789012</Account>"), "{}", reply.text);
    assert_eq!(emulator.calls()[0].operation, Operation::GetCallerIdentity);

    let reply = client.form("Action=AssumeRole&Version=2011-06-15");
    assert_eq!(reply.status, 403);
    assert!(reply.text.contains("<Code>InvalidAction</Code>"), "{}", reply.text);
    emulator.deny(Operation::GetCallerIdentity);
    let reply = client.form("Action=GetCallerIdentity&Version=2011-06-15");
    assert!(reply.text.contains("<Code>AccessDeniedException</Code>"), "{}", reply.text);
    assert!(
        reply.text.contains("not authorized to perform: sts:GetCallerIdentity"),
        "{}",
        reply.text
    );
}

#[test]
fn a_body_far_beyond_every_limit_is_refused() {
    let emulator = emulator();
    let reply =
        Client::new(&emulator).send("secretsmanager.ListSecrets", &" ".repeat((1 << 20) + 1));
    assert_eq!(reply.status, 413);
}

#[test]
fn an_error_within_aws_is_no_client_error() {
    let emulator = emulator();
    emulator.refuse(
        Operation::ListSecrets,
        "InternalServiceError",
        "An error occurred on the server side.",
    );
    emulator.refuse(Operation::DescribeParameters, "ServiceUnavailable", "Service is unavailable.");
    let mut client = Client::new(&emulator);
    assert_eq!(client.send("secretsmanager.ListSecrets", "{}").status, 500);
    assert_eq!(client.send("AmazonSSM.DescribeParameters", "{}").status, 503);
}

#[test]
fn connections_are_kept_and_counted() {
    let emulator = emulator();
    assert_eq!(emulator.connections(), 0);
    let mut first = Client::new(&emulator);
    for _ in 0..3 {
        assert_eq!(first.secrets("ListSecrets", json!({})), Ok(json!({ "SecretList": [] })));
    }
    assert_eq!(emulator.connections(), 1);
    let mut second = Client::new(&emulator);
    second.secrets("ListSecrets", json!({})).expect("a list");
    first.secrets("ListSecrets", json!({})).expect("a list");
    assert_eq!(emulator.connections(), 2);
    let connections: Vec<usize> = emulator.calls().iter().map(|call| call.connection).collect();
    assert_eq!(connections, [1, 1, 1, 2, 1]);
}

#[test]
fn many_connections_are_served_at_once() {
    let emulator = emulator();
    emulator.create_secret("us-east-1", "key", Some("hunter2")).expect("a secret");
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let mut client = Client::new(&emulator);
                for _ in 0..25 {
                    let output = client
                        .secrets("GetSecretValue", json!({ "SecretId": "key" }))
                        .expect("a value");
                    assert_eq!(output["SecretString"], "hunter2");
                }
            });
        }
    });
    assert_eq!(emulator.connections(), 16);
    assert_eq!(emulator.calls().len(), 400);
}

#[test]
fn each_region_has_its_own_secrets_and_parameters() {
    let emulator = emulator();
    for region in ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1"] {
        emulator.create_secret(region, "key", Some(region)).expect("a secret");
        emulator.put_parameter(region, "/key", region, ParameterType::String).expect("a parameter");
    }
    for (region, partition) in [
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-east-1", "aws"),
    ] {
        let mut client = Client::in_region(&emulator, region);
        let secret =
            client.secrets("GetSecretValue", json!({ "SecretId": "key" })).expect("a value");
        assert_eq!(secret["SecretString"], region);
        let arn = secret["ARN"].as_str().expect("an ARN").to_owned();
        assert!(
            arn.starts_with(&format!(
                "arn:{partition}:secretsmanager:{region}:123456789012:secret:key-"
            )),
            "{arn}"
        );
        let parameter = client.ssm("GetParameter", json!({ "Name": "/key" })).expect("a value");
        assert_eq!(parameter["Parameter"]["Value"], region);
        assert_eq!(
            parameter["Parameter"]["ARN"],
            format!("arn:{partition}:ssm:{region}:123456789012:parameter/key")
        );

        let mut elsewhere = Client::in_region(&emulator, "ap-south-1");
        assert_refused(
            elsewhere.secrets("GetSecretValue", json!({ "SecretId": arn })),
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret.",
        );
    }
}

#[test]
fn calls_are_recorded_without_values() {
    let emulator = emulator();
    let mut client = Client::in_region(&emulator, "eu-west-1");
    client.create("key", "hunter2");
    let _ = client
        .secrets("GetSecretValue", json!({ "SecretId": "key", "VersionStage": "AWSPREVIOUS" }));
    let _ = client.secrets("BatchGetSecretValue", json!({ "SecretIdList": ["b", "a"] }));
    let _ = client.ssm("GetParameters", json!({ "Names": ["/b", "/a"] }));
    let _ =
        client.ssm("PutParameter", json!({ "Name": "/c", "Value": "hunter2", "Type": "String" }));

    let calls = emulator.calls();
    let seen: Vec<(Operation, Vec<&str>)> = calls
        .iter()
        .map(|call| (call.operation, call.ids.iter().map(String::as_str).collect()))
        .collect();
    assert_eq!(
        seen,
        [
            (Operation::CreateSecret, vec!["key"]),
            (Operation::GetSecretValue, vec!["key"]),
            (Operation::BatchGetSecretValue, vec!["b", "a"]),
            (Operation::GetParameters, vec!["/b", "/a"]),
            (Operation::PutParameter, vec!["/c"]),
        ]
    );
    assert!(calls.iter().all(|call| call.region == "eu-west-1"));
    assert!(calls.iter().all(|call| call.access_key_id.as_deref() == Some("AKIDEXAMPLE")));
    assert_eq!(calls[1].version_stage.as_deref(), Some("AWSPREVIOUS"));
    assert!(!format!("{calls:?} {emulator:?}").contains("hunter2"));

    emulator.clear_calls();
    assert!(emulator.calls().is_empty());
}

#[test]
fn dropping_it_closes_the_endpoint_and_its_connections() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    client.secrets("ListSecrets", json!({})).expect("a list");
    let endpoint = emulator.endpoint();
    let address = endpoint.strip_prefix("http://").expect("plain HTTP");
    assert!(address.starts_with("127.0.0.1:"));
    drop(emulator);
    assert!(TcpStream::connect(address).is_err());
    assert!(client.is_closed());
}

#[test]
fn it_lives_and_ends_within_another_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let emulator = emulator();
        Client::new(&emulator).secrets("ListSecrets", json!({})).expect("a list");
        drop(emulator);
    });
}

#[test]
fn a_port_that_is_taken_is_an_error() {
    let emulator = emulator();
    let port =
        emulator.endpoint().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let error = Emulator::builder().port(port).start().expect_err("a taken port");
    assert_eq!(error.to_string(), "failed to open an endpoint on 127.0.0.1");
}
