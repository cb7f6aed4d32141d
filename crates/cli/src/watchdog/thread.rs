//! A thread that ends the process, if a timer cannot: if the timer's signal was blocked or ignored
//! when this process was started, and on systems without such timers. It starts with the first
//! deadline, and ends with an exec.

use std::sync::{Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

/// The pause before it tries again, if it could do nothing.
const AGAIN: Duration = Duration::from_millis(10);

static END: Mutex<Option<Instant>> = Mutex::new(None);
static CHANGED: Condvar = Condvar::new();
static STARTED: Once = Once::new();

/// Ends the process after this time, or never.
pub(super) fn set(left: Option<Duration>) {
    *lock() = left.map(|left| Instant::now() + left);
    CHANGED.notify_one();
    if left.is_some() {
        // If no thread can be created, only the runtime's own timers remain.
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
