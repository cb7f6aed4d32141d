//! Fetch: reads every distinct place once, in as few calls as the stores allow, all at the same time.
//!
//! Deciding which calls are made is [`requests`]; making them and matching the answers is the rest. Which part of a
//! value an entry takes is for [`crate::extract`].

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join;
use futures_util::{StreamExt, stream};

use crate::limits::{Limits, retrying};
use crate::manifest::Batch;
use crate::parameters;
use crate::plan::{Place, Planned, Settled};
use crate::reason::Reason;
use crate::reference::{ParameterId, SecretId};
use crate::resolve::Resolved;
use crate::secret_value::SecretValue;
use crate::store::{
    BatchRequest, Payload, SECRETS_PER_BATCH, Secret, SecretRequest, StoreError, StoreErrorKind, action,
};
use crate::stores::Stores;

/// The entries of a run, and what was read from each distinct place.
#[derive(Debug)]
pub struct Fetched {
    /// One for each entry of the plan.
    pub entries: Vec<Planned<Settled>>,
    /// Parameters that were asked for a reference and do not exist, each with the entry that asked.
    pub absent: Vec<(String, ParameterId)>,
    /// What was read, or why it could not be.
    pub values: BTreeMap<Place, Result<SecretValue, Reason>>,
}

/// One call that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Request {
    Get(SecretRequest),
    Batch(BatchRequest),
}

/// Reads every distinct place of the entries once.
pub async fn fetch(resolved: Resolved, stores: &Stores, limits: &Limits) -> Fetched {
    let places: BTreeSet<&Place> = resolved
        .entries
        .iter()
        .filter_map(|planned| match &planned.step {
            Settled::Read(target) => Some(&target.place),
            Settled::Keep(_) | Settled::Without(_) => None,
        })
        .collect();
    let parameters = places.iter().filter_map(|place| match place {
        Place::Parameter(id) => Some(id),
        Place::Secret(..) => None,
    });
    let (parameters, mut values) =
        join(parameters::read(parameters, stores, limits), fetch_secrets(&places, stores, limits)).await;
    for (id, outcome) in parameters {
        let value = outcome.and_then(|value| value.ok_or_else(|| Reason::ParameterAbsent { parameter: id.clone() }));
        values.insert(Place::Parameter(id), value);
    }
    Fetched { entries: resolved.entries, absent: resolved.absent, values }
}

type Values = BTreeMap<Place, Result<SecretValue, Reason>>;

async fn fetch_secrets(places: &BTreeSet<&Place>, stores: &Stores, limits: &Limits) -> Values {
    let mut values = Values::new();
    let mut wanted = Vec::new();
    for place in places {
        let Place::Secret(id, version) = place else { continue };
        match id.region().or(stores.region.as_deref()) {
            Some(region) => {
                wanted.push(SecretRequest { region: region.to_owned(), id: id.clone(), version: version.clone() });
            }
            None => _ = values.insert((*place).clone(), Err(Reason::NoRegion)),
        }
    }
    let requests = requests(wanted, limits.batch);
    let mut refused = Vec::new();
    let mut answers =
        stream::iter(requests).map(|request| ask(request, stores, limits)).buffer_unordered(limits.concurrency);
    while let Some(answer) = answers.next().await {
        match answer {
            Answer::Items(items) => values.extend(items),
            Answer::Refused(request) => refused.push(request),
        }
    }
    // A batch that was refused as a whole is asked id by id; batching is not tried again.
    let singles = refused.into_iter().flat_map(|request| {
        let BatchRequest { region, ids, .. } = request;
        ids.into_iter().map(move |id| SecretRequest { region: region.clone(), id, version: None })
    });
    let singles: Vec<_> = singles.collect();
    let mut answers =
        stream::iter(singles).map(|request| get(request, stores, limits)).buffer_unordered(limits.concurrency);
    while let Some((place, value)) = answers.next().await {
        values.insert(place, value);
    }
    values
}

/// Which calls read these secrets.
///
/// A batch takes no version, needs a permission of its own, and does not reach into other accounts; so a pinned
/// version, a lone secret, and the secrets of a region in which several accounts are named are read one by one.
fn requests(wanted: Vec<SecretRequest>, batch: Batch) -> Vec<Request> {
    let mut requests = Vec::new();
    let mut regions: BTreeMap<String, Vec<SecretId>> = BTreeMap::new();
    for request in wanted {
        match request.version {
            None => regions.entry(request.region).or_default().push(request.id),
            Some(_) => requests.push(Request::Get(request)),
        }
    }
    for (region, ids) in regions {
        let accounts: BTreeSet<&str> = ids.iter().filter_map(SecretId::account).collect();
        let per_call = if batch == Batch::Never || accounts.len() > 1 { 1 } else { SECRETS_PER_BATCH };
        for ids in ids.chunks(per_call) {
            let region = region.clone();
            requests.push(match ids {
                [id] => Request::Get(SecretRequest { region, id: id.clone(), version: None }),
                ids => Request::Batch(BatchRequest { region, ids: ids.to_vec(), next_token: None }),
            });
        }
    }
    requests
}

enum Answer {
    Items(Vec<(Place, Result<SecretValue, Reason>)>),
    Refused(BatchRequest),
}

async fn ask(request: Request, stores: &Stores, limits: &Limits) -> Answer {
    match request {
        Request::Get(request) => Answer::Items(vec![get(request, stores, limits).await]),
        Request::Batch(request) => batch_get(request, stores, limits).await,
    }
}

async fn get(request: SecretRequest, stores: &Stores, limits: &Limits) -> (Place, Result<SecretValue, Reason>) {
    let answer = retrying(limits, action::GET_SECRET_VALUE, || stores.secrets.get_secret_value(&request)).await;
    let value = answer.map_err(reason).and_then(value);
    (Place::Secret(request.id, request.version), value)
}

async fn batch_get(mut request: BatchRequest, stores: &Stores, limits: &Limits) -> Answer {
    let (mut secrets, mut errors) = (Vec::new(), Vec::new());
    // An answer may come in several pages, empty ones among them.
    loop {
        let page =
            retrying(limits, action::BATCH_GET_SECRET_VALUE, || stores.secrets.batch_get_secret_value(&request)).await;
        match page {
            Ok(page) => {
                secrets.extend(page.secrets);
                errors.extend(page.errors);
                request.next_token = page.next_token.filter(|token| !token.is_empty());
                if request.next_token.is_none() {
                    break;
                }
            }
            Err(error) if error.refuses_batch() => return Answer::Refused(request),
            Err(error) => {
                let failed = |id| (Place::Secret(id, None), Err(Reason::Store(error.clone())));
                return Answer::Items(request.ids.into_iter().map(failed).collect());
            }
        }
    }
    // A reply is matched on ARN, on the ARN without its random suffix, and on name.
    let (mut answered, mut results) = (BTreeMap::new(), Vec::new());
    for secret in secrets {
        let partial = secret.arn.as_deref().and_then(|arn| arn.get(..arn.len().checked_sub(7)?)).map(str::to_owned);
        for key in [secret.arn.clone(), partial, secret.name.clone()].into_iter().flatten() {
            answered.entry(key).or_insert(results.len());
        }
        results.push(value(secret));
    }
    for item in errors {
        answered.entry(item.id).or_insert(results.len());
        results.push(Err(reason(item.error)));
    }
    let unanswered = || Err(Reason::Unanswered { action: action::BATCH_GET_SECRET_VALUE });
    let matched = |id: SecretId| {
        let value = answered.get(id.as_str()).map_or_else(unanswered, |&index: &usize| results[index].clone());
        (Place::Secret(id, None), value)
    };
    Answer::Items(request.ids.into_iter().map(matched).collect())
}

fn reason(error: StoreError) -> Reason {
    match error.kind {
        StoreErrorKind::Absent => Reason::SecretAbsent(error),
        _ => Reason::Store(error),
    }
}

fn value(secret: Secret) -> Result<SecretValue, Reason> {
    match secret.value {
        None => Err(Reason::Empty),
        Some(Payload::Text(text)) => Ok(text),
        Some(Payload::Binary(mut bytes)) => SecretValue::from_utf8(std::mem::take(&mut *bytes)).ok_or(Reason::NotText),
    }
}
