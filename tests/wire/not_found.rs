//! Secrets without a value to read: not found, created and never filled, pending deletion.
//! "Missing", never "failed".

use crate::support::aws::{HOME, Server, without_hints, without_request_ids};

on_both! {
    not_found_and_optional_warns
    not_found_and_required_stops
    never_filled_and_optional_warns
    never_filled_and_required_stops
    deleted_and_optional_warns
    deleted_and_required_stops
    the_default_replaces_a_secret_that_is_not_found
    one_required_among_many_sets_nothing
    several_without_a_value_leave_the_others_alone
    filled_at_last
}

const NEVER_MADE: &str = "Secrets Manager can't find the specified secret.";
const NEVER_FILLED: &str =
    "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT";

/// Runs with one optional entry: the start goes on, with one warning with this text about the
/// secret.
#[track_caller]
fn warns(server: &Server, said: &str) {
    let sandbox = server.sandbox("[secrets.KEY]\nsecret_id = \"PREFIX/it\"\nrequired = false\n");
    let ran = sandbox.run(["run", "--", "sh", "-c", "echo started${KEY+ with KEY}"]);
    without_hints(without_request_ids(ran)).is(0, "started\n", &message(server, "warning", said));
}

/// Runs with one required entry: nothing is started.
#[track_caller]
fn stops(server: &Server, said: &str) {
    let sandbox = server.sandbox("[secrets.KEY]\nsecret_id = \"PREFIX/it\"\n");
    let ran = sandbox.run(["run", "--", "touch", "started"]);
    without_hints(without_request_ids(ran)).is(66, "", &message(server, "error", said));
    assert!(!sandbox.path().join("started").exists());
}

fn message(server: &Server, level: &str, said: &str) -> String {
    let name = server.name("it");
    let missing = if level == "warning" { "missing: " } else { "" };
    format!(
        "hydrant: {level}: KEY (secrets.toml:2): {missing}the secret has no value to read: {name}; AWS said: {said}\n"
    )
}

fn not_found_and_optional_warns(server: &Server) {
    warns(server, &format!("ResourceNotFoundException: {NEVER_MADE}"));
}

// moto responds with HTTP 404 where AWS uses 400: the code decides, so both are the same here.
fn not_found_and_required_stops(server: &Server) {
    stops(server, &format!("ResourceNotFoundException: {NEVER_MADE}"));
}

fn never_filled_and_optional_warns(server: &Server) {
    server.secret(HOME, "it", None);
    warns(server, &format!("ResourceNotFoundException: {NEVER_FILLED}"));
}

fn never_filled_and_required_stops(server: &Server) {
    server.secret(HOME, "it", None);
    stops(server, &format!("ResourceNotFoundException: {NEVER_FILLED}"));
}

fn deleted(server: &Server, name: &str) {
    server.secret(HOME, name, Some("sk-deleted"));
    server
        .wait(server.secrets(HOME).delete_secret().secret_id(server.name(name)).send())
        .expect("DeleteSecret");
}

/// The servers' texts for a secret that is pending deletion. The code is the same, and the message
/// is never parsed.
fn marked(server: &Server) -> String {
    let message = if server.is_moto() {
        let spaces = " ".repeat(17);
        format!(
            "An error occurred (InvalidRequestException) when calling the GetSecretValue operation: You tried \
             to{spaces}perform the operation on a secret that's currently marked deleted."
        )
    } else {
        "You can't perform this operation on the secret because it was marked for deletion."
            .to_owned()
    };
    format!("InvalidRequestException: {message}")
}

fn deleted_and_optional_warns(server: &Server) {
    deleted(server, "it");
    warns(server, &marked(server));
}

fn deleted_and_required_stops(server: &Server) {
    deleted(server, "it");
    stops(server, &marked(server));
}

fn the_default_replaces_a_secret_that_is_not_found(server: &Server) {
    let sandbox = server.sandbox("[secrets.KEY]\nsecret_id = \"PREFIX/it\"\ndefault = \"none\"\n");
    let ran = sandbox.run(["run", "--", "printenv", "KEY"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "none\n"), "{ran:?}");
    assert!(
        ran.stderr.starts_with("hydrant: warning: KEY (secrets.toml:2): defaulted: "),
        "{ran:?}"
    );
}

fn one_required_among_many_sets_nothing(server: &Server) {
    server.secret(HOME, "one", Some("1"));
    server.secret(HOME, "two", Some("2"));
    let manifest = "[secrets.A]\nsecret_id = \"PREFIX/one\"\n[secrets.B]\nsecret_id = \"PREFIX/two\"\n\
                    [secrets.C]\nsecret_id = \"PREFIX/none\"\n[secrets.D]\nsecret_id = \"PREFIX/no_more\"\n";
    let sandbox = server.sandbox(manifest);
    let ran = sandbox.run(["run", "--", "touch", "started"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(66), ""), "{ran:?}");
    assert!(!sandbox.path().join("started").exists());
    // Both, with their lines.
    let errors: Vec<_> =
        ran.stderr.lines().filter(|line| line.starts_with("hydrant: error: ")).collect();
    assert_eq!(errors.len(), 2, "{ran:?}");
    assert!(
        errors[0].contains("C (secrets.toml:6)") && errors[1].contains("D (secrets.toml:8)"),
        "{ran:?}"
    );
}

/// One batch with a secret of each kind. moto rejects a whole batch with an empty secret, where AWS
/// responds for each id: with moto this is the way back to single reads, and the outcome is the
/// same.
fn several_without_a_value_leave_the_others_alone(server: &Server) {
    server.secret(HOME, "filled", Some("1"));
    server.secret(HOME, "empty", None);
    deleted(server, "deleted");
    let manifest = "[secrets.FILLED]\nsecret_id = \"PREFIX/filled\"\n\
                    [secrets.EMPTY]\nsecret_id = \"PREFIX/empty\"\nrequired = false\n\
                    [secrets.ABSENT]\nsecret_id = \"PREFIX/absent\"\nrequired = false\n\
                    [secrets.DELETED]\nsecret_id = \"PREFIX/deleted\"\nrequired = false\n";
    let ran = server.sandbox(manifest).run([
        "run",
        "--",
        "sh",
        "-c",
        "echo $FILLED$EMPTY$ABSENT$DELETED",
    ]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "1\n"), "{ran:?}");
    let warnings: Vec<_> =
        ran.stderr.lines().filter(|line| line.starts_with("hydrant: warning: ")).collect();
    assert_eq!(warnings.len(), 3, "{ran:?}");
    for (warning, name) in warnings.iter().zip(["EMPTY", "ABSENT", "DELETED"]) {
        assert!(warning.contains(name) && warning.contains(": missing: "), "{warning}");
    }
}

fn filled_at_last(server: &Server) {
    let arn = server.secret(HOME, "it", None);
    let sandbox = server.sandbox("[secrets.KEY]\nrequired = false\n").env("KEY_SECRET_ARN", arn);
    let ran = sandbox.run(["run", "--", "sh", "-c", "echo started${KEY+ with KEY}"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "started\n"), "{ran:?}");
    server.put(HOME, "it", "sk-filled");
    sandbox.run(["run", "--", "printenv", "KEY"]).prints("sk-filled\n");
}
