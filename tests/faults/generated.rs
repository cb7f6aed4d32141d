//! Generated input: bytes of every kind in every AWS variable, and in every field of the sources of
//! credentials. Each run ends in time, and never with a panic.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::time::{Duration, Instant};

use hydrant_emulator::Emulator;
use proptest::prelude::*;

use crate::faults::matrix::HOME;
use crate::support::Sandbox;
use crate::support::server::{Said, Server};

const MANIFEST: &str = "version = 1\n[settings]\ndeadline = \"2s\"\n[secrets.V0]\nsecret_id = \"demo/s0\"\n\
                        [secrets.V1]\nvalue_parameter = \"/demo/p0\"\nrequired = false\n";

/// The deadline of the manifest, and the extra time on a busy machine.
const MOST: Duration = Duration::from_secs(2 + 5);

/// Each case starts a process, so there are fewer of them than in-process cases.
fn cases() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: asked.unwrap_or(12),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// The variables of AWS that the SDK or hydrant reads, except those that would send a request
/// elsewhere.
const VARIABLES: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ACCOUNT_ID",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE",
    "AWS_AUTH_SCHEME_PREFERENCE",
    "AWS_CA_BUNDLE",
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_DEFAULTS_MODE",
    "AWS_DEFAULT_REGION",
    "AWS_DISABLE_CLOCK_SKEW_CORRECTION",
    "AWS_DISABLE_REQUEST_COMPRESSION",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LOGIN_CACHE_DIRECTORY",
    "AWS_MAX_ATTEMPTS",
    "AWS_NEW_RETRIES_2026",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_REQUEST_CHECKSUM_CALCULATION",
    "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES",
    "AWS_RESPONSE_CHECKSUM_VALIDATION",
    "AWS_RETRY_MODE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_SDK_UA_APP_ID",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_SIGV4A_SIGNING_REGION_SET",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "SMITHY_CLIENT_SDK_CUSTOM_PARTITION",
    "_X_AMZN_TRACE_ID",
    "HOME",
];

/// Variables with an address: their values begin with a loopback address, because tests call no
/// other.
const ADDRESSES: &[&str] = &[
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_ENDPOINT_URL_SSM",
    "AWS_ENDPOINT_URL_STS",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/// The possible contents of a variable: anything except a zero byte.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        "true",
        "us-east-1",
        "a",
        "AKIAX",
        "/",
        "http://",
        "[",
        ":",
        "@",
        "%",
        "..",
        "~",
    ]);
    let odd = prop::sample::select(vec![
        "\n", "\r", "\t", " ", "\u{1}", "\u{7f}", "é", "\u{202e}", "\u{2028}",
    ]);
    prop_oneof![
        prop::collection::vec(1_u8..=255, 0..40),
        (words.clone(), odd).prop_map(|(word, odd)| format!("{word}{odd}").into_bytes()),
        prop::collection::vec(words, 0..4).prop_map(|words| words.concat().into_bytes()),
    ]
}

fn assert_survives(sandbox: &Sandbox, args: &[&str]) -> Result<(), TestCaseError> {
    let begin = Instant::now();
    let output = sandbox.command(args.iter().copied()).output().expect("the binary starts");
    let took = begin.elapsed();
    let said = String::from_utf8_lossy(&output.stderr);
    prop_assert!(output.status.code().is_some_and(|code| code != 70), "{:?}: {output:?}", args);
    prop_assert!(!said.contains("panic"), "{output:?}");
    prop_assert!(took < MOST, "{took:?}: {output:?}");
    Ok(())
}

fn with_config(sandbox: Sandbox, text: &str) -> Sandbox {
    let config = sandbox.file("config", text);
    sandbox.env("AWS_CONFIG_FILE", config)
}

/// A text for a field, and sometimes a time.
fn field() -> impl Strategy<Value = String> {
    let times = vec![
        "2126-11-27T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
        "+12000-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "9223372036854775807",
        "-1",
        "2026-11-27",
    ];
    prop_oneof![
        3 => prop::sample::select(vec!["AKIAX", "a", "2126-11-27T00:00:00Z"]).prop_map(str::to_owned),
        2 => bytes().prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        1 => prop::sample::select(times).prop_map(str::to_owned),
        1 => Just("x".repeat(70_000)),
    ]
}

/// The same fields for every source that uses JSON.
fn json(fields: &[String]) -> Vec<u8> {
    let said = serde_json::json!({
        "Version": 1,
        "Code": "Success",
        "AccessKeyId": fields[0],
        "SecretAccessKey": fields[1],
        "SessionToken": fields[2],
        "Token": fields[2],
        "Expiration": fields[3],
        "AccountId": fields[4],
    });
    said.to_string().into_bytes()
}

fn xml(fields: &[String]) -> Vec<u8> {
    let escaped = |text: &String| text.replace('&', "&amp;").replace('<', "&lt;");
    let [id, secret, token, end, arn] = [0, 1, 2, 3, 4].map(|index| escaped(&fields[index]));
    format!(
        "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><Arn>{arn}</Arn><AssumedRoleId>{arn}</AssumedRoleId>\
         </AssumedRoleUser><Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>\
         <SessionToken>{token}</SessionToken><Expiration>{end}</Expiration></Credentials></AssumeRoleResult>\
         </AssumeRoleResponse>"
    )
    .into_bytes()
}

/// One header line, whatever the text.
fn header(name: &str, text: &str) -> String {
    format!("{name}: {}", text.replace(['\n', '\r'], " ").chars().take(200).collect::<String>())
}

fn dates() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "Fri, 27 Nov 2026 21:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "x",
    ])
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn generated_variables(
        set in prop::collection::vec((prop::sample::select(VARIABLES), bytes()), 1..4),
        address in prop::option::of((prop::sample::select(ADDRESSES), bytes())),
        has_keys: bool,
        command in prop::sample::select(vec![&["run", "--", "true"][..], &["doctor"], &["status"]]),
    ) {
        let emulator = Emulator::start().expect("an emulator");
        emulator.create_secret(HOME, "demo/s0", Some("value 0")).expect("a secret");
        let mut sandbox = Sandbox::new(MANIFEST).with(&emulator).env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9");
        if !has_keys {
            sandbox = sandbox.env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "");
        }
        for (name, value) in set {
            sandbox = sandbox.env(name, OsString::from_vec(value));
        }
        if let Some((name, rest)) = address {
            let value = [emulator.endpoint().into_bytes(), b"/".to_vec(), rest].concat();
            sandbox = sandbox.env(name, OsString::from_vec(value));
        }
        assert_survives(&sandbox, command)?;
    }

    #[test]
    fn generated_fields_of_a_process_and_a_container(
        fields in prop::collection::vec(field(), 5),
        raw in prop::option::of(bytes()),
    ) {
        let emulator = Emulator::start().expect("an emulator");
        let at = || Sandbox::new(MANIFEST).env("AWS_ENDPOINT_URL", emulator.endpoint()).env("AWS_REGION", HOME);
        let body = raw.unwrap_or_else(|| json(&fields));
        let sandbox = at();
        let answer = sandbox.path().join("answer");
        std::fs::write(&answer, &body).expect("a file");
        let config = format!("[default]\ncredential_process = cat {}\n", answer.display());
        assert_survives(&with_config(sandbox, &config), &["run", "--", "true"])?;
        let server = Server::start(move |_| (200, Vec::new(), body.clone()));
        assert_survives(&at().env("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.endpoint()), &["run", "--", "true"])?;
    }

    #[test]
    fn generated_fields_of_instance_metadata(
        fields in prop::collection::vec(field(), 5),
        role in prop_oneof![Just("app".to_owned()), field()],
        token in prop_oneof![Just("token".to_owned()), field()],
        lifetime in prop_oneof![Just("300".to_owned()), Just(i64::MAX.to_string()), Just(u64::MAX.to_string()), field()],
        region in prop::option::of(field()),
        date in dates(),
    ) {
        let emulator = Emulator::start().expect("an emulator");
        let body = json(&fields);
        let named = region.clone().unwrap_or_default();
        let server = Server::start(move |request| -> Said {
            let headers = vec![header("x-aws-ec2-metadata-token-ttl-seconds", &lifetime), format!("date: {date}")];
            let body = if request.starts_with("PUT ") {
                token.clone().into_bytes()
            } else if request.contains("/security-credentials/ ") {
                role.clone().into_bytes()
            } else if request.contains("/placement/region") {
                named.clone().into_bytes()
            } else {
                body.clone()
            };
            (200, headers, body)
        });
        let sandbox = Sandbox::new(MANIFEST)
            .env("AWS_ENDPOINT_URL", emulator.endpoint())
            .env("AWS_REGION", if region.is_some() { "" } else { HOME })
            .env("AWS_EC2_METADATA_DISABLED", "false")
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.endpoint());
        assert_survives(&sandbox, &["run", "--", "true"])?;
    }

    #[test]
    fn generated_fields_of_sts(
        fields in prop::collection::vec(field(), 5),
        raw in prop::option::of(bytes()),
        status in prop::sample::select(vec![200_u16, 200, 200, 400, 403, 500]),
        date in dates(),
    ) {
        let emulator = Emulator::start().expect("an emulator");
        let body = raw.unwrap_or_else(|| xml(&fields));
        let web = String::from_utf8_lossy(&body).replace("AssumeRoleRes", "AssumeRoleWithWebIdentityRes").into_bytes();
        let config = "[default]\nrole_arn = arn:aws:iam::123456789012:role/a\nsource_profile = base\n\
                      [profile base]\naws_access_key_id = a\naws_secret_access_key = b\n";
        let answers = move |request: &str| -> Said {
            let body = if request.contains("/web") { web.clone() } else { body.clone() };
            (status, vec![format!("date: {date}")], body)
        };
        let server = Server::start(answers);
        let at = |path: &str| {
            Sandbox::new(MANIFEST)
                .env("AWS_ENDPOINT_URL", emulator.endpoint())
                .env("AWS_ENDPOINT_URL_STS", format!("{}{path}", server.endpoint()))
                .env("AWS_REGION", HOME)
        };
        assert_survives(&with_config(at(""), config), &["run", "--", "true"])?;
        let sandbox = at("/web").env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/a");
        let token = sandbox.file("token", "token");
        assert_survives(&sandbox.env("AWS_WEB_IDENTITY_TOKEN_FILE", token), &["run", "--", "true"])?;
    }

    /// The services themselves, whose clock the SDK uses.
    #[test]
    fn generated_responses_of_the_services(
        body in prop_oneof![bytes(), field().prop_map(String::into_bytes)],
        status in prop::sample::select(vec![200_u16, 400, 500, 301]),
        date in dates(),
        request_id in field(),
        code in field(),
        command in prop::sample::select(vec![&["run", "--", "true"][..], &["status"], &["doctor"], &["history", "V0"]]),
    ) {
        let headers = vec![
            format!("date: {date}"),
            header("x-amzn-requestid", &request_id),
            header("x-amzn-errortype", &code),
            header("retry-after", &code),
            header("x-amz-retry-after", &request_id),
        ];
        let server = Server::start(move |_| (status, headers.clone(), body.clone()));
        assert_survives(&Sandbox::new(MANIFEST).at(&server.endpoint()), command)?;
    }
}

/// The SDK signs its next attempt with the time of the last response, which a second later is in
/// the year 10000.
#[test]
fn a_server_in_its_last_second() {
    let date = || vec!["date: Fri, 31 Dec 9999 23:59:59 GMT".to_owned()];
    let server = Server::start(move |_| (500, date(), Vec::new()));
    let config = "[default]\nrole_arn = arn:aws:iam::123456789012:role/a\nsource_profile = base\n\
                  [profile base]\naws_access_key_id = a\naws_secret_access_key = b\n";
    for _ in 0..6 {
        let sandbox = Sandbox::new(&MANIFEST.replace("2s", "10s"));
        let sandbox = sandbox.env("AWS_ENDPOINT_URL", server.endpoint()).env("AWS_REGION", HOME);
        let ran = with_config(sandbox, config).run(["run", "--", "true"]);
        assert_eq!(ran.code, Some(78), "{ran:?}");
        assert!(!ran.stderr.contains("panic"), "{ran:?}");
    }
}

/// A time of a secret that no calendar has.
#[test]
fn dates_of_a_secret_that_are_none() {
    for date in ["9e17", "-9e17", "1e30", "253402300800", "9223372036854775807", "-62167219201"] {
        let body = format!(
            "{{\"ARN\": \"arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/s0-AbCdEf\", \"Name\": \"demo/s0\", \
             \"LastChangedDate\": {date}, \"DeletedDate\": {date}, \"NextRotationDate\": {date}, \
             \"VersionIdsToStages\": {{\"4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab\": [\"AWSCURRENT\"]}}, \
             \"Versions\": [{{\"VersionId\": \"4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab\", \"CreatedDate\": {date}, \
             \"LastAccessedDate\": {date}, \"VersionStages\": [\"AWSCURRENT\"]}}], \"DeletionDate\": {date}}}"
        );
        let server = Server::start(move |_| (200, Vec::new(), body.clone().into_bytes()));
        let sandbox = Sandbox::new(MANIFEST).at(&server.endpoint());
        for args in [
            &["status"][..],
            &["history", "V0"],
            &["delete", "V0", "--yes"],
            &["check", "--live"],
            &["doctor"],
        ] {
            let ran = sandbox.run(args.iter().copied());
            assert!(
                ran.code.is_some_and(|code| code != 70) && !ran.stderr.contains("panic"),
                "{date} {args:?}: {ran:?}"
            );
        }
    }
}
