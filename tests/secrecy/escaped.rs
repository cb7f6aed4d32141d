//! Text from outside controls neither a terminal nor a CI runner: it is escaped once, where it is
//! printed.

use hydrant_emulator::{Emulator, Fault, Operation};
use serde_json::{Value, json};

use crate::support::Sandbox;

/// A workflow command of GitHub Actions, a terminal's title, text direction, and invisible line
/// ends.
const LABEL: &str =
    "x\n::error title=pwn::y\u{1b}]0;T\u{7}\u{202e}\u{200b}\u{2028}\u{9b}2J ##[error]z";

const MANIFEST: &str = "version = 1\n[secrets.A]\nsecret_id = \"demo/a\"\n";

/// No control characters, and no line that is a command.
#[track_caller]
fn is_harmless(bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).expect("UTF-8");
    let steers = |char: char| {
        char != '\n' && (char.is_control() || "\u{202e}\u{200b}\u{2028}\u{2029}".contains(char))
    };
    assert!(!text.contains(steers), "{text:?}");
    assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{text}");
    assert!(!text.contains("##[") && !text.contains("##vso["), "{text}");
}

fn answering(operation: Operation, body: Value) -> (Emulator, Sandbox) {
    let emulator = Emulator::start().expect("an emulator");
    let arn = emulator.create_secret("us-east-1", "demo/a", Some("value")).expect("a secret");
    let mut body = body;
    body["ARN"] = json!(arn);
    body["Name"] = json!("demo/a");
    emulator.fault(Some(operation), Fault::Body(body.to_string()), usize::MAX);
    let sandbox = Sandbox::new(MANIFEST).with(&emulator);
    (emulator, sandbox)
}

#[test]
fn a_staging_label_is_escaped_in_a_table_and_in_json() {
    let id = "4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab";
    let (_emulator, sandbox) = answering(
        Operation::ListSecretVersionIds,
        json!({ "Versions": [{ "VersionId": id, "VersionStages": [LABEL, "AWSCURRENT"] }] }),
    );
    let output = sandbox.command(["history", "A"]).output().expect("it starts");
    is_harmless(&output.stdout);
    let shown = String::from_utf8(output.stdout).expect("UTF-8");
    let expected = "x\\n::error title=pwn::y\\u{1b}]0;T\\u{7}\\u{202e}\\u{200b}\\u{2028}\\u{9b}2J #\\u{23}[error]z";
    assert!(shown.contains(expected), "{shown}");
    let output = sandbox.command(["history", "A", "--json"]).output().expect("it starts");
    is_harmless(&output.stdout);
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let stages = json["versions"][0]["stages"].as_array().expect("stages");
    assert!(stages.contains(&json!(LABEL)), "JSON loses nothing: {json}");
}

#[test]
fn a_message_of_awss_is_escaped_in_both_logs() {
    for format in ["text", "json"] {
        let emulator = Emulator::start().expect("an emulator");
        emulator.create_secret("us-east-1", "demo/a", Some("value")).expect("a secret");
        emulator.refuse(Operation::GetSecretValue, "AccessDeniedException", LABEL);
        let sandbox = Sandbox::new(MANIFEST).with(&emulator);
        let output = sandbox
            .command(["--log-format", format, "-vvv", "run", "--", "true"])
            .output()
            .expect("it starts");
        is_harmless(&output.stderr);
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(said.contains("AccessDeniedException") && said.contains("title=pwn"), "{said}");
        if format == "json" {
            said.lines().for_each(|line| drop(serde_json::from_str::<Value>(line).expect("JSON")));
        }
    }
}

#[test]
fn names_of_files_and_of_the_manifest_are_escaped() {
    let hostile = "::error::\u{1b}[2J\u{202e}.toml";
    let sandbox = Sandbox::empty();
    sandbox.file(hostile, MANIFEST);
    sandbox.file("wrong.toml", "version = 1\n[secrets.A]\n\"\u{202e}\u{200b}##[error]\" = 1\n");
    sandbox.file(
        "policy.json",
        &json!({ "Statement": [{ "Sid": LABEL, "Effect": "Allow", "Action": LABEL, "Resource": LABEL }] }).to_string(),
    );
    let runs: [&[&str]; 8] = [
        &["--manifest", hostile, "check"],
        &["--manifest", hostile, "check", "--json"],
        &["--manifest", hostile, "plan"],
        &["--manifest", hostile, "generate", "env-example"],
        &["--manifest", hostile, "generate", "env-example", "--check", hostile],
        &["--manifest", hostile, "policy", "--region", "us-east-1", "--check", "policy.json"],
        &["--manifest", "wrong.toml", "check"],
        &["--manifest", "wrong.toml", "--log-format", "json", "check", "--json"],
    ];
    for args in runs {
        let output = sandbox.command(args).output().expect("it starts");
        is_harmless(&output.stdout);
        is_harmless(&output.stderr);
        assert!(
            output.status.code().is_some_and(|code| [0, 1, 65].contains(&code)),
            "{args:?}: {output:?}"
        );
    }
}

/// Generated text is shown in a job where its output goes nowhere else.
#[test]
fn texts_of_a_manifest_are_escaped_in_what_is_generated() {
    let label = json!(format!("{LABEL} ##vso[task.x]y \"##[error]\"")).to_string();
    let plain = json!("##[error]x ##vso[task.x]y").to_string();
    let sandbox = Sandbox::new(&format!(
        "version = 1\n[secrets.A]\nsecret_id = \"demo/a\"\ndescription = {label}\njson_key = {plain}\n\
         [secrets.B]\nsecret_id = \"demo/b\"\ndescription = {plain}\ndefault = {plain}\n"
    ));
    let runs: [&[&str]; 11] = [
        &["terraform"],
        &["cloudformation"],
        &["cdk"],
        &["ecs", "--", "server", "##[error]x"],
        &["ecs", "--inject", "--account", "123456789012"],
        &["kubernetes"],
        &["kubernetes", "--run", "--", "server", "##vso[task.x]y"],
        &["github-actions", "--", "server", "##[error]x"],
        &["env-example"],
        &["terraform", "--check", "empty"],
        &["kubernetes", "--check", "empty"],
    ];
    sandbox.file("empty", "");
    for args in runs {
        let region = ["--only", "A,B", "generate"];
        let output = sandbox
            .command(region.iter().chain(args))
            .env("AWS_REGION", "us-east-1")
            .output()
            .expect("it starts");
        is_harmless(&output.stdout);
        is_harmless(&output.stderr);
        let fine = if args.contains(&"--check") { 1 } else { 0 };
        assert!(
            output.status.code() == Some(fine) || args.contains(&"--inject"),
            "{args:?}: {output:?}"
        );
    }
}

#[test]
fn whom_a_record_is_for_is_escaped_in_it() {
    let emulator = Emulator::start().expect("an emulator");
    emulator.create_secret("us-east-1", "demo/a", Some("value")).expect("a secret");
    let sandbox = Sandbox::new(MANIFEST).with(&emulator);
    let actor = format!("{LABEL} ##vso[task.x]y");
    for actor in [&actor, "sk-proj-qX7vB2nM9kL4jH8gT5dW3zR6"] {
        let ran =
            sandbox.run(["--audit-log", "audit.jsonl", "--actor", actor, "run", "--", "true"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    let records = std::fs::read(sandbox.path().join("audit.jsonl")).expect("records");
    is_harmless(&records);
    let records = String::from_utf8(records).expect("UTF-8");
    let actors: Vec<Value> = records
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["actor"].clone())
        .collect();
    let hidden = "(not shown: it looks like a key)";
    assert_eq!(actors, [&actor, &actor, hidden, hidden], "{records}");
}
