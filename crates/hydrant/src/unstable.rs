//! What the command line and tools on the stages need beside the face of the library. No promise:
//! it may change in any release.

use std::collections::BTreeSet;
use std::path::PathBuf;

use hydrant_core::plan::{Plan, PlanOptions, plan};
use hydrant_core::reason::Hint;
use hydrant_core::{Env, Limits, Manifest};

use crate::builder::{AuditLogChoice, Builder};
use crate::call::Call;
use crate::error::Error;
use crate::hydrator::Hydrator;
use crate::watch::Watch;

impl Builder {
    /// The environment of the process, changed by the program. The AWS SDK reads the process's own.
    pub fn process_env(mut self, env: Env) -> Self {
        self.env = Some(env);
        self.isolated = None;
        self
    }

    /// Watches over the deadline of a whole program.
    pub fn watch(mut self, watch: &'static dyn Watch) -> Self {
        self.watch = Some(watch);
        self
    }

    /// For the audit log: the command that is carried out; else it is `library`.
    pub fn audit_as(mut self, command: impl Into<String>) -> Self {
        self.audit_as = Some(command.into());
        self
    }

    /// What the log says is to be done about a reason, in the words of a program that has options
    /// and commands of its own.
    pub fn hints(mut self, hints: Hint) -> Self {
        self.hints = Some(hints);
        self
    }

    /// Records nothing: for what asks no AWS, such as an emulator.
    pub fn no_audit_log(mut self) -> Self {
        self.audit_log = AuditLogChoice::Off;
        self
    }
}

impl Hydrator {
    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.shared.manifest
    }

    /// The environment it works with: the process's variables, and under them those of the env
    /// file.
    pub fn env(&self) -> &Env {
        &self.shared.env
    }

    /// Where the env file is, or would be; `None` where none is read.
    pub fn env_file_path(&self) -> Option<PathBuf> {
        self.shared.options.env_file_path(self.manifest()).map(|(path, _)| path)
    }

    /// What a hydration would ask; asks nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Selection`].
    pub fn plan(&self) -> Result<Plan, Error> {
        Call::new(self).plan_of_values()
    }

    /// What a hydration would ask where no entry is set yet, offline or not: what a deployment
    /// needs. Asks nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Selection`].
    pub fn deployed_plan(&self) -> Result<Plan, Error> {
        self.unset_plan(self.env())
    }

    /// The same from the manifest alone, where variables that hold references count as unset: what
    /// is made from it is the same on every machine. Asks nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Selection`].
    pub fn committed_plan(&self) -> Result<Plan, Error> {
        self.unset_plan(&Env::default())
    }

    /// What would be asked where no entry is set, with references from these variables.
    fn unset_plan(&self, references: &Env) -> Result<Plan, Error> {
        let selected = self.manifest().select(&self.shared.options.selection, self.env())?;
        Ok(plan(&selected, references, PlanOptions { ignore_set: true, ..PlanOptions::default() }))
    }

    /// The variables that hold references of entries, set or not.
    ///
    /// # Errors
    ///
    /// [`Error::Selection`].
    pub fn reference_variables(&self) -> Result<BTreeSet<String>, Error> {
        let plan = self.plan()?;
        let variables =
            plan.entries.iter().filter_map(|planned| planned.entry.source_keys.variable());
        Ok(variables.map(str::to_owned).collect())
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits_within(None)
    }
}
