//! AWS settings: those that count, and invalid ones that would make the SDK panic.

use hydrant_emulator::{Emulator, Fault};

use crate::faults::matrix::{HOME, start};
use crate::support::Sandbox;

const ONE: &str = "version = 1\n[secrets.V0]\nsecret_id = \"demo/s0\"\n";

/// A setting is refused before any call, with a message that says this.
#[track_caller]
fn refused(says: &[&str], set: impl Fn(Sandbox) -> Sandbox) {
    let emulator = Emulator::start().expect("an emulator");
    let sandbox = set(Sandbox::new(ONE).with(&emulator));
    let ran = start(&sandbox, "10s");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(78), ""), "{ran:?}");
    assert!(says.iter().all(|say| ran.stderr.contains(say)), "{says:?} in {ran:?}");
    assert!(
        !ran.stderr.contains("panicked") && ran.stderr.contains("invalid AWS settings"),
        "{ran:?}"
    );
    assert_eq!(emulator.connections(), 0);
}

#[test]
fn the_number_of_attempts_is_exact() {
    for attempts in 1..=3 {
        let emulator = Emulator::start().unwrap();
        emulator.fault(None, Fault::Status(500), usize::MAX);
        let sandbox =
            Sandbox::new(ONE).with(&emulator).env("AWS_MAX_ATTEMPTS", attempts.to_string());
        assert_eq!(start(&sandbox, "10s").code, Some(69));
        assert_eq!(emulator.calls().len(), attempts);
    }
}

#[test]
fn attempts_and_mode_of_the_environment() {
    for value in ["0", "-1", "many", "1.5", "99999999999"] {
        refused(&["AWS_MAX_ATTEMPTS"], |sandbox| sandbox.env("AWS_MAX_ATTEMPTS", value));
    }
    refused(&["AWS_RETRY_MODE"], |sandbox| sandbox.env("AWS_RETRY_MODE", "hasty"));
}

#[test]
fn values_of_the_profile() {
    let with = |text: &'static str| {
        move |sandbox: Sandbox| {
            let config = sandbox.file("config", text);
            sandbox.env("AWS_CONFIG_FILE", config)
        }
    };
    refused(&["max_attempts", "default"], with("[default]\nmax_attempts = x\n"));
    refused(&["max_attempts", "default"], with("[default]\nmax_attempts = 0\n"));
    refused(&["retry_mode", "default"], with("[default]\nretry_mode = x\n"));
    // Nothing that takes precedence over the profile names an endpoint.
    let config =
        "[default]\nendpoint_url = sk-canary\naws_access_key_id = a\naws_secret_access_key = b\n";
    let ran = start(&with(config)(Sandbox::new(ONE).env("AWS_REGION", HOME)), "10s");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(78), ""), "{ran:?}");
    assert!(ran.stderr.contains("config:2) is not an http or https URL"), "{ran:?}");
    assert!(!ran.stderr.contains("sk-canary"), "{ran:?}");
    let needed =
        |text: &'static str| move |sandbox: Sandbox| with(text)(sandbox).env("AWS_REGION", "");
    refused(&["config on line 2"], needed("[default]\nwhatever, sk-canary\n"));
    refused(&["config on line 1"], needed("[default\n"));
    refused(&["retry_mode", "other"], |sandbox| {
        with("[profile other]\nretry_mode = x\n")(sandbox).env("AWS_PROFILE", "other")
    });
}

/// Names an invalid setting by its variable. The SDK would panic on several of them.
#[test]
fn values_that_the_sdk_would_panic_on_or_misunderstand() {
    let pasted = "k7m2q9x4w1z8v3b6n5c0".repeat(3);
    for value in [
        pasted.as_str(),
        "us-east-1\n",
        "us-east-1.evil.example",
        "us--east-1",
        "us-east-1/x",
        "US-EAST-1",
    ] {
        refused(&["AWS_REGION is not the name of a region"], |sandbox| {
            sandbox.env("AWS_REGION", value)
        });
    }
    for value in ["", "/nowhere", "secrets.toml", "/dev/zero"] {
        let name = "SMITHY_CLIENT_SDK_CUSTOM_PARTITION";
        refused(&[name], |sandbox| sandbox.env(name, value));
    }
    for value in ["a\nb", "é", "\u{7f}"] {
        refused(&["AWS_EXECUTION_ENV"], |sandbox| sandbox.env("AWS_EXECUTION_ENV", value));
    }
    for name in ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"] {
        refused(&[name, "true or false"], |sandbox| sandbox.env(name, "yes"));
    }
    for value in [
        "http://",
        "http:///x",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:x",
        "https://a b",
        "http://[::1",
        "ftp://a",
    ] {
        refused(&["AWS_ENDPOINT_URL", "not an http or https URL"], |sandbox| {
            sandbox.env("AWS_ENDPOINT_URL", value)
        });
    }
}

/// Settings for credentials count only if the run uses them.
#[test]
fn values_on_the_way_to_credentials() {
    let cases = [
        (
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            &["", "localhost:80", "http://", "/path", "http://a b/"][..],
        ),
        (
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            &["", "*", "example.com:80", "http://evil.example/", "/a b"],
        ),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &["", "localhost:80", "http://", "*"]),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", &["", "IPv5"]),
    ];
    let emulator = Emulator::start().unwrap();
    emulator.create_secret(HOME, "demo/s0", Some("value 0")).unwrap();
    for (name, values) in cases {
        for value in values {
            let keyless = |sandbox: Sandbox| {
                let sandbox = sandbox.env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "");
                sandbox.env("AWS_EC2_METADATA_DISABLED", "false").env(name, *value)
            };
            refused(&[&format!("{name} is not ")], keyless);
        }
        // With keys available it is named, and stops nothing.
        let ran = start(&Sandbox::new(ONE).with(&emulator).env(name, "a b"), "10s");
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (Some(0), "started with [value 0]\n"),
            "{ran:?}"
        );
        assert!(ran.stderr.starts_with(&format!("hydrant: warning: {name} is not ")), "{ran:?}");
    }
    for (name, value) in [
        ("AWS_ROLE_ARN", "me"),
        ("AWS_ROLE_SESSION_NAME", "a b"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", ""),
    ] {
        refused(&[&format!("{name} is not ")], |sandbox| {
            let sandbox = sandbox.env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "");
            let sandbox = sandbox.env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/a");
            sandbox.env("AWS_WEB_IDENTITY_TOKEN_FILE", "token").env(name, value)
        });
    }
}

/// A role of the profile can be assumed with the credentials of a container or an instance.
#[test]
fn values_on_the_way_that_a_profile_names() {
    let cases = [
        ("EcsContainer", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "localhost:80"),
        ("EcsContainer", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "*"),
        ("Ec2InstanceMetadata", "AWS_EC2_METADATA_SERVICE_ENDPOINT", "localhost:80"),
    ];
    for (source, name, value) in cases {
        refused(&[&format!("{name} is not ")], |sandbox| {
            let role = "[default]\nrole_arn = arn:aws:iam::123456789012:role/a\n";
            let config = format!(
                "{role}source_profile = base\n[profile base]\n{}credential_source = {source}\n",
                &role[10..]
            );
            let config = sandbox.file("config", &config);
            let sandbox = sandbox.env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "");
            sandbox
                .env("AWS_CONFIG_FILE", config)
                .env("AWS_EC2_METADATA_DISABLED", "false")
                .env(name, value)
        });
    }
}

/// A variable that is set but empty names nothing.
#[test]
fn endpoints_that_are_empty() {
    let emulator = Emulator::start().unwrap();
    emulator.create_secret(HOME, "demo/s0", Some("value 0")).unwrap();
    let of_all = Sandbox::new(ONE).with(&emulator).env("AWS_ENDPOINT_URL_SECRETS_MANAGER", "");
    start(&of_all, "10s").prints("started with [value 0]\n");
    let own = of_all
        .env("AWS_ENDPOINT_URL", "")
        .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", emulator.endpoint());
    start(&own, "10s").prints("started with [value 0]\n");
    let config = own.file("config", "[default]\nendpoint_url =\n");
    start(&own.env("AWS_CONFIG_FILE", config), "10s").prints("started with [value 0]\n");
}

/// Settings of another profile, and other settings, stop nothing.
#[test]
fn values_that_do_not_matter() {
    let emulator = Emulator::start().unwrap();
    emulator.create_secret(HOME, "demo/s0", Some("value 0")).unwrap();
    let sandbox = Sandbox::new(ONE).with(&emulator);
    let text = "[default]\nuse_fips_endpoint = perhaps\nregion = us-east-1\ndefaults_mode = x\n\
                sts_regional_endpoints = x\nconnect_timeout = x\n[profile other]\nmax_attempts = x\n";
    let config = sandbox.file("config", text);
    start(&sandbox.env("AWS_CONFIG_FILE", config), "10s").prints("started with [value 0]\n");
}

#[test]
fn certificates_to_trust() {
    for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        for text in
            ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
        {
            refused(&[variable], |sandbox| {
                let pem = sandbox.file("bundle.pem", text);
                sandbox.env(variable, pem)
            });
        }
        refused(&[variable], |sandbox| sandbox.env(variable, "/nowhere/bundle.pem"));
        if variable == "SSL_CERT_FILE" {
            refused(&[variable], |sandbox| sandbox.env(variable, ""));
        }
    }
    refused(&["SSL_CERT_DIR"], |sandbox| sandbox.env("SSL_CERT_DIR", "/nowhere"));
}
