//! `rollback --to`: an id, the beginning of one, a stage, and texts that are none of them.

use crate::life::{ONE, undated, version_at, writes};
use crate::support::aws::{HOME, Server};

const IDS: [&str; 4] = [
    "aaaa1111-0000-4000-8000-000000000001",
    "aaaa2222-0000-4000-8000-000000000002",
    "bbbb3333-0000-4000-8000-000000000003",
    "cccc4444-0000-4000-8000-000000000004",
];

/// A secret with four versions: the last is AWSCURRENT, the one before AWSPREVIOUS, the second
/// BLUE.
fn four() -> Server {
    let server = Server::emulator();
    server.secret(HOME, "key", None);
    let name = server.name("key");
    for (index, id) in IDS.iter().enumerate() {
        server
            .handle()
            .put_secret_version(HOME, &name, &format!("value {index}"), id)
            .expect("a version");
    }
    let call =
        server.secrets(HOME).update_secret_version_stage().secret_id(&name).version_stage("BLUE");
    server.wait(call.move_to_version_id(IDS[1]).send()).expect("UpdateSecretVersionStage");
    server
}

#[test]
fn a_version_is_named_by_its_id_its_beginning_or_a_stage() {
    for (to, index) in [
        (IDS[0], 0),
        ("aaaa1", 0),
        ("aaaa1111-0000", 0),
        ("bbbb", 2),
        ("AWSPREVIOUS", 2),
        ("BLUE", 1),
    ] {
        let server = four();
        let sandbox = server.sandbox(ONE);
        let (from, id, place) = (IDS[3], IDS[index], server.name("key"));
        let dry =
            format!("KEY: would move AWSCURRENT from version {from} to version {id} of {place}\n");
        sandbox.run(["rollback", "KEY", "--to", to, "--dry-run"]).prints(&dry);
        assert_eq!(version_at(&server, "key", "AWSCURRENT"), from);
        let moved = format!(
            "KEY: moved AWSCURRENT from version {from} to version {id} of {place}; running processes keep the old value \
             until they restart\n"
        );
        let moving =
            format!("hydrant: KEY: moving AWSCURRENT from version {from} to version {id}\n");
        sandbox.run(["rollback", "KEY", "--to", to]).is(0, &moved, &moving);
        sandbox.run(["run", "--", "printenv", "KEY"]).prints(&format!("value {index}\n"));
        assert_eq!(
            (
                &*version_at(&server, "key", "AWSCURRENT"),
                &*version_at(&server, "key", "AWSPREVIOUS")
            ),
            (id, from)
        );
    }
}

#[test]
fn what_names_no_version_moves_nothing() {
    let server = four();
    let sandbox = server.sandbox(ONE);
    let place = server.name("key");
    let history = "\n  hint: list the versions: hydrant history KEY";
    for (to, code, problem, hint) in [
        ("aaaa", 76, "several versions of the secret begin so", history),
        ("dddd", 66, "the secret has no such version", history),
        // Too short to be intended.
        ("bbb", 66, "the secret has no such version", history),
        ("GREEN", 66, "the secret has no such version", history),
        ("", 66, "the secret has no such version", history),
        ("AWSCURRENT", 76, "this version is AWSCURRENT already", ""),
        (IDS[3], 76, "this version is AWSCURRENT already", ""),
        ("cccc", 76, "this version is AWSCURRENT already", ""),
    ] {
        let said = format!("hydrant: error: KEY (secrets.toml:2): {problem}; {place}{hint}\n");
        let mut ran = None;
        let writes =
            writes(&server, || ran = Some(undated(sandbox.run(["rollback", "KEY", "--to", to]))));
        ran.expect("a run").is(code, "", &said);
        assert_eq!(writes, Vec::<String>::new(), "{to}");
    }
    assert_eq!(version_at(&server, "key", "AWSCURRENT"), IDS[3]);
}
