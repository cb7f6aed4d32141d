//! One batch of secrets: its pages, and which part of its answer belongs to which id.
//!
//! Which ids go into a batch, and what is done with those it did not settle, is for [`crate::fetch`].

use std::collections::{BTreeMap, BTreeSet};

use crate::fetch::{Read, reason, value};
use crate::limits::{Limits, retrying_batch};
use crate::reason::Reason;
use crate::reference::SecretId;
use crate::store::{BatchItemError, BatchRequest, Secret, StoreError, action};
use crate::stores::Stores;

/// `-AbCdEf`, with which AWS ends a secret's ARN.
const RANDOM_SUFFIX: usize = 7;

/// What came of a batch.
#[derive(Debug)]
pub(crate) enum Batched {
    /// What was read of each id, and the ids that have to be asked for by themselves.
    Read(Vec<(SecretId, Read)>, Vec<SecretId>),
    /// The service refused the call as such; nothing is known of its ids.
    Refused(Vec<SecretId>),
}

/// Reads one batch, all its pages.
pub(crate) async fn read(mut request: BatchRequest, stores: &Stores, limits: &Limits) -> Batched {
    let (mut secrets, mut errors) = (Vec::new(), Vec::new());
    loop {
        let call = || stores.secrets.batch_get_secret_value(&request);
        match retrying_batch(limits, action::BATCH_GET_SECRET_VALUE, call).await {
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
}

fn failed(ids: Vec<SecretId>, error: &StoreError) -> Batched {
    Batched::Read(ids.into_iter().map(|id| (id, Err(Reason::Store(error.clone())))).collect(), Vec::new())
}

/// Finds each id that was asked for in the answer.
fn matched(ids: Vec<SecretId>, secrets: Vec<Secret>, errors: Vec<BatchItemError>) -> Batched {
    // By ARN and name first, and only then by the ARN without its random suffix: that of one secret may be the whole ARN
    // of another.
    let (mut results, mut whole, mut partial) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    for secret in secrets {
        let arn = secret.arn.as_deref();
        if let Some(short) = arn.and_then(|arn| arn.get(..arn.len().checked_sub(RANDOM_SUFFIX)?)) {
            partial.insert(short.to_owned(), results.len());
        }
        whole.extend([secret.arn, secret.name].into_iter().flatten().map(|id| (id, results.len())));
        results.push(value(secret.value));
    }
    let mut again = BTreeSet::new();
    for item in errors {
        // An item that was throttled may yet be read by itself.
        if item.error.is_transient() {
            again.insert(item.id);
        } else {
            whole.insert(item.id, results.len());
            results.push(Err(reason(item.error)));
        }
    }
    let (singles, ids): (Vec<_>, Vec<_>) = ids.into_iter().partition(|id| again.contains(id.as_str()));
    let read = |id: SecretId| {
        let index = whole.get(id.as_str()).or_else(|| partial.get(id.as_str()));
        let unanswered = || Err(Reason::Unanswered { action: action::BATCH_GET_SECRET_VALUE });
        let value = index.map_or_else(unanswered, |&index| results[index].clone());
        (id, value)
    };
    Batched::Read(ids.into_iter().map(read).collect(), singles)
}
