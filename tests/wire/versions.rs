//! Pinned versions: stages and ids, in the manifest and together with entries that are not pinned.

use crate::support::aws::{HOME, Server};

on_both! {
    a_stage_of_the_manifest
    a_version_id_of_the_manifest
    a_stage_of_ones_own
    current_and_previous_of_one_secret_in_one_start
    a_stage_that_is_not_there_is_missing
    a_version_id_that_is_not_there_is_missing
    a_rotated_secret_is_seen_by_the_next_start
}

const PRINT: [&str; 4] = ["run", "--", "printenv", "KEY"];

fn a_stage_of_the_manifest(server: &Server) {
    server.secret(HOME, "openai", Some("old"));
    server.put(HOME, "openai", "new");
    let manifest =
        "[secrets.KEY]\nsecret_id = \"PREFIX/openai\"\nversion_stage = \"AWSPREVIOUS\"\n";
    server.sandbox(manifest).run(PRINT).prints("old\n");
}

fn a_version_id_of_the_manifest(server: &Server) {
    server.secret(HOME, "openai", Some("first"));
    let second = server.put(HOME, "openai", "second");
    server.put(HOME, "openai", "third");
    let manifest =
        format!("[secrets.KEY]\nsecret_id = \"PREFIX/openai\"\nversion_id = \"{second}\"\n");
    server.sandbox(&manifest).run(PRINT).prints("second\n");
}

fn a_stage_of_ones_own(server: &Server) {
    let arn = server.secret(HOME, "openai", Some("current"));
    let call = server
        .secrets(HOME)
        .put_secret_value()
        .secret_id(&arn)
        .secret_string("to try")
        .version_stages("BLUE");
    server.wait(call.send()).expect("PutSecretValue");
    let sandbox =
        server.sandbox("[secrets.KEY]\nversion_stage = \"BLUE\"\n").env("KEY_SECRET_ARN", &arn);
    sandbox.run(PRINT).prints("to try\n");
    server.sandbox("[secrets.KEY]\n").env("KEY_SECRET_ARN", arn).run(PRINT).prints("current\n");
}

fn current_and_previous_of_one_secret_in_one_start(server: &Server) {
    server.secret(HOME, "openai", Some("old"));
    server.put(HOME, "openai", "new");
    server.secret(HOME, "other", Some("other"));
    let manifest = "[secrets.A]\nsecret_id = \"PREFIX/openai\"\n\
                    [secrets.B]\nsecret_id = \"PREFIX/openai\"\nversion_stage = \"AWSPREVIOUS\"\n\
                    [secrets.C]\nsecret_id = \"PREFIX/other\"\n";
    server
        .sandbox(manifest)
        .run(["run", "--", "sh", "-c", "echo $A $B $C"])
        .prints("new old other\n");
}

fn a_stage_that_is_not_there_is_missing(server: &Server) {
    server.secret(HOME, "openai", Some("only"));
    let manifest =
        "[secrets.KEY]\nsecret_id = \"PREFIX/openai\"\nversion_stage = \"AWSPREVIOUS\"\n";
    let ran = server.sandbox(manifest).run(PRINT);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(66), ""), "{ran:?}");
    let said = "the secret has no value to read";
    assert!(ran.stderr.contains(said) && ran.stderr.contains("AWSPREVIOUS"), "{ran:?}");
}

fn a_version_id_that_is_not_there_is_missing(server: &Server) {
    server.secret(HOME, "openai", Some("only"));
    let id = "00000000-0000-0000-0000-000000000000";
    let manifest = format!("[secrets.KEY]\nsecret_id = \"PREFIX/openai\"\nversion_id = \"{id}\"\n");
    let ran = server.sandbox(&manifest).run(PRINT);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(66), ""), "{ran:?}");
    assert!(
        ran.stderr.contains("the secret has no value to read") && ran.stderr.contains(id),
        "{ran:?}"
    );
}

fn a_rotated_secret_is_seen_by_the_next_start(server: &Server) {
    let arn = server.secret(HOME, "openai", Some("old"));
    let sandbox = server.sandbox("[secrets.KEY]\n").env("KEY_SECRET_ARN", arn);
    sandbox.run(PRINT).prints("old\n");
    server.put(HOME, "openai", "new");
    sandbox.run(PRINT).prints("new\n");
}
