//! The servers that this project did not write: moto, and ministack with enforced policies.

use crate::doctor::{doctor, section};
use crate::support::aws::{HOME, Server, without_request_ids};
use crate::support::{Ran, Sandbox};

const MANIFEST: &str = "[secrets.KEY]\nsecret_id = \"PREFIX/key\"\n\
                        [secrets.PARAMETER]\narn_parameter = \"/PREFIX/arn\"\nrequired = false\n";

fn filled(server: &Server) -> Sandbox {
    let arn = server.secret(HOME, "key", Some("sk-canary"));
    server.parameter(HOME, "arn", &arn, aws_sdk_ssm::types::ParameterType::String);
    server.sandbox(MANIFEST)
}

fn told(server: &Server, sandbox: &Sandbox) -> Ran {
    let mut ran = without_request_ids(doctor(sandbox, &[]));
    ran.stdout = ran.stdout.replace(server.name("").as_str(), "PREFIX/");
    ran
}

const ENDPOINTS: &str = "  ok       Secrets Manager  http://127.0.0.1:… (AWS_ENDPOINT_URL): responded in … ms\n  \
                         ok       Parameter Store  http://127.0.0.1:… (AWS_ENDPOINT_URL): responded in … ms\n";

#[test]
fn moto_has_all_of_it() {
    let server = Server::moto();
    let ran = told(&server, &filled(&server));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        section(&ran, "identity").contains("  ok       caller       arn:aws:sts::123456789012:"),
        "{ran:?}"
    );
    assert_eq!(section(&ran, "endpoint"), ENDPOINTS);
    assert_eq!(section(&ran, "clock"), "  ok       clock  agrees with AWS's clock\n");
    let entries = section(&ran, "entries");
    assert!(
        entries.starts_with(
            "  ok       KEY        required: PREFIX/key (secret_id): readable, version …\n"
        ),
        "{ran:?}"
    );
    assert!(entries.ends_with("(parameter /PREFIX/arn): readable, version …\n"), "{ran:?}");
}

#[test]
fn a_user_of_ministack_sees_the_identity_and_the_missing_permissions() {
    let server = Server::ministack();
    let name = server.name("").trim_end_matches('/').to_owned();
    let resource = format!("arn:aws:secretsmanager:{HOME}:*:secret:{name}/key-??????");
    let sandbox = filled(&server);
    let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "secretsmanager:DescribeSecret", "Resource": resource },
        { "Effect": "Allow", "Action": "ssm:GetParameters", "Resource": "*" },
    ]});
    let sandbox = server.as_user(sandbox, &name, &policy.to_string());
    let ran = told(&server, &sandbox);
    assert_eq!(ran.code, Some(77), "{ran:?}");
    let caller = format!("  ok       caller       arn:aws:iam::000000000000:user/{name}\n");
    assert!(section(&ran, "identity").ends_with(&caller), "{ran:?}");
    assert_eq!(section(&ran, "endpoint"), ENDPOINTS);
    let begin = "  problem  KEY        required: PREFIX/key (secret_id): described, but not readable: access denied; AWS said: \
                 AccessDeniedException: ";
    assert!(section(&ran, "entries").starts_with(begin), "{ran:?}");
    assert!(
        section(&ran, "entries")
            .contains("  warning  PARAMETER  optional: arn:aws:secretsmanager:"),
        "{ran:?}"
    );
}

#[test]
fn ministack_refuses_a_wrong_secret_key() {
    let server = Server::ministack();
    let statement = serde_json::json!({ "Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*" });
    let policy =
        serde_json::json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
    let sandbox = server.as_user(filled(&server), server.name("").trim_end_matches('/'), &policy);
    let ran = told(&server, &sandbox.env("AWS_SECRET_ACCESS_KEY", "sk-wrong"));
    assert_eq!(ran.code, Some(78), "{ran:?}");
    assert!(
        section(&ran, "identity")
            .contains("  problem  caller       no usable AWS credentials; AWS said: "),
        "{ran:?}"
    );
    assert!(section(&ran, "entries").contains("no usable AWS credentials"), "{ran:?}");
}
