//! Keys pasted as a path, a command, a field of the manifest, a host or a profile, in every command
//! that takes one: no part of them is shown, and ordinary texts are shown to the letter.

use std::fs;
use std::process::Stdio;

use hydrant_emulator::Emulator;

use crate::secrecy::fixture::AUDIT_LOG;
use crate::secrecy::names::pieces;
use crate::support::Sandbox;

/// Two with the prefix of a provider's key, and one with random letters and digits.
const KEYS: [&str; 3] = [
    "ghp_qX7vB2nM9kL4jH8gT5dW3zR6qX7vB2nM9kL4",
    "sk-proj-qX7vB2nM9kL4jH8gT5dW3zR6",
    "qX7vB2nM9kL4jH8gT5dW3zR6pY6wC3mN8kF5sD2a",
];

const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

const SOUND: &str =
    "version = 1\n[secrets.A]\nsecret_id = \"demo/a\"\nrequired = false\n[profiles.prod]\n";

/// Variables that name a file or a folder, and the other settings that make each of them count.
const VARIABLES: [(&str, &[(&str, &str)]); 11] = [
    ("AWS_CA_BUNDLE", &KEY_OF_AWS),
    ("SSL_CERT_FILE", &KEY_OF_AWS),
    ("SSL_CERT_DIR", &KEY_OF_AWS),
    ("AWS_CONFIG_FILE", &[("AWS_REGION", "us-east-1")]),
    ("AWS_SHARED_CREDENTIALS_FILE", &[("AWS_REGION", "us-east-1")]),
    (
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        &[("AWS_REGION", "us-east-1"), ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/app")],
    ),
    (
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        &[
            ("AWS_REGION", "us-east-1"),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/"),
        ],
    ),
    (
        "HOME",
        &[
            ("AWS_REGION", "us-east-1"),
            ("AWS_CONFIG_FILE", ""),
            ("AWS_SHARED_CREDENTIALS_FILE", ""),
        ],
    ),
    ("HYDRANT_MANIFEST", &KEY_OF_AWS),
    ("HYDRANT_CATALOGUE", &KEY_OF_AWS),
    ("GITHUB_ENV", &KEY_OF_AWS),
];

const KEY_OF_AWS: [(&str, &str); 3] =
    [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_REGION", "us-east-1")];

/// Arguments with `K` for the key, as a path or as the name of a command.
const ARGUMENTS: [&[&str]; 52] = [
    &["run", "--", "K"],
    &["run", "--", "./K"],
    &["run", "--", "folder/K"],
    &["emulate", "--", "K"],
    &["emulate", "--", "./K/x"],
    &["--manifest", "K", "check", "--json"],
    &["--manifest", "K/x", "plan"],
    &["--manifest", "K", "doctor", "--json"],
    &["--manifest", "K", "add", "openai"],
    &["--manifest", "K", "add", "openai", "--json"],
    &["--manifest", "K", "init", "--from", ".env"],
    &["--manifest", "K/x", "init", "--from", ".env", "--json"],
    &["--manifest", "K", "status"],
    &["--manifest", "copy-K", "plan", "--json"],
    &["--manifest", "copy-K", "check", "--json"],
    &["--manifest", "copy-K", "run", "--strict", "--", "true"],
    &["--manifest", "copy-K", "put", "B"],
    &["--manifest", "copy-K", "status", "--json"],
    &["--manifest", "copy-K", "policy", "--region", "us-east-1"],
    &["--env-file", "K", "run", "--", "true"],
    &["--env-file", "K/x", "doctor"],
    &["--env-file", "env-K", "import"],
    &["--env-file", "bad-K", "run", "--", "true"],
    &["--env-file", "env-K", "import", "--dry-run", "--json"],
    &["--catalogue", "K", "catalogue"],
    &["--catalogue", "bad-K", "catalogue", "--json"],
    &["--audit-log", AUDIT_LOG, "--manifest", "copy-K", "run", "--", "K"],
    &["--audit-log", AUDIT_LOG, "--manifest", "copy-K", "delete", "B", "--yes"],
    &["--audit-log", "K/x", "run", "--", "true"],
    &["--audit-log", "K", "--log-format", "json", "run", "--", "true"],
    &["--audit-log", "folder/K/x", "delete", "A", "--yes"],
    &["import", "K"],
    &["import", "env-K", "--comment-out"],
    &["init", "--from", "K"],
    &["--manifest", "new.toml", "init", "--from", "K/x"],
    &["emulate", "--seed", "K", "--", "true"],
    &["emulate", "--seed", "bad-K", "--", "true"],
    &["policy", "--region", "us-east-1", "--check", "K"],
    &["policy", "--region", "us-east-1", "--check", "bad-K"],
    &["generate", "terraform", "--check", "K"],
    &["generate", "terraform", "--out", "K/x"],
    &["generate", "terraform", "--out", "bad-K"],
    &["generate", "env-example", "--out", "K"],
    &["generate", "ecs", "--", "K"],
    &["generate", "ecs", "--check", "bad-K", "--", "server"],
    &["generate", "github-actions", "--", "./K"],
    &["generate", "kubernetes", "--run", "--", "K"],
    &["--manifest", "copy-K", "generate", "terraform"],
    &["generate", "lambda-layer", "--binary", "K", "--out", "layer.yaml"],
    &["export", "--format", "json", "--output", "K/x"],
    &["export", "--format", "dotenv", "--output", "K"],
    &["put", "A", "--from-file", "K"],
];

/// Lines of an entry, or settings, with the key in them.
const FIELDS: [&str; 9] = [
    "arn_var = \"K\"",
    "json_key = \"K\"",
    "json_pointer = \"/K\"",
    "json_pointer = \"/~K\"",
    "kms_key = \"K K\"",
    "rotate_after = \"K\"",
    "[settings]\nenv_file = \"K\"",
    "[settings]\nenv_file = \"folder/K/x\"",
    "[settings]\naudit_log = \"K.jsonl\"",
];

/// The same for texts that AWS also makes at random: only the prefix of a key is recognized.
const IDS: [&str; 4] = [
    "version_stage = \"K\"",
    "version_id = \"K\"",
    "kms_key = \"K\"",
    "json_key = \"K\"\nversion_stage = \"K\"",
];

/// Runs it in both formats of the log, and finds no piece of the key in its output and records.
#[track_caller]
fn check(what: &str, key: &str, sandbox: &Sandbox, args: &[&str]) {
    for log in [&["-vvv"][..], &["-vvv", "--log-format", "json"]] {
        let log = if args.contains(&"--log-format") { &log[..1] } else { log };
        let mut command = sandbox.command(log.iter().chain(args));
        let output = command.stdin(Stdio::null()).output().expect("the binary starts");
        let recorded = fs::read(sandbox.path().join(AUDIT_LOG)).unwrap_or_default();
        let all = [output.stdout, output.stderr, recorded].concat();
        let said = String::from_utf8_lossy(&all);
        assert!(!said.contains("unexpected argument"), "{args:?}: {said}");
        let lower = said.to_lowercase();
        let shown = pieces(key).into_iter().find(|piece| lower.contains(&piece.to_lowercase()));
        assert_eq!(shown, None, "{what} {args:?}: {said}");
        assert!(output.status.code().is_some_and(|code| code != 70), "{what} {args:?}: {said}");
    }
}

/// A folder with files that have the key in their names.
fn sandbox(manifest: &str, key: &str) -> Sandbox {
    let sandbox = Sandbox::new(manifest).env("AWS_REGION", "us-east-1").env("A", "1");
    sandbox.file(".env", "A=1\n");
    sandbox.file(&format!("copy-{key}"), "version = 1\n[secrets.B]\nsecret_id = \"demo/b\"\n");
    sandbox.file(&format!("env-{key}"), "A=1\nC=2\n");
    sandbox.file(&format!("bad-{key}"), "version = \n\0=");
    fs::create_dir(sandbox.path().join("folder")).expect("a folder");
    sandbox
}

#[test]
fn in_a_variable_that_names_a_file() {
    for key in [KEYS[0], KEYS[2]] {
        for (variable, beside) in VARIABLES {
            for path in [key.to_owned(), format!("folder/{key}/x"), format!("bad-{key}")] {
                let sandbox = sandbox(SOUND, key).env(variable, &path);
                let sandbox =
                    beside.iter().fold(sandbox, |sandbox, (name, value)| sandbox.env(name, *value));
                if path == key {
                    fs::create_dir(sandbox.path().join(key)).expect("a folder");
                }
                let commands: &[&[&str]] = match variable {
                    "GITHUB_ENV" => &[&["export", "--format", "github"]],
                    "HYDRANT_CATALOGUE" => &[&["catalogue"]],
                    _ => &[
                        &["--ignore-set", "--deadline", "400ms", "run", "--", "true"],
                        &["doctor", "--json"],
                    ],
                };
                commands
                    .iter()
                    .for_each(|args| check(&format!("{variable}={path}"), key, &sandbox, args));
            }
        }
    }
}

#[test]
fn in_an_argument_that_names_a_file_or_a_command() {
    for key in KEYS {
        for args in ARGUMENTS {
            let args: Vec<String> = args.iter().map(|arg| with_key(arg, key)).collect();
            check(
                "an argument",
                key,
                &sandbox(SOUND, key),
                &args.iter().map(String::as_str).collect::<Vec<_>>(),
            );
        }
    }
}

/// Arguments with `K` for the secret half of an AWS access key, whose slashes make it look like
/// folders.
const SECRET_ACCESS_KEYS: [&[&str]; 14] = [
    &["--manifest", "K.toml", "plan"],
    &["--manifest", "copy-K", "doctor", "--json"],
    &["--audit-log", "K.jsonl", "run", "--", "true"],
    &["--audit-log", "/nonexist/K", "--log-format", "json", "run", "--", "true"],
    &["--env-file", "../K.env", "plan", "--json"],
    &["run", "--", "./K"],
    &["run", "--", "/nonexist/K/x"],
    &["export", "--format", "json", "-o", "/nonexist/K"],
    &["generate", "terraform", "--out", "/nonexist/K"],
    &["policy", "--region", "us-east-1", "--check", "/nonexist/K"],
    &["generate", "ecs", "--", "./K"],
    &["init", "--from", "K.env"],
    &["--only", "x/K", "plan"],
    &["catalogue", "./K"],
];

#[test]
fn in_a_path_with_the_secret_half_of_a_key_of_aws() {
    for args in SECRET_ACCESS_KEYS {
        let args: Vec<String> = args.iter().map(|arg| with_key(arg, SECRET_ACCESS_KEY)).collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        check("a path", SECRET_ACCESS_KEY, &sandbox(SOUND, KEYS[0]), &args);
    }
}

/// Generated files are committed: they contain only program names and plain arguments.
#[test]
fn in_an_argument_of_a_generated_command() {
    let targets: [&[&str]; 3] = [&["ecs"], &["kubernetes", "--run"], &["github-actions"]];
    let url = "postgres://app:hunter2pass@db/app";
    let keys = KEYS.into_iter().chain([SECRET_ACCESS_KEY, url]);
    for key in keys {
        for target in targets {
            for word in [key.to_owned(), format!("--value={key}")] {
                let sandbox = sandbox(SOUND, KEYS[0]);
                let generate =
                    ["generate"].iter().chain(target).chain(&["--", "./s", "a"]).copied();
                let args: Vec<&str> = generate.chain([word.as_str()]).collect();
                check("an argument", key, &sandbox, &args);
                let ran = sandbox.run(&args);
                let expected = "hydrant: error: word 3 of CMD looks like a key: nothing is generated with it\n  \
                                hint: take it out, and make it an entry of the manifest, which sets a variable\n";
                assert_eq!(
                    (ran.code, ran.stderr.as_str(), ran.stdout.as_str()),
                    (Some(2), expected, ""),
                    "{args:?}"
                );
            }
        }
    }
    let plain = [
        "generate",
        "ecs",
        "--",
        "./s",
        "sk-learn-app",
        "postgres://db.internal:5432/app",
        "--port=8080",
    ];
    assert_eq!(sandbox(SOUND, KEYS[0]).run(plain).code, Some(0));
}

/// The generated text repeats all of them.
#[test]
fn in_an_option_or_a_variable_of_what_is_generated() {
    // A text without a provider's prefix is as often an id as a key.
    for key in &KEYS[..2] {
        let sandbox = sandbox(SOUND, key).env("HYDRANT_VAR_name", key);
        let file = format!("folder/{key}");
        for args in [
            &["generate", "terraform"][..],
            &["generate", "kubernetes", "--name", key],
            &["generate", "kubernetes", "--run", "--out", &file, "--", "./s"],
            &["generate", "github-actions", "--out", &file, "--", "./s"],
        ] {
            check("an option", key, &sandbox, args);
            let ran = sandbox.run(args.iter().copied());
            assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{args:?}: {ran:?}");
        }
    }
}

/// The text with the key instead of each separate `K`.
fn with_key(text: &str, key: &str) -> String {
    let mut filled = String::new();
    for (at, char) in text.char_indices() {
        let is_alone = |char: Option<char>| !char.is_some_and(char::is_alphanumeric);
        let alone =
            is_alone(text[..at].chars().next_back()) && is_alone(text[at + 1..].chars().next());
        if char == 'K' && alone { filled.push_str(key) } else { filled.push(char) }
    }
    filled
}

#[test]
fn in_a_field_of_the_manifest() {
    let emulator = Emulator::start().expect("an emulator");
    emulator.create_secret("us-east-1", "demo/a", Some("{\"other\":1}")).expect("a secret");
    for key in KEYS {
        let ids = IDS.iter().filter(|_| key != KEYS[2]);
        for field in FIELDS.iter().chain(ids) {
            let field = with_key(field, key);
            let manifest = match field.starts_with('[') {
                true => format!("version = 1\n{field}\n[secrets.B]\nsecret_id = \"demo/a\"\n"),
                false => format!("version = 1\n[secrets.B]\nsecret_id = \"demo/a\"\n{field}\n"),
            };
            let sandbox = sandbox(&format!("{manifest}required = false\n"), key).with(&emulator);
            for args in FIELD_COMMANDS {
                check(&field, key, &sandbox, args);
            }
        }
    }
}

const FIELD_COMMANDS: [&[&str]; 11] = [
    &["check", "--json"],
    &["check", "--live", "--json"],
    &["plan"],
    &["plan", "--json"],
    &["run", "--", "true"],
    &["doctor", "--json"],
    &["status", "--json"],
    &["put", "B"],
    &["delete", "B", "--dry-run"],
    &["policy"],
    &["generate", "terraform"],
];

#[test]
fn in_a_profile_a_host_and_a_region() {
    for key in KEYS {
        let config = format!("[profile {key}]\nmax_attempts = many\n");
        for (variable, value) in [
            ("AWS_PROFILE", key.to_owned()),
            ("AWS_REGION", key.to_owned()),
            ("AWS_DEFAULT_REGION", key.to_owned()),
            ("AWS_ENDPOINT_URL", format!("http://{key}.invalid")),
            ("AWS_ENDPOINT_URL", format!("https://{key}.invalid/{key}")),
            ("AWS_ENDPOINT_URL", format!("https://127.0.0.1:1/{key}?{key}")),
            ("HTTPS_PROXY", format!("http://{key}.invalid")),
            ("HYDRANT_ALLOW_HTTP", key.to_owned()),
        ] {
            for config in ["", &config] {
                if config.is_empty() == (variable == "AWS_PROFILE") {
                    continue;
                }
                let sandbox = sandbox(SOUND, key)
                    .env("AWS_ACCESS_KEY_ID", "test")
                    .env("AWS_SECRET_ACCESS_KEY", "test");
                let sandbox = match config {
                    "" => sandbox,
                    _ => sandbox.env("AWS_ACCESS_KEY_ID", ""),
                };
                let path = sandbox.file("config", config);
                let sandbox = sandbox.env("AWS_CONFIG_FILE", path).env(variable, &value);
                let sandbox = if variable == "AWS_DEFAULT_REGION" {
                    sandbox.env("AWS_REGION", "us-east-1")
                } else {
                    sandbox
                };
                for args in [
                    &["--ignore-set", "--deadline", "400ms", "run", "--strict", "--", "true"][..],
                    &["--ignore-set", "--deadline", "400ms", "doctor"],
                    &["--ignore-set", "--deadline", "400ms", "doctor", "--json"],
                    &["--deadline", "400ms", "status", "--json"],
                ] {
                    check(&format!("{variable}={value}"), key, &sandbox, args);
                }
            }
        }
    }
}

/// A text that is not a key is shown, so that it can be corrected.
#[test]
fn ordinary_paths_commands_and_names_are_shown() {
    let sandbox = sandbox(SOUND, KEYS[0]).env("AWS_CONFIG_FILE", "sk-learn/v2/config-of-2024");
    let sandbox = sandbox.env("A", "");
    fs::create_dir_all(sandbox.path().join("sk-learn/v2/config-of-2024")).expect("a folder");
    for (args, expected) in [
        (
            &["--offline", "run", "--", "no-such-command"][..],
            "failed to run no-such-command: command not found in PATH\n",
        ),
        (
            &["--offline", "run", "--", "./hf_transformers/run.sh"],
            "failed to run ./hf_transformers/run.sh: No such file",
        ),
        (
            &["--manifest", "sk-learn-app/secrets.toml", "plan"],
            "there is no manifest sk-learn-app/secrets.toml\n",
        ),
        (
            &["--env-file", "../.env.production", "plan"],
            "failed to read the env file ../.env.production: No such file",
        ),
        (
            &["--ignore-set", "run", "--", "true"],
            "AWS_CONFIG_FILE: sk-learn/v2/config-of-2024: it is a directory",
        ),
    ] {
        let ran = sandbox.run(args);
        assert!(ran.stderr.contains(expected), "{args:?}: {ran:?}");
    }
    let ran = sandbox.run(["--env-file", KEYS[0], "plan"]);
    let expected = "failed to read the env file (not shown: it looks like a key): No such file";
    assert!(ran.stderr.contains(expected), "{ran:?}");
}

/// The settings of a profile, each with the key in it.
const PROFILES: [&str; 10] = [
    "role_arn = arn:aws:iam::123456789012:role/app\nsource_profile = K",
    "role_arn = arn:aws:iam::123456789012:role/app\ncredential_source = K",
    "role_arn = arn:aws:iam::123456789012:role/app\nweb_identity_token_file = /tmp/K",
    "role_arn = arn:aws:iam::123456789012:role/app\nweb_identity_token_file = K",
    "sso_session = K\nsso_account_id = 123456789012\nsso_role_name = app",
    "sso_start_url = https://K.invalid/start\nsso_region = K\nsso_account_id = 123456789012\nsso_role_name = K",
    "K",
    "K = 1",
    "endpoint_url = http://K/\naws_access_key_id = test\naws_secret_access_key = test",
    "region = K\naws_access_key_id = K\naws_secret_access_key = K",
];

#[test]
fn in_a_file_of_aws_profiles() {
    for key in [KEYS[0], KEYS[2]] {
        for profile in PROFILES {
            let sandbox =
                sandbox(SOUND, key).env("AWS_CONFIG_FILE", "config").env("HOME", "folder");
            sandbox.file("config", &format!("[default]\n{}\n", with_key(profile, key)));
            for args in [
                &["--deadline", "400ms", "status", "--json"][..],
                &["--deadline", "400ms", "doctor", "--json"],
            ] {
                check(profile, key, &sandbox, args);
            }
        }
    }
}
