//! DescribeSecret, ListSecretVersionIds and ListSecrets.

use serde_json::{Value, json};

use crate::client::{Client, assert_refused, emulator, token};

#[test]
fn a_description_says_everything_but_the_value() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    let create = json!({
        "Name": "key", "SecretString": "hunter2", "ClientRequestToken": token(1), "Description": "A key",
        "KmsKeyId": "alias/mine", "Tags": [{ "Key": "team", "Value": "a" }]
    });
    client.secrets("CreateSecret", create).expect("a new secret");
    let reply = client.send("secretsmanager.DescribeSecret", "{\"SecretId\":\"key\"}");
    assert!(!reply.text.contains("hunter2"));
    let output = reply.result().expect("a description");
    assert_eq!(output["Description"], "A key");
    assert_eq!(output["KmsKeyId"], "alias/mine");
    assert_eq!(output["Tags"], json!([{ "Key": "team", "Value": "a" }]));
    assert_eq!(output["VersionIdsToStages"], json!({ token(1): ["AWSCURRENT"] }));
    assert!(output["LastChangedDate"].is_f64());
    assert_eq!(output.get("LastAccessedDate"), None);

    client.secrets("GetSecretValue", json!({ "SecretId": "key" })).expect("a value");
    let output =
        client.secrets("DescribeSecret", json!({ "SecretId": "key" })).expect("a description");
    assert_eq!(output["LastAccessedDate"].as_f64().map(|time| time % 86_400.0), Some(0.0));
}

#[test]
fn an_empty_secret_has_no_versions() {
    let emulator = emulator();
    emulator.create_secret("us-east-1", "empty", None).expect("a secret");
    let mut client = Client::new(&emulator);
    let output =
        client.secrets("DescribeSecret", json!({ "SecretId": "empty" })).expect("a description");
    assert_eq!(output.get("VersionIdsToStages"), None);
    let output =
        client.secrets("ListSecretVersionIds", json!({ "SecretId": "empty" })).expect("a list");
    assert_eq!(output["Versions"], json!([]));
    assert_refused(
        client.secrets("ListSecretVersionIds", json!({ "SecretId": "absent" })),
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret.",
    );
}

#[test]
fn versions_without_a_label_are_listed_on_request() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    client.create("key", "1");
    for digit in [2, 3] {
        let put = json!({ "SecretId": "key", "SecretString": digit.to_string(), "ClientRequestToken": token(digit) });
        client.secrets("PutSecretValue", put).expect("a version");
    }
    for (deprecated, expected) in [
        (false, json!([[token(2), ["AWSPREVIOUS"]], [token(3), ["AWSCURRENT"]]])),
        (true, json!([[token(1), null], [token(2), ["AWSPREVIOUS"]], [token(3), ["AWSCURRENT"]]])),
    ] {
        let input = json!({ "SecretId": "key", "IncludeDeprecated": deprecated });
        let output = client.secrets("ListSecretVersionIds", input).expect("a list");
        let versions = output["Versions"].as_array().expect("versions");
        assert_eq!(versions[0]["KmsKeyIds"], json!(["DefaultEncryptionKey"]));
        let found: Vec<Value> = versions
            .iter()
            .map(|version| json!([version["VersionId"], version["VersionStages"]]))
            .collect();
        assert_eq!(json!(found), expected);
    }
}

#[test]
fn secrets_are_listed_by_the_beginning_of_their_names() {
    let emulator = emulator();
    for name in ["prod/a", "prod/b", "dev/a", "deleted"] {
        emulator.create_secret("us-east-1", name, Some("hunter2")).expect("a secret");
    }
    emulator.create_secret("eu-west-1", "elsewhere", None).expect("a secret");
    emulator.delete_secret("us-east-1", "deleted").expect("a deletion");
    let mut client = Client::new(&emulator);
    let name = |values: &[&str]| json!({ "Filters": [{ "Key": "name", "Values": values }] });
    for (input, expected) in [
        (json!({}), vec!["dev/a", "prod/a", "prod/b"]),
        (json!({ "IncludePlannedDeletion": true }), vec!["deleted", "dev/a", "prod/a", "prod/b"]),
        (json!({ "SortOrder": "desc" }), vec!["prod/b", "prod/a", "dev/a"]),
        (name(&["prod/"]), vec!["prod/a", "prod/b"]),
        (name(&["prod/b", "dev"]), vec!["dev/a", "prod/b"]),
        (name(&["!prod/"]), vec!["dev/a"]),
    ] {
        let output = client.secrets("ListSecrets", input.clone()).expect("a list");
        assert_eq!(names(&output), expected, "{input}");
    }
    for (input, code, message) in [
        (
            json!({ "Filters": [{ "Key": "tag-key", "Values": ["a"] }] }),
            "ValidationException",
            "The filter tag-key of ListSecrets is not emulated: use name.",
        ),
        (
            json!({ "MaxResults": 101 }),
            "ValidationException",
            "1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: Member must have \
             value less than or equal to 100",
        ),
        (
            json!({ "NextToken": "x" }),
            "InvalidNextTokenException",
            "The NextToken value is invalid.",
        ),
    ] {
        assert_refused(client.secrets("ListSecrets", input), code, message);
    }
}

#[test]
fn a_long_list_comes_in_pages() {
    let emulator = emulator();
    for number in 0..5 {
        emulator.create_secret("us-east-1", &format!("key-{number}"), None).expect("a secret");
    }
    let mut client = Client::new(&emulator);
    let mut input = json!({ "MaxResults": 2 });
    let mut seen = Vec::new();
    loop {
        let output = client.secrets("ListSecrets", input.clone()).expect("a page");
        seen.push(names(&output).into_iter().map(str::to_owned).collect::<Vec<_>>());
        match output.get("NextToken") {
            Some(next) => input["NextToken"] = next.clone(),
            None => break,
        }
    }
    assert_eq!(seen, [vec!["key-0", "key-1"], vec!["key-2", "key-3"], vec!["key-4"]]);
}

fn names(output: &Value) -> Vec<&str> {
    output["SecretList"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|secret| secret["Name"].as_str())
        .collect()
}
