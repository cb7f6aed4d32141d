//! Every form of a reference, and every source key.

use crate::support::aws::{HOME, Server, partial};

on_both! {
    by_the_arn_in_a_variable
    by_the_arn_in_the_default_variable
    by_the_arn_in_a_parameter
    by_a_name_in_the_manifest
    by_a_name_in_a_variable
    by_a_partial_arn
    by_the_suffix_of_ecs
    the_first_locator_decides
    a_parameter_that_does_not_exist_leaves_it_to_the_next
    many_forms_of_many_secrets_in_one_start
    three_forms_of_one_secret_in_one_start
}

const PRINT: [&str; 4] = ["run", "--", "printenv", "KEY"];

fn by_the_arn_in_a_variable(server: &Server) {
    let arn = server.secret(HOME, "openai", Some("sk-test-1"));
    let sandbox = server.sandbox("[secrets.KEY]\narn_var = \"SOME_ARN\"\n").env("SOME_ARN", arn);
    sandbox.run(PRINT).prints("sk-test-1\n");
}

fn by_the_arn_in_the_default_variable(server: &Server) {
    let arn = server.secret(HOME, "openai", Some("sk-test-1"));
    server.sandbox("[secrets.KEY]\n").env("KEY_SECRET_ARN", arn).run(PRINT).prints("sk-test-1\n");
}

fn by_the_arn_in_a_parameter(server: &Server) {
    let arn = server.secret(HOME, "openai", Some("sk-test-1"));
    server.parameter(
        HOME,
        "llm/openai-secret-arn",
        &arn,
        aws_sdk_ssm::types::ParameterType::String,
    );
    let manifest = "[vars]\nproject = \"PREFIX\"\n[secrets.KEY]\narn_parameter = \"/${project}/llm/openai-secret-arn\"\n";
    server.sandbox(manifest).run(PRINT).prints("sk-test-1\n");
}

fn by_a_name_in_the_manifest(server: &Server) {
    server.secret(HOME, "openai", Some("sk-test-1"));
    server
        .sandbox("[secrets.KEY]\nsecret_id = \"PREFIX/openai\"\n")
        .run(PRINT)
        .prints("sk-test-1\n");
}

fn by_a_name_in_a_variable(server: &Server) {
    server.secret(HOME, "openai", Some("sk-test-1"));
    let sandbox = server.sandbox("[secrets.KEY]\n").env("KEY_SECRET_ARN", server.name("openai"));
    sandbox.run(PRINT).prints("sk-test-1\n");
}

fn by_a_partial_arn(server: &Server) {
    let arn = server.secret(HOME, "openai", Some("sk-test-1"));
    let sandbox = server.sandbox("[secrets.KEY]\n").env("KEY_SECRET_ARN", partial(&arn));
    sandbox.run(PRINT).prints("sk-test-1\n");
}

fn by_the_suffix_of_ecs(server: &Server) {
    let arn = server.secret(HOME, "json", Some(r#"{"a": "old a", "b": "old b"}"#));
    let newest = server.put(HOME, "json", r#"{"a": "new a", "b": "new b"}"#);
    let check = |suffix: &str, expected: &str| {
        let sandbox =
            server.sandbox("[secrets.KEY]\n").env("KEY_SECRET_ARN", format!("{arn}:{suffix}"));
        sandbox.run(PRINT).prints(&format!("{expected}\n"));
    };
    check("a::", "new a");
    check("b:AWSPREVIOUS:", "old b");
    check(&format!("b::{newest}"), "new b");
    check(":AWSPREVIOUS:", r#"{"a": "old a", "b": "old b"}"#);
    check("::", r#"{"a": "new a", "b": "new b"}"#);
}

fn the_first_locator_decides(server: &Server) {
    let arn = server.secret(HOME, "first", Some("from the variable"));
    let other = server.secret(HOME, "second", Some("from the parameter"));
    server.secret(HOME, "third", Some("from the manifest"));
    server.parameter(HOME, "arn", &other, aws_sdk_ssm::types::ParameterType::String);
    let manifest = "[secrets.KEY]\narn_var = \"SOME_ARN\"\narn_parameter = \"/PREFIX/arn\"\nsecret_id = \"PREFIX/third\"\n";
    server.sandbox(manifest).env("SOME_ARN", arn).run(PRINT).prints("from the variable\n");
    server.sandbox(manifest).run(PRINT).prints("from the parameter\n");
}

fn a_parameter_that_does_not_exist_leaves_it_to_the_next(server: &Server) {
    server.secret(HOME, "third", Some("from the manifest"));
    let manifest = "[secrets.KEY]\narn_parameter = \"/PREFIX/arn\"\nsecret_id = \"PREFIX/third\"\n";
    let parameter = format!("/{}", server.name("arn"));
    let warning =
        format!("hydrant: warning: KEY (secrets.toml:2): parameter {parameter} does not exist\n");
    server.sandbox(manifest).run(PRINT).is(0, "from the manifest\n", &warning);
}

/// A batch whose ids are a name, a partial and a whole ARN. AWS returns the whole ARN and the name
/// for all of them.
fn many_forms_of_many_secrets_in_one_start(server: &Server) {
    let whole = server.secret(HOME, "whole", Some("1"));
    let part = server.secret(HOME, "part", Some("2"));
    server.secret(HOME, "name", Some("3"));
    server.secret(HOME, "name/below", Some(r#"{"key": "4"}"#));
    let manifest = "[secrets.A]\n[secrets.B]\n[secrets.C]\nsecret_id = \"PREFIX/name\"\n\
                    [secrets.D]\nsecret_id = \"PREFIX/name/below\"\njson_key = \"key\"\n";
    let sandbox =
        server.sandbox(manifest).env("A_SECRET_ARN", whole).env("B_SECRET_ARN", partial(&part));
    sandbox.run(["run", "--", "sh", "-c", "echo $A $B $C $D"]).prints("1 2 3 4\n");
}

/// Whether a server responds once for each id or once for each secret, every entry gets its value.
fn three_forms_of_one_secret_in_one_start(server: &Server) {
    let arn = server.secret(HOME, "one", Some("1"));
    let manifest = "[secrets.A]\n[secrets.B]\n[secrets.C]\nsecret_id = \"PREFIX/one\"\n";
    let sandbox =
        server.sandbox(manifest).env("A_SECRET_ARN", &arn).env("B_SECRET_ARN", partial(&arn));
    sandbox.run(["run", "--", "sh", "-c", "echo $A $B $C"]).prints("1 1 1\n");
}
