//! Quotas, and the gauges of calls and connections.

use hydrant_emulator::{Fault, Operation};
use serde_json::json;

use crate::client::{Client, assert_refused, emulator};
use crate::faults::await_that;

#[test]
fn beyond_a_quota_calls_are_throttled_and_counted() {
    let emulator = emulator();
    emulator.create_secret("us-east-1", "key", Some("hunter2")).expect("a secret");
    // Nothing comes back with time, so the test does not depend on it.
    emulator.limit(&[Operation::GetParameter, Operation::GetParameters], 0, 3);
    emulator.limit(&[Operation::BatchGetSecretValue], 0, 1);
    let mut client = Client::new(&emulator);
    let names = json!({ "Names": ["/a"] });
    for _ in 0..2 {
        client.ssm("GetParameters", names.clone()).expect("within the quota");
    }
    assert_eq!(
        client.ssm("GetParameter", json!({ "Name": "/a" })).expect_err("no parameter").0,
        "ParameterNotFound"
    );
    for _ in 0..4 {
        assert_refused(
            client.ssm("GetParameters", names.clone()),
            "ThrottlingException",
            "Rate exceeded",
        );
    }
    let batch = json!({ "SecretIdList": ["key"] });
    client.secrets("BatchGetSecretValue", batch.clone()).expect("within the quota");
    assert_refused(
        client.secrets("BatchGetSecretValue", batch.clone()),
        "ThrottlingException",
        "Rate exceeded",
    );
    client.secrets("GetSecretValue", json!({ "SecretId": "key" })).expect("without a quota");
    assert_eq!((emulator.throttled(), emulator.calls().len()), (5, 10));

    emulator.clear_faults();
    client.ssm("GetParameters", names).expect("without a quota");
    client.secrets("BatchGetSecretValue", batch).expect("without a quota");
    assert_eq!(emulator.throttled(), 5);
}

#[test]
fn a_throttled_write_is_not_carried_out() {
    let emulator = emulator();
    emulator.limit(&[Operation::CreateSecret], 0, 0);
    let mut client = Client::new(&emulator);
    let body = json!({ "Name": "key", "ClientRequestToken": crate::client::token(1) });
    assert_refused(client.secrets("CreateSecret", body), "ThrottlingException", "Rate exceeded");
    assert_eq!(client.secrets("ListSecrets", json!({})), Ok(json!({ "SecretList": [] })));
}

#[test]
fn writes_share_one_quota_as_with_aws() {
    let emulator = emulator();
    emulator.create_secret("us-east-1", "key", None).expect("a secret");
    emulator.limit(&[Operation::PutSecretValue, Operation::UpdateSecret], 0, 50);
    let mut client = Client::new(&emulator);
    let mut passed = 0;
    for digit in 0..40 {
        let token = crate::client::token(digit);
        let put =
            json!({ "SecretId": "key", "SecretString": "hunter2", "ClientRequestToken": token });
        passed += usize::from(client.secrets("PutSecretValue", put).is_ok());
        let update =
            json!({ "SecretId": "key", "Description": "A key", "ClientRequestToken": token });
        passed += usize::from(client.secrets("UpdateSecret", update).is_ok());
    }
    assert_eq!((passed, emulator.throttled()), (50, 30));
    let versions = client
        .secrets("ListSecretVersionIds", json!({ "SecretId": "key", "IncludeDeprecated": true }));
    assert_eq!(
        versions.expect("a list")["Versions"].as_array().map(Vec::len),
        Some(25),
        "what passed was done"
    );
}

#[test]
fn a_quota_fills_again() {
    let emulator = emulator();
    emulator.limit(&[Operation::ListSecrets], 1000, 1);
    let mut client = Client::new(&emulator);
    let mut passed = 0;
    await_that_mut(|| {
        passed += usize::from(client.secrets("ListSecrets", json!({})).is_ok());
        passed == 5
    });
}

#[test]
fn the_most_calls_at_one_time_are_remembered() {
    let emulator = emulator();
    assert_eq!((emulator.peak_concurrent_calls(), emulator.open_connections()), (0, 0));
    let mut client = Client::new(&emulator);
    for _ in 0..3 {
        client.secrets("ListSecrets", json!({})).expect("a list");
    }
    assert_eq!((emulator.peak_concurrent_calls(), emulator.open_connections()), (1, 1));

    emulator.fault(None, Fault::Stall, 4);
    let stalled: Vec<Client> = (0..4)
        .map(|_| {
            let mut client = Client::new(&emulator);
            client.send_only("secretsmanager.ListSecrets", "{}");
            client
        })
        .collect();
    await_that(|| emulator.calls().len() == 7);
    client.secrets("ListSecrets", json!({})).expect("a list");
    assert_eq!((emulator.peak_concurrent_calls(), emulator.open_connections()), (5, 5));

    drop(stalled);
    await_that(|| emulator.open_connections() == 1);
    client.secrets("ListSecrets", json!({})).expect("a list");
    assert_eq!(emulator.peak_concurrent_calls(), 5);
}

fn await_that_mut(done: impl FnMut() -> bool) {
    let done = std::cell::RefCell::new(done);
    await_that(|| (done.borrow_mut())());
}
