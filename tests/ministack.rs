//! Access denied by a real policy engine: ministack verifies signatures and enforces IAM policies.
//!
//! Each test creates its own user, whose policy is everything that the binary may do.

use crate::support::aws::{HOME, Server, without_request_ids};
use crate::support::{Ran, Sandbox};

const GET: &str = "secretsmanager:GetSecretValue";
const BATCH: &str = "secretsmanager:BatchGetSecretValue";

/// A user who may do this, each on a resource.
fn as_user(server: &Server, sandbox: Sandbox, allowed: &[(&str, &str)]) -> Sandbox {
    let statements: Vec<_> = allowed
        .iter()
        .map(|(action, resource)| serde_json::json!({ "Effect": "Allow", "Action": action, "Resource": resource }))
        .collect();
    let policy =
        serde_json::json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    server.as_user(sandbox, server.name("").trim_end_matches('/'), &policy)
}

/// The ARN for a policy: six characters follow a secret's name.
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
    let sandbox =
        as_user(&server, three(&server, true), &[(GET, &resource(&server, "*")), (BATCH, "*")]);
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

/// Nothing is started, and the message names the variable, the line, the action and the secret. (In
/// its response to a single read ministack leaves out the resource, which AWS names.)
#[track_caller]
fn stops_for_b(server: &Server, sandbox: &Sandbox) {
    let ran = sandbox.run(["run", "--", "touch", "started"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str(), sandbox.path().join("started").exists()),
        (Some(77), "", false),
        "{ran:?}"
    );
    let name = server.name("b");
    let said = format!(
        "hydrant: error: B (secrets.toml:4): access denied: {name}; AWS said: AccessDeniedException: "
    );
    let hint =
        format!("\n  hint: allow secretsmanager:GetSecretValue on {name} in the role's policy\n");
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
    assert!(
        ran.stderr.starts_with("hydrant: warning: B (secrets.toml:4): failed: access denied: "),
        "{ran:?}"
    );
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
    assert!(
        ran.stderr.contains("ssm:GetParameters") && ran.stderr.contains(&server.name("arn")),
        "{ran:?}"
    );
    // ministack grants GetParameters only on every resource.
    let allowed = [(GET, &*resource(&server, "a")), ("ssm:GetParameters", "*")];
    let other = Server::ministack();
    let sandbox = as_user(&other, server.sandbox(manifest), &allowed);
    sandbox.run(["run", "--", "printenv", "A"]).prints("value a\n");
}

/// A wrong secret key, and an access key that AWS does not know: credentials, not a denial.
#[test]
fn credentials_that_are_not_accepted_are_said_to_be_that() {
    let server = Server::ministack();
    let sandbox = as_user(&server, three(&server, true), &[(GET, "*"), (BATCH, "*")]);
    let sandbox = sandbox.env("AWS_SECRET_ACCESS_KEY", "wrong");
    not_accepted(&sandbox, "InvalidSignatureException");
    not_accepted(
        &sandbox.env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        "UnrecognizedClientException",
    );
}

#[track_caller]
fn not_accepted(sandbox: &Sandbox, code: &str) {
    let ran = sandbox.run(["run", "--", "true"]);
    assert_eq!(ran.code, Some(78), "{ran:?}");
    assert!(
        ran.stderr.contains("no usable AWS credentials") && ran.stderr.contains(code),
        "{ran:?}"
    );
    // One message for the three entries, because the problem is not about any of them.
    assert_eq!(ran.stderr.matches("hydrant: ").count(), 1, "{ran:?}");
}

const PUT: &str = "secretsmanager:PutSecretValue";
const CREATE: &str = "secretsmanager:CreateSecret";
const DESCRIBE: &str = "secretsmanager:DescribeSecret";
const VERSIONS: &str = "secretsmanager:ListSecretVersionIds";
const PARAMETERS: &str = "ssm:GetParameters";

/// A user who may write everything under this test's names and read none of it.
///
/// Without the six characters: a secret that does not exist yet has none.
fn as_blind_writer(server: &Server, sandbox: Sandbox) -> Sandbox {
    let all = format!("arn:aws:secretsmanager:{HOME}:*:secret:{}", server.name("*"));
    let secrets = [PUT, CREATE, DESCRIBE, VERSIONS].map(|action| (action, &*all));
    as_user(server, sandbox, &[&secrets[..], &[(PARAMETERS, "*")]].concat())
}

/// A user who may put, create and describe, and not get.
#[test]
fn one_who_may_write_and_never_read_sets_secrets_and_cannot_start_with_them() {
    let server = Server::ministack();
    server.secret(HOME, "raw", Some("old"));
    let arn = server.secret(HOME, "published", Some("old"));
    server.parameter(HOME, "arn", &arn, aws_sdk_ssm::types::ParameterType::String);
    let manifest = "[secrets.RAW]\nsecret_id = \"PREFIX/raw\"\n[secrets.PUBLISHED]\narn_parameter = \"/PREFIX/arn\"\n\
                    [secrets.NEW]\nsecret_id = \"PREFIX/new\"\n";
    let sandbox = as_blind_writer(&server, server.sandbox(manifest));
    let states = || states(&sandbox, &[]);
    assert_eq!(states(), ["RAW configured", "PUBLISHED configured", "NEW absent"]);

    for (args, name) in [
        (&["put", "RAW"][..], "raw"),
        (&["put", "PUBLISHED"], "published"),
        (&["put", "NEW", "--create"], "new"),
    ] {
        let ran = sandbox.fed(args, format!("sk-4fA9-{name}"));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(server.value(HOME, name), format!("sk-4fA9-{name}"));
    }
    assert_eq!(states(), ["RAW configured", "PUBLISHED configured", "NEW configured"]);
    assert_eq!(sandbox.fed(["put", "RAW"], "sk-4fA9-second").code, Some(0));
    let ran = sandbox.run(["history", "RAW", "--json"]);
    let history: serde_json::Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    assert_eq!(history["versions"].as_array().map(Vec::len), Some(2), "{history}");

    for name in ["RAW", "PUBLISHED", "NEW"] {
        let ran = sandbox.run(["--only", name, "run", "--", "touch", "started"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(77), ""), "{ran:?}");
        assert!(ran.stderr.contains("secretsmanager:GetSecretValue"), "{ran:?}");
        assert!(!ran.stderr.contains("4fA9"), "{ran:?}");
    }
    assert!(!sandbox.path().join("started").exists());
}

#[test]
fn one_who_may_write_and_never_read_imports() {
    let server = Server::ministack();
    server.secret(HOME, "raw", Some("old"));
    server.secret(HOME, "json", Some("{\"a\": \"old\", \"c\": \"old\"}"));
    let manifest = "[secrets.RAW]\nsecret_id = \"PREFIX/raw\"\n[secrets.A]\nsecret_id = \"PREFIX/json\"\njson_key = \"a\"\n\
                    [secrets.B]\nsecret_id = \"PREFIX/json\"\njson_key = \"b\"\n[secrets.NEW]\nsecret_id = \"PREFIX/new\"\n";
    let sandbox = as_blind_writer(&server, server.sandbox(manifest));
    sandbox.file(".env", "RAW=4fA9-raw\nA=4fA9-a\nB=4fA9-b\nNEW=4fA9-new\n");

    // Keeping the other keys needs the right to read. Everything else is written all the same.
    let ran = sandbox.run(["import", "--create"]);
    assert_eq!(ran.code, Some(77), "{ran:?}");
    assert!(
        ran.stderr.contains("secretsmanager:GetSecretValue") && !ran.stderr.contains("4fA9"),
        "{ran:?}"
    );
    assert_eq!(
        (server.value(HOME, "raw"), server.value(HOME, "new")),
        ("4fA9-raw".into(), "4fA9-new".into())
    );
    assert_eq!(server.value(HOME, "json"), "{\"a\": \"old\", \"c\": \"old\"}");
    assert_eq!(server.versions(HOME, "json").len(), 1);

    let ran = sandbox.run(["import", "--replace"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(server.value(HOME, "json"), "{\"a\":\"4fA9-a\",\"b\":\"4fA9-b\"}");
}

#[test]
fn a_merge_needs_the_right_to_read_and_writes_nothing_without_it() {
    let server = Server::ministack();
    server.secret(HOME, "json", Some("{\"a\": \"old\", \"c\": \"old\"}"));
    let manifest = "[secrets.A]\nsecret_id = \"PREFIX/json\"\njson_key = \"a\"\n";
    let sandbox = as_blind_writer(&server, server.sandbox(manifest));
    let ran = sandbox.fed(["put", "A", "--merge"], "sk-4fA9");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(77), ""), "{ran:?}");
    assert!(
        ran.stderr.contains("access denied")
            && ran.stderr.contains("secretsmanager:GetSecretValue"),
        "{ran:?}"
    );
    assert_eq!(server.versions(HOME, "json").len(), 1);
    assert_eq!(server.value(HOME, "json"), "{\"a\": \"old\", \"c\": \"old\"}");
    assert_eq!(sandbox.fed(["put", "A", "--replace"], "sk-4fA9").code, Some(0));
    assert_eq!(server.value(HOME, "json"), "{\"a\":\"sk-4fA9\"}");
}

/// A user who may only describe gets a message with the missing action, and nothing is written.
#[test]
fn one_who_may_only_look_cannot_write() {
    let server = Server::ministack();
    server.secret(HOME, "raw", Some("sk-old"));
    let all = resource(&server, "*");
    let sandbox = as_user(
        &server,
        server.sandbox("[secrets.RAW]\nsecret_id = \"PREFIX/raw\"\n"),
        &[(DESCRIBE, &all)],
    );
    assert_eq!(states(&sandbox, &[]), ["RAW configured"]);
    for (args, action) in [
        (&["put", "RAW"][..], "secretsmanager:PutSecretValue"),
        (&["delete", "RAW", "--yes"], "secretsmanager:DeleteSecret"),
        (&["restore", "RAW"], "secretsmanager:RestoreSecret"),
        (&["history", "RAW"], "secretsmanager:ListSecretVersionIds"),
    ] {
        let ran = sandbox.fed(args, "sk-4fA9");
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(77), ""), "{ran:?}");
        assert!(ran.stderr.contains(action) && !ran.stderr.contains("4fA9"), "{ran:?}");
    }
    assert_eq!(server.value(HOME, "raw"), "sk-old");
    assert_eq!(server.versions(HOME, "raw").len(), 1);
}

/// Each entry's variable and state.
#[track_caller]
fn states(sandbox: &Sandbox, options: &[&str]) -> Vec<String> {
    let ran = sandbox.run([options, &["status", "--json"]].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    let status: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let entries = status["entries"].as_array().expect("entries").iter();
    entries
        .map(|entry| format!("{} {}", entry["variable"], entry["state"]).replace('"', ""))
        .collect()
}

const TENANTS: &str = "[secrets.OPENAI_API_KEY]\nsecret_id = \"PREFIX/agents/${env}/${org}/${domain}/openai_api_key\"\n\
                       [vars]\nenv = \"dev\"\ndomain = \"mail\"\n";

/// Two tenants with a key each, and a user who may use the names of the first. In the second
/// sandbox the environment names the other.
fn tenants() -> (Server, [Sandbox; 2]) {
    let server = Server::ministack();
    for tenant in ["acme", "zeta"] {
        server.secret(HOME, &tenants_key(tenant), Some(&format!("old of {tenant}")));
    }
    let own = resource(&server, "agents/dev/acme/*");
    let actions =
        [GET, PUT, CREATE, DESCRIBE, "secretsmanager:DeleteSecret"].map(|action| (action, &*own));
    let sandbox = as_user(&server, server.sandbox(TENANTS), &actions);
    let keys = sandbox.command(["status"]);
    let keys = keys.get_envs().filter_map(|(name, value)| Some((name.to_str()?, value?)));
    let keys =
        keys.filter(|(name, _)| ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].contains(name));
    let other =
        keys.fold(server.sandbox(TENANTS), |sandbox, (name, value)| sandbox.env(name, value));
    (server, [sandbox, other.env("HYDRANT_VAR_org", "zeta")])
}

fn tenants_key(tenant: &str) -> String {
    format!("agents/dev/{tenant}/mail/openai_api_key")
}

#[test]
fn a_tenant_sets_its_own_secret_and_no_other() {
    let (server, [sandbox, by_environment]) = tenants();
    let key = format!("sk-{}", "4fA9".repeat(12));
    assert_eq!(states(&sandbox, &["--var", "org=acme"]), ["OPENAI_API_KEY configured"]);
    let ran = sandbox.fed(["--var", "org=acme", "put", "OPENAI_API_KEY"], &key);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains(&server.name(&tenants_key("acme"))), "{ran:?}");
    assert_eq!(server.value(HOME, &tenants_key("acme")), key);

    // On the command line, and in the environment, where a server might put it.
    for (sandbox, given) in [(&sandbox, &["--var", "org=zeta"][..]), (&by_environment, &[])] {
        for args in [
            &["put", "OPENAI_API_KEY"][..],
            &["put", "OPENAI_API_KEY", "--create"],
            &["delete", "OPENAI_API_KEY", "--yes"],
            &["run", "--", "true"],
            &["status"],
        ] {
            let ran = sandbox.fed([given, args].concat(), &key);
            assert_eq!(ran.code, Some(77), "{ran:?}");
            assert!(
                ran.stderr.contains("access denied") && !ran.stderr.contains("4fA9"),
                "{ran:?}"
            );
        }
    }
    assert_eq!(server.value(HOME, &tenants_key("zeta")), "old of zeta");
    assert_eq!(server.versions(HOME, &tenants_key("zeta")).len(), 1);
}

/// A value that is not a plain name is refused before any call: each of these would be another
/// tenant's name, or a pattern, if it were used unchecked.
#[test]
fn no_value_of_a_variable_changes_the_rest_of_a_name() {
    let emulator = Server::emulator();
    emulator.secret(HOME, &tenants_key("zeta"), Some("old of zeta"));
    let sandbox = emulator.sandbox(TENANTS);
    let whole = emulator.name(&tenants_key("zeta"));
    for value in [
        "",
        "../zeta",
        "acme/../zeta",
        "acme/mail/../../zeta",
        "zeta/mail",
        "/zeta",
        "zeta/",
        "*",
        "ac*",
        "zet?",
        "zeta mail",
        "zeta\n",
        "zeta\t",
        "${env}",
        "zeta%2Fmail",
        "zeta:AWSCURRENT",
        "z\u{435}ta",
        "zeta\\mail",
        &whole,
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:zeta",
    ] {
        let given = format!("org={value}");
        for args in [
            &["put", "OPENAI_API_KEY"][..],
            &["run", "--", "true"],
            &["status"],
            &["delete", "OPENAI_API_KEY", "--yes"],
        ] {
            let calls = emulator.calls_of(|| {
                let ran = sandbox.fed([&["--var", &given], args].concat(), "sk-4fA9");
                assert_eq!(
                    (ran.code, ran.stdout.as_str()),
                    (Some(2), ""),
                    "{value:?} {args:?} {ran:?}"
                );
                assert!(
                    ran.stderr.contains("${org}") || ran.stderr.contains("`org`"),
                    "{value:?} {ran:?}"
                );
                let mut command = sandbox.command(args);
                command.env("HYDRANT_VAR_org", value).stdin(std::process::Stdio::null());
                let ran = Ran::of(command.output().expect("the binary starts"));
                assert_eq!(
                    (ran.code, ran.stdout.as_str()),
                    (Some(2), ""),
                    "{value:?} {args:?} {ran:?}"
                );
            });
            assert_eq!(calls.expect("the emulator's"), [], "{value:?} {args:?}");
        }
    }
    let ran = sandbox.fed(["put", "OPENAI_API_KEY"], "sk-4fA9");
    assert!(
        ran.code == Some(65) && ran.stderr.contains("`${org}`, which is not set"),
        "an unset one is named: {ran:?}"
    );
    assert_eq!(emulator.value(HOME, &tenants_key("zeta")), "old of zeta");
}
