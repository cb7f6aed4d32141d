//! The call at the start of `main`: hydrates and sets the process's variables, once.

use std::sync::{Mutex, PoisonError};

use hydrant_core::apply::{apply, only_thread};
use hydrant_core::{Env, Report};

use crate::builder::Builder;
use crate::error::Error;
use crate::hydrator::{Hydrator, refuse_inside_runtime};

/// The options and the report of the hydration that was applied.
static APPLIED: Mutex<Option<(Builder, Report)>> = Mutex::new(None);

/// Hydrates the environment of this process from `secrets.toml`, or the manifest that `HYDRANT_MANIFEST` names.
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
        asked.take_variables(&Env::new(std::env::vars_os()))?;
        once(asked, || self.build()?.hydrate_process())
    }
}

impl Hydrator {
    /// Hydrates, then sets the variables that the process does not have: all of them, or none.
    ///
    /// Once per process: a second call with the same options gives the first report and asks nothing. A failed call is
    /// not remembered. Call it at the very start of `main`: setting a variable while another thread reads the
    /// environment is undefined behaviour ([`std::env::set_var`]), so it refuses where other threads run.
    ///
    /// # Errors
    ///
    /// [`Error::Unmet`] if a required entry has no value; [`Error::Apply`] if other threads run, before the fetch or after;
    /// [`Error::InsideRuntime`]; [`Error::OtherOptions`] on a second call with others.
    pub fn apply(&self) -> Result<Report, Error> {
        once(self.options.clone(), || self.hydrate_process())
    }

    fn hydrate_process(&self) -> Result<Report, Error> {
        refuse_inside_runtime()?;
        only_thread()?;
        let hydration = self.values_leaving_no_thread()?;
        apply(&hydration.values)?;
        Ok(hydration.report)
    }
}

fn once(options: Builder, hydrate: impl FnOnce() -> Result<Report, Error>) -> Result<Report, Error> {
    let mut applied = APPLIED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((first, report)) = applied.as_ref() {
        return match first.is_same(&options) {
            true => Ok(report.clone()),
            false => Err(Error::OtherOptions { first: report.manifest.clone() }),
        };
    }
    let report = hydrate()?;
    *applied = Some((options, report.clone()));
    Ok(report)
}
