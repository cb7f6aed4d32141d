//! Sources of credentials may return anything: a line break after a key, a time in the year 12000,
//! an endless file. Each is named, stops what needs it, and never panics.

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use hydrant_emulator::Emulator;

use crate::faults::matrix::{HOME, Row, start};
use crate::support::server::Server;
use crate::support::{Ran, Sandbox};

const ONE: &str = "version = 1\n[secrets.V0]\nsecret_id = \"demo/s0\"\n";

/// What ends up in a key, and the message about it.
const FLAWS: [(&str, &str); 7] = [
    ("AKIAX\n", "ends in a line break"),
    ("AKIAX\r", "ends in a line break"),
    ("AK\nIAX", "contains a line break"),
    ("AKIAX\u{1}", "contains a control character"),
    ("AK\tIAX", "contains a control character"),
    ("AK IAX", "contains a space"),
    ("AKÏAX", "contains a character that is not ASCII"),
];

/// Everything but credentials.
fn at(sandbox: Sandbox, emulator: &Emulator) -> Sandbox {
    sandbox.env("AWS_ENDPOINT_URL", emulator.endpoint()).env("AWS_REGION", HOME)
}

/// Ends with 78 before any call, with this message, and repeats nothing of a key.
#[track_caller]
fn refused(ran: &Ran, says: &str) {
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(78), ""), "{ran:?}");
    assert!(ran.stderr.contains(says), "{says:?} in {ran:?}");
    assert!(
        !ran.stderr.contains("AKIA")
            && !ran.stderr.contains("IAX")
            && !ran.stderr.contains("panic"),
        "{ran:?}"
    );
}

#[test]
fn keys_of_the_environment() {
    let emulator = Emulator::start().unwrap();
    for (value, flaw) in FLAWS {
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
            let sandbox =
                Sandbox::new(ONE).with(&emulator).env("AWS_SESSION_TOKEN", "t").env(name, value);
            refused(&start(&sandbox, "10s"), &format!("{name} {flaw}"));
        }
    }
    assert_eq!(emulator.connections(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn keys_that_are_not_text() {
    use std::os::unix::ffi::OsStrExt;

    let emulator = Emulator::start().unwrap();
    for name in [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_REGION",
        "AWS_ENDPOINT_URL",
    ] {
        let bytes = std::ffi::OsStr::from_bytes(b"AK\xffIAX");
        let sandbox = Sandbox::new(ONE).with(&emulator).env(name, bytes);
        refused(&start(&sandbox, "10s"), &format!("{name} is not "));
    }
    assert_eq!(emulator.connections(), 0);
}

#[test]
fn keys_of_the_env_file() {
    let emulator = Emulator::start().unwrap();
    let sandbox = at(Sandbox::new(ONE), &emulator);
    sandbox.file(".env", "AWS_ACCESS_KEY_ID=\"AKIAX\n\"\nAWS_SECRET_ACCESS_KEY=b\n");
    refused(&start(&sandbox, "10s"), "AWS_ACCESS_KEY_ID in the env file ends in a line break");
    assert_eq!(emulator.connections(), 0);
}

/// An optional entry starts, and every command that calls AWS ends in the same way.
#[test]
fn a_line_break_after_the_access_key_id() {
    let emulator = Emulator::start().unwrap();
    let row = Row {
        deadline: "5s",
        code: 78,
        says: "AWS_ACCESS_KEY_ID ends in a line break",
        calls: None,
    };
    row.set(|sandbox| sandbox.with(&emulator).env("AWS_ACCESS_KEY_ID", "AKIAX\n"));
    let sandbox = Sandbox::new(ONE).with(&emulator).env("AWS_ACCESS_KEY_ID", "AKIAX\n");
    for args in [
        &["check", "--live"][..],
        &["export", "--format", "json"],
        &["status"],
        &["history", "V0"],
        &["rollback", "V0"],
    ] {
        refused(
            &Ran { stdout: String::new(), ..sandbox.run(args.iter().copied()) },
            "ends in a line break",
        );
    }
    assert_eq!(emulator.connections(), 0);
}

#[test]
fn a_secret_key_of_the_process_goes_before_a_broken_one_of_the_env_file() {
    let emulator = Emulator::start().unwrap();
    emulator.create_secret(HOME, "demo/s0", Some("value 0")).unwrap();
    let sandbox = Sandbox::new(ONE).with(&emulator);
    sandbox.file(".env", "AWS_ACCESS_KEY_ID=\"AKIAX\n\"\nAWS_SECRET_ACCESS_KEY=b\n");
    start(&sandbox, "10s").prints("started with [value 0]\n");
}

fn with_config(sandbox: Sandbox, text: &str) -> Sandbox {
    let config = sandbox.file("config", text);
    sandbox.env("AWS_CONFIG_FILE", config)
}

#[test]
fn keys_of_a_profile() {
    let emulator = Emulator::start().unwrap();
    let config = "[default]\naws_access_key_id = AK IAX\naws_secret_access_key = b\n";
    let ran = start(&with_config(at(Sandbox::new(ONE), &emulator), config), "10s");
    refused(&ran, "the AWS profile default: the access key id contains a space");
    assert_eq!(emulator.connections(), 0);
}

/// The credentials in the formats of a credential process, a container and instance metadata.
fn credentials(id: &str, secret: &str, token: &str, end: &str) -> String {
    let said = serde_json::json!({
        "Version": 1,
        "Code": "Success",
        "Type": "AWS-HMAC",
        "AccessKeyId": id,
        "SecretAccessKey": secret,
        "SessionToken": token,
        "Token": token,
        "Expiration": end,
        "LastUpdated": "2026-11-27T00:00:00Z",
    });
    said.to_string()
}

const END: &str = "2126-11-27T00:00:00Z";

#[test]
fn keys_of_a_process() {
    let emulator = Emulator::start().unwrap();
    let run = |answer: &str| {
        let sandbox = at(Sandbox::new(ONE), &emulator);
        let answer = sandbox.file("answer.json", answer);
        start(
            &with_config(
                sandbox,
                &format!("[default]\ncredential_process = cat {}\n", answer.display()),
            ),
            "10s",
        )
    };
    for (value, flaw) in FLAWS {
        let says = format!("config:2) gave unusable credentials: the access key id {flaw}");
        refused(&run(&credentials(value, "b", "t", END)), &says);
    }
    refused(&run(&credentials("a", "b", "AKIAX\n", END)), "the session token ends in a line break");
    refused(&run(&credentials("a", "b\n", "t", END)), "the secret access key ends in a line break");
    refused(
        &run(&credentials("a", "b", "t", "9999-12-31T23:59:59Z")),
        "printed an Expiration that is not a time",
    );
    assert_eq!(emulator.connections(), 0);
}

#[test]
fn keys_of_a_container() {
    let emulator = Emulator::start().unwrap();
    for (value, flaw) in FLAWS {
        let answer = credentials(value, "b", "t", END);
        let server = Server::start(move |_| {
            (200, vec!["content-type: application/json".to_owned()], answer.clone().into())
        });
        let sandbox = at(Sandbox::new(ONE), &emulator);
        let ran =
            start(&sandbox.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.endpoint()), "10s");
        refused(
            &ran,
            &format!("the credentials endpoint of the container: the access key id {flaw}"),
        );
    }
    assert_eq!(emulator.connections(), 0);
}

/// Instance metadata with this role, these credentials, and tokens that last this long.
fn metadata(role: &'static str, credentials: String, lifetime: &'static str) -> Server {
    Server::start(move |request| {
        let headers = vec![format!("x-aws-ec2-metadata-token-ttl-seconds: {lifetime}")];
        let body = if request.starts_with("PUT ") {
            "token".to_owned()
        } else if request.contains("/security-credentials/ ") {
            role.to_owned()
        } else {
            credentials.clone()
        };
        (200, headers, body.into())
    })
}

fn at_metadata(emulator: &Emulator, server: &Server) -> Sandbox {
    at(Sandbox::new(ONE), emulator)
        .env("AWS_EC2_METADATA_DISABLED", "false")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.endpoint())
}

#[test]
fn keys_of_instance_metadata() {
    let emulator = Emulator::start().unwrap();
    for (value, flaw) in FLAWS {
        let server = metadata("app", credentials(value, "b", "t", END), "300");
        let says = format!("instance metadata: the access key id {flaw}");
        refused(&start(&at_metadata(&emulator, &server), "10s"), &says);
    }
    for role in ["a b", "a\u{1}b", "a/../b", "é", ""] {
        let server = metadata(role, credentials("a", "b", "t", END), "300");
        refused(&start(&at_metadata(&emulator, &server), "10s"), "no usable AWS credentials");
    }
    assert_eq!(emulator.connections(), 0);
    emulator.create_secret(HOME, "demo/s0", Some("value 0")).unwrap();
    for lifetime in ["300", "9223372036854775807", "18446744073709551615"] {
        let server = metadata("app\n", credentials("a", "b", "t", END), lifetime);
        start(&at_metadata(&emulator, &server), "10s").prints("started with [value 0]\n");
    }
}

#[test]
fn a_region_of_instance_metadata_that_is_none() {
    let emulator = Emulator::start().unwrap();
    let server = metadata("app", "evil.example/x".to_owned(), "300");
    let sandbox = Sandbox::new(ONE)
        .with(&emulator)
        .env("AWS_REGION", "")
        .env("AWS_EC2_METADATA_DISABLED", "false")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.endpoint());
    refused(
        &start(&sandbox, "10s"),
        "the region that instance metadata names is not the name of a region",
    );
}

/// STS responds in XML, where a line break is an ordinary character.
fn sts(id: &str, token: &str, end: &str) -> Server {
    let role = "<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/a/b</Arn>\
                <AssumedRoleId>AROA:b</AssumedRoleId></AssumedRoleUser>";
    let keys = format!(
        "<Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>b</SecretAccessKey>\
         <SessionToken>{token}</SessionToken><Expiration>{end}</Expiration></Credentials>"
    );
    let of = |call: &str| {
        format!("<{call}Response><{call}Result>{role}{keys}</{call}Result></{call}Response>")
    };
    let (role, web) = (of("AssumeRole"), of("AssumeRoleWithWebIdentity"));
    Server::start(move |request| {
        let body = if request.contains("/web") { &web } else { &role };
        (200, vec!["content-type: text/xml".to_owned()], body.clone().into())
    })
}

#[test]
fn keys_of_an_assumed_role_and_of_a_web_identity() {
    let emulator = Emulator::start().unwrap();
    for (id, token, end, says) in [
        ("AKIAX\n", "t", END, "the access key id ends in a line break"),
        ("a", "AK IAX", END, "the session token contains a space"),
        ("a", "t", "9999-12-31T23:59:59Z", "the time of their end"),
    ] {
        let server = sts(id, token, end);
        let config = "[default]\nrole_arn = arn:aws:iam::123456789012:role/a\nsource_profile = base\n\
                      [profile base]\naws_access_key_id = a\naws_secret_access_key = b\n";
        let sandbox =
            at(Sandbox::new(ONE), &emulator).env("AWS_ENDPOINT_URL_STS", server.endpoint());
        let ran = start(&with_config(sandbox, config), "10s");
        refused(&ran, &format!("the AWS profile default: {says}"));

        let sandbox = at(Sandbox::new(ONE), &emulator)
            .env("AWS_ENDPOINT_URL_STS", format!("{}/web", server.endpoint()));
        let token = sandbox.file("token", "token");
        let sandbox = sandbox
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", token)
            .env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/a");
        refused(&start(&sandbox, "10s"), &format!("the web identity: {says}"));
    }
    assert_eq!(emulator.connections(), 0);
}

/// The SDK would read it by path, and wait.
fn hostile_files(sandbox: &Sandbox) -> Vec<(PathBuf, &'static str)> {
    let path = |name: &str| sandbox.path().join(name);
    let made = Command::new("mkfifo").arg(path("fifo")).status().expect("mkfifo starts");
    assert!(made.success(), "{made}");
    symlink("/dev/zero", path("zero")).expect("a link");
    std::fs::create_dir(path("folder")).expect("a folder");
    std::fs::File::create(path("large"))
        .and_then(|file| file.set_len(2 << 30))
        .expect("a sparse file");
    vec![
        (path("fifo"), "regular file"),
        (path("zero"), "regular file"),
        (path("folder"), "directory"),
        (path("large"), "larger than"),
    ]
}

#[test]
fn files_that_never_end() {
    let emulator = Emulator::start().unwrap();
    let sandbox = Sandbox::new(ONE);
    for (path, what) in hostile_files(&sandbox) {
        let run =
            |set: &dyn Fn(Sandbox) -> Sandbox| start(&set(at(Sandbox::new(ONE), &emulator)), "3s");
        for variable in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
            let ran = run(&|sandbox| sandbox.env(variable, &path));
            refused(&ran, &format!("{variable}: {}: it is ", path.display()));
            assert!(ran.stderr.contains(what), "{what:?} in {ran:?}");
        }
        let ran = run(&|sandbox| {
            let role = "arn:aws:iam::123456789012:role/a";
            sandbox.env("AWS_WEB_IDENTITY_TOKEN_FILE", &path).env("AWS_ROLE_ARN", role)
        });
        refused(&ran, &format!("AWS_WEB_IDENTITY_TOKEN_FILE: {}: it is ", path.display()));
        let ran = run(&|sandbox| {
            let sandbox = sandbox.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/");
            sandbox.env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &path)
        });
        refused(
            &ran,
            &format!("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: {}: it is ", path.display()),
        );
        let role = "role_arn = arn:aws:iam::123456789012:role/a";
        let config = format!(
            "[default]\n{role}\nsource_profile = base\n[profile base]\n{role}\nweb_identity_token_file = {}\n",
            path.display()
        );
        let ran = run(&|sandbox| with_config(sandbox, &config));
        refused(
            &ran,
            &format!("web_identity_token_file of the AWS profile base: {}: it is ", path.display()),
        );
        // The files of the home: the default ones, and the caches of sessions.
        let home = Sandbox::empty();
        let link = |name: &str| {
            let link = home.path().join(name);
            std::fs::create_dir_all(link.parent().expect("a folder")).expect("a folder");
            symlink(&path, &link).expect("a link");
            link
        };
        let config = link(".aws/config");
        let ran = run(&|sandbox| sandbox.env("HOME", home.path()).env("AWS_CONFIG_FILE", ""));
        refused(&ran, &format!("{}: it is ", config.display()));
        let sso = "[default]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n\
                   [sso-session s]\nsso_region = us-east-1\nsso_start_url = https://127.0.0.1/\n";
        let login = "[default]\nlogin_session = arn:aws:sts::123456789012:assumed-role/a/b\n";
        for (text, cache) in [(sso, ".aws/sso/cache/a.json"), (login, ".aws/login/cache/a.json")] {
            let cached = link(cache);
            let ran = run(&|sandbox| with_config(sandbox.env("HOME", home.path()), text));
            refused(&ran, &format!("{}: it is ", cached.display()));
        }
    }
    assert_eq!(emulator.connections(), 0);
}

/// Keys and a region are available: the file is named, and nothing else is affected.
#[test]
fn files_that_are_not_needed() {
    let emulator = Emulator::start().unwrap();
    emulator.create_secret(HOME, "demo/s0", Some("value 0")).unwrap();
    let sandbox = Sandbox::new(ONE).with(&emulator);
    for (path, what) in hostile_files(&sandbox) {
        let ran = start(&Sandbox::new(ONE).with(&emulator).env("AWS_CONFIG_FILE", &path), "3s");
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (Some(0), "started with [value 0]\n"),
            "{ran:?}"
        );
        let warning = format!("hydrant: warning: AWS_CONFIG_FILE: {}: it is ", path.display());
        assert!(ran.stderr.starts_with(&warning) && ran.stderr.contains(what), "{ran:?}");
    }
    let ran = start(
        &with_config(Sandbox::new(ONE).with(&emulator), "  [default]\n  region = us-east-1\n"),
        "3s",
    );
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "started with [value 0]\n"), "{ran:?}");
    assert!(
        ran.stderr.contains("on line 1; it is not needed here")
            || ran.stderr.contains("it is not needed here"),
        "{ran:?}"
    );
}
