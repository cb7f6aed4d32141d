//! Rollback: AWSCURRENT goes back to an older version.

use crate::limits::Limits;
use crate::reference::Version;
use crate::store::Action;

use super::history::history;
use super::stages::{Moved, describe, move_stage};
use super::store::{MoveStageRequest, SecretAt};
use super::target::WriteTarget;
use super::{WriteFailure, WriteProblem, Writers};

/// A rollback that can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    target: &WriteTarget,
    to: Option<&str>,
    writers: &Writers,
    limits: &Limits,
) -> Result<Rollback, WriteFailure> {
    target.check_changeable()?;
    let at = target.secret(Action::UpdateSecretVersionStage)?;
    let described = describe(at, &writers.stores, limits).await;
    let secret = described.map_err(|error| target.failed(WriteProblem::Store(error)))?;
    let from = secret
        .version_at(Version::CURRENT)
        .ok_or_else(|| target.failed(WriteProblem::NeverFilled))?
        .to_owned();
    let to = match to {
        None => secret
            .version_at(Version::PREVIOUS)
            .ok_or_else(|| target.failed(WriteProblem::NoPreviousVersion))?
            .to_owned(),
        Some(text) => match secret.version_at(text) {
            Some(version) => version.to_owned(),
            None => by_id(target, text, writers, limits).await?,
        },
    };
    if from == to {
        return Err(target.failed(WriteProblem::AlreadyCurrent));
    }
    Ok(Rollback {
        variable: target.entry.name.clone(),
        place: target.shown.clone(),
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
    target: &WriteTarget,
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
        Ok(Moved::Elsewhere) => Err(target.failed(WriteProblem::ChangedMeanwhile)),
        Err(error) => Err(target.failed(WriteProblem::Store(error))),
    }
}

/// The version whose id is, or alone begins so.
async fn by_id(
    target: &WriteTarget,
    text: &str,
    writers: &Writers,
    limits: &Limits,
) -> Result<String, WriteFailure> {
    // What is too short to be meant is more likely a label that was mistyped.
    const SHORTEST: usize = 4;
    let versions = history(target, writers, limits).await?;
    if let Some(exact) = versions.iter().find(|version| version.id == text) {
        return Ok(exact.id.clone());
    }
    let mut found =
        versions.iter().filter(|version| text.len() >= SHORTEST && version.id.starts_with(text));
    match (found.next(), found.next()) {
        (Some(version), None) => Ok(version.id.clone()),
        (Some(_), Some(_)) => Err(target.failed(WriteProblem::AmbiguousVersion)),
        (None, _) => Err(target.failed(WriteProblem::UnknownVersion)),
    }
}
