//! Apply: the only place that changes the process's environment, all or nothing, while no other
//! thread can read it.

use std::time::Duration;

use crate::report::Values;
use crate::threads::other_threads;

/// Why nothing was set.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Other threads are running, and any of them may read the environment at this moment.
    #[error(
        "{count} other thread(s) are running, and setting a variable while one of them reads the \
             environment is undefined \
         behaviour"
    )]
    OtherThreads {
        /// How many, not counting this one.
        count: usize,
    },
    /// The number of threads cannot be determined on this system.
    #[error(
        "the number of running threads cannot be determined on this system; use the values instead \
             of setting them"
    )]
    ThreadsUnknown(#[source] std::io::Error),
    /// A value contains a NUL byte, which an environment variable cannot hold.
    #[error(
        "the value of {variable} contains a NUL byte, which an environment variable cannot hold"
    )]
    Nul {
        /// The variable.
        variable: String,
    },
}

/// A thread that ended and was joined may still be listed for a moment. The list is read again this
/// often, …
const LOOKS: u32 = 200;
/// … after a pause of this length each.
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

/// Fails unless this thread is the process's only one.
///
/// # Errors
///
/// [`ApplyError::OtherThreads`], or [`ApplyError::ThreadsUnknown`] if the system does not list a
/// process's threads.
pub fn only_thread() -> Result<(), ApplyError> {
    let mut count = other_threads().map_err(ApplyError::ThreadsUnknown)?;
    for _ in 0..LOOKS {
        if count == 0 {
            break;
        }
        std::thread::sleep(BETWEEN_LOOKS);
        count = other_threads().map_err(ApplyError::ThreadsUnknown)?;
    }
    if count == 0 { Ok(()) } else { Err(ApplyError::OtherThreads { count }) }
}

/// Sets every variable that the process does not have yet: all of them, or none. With nothing to
/// set it does nothing, however many threads are running.
///
/// # Errors
///
/// Those of [`only_thread`], which is called once more, and [`ApplyError::Nul`]. Nothing is set
/// then.
pub fn apply(values: &Values) -> Result<(), ApplyError> {
    if let Some((variable, _)) = values.to_set().find(|(_, value)| value.expose().contains('\0')) {
        return Err(ApplyError::Nul { variable: variable.to_owned() });
    }
    if values.to_set().next().is_none() {
        return Ok(());
    }
    only_thread()?;
    for (name, value) in values.to_set() {
        // SAFETY: `only_thread` found no other thread that could read or write the environment, and
        // this one starts none before the loop ends. Names match [A-Za-z_][A-Za-z0-9_]*, and no
        // value holds NUL.
        #[expect(unsafe_code, reason = "the one place that sets the environment")]
        unsafe {
            std::env::set_var(name, value.expose());
        }
    }
    Ok(())
}
