//! How a program with one deadline for all that it does follows what the library does: the command
//! line's watchdog.

use std::fmt;
use std::time::{Duration, Instant};

/// Told by a hydrator before it waits for anything that may not end.
pub trait Watch: fmt::Debug + Send + Sync {
    /// Calls are about to begin that have this long as a whole. Gives the time at which they end.
    fn begin(&self, whole: Duration) -> Instant;

    /// What is waited for from here on, for a message.
    fn wait_for(&self, what: &'static str);

    /// One of many steps is about to begin, which has this long for itself. Gives the time at which
    /// it ends: one that has passed, where nothing came of any step for as long.
    fn begin_step(&self, whole: Duration) -> Instant;

    /// Something came of one of many steps.
    fn progress(&self);

    /// A program that gives credentials is about to start. What is returned is dropped when it has
    /// ended: until then it has to be ended, with [`end_all`](hydrant_core::program::end_all),
    /// where this process is.
    fn program(&self) -> Box<dyn Send>;

    /// Such a program is about to be ended, with what it started. Where that is much it takes a
    /// while.
    fn end_program(&self);
}
