//! Which calls are made for which sources, and the fallbacks.

use std::sync::{Arc, Mutex};

use super::*;
use crate::Env;
use crate::reference::Version;
use crate::store::{
    BatchAnswer, BatchItemError, MockParameterStore, MockSecretStore, Parameter, ParametersAnswer,
    StoreError, StoreErrorKind,
};
use crate::tests::{
    arn, arn_in, aws_error, denied, limits, planned, secret_id, stores, stores_with, text,
};

fn wanted(id: &str, version: Option<Version>) -> SecretRequest {
    let id = secret_id(id);
    SecretRequest { region: id.region().unwrap_or("us-east-1").to_owned(), id, version }
}

/// The calls in short: the call, its region, and how many ids it takes.
fn short(requests: &[Request]) -> Vec<String> {
    let short = |request: &Request| match request {
        Request::Get(get) => format!("get {}", get.region),
        Request::Batch(batch) => format!("batch {} {}", batch.region, batch.ids.len()),
    };
    requests.iter().map(short).collect()
}

#[test]
fn which_calls_are_made() {
    fn check(wanted: Vec<SecretRequest>, batch: Batch, expected: &[&str]) {
        assert_eq!(short(&requests(wanted.clone(), batch)), expected, "{wanted:?}");
    }
    let names = |count: usize| {
        (0..count).map(|index| wanted(&format!("demo/{index}"), None)).collect::<Vec<_>>()
    };
    check(names(0), Batch::Auto, &[]);
    // A single secret needs no permission for batches.
    check(names(1), Batch::Auto, &["get us-east-1"]);
    check(names(2), Batch::Auto, &["batch us-east-1 2"]);
    check(names(20), Batch::Auto, &["batch us-east-1 20"]);
    check(names(21), Batch::Auto, &["batch us-east-1 20", "get us-east-1"]);
    check(
        names(50),
        Batch::Auto,
        &["batch us-east-1 20", "batch us-east-1 20", "batch us-east-1 10"],
    );
    check(names(3), Batch::Never, &["get us-east-1"; 3]);
    // A batch cannot pin a version.
    let stage = || Some(Version::Stage("AWSPREVIOUS".to_owned()));
    let pinned = vec![
        wanted("a", stage()),
        wanted("a", Some(Version::Id("v1".to_owned()))),
        wanted("b", stage()),
    ];
    check(pinned, Batch::Auto, &["get us-east-1"; 3]);
    check(
        [names(2), vec![wanted("demo/0", stage())]].concat(),
        Batch::Auto,
        &["get us-east-1", "batch us-east-1 2"],
    );
    // Each region has its own calls.
    let there = |name| wanted(&arn_in("eu-west-1", "123456789012", name), None);
    check(
        [names(2), vec![there("a"), there("b")]].concat(),
        Batch::Auto,
        &["batch eu-west-1 2", "batch us-east-1 2"],
    );
    check(
        [names(2), vec![there("a")]].concat(),
        Batch::Auto,
        &["get eu-west-1", "batch us-east-1 2"],
    );
    // A batch cannot read other accounts.
    let other = wanted(&arn_in("us-east-1", "210987654321", "a"), None);
    check(vec![wanted(&arn("a"), None), other.clone()], Batch::Auto, &["get us-east-1"; 2]);
    check(
        vec![wanted(&arn("a"), None), other, there("b"), there("c")],
        Batch::Auto,
        &["batch eu-west-1 2", "get us-east-1", "get us-east-1"],
    );
}

/// The calls of a store, in order: `get NAME` or `batch COUNT`.
type Calls = Arc<Mutex<Vec<String>>>;

/// A store with these results of batches and single reads.
fn store(
    calls: &Calls,
    batch: impl Fn(&BatchRequest) -> Result<BatchAnswer, StoreError> + Send + 'static,
    get: impl Fn(&SecretRequest) -> Result<crate::store::Secret, StoreError> + Send + 'static,
) -> MockSecretStore {
    let mut store = MockSecretStore::new();
    let seen = calls.clone();
    store.expect_batch_get_secret_value().returning(move |request| {
        seen.lock().unwrap().push(format!("batch {}", request.ids.len()));
        batch(request)
    });
    let seen = calls.clone();
    store.expect_get_secret_value().returning(move |request| {
        seen.lock().unwrap().push(format!("get {}", request.id));
        get(request)
    });
    store
}

/// Fetches the secrets of these names, and returns each value, or the word of its reason.
async fn fetched(names: &[String], stores: &Stores) -> Vec<String> {
    let entries = names
        .iter()
        .enumerate()
        .map(|(index, name)| format!("[secrets.K{index}]\nsecret_id = \"{name}\"\n"));
    let plan = planned(&entries.collect::<String>(), &Env::default());
    let resolved = crate::resolve::resolve(plan, stores, &limits()).await;
    let fetched = fetch(resolved, stores, &limits()).await;
    let outcome = |planned: &Planned<Settled>| {
        let Settled::Read(Source { id, .. }) = &planned.step else {
            return "not read".to_owned();
        };
        match &fetched.values[id] {
            Ok(read) => read.value.expose().to_owned(),
            Err(reason) => reason.word().to_owned(),
        }
    };
    fetched.entries.iter().map(outcome).collect()
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("demo-{index:03}")).collect()
}

fn single(request: &SecretRequest) -> Result<crate::store::Secret, StoreError> {
    Ok(text(&arn(request.id.as_str()), &format!("sk-test-{}", request.id)))
}

fn expected(names: &[String]) -> Vec<String> {
    names.iter().map(|name| format!("sk-test-{name}")).collect()
}

#[tokio::test]
async fn fifty_secrets_cost_three_calls_and_ten_keys_of_one_cost_one() {
    let calls = Calls::default();
    let all = |request: &BatchRequest| {
        let secret = |id: &SecretId| text(&arn(id.as_str()), &format!("sk-test-{id}"));
        Ok(BatchAnswer {
            secrets: request.ids.iter().map(secret).collect(),
            ..BatchAnswer::default()
        })
    };
    let stores = stores(store(&calls, all, single));
    assert_eq!(fetched(&names(50), &stores).await, expected(&names(50)));
    assert_eq!(*calls.lock().unwrap(), ["batch 20", "batch 20", "batch 10"]);
    calls.lock().unwrap().clear();
    assert_eq!(fetched(&vec!["demo".to_owned(); 10], &stores).await, vec!["sk-test-demo"; 10]);
    assert_eq!(*calls.lock().unwrap(), ["get demo"]);
}

#[tokio::test]
async fn a_batch_that_is_refused_whole_is_asked_id_by_id_and_batching_ends() {
    let calls = Calls::default();
    let stores = stores(store(&calls, |_| Err(denied()), single));
    assert_eq!(fetched(&names(3), &stores).await, expected(&names(3)));
    assert_eq!(*calls.lock().unwrap(), ["batch 3", "get demo-000", "get demo-001", "get demo-002"]);
    // More batches than run at once: those that had not started are not tried.
    calls.lock().unwrap().clear();
    let many = names(20 * (crate::CONCURRENT_CALLS + 4));
    assert_eq!(fetched(&many, &stores).await, expected(&many));
    let calls = calls.lock().unwrap();
    let batches = calls.iter().filter(|call| call.starts_with("batch")).count();
    assert!((1..=crate::CONCURRENT_CALLS).contains(&batches), "{batches} batches");
    assert_eq!(calls.len() - batches, many.len());
}

#[tokio::test(start_paused = true)]
async fn throttling_and_credentials_do_not_fall_back() {
    for (kind, word) in [
        (StoreErrorKind::Throttled, "throttled"),
        (StoreErrorKind::Credentials, "no_credentials"),
        (StoreErrorKind::TimedOut, "timed_out"),
    ] {
        let calls = Calls::default();
        let refuse = move |_: &BatchRequest| Err(aws_error(kind, "SomeException", "no"));
        let stores = stores(store(&calls, refuse, single));
        assert_eq!(fetched(&names(2), &stores).await, [word; 2]);
        assert!(calls.lock().unwrap().iter().all(|call| call == "batch 2"), "{calls:?}");
    }
}

#[tokio::test]
async fn an_item_that_was_throttled_is_read_by_itself() {
    let calls = Calls::default();
    let response = |request: &BatchRequest| {
        let throttled = aws_error(StoreErrorKind::Throttled, "ThrottlingException", "slow down");
        let errors = vec![BatchItemError { id: "demo-001".to_owned(), error: throttled }];
        let secrets = vec![text(&arn(request.ids[0].as_str()), "sk-test-demo-000")];
        Ok(BatchAnswer { secrets, errors, next_token: None })
    };
    let stores = stores(store(&calls, response, single));
    assert_eq!(fetched(&names(2), &stores).await, expected(&names(2)));
    assert_eq!(*calls.lock().unwrap(), ["batch 2", "get demo-001"]);
}

#[tokio::test]
async fn a_version_and_the_region_reach_the_store() {
    let mut secrets = MockSecretStore::new();
    secrets.expect_get_secret_value().times(1).returning(|request| {
        assert_eq!(request.region, "eu-west-1");
        assert_eq!(request.version, Some(Version::Stage("AWSPREVIOUS".to_owned())));
        Ok(text(request.id.as_str(), "sk-test-previous"))
    });
    let id = format!("{}::AWSPREVIOUS:", arn_in("eu-west-1", "123456789012", "demo"));
    assert_eq!(fetched(&[id], &stores(secrets)).await, ["sk-test-previous"]);
}

#[tokio::test]
async fn secrets_and_parameters_are_read_side_by_side() {
    let mut parameters = MockParameterStore::new();
    parameters.expect_get_parameters().times(1).returning(|request| {
        let name = Some(request.ids[0].as_str().to_owned());
        let parameter =
            Parameter { arn: None, name, selector: None, value: "sk-test-parameter".into() };
        Ok(ParametersAnswer { parameters: vec![parameter], invalid: Vec::new() })
    });
    let stores =
        stores_with(crate::tests::responding(Ok(text(&arn("demo"), "sk-test-secret"))), parameters);
    let env = Env::default();
    let manifest = "[secrets.A]\nsecret_id = \"demo\"\n[secrets.B]\nvalue_parameter = \"/demo\"\n";
    let (hydration, _) = crate::tests::hydrated(manifest, &env, &stores).await;
    assert_eq!(crate::tests::value(&hydration, "A"), Some("sk-test-secret"));
    assert_eq!(crate::tests::value(&hydration, "B"), Some("sk-test-parameter"));
}
