//! Parameters whose own value is the secret.

use aws_sdk_ssm::types::ParameterType;

use crate::support::aws::{AWAY, HOME, Server, without_hints};

on_both! {
    a_string
    a_secure_string
    a_json_key_of_a_parameter
    a_pinned_version
    a_pinned_version_beside_the_newest_is_never_taken_for_it
    a_parameter_of_another_region
    an_arn_as_the_reference
    not_found_and_optional_warns
    not_found_and_required_stops
}

const PRINT: [&str; 4] = ["run", "--", "printenv", "KEY"];
const BY_VALUE: &str = "[secrets.KEY]\nvalue_parameter = \"/PREFIX/openai\"\n";

fn a_string(server: &Server) {
    server.parameter(HOME, "openai", "sk-string", ParameterType::String);
    server.sandbox(BY_VALUE).run(PRINT).prints("sk-string\n");
}

/// Without decryption moto would return `kms:alias/aws/ssm:sk-secure`, and AWS ciphertext.
fn a_secure_string(server: &Server) {
    server.parameter(HOME, "openai", "sk-secure", ParameterType::SecureString);
    server.sandbox(BY_VALUE).run(PRINT).prints("sk-secure\n");
}

fn a_json_key_of_a_parameter(server: &Server) {
    server.parameter(HOME, "openai", r#"{"a": 1.50, "b": "two"}"#, ParameterType::SecureString);
    let manifest = "[secrets.A]\nvalue_parameter = \"/PREFIX/openai\"\njson_key = \"a\"\n\
                    [secrets.B]\nvalue_parameter = \"/PREFIX/openai\"\njson_key = \"b\"\n";
    server.sandbox(manifest).run(["run", "--", "sh", "-c", "echo $A $B"]).prints("1.50 two\n");
}

/// moto leaves the selector out of its response, which AWS always repeats: nothing there says that
/// the response is for this call, and the value is not used.
fn a_pinned_version(server: &Server) {
    server.parameter(HOME, "openai", "first", ParameterType::String);
    let name = format!("/{}", server.name("openai"));
    let call = server.parameters(HOME).put_parameter().name(&name).value("second").overwrite(true);
    server.wait(call.r#type(ParameterType::String).send()).expect("PutParameter");
    server.sandbox(BY_VALUE).run(PRINT).prints("second\n");
    let pinned = "[secrets.KEY]\nvalue_parameter = \"/PREFIX/openai:1\"\n";
    let ran = server.sandbox(pinned).run(PRINT);
    if server.is_moto() {
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(76), ""), "{ran:?}");
        assert!(
            ran.stderr.contains("the response to ssm:GetParameters does not contain it"),
            "{ran:?}"
        );
    } else {
        ran.prints("first\n");
    }
}

/// As above, moto's responses to both calls differ only in the value: neither is guessed.
fn a_pinned_version_beside_the_newest_is_never_taken_for_it(server: &Server) {
    server.parameter(HOME, "openai", "first", ParameterType::String);
    let call = server
        .parameters(HOME)
        .put_parameter()
        .name(format!("/{}", server.name("openai")))
        .value("second");
    server.wait(call.overwrite(true).r#type(ParameterType::String).send()).expect("PutParameter");
    let manifest = "[secrets.NEWEST]\nvalue_parameter = \"/PREFIX/openai\"\nrequired = false\n\
                    [secrets.PINNED]\nvalue_parameter = \"/PREFIX/openai:1\"\nrequired = false\n";
    let ran = server.sandbox(manifest).run([
        "run",
        "--",
        "sh",
        "-c",
        "echo ${NEWEST-none} ${PINNED-none}",
    ]);
    if server.is_moto() {
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "none none\n"), "{ran:?}");
        assert_eq!(
            ran.stderr.matches("the response to ssm:GetParameters does not contain it").count(),
            2,
            "{ran:?}"
        );
    } else {
        ran.prints("second first\n");
    }
}

fn a_parameter_of_another_region(server: &Server) {
    server.parameter(AWAY, "openai", "sk-away", ParameterType::String);
    server.sandbox(BY_VALUE).env("AWS_REGION", AWAY).run(PRINT).prints("sk-away\n");
}

/// moto looks up an ARN as if it were a name, and responds that it is invalid: the entry is then
/// missing.
fn an_arn_as_the_reference(server: &Server) {
    let arn = server.parameter(AWAY, "openai", "sk-by-arn", ParameterType::SecureString);
    let ran = server.sandbox("[secrets.KEY]\n").env("KEY_SECRET_ARN", &arn).run(PRINT);
    if server.is_moto() {
        let said = format!(
            "hydrant: error: KEY (secrets.toml:2): the parameter does not exist: parameter {arn}\n"
        );
        without_hints(ran).is(66, "", &said);
    } else {
        ran.prints("sk-by-arn\n");
    }
}

fn not_found_and_optional_warns(server: &Server) {
    let name = format!("/{}", server.name("openai"));
    let sandbox = server.sandbox(&format!("{BY_VALUE}required = false\n"));
    let ran = sandbox.run(["run", "--", "sh", "-c", "echo started${KEY+ with KEY}"]);
    without_hints(ran).is(
        0,
        "started\n",
        &format!("hydrant: warning: KEY (secrets.toml:2): missing: the parameter does not exist: parameter {name}\n"),
    );
}

fn not_found_and_required_stops(server: &Server) {
    let name = format!("/{}", server.name("openai"));
    let sandbox = server.sandbox(BY_VALUE);
    let ran = sandbox.run(["run", "--", "touch", "started"]);
    without_hints(ran).is(
        66,
        "",
        &format!(
            "hydrant: error: KEY (secrets.toml:2): the parameter does not exist: parameter {name}\n"
        ),
    );
    assert!(!sandbox.path().join("started").exists());
}
