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
use super::stages::{Moved, describe, move_stage};
use super::store::{MoveStageRequest, SecretAt};
use super::whole::{Parts, Written, put_version, put_whole, with_parts, written};
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
    create: bool,
    writers: &Writers,
    limits: &Limits,
) -> Result<Written, WriteFailure> {
    let destination = parts[0].0;
    let DestinationKind::Secret(at) = &destination.kind else {
        return put_whole(parts, &with_parts(None, parts)?, create, writers, limits).await;
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
    let whole = with_parts(text.as_ref(), parts)?;
    // What was read goes into the new version with the rest, and into no message.
    let known = KnownValues::new(text.iter().chain([&whole])).naming([destination.shown.clone()]);
    let whole = Merged { whole: &whole, read, cleaning };
    put_merged(at, parts, whole, create, writers, limits)
        .await
        .map_err(|failure| failure.without(&known))
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
    create: bool,
    writers: &Writers,
    limits: &Limits,
) -> Result<Written, WriteFailure> {
    let Merged { whole, read, cleaning } = merged;
    let destination = parts[0].0;
    let failed = |error: StoreError| destination.failed(WriteProblem::Store(error));
    let (arn, version) = match put_version(at, whole, Some(OWN), writers, limits).await {
        Ok(put) => put,
        Err(error) if error.is_not_found() => {
            return put_whole(parts, whole, create, writers, limits).await;
        }
        Err(error) => return Err(failed(error)),
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

/// The current value and its version; `None` if it is no text.
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
    let text = match secret.value {
        Some(Payload::Text(text)) => Some(text),
        Some(Payload::Binary(bytes)) => SecretValue::from_utf8(bytes.to_vec()),
        None => Some(SecretValue::from("{}")),
    };
    Ok(text.map(|text| (text, version)))
}

async fn read(
    request: &SecretRequest,
    writers: &Writers,
    limits: &Limits,
) -> Result<Secret, StoreError> {
    retrying(limits, Action::GetSecretValue, || writers.stores.secrets.get_secret_value(request))
        .await
}
