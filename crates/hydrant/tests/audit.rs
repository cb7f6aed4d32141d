//! The audit log of a service: on behalf of whom each call is made, and what becomes of one that is
//! given up.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hydrant::store::{
    BatchAnswer, BatchRequest, Secret, SecretDescription, SecretRequest, SecretStore, StoreError,
    Stores,
};
use hydrant::write::PutOptions;
use hydrant::{Builder, Env, Error, Hydrator, MemoryStore, SecretValue};
use tokio::runtime::Runtime;
use tokio::sync::Notify;

const MANIFEST: &str =
    "version = 1\n[secrets.OPENAI_API_KEY]\nsecret_id = \"agents/${org}/openai\"\n";

fn builder(log: &Path) -> Builder {
    let store = MemoryStore::new()
        .secret("agents/acme/openai", "sk-test-acme")
        .secret("agents/zeta/openai", "sk-zeta");
    let builder = Hydrator::builder().manifest_text(MANIFEST).env(Env::default()).no_env_file();
    builder.audit_log(log).stores(store.stores())
}

/// A folder for the log, and the log.
fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("audit.jsonl");
    (folder, log)
}

/// These fields of each record; an empty text for one that it does not have.
fn fields(log: &Path, names: &[&str]) -> Vec<Vec<String>> {
    // Where nothing was begun there is no log.
    let text = fs::read_to_string(log).unwrap_or_default();
    let records =
        text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a record"));
    let field = |record: &serde_json::Value, name: &str| {
        record[name].as_str().unwrap_or_default().to_owned()
    };
    records.map(|record| names.iter().map(|name| field(&record, name)).collect()).collect()
}

#[tokio::test]
async fn each_call_has_its_actor() {
    let (_folder, log) = place();
    let hydrator = builder(&log).actor("the service").build().unwrap();
    hydrator.read().actor("ada").var("org", "acme").values().await.unwrap();
    hydrator.read().var("org", "zeta").values().await.unwrap();
    hydrator.read().actor("").var("org", "zeta").values().await.unwrap();
    let expected =
        ["ada", "ada", "the service", "the service", "", ""].map(|actor| vec![actor, "library"]);
    assert_eq!(fields(&log, &["actor", "command"]), expected);
    // Stores of the program's own have no access key.
    assert!(fields(&log, &["access_key_id"]).iter().all(|key| key[0].is_empty()));
}

#[test]
fn blocking_calls_record_too() {
    let (_folder, log) = place();
    let hydrator = builder(&log).actor("ada").build().unwrap();
    hydrator.read().var("org", "acme").values_blocking().unwrap();
    let Err(Error::MissingSecrets(_)) = hydrator.read().var("org", "none").values_blocking() else {
        panic!("it is not there")
    };
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
    let silent = Stores::new(Arc::new(Silent(asked.clone()))).region("us-east-1");
    let hydrator = builder(&log).stores(silent).build().unwrap();
    let call =
        tokio::spawn(async move { hydrator.read().var("org", "acme").values().await.map(|_| ()) });
    asked.notified().await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert_eq!(fields(&log, &["event", "outcome"]), [["intent", ""], ["outcome", "unknown"]]);
}

/// Intents without an outcome, outcomes without an intent, and ids with more than one of either.
fn unpaired(log: &Path) -> (usize, Vec<Vec<String>>) {
    let mut records: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for mut record in fields(log, &["id", "event"]) {
        records.entry(record.remove(0)).or_default().push(record.remove(0));
    }
    let pair = ["intent", "outcome"];
    (records.len(), records.into_values().filter(|events| events[..] != pair).collect())
}

/// Makes 400 calls, each of which is given up after another while, and ends the runtime.
fn give_up_calls(runtime: Runtime, calls: impl AsyncFn(u64)) {
    runtime.block_on(async {
        for index in 0..400 {
            // From before the intent is begun to after the outcome is written.
            let while_it_runs = Duration::from_micros(index * 10);
            _ = tokio::time::timeout(while_it_runs, calls(index)).await;
        }
    });
    // Waits for the threads that write.
    drop(runtime);
}

fn runtimes() -> [Runtime; 2] {
    let built = |mut builder: tokio::runtime::Builder| {
        builder.enable_all().max_blocking_threads(1).build().expect("a runtime")
    };
    [tokio::runtime::Builder::new_current_thread(), tokio::runtime::Builder::new_multi_thread()]
        .map(built)
}

#[test]
fn each_intent_of_400_reads_that_are_given_up_has_an_outcome() {
    for runtime in runtimes() {
        let (_folder, log) = place();
        let hydrator = builder(&log).build().unwrap();
        give_up_calls(runtime, async |_| _ = hydrator.read().var("org", "acme").values().await);
        let (intents, unpaired) = unpaired(&log);
        assert_eq!(unpaired, Vec::<Vec<String>>::new(), "of {intents} intents");
        assert!(intents > 50, "only {intents} of the calls began");
    }
}

#[test]
fn each_intent_of_400_writes_that_are_given_up_has_an_outcome() {
    for runtime in runtimes() {
        let (_folder, log) = place();
        let store = MemoryStore::new().secret("agents/acme/openai", "sk-test-acme").writers();
        let hydrator = builder(&log).writers(store).build().unwrap();
        let writer = hydrator.write().var("org", "acme");
        give_up_calls(runtime, async |index| {
            let value = SecretValue::from(format!("sk-test-{index}"));
            _ = writer.put("OPENAI_API_KEY", value, PutOptions::new()).await;
        });
        let (intents, unpaired) = unpaired(&log);
        assert_eq!(unpaired, Vec::<Vec<String>>::new(), "of {intents} intents");
        assert!(intents > 50, "only {intents} of the calls began");
    }
}

#[test]
fn a_runtime_that_ends_leaves_no_intent_without_an_outcome() {
    for round in 0..50 {
        for runtime in runtimes() {
            let (_folder, log) = place();
            let hydrator = Arc::new(builder(&log).build().unwrap());
            runtime.block_on(async {
                for _ in 0..8 {
                    let hydrator = hydrator.clone();
                    tokio::spawn(async move {
                        hydrator.read().var("org", "acme").values().await.map(|_| ())
                    });
                }
                tokio::time::sleep(Duration::from_micros(round * 40)).await;
            });
            // One thread writes for all, so that most records are only queued.
            drop(runtime);
            let (intents, unpaired) = unpaired(&log);
            assert_eq!(unpaired, Vec::<Vec<String>>::new(), "of {intents} intents");
        }
    }
}
