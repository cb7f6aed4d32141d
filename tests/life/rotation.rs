//! `rotate`: AWS's rotation with a function, and the manual steps without one.

use crate::life::{undated, writes};
use crate::support::aws::{HOME, Server};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:rotate-key";

#[test]
fn without_a_function_the_steps_are_shown() {
    let server = Server::emulator();
    server.secret(HOME, "key", Some("sk-old"));
    let sandbox = server.sandbox("[secrets.OPENAI_API_KEY]\nsecret_id = \"PREFIX/key\"\n");
    let mut ran = None;
    let writes = writes(&server, || ran = Some(undated(sandbox.run(["rotate", "OPENAI_API_KEY"]))));
    let ran = ran.expect("a run");
    let said = format!(
        "hydrant: error: OPENAI_API_KEY (secrets.toml:2): no rotation function is set on the secret; {}\n  hint: create a new \
         key at the provider, then run hydrant put OPENAI_API_KEY\n",
        server.name("key")
    );
    // If the catalogue knows the page, that comes first.
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(76), ""), "{ran:?}");
    assert!(ran.stderr.ends_with(&said), "{ran:?}");
    assert_eq!(writes, Vec::<String>::new());
}

#[test]
fn a_function_is_set_and_started() {
    let server = Server::emulator();
    server.secret(HOME, "key", Some("sk-old"));
    let place = server.name("key");
    let sandbox = server.sandbox(crate::life::ONE);
    let described = || {
        let call = server.secrets(HOME).describe_secret().secret_id(&place);
        server.wait(call.send()).expect("DescribeSecret")
    };
    let args = ["rotate", "KEY", "--lambda", FUNCTION, "--every", "90d"];
    sandbox
        .run([&args[..], &["--dry-run"]].concat())
        .prints(&format!("KEY: would start the rotation of {place}\n"));
    assert_eq!(described().rotation_enabled, None);

    let ran = sandbox.run(args);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    let begins = format!("KEY: started the rotation of {place}; the new value will be version ");
    let version = ran.stdout.strip_prefix(&begins).and_then(|rest| rest.strip_suffix('\n'));
    let version = version.unwrap_or_else(|| panic!("{ran:?}"));
    assert_eq!(version.len(), 36, "{ran:?}");
    let secret = described();
    assert_eq!(secret.rotation_lambda_arn.as_deref(), Some(FUNCTION));
    assert_eq!(secret.rotation_rules.and_then(|rules| rules.automatically_after_days), Some(90));
    let row = "  KEY  required  configured  since <minute>  rotated by AWS <day>  version ";
    let status = undated(sandbox.run(["status"]));
    assert!(status.stdout.starts_with(row), "{status:?}");

    // From now on it needs no name.
    let ran = sandbox.run(["rotate", "KEY", "--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    let answer: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(
        (&answer["variable"], &answer["reference"]),
        (&"KEY".into(), &place.as_str().into())
    );
    assert!(answer["version"].is_string() && answer["dry_run"] == false, "{answer}");
}

#[test]
fn a_schedule_that_is_none_is_a_usage_error() {
    let server = Server::emulator();
    server.secret(HOME, "key", Some("sk-old"));
    for every in ["0", "1001", "weekly", "90h", "-1d", ""] {
        let ran = server
            .sandbox(crate::life::ONE)
            .run(["rotate", "KEY", "--lambda", FUNCTION, "--every", every]);
        assert_eq!(ran.code, Some(2), "{every}: {ran:?}");
    }
    assert_eq!(
        server
            .handle()
            .calls()
            .iter()
            .filter(|call| call.operation.to_string().ends_with(":RotateSecret"))
            .count(),
        0
    );
}
