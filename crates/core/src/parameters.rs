//! Reads parameters: distinct names, ten at a time, each with its own outcome.
//!
//! Two stages use it: [`crate::resolve`] reads references from parameters, [`crate::fetch`] values.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};

use crate::limits::Limits;
use crate::reason::Reason;
use crate::reference::ParameterId;
use crate::retry::{retrying, retrying_batch};
use crate::secret_value::SecretValue;
use crate::store::{
    Action, PARAMETERS_PER_CALL, ParametersAnswer, ParametersRequest, StoreError, StoreErrorKind,
};
use crate::stores::Stores;

/// The outcome of one parameter: its value, `None` if there is no such parameter, or why it could
/// not be read.
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
    let mut responses = stream::iter(requests)
        .map(|request| ask(request, stores, limits))
        .buffer_unordered(limits.concurrency());
    while let Some((request, response)) = responses.next().await {
        match response {
            // If one name is not allowed, the whole call is denied.
            Err(error) if request.ids.len() > 1 && error.refuses_batch() => {
                let single = |id: &ParameterId| ParametersRequest {
                    region: request.region.clone(),
                    ids: vec![id.clone()],
                };
                refused.extend(request.ids.iter().map(single));
            }
            response => settle(request, response, &mut outcomes),
        }
    }
    let mut responses = stream::iter(refused)
        .map(|request| ask(request, stores, limits))
        .buffer_unordered(limits.concurrency());
    while let Some((request, response)) = responses.next().await {
        settle(request, response, &mut outcomes);
    }
    outcomes
}

type Response = Result<ParametersAnswer, StoreError>;

async fn ask(
    request: ParametersRequest,
    stores: &Stores,
    limits: &Limits,
) -> (ParametersRequest, Response) {
    let Some(store) = &stores.parameters else {
        let error = StoreError::new(
            StoreErrorKind::Settings,
            Action::GetParameters,
            "no Parameter Store client",
        );
        return (request, Err(error));
    };
    let call = || store.get_parameters(&request);
    let response = match request.ids.len() {
        1 => retrying(limits, Action::GetParameters, call).await,
        _ => retrying_batch(limits, Action::GetParameters, call).await,
    };
    (request, response)
}

/// Finds each requested id in the response, by name and by ARN.
fn settle(
    request: ParametersRequest,
    response: Response,
    outcomes: &mut BTreeMap<ParameterId, Outcome>,
) {
    let response = match response {
        Ok(response) => response,
        Err(error) => {
            let outcome = |error: &StoreError| match error.kind {
                // Some servers reject a name that does not exist instead of listing it.
                StoreErrorKind::Absent => Ok(None),
                _ => Err(Reason::Store(error.clone())),
            };
            outcomes.extend(request.ids.into_iter().map(|id| (id, outcome(&error))));
            return;
        }
    };
    for id in request.ids {
        let mut found =
            response.parameters.iter().filter(|parameter| parameter.identity().is_parameter(&id));
        let first = found.next().map(|parameter| &parameter.value);
        let outcome = match first {
            // Some servers omit the selector: of two values under one name, either may be the right
            // one.
            Some(value) if found.all(|other| other.value == *value) => Ok(Some(value.clone())),
            None if response.invalid.iter().any(|invalid| invalid == id.as_str()) => Ok(None),
            _ => Err(Reason::Unanswered { action: Action::GetParameters }),
        };
        outcomes.insert(id, outcome);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::store::{MockParameterStore, MockSecretStore, Parameter};
    use crate::tests::{limits, stores_with};

    fn arn(region: &str, name: &str) -> String {
        format!("arn:aws:ssm:{region}:123456789012:parameter{name}")
    }

    fn parameter(arn: Option<&str>, name: Option<&str>, selector: Option<&str>) -> Parameter {
        let text = |text: &str| text.to_owned();
        Parameter {
            arn: arn.map(text),
            name: name.map(text),
            selector: selector.map(text),
            value: "held".into(),
        }
    }

    /// Reads these, and returns each outcome as a word, and the size of each call by region.
    async fn read_all<T: AsRef<str>>(
        names: &[T],
        response: impl Fn(&ParametersRequest) -> Response + Send + 'static,
    ) -> (Vec<String>, Vec<String>) {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let mut store = MockParameterStore::new();
        let seen = calls.clone();
        store.expect_get_parameters().returning(move |request| {
            seen.lock().unwrap().push(format!("{} {}", request.region, request.ids.len()));
            response(request)
        });
        let ids: Vec<_> =
            names.iter().map(|name| ParameterId::parse(name.as_ref()).unwrap()).collect();
        let outcomes =
            read(ids.iter(), &stores_with(MockSecretStore::new(), store), &limits()).await;
        let word = |id: &ParameterId| match &outcomes[id] {
            Ok(Some(value)) => value.expose().to_owned(),
            Ok(None) => "absent".to_owned(),
            Err(reason) => reason.word().to_owned(),
        };
        let calls = std::mem::take(&mut *calls.lock().unwrap());
        (ids.iter().map(word).collect(), calls)
    }

    fn all_held(request: &ParametersRequest) -> Response {
        let parameters = request.ids.iter().map(|id| parameter(None, Some(id.as_str()), None));
        Ok(ParametersAnswer { parameters: parameters.collect(), invalid: Vec::new() })
    }

    #[tokio::test]
    async fn ten_names_a_call_and_each_name_once() {
        async fn check(names: Vec<String>, expected: &[&str]) {
            let (outcomes, mut calls) = read_all(&names, all_held).await;
            assert!(outcomes.iter().all(|outcome| outcome == "held"), "{outcomes:?}");
            calls.sort_unstable();
            assert_eq!(calls, expected);
        }
        let names =
            |count: usize| (0..count).map(|index| format!("/demo/{index}")).collect::<Vec<_>>();
        check(names(1), &["us-east-1 1"]).await;
        check(names(10), &["us-east-1 10"]).await;
        check(names(21), &["us-east-1 1", "us-east-1 10", "us-east-1 10"]).await;
        check(vec!["/demo/same".to_owned(); 5], &["us-east-1 1"]).await;
        check(vec!["/demo".to_owned(), arn("eu-west-1", "/demo")], &["eu-west-1 1", "us-east-1 1"])
            .await;
    }

    #[tokio::test]
    async fn an_answer_is_matched_by_name_arn_and_selector() {
        async fn check(requested: &str, found: Parameter, expected: &str) {
            let response = move |_: &_| {
                Ok(ParametersAnswer { parameters: vec![found.clone()], invalid: Vec::new() })
            };
            assert_eq!(read_all(&[requested], response).await.0, [expected], "{requested}");
        }
        let whole = arn("us-east-1", "/demo");
        check("/demo", parameter(Some(&whole), Some("/demo"), None), "held").await;
        check(&whole, parameter(Some(&whole), Some("/demo"), None), "held").await;
        check("/demo:3", parameter(Some(&whole), Some("/demo"), Some(":3")), "held").await;
        check(&format!("{whole}:3"), parameter(Some(&whole), Some("/demo"), Some(":3")), "held")
            .await;
        check("/demo:3", parameter(None, Some("/demo:3"), Some(":3")), "held").await;
        check("/demo:3", parameter(Some(&whole), Some("/demo"), Some(":4")), "unanswered").await;
        check("/demo:3", parameter(Some(&whole), Some("/demo"), None), "unanswered").await;
        check("/demo", parameter(None, Some("/demo/other"), None), "unanswered").await;
        check("/demo", parameter(None, None, None), "unanswered").await;
        check(
            "/demo",
            parameter(Some(&arn("us-east-1", "/other")), Some("/demo"), None),
            "unanswered",
        )
        .await;
    }

    #[tokio::test]
    async fn a_name_that_is_listed_as_invalid_does_not_exist() {
        let response = |_: &_| {
            let parameters = vec![parameter(None, Some("/demo/1"), None)];
            Ok(ParametersAnswer { parameters, invalid: vec!["/demo/2".to_owned()] })
        };
        assert_eq!(
            read_all(&["/demo/1", "/demo/2", "/demo/3"], response).await.0,
            ["held", "absent", "unanswered"]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_refused_whole_is_asked_name_by_name() {
        async fn check(
            kind: StoreErrorKind,
            code: Option<&str>,
            calls: usize,
            expected: [&str; 3],
        ) {
            let code = code.map(str::to_owned);
            let response = move |request: &ParametersRequest| {
                let error = StoreError {
                    code: code.clone(),
                    ..StoreError::new(kind, Action::GetParameters, "said so")
                };
                let refused = request.ids.iter().any(|id| id.as_str() == "/demo/2");
                if refused { Err(error) } else { all_held(request) }
            };
            let (outcomes, requested) =
                read_all(&["/demo/1", "/demo/2", "/demo/3"], response).await;
            assert_eq!(outcomes, expected, "{kind:?}");
            assert_eq!(
                requested.iter().filter(|call| call.ends_with(" 3")).count(),
                calls,
                "{kind:?}"
            );
        }
        use StoreErrorKind::*;
        check(Denied, Some("AccessDeniedException"), 1, ["held", "denied", "held"]).await;
        check(Undecryptable, Some("InvalidKeyId"), 1, ["held", "undecryptable", "held"]).await;
        check(Rejected, Some("ValidationException"), 1, ["held", "rejected", "held"]).await;
        check(Absent, Some("ParameterNotFound"), 1, ["held", "absent", "held"]).await;
        check(Unreachable, Some("HTTP 500"), 3, ["held", "unreachable", "held"]).await;
        check(Credentials, Some("ExpiredTokenException"), 1, ["no_credentials"; 3]).await;
        check(RefusedEndpoint, None, 1, ["refused_endpoint"; 3]).await;
    }
}
