//! The same for the commands that write: the canary comes from standard input, a file and an env
//! file, and the account contains it. AWS responds correctly, not at all, or with the canary in the
//! wrong place.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use hydrant_emulator::{Emulator, Fault, Operation, ParameterType};
use serde_json::json;

use crate::secrecy::canary::{ODD, PLAIN, forms, found, found_below};
use crate::secrecy::fixture::AUDIT_LOG;
use crate::secrecy::{LOGS, Variables};
use crate::support::Sandbox;

const MANIFEST: &str = r#"
version = 1
[secrets.RAW]
secret_id = "demo/raw"
[secrets.OF_JSON]
secret_id = "demo/json"
json_key = "key"
[secrets.OTHER]
secret_id = "demo/json"
json_pointer = "/deep/other"
[secrets.NEW]
secret_id = "demo/new"
[secrets.NOT_JSON]
secret_id = "demo/raw"
json_key = "key"
[secrets.NOWHERE]
create_name = "demo/nowhere"
[secrets.PARAMETER]
value_parameter = "/demo/value"
[secrets.NEW_PARAMETER]
value_parameter = "/demo/new"
[secrets.PASTED]
"#;

/// Each way to give a value, and each command that works on a secret with one.
const COMMANDS: [&[&str]; 26] = [
    &["put", "RAW"],
    &["put", "RAW", "--json"],
    &["put", "RAW", "--from-file", "value"],
    &["put", "RAW", "--from-file", "value", "--exact", "--create"],
    &["put", "RAW", "--dry-run"],
    &["put", "NEW", "--create"],
    &["put", "NOWHERE", "--create", "--json"],
    &["put", "OF_JSON"],
    &["put", "OF_JSON", "--merge"],
    &["put", "OTHER", "--merge", "--json"],
    &["put", "OF_JSON", "--replace"],
    &["put", "NOT_JSON", "--merge"],
    &["put", "PARAMETER"],
    &["put", "NEW_PARAMETER", "--create"],
    &["put", "PASTED"],
    &["import", "--only", "RAW,OF_JSON,OTHER,PARAMETER"],
    &["import", "--only", "RAW,OF_JSON,OTHER,NEW", "--create", "--json", "--comment-out"],
    &["import", "--only", "OF_JSON,OTHER", "--replace"],
    &["import", "--dry-run"],
    &["status", "--json", "--all"],
    &["history", "RAW"],
    &["rollback", "RAW"],
    &["rotate", "RAW"],
    &["delete", "RAW", "--yes", "--json"],
    &["delete", "PARAMETER", "--yes", "--now"],
    &["restore", "RAW"],
];

/// The operations that may be refused with the value in the message.
const CALLS: [Operation; 13] = [
    Operation::PutSecretValue,
    Operation::CreateSecret,
    Operation::UpdateSecretVersionStage,
    Operation::GetSecretValue,
    Operation::DescribeSecret,
    Operation::DeleteSecret,
    Operation::RestoreSecret,
    Operation::RotateSecret,
    Operation::ListSecretVersionIds,
    Operation::ListSecrets,
    Operation::PutParameter,
    Operation::DescribeParameters,
    Operation::DeleteParameter,
];

/// The calls that carry a value: only these can be refused with it.
const WRITES: [Operation; 3] =
    [Operation::PutSecretValue, Operation::CreateSecret, Operation::PutParameter];

/// The commands that give a value, each in another way, with the operation that repeats it.
const GIVING: [&[&str]; 7] = [
    &["put", "RAW"],
    &["put", "NEW", "--create"],
    &["put", "OF_JSON", "--merge"],
    &["put", "OF_JSON", "--replace"],
    &["put", "PARAMETER"],
    &["import", "--only", "RAW,OF_JSON,OTHER,PARAMETER"],
    &["import", "--only", "RAW,OF_JSON,OTHER,NEW", "--create", "--json", "--comment-out"],
];

/// Codes of every kind, with a message that repeats the value.
const REPEATING: [&str; 10] = [
    "ValidationException",
    "InvalidParameterException",
    "InvalidRequestException",
    "ResourceExistsException",
    "LimitExceededException",
    "EncryptionFailure",
    "AccessDeniedException",
    "ExpiredTokenException",
    "ThrottlingException",
    "InternalServiceError",
];

/// Other faults of responses.
const FAULTS: [&str; 9] = [
    "none",
    "denied",
    "lost",
    "lost once",
    "500",
    "garbage",
    "cut",
    "value for an answer",
    "value in the answer",
];

fn apply(emulator: &Emulator, canary: &str, fault: &str) {
    match fault {
        "none" => {}
        "denied" => CALLS.iter().for_each(|operation| emulator.deny(*operation)),
        "lost" => emulator.fault(None, Fault::ResetBeforeResponse, usize::MAX),
        "lost once" => CALLS
            .iter()
            .for_each(|operation| emulator.fault(Some(*operation), Fault::CutDuringResponse, 1)),
        "500" => emulator.fault(None, Fault::Page(500), usize::MAX),
        "garbage" => emulator.fault(None, Fault::Garbage, usize::MAX),
        "cut" => emulator.fault(None, Fault::CutDuringResponse, usize::MAX),
        "value for an answer" => {
            emulator.fault(None, Fault::Body(json!(canary).to_string()), usize::MAX)
        }
        "value in the answer" => {
            // Reads succeed, so that merges get as far as their writes.
            let body = json!({ "ARN": canary, "Name": canary, "VersionId": canary, "VersionStages": [canary] });
            for operation in
                WRITES.into_iter().chain([Operation::RotateSecret, Operation::DeleteSecret])
            {
                emulator.fault(Some(operation), Fault::Body(body.to_string()), usize::MAX);
            }
        }
        code => {
            // Whole, in halves, and in the JSON that contains it.
            let (first, second) = canary.split_at(canary.len() / 2);
            let message = format!(
                "1 validation error detected: Value '{canary}' at 'secretString' failed to satisfy {first}… …{second} {}",
                json!({ "key": canary })
            );
            WRITES.iter().for_each(|operation| emulator.refuse(*operation, code, &message));
        }
    }
}

/// Commands that end by themselves, and commands that only the deadline ends.
fn deadline(fault: &str) -> &'static str {
    match fault {
        "lost" | "500" | "cut" | "ThrottlingException" | "InternalServiceError" => "400ms",
        _ => "20s",
    }
}

struct Fixture {
    sandbox: Sandbox,
    emulator: Emulator,
}

impl Fixture {
    fn new(canary: &str, fault: &str, variables: Variables) -> Self {
        let emulator = Emulator::start().expect("an emulator");
        fill(&emulator, canary).expect("the account is filled");
        apply(&emulator, canary, fault);
        let settings = format!(
            "[settings]\ndeadline = \"{}\"\naudit_log = \"{AUDIT_LOG}\"\n",
            deadline(fault)
        );
        let mut sandbox = Sandbox::new(&format!("{MANIFEST}{settings}")).with(&emulator);
        sandbox = sandbox.env("PASTED_SECRET_ARN", canary);
        let quoted = canary.replace('\\', "\\\\").replace('"', "\\\"");
        let names = ["RAW", "OF_JSON", "OTHER", "NEW", "NOT_JSON", "PARAMETER", "UNKNOWN"];
        sandbox.file(".env", &names.map(|name| format!("{name}=\"{quoted}\"\n")).concat());
        sandbox.file("value", &format!("{canary}\n"));
        for place in ["HOME", "TMPDIR", "XDG_CACHE_HOME"] {
            let path = sandbox.path().to_owned();
            sandbox = sandbox.env(place, path);
        }
        for (name, value) in variables {
            sandbox = sandbox.env(name, *value);
        }
        Fixture { sandbox, emulator }
    }

    fn run(&self, canary: &str, args: impl IntoIterator<Item = &'static str>) -> Output {
        let mut command = self.sandbox.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        _ = child.stdin.take().expect("its standard input").write_all(canary.as_bytes());
        child.wait_with_output().expect("its end")
    }
}

fn fill(emulator: &Emulator, canary: &str) -> Result<(), hydrant_emulator::Error> {
    let region = "us-east-1";
    emulator.create_secret(region, "demo/raw", Some(&format!("before {canary}")))?;
    emulator.put_secret_value(region, "demo/raw", canary)?;
    let object = json!({ "key": canary, "kept": canary, "deep": { "other": canary } });
    emulator.create_secret(region, "demo/json", Some(&object.to_string()))?;
    emulator.put_parameter(region, "/demo/value", canary, ParameterType::SecureString)?;
    Ok(())
}

/// Runs one case, and returns the places where a form of the canary was seen.
fn sweep(
    canary: &str,
    fault: &str,
    command: &'static [&'static str],
    log: (&'static [&'static str], Variables),
) -> Vec<String> {
    let fixture = Fixture::new(canary, fault, log.1);
    let output = fixture.run(canary, log.0.iter().chain(command).copied());
    let forms = forms(canary);
    let mut seen = Vec::new();
    for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        if let Some(form) = found(&forms, bytes) {
            seen.push(format!("{name}: {form}\n{}", String::from_utf8_lossy(bytes)));
        }
    }
    if matches!(output.status.code(), None | Some(70)) {
        seen.push(format!("it ended with {}", output.status));
    }
    // The env file, its backup and the named file contain it. None of their names do.
    let files = fs::read_dir(fixture.sandbox.path()).expect("the folder");
    let names: Vec<String> = files
        .map(|file| file.expect("a file").file_name().to_string_lossy().into_owned())
        .collect();
    seen.extend(names.iter().filter(|name| found(&forms, name.as_bytes()).is_some()).cloned());
    let mut holding: Vec<&str> =
        names.iter().map(String::as_str).filter(|name| name.starts_with(".env")).collect();
    holding.push("value");
    seen.extend(found_below(fixture.sandbox.path(), &forms, &holding));
    // What AWS stores unencrypted: names and version ids.
    for call in fixture.emulator.calls() {
        let open = format!("{call:?}");
        let pasted = call.ids.iter().any(|id| id == canary);
        if !pasted && let Some(form) = found(&forms, open.as_bytes()) {
            seen.push(format!("a call: {form}: {open}"));
        }
    }
    seen
}

#[test]
fn no_byte_of_a_value_that_is_written_is_shown() {
    let mut cases = Vec::new();
    for (index, command) in COMMANDS.iter().enumerate() {
        let turns = LOGS.iter().zip([PLAIN, ODD].iter().cycle().skip(index));
        cases.extend(turns.map(|(log, canary)| (*canary, "none", *command, *log)));
        let gives = GIVING.contains(command);
        // A command that gives no value meets no other fault that loses a response.
        let faults = FAULTS
            .iter()
            .skip(1)
            .filter(|fault| gives || !["lost once", "500", "cut"].contains(*fault));
        let faults = faults.chain(REPEATING.iter().filter(|_| gives));
        for (turn, fault) in faults.enumerate() {
            // Each log and each canary is tried with each fault.
            let (canary, log) =
                ([PLAIN, ODD][(index + turn) % 2], LOGS[[0, 3, 4][(index + turn) % 3]]);
            cases.push((canary, *fault, *command, log));
        }
    }
    assert!(cases.len() > 300, "only {} cases", cases.len());
    let (next, faults) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while let Some((canary, fault, command, log)) =
                    cases.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let seen = sweep(canary, fault, command, *log);
                    let seen =
                        seen.into_iter().map(|seen| format!("{fault} {command:?} {log:?}: {seen}"));
                    faults.lock().unwrap_or_else(PoisonError::into_inner).extend(seen);
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert!(faults.is_empty(), "{} places:\n{}", faults.len(), faults.join("\n"));
}

/// Without this check the sweep might search for a value that was never there.
#[test]
fn the_values_do_get_there() {
    for canary in [PLAIN, ODD] {
        for (command, variable) in [
            (&["put", "RAW"][..], "RAW"),
            (&["put", "RAW", "--from-file", "value"], "RAW"),
            (&["put", "OF_JSON", "--merge"], "OF_JSON"),
            (&["put", "OTHER", "--merge"], "OTHER"),
            (&["put", "OF_JSON", "--replace"], "OF_JSON"),
            (&["put", "NEW", "--create"], "NEW"),
            (&["put", "PARAMETER"], "PARAMETER"),
            (&["import", "--only", "OF_JSON,OTHER"], "OTHER"),
            (&["import", "--only", "NEW", "--create", "--comment-out"], "NEW"),
        ] {
            let fixture = Fixture::new(canary, "none", &[]);
            // It is not the previous value.
            let region = "us-east-1";
            for (name, value) in
                [("demo/raw", "-"), ("demo/json", r#"{"key": "-", "deep": {"other": "-"}}"#)]
            {
                fixture.emulator.put_secret_value(region, name, value).expect("a version");
            }
            fixture
                .emulator
                .put_parameter(region, "/demo/value", "-", ParameterType::SecureString)
                .expect("a parameter");
            let output = fixture.run(canary, command.iter().copied());
            assert!(output.status.success(), "{command:?}: {output:?}");
            let read = ["--no-env-file", "--only", variable, "run", "--", "printenv", variable];
            let output = fixture.sandbox.command(read).output().expect("it starts");
            assert_eq!(
                String::from_utf8(output.stdout).expect("UTF-8"),
                format!("{canary}\n"),
                "{command:?}"
            );
            let audited =
                fs::read_to_string(fixture.sandbox.path().join(AUDIT_LOG)).expect("an audit log");
            assert!(audited.contains(variable), "{audited}");
            let backups =
                fs::read_dir(fixture.sandbox.path()).expect("the folder").filter(|file| {
                    let name = file.as_ref().expect("a file").file_name();
                    name != OsStr::new(".env") && name.to_string_lossy().starts_with(".env")
                });
            assert_eq!(
                backups.count(),
                usize::from(command.contains(&"--comment-out")),
                "{command:?}"
            );
        }
    }
}
