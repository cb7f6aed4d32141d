//! Entries that are one key of a JSON secret: what happens to the other keys is reported, and
//! nothing is guessed.

use crate::life::{STALE, undated, version_at, writes};
use crate::support::aws::{HOME, Server};

on_both! {
    merge_keeps_every_other_byte
    merge_adds_a_key_and_fills_an_empty_secret
    replace_leaves_this_key_alone
    neither_is_refused
    a_whole_value_has_nothing_to_merge
}

const PART: &str = "[secrets.KEY]\nsecret_id = \"PREFIX/key\"\njson_key = \"api\"\n";

/// Numbers beyond every number type, the order, white space, escapes and a duplicate key.
const TEXT: &str = "{ \"big\": 12345678901234567890123456789,\n\t\"z\": 1.50e+400, \"api\" : \"old\",\r\n \"a\":[1, 2 ],\
                    \"\\u0062\": \"\\/\", \"z\": null }\n";

fn merge_keeps_every_other_byte(server: &Server) {
    server.secret(HOME, "key", Some(TEXT));
    let before = version_at(server, "key", "AWSCURRENT");
    let sandbox = server.sandbox(PART);
    let ran = sandbox.fed(["put", "KEY", "--merge"], "sk-\"4fA9z\"");
    let versions = server.versions(HOME, "key");
    let after = version_at(server, "key", "AWSCURRENT");
    ran.is(0, &format!("KEY: wrote {}, version {after}\n", server.name("key")), STALE);
    // No label of the merge is left.
    let stages = |id: &String| versions[id].join(",");
    assert_eq!(
        (versions.len(), &*stages(&after), &*stages(&before)),
        (2, "AWSCURRENT", "AWSPREVIOUS"),
        "{versions:?}"
    );
    assert_eq!(current(server), TEXT.replace("\"old\"", "\"sk-\\\"4fA9z\\\"\""));
}

fn merge_adds_a_key_and_fills_an_empty_secret(server: &Server) {
    server.secret(HOME, "key", Some("{\"other\": 1.0}"));
    assert_eq!(server.sandbox(PART).fed(["put", "KEY", "--merge"], "sk-4fA9z").code, Some(0));
    assert_eq!(current(server), "{\"other\": 1.0,\"api\":\"sk-4fA9z\"}");

    server.secret(HOME, "empty", None);
    let sandbox =
        server.sandbox("[secrets.KEY]\nsecret_id = \"PREFIX/empty\"\njson_key = \"api\"\n");
    let ran = undated(sandbox.fed(["put", "KEY", "--merge"], "sk-4fA9z"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    sandbox.run(["run", "--", "printenv", "KEY"]).prints("sk-4fA9z\n");

    let sandbox = server.sandbox("[secrets.KEY]\nsecret_id = \"PREFIX/new\"\njson_key = \"api\"\n");
    assert_eq!(sandbox.fed(["put", "KEY", "--merge"], "sk-4fA9z").code, Some(66));
    assert!(!server.has(HOME, "new"));
    assert_eq!(sandbox.fed(["put", "KEY", "--merge", "--create"], "sk-4fA9z").code, Some(0));
    assert_eq!(server.value(HOME, "new"), "{\"api\":\"sk-4fA9z\"}");
}

/// The version with AWSCURRENT, requested by that label: moto otherwise returns the last put.
fn current(server: &Server) -> String {
    let call = server
        .secrets(HOME)
        .get_secret_value()
        .secret_id(server.name("key"))
        .version_stage("AWSCURRENT");
    server.wait(call.send()).expect("GetSecretValue").secret_string.expect("a text")
}

fn replace_leaves_this_key_alone(server: &Server) {
    server.secret(HOME, "key", Some(TEXT));
    let ran = server.sandbox(PART).fed(["put", "KEY", "--replace"], "sk-4fA9z");
    let version = version_at(server, "key", "AWSCURRENT");
    ran.is(0, &format!("KEY: wrote {}, version {version}\n", server.name("key")), STALE);
    assert_eq!(server.value(HOME, "key"), "{\"api\":\"sk-4fA9z\"}");
}

fn neither_is_refused(server: &Server) {
    server.secret(HOME, "key", Some(TEXT));
    let said = format!(
        "hydrant: error: KEY (secrets.toml:2): the entry is the key \"api\" of a JSON secret, and others may read the rest \
         of it; {}\n  hint: use --merge to change only this key (needs permission to read), or --replace to write an object \
         with only this key\n",
        server.name("key")
    );
    server.sandbox(PART).fed(["put", "KEY"], "sk-4fA9z").is(76, "", &said);
    assert_eq!(server.versions(HOME, "key").len(), 1);
    assert_eq!(server.value(HOME, "key"), TEXT);
}

fn a_whole_value_has_nothing_to_merge(server: &Server) {
    server.secret(HOME, "key", Some("sk-old"));
    for option in ["--merge", "--replace"] {
        let said = format!(
            "hydrant: error: KEY (secrets.toml:2): the entry takes the whole value of its secret: there is nothing to merge \
             or replace; {}\n  hint: run it without --merge and --replace\n",
            server.name("key")
        );
        server.sandbox(crate::life::ONE).fed(["put", "KEY", option], "sk-4fA9z").is(76, "", &said);
    }
    assert_eq!(server.value(HOME, "key"), "sk-old");
    assert_eq!(server.versions(HOME, "key").len(), 1);
}

/// The value may be a JSON text that someone broke, or not JSON: nothing is guessed, and nothing of
/// it is shown.
#[test]
fn what_has_no_place_for_the_key_is_left_as_it_is() {
    for held in ["{\"api\": \"4fA9z\"", "\"4fA9z\"", "[\"4fA9z\"]", "4fA9z"] {
        let server = Server::emulator();
        server.secret(HOME, "key", Some(held));
        let sandbox = server.sandbox(PART);
        let mut ran = None;
        let writes =
            writes(&server, || ran = Some(sandbox.fed(["put", "KEY", "--merge"], "sk-new")));
        let ran = ran.expect("a run");
        assert_eq!(
            (ran.code, ran.stdout.as_str(), writes.len()),
            (Some(76), "", 0),
            "{ran:?} {writes:?}"
        );
        assert!(ran.stderr.contains("the new value has no place in the secret: "), "{ran:?}");
        assert!(!ran.stderr.contains("4fA9z") && !ran.stderr.contains("sk-new"), "{ran:?}");
        assert_eq!(server.value(HOME, "key"), held);
    }
}
