//! The audit log of a service: on behalf of whom each call is made, and what becomes of one that is given up.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use hydrant::core::store::{BatchAnswer, BatchRequest, Secret, SecretDescription, SecretRequest, StoreError};
use hydrant::{Builder, Env, Error, Hydrator, MemoryStore, SecretStore, Stores};
use tokio::sync::Notify;

const MANIFEST: &str = "version = 1\n[secrets.OPENAI_API_KEY]\nsecret_id = \"agents/${org}/openai\"\n";

fn builder(log: &Path) -> Builder {
    let store = MemoryStore::new().secret("agents/acme/openai", "sk-test-acme").secret("agents/zeta/openai", "sk-zeta");
    let builder = Hydrator::builder().manifest_text(MANIFEST).env(Env::default()).no_env_file();
    builder.audit_log(log).stores(store.into_stores())
}

/// A folder for the log, and the log.
fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("audit.jsonl");
    (folder, log)
}

/// These fields of each record; an empty text for one that it does not have.
fn fields(log: &Path, names: &[&str]) -> Vec<Vec<String>> {
    let text = fs::read_to_string(log).expect("the log");
    let records = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a record"));
    let field = |record: &serde_json::Value, name: &str| record[name].as_str().unwrap_or_default().to_owned();
    records.map(|record| names.iter().map(|name| field(&record, name)).collect()).collect()
}

#[tokio::test]
async fn each_call_has_its_actor() {
    let (_folder, log) = place();
    let hydrator = builder(&log).actor("the service").build().unwrap();
    hydrator.values_for("ada", [("org", "acme")]).await.unwrap();
    hydrator.values_with([("org", "zeta")]).await.unwrap();
    hydrator.values_for("", [("org", "zeta")]).await.unwrap();
    let expected = ["ada", "ada", "the service", "the service", "", ""].map(|actor| vec![actor, "library"]);
    assert_eq!(fields(&log, &["actor", "command"]), expected);
    // Stores of the program's own have no access key.
    assert!(fields(&log, &["access_key_id"]).iter().all(|key| key[0].is_empty()));
}

#[test]
fn blocking_calls_record_too() {
    let (_folder, log) = place();
    let hydrator = builder(&log).actor("ada").build().unwrap();
    hydrator.values_blocking_with([("org", "acme")]).unwrap();
    let Err(Error::Unmet(_)) = hydrator.values_blocking_with([("org", "none")]) else { panic!("it is not there") };
    let expected = [["read", ""], ["read", "done"], ["read", ""], ["read", "failed"]];
    assert_eq!(fields(&log, &["action", "outcome"]), expected);
}

/// A store that never answers, and says when it is asked.
struct Silent(Arc<Notify>);

#[async_trait]
impl SecretStore for Silent {
    async fn get_secret_value(&self, _: &SecretRequest) -> Result<Secret, StoreError> {
        self.0.notify_one();
        std::future::pending().await
    }
    async fn batch_get_secret_value(&self, _: &BatchRequest) -> Result<BatchAnswer, StoreError> {
        std::future::pending().await
    }
    async fn describe_secret(&self, _: &SecretRequest) -> Result<SecretDescription, StoreError> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_call_that_is_given_up_has_an_unknown_outcome() {
    let (_folder, log) = place();
    let asked = Arc::new(Notify::new());
    let silent =
        Stores { secrets: Arc::new(Silent(asked.clone())), parameters: None, region: Some("us-east-1".to_owned()) };
    let hydrator = builder(&log).stores(silent).build().unwrap();
    let call = tokio::spawn(async move { hydrator.values_with([("org", "acme")]).await.map(|_| ()) });
    asked.notified().await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert_eq!(fields(&log, &["event", "outcome"]), [["intent", ""], ["outcome", "unknown"]]);
}
