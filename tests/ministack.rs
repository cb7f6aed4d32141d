//! Access denied by a real policy engine: ministack verifies signatures and enforces IAM policies.
//!
//! Each test makes a user of its own, whose policy is all that the binary may do.

#[path = "support/aws.rs"]
mod aws;
mod support;

use std::process::Command;

use aws::{HOME, Server, without_request_ids};
use support::{Ran, Sandbox};

const GET: &str = "secretsmanager:GetSecretValue";
const BATCH: &str = "secretsmanager:BatchGetSecretValue";

/// Creates a user with this policy and prints an access key of his.
const USER: &str = "
import boto3, sys
endpoint, name, policy = sys.argv[1:]
iam = boto3.client('iam', endpoint_url=endpoint, region_name='us-east-1',
                   aws_access_key_id='root', aws_secret_access_key='rootsecret')
iam.create_user(UserName=name)
iam.put_user_policy(UserName=name, PolicyName='all', PolicyDocument=policy)
key = iam.create_access_key(UserName=name)['AccessKey']
print(key['AccessKeyId'], key['SecretAccessKey'])
";

/// One who may do this, each on a resource.
fn as_user(server: &Server, sandbox: Sandbox, allowed: &[(&str, &str)]) -> Sandbox {
    let statements: Vec<_> = allowed
        .iter()
        .map(|(action, resource)| serde_json::json!({ "Effect": "Allow", "Action": action, "Resource": resource }))
        .collect();
    let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    let python = std::env::var_os("HYDRANT_TEST_PYTHON");
    let python = python.expect("HYDRANT_TEST_PYTHON is not set: run the tests through scripts/test");
    let user = server.name("").trim_end_matches('/').to_owned();
    let output = Command::new(python).args(["-c", USER, server.endpoint(), &user, &policy]).output().expect("python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let key = String::from_utf8(output.stdout).expect("an access key");
    let (id, secret) = key.trim().split_once(' ').expect("an access key");
    sandbox.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret)
}

/// The ARN that a policy should name: six characters follow a secret's name.
fn resource(server: &Server, name: &str) -> String {
    format!("arn:aws:secretsmanager:{HOME}:*:secret:{}-??????", server.name(name))
}

const THREE: &str = "[secrets.A]\nsecret_id = \"PREFIX/a\"\n[secrets.B]\nsecret_id = \"PREFIX/b\"\nREQUIRED\
                     [secrets.C]\nsecret_id = \"PREFIX/c\"\n";

fn three(server: &Server, required: bool) -> Sandbox {
    for name in ["a", "b", "c"] {
        server.secret(HOME, name, Some(&format!("value {name}")));
    }
    server.sandbox(&THREE.replace("REQUIRED", if required { "" } else { "required = false\n" }))
}

fn echo(sandbox: &Sandbox) -> Ran {
    without_request_ids(sandbox.run(["run", "--", "sh", "-c", "echo $A, $B, $C"]))
}

#[test]
fn one_who_may_read_everything_reads_it_in_a_batch() {
    let server = Server::ministack();
    let sandbox = as_user(&server, three(&server, true), &[(GET, &resource(&server, "*")), (BATCH, "*")]);
    echo(&sandbox).prints("value a, value b, value c\n");
}

#[test]
fn without_the_permission_to_batch_the_secrets_are_read_one_by_one() {
    let server = Server::ministack();
    let sandbox = as_user(&server, three(&server, true), &[(GET, &resource(&server, "*"))]);
    echo(&sandbox).prints("value a, value b, value c\n");
}

#[test]
fn a_required_secret_of_a_batch_that_is_not_allowed_stops_the_start() {
    let server = Server::ministack();
    let (a, c) = (resource(&server, "a"), resource(&server, "c"));
    let sandbox = as_user(&server, three(&server, true), &[(GET, &a), (GET, &c), (BATCH, "*")]);
    stops_for_b(&server, &sandbox);
}

#[test]
fn a_required_secret_read_by_itself_that_is_not_allowed_stops_the_start() {
    let server = Server::ministack();
    let (a, c) = (resource(&server, "a"), resource(&server, "c"));
    let sandbox = as_user(&server, three(&server, true), &[(GET, &a), (GET, &c)]);
    stops_for_b(&server, &sandbox);
}

/// Nothing is started, and the message names the variable, the line, the action and the secret. (In its answer to a
/// single read ministack leaves the resource out, which AWS names.)
#[track_caller]
fn stops_for_b(server: &Server, sandbox: &Sandbox) {
    let ran = sandbox.run(["run", "--", "touch", "started"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str(), sandbox.path().join("started").exists()),
        (Some(77), "", false),
        "{ran:?}"
    );
    let name = server.name("b");
    let said = format!("hydrant: error: B (secrets.toml:4): access denied: {name}; AWS said: AccessDeniedException: ");
    let hint = format!("\n  hint: allow secretsmanager:GetSecretValue on {name} in the role's policy\n");
    assert!(ran.stderr.starts_with(&said) && ran.stderr.ends_with(&hint), "{ran:?}");
    assert_eq!(ran.stderr.matches("hydrant: ").count(), 1, "{ran:?}");
}

#[test]
fn an_optional_secret_that_is_not_allowed_leaves_the_others_alone() {
    let server = Server::ministack();
    let (a, c) = (resource(&server, "a"), resource(&server, "c"));
    let sandbox = as_user(&server, three(&server, false), &[(GET, &a), (GET, &c), (BATCH, "*")]);
    let ran = echo(&sandbox);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "value a, , value c\n"), "{ran:?}");
    assert!(ran.stderr.starts_with("hydrant: warning: B (secrets.toml:4): failed: access denied: "), "{ran:?}");
}

#[test]
fn a_parameter_that_is_not_allowed_stops_the_start() {
    let server = Server::ministack();
    let arn = server.secret(HOME, "a", Some("value a"));
    server.parameter(HOME, "arn", &arn, aws_sdk_ssm::types::ParameterType::String);
    let manifest = "[secrets.A]\narn_parameter = \"/PREFIX/arn\"\n";
    let sandbox = as_user(&server, server.sandbox(manifest), &[(GET, &resource(&server, "a"))]);
    let ran = sandbox.run(["run", "--", "touch", "started"]);
    assert_eq!((ran.code, sandbox.path().join("started").exists()), (Some(77), false), "{ran:?}");
    assert!(ran.stderr.contains("ssm:GetParameters") && ran.stderr.contains(&server.name("arn")), "{ran:?}");
    // ministack grants GetParameters on every resource only.
    let allowed = [(GET, &*resource(&server, "a")), ("ssm:GetParameters", "*")];
    let other = Server::ministack();
    let sandbox = as_user(&other, server.sandbox(manifest), &allowed);
    sandbox.run(["run", "--", "printenv", "A"]).prints("value a\n");
}

/// A secret key that is wrong, and an access key that AWS does not know: credentials, not a denial.
#[test]
fn credentials_that_are_not_accepted_are_said_to_be_that() {
    let server = Server::ministack();
    let sandbox = as_user(&server, three(&server, true), &[(GET, "*"), (BATCH, "*")]);
    let sandbox = sandbox.env("AWS_SECRET_ACCESS_KEY", "wrong");
    not_accepted(&sandbox, "InvalidSignatureException");
    not_accepted(&sandbox.env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"), "UnrecognizedClientException");
}

#[track_caller]
fn not_accepted(sandbox: &Sandbox, code: &str) {
    let ran = sandbox.run(["run", "--", "true"]);
    assert_eq!(ran.code, Some(78), "{ran:?}");
    assert!(ran.stderr.contains("no usable AWS credentials") && ran.stderr.contains(code), "{ran:?}");
    // One message for the three entries, since it has nothing to do with any of them.
    assert_eq!(ran.stderr.matches("hydrant: ").count(), 1, "{ran:?}");
}
