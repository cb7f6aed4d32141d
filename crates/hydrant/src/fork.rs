//! Fork: what a child of fork(2) must leave alone. A counter that each child raises, and state that
//! belongs to one process.
//!
//! A child has a copy of the memory of its parent, and shares every open file with it: connections,
//! and the epoll instance of a runtime. Another thread of the parent may have held a lock at that
//! moment, and nobody in the child releases it. So state of one process is neither used nor locked
//! nor dropped in another. Nothing here waits.

use std::fmt;
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;

use once_cell::race::OnceBox;

use crate::error::Error;

/// How many forks lie between this process and the first one. Not the process's id, which may
/// return.
static GENERATION: AtomicUsize = AtomicUsize::new(0);

/// Whether a child raises the counter. Not a `Once`, on which a child could wait for a thread that
/// it does not have.
static WATCHED: AtomicBool = AtomicBool::new(false);

fn generation() -> usize {
    GENERATION.load(Ordering::Relaxed)
}

/// Has every child raise the counter, from now on. To do it twice does no harm.
fn watch() {
    extern "C" fn in_child() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
    }
    if WATCHED.load(Ordering::Relaxed) {
        return;
    }
    #[expect(
        unsafe_code,
        reason = "nothing but pthread_atfork tells of a fork, and no crate wraps it"
    )]
    // SAFETY: The handler lives as long as the code of the program. It only adds to an atomic
    // integer, which is async-signal-safe, as a handler in the child of a process with several
    // threads has to be.
    let refused = unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    // Refused for lack of memory: it is tried again with the next state.
    WATCHED.store(refused == 0, Ordering::Relaxed);
}

/// Something that belongs to the process that made it. In a child it cannot be reached, and it is
/// not dropped.
#[derive(Debug)]
pub(crate) struct Own<T> {
    generation: usize,
    value: Option<T>,
}

impl<T> Own<T> {
    pub(crate) fn new(value: T) -> Self {
        watch();
        Own { generation: generation(), value: Some(value) }
    }

    fn is_own(&self) -> bool {
        self.generation == generation()
    }

    /// The value; `None` in a child.
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref().filter(|_| self.is_own())
    }

    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        let is_own = self.is_own();
        self.value.as_mut().filter(|_| is_own)
    }

    pub(crate) fn into_inner(mut self) -> Option<T> {
        if self.is_own() { self.value.take() } else { None }
    }
}

impl<T> Drop for Own<T> {
    fn drop(&mut self) {
        if !self.is_own() {
            mem::forget(self.value.take());
        }
    }
}

/// State that each process makes for itself when it first needs it.
pub(crate) struct PerProcess<T> {
    first: OnceBox<Link<T>>,
}

/// The state of one process, and that of the child which inherited it.
struct Link<T> {
    state: Own<T>,
    next: OnceBox<Link<T>>,
}

impl<T> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        PerProcess { first: OnceBox::new() }
    }

    /// The state of this process. Where two threads make it at once, one of the two is dropped.
    pub(crate) fn get(&self, make: impl Fn() -> T) -> &T {
        let mut place = &self.first;
        loop {
            let link = place
                .get_or_init(|| Box::new(Link { state: Own::new(make()), next: OnceBox::new() }));
            match link.state.get() {
                Some(state) => return state,
                None => place = &link.next,
            }
        }
    }
}

impl<T> fmt::Debug for PerProcess<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerProcess").finish_non_exhaustive()
    }
}

/// Makes a call in the process that begins it. Polled in a child it is an error, and what it has
/// begun is left alone.
pub(crate) async fn in_process<T>(
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let mut call: Own<Pin<Box<_>>> = Own::new(Box::pin(call));
    poll_fn(move |context| {
        let Some(running) = call.get_mut() else { return Poll::Ready(Err(Error::Forked)) };
        let polled = running.as_mut().poll(context);
        // It may have forked itself.
        if call.is_own() { polled } else { Poll::Ready(Err(Error::Forked)) }
    })
    .await
}
