//! One batch of secrets: its pages, and which part of the response belongs to which id.
//!
//! [`crate::fetch`] decides which ids go into a batch, and reads those without a result one by one.

use std::collections::{BTreeMap, BTreeSet};

use crate::limits::Limits;
use crate::read::{Read, reason, value};
use crate::reason::Reason;
use crate::reference::SecretId;
use crate::retry::retrying_batch;
use crate::store::{Action, BatchItemError, BatchRequest, Secret, StoreError, StoreErrorKind};
use crate::stores::Stores;

/// The most ids of one BatchGetSecretValue
/// ([AWS](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html)).
pub(crate) const SECRETS_PER_BATCH: usize = 20;

/// The most pages of a batch without a secret.
const EMPTY_PAGES: usize = 4;

/// The result of a batch.
#[derive(Debug)]
pub(crate) enum Batched {
    /// The result of each id, and the ids that must be read one by one.
    Read(Vec<(SecretId, Read)>, Vec<SecretId>),
    /// The service rejected the whole call, so there is no result for its ids.
    Refused(Vec<SecretId>),
}

/// Reads one batch, all its pages.
pub(crate) async fn read(mut request: BatchRequest, stores: &Stores, limits: &Limits) -> Batched {
    let (mut secrets, mut errors) = (Vec::new(), Vec::new());
    for _ in 0..request.ids.len() + EMPTY_PAGES {
        let call = || stores.secrets.batch_get_secret_value(&request);
        match retrying_batch(limits, Action::BatchGetSecretValue, call).await {
            Ok(page) => {
                secrets.extend(page.secrets);
                errors.extend(page.errors);
                request.next_token = page.next_token.filter(|token| !token.is_empty());
                if request.next_token.is_none() {
                    return matched(request.ids, secrets, errors);
                }
            }
            Err(error) if error.refuses_batch() => return Batched::Refused(request.ids),
            Err(error) => return failed(request.ids, &error),
        }
    }
    let message = "the batch has more pages than secrets";
    let error = StoreError::new(StoreErrorKind::Malformed, Action::BatchGetSecretValue, message);
    failed(request.ids, &error)
}

fn failed(ids: Vec<SecretId>, error: &StoreError) -> Batched {
    Batched::Read(
        ids.into_iter().map(|id| (id, Err(Reason::Store(error.clone())))).collect(),
        Vec::new(),
    )
}

/// Finds each requested id in the response.
fn matched(ids: Vec<SecretId>, secrets: Vec<Secret>, errors: Vec<BatchItemError>) -> Batched {
    let mut again = BTreeSet::new();
    let mut failed = BTreeMap::new();
    for item in errors {
        // A throttled item may still be read on its own.
        if item.error.is_transient() {
            again.insert(item.id);
        } else {
            failed.insert(item.id, item.error);
        }
    }
    let (singles, ids): (Vec<_>, Vec<_>) =
        ids.into_iter().partition(|id| again.contains(id.as_str()));
    let read = |id: SecretId| {
        let value = match failed.get(id.as_str()) {
            Some(error) => Err(reason(error.clone())),
            None => found(&id, &secrets).map_or_else(unanswered, |secret| value(secret.clone())),
        };
        (id, value)
    };
    Batched::Read(ids.into_iter().map(read).collect(), singles)
}

/// The secret with this id: by ARN and name first, and only then by the ARN without its random
/// suffix, because that may be the full ARN of another secret.
fn found<'a>(id: &SecretId, secrets: &'a [Secret]) -> Option<&'a Secret> {
    let mut candidates = secrets.iter().filter(|secret| secret.identity().is_secret(id));
    let first = candidates.clone().next();
    candidates
        .find(|secret| {
            [&secret.arn, &secret.name].into_iter().flatten().any(|own| own == id.as_str())
        })
        .or(first)
}

fn unanswered() -> Read {
    Err(Reason::Unanswered { action: Action::BatchGetSecretValue })
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::store::{BatchAnswer, MockSecretStore, Payload};
    use crate::tests::{absent, arn, arn_in, aws_error, denied, limits, secret_id, stores, text};

    fn ids(ids: &[String]) -> Vec<SecretId> {
        ids.iter().map(|id| secret_id(id)).collect()
    }

    /// Each id's value, or the word of its reason; `alone` if it must be read on its own.
    fn outcomes(requested: &[String], batched: Batched) -> Vec<String> {
        let Batched::Read(read, singles) = batched else { return vec!["refused".to_owned()] };
        let outcome = |id: &String| match read.iter().find(|(read, _)| read.as_str() == id) {
            Some((_, Ok(read))) => read.value.expose().to_owned(),
            Some((_, Err(reason))) => reason.word().to_owned(),
            None if singles.iter().any(|single| single.as_str() == id) => "alone".to_owned(),
            None => "lost".to_owned(),
        };
        requested.iter().map(outcome).collect()
    }

    fn item(id: &str, error: StoreError) -> BatchItemError {
        BatchItemError { id: id.to_owned(), error }
    }

    #[test]
    fn an_answer_is_matched_on_arn_name_and_partial_arn() {
        fn check(
            requested: &[String],
            secrets: &[Secret],
            errors: &[BatchItemError],
            expected: &[&str],
        ) {
            let batched = matched(ids(requested), secrets.to_vec(), errors.to_vec());
            assert_eq!(outcomes(requested, batched), expected, "{requested:?}");
        }
        let (one, two) = (arn("demo/one"), arn("demo/two"));
        let name = |name: &str| name.to_owned();
        let partial = |arn: &str| arn[..arn.len() - 7].to_owned();
        let both = [text(&two, "sk-test-2"), text(&one, "sk-test-1")];
        check(&[one.clone(), two.clone()], &both, &[], &["sk-test-1", "sk-test-2"]);
        check(&[name("demo/one"), name("demo/two")], &both, &[], &["sk-test-1", "sk-test-2"]);
        check(&[partial(&one), partial(&two)], &both, &[], &["sk-test-1", "sk-test-2"]);
        // One secret under three ids.
        check(&[one.clone(), name("demo/one"), partial(&one)], &both, &[], &["sk-test-1"; 3]);
        // A secret that was not requested, and a requested one that is not in the response.
        check(&[one.clone(), arn("demo/three")], &both, &[], &["sk-test-1", "unanswered"]);
        check(
            &[one.clone(), arn_in("us-east-1", "210987654321", "demo/one")],
            &both,
            &[],
            &["sk-test-1", "unanswered"],
        );
        // The partial ARN of one secret is the full ARN of another. A name may end like an ARN.
        let longer = arn("demo/one-AbCdEf");
        assert_eq!(partial(&longer), one);
        for secrets in [
            [text(&longer, "sk-test-3"), both[1].clone()],
            [both[1].clone(), text(&longer, "sk-test-3")],
        ] {
            check(&[one.clone(), longer.clone()], &secrets, &[], &["sk-test-1", "sk-test-3"]);
        }
        check(
            &[one.clone(), longer.clone()],
            &[text(&longer, "sk-test-3")],
            &[item(&one, denied())],
            &["denied", "sk-test-3"],
        );
        // An ARN and a name of two secrets, both requested.
        let mixed = Secret { name: Some("demo/two".to_owned()), ..text(&one, "sk-test-?") };
        check(&[one.clone(), name("demo/two")], &[mixed], &[], &["unanswered"; 2]);
        // Errors stay with their items. Transient ones are retried.
        let throttled = aws_error(StoreErrorKind::Throttled, "ThrottlingException", "slow down");
        let errors =
            [item(&one, denied()), item("demo/two", absent()), item("demo/three", throttled)];
        let requested = [one.clone(), name("demo/two"), name("demo/three"), name("demo/four")];
        check(
            &requested,
            &[text(&arn("demo/four"), "sk-test-4")],
            &errors,
            &["denied", "absent", "alone", "sk-test-4"],
        );
    }

    #[test]
    fn a_value_is_text_or_utf8() {
        fn check(value: Option<Payload>, expected: &str) {
            let requested = [arn("demo")];
            let secrets = vec![Secret { value, ..text(&requested[0], "") }];
            assert_eq!(
                outcomes(&requested, matched(ids(&requested), secrets, Vec::new())),
                [expected]
            );
        }
        check(Some(Payload::Text("sk-test".into())), "sk-test");
        check(Some(Payload::Binary("sk-tést".as_bytes().to_vec().into())), "sk-tést");
        check(Some(Payload::Binary(vec![b's', 0x80].into())), "not_text");
        check(None, "empty");
    }

    /// Reads `one` and `two` of a store that gives these pages or errors in turn.
    async fn check_pages(
        pages: Vec<Result<BatchAnswer, StoreError>>,
        calls: usize,
        expected: &[&str],
    ) {
        let mut store = MockSecretStore::new();
        let mut pages = VecDeque::from(pages);
        let mut token = None;
        store.expect_batch_get_secret_value().times(calls).returning(move |request| {
            assert_eq!(request.next_token, token);
            let page = if pages.len() > 1 { pages.pop_front() } else { pages.front().cloned() };
            let page = page.unwrap();
            token = page.as_ref().map_or(token.clone(), |page| page.next_token.clone());
            page
        });
        let requested = ["one".to_owned(), "two".to_owned()];
        let request =
            BatchRequest { region: "us-east-1".to_owned(), ids: ids(&requested), next_token: None };
        let batched = read(request, &stores(store), &limits()).await;
        assert_eq!(outcomes(&requested, batched), expected);
    }

    fn page(name: Option<&str>, token: Option<&str>) -> Result<BatchAnswer, StoreError> {
        let secret = |name: &str| text(&arn(name), &format!("sk-test-{name}"));
        let secrets = name.map(secret).into_iter().collect();
        Ok(BatchAnswer { secrets, errors: Vec::new(), next_token: token.map(str::to_owned) })
    }

    #[tokio::test]
    async fn every_page_is_read_empty_ones_too() {
        let both = ["sk-test-one", "sk-test-two"];
        let pages =
            vec![page(Some("two"), Some("t1")), page(None, Some("t2")), page(Some("one"), None)];
        check_pages(pages, 3, &both).await;
        check_pages(vec![page(Some("one"), Some("t1")), page(Some("two"), Some(""))], 2, &both)
            .await;
        check_pages(vec![page(Some("one"), None)], 1, &["sk-test-one", "unanswered"]).await;
        check_pages(vec![page(Some("one"), Some("t1")), Err(denied())], 2, &["refused"]).await;
        // Pages without end.
        check_pages(vec![page(None, Some("t1"))], 2 + EMPTY_PAGES, &["malformed_answer"; 2]).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_told_from_a_failure() {
        use StoreErrorKind::*;
        for (kind, code, calls) in [
            (Denied, "AccessDeniedException", 1),
            (Absent, "ResourceNotFoundException", 1),
            (Rejected, "UnknownOperationException", 1),
            (Undecryptable, "DecryptionFailure", 1),
            (Malformed, "HTTP 404", 1),
            // A server that keeps failing, for example because it does not support the call.
            (Unreachable, "InternalServiceError", 3),
        ] {
            check_pages(vec![Err(aws_error(kind, code, "no"))], calls, &["refused"]).await;
        }
        check_pages(
            vec![Err(aws_error(Credentials, "ExpiredTokenException", "no"))],
            1,
            &["no_credentials"; 2],
        )
        .await;
        let throttled = || Err(aws_error(Throttled, "ThrottlingException", "slow down"));
        check_pages(
            vec![throttled(), throttled(), throttled(), page(Some("one"), None)],
            4,
            &["sk-test-one", "unanswered"],
        )
        .await;
    }
}
