//! `hydrant run`: the environment of its command, and when there is no command at all. Its messages
//! are in `messages`, and how the command becomes the process in `process`.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use hydrant_emulator::{Emulator, Operation};

use crate::support::Sandbox;

const OPENAI: &str = "version = 1\n[secrets.OPENAI_API_KEY]\narn_var = \"OPENAI_API_KEY_SECRET_ARN\"\nrequired = false\n";

/// Two required entries, found by name.
const TWO: &str = "version = 1\n[secrets.FIRST]\nsecret_id = \"demo/first\"\n[secrets.SECOND]\nsecret_id = \"demo/second\"\n";

/// Prints the two, and nothing if one is not set.
const PRINT_TWO: [&str; 5] = ["run", "--", "sh", "-c", "echo ${FIRST-unset} ${SECOND-unset}"];

fn emulator() -> Emulator {
    let emulator = Emulator::start().expect("an emulator");
    emulator
        .create_secret("us-east-1", "demo/first", Some("aws-1"))
        .expect("the emulator takes it");
    emulator
        .create_secret("us-east-1", "demo/second", Some("aws-2"))
        .expect("the emulator takes it");
    emulator
}

#[test]
fn a_value_comes_from_the_secret_whose_arn_a_variable_holds() {
    let emulator = Emulator::start().unwrap();
    let arn = emulator.create_secret("us-east-1", "demo/openai", Some("sk-test-1")).unwrap();
    let sandbox = Sandbox::new(OPENAI).with(&emulator).env("OPENAI_API_KEY_SECRET_ARN", arn);
    sandbox.run(["run", "--", "printenv", "OPENAI_API_KEY"]).prints("sk-test-1\n");
}

#[test]
fn an_optional_entry_that_nothing_names_is_a_silent_no_op() {
    let emulator = Emulator::start().unwrap();
    let sandbox = Sandbox::new(OPENAI).with(&emulator);
    sandbox.run(["run", "--", "sh", "-c", "echo ${OPENAI_API_KEY-unset}"]).prints("unset\n");
    assert_eq!(emulator.connections(), 0);
}

#[test]
fn what_is_set_already_is_kept_and_the_rest_is_read() {
    let emulator = emulator();
    let sandbox = Sandbox::new(TWO).with(&emulator);
    sandbox.run(PRINT_TWO).prints("aws-1 aws-2\n");
    let sandbox = sandbox.env("FIRST", "own-1");
    sandbox.run(PRINT_TWO).prints("own-1 aws-2\n");
    sandbox.file(".env", "FIRST=file-1\nSECOND=file-2\n");
    emulator.clear_calls();
    let connections = emulator.connections();
    sandbox.run(PRINT_TWO).prints("own-1 file-2\n");
    assert_eq!(emulator.connections(), connections, "everything was set already");
    // Set but empty is not set.
    sandbox.env("FIRST", "").run(PRINT_TWO).prints("file-1 file-2\n");
}

#[test]
fn ignore_set_reads_from_aws_and_passes_on_the_rest_of_the_env_file() {
    let emulator = emulator();
    let sandbox = Sandbox::new(TWO).with(&emulator).env("FIRST", "own-1");
    sandbox.file(".env", "SECOND=file-2\nURL=http://localhost:8000\n");
    let command = "echo $FIRST $SECOND $URL";
    sandbox
        .run(["--ignore-set", "run", "--", "sh", "-c", command])
        .prints("aws-1 aws-2 http://localhost:8000\n");
}

#[test]
fn ignore_set_takes_away_local_values_that_aws_has_none_for() {
    let emulator = emulator();
    emulator.deny_item(Operation::GetSecretValue, "demo/second");
    let sandbox = Sandbox::new(&TWO.replace("/second\"", "/second\"\nrequired = false"));
    let sandbox = sandbox.with(&emulator).env("FIRST", "own-1").env("SECOND", "own-2");
    sandbox.file(".env", "SECOND=file-2\n");
    let ran = sandbox.args(["-q", "--ignore-set"]).run(PRINT_TWO);
    ran.prints("aws-1 unset\n");
}

#[test]
fn nothing_is_started_without_a_required_value() {
    let emulator = emulator();
    emulator.deny_item(Operation::GetSecretValue, "demo/second");
    let sandbox = Sandbox::new(TWO).with(&emulator);
    let ran = sandbox.run(["run", "--", "touch", "started"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(77), ""), "{}", ran.stderr);
    assert!(!sandbox.path().join("started").exists());
}

#[test]
fn strict_makes_the_failure_of_an_optional_entry_an_error() {
    let emulator = emulator();
    emulator.deny_item(Operation::GetSecretValue, "demo/second");
    let optional = TWO.replace("/second\"", "/second\"\nrequired = false");
    for manifest in [optional.clone(), optional.replace("required = false", "default = \"none\"")] {
        let sandbox = Sandbox::new(&manifest).with(&emulator);
        let ran = sandbox.run(["run", "--", "true"]);
        assert_eq!(ran.code, Some(0));
        assert_eq!(ran.stderr.matches("hydrant: warning: SECOND ").count(), 1, "{}", ran.stderr);
        // Reported once, as the error.
        let ran = sandbox.run(["run", "--strict", "--", "true"]);
        assert_eq!(ran.code, Some(77));
        assert_eq!(ran.stderr.matches("hydrant: error: SECOND ").count(), 1, "{}", ran.stderr);
        assert_eq!(ran.stderr.matches("SECOND").count(), 1, "{}", ran.stderr);
    }
    // A missing value is not a failure, even then.
    let missing = TWO.replace("demo/second\"", "demo/absent\"\nrequired = false");
    let ran = Sandbox::new(&missing).with(&emulator).run(["run", "--strict", "--", "true"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

#[test]
fn the_rest_of_the_env_file_reaches_the_command_where_the_process_does_not_set_it() {
    let sandbox = Sandbox::new(OPENAI).env("OWN", "own");
    sandbox.file(".env", "URL='http://a/?q=$HOME'\nOWN=file\nMULTI=\"two\nlines\"\n");
    sandbox
        .run(["run", "--", "printenv", "URL", "OWN", "MULTI"])
        .prints("http://a/?q=$HOME\nown\ntwo\nlines\n");
    sandbox.run(["--no-env-file", "run", "--", "sh", "-c", "echo ${URL-unset}"]).prints("unset\n");
}

#[test]
fn variables_that_an_env_file_must_not_set_are_named() {
    let sandbox = Sandbox::new(OPENAI);
    sandbox.file(
        ".env",
        "LD_PRELOAD=/tmp/evil.so\nNODE_OPTIONS=--require=x\nHYDRANT_OFFLINE=1\nPLAIN=plain\n",
    );
    let command = "echo ${LD_PRELOAD-unset} ${NODE_OPTIONS-unset} ${HYDRANT_OFFLINE-unset} $PLAIN";
    sandbox.run(["run", "--", "sh", "-c", command]).is(
        0,
        "unset unset unset plain\n",
        "hydrant: warning: HYDRANT_OFFLINE in the env file (line 3) is not used: HYDRANT_* variables count only in the process environment\n\
         hydrant: warning: LD_PRELOAD in the env file (line 1) is not passed on: it makes the dynamic linker load code\n  \
         hint: set it in hydrant's own environment, or add \"LD_PRELOAD\" to env_file_allow in [settings]\n\
         hydrant: warning: NODE_OPTIONS in the env file (line 2) is not passed on: it gives Node.js options, modules to load \
         among them\n  \
         hint: set it in hydrant's own environment, or add \"NODE_OPTIONS\" to env_file_allow in [settings]\n",
    );
}

#[test]
fn half_of_a_credential_triple_is_not_mixed_with_another() {
    let emulator = emulator();
    let sandbox = Sandbox::new(TWO).at(&emulator.endpoint()).env("AWS_ACCESS_KEY_ID", "own");
    sandbox
        .file(".env", "AWS_ACCESS_KEY_ID=file\nAWS_SESSION_TOKEN=file-token\nAWS_PROFILE=other\n");
    let command = "echo $AWS_ACCESS_KEY_ID ${AWS_SESSION_TOKEN-unset} $AWS_PROFILE";
    sandbox.run(["run", "--", "sh", "-c", command]).prints("own unset other\n");
    assert!(emulator.calls().iter().all(|call| call.access_key_id.as_deref() == Some("own")));
}

#[test]
fn a_whole_triple_of_the_env_file_is_used_and_passed_on() {
    let emulator = emulator();
    let sandbox = Sandbox::new(TWO).env("AWS_ENDPOINT_URL", emulator.endpoint());
    sandbox.file(
        ".env",
        "AWS_ACCESS_KEY_ID=file\nAWS_SECRET_ACCESS_KEY=secret\nAWS_REGION=us-east-1\n",
    );
    sandbox
        .run(["run", "--", "printenv", "FIRST", "AWS_SECRET_ACCESS_KEY"])
        .prints("aws-1\nsecret\n");
    assert!(emulator.calls().iter().all(|call| call.access_key_id.as_deref() == Some("file")));
}

#[test]
fn arguments_and_values_of_the_process_that_are_not_utf_8_reach_the_command() {
    let sandbox = Sandbox::new(TWO)
        .env("FIRST", OsStr::from_bytes(b"own-\xff").to_owned())
        .env("SECOND", "own-2");
    let mut command =
        sandbox.command(["run", "--", "sh", "-c", "printf '%s:%s' \"$1\" \"$FIRST\"", "sh"]);
    let output = command.arg(std::ffi::OsString::from_vec(b"arg-\xfe".to_vec())).output().unwrap();
    assert_eq!(output.stdout, b"arg-\xfe:own-\xff");
}

#[test]
fn a_value_that_no_environment_can_hold_is_named() {
    let emulator = Emulator::start().unwrap();
    emulator.create_secret("us-east-1", "demo/first", Some("nul\0canary")).unwrap();
    emulator.create_secret("us-east-1", "demo/second", Some("fine")).unwrap();
    let sandbox = Sandbox::new(TWO).with(&emulator);
    let stderr = "hydrant: error: FIRST cannot be set: its value has a NUL character\n";
    sandbox.run(["run", "--", "touch", "started"]).is(76, "", stderr);
    sandbox.file(".env", &format!("BIG={}\n", "x".repeat(131_072)));
    let sandbox = sandbox.env("FIRST", "own");
    let stderr = "hydrant: error: BIG cannot be set: it takes 131077 bytes, and the system's limit is 131072\n";
    sandbox.run(["run", "--", "touch", "started"]).is(76, "", stderr);
    assert!(!sandbox.path().join("started").exists());
}

#[test]
fn only_the_named_entries_are_read() {
    let emulator = emulator();
    let sandbox = Sandbox::new(TWO).with(&emulator);
    sandbox
        .run(["--only", "SECOND", "run", "--", "sh", "-c", "echo ${FIRST-unset} $SECOND"])
        .prints("unset aws-2\n");
    assert_eq!(emulator.calls().len(), 1);
    assert_eq!(emulator.calls()[0].ids, ["demo/second"]);
}
