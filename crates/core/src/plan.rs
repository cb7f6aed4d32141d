//! Plan: entries and an environment to what must be asked, without any I/O.
//!
//! Decides for each entry whether it is kept, what is read, and which parameter is asked first.
//! What parameters answer is for [`crate::resolve`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::env::{Env, Layer};
use crate::limits::Batch;
use crate::manifest::{Entry, LocatorKind, Selected};
use crate::reason::Reason;
use crate::reference::{Origin, ParameterId, Reference, SecretId, Version};
use crate::selector::{Selector, combine};
use crate::store::{PARAMETERS_PER_CALL, SECRETS_PER_BATCH};

/// How a plan is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanOptions {
    /// Read even where the variable is set already.
    pub ignore_set: bool,
    /// Take local values alone.
    pub offline: bool,
    /// Whether a Parameter Store client is at hand.
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

/// An entry with what a stage decided for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned<S> {
    /// The entry.
    pub entry: Arc<Entry>,
    /// What is done for it.
    pub step: S,
}

/// What a plan does for an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing is left to find out.
    Settled(Settled),
    /// A parameter is asked for the reference; if there is no such parameter, `otherwise` is done.
    Ask {
        /// The parameter that holds the reference.
        parameter: ParameterId,
        /// What its absence leads to.
        otherwise: Settled,
    },
}

/// What is done for an entry once its reference is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Its variable is set already.
    Keep(Layer),
    /// It is read.
    Read(Target),
    /// It has no value, for this reason.
    Without(Reason),
}

/// A value to read: where it lives, which part of it is taken, and how the place may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where the value lives.
    pub place: Place,
    /// Which part of it is taken.
    pub selector: Selector,
    /// Where the reference was found.
    pub origin: Origin,
}

/// Where a value lives. Entries with equal places share one read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// A secret, at one version.
    Secret(SecretId, Option<Version>),
    /// A parameter.
    Parameter(ParameterId),
}

impl Place {
    /// The region that the place itself names.
    pub fn region(&self) -> Option<&str> {
        match self {
            Place::Secret(id, _) => id.region(),
            Place::Parameter(id) => id.region(),
        }
    }
}

impl Target {
    /// The place as messages may show it: a name that was found in a variable or a parameter is
    /// shown by its source alone, since people paste keys into the wrong variable.
    pub fn shown(&self) -> String {
        if let Some(source) = self.hidden_behind() {
            return source;
        }
        match &self.place {
            Place::Secret(id, None) => id.to_string(),
            Place::Secret(id, Some(Version::Stage(stage))) => {
                format!("{id} at version stage {stage}")
            }
            Place::Secret(id, Some(Version::Id(version))) => format!("{id} at version {version}"),
            Place::Parameter(id) => format!("parameter {id}"),
        }
    }

    /// The source that stands for the reference in messages, where the reference itself may not be
    /// shown.
    pub fn hidden_behind(&self) -> Option<String> {
        let is_arn = match &self.place {
            Place::Secret(id, _) => matches!(id, SecretId::Arn(_)),
            Place::Parameter(id) => matches!(id, ParameterId::Arn(_)),
        };
        match &self.origin {
            _ if is_arn => None,
            Origin::Manifest => None,
            Origin::Variable(name) => Some(format!("the secret that {name} names")),
            Origin::Parameter(id) => Some(format!("the secret that parameter {id} names")),
        }
    }
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
        return Step::Settled(Settled::Keep(layer));
    }
    let step = locate(entry, env);
    let without = |reason| Step::Settled(Settled::Without(reason));
    match &step {
        Step::Settled(Settled::Keep(_) | Settled::Without(_)) => step,
        _ if options.offline => without(Reason::Offline),
        _ if !options.parameters && step.needs_parameter_store() => {
            without(Reason::NoParameterStore)
        }
        _ => step,
    }
}

/// Asks the locators in their order; the first that yields a reference decides.
fn locate(entry: &Entry, env: &Env) -> Step {
    let mut asked = None;
    let mut otherwise = None;
    for locator in &entry.locators {
        match &locator.kind {
            LocatorKind::ArnVar(variable) => {
                if let Some(text) = env
                    .get(variable)
                    .map(|value| value.to_string_lossy())
                    .filter(|text| !text.trim().is_empty())
                {
                    return Step::Settled(found(entry, &text, Origin::Variable(variable.clone())));
                }
            }
            LocatorKind::ArnParameter(parameter) => asked = Some(parameter.clone()),
            LocatorKind::SecretId(reference) => {
                otherwise = Some(target(entry, reference, Origin::Manifest))
            }
            LocatorKind::ValueParameter(parameter) => {
                otherwise =
                    Some(target(entry, &Reference::Parameter(parameter.clone()), Origin::Manifest));
            }
        }
    }
    let otherwise = otherwise.unwrap_or_else(|| {
        let asked = entry.locators.iter().map(|locator| locator.kind.clone()).collect();
        Settled::Without(Reason::NoReference { asked })
    });
    match asked {
        Some(parameter) => Step::Ask { parameter, otherwise },
        None => Step::Settled(otherwise),
    }
}

/// What a reference found outside the manifest leads to.
pub(crate) fn found(entry: &Entry, text: &str, origin: Origin) -> Settled {
    match Reference::parse(text) {
        Ok(reference) => target(entry, &reference, origin),
        Err(error) => Settled::Without(Reason::InvalidReference { origin: origin.into(), error }),
    }
}

fn target(entry: &Entry, reference: &Reference, origin: Origin) -> Settled {
    let (place, selector) = match reference {
        Reference::Parameter(_) if entry.version.is_some() => {
            return Settled::Without(Reason::VersionOfParameter { origin: origin.into() });
        }
        Reference::Parameter(id) => (Place::Parameter(id.clone()), entry.selector.clone()),
        Reference::Secret(secret) => match combine(secret, &entry.selector, entry.version.as_ref())
        {
            Ok((selector, version)) => (Place::Secret(secret.id.clone(), version), selector),
            Err(contradiction) => {
                return Settled::Without(Reason::Contradiction {
                    origin: origin.into(),
                    contradiction,
                });
            }
        },
    };
    Settled::Read(Target { place, selector, origin })
}

impl Step {
    fn needs_parameter_store(&self) -> bool {
        match self {
            Step::Ask { .. } => true,
            Step::Settled(Settled::Read(target)) => matches!(target.place, Place::Parameter(_)),
            Step::Settled(_) => false,
        }
    }

    /// Whether the step asks AWS for anything in a region that nothing of its own names.
    fn asks_default_region(&self) -> bool {
        let (parameter, settled) = match self {
            Step::Ask { parameter, otherwise } => (Some(parameter), otherwise),
            Step::Settled(settled) => (None, settled),
        };
        let settled = matches!(settled, Settled::Read(target) if target.place.region().is_none());
        settled || parameter.is_some_and(|parameter| parameter.region().is_none())
    }
}

impl Plan {
    /// Whether some entry's value may have no place yet, since nothing names one.
    pub fn has_unnamed(&self) -> bool {
        self.entries.iter().any(|planned| {
            let (Step::Settled(settled) | Step::Ask { otherwise: settled, .. }) = &planned.step;
            matches!(settled, Settled::Without(Reason::NoReference { .. }))
        })
    }

    /// Whether nothing is left to ask: no runtime and no AWS client is needed.
    pub fn is_local(&self) -> bool {
        let local =
            |step: &Step| matches!(step, Step::Settled(Settled::Keep(_) | Settled::Without(_)));
        self.entries.iter().all(|planned| local(&planned.step))
    }

    /// Whether something is asked in a region that only the settings can name.
    pub fn needs_default_region(&self) -> bool {
        self.entries.iter().any(|planned| planned.step.asks_default_region())
    }

    /// A region that some reference names.
    pub fn some_region(&self) -> Option<&str> {
        self.entries.iter().find_map(|planned| match &planned.step {
            Step::Ask { parameter, .. } => parameter.region(),
            Step::Settled(Settled::Read(target)) => target.place.region(),
            Step::Settled(_) => None,
        })
    }

    /// How many calls the plan leads to at most, if no batch is refused and nothing is asked twice.
    pub fn calls(&self, batch: Batch) -> Calls {
        let (mut asked, mut values) = (BTreeSet::new(), BTreeSet::new());
        let (mut current, mut pinned) = (BTreeSet::new(), BTreeSet::new());
        // What a parameter names is not known yet: a secret of the default region is counted for
        // each.
        let (mut named, mut named_pinned) = (BTreeSet::new(), BTreeSet::new());
        for Planned { entry, step } in &self.entries {
            match (step, &entry.version) {
                (Step::Ask { parameter, .. }, version) => {
                    asked.insert(parameter);
                    match version {
                        None => named.insert(parameter),
                        Some(version) => named_pinned.insert((parameter, version)),
                    };
                }
                (Step::Settled(Settled::Read(target)), _) => {
                    _ = match &target.place {
                        Place::Parameter(id) => values.insert(id),
                        Place::Secret(id, None) => current.insert(id),
                        Place::Secret(id, Some(version)) => pinned.insert((id, version)),
                    }
                }
                (Step::Settled(_), _) => {}
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
            parameters: parameter_calls(&asked) + parameter_calls(&values),
            secrets: batches.sum::<usize>() + pinned.len() + named_pinned.len(),
        }
    }
}

/// How many secrets of a region one call reads, given the accounts that their ARNs name.
///
/// A batch needs a permission of its own, and does not reach into other accounts.
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

/// How many calls a plan leads to at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Calls {
    /// Of GetParameters.
    pub parameters: usize,
    /// Of GetSecretValue and BatchGetSecretValue.
    pub secrets: usize,
}

#[cfg(test)]
mod tests;
