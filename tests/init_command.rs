//! `hydrant init`: a first manifest, from the names of an env file. (`init` tests hydrant as
//! process 1.)

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::support::Sandbox;

const ENV: &str = "\
OPENAI_API_KEY=CANARY
MCP_CLIENT_ID=CANARY
MCP_CLIENT_SECRET='CANARY'
DATABASE_URL=postgres://CANARY:CANARY@CANARY.example/CANARY
PLACE=https://CANARY@CANARY.example
GROQ_API_KEY_SECRET_ARN=CANARY
AUTH_SERVER_TOKEN_URL=https://CANARY.example/token
AWS_REGION=CANARY
AWS_ACCESS_KEY_ID=CANARY
AWS_SECRET_ACCESS_KEY=CANARY
HYDRANT_LOG=CANARY
LD_PRELOAD=CANARY
LOG_LEVEL=CANARY
CANARY0123456789abcdef=
";

/// A text that no byte of the output may repeat, with a rest that makes it look like a key.
const CANARY: &str = "qX7vB2nM9kL4jH8gT5dW3zR6";

fn with_env_file() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.file(".env", &ENV.replace("CANARY", CANARY));
    sandbox
}

fn manifest(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.path().join("secrets.toml")).expect("the manifest")
}

#[test]
fn from_the_names_of_an_env_file() {
    let sandbox = with_env_file();
    sandbox.run(["init", "--from", ".env"]).prints(
        "secrets.toml: written, 6 entries
  AUTH_SERVER_TOKEN_URL    plain      a URL without credentials
  AWS_ACCESS_KEY_ID        never      AWS credentials: hydrant reads secrets with them, so they cannot come from a secret
  AWS_REGION               plain      a setting of the AWS SDKs
  AWS_SECRET_ACCESS_KEY    never      AWS credentials: hydrant reads secrets with them, so they cannot come from a secret
  DATABASE_URL             entry      a URL with credentials in it
  GROQ_API_KEY_SECRET_ARN  reference  names the secret of GROQ_API_KEY
  HYDRANT_LOG              never      hydrant's own setting
  LD_PRELOAD               never      a reserved name: it makes the dynamic linker load code
  LOG_LEVEL                plain      a level
  MCP_CLIENT_ID            entry      an id, next to its secret MCP_CLIENT_SECRET
  MCP_CLIENT_SECRET        entry      a secret, as its name says
  OPENAI_API_KEY           entry      in the catalogue (OpenAI)
  PLACE                    entry      a URL with credentials in it
1 name is not shown: not valid as a variable name, and possibly part of a value
next: commit it, then set a value for each entry, as in hydrant put DATABASE_URL --create
",
    );
    let text = manifest(&sandbox);
    let (header, rest) = text.split_at(text.find("\n[secrets.").expect("an entry"));
    assert!(
        header.starts_with("# Which environment variable") && header.ends_with("version = 1\n"),
        "{header}"
    );
    assert_eq!(
        rest,
        r#"
[secrets.DATABASE_URL]
description = "URL of the database, user and password included"
arn_var     = "DATABASE_URL_SECRET_ARN"

[secrets.GROQ_API_KEY]
description = "Groq API key"
arn_var     = "GROQ_API_KEY_SECRET_ARN"

[secrets.MCP_CLIENT_ID]
arn_var = "MCP_CLIENT_ID_SECRET_ARN"

[secrets.MCP_CLIENT_SECRET]
arn_var = "MCP_CLIENT_SECRET_SECRET_ARN"

[secrets.OPENAI_API_KEY]
description = "OpenAI API key"
arn_var     = "OPENAI_API_KEY_SECRET_ARN"

[secrets.PLACE]
arn_var = "PLACE_SECRET_ARN"

# Plain configuration, which stays where it is:
#   AUTH_SERVER_TOKEN_URL  a URL without credentials
#   AWS_REGION             a setting of the AWS SDKs
#   LOG_LEVEL              a level

# Never entries:
#   AWS_ACCESS_KEY_ID      AWS credentials: hydrant reads secrets with them, so they cannot come from a secret
#   AWS_SECRET_ACCESS_KEY  AWS credentials: hydrant reads secrets with them, so they cannot come from a secret
#   HYDRANT_LOG            hydrant's own setting
#   LD_PRELOAD             a reserved name: it makes the dynamic linker load code
"#
    );
    sandbox.run(["check"]).prints("secrets.toml: 6 entries, no problems\n");
}

#[test]
fn no_value_is_shown_or_written() {
    for args in [
        &["init", "--from", ".env"][..],
        &["-vvv", "init", "--from", ".env", "--json"],
        &["init", "--from", ".env", "--dry-run"],
        &["--log-format", "json", "init", "--from", ".env"],
    ] {
        let sandbox = with_env_file().env("HYDRANT_LOG", "trace");
        let ran = sandbox.run(args);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
        let written = fs::read_to_string(sandbox.path().join("secrets.toml")).unwrap_or_default();
        assert_eq!(written.is_empty(), args.contains(&"--dry-run"));
        for half in [&CANARY[..12], &CANARY[12..]] {
            assert!(
                !format!("{}{written}", ran.stdout).contains(half),
                "{args:?}: {}{written}",
                ran.stdout
            );
        }
    }
    // A line that cannot be parsed is reported by its number.
    let sandbox = Sandbox::empty();
    sandbox.file(".env", &format!("A=1\n{CANARY}\n"));
    sandbox.run(["init", "--from", ".env"]).is(
        65,
        "",
        "hydrant: error: .env:2: no `=` after the name\n",
    );
    assert!(!sandbox.path().join("secrets.toml").exists());
}

#[test]
fn a_starter_without_an_env_file() {
    let sandbox = Sandbox::empty();
    sandbox.file(".env", "GROQ_API_KEY=1\n");
    sandbox.run(["init"]).prints(
        "secrets.toml: written, 1 entry\n\
         next: commit it, then set a value for each entry, as in hydrant put OPENAI_API_KEY --create\n",
    );
    assert!(manifest(&sandbox).contains("\n[secrets.OPENAI_API_KEY]\n"));
    sandbox.run(["check"]).prints("secrets.toml: 1 entry, no problems\n");
    assert_eq!(sandbox.run(["add", "gemini", "--optional"]).code, Some(0));
    sandbox.run(["check"]).prints("secrets.toml: 2 entries, no problems\n");
}

#[test]
fn nothing_that_exists_is_replaced() {
    let hint =
        "  hint: add entries with `hydrant add`, or name another manifest with --manifest PATH\n";
    let sandbox = Sandbox::new("mine");
    let exists = format!("hydrant: error: failed to write secrets.toml: it already exists\n{hint}");
    sandbox.run(["init"]).is(74, "", &exists);
    assert_eq!(manifest(&sandbox), "mine");
    // A link is not followed, even if it is dangling.
    let sandbox = Sandbox::empty();
    symlink("elsewhere.toml", sandbox.path().join("secrets.toml")).expect("a link");
    sandbox.run(["init"]).is(74, "", &exists);
    assert!(!sandbox.path().join("elsewhere.toml").exists());
    let ran = sandbox.run(["--manifest", "no/such/folder.toml", "init"]);
    let said = "hydrant: error: failed to write no/such/folder.toml: its folder does not exist\n";
    ran.is(74, "", said);
    let ran = sandbox.run(["init", "--from", "absent.env", "--manifest", "new.toml"]);
    assert_eq!(ran.code, Some(74), "{}", ran.stderr);
    assert!(!sandbox.path().join("new.toml").exists());
}

#[test]
fn the_manifest_is_the_one_that_is_named() {
    let sandbox = Sandbox::empty().env("HYDRANT_MANIFEST", "named.toml");
    assert_eq!(sandbox.run(["init"]).code, Some(0));
    assert_eq!(sandbox.run(["init", "--manifest", "other.toml"]).code, Some(0));
    for (name, there) in [("named.toml", true), ("other.toml", true), ("secrets.toml", false)] {
        assert_eq!(sandbox.path().join(name).exists(), there, "{name}");
    }
}

#[test]
fn a_dry_run_prints_what_would_be_written() {
    let sandbox = with_env_file();
    let printed = sandbox.run(["init", "--from", ".env", "--dry-run"]).stdout;
    assert!(!sandbox.path().join("secrets.toml").exists());
    assert_eq!(sandbox.run(["init", "--from", ".env"]).code, Some(0));
    assert_eq!(manifest(&sandbox), printed);
}

#[test]
fn as_json() {
    let sandbox = Sandbox::empty();
    sandbox.file(".env", "A_TOKEN=1\nPORT=1\nB_KEY_SECRET_ARN=1\n");
    let ran = sandbox.run(["init", "--from", ".env", "--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let variables = json!([
        { "variable": "A_TOKEN", "class": "entry", "reason": "a token", "entry": "A_TOKEN" },
        { "variable": "B_KEY_SECRET_ARN", "class": "reference", "reason": "names the secret of B_KEY", "entry": "B_KEY" },
        { "variable": "PORT", "class": "plain", "reason": "a port", "entry": null },
    ]);
    assert_eq!(
        serde_json::from_str::<Value>(&ran.stdout).expect("JSON"),
        json!({
            "manifest": "secrets.toml", "written": true, "entries": ["A_TOKEN", "B_KEY"], "variables": variables, "not_shown": 0
        })
    );
}
