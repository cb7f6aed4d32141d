//! Where the canary is: an account that contains it in every form, and the faults of its responses.

use hydrant_emulator::{Emulator, Fault, Operation, ParameterType};
use serde_json::json;

use crate::support::Sandbox;

pub(crate) const EMPTY: &[(&str, &str)] = &[];

/// The files that contain the canary because the test or `export` wrote it there.
pub(crate) const VALUE_FILES: [&str; 4] = [".env", "seed.env", "values", "github.env"];

/// The audit log, which must not contain a value.
pub(crate) const AUDIT_LOG: &str = "audit.jsonl";

/// Each kind of entry that has the canary, and each kind that fails. All are optional, so that each
/// is processed. `--strict` turns the failures into errors.
const MANIFEST: &str = r#"
version = 1
[secrets.KEPT]
required = false
[secrets.FROM_FILE]
required = false
[secrets.RAW]
secret_id = "demo/raw"
required = false
[secrets.OF_JSON]
secret_id = "demo/json"
json_key = "key"
required = false
[secrets.DEEP]
secret_id = "demo/json"
json_pointer = "/deep/0"
required = false
[secrets.BY_PARAMETER]
arn_parameter = "/demo/arn"
required = false
[secrets.PARAMETER]
value_parameter = "/demo/value"
required = false
[secrets.NO_SUCH_KEY]
secret_id = "demo/json"
json_key = "Key-"
required = false
[secrets.NO_OBJECT]
secret_id = "demo/raw"
json_key = "key"
required = false
[secrets.BROKEN_JSON]
secret_id = "demo/broken"
json_key = "key"
required = false
[secrets.ARRAY]
secret_id = "demo/array"
json_pointer = "/5"
required = false
[secrets.BINARY]
secret_id = "demo/binary"
required = false
[secrets.ABSENT]
secret_id = "demo/absent"
required = false
[secrets.PASTED]
arn_var = "PASTED_ARN"
required = false
[secrets.PASTED_PARAMETER]
arn_parameter = "/demo/value"
required = false
"#;

/// Prepares the response of an emulator. The text is the canary.
type Prepare = fn(&Emulator, &str);

/// The faults of responses. `BODY` stands for the canary in bodies with the wrong structure.
pub(crate) const FAULTS: [(&str, Prepare); 15] = [
    ("none", |_, _| {}),
    ("denied", |emulator, _| {
        for operation in READS {
            emulator.deny(operation);
        }
    }),
    ("no batches", |emulator, _| emulator.deny(Operation::BatchGetSecretValue)),
    ("throttled", |emulator, _| {
        for operation in READS {
            emulator.throttle(operation, usize::MAX);
        }
    }),
    ("undecryptable", |emulator, _| {
        emulator.refuse(Operation::GetSecretValue, "DecryptionFailure", "no key")
    }),
    ("garbage", |emulator, _| emulator.fault(None, Fault::Garbage, usize::MAX)),
    ("500", |emulator, _| emulator.fault(None, Fault::Page(500), usize::MAX)),
    ("cut", |emulator, _| emulator.fault(None, Fault::CutDuringResponse, usize::MAX)),
    ("reset", |emulator, _| emulator.fault(None, Fault::ResetDuringResponse, usize::MAX)),
    ("stalled", |emulator, _| emulator.fault(None, Fault::Stall, usize::MAX)),
    ("redirected", |emulator, _| {
        emulator.fault(None, Fault::Redirect("http://127.0.0.1:1/".to_owned()), usize::MAX)
    }),
    ("text for an object", |emulator, canary| body(emulator, json!(canary).to_string())),
    ("broken in the value", |emulator, canary| {
        body(emulator, format!("{{\"SecretString\": {}", json!(canary)))
    }),
    ("values of the wrong type", |emulator, canary| {
        let wrong = json!({ "SecretString": { canary: [canary] }, "SecretValues": canary, "Parameters": { "Value": canary } });
        body(emulator, wrong.to_string());
    }),
    ("values in the wrong places", |emulator, canary| {
        let item = json!({ "ARN": canary, "Name": canary, "VersionId": canary, "SecretString": canary, "Value": canary });
        let mut wrong =
            json!({ "SecretValues": [item], "Parameters": [item], "InvalidParameters": [canary] });
        wrong["SecretBinary"] = json!(canary);
        body(emulator, wrong.to_string());
    }),
];

const READS: [Operation; 5] = [
    Operation::GetSecretValue,
    Operation::BatchGetSecretValue,
    Operation::GetParameters,
    Operation::DescribeSecret,
    Operation::DescribeParameters,
];

fn body(emulator: &Emulator, text: String) {
    emulator.fault(None, Fault::Body(text), usize::MAX);
}

/// An emulator that contains the canary and responds with the fault.
pub(crate) fn account(canary: &str, fault: &str) -> Emulator {
    let emulator = Emulator::start().expect("an emulator");
    fill(&emulator, canary).expect("the account is filled");
    let (_, apply) = FAULTS.iter().find(|(name, _)| *name == fault).expect("a fault");
    apply(&emulator, canary);
    emulator
}

/// The manifest. A permanent failure needs no long wait.
pub(crate) fn manifest(fault: &str) -> String {
    let deadline = if fault == "none" { "20s" } else { "400ms" };
    format!("{MANIFEST}[settings]\ndeadline = \"{deadline}\"\n")
}

/// A folder, an account and an environment with the canary in each of them.
pub(crate) struct Fixture {
    pub(crate) sandbox: Sandbox,
    /// Serves for as long as the fixture lives.
    _emulator: Emulator,
}

impl Fixture {
    pub(crate) fn new(canary: &str, fault: &str, variables: &[(&str, &str)]) -> Self {
        let emulator = account(canary, fault);
        let sandbox = Sandbox::new(&format!("{}audit_log = \"{AUDIT_LOG}\"\n", manifest(fault)));
        let mut sandbox = sandbox.with(&emulator).env("KEPT", canary).env("PASTED_ARN", canary);
        let quoted = canary.replace('\\', "\\\\").replace('"', "\\\"");
        sandbox.file(
            ".env",
            &format!("FROM_FILE=\"{quoted}\"\nREST=\"{quoted}\"\nLD_PRELOAD=\"{quoted}\"\n"),
        );
        sandbox.file("seed.env", &format!("RAW=\"{quoted}\"\nOF_JSON=\"{quoted}\"\n"));
        for place in ["HOME", "TMPDIR", "XDG_CACHE_HOME"] {
            let path = sandbox.path().to_owned();
            sandbox = sandbox.env(place, path);
        }
        sandbox = sandbox.env("GITHUB_ENV", "github.env");
        for (name, value) in variables {
            sandbox = sandbox.env(name, *value);
        }
        Fixture { sandbox, _emulator: emulator }
    }
}

fn fill(emulator: &Emulator, canary: &str) -> Result<(), hydrant_emulator::Error> {
    let region = "us-east-1";
    let arn = emulator.create_secret(region, "demo/raw", Some(canary))?;
    let object = json!({ "key": canary, "other": canary, "deep": [canary] });
    emulator.create_secret(region, "demo/json", Some(&object.to_string()))?;
    emulator.create_secret(
        region,
        "demo/broken",
        Some(&format!("{{\"key\": {}, ", json!(canary))),
    )?;
    emulator.create_secret(region, "demo/array", Some(&json!([canary]).to_string()))?;
    emulator.create_secret(region, "demo/binary", None)?;
    let not_text: Vec<u8> = canary.bytes().chain([0xff, 0xfe]).collect();
    emulator.put_secret_binary(region, "demo/binary", &not_text)?;
    emulator.put_parameter(region, "/demo/arn", &arn, ParameterType::String)?;
    emulator.put_parameter(region, "/demo/value", canary, ParameterType::SecureString)?;
    Ok(())
}
