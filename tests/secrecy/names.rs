//! Keys pasted as names: reported by their position, never shown, and without their length, in
//! every command that shows names.

use std::fs;

use hydrant_emulator::{Emulator, ParameterType};
use serde_json::json;

use crate::support::Sandbox;

/// A key with the form of a variable's name, and one without.
const KEYS: [&str; 2] =
    ["ghp_qX7vB2nM9kL4jH8gT5dW3zR6qX7vB2nM9kL4", "sk-proj-qX7vB2nM9kL4jH8gT5dW3zR6"];

const SOUND: &str =
    "version = 1\n[secrets.A]\nsecret_id = \"demo/a\"\nrequired = false\n[profiles.prod]\n";

/// Every ten consecutive characters of the key, except the common beginning of a provider's keys.
pub(crate) fn pieces(key: &str) -> Vec<&str> {
    let each = (0..=key.len() - 10).map(|at| &key[at..at + 10]);
    each.filter(|piece| !piece.starts_with("sk-proj")).collect()
}

/// Runs it in both formats, and finds no piece of the key and not its length.
#[track_caller]
fn check(what: &str, key: &str, sandbox: &Sandbox, args: &[&str]) {
    let pieces = pieces(key);
    for log in [&["-vvv"][..], &["-vvv", "--log-format", "json"]] {
        let output = sandbox.command(log.iter().chain(args)).output().expect("the binary starts");
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(!pieces.iter().any(|piece| said.contains(piece)), "{what} {args:?}: {said}");
        assert!(!said.contains(&format!("{} char", key.len())), "{what} {args:?}: {said}");
        assert!(output.status.code().is_some_and(|code| code != 70), "{what} {args:?}: {said}");
    }
}

#[test]
fn in_an_env_file() {
    let key = KEYS[0];
    let emulator = Emulator::start().expect("an emulator");
    emulator.create_secret("us-east-1", "demo/a", Some("value")).expect("a secret");
    let sandbox = Sandbox::new(SOUND).with(&emulator);
    sandbox.file(".env", &format!("A=1\n{key}=github\nHYDRANT_{key}=1\nAWS_{key}=1\n"));
    for args in [
        &["run", "--", "true"][..],
        &["doctor"],
        &["doctor", "--json"],
        &["check", "--live"],
        &["import"],
        &["import", "--json", "--dry-run"],
        &["emulate", "--seed", ".env", "--", "true"],
        &["export", "--format", "json"],
        &["--manifest", "new.toml", "init", "--from", ".env"],
        &["--manifest", "other.toml", "init", "--from", ".env", "--json"],
    ] {
        check("an env file", key, &sandbox, args);
    }
}

#[test]
fn in_the_environment_and_in_arguments() {
    for key in KEYS {
        let sandbox = || Sandbox::new(SOUND).env("A", "1");
        let name = key.replace('-', "_");
        for variable in [format!("HYDRANT_{name}"), format!("HYDRANT_VAR_{name}"), name.clone()] {
            for args in [&["doctor"][..], &["doctor", "--json"], &["plan"], &["run", "--", "true"]]
            {
                check(&variable, &name, &sandbox().env(&variable, "x"), args);
            }
        }
        check("HYDRANT_PROFILE", key, &sandbox().env("HYDRANT_PROFILE", key), &["plan"]);
        check("HYDRANT_MANIFEST", key, &sandbox().env("HYDRANT_MANIFEST", key), &["plan"]);
        let uri = format!("http://user:{key}@credentials.example/");
        let sandbox_of_uri = Sandbox::new(SOUND)
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri)
            .env("AWS_REGION", "us-east-1");
        for args in [&["doctor"][..], &["run", "--", "true"]] {
            check("a credentials URI", key, &sandbox_of_uri, args);
        }
        let var = format!("{name}=value");
        for args in [
            &["--only", key, "plan"][..],
            &["--only", "A", "--only", key, "check", "--json"],
            &["--profile", key, "plan"],
            &["--manifest", key, "check"],
            &["--var", &var, "plan"],
            &["put", key],
            &["history", key],
            &["delete", key, "--yes"],
            &["add", key],
            &["catalogue", key],
        ] {
            check("an argument", key, &sandbox(), args);
        }
    }
}

#[test]
fn in_a_manifest_a_catalogue_and_a_policy() {
    for key in KEYS {
        for manifest in [
            format!("version = 1\n{key} = 1\n"),
            format!("version = 1\n[secrets.A]\n{key} = 1\n"),
            format!("version = 1\n[secrets.{key}]\ncolour = 1\n"),
            format!("version = 1\n[profiles.{key}]\ncolour = 1\n"),
            format!("version = 1\n[secrets.A]\nsecret_id = \"a/${{{}}}\"\n", key.replace('-', "_")),
            format!("version = 1\n[vars]\n{key} = 1\n"),
            format!("version = 1\n[secrets.A]\n{key} = 1\n{key} = 2\n"),
        ] {
            for args in [&["check"][..], &["check", "--json"], &["plan"], &["doctor"]] {
                check(&manifest, key, &Sandbox::new(&manifest), args);
            }
        }
        let sandbox = Sandbox::new(SOUND);
        for text in [
            format!("[providers.{key}]\n"),
            format!("[providers.a.variables.{key}]\n"),
            format!("[providers.a]\n{key} = 1\n"),
        ] {
            sandbox.file("catalogue.toml", &text);
            check(&text, key, &sandbox, &["--catalogue", "catalogue.toml", "catalogue"]);
        }
        let policy = json!({ "Statement": [{ "Sid": key, "Effect": "Allow", "Action": key, "Resource": key }] });
        sandbox.file("policy.json", &policy.to_string());
        let args = ["policy", "--region", "us-east-1", "--check", "policy.json"];
        check("a policy", key, &sandbox, &args);
    }
}

/// Existing profiles, variables of names and providers, and names that are similar to one of them.
#[test]
fn in_the_profiles_and_vars_of_a_manifest() {
    const AUDIT_LOG: &[&str] = &["--deadline", "100ms", "--audit-log", "audit.jsonl"];
    let random =
        ["wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "qX7vB2nM9kL4jH8gT5dW3zR6pY6wC3mN8kF5sD2a"];
    for key in KEYS.into_iter().chain(random) {
        let begin = &key[..4];
        // No variable has a slash in its name.
        let var = if key.contains('/') { "a".to_owned() } else { key.replace('-', "_") };
        let manifest = format!(
            "{SOUND}[profiles.\"{key}\".secrets.A]\nsecret_id = \"demo/${{{var}}}\"\n[vars]\n{var} = \"a\"\n"
        );
        let sandbox = || {
            let sandbox = Sandbox::new(&manifest)
                .env("AWS_REGION", "us-east-1")
                .env("AWS_ACCESS_KEY_ID", "test");
            sandbox
                .env("AWS_SECRET_ACCESS_KEY", "test")
                .env("AWS_ENDPOINT_URL", "https://127.0.0.1:1")
        };
        for args in [
            &["--offline", "doctor"][..],
            &["--offline", "doctor", "--json"],
            &["check", "--json"],
            &["plan", "--json"],
            &["add", "openai", "--json"],
            &["run", "--strict", "--", "true"],
            &["status", "--json"],
            &["generate", "terraform"],
            &["generate", "ecs", "--", "server"],
            &["generate", "kubernetes"],
            &["generate", "github-actions", "--", "server"],
            &["generate", "env-example"],
        ] {
            for profile in [None, Some(key), Some(begin)] {
                let chosen = profile.map(|profile| ["--profile", profile]);
                let args: Vec<&str> =
                    AUDIT_LOG.iter().chain(chosen.iter().flatten()).chain(args).copied().collect();
                let option = sandbox();
                check("a profile", key, &option, &args);
                let audited =
                    fs::read_to_string(option.path().join("audit.jsonl")).unwrap_or_default();
                assert!(
                    !pieces(key).iter().any(|piece| audited.contains(piece)),
                    "{args:?}: {audited}"
                );
            }
            for profile in [key, begin] {
                let args: Vec<&str> = AUDIT_LOG.iter().chain(args).copied().collect();
                check("HYDRANT_PROFILE", key, &sandbox().env("HYDRANT_PROFILE", profile), &args);
            }
        }
        for profile in ["prod", key] {
            let var = format!("{}=x", begin.trim_end_matches(['_', '-']));
            check("a var", key, &sandbox(), &["--profile", profile, "--var", &var, "check"]);
            check(
                "a var",
                key,
                &sandbox(),
                &["--profile", profile, "--var", "unlike=x", "check", "--json"],
            );
        }
        let catalogue = Sandbox::new(SOUND);
        catalogue.file(
            "catalogue.toml",
            &format!("[providers.\"{key}\"]\n[providers.\"{key}\".variables.B]\n"),
        );
        for args in
            [&["catalogue"][..], &["catalogue", begin], &["catalogue", "--json"], &["add", begin]]
        {
            let args: Vec<&str> =
                ["--catalogue", "catalogue.toml"].iter().chain(args).copied().collect();
            check("a catalogue", key, &catalogue, &args);
        }
    }
}

#[test]
fn in_the_keys_of_a_secret_and_in_names_that_aws_lists() {
    for key in KEYS {
        let emulator = Emulator::start().expect("an emulator");
        let region = "us-east-1";
        emulator
            .create_secret(
                region,
                "demo/json",
                Some(&json!({ key: "github", "other": 1 }).to_string()),
            )
            .expect("a secret");
        emulator.create_secret(region, &format!("demo/{key}"), Some("value")).expect("a secret");
        emulator.put_secret_value_staged(region, "demo/json", "{}", &[key]).expect("a version");
        emulator
            .put_parameter(region, "/demo/reference", key, ParameterType::String)
            .expect("a parameter");
        let manifest = "version = 1\n[secrets.A]\nsecret_id = \"demo/json\"\njson_key = \"ghp\"\nrequired = false\n\
                        [secrets.B]\nsecret_id = \"demo/json\"\njson_pointer = \"/ghp\"\nrequired = false\n\
                        [secrets.C]\narn_parameter = \"/demo/reference\"\nrequired = false\n";
        let sandbox = Sandbox::new(manifest).with(&emulator);
        for args in [
            &["run", "--", "true"][..],
            &["run", "--strict", "--", "true"],
            &["doctor", "--json"],
            &["check", "--live", "--json"],
            &["status", "--all"],
            &["status", "--all", "--json"],
            &["history", "A"],
            &["history", "A", "--json"],
        ] {
            check("AWS", key, &sandbox, args);
        }
    }
}

/// The line is named, so that it can be found and removed.
#[test]
fn a_key_in_an_env_file_is_reported_by_its_line() {
    let emulator = Emulator::start().expect("an emulator");
    let sandbox = Sandbox::new(SOUND).with(&emulator);
    sandbox.file(".env", &format!("B=1\n{}=github\nA=1\n", KEYS[0]));
    let ran = sandbox.run(["import", "--dry-run"]);
    assert!(
        ran.stdout.ends_with("ignored: B, line 2 (not shown: it looks like a key)\n"),
        "{ran:?}"
    );
}

/// A text that is not a key is shown, so that it can be corrected.
#[test]
fn ordinary_names_are_shown() {
    let sandbox = Sandbox::new(SOUND).env("A", "1");
    for (args, expected) in [
        (&["--only", "OPENAI_API_KEY", "plan"][..], "unknown entry `OPENAI_API_KEY`"),
        (&["--profile", "production-eu-west-1", "plan"], "unknown profile `production-eu-west-1`"),
    ] {
        let ran = sandbox.run(args);
        assert!(ran.stderr.contains(expected), "{ran:?}");
    }
    let ran = sandbox.run(["--only", KEYS[0], "--only", "A", "plan"]);
    assert!(
        ran.stderr.contains("unknown entry number 1 (not shown: it looks like a key)"),
        "{ran:?}"
    );
}
