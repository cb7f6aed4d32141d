//! `--dry-run`: prints what would be done, in text and as JSON, and changes nothing.

use std::collections::BTreeMap;

use hydrant_emulator::ParameterType;

use crate::life::writes;
use crate::support::aws::{HOME, Server};

const MANIFEST: &str = "[secrets.KEY]\nsecret_id = \"PREFIX/key\"\n\
                        [secrets.PART]\nsecret_id = \"PREFIX/json\"\njson_key = \"api\"\n\
                        [secrets.NEW]\ncreate_name = \"PREFIX/new\"\n\
                        [secrets.GONE]\nsecret_id = \"PREFIX/gone\"\n\
                        [secrets.PARAMETER]\nvalue_parameter = \"/PREFIX/parameter\"\n";

fn account() -> Server {
    let server = Server::emulator();
    server.secret(HOME, "key", Some("sk-1"));
    server.put(HOME, "key", "sk-2");
    server.secret(HOME, "json", Some("{\"api\": \"sk-1\", \"other\": 1}"));
    server.secret(HOME, "gone", Some("sk-1"));
    server.handle().delete_secret(HOME, &server.name("gone")).expect("DeleteSecret");
    server
        .handle()
        .put_parameter(
            HOME,
            &format!("/{}", server.name("parameter")),
            "sk-1",
            ParameterType::SecureString,
        )
        .expect("a parameter");
    server
}

const COMMANDS: &[(&[&str], &str)] = &[
    (&["put", "KEY"], "KEY: would write a new version of PREFIX/key\n"),
    (&["put", "KEY", "--create"], "KEY: would write a new version of (or create) PREFIX/key\n"),
    (
        &["put", "PART", "--merge"],
        "PART: would write a new version of PREFIX/json; its other keys stay\n",
    ),
    (
        &["put", "PART", "--replace"],
        "PART: would write a new version of PREFIX/json; its other keys are removed\n",
    ),
    (&["put", "NEW", "--create"], "NEW: would create PREFIX/new\n"),
    (
        &["put", "PARAMETER"],
        "PARAMETER: would write a new version of parameter /PREFIX/parameter\n",
    ),
    (
        &["put", "KEY", "PARAMETER"],
        "KEY: would write a new version of PREFIX/key\nPARAMETER: would write a new version of parameter /PREFIX/parameter\n",
    ),
    (
        &["rollback", "KEY"],
        "KEY: would move AWSCURRENT from version V2 to version V1 of PREFIX/key\n",
    ),
    (
        &["delete", "KEY"],
        "KEY: would delete PREFIX/key, restorable for 30 days: hydrant restore KEY\n",
    ),
    (
        &["delete", "KEY", "--yes", "--window", "7"],
        "KEY: would delete PREFIX/key, restorable for 7 days: hydrant restore KEY\n",
    ),
    (
        &["delete", "KEY", "--now", "--yes"],
        "KEY: would delete PREFIX/key, immediately and permanently\n",
    ),
    (
        &["delete", "PARAMETER", "--now"],
        "PARAMETER: would delete parameter /PREFIX/parameter, immediately and permanently\n",
    ),
    (&["restore", "GONE"], "GONE: would restore PREFIX/gone\n"),
    (
        &[
            "rotate",
            "KEY",
            "--lambda",
            "arn:aws:lambda:us-east-1:123456789012:function:f",
            "--every",
            "30",
        ],
        "KEY: would start the rotation of PREFIX/key\n",
    ),
    (
        &["import"],
        "KEY: would write a new version of PREFIX/key\n\
         PART: would write a new version of PREFIX/json; its other keys stay\n\
         2 values of .env would be imported; not in the manifest, and ignored: REGION\n",
    ),
];

#[test]
fn nothing_is_written() {
    let server = account();
    let sandbox = server.sandbox(MANIFEST);
    let env_file = sandbox.file(".env", "KEY=sk-4fA9z\nPART=sk-4fA9z\nREGION=eu\n");
    let prefix = server.name("");
    let versions = server.versions(HOME, "key");
    let id = |stage: &str| crate::life::version_at(&server, "key", stage);
    for (args, expected) in COMMANDS {
        let expected = expected
            .replace("PREFIX/", &prefix)
            .replace("V2", &id("AWSCURRENT"))
            .replace("V1", &id("AWSPREVIOUS"));
        let dry = [args, &["--dry-run"][..]].concat();
        let mut ran = None;
        let calls = writes(&server, || ran = Some(sandbox.run(&dry)));
        ran.expect("a run").prints(&expected);
        assert_eq!(calls, Vec::<String>::new(), "{args:?}");
        let json = [&dry[..], &["--json"]].concat();
        let calls = writes(&server, || {
            let ran = sandbox.run(&json);
            assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{json:?}");
            let answer: BTreeMap<String, serde_json::Value> =
                serde_json::from_str(&ran.stdout).expect("JSON");
            assert_eq!(answer["dry_run"], true, "{json:?}");
        });
        assert_eq!(calls, Vec::<String>::new(), "{json:?}");
    }
    assert_eq!(server.versions(HOME, "key"), versions);
    assert!(env_file.exists());
    let files = std::fs::read_dir(sandbox.path()).expect("the folder").count();
    assert_eq!(files, 2, "the manifest and the env file");
}
