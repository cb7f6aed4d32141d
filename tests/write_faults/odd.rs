//! Values and secrets at their limits and beyond: written unchanged or refused, and no panic.

use hydrant_emulator::{Operation, ParameterType};

use crate::support::{Ran, Sandbox};
use crate::write_faults::account::{Account, HOME, give};

const KEY: &str = "version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\n";
const PART: &str = "version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\njson_key = \"part\"\n";
const PARAMETER: &str = "version = 1\n[secrets.KEY]\nvalue_parameter = \"/demo/key\"\n";

const LARGEST: usize = 65_536;

/// Refused before the write call.
#[track_caller]
fn refused(account: &Account, ran: &Ran, code: i32, says: &str) {
    assert_eq!(
        (ran.code, ran.stdout.contains("version")),
        (Some(code), false),
        "{says}: {}",
        ran.stderr
    );
    assert!(ran.stderr.contains(says), "{says:?} in {}", ran.stderr);
    for operation in [Operation::PutSecretValue, Operation::CreateSecret, Operation::PutParameter] {
        assert!(account.calls(operation).is_empty(), "{says}: {operation}");
    }
}

#[test]
fn what_is_written_is_to_the_byte_what_was_given() {
    for value in [
        "k".repeat(LARGEST),
        "\u{e9}".repeat(LARGEST / 2),
        " \t\"quoted\" 'and' $SPACES \\n ".to_owned(),
        "two\nlines\r\nor three\n\n".to_owned(),
        "\u{feff}\u{202e}\u{1f511}\u{7f}\u{1b}[31m".to_owned(),
        "{\"json\": [1, 2]}".to_owned(),
    ] {
        let account = Account::with("demo/key", "old");
        let sandbox = Sandbox::new(KEY).with(&account.emulator);
        let begin: String = value.chars().take(20).collect();
        for args in
            [&["put", "KEY", "--exact"][..], &["put", "KEY", "--exact", "--from-file", "value"]]
        {
            sandbox.file("value", &value);
            let ran = give(&sandbox, args, value.as_bytes());
            assert_eq!(ran.code, Some(0), "{begin:?}: {}", ran.stderr);
            assert!(account.value("demo/key").as_deref() == Some(value.as_str()), "{begin:?}");
            account.emulator.put_secret_value(HOME, "demo/key", "old").expect("a version");
        }
    }
}

#[test]
fn what_can_be_no_value_is_refused() {
    let too_long =
        "the value is longer than Secrets Manager's limit of 65,536 bytes: nothing was written";
    for (value, says) in [
        ("k".repeat(LARGEST + 1).into_bytes(), too_long),
        ("k".repeat(10 * LARGEST).into_bytes(), too_long),
        (b"".to_vec(), "nothing was given: nothing was written"),
        (b"\n".to_vec(), "nothing was given: nothing was written"),
        (b"sk-\xff\xfe".to_vec(), "the value is not valid UTF-8: nothing was written"),
        (b"sk-\0-key".to_vec(), "the value has a NUL character"),
    ] {
        for (manifest, args) in [
            (KEY, &["put", "KEY"][..]),
            (KEY, &["put", "KEY", "--create"]),
            (KEY, &["put", "KEY", "--from-file", "value"]),
            (PART, &["put", "KEY", "--merge"]),
            (PART, &["put", "KEY", "--replace"]),
        ] {
            let account = Account::with("demo/key", "{}");
            let sandbox = Sandbox::new(manifest).with(&account.emulator);
            std::fs::write(sandbox.path().join("value"), &value).expect("a file");
            refused(&account, &give(&sandbox, args, &value), 76, says);
        }
    }
}

/// The value fits, and the object that contains it does not.
#[test]
fn a_part_that_makes_its_secret_too_long_is_refused() {
    for (args, held) in [("--merge", "k".repeat(LARGEST - 100)), ("--replace", String::new())] {
        let account = Account::with("demo/key", &format!("{{\"other\":\"{held}\"}}"));
        let sandbox = Sandbox::new(PART).with(&account.emulator);
        let value = if args == "--merge" { "n".repeat(200) } else { "n".repeat(LARGEST - 5) };
        let ran = give(&sandbox, ["put", "KEY", args], value.as_bytes());
        refused(
            &account,
            &ran,
            76,
            "KEY (secrets.toml:2): the value is longer than the 65536 bytes that AWS takes",
        );
    }
}

#[test]
fn what_a_key_cannot_be_merged_into_stays_as_it_is() {
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let deep_in_objects = format!("{}1{}", "{\"part\":".repeat(5_000), "}".repeat(5_000));
    let number = format!("{{\"n\":{}}}", "9".repeat(400));
    for (held, expected) in [
        ("sk-no-json".to_owned(), Err("")),
        ("".to_owned(), Ok("{\"part\":\"new\"}".to_owned())),
        ("[]".to_owned(), Err("")),
        ("\"text\"".to_owned(), Err("")),
        ("null".to_owned(), Err("")),
        ("{\"part\":1".to_owned(), Err("")),
        ("{\"part\":1} {}".to_owned(), Err("")),
        (deep.clone(), Err("")),
        (format!("{{\"deep\":{deep}}}"), Err("")),
        (deep_in_objects, Err("")),
        (number.clone(), Ok(format!("{}{}", &number[..number.len() - 1], ",\"part\":\"new\"}"))),
        ("{\"part\":1,\"part\":2}".to_owned(), Ok("{\"part\":1,\"part\":\"new\"}".to_owned())),
        ("{\"part\":\"\\ud800\"}".to_owned(), Ok("{\"part\":\"new\"}".to_owned())),
    ] {
        let account = Account::new();
        account
            .emulator
            .create_secret(HOME, "demo/key", Some(&*held).filter(|text| !text.is_empty()))
            .expect("a secret");
        let sandbox = Sandbox::new(PART).with(&account.emulator);
        let ran = give(&sandbox, ["put", "KEY", "--merge"], b"new");
        let begin: String = held.chars().take(30).collect();
        match expected {
            Ok(expected) => {
                assert_eq!(ran.code, Some(0), "{begin}: {}", ran.stderr);
                assert_eq!(account.value("demo/key"), Some(expected), "{begin}");
                // It is what a read returns.
                sandbox.run(["run", "--", "printenv", "KEY"]).prints("new\n");
            }
            Err(_) if ran.code == Some(0) => {
                // A depth that the parser accepts is not an error.
                sandbox.run(["run", "--", "printenv", "KEY"]).prints("new\n");
            }
            Err(says) => {
                refused(&account, &ran, 76, says);
                assert!(
                    ran.stderr.contains(
                        "KEY (secrets.toml:2): the new value has no place in the secret: "
                    ),
                    "{}",
                    ran.stderr
                );
                assert!(account.value("demo/key").as_deref() == Some(held.as_str()), "{begin}");
            }
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_not_merged_into() {
    let account = Account::with("demo/key", "{}");
    account.emulator.put_secret_binary(HOME, "demo/key", b"\xff\xfe{}").expect("a version");
    let sandbox = Sandbox::new(PART).with(&account.emulator);
    let ran = give(&sandbox, ["put", "KEY", "--merge"], b"new");
    refused(&account, &ran, 76, "KEY (secrets.toml:2): the new value has no place in the secret: ");
}

#[test]
fn a_parameter_takes_eight_thousand_bytes() {
    let account = Account::new();
    account
        .emulator
        .put_parameter(HOME, "/demo/key", "old", ParameterType::SecureString)
        .expect("a parameter");
    let sandbox = Sandbox::new(PARAMETER).with(&account.emulator);
    let ran = give(&sandbox, ["put", "KEY"], "k".repeat(8_193).as_bytes());
    refused(
        &account,
        &ran,
        76,
        "KEY (secrets.toml:2): the value is longer than the 8192 bytes that AWS takes",
    );
    // Between the standard tier and the advanced one.
    for length in [4_096, 4_097, 8_192] {
        let value = "k".repeat(length);
        let ran = give(&sandbox, ["put", "KEY"], value.as_bytes());
        assert_eq!(ran.code, Some(0), "{length}: {}", ran.stderr);
        sandbox.run(["run", "--", "printenv", "KEY"]).prints(&format!("{value}\n"));
    }
}

/// The contents of an env file are handled in the same way.
#[test]
fn an_import_refuses_all_of_it_before_anything_is_written() {
    let account = Account::with("demo/key", "old");
    account.secret("demo/other", "old");
    let manifest = format!("{KEY}[secrets.OTHER]\nsecret_id = \"demo/other\"\n");
    let sandbox = Sandbox::new(&manifest).with(&account.emulator);
    sandbox.file(".env", &format!("OTHER=new\nKEY={}\n", "k".repeat(LARGEST + 1)));
    let ran = sandbox.run(["import"]);
    refused(
        &account,
        &ran,
        76,
        "KEY (secrets.toml:2): the value is longer than the 65536 bytes that AWS takes",
    );
    sandbox.file(".env", &format!("OTHER=new\nKEY={}\n", "k".repeat(LARGEST)));
    assert_eq!(sandbox.run(["import"]).code, Some(0));
}
