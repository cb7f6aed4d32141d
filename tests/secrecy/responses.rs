//! Responses that repeat a value of the same hydration or call: in a message, a code, a header, a
//! request id, an ARN, a name, a version id or a staging label, raw and in the usual encodings.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use hydrant_emulator::{Emulator, Fault, Operation, ParameterType};
use serde_json::json;

use crate::secrecy::canary::{ODD, PLAIN, forms, found};
use crate::secrecy::fixture::AUDIT_LOG;
use crate::support::Sandbox;

/// It does not look like a key: only a comparison with the values finds it.
const WORDS: &str = "correct horse-battery";

/// It has the form of a version id and of a request id.
const ID: &str = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

const MANIFEST: &str = r#"version = 1
[settings]
deadline = "3s"
audit_log = "audit.jsonl"
[secrets.A]
secret_id = "demo/a"
[secrets.B]
secret_id = "demo/b"
required = false
[secrets.LEAF]
secret_id = "demo/json"
json_key = "other"
required = false
[secrets.PARAMETER]
value_parameter = "/demo/p"
required = false
"#;

/// A form of a value in a response.
fn encoded(value: &str) -> [String; 6] {
    let hex = |value: &str| value.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let url: String = value
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).into()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    let json = json!(value).to_string();
    [
        value.to_owned(),
        json,
        url,
        base64(value.as_bytes()),
        hex(value),
        format!("x{}", base64(format!("xx{value}").as_bytes())),
    ]
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<u8> =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let digit =
        |bits: &[u8]| (0..6).fold(0, |digit, at| digit << 1 | bits.get(at).copied().unwrap_or(0));
    bits.chunks(6).map(|bits| char::from(DIGITS[usize::from(digit(bits))])).collect()
}

/// Where a response repeats it.
const PLACES: [&str; 8] = [
    "message of an item",
    "code of an item",
    "message",
    "code",
    "request id",
    "header",
    "ids of a response",
    "message of a write",
];

fn apply(emulator: &Emulator, place: &str, text: &str) {
    const READS: [Operation; 2] = [Operation::GetSecretValue, Operation::GetParameters];
    const WRITES: [Operation; 3] =
        [Operation::PutSecretValue, Operation::CreateSecret, Operation::PutParameter];
    let failed = |header: &str| Fault::Response {
        status: 400,
        headers: vec![(header.to_owned(), text.to_owned())],
        body: json!({ "__type": "AccessDeniedException", "message": "no" }).to_string(),
    };
    match place {
        "message of an item" => {
            let message = format!("User: app is not authorized ({text})");
            emulator.refuse_item(
                Operation::BatchGetSecretValue,
                "demo/b",
                "AccessDeniedException",
                &message,
            );
        }
        "code of an item" => {
            emulator.refuse_item(Operation::BatchGetSecretValue, "demo/b", text, "no")
        }
        "message" => {
            emulator.refuse_times(
                Operation::GetSecretValue,
                "ThrottlingException",
                &format!("slow: {text}"),
                1,
            );
            emulator.refuse(
                Operation::GetParameters,
                "AccessDeniedException",
                &format!("'{text}'"),
            );
            emulator.refuse_item(
                Operation::BatchGetSecretValue,
                "demo/b",
                "InternalServiceError",
                text,
            );
        }
        "code" => READS
            .iter()
            .chain(&WRITES)
            .for_each(|operation| emulator.refuse(*operation, text, "no")),
        "request id" => {
            READS.iter().chain(&WRITES).for_each(|operation| {
                emulator.fault(Some(*operation), failed("x-amzn-requestid"), usize::MAX);
            });
        }
        "header" => {
            READS.iter().chain(&WRITES).for_each(|operation| {
                emulator.fault(Some(*operation), failed("x-amzn-errortype"), usize::MAX);
            });
        }
        "ids of a response" => {
            let body = json!({ "ARN": text, "Name": "demo/a", "VersionId": text, "VersionStages": [text] }).to_string();
            WRITES.iter().for_each(|operation| {
                let answer = Fault::Response {
                    status: 200,
                    headers: vec![("x-amzn-requestid".to_owned(), text.to_owned())],
                    body: body.clone(),
                };
                emulator.fault(Some(*operation), answer, usize::MAX);
            });
        }
        _ => {
            let message = format!("User: app is not authorized to write {text}");
            WRITES.iter().for_each(|operation| {
                emulator.refuse(*operation, "AccessDeniedException", &message)
            });
        }
    }
}

const COMMANDS: [&[&str]; 7] = [
    &["run", "--", "true"],
    &["--log-format", "json", "-vvv", "run", "--strict", "--", "true"],
    &["-vvv", "check", "--live", "--json"],
    &["doctor", "--json"],
    &["-vvv", "put", "A"],
    &["put", "LEAF", "--merge", "--json"],
    &["put", "PARAMETER"],
];

fn account(value: &str) -> Emulator {
    let emulator = Emulator::start().expect("an emulator");
    let region = "us-east-1";
    for name in ["demo/a", "demo/b"] {
        emulator.create_secret(region, name, Some(value)).expect("a secret");
    }
    let object = json!({ "other": value, "deep": [{ "leaf": value }] }).to_string();
    emulator.create_secret(region, "demo/json", Some(&object)).expect("a secret");
    emulator
        .put_parameter(region, "/demo/p", value, ParameterType::SecureString)
        .expect("a parameter");
    emulator
}

/// Runs one case, and returns the places where a form of the value was seen.
fn sweep(value: &str, text: &str, place: &str, command: &[&str]) -> Vec<String> {
    let emulator = account(value);
    apply(&emulator, place, text);
    run(&Sandbox::new(MANIFEST).with(&emulator), value, text, command)
}

/// The same for one command of a folder.
fn run(sandbox: &Sandbox, value: &str, text: &str, command: &[&str]) -> Vec<String> {
    let mut child = sandbox.command(command);
    child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = child.spawn().expect("the binary starts");
    // A command that reads no input may have ended.
    _ = child.stdin.take().expect("stdin").write_all(value.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("unexpected argument"), "{command:?}: {said}");
    let audited = fs::read(sandbox.path().join(AUDIT_LOG)).unwrap_or_default();
    let mut forms = forms(value);
    forms.insert(text.to_owned());
    let mut seen = Vec::new();
    for (name, bytes) in
        [("stdout", &output.stdout), ("stderr", &output.stderr), ("the audit log", &audited)]
    {
        if let Some(form) = found(&forms, bytes) {
            seen.push(format!("{name}: {form}\n{}", String::from_utf8_lossy(bytes)));
        }
    }
    if matches!(output.status.code(), None | Some(70)) {
        seen.push(format!("it ended with {}", output.status));
    }
    seen
}

#[test]
fn no_response_brings_a_value_where_it_does_not_belong() {
    let mut cases = Vec::new();
    for place in PLACES {
        for (index, value) in [WORDS, PLAIN, ODD, ID].into_iter().enumerate() {
            for (turn, text) in encoded(value).into_iter().enumerate() {
                // A header contains no line ends and only ASCII. All of these fit.
                for (which, command) in COMMANDS.iter().enumerate() {
                    // Raw is tried with every command, each encoding with some of them.
                    if turn == 0 || (turn + index + which) % 3 == 0 {
                        cases.push((value, text.clone(), place, *command));
                    }
                }
            }
        }
    }
    assert!(cases.len() > 300, "only {} cases", cases.len());
    check(&cases, |(value, text, place, command)| {
        let seen = sweep(value, text, place, command);
        seen.into_iter().map(|seen| format!("{place} {command:?} {text}: {seen}")).collect()
    });
}

/// Runs the cases, several at once, and expects that nothing was seen.
#[track_caller]
fn check<T: Sync>(cases: &[T], run: impl Fn(&T) -> Vec<String> + Sync) {
    let (next, faults) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    faults.lock().unwrap_or_else(PoisonError::into_inner).extend(run(case));
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert!(faults.is_empty(), "{} places:\n{}", faults.len(), faults.join("\n"));
}

/// The secret access key and the session token that sign calls.
const CREDENTIALS: [(&str, &str); 3] = [
    ("AWS_SECRET_ACCESS_KEY", "correct-horse-battery-staple"),
    ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYab"),
    ("AWS_SESSION_TOKEN", "plenty+of+words/in-a-session-token=="),
];

#[test]
fn no_response_brings_the_credentials_where_they_do_not_belong() {
    const OTHERS: [Operation; 8] = [
        Operation::DescribeSecret,
        Operation::DeleteSecret,
        Operation::RotateSecret,
        Operation::UpdateSecretVersionStage,
        Operation::ListSecretVersionIds,
        Operation::ListSecrets,
        Operation::DescribeParameters,
        Operation::GetCallerIdentity,
    ];
    const MORE: [&[&str]; 7] = [
        &["doctor"],
        &["status", "--json"],
        &["status", "--all"],
        &["history", "A", "--json"],
        &["delete", "A", "--yes"],
        &["rotate", "A"],
        &["--audit-log", AUDIT_LOG, "rollback", "A"],
    ];
    let mut cases = Vec::new();
    for (variable, secret) in CREDENTIALS {
        // Raw and in base64. The other encodings are compared in the same way.
        for (turn, text) in encoded(secret).into_iter().step_by(3).enumerate() {
            let some =
                COMMANDS.iter().enumerate().filter(|(which, _)| turn == 0 || which % 3 == turn);
            for (_, command) in some {
                cases.extend(
                    PLACES.map(|place| (variable, secret, text.clone(), Some(place), *command)),
                );
            }
            cases.extend(MORE.map(|command| (variable, secret, text.clone(), None, command)));
        }
    }
    check(&cases, |(variable, secret, text, place, command)| {
        let emulator = account("unrelated");
        match place {
            Some(place) => apply(&emulator, place, text),
            None => OTHERS.into_iter().for_each(|operation| {
                emulator.refuse(
                    operation,
                    "AccessDeniedException",
                    &format!("User: app may not ({text})"),
                );
            }),
        }
        let manifest = MANIFEST.replace("3s", "1s");
        let sandbox = Sandbox::new(&manifest).with(&emulator).env(variable, *secret);
        let seen = run(&sandbox, secret, text, command);
        seen.into_iter().map(|seen| format!("{place:?} {command:?} {text}: {seen}")).collect()
    });
}

/// A server on loopback that refuses every call for a role, and repeats the secret.
fn refuses_roles(secret: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let said = format!(
        "<Code>AccessDenied</Code><Message>no: {secret}, {}</Message>",
        base64(secret.as_bytes())
    );
    let body = format!(
        "<ErrorResponse><Error>{said}</Error><RequestId>{secret}</RequestId></ErrorResponse>"
    );
    let of_sso = json!({ "message": format!("no: {secret}") }).to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.expect("a connection"));
            let (mut line, mut length, mut is_sso) = (String::new(), 0, false);
            while stream.read_line(&mut line).expect("a header") > 2 {
                is_sso |= line.starts_with("GET /federation/");
                let header = line.to_ascii_lowercase();
                length = header
                    .strip_prefix("content-length:")
                    .map_or(length, |text| text.trim().parse().expect("a length"));
                line.clear();
            }
            stream.read_exact(&mut vec![0; length]).expect("a body");
            let head = "HTTP/1.1 403 Forbidden\r\ncontent-type: text/xml\r\nx-amzn-errortype: No\r\nconnection: close";
            let body = if is_sso { &of_sso } else { &body };
            let response = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            stream.get_mut().write_all(response.as_bytes()).expect("a response");
        }
    });
    endpoint
}

/// STS repeats the credentials of a profile, a program or a file in its response to a call for a
/// role.
#[test]
fn a_role_that_is_refused_brings_nothing_that_it_was_called_for_with() {
    let (_, secret) = CREDENTIALS[0];
    let token = "a-session-of-plenty-of-words";
    let role = "role_arn = arn:aws:iam::123456789012:role/app\n";
    let keys =
        format!("[profile b]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = {secret}\n");
    let of_process = format!(
        "[default]\n{role}source_profile = b\n[profile b]\ncredential_process = cat printed\n"
    );
    let cases = [
        (secret, format!("[default]\n{role}source_profile = b\n{keys}")),
        (secret, of_process.clone()),
        (token, of_process),
        (
            token,
            format!(
                "[default]\n{role}source_profile = default\ncredential_process = cat printed\n"
            ),
        ),
        (token, format!("[default]\n{role}web_identity_token_file = token\n")),
        (token, String::new()),
        (
            token,
            "[default]\nsso_start_url = https://demo.awsapps.com/start\nsso_region = us-east-1\n\
             sso_account_id = 123456789012\nsso_role_name = app\n"
                .to_owned(),
        ),
    ];
    for (said, config) in cases {
        let sandbox =
            Sandbox::new(MANIFEST).env("AWS_CONFIG_FILE", "config").env("AWS_REGION", "us-east-1");
        let mut sandbox = sandbox.env("AWS_ENDPOINT_URL", refuses_roles(said));
        let home = sandbox.path().to_owned();
        sandbox = sandbox.env("HOME", home);
        if config.is_empty() {
            let role = "arn:aws:iam::123456789012:role/app";
            sandbox = sandbox.env("AWS_ROLE_ARN", role).env("AWS_WEB_IDENTITY_TOKEN_FILE", "token");
        }
        sandbox.file("config", &config);
        sandbox.file("token", &format!("{token}\n"));
        let cache = sandbox.path().join(".aws/sso/cache");
        fs::create_dir_all(&cache).expect("a folder");
        let session =
            format!("{{\"accessToken\": \"{token}\", \"expiresAt\": \"2126-01-01T00:00:00Z\"}}");
        fs::write(cache.join("e4fbf2ca8766b8176cb643281dfab66ce6a6e66f.json"), session)
            .expect("a session");
        let printed = format!("\"SecretAccessKey\": \"{secret}\", \"SessionToken\": \"{token}\"");
        sandbox.file(
            "printed",
            &format!("{{\"Version\": 1, \"AccessKeyId\": \"AKIDEXAMPLE\", {printed}}}"),
        );
        for command in [
            &["-vvv", "run", "--", "true"][..],
            &["doctor", "--json"],
            &["--log-format", "json", "status"],
        ] {
            let seen = run(&sandbox, said, &base64(said.as_bytes()), command);
            assert!(seen.is_empty(), "{config} {command:?}: {seen:?}");
        }
        let ran = sandbox.run(["run", "--", "true"]);
        assert!(
            ran.stderr.contains("its message is not shown: it repeats a value"),
            "{config}: {ran:?}"
        );
    }
}

/// The listed input: a batch returns A with its value and B with an error whose message repeats it.
#[test]
fn a_batch_whose_error_repeats_a_value_says_so_and_shows_nothing() {
    let emulator = account(WORDS);
    apply(&emulator, "message of an item", WORDS);
    let sandbox = Sandbox::new(MANIFEST).with(&emulator);
    let ran = sandbox.run(["run", "--", "printenv", "A"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "correct horse-battery\n"), "{ran:?}");
    let expected = "B (secrets.toml:7): failed: access denied: demo/b; AWS said: AccessDeniedException: its message is not \
                    shown: it repeats a value";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
}

/// The message of one item repeats a part of another's value, which rewriting or cutting it would
/// leave readable.
#[test]
fn a_message_is_compared_before_it_is_cut_or_rewritten() {
    fn check(value: &str, message: &str, part: &str) {
        let emulator = account("another");
        emulator.create_secret("us-east-1", "demo/c", Some(value)).expect("a secret");
        emulator.refuse_item(
            Operation::BatchGetSecretValue,
            "demo/b",
            "AccessDeniedException",
            message,
        );
        let sandbox = Sandbox::new(&MANIFEST.replace("demo/a", "demo/c")).with(&emulator);
        let ran = sandbox.run(["run", "--", "true"]);
        assert!(ran.stderr.contains("is not shown: it repeats a value"), "{part}: {ran:?}");
        assert!(!format!("{ran:?}").contains(part), "{part}: {ran:?}");
    }
    let token = "hunter2horse,ghp_0123456789abcdefghij";
    check(token, &format!("bad: {token}"), "hunter2horse");
    check("canary-at-the-end", &format!("{}canary-at-the-end", "a b c d ".repeat(249)), "canary-a");
    check(r#"{"pw":"first-pass","pw":"second-pass"}"#, "bad first-pass", "first-pass");
    check(r#"{"pin":12345678901234567890123}"#, "bad 12345678901234567890123", "1234567890123");
    check("canary-line\n", "bad canary-line", "canary-line");
}
