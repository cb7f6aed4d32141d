//! Applied: the variables that `hydrate()` set, and the environment of the process without them.

use std::ffi::OsStr;

use hydrant_core::{Env, SecretValue, Values};
use once_cell::race::OnceBox;

/// The variables that were set, with the values that they were set to; a child of fork(2) has them
/// too.
static SET: OnceBox<Vec<(String, SecretValue)>> = OnceBox::new();

/// Remembers what was set. Once for each process, as it is set once.
pub(crate) fn remember(values: &Values) {
    let set = values.to_set().map(|(name, value)| (name.to_owned(), value.clone()));
    SET.get_or_init(|| Box::new(set.collect()));
}

/// The environment of this process as others made it. A variable that still has the value which
/// `hydrate()` gave it does not count as set: otherwise a secret that was rotated since would never
/// be read again. A variable that the program changed afterwards counts.
pub(crate) fn process_environment() -> Env {
    let mut env = Env::new(std::env::vars_os());
    for (name, value) in SET.get().into_iter().flatten() {
        if env.process(name) == Some(OsStr::new(value.expose())) {
            env.remove(name);
        }
    }
    env
}
