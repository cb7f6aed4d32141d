//! The second line: a panic in what asks AWS ends that call with an error, and the program goes on.

use async_trait::async_trait;
use hydrant::store::{
    BatchAnswer, BatchRequest, Secret, SecretDescription, SecretRequest, SecretStore, StoreError,
    Stores,
};
use hydrant::{Env, Error, Hydrator};

/// A store whose library has a bug.
struct Panicking;

#[async_trait]
impl SecretStore for Panicking {
    async fn get_secret_value(&self, _: &SecretRequest) -> Result<Secret, StoreError> {
        panic!("canary")
    }
    async fn batch_get_secret_value(&self, _: &BatchRequest) -> Result<BatchAnswer, StoreError> {
        panic!("canary")
    }
    async fn describe_secret(&self, _: &SecretRequest) -> Result<SecretDescription, StoreError> {
        panic!("canary")
    }
}

fn hydrator() -> Hydrator {
    let stores = Stores::new(std::sync::Arc::new(Panicking)).region("us-east-1");
    let manifest = "version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\nrequired = false\n";
    let builder = Hydrator::builder()
        .manifest_text(manifest)
        .env(Env::default())
        .no_env_file()
        .stores(stores);
    builder.build().expect("a manifest")
}

#[track_caller]
fn panicked<T>(done: Result<T, Error>) {
    let Err(error @ Error::Panicked) = done else { panic!("no such error") };
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
}

#[tokio::test]
async fn a_panic_is_an_error() {
    let hydrator = hydrator();
    for _ in 0..2 {
        panicked(hydrator.read().values().await);
    }
}

#[test]
fn a_panic_in_a_blocking_call_is_an_error() {
    let hydrator = hydrator();
    for _ in 0..2 {
        panicked(hydrator.read().values_blocking());
        panicked(hydrator.read().check_live_blocking());
    }
}
