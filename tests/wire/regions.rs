//! Secrets and parameters of several regions in one start.

use aws_sdk_ssm::types::ParameterType;

use crate::support::aws::{AWAY, HOME, Server, partial};

on_both! {
    the_region_of_an_arn_counts_and_not_the_environments
    the_region_of_the_environment_counts_for_names
    several_regions_in_one_manifest
    no_region_is_needed_where_every_reference_names_one
    a_name_without_a_region_is_explained
}

const PRINT: [&str; 4] = ["run", "--", "printenv", "KEY"];

fn the_region_of_an_arn_counts_and_not_the_environments(server: &Server) {
    let arn = server.secret(AWAY, "openai", Some("sk-away"));
    // The same name in the home region, which a client of the wrong region would find.
    server.secret(HOME, "openai", Some("sk-home"));
    let sandbox = server.sandbox("[secrets.KEY]\n").env("AWS_REGION", HOME);
    sandbox.env("KEY_SECRET_ARN", partial(&arn)).run(PRINT).prints("sk-away\n");
}

fn the_region_of_the_environment_counts_for_names(server: &Server) {
    server.secret(AWAY, "openai", Some("sk-away"));
    server.secret(HOME, "openai", Some("sk-home"));
    let manifest =
        "[settings]\nregion = \"us-east-1\"\n[secrets.KEY]\nsecret_id = \"PREFIX/openai\"\n";
    server.sandbox(manifest).env("AWS_REGION", AWAY).run(PRINT).prints("sk-away\n");
    server.sandbox(manifest).env("AWS_REGION", "").run(PRINT).prints("sk-home\n");
}

fn several_regions_in_one_manifest(server: &Server) {
    let away = [server.secret(AWAY, "a", Some("away a")), server.secret(AWAY, "b", Some("away b"))];
    let home = [server.secret(HOME, "a", Some("home a")), server.secret(HOME, "b", Some("home b"))];
    // A parameter of one region may hold the ARN of a secret of another.
    server.parameter(HOME, "arn", &away[1], ParameterType::String);
    let manifest =
        "[secrets.A]\n[secrets.B]\narn_parameter = \"/PREFIX/arn\"\n[secrets.C]\n[secrets.D]\n";
    let sandbox = server.sandbox(manifest);
    let sandbox = sandbox
        .env("A_SECRET_ARN", &away[0])
        .env("C_SECRET_ARN", &home[0])
        .env("D_SECRET_ARN", &home[1]);
    let ran = sandbox.run(["run", "--", "sh", "-c", "echo $A, $B, $C, $D"]);
    ran.prints("away a, away b, home a, home b\n");
}

fn no_region_is_needed_where_every_reference_names_one(server: &Server) {
    let (one, other) =
        (server.secret(AWAY, "one", Some("1")), server.secret(HOME, "other", Some("2")));
    let sandbox = server.sandbox("[secrets.A]\n[secrets.B]\n").env("AWS_REGION", "");
    let sandbox = sandbox.env("A_SECRET_ARN", one).env("B_SECRET_ARN", other);
    sandbox.run(["run", "--", "sh", "-c", "echo $A $B"]).prints("1 2\n");
}

fn a_name_without_a_region_is_explained(server: &Server) {
    server.secret(HOME, "openai", Some("sk-home"));
    let sandbox =
        server.sandbox("[secrets.KEY]\nsecret_id = \"PREFIX/openai\"\n").env("AWS_REGION", "");
    let name = server.name("openai");
    sandbox.run(PRINT).is(
        78,
        "",
        &format!(
            "hydrant: error: KEY (secrets.toml:2): no region: {name}\n  hint: set AWS_REGION or \
                 settings.region, or use full ARNs: AWS_REGION, AWS_DEFAULT_REGION, the AWS \
                 profile, settings.region and instance metadata name none\n"
        ),
    );
}
