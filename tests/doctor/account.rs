//! The entries, with AWS's response for each.

use hydrant_emulator::{Emulator, Operation, ParameterType};
use serde_json::Value;

use crate::doctor::{HOME, arn, doctor, emulator, masked, sandbox, section};
use crate::support::Sandbox;

const ALL: &str = r#"version = 1
[secrets.GOOD]
secret_id = "demo/json"
json_key = "a"
[secrets.BY_PARAMETER]
arn_parameter = "/demo/arn"
[secrets.PARAMETER]
value_parameter = "/demo/value"
[secrets.FALLS_THROUGH]
arn_parameter = "/demo/none"
secret_id = "demo/key"
[secrets.WRONG_KEY]
secret_id = "demo/json"
json_key = "A"
[secrets.OPTIONAL_WRONG_KEY]
secret_id = "demo/json"
json_key = "A"
required = false
[secrets.EMPTY]
secret_id = "demo/empty"
[secrets.NOT_THERE]
secret_id = "demo/absent"
required = false
[secrets.DENIED]
secret_id = "demo/denied"
[secrets.OPTIONAL_DENIED]
secret_id = "demo/denied"
required = false
[secrets.PASTED]
required = false
[secrets.NOT_NAMED]
[secrets.DEFAULTED]
default = "info"
[secrets.PINNED]
secret_id = "demo/key"
version_stage = "AWSPREVIOUS"
required = false
"#;

fn account() -> Emulator {
    let emulator = emulator();
    let fill = |emulator: &Emulator| -> Result<(), hydrant_emulator::Error> {
        emulator.create_secret_with_arn(
            &arn("demo/json"),
            Some("{\"a\": \"sk-a\", \"b\": \"sk-b\"}"),
        )?;
        emulator.create_secret_with_arn(&arn("demo/empty"), None)?;
        emulator.create_secret_with_arn(&arn("demo/denied"), Some("sk-denied"))?;
        emulator.put_parameter(HOME, "/demo/arn", &arn("demo/key"), ParameterType::String)?;
        emulator.put_parameter(HOME, "/demo/value", "sk-value", ParameterType::SecureString)?;
        Ok(())
    };
    fill(&emulator).expect("the account is filled");
    emulator.deny_item(Operation::GetSecretValue, "demo/denied");
    emulator.deny_item(Operation::BatchGetSecretValue, "demo/denied");
    emulator
}

/// Every kind of entry together. For the optional ones there are only warnings.
#[test]
fn every_entry_is_reported_with_its_fix() {
    let emulator = account();
    let sandbox = sandbox(ALL).with(&emulator).env("PASTED_SECRET_ARN", "sk-canary");
    let ran = doctor(&sandbox, &[]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(77), ""), "{ran:?}");
    let denied = "access denied; AWS said: AccessDeniedException: User: arn:aws:iam::123456789012:user/emulated is not \
                  authorized to perform: secretsmanager:GetSecretValue on resource: \
                  arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/denied-AbCdEf because no identity-based \
                  policy allows the secretsmanager:GetSecretValue action\n           \
                  hint: allow secretsmanager:GetSecretValue on demo/denied in the role's policy\n";
    let key = "readable; the JSON object has no key \"A\"; it has \"a\", \"b\"\n           hint: did you mean json_key = \"a\"?\n";
    let put = |variable: &str| {
        format!(
            "           hint: give it a value: hydrant put {variable} (--create if there is no such secret); if it was \
             deleted: hydrant restore {variable}\n"
        )
    };
    let expected = [
        "  ok       GOOD                required: demo/json (secret_id): readable, JSON key found, version …\n",
        "  ok       BY_PARAMETER        required: arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/key-AbCdEf \
         (parameter /demo/arn): readable, version …\n",
        "  ok       PARAMETER           required: parameter /demo/value (value_parameter): readable\n",
        "  ok       FALLS_THROUGH       required: demo/key (secret_id): readable, version …\n",
        &format!("  problem  WRONG_KEY           required: demo/json (secret_id): {key}"),
        &format!("  warning  OPTIONAL_WRONG_KEY  optional: demo/json (secret_id): {key}"),
        "  problem  EMPTY               required: demo/empty (secret_id): the secret has no value to read; AWS said: \
         ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT\n",
        &put("EMPTY"),
        "  warning  NOT_THERE           optional: demo/absent (secret_id): the secret has no value to read; AWS said: \
         ResourceNotFoundException: Secrets Manager can't find the specified secret.\n",
        &put("NOT_THERE"),
        &format!(
            "  problem  DENIED              required: demo/denied (secret_id): described, but not readable: {denied}"
        ),
        &format!(
            "  warning  OPTIONAL_DENIED     optional: demo/denied (secret_id): described, but not readable: {denied}"
        ),
        "  warning  PASTED              optional: the secret that PASTED_SECRET_ARN names (PASTED_SECRET_ARN): the secret \
         has no value to read; AWS said: ResourceNotFoundException\n           hint: check that it holds an ARN or a name, not the value itself; otherwise give it a value: hydrant put PASTED (--create if there is no such secret); if it was \
         deleted: hydrant restore PASTED\n",
        "  problem  NOT_NAMED           required: no reference to its secret: NOT_NAMED_SECRET_ARN is not set\n           hint: \
         set NOT_NAMED_SECRET_ARN to the secret's ARN, or set NOT_NAMED itself\n",
        "  ok       DEFAULTED           optional: uses its default: no reference to its secret: DEFAULTED_SECRET_ARN \
         is not set\n",
        "  warning  PINNED              optional: demo/key at version stage AWSPREVIOUS (secret_id): the secret has no value \
         to read; AWS said: ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging \
         label: AWSPREVIOUS (request …)\n",
        &put("PINNED"),
    ];
    assert_eq!(section(&ran, "entries"), expected.concat());
    assert!(ran.stdout.ends_with("\n4 problems, 5 warnings\n"), "{}", ran.stdout);
}

/// A role that runs a program needs no DescribeSecret.
#[test]
fn what_is_readable_and_not_described_is_no_fault() {
    let emulator = emulator();
    emulator.deny(Operation::DescribeSecret);
    let ran = doctor(
        &sandbox("version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\n").with(&emulator),
        &[],
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let lines: Vec<_> = section(&ran, "entries").lines().collect();
    assert!(
        lines[0].starts_with("  ok       KEY  required: demo/key (secret_id): readable, version …"),
        "{ran:?}"
    );
    let hint = "           hint: needed only for check --live and status: allow secretsmanager:DescribeSecret on demo/key in the \
                role's policy";
    assert_eq!(lines[1], hint);
}

/// A local value is read from AWS all the same, as a deployment would read it. A problem there
/// stops nothing here.
#[test]
fn local_values_are_checked_for_a_deployment_too() {
    let emulator = account();
    let sandbox = sandbox(ALL).with(&emulator).env("DENIED", "sk-set").env("NOT_NAMED", "sk-set");
    let ran = doctor(&sandbox, &["--only", "DENIED,NOT_NAMED"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("  ok       entries  2 of 14 (--only)\n"), "{ran:?}");
    let entries = section(&ran, "entries");
    let begin = "  warning  DENIED     required: set in the environment; in a deployment demo/denied (secret_id): described, but \
                 not readable: access denied; ";
    assert!(entries.starts_with(begin), "{entries}");
    let end = "  ok       NOT_NAMED  required: set in the environment; in a deployment no reference to its secret: \
               NOT_NAMED_SECRET_ARN is not set\n";
    assert!(entries.ends_with(end), "{entries}");
    let ran = doctor(&sandbox, &["--ignore-set", "--only", "DENIED,NOT_NAMED"]);
    assert_eq!(ran.code, Some(77), "{ran:?}");
}

#[test]
fn reads_are_recorded_and_calls_without_a_record_are_not_made() {
    let emulator = emulator();
    let sandbox = sandbox(
        "version = 1\n[settings]\naudit_log = \"audit.jsonl\"\n[secrets.KEY]\nsecret_id = \"demo/key\"\n",
    );
    let sandbox = sandbox.with(&emulator);
    assert_eq!(doctor(&sandbox, &[]).code, Some(0));
    let log = std::fs::read_to_string(sandbox.path().join("audit.jsonl")).expect("an audit log");
    let records: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told = records
        .iter()
        .map(|record| format!("{} {} {}", record["command"], record["action"], record["event"]));
    let told: Vec<_> = told.map(|text| text.replace('"', "")).collect();
    assert_eq!(
        told,
        [
            "doctor check intent",
            "doctor check outcome",
            "doctor read intent",
            "doctor read outcome"
        ]
    );

    emulator.clear_calls();
    let ran = doctor(&sandbox, &["--audit-log", "no/such/folder/log"]);
    assert_eq!(ran.code, Some(74), "{ran:?}");
    assert!(section(&ran, "entries").starts_with("  problem  audit log  "), "{ran:?}");
    let skipped =
        "  skipped  KEY        required: not read, because the read could not be recorded\n";
    assert!(section(&ran, "entries").ends_with(skipped), "{ran:?}");
    let asked: Vec<_> = emulator.calls().iter().map(|call| call.operation).collect();
    assert_eq!(asked, [Operation::GetCallerIdentity]);
}

/// With `-v` the log has the messages of a run. Without it there is only the report.
#[test]
fn the_log_is_for_those_who_ask_for_it() {
    let emulator = account();
    let sandbox: Sandbox = sandbox(ALL).with(&emulator);
    assert_eq!(sandbox.run(["doctor"]).stderr, "");
    let ran = masked(sandbox.run(["-v", "doctor"]));
    assert!(ran.stderr.contains("hydrant: read demo/json for GOOD\n"), "{ran:?}");
}

/// The parameter belongs to the first entry, and holds the reference of both. It is described and
/// read once.
#[test]
fn entries_that_share_a_secret_are_found_by_what_one_of_them_says() {
    const SHARED: &str = "version = 1\n\
        [secrets.A]\narn_var = \"X\"\narn_parameter = \"/demo/arn\"\njson_key = \"a\"\n\
        [secrets.B]\narn_var = \"X\"\njson_key = \"b\"\n";
    let emulator = account();
    emulator
        .put_parameter(HOME, "/demo/arn", &arn("demo/json"), ParameterType::String)
        .expect("a parameter");
    emulator.clear_calls();
    let ran = doctor(&sandbox(SHARED).with(&emulator), &[]);
    let place =
        format!("{} (parameter /demo/arn): readable, JSON key found, version …", arn("demo/json"));
    let expected = format!("  ok       A  required: {place}\n  ok       B  required: {place}\n");
    assert_eq!((ran.code, section(&ran, "entries")), (Some(0), expected.as_str()), "{ran:?}");
    let calls = emulator.calls();
    for operation in [Operation::DescribeSecret, Operation::GetSecretValue] {
        let made = calls.iter().filter(|call| call.operation == operation).count();
        assert_eq!(made, 1, "{operation:?}: {calls:?}");
    }
}
