//! Two stores by the form of the reference: names from one, ARNs from the other or from AWS, which
//! is connected only where something is read there.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::sync::Arc;

use hydrant::store::Action;
use hydrant::{Builder, Env, Hydrator, MemoryStore};
use hydrant_emulator::Emulator;

const ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:demo/arn-AbCdEf";

fn builder(manifest: &str, env: &[(&str, &str)]) -> Builder {
    let manifest = format!("version = 1\n{manifest}");
    let env = Env::new(env.iter().copied());
    Hydrator::builder().manifest_text(&manifest).env(env).no_env_file()
}

fn both() -> String {
    format!(
        "[secrets.A]\nsecret_id = \"demo/a\"\n[secrets.B]\nsecret_id = \"demo/b\"\n[secrets.ARN]\nsecret_id = \"{ARN}\"\n"
    )
}

fn names() -> MemoryStore {
    MemoryStore::new().secret("demo/a", "a").secret("demo/b", "b")
}

fn read(builder: Builder) -> Vec<(String, String)> {
    let hydration = builder.build().unwrap().read().values_blocking().unwrap();
    let pairs = hydration.values.iter();
    pairs.map(|(name, value)| (name.to_owned(), value.expose().to_owned())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn names_are_read_from_one_store_and_arns_from_the_other() {
    let (names, arns) = (names(), MemoryStore::new().secret(ARN, "arn"));
    let builder = builder(&both(), &[]).names_from(Arc::new(names.clone())).stores(arns.stores());
    assert_eq!(read(builder), pairs(&[("A", "a"), ("B", "b"), ("ARN", "arn")]));
    let ids = |store: &MemoryStore| -> Vec<String> {
        store.calls().into_iter().flat_map(|call| call.ids).collect()
    };
    assert_eq!(ids(&names), ["demo/a", "demo/b"]);
    assert_eq!(ids(&arns), [ARN]);
}

#[test]
fn aws_is_asked_for_arns_alone() {
    let emulator = Emulator::start().unwrap();
    emulator.create_secret_with_arn(ARN, Some("arn")).unwrap();
    let endpoint = emulator.endpoint();
    let env = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    let builder = builder(&both(), &env).names_from(Arc::new(names()));
    assert_eq!(read(builder), pairs(&[("A", "a"), ("B", "b"), ("ARN", "arn")]));
    assert!(emulator.calls().iter().all(|call| call.ids == [ARN]), "{:?}", emulator.calls());
}

/// There are no credentials, no region and no endpoint.
#[test]
fn aws_is_not_connected_where_nothing_is_read_there() {
    let manifest = "[secrets.A]\nsecret_id = \"demo/a\"\n";
    let metadata = [("AWS_EC2_METADATA_DISABLED", "true")];
    let names = names();
    let builder = builder(manifest, &metadata).names_from(Arc::new(names.clone()));
    assert_eq!(read(builder), pairs(&[("A", "a")]));
    assert_eq!(names.calls()[0].action, Action::GetSecretValue);
}

#[cfg(feature = "write")]
#[test]
fn nothing_is_written_beside_such_a_store() {
    let names = names();
    let manifest = "[secrets.A]\nsecret_id = \"demo/a\"\n";
    let builder = builder(manifest, &[]).writers(names.writers()).names_from(Arc::new(names));
    let hydrator = builder.build().unwrap();
    let put = hydrator.write().put("A", "x".into(), hydrant::write::PutOptions::new());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(put).unwrap_err();
    assert!(format!("{error:?}").contains("cannot be written"), "{error:?}");
}
