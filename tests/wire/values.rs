//! Possible values: raw, JSON, bytes, every character, and the longest.

use aws_sdk_secretsmanager::primitives::Blob;

use crate::support::aws::{HOME, Server};

on_both! {
    json_keys_come_out_lossless
    a_pointer_reaches_into_nested_values
    a_wrong_key_is_explained
    values_of_every_kind_of_character
    the_longest_value
    bytes_that_are_text
    bytes_that_are_no_text
}

const PRINT: [&str; 4] = ["run", "--", "printenv", "KEY"];

const DOCUMENT: &str = r#"{"text": "a \"quoted\"\nline", "big": 12345678901234567890123, "exact": 1.10, "huge": 1e400,
    "yes": true, "list": [1,  2], "dotted.key-1": "dots", "inner": {"list": [{"id": "x"}, {"id": 7}], "a/b": "slash"}}"#;

fn json_keys_come_out_lossless(server: &Server) {
    server.secret(HOME, "json", Some(DOCUMENT));
    let check = |key: &str, expected: &str| {
        let manifest =
            format!("[secrets.KEY]\nsecret_id = \"PREFIX/json\"\njson_key = \"{key}\"\n");
        server.sandbox(&manifest).run(PRINT).prints(&format!("{expected}\n"));
    };
    check("text", "a \"quoted\"\nline");
    check("big", "12345678901234567890123");
    check("exact", "1.10");
    check("huge", "1e400");
    check("yes", "true");
    check("list", "[1,  2]");
    check("dotted.key-1", "dots");
    server
        .sandbox("[secrets.KEY]\nsecret_id = \"PREFIX/json\"\n")
        .run(PRINT)
        .prints(&format!("{DOCUMENT}\n"));
}

fn a_pointer_reaches_into_nested_values(server: &Server) {
    server.secret(HOME, "json", Some(DOCUMENT));
    let check = |pointer: &str, expected: &str| {
        let manifest =
            format!("[secrets.KEY]\nsecret_id = \"PREFIX/json\"\njson_pointer = \"{pointer}\"\n");
        server.sandbox(&manifest).run(PRINT).prints(&format!("{expected}\n"));
    };
    check("/inner/list/1/id", "7");
    check("/inner/a~1b", "slash");
    check("/inner/list/0", r#"{"id": "x"}"#);
}

fn a_wrong_key_is_explained(server: &Server) {
    let arn = server.secret(HOME, "json", Some(r#"{"clientId": "one", "clientSecret": "two"}"#));
    let sandbox = server.sandbox("[secrets.MCP_CLIENT_ID]\njson_key = \"client_id\"\n");
    sandbox.env("MCP_CLIENT_ID_SECRET_ARN", &arn).run(["run", "--", "true"]).is(
        66,
        "",
        &format!(
            "hydrant: error: MCP_CLIENT_ID (secrets.toml:2): the JSON object has no key \"client_id\"; it has \
             \"clientId\", \"clientSecret\" (in {arn})\n  hint: did you mean json_key = \"clientId\"?\n"
        ),
    );
}

fn values_of_every_kind_of_character(server: &Server) {
    let values = [
        "two\nlines\n",
        "\r\n\ttabs ",
        r#"it's "quoted" \n \\ `date` $HOME ${HOME} %PATH%"#,
        "ключ 鍵 🔑 e\u{301}",
        "-----BEGIN KEY-----\nMIIE+/=\n-----END KEY-----\n",
        " ",
    ];
    for (index, value) in values.iter().enumerate() {
        server.secret(HOME, &format!("value{index}"), Some(value));
        let manifest = format!("[secrets.KEY]\nsecret_id = \"PREFIX/value{index}\"\n");
        server.sandbox(&manifest).run(PRINT).prints(&format!("{value}\n"));
    }
}

/// The limit is 65,536 characters for AWS, and 131,072 bytes for a variable in Linux.
fn the_longest_value(server: &Server) {
    let long = "x".repeat(65_536);
    server.secret(HOME, "long", Some(&long));
    server
        .sandbox("[secrets.KEY]\nsecret_id = \"PREFIX/long\"\n")
        .run(PRINT)
        .prints(&format!("{long}\n"));
}

fn bytes(server: &Server, value: &[u8]) {
    let call = server
        .secrets(HOME)
        .create_secret()
        .name(server.name("bytes"))
        .secret_binary(Blob::new(value));
    server.wait(call.send()).expect("CreateSecret");
}

fn bytes_that_are_text(server: &Server) {
    bytes(server, "{\"key\": \"schlüssel\"}".as_bytes());
    let manifest = "[secrets.KEY]\nsecret_id = \"PREFIX/bytes\"\njson_key = \"key\"\n";
    server.sandbox(manifest).run(PRINT).prints("schlüssel\n");
}

fn bytes_that_are_no_text(server: &Server) {
    bytes(server, b"\xff\xfe\x00key");
    let said = format!("the secret holds bytes that are not UTF-8: {}", server.name("bytes"));
    let hint = "\n  hint: store the value as SecretString\n";
    let required = server.sandbox("[secrets.KEY]\nsecret_id = \"PREFIX/bytes\"\n");
    required.run(["run", "--", "echo", "started"]).is(
        76,
        "",
        &format!("hydrant: error: KEY (secrets.toml:2): {said}{hint}"),
    );
    let optional =
        server.sandbox("[secrets.KEY]\nsecret_id = \"PREFIX/bytes\"\nrequired = false\n");
    let ran = optional.run(["run", "--", "echo", "started"]);
    ran.is(
        0,
        "started\n",
        &format!("hydrant: warning: KEY (secrets.toml:2): failed: {said}{hint}"),
    );
}
