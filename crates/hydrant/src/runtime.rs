//! The runtimes of blocking calls, and the connections that the calls of one process share. Each
//! blocking call has a runtime that no other uses, and a thread of its own where the caller's
//! belongs to a runtime.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tracing::{Span, dispatcher};

use crate::connection::Connection;
use crate::error::Error;
use crate::fork::{Own, in_process};
use crate::rewrite::CalledFrom;

/// How many runtimes wait for the next calls, at most. Each has some descriptors, and connections.
const IDLE: usize = 4;

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

    /// Makes a blocking call, with clients of its own.
    pub(crate) fn block_on<T: Send>(
        &self,
        new_connection: impl FnOnce() -> Connection + Send,
        call: impl AsyncFnOnce(&Connection) -> Result<T, Error> + Send,
    ) -> Result<T, Error> {
        if Handle::try_current().is_err() {
            return self.block_on_here(new_connection, call);
        }
        // This thread is a runtime's, and may not enter another one, even where it may block.
        let (span, log) = (Span::current(), dispatcher::get_default(Clone::clone));
        thread::scope(|scope| {
            let thread = thread::Builder::new().name("hydrant".to_owned());
            let thread = thread.spawn_scoped(scope, || {
                let _log = dispatcher::set_default(&log);
                span.in_scope(|| self.block_on_here(new_connection, call))
            });
            thread.map_err(Error::Runtime)?.join().unwrap_or(Err(Error::Panicked))
        })
    }

    fn block_on_here<T>(
        &self,
        new_connection: impl FnOnce() -> Connection,
        call: impl AsyncFnOnce(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let kept = self.idle().pop();
        let blocking = match kept {
            Some(blocking) => blocking,
            None => Own::new((new()?, new_connection())),
        };
        let (runtime, connection) = blocking.get().ok_or(Error::Forked)?;
        let result = runtime.block_on(in_process(call(connection)));
        // In a child that was forked by the call it stays with the parent.
        if blocking.get().is_some() {
            // What a panic left is not used again.
            self.keep(blocking, !matches!(result, Err(Error::Panicked)));
        }
        result
    }

    /// Keeps a runtime for the next call if it may and not enough are kept, else ends it.
    fn keep(&self, blocking: Blocking, may_be_kept: bool) {
        let mut idle = self.idle();
        if may_be_kept && idle.len() < IDLE {
            idle.push(blocking);
        } else {
            drop(idle);
            end_at_once(blocking);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Blocking>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A runtime that is merely dropped waits for its threads, and panics inside another runtime. In a
/// child of fork(2) those of its parent are not dropped at all: that would take the parent's
/// connections out of its own runtimes.
impl Drop for Connections {
    fn drop(&mut self) {
        let idle = self.idle.get_mut().unwrap_or_else(PoisonError::into_inner);
        idle.drain(..).for_each(end_at_once);
    }
}

fn end_at_once(blocking: Blocking) {
    if let Some((runtime, _)) = blocking.into_inner() {
        runtime.shutdown_background();
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
