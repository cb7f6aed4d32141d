//! `env-example`: read back by hydrant, and by the env file parser of Python programs.

use std::process::Stdio;

use crate::generate::common::text;
use crate::generate::samples::{texts, toml};
use crate::generate::tools::{printed, python};
use crate::support::Sandbox;

const MANIFEST: &str = "\
version = 1
[secrets.OPENAI_API_KEY]
description = \"OpenAI's key: # and 'quotes'\"
required = false
[secrets.MCP_CLIENT_ID]
arn_var = \"MCP_ARN\"
json_key = \"id\"
[secrets.MCP_CLIENT_SECRET]
arn_var = \"MCP_ARN\"
json_key = \"secret\"
[secrets.TOKEN]
value_parameter = \"/demo/token\"
[secrets.LOG_LEVEL]
default = \"info\"
";

#[test]
fn readers_of_env_files_find_every_variable_without_a_value() {
    let sandbox = Sandbox::new(MANIFEST);
    sandbox.file(".env.example", &text(&sandbox, &["env-example"]));
    let script = "import dotenv, json; print(json.dumps(dotenv.dotenv_values('.env.example', interpolate=False)))";
    let found = printed(python().args(["-c", script]).current_dir(sandbox.path()));
    let found: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&found).expect("JSON");
    let names: Vec<_> = found.keys().map(String::as_str).collect();
    let mut expected = [
        "OPENAI_API_KEY",
        "OPENAI_API_KEY_SECRET_ARN",
        "MCP_CLIENT_ID",
        "MCP_ARN",
        "MCP_CLIENT_SECRET",
        "TOKEN",
        "LOG_LEVEL",
        "LOG_LEVEL_SECRET_ARN",
    ];
    expected.sort_unstable();
    assert_eq!(names, expected);
    assert!(found.values().all(|value| value == ""), "{found:?}");
}

#[test]
fn no_description_ends_its_comment() {
    let texts = texts();
    let entries = texts
        .iter()
        .enumerate()
        .map(|(n, text)| format!("[secrets.E{n}]\ndescription = {}\n", toml(text)));
    let sandbox = Sandbox::new(&format!("version = 1\n{}", entries.collect::<String>()));
    sandbox.file(".env.example", &text(&sandbox, &["env-example"]));
    let script =
        "import dotenv; print(*dotenv.dotenv_values('.env.example', interpolate=False), sep='\\n')";
    let found = printed(python().args(["-c", script]).current_dir(sandbox.path()));
    let expected: String = (0..texts.len()).map(|n| format!("E{n}\nE{n}_SECRET_ARN\n")).collect();
    assert_eq!(found, expected);
    // hydrant's own parser finds no problem, and no value.
    let ran = sandbox.run(["--env-file", ".env.example", "--offline", "plan"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    assert!(!ran.stdout.contains("already set"), "{}", ran.stdout);
}

#[test]
fn a_copy_as_it_is_changes_nothing() {
    let sandbox = Sandbox::new(MANIFEST).env("AWS_REGION", "us-east-1");
    let before = sandbox.run(["plan"]);
    assert_eq!(before.code, Some(0), "{before:?}");
    sandbox.file(".env", &text(&sandbox, &["env-example"]));
    assert_eq!(sandbox.run(["plan"]), before);
    // A shell that sources it sets only empty variables.
    let mut shell = std::process::Command::new("sh");
    let shell = shell
        .args(["-euc", ". ./.env; printf %s \"[$OPENAI_API_KEY$TOKEN]\""])
        .stdin(Stdio::null());
    assert_eq!(printed(shell.current_dir(sandbox.path())), "[]");
}

#[test]
fn what_is_filled_in_counts() {
    let sandbox = Sandbox::new(MANIFEST).env("AWS_REGION", "us-east-1");
    let copy = text(&sandbox, &["env-example"]).replace("\nTOKEN=\n", "\nTOKEN=local\n");
    sandbox.file(".env", &copy);
    sandbox.run(["--only", "TOKEN", "run", "--", "printenv", "TOKEN"]).prints("local\n");
}
