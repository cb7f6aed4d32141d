//! Tests of the whole pipeline, secret by secret and outcome by outcome, and the shared code of the
//! stages' own tests.

mod events;
mod gemini;
mod openai;
mod outcomes;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tracing::instrument::WithSubscriber;

use crate::events::emit;
use crate::limits::Limits;
use crate::manifest::{Manifest, Selected, Selection};
use crate::plan::{Plan, PlanOptions, plan};
use crate::reason::Reason;
use crate::reference::{Reference, SecretId};
use crate::store::{
    Action, MockParameterStore, MockSecretStore, Payload, Receipt, Secret, SecretStore, StoreError,
    StoreErrorKind,
};
use crate::{Env, Hydration, Stores, hydrate};

pub(crate) use events::{Event, Recorder};

/// A full ARN of a secret with this name.
pub(crate) fn arn(name: &str) -> String {
    arn_in("us-east-1", "123456789012", name)
}

pub(crate) fn arn_in(region: &str, account: &str, name: &str) -> String {
    format!("arn:aws:secretsmanager:{region}:{account}:secret:{name}-AbCdEf")
}

/// The id of a secret without suffix.
pub(crate) fn secret_id(text: &str) -> SecretId {
    match Reference::parse(text) {
        Ok(Reference::Secret(secret)) => secret.id,
        other => panic!("{text} is not a secret: {other:?}"),
    }
}

/// The entries of a manifest without its first line.
pub(crate) fn selected(manifest: &str, env: &Env) -> Selected {
    let manifest =
        Manifest::parse("secrets.toml".as_ref(), &format!("version = 1\n{manifest}")).unwrap();
    manifest.select(&Selection::default(), env).unwrap()
}

pub(crate) fn planned(manifest: &str, env: &Env) -> Plan {
    plan(&selected(manifest, env), env, PlanOptions::default())
}

/// A secret as AWS returns it for this ARN.
pub(crate) fn text(arn: &str, value: &str) -> Secret {
    let name = arn.rsplit(':').next().unwrap_or_default();
    let name = name.get(..name.len().saturating_sub(7)).unwrap_or_default();
    let receipt = Receipt::new(Some("4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab"), None);
    let (arn, name) = (Some(arn.to_owned()), Some(name.to_owned()));
    Secret { arn, name, value: Some(Payload::Text(value.into())), receipt }
}

/// An error as AWS returns it.
pub(crate) fn aws_error(kind: StoreErrorKind, code: &str, message: &str) -> StoreError {
    StoreError {
        code: Some(code.to_owned()),
        ..StoreError::new(kind, Action::GetSecretValue, message)
    }
}

pub(crate) fn denied() -> StoreError {
    aws_error(StoreErrorKind::Denied, "AccessDeniedException", "not authorized to perform it")
}

pub(crate) fn absent() -> StoreError {
    aws_error(
        StoreErrorKind::Absent,
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret.",
    )
}

/// Stores whose Parameter Store must not be called.
pub(crate) fn stores(secrets: impl SecretStore + 'static) -> Stores {
    stores_with(secrets, MockParameterStore::new())
}

pub(crate) fn stores_with(
    secrets: impl SecretStore + 'static,
    parameters: MockParameterStore,
) -> Stores {
    Stores {
        secrets: Arc::new(secrets),
        parameters: Some(Arc::new(parameters)),
        region: Some("us-east-1".to_owned()),
    }
}

/// A store that returns this for every single read.
pub(crate) fn responding(response: Result<Secret, StoreError>) -> MockSecretStore {
    let mut secrets = MockSecretStore::new();
    secrets.expect_get_secret_value().returning(move |_| response.clone());
    secrets
}

pub(crate) fn limits() -> Limits {
    Limits::within(Duration::from_secs(10))
}

/// Hydrates a manifest without its first line, and also returns what was logged.
pub(crate) async fn hydrated(
    manifest: &str,
    env: &Env,
    stores: &Stores,
) -> (Hydration, Vec<Event>) {
    let recorder = Recorder::default();
    let limits = limits();
    let run = hydrate("secrets.toml".as_ref(), planned(manifest, env), env, stores, &limits);
    let run = run.inspect(|hydration| emit(&hydration.report, false, Reason::hint, true));
    let hydration = run.with_subscriber(recorder.clone()).await;
    (hydration, recorder.events())
}

/// The value of a variable.
pub(crate) fn value<'a>(hydration: &'a Hydration, variable: &str) -> Option<&'a str> {
    hydration.values.get(variable).map(crate::SecretValue::expose)
}
