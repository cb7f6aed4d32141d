//! A timer of the kernel that kills the process, for what the watchdog's thread is not there for: a manifest on a file system
//! that does not respond is read before there is any thread, and there may be none to spare.
//!
//! A thread that waits in the kernel for a file system runs no handler of a signal; only being killed ends it. So nothing is
//! said then. An exec deletes the timer, and a forked child does not have it.

use std::time::Duration;

/// How long after the watchdog's time it kills.
#[cfg(target_os = "linux")]
const LATER: Duration = Duration::from_millis(500);

/// Kills the process after this long, or not at all any more.
#[cfg(target_os = "linux")]
pub(super) fn set(after: Option<Duration>) {
    use std::cell::RefCell;

    use nix::sys::signal::{SigEvent, SigevNotify, Signal};
    use nix::sys::timer::{Expiration, Timer, TimerSetTimeFlags};
    use nix::time::ClockId;

    thread_local! {
        static TIMER: RefCell<Option<Timer>> = const { RefCell::new(None) };
    }
    TIMER.with_borrow_mut(|timer| {
        if timer.is_none() && after.is_some() {
            let kill = SigevNotify::SigevSignal { signal: Signal::SIGKILL, si_value: 0 };
            // Without one the watchdog's thread is what there is.
            *timer = Timer::new(ClockId::CLOCK_MONOTONIC, SigEvent::new(kill)).ok();
        }
        if let Some(timer) = timer {
            let after = after.map_or(Duration::ZERO, |after| after + LATER);
            _ = timer.set(Expiration::OneShot(after.into()), TimerSetTimeFlags::empty());
        }
    });
}

#[cfg(not(target_os = "linux"))]
pub(super) fn set(_: Option<Duration>) {}
