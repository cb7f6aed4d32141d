//! Responses that are held until they are released: a call is in flight for exactly as long as a
//! test wants.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

#[derive(Default)]
pub(crate) struct Held {
    now: AtomicUsize,
    released: Notify,
}

/// One held response. It is dropped when its client disconnects.
struct One<'a>(&'a AtomicUsize);

impl Held {
    /// Waits until everything held is released.
    pub(super) async fn wait(&self) {
        let mut released = pin!(self.released.notified());
        // It waits from here on: a test that sees it counted can release it.
        released.as_mut().enable();
        self.now.fetch_add(1, Ordering::SeqCst);
        let _one = One(&self.now);
        released.await;
    }

    pub(crate) fn now(&self) -> usize {
        self.now.load(Ordering::SeqCst)
    }

    pub(crate) fn release(&self) {
        self.released.notify_waiters();
    }
}

impl Drop for One<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
