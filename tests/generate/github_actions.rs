//! `github-actions`: a workflow with the step matches GitHub's schema, the step works, and every
//! value is masked before it is passed on.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::generate::common::{indented, text};
use crate::generate::tools::{is_pretty, printed, python};
use crate::support::aws::{HOME, Server};
use crate::support::{Ran, Sandbox};

/// The output, at the position that its comment names.
fn workflow(printed: &str) -> String {
    let head = "\
name: hydrant
on:
  workflow_dispatch:
permissions:
  contents: read
  id-token: write
jobs:
  hydrant:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - uses: aws-actions/configure-aws-credentials@v6
        with:
          role-to-assume: arn:aws:iam::123456789012:role/ci
          aws-region: us-east-1
";
    format!("{head}{}", indented(6, printed))
}

#[test]
fn a_workflow_with_the_step_is_one_to_the_schema_and_the_formatter() {
    let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf";
    let manifest = "version = 1\n[secrets.A]\n[secrets.B]\nsecret_id = \"demo/b\"\n";
    let sandbox = Sandbox::new(manifest).env("A_SECRET_ARN", arn).env("AWS_REGION", "us-east-1");
    let every: [&[&str]; 3] = [
        &[],
        &["--", "sh", "-c", "echo \"it's: #1\" 'and \\ more'"],
        &["--region", "eu-west-1", "--", "npm", "test"],
    ];
    for options in every {
        let step = text(&sandbox, &[&["github-actions"], options].concat());
        is_pretty(&sandbox.file("step.yaml", &step));
        let file = sandbox.file("hydrant.yml", &workflow(&step));
        printed(
            python()
                .args(["-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"])
                .arg(&file),
        );
        is_pretty(&file);
    }
}

/// The steps as the runner executes them: a shell for each, and between them the file that
/// `GITHUB_ENV` names.
#[test]
fn the_steps_hydrate_and_the_next_one_sees_it() {
    let server = Server::emulator();
    let arn = server.secret(HOME, "a", Some("sk-1"));
    let manifest = "[secrets.A]\n[secrets.B]\nsecret_id = \"unused\"\nrequired = false\n";
    let sandbox = server.sandbox(manifest).env("A_SECRET_ARN", arn);
    let ran = sandbox.run([
        "--only",
        "A",
        "generate",
        "github-actions",
        "--",
        "sh",
        "-c",
        "echo \"it's $A\"",
    ]);
    let deployed = server.sandbox(manifest).env("GITHUB_ENV", "github.env");
    let steps = steps(&workflow(&ran.stdout));
    let [_checkout, _role, hydrate, run] = &steps[..] else { panic!("{steps:?}") };
    // A name needs the region of its policy, whichever region the role was assumed in.
    let named = sandbox.run(["--only", "B", "generate", "github-actions"]);
    assert_eq!(
        self::steps(&workflow(&named.stdout))[2]["env"],
        json!({ "AWS_REGION": HOME }),
        "{named:?}"
    );
    step(&deployed, hydrate, &[]).prints("::add-mask::sk-1\n");
    let handed_on = fs::read_to_string(deployed.path().join("github.env")).expect("the file");
    assert_eq!(handed_on, "\nA<<HYDRANT_END_0\nsk-1\nHYDRANT_END_0\n");
    step(&deployed, run, &[("A", "sk-1")]).prints("it's sk-1\n");
}

/// YAML reads some names as a boolean or as null.
#[test]
fn every_variable_has_its_own_name() {
    let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf";
    let names = ["NULL", "ON", "Y", "_A"];
    let entries = names.iter().enumerate();
    let entries = entries.map(|(n, name)| format!("[secrets.K{n}]\narn_var = \"{name}\"\n"));
    let mut sandbox = Sandbox::new(&format!("version = 1\n{}", entries.collect::<String>()));
    for name in names {
        sandbox = sandbox.env(name, arn);
    }
    let step = text(&sandbox, &["github-actions"]);
    is_pretty(&sandbox.file("step.yaml", &step));
    let expected = json!({ "NULL": arn, "ON": arn, "Y": arn, "_A": arn });
    assert_eq!(steps(&workflow(&step))[2]["env"], expected, "{step}");
}

#[test]
fn masks_precede_every_value_line_by_line_and_for_each_leaf_of_json() {
    let server = Server::emulator();
    let json = r#"{"api_key":"sk-leaf","nested":{"list":["deep-leaf",12345678,"two\nlines in one"]},"flag":true}"#;
    let pem = "-----BEGIN KEY-----\nMIIEvQ==\nsecond line\n-----END KEY-----\n";
    let arns = [("JSON", json), ("PEM", pem), ("PLAIN", "100% ::plain::")]
        .map(|(name, value)| (name, server.secret(HOME, name, Some(value))));
    let mut sandbox = server.sandbox("[secrets.JSON]\n[secrets.PEM]\n[secrets.PLAIN]\n");
    for (name, arn) in &arns {
        sandbox = sandbox.env(&format!("{name}_SECRET_ARN"), arn.as_str());
    }
    // If the file cannot be written, the masks are printed all the same: they come first.
    let nowhere = sandbox.env("GITHUB_ENV", "no/such/folder/github.env");
    let ran = nowhere.run(["export", "--format", "github"]);
    assert_eq!(ran.code, Some(74), "{ran:?}");
    let masked: BTreeSet<String> = ran.stdout.lines().map(as_the_runner_reads).collect();
    let lines = pem.lines().chain(["two", "lines in one"]);
    let leaves = ["sk-leaf", "deep-leaf", "12345678"];
    for text in lines.chain(leaves).chain([json, pem.trim(), "100% ::plain::", "two\nlines in one"])
    {
        assert!(masked.contains(text), "{text:?} is not masked: {masked:?}");
    }
    // And nothing except masks is printed.
    assert!(ran.stdout.lines().all(|line| line.starts_with("::add-mask::")), "{ran:?}");
}

/// The text that a mask hides: the runner decodes its escapes.
fn as_the_runner_reads(line: &str) -> String {
    let text = line.strip_prefix("::add-mask::").unwrap_or_else(|| panic!("no mask: {line}"));
    text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
}

fn steps(workflow: &str) -> Vec<Value> {
    let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.argv[1])['jobs']['hydrant']['steps']))";
    serde_json::from_str(&printed(python().args(["-c", script, workflow]))).expect("steps")
}

/// Runs a step as the runner does, with hydrant in its PATH.
fn step(sandbox: &Sandbox, step: &Value, more: &[(&str, &str)]) -> Ran {
    let hydrant = sandbox.command::<&str>([]);
    let folder = std::path::Path::new(hydrant.get_program()).parent().expect("a folder");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("bash");
    shell.args(["-e", "-o", "pipefail", "-c", step["run"].as_str().expect("a command")]);
    shell.current_dir(sandbox.path()).env_clear().stdin(Stdio::null());
    shell.envs(hydrant.get_envs().filter_map(|(name, value)| Some((name, value?))));
    for (name, value) in step["env"].as_object().into_iter().flatten() {
        shell.env(name, value.as_str().expect("a text"));
    }
    shell.env("PATH", path).envs(more.iter().copied());
    Ran::of(shell.output().expect("bash starts"))
}
