//! `hydrant check`: every problem of a manifest at once, and with `--live` its state in AWS.

use hydrant_emulator::{Emulator, Operation, ParameterType};
use serde_json::{Value, json};

use crate::support::Sandbox;

const FIVE_MISTAKES: &str = r#"version = 1
[secrets.A]
arn_vr = "X"
[secrets."B-1"]
[secrets.C]
required = true
default = "x"
[secrets.D]
json_key = "a"
json_pointer = "/a"
[profiles.prod.secrets.Z]
required = false
"#;

const FIVE_MESSAGES: &str = "\
hydrant: error: secrets.toml:3:1: entry A: unknown key `arn_vr`
  hint: did you mean `arn_var`?
hydrant: error: secrets.toml:4:10: entry `B-1`: the name is not a valid environment variable name
  hint: use letters, digits and `_`, and do not start with a digit
hydrant: error: secrets.toml:7:1: entry C: `required = true` and `default` cannot be used together
  hint: remove one of them: an entry with a `default` is optional
hydrant: error: secrets.toml:10:1: entry D: `json_key` and `json_pointer` cannot be used together
  hint: remove one of them
hydrant: error: secrets.toml:11:24: profile prod, entry Z: there is no such entry
  hint: add the entry to [secrets] first
";

#[test]
fn a_sound_manifest() {
    let sandbox = Sandbox::new("version = 1\n[secrets.KEY]\ndescription = \"the key\"\n");
    sandbox.run(["check"]).prints("secrets.toml: 1 entry, no problems\n");
    let ran = sandbox.run(["check", "--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let entry = json!({ "variable": "KEY", "line": 2, "description": "the key", "required": true });
    assert_eq!(
        serde_json::from_str::<Value>(&ran.stdout).unwrap(),
        json!({ "manifest": "secrets.toml", "entries": [entry], "problems": [] })
    );
}

#[test]
fn five_mistakes_are_five_problems_each_with_its_line() {
    let sandbox = Sandbox::new(FIVE_MISTAKES);
    sandbox.run(["check"]).is(65, "", FIVE_MESSAGES);
    sandbox.run(["run", "--", "true"]).is(65, "", FIVE_MESSAGES);
    let ran = sandbox.run(["check", "--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(65), FIVE_MESSAGES));
    let said: Value = serde_json::from_str(&ran.stdout).unwrap();
    let lines: Vec<_> = said["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["line"].clone())
        .collect();
    assert_eq!(lines, [3, 4, 7, 10, 11]);
    assert_eq!(said["manifest"], "secrets.toml");
    let first = &said["problems"][0];
    let expected = json!({
        "line": 3, "column": 1, "message": "entry A: unknown key `arn_vr`", "hint": "did you mean `arn_var`?"
    });
    assert_eq!(first, &expected);
}

#[test]
fn every_profile_is_checked_unless_one_is_chosen() {
    let sandbox = Sandbox::new(
        "version = 1\n[secrets.KEY]\nsecret_id = \"${org}/key\"\n\
         [profiles.dev.secrets.KEY]\nsecret_id = \"${team}/key\"\n[profiles.prod.secrets.KEY]\nrequired = false\n",
    );
    let org = "hydrant: error: secrets.toml:3:13: entry KEY: `secret_id` uses `${org}`, which is not set\n  \
               hint: set it in [vars], with --var org=…, or as HYDRANT_VAR_org\n";
    let team = "hydrant: error: secrets.toml:5:13: entry KEY: `secret_id` uses `${team}`, which is not set\n  \
                hint: set it in [vars], with --var team=…, or as HYDRANT_VAR_team\n";
    sandbox.run(["check"]).is(65, "", &format!("{org}{team}"));
    sandbox.run(["--profile", "prod", "check"]).is(65, "", org);
    sandbox
        .run(["--var", "team=a", "--profile", "dev", "check"])
        .prints("secrets.toml: 1 entry, no problems\n");
    sandbox
        .run(["--var", "team=a", "--var", "org=b", "check"])
        .prints("secrets.toml: 1 entry, no problems\n");
    let sandbox = sandbox.env("HYDRANT_PROFILE", "dev").env("HYDRANT_VAR_team", "a");
    sandbox.run(["check"]).prints("secrets.toml: 1 entry, no problems\n");
}

#[test]
fn what_is_not_set_is_data_as_json_too() {
    let sandbox = Sandbox::new("version = 1\n[secrets.KEY]\nsecret_id = \"${org}/key\"\n");
    let ran = sandbox.run(["check", "--json"]);
    assert_eq!(ran.code, Some(65));
    let said: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(said["problems"][0]["line"], 3);
    assert_eq!(
        said["problems"][0]["message"],
        "entry KEY: `secret_id` uses `${org}`, which is not set"
    );
    assert_eq!(said["problems"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_manifest_or_env_file_that_is_not_there() {
    let sandbox = Sandbox::empty();
    sandbox.run(["--manifest", "no.toml", "check"]).is(
        74,
        "",
        "hydrant: error: there is no manifest no.toml\n  \
         hint: name it with --manifest PATH or HYDRANT_MANIFEST, or write one: hydrant init\n",
    );
    let stderr = "hydrant: error: failed to read the manifest .: it is a directory\n";
    sandbox.run(["--manifest", ".", "check"]).is(74, "", stderr);
    sandbox.file("secrets.toml", "version = 1\n[secrets.KEY]\n");
    let stderr = "hydrant: error: failed to read the env file no.env: No such file or directory (os error 2)\n";
    sandbox.run(["--env-file", "no.env", "check"]).is(74, "", stderr);
}

#[test]
fn lines_of_the_env_file_that_cannot_be_read_are_named_and_not_shown() {
    let sandbox = Sandbox::new("version = 1\n[secrets.KEY]\n");
    sandbox.file(".env", "A=1\nsk-canary\nB=\"sk-canary\n");
    sandbox.run(["check"]).is(
        65,
        "",
        "hydrant: error: .env:2: no `=` after the name\nhydrant: error: .env:3: a quote is opened and never closed\n",
    );
}

/// Entries for every result of `--live`.
const LIVE: &str = r#"version = 1
[secrets.PRESENT]
secret_id = "demo/present"
[secrets.ABSENT]
secret_id = "demo/absent"
[secrets.EMPTY]
secret_id = "demo/empty"
[secrets.DELETED]
secret_id = "demo/deleted"
[secrets.DENIED]
secret_id = "demo/denied"
[secrets.NO_SUCH_VERSION]
secret_id = "demo/present"
version_stage = "BLUE"
[secrets.PINNED]
secret_id = "demo/present"
version_stage = "AWSCURRENT"
[secrets.PARAMETER]
value_parameter = "/demo/parameter"
[secrets.NO_PARAMETER]
value_parameter = "/demo/no-parameter"
[secrets.NO_REFERENCE]
"#;

fn live() -> Emulator {
    let emulator = Emulator::start().expect("an emulator");
    for name in ["present", "deleted", "denied"] {
        emulator
            .create_secret("us-east-1", &format!("demo/{name}"), Some("sk-canary"))
            .expect("the emulator takes it");
    }
    emulator.create_secret("us-east-1", "demo/empty", None).expect("the emulator takes it");
    emulator.delete_secret("us-east-1", "demo/deleted").expect("the emulator takes it");
    emulator.deny_item(Operation::DescribeSecret, "demo/denied");
    emulator
        .put_parameter("us-east-1", "/demo/parameter", "sk-canary", ParameterType::SecureString)
        .expect("the emulator takes it");
    emulator
}

#[test]
fn live_tells_what_is_there_without_reading_it() {
    let emulator = live();
    let optional = LIVE.replace("]\n", "]\nrequired = false\n");
    let ran = Sandbox::new(&optional).with(&emulator).args(["-q"]).run(["check", "--live"]);
    ran.prints(
        "  PRESENT          optional  present  demo/present
  ABSENT           optional  missing  demo/absent
  EMPTY            optional  missing  demo/empty
  DELETED          optional  missing  demo/deleted
  DENIED           optional  failed   demo/denied
  NO_SUCH_VERSION  optional  missing  demo/present at version stage BLUE
  PINNED           optional  present  demo/present at version stage AWSCURRENT
  PARAMETER        optional  present  parameter /demo/parameter
  NO_PARAMETER     optional  missing  parameter /demo/no-parameter
  NO_REFERENCE     optional  skipped  no reference to its secret: NO_REFERENCE_SECRET_ARN is not set
",
    );
    let read =
        [Operation::GetSecretValue, Operation::BatchGetSecretValue, Operation::GetParameters];
    assert!(emulator.calls().iter().all(|call| !read.contains(&call.operation)));
}

#[test]
fn live_fails_for_required_entries() {
    let emulator = live();
    let ran = Sandbox::new(LIVE).with(&emulator).run(["check", "--live"]);
    assert_eq!(ran.code, Some(77), "a denial is graver than what is missing");
    let errors: Vec<_> =
        ran.stderr.lines().filter(|line| line.starts_with("hydrant: error: ")).collect();
    assert_eq!(errors.len(), 7, "{}", ran.stderr);
}

#[test]
fn live_asks_about_what_is_set_already_too() {
    let emulator = live();
    let sandbox = Sandbox::new("version = 1\n[secrets.PRESENT]\nsecret_id = \"demo/present\"\n")
        .with(&emulator);
    sandbox
        .env("PRESENT", "own")
        .run(["check", "--live"])
        .prints("  PRESENT  required  present  demo/present\n");
    assert_eq!(emulator.calls().len(), 1);
}

#[test]
fn live_as_json() {
    let emulator = live();
    let manifest = "version = 1\n[secrets.EMPTY]\nsecret_id = \"demo/empty\"\nrequired = false\n";
    let ran =
        Sandbox::new(manifest).with(&emulator).args(["-q"]).run(["check", "--live", "--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let entry = json!({
        "variable": "EMPTY",
        "line": 2,
        "description": null,
        "required": false,
        "outcome": "missing",
        "reference": "demo/empty",
        "absent_parameter": null,
        "reason": "absent",
        "message": "the secret has no value to read",
        "said": "the secret was created and never given a value",
        "hint": "give it a value: hydrant put EMPTY (--create if there is no such secret); if it was deleted: hydrant restore EMPTY",
    });
    let expected = json!({ "manifest": "secrets.toml", "entries": [entry] });
    assert_eq!(serde_json::from_str::<Value>(&ran.stdout).unwrap(), expected);
}

#[test]
fn strict_makes_the_failure_of_an_optional_entry_an_error() {
    let emulator = live();
    let manifest = "version = 1\n[secrets.DENIED]\nsecret_id = \"demo/denied\"\nrequired = false\n";
    let sandbox = Sandbox::new(manifest).with(&emulator);
    assert_eq!(sandbox.run(["check", "--live"]).code, Some(0));
    let ran = sandbox.run(["check", "--live", "--strict"]);
    assert_eq!(
        (ran.code, ran.stderr.matches("hydrant: ").count()),
        (Some(77), 1),
        "{}",
        ran.stderr
    );
}

#[test]
fn live_and_offline_exclude_each_other() {
    let stderr = "hydrant: error: --live calls AWS, so it cannot be used with --offline\n  \
                  hint: hydrant --help, or hydrant COMMAND --help\n";
    Sandbox::new("version = 1\n").run(["--offline", "check", "--live"]).is(2, "", stderr);
}
