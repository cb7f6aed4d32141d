//! A laptop: an env file with AWS credentials, region and endpoint, a secret's local value and
//! plain URLs.

use hydrant_emulator::Emulator;

use crate::support::Sandbox;
use crate::support::aws::{HOME, Server};

on_both! {
    the_local_value_wins
    with_ignore_set_the_value_of_aws_wins
}

const MANIFEST: &str = "[secrets.KEY]\nsecret_id = \"PREFIX/openai\"\n[secrets.MODEL_KEY]\n";
const SHOW: [&str; 3] = ["sh", "-c", "echo $KEY, $MODEL_KEY, $API_URL"];

/// All AWS settings are in the env file. The process has none.
fn laptop(server: &Server) -> Sandbox {
    server.secret(HOME, "openai", Some("sk-remote"));
    let arn = server.secret(HOME, "model", Some("model-remote"));
    let sandbox = server.sandbox(MANIFEST);
    let env_file = format!(
        "# of this laptop alone\n\
         AWS_ACCESS_KEY_ID=test\nAWS_SECRET_ACCESS_KEY=test\nAWS_REGION={HOME}\nAWS_ENDPOINT_URL={}\n\
         KEY=sk-local\nMODEL_KEY_SECRET_ARN={arn}\nAPI_URL='https://example.com/?a=b&c=$d'\n",
        server.endpoint()
    );
    sandbox.file(".env", &env_file);
    without_aws(sandbox)
}

fn without_aws(sandbox: Sandbox) -> Sandbox {
    let names = ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"];
    names.into_iter().fold(sandbox, |sandbox, name| sandbox.env(name, ""))
}

fn the_local_value_wins(server: &Server) {
    let sandbox = laptop(server);
    let ran = sandbox.run([&["run", "--"][..], &SHOW].concat());
    ran.prints("sk-local, model-remote, https://example.com/?a=b&c=$d\n");
}

fn with_ignore_set_the_value_of_aws_wins(server: &Server) {
    let sandbox = laptop(server);
    let ran = sandbox.run([&["--ignore-set", "run", "--"][..], &SHOW].concat());
    ran.prints("sk-remote, model-remote, https://example.com/?a=b&c=$d\n");
}

/// The access keys of the emulator's calls, and the output of the command.
fn credentials(process: &[(&str, &str)], file: &str) -> (Vec<Option<String>>, String) {
    let emulator = Emulator::start().expect("an emulator");
    emulator.create_secret(HOME, "openai", Some("sk-remote")).expect("a secret");
    let sandbox = Sandbox::new("version = 1\n[secrets.KEY]\nsecret_id = \"openai\"\n");
    sandbox.file(
        ".env",
        &format!("AWS_REGION={HOME}\nAWS_ENDPOINT_URL={}\n{file}", emulator.endpoint()),
    );
    let sandbox = process.iter().fold(sandbox, |sandbox, (name, value)| sandbox.env(name, *value));
    let script = "echo $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $AWS_SESSION_TOKEN";
    let ran = sandbox.run(["run", "--", "sh", "-c", script]);
    (
        emulator.calls().into_iter().map(|call| call.access_key_id).collect(),
        format!("{}{}", ran.stdout, ran.stderr),
    )
}

#[test]
fn credentials_of_the_process_win_as_a_whole() {
    let file = "AWS_ACCESS_KEY_ID=file-id\nAWS_SECRET_ACCESS_KEY=file-secret\nAWS_SESSION_TOKEN=file-token\n";
    let whole = [("AWS_ACCESS_KEY_ID", "process-id"), ("AWS_SECRET_ACCESS_KEY", "process-secret")];
    let (asked_with, got) = credentials(&whole, file);
    assert_eq!(
        (&asked_with[..], got.as_str()),
        (&[Some("process-id".to_owned())][..], "process-id process-secret\n")
    );
    let (asked_with, got) = credentials(&[], file);
    assert_eq!(
        (&asked_with[..], got.as_str()),
        (&[Some("file-id".to_owned())][..], "file-id file-secret file-token\n")
    );
}

/// An access key of the process is not completed from the file: that would be a triple that nobody
/// issued.
#[test]
fn half_a_triple_of_the_process_is_not_completed_from_the_file() {
    let file = "AWS_ACCESS_KEY_ID=file-id\nAWS_SECRET_ACCESS_KEY=file-secret\n";
    let (asked_with, said) = credentials(&[("AWS_ACCESS_KEY_ID", "process-id")], file);
    assert!(asked_with.is_empty(), "{asked_with:?}");
    assert!(
        said.starts_with("hydrant: error: KEY (secrets.toml:2): no usable AWS credentials"),
        "{said}"
    );
}

#[test]
fn hydrant_variables_of_the_env_file_are_not_used() {
    let emulator = Emulator::start().unwrap();
    emulator.create_secret(HOME, "mine/openai", Some("sk-mine")).unwrap();
    emulator.create_secret(HOME, "theirs/openai", Some("sk-theirs")).unwrap();
    let manifest =
        "version = 1\n[vars]\norg = \"mine\"\n[secrets.KEY]\nsecret_id = \"${org}/openai\"\n";
    let sandbox = Sandbox::new(manifest).with(&emulator);
    sandbox
        .file(".env", "HYDRANT_VAR_org=theirs\nHYDRANT_OFFLINE=1\nHYDRANT_MANIFEST=other.toml\n");
    let ran = sandbox.run([
        "run",
        "--",
        "sh",
        "-c",
        "echo $KEY$HYDRANT_VAR_org$HYDRANT_OFFLINE$HYDRANT_MANIFEST",
    ]);
    let warning = |(name, line)| {
        format!(
            "hydrant: warning: {name} in the env file (line {line}) is not used: HYDRANT_* variables count only in the process environment\n"
        )
    };
    let warnings: Vec<_> = ran.stderr.split_inclusive('\n').collect();
    let expected =
        [("HYDRANT_VAR_org", 1), ("HYDRANT_OFFLINE", 2), ("HYDRANT_MANIFEST", 3)].map(warning);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "sk-mine\n"), "{ran:?}");
    assert_eq!(warnings.len(), 3, "{ran:?}");
    assert!(expected.iter().all(|line| warnings.contains(&line.as_str())), "{ran:?}");
}

/// An endpoint of plain http elsewhere is refused before anything is sent, also one from the env
/// file.
#[test]
fn an_endpoint_elsewhere_is_refused() {
    let sandbox = Sandbox::new("version = 1\n[secrets.KEY]\nsecret_id = \"openai\"\n");
    sandbox.file(".env", "AWS_REGION=us-east-1\nAWS_ENDPOINT_URL=http://localstack.invalid:4566\nAWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=b\n");
    let ran = sandbox.run(["run", "--", "touch", "started"]);
    assert_eq!((ran.code, sandbox.path().join("started").exists()), (Some(78), false), "{ran:?}");
    assert!(
        ran.stderr.contains("--allow-http HOST") && ran.stderr.contains("localstack.invalid"),
        "{ran:?}"
    );
}
