//! Plan: works out from entries and an environment what to read, without any I/O.
//!
//! Decides for each entry whether it is kept, what is read, and which parameter is read first.
//! [`crate::resolve`] uses the values of these parameters.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::batch::SECRETS_PER_BATCH;
use crate::env::{Env, Layer};
use crate::limits::Batch;
use crate::manifest::{Entry, Selected};
use crate::reason::Reason;
use crate::reference::{Origin, ParameterId, Reference};
use crate::selector::{Selector, combine};
use crate::shown::KnownValues;
use crate::source::{Source, ValueId};
use crate::store::PARAMETERS_PER_CALL;

/// Options of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanOptions {
    /// Read an entry even if its variable is already set.
    pub ignore_set: bool,
    /// Only use local values.
    pub offline: bool,
    /// Whether a Parameter Store client is available.
    pub parameters: bool,
}

impl Default for PlanOptions {
    fn default() -> Self {
        PlanOptions { ignore_set: false, offline: false, parameters: true }
    }
}

/// What one hydration does for each entry, in the order of the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// One step for each entry.
    pub entries: Vec<Planned<Step>>,
}

/// An entry with the decision of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned<S> {
    /// The entry.
    pub entry: Arc<Entry>,
    /// What is done for it.
    pub step: S,
}

/// What a plan does for an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The parameter that is read first, for the reference, if any.
    pub parameter: Option<ParameterId>,
    /// What is done if there is no such parameter.
    pub otherwise: Settled,
}

/// What is done for an entry once its reference is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Its variable is already set.
    Keep(Layer),
    /// It is read.
    Read(Source),
    /// It has no value, for this reason.
    Without(Reason),
}

/// Makes the plan of one run.
///
/// ```
/// use hydrant_core::{Env, Manifest, Selection, plan};
///
/// let text = "version = 1\n[secrets.OPENAI_API_KEY]\nrequired = false\n";
/// let manifest = Manifest::parse("secrets.toml".as_ref(), text)?;
/// let env = Env::new([("OPENAI_API_KEY", "sk-local")]);
/// let plan = plan::plan(&manifest.select(&Selection::default(), &env)?, &env, plan::PlanOptions::default());
/// assert!(plan.is_local());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn plan(selected: &Selected, env: &Env, options: PlanOptions) -> Plan {
    let entries = selected
        .entries
        .iter()
        .map(|entry| Planned { entry: Arc::clone(entry), step: step(entry, env, options) });
    Plan { entries: entries.collect() }
}

fn step(entry: &Entry, env: &Env, options: PlanOptions) -> Step {
    if let (Some(layer), false) = (env.layer(&entry.name), options.ignore_set) {
        return Step::settled(Settled::Keep(layer));
    }
    let step = find(entry, env);
    if step.is_local() {
        return step;
    }
    if options.offline {
        return Step::settled(Settled::Without(Reason::Offline));
    }
    if !options.parameters && step.needs_parameter_store() {
        return Step::settled(Settled::Without(Reason::NoParameterStore));
    }
    step
}

/// Tries the source keys in their order. The first one that yields a reference counts.
fn find(entry: &Entry, env: &Env) -> Step {
    let keys = &entry.source_keys;
    if let Some(variable) = &keys.arn_var
        && let Some(text) = env.get(variable).map(|value| value.to_string_lossy())
        && !text.trim().is_empty()
    {
        return Step::settled(found(entry, &text, Origin::Variable(variable.clone())));
    }
    let otherwise = match keys.reference() {
        Some((_, reference)) => source(entry, &reference, Origin::Manifest),
        None => Settled::Without(Reason::NoReference { keys: Box::new(keys.clone()) }),
    };
    Step { parameter: keys.arn_parameter.clone(), otherwise }
}

/// The decision for a reference that was found outside the manifest.
pub(crate) fn found(entry: &Entry, text: &str, origin: Origin) -> Settled {
    match Reference::parse(text) {
        Ok(reference) => source(entry, &reference, origin),
        Err(error) => Settled::Without(Reason::InvalidReference { origin: origin.into(), error }),
    }
}

fn source(entry: &Entry, reference: &Reference, origin: Origin) -> Settled {
    let (id, selector) = match reference {
        Reference::Parameter(_) if entry.version.is_some() => {
            return Settled::Without(Reason::VersionOfParameter { origin: origin.into() });
        }
        Reference::Parameter(id) => (ValueId::Parameter(id.clone()), entry.selector.clone()),
        Reference::Secret(secret) => match combine(secret, &entry.selector, entry.version.as_ref())
        {
            Ok((selector, version)) => (ValueId::Secret(secret.id.clone(), version), selector),
            Err(conflict) => {
                return Settled::Without(Reason::Conflict { origin: origin.into(), conflict });
            }
        },
    };
    Settled::Read(Source { id, selector, origin })
}

impl Settled {
    /// The source of the value, if it is read.
    pub fn source(&self) -> Option<&Source> {
        match self {
            Settled::Read(source) => Some(source),
            Settled::Keep(_) | Settled::Without(_) => None,
        }
    }

    /// Why there is no value, if there is none.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Settled::Without(reason) => Some(reason),
            Settled::Keep(_) | Settled::Read(_) => None,
        }
    }

    /// Removes everything from the reason that repeats one of these values.
    pub(crate) fn hide(&mut self, known: &KnownValues) {
        if let Settled::Without(reason) = self {
            reason.hide(known);
        }
    }

    /// Where its reference was found, valid or not.
    fn origin(&self) -> Option<&Origin> {
        match self {
            Settled::Read(source) => Some(&source.origin),
            Settled::Without(reason) => reason.origin(),
            Settled::Keep(_) => None,
        }
    }
}

impl Planned<Step> {
    /// An entry that is read from this source.
    pub fn read(entry: Arc<Entry>, source: Source) -> Self {
        Planned { entry, step: Step::settled(Settled::Read(source)) }
    }

    /// Which part of the value is taken, as far as it is known without a call. The reference in a
    /// parameter may name another part.
    pub fn selector(&self) -> &Selector {
        match (&self.step.parameter, self.step.otherwise.source()) {
            (None, Some(source)) => &source.selector,
            _ => &self.entry.selector,
        }
    }

    /// Where the reference is found. `is_absent` means that the parameter which should hold it does
    /// not exist.
    pub fn origin(&self, is_absent: bool) -> Option<Origin> {
        match self.step.parameter.as_ref().filter(|_| !is_absent) {
            Some(parameter) => Some(Origin::Parameter(parameter.clone())),
            None => self.step.otherwise.origin().cloned(),
        }
    }

    /// The source as far as it is known without a call, or else the secret that would be created. A
    /// parameter that holds a reference names a secret, so another parameter is not returned for
    /// it.
    pub fn source_or_created(&self) -> Source {
        match (&self.step.parameter, self.step.otherwise.source()) {
            (Some(_), Some(Source { id: ValueId::Parameter(_), .. })) | (_, None) => {
                self.entry.created_source()
            }
            (_, Some(source)) => source.clone(),
        }
    }
}

impl Step {
    /// Without a parameter to read first.
    pub fn settled(settled: Settled) -> Self {
        Step { parameter: None, otherwise: settled }
    }

    /// The source as far as it is known without a call: what is read unless the parameter names
    /// something else. `None` if nothing names a source, or if none is needed.
    ///
    /// # Errors
    ///
    /// Why a reference that was found cannot be used.
    pub fn source(&self) -> Result<Option<&Source>, &Reason> {
        match self.otherwise.reason() {
            None | Some(Reason::NoReference { .. }) => Ok(self.otherwise.source()),
            Some(reason) => Err(reason),
        }
    }

    /// Whether its variable is already set.
    pub fn is_kept(&self) -> bool {
        matches!(self.otherwise, Settled::Keep(_))
    }

    /// Whether nothing is read for it.
    pub fn is_local(&self) -> bool {
        self.parameter.is_none() && self.otherwise.source().is_none()
    }

    fn needs_parameter_store(&self) -> bool {
        let is_parameter = |source: &Source| matches!(source.id, ValueId::Parameter(_));
        self.parameter.is_some() || self.otherwise.source().is_some_and(is_parameter)
    }

    /// Whether something is read whose own reference names no region.
    fn needs_default_region(&self) -> bool {
        let source = self.otherwise.source();
        self.parameter.as_ref().is_some_and(|parameter| parameter.region().is_none())
            || source.is_some_and(|source| source.id.region().is_none())
    }
}

impl Plan {
    /// Whether an entry may have no source yet, because nothing names one.
    pub fn has_unnamed(&self) -> bool {
        self.entries.iter().any(|planned| {
            matches!(planned.step.otherwise.reason(), Some(Reason::NoReference { .. }))
        })
    }

    /// Whether nothing is left to read: no runtime and no AWS client is needed.
    pub fn is_local(&self) -> bool {
        self.entries.iter().all(|planned| planned.step.is_local())
    }

    /// Whether something is read in a region that only the settings can name.
    pub fn needs_default_region(&self) -> bool {
        self.entries.iter().any(|planned| planned.step.needs_default_region())
    }

    /// Whether the sources may turn out to be in a region that only the settings can name. A secret
    /// named by a parameter is assumed to have a name, which is in the default region, whatever the
    /// region of the parameter is.
    pub fn may_need_default_region(&self) -> bool {
        let reads_parameter = self.entries.iter().any(|planned| planned.step.parameter.is_some());
        reads_parameter || self.needs_default_region() || self.has_unnamed()
    }

    /// A region that some reference names.
    pub fn some_region(&self) -> Option<&str> {
        self.entries.iter().find_map(|planned| match &planned.step.parameter {
            Some(parameter) => parameter.region(),
            None => planned.step.otherwise.source()?.id.region(),
        })
    }

    /// The most calls that the plan causes, if no batch is denied and no call is retried.
    pub fn calls(&self, batch: Batch) -> Calls {
        let (mut references, mut values) = (BTreeSet::new(), BTreeSet::new());
        let (mut current, mut pinned) = (BTreeSet::new(), BTreeSet::new());
        // The secrets that parameters name are not known yet: count one secret of the default
        // region for each.
        let (mut named, mut named_pinned) = (BTreeSet::new(), BTreeSet::new());
        for Planned { entry, step } in &self.entries {
            match (&step.parameter, step.otherwise.source()) {
                (Some(parameter), _) => {
                    references.insert(parameter);
                    match &entry.version {
                        None => named.insert(parameter),
                        Some(version) => named_pinned.insert((parameter, version)),
                    };
                }
                (None, Some(source)) => {
                    _ = match &source.id {
                        ValueId::Parameter(id) => values.insert(id),
                        ValueId::Secret(id, None) => current.insert(id),
                        ValueId::Secret(id, Some(version)) => pinned.insert((id, version)),
                    }
                }
                (None, None) => {}
            }
        }
        let mut regions = BTreeMap::<_, Vec<_>>::new();
        let accounts = current.iter().map(|id| (id.region(), id.account()));
        for (region, account) in accounts.chain(named.iter().map(|_| (None, None))) {
            regions.entry(region).or_default().push(account);
        }
        let batches = regions.into_values().map(|accounts| {
            let count = accounts.len();
            count.div_ceil(secrets_per_call(batch, accounts.into_iter().flatten()))
        });
        Calls {
            parameters: parameter_calls(&references) + parameter_calls(&values),
            secrets: batches.sum::<usize>() + pinned.len() + named_pinned.len(),
        }
    }
}

/// How many secrets of a region one call reads, given the accounts that their ARNs name.
///
/// A batch needs a separate permission, and cannot read other accounts.
pub fn secrets_per_call<'a>(batch: Batch, accounts: impl Iterator<Item = &'a str>) -> usize {
    let accounts: BTreeSet<_> = accounts.collect();
    if batch == Batch::Never || accounts.len() > 1 { 1 } else { SECRETS_PER_BATCH }
}

fn parameter_calls(ids: &BTreeSet<&ParameterId>) -> usize {
    let mut regions = BTreeMap::<_, usize>::new();
    for id in ids {
        *regions.entry(id.region()).or_default() += 1;
    }
    regions.values().map(|count| count.div_ceil(PARAMETERS_PER_CALL)).sum()
}

/// The most calls that a plan causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Calls {
    /// Calls of GetParameters.
    pub parameters: usize,
    /// Calls of GetSecretValue and BatchGetSecretValue.
    pub secrets: usize,
}

#[cfg(test)]
mod tests;
