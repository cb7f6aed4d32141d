//! A token makes a put idempotent: over the wire, against the emulator.

use hydrant::write::{JsonWrite, PutOptions, WriteProblem, Written};
use hydrant::{Env, Error, Hydrator, Write};
use hydrant_emulator::{Emulator, Fault, Operation};

const HOME: &str = "us-east-1";
const TOKEN: &str = "3b86e0c1-4f2a-4c1d-9b7e-0123456789ab";
const OTHER: &str = "9d7e0c1a-5b3f-4e2d-8c6a-ba9876543210";

const WHOLE: &str = "secret_id = \"demo/key\"";
const PART: &str = "secret_id = \"demo/json\"\njson_key = \"api\"";

fn write(emulator: &Emulator, entry: &str) -> Write {
    let env = Env::new([
        ("AWS_ENDPOINT_URL", emulator.endpoint().as_str()),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", HOME),
    ]);
    let manifest = format!("version = 1\n[secrets.KEY]\n{entry}\n");
    let builder = Hydrator::builder().manifest_text(&manifest).no_env_file().env(env);
    builder.build().expect("a sound manifest").write()
}

fn options(token: &str) -> PutOptions {
    PutOptions::new().token(token)
}

fn merge(token: &str) -> PutOptions {
    options(token).json(JsonWrite::Merge)
}

fn problem(put: Result<Written, Error>) -> WriteProblem {
    match put {
        Err(Error::Write(failure)) => *failure.problem,
        other => panic!("{other:?}"),
    }
}

/// The ids of all versions, and the current one.
async fn versions(write: &Write) -> (Vec<String>, Option<String>) {
    let versions = write.history("KEY").await.expect("a history");
    let has = |stages: &[String]| stages.iter().any(|stage| stage == "AWSCURRENT");
    let current = versions.iter().find(|version| has(&version.stages)).map(|one| one.id.clone());
    (versions.into_iter().map(|version| version.id).collect(), current)
}

/// What is at a key of the JSON secret, read as another program does.
async fn part(emulator: &Emulator, key: &str) -> String {
    let env = Env::new([
        ("AWS_ENDPOINT_URL", emulator.endpoint().as_str()),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", HOME),
    ]);
    let manifest =
        format!("version = 1\n[secrets.PART]\nsecret_id = \"demo/json\"\njson_key = \"{key}\"\n");
    let builder = Hydrator::builder().manifest_text(&manifest).no_env_file().env(env);
    let hydration = builder.build().expect("a sound manifest").read().values().await;
    let values = hydration.expect("a value").values;
    values.get("PART").expect("a value").expose().to_owned()
}

#[tokio::test]
async fn the_same_token_makes_one_version_and_with_another_value_is_an_error() {
    let emulator = Emulator::start().expect("an emulator");
    let write = write(&emulator, WHOLE);
    let put = |value: &str, token| write.put("KEY", value.into(), options(token).create(true));
    let created = put("sk-one", TOKEN).await.expect("created");
    assert_eq!((created.version.as_str(), created.created), (TOKEN, true));
    let again = put("sk-one", TOKEN).await.expect("the same");
    assert_eq!((again.version.as_str(), again.created), (TOKEN, false));
    assert_eq!(versions(&write).await.0, [TOKEN]);
    assert_eq!(problem(put("sk-two", TOKEN).await), WriteProblem::TokenUsed);

    // A form that comes late takes nothing back.
    put("sk-two", OTHER).await.expect("the next");
    put("sk-one", TOKEN).await.expect("the same");
    let (ids, current) = versions(&write).await;
    assert_eq!((ids.len(), current.as_deref()), (2, Some(OTHER)));
}

#[tokio::test]
async fn a_merge_with_the_same_token_makes_one_version_and_takes_nothing_back() {
    let emulator = Emulator::start().expect("an emulator");
    emulator.create_secret(HOME, "demo/json", Some(r#"{"port": 5432}"#)).expect("a secret");
    let write = write(&emulator, PART);
    let put = |value: &str, token| write.put("KEY", value.into(), merge(token));
    for _ in 0..2 {
        assert_eq!(put("sk-one", TOKEN).await.expect("merged").version, TOKEN);
        let (ids, current) = versions(&write).await;
        assert_eq!((ids.len(), current.as_deref()), (2, Some(TOKEN)));
    }
    assert_eq!(problem(put("sk-two", TOKEN).await), WriteProblem::TokenUsed);

    let theirs = r#"{"port": 5432, "api": "sk-theirs"}"#;
    let version = emulator.put_secret_value(HOME, "demo/json", theirs).expect("their version");
    assert_eq!(put("sk-one", TOKEN).await.expect("the same").version, TOKEN);
    assert_eq!(versions(&write).await.1, Some(version));
    assert_eq!(part(&emulator, "api").await, "sk-theirs");

    // No label tells any more that it was the current one.
    put("sk-two", OTHER).await.expect("the next");
    assert_eq!(problem(put("sk-one", TOKEN).await), WriteProblem::TokenUsed);
    assert_eq!(part(&emulator, "api").await, "sk-two");
}

#[tokio::test]
async fn a_merge_that_was_broken_off_is_finished_with_its_token() {
    let emulator = Emulator::start().expect("an emulator");
    emulator.create_secret(HOME, "demo/json", Some(r#"{"port": 5432}"#)).expect("a secret");
    let write = write(&emulator, PART);
    let put = |value: &str, token| write.put("KEY", value.into(), merge(token));
    emulator.deny(Operation::UpdateSecretVersionStage);
    put("sk-one", TOKEN).await.expect_err("the label is not moved");
    emulator.clear_faults();
    assert_eq!(part(&emulator, "port").await, "5432");
    assert_eq!(put("sk-one", TOKEN).await.expect("merged").version, TOKEN);
    assert_eq!(part(&emulator, "api").await, "sk-one");
    assert_eq!(versions(&write).await.1.as_deref(), Some(TOKEN));
}

#[tokio::test]
async fn a_merge_that_was_given_up_needs_a_new_token() {
    let emulator = Emulator::start().expect("an emulator");
    emulator.create_secret(HOME, "demo/json", Some(r#"{"port": 5432}"#)).expect("a secret");
    let write = write(&emulator, PART);
    let put = |value: &str, token| write.put("KEY", value.into(), merge(token));
    emulator.fault(Some(Operation::PutSecretValue), Fault::Hold, 1);
    let call = tokio::spawn(put("sk-one", TOKEN));
    let is_held = |call: &hydrant_emulator::Call| call.operation == Operation::PutSecretValue;
    while !emulator.calls().iter().any(is_held) {
        tokio::task::yield_now().await;
    }
    let theirs = r#"{"port": 5432, "user": "app"}"#;
    emulator.put_secret_value(HOME, "demo/json", theirs).expect("their version");
    emulator.release();
    assert_eq!(problem(call.await.expect("a task")), WriteProblem::ChangedMeanwhile);
    assert_eq!(problem(put("sk-one", TOKEN).await), WriteProblem::TokenUsed);
    put("sk-one", OTHER).await.expect("merged");
    assert_eq!(part(&emulator, "user").await, "app");
    assert_eq!(part(&emulator, "api").await, "sk-one");
}

#[tokio::test]
async fn a_token_that_cannot_be_one_is_refused_before_aws_is_called() {
    let emulator = Emulator::start().expect("an emulator");
    let long = "x".repeat(65);
    for token in ["", "too-short", &long, &"ü".repeat(32), &format!("{TOKEN} "), &"\n".repeat(32)]
    {
        for entry in [WHOLE, PART, "arn_parameter = \"/demo/arn\""] {
            let put = write(&emulator, entry).put("KEY", "sk-test".into(), merge(token)).await;
            assert_eq!(problem(put), WriteProblem::InvalidToken, "{token:?} {entry}");
        }
    }
    let put = write(&emulator, "value_parameter = \"/demo/key\"");
    let put = put.put("KEY", "sk-test".into(), options(TOKEN).create(true)).await;
    assert_eq!(problem(put), WriteProblem::TokenForParameter);
    // A token that is made from the value would be shown as the version.
    let value = "sk-qX7vB2nM9kL4jH8gT5dW3zR6qX7vB2nM9kL4";
    let put = write(&emulator, WHOLE).put("KEY", value.into(), options(value)).await;
    let text = format!("{put:?} {}", put.as_ref().expect_err("refused"));
    assert_eq!(problem(put), WriteProblem::InvalidToken);
    assert!(!text.contains(value), "{text}");
    assert_eq!(emulator.calls().len(), 0);
}
