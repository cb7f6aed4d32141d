//! Reading parameters: distinct names, ten at a time, each with an outcome of its own.
//!
//! Serves two stages: [`crate::resolve`] reads references from parameters, [`crate::fetch`] values.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};

use crate::limits::{Limits, retrying, retrying_batch};
use crate::reason::Reason;
use crate::reference::ParameterId;
use crate::secret_value::SecretValue;
use crate::store::{PARAMETERS_PER_CALL, ParametersAnswer, ParametersRequest, StoreError, StoreErrorKind, action};
use crate::stores::Stores;

/// What became of one parameter: its value, `None` if there is no such parameter, or why it could not be read.
pub(crate) type Outcome = Result<Option<SecretValue>, Reason>;

/// Reads each distinct parameter once.
pub(crate) async fn read<'a>(
    ids: impl Iterator<Item = &'a ParameterId>,
    stores: &Stores,
    limits: &Limits,
) -> BTreeMap<ParameterId, Outcome> {
    let mut outcomes = BTreeMap::new();
    let mut regions: BTreeMap<&str, Vec<ParameterId>> = BTreeMap::new();
    for id in ids.collect::<BTreeSet<_>>() {
        match id.region().or(stores.region.as_deref()) {
            Some(region) => regions.entry(region).or_default().push(id.clone()),
            None => {
                outcomes.insert(id.clone(), Err(Reason::NoRegion));
            }
        }
    }
    let requests = regions.into_iter().flat_map(|(region, ids)| {
        let chunks: Vec<_> = ids.chunks(PARAMETERS_PER_CALL).map(<[_]>::to_vec).collect();
        chunks.into_iter().map(|ids| ParametersRequest { region: region.to_owned(), ids })
    });
    let requests: Vec<_> = requests.collect();

    let mut refused = Vec::new();
    let mut answers =
        stream::iter(requests).map(|request| ask(request, stores, limits)).buffer_unordered(limits.concurrency);
    while let Some((request, answer)) = answers.next().await {
        match answer {
            // One name that is not allowed denies the whole call.
            Err(error) if request.ids.len() > 1 && error.refuses_batch() => {
                let single =
                    |id: &ParameterId| ParametersRequest { region: request.region.clone(), ids: vec![id.clone()] };
                refused.extend(request.ids.iter().map(single));
            }
            answer => settle(request, answer, &mut outcomes),
        }
    }
    let mut answers =
        stream::iter(refused).map(|request| ask(request, stores, limits)).buffer_unordered(limits.concurrency);
    while let Some((request, answer)) = answers.next().await {
        settle(request, answer, &mut outcomes);
    }
    outcomes
}

type Answer = Result<ParametersAnswer, StoreError>;

async fn ask(request: ParametersRequest, stores: &Stores, limits: &Limits) -> (ParametersRequest, Answer) {
    let Some(store) = &stores.parameters else {
        let error = StoreError::new(StoreErrorKind::Settings, action::GET_PARAMETERS, "no Parameter Store client");
        return (request, Err(error));
    };
    let call = || store.get_parameters(&request);
    let answer = match request.ids.len() {
        1 => retrying(limits, action::GET_PARAMETERS, call).await,
        _ => retrying_batch(limits, action::GET_PARAMETERS, call).await,
    };
    (request, answer)
}

/// Finds each id that was asked for in the answer, by name and by ARN.
fn settle(request: ParametersRequest, answer: Answer, outcomes: &mut BTreeMap<ParameterId, Outcome>) {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            let outcome = |error: &StoreError| match error.kind {
                // Some servers refuse a name that does not exist instead of listing it.
                StoreErrorKind::Absent => Ok(None),
                _ => Err(Reason::Store(error.clone())),
            };
            outcomes.extend(request.ids.into_iter().map(|id| (id, outcome(&error))));
            return;
        }
    };
    let mut found = BTreeMap::new();
    for parameter in &answer.parameters {
        let selector = parameter.selector.as_deref().unwrap_or_default();
        for key in [&parameter.arn, &parameter.name].into_iter().flatten() {
            // Some servers repeat the selector in the name.
            let key = if key.ends_with(selector) { key.clone() } else { format!("{key}{selector}") };
            found.insert(key, &parameter.value);
        }
    }
    for id in request.ids {
        let outcome = match found.get(id.as_str()) {
            Some(value) => Ok(Some((*value).clone())),
            None if answer.invalid.iter().any(|invalid| invalid == id.as_str()) => Ok(None),
            None => Err(Reason::Unanswered { action: action::GET_PARAMETERS }),
        };
        outcomes.insert(id, outcome);
    }
}
