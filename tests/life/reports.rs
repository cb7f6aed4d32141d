//! `--json`: exactly the fields in docs/cli.md, with AWS's data.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::life::{ONE, undated, version_at};
use crate::support::aws::{HOME, Server};
use crate::support::{Ran, Sandbox};

#[track_caller]
fn parsed(ran: &Ran) -> Value {
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

fn account() -> (Server, Sandbox) {
    let server = Server::emulator();
    server.secret(HOME, "key", Some("sk-1"));
    let sandbox = server.sandbox(ONE);
    (server, sandbox)
}

#[test]
fn put_and_rollback_and_delete_and_restore() {
    let (server, sandbox) = account();
    let place = server.name("key");
    let first = version_at(&server, "key", "AWSCURRENT");
    let ran = sandbox.fed(["--quiet", "put", "KEY", "--json"], "sk-2");
    let second = version_at(&server, "key", "AWSCURRENT");
    let call = server.secrets(HOME).describe_secret().secret_id(&place);
    let arn = server.wait(call.send()).expect("DescribeSecret").arn.expect("an ARN");
    let written = json!({ "variables": ["KEY"], "reference": place, "arn": arn, "version": second, "created": false });
    assert_eq!(parsed(&ran), json!({ "written": [written], "dry_run": false }));

    let ran = sandbox.run(["--quiet", "rollback", "KEY", "--json"]);
    let moved = json!({ "variable": "KEY", "reference": place, "from": second, "to": first, "dry_run": false });
    assert_eq!(parsed(&ran), moved);

    let ran = undated(sandbox.run(["delete", "KEY", "--yes", "--json"]));
    let deleted = json!({ "variable": "KEY", "reference": place, "restorable_until": "<time>" });
    assert_eq!(parsed(&ran), json!({ "deleted": [deleted], "dry_run": false }));

    let ran = sandbox.run(["restore", "KEY", "--json"]);
    assert_eq!(
        parsed(&ran),
        json!({ "restored": [{ "variable": "KEY", "reference": place }], "dry_run": false })
    );
}

#[test]
fn history() {
    let (server, sandbox) = account();
    let first = version_at(&server, "key", "AWSCURRENT");
    let second = server.put(HOME, "key", "sk-2");
    let third = server.put(HOME, "key", "sk-3");
    let version = |id: &str, stages: &[&str]| json!({ "id": id, "stages": stages, "created": "<time>", "read_last": null });
    let versions = [
        version(&third, &["AWSCURRENT"]),
        version(&second, &["AWSPREVIOUS"]),
        version(&first, &[]),
    ];
    let ran = undated(sandbox.run(["history", "KEY", "--json"]));
    let expected =
        json!({ "variable": "KEY", "reference": server.name("key"), "versions": versions });
    assert_eq!(parsed(&ran), expected);
    undated(sandbox.run(["history", "KEY"])).prints(&format!(
        "  {third}  AWSCURRENT   created <minute>\n  {second}  AWSPREVIOUS  created <minute>\n  {first}  no stage     created <minute>\n"
    ));
}

#[test]
fn status_of_every_state() {
    let server = Server::emulator();
    server.secret(HOME, "key", Some("sk-1"));
    server.secret(HOME, "empty", None);
    server.secret(HOME, "gone", Some("sk-1"));
    server.handle().delete_secret(HOME, &server.name("gone")).expect("DeleteSecret");
    server.secret(HOME, "nobodys", Some("sk-1"));
    let sandbox = server.sandbox(
        "[secrets.KEY]\nsecret_id = \"PREFIX/key\"\ndescription = \"Ours\"\nrotate_after = \"90d\"\n\
         [secrets.EMPTY]\nsecret_id = \"PREFIX/empty\"\n\
         [secrets.GONE]\nsecret_id = \"PREFIX/gone\"\nrequired = false\n\
         [secrets.ABSENT]\nsecret_id = \"PREFIX/absent\"\n\
         [secrets.NOWHERE]\ncreate_name = \"PREFIX/nowhere\"\n",
    );
    let begun = SystemTime::now();
    let version = version_at(&server, "key", "AWSCURRENT");
    let place = |name: &str| server.name(name);
    let blank = " ".repeat("version ".len() + version.len());
    let ran = undated(sandbox.run(["status", "--all"]));
    let due = " ".repeat("due 2026-01-01".len());
    let since = " ".repeat("since 2026-01-01 00:00 UTC".len());
    let gone = version_at(&server, "gone", "AWSCURRENT");
    ran.prints(&format!(
        "  KEY      required  configured   since <minute>  due <day>  version {version}  {}\n  \
         EMPTY    required  empty        since <minute>  {due}  {blank}  {}\n  \
         GONE     optional  deleted      since <minute>  {due}  version {gone}  {}\n  \
         ABSENT   required  absent       {since}  {due}  {blank}  {}\n  \
         NOWHERE  required  absent       {since}  {due}  {blank}  no reference to its secret: NOWHERE_SECRET_ARN is not set\n  \
         -                  in no entry  since <minute>  {due}  {blank}  {}\n",
        place("key"),
        place("empty"),
        place("gone"),
        place("absent"),
        place("nobodys"),
    ));

    let ran = sandbox.run(["status", "--all", "--json"]);
    let mut answer = parsed(&ran);
    let key = answer["entries"][0].clone();
    assert_eq!(answer["manifest"], "secrets.toml");
    assert_eq!(answer["unlisted"].as_array().map(Vec::len), Some(1));
    assert_eq!(answer["unlisted"][0]["name"], place("nobodys"));
    let states: Vec<_> = answer["entries"]
        .as_array_mut()
        .expect("entries")
        .iter()
        .map(|entry| entry["state"].clone())
        .collect();
    assert_eq!(states, ["configured", "empty", "deleted", "absent", "absent"]);
    let seconds = |field: &str| {
        let text = key[field].as_str().unwrap_or_else(|| panic!("{field}: {key}"));
        let time = time_of(text);
        time.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs()
    };
    let now = begun.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
    assert!(seconds("changed") <= now && seconds("changed") + 60 > now, "{key}");
    assert_eq!(seconds("due_at") - seconds("changed"), 90 * 86_400);
    let mut rest = key.clone();
    for field in ["changed", "due_at"] {
        rest.as_object_mut().expect("an object").remove(field);
    }
    let expected = json!({
        "variable": "KEY", "line": 2, "description": "Ours", "required": true, "state": "configured",
        "reference": place("key"), "version": version, "due": false, "next_rotation": null, "reason": null,
        "message": null, "hint": null,
    });
    assert_eq!(rest, expected);

    for (what, only, code) in [
        ("missing", "KEY", 0),
        ("missing", "KEY,GONE", 0),
        ("missing", "KEY,EMPTY", 1),
        ("missing", "ABSENT", 1),
        ("due", "ABSENT,KEY", 0),
        ("missing,due", "NOWHERE", 1),
    ] {
        let ran = sandbox.run(["--only", only, "status", "--fail-on", what]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(code), ""), "{what} {only}: {ran:?}");
    }
}

/// `2026-11-22T01:30:05Z`, through the SDK's own parser.
fn time_of(text: &str) -> SystemTime {
    use aws_sdk_secretsmanager::primitives::{DateTime, DateTimeFormat};
    let date = DateTime::from_str(text, DateTimeFormat::DateTime).expect("a date");
    SystemTime::UNIX_EPOCH + Duration::from_secs(date.secs().try_into().expect("after 1970"))
}

/// An entry that cannot be checked is not missing: the code is that of the denial, and the rest is
/// shown.
#[test]
fn status_that_is_denied() {
    let (server, sandbox) = account();
    server.handle().deny(hydrant_emulator::Operation::DescribeSecret);
    let ran = undated(sandbox.run(["status", "--fail-on", "missing"]));
    let place = server.name("key");
    assert_eq!(
        (ran.code, &*ran.stdout),
        (Some(77), &*format!("  KEY  required  unknown        {place}\n")),
        "{ran:?}"
    );
    assert!(
        ran.stderr.contains("access denied")
            && ran.stderr.contains("secretsmanager:DescribeSecret"),
        "{ran:?}"
    );
    let ran = sandbox.run(["status", "--json"]);
    let answer: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let entry = &answer["entries"][0];
    assert_eq!(
        (ran.code, &entry["state"], &entry["reason"]),
        (Some(77), &json!("unknown"), &json!("denied")),
        "{entry}"
    );
}
