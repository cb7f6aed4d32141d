//! One of several in a call: denied, not found, empty, pending deletion, left out, or one too many.

use hydrant_emulator::{Emulator, Fault, Operation, ParameterType};

use crate::faults::matrix::{HOME, start};
use crate::support::{Ran, Sandbox};

/// Three secrets `demo/s0` to `demo/s2`, the middle one with `value`.
fn secrets(required: bool, value: Option<&str>) -> (Emulator, Sandbox) {
    let emulator = Emulator::start().expect("an emulator");
    let mut manifest = "version = 1\n".to_owned();
    for index in 0..3 {
        let value = if index == 1 { value } else { Some("value 0") };
        emulator.create_secret(HOME, &format!("demo/s{index}"), value).expect("a secret");
        manifest +=
            &format!("[secrets.V{index}]\nsecret_id = \"demo/s{index}\"\nrequired = {required}\n");
    }
    let sandbox = Sandbox::new(&manifest).with(&emulator);
    (emulator, sandbox)
}

/// The same for parameters.
fn parameters(required: bool) -> (Emulator, Sandbox) {
    let emulator = Emulator::start().expect("an emulator");
    let mut manifest = "version = 1\n".to_owned();
    for index in 0..3 {
        let name = format!("/demo/p{index}");
        emulator
            .put_parameter(HOME, &name, "value 0", ParameterType::SecureString)
            .expect("a parameter");
        manifest +=
            &format!("[secrets.V{index}]\nvalue_parameter = \"{name}\"\nrequired = {required}\n");
    }
    let sandbox = Sandbox::new(&manifest).with(&emulator);
    (emulator, sandbox)
}

/// One of the secrets in the response to a batch.
fn item(name: &str, value: &str) -> String {
    let arn = format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-AbCdEf");
    format!(
        r#"{{"ARN":"{arn}","Name":"{name}","SecretString":"{value}","VersionStages":["AWSCURRENT"]}}"#
    )
}

/// The second of three has no value: the others have theirs, and only if it is required nothing
/// starts.
#[track_caller]
fn one_fails(code: i32, says: &str, calls: usize, set: impl Fn(bool) -> (Emulator, Sandbox)) {
    for required in [false, true] {
        let (emulator, sandbox) = set(required);
        let ran = start(&sandbox, "10s");
        let (code, word) = if required { (code, "error") } else { (0, "warning") };
        assert_eq!(ran.code, Some(code), "{ran:?}");
        assert_eq!(ran.stdout, if required { "" } else { "started with [value 0]\n" }, "{ran:?}");
        assert_eq!(ran.stderr.matches(&format!("hydrant: {word}: V1 ")).count(), 1, "{ran:?}");
        assert!(
            !ran.stderr.contains("V0 ") && !ran.stderr.contains("V2 ") && ran.stderr.contains(says),
            "{ran:?}"
        );
        assert_eq!(sandbox.path().join("started").exists(), !required);
        assert_eq!(emulator.calls().len(), calls, "{:?}", emulator.calls());
    }
}

fn all_started(ran: &Ran) {
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "started with [value 0]\n"), "{ran:?}");
    assert_eq!(ran.stderr, "");
}

#[test]
fn the_batch_is_denied_and_single_reads_are_not() {
    let (emulator, sandbox) = secrets(true, Some("value 1"));
    emulator.deny(Operation::BatchGetSecretValue);
    all_started(&start(&sandbox, "10s"));
    assert_eq!(emulator.calls().len(), 4);
}

#[test]
fn one_is_denied() {
    one_fails(77, "access denied", 1, |required| {
        let (emulator, sandbox) = secrets(required, Some("value 1"));
        emulator.deny_item(Operation::GetSecretValue, "demo/s1");
        (emulator, sandbox)
    });
}

#[test]
fn one_is_undecryptable() {
    one_fails(77, "the value cannot be decrypted", 1, |required| {
        let (emulator, sandbox) = secrets(required, Some("value 1"));
        emulator.refuse_item(Operation::GetSecretValue, "demo/s1", "DecryptionFailure", "no key");
        (emulator, sandbox)
    });
}

#[test]
fn one_was_never_filled() {
    one_fails(66, "the secret has no value to read", 1, |required| secrets(required, None));
}

#[test]
fn one_is_empty() {
    one_fails(66, "the value is empty", 1, |required| {
        let (emulator, sandbox) = secrets(required, Some("value 1"));
        let body =
            [item("demo/s0", "value 0"), item("demo/s1", ""), item("demo/s2", "value 2")].join(",");
        emulator.fault(None, Fault::Body(format!(r#"{{"SecretValues":[{body}],"Errors":[]}}"#)), 1);
        (emulator, sandbox)
    });
}

#[test]
fn one_is_pending_deletion() {
    one_fails(66, "the secret has no value to read", 1, |required| {
        let (emulator, sandbox) = secrets(required, Some("value 1"));
        emulator.refuse_item(
            Operation::GetSecretValue,
            "demo/s1",
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.",
        );
        (emulator, sandbox)
    });
}

#[test]
fn one_is_not_found() {
    one_fails(66, "the secret has no value to read", 1, |required| {
        let (emulator, sandbox) = secrets(required, Some("value 1"));
        let manifest =
            std::fs::read_to_string(sandbox.path().join("secrets.toml")).expect("the manifest");
        sandbox.file("secrets.toml", &manifest.replace("demo/s1", "demo/nowhere"));
        (emulator, sandbox)
    });
}

#[test]
fn one_is_left_out_of_the_response() {
    one_fails(76, "does not contain it", 1, |required| {
        let (emulator, sandbox) = secrets(required, Some("value 1"));
        emulator.omit_from_batch("demo/s1");
        (emulator, sandbox)
    });
    one_fails(76, "does not contain it", 1, |required| {
        let (emulator, sandbox) = parameters(required);
        emulator.omit_from_batch("/demo/p1");
        (emulator, sandbox)
    });
}

#[test]
fn one_more_than_requested() {
    let (emulator, sandbox) = secrets(true, Some("value 1"));
    let items =
        ["demo/more", "demo/s2", "demo/s1", "demo/s0"].map(|name| item(name, "value 0")).join(",");
    emulator.fault(None, Fault::Body(format!(r#"{{"SecretValues":[{items}],"Errors":[]}}"#)), 1);
    all_started(&start(&sandbox, "10s"));
    assert_eq!(emulator.calls().len(), 1);
}

#[test]
fn one_parameter_is_not_allowed() {
    // The whole call is denied, and each name is read by itself.
    one_fails(77, "access denied", 4, |required| {
        let (emulator, sandbox) = parameters(required);
        emulator.deny_item(Operation::GetParameters, "/demo/p1");
        (emulator, sandbox)
    });
}
