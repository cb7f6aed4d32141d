//! Delete and restore: a secret goes with a recovery window, and comes back within it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use crate::limits::Limits;
use crate::reason::Reason;
use crate::reference::Version;
use crate::retry::retrying;
use crate::store::{Action, StoreError, StoreErrorKind};

use super::destination::{Destination, DestinationKind};
use super::stages::describe;
use super::store::{DeleteRequest, RecoveryWindow};
use super::{WriteFailure, WriteProblem, Writers};

/// The recovery window where nothing is said: AWS's longest
/// ([AWS](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html)).
pub const DEFAULT_WINDOW: RecoveryWindow = RecoveryWindow::Days(30);

/// What is said of a response that does not confirm a deletion.
const NO_DATE: &str = "the response has no date from which the secret is gone (DeletionDate)";

/// What was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deleted {
    /// The variable.
    pub variable: String,
    /// The place as it may be shown.
    pub place: String,
    /// Until when it can be restored; `None` if it cannot.
    pub until: Option<SystemTime>,
}

impl Deleted {
    /// What is gone at once, or is to be deleted.
    pub fn new(variable: impl Into<String>, place: impl Into<String>) -> Self {
        Deleted { variable: variable.into(), place: place.into(), until: None }
    }
}

/// Checks that a deletion is possible, and changes nothing.
///
/// # Errors
///
/// That it is not the entry's to change; [`WriteProblem::Pinned`], [`WriteProblem::BadWindow`], and
/// [`WriteProblem::NoRecovery`] for a parameter.
pub fn check_delete(destination: &Destination, window: RecoveryWindow) -> Result<(), WriteFailure> {
    destination.check_changeable()?;
    if let Some(version) = destination.pinned.as_ref().filter(|version| !is_current(version)) {
        return Err(destination.failed(WriteProblem::Pinned(version.clone())));
    }
    match (&destination.kind, window) {
        (_, RecoveryWindow::Days(days)) if !(7..=30).contains(&days) => {
            Err(destination.failed(WriteProblem::BadWindow))
        }
        (DestinationKind::Parameter { .. }, RecoveryWindow::Days(_)) => {
            Err(destination.failed(WriteProblem::NoRecovery))
        }
        (DestinationKind::Unnamed { reason, .. }, _) => {
            Err(destination.failed(WriteProblem::NoDestination(reason.clone())))
        }
        _ => Ok(()),
    }
}

/// Whether it is the version that a read without a pin gets.
fn is_current(version: &Version) -> bool {
    matches!(version, Version::Stage(stage) if stage == Version::CURRENT)
}

/// Deletes the secret, or the parameter at once.
///
/// # Errors
///
/// [`WriteFailure`].
pub async fn delete(
    destination: &Destination,
    window: RecoveryWindow,
    writers: &Writers,
    limits: &Limits,
) -> Result<Deleted, WriteFailure> {
    check_delete(destination, window)?;
    let deleted = |until| Deleted {
        variable: destination.entry.name.clone(),
        place: destination.shown.clone(),
        until,
    };
    let at = match &destination.kind {
        DestinationKind::Parameter { region, id } => {
            let Some(store) = &writers.parameters else {
                return Err(
                    destination.failed(WriteProblem::NoDestination(Reason::NoParameterStore))
                );
            };
            // Whether an earlier call was made and its response lost: then nobody wonders that
            // there is nothing any more.
            let lost = AtomicBool::new(false);
            let call = || async {
                let before = lost.swap(true, Ordering::Relaxed);
                let answer = store.delete_parameter(region, id.name()).await;
                match &answer {
                    Err(error) if error.kind == StoreErrorKind::Throttled => {
                        lost.store(before, Ordering::Relaxed)
                    }
                    Err(error) if error.is_not_found() && before => return Ok(()),
                    _ => {}
                }
                answer
            };
            let answer = retrying(limits, Action::DeleteParameter, call).await;
            return answer.map(|()| deleted(None)).map_err(|error| match error.is_not_found() {
                true => destination.failed(WriteProblem::ParameterAbsent),
                false => destination.failed(WriteProblem::Store(error)),
            });
        }
        _ => destination.secret(Action::DeleteSecret)?,
    };
    let request = DeleteRequest { at: at.clone(), window };
    let error =
        match retrying(limits, Action::DeleteSecret, || writers.secrets.delete_secret(&request))
            .await
        {
            Ok(Some(until)) => {
                return Ok(deleted(Some(until).filter(|_| window != RecoveryWindow::None)));
            }
            // Every response that deletes a secret has the date, at once and for good too.
            Ok(None) => StoreError::new(StoreErrorKind::Malformed, Action::DeleteSecret, NO_DATE),
            Err(error) => error,
        };
    // AWS refuses to delete what is deleted already, as it is where the first answer was lost.
    if error.kind == StoreErrorKind::Absent
        && let Ok(description) = describe(at, &writers.stores, limits).await
        && description.deleted.is_some()
    {
        return Ok(deleted(None));
    }
    Err(destination.failed(WriteProblem::Store(error)))
}

/// Takes a deletion back within its window. A secret that is not deleted stays as it is.
///
/// # Errors
///
/// [`WriteFailure`].
pub async fn restore(
    destination: &Destination,
    writers: &Writers,
    limits: &Limits,
) -> Result<(), WriteFailure> {
    destination.check_changeable()?;
    let at = destination.secret(Action::RestoreSecret)?;
    let answer =
        retrying(limits, Action::RestoreSecret, || writers.secrets.restore_secret(at)).await;
    answer.map_err(|error| destination.failed(WriteProblem::Store(error)))
}
