//! Fetch: reads every distinct source once, in as few calls as the stores allow, all at the same
//! time.
//!
//! `requests` decides which calls to make. The rest makes them and matches the responses.
//! [`crate::extract`] takes an entry's part of a value.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join;
use futures_util::{StreamExt, stream};

use crate::batch::{self, Batched};
use crate::limits::{Batch, Limits};
use crate::parameters;
use crate::plan::{Planned, Settled, secrets_per_call};
use crate::read::{Read, ReadValue, reason, value};
use crate::reason::Reason;
use crate::reference::{ParameterId, SecretId};
use crate::resolve::Resolved;
use crate::retry::retrying;
use crate::secret_value::SecretValue;
use crate::shown::{KnownValues, holds_uuid, is_uuid};
use crate::source::{Source, ValueId};
use crate::store::{Action, BatchRequest, Receipt, SecretRequest};
use crate::stores::Stores;

/// The entries of a run, and what was read from each distinct source.
#[derive(Debug)]
pub struct Fetched {
    /// One for each entry of the plan.
    pub entries: Vec<Planned<Settled>>,
    /// Parameters that should hold a reference and do not exist, each with its entry.
    pub absent: Vec<(String, ParameterId)>,
    /// The results of the reads.
    pub values: BTreeMap<ValueId, Read>,
    /// The values of reference parameters that are not ARNs.
    pub read: Vec<SecretValue>,
}

impl Fetched {
    /// Removes repeated values from errors and receipts, in whatever order they arrived. A server
    /// may repeat the value of one secret in its response about another.
    pub(crate) fn hide_values(&mut self) {
        let reasons = || self.values.values().filter_map(|read| read.as_ref().err());
        let without = self.entries.iter().any(|entry| entry.step.reason().is_some());
        // Most hydrations have nothing to compare: their ids are UUIDs, and no value contains one.
        let ids = || self.values.values().flatten().flat_map(|read| read.receipt.ids());
        let holds_id = |value: &SecretValue| holds_uuid(value.expose());
        let comparable = || {
            !ids().all(is_uuid)
                || self
                    .values
                    .values()
                    .flatten()
                    .map(|read| &read.value)
                    .chain(&self.read)
                    .any(holds_id)
        };
        if reasons().next().is_none() && !without && (ids().next().is_none() || !comparable()) {
            return;
        }
        let values = self.values.values().flatten().map(|read| &read.value);
        let sources = self.entries.iter().filter_map(|planned| planned.step.source());
        let called = sources.map(Source::shown);
        let known = KnownValues::new(values.chain(&self.read)).naming(called);
        for read in self.values.values_mut() {
            match read {
                Ok(read) => read.receipt = std::mem::take(&mut read.receipt).without(&known),
                Err(reason) => reason.hide(&known),
            }
        }
        for planned in &mut self.entries {
            planned.step.hide(&known);
        }
    }
}

/// One call to make.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Request {
    Get(SecretRequest),
    Batch(BatchRequest),
}

/// Reads every distinct source of the entries once.
pub async fn fetch(resolved: Resolved, stores: &Stores, limits: &Limits) -> Fetched {
    let sources = resolved.entries.iter().filter_map(|planned| planned.step.source());
    let ids: BTreeSet<&ValueId> = sources.map(|source| &source.id).collect();
    let parameters = ids.iter().filter_map(|id| match id {
        ValueId::Parameter(id) => Some(id),
        ValueId::Secret(..) => None,
    });
    let (parameters, mut values) =
        join(parameters::read(parameters, stores, limits), fetch_secrets(&ids, stores, limits))
            .await;
    for (id, outcome) in parameters {
        let value = outcome.and_then(|value| {
            value.ok_or_else(|| Reason::ParameterAbsent { parameter: id.clone().into() })
        });
        // Its receipt is not kept: one GetParameters response covers ten parameters, most of them
        // with references.
        let value = value.map(|value| ReadValue { value, receipt: Receipt::default() });
        values.insert(ValueId::Parameter(id), value);
    }
    Fetched { entries: resolved.entries, absent: resolved.absent, values, read: resolved.read }
}

async fn fetch_secrets(
    ids: &BTreeSet<&ValueId>,
    stores: &Stores,
    limits: &Limits,
) -> BTreeMap<ValueId, Read> {
    let mut values = BTreeMap::new();
    let mut wanted = Vec::new();
    for value_id in ids {
        let ValueId::Secret(id, version) = value_id else { continue };
        match id.region().or(stores.region.as_deref()) {
            Some(region) => {
                wanted.push(SecretRequest {
                    region: region.to_owned(),
                    id: id.clone(),
                    version: version.clone(),
                });
            }
            None => _ = values.insert((*value_id).clone(), Err(Reason::NoRegion)),
        }
    }
    let requests = requests(wanted, limits.batch);
    let batching = AtomicBool::new(true);
    let mut singles = Vec::new();
    let mut responses = stream::iter(requests)
        .map(|request| ask(request, stores, limits, &batching))
        .buffer_unordered(limits.concurrency());
    while let Some(response) = responses.next().await {
        values.extend(response.read);
        singles.extend(response.singles);
    }
    let mut responses = stream::iter(singles)
        .map(|request| get(request, stores, limits))
        .buffer_unordered(limits.concurrency());
    while let Some((place, value)) = responses.next().await {
        values.insert(place, value);
    }
    values
}

/// Which calls read these secrets.
///
/// A batch cannot pin a version, so a pinned secret is read on its own. So is a single secret,
/// which then needs no permission for batches.
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
        let per_call = secrets_per_call(batch, ids.iter().filter_map(SecretId::account));
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

/// The result of one call.
#[derive(Default)]
struct Response {
    read: Vec<(ValueId, Read)>,
    /// The ids that must be read one by one.
    singles: Vec<SecretRequest>,
}

/// `batching` ends with the first batch that is rejected as a whole: this hydration starts no
/// further batch.
async fn ask(
    request: Request,
    stores: &Stores,
    limits: &Limits,
    batching: &AtomicBool,
) -> Response {
    let request = match request {
        Request::Get(request) => {
            return Response {
                read: vec![get(request, stores, limits).await],
                singles: Vec::new(),
            };
        }
        Request::Batch(request) => request,
    };
    let region = request.region.clone();
    let (read, singles) = match batching.load(Ordering::Relaxed) {
        false => (Vec::new(), request.ids),
        true => match batch::read(request, stores, limits).await {
            Batched::Read(read, singles) => (read, singles),
            Batched::Refused(ids) => {
                batching.store(false, Ordering::Relaxed);
                (Vec::new(), ids)
            }
        },
    };
    let single = |id| SecretRequest { region: region.clone(), id, version: None };
    Response {
        read: read.into_iter().map(|(id, value)| (ValueId::Secret(id, None), value)).collect(),
        singles: singles.into_iter().map(single).collect(),
    }
}

async fn get(request: SecretRequest, stores: &Stores, limits: &Limits) -> (ValueId, Read) {
    let response =
        retrying(limits, Action::GetSecretValue, || stores.secrets.get_secret_value(&request))
            .await;
    let value = response.map_err(reason).and_then(value);
    (ValueId::Secret(request.id, request.version), value)
}

#[cfg(test)]
mod tests;
