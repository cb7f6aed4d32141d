//! Several variables in one command: each is done, and a failure does not stop the others.

use hydrant_emulator::Operation;

use crate::life::{undated, writes};
use crate::support::Sandbox;
use crate::support::aws::{HOME, Server};

const THREE: &str = "[secrets.A]\nsecret_id = \"PREFIX/a\"\n[secrets.B]\nsecret_id = \"PREFIX/b\"\n\
                     [secrets.C]\nsecret_id = \"PREFIX/json\"\njson_key = \"c\"\n\
                     [secrets.D]\nsecret_id = \"PREFIX/json\"\njson_key = \"d\"\n";

fn account() -> (Server, Sandbox) {
    let server = Server::emulator();
    for name in ["a", "b"] {
        server.secret(HOME, name, Some("sk-1"));
    }
    server.secret(HOME, "json", Some("{\"c\": \"1\", \"d\": \"2\"}"));
    let sandbox = server.sandbox(THREE);
    (server, sandbox)
}

#[test]
fn one_value_is_not_that_of_two_variables() {
    let (server, sandbox) = account();
    let mut ran = None;
    let calls = writes(&server, || ran = Some(sandbox.fed(["put", "A", "B"], "sk-2")));
    let ran = ran.expect("a run");
    assert_eq!((ran.code, ran.stdout.as_str(), calls.len()), (Some(2), "", 0), "{ran:?}");
    assert!(
        ran.stderr.starts_with("hydrant: error: one value cannot be written to several variables"),
        "{ran:?}"
    );
}

#[test]
fn a_name_that_no_entry_has_stops_everything() {
    let (server, sandbox) = account();
    for args in [
        &["put", "AA"][..],
        &["put", "A", "AA"],
        &["delete", "A", "AA", "--yes"],
        &["restore", "A", "AA"],
        &["rollback", "AA"],
        &["history", "AA"],
        &["rotate", "AA"],
    ] {
        let mut ran = None;
        let calls = writes(&server, || ran = Some(sandbox.fed(args, "sk-2")));
        let ran = ran.expect("a run");
        assert_eq!(
            (ran.code, ran.stdout.as_str(), calls.len()),
            (Some(2), "", 0),
            "{args:?} {ran:?}"
        );
    }
}

#[test]
fn delete_and_restore_go_on() {
    let (server, sandbox) = account();
    let (a, b) = (server.name("a"), server.name("b"));
    server.handle().deny_item(Operation::DeleteSecret, &a);
    let ran = undated(sandbox.run(["delete", "A", "B", "--yes"]));
    let deleted = format!("B: deleted {b}, restorable until <minute>: hydrant restore B\n");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(77), deleted.as_str()), "{ran:?}");
    assert!(
        ran.stderr.starts_with("hydrant: error: A (secrets.toml:2): access denied; "),
        "{ran:?}"
    );
    server.handle().clear_faults();
    undated(sandbox.run(["delete", "A", "--yes"]));
    server.handle().deny_item(Operation::RestoreSecret, &a);
    let ran = undated(sandbox.run(["restore", "A", "B"]));
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(77), &*format!("B: restored {b}\n")),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("secretsmanager:RestoreSecret"), "{ran:?}");
}

/// Deleting the one deletes the other.
#[test]
fn the_others_of_a_json_secret_are_named_before_it_is_deleted() {
    let (server, sandbox) = account();
    let json = server.name("json");
    let deleted = format!("C: deleted {json}, restorable until <minute>: hydrant restore C\n");
    let warned = "hydrant: warning: C: this also deletes the values of D\n";
    undated(sandbox.run(["delete", "C", "--yes"])).is(0, &deleted, warned);
}
