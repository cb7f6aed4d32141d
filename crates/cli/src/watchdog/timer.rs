//! Two timers of the kernel: one whose signal has a handler that ends the process with a message, and, a little later, one
//! that kills it. A thread that waits in the kernel for a file system runs no handler; only being killed ends it.
//!
//! An exec deletes the timers, and a forked child does not have them.

use std::cell::RefCell;
use std::time::Duration;

use nix::libc::SIGSTKFLT;
use nix::sys::signal::{SigEvent, SigevNotify, Signal};
use nix::sys::timer::{Expiration, Timer, TimerSetTimeFlags};
use nix::time::ClockId;

use crate::signals::was_ignored;

/// How soon the handler runs again, where it could do nothing.
const AGAIN: Duration = Duration::from_millis(10);

/// How much later it kills.
const LATER: Duration = Duration::from_millis(500);

thread_local! {
    static TIMERS: RefCell<Option<Timers>> = const { RefCell::new(None) };
}

struct Timers {
    /// Where there is no timer to be had, the runtime's own are what there is.
    says: Option<Timer>,
    kills: Option<Timer>,
}

/// Ends the process after this long, or not at all any more.
pub(super) fn set(left: Option<Duration>) {
    TIMERS.with_borrow_mut(|timers| {
        let timers = match timers {
            Some(timers) => timers,
            None if left.is_none() => return,
            None => timers.insert(Timers::new()),
        };
        let left = left.map(|left| left.max(Duration::from_nanos(1)));
        let says = Expiration::IntervalDelayed(left.unwrap_or_default().into(), AGAIN.into());
        let kills = Expiration::OneShot(left.map_or(Duration::ZERO, |left| left + LATER).into());
        for (timer, expiration) in [(&mut timers.says, says), (&mut timers.kills, kills)] {
            if let Some(timer) = timer {
                _ = timer.set(expiration, TimerSetTimeFlags::empty());
            }
        }
    });
}

impl Timers {
    fn new() -> Self {
        let handled = !was_ignored(SIGSTKFLT) && handle().is_ok();
        // A signal that nothing else sends: coprocessors have not used it for decades.
        Timers { says: if handled { timer(Signal::SIGSTKFLT) } else { None }, kills: timer(Signal::SIGKILL) }
    }
}

fn timer(signal: Signal) -> Option<Timer> {
    let event = SigEvent::new(SigevNotify::SigevSignal { signal, si_value: 0 });
    Timer::new(ClockId::CLOCK_MONOTONIC, event).ok()
}

fn handle() -> std::io::Result<()> {
    #[expect(unsafe_code, reason = "a handler that ends the process has no safe wrapper that says why")]
    // SAFETY: `end` does what a handler may do: it tries a lock and never waits for one, allocates nothing, and makes
    // system calls (tcsetattr, poll, writev, exit_group), each of which is async-signal-safe.
    unsafe {
        signal_hook::low_level::register(SIGSTKFLT, super::end)?;
    }
    Ok(())
}
