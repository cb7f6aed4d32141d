//! Calls that AWS refuses, throttles, splits into pages or responds to in part. Only the emulator
//! can do that on request.

use hydrant_emulator::{Emulator, Operation, ParameterType};

use crate::support::aws::{HOME, without_request_ids};
use crate::support::{Ran, Sandbox};

const ONE: &str =
    "version = 1\n[secrets.KEY]\ndescription = \"OpenAI API key\"\nsecret_id = \"demo/openai\"\n";
const PRINT: [&str; 4] = ["run", "--", "printenv", "KEY"];

/// `V0` to `V{count - 1}`, each with a secret `demo/s0` and so on in the emulator, whose value is
/// `value 0`.
fn many(emulator: &Emulator, count: usize, keys: &str) -> Sandbox {
    let mut manifest = "version = 1\n".to_owned();
    for index in 0..count {
        emulator
            .create_secret(HOME, &format!("demo/s{index}"), Some(&format!("value {index}")))
            .expect("a secret");
        manifest += &format!("[secrets.V{index}]\nsecret_id = \"demo/s{index}\"\n{keys}\n");
    }
    Sandbox::new(&manifest).with(emulator)
}

/// How often the emulator got this call.
fn count(emulator: &Emulator, operation: Operation) -> usize {
    emulator.calls().iter().filter(|call| call.operation == operation).count()
}

fn echo(sandbox: &Sandbox, text: &str) -> Ran {
    without_request_ids(sandbox.run(["run", "--", "sh", "-c", &format!("echo \"{text}\"")]))
}

fn denial(action: &str, resource: &str) -> String {
    format!(
        "AWS said: AccessDeniedException: User: arn:aws:iam::123456789012:user/emulated is not authorized to perform: \
         {action}{resource} because no identity-based policy allows the {action} action"
    )
}

#[test]
fn a_required_secret_that_is_denied_stops_and_says_which_permission_the_role_lacks() {
    let emulator = Emulator::start().unwrap();
    let arn = emulator.create_secret(HOME, "demo/openai", Some("sk")).unwrap();
    emulator.deny(Operation::GetSecretValue);
    let manifest = "version = 1\n\n[secrets.KEY]\ndescription = \"OpenAI API key\"\n";
    let sandbox = Sandbox::new(manifest).with(&emulator).env("KEY_SECRET_ARN", &arn);
    let ran = without_request_ids(sandbox.run(["run", "--", "touch", "started"]));
    let said = denial("secretsmanager:GetSecretValue", &format!(" on resource: {arn}"));
    ran.is(
        77,
        "",
        &format!(
            "hydrant: error: KEY (secrets.toml:3) [OpenAI API key]: access denied: {arn}; {said}\n  \
             hint: allow secretsmanager:GetSecretValue on {arn} in the role's policy\n"
        ),
    );
    assert!(!sandbox.path().join("started").exists());
    assert_eq!(emulator.calls().len(), 1, "a denial is not asked again");
}

#[test]
fn an_optional_secret_that_is_denied_is_failed_and_never_missing() {
    let emulator = Emulator::start().unwrap();
    emulator.create_secret(HOME, "demo/openai", Some("sk")).unwrap();
    emulator.deny(Operation::GetSecretValue);
    let sandbox = Sandbox::new(&format!("{ONE}required = false\n")).with(&emulator);
    let ran = echo(&sandbox, "started${KEY+ with KEY}");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "started\n"), "{ran:?}");
    assert!(
        ran.stderr.starts_with(
            "hydrant: warning: KEY (secrets.toml:2) [OpenAI API key]: failed: access denied: "
        ),
        "{ran:?}"
    );
    assert!(!ran.stderr.contains("missing"), "{ran:?}");
    // --strict makes it an error.
    let ran = sandbox.run(["run", "--strict", "--", "touch", "started"]);
    assert_eq!((ran.code, sandbox.path().join("started").exists()), (Some(77), false), "{ran:?}");
}

#[test]
fn one_denied_item_of_a_batch_leaves_the_others_alone() {
    let emulator = Emulator::start().unwrap();
    let sandbox = many(&emulator, 3, "required = false");
    emulator.deny_item(Operation::GetSecretValue, "demo/s1");
    let ran = echo(&sandbox, "$V0, $V1, $V2");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "value 0, , value 2\n"), "{ran:?}");
    let warnings: Vec<_> =
        ran.stderr.lines().filter(|line| line.starts_with("hydrant: ")).collect();
    assert_eq!(warnings.len(), 1, "{ran:?}");
    assert!(
        warnings[0]
            .starts_with("hydrant: warning: V1 (secrets.toml:5): failed: access denied: demo/s1"),
        "{ran:?}"
    );
    assert_eq!(emulator.calls().len(), 1, "the answer to the batch says it all");
}

#[test]
fn one_denied_item_that_is_required_stops_with_the_permission_of_the_single_read() {
    let emulator = Emulator::start().unwrap();
    let sandbox = many(&emulator, 3, "");
    emulator.deny_item(Operation::GetSecretValue, "demo/s1");
    let ran = echo(&sandbox, "started");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(77), ""), "{ran:?}");
    let hint = "\n  hint: allow secretsmanager:GetSecretValue on demo/s1 in the role's policy\n";
    assert!(
        ran.stderr.starts_with("hydrant: error: V1 (secrets.toml:5): access denied: demo/s1; "),
        "{ran:?}"
    );
    assert!(ran.stderr.ends_with(hint) && ran.stderr.matches("error:").count() == 1, "{ran:?}");
}

#[test]
fn a_batch_that_is_rejected_as_a_whole_is_read_id_by_id() {
    // 25 are two batches: both are in progress when the first refusal comes, and none follows.
    let emulator = Emulator::start().unwrap();
    let sandbox = many(&emulator, 25, "");
    emulator.deny(Operation::BatchGetSecretValue);
    echo(&sandbox, "$V0, $V24").prints("value 0, value 24\n");
    assert_eq!(count(&emulator, Operation::GetSecretValue), 25);
    assert!(count(&emulator, Operation::BatchGetSecretValue) <= 2);
}

#[test]
fn a_batch_that_is_rejected_for_another_reason_is_read_id_by_id_too() {
    let emulator = Emulator::start().unwrap();
    let sandbox = many(&emulator, 3, "");
    emulator.refuse(
        Operation::BatchGetSecretValue,
        "InvalidRequestException",
        "one of them is odd",
    );
    echo(&sandbox, "$V0, $V1, $V2").prints("value 0, value 1, value 2\n");
    assert_eq!(count(&emulator, Operation::BatchGetSecretValue), 1);
    assert_eq!(count(&emulator, Operation::GetSecretValue), 3);
}

#[test]
fn throttled_twice_then_successful() {
    let emulator = Emulator::start().unwrap();
    emulator.create_secret(HOME, "demo/openai", Some("sk-at-last")).unwrap();
    emulator.throttle(Operation::GetSecretValue, 2);
    Sandbox::new(ONE).with(&emulator).run(PRINT).prints("sk-at-last\n");
    assert_eq!(emulator.calls().len(), 3);
}

#[test]
fn a_throttled_batch_is_retried_as_a_batch() {
    let emulator = Emulator::start().unwrap();
    let sandbox = many(&emulator, 3, "");
    emulator.throttle(Operation::BatchGetSecretValue, 1);
    echo(&sandbox, "$V0, $V2").prints("value 0, value 2\n");
    assert_eq!(count(&emulator, Operation::BatchGetSecretValue), 2);
    assert_eq!(emulator.calls().len(), 2);
}

#[test]
fn a_throttled_item_of_a_batch_is_read_by_itself() {
    let emulator = Emulator::start().unwrap();
    let sandbox = many(&emulator, 3, "");
    emulator.refuse_item(
        Operation::BatchGetSecretValue,
        "demo/s1",
        "ThrottlingException",
        "Rate exceeded",
    );
    echo(&sandbox, "$V0, $V1, $V2").prints("value 0, value 1, value 2\n");
    assert_eq!(count(&emulator, Operation::BatchGetSecretValue), 1);
    assert_eq!(count(&emulator, Operation::GetSecretValue), 1);
}

#[test]
fn throttled_to_the_end_is_unreachable() {
    let emulator = Emulator::start().unwrap();
    emulator.create_secret(HOME, "demo/openai", Some("sk")).unwrap();
    emulator.throttle(Operation::GetSecretValue, usize::MAX);
    let manifest = ONE.replace("version = 1", "version = 1\n[settings]\ndeadline = \"300ms\"");
    let ran = without_request_ids(Sandbox::new(&manifest).with(&emulator).run(PRINT));
    let said = "hydrant: error: KEY (secrets.toml:4) [OpenAI API key]: still throttled at the deadline: demo/openai; AWS said: \
                ThrottlingException: Rate exceeded\n";
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(69), ""), "{ran:?}");
    assert!(ran.stderr.starts_with(said), "{ran:?}");
}

#[test]
fn a_server_error_is_retried() {
    let emulator = Emulator::start().unwrap();
    emulator.create_secret(HOME, "demo/openai", Some("sk-at-last")).unwrap();
    emulator.refuse_times(Operation::GetSecretValue, "InternalServiceError", "oh", 2);
    Sandbox::new(ONE).with(&emulator).run(PRINT).prints("sk-at-last\n");
    assert_eq!(emulator.calls().len(), 3);
}

#[test]
fn an_undecryptable_item_is_denied() {
    let emulator = Emulator::start().unwrap();
    let sandbox = many(&emulator, 2, "");
    emulator.refuse_item(Operation::GetSecretValue, "demo/s1", "DecryptionFailure", "no key");
    let ran = echo(&sandbox, "started");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(77), ""), "{ran:?}");
    let said = "the value cannot be decrypted: demo/s1; AWS said: DecryptionFailure: no key\n";
    assert!(
        ran.stderr.starts_with(&format!("hydrant: error: V1 (secrets.toml:5): {said}")),
        "{ran:?}"
    );
}

#[test]
fn an_id_that_the_response_leaves_out_is_a_separate_failure() {
    let emulator = Emulator::start().unwrap();
    let sandbox = many(&emulator, 3, "required = false");
    emulator.omit_from_batch("demo/s1");
    let ran = echo(&sandbox, "$V0, $V1, $V2");
    let said = "hydrant: warning: V1 (secrets.toml:5): failed: the response to secretsmanager:BatchGetSecretValue does not contain it: demo/s1\n  hint: try again; if the error stays, use the full ARN of the secret\n";
    ran.is(0, "value 0, , value 2\n", said);
}

#[test]
fn a_response_in_pages_is_read_to_its_end() {
    let emulator = Emulator::start().unwrap();
    let sandbox = many(&emulator, 7, "");
    emulator.page_batches(3);
    echo(&sandbox, "$V0, $V3, $V6").prints("value 0, value 3, value 6\n");
    // An empty page, then 3, 3 and 1.
    assert_eq!(count(&emulator, Operation::BatchGetSecretValue), 4);
    assert_eq!(emulator.calls().len(), 4);
}

#[test]
fn one_denied_parameter_leaves_the_others_alone() {
    let emulator = Emulator::start().unwrap();
    let mut manifest = "version = 1\n".to_owned();
    for index in 0..3 {
        let name = format!("/demo/p{index}");
        emulator
            .put_parameter(HOME, &name, &format!("value {index}"), ParameterType::SecureString)
            .unwrap();
        manifest +=
            &format!("[secrets.V{index}]\nvalue_parameter = \"{name}\"\nrequired = false\n");
    }
    emulator.deny_item(Operation::GetParameters, "/demo/p1");
    let ran = echo(&Sandbox::new(&manifest).with(&emulator), "$V0, $V1, $V2");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "value 0, , value 2\n"), "{ran:?}");
    assert!(
        ran.stderr.starts_with(
            "hydrant: warning: V1 (secrets.toml:5): failed: access denied: parameter "
        ),
        "{ran:?}"
    );
    assert!(
        ran.stderr.contains("\n  hint: allow ssm:GetParameters on parameter /demo/p1 "),
        "{ran:?}"
    );
}

#[test]
fn a_denied_reference_does_not_fall_through_to_the_next_locator() {
    let emulator = Emulator::start().unwrap();
    emulator.create_secret(HOME, "demo/openai", Some("sk-next")).unwrap();
    emulator.deny(Operation::GetParameters);
    let manifest =
        "version = 1\n[secrets.KEY]\narn_parameter = \"/demo/arn\"\nsecret_id = \"demo/openai\"\n";
    let ran = Sandbox::new(manifest).with(&emulator).run(PRINT);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(77), ""), "{ran:?}");
    assert_eq!(count(&emulator, Operation::GetSecretValue), 0);
}
