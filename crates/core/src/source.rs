//! Source: where the value of an entry is read from, and which part of it is taken.
//!
//! Owns the source keys of an entry, the source itself once it is known, and what messages may show
//! of it. [`crate::plan`] decides which source key counts.

use crate::reference::{Origin, ParameterId, Reference, SecretId, SecretRef, Version};
use crate::selector::Selector;

/// The source keys of an entry. The first one that yields a reference counts, in this order.
/// Outside of the manifest and the plan, only this type knows which keys there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceKeys {
    /// `arn_var`: the variable that holds the reference.
    pub(crate) arn_var: Option<String>,
    /// `arn_parameter`: the parameter that holds the reference.
    pub(crate) arn_parameter: Option<ParameterId>,
    /// `secret_id`: the reference itself.
    pub(crate) secret_id: Option<SecretRef>,
    /// `value_parameter`: the parameter whose own value is the secret; never together with
    /// `secret_id`.
    pub(crate) value_parameter: Option<ParameterId>,
}

impl SourceKeys {
    /// The variable that may hold the reference.
    pub fn variable(&self) -> Option<&str> {
        self.arn_var.as_deref()
    }

    /// The parameter that may hold the reference.
    pub fn parameter(&self) -> Option<&ParameterId> {
        self.arn_parameter.as_ref()
    }

    /// The secret that the manifest itself names.
    pub(crate) fn secret(&self) -> Option<&SecretRef> {
        self.secret_id.as_ref()
    }

    /// The reference in the manifest itself, with its key.
    pub fn reference(&self) -> Option<(&'static str, Reference)> {
        match (&self.secret_id, &self.value_parameter) {
            (Some(secret), _) => Some(("secret_id", Reference::Secret(secret.clone()))),
            (None, Some(id)) => Some(("value_parameter", Reference::Parameter(id.clone()))),
            (None, None) => None,
        }
    }
}

/// Entries that share a secret.
impl SourceKeys {
    /// The keys that these entries have in common. A suffix is specific to each entry, and so is a
    /// parameter that holds a value.
    pub(crate) fn agreed<'a, I: Iterator<Item = &'a Self>>(all: impl Fn() -> I) -> Self {
        let id = agreed(all().filter_map(Self::secret).map(|secret| &secret.id));
        SourceKeys {
            arn_var: agreed(all().filter_map(Self::variable)).map(str::to_owned),
            arn_parameter: agreed(all().filter_map(Self::parameter)).cloned(),
            secret_id: id.map(|id| SecretRef { id: id.clone(), json_key: None, version: None }),
            value_parameter: None,
        }
    }

    /// Fills in the shared keys that the entry `name` does not set itself. An entry never looks for
    /// a reference in its own variable.
    pub(crate) fn take(&mut self, shared: &Self, name: &str) {
        let arn_var = shared.arn_var.clone().filter(|variable| variable != name);
        self.arn_var = self.arn_var.take().or(arn_var);
        self.arn_parameter = self.arn_parameter.take().or_else(|| shared.arn_parameter.clone());
        if self.value_parameter.is_none() {
            self.secret_id = self.secret_id.take().or_else(|| shared.secret_id.clone());
        }
    }
}

/// The value that all of them have, ignoring those without one.
fn agreed<T: PartialEq>(mut each: impl Iterator<Item = T>) -> Option<T> {
    let first = each.next()?;
    each.all(|other| other == first).then_some(first)
}

/// The source of an entry's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What is read.
    pub id: ValueId,
    /// Which part of it is taken.
    pub selector: Selector,
    /// Where the reference was found.
    pub origin: Origin,
}

/// The id of one read. Entries whose sources have the same id share the read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ValueId {
    /// A secret, at one version.
    Secret(SecretId, Option<Version>),
    /// A parameter.
    Parameter(ParameterId),
}

impl ValueId {
    /// The region that the id itself names.
    pub fn region(&self) -> Option<&str> {
        match self {
            ValueId::Secret(id, _) => id.region(),
            ValueId::Parameter(id) => id.region(),
        }
    }

    /// The pinned version of a secret, if any.
    pub fn version(&self) -> Option<&Version> {
        match self {
            ValueId::Secret(_, version) => version.as_ref(),
            ValueId::Parameter(_) => None,
        }
    }

    fn is_arn(&self) -> bool {
        match self {
            ValueId::Secret(id, _) => matches!(id, SecretId::Arn(_)),
            ValueId::Parameter(id) => matches!(id, ParameterId::Arn(_)),
        }
    }
}

/// The text for a secret whose reference is in a parameter, if it is not known or must not be
/// shown.
pub fn named_by_parameter(id: &ParameterId) -> String {
    format!("the secret that parameter {id} names")
}

impl Source {
    /// The source as messages may show it. For a name that was found in a variable or a parameter,
    /// messages only show that variable or parameter, because people paste keys into the wrong
    /// variable.
    pub fn shown(&self) -> String {
        let shown = self.shown_without_version();
        match &self.id {
            ValueId::Secret(_, Some(version)) if self.redacted_as().is_none() => match version {
                Version::Stage(stage) => format!("{shown} at version stage {stage}"),
                Version::Id(id) => format!("{shown} at version {id}"),
            },
            _ => shown,
        }
    }

    /// The same without the pinned version, which only applies to reads.
    pub(crate) fn shown_without_version(&self) -> String {
        match (&self.id, self.redacted_as()) {
            (_, Some(redacted)) => redacted,
            (ValueId::Secret(id, _), None) => id.to_string(),
            (ValueId::Parameter(id), None) => format!("parameter {id}"),
        }
    }

    /// The text that replaces the reference in messages, if it must not be shown itself.
    pub fn redacted_as(&self) -> Option<String> {
        match &self.origin {
            _ if self.id.is_arn() => None,
            Origin::Manifest => None,
            Origin::Variable(name) => Some(format!("the secret that {name} names")),
            Origin::Parameter(id) => Some(named_by_parameter(id)),
        }
    }
}
