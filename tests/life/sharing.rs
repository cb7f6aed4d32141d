//! Entries that share an ARN variable or a parameter write to one secret: it is created once, each
//! entry is a part of it, and the whole value is not written over a part.

use aws_sdk_ssm::types::ParameterType;
use serde_json::{Value, json};

use crate::life::{STALE, writes};
use crate::support::Sandbox;
use crate::support::aws::{HOME, Server};

on_both! {
    an_import_creates_one_secret
    a_put_creates_the_secret_that_the_next_one_finds
    the_whole_is_not_written_over_a_part
    a_status_shows_one_secret_twice
}

/// Two keys of one JSON secret, whose ARN is in one variable.
const SHARED: &str = "[secrets.CLIENT_ID]\narn_var = \"PREFIX_SECRET_ARN\"\njson_key = \"id\"\n\
                      [secrets.CLIENT_SECRET]\narn_var = \"PREFIX_SECRET_ARN\"\njson_key = \"secret\"\n";

/// The name to create, which is the variable's without its ending.
fn name(server: &Server) -> String {
    server.name("").replace('/', "")
}

/// The ARN and the value of the secret.
#[track_caller]
fn secret(server: &Server) -> (String, Value) {
    let call = server.secrets(HOME).get_secret_value().secret_id(name(server));
    let call = call.version_stage("AWSCURRENT");
    let secret = server.wait(call.send()).expect("the secret");
    let text = secret.secret_string.expect("a text");
    (secret.arn.expect("an ARN"), serde_json::from_str(&text).expect("JSON"))
}

fn an_import_creates_one_secret(server: &Server) {
    let sandbox = server.sandbox(SHARED);
    sandbox.file(".env", "CLIENT_ID=agent-4fA9\nCLIENT_SECRET=s-Q7Hm\n");
    let ran = sandbox.run(["import", "--create", "--replace"]);
    let created = format!("CLIENT_ID, CLIENT_SECRET: created {}, version ", name(server));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.starts_with(&created), "{ran:?}");
    let (arn, value) = secret(server);
    assert_eq!(value, json!({ "id": "agent-4fA9", "secret": "s-Q7Hm" }));
    // Both find it by the one variable.
    let sandbox = sandbox.env(&format!("{}_SECRET_ARN", name(server)), arn.as_str());
    let printed = ["--no-env-file", "run", "--", "sh", "-c", "echo $CLIENT_ID, $CLIENT_SECRET"];
    sandbox.run(printed).prints("agent-4fA9, s-Q7Hm\n");
}

fn a_put_creates_the_secret_that_the_next_one_finds(server: &Server) {
    let sandbox = server.sandbox(SHARED);
    let ran = sandbox.fed(["put", "CLIENT_SECRET", "--create", "--replace"], "s-Q7Hm");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let (arn, value) = secret(server);
    assert_eq!(value, json!({ "secret": "s-Q7Hm" }));
    let sandbox = sandbox.env(&format!("{}_SECRET_ARN", name(server)), arn.as_str());
    let ran = sandbox.fed(["put", "CLIENT_ID", "--create", "--merge"], "agent-4fA9");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), STALE), "{ran:?}");
    assert_eq!(secret(server).1, json!({ "id": "agent-4fA9", "secret": "s-Q7Hm" }));
}

fn the_whole_is_not_written_over_a_part(server: &Server) {
    let arn = server.secret(HOME, "mcp", Some("{\"id\": \"demo\"}"));
    server.parameter(HOME, "mcp", &arn, ParameterType::String);
    for both in ["arn_var = \"MCP_ARN\"\n", "arn_parameter = \"/PREFIX/mcp\"\n"] {
        let manifest = format!("[secrets.WHOLE]\n{both}[secrets.PART]\n{both}json_key = \"id\"\n");
        let sandbox = server.sandbox(&manifest).env("MCP_ARN", arn.as_str());
        sandbox.file(".env", "WHOLE=whole\n");
        let reason = "PART takes a part of the same secret, which the whole value would replace";
        for command in [&["put", "WHOLE"][..], &["import"], &["import", "--only", "WHOLE"]] {
            let ran = sandbox.fed(command, "whole");
            assert_eq!(ran.code, Some(76), "{ran:?}");
            let said = format!("hydrant: error: WHOLE (secrets.toml:2): {reason}; ");
            assert!(ran.stderr.starts_with(&said), "{ran:?}");
            assert!(ran.stderr.contains("hydrant put PART --merge"), "{ran:?}");
        }
        assert_eq!(server.value(HOME, "mcp"), "{\"id\": \"demo\"}");
        // Both are read together.
        let printed = ["--no-env-file", "run", "--", "sh", "-c", "echo $WHOLE $PART"];
        sandbox.run(printed).prints("{\"id\": \"demo\"} demo\n");
    }
}

fn a_status_shows_one_secret_twice(server: &Server) {
    let arn = server.secret(HOME, "mcp", Some("{\"id\": \"demo\"}"));
    server.parameter(HOME, "mcp", &arn, ParameterType::String);
    // The parameter is the first entry's, and holds the reference of both.
    let manifest = "[secrets.A]\narn_var = \"MCP_ARN\"\narn_parameter = \"/PREFIX/mcp\"\njson_key = \"id\"\n\
                    [secrets.B]\narn_var = \"MCP_ARN\"\njson_key = \"secret\"\n";
    let ran = server.sandbox(manifest).run(["--only", "B", "status", "--json"]);
    let status: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(status["entries"][0]["state"], "configured", "{ran:?}");
    let calls = server.calls_of(|| {
        server.sandbox(manifest).run(["status"]);
    });
    let described = calls.map(|calls| {
        calls.iter().filter(|call| call.operation.to_string().contains("DescribeSecret")).count()
    });
    assert!(described.is_none_or(|count| count == 1));
}

#[test]
fn different_names_and_keys_are_a_problem_of_the_manifest() {
    let both = "arn_var = \"X\"\n";
    let manifest = format!(
        "version = 1\n[secrets.A]\n{both}create_name = \"a\"\n[secrets.B]\n{both}create_name = \"b\"\n"
    );
    for command in [&["check"][..], &["run", "--", "true"], &["put", "A"], &["status"]] {
        let ran = Sandbox::new(&manifest).fed(command, "value");
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(65), ""), "{ran:?}");
        let said =
            "entry B: `create_name` differs from the one of `A` (line 4), which shares the secret";
        assert!(ran.stderr.contains(said) && ran.stderr.contains("secrets.toml:7:1"), "{ran:?}");
    }
}

#[test]
fn two_entries_that_are_imported_make_one_call() {
    let server = Server::emulator();
    let sandbox = server.sandbox(SHARED);
    sandbox.file(".env", "CLIENT_ID=agent-4fA9\nCLIENT_SECRET=s-Q7Hm\n");
    let calls = writes(&server, || {
        sandbox.run(["import", "--create"]);
    });
    assert_eq!(calls, ["secretsmanager:CreateSecret"]);
}
