//! `ecs`: the container starts with its definition, ECS would inject what a run reads, and each
//! role has enough permissions.

use hydrant_core::reference::{Reference, SecretId, Version};
use serde_json::{Value, json};

use crate::generate::common::text;
use crate::generate::tools::{printed, python};
use crate::support::aws::{HOME, Server};
use crate::support::{Sandbox, moto};

const ACCOUNT: &str = "000000000000";

fn parsed(sandbox: &Sandbox, target: &[&str]) -> Value {
    serde_json::from_str(&text(sandbox, target)).expect("JSON")
}

/// Registers a task of this container, and prints the container as registered.
const REGISTER: &str = "
import boto3, json, sys
ecs = boto3.client('ecs', endpoint_url=sys.argv[1], region_name='us-east-1', aws_access_key_id='test', aws_secret_access_key='test')
made = json.load(open('ecs.json'))['containerDefinition']
task = ecs.register_task_definition(family=sys.argv[2], containerDefinitions=[{'name': 'app', 'image': 'app', 'memory': 512, **made}])
known = task['taskDefinition']['containerDefinitions'][0]
print(json.dumps({key: known[key] for key in made}))
";

/// AWS's own model of the service checks the request, and refuses a field or a type that it does
/// not know.
#[test]
fn a_task_can_be_registered_with_the_container() {
    let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf";
    for target in [&["ecs", "--", "./server", "--port", "8080"][..], &["ecs", "--inject"]] {
        let sandbox =
            Sandbox::new("version = 1\n[secrets.A]\njson_key = \"k\"\n").env("A_SECRET_ARN", arn);
        let made = text(&sandbox, target);
        sandbox.file("ecs.json", &made);
        let register = ["-c", REGISTER, &moto(), "generate-ecs"];
        let known: Value =
            serde_json::from_str(&printed(python().args(register).current_dir(sandbox.path())))
                .expect("JSON");
        let made: Value = serde_json::from_str(&made).expect("JSON");
        assert_eq!(known, made["containerDefinition"]);
    }
}

/// The container as ECS starts it: its entry point and command, in its environment.
#[test]
fn a_container_that_is_started_so_sees_its_variables() {
    let server = Server::emulator();
    let arn = server.secret(HOME, "openai", Some("sk-1"));
    server.secret(HOME, "mcp", Some(r#"{"id":"demo"}"#));
    let manifest = "\
[secrets.OPENAI_API_KEY]
[secrets.MCP_CLIENT_ID]
secret_id = \"PREFIX/mcp\"
json_key  = \"id\"
[secrets.OTHER]
";
    let sandbox = server.sandbox(manifest).env("OPENAI_API_KEY_SECRET_ARN", arn.as_str());
    let only = sandbox.run([
        "--only",
        "OPENAI_API_KEY,MCP_CLIENT_ID",
        "generate",
        "ecs",
        "--",
        "sh",
        "-c",
        "echo $OPENAI_API_KEY $MCP_CLIENT_ID",
    ]);
    let made: Value = serde_json::from_str(&only.stdout).expect("JSON");
    let container = &made["containerDefinition"];
    assert_eq!(
        container["entryPoint"],
        json!(["hydrant", "--only", "OPENAI_API_KEY,MCP_CLIENT_ID", "run", "--"])
    );
    let expected = json!([
        { "name": "AWS_REGION", "value": "us-east-1" },
        { "name": "OPENAI_API_KEY_SECRET_ARN", "value": arn },
    ]);
    assert_eq!(container["environment"], expected);
    let mut deployed = server.sandbox(manifest);
    for variable in expected.as_array().expect("a list") {
        let text = |key: &str| variable[key].as_str().expect("a text").to_owned();
        deployed = deployed.env(&text("name"), text("value"));
    }
    let words = |key: &str| container[key].as_array().expect("words").clone();
    let words = [words("entryPoint"), words("command")].concat();
    let words: Vec<&str> = words.iter().skip(1).filter_map(Value::as_str).collect();
    deployed.run(words).prints("sk-1 demo\n");
}

#[test]
fn the_task_role_reads_what_the_container_reads() {
    let server = Server::ministack();
    let arn = server.secret(HOME, "ecs-task", Some("sk-1"));
    server.secret(HOME, "ecs-other", Some("other"));
    let manifest = "[secrets.A]\n[secrets.B]\nsecret_id = \"PREFIX/ecs-other\"\n";
    let sandbox = server.sandbox(manifest).env("A_SECRET_ARN", arn);
    let made = parsed(&sandbox, &["ecs", "--account", ACCOUNT]);
    assert!(made.get("executionRolePolicy").is_none());
    let policy = made["taskRolePolicy"].to_string();
    let sandbox = server.as_user(sandbox, &server.name("task").replace('/', "-"), &policy);
    sandbox.run(["run", "--", "sh", "-c", "echo $A $B"]).prints("sk-1 other\n");
}

#[test]
fn injected_references_are_in_the_form_of_ecs_and_lead_to_the_same_part() {
    let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf";
    let partial = "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/mcp";
    let id = "4f2a1c3e-0000-0000-0000-000000000000";
    let check = |entry: &str, expected: &str, key: Option<&str>, version: Option<Version>| {
        let sandbox =
            Sandbox::new(&format!("version = 1\n[secrets.A]\n{entry}\n")).env("A_SECRET_ARN", arn);
        let made = parsed(
            &sandbox,
            &["ecs", "--inject", "--region", "us-east-1", "--account", "123456789012"],
        );
        assert_eq!(
            made["containerDefinition"],
            json!({ "secrets": [{ "name": "A", "valueFrom": expected }] })
        );
        // hydrant's own parser finds the same part in it.
        match Reference::parse(expected).expect("a reference") {
            Reference::Secret(secret) => {
                assert!(
                    matches!(&secret.id, SecretId::Arn(arn) if expected.starts_with(arn.as_str()))
                );
                assert_eq!((secret.json_key.as_deref(), secret.version), (key, version));
            }
            Reference::Parameter(id) => {
                assert_eq!((id.as_str(), key, version), (expected, None, None))
            }
        }
    };
    let stage = |stage: &str| Some(Version::Stage(stage.to_owned()));
    check("", arn, None, None);
    check("json_key = \"username1\"", &format!("{arn}:username1::"), Some("username1"), None);
    check(
        "version_stage = \"AWSPREVIOUS\"",
        &format!("{arn}::AWSPREVIOUS:"),
        None,
        stage("AWSPREVIOUS"),
    );
    let both = "json_key = \"k\"\nversion_stage = \"AWSPREVIOUS\"";
    check(both, &format!("{arn}:k:AWSPREVIOUS:"), Some("k"), stage("AWSPREVIOUS"));
    let version = Some(Version::Id(id.to_owned()));
    check(&format!("version_id = \"{id}\""), &format!("{arn}:::{id}"), None, version);
    check("json_key = \"a.b-c d\"", &format!("{arn}:a.b-c d::"), Some("a.b-c d"), None);
    check("json_pointer = \"/a~1b\"", &format!("{arn}:a/b::"), Some("a/b"), None);
    check(
        "secret_id = \"demo/mcp\"\njson_key = \"id\"",
        &format!("{partial}:id::"),
        Some("id"),
        None,
    );
    check("arn_parameter = \"/demo/mcp-secret-arn\"", partial, None, None);
    check(
        "value_parameter = \"/demo/k\"",
        "arn:aws:ssm:us-east-1:123456789012:parameter/demo/k",
        None,
        None,
    );
    check("value_parameter = \"k\"", "arn:aws:ssm:us-east-1:123456789012:parameter/k", None, None);
}

#[test]
fn the_execution_role_reads_each_reference_that_is_injected_and_no_more() {
    let server = Server::ministack();
    let (a, b) = (
        server.secret(HOME, "ecs-a", Some("one")),
        server.secret(HOME, "ecs-b", Some(r#"{"k":"two"}"#)),
    );
    let manifest = "[settings]\nbatch = \"never\"\n[secrets.A]\n[secrets.B]\njson_key = \"k\"\n";
    let sandbox = server.sandbox(manifest).env("A_SECRET_ARN", a).env("B_SECRET_ARN", b);
    let made = parsed(&sandbox, &["ecs", "--inject"]);
    let sids = made["executionRolePolicy"]["Statement"].as_array().expect("statements").iter();
    assert_eq!(sids.map(|statement| &statement["Sid"]).collect::<Vec<_>>(), ["ReadSecrets"]);
    // A run that gets the references as ECS would, and reads as ECS does: one by one.
    let policy = made["executionRolePolicy"].to_string();
    let mut agent = server.as_user(sandbox, &server.name("agent").replace('/', "-"), &policy);
    agent.file(
        "secrets.toml",
        "version = 1\n[settings]\nbatch = \"never\"\n[secrets.A]\n[secrets.B]\n",
    );
    for secret in made["containerDefinition"]["secrets"].as_array().expect("secrets") {
        let text = |key: &str| secret[key].as_str().expect("a text").to_owned();
        agent = agent.env(&format!("{}_SECRET_ARN", text("name")), text("valueFrom"));
    }
    agent.run(["run", "--", "sh", "-c", "echo $A $B"]).prints("one two\n");
}

#[test]
fn everything_that_ecs_cannot_inject_is_reported_at_once() {
    let manifest = "\
version = 1
[secrets.DEEP]
secret_id    = \"arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf\"
json_pointer = \"/a/b\"
[secrets.COLON]
secret_id = \"arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf\"
json_key  = \"a:b\"
[secrets.LISTED]
secret_id    = \"arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf\"
json_pointer = \"/0\"
[secrets.PART]
value_parameter = \"/demo/json\"
json_key        = \"a\"
[secrets.PINNED]
value_parameter = \"/demo/key:3\"
[secrets.NAMED]
secret_id = \"demo/key\"
[secrets.PARAMETER]
value_parameter = \"/demo/key\"
[secrets.UNKNOWN]
[secrets.OPTIONAL]
required = false
";
    let expected = "\
hydrant: error: DEEP (secrets.toml:2): ECS takes top-level keys alone, and not the json_pointer /a/b
  hint: let the program hydrate itself (without --inject), or leave the entry out, with --only
hydrant: error: COLON (secrets.toml:5): the suffix of an ARN cannot hold its json_key
  hint: let the program hydrate itself (without --inject), or leave the entry out, with --only
hydrant: error: LISTED (secrets.toml:8): ECS takes keys of objects alone, and /0 may lead into a list
  hint: let the program hydrate itself (without --inject), or leave the entry out, with --only
hydrant: error: PART (secrets.toml:11): ECS takes no part of a parameter
  hint: let the program hydrate itself (without --inject), or leave the entry out, with --only
hydrant: error: PINNED (secrets.toml:14): ECS takes no version of a parameter
  hint: let the program hydrate itself (without --inject), or leave the entry out, with --only
hydrant: error: NAMED (secrets.toml:16): ECS takes ARNs alone, and only the name of its secret is known here
  hint: give the account with --account, or set its ARN variable
hydrant: error: PARAMETER (secrets.toml:18): only the name of its parameter /demo/key is known here, and not its ARN
  hint: give the account with --account
hydrant: error: UNKNOWN (secrets.toml:20): ECS takes ARNs alone, and only the name of its secret is known here
  hint: give the account with --account, or set its ARN variable
";
    let sandbox = Sandbox::new(manifest).env("AWS_REGION", "us-east-1");
    sandbox.run(["generate", "ecs", "--inject"]).is(76, "", expected);
    // A name that looks like one with AWS's random suffix.
    let sandbox = Sandbox::new("version = 1\n[secrets.A]\nsecret_id = \"demo/api-abcdef\"\n");
    sandbox.run(["generate", "ecs", "--inject", "--region", "us-east-1", "--account", "123456789012"]).is(
        76,
        "",
        "hydrant: error: A (secrets.toml:2): AWS takes the end of demo/api-abcdef for the six characters that it adds itself\n  \
         hint: set its ARN variable to the whole ARN\n",
    );
}

#[test]
fn a_required_entry_without_a_reference_is_refused_and_an_optional_one_reported() {
    let manifest = "version = 1\n[secrets.A]\n[secrets.B]\nrequired = false\n[secrets.C]\narn_parameter = \"/c\"\n";
    let sandbox = Sandbox::new(manifest).env("AWS_REGION", "us-east-1");
    sandbox.run(["generate", "ecs", "--", "true"]).is(
        76,
        "",
        "hydrant: error: A (secrets.toml:2): nothing here names its secret, and a deployed program would not start without it\n  \
         hint: set A_SECRET_ARN to the secret's ARN, here or in the env file; or let the manifest name it (arn_parameter, secret_id)\n",
    );
    let ran = sandbox.run(["--only", "B,C", "generate", "ecs", "--", "true"]);
    assert_eq!(
        ran.stderr,
        "hydrant: B: B_SECRET_ARN is not set here and is left out, so that a program starts without a secret for it\n"
    );
    assert!(!ran.stdout.contains("secret:b-"), "{}", ran.stdout);
    let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:b-AbCdEf";
    let ran = sandbox.env("B_SECRET_ARN", arn).run(["--only", "B", "generate", "ecs", "--inject"]);
    assert_eq!(
        ran.stderr,
        "hydrant: warning: ECS starts no task while one of its secrets has no value, and knows no optional ones: B\n"
    );
}
