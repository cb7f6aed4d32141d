//! History: the versions of a secret, with their labels and dates.

use std::cmp::Reverse;

use crate::limits::Limits;
use crate::pages::Pages;
use crate::retry::retrying;
use crate::store::Action;

use super::destination::Destination;
use super::store::SecretVersion;
use super::{WriteFailure, WriteProblem, Writers};

/// The versions of an entry's secret, the newest first; those that AWS may drop, since they have no
/// label, included.
///
/// # Errors
///
/// [`WriteFailure`]; a parameter has no such history that could be told without reading it.
pub async fn history(
    destination: &Destination,
    writers: &Writers,
    limits: &Limits,
) -> Result<Vec<SecretVersion>, WriteFailure> {
    let at = destination.secret(Action::ListSecretVersionIds)?;
    let mut versions = Vec::new();
    let mut pages = Pages::default();
    loop {
        let call = || writers.secrets.list_secret_version_ids(at, pages.token.clone());
        let answer = retrying(limits, Action::ListSecretVersionIds, call).await;
        let answer = answer.map_err(|error| destination.failed(WriteProblem::Store(error)))?;
        let next = pages.next(answer.versions.len(), answer.next, Action::ListSecretVersionIds);
        versions.extend(answer.versions);
        if !next.map_err(|error| destination.failed(WriteProblem::Store(error)))? {
            break;
        }
    }
    versions.sort_by(|one, other| {
        (Reverse(one.created), &one.id).cmp(&(Reverse(other.created), &other.id))
    });
    Ok(versions)
}
