//! `hydrant doctor`: it checks everything, continues after each problem, and reports each one with
//! its fix, and never a value.

mod account;
mod files;
mod machine;
mod repository;
mod servers;

use hydrant_emulator::{Emulator, TlsIdentity};

use crate::support::terminal::Terminal;
use crate::support::{Ran, Sandbox};

pub(crate) const HOME: &str = "us-east-1";

/// One secret by its name, and one by an ARN in a variable.
pub(crate) const TWO: &str = "version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\n\
                              [secrets.OTHER]\nrequired = false\n";

/// An account with the secret of the first.
pub(crate) fn emulator() -> Emulator {
    let emulator = Emulator::start().expect("an emulator");
    emulator.create_secret_with_arn(&arn("demo/key"), Some("sk-canary")).expect("a secret");
    emulator
}

pub(crate) fn arn(name: &str) -> String {
    format!("arn:aws:secretsmanager:{HOME}:123456789012:secret:{name}-AbCdEf")
}

/// A sandbox that trusts one certificate, whatever the machine has.
pub(crate) fn sandbox(manifest: &str) -> Sandbox {
    let sandbox = Sandbox::new(manifest);
    let identity = TlsIdentity::untrusted().expect("a certificate");
    sandbox.file("authority.pem", identity.ca_pem());
    sandbox.env("SSL_CERT_FILE", "authority.pem")
}

/// A run of `doctor`, with the variable parts replaced by `…`.
pub(crate) fn doctor(sandbox: &Sandbox, args: &[&str]) -> Ran {
    let ran = sandbox.run(args.iter().copied().chain(["doctor"]));
    assert!(!ran.stdout.contains("sk-") && !ran.stderr.contains("sk-"), "{ran:?}");
    masked(ran)
}

pub(crate) fn masked(mut ran: Ran) -> Ran {
    for (begin, end) in [
        ("http://127.0.0.1:", " "),
        ("responded in ", " ms"),
        (", version ", "\n"),
        (" (request ", ")"),
    ] {
        ran.stdout = between(&ran.stdout, begin, end);
    }
    ran
}

/// The text with `…` between each two of these.
fn between(text: &str, begin: &str, end: &str) -> String {
    let mut parts = text.split(begin);
    let mut done = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.find(end).map_or("", |at| &part[at..]);
        done += &format!("{begin}…{rest}");
    }
    done
}

/// The lines of one section, without its title.
#[track_caller]
pub(crate) fn section<'a>(ran: &'a Ran, title: &str) -> &'a str {
    let begin = format!("\n{title}\n");
    let at =
        ran.stdout.find(&begin).unwrap_or_else(|| panic!("no section {title} in {}", ran.stdout));
    let rest = &ran.stdout[at + begin.len()..];
    let end = rest.match_indices('\n').find(|(at, _)| !rest[at + 1..].starts_with(' '));
    &rest[..end.map_or(rest.len(), |(at, _)| at + 1)]
}

const WELL: &str = "\
manifest
  ok       path     secrets.toml
  ok       entries  all 2
environment
  ok       AWS_ACCESS_KEY_ID            an access key
  ok       AWS_SECRET_ACCESS_KEY        the secret part of an access key
  ok       AWS_CONFIG_FILE              names the file of AWS profiles
  ok       AWS_SHARED_CREDENTIALS_FILE  names the file of AWS credentials
  ok       AWS_EC2_METADATA_DISABLED    turns instance metadata off or on
  ok       AWS_REGION                   us-east-1
  ok       AWS_ENDPOINT_URL             sets the endpoint of all services
  ok       SSL_CERT_FILE                names the certificates to trust
env file
  ok       path  .env does not exist (it is optional)
identity
  ok       credentials  access keys in the environment
  ok       caller       arn:aws:iam::123456789012:user/emulated
region
  ok       default  us-east-1 (AWS_REGION)
endpoint
  ok       Secrets Manager  http://127.0.0.1:… (AWS_ENDPOINT_URL): responded in … ms
clock
  ok       clock  agrees with AWS's clock
trust store
  ok       certificates  1 certificate of authority.pem (SSL_CERT_FILE)
executable
EXECUTABLE
entries
  ok       KEY    required: demo/key (secret_id): readable, version …
  ok       OTHER  optional: arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/key-AbCdEf (OTHER_SECRET_ARN): readable, version …
no problems
";

/// The line about the program in these tests, which everyone can read.
pub(crate) fn executable() -> String {
    let path = env!("CARGO_BIN_EXE_hydrant");
    let line = format!(
        "  ok       hydrant  {path} can be read by this user: another process of the same user can inspect hydrant for a \
         moment at each start\n           hint: "
    );
    match rustix::process::geteuid().is_root() {
        true => {
            format!("{line}run hydrant as a user other than root, who can read every executable\n")
        }
        false => format!(
            "{line}install it readable only by root: sudo install -o root -g root -m 0711 {path} \
             /usr/local/bin/hydrant\n"
        ),
    }
}

#[test]
fn where_all_is_well() {
    let emulator = emulator();
    let sandbox = sandbox(TWO).with(&emulator).env("OTHER_SECRET_ARN", arn("demo/key"));
    doctor(&sandbox, &[]).is(0, &WELL.replace("EXECUTABLE\n", &executable()), "");
}

/// Marks have colours only on a terminal.
#[test]
fn colours_are_for_terminals() {
    let emulator = emulator();
    let sandbox = sandbox(TWO).with(&emulator).env("TERM", "xterm-256color");
    let mut terminal = Terminal::start(&sandbox.command(["doctor"]));
    terminal.awaits("1 warning");
    assert!(terminal.shown().contains("\u{1b}[32mok"), "{}", terminal.shown());
    assert!(!sandbox.run(["doctor"]).stdout.contains('\u{1b}'));
}

#[test]
fn json_has_every_finding() {
    let emulator = emulator();
    let manifest = "version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\njson_key = \"a\"\ndescription = \"a key\"\n";
    let sandbox = sandbox(manifest).with(&emulator);
    let ran = sandbox.run(["doctor", "--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(76), ""), "{ran:?}");
    let said: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(
        (&said["manifest"], &said["problems"], &said["warnings"], &said["code"]),
        (&"secrets.toml".into(), &1.into(), &0.into(), &76.into())
    );
    let find = |section: &str, name: &str| {
        let checks = said["checks"].as_array().expect("checks").iter();
        checks
            .clone()
            .find(|check| check["section"] == section && check["name"] == name)
            .expect("a check")
    };
    assert_eq!(find("region", "default")["details"]["region"], "us-east-1");
    assert_eq!(find("identity", "caller")["details"]["account"], "123456789012");
    assert_eq!(find("clock", "clock")["details"]["ahead_seconds"], 0);
    let expected = serde_json::json!({
        "section": "entries",
        "name": "KEY",
        "mark": "problem",
        "message": "required: demo/key (secret_id): readable; \"a\" cannot be read: the value is not JSON",
        "hint": "remove json_key to take the whole value, or store a JSON object",
        "code": 76,
        "details": {
            "line": 2,
            "description": "a key",
            "required": true,
            "set_in": null,
            "source_key": "secret_id",
            "reference": "demo/key",
            "described": "present",
            "readable": true,
            "key_present": false,
            "version": find("entries", "KEY")["details"]["version"],
            "reason": "not_json",
        },
    });
    assert_eq!(find("entries", "KEY"), &expected);
}
