//! `hydrant plan`: what would be read, from where, in how many calls, without making any.

use hydrant_emulator::Emulator;
use serde_json::{Value, json};

use crate::support::Sandbox;

const ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:demo/arn-AbCdEf";

const EVERY_STEP: &str = r#"version = 1

[secrets.KEPT]
[secrets.KEPT_BY_FILE]
[secrets.BY_VARIABLE]
[secrets.BY_HIDDEN_NAME]
[secrets.BY_PARAMETER]
arn_parameter = "/demo/arn"
json_key = "api_key"
[secrets.BY_PARAMETER_OR_NAME]
arn_parameter = "/demo/other-arn"
secret_id = "demo/name"
[secrets.BY_NAME]
secret_id = "demo/name"
json_pointer = "/nested/key"
version_stage = "AWSPREVIOUS"
[secrets.BY_VALUE]
value_parameter = "/demo/value"
required = false
[secrets.FAILS]
[secrets.SKIPPED]
required = false
[secrets.DEFAULTED]
default = "none"
[secrets.PASTED]
required = false
"#;

fn sandbox(emulator: &Emulator) -> Sandbox {
    let sandbox = Sandbox::new(EVERY_STEP)
        .with(emulator)
        .env("KEPT", "sk-canary")
        .env("BY_VARIABLE_SECRET_ARN", format!("{ARN}:key::"))
        .env("BY_HIDDEN_NAME_SECRET_ARN", "canary-name")
        .env("PASTED_SECRET_ARN", "sk canary");
    sandbox.file(".env", "KEPT_BY_FILE=sk-canary\n");
    sandbox
}

#[test]
fn every_step_as_text() {
    let emulator = Emulator::start().unwrap();
    sandbox(&emulator).run(["plan"]).prints(&format!(
        "secrets.toml: 12 entries
  KEPT                  required  keep     already set in the environment
  KEPT_BY_FILE          required  keep     already set in the env file
  BY_VARIABLE           required  read     {ARN}, JSON key \"key\"
  BY_HIDDEN_NAME        required  read     the secret that BY_HIDDEN_NAME_SECRET_ARN names
  BY_PARAMETER          required  read     the secret that parameter /demo/arn names, JSON key \"api_key\"
  BY_PARAMETER_OR_NAME  required  read     the secret that parameter /demo/other-arn names, else demo/name
  BY_NAME               required  read     demo/name at version stage AWSPREVIOUS, JSON pointer \"/nested/key\"
  BY_VALUE              optional  read     parameter /demo/value
  FAILS                 required  fail     no reference to its secret: FAILS_SECRET_ARN is not set
  SKIPPED               optional  skip     no reference to its secret: SKIPPED_SECRET_ARN is not set
  DEFAULTED             optional  default  no reference to its secret: DEFAULTED_SECRET_ARN is not set
  PASTED                optional  fail     PASTED_SECRET_ARN does not hold a valid reference: character 3 is not allowed in a secret name
calls: 2 to Parameter Store, at most 3 to Secrets Manager
"
    ));
    assert_eq!(emulator.connections(), 0, "a plan asks no one");
}

#[test]
fn as_json() {
    let emulator = Emulator::start().unwrap();
    let ran =
        sandbox(&emulator).run(["--only", "KEPT,BY_PARAMETER_OR_NAME,BY_NAME", "plan", "--json"]);
    assert_eq!((ran.code, ran.stderr.as_str(), emulator.connections()), (Some(0), "", 0));
    let entry = |variable: &str, line: usize, own: Value| {
        let mut entry = json!({
            "variable": variable, "line": line, "description": null, "required": true, "action": "read",
            "arn_parameter": null, "reference": null, "json_key": null, "json_pointer": null, "why": null,
        });
        entry.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        entry
    };
    let expected = json!({
        "manifest": "secrets.toml",
        "entries": [
            entry("KEPT", 3, json!({ "action": "keep", "why": "already set in the environment" })),
            entry("BY_PARAMETER_OR_NAME", 10, json!({ "arn_parameter": "/demo/other-arn", "reference": "demo/name" })),
            entry("BY_NAME", 13, json!({
                "reference": "demo/name at version stage AWSPREVIOUS", "json_pointer": "/nested/key"
            })),
        ],
        "calls": { "get_parameters": 1, "secrets_at_most": 2 },
    });
    assert_eq!(serde_json::from_str::<Value>(&ran.stdout).unwrap(), expected);
}

#[test]
fn ignore_set_plans_what_a_deployment_would_read() {
    let manifest = "version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\n";
    let sandbox = Sandbox::new(manifest).env("KEY", "own");
    let calls = |secrets| format!("calls: 0 to Parameter Store, {secrets} to Secrets Manager\n");
    let kept = "secrets.toml: 1 entry\n  KEY  required  keep  already set in the environment\n";
    sandbox.run(["plan"]).prints(&format!("{kept}{}", calls(0)));
    let read = "secrets.toml: 1 entry\n  KEY  required  read  demo/key\n";
    sandbox.run(["--ignore-set", "plan"]).prints(&format!("{read}{}", calls(1)));
    let sandbox = sandbox.env("KEY", "");
    let offline = "secrets.toml: 1 entry\n  KEY  required  fail  not set locally, and AWS is not called (offline)\n";
    sandbox.run(["--offline", "plan"]).prints(&format!("{offline}{}", calls(0)));
}

#[test]
fn ten_keys_of_one_secret_are_one_call_and_fifty_secrets_three() {
    let entries = |count: usize, line: fn(usize) -> String| -> String {
        (0..count).map(|number| format!("[secrets.V{number}]\n{}\n", line(number))).collect()
    };
    let last = |manifest: String| {
        let ran = Sandbox::new(&format!("version = 1\n{manifest}")).run(["plan"]);
        ran.stdout.lines().last().unwrap().to_owned()
    };
    let one = entries(10, |number| format!("secret_id = \"demo/one\"\njson_key = \"k{number}\""));
    assert_eq!(last(one), "calls: 0 to Parameter Store, 1 to Secrets Manager");
    let fifty = entries(50, |number| format!("secret_id = \"demo/s{number}\""));
    assert_eq!(last(fifty.clone()), "calls: 0 to Parameter Store, 3 to Secrets Manager");
    let never = format!("[settings]\nbatch = \"never\"\n{fifty}");
    assert_eq!(last(never), "calls: 0 to Parameter Store, 50 to Secrets Manager");
}
