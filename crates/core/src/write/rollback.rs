//! Rollback: AWSCURRENT goes back to an older version.

use crate::limits::Limits;
use crate::reference::Version;
use crate::store::Action;

use super::destination::Destination;
use super::history::history;
use super::stages::{Moved, describe, move_stage};
use super::store::{MoveStageRequest, SecretAt};
use super::{WriteFailure, WriteProblem, Writers};

/// A rollback that can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rollback {
    /// The variable.
    pub variable: String,
    /// The place as it may be shown.
    pub place: String,
    /// The version that has AWSCURRENT.
    pub from: String,
    /// The version that gets it.
    pub to: String,
    at: SecretAt,
}

/// Finds what a rollback would do, and changes nothing.
///
/// `to` is a version's id, enough of its beginning, or a staging label; `AWSPREVIOUS` for `None`.
///
/// # Errors
///
/// [`WriteFailure`]: there is no such version, or it is the current one.
pub async fn rollback_plan(
    destination: &Destination,
    to: Option<&str>,
    writers: &Writers,
    limits: &Limits,
) -> Result<Rollback, WriteFailure> {
    destination.check_changeable()?;
    let at = destination.secret(Action::UpdateSecretVersionStage)?;
    let described = describe(at, &writers.stores, limits).await;
    let secret = described.map_err(|error| destination.failed(WriteProblem::Store(error)))?;
    let from = secret
        .version_at(Version::CURRENT)
        .ok_or_else(|| destination.failed(WriteProblem::NeverFilled))?
        .to_owned();
    let to = match to {
        None => secret
            .version_at(Version::PREVIOUS)
            .ok_or_else(|| destination.failed(WriteProblem::NoPreviousVersion))?
            .to_owned(),
        Some(text) => match secret.version_at(text) {
            Some(version) => version.to_owned(),
            None => by_id(destination, text, writers, limits).await?,
        },
    };
    if from == to {
        return Err(destination.failed(WriteProblem::AlreadyCurrent));
    }
    Ok(Rollback {
        variable: destination.entry.name.clone(),
        place: destination.shown.clone(),
        from,
        to,
        at: at.clone(),
    })
}

/// Moves AWSCURRENT, if it is still where it was.
///
/// # Errors
///
/// [`WriteFailure`]; [`WriteProblem::ChangedMeanwhile`] if another version became the current one.
pub async fn rollback(
    destination: &Destination,
    plan: &Rollback,
    writers: &Writers,
    limits: &Limits,
) -> Result<(), WriteFailure> {
    let request = MoveStageRequest {
        at: plan.at.clone(),
        stage: Version::CURRENT.to_owned(),
        from: Some(plan.from.clone()),
        to: Some(plan.to.clone()),
    };
    match move_stage(&request, writers, limits).await {
        Ok(Moved::Done) => Ok(()),
        Ok(Moved::Elsewhere) => Err(destination.failed(WriteProblem::ChangedMeanwhile)),
        Err(error) => Err(destination.failed(WriteProblem::Store(error))),
    }
}

/// The version whose id is, or alone begins so.
async fn by_id(
    destination: &Destination,
    text: &str,
    writers: &Writers,
    limits: &Limits,
) -> Result<String, WriteFailure> {
    // What is too short to be meant is more likely a label that was mistyped.
    const SHORTEST: usize = 4;
    let versions = history(destination, writers, limits).await?;
    if let Some(exact) = versions.iter().find(|version| version.id == text) {
        return Ok(exact.id.clone());
    }
    let mut found =
        versions.iter().filter(|version| text.len() >= SHORTEST && version.id.starts_with(text));
    match (found.next(), found.next()) {
        (Some(version), None) => Ok(version.id.clone()),
        (Some(_), Some(_)) => Err(destination.failed(WriteProblem::AmbiguousVersion)),
        (None, _) => Err(destination.failed(WriteProblem::UnknownVersion)),
    }
}
