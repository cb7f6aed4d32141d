//! Staging labels: moved so that a lost answer does no harm, and never over somebody else's change.

use crate::limits::Limits;
use crate::retry::retrying;
use crate::store::{Action, SecretDescription, SecretRequest, StoreError, StoreErrorKind};
use crate::stores::Stores;

use super::Writers;
use super::store::{MoveStageRequest, SecretAt};

/// What a move of a label came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    /// It is where it was to go.
    Done,
    /// It was with another version than was thought, and is there still.
    Elsewhere,
}

/// Moves a label from the version that is thought to have it.
///
/// UpdateSecretVersionStage takes no token, and AWS refuses to repeat a move that was made. So
/// where it fails, the secret is described to see where the label is.
pub(super) async fn move_stage(
    request: &MoveStageRequest,
    writers: &Writers,
    limits: &Limits,
) -> Result<Moved, StoreError> {
    let call = || writers.secrets.update_secret_version_stage(request);
    let error = match retrying(limits, Action::UpdateSecretVersionStage, call).await {
        Ok(()) => return Ok(Moved::Done),
        Err(error) => error,
    };
    if matches!(
        error.kind,
        StoreErrorKind::Denied | StoreErrorKind::Credentials | StoreErrorKind::RefusedEndpoint
    ) {
        return Err(error);
    }
    let Ok(description) = describe(&request.at, &writers.stores, limits).await else {
        return Err(error);
    };
    match description.version_at(&request.stage) {
        at if at == request.to.as_deref() => Ok(Moved::Done),
        at if at == request.from.as_deref() => Err(error),
        _ => Ok(Moved::Elsewhere),
    }
}

/// Everything about a secret but its value.
pub(super) async fn describe(
    at: &SecretAt,
    stores: &Stores,
    limits: &Limits,
) -> Result<SecretDescription, StoreError> {
    let request = SecretRequest { region: at.region.clone(), id: at.id.clone(), version: None };
    retrying(limits, Action::DescribeSecret, || stores.secrets.describe_secret(&request)).await
}
