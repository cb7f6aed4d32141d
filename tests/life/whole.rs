//! From the empty secret of the infrastructure to its restoration, for every kind of reference.

use aws_sdk_ssm::types::ParameterType;

use crate::life::{ONE, STALE, undated, version_at};
use crate::support::Sandbox;
use crate::support::aws::{HOME, Server};

on_both! {
    by_its_name
    by_a_published_parameter
    by_a_variable
    a_parameter_that_is_the_value
}

fn by_its_name(server: &Server) {
    server.secret(HOME, "key", None);
    lives(server, &server.sandbox(ONE), &server.name("key"));
}

fn by_a_published_parameter(server: &Server) {
    let arn = server.secret(HOME, "key", None);
    server.parameter(HOME, "arn", &arn, ParameterType::String);
    lives(server, &server.sandbox("[secrets.KEY]\narn_parameter = \"/PREFIX/arn\"\n"), &arn);
}

fn by_a_variable(server: &Server) {
    let arn = server.secret(HOME, "key", None);
    lives(server, &server.sandbox("[secrets.KEY]\n").env("KEY_SECRET_ARN", &arn), &arn);
}

/// What `run` sees. A read in moto without a stage returns the last put, whatever AWSCURRENT is.
/// AWS, and a read with the stage, return AWSCURRENT.
#[track_caller]
fn sees(server: &Server, sandbox: &Sandbox, value: &str) {
    let manifest =
        std::fs::read_to_string(sandbox.path().join("secrets.toml")).expect("a manifest");
    sandbox.file("staged.toml", &format!("{manifest}version_stage = \"AWSCURRENT\"\n"));
    let args = ["--manifest", "staged.toml", "run", "--", "printenv", "KEY"];
    let args = if server.is_moto() { &args[..] } else { &args[2..] };
    sandbox.run(args).prints(&format!("{value}\n"));
}

#[track_caller]
fn lives(server: &Server, sandbox: &Sandbox, place: &str) {
    let id = |stage| version_at(server, "key", stage);
    let run = || undated(sandbox.run(["run", "--", "printenv", "KEY"]));
    let history = || undated(sandbox.run(["history", "KEY"]));
    let status = |state: &str, version: &str| {
        let version = if version.is_empty() { String::new() } else { format!("version {version}") };
        let row = format!("  KEY  required  {state}  since <minute>    {version}  {place}\n");
        undated(sandbox.run(["status"])).prints(&row);
    };
    let refused = |args: &[&str], problem: &str, hint: &str| {
        let said =
            format!("hydrant: error: KEY (secrets.toml:2): {problem}; {place}\n  hint: {hint}\n");
        undated(sandbox.run(args)).is(66, "", &said);
    };

    // Infrastructure has created it, and nobody has set a value.
    status("empty", "");
    run().is(
        66,
        "",
        &format!(
            "hydrant: error: KEY (secrets.toml:2): the secret has no value to read: {place}; AWS said: \
             ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: \
             AWSCURRENT\n  hint: give it a value: hydrant put KEY (--create if there is no such secret); if it was \
             deleted: hydrant restore KEY\n"
        ),
    );
    history().prints("KEY: the secret was created and never given a value\n");
    let never = "the secret was created and never given a value";
    refused(&["rollback", "KEY"], never, "give it a value: hydrant put KEY");

    let put = undated(sandbox.fed(["put", "KEY"], "first"));
    let first = id("AWSCURRENT");
    put.is(0, &format!("KEY: wrote {place}, version {first}\n"), STALE);
    sees(server, sandbox, "first");
    status("configured", &first);
    let none = "no version of the secret is labelled AWSPREVIOUS";
    refused(&["rollback", "KEY"], none, "list the versions: hydrant history KEY");

    let put = undated(sandbox.fed(["put", "KEY"], "second\n"));
    let second = id("AWSCURRENT");
    assert_ne!(first, second);
    let removed =
        "hydrant: KEY: the final line ending is not part of the value (--exact keeps it)\n";
    put.is(0, &format!("KEY: wrote {place}, version {second}\n"), &format!("{removed}{STALE}"));
    sees(server, sandbox, "second");
    let row =
        |id: &str, stage: &str| format!("  {id}  {stage}  created <minute>  last read on <day>\n");
    let mut rows = [row(&second, "AWSCURRENT "), row(&first, "AWSPREVIOUS")];
    if server.is_moto() {
        // moto treats all versions as made just now, so the ids decide.
        rows.sort();
    }
    history().prints(&rows.concat());

    let back = |from: &str, to: &str| {
        let moving =
            format!("hydrant: KEY: moving AWSCURRENT from version {from} to version {to}\n");
        let moved = format!(
            "KEY: moved AWSCURRENT from version {from} to version {to} of {place}; running processes keep the old value \
             until they restart\n"
        );
        undated(sandbox.run(["rollback", "KEY"])).is(0, &moved, &moving);
        assert_eq!((id("AWSCURRENT"), id("AWSPREVIOUS")), (to.to_owned(), from.to_owned()));
    };
    back(&second, &first);
    sees(server, sandbox, "first");
    status("configured", &first);
    // The same command reverts it.
    back(&first, &second);
    sees(server, sandbox, "second");
    back(&second, &first);

    let unconfirmed = "hydrant: error: KEY is not confirmed: standard input is not a terminal\n  \
                       hint: add --yes to skip the confirmation\n";
    sandbox.run(["delete", "KEY"]).is(2, "", unconfirmed);
    sees(server, sandbox, "first");
    let deleted = format!("KEY: deleted {place}, restorable until <minute>: hydrant restore KEY\n");
    undated(sandbox.run(["delete", "KEY", "--yes"])).prints(&deleted);
    let ran = run();
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(66), ""), "{ran:?}");
    let said = format!(
        "hydrant: error: KEY (secrets.toml:2): the secret has no value to read: {place}; AWS said: \
         InvalidRequestException: "
    );
    let hint = "  hint: give it a value: hydrant put KEY (--create if there is no such secret); if it was deleted: \
                hydrant restore KEY\n";
    assert!(ran.stderr.starts_with(&said) && ran.stderr.ends_with(hint), "{ran:?}");
    // Each server has its own text for it.
    assert!(
        ran.stderr.contains("marked deleted") || ran.stderr.contains("marked for deletion"),
        "{ran:?}"
    );
    status("deleted", &first);
    undated(sandbox.run(["delete", "KEY", "--yes"]))
        .prints(&format!("KEY: {place} was already deleted\n"));

    sandbox.run(["restore", "KEY"]).prints(&format!("KEY: restored {place}\n"));
    status("configured", &first);
    sees(server, sandbox, "first");
}

/// Parameters have no stages and no recovery window. Their other features work the same way.
fn a_parameter_that_is_the_value(server: &Server) {
    let id = format!("/{}", server.name("key"));
    let name = format!("parameter {id}");
    let sandbox = server.sandbox("[secrets.KEY]\nvalue_parameter = \"/PREFIX/key\"\n");
    undated(sandbox.run(["status"])).prints(&format!("  KEY  required  absent        {name}\n"));
    let said = format!(
        "hydrant: error: KEY (secrets.toml:2): there is no such parameter; {name}\n  hint: add --create to create it, or \
         correct the reference\n"
    );
    sandbox.fed(["put", "KEY"], "first").is(66, "", &said);
    sandbox.fed(["put", "KEY", "--create"], "first").is(
        0,
        &format!("KEY: created {name}, version 1\n"),
        STALE,
    );
    let call = server.parameters(HOME).get_parameter().name(&id);
    let parameter = server.wait(call.send()).expect("GetParameter").parameter.expect("a parameter");
    assert_eq!(parameter.r#type, Some(ParameterType::SecureString));
    sandbox.run(["run", "--", "printenv", "KEY"]).prints("first\n");
    sandbox.fed(["put", "KEY"], "second").is(0, &format!("KEY: wrote {name}, version 2\n"), STALE);
    sandbox.run(["run", "--", "printenv", "KEY"]).prints("second\n");
    let row = format!("  KEY  required  configured  since <minute>    version 2  {name}\n");
    undated(sandbox.run(["status"])).prints(&row);

    for (args, action) in [
        (["history", "KEY"], "secretsmanager:ListSecretVersionIds"),
        (["rollback", "KEY"], "secretsmanager:UpdateSecretVersionStage"),
        (["restore", "KEY"], "secretsmanager:RestoreSecret"),
        (["rotate", "KEY"], "secretsmanager:RotateSecret"),
    ] {
        let said = format!(
            "hydrant: error: KEY (secrets.toml:2): the value is a parameter, and {action} is for secrets; {name}\n  \
             hint: Parameter Store's own tools have what there is for parameters\n"
        );
        sandbox.run(args).is(76, "", &said);
    }
    let said = format!(
        "hydrant: error: KEY (secrets.toml:2): a parameter cannot be restored once it is deleted; {name}\n  hint: add \
         --now\n"
    );
    sandbox.run(["delete", "KEY", "--yes"]).is(76, "", &said);
    sandbox
        .run(["delete", "KEY", "--yes", "--now"])
        .prints(&format!("KEY: deleted {name}, immediately and permanently\n"));
    assert_eq!(sandbox.run(["run", "--", "true"]).code, Some(66));
}
