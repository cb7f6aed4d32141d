//! Destination: where the value of an entry is written, found as a read finds it.

use std::sync::Arc;

use crate::limits::Limits;
use crate::manifest::Entry;
use crate::plan::{Plan, Planned, Settled};
use crate::reason::Reason;
use crate::reference::{ParameterId, SecretId, Version};
use crate::resolve::resolve;
use crate::selector::Selector;
use crate::source::ValueId;
use crate::store::Action;
use crate::stores::Stores;

use super::store::SecretAt;
use super::{WriteFailure, WriteProblem};

/// An entry with where its value is written.
#[derive(Clone, Debug)]
pub struct Destination {
    /// The entry.
    pub entry: Arc<Entry>,
    /// Where its value is written.
    pub kind: DestinationKind,
    /// Which part of the value there is the entry's.
    pub selector: Selector,
    /// The version that reads are pinned to.
    pub pinned: Option<Version>,
    /// The secret or parameter as it may be shown.
    pub shown: String,
    /// Whether the reference may not be shown, nor what AWS says of it, which may repeat it.
    pub(crate) hidden: bool,
    /// Whether creating a secret can give it the reference that the entry has: not where that is an
    /// ARN.
    pub(crate) creatable: bool,
    /// Whether it is a secret of another account than that of the credentials.
    pub(crate) foreign: bool,
}

/// Where a value is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DestinationKind {
    /// A secret.
    Secret(SecretAt),
    /// A parameter whose own value is the secret.
    Parameter {
        /// The region to ask in.
        region: String,
        /// The parameter.
        id: ParameterId,
    },
    /// Nothing names a secret for the entry yet; one can be created under the entry's name to
    /// create.
    Unnamed {
        /// The region to create it in.
        region: String,
        /// What was asked for a reference.
        reason: Reason,
    },
}

/// Finds where every entry of a plan is written. The plan is one that ignores what is set locally.
///
/// A parameter that holds a reference is read; it holds no value.
pub async fn destinations(
    plan: Plan,
    stores: &Stores,
    limits: &Limits,
) -> Vec<Result<Destination, WriteFailure>> {
    let resolved = resolve(plan, stores, limits).await;
    resolved
        .entries
        .into_iter()
        .map(|planned| destination(planned, stores.region.as_deref()))
        .collect()
}

fn destination(
    planned: Planned<Settled>,
    region: Option<&str>,
) -> Result<Destination, WriteFailure> {
    let Planned { entry, step } = planned;
    let failed = |shown: Option<String>, reason: Reason| {
        Err(WriteFailure::of(&entry, shown, WriteProblem::NoDestination(reason)))
    };
    let (source, unnamed) = match step {
        Settled::Read(source) => (source, None),
        Settled::Without(reason @ Reason::NoReference { .. }) => {
            (entry.created_source(), Some(reason))
        }
        Settled::Without(reason) => return failed(None, reason),
        // A plan that ignores what is set keeps nothing.
        Settled::Keep(_) => return failed(None, Reason::Offline),
    };
    let (hidden, shown) = (source.redacted_as().is_some(), source.shown_without_version());
    let Some(region) = source.id.region().or(region).map(str::to_owned) else {
        return failed(unnamed.is_none().then_some(shown), Reason::NoRegion);
    };
    let creatable = !matches!(source.id, ValueId::Secret(SecretId::Arn(_), _));
    let pinned = source.id.version().cloned();
    let kind = match (source.id, unnamed) {
        (_, Some(reason)) => DestinationKind::Unnamed { region, reason },
        (ValueId::Secret(id, _), None) => DestinationKind::Secret(SecretAt { region, id }),
        (ValueId::Parameter(id), None) => DestinationKind::Parameter { region, id },
    };
    let selector = source.selector;
    Ok(Destination { entry, kind, selector, pinned, shown, hidden, creatable, foreign: false })
}

impl Destination {
    /// The secret, for what only secrets have: versions, stages, a recovery window.
    ///
    /// # Errors
    ///
    /// [`WriteProblem::NotASecret`] for a parameter, [`WriteProblem::NoDestination`] where nothing
    /// names a secret.
    pub(crate) fn secret(&self, action: Action) -> Result<&SecretAt, WriteFailure> {
        match &self.kind {
            DestinationKind::Secret(at) => Ok(at),
            DestinationKind::Parameter { .. } => {
                Err(self.failed(WriteProblem::NotASecret { action }))
            }
            DestinationKind::Unnamed { reason, .. } => {
                Err(self.failed(WriteProblem::NoDestination(reason.clone())))
            }
        }
    }

    /// Whether what the entry names can be changed or deleted at all, and nothing else in its
    /// place.
    ///
    /// # Errors
    ///
    /// [`WriteProblem::Managed`], [`WriteProblem::OtherAccount`] and
    /// [`WriteProblem::ParameterCannotBeWritten`].
    pub fn check_changeable(&self) -> Result<(), WriteFailure> {
        let problem = match &self.kind {
            DestinationKind::Parameter { id, .. } if id.is_managed() => WriteProblem::Managed,
            DestinationKind::Parameter { id, .. } if !id.is_changeable() => {
                WriteProblem::ParameterCannotBeWritten
            }
            DestinationKind::Secret(at) if at.id.is_managed() => WriteProblem::Managed,
            DestinationKind::Secret(_) if self.foreign => WriteProblem::OtherAccount,
            _ => return Ok(()),
        };
        Err(self.failed(problem))
    }

    /// The account that an ARN of a secret names.
    pub fn account(&self) -> Option<&str> {
        match &self.kind {
            DestinationKind::Secret(at) => at.id.account(),
            DestinationKind::Parameter { .. } | DestinationKind::Unnamed { .. } => None,
        }
    }

    /// Told the account of the credentials, it refuses to change a secret of another.
    pub fn compare_account(&mut self, own: &str) {
        self.foreign |= self.account().is_some_and(|account| account != own);
    }

    /// Takes note that a write for another entry created a secret, if it is the one that both
    /// share.
    pub fn is_created_with(&mut self, other: &Destination) {
        let is_shared = self.key() == other.key();
        if let DestinationKind::Unnamed { region, .. } = &self.kind
            && is_shared
        {
            let id = SecretId::Name(self.entry.create_name.clone());
            self.kind = DestinationKind::Secret(SecretAt { region: region.clone(), id });
        }
    }

    /// What destinations of one secret or parameter have in common.
    pub(crate) fn key(&self) -> String {
        match &self.kind {
            DestinationKind::Secret(at) => format!("secret {} {}", at.region, at.id),
            DestinationKind::Parameter { region, id } => format!("parameter {region} {id}"),
            DestinationKind::Unnamed { region, .. } => {
                format!("secret {region} {}", self.entry.create_name)
            }
        }
    }

    /// Why nothing was done here.
    pub(crate) fn failed(&self, problem: WriteProblem) -> WriteFailure {
        let place =
            (!matches!(self.kind, DestinationKind::Unnamed { .. })).then(|| self.shown.clone());
        let problem = if self.hidden { problem.without_message() } else { problem };
        WriteFailure::of(&self.entry, place, problem)
    }
}
