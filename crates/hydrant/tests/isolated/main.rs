//! An environment given with `.env()` is the whole environment: with one of the process that is
//! full of traps, no trap is called, and the value is read by the way that the given one names.
//!
//! Each case runs in a child, whose process environment is poisoned. `ground` has the traps.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod ground;
#[path = "../../../../tests/support/server.rs"]
mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ground::Ground;
use server::Server;

/// What the SDK reads from the process all the same. docs/library.md lists these and no others.
const STILL_READ: [&str; 6] = [
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "_X_AMZN_TRACE_ID",
    "SMITHY_CLIENT_SDK_CUSTOM_PARTITION",
    "LOG_SENSITIVE_BODIES",
    "LOG_SIGNABLE_BODY",
];

const REGION: &str = "eu-west-1";
const ROLE: &str = "arn:aws:iam::123456789012:role/app";

/// Credentials in the form of a program, a container and instance metadata at once.
fn document() -> String {
    r#"{"Version": 1, "Code": "Success", "AccessKeyId": "AKIDGIVEN", "SecretAccessKey": "b",
        "Token": "t", "SessionToken": "t", "Expiration": "2126-11-27T00:00:00Z"}"#
        .to_owned()
}

/// A server that counts its requests, and responds by their first line.
fn counted(respond: impl Fn(&str) -> String + Send + Sync + 'static) -> (Server, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    let server = Server::start(move |request| {
        counter.fetch_add(1, Ordering::SeqCst);
        let headers = vec!["x-aws-ec2-metadata-token-ttl-seconds: 300".to_owned()];
        (200, headers, respond(request).into())
    });
    (server, count)
}

/// STS, for a role by either way.
fn sts() -> (Server, Arc<AtomicUsize>) {
    let of = |call: &str| {
        format!(
            "<{call}Response><{call}Result><AssumedRoleUser><AssumedRoleId>AROA:b</AssumedRoleId>\
             <Arn>arn:aws:sts::123456789012:assumed-role/a/b</Arn></AssumedRoleUser><Credentials>\
             <AccessKeyId>AKIDGIVEN</AccessKeyId><SecretAccessKey>b</SecretAccessKey>\
             <SessionToken>t</SessionToken><Expiration>2126-11-27T00:00:00Z</Expiration>\
             </Credentials></{call}Result></{call}Response>"
        )
    };
    let (role, web) = (of("AssumeRole"), of("AssumeRoleWithWebIdentity"));
    counted(move |request| if request.contains("/web") { web.clone() } else { role.clone() })
}

#[test]
fn keys() {
    let ground = Ground::new();
    ground.reads(&[("AWS_ACCESS_KEY_ID", "AKIDGIVEN"), ("AWS_SECRET_ACCESS_KEY", "b")]);
}

#[test]
fn keys_of_a_profile_in_the_home_folder() {
    let ground = Ground::new();
    ground.file(
        ".aws/credentials",
        "[default]\naws_access_key_id = AKIDGIVEN\naws_secret_access_key = b\n",
    );
    ground.reads(&[("HOME", &ground.path("."))]);
}

#[test]
fn keys_of_a_named_profile_in_a_named_file() {
    let ground = Ground::new();
    let text = "[team]\naws_access_key_id = AKIDGIVEN\naws_secret_access_key = b\n";
    let file = ground.file("credentials", text);
    ground.reads(&[("AWS_SHARED_CREDENTIALS_FILE", &file), ("AWS_PROFILE", "team")]);
}

#[test]
fn a_program_of_a_profile() {
    let ground = Ground::new();
    let document = ground.file("document.json", &document());
    // It gets the given environment: the process's names another document.
    let config = "[default]\ncredential_process = /bin/cat \"$DOCUMENT\"\n";
    let config = ground.file("config", config);
    ground.reads(&[("AWS_CONFIG_FILE", &config), ("DOCUMENT", &document)]);
}

#[test]
fn a_role_of_a_profile() {
    let ground = Ground::new();
    let (sts, calls) = sts();
    let text = format!(
        "[default]\nrole_arn = {ROLE}\nsource_profile = base\n\
         [profile base]\naws_access_key_id = a\naws_secret_access_key = b\n"
    );
    let config = ground.file("config", &text);
    ground.reads(&[("AWS_CONFIG_FILE", &config), ("AWS_ENDPOINT_URL_STS", &sts.endpoint())]);
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[test]
fn a_role_with_the_credentials_of_a_container() {
    let ground = Ground::new();
    let (sts, calls) = sts();
    let text = format!("[default]\nrole_arn = {ROLE}\ncredential_source = EcsContainer\n");
    let config = ground.file("config", &text);
    let (container, asked) = counted(|_| document());
    ground.reads(&[
        ("AWS_CONFIG_FILE", &config),
        ("AWS_ENDPOINT_URL_STS", &sts.endpoint()),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &container.endpoint()),
    ]);
    assert_eq!((calls.load(Ordering::SeqCst), asked.load(Ordering::SeqCst)), (1, 1));
}

#[test]
fn a_web_identity() {
    let ground = Ground::new();
    let (sts, calls) = sts();
    let token = ground.file("token", "token");
    ground.reads(&[
        ("AWS_WEB_IDENTITY_TOKEN_FILE", &token),
        ("AWS_ROLE_ARN", ROLE),
        ("AWS_ENDPOINT_URL_STS", &format!("{}/web", sts.endpoint())),
    ]);
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[test]
fn a_web_identity_of_a_profile() {
    let ground = Ground::new();
    let (sts, calls) = sts();
    let token = ground.file("token", "token");
    let text = format!("[default]\nrole_arn = {ROLE}\nweb_identity_token_file = {token}\n");
    let config = ground.file("config", &text);
    let endpoint = format!("{}/web", sts.endpoint());
    ground.reads(&[("AWS_CONFIG_FILE", &config), ("AWS_ENDPOINT_URL_STS", &endpoint)]);
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[test]
fn a_container() {
    let ground = Ground::new();
    let (container, asked) = counted(|_| document());
    let token = ground.file("token", "token");
    let endpoint = container.endpoint();
    ground.reads(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &endpoint)]);
    ground.reads(&[
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &endpoint),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &token),
    ]);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[test]
fn instance_metadata_with_its_region() {
    let ground = Ground::new();
    let (metadata, asked) = counted(|request| {
        if request.starts_with("PUT ") {
            "token".to_owned()
        } else if request.contains("/security-credentials/ ") {
            "app".to_owned()
        } else if request.contains("/placement/region ") {
            REGION.to_owned()
        } else {
            document()
        }
    });
    let endpoint = metadata.endpoint();
    let metadata = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint.as_str());
    ground.reads(&[metadata, ("AWS_REGION", "")]);
    assert!(asked.load(Ordering::SeqCst) >= 4);
}

#[test]
fn no_source_at_all() {
    let ground = Ground::new();
    let error = ground.outcome(&[("AWS_EC2_METADATA_DISABLED", "true")]);
    assert!(error.contains("no usable AWS credentials"), "{error}");
}

/// What only the SDK could do, with the environment of the process, is refused by its setting.
#[test]
fn what_people_sign_in_with_is_refused() {
    let ground = Ground::new();
    for (key, value) in [
        ("sso_start_url", "https://example.awsapps.com/start"),
        ("login_session", "arn:aws:iam::123456789012:user/a"),
    ] {
        let config = ground.file("config", &format!("[default]\n{key} = {value}\n"));
        let error = ground.outcome(&[("AWS_CONFIG_FILE", &config)]);
        let says = format!(
            "{key} of the AWS profile default ({config}:2) cannot be used with an environment \
             that is not the one of the process"
        );
        assert!(error.contains(&says), "{error}");
    }
}

#[test]
fn only_the_given_environment_says_whom_to_trust() {
    let ground = Ground::with_tls();
    let keys = [("AWS_ACCESS_KEY_ID", "AKIDGIVEN"), ("AWS_SECRET_ACCESS_KEY", "b")];
    // The process trusts the authority of the endpoint, by SSL_CERT_FILE.
    let error = ground.outcome(&keys);
    assert!(error.contains("certificate"), "{error}");
    let trusted = [keys[0], keys[1], ("AWS_CA_BUNDLE", &ground.path("authority.pem"))];
    ground.reads(&trusted);
}

#[test]
fn what_the_sdk_still_reads_is_listed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/library.md");
    let guide = std::fs::read_to_string(path).unwrap();
    let (_, section) = guide.split_once("\n## An environment of your own\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let names = rows.flat_map(|row| row.split_once(" |").unwrap().0.split(", "));
    let names: Vec<_> = names.map(|name| name.trim_matches('`')).collect();
    assert_eq!(names, STILL_READ);
}

/// Three of them are seen by the server; the others name no server, and go into no request.
#[test]
fn what_the_sdk_still_reads_is_in_its_headers() {
    let ground = Ground::new();
    let head = ground.head_of_request(&[
        ("AWS_EXECUTION_ENV", "process-env"),
        ("AWS_LAMBDA_FUNCTION_NAME", "process-function"),
        ("_X_AMZN_TRACE_ID", "process-trace"),
    ]);
    assert!(head.contains("exec-env/process-env"), "{head}");
    assert!(head.contains("x-amzn-trace-id: process-trace"), "{head}");
    assert!(head.contains("Credential=AKIDGIVEN/"), "{head}");
}
