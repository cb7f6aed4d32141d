//! Resolve: asks the parameters of a plan for their references, and so settles where every value lives.

use crate::limits::Limits;
use crate::parameters;
use crate::plan::{Origin, Plan, Planned, Settled, Step, found};
use crate::reason::Reason;
use crate::reference::ParameterId;
use crate::stores::Stores;

/// Where every value of a run lives, as far as it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// One for each entry of the plan.
    pub entries: Vec<Planned<Settled>>,
    /// Parameters that were asked for a reference and do not exist, each with the entry that asked.
    pub absent: Vec<(String, ParameterId)>,
}

/// Reads the references that parameters hold: each distinct parameter once, in batches.
pub async fn resolve(plan: Plan, stores: &Stores, limits: &Limits) -> Resolved {
    let asked = plan.entries.iter().filter_map(|planned| match &planned.step {
        Step::Ask { parameter, .. } => Some(parameter),
        Step::Settled(_) => None,
    });
    let answers = parameters::read(asked, stores, limits).await;
    settle(plan, |id| match answers.get(id) {
        Some(Err(reason)) => Err(Reason::Lookup { parameter: id.clone(), reason: Box::new(reason.clone()) }),
        Some(Ok(text)) => Ok(text.clone()),
        None => Ok(None),
    })
}

/// The same for a plan that is not asked: nothing is left to ask, or AWS could not be addressed at all.
pub fn resolve_without(plan: Plan, reason: &Reason) -> Resolved {
    let mut resolved = settle(plan, |_| Err(reason.clone()));
    for planned in &mut resolved.entries {
        if matches!(planned.step, Settled::Read(_)) {
            planned.step = Settled::Without(reason.clone());
        }
    }
    resolved
}

fn settle(plan: Plan, answer: impl Fn(&ParameterId) -> parameters::Outcome) -> Resolved {
    let mut absent = Vec::new();
    let mut entries = Vec::with_capacity(plan.entries.len());
    for Planned { entry, step } in plan.entries {
        let settled = match step {
            Step::Settled(settled) => settled,
            Step::Ask { parameter, otherwise } => match answer(&parameter) {
                Ok(Some(text)) => found(&entry, text.expose(), Origin::Parameter(parameter)),
                Ok(None) => {
                    absent.push((entry.name.clone(), parameter));
                    otherwise
                }
                Err(reason) => Settled::Without(reason),
            },
        };
        entries.push(Planned { entry, step: settled });
    }
    Resolved { entries, absent }
}
