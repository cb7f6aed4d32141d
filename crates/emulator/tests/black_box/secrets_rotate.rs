//! The visible parts of rotation: no function is run.

use serde_json::{Value, json};

use crate::client::{Client, assert_refused, emulator, token};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:rotate-key";
const DAY: f64 = 86_400.0;

#[test]
fn a_secret_without_a_function_is_not_rotated() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    client.create("key", "hunter2");
    let none = "No Lambda rotation function ARN is associated with this secret.";
    for operation in ["RotateSecret", "CancelRotateSecret"] {
        assert_refused(
            client.secrets(operation, rotate(&json!({}), 2)),
            "InvalidRequestException",
            none,
        );
    }
    let described = describe(&mut client);
    for member in [
        "RotationEnabled",
        "RotationLambdaARN",
        "RotationRules",
        "LastRotatedDate",
        "NextRotationDate",
    ] {
        assert_eq!(described.get(member), None, "{member}");
    }
}

#[test]
fn a_rotation_is_visible_in_descriptions_and_lists() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    let arn = client.create("key", "hunter2");
    let input =
        json!({ "RotationLambdaARN": FUNCTION, "RotationRules": { "AutomaticallyAfterDays": 90 } });
    let output = client.secrets("RotateSecret", rotate(&input, 2)).expect("a rotation");
    assert_eq!(output, json!({ "ARN": arn, "Name": "key", "VersionId": token(2) }));

    let described = describe(&mut client);
    let listed = client.secrets("ListSecrets", json!({})).expect("a list")["SecretList"][0].clone();
    for found in [&described, &listed] {
        assert_eq!(found["RotationEnabled"], true);
        assert_eq!(found["RotationLambdaARN"], FUNCTION);
        assert_eq!(found["RotationRules"], json!({ "AutomaticallyAfterDays": 90 }));
        assert_eq!(found["LastRotatedDate"], found["LastChangedDate"]);
        let (last, next) = (date(found, "LastRotatedDate"), date(found, "NextRotationDate"));
        assert_eq!(next, (last / DAY).floor() * DAY + 91.0 * DAY - 1.0, "the end of the day");
    }
    assert_eq!(
        described["VersionIdsToStages"],
        json!({ token(1): ["AWSCURRENT"] }),
        "no function has run"
    );

    // From now on the function is known, and the same call again does not start a second rotation.
    let again = client.secrets("RotateSecret", rotate(&json!({}), 3)).expect("a rotation");
    assert_eq!(again["VersionId"], token(3));
    let before = describe(&mut client);
    assert!(date(&before, "LastRotatedDate") >= date(&described, "LastRotatedDate"));
    assert_eq!(before["RotationRules"], json!({ "AutomaticallyAfterDays": 90 }));
    assert_eq!(client.secrets("RotateSecret", rotate(&json!({}), 3)), Ok(again));
    assert_eq!(describe(&mut client), before);

    client.secrets("CancelRotateSecret", json!({ "SecretId": "key" })).expect("an end of it");
    let off = describe(&mut client);
    assert_eq!(
        (&off["RotationEnabled"], &off["RotationLambdaARN"]),
        (&json!(false), &json!(FUNCTION))
    );
    assert_eq!((off.get("LastRotatedDate"), off.get("NextRotationDate")), (None, None));
    client
        .secrets("RotateSecret", rotate(&json!({}), 4))
        .expect("a rotation, with the function of before");
    assert_eq!(describe(&mut client)["RotationEnabled"], true);
}

#[test]
fn a_rotation_can_wait_for_its_schedule() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    client.create("key", "hunter2");
    for (digit, rules, shown, next) in [
        (
            2,
            json!({ "ScheduleExpression": "rate(10 days)", "Duration": "3h" }),
            json!({ "AutomaticallyAfterDays": 10, "ScheduleExpression": "rate(10 days)", "Duration": "3h" }),
            true,
        ),
        (
            3,
            json!({ "ScheduleExpression": "rate(12 hours)" }),
            json!({ "ScheduleExpression": "rate(12 hours)" }),
            true,
        ),
        (
            4,
            json!({ "ScheduleExpression": "cron(0 8 1 * ? *)" }),
            json!({ "ScheduleExpression": "cron(0 8 1 * ? *)" }),
            false,
        ),
    ] {
        let input = json!({ "RotationLambdaARN": FUNCTION, "RotationRules": rules, "RotateImmediately": false });
        client.secrets("RotateSecret", rotate(&input, digit)).expect("a schedule");
        let described = describe(&mut client);
        assert_eq!(described["RotationRules"], shown);
        assert_eq!(described.get("LastRotatedDate"), None);
        assert_eq!(described.get("NextRotationDate").is_some(), next, "{rules}");
    }
}

#[test]
fn what_a_rotation_may_be() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    client.create("key", "hunter2");
    for (rules, code, message) in [
        (
            json!({ "AutomaticallyAfterDays": 1001 }),
            "ValidationException",
            "1 validation error detected: Value '1001' at 'rotationRules.automaticallyAfterDays' failed to satisfy \
             constraint: Member must have value less than or equal to 1000",
        ),
        (
            json!({ "AutomaticallyAfterDays": 1, "ScheduleExpression": "rate(1 day)" }),
            "InvalidParameterException",
            "You can't specify both AutomaticallyAfterDays and ScheduleExpression.",
        ),
        (
            json!({ "ScheduleExpression": "daily" }),
            "InvalidParameterException",
            "Invalid schedule expression.",
        ),
        (
            json!({ "AutomaticallyAfterDays": 1, "Duration": "3d" }),
            "ValidationException",
            "1 validation error detected: Value '3d' at 'rotationRules.duration' failed to satisfy constraint: Member \
             must satisfy regular expression pattern: [0-9]+h",
        ),
    ] {
        let input = json!({ "RotationLambdaARN": FUNCTION, "RotationRules": rules });
        assert_refused(client.secrets("RotateSecret", rotate(&input, 2)), code, message);
    }
    assert_refused(
        client.secrets("RotateSecret", rotate(&json!({ "RotationLambdaARN": "rotate-key" }), 2)),
        "AccessDeniedException",
        "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to \
         the principal secretsmanager.amazonaws.com.",
    );
    let pending = json!({
        "SecretId": "key", "SecretString": "two", "ClientRequestToken": token(2), "VersionStages": ["AWSPENDING"]
    });
    client.secrets("PutSecretValue", pending).expect("a version");
    assert_refused(
        client.secrets("RotateSecret", rotate(&json!({ "RotationLambdaARN": FUNCTION }), 3)),
        "InvalidRequestException",
        "A previous rotation isn't complete. That rotation will be reattempted.",
    );
    client.secrets("DeleteSecret", json!({ "SecretId": "key" })).expect("a deletion");
    assert_refused(
        client.secrets("RotateSecret", rotate(&json!({ "RotationLambdaARN": FUNCTION }), 3)),
        "InvalidRequestException",
        "You can't perform this operation on the secret because it was marked for deletion.",
    );
}

fn rotate(input: &Value, digit: u8) -> Value {
    let mut input = input.clone();
    input["SecretId"] = json!("key");
    input["ClientRequestToken"] = json!(token(digit));
    input
}

fn describe(client: &mut Client) -> Value {
    client.secrets("DescribeSecret", json!({ "SecretId": "key" })).expect("a description")
}

fn date(output: &Value, member: &str) -> f64 {
    output[member].as_f64().expect("a date")
}
