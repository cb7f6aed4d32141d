//! The call at the start of `main`: hydrates and sets the process's variables, once.

use std::sync::{Mutex, PoisonError};

use hydrant_core::apply::{apply, only_thread};
use hydrant_core::{Report, Values};
use once_cell::race::OnceBox;

use crate::applied;
use crate::builder::Builder;
use crate::call::Call;
use crate::error::Error;
use crate::fork::PerProcess;
use crate::hydrator::Hydrator;
use crate::runtime;

/// The options and the report of the hydration that was applied; a child of fork(2) has them too.
static APPLIED: OnceBox<(Builder, Report)> = OnceBox::new();

/// Held while the environment is hydrated.
static HYDRATING: PerProcess<Mutex<()>> = PerProcess::new();

/// Hydrates the environment of this process from `secrets.toml`, or the manifest that
/// `HYDRANT_MANIFEST` names.
///
/// The same as [`Hydrator::apply`] with no options.
///
/// # Errors
///
/// Those of [`Builder::build`] and [`Hydrator::apply`].
pub fn hydrate() -> Result<Report, Error> {
    Hydrator::builder().apply()
}

impl Builder {
    /// [`Builder::build`], then [`Hydrator::apply`]; a second call reads nothing at all.
    ///
    /// # Errors
    ///
    /// Those of [`Builder::build`] and [`Hydrator::apply`].
    pub fn apply(self) -> Result<Report, Error> {
        let mut asked = self.clone();
        let process = self.env.clone().unwrap_or_else(applied::process_environment);
        asked.take_variables(&process)?;
        once(asked, || self.build()?.hydrate_process())
    }
}

impl Hydrator {
    /// Hydrates, then sets the variables that the process does not have: all of them, or none.
    ///
    /// Once per process: a second call with the same options gives the first report and reads
    /// nothing. A failed call is not remembered. Call it at the very start of `main`: setting a
    /// variable while another thread reads the environment is undefined behaviour
    /// ([`std::env::set_var`]), so it is refused where other threads run. Where nothing is to be
    /// read and nothing to be set, nothing is refused.
    ///
    /// # Errors
    ///
    /// [`Error::MissingSecrets`] if a required entry has no value; [`Error::OtherThreads`], before
    /// anything is read or after; [`Error::InsideRuntime`]; [`Error::Apply`];
    /// [`Error::OtherOptions`] on a second call with others.
    pub fn apply(&self) -> Result<Report, Error> {
        once(self.shared.options.clone(), || self.hydrate_process())
    }

    fn hydrate_process(&self) -> Result<(Report, Values), Error> {
        let call = Call::new(self).with_info_events();
        let plan = call.plan_of_values()?;
        let hydration = if plan.is_local() {
            let hydration = self.check_required(call.local(plan))?;
            if hydration.values.to_set().next().is_some() {
                runtime::refuse_inside()?;
            }
            hydration
        } else {
            runtime::refuse_inside()?;
            only_thread()?;
            call.values_leaving_no_thread(plan)?
        };
        apply(&hydration.values)?;
        Ok((hydration.report, hydration.values))
    }
}

fn once(
    options: Builder,
    hydrate: impl FnOnce() -> Result<(Report, Values), Error>,
) -> Result<Report, Error> {
    if let Some(applied) = APPLIED.get() {
        return again(applied, &options);
    }
    let _hydrating = HYDRATING.get(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(applied) = APPLIED.get() {
        return again(applied, &options);
    }
    let (report, values) = hydrate()?;
    APPLIED.get_or_init(|| Box::new((options, report.clone())));
    applied::remember(&values);
    Ok(report)
}

fn again((first, report): &(Builder, Report), options: &Builder) -> Result<Report, Error> {
    if first.is_same(options) {
        Ok(report.clone())
    } else {
        Err(Error::OtherOptions { first: report.manifest.clone() })
    }
}
