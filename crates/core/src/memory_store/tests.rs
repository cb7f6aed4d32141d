//! What a test says to the store is seen by the program that holds its stores.

use tokio::time::{Duration, Instant};

use super::*;

fn request(id: &str) -> SecretRequest {
    SecretRequest {
        region: "us-east-1".to_owned(),
        id: SecretId::Name(id.to_owned()),
        version: None,
    }
}

fn batch(ids: [&str; 2]) -> BatchRequest {
    let ids = ids.map(|id| SecretId::Name(id.to_owned())).into();
    BatchRequest { region: "us-east-1".to_owned(), ids, next_token: None }
}

async fn value(stores: &Stores, id: &str) -> String {
    match stores.secrets.get_secret_value(&request(id)).await.unwrap().value {
        Some(Payload::Text(value)) => value.expose().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_clone_is_the_same_store() {
    let store = MemoryStore::new().secret("demo/openai", "before");
    let stores = store.clone().stores();
    store.set("demo/openai", "after");
    store.set("demo/new", "new");
    assert_eq!(value(&stores, "demo/openai").await, "after");
    assert_eq!(value(&stores, "demo/new").await, "new");
    let previous = SecretRequest {
        version: Some(Version::Stage(Version::PREVIOUS.to_owned())),
        ..request("demo/openai")
    };
    let secret = stores.secrets.get_secret_value(&previous).await.unwrap();
    assert!(matches!(secret.value, Some(Payload::Text(text)) if text.expose() == "before"));
}

#[tokio::test]
async fn a_parameter_is_set_as_a_parameter() {
    let store = MemoryStore::new().parameter("/demo/arn", "demo/openai");
    store.set("/demo/arn", "demo/other");
    let id = ParameterId::Name("/demo/arn".to_owned());
    let request = ParametersRequest { region: "us-east-1".to_owned(), ids: vec![id] };
    let parameters = store.stores().parameters.unwrap();
    let read = parameters.get_parameters(&request).await.unwrap().parameters.remove(0);
    assert_eq!(read.value.expose(), "demo/other");
    assert!(store.held().secrets.is_empty());
}

#[tokio::test]
async fn a_failure_is_of_one_item_or_of_the_whole_call_as_in_aws() {
    let store = MemoryStore::new().secret("one", "1").secret("two", "2");
    let stores = store.stores();
    store.fail("two", StoreErrorKind::Undecryptable);
    let answer = stores.secrets.batch_get_secret_value(&batch(["one", "two"])).await.unwrap();
    assert_eq!((answer.secrets.len(), answer.errors.len()), (1, 1));
    assert_eq!(answer.errors[0].error.kind, StoreErrorKind::Undecryptable);

    store.fail("two", StoreErrorKind::Throttled);
    let error = stores.secrets.batch_get_secret_value(&batch(["one", "two"])).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Throttled);
    assert_eq!(error.action, Action::BatchGetSecretValue);
    assert_eq!(error.to_string(), "ThrottlingException: throttled by the in-memory store");

    store.fail("two", None);
    assert_eq!(value(&stores, "two").await, "2");
}

#[tokio::test(start_paused = true)]
async fn a_delay_is_waited_for_by_tokios_clock() {
    let store = MemoryStore::new().secret("one", "1").secret("two", "2");
    let stores = store.stores();
    store.delay("two", Duration::from_secs(3600));
    let begin = Instant::now();
    assert_eq!(value(&stores, "one").await, "1");
    assert_eq!(begin.elapsed(), Duration::ZERO);
    stores.secrets.batch_get_secret_value(&batch(["one", "two"])).await.unwrap();
    assert_eq!(begin.elapsed(), Duration::from_secs(3600));
    store.delay("two", Duration::ZERO);
    assert_eq!(value(&stores, "two").await, "2");
    assert_eq!(begin.elapsed(), Duration::from_secs(3600));
}

#[tokio::test]
async fn calls_are_recorded_in_order_without_a_value() {
    let store = MemoryStore::new().secret("one", "canary").denied("two");
    let stores = store.stores();
    value(&stores, "one").await;
    stores.secrets.describe_secret(&request("two")).await.unwrap_err();
    stores.secrets.batch_get_secret_value(&batch(["one", "two"])).await.unwrap();
    let calls = store.calls();
    let calls: Vec<_> = calls.iter().map(|call| (call.action, call.ids.join(" "))).collect();
    assert_eq!(
        calls,
        [
            (Action::GetSecretValue, "one".to_owned()),
            (Action::DescribeSecret, "two".to_owned()),
            (Action::BatchGetSecretValue, "one two".to_owned()),
        ]
    );
    assert!(!format!("{store:?} {calls:?}").contains("canary"));
}

#[cfg(feature = "write")]
#[tokio::test]
async fn what_is_written_is_read_and_recorded() {
    use crate::write::store::{PutRequest, SecretAt};

    let store = MemoryStore::new().empty_secret("one");
    let writers = store.writers();
    let at = SecretAt { region: "us-east-1".to_owned(), id: SecretId::Name("one".to_owned()) };
    let token = uuid::Uuid::new_v4().to_string();
    let put = PutRequest { at, value: "canary".into(), token, stage: None };
    writers.secrets.put_secret_value(&put).await.unwrap();
    assert_eq!(value(&writers.stores, "one").await, "canary");
    assert_eq!(value(&store.stores(), "one").await, "canary");
    assert_eq!(store.calls()[0].action, Action::PutSecretValue);
    assert!(!format!("{:?}", store.calls()).contains("canary"));
}
