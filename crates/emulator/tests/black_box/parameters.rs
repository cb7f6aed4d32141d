//! Parameter Store.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hydrant_emulator::ParameterType;
use serde_json::{Value, json};

use crate::client::{Client, assert_refused, emulator};

const REGION: &str = "us-east-1";

#[test]
fn parameters_come_in_another_order_and_unknown_ones_separately() {
    let emulator = emulator();
    let arn =
        emulator.put_parameter(REGION, "/z", "zebra", ParameterType::String).expect("a parameter");
    emulator.put_parameter(REGION, "/a", "aardvark", ParameterType::String).expect("a parameter");
    emulator.put_parameter(REGION, "bare", "b", ParameterType::StringList).expect("a parameter");
    assert_eq!(arn, "arn:aws:ssm:us-east-1:123456789012:parameter/z");
    let bare = "arn:aws:ssm:us-east-1:123456789012:parameter/bare";
    let elsewhere = "arn:aws:ssm:eu-west-1:123456789012:parameter/z";
    let names = json!({ "Names": [arn, "/y", bare, "/a", "z", elsewhere, "/y"] });
    let output = Client::new(&emulator).ssm("GetParameters", names).expect("parameters");
    let found: Vec<Value> =
        items(&output).iter().map(|item| json!([item["Name"], item["Value"]])).collect();
    assert_eq!(json!(found), json!([["/a", "aardvark"], ["bare", "b"], ["/z", "zebra"]]));
    assert_eq!(output["InvalidParameters"], json!(["/y", "z", elsewhere]));
    let zebra = &items(&output)[2];
    assert_eq!(
        (&zebra["ARN"], &zebra["Type"], &zebra["Version"]),
        (&json!(arn), &json!("String"), &json!(1))
    );
    assert_eq!((&zebra["DataType"], zebra.get("Selector")), (&json!("text"), None));
    assert!(zebra["LastModifiedDate"].is_f64());
}

#[test]
fn a_version_or_a_label_comes_back_as_a_selector() {
    let emulator = emulator();
    for value in ["one", "two", "three"] {
        emulator.put_parameter(REGION, "/key", value, ParameterType::String).expect("a parameter");
    }
    emulator.label_parameter_version(REGION, "/key", 1, "stable").expect("a label");
    let arn = "arn:aws:ssm:us-east-1:123456789012:parameter/key";
    let mut client = Client::new(&emulator);
    for (id, value, version, selector) in [
        ("/key".to_owned(), "three", 3, Value::Null),
        ("/key:2".to_owned(), "two", 2, json!(":2")),
        ("/key:stable".to_owned(), "one", 1, json!(":stable")),
        (format!("{arn}:2"), "two", 2, json!(":2")),
    ] {
        let single =
            client.ssm("GetParameter", json!({ "Name": id })).expect("a parameter")["Parameter"]
                .clone();
        let many = client.ssm("GetParameters", json!({ "Names": [id] })).expect("parameters");
        assert_eq!(items(&many), std::slice::from_ref(&single));
        assert_eq!((&single["Name"], &single["Value"]), (&json!("/key"), &json!(value)));
        assert_eq!((&single["Version"], &single["Selector"]), (&json!(version), &selector));
    }
    let many = client
        .ssm("GetParameters", json!({ "Names": ["/key:9", "/key:gone", "/key:1", "/key:2"] }));
    let many = many.expect("parameters");
    assert_eq!(
        (items(&many).len(), &many["InvalidParameters"]),
        (2, &json!(["/key:9", "/key:gone"]))
    );
    assert_refused(
        client.ssm("GetParameter", json!({ "Name": "/key:9" })),
        "ParameterVersionNotFound",
        "Systems Manager could not find version 9 of /key. Verify the version and try again.",
    );
    assert_refused(client.ssm("GetParameter", json!({ "Name": "/none" })), "ParameterNotFound", "");
}

#[test]
fn a_call_takes_1_to_10_names() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    let names = |count: usize| (0..count).map(|number| format!("/{number}")).collect::<Vec<_>>();
    client.ssm("GetParameters", json!({ "Names": names(10) })).expect("parameters");
    for (count, bound) in [(0, "greater than or equal to 1"), (11, "less than or equal to 10")] {
        let message = format!(
            "1 validation error detected: Value '[{}]' at 'names' failed to satisfy constraint: Member must have \
             length {bound}",
            names(count).join(", ")
        );
        assert_refused(
            client.ssm("GetParameters", json!({ "Names": names(count) })),
            "ValidationException",
            &message,
        );
    }
}

#[test]
fn a_secure_string_shows_its_value_only_decrypted() {
    let emulator = emulator();
    let value = "hunter2-hunter2";
    emulator
        .put_parameter(REGION, "/key", value, ParameterType::SecureString)
        .expect("a parameter");
    let mut client = Client::new(&emulator);
    let mut read = |input: Value| {
        let parameter =
            client.ssm("GetParameter", input).expect("a parameter")["Parameter"].clone();
        assert_eq!(parameter["Type"], "SecureString");
        parameter["Value"].as_str().expect("a value").to_owned()
    };
    assert_eq!(read(json!({ "Name": "/key", "WithDecryption": true })), value);
    let opaque = read(json!({ "Name": "/key" }));
    assert_eq!(opaque, read(json!({ "Name": "/key", "WithDecryption": false })));
    assert!(opaque.starts_with("AQIC"), "{opaque}");
    let bytes = STANDARD.decode(&opaque).expect("base64");
    assert!(!bytes.windows(value.len()).any(|window| window == value.as_bytes()));
    assert!(!opaque.contains(value) && !opaque.contains(&STANDARD.encode(value)[..12]));
}

#[test]
fn a_parameter_is_put_by_name_and_overwritten_on_request() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    let put = |value: &str, overwrite: bool| {
        let mut input = json!({ "Name": "/a/key", "Type": "String", "Overwrite": overwrite });
        input["Value"] = json!(value);
        input
    };
    assert_eq!(
        client.ssm("PutParameter", put("one", false)),
        Ok(json!({ "Version": 1, "Tier": "Standard" }))
    );
    assert_refused(
        client.ssm("PutParameter", put("two", false)),
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
    );
    assert_eq!(
        client.ssm("PutParameter", put("two", true)),
        Ok(json!({ "Version": 2, "Tier": "Standard" }))
    );
    let untyped = json!({ "Name": "/a/key", "Value": "three", "Overwrite": true });
    assert_eq!(
        client.ssm("PutParameter", untyped),
        Ok(json!({ "Version": 3, "Tier": "Standard" }))
    );
    client.ssm("DeleteParameter", json!({ "Name": "/a/key" })).expect("a deletion");
    assert_refused(
        client.ssm("DeleteParameter", json!({ "Name": "/a/key" })),
        "ParameterNotFound",
        "",
    );
}

#[test]
fn what_a_parameter_may_be() {
    let emulator = emulator();
    let mut client = Client::new(&emulator);
    let name_rule = "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can \
                     consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, \
                     numbers and the following 3 symbols .-_";
    let standard = "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger \
                    parameter value, upgrade the parameter to use the advanced-parameter tier.";
    let advanced = "Advanced tier parameters support a maximum parameter value of 8192 characters.";
    let (small, large) = ("x".repeat(4096), "x".repeat(8192));
    for (name, value, tier, expected) in [
        ("/small", small.as_str(), "Standard", "Standard"),
        ("/large", large.as_str(), "Advanced", "Advanced"),
        ("/smart-small", small.as_str(), "Intelligent-Tiering", "Standard"),
        ("/smart-large", large.as_str(), "Intelligent-Tiering", "Advanced"),
    ] {
        let input = json!({ "Name": name, "Value": value, "Type": "String", "Tier": tier });
        assert_eq!(
            client.ssm("PutParameter", input),
            Ok(json!({ "Version": 1, "Tier": expected })),
            "{name}"
        );
    }
    let arn = "arn:aws:ssm:us-east-1:123456789012:parameter/a";
    for (input, code, message) in [
        (json!({ "Name": arn, "Value": "a", "Type": "String" }), "ValidationException", name_rule),
        (
            json!({ "Name": "/a b", "Value": "a", "Type": "String" }),
            "ValidationException",
            name_rule,
        ),
        (
            json!({ "Name": "/a//b", "Value": "a", "Type": "String" }),
            "ValidationException",
            name_rule,
        ),
        (
            json!({ "Name": "/SSM-a", "Value": "a", "Type": "String" }),
            "ValidationException",
            name_rule,
        ),
        (
            json!({ "Name": "a/b", "Value": "a", "Type": "String" }),
            "ValidationException",
            "Parameter name must be a fully qualified name.",
        ),
        (
            json!({ "Name": "/aws/a", "Value": "a", "Type": "String" }),
            "AccessDeniedException",
            "No access to reserved parameter name: /aws/a.",
        ),
        (
            json!({ "Name": "/a", "Value": "a" }),
            "ValidationException",
            "A parameter type is required when you create a parameter.",
        ),
        (
            json!({ "Name": "/a", "Value": "a", "Type": "Secret" }),
            "ValidationException",
            "1 validation error detected: Value 'Secret' at 'type' failed to satisfy constraint: Member must satisfy \
             enum value set: [String, StringList, SecureString]",
        ),
        (
            json!({ "Name": "/a", "Value": "", "Type": "String" }),
            "ValidationException",
            "1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length \
             greater than or equal to 1",
        ),
        (
            json!({ "Name": "/a", "Value": format!("{small}x"), "Type": "String" }),
            "ValidationException",
            standard,
        ),
        (
            json!({ "Name": "/a", "Value": format!("{large}x"), "Type": "String", "Tier": "Advanced" }),
            "ValidationException",
            advanced,
        ),
        (
            json!({ "Name": "/small", "Value": "a", "Overwrite": true, "Type": "SecureString" }),
            "HierarchyTypeMismatchException",
            "Parameter /small already has another type, and a parameter's type can't be changed.",
        ),
        (
            json!({ "Name": "/large", "Value": "a", "Overwrite": true, "Tier": "Standard" }),
            "ValidationException",
            "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the \
             advanced-parameter tier to the standard-parameter tier.",
        ),
    ] {
        assert_refused(client.ssm("PutParameter", input), code, message);
    }
}

#[test]
fn a_hundred_versions_are_kept_unless_a_label_holds_the_oldest() {
    let emulator = emulator();
    let put = |value: usize| {
        emulator.put_parameter(REGION, "/key", &value.to_string(), ParameterType::String)
    };
    for value in 1..=101 {
        put(value).expect("a version");
    }
    let mut client = Client::new(&emulator);
    for (id, found) in [("/key:1", false), ("/key:2", true), ("/key:101", true)] {
        assert_eq!(client.ssm("GetParameter", json!({ "Name": id })).is_ok(), found, "{id}");
    }
    emulator.label_parameter_version(REGION, "/key", 2, "held").expect("a label");
    let error = put(102).expect_err("a label in the way");
    assert!(error.to_string().starts_with("ParameterMaxVersionLimitExceeded: "), "{error}");
}

#[test]
fn parameters_are_described_without_their_values() {
    let emulator = emulator();
    emulator
        .put_parameter(REGION, "/a/key", "hunter2", ParameterType::SecureString)
        .expect("a parameter");
    emulator
        .put_parameter(REGION, "/a/text", "hunter2", ParameterType::String)
        .expect("a parameter");
    emulator
        .put_parameter(REGION, "/b/text", "hunter2", ParameterType::String)
        .expect("a parameter");
    let mut client = Client::new(&emulator);
    let filter = |key: &str, option: &str, value: &str| {
        let filter = json!({ "Key": key, "Option": option, "Values": [value] });
        json!({ "ParameterFilters": [filter] })
    };
    for (input, expected) in [
        (json!({}), vec!["/a/key", "/a/text", "/b/text"]),
        (filter("Name", "Equals", "/a/key"), vec!["/a/key"]),
        (filter("Name", "Equals", "/a"), vec![]),
        (filter("Name", "BeginsWith", "/a/"), vec!["/a/key", "/a/text"]),
        (filter("Type", "Equals", "String"), vec!["/a/text", "/b/text"]),
    ] {
        let reply = client.send("AmazonSSM.DescribeParameters", &input.to_string());
        assert!(!reply.text.contains("hunter2"));
        let output = reply.result().expect("parameters");
        let names: Vec<&str> =
            items(&output).iter().filter_map(|item| item["Name"].as_str()).collect();
        assert_eq!(names, expected, "{input}");
    }
    let output =
        client.ssm("DescribeParameters", filter("Name", "Equals", "/a/key")).expect("parameters");
    let parameter = &items(&output)[0];
    assert_eq!(
        (&parameter["KeyId"], &parameter["Tier"]),
        (&json!("alias/aws/ssm"), &json!("Standard"))
    );
    assert_eq!((&parameter["Type"], &parameter["Version"]), (&json!("SecureString"), &json!(1)));
    let put =
        json!({ "Name": "/a/key", "Value": "hunter3", "Overwrite": true, "KeyId": "alias/mine" });
    assert_eq!(client.ssm("PutParameter", put), Ok(json!({ "Version": 2, "Tier": "Standard" })));
    let output =
        client.ssm("DescribeParameters", filter("Name", "Equals", "/a/key")).expect("parameters");
    let changed = &items(&output)[0];
    assert_eq!((&changed["KeyId"], &changed["Version"]), (&json!("alias/mine"), &json!(2)));
    assert!(changed["LastModifiedDate"].as_f64() >= parameter["LastModifiedDate"].as_f64());
    assert!(parameter["LastModifiedDate"].is_f64());

    let page = client.ssm("DescribeParameters", json!({ "MaxResults": 2 })).expect("a page");
    let rest = client
        .ssm("DescribeParameters", json!({ "NextToken": page["NextToken"] }))
        .expect("the rest");
    assert_eq!((items(&page).len(), items(&rest).len()), (2, 1));
    let (code, _) = client
        .ssm("DescribeParameters", filter("Path", "Equals", "/a"))
        .expect_err("an unknown key");
    assert_eq!(code, "InvalidFilterKey");
}

#[test]
fn a_parameter_of_another_account_is_found_by_its_arn_alone() {
    let emulator = emulator();
    let arn = "arn:aws:ssm:us-east-1:999999999999:parameter/shared/key";
    assert_eq!(
        emulator.put_parameter_with_arn(arn, "one", ParameterType::String).ok().as_deref(),
        Some(arn)
    );
    let output =
        Client::new(&emulator).ssm("GetParameters", json!({ "Names": [arn, "/shared/key"] }));
    let output = output.expect("parameters");
    assert_eq!((items(&output).len(), &output["InvalidParameters"]), (1, &json!(["/shared/key"])));
    let error = emulator
        .put_parameter_with_arn("/shared/key", "one", ParameterType::String)
        .expect_err("a name");
    assert_eq!(error.to_string(), "not the ARN of a parameter");
}

fn items(output: &Value) -> &[Value] {
    output["Parameters"].as_array().expect("a list")
}
