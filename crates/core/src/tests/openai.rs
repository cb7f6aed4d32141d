//! `OPENAI_API_KEY`, the first secret: optional, its ARN in `OPENAI_API_KEY_SECRET_ARN`.
//!
//! The crate `hydrant` promises that a second call does nothing more, and tests it.

use tracing::Level;

use super::events::at;
use super::*;
use crate::env::Layer;
use crate::report::Outcome;

const MANIFEST: &str = include_str!("../../../../secrets.toml.example");

fn manifest() -> &'static str {
    MANIFEST.split_once("version = 1\n").unwrap().1
}

fn env_with_arn() -> Env {
    Env::new([("OPENAI_API_KEY_SECRET_ARN", arn("demo/openai"))])
}

#[tokio::test]
async fn a_value_that_is_set_is_kept_and_aws_is_not_asked() {
    // A mock without expectations panics when it is called.
    let stores = stores(MockSecretStore::new());
    let env = Env::new([
        ("OPENAI_API_KEY", "sk-test-local"),
        ("OPENAI_API_KEY_SECRET_ARN", &arn("demo/openai")),
    ]);
    let (hydration, events) = hydrated(manifest(), &env, &stores).await;
    assert_eq!(hydration.report.entries[0].outcome, Outcome::Kept(Layer::Process));
    assert_eq!(value(&hydration, "OPENAI_API_KEY"), Some("sk-test-local"));
    assert_eq!(hydration.values.to_set().count(), 0);
    assert_eq!(at(&events, Level::WARN), [""; 0]);
}

#[tokio::test]
async fn without_an_arn_nothing_is_asked_and_nothing_is_said() {
    let stores = stores(MockSecretStore::new());
    for env in [Env::default(), Env::new([("OPENAI_API_KEY_SECRET_ARN", "")])] {
        let (hydration, events) = hydrated(manifest(), &env, &stores).await;
        assert_eq!(hydration.report.entries[0].outcome.word(), "skipped");
        assert_eq!(hydration.report.severity(true), None);
        assert_eq!(value(&hydration, "OPENAI_API_KEY"), None);
        assert!(events.iter().all(|event| event.level > Level::INFO), "{events:?}");
    }
}

#[tokio::test]
async fn a_fetch_fills_the_variable() {
    let mut secrets = MockSecretStore::new();
    secrets.expect_get_secret_value().times(1).returning(|request| {
        assert_eq!(
            (request.region.as_str(), request.id.as_str()),
            ("us-east-1", arn("demo/openai").as_str())
        );
        assert_eq!(request.version, None);
        Ok(text(&arn("demo/openai"), "sk-test-1234"))
    });
    let (hydration, events) = hydrated(manifest(), &env_with_arn(), &stores(secrets)).await;
    assert_eq!(value(&hydration, "OPENAI_API_KEY"), Some("sk-test-1234"));
    assert_eq!(hydration.values.to_set().count(), 1);
    assert_eq!(hydration.report.entries[0].outcome, Outcome::Hydrated);
    assert_eq!(
        at(&events, Level::INFO),
        [format!("read {} for OPENAI_API_KEY", arn("demo/openai"))]
    );
    let told = format!("{:?} {events:?} {hydration:?}", hydration.report);
    assert!(!told.contains("sk-test-1234"), "{told}");
}

/// An AWS error for the secret: the start goes on, with one warning.
async fn warns(message: &str) {
    let error = aws_error(StoreErrorKind::Absent, "ResourceNotFoundException", message);
    let (hydration, events) =
        hydrated(manifest(), &env_with_arn(), &stores(responding(Err(error)))).await;
    assert_eq!(hydration.report.severity(true), None);
    assert_eq!(value(&hydration, "OPENAI_API_KEY"), None);
    let expected = format!(
        "OPENAI_API_KEY (secrets.toml:{}): missing: the secret has no value to read: {}; \
         AWS said: ResourceNotFoundException: {message}",
        hydration.report.entries[0].line,
        arn("demo/openai"),
    );
    assert_eq!(at(&events, Level::WARN), [expected]);
}

#[tokio::test]
async fn an_absent_secret_warns_and_does_not_fail() {
    warns("Secrets Manager can't find the specified secret.").await;
}

#[tokio::test]
async fn a_secret_that_was_never_filled_warns_and_does_not_fail() {
    warns("Secrets Manager can't find the specified secret value for staging label: AWSCURRENT")
        .await;
}
