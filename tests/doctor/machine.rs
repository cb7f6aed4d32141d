//! This machine: credentials, region, endpoints, clock, certificates, and invalid settings.

use std::time::{Duration, SystemTime};

use hydrant_emulator::{DeadEndpoint, Emulator, Fault, Operation, TlsIdentity};

use crate::doctor::{HOME, TWO, arn, doctor, emulator, executable, sandbox, section};
use crate::support::Sandbox;

const ONE: &str = "version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\n";
const QUICK: &str =
    "version = 1\n[settings]\ndeadline = \"600ms\"\n[secrets.KEY]\nsecret_id = \"demo/key\"\n";

const NO_CREDENTIALS: &str = "           hint: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and \
    AWS_SECRET_ACCESS_KEY, or give the task a role: the environment, the env file, the AWS profile \
    (SSO included), web identity, and container and instance metadata have none\n";

#[test]
fn without_credentials_the_rest_is_looked_at_all_the_same() {
    let emulator = emulator();
    let sandbox = sandbox(TWO).env("AWS_ENDPOINT_URL", emulator.endpoint()).env("AWS_REGION", HOME);
    let ran = doctor(&sandbox, &[]);
    assert_eq!(ran.code, Some(78), "{ran:?}");
    let nowhere =
        "  problem  credentials  no usable AWS credentials; no source of credentials has any\n";
    let caller = "  skipped  caller       not checked without credentials\n";
    assert_eq!(section(&ran, "identity"), format!("{nowhere}{NO_CREDENTIALS}{caller}"));
    let answers =
        "  ok       Secrets Manager  http://127.0.0.1:… (AWS_ENDPOINT_URL): responded in … ms\n";
    assert_eq!(section(&ran, "endpoint"), answers);
    assert_eq!(section(&ran, "clock"), "  ok       clock  agrees with AWS's clock\n");
    assert_eq!(
        section(&ran, "entries"),
        "  skipped  KEY    required: not read: no usable AWS credentials\n  \
         warning  OTHER  optional: no reference to its secret: OTHER_SECRET_ARN is not \
         set\n           \
         hint: set OTHER_SECRET_ARN to the secret's ARN, or set OTHER itself\n"
    );
    assert!(ran.stdout.ends_with("\n1 problem, 1 warning\n"), "{}", ran.stdout);
    assert!(emulator.calls().is_empty());
}

/// A local value does not need AWS, so its faults stop nothing here.
#[test]
fn without_credentials_and_with_every_value_set() {
    let emulator = emulator();
    let sandbox = sandbox(ONE)
        .env("AWS_ENDPOINT_URL", emulator.endpoint())
        .env("AWS_REGION", HOME)
        .env("KEY", "sk-set");
    let ran = doctor(&sandbox, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        section(&ran, "identity")
            .starts_with("  warning  credentials  no usable AWS credentials; "),
        "{ran:?}"
    );
    let set = "  skipped  KEY  required: set in the environment; in a deployment not read: no \
        usable AWS credentials\n";
    assert_eq!(section(&ran, "entries"), set);
    assert_eq!(doctor(&sandbox, &["--ignore-set"]).code, Some(78));
}

#[test]
fn credentials_that_aws_does_not_take() {
    for (code, hint) in [
        ("ExpiredToken", "log in again, or get new credentials: the session has expired"),
        (
            "SignatureDoesNotMatch",
            "check that the secret key belongs to the access key, and this machine's clock",
        ),
        (
            "InvalidClientTokenId",
            "check that the access key exists, is active, and belongs to this AWS partition",
        ),
    ] {
        let emulator = emulator();
        emulator.refuse(Operation::GetCallerIdentity, code, "no");
        let ran = doctor(&sandbox(ONE).with(&emulator), &[]);
        assert_eq!(ran.code, Some(78), "{ran:?}");
        let expected = format!(
            "  ok       credentials  access keys in the environment\n  \
             problem  caller       no usable AWS credentials; AWS said: {code}: no"
        );
        assert!(section(&ran, "identity").starts_with(&expected), "{ran:?}");
        assert!(
            section(&ran, "identity").ends_with(&format!("           hint: {hint}\n")),
            "{ran:?}"
        );
    }
}

#[test]
fn that_sts_is_denied_or_not_there_stops_nothing() {
    let emulator = emulator();
    emulator.deny(Operation::GetCallerIdentity);
    let ran = doctor(&sandbox(ONE).with(&emulator), &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        section(&ran, "identity").contains("  warning  caller       unknown: access denied; "),
        "{ran:?}"
    );

    // Otherwise its credentials would be sent to AWS.
    let sandbox = sandbox(ONE)
        .with(&emulator)
        .env("AWS_ENDPOINT_URL", "")
        .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", emulator.endpoint())
        .env("AWS_ENDPOINT_URL_SSM", emulator.endpoint());
    let ran = doctor(&sandbox, &[]);
    assert_eq!(
        section(&ran, "identity"),
        "  ok       credentials  access keys in the environment\n  \
         skipped  caller       not checked: the endpoints are not AWS's own, and no STS endpoint \
         is set\n           \
         hint: set AWS_ENDPOINT_URL_STS to check it\n"
    );
}

/// A program in an AWS profile, with credentials that expire at that time.
fn with_process(sandbox: Sandbox, end: SystemTime) -> Sandbox {
    let end = aws_sdk_ssm::primitives::DateTime::from(end);
    let end = end.fmt(aws_sdk_ssm::primitives::DateTimeFormat::DateTime).expect("a date");
    let answer = format!(
        "{{\"Version\": \
             1, \"AccessKeyId\": \"AKIA\", \"SecretAccessKey\": \"sk-canary\", \"SessionToken\": \"sk-token\", \
         \"Expiration\": \"{end}\"}}"
    );
    let answer = sandbox.file("answer.json", &answer);
    let config = format!(
        "[profile team]\nregion = eu-west-1\ncredential_process = cat {}\n[profile \
             keys]\naws_access_key_id = a\n\
         aws_secret_access_key = sk-canary\n",
        answer.display()
    );
    let config = sandbox.file("config", &config);
    sandbox.env("AWS_CONFIG_FILE", config)
}

/// What doctor finds of IAM Identity Center is what a run finds: it uses the process's own sources.
#[test]
fn a_session_that_was_never_opened_is_reported_as_a_run_reports_it() {
    let emulator = emulator();
    let sandbox =
        sandbox(ONE).env("AWS_ENDPOINT_URL", emulator.endpoint()).env("AWS_PROFILE", "me");
    let config = "[profile me]\nregion = eu-west-1\nsso_session = corp\nsso_role_name = dev\n\
         sso_account_id = 123456789012\n[sso-session corp]\nsso_region = eu-west-1\n\
         sso_start_url = https://sso.example\n";
    let config = sandbox.file("config", config);
    let sandbox = sandbox.env("AWS_CONFIG_FILE", config);
    let cause = "failed to load the cached SSO token";
    let run = sandbox.run(["run", "--", "true"]);
    assert!(run.code == Some(78) && run.stderr.contains(cause), "{run:?}");
    let ran = doctor(&sandbox, &[]);
    assert!(section(&ran, "identity").contains(cause), "{ran:?}");
}

#[test]
fn each_source_of_credentials_is_named_and_when_they_end() {
    let emulator = emulator();
    let now = SystemTime::now();
    let identity = |end, profile: &str| {
        let sandbox =
            sandbox(ONE).env("AWS_ENDPOINT_URL", emulator.endpoint()).env("AWS_PROFILE", profile);
        let ran = doctor(&with_process(sandbox, end), &[]);
        let (first, _) = section(&ran, "identity").split_once('\n').expect("a line");
        (first.to_owned(), section(&ran, "region").to_owned())
    };
    let (first, region) = identity(now + Duration::from_secs(86_400), "team");
    let begin =
        "  ok       credentials  the credential_process of the AWS profile team, valid until 20";
    assert!(first.starts_with(begin) && first.ends_with(" UTC"), "{first}");
    assert_eq!(region, "  ok       default  eu-west-1 (the AWS profile team)\n");
    let (first, _) = identity(now + Duration::from_secs(300), "team");
    assert!(
        first.starts_with(
            "  warning  credentials  the credential_process of the AWS profile team, expiring \
                 soon, 20"
        ),
        "{first}"
    );
    let (first, region) = identity(now, "keys");
    assert_eq!(first, "  ok       credentials  the AWS profile keys");
    assert!(
        region.starts_with("  problem  default  none is set, and some references name none\n"),
        "{region}"
    );

    let sandbox = sandbox(ONE).env("AWS_ENDPOINT_URL", emulator.endpoint()).env("AWS_REGION", HOME);
    sandbox.file(".env", "AWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=sk-canary\n");
    let ran = doctor(&sandbox, &[]);
    assert!(
        section(&ran, "identity")
            .starts_with("  ok       credentials  access keys in the env file\n"),
        "{ran:?}"
    );
    assert!(
        ran.stdout.contains(
            "aws     AWS settings for this machine: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY\n"
        ),
        "{ran:?}"
    );
}

#[test]
fn where_the_region_comes_from() {
    let emulator = emulator();
    let region = |manifest: &str, name: &str, value: &str| {
        let sandbox = sandbox(manifest).with(&emulator).env("AWS_REGION", "").env(name, value);
        let ran = doctor(&sandbox, &[]);
        (ran.code, section(&ran, "region").to_owned())
    };
    let settings = ONE.replace("[secrets", "[settings]\nregion = \"eu-west-1\"\n[secrets");
    assert_eq!(region(&settings, "X", "").1, "  ok       default  eu-west-1 (settings.region)\n");
    assert_eq!(
        region(ONE, "AWS_DEFAULT_REGION", "eu-west-1").1,
        "  ok       default  eu-west-1 (AWS_DEFAULT_REGION)\n"
    );
    let whole = ONE.replace("demo/key", &arn("demo/key"));
    let other = "  ok       default  none is set, and none is needed\n  ok       others   \
        us-east-1 (named by references)\n";
    assert_eq!(region(&whole, "X", ""), (Some(0), other.to_owned()));
    let other = "  ok       default  eu-west-1 (AWS_DEFAULT_REGION)\n  ok       others   us-east-1 \
        (named by references)\n";
    assert_eq!(region(&whole, "AWS_DEFAULT_REGION", "eu-west-1"), (Some(0), other.to_owned()));
    let none = "  problem  default  none is set, and some references name none\n           hint: \
        set AWS_REGION or settings.region, or use full ARNs: AWS_REGION, AWS_DEFAULT_REGION, the \
        AWS profile, settings.region and instance metadata name none\n";
    assert_eq!(region(ONE, "X", ""), (Some(78), none.to_owned()));
}

#[test]
fn an_endpoint_where_nothing_listens() {
    let dead = DeadEndpoint::refusing().expect("an address");
    let ran = doctor(&sandbox(ONE).at(&dead.endpoint()), &[]);
    assert_eq!(ran.code, Some(69), "{ran:?}");
    let begin = "  problem  Secrets Manager  http://127.0.0.1:… (AWS_ENDPOINT_URL): AWS cannot be \
        reached; asking ";
    assert!(section(&ran, "endpoint").starts_with(begin), "{ran:?}");
    let hint = "           hint: check that the endpoint can be reached from here (network, DNS, \
        VPC endpoint, certificates)\n";
    assert!(section(&ran, "endpoint").ends_with(hint), "{ran:?}");
    assert_eq!(
        section(&ran, "clock"),
        "  skipped  clock  unknown: no endpoint returned the time\n"
    );
    assert_eq!(
        section(&ran, "entries"),
        "  skipped  KEY  required: not read: AWS cannot be reached\n"
    );
}

/// Whatever never responds, no wait is endless.
#[test]
fn an_endpoint_that_never_responds() {
    let silent = DeadEndpoint::silent().expect("an address");
    let ran = doctor(&sandbox(QUICK).at(&silent.endpoint()), &[]);
    assert_eq!(ran.code, Some(69), "{ran:?}");
    let begin = "  problem  Secrets Manager  http://127.0.0.1:… (AWS_ENDPOINT_URL): no response \
        before the deadline; no answer in time\n";
    assert!(section(&ran, "endpoint").starts_with(begin), "{ran:?}");
    assert!(section(&ran, "identity").contains("  warning  caller       unknown: "), "{ran:?}");

    let emulator = emulator();
    emulator.fault(Some(Operation::GetSecretValue), Fault::Stall, usize::MAX);
    let ran = doctor(&sandbox(QUICK).with(&emulator), &[]);
    assert_eq!(ran.code, Some(69), "{ran:?}");
    let begin = "  problem  KEY  required: demo/key (secret_id): described, but not readable: no \
        response before the deadline; ";
    assert!(section(&ran, "entries").starts_with(begin), "{ran:?}");
}

/// Metadata is called only if it can help, and not beyond the deadline.
#[test]
fn metadata_that_never_responds() {
    let (emulator, silent) = (emulator(), DeadEndpoint::silent().expect("an address"));
    let swallowing = DeadEndpoint::swallowing().expect("an address");
    let sandbox = sandbox(QUICK)
        .env("AWS_ENDPOINT_URL", emulator.endpoint())
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", silent.endpoint())
        .env("AWS_EC2_METADATA_DISABLED", "false")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", swallowing.endpoint());
    // Each step leaves half of the remaining time for the rest: certificates are read too.
    let ran = doctor(&sandbox.env("HYDRANT_DEADLINE", "4s"), &[]);
    assert_eq!(ran.code, Some(78), "{ran:?}");
    let none = "  problem  default  none is set, and some references name none\n";
    assert!(section(&ran, "region").starts_with(none), "{ran:?}");
    let late = "  problem  credentials  no response before the deadline; no answer in time\n";
    assert!(section(&ran, "identity").starts_with(late), "{ran:?}");
    assert_eq!(
        section(&ran, "entries"),
        "  skipped  KEY  required: not read: no response before the deadline\n"
    );
}

#[test]
fn an_endpoint_with_a_server_error() {
    let emulator = emulator();
    emulator.fault(None, Fault::Page(503), 2);
    let ran = doctor(&sandbox(ONE).with(&emulator), &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        section(&ran, "endpoint"),
        "  warning  Secrets Manager  http://127.0.0.1:… (AWS_ENDPOINT_URL): returned a server \
             error\n           \
         hint: try again later, or check what responds there\n"
    );
}

#[test]
fn plain_http_that_is_refused() {
    let sandbox = sandbox(ONE)
        .at("http://127.0.0.1:1")
        .env("AWS_ENDPOINT_URL", "http://user:sk-canary@localstack:4566/");
    let ran = doctor(&sandbox, &[]);
    assert_eq!(ran.code, Some(78), "{ran:?}");
    let refused = |name: &str| {
        format!(
            "  problem  {name}  the endpoint is refused; localstack would be asked over plain \
                 http\n           \
             hint: use https, or allow the host with --allow-http HOST or HYDRANT_ALLOW_HTTP=HOST\n"
        )
    };
    let expected = [refused("Secrets Manager"), refused("Parameter Store")].concat();
    assert_eq!(section(&ran, "endpoint"), expected);
    assert_eq!(
        section(&ran, "entries"),
        "  skipped  KEY  required: not read: the endpoint is refused\n"
    );
}

#[test]
fn a_clock_that_is_wrong() {
    const HINT: &str = "           hint: set this machine's clock, as with: timedatectl set-ntp \
        true (a virtual machine that \
                        slept: restart it)\n";
    let clock = |seconds: i64| {
        let emulator = emulator();
        emulator.shift_clock(seconds);
        let ran = doctor(&sandbox(ONE).with(&emulator), &[]);
        (ran.code, section(&ran, "clock").to_owned())
    };
    // Half a minute of tolerance, because the test itself takes time.
    let off = |mark: &str, text: &str| {
        format!("  {mark}  clock  {text} AWS's clock: AWS refuses more than 5 minutes\n{HINT}")
    };
    assert_eq!(clock(-630), (Some(78), off("problem", "10 minutes ahead of")));
    assert_eq!(clock(630), (Some(78), off("problem", "10 minutes behind")));
    assert_eq!(clock(-3 * 86_400 - 30), (Some(78), off("problem", "3 days ahead of")));
    assert_eq!(clock(-210), (Some(0), off("warning", "3 minutes ahead of")));
    let (code, text) = clock(-30);
    assert!(
        code == Some(0)
            && text.starts_with("  ok       clock  3")
            && text.ends_with(" seconds ahead of AWS's clock\n"),
        "{text}"
    );
}

#[test]
fn certificates_to_trust() {
    let identity = TlsIdentity::trusted_for("localhost").expect("a certificate");
    let emulator = Emulator::builder().tls(&identity).start().expect("an emulator");
    emulator.create_secret_with_arn(&arn("demo/key"), Some("sk-canary")).expect("a secret");
    let sandbox =
        sandbox(ONE).at("http://127.0.0.1:1").env("AWS_ENDPOINT_URL", emulator.endpoint());
    let ran = doctor(&sandbox, &[]);
    assert_eq!(ran.code, Some(69), "{ran:?}");
    assert!(section(&ran, "endpoint").contains("invalid peer certificate"), "{ran:?}");

    sandbox.file("right.pem", identity.ca_pem());
    let sandbox = sandbox.env("AWS_CA_BUNDLE", "right.pem");
    let ran = doctor(&sandbox, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        section(&ran, "trust store"),
        "  ok       certificates  1 certificate of right.pem (AWS_CA_BUNDLE)\n"
    );

    sandbox
        .file("right.pem", "-----BEGIN CERTIFICATE-----\nsk-canary\n-----END CERTIFICATE-----\n");
    let ran = doctor(&sandbox, &[]);
    assert_eq!(ran.code, Some(78), "{ran:?}");
    let bad = section(&ran, "trust store");
    assert!(
        bad.starts_with("  problem  certificates  AWS_CA_BUNDLE: right.pem: no PEM file: "),
        "{bad}"
    );
    assert!(
        bad.ends_with("hint: name a PEM file of certificate authorities, or unset the variable\n"),
        "{bad}"
    );
    let skipped = "  skipped  credentials  not checked, because the trust store cannot be used\n";
    assert_eq!(section(&ran, "identity"), skipped);
}

#[test]
fn settings_that_make_no_sense_or_disagree() {
    let emulator = emulator();
    let sandbox = sandbox(ONE)
        .with(&emulator)
        .env("AWS_MAX_ATTEMPTS", "sk-canary")
        .env("AWS_RETRY_MODE", "sk-canary")
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        .env("HYDRANT_OFFLINE", "sk-canary")
        .env("HYDRANT_PROFIL", "sk-canary")
        .env("HYDRANT_VAR_org", "sk-canary")
        .env("AWS_ROLE_ARN", "sk-canary")
        .env("HTTPS_PROXY", "http://user:sk-canary@proxy:3128")
        .env("HTTP_PROXY", "http://user:sk-canary@proxy:3128")
        .env("NO_PROXY", "sk-canary")
        .env("LD_AUDIT", "")
        .env("RUST_LOG", "sk-canary");
    let ran = doctor(&sandbox, &[]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(
        section(&ran, "environment"),
        "  problem  HYDRANT_OFFLINE              is not 1 or 0\n           \
         hint: correct it, or unset it: the other commands end with this error, and doctor does \
         not call AWS\n  \
         warning  HYDRANT_PROFIL               not a variable that hydrant reads\n           \
         hint: did you mean HYDRANT_PROFILE?\n  \
         ok       HYDRANT_VAR_org              a value for ${org}\n  \
         ok       AWS_ACCESS_KEY_ID            an access key\n  \
         ok       AWS_SECRET_ACCESS_KEY        the secret part of an access key\n  \
         ok       AWS_CONFIG_FILE              names the file of AWS profiles\n  \
         ok       AWS_SHARED_CREDENTIALS_FILE  names the file of AWS credentials\n  \
         warning  AWS_ROLE_ARN                 the role of a web identity, ignored because \
         AWS_WEB_IDENTITY_TOKEN_FILE is not set\n           \
         hint: set AWS_WEB_IDENTITY_TOKEN_FILE too, or unset AWS_ROLE_ARN\n  \
         ok       AWS_EC2_METADATA_DISABLED    turns instance metadata off or on\n  \
         ok       AWS_REGION                   us-east-1\n  \
         warning  AWS_DEFAULT_REGION           eu-west-1 is ignored: AWS_REGION names another \
         region\n           \
         hint: set both to the same region: other programs read this one first\n  \
         ok       AWS_ENDPOINT_URL             sets the endpoint of all services\n  \
         warning  AWS_MAX_ATTEMPTS             is not a whole number from 1\n           \
         hint: correct it, or unset it\n  \
         warning  AWS_RETRY_MODE               is not legacy, standard or adaptive\n           \
         hint: correct it, or unset it\n  \
         ok       HTTPS_PROXY                  the proxy for calls to AWS\n  \
         ok       HTTP_PROXY                   is not used: HTTPS_PROXY takes precedence\n  \
         ok       NO_PROXY                     lists the hosts that no proxy is used for\n  \
         ok       SSL_CERT_FILE                names the certificates to trust\n  \
         ok       RUST_LOG                     belongs to the command: -v and HYDRANT_LOG set \
         hydrant's log level\n"
    );
    assert_eq!(emulator.connections(), 0);
    let sandbox =
        sandbox.env("AWS_MAX_ATTEMPTS", "3").env("AWS_RETRY_MODE", "").env("HYDRANT_OFFLINE", "");
    let ran = doctor(&sandbox, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = doctor(&sandbox.env("HTTPS_PROXY", "sk-canary p"), &[]);
    assert_eq!(ran.code, Some(78), "{ran:?}");
    let proxy = "  problem  HTTPS_PROXY                  is not the address of a proxy, as in \
        http://proxy.example:3128\n";
    assert!(section(&ran, "environment").contains(proxy), "{ran:?}");
}

#[test]
fn a_file_of_aws_profiles_that_cannot_be_read() {
    let sandbox = sandbox(ONE).at("http://127.0.0.1:1");
    let config = sandbox.file("config", "[default]\nsk-canary\n");
    let sandbox = sandbox.env("AWS_CONFIG_FILE", config).env("AWS_REGION", "");
    let ran = doctor(&sandbox, &[]);
    assert_eq!(ran.code, Some(78), "{ran:?}");
    assert!(
        section(&ran, "environment").contains("  problem  AWS profile                  "),
        "{ran:?}"
    );
    assert!(section(&ran, "environment").contains("config on line 2"), "{ran:?}");
    // Keys and a region are available: it is named, and nothing else is affected.
    let ran = doctor(&sandbox.env("AWS_REGION", HOME), &[]);
    assert!(
        section(&ran, "environment").contains("  warning  AWS profile                  "),
        "{ran:?}"
    );
    assert!(section(&ran, "environment").contains("; it is not needed here\n"), "{ran:?}");
}

/// Its line reports it, and the other checks continue.
#[test]
fn a_key_that_cannot_be_signed_with() {
    let emulator = emulator();
    let sandbox = sandbox(ONE).with(&emulator).env("AWS_ACCESS_KEY_ID", "sk-AKIAX\n");
    let ran = doctor(&sandbox, &[]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(78), ""), "{ran:?}");
    let line = "  problem  AWS_ACCESS_KEY_ID            ends in a line break\n           hint: \
        correct it, or unset it\n";
    assert!(section(&ran, "environment").contains(line), "{ran:?}");
    assert!(section(&ran, "trust store").starts_with("  ok "), "{ran:?}");
    assert_eq!(emulator.connections(), 0);
}

#[test]
fn offline_no_call_is_made() {
    let emulator = emulator();
    let sandbox = sandbox(TWO).with(&emulator).env("OTHER", "sk-set");
    let ran = doctor(&sandbox, &["--offline"]);
    assert_eq!(ran.code, Some(66), "{ran:?}");
    let expected = "\
identity
  skipped  credentials  not checked (offline)
region
  ok       default  us-east-1 (AWS_REGION)
endpoint
  skipped  endpoints  not checked (offline)
clock
  skipped  clock  not checked (offline)
trust store
  ok       certificates  1 certificate of authority.pem (SSL_CERT_FILE)
executable
EXECUTABLE
entries
  problem  KEY    required: not set locally, and AWS is not called (offline)
           hint: set KEY in the environment or the env file, or run without --offline
  ok       OTHER  optional: set in the environment
1 problem
";
    let expected = expected.replace("EXECUTABLE\n", &executable());
    assert!(ran.stdout.ends_with(&expected), "{}", ran.stdout);
    assert_eq!(emulator.connections(), 0);
}
