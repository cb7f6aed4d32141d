//! A thread that ends the process, where no timer can: where the timer's signal was blocked or
//! ignored when this process was started, and on systems without such timers. It starts with the
//! first deadline; an exec ends it.

use std::sync::{Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

/// How soon it tries again, where it could do nothing.
const AGAIN: Duration = Duration::from_millis(10);

static END: Mutex<Option<Instant>> = Mutex::new(None);
static CHANGED: Condvar = Condvar::new();
static STARTED: Once = Once::new();

/// Ends the process after this long, or not at all any more.
pub(super) fn set(left: Option<Duration>) {
    *lock() = left.map(|left| Instant::now() + left);
    CHANGED.notify_one();
    if left.is_some() {
        // Without a thread to spare the runtime's own timers are what there is.
        STARTED
            .call_once(|| _ = std::thread::Builder::new().name("watchdog".to_owned()).spawn(watch));
    }
}

fn watch() {
    let mut end = lock();
    loop {
        end = match end.map(|end| end.saturating_duration_since(Instant::now())) {
            None => CHANGED.wait(end).unwrap_or_else(PoisonError::into_inner),
            Some(Duration::ZERO) => {
                drop(end);
                super::end();
                std::thread::sleep(AGAIN);
                lock()
            }
            Some(left) => CHANGED.wait_timeout(end, left).unwrap_or_else(PoisonError::into_inner).0,
        };
    }
}

fn lock() -> MutexGuard<'static, Option<Instant>> {
    END.lock().unwrap_or_else(PoisonError::into_inner)
}
