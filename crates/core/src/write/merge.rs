//! Merge: changes parts of a JSON secret and keeps the rest. The one command of the write side that
//! reads a value.
//!
//! Nobody else's change is lost: the new version is put under a label of its own, and AWSCURRENT is
//! moved to it only from the version that was read.

use std::time::Duration;

use tokio::time::Instant;

use crate::limits::Limits;
use crate::reason::Reason;
use crate::reference::Version;
use crate::retry::retrying;
use crate::secret_value::SecretValue;
use crate::shown::KnownValues;
use crate::store::{Action, Payload, Secret, SecretRequest, StoreError, StoreErrorKind};

use super::destination::DestinationKind;
use super::options::PutOptions;
use super::stages::{Moved, describe, move_stage};
use super::store::{MoveStageRequest, SecretAt};
use super::whole::{Parts, Written, put_problem, put_version, put_whole, with_parts, written};
use super::{WriteFailure, WriteProblem, Writers};

/// The label of a version that is not the current one yet. One for all: the next merge takes it
/// along where one was broken off or may not move labels, so that they never add up to the twenty
/// that a secret can have.
const OWN: &str = "hydrant-merge";

/// How long it may take to take the label off again, at most: a quarter of the time that there is.
const CLEANING: Duration = Duration::from_secs(5);

/// Reads the current version, changes the parts, and makes the result the current version if that
/// is still the one read.
pub(super) async fn merge(
    parts: &Parts<'_>,
    options: &PutOptions,
    writers: &Writers,
    limits: &Limits,
) -> Result<Written, WriteFailure> {
    let destination = parts[0].0;
    let DestinationKind::Secret(at) = &destination.kind else {
        return put_whole(parts, &with_parts(None, parts)?, options, writers, limits).await;
    };
    let failed = |error: StoreError| destination.failed(WriteProblem::Store(error));
    // Taking the label off has time of its own: what is left behind counts against AWS's twenty
    // labels.
    let cleaning = limits;
    let left = limits.deadline.saturating_duration_since(Instant::now());
    let mut limits = limits.clone();
    limits.deadline -= CLEANING.min(left / 4);
    let limits = &limits;
    let (text, read) = match current(at, writers, limits).await {
        Ok(Some((text, version))) => (Some(text), version),
        Ok(None) => return Err(destination.failed(WriteProblem::NotMergeable(Reason::NotText))),
        // There is no such secret, or it has no value yet: there is nothing to keep.
        Err(error) if error.is_not_found() => (None, None),
        Err(error) => return Err(failed(error)),
    };
    if let (Some(token), Some(_)) = (&options.token, &read)
        && let Some(written) = merged_before(at, parts, token, writers, limits).await?
    {
        return Ok(written);
    }
    let whole = with_parts(text.as_ref(), parts)?;
    // What was read goes into the new version with the rest, and into no message.
    let known = KnownValues::new(text.iter().chain([&whole])).naming([destination.shown.clone()]);
    let whole = Merged { whole: &whole, read, cleaning };
    put_merged(at, parts, whole, options, writers, limits)
        .await
        .map_err(|failure| failure.without(&known))
}

/// What a merge with this token made when it was made before: AWS would take the same text for the
/// same version, but a label that is moved again takes back what others wrote since. `None` where
/// the token is new, or its version has not become the current one yet.
async fn merged_before(
    at: &SecretAt,
    parts: &Parts<'_>,
    token: &str,
    writers: &Writers,
    limits: &Limits,
) -> Result<Option<Written>, WriteFailure> {
    let destination = parts[0].0;
    let failed = |error: StoreError| destination.failed(WriteProblem::Store(error));
    let version = Some(Version::Id(token.to_owned()));
    let request = SecretRequest { region: at.region.clone(), id: at.id.clone(), version };
    let secret = match read(&request, writers, limits).await {
        Ok(secret) => secret,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let text = as_text(secret.value);
    let has_parts = text
        .as_ref()
        .is_some_and(|text| with_parts(Some(text), parts).is_ok_and(|whole| whole == *text));
    let described = describe(at, &writers.stores, limits).await.map_err(failed)?;
    let has = |stage: &str| described.version_at(stage) == Some(token);
    if has_parts && (has(Version::CURRENT) || has(Version::PREVIOUS)) {
        let version = token.to_owned();
        Ok(Some(written(parts, &destination.shown, described.arn, version, false)))
    } else if has_parts && has(OWN) {
        Ok(None)
    } else {
        // Another value, or a version of which nothing tells whether it was ever the current one.
        Err(destination.failed(WriteProblem::TokenUsed))
    }
}

/// What is put, from which version, and the time to take the label off again.
struct Merged<'a> {
    whole: &'a SecretValue,
    read: Option<String>,
    cleaning: &'a Limits,
}

/// Puts the new whole under a label of its own, and moves AWSCURRENT to it from the version that
/// was read.
async fn put_merged(
    at: &SecretAt,
    parts: &Parts<'_>,
    merged: Merged<'_>,
    options: &PutOptions,
    writers: &Writers,
    limits: &Limits,
) -> Result<Written, WriteFailure> {
    let Merged { whole, read, cleaning } = merged;
    let destination = parts[0].0;
    let failed = |error: StoreError| destination.failed(WriteProblem::Store(error));
    let (arn, version) = match put_version(at, whole, Some(OWN), options, writers, limits).await {
        Ok(put) => put,
        Err(error) if error.is_not_found() => {
            return put_whole(parts, whole, options, writers, limits).await;
        }
        Err(error) => return Err(destination.failed(put_problem(error, options))),
    };
    let label = |stage: &str, from: Option<String>, to: Option<String>| MoveStageRequest {
        at: at.clone(),
        stage: stage.to_owned(),
        from,
        to,
    };
    let moved =
        move_stage(&label(Version::CURRENT, read, Some(version.clone())), writers, limits).await;
    // Without a label the version counts for nothing any more, or keeps AWSCURRENT alone.
    if let Err(error) =
        move_stage(&label(OWN, Some(version.clone()), None), writers, cleaning).await
    {
        let code = error.code.unwrap_or_default();
        match error.kind {
            // The next merge takes it along, and then there is time again.
            StoreErrorKind::Throttled => {
                tracing::info!(stage = OWN, "the label {OWN} stays on version {version} for now")
            }
            _ => tracing::warn!(
                stage = OWN,
                code,
                "the label {OWN} could not be taken off version {version} ({code})"
            ),
        }
    }
    match moved {
        Ok(Moved::Done) => Ok(written(parts, &destination.shown, arn, version, false)),
        Ok(Moved::Elsewhere) => Err(destination.failed(WriteProblem::ChangedMeanwhile)),
        Err(error) => Err(failed(error)),
    }
}

/// The current value and its version; `None` if it is not text.
async fn current(
    at: &SecretAt,
    writers: &Writers,
    limits: &Limits,
) -> Result<Option<(SecretValue, Option<String>)>, StoreError> {
    let request = SecretRequest { region: at.region.clone(), id: at.id.clone(), version: None };
    let mut secret = read(&request, writers, limits).await?;
    let mut version = secret.receipt.version_id().map(str::to_owned);
    // An id of no form that is kept: the version is found by its label first, and then read as just
    // this one.
    if version.is_none() {
        let current = describe(at, &writers.stores, limits)
            .await?
            .version_at(Version::CURRENT)
            .map(str::to_owned);
        let pinned = SecretRequest { version: current.clone().map(Version::Id), ..request };
        secret = read(&pinned, writers, limits).await?;
        version = current;
    }
    Ok(as_text(secret.value).map(|text| (text, version)))
}

/// The text to change; `None` if it is not text.
fn as_text(value: Option<Payload>) -> Option<SecretValue> {
    match value {
        Some(Payload::Text(text)) => Some(text),
        Some(Payload::Binary(bytes)) => SecretValue::from_utf8(bytes.to_vec()),
        None => Some(SecretValue::from("{}")),
    }
}

async fn read(
    request: &SecretRequest,
    writers: &Writers,
    limits: &Limits,
) -> Result<Secret, StoreError> {
    retrying(limits, Action::GetSecretValue, || writers.stores.secrets.get_secret_value(request))
        .await
}
