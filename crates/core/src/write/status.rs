//! Status: whether each entry has a value and since when, from DescribeSecret alone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use futures_util::{StreamExt, stream};

use crate::describe::{
    self, Described as DescribedAs, DescribedVersion, described, described_version,
};
use crate::limits::Limits;
use crate::manifest::Entry;
use crate::pages::Pages;
use crate::reason::Reason;
use crate::reference::{ParameterId, SecretId, without_random_suffix};
use crate::retry::retrying;
use crate::store::{Action, ParameterDescription, SecretDescription, StoreError};
use crate::stores::Stores;

use super::destination::{Destination, DestinationKind};
use super::stages;
use super::{WriteFailure, WriteProblem, Writers};

/// What is known of an entry's value without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// The variable.
    pub variable: String,
    /// The entry's line in the manifest, from 1.
    pub line: usize,
    /// The entry's description.
    pub description: Option<String>,
    /// Whether a missing value stops the start.
    pub required: bool,
    /// The place as it may be shown.
    pub place: Option<String>,
    /// Whether there is a value.
    pub state: State,
    /// Why there is no destination: what was asked for a reference.
    pub unnamed: Option<Reason>,
    /// When the secret or the parameter was changed last, in any way.
    pub changed: Option<SystemTime>,
    /// The version that reads get: a secret's id, or a parameter's number.
    pub version: Option<String>,
    /// When the value is due for rotation: `rotate_after` from the last change.
    pub due: Option<SystemTime>,
    /// When AWS rotates it next, where a function does.
    pub next_rotation: Option<SystemTime>,
}

/// Whether an entry has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// There is one. Whether it is JSON with the entry's key is not known: that takes a read.
    Configured,
    /// The secret was created and never given a value, or not at the version that the entry is
    /// pinned to.
    Empty,
    /// There is no such secret or parameter, or nothing names one.
    Absent,
    /// The secret is scheduled for deletion, and cannot be read.
    Deleted,
    /// It could not be found out.
    Unknown(WriteFailure),
}

impl State {
    /// One word: `configured`, `empty`, `absent`, `deleted` or `unknown`.
    pub fn word(&self) -> &'static str {
        match self {
            State::Configured => "configured",
            State::Empty => "empty",
            State::Absent => "absent",
            State::Deleted => "deleted",
            State::Unknown(_) => "unknown",
        }
    }
}

impl Status {
    /// Whether the value is due for rotation by then.
    pub fn is_due(&self, now: SystemTime) -> bool {
        self.state == State::Configured && self.due.is_some_and(|due| due <= now)
    }
}

/// A secret under the manifest's names that no entry knows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unlisted {
    /// Its name.
    pub name: String,
    /// When it was changed last.
    pub changed: Option<SystemTime>,
    /// When it was scheduled for deletion, if it is.
    pub deleted: Option<SystemTime>,
}

/// Describes what every entry's value lives in, each secret and parameter once.
pub async fn status(
    destinations: Vec<Result<Destination, WriteFailure>>,
    entries: &[Arc<Entry>],
    stores: &Stores,
    limits: &Limits,
) -> Vec<Status> {
    // Owned: of a closure that takes a reference the compiler cannot tell that its future is
    // `Send`.
    let distinct: BTreeMap<String, Destination> = destinations
        .iter()
        .flatten()
        .map(|destination| (destination.key(), destination.clone()))
        .collect();
    let described = stream::iter(distinct)
        .map(
            |(key, destination)| async move { (key, describe(&destination, stores, limits).await) },
        )
        .buffer_unordered(limits.concurrency());
    let described: BTreeMap<String, Described> = described.collect().await;
    let each = entries.iter().zip(&destinations).map(|(entry, destination)| match destination {
        Ok(destination) => described_status(destination, described.get(&destination.key())),
        Err(failure) => of(entry, failure.place.clone(), State::Unknown(failure.clone())),
    });
    each.collect()
}

enum Described {
    Secret(Result<SecretDescription, StoreError>),
    Parameter(Result<Option<ParameterDescription>, StoreError>),
    Nowhere,
    NoParameterStore,
}

async fn describe(destination: &Destination, stores: &Stores, limits: &Limits) -> Described {
    match (&destination.kind, &stores.parameters) {
        (DestinationKind::Unnamed { .. }, _) => Described::Nowhere,
        (DestinationKind::Secret(at), _) => {
            Described::Secret(stages::describe(at, stores, limits).await)
        }
        (DestinationKind::Parameter { region, id }, Some(store)) => {
            Described::Parameter(describe::parameter(region, id, &**store, limits).await)
        }
        (DestinationKind::Parameter { .. }, None) => Described::NoParameterStore,
    }
}

fn described_status(destination: &Destination, described: Option<&Described>) -> Status {
    let entry = &destination.entry;
    let shown = Some(destination.shown.clone());
    let unknown = |problem: WriteProblem| {
        of(entry, shown.clone(), State::Unknown(destination.failed(problem)))
    };
    match described {
        None | Some(Described::Nowhere) => {
            let unnamed = match &destination.kind {
                DestinationKind::Unnamed { reason, .. } => Some(reason.clone()),
                DestinationKind::Secret(_) | DestinationKind::Parameter { .. } => None,
            };
            Status { unnamed, ..of(entry, None, State::Absent) }
        }
        Some(Described::NoParameterStore) => {
            unknown(WriteProblem::NoDestination(Reason::NoParameterStore))
        }
        Some(Described::Secret(Err(error)) | Described::Parameter(Err(error)))
            if error.is_not_found() =>
        {
            of(entry, shown, State::Absent)
        }
        Some(Described::Secret(Err(error)) | Described::Parameter(Err(error))) => {
            unknown(WriteProblem::Store(error.clone()))
        }
        Some(Described::Parameter(Ok(found))) => match &destination.kind {
            DestinationKind::Parameter { id, .. } => {
                parameter_status(destination, id, found.as_ref())
            }
            DestinationKind::Secret(_) | DestinationKind::Unnamed { .. } => {
                of(entry, shown, State::Absent)
            }
        },
        Some(Described::Secret(Ok(secret))) => {
            let found = described_version(secret, destination.pinned.as_ref());
            let state = match found {
                _ if secret.deleted.is_some() => State::Deleted,
                DescribedVersion::At(_) => State::Configured,
                DescribedVersion::Absent => State::Empty,
                DescribedVersion::Unknown => {
                    return unknown(WriteProblem::NoDestination(Reason::VersionNotDescribed));
                }
            };
            let version = match found {
                DescribedVersion::At(id) => Some(id.to_owned()),
                DescribedVersion::Absent | DescribedVersion::Unknown => None,
            };
            let status =
                Status { version, next_rotation: secret.next_rotation, ..of(entry, shown, state) };
            changed(entry, status, secret.changed)
        }
    }
}

fn parameter_status(
    destination: &Destination,
    id: &ParameterId,
    found: Option<&ParameterDescription>,
) -> Status {
    let (entry, shown) = (&destination.entry, Some(destination.shown.clone()));
    match (described(id, found), found) {
        (DescribedAs::Current, Some(found)) => {
            let status = of(entry, shown, State::Configured);
            changed(
                entry,
                Status { version: Some(found.version.to_string()), ..status },
                found.changed,
            )
        }
        // When it was made is not told.
        (DescribedAs::Older(version), _) => {
            Status { version: Some(version.to_string()), ..of(entry, shown, State::Configured) }
        }
        (DescribedAs::Unknown, _) => {
            let reason = Reason::NotDescribed { parameter: id.clone().into() };
            of(
                entry,
                shown,
                State::Unknown(destination.failed(WriteProblem::NoDestination(reason))),
            )
        }
        (DescribedAs::Absent | DescribedAs::Current, _) => of(entry, shown, State::Absent),
    }
}

fn changed(entry: &Entry, status: Status, changed: Option<SystemTime>) -> Status {
    let due =
        entry.rotate_after.zip(changed).and_then(|(after, changed)| changed.checked_add(after));
    Status { due: due.filter(|_| status.state == State::Configured), changed, ..status }
}

fn of(entry: &Entry, place: Option<String>, state: State) -> Status {
    Status {
        variable: entry.name.clone(),
        line: entry.line,
        description: entry.description.clone(),
        required: entry.need.is_required(),
        place,
        state,
        unnamed: None,
        changed: None,
        version: None,
        due: None,
        next_rotation: None,
    }
}

/// The folders that the manifest's secrets lie in, with the region of each: what stands before the
/// last slash of a name. Secrets whose names have no slash lie in none.
pub fn folders(destinations: &[Destination]) -> Vec<(String, String)> {
    let mut folders: Vec<(String, String)> = destinations
        .iter()
        .filter_map(|destination| {
            let (region, name) = match &destination.kind {
                DestinationKind::Secret(at) => match &at.id {
                    SecretId::Name(name) if !destination.hidden => (&at.region, name.as_str()),
                    SecretId::Name(_) => return None,
                    SecretId::Arn(arn) => (&at.region, arn.resource()),
                },
                DestinationKind::Unnamed { region, .. } => {
                    (region, destination.entry.create_name.as_str())
                }
                DestinationKind::Parameter { .. } => return None,
            };
            Some((region.clone(), format!("{}/", name.rsplit_once('/')?.0)))
        })
        .collect();
    folders.sort_unstable();
    folders.dedup();
    folders
}

/// Lists the secrets in these folders whose names none of the destinations has.
///
/// # Errors
///
/// What ListSecrets failed with.
pub async fn unlisted(
    destinations: &[Destination],
    folders: &[(String, String)],
    writers: &Writers,
    limits: &Limits,
) -> Result<Vec<Unlisted>, StoreError> {
    let mut found: BTreeMap<(String, String), Unlisted> = BTreeMap::new();
    for (region, folder) in folders {
        let mut pages = Pages::default();
        loop {
            let call = || writers.secrets.list_secrets(region, folder, pages.token.clone());
            let answer = retrying(limits, Action::ListSecrets, call).await?;
            let more = pages.next(answer.secrets.len(), answer.next, Action::ListSecrets)?;
            for secret in answer.secrets {
                let Some(name) = secret.name.clone() else { continue };
                if !destinations
                    .iter()
                    .any(|destination| is(destination, region, &name, secret.arn.as_deref()))
                {
                    let unlisted = Unlisted {
                        name: name.clone(),
                        changed: secret.changed,
                        deleted: secret.deleted,
                    };
                    found.insert((region.clone(), name), unlisted);
                }
            }
            if !more {
                break;
            }
        }
    }
    Ok(found.into_values().collect())
}

/// Whether a destination is the secret of this name and ARN.
fn is(destination: &Destination, region: &str, name: &str, arn: Option<&str>) -> bool {
    match &destination.kind {
        DestinationKind::Secret(at) if at.region == region => match &at.id {
            SecretId::Name(own) => own == name,
            SecretId::Arn(own) => arn.is_some_and(|arn| {
                arn == own.as_str() || without_random_suffix(arn) == Some(own.as_str())
            }),
        },
        DestinationKind::Unnamed { region: own, .. } => {
            own == region && destination.entry.create_name == name
        }
        _ => false,
    }
}
