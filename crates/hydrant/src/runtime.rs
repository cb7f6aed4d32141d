//! The runtimes of blocking calls, and the connections that the calls of one process share.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::connection::Connection;
use crate::error::Error;
use crate::fork::{Own, in_process};
use crate::rewrite::CalledFrom;

/// What the calls of one process share.
#[derive(Debug)]
pub(crate) struct Connections {
    /// Of the async calls; it lives on the caller's runtime.
    pub(crate) connection: Connection,
    /// Of the blocking calls: a runtime with its own clients for each that runs at the same time.
    idle: Mutex<Vec<Blocking>>,
}

/// A runtime of a blocking call, with its clients.
type Blocking = Own<(Runtime, Connection)>;

impl Connections {
    pub(crate) fn new(connection: Connection) -> Self {
        Connections { connection, idle: Mutex::default() }
    }

    /// Makes a blocking call on a runtime, with its clients, that no other uses.
    pub(crate) fn block_on<T>(
        &self,
        new_connection: impl FnOnce() -> Connection,
        call: impl AsyncFnOnce(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let resting = idle().pop();
        let blocking = match resting {
            Some(blocking) => blocking,
            None => Own::new((new()?, new_connection())),
        };
        let (runtime, connection) = blocking.get().ok_or(Error::Forked)?;
        let result = runtime.block_on(in_process(call(connection)));
        // In a child that was forked by the call it stays with the parent.
        if matches!(result, Err(Error::Panicked)) {
            // What the panic left is not used again.
            if let Some((runtime, _)) = blocking.into_inner() {
                runtime.shutdown_background();
            }
        } else if blocking.get().is_some() {
            idle().push(blocking);
        }
        result
    }
}

/// A runtime that is merely dropped waits for its threads, and panics inside another runtime. In a
/// child of fork(2) those of its parent are not dropped at all: that would take the parent's
/// connections out of its own runtimes.
impl Drop for Connections {
    fn drop(&mut self) {
        let idle = self.idle.get_mut().unwrap_or_else(PoisonError::into_inner);
        idle.drain(..)
            .filter_map(Own::into_inner)
            .for_each(|(runtime, _)| runtime.shutdown_background());
    }
}

/// How long a runtime's threads are waited for when it ends.
const SHUTDOWN: Duration = Duration::from_millis(500);

/// Ends a runtime and its threads. One that resolves a name cannot be told to end: it is waited
/// for, but not for ever.
pub(crate) fn end(runtime: Runtime) {
    runtime.shutdown_timeout(SHUTDOWN);
}

pub(crate) fn refuse_inside() -> Result<(), Error> {
    let from = CalledFrom::here();
    if from.is_runtime() { Err(Error::InsideRuntime { from }) } else { Ok(()) }
}

pub(crate) fn new() -> Result<Runtime, Error> {
    hydrant_core::descriptors::check().map_err(Error::Runtime)?;
    Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)
}
