//! What one call, a read or a write, is made with: the hydrator, and options of the call's own that
//! go before the hydrator's.

use std::time::Duration;

use hydrant_core::plan::{Plan, PlanOptions, plan};
use hydrant_core::{Limits, Selection};

use crate::error::Error;
use crate::hydrator::Hydrator;

/// The options of one call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) hydrator: Hydrator,
    vars: Vec<(String, String)>,
    only: Option<Vec<String>>,
    actor: Option<String>,
    deadline: Option<Duration>,
    info_events: bool,
}

impl Call {
    pub(crate) fn new(hydrator: &Hydrator) -> Self {
        Call {
            hydrator: hydrator.clone(),
            vars: Vec::new(),
            only: None,
            actor: None,
            deadline: None,
            info_events: hydrator.shared.options.info_events,
        }
    }

    /// The last value that is given for a name counts.
    pub(crate) fn var(mut self, name: String, value: String) -> Self {
        self.vars.retain(|(given, _)| *given != name);
        self.vars.push((name, value));
        self
    }

    pub(crate) fn only(self, names: Vec<String>) -> Self {
        Call { only: Some(names), ..self }
    }

    pub(crate) fn with_actor(self, actor: String) -> Self {
        Call { actor: Some(actor), ..self }
    }

    pub(crate) fn deadline(self, deadline: Duration) -> Self {
        Call { deadline: Some(deadline), ..self }
    }

    /// With its events at info level, whatever the hydrator says.
    pub(crate) fn with_info_events(self) -> Self {
        Call { info_events: true, ..self }
    }

    /// Whether what is read and written is told at info level.
    pub(crate) fn info_events(&self) -> bool {
        self.info_events
    }

    /// On whose behalf the call is made, for the audit log.
    pub(crate) fn actor(&self) -> Option<&str> {
        self.actor.as_deref().or(self.hydrator.shared.options.actor.as_deref())
    }

    /// Which entries the call takes, and its values for `${name}`.
    pub(crate) fn selection(&self) -> Selection {
        let mut selection = self.hydrator.shared.options.selection.clone();
        selection.vars.retain(|(name, _)| !self.vars.iter().any(|(given, _)| given == name));
        selection.vars.extend_from_slice(&self.vars);
        if let Some(only) = &self.only {
            selection.only.clone_from(only);
        }
        selection
    }

    pub(crate) fn plan(&self, ignore_set: bool) -> Result<Plan, Error> {
        let hydrator = &self.hydrator;
        let selected = hydrator.shared.manifest.select(&self.selection(), &hydrator.shared.env)?;
        let parameters = hydrator.has_parameter_store();
        let offline = hydrator.shared.options.offline;
        Ok(plan(&selected, &hydrator.shared.env, PlanOptions { ignore_set, offline, parameters }))
    }

    /// The limits of the calls to AWS, from now on.
    pub(crate) fn limits(&self) -> Limits {
        self.hydrator.limits_within(self.deadline)
    }

    /// The limits of one of many steps, each of which has the whole time from its own beginning.
    #[cfg(feature = "write")]
    pub(crate) fn step_limits(&self) -> Limits {
        self.hydrator.step_limits_within(self.deadline)
    }
}
