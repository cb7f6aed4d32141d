//! Resolve: reads references from the parameters of a plan, so that the source of every value is
//! known.

use crate::limits::Limits;
use crate::parameters;
use crate::plan::{Plan, Planned, Settled, Step, found};
use crate::reason::Reason;
use crate::reference::{Origin, ParameterId};
use crate::secret_value::SecretValue;
use crate::stores::Stores;

/// The source of every value of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// One for each entry of the plan.
    pub entries: Vec<Planned<Settled>>,
    /// Parameters that should hold a reference and do not exist, each with its entry.
    pub absent: Vec<(String, ParameterId)>,
    /// The values of the parameters: references, or keys that somebody published by mistake.
    pub read: Vec<SecretValue>,
}

/// Reads the references that parameters hold: each distinct parameter once, in batches.
pub async fn resolve(plan: Plan, stores: &Stores, limits: &Limits) -> Resolved {
    let requested = plan.entries.iter().filter_map(|planned| planned.step.parameter.as_ref());
    let responses = parameters::read(requested, stores, limits).await;
    let mut resolved = settle(plan, |id| match responses.get(id) {
        Some(Err(reason)) => {
            Err(Reason::Lookup { parameter: id.clone().into(), reason: Box::new(reason.clone()) })
        }
        Some(Ok(text)) => Ok(text.clone()),
        None => Ok(None),
    });
    // An ARN may be shown. Anything else may be a key.
    let read = responses.into_values().filter_map(|response| response.ok().flatten());
    resolved.read = read.filter(|text| !text.expose().starts_with("arn:")).collect();
    resolved
}

/// The same without calls: nothing is left to read, or AWS could not be called at all.
pub fn resolve_without(plan: Plan, reason: &Reason) -> Resolved {
    let mut resolved = settle(plan, |_| Err(reason.clone()));
    for planned in &mut resolved.entries {
        if planned.step.source().is_some() {
            planned.step = Settled::Without(reason.clone());
        }
    }
    resolved
}

fn settle(plan: Plan, response: impl Fn(&ParameterId) -> parameters::Outcome) -> Resolved {
    let mut absent = Vec::new();
    let mut entries = Vec::with_capacity(plan.entries.len());
    for Planned { entry, step } in plan.entries {
        let Step { parameter, otherwise } = step;
        let settled = match parameter {
            None => otherwise,
            Some(parameter) => match response(&parameter) {
                Ok(Some(text)) => found(&entry, text.expose(), Origin::Parameter(parameter)),
                Ok(None) => {
                    absent.push((entry.name.clone(), parameter));
                    otherwise
                }
                Err(reason) => Settled::Without(reason),
            },
        };
        entries.push(Planned { entry, step: settled });
    }
    Resolved { entries, absent, read: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Env;
    use crate::store::{
        Action, MockParameterStore, MockSecretStore, Parameter, ParametersAnswer, StoreError,
        StoreErrorKind,
    };
    use crate::tests::{arn, limits, planned, stores_with};

    /// The result for an entry whose parameter `/demo/arn` holds this, does not exist, or cannot be
    /// read.
    async fn check(
        keys: &str,
        response: Result<Option<&str>, StoreErrorKind>,
        expected: &str,
        absent: bool,
    ) {
        let response = response.map(|held| match held {
            None => {
                ParametersAnswer { parameters: Vec::new(), invalid: vec!["/demo/arn".to_owned()] }
            }
            Some(text) => {
                let name = Some("/demo/arn".to_owned());
                let parameter = Parameter { arn: None, name, selector: None, value: text.into() };
                ParametersAnswer { parameters: vec![parameter], invalid: Vec::new() }
            }
        });
        let response =
            response.map_err(|kind| StoreError::new(kind, Action::GetParameters, "said so"));
        let mut parameters = MockParameterStore::new();
        parameters.expect_get_parameters().times(1).returning(move |_| response.clone());
        let plan = planned(
            &format!("[secrets.KEY]\narn_parameter = \"/demo/arn\"\n{keys}"),
            &Env::default(),
        );
        let stores = stores_with(MockSecretStore::new(), parameters);
        let resolved = resolve(plan, &stores, &limits()).await;
        let found = match &resolved.entries[0].step {
            Settled::Keep(_) => "kept".to_owned(),
            Settled::Read(target) => format!("read {}", target.shown()),
            Settled::Without(reason) => format!("{}: {reason}", reason.word()),
        };
        assert_eq!(found, expected, "{keys} {response:?}", response = resolved);
        let listed: Vec<_> =
            resolved.absent.iter().map(|(name, id)| (name.as_str(), id.as_str())).collect();
        assert_eq!(listed, if absent { vec![("KEY", "/demo/arn")] } else { vec![] }, "{keys}");
    }

    #[tokio::test]
    async fn a_parameter_decides_if_it_exists() {
        check("", Ok(Some(&arn("demo"))), &format!("read {}", arn("demo")), false).await;
        check(
            "secret_id = \"own\"\n",
            Ok(Some(&arn("demo"))),
            &format!("read {}", arn("demo")),
            false,
        )
        .await;
        check("secret_id = \"own\"\n", Ok(None), "read own", true).await;
        let nothing =
            "no_reference: no reference to its secret: parameter /demo/arn does not exist";
        check("", Ok(None), nothing, true).await;
        // A name is not shown: a value may have been published there by mistake.
        let named = "read the secret that parameter /demo/arn names";
        check("", Ok(Some("sk-test-published")), named, false).await;
        let error = crate::reference::ReferenceError::SecretName { position: 8 };
        let invalid = format!(
            "invalid_reference: parameter /demo/arn does not hold a valid reference: {error}"
        );
        check("secret_id = \"own\"\n", Ok(Some("sk-test !")), &invalid, false).await;
    }

    #[tokio::test]
    async fn a_failed_lookup_does_not_fall_through() {
        for keys in ["", "secret_id = \"own\"\n", "value_parameter = \"/demo/own\"\n"] {
            let denied =
                "denied: the reference could not be read from parameter /demo/arn: access denied";
            check(keys, Err(StoreErrorKind::Denied), denied, false).await;
            let rejected = "rejected: the reference could not be read from parameter /demo/arn: \
                AWS rejected the request";
            check(keys, Err(StoreErrorKind::Rejected), rejected, false).await;
        }
        // Some servers refuse a name that does not exist instead of listing it.
        check("secret_id = \"own\"\n", Err(StoreErrorKind::Absent), "read own", true).await;
    }

    #[tokio::test]
    async fn a_plan_that_cannot_be_asked_has_one_reason() {
        let manifest = "[secrets.A]\nsecret_id = \"a\"\n[secrets.B]\narn_parameter \
            = \"/b\"\n[secrets.C]\n[secrets.D]\n";
        let plan = planned(manifest, &Env::new([("D", "sk-test-local")]));
        let resolved = resolve_without(plan, &Reason::NoRegion);
        let words = resolved.entries.iter().map(|planned| match &planned.step {
            Settled::Without(reason) => reason.word(),
            Settled::Keep(_) => "kept",
            Settled::Read(_) => "read",
        });
        assert_eq!(words.collect::<Vec<_>>(), ["no_region", "no_region", "no_reference", "kept"]);
    }
}
