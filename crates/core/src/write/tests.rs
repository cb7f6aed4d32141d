//! The write side against the store in memory, and against mocks of the one-call traits where the
//! calls are the promise, or their answers are such as that store does not give.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use super::destination::{Destination, destinations};
use super::merge;
use super::options::{JsonWrite, PutOptions};
use super::put::put;
use super::rollback::{rollback, rollback_plan};
use super::store::{MockParameterWriter, MockSecretWriter, WrittenVersion};
use super::*;
use crate::plan::{PlanOptions, plan};
use crate::store::{
    Action, MockParameterStore, MockSecretStore, Payload, Receipt, Secret, SecretDescription,
    SecretRequest, StoreError, StoreErrorKind,
};
use crate::tests::{aws_error, limits, secret_id, selected, text};
use crate::{Env, MemoryStore, SecretValue};

/// Where the one entry of a manifest is written.
async fn destination(manifest: &str, writers: &Writers) -> Result<Destination, WriteFailure> {
    let env = Env::default();
    let options = PlanOptions { ignore_set: true, ..PlanOptions::default() };
    let plan = plan(&selected(manifest, &env), &env, options);
    destinations(plan, &writers.stores, &limits()).await.pop().expect("an entry")
}

fn writers(secrets: MockSecretWriter, reads: MockSecretStore) -> Writers {
    let stores = Stores {
        secrets: Arc::new(reads),
        parameters: Some(Arc::new(MockParameterStore::new())),
        region: Some("us-east-1".to_owned()),
    };
    Writers {
        secrets: Arc::new(secrets),
        parameters: Some(Arc::new(MockParameterWriter::new())),
        stores,
    }
}

/// The current value of a secret in memory.
async fn held(writers: &Writers, id: &str) -> String {
    let (region, id) = ("us-east-1".to_owned(), secret_id(id));
    let request = SecretRequest { region, id, version: None };
    let secret = writers.stores.secrets.get_secret_value(&request).await.expect("a secret");
    match secret.value {
        Some(Payload::Text(value)) => value.expose().to_owned(),
        other => panic!("no text: {other:?}"),
    }
}

fn not_found() -> StoreError {
    aws_error(
        StoreErrorKind::Absent,
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret.",
    )
}

fn lost() -> StoreError {
    StoreError::new(StoreErrorKind::Unreachable, Action::PutSecretValue, "connection reset")
}

const RAW: &str = "[secrets.KEY]\nsecret_id = \"demo/key\"\n";
const PART: &str = "[secrets.KEY]\nsecret_id = \"demo/key\"\njson_key = \"api\"\n";

#[tokio::test(start_paused = true)]
async fn a_put_whose_answer_is_lost_is_repeated_with_the_same_token() {
    let tokens = Arc::new(Mutex::new(Vec::new()));
    let mut secrets = MockSecretWriter::new();
    let seen = tokens.clone();
    secrets.expect_put_secret_value().times(3).returning(move |request| {
        let mut seen = seen.lock().expect("no panic");
        seen.push(request.token.clone());
        match seen.len() {
            3 => Ok(WrittenVersion { arn: None, version_id: Some(request.token.clone()) }),
            _ => Err(lost()),
        }
    });
    let writers = writers(secrets, MockSecretStore::new());
    let destination = destination(RAW, &writers).await.unwrap();
    let written = put(&destination, &"sk-test".into(), &PutOptions::default(), &writers, &limits())
        .await
        .unwrap();
    let tokens = tokens.lock().unwrap();
    assert!(tokens.iter().all(|token| *token == written.version), "{tokens:?}");
    assert!((32..=64).contains(&written.version.len()));
    assert!(!written.created);
}

#[tokio::test]
async fn nothing_is_created_unless_that_is_asked_for() {
    for (manifest, create, expected) in [
        (RAW, false, "absent"),
        (RAW, true, "created demo/key"),
        (
            "[secrets.KEY]\nsecret_id = \"demo/key\"\ncreate_name = \"other\"\n",
            true,
            "created other",
        ),
        ("[secrets.OPENAI_API_KEY]\n", false, "no_reference"),
        ("[secrets.OPENAI_API_KEY]\n", true, "created openai-api-key"),
        (
            "[secrets.K]\nsecret_id = \"arn:aws:secretsmanager:us-east-1:123456789012:secret:k-AbCdEf\"\n",
            true,
            "absent",
        ),
    ] {
        let mut secrets = MockSecretWriter::new();
        secrets.expect_put_secret_value().returning(|_| Err(not_found()));
        secrets.expect_create_secret().returning(|request| {
            assert_eq!(request.region, "us-east-1");
            Ok(WrittenVersion {
                arn: Some("arn".to_owned()),
                version_id: Some(request.token.clone()),
            })
        });
        let writers = writers(secrets, MockSecretStore::new());
        let options = PutOptions::new().create(create);
        let destination = destination(manifest, &writers).await.unwrap();
        let found = match put(&destination, &"sk-test".into(), &options, &writers, &limits()).await
        {
            Ok(written) => {
                format!("{}{}", if written.created { "created " } else { "" }, written.place)
            }
            Err(failure) => failure.word().to_owned(),
        };
        assert_eq!(found, expected, "{manifest} {create}");
    }
}

/// A policy for `name-??????` denies a put to a secret that is not there; one for another name
/// denies a put to one that is.
#[tokio::test]
async fn a_denied_put_may_still_create_and_never_overwrites() {
    for (exists, create, expected) in [
        (false, true, Ok(true)),
        (false, false, Err("PutSecretValue")),
        (true, true, Err("PutSecretValue")),
    ] {
        let mut secrets = MockSecretWriter::new();
        let denied = |action| StoreError::new(StoreErrorKind::Denied, action, "not authorized");
        secrets
            .expect_put_secret_value()
            .times(1)
            .returning(move |_| Err(denied(Action::PutSecretValue)));
        secrets.expect_create_secret().times(usize::from(create)).returning(move |request| {
            match exists {
                true => Err(aws_error(
                    StoreErrorKind::Rejected,
                    "ResourceExistsException",
                    "it already exists",
                )),
                false => Ok(WrittenVersion {
                    version_id: Some(request.token.clone()),
                    ..WrittenVersion::default()
                }),
            }
        });
        let writers = writers(secrets, MockSecretStore::new());
        let options = PutOptions::new().create(create);
        let destination = destination(RAW, &writers).await.unwrap();
        let found = put(&destination, &"sk-test".into(), &options, &writers, &limits())
            .await
            .map(|written| written.created);
        let found = found.as_ref().map_err(|failure| {
            assert_eq!(failure.word(), "denied");
            failure
                .store_error()
                .and_then(|error| error.action.as_str().split(':').nth(1))
                .unwrap_or_default()
        });
        assert_eq!(found.copied(), expected, "{exists} {create}");
    }
}

/// It may be somebody else's, so it is neither written to nor taken for the entry's.
#[tokio::test]
async fn a_secret_that_nothing_names_is_not_overwritten() {
    let writers = MemoryStore::new().secret("openai-api-key", "sk-theirs").writers();
    let destination = destination("[secrets.OPENAI_API_KEY]\n", &writers).await.unwrap();
    let options = PutOptions::new().create(true);
    let failure =
        put(&destination, &"sk-test".into(), &options, &writers, &limits()).await.unwrap_err();
    assert_eq!(failure.word(), "exists_already");
    assert_eq!(held(&writers, "openai-api-key").await, "sk-theirs");
}

#[tokio::test]
async fn what_aws_says_of_a_value_that_it_refuses_is_dropped() {
    let mut secrets = MockSecretWriter::new();
    secrets.expect_put_secret_value().returning(|request| {
        let message = format!("Value '{}' failed to satisfy constraint", request.value.expose());
        Err(aws_error(StoreErrorKind::Rejected, "ValidationException", &message))
    });
    let writers = writers(secrets, MockSecretStore::new());
    let destination = destination(RAW, &writers).await.unwrap();
    let failure =
        put(&destination, &"sk-canary".into(), &PutOptions::default(), &writers, &limits())
            .await
            .unwrap_err();
    let shown = format!("{failure} {failure:?} {:?}", failure.hint());
    assert!(shown.contains("ValidationException") && !shown.contains("canary"), "{shown}");
}

#[tokio::test]
async fn one_key_of_a_json_secret_is_not_put_unless_the_rest_is_decided() {
    for (manifest, rest, expected) in [
        (PART, JsonWrite::Refuse, Err("refused")),
        (PART, JsonWrite::Replace, Ok(r#"{"api":"sk-test"}"#)),
        (RAW, JsonWrite::Replace, Err("refused")),
        (RAW, JsonWrite::Merge, Err("refused")),
        (
            "[secrets.KEY]\nsecret_id = \"demo/key\"\njson_pointer = \"/a/b\"\n",
            JsonWrite::Replace,
            Err("key_absent"),
        ),
    ] {
        let writers = MemoryStore::new().secret("demo/key", "before").writers();
        let options = PutOptions::new().json(rest);
        let destination = destination(manifest, &writers).await.unwrap();
        let done = put(&destination, &"sk-test".into(), &options, &writers, &limits()).await;
        let held = held(&writers, "demo/key").await;
        let found = done.as_ref().map(|_| held.as_str()).map_err(WriteFailure::word);
        assert_eq!(found, expected, "{manifest} {rest:?}");
        assert_eq!(held == "before", expected.is_err());
    }
}

/// A secret with versions, as far as a merge and a rollback see it.
#[derive(Default)]
struct Held {
    current: String,
    previous: Option<String>,
    labels: Vec<(String, String)>,
    calls: Vec<String>,
    /// What happens instead of the next moves of AWSCURRENT.
    moves: VecDeque<Move>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Move {
    /// It is made, and its answer is lost.
    Lost,
    /// Somebody else was quicker.
    Overtaken,
}

fn secret_of(held: &Arc<Mutex<Held>>) -> Writers {
    let mut secrets = MockSecretWriter::new();
    let state = held.clone();
    secrets.expect_put_secret_value().returning(move |request| {
        let mut held = state.lock().expect("no panic");
        let stage = request.stage.clone().expect("a merge has a label of its own");
        held.calls.push(format!("put {}", request.value.expose()));
        held.labels.push((stage, request.token.clone()));
        Ok(WrittenVersion { arn: None, version_id: Some(request.token.clone()) })
    });
    let state = held.clone();
    secrets.expect_update_secret_version_stage().returning(move |request| {
        let mut held = state.lock().expect("no panic");
        if request.stage != "AWSCURRENT" {
            held.labels.retain(|(stage, _)| *stage != request.stage);
            held.calls.push("unlabel".to_owned());
            return Ok(());
        }
        held.calls.push("move".to_owned());
        let next = held.moves.pop_front();
        if next == Some(Move::Overtaken) {
            held.current = "theirs".to_owned();
        }
        if request.from.as_deref() != Some(held.current.as_str()) {
            return Err(aws_error(
                StoreErrorKind::Rejected,
                "InvalidParameterException",
                "RemoveFromVersionId",
            ));
        }
        held.previous =
            Some(std::mem::replace(&mut held.current, request.to.clone().expect("a version")));
        if next == Some(Move::Lost) { Err(lost()) } else { Ok(()) }
    });
    let mut reads = MockSecretStore::new();
    let state = held.clone();
    reads.expect_get_secret_value().returning(move |_| {
        let held = state.lock().expect("no panic");
        let secret = text(
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:k-AbCdEf",
            r#"{"other": 1.50}"#,
        );
        Ok(Secret { receipt: Receipt::new(Some(&held.current), None), ..secret })
    });
    let state = held.clone();
    reads.expect_describe_secret().returning(move |_| {
        let held = state.lock().expect("no panic");
        let mut versions = vec![(held.current.clone(), vec!["AWSCURRENT".to_owned()])];
        versions.extend(held.previous.clone().map(|id| (id, vec!["AWSPREVIOUS".to_owned()])));
        Ok(SecretDescription { versions, ..SecretDescription::default() })
    });
    writers(secrets, reads)
}

#[tokio::test(start_paused = true)]
async fn a_merge_keeps_the_rest_and_loses_nobody_elses_change() {
    let put_call = r#"put {"other": 1.50,"api":"sk-test"}"#;
    for (moves, expected, calls) in [
        (vec![], Ok("mine"), vec![put_call, "move", "unlabel"]),
        // The move was made and its answer was lost: the second attempt is refused, and the label
        // is seen to be there.
        (vec![Move::Lost], Ok("mine"), vec![put_call, "move", "move", "unlabel"]),
        (vec![Move::Overtaken], Err("changed_meanwhile"), vec![put_call, "move", "unlabel"]),
    ] {
        let held = Held { current: "first".to_owned(), moves: moves.into(), ..Held::default() };
        let held = Arc::new(Mutex::new(held));
        let writers = secret_of(&held);
        let destination = destination(PART, &writers).await.unwrap();
        let done = merge::merge(
            &vec![(&destination, &"sk-test".into())],
            &PutOptions::new(),
            &writers,
            &limits(),
        )
        .await;
        let held = held.lock().unwrap();
        let found = done
            .as_ref()
            .map(|written| if written.version == held.current { "mine" } else { "other" });
        assert_eq!(found.map_err(WriteFailure::word), expected);
        assert_eq!(held.calls, calls);
        // No label is left over.
        assert_eq!(held.labels, []);
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_moves_the_label_back_once() {
    for (moves, to, expected) in [
        (vec![], None, Ok("first")),
        (vec![], Some("AWSPREVIOUS"), Ok("first")),
        (vec![], Some("AWSCURRENT"), Err("already_current")),
        (vec![Move::Lost], None, Ok("first")),
        (vec![Move::Overtaken], None, Err("changed_meanwhile")),
    ] {
        let held = Held {
            current: "second".to_owned(),
            previous: Some("first".to_owned()),
            moves: moves.into(),
            ..Held::default()
        };
        let held = Arc::new(Mutex::new(held));
        let writers = secret_of(&held);
        let destination = destination(RAW, &writers).await.unwrap();
        let done = match rollback_plan(&destination, to, &writers, &limits()).await {
            Ok(plan) => rollback(&destination, &plan, &writers, &limits()).await.map(|()| plan.to),
            Err(failure) => Err(failure),
        };
        assert_eq!(done.as_deref().map_err(|failure| failure.word()), expected, "{to:?}");
    }
}

#[tokio::test]
async fn import_groups_by_place_and_refuses_what_clashes() {
    use super::import::import_steps;
    let manifest = "[secrets.A]\nsecret_id = \"one\"\njson_key = \"a\"\n[secrets.B]\nsecret_id = \"one\"\njson_key = \"b\"\n\
                    [secrets.C]\nsecret_id = \"two\"\n[secrets.D]\nsecret_id = \"two\"\n[secrets.E]\nsecret_id = \"one\"\n";
    let all = |names: &'static [(&'static str, &'static str)]| async move {
        let writers = MemoryStore::new().writers();
        let env = Env::default();
        let options = PlanOptions { ignore_set: true, ..PlanOptions::default() };
        let found = destinations(
            plan(&selected(manifest, &env), &env, options),
            &writers.stores,
            &limits(),
        )
        .await;
        let values = found.into_iter().flatten().filter_map(|destination| {
            let value = names.iter().find(|(name, _)| *name == destination.entry.name)?.1;
            Some((destination, SecretValue::from(value)))
        });
        match import_steps(values.collect()) {
            Ok(steps) => steps
                .iter()
                .map(|step| step.variables().collect::<Vec<_>>().join("+"))
                .collect::<Vec<_>>(),
            Err(failures) => failures
                .iter()
                .map(|failure| format!("{}: {}", failure.variable, failure.word()))
                .collect(),
        }
    };
    assert_eq!(all(&[("A", "1"), ("B", "2"), ("C", "3")]).await, ["A+B", "C"]);
    assert_eq!(all(&[("C", "3"), ("D", "3")]).await, ["C+D"]);
    assert_eq!(all(&[("C", "3"), ("D", "4")]).await, ["D: clash"]);
    assert_eq!(all(&[("A", "1"), ("E", "2")]).await, ["E: clash"]);
}
