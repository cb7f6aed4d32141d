//! Which part of a value is taken, and why none is.

use super::*;

/// The part of a value that a selector takes, or why there is none.
fn take(value: &str, selector: &Selector) -> Result<String, Reason> {
    let value = SecretValue::from(value);
    part(&value, &mut None, selector).map(|part| part.expose().to_owned())
}

fn key(key: &str) -> Selector {
    Selector::Key(key.to_owned())
}

fn pointer(pointer: &str) -> Selector {
    Selector::Pointer(pointer.to_owned())
}

fn check(value: &str, selector: Selector, expected: &str) {
    assert_eq!(take(value, &selector).as_deref(), Ok(expected), "{value} {selector:?}");
}

/// The message and the hint if there is no value.
fn check_absent(value: &str, selector: Selector, message: &str, hint: &str) {
    let reason = take(value, &selector).unwrap_err();
    assert_eq!(reason.to_string(), message, "{value} {selector:?}");
    assert_eq!(reason.hint("KEY", "it").as_deref(), Some(hint), "{value} {selector:?}");
}

#[test]
fn raw_values_are_taken_whole() {
    for value in ["sk-test-1", " sk-test\n", "{\"a\": 1}", "null", "12.50", "ünïcode \u{0}"] {
        check(value, Selector::Raw, value);
    }
    assert_eq!(take("", &Selector::Raw), Err(Reason::Empty));
}

#[test]
fn keys_are_literal_and_strings_come_out_as_they_are() {
    check(r#"{"a.b": "1", "a": {"b": "2"}}"#, key("a.b"), "1");
    check(r#"{"api-key": "sk-test", "api_key": "other"}"#, key("api-key"), "sk-test");
    check(r#"{"": "sk-test"}"#, key(""), "sk-test");
    check(r#"{"/a": "sk-test"}"#, key("/a"), "sk-test");
    check(
        r#"{"a": "line\n\"quoted\" \u00fc \ud83d\ude00 \\"}"#,
        key("a"),
        "line\n\"quoted\" ü 😀 \\",
    );
    check(r#"{"\u0061": "sk-test"}"#, key("a"), "sk-test");
    check(" {\"a\" : \"sk-test\"}\n", key("a"), "sk-test");
    // Of duplicate keys the last one counts.
    check(r#"{"a": "1", "a": "2"}"#, key("a"), "2");
    check(r#"{"a": "null"}"#, key("a"), "null");
    assert_eq!(take(r#"{"a": ""}"#, &key("a")), Err(Reason::Empty));
}

#[test]
fn everything_else_comes_out_as_it_is_written() {
    let long = "7".repeat(400);
    for json in [
        "12345678901234567890",
        "1.10",
        "-0",
        "1E400",
        &long,
        "true",
        "false",
        "[1, 2]",
        "{ \"b\":1.0 }",
        "{}",
    ] {
        check(&format!("{{\"a\": {json} }}"), key("a"), json);
        check(&format!("[0, {json} ]"), pointer("/1"), json);
    }
}

#[test]
fn pointers_lead_into_objects_and_arrays() {
    let value = r#"{"a": {"b": [10, {"c/d": "sk-test", "e~f": 2, "": 3}]}, "0": "zero"}"#;
    check(value, pointer("/a/b/1/c~1d"), "sk-test");
    check(value, pointer("/a/b/1/e~0f"), "2");
    check(value, pointer("/a/b/1/"), "3");
    check(value, pointer("/a/b/0"), "10");
    check(value, pointer("/0"), "zero");
    // RFC 6901: `~01` is `~1`.
    check(r#"{"~1": "sk-test"}"#, pointer("/~01"), "sk-test");
}

#[test]
fn what_is_not_there_is_explained() {
    let value = r#"{"MCP_CLIENT_SECRET": "sk-test-1", "MCP_CLIENT_ID": "sk-test-2"}"#;
    check_absent(
        value,
        key("clientId"),
        r#"the JSON object has no key "clientId"; it has "MCP_CLIENT_ID", "MCP_CLIENT_SECRET""#,
        r#"did you mean json_key = "MCP_CLIENT_ID"?"#,
    );
    let add = "correct json_key, or add the key to the secret";
    check_absent("{}", key("a"), r#"the JSON object has no key "a"; it has none"#, add);
    check_absent(
        r#"{"a\u001b[2J": 1}"#,
        key("b"),
        r#"the JSON object has no key "b"; it has "a\u{1b}[2J""#,
        add,
    );
    check_absent(
        r#"{"a": null}"#,
        key("a"),
        r#"the key "a" of the JSON object is null"#,
        "give the key a value in the secret",
    );
    let many: Vec<_> = (0..25).map(|index| format!("\"k{index:02}\": 1")).collect();
    let reason = take(&format!("{{{}}}", many.join(",")), &key("x")).unwrap_err();
    assert!(reason.to_string().ends_with("\"k19\" and 5 more"), "{reason}");

    let value = r#"{"a": {"client_id": 1, "c/d": 2}, "items": [1, 2], "n": null}"#;
    check_absent(
        value,
        pointer("/a/clientId"),
        r#"the JSON value has nothing at "/a/clientId"; it has "/a/c~1d", "/a/client_id""#,
        r#"did you mean json_pointer = "/a/client_id"?"#,
    );
    let correct = "correct json_pointer, or add what it points to";
    for token in ["2", "01", "-", "-1", "+1", "1e0", "", "18446744073709551616"] {
        let message = format!(
            "the JSON value has nothing at \"/items/{token}\"; it has \"/items/0\", \"/items/1\""
        );
        check_absent(value, pointer(&format!("/items/{token}")), &message, correct);
    }
    check_absent(
        value,
        pointer("/n"),
        "the JSON value at \"/n\" is null",
        "give it a value in the secret",
    );
}

#[test]
fn what_cannot_be_used_is_told_from_what_is_not_there() {
    fn check(value: &str, selector: Selector, expected: &str) {
        let reason = take(value, &selector).unwrap_err();
        assert_eq!(
            (reason.word(), reason.class()),
            (expected, crate::reason::Class::Failed),
            "{value}"
        );
        assert!(!format!("{reason:?} {reason}").contains("sk-test"), "{reason:?}");
    }
    for value in [
        "sk-test",
        "{sk-test",
        "{\"a\": \"sk-test\"",
        "{\"a\": 1} sk-test",
        "\u{feff}{}",
        "{'a': 1}",
        "",
    ] {
        check(value, key("a"), "not_json");
        check(value, pointer("/a"), "not_json");
    }
    for value in ["[\"sk-test\"]", "\"sk-test\"", "12", "null"] {
        check(value, key("a"), "not_an_object");
    }
    check("{\"a\": \"sk-test\"}", pointer("/a/b"), "not_an_object");
    // Half of a surrogate pair is not valid Unicode. Elsewhere in the object it does not matter.
    check(r#"{"a": "sk-test\ud800"}"#, key("a"), "bad_json_string");
    check(r#"{"a": "sk-test\udc00\ud800"}"#, pointer("/a"), "bad_json_string");
    check(r#"{"\ud800": "sk-test", "a": 1}"#, key("a"), "bad_json_string");
    assert_eq!(take(r#"{"b": "\ud800", "a": "sk-test"}"#, &key("a")).as_deref(), Ok("sk-test"));
}

#[test]
fn depth_costs_nothing() {
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    check(&format!("{{\"a\": {deep}, \"b\": \"sk-test\"}}"), key("b"), "sk-test");
    check(&format!("{{\"a\": {deep}}}"), key("a"), &deep);
    check(&format!("{{\"a\": {deep}}}"), pointer("/a/0"), &deep[1..deep.len() - 1]);
    let objects = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    check(&objects, pointer("/a/a/a/a"), &objects[20..objects.len() - 4]);
    let unclosed = "[".repeat(10_000);
    assert_eq!(take(&unclosed, &key("a")).unwrap_err().word(), "not_json");
}
