//! Two kernel timers: one whose signal handler ends the process with a message, and a later one
//! that kills it. A thread that is blocked in a file system call runs no handler, and only SIGKILL
//! ends it. (Process 1 cannot kill itself.)
//!
//! An exec deletes the timers, and a forked child does not have them.

use std::cell::RefCell;
use std::time::Duration;

use nix::libc::SIGSTKFLT;
use nix::sys::signal::{SigEvent, SigSet, SigevNotify, Signal};
use nix::sys::timer::{Expiration, Timer, TimerSetTimeFlags};
use nix::time::ClockId;

use crate::signals::was_ignored;

/// The pause before the handler runs again, if it could do nothing.
const AGAIN: Duration = Duration::from_millis(10);

/// How much later it is killed.
const LATER: Duration = Duration::from_millis(500);

thread_local! {
    static TIMERS: RefCell<Option<Timers>> = const { RefCell::new(None) };
}

struct Timers {
    /// If there is none, a thread does the same.
    says: Option<Timer>,
    /// If there is none, nothing does.
    kills: Option<Timer>,
}

/// Ends the process after this time, or never.
pub(super) fn set(left: Option<Duration>) {
    TIMERS.with_borrow_mut(|timers| {
        let timers = match timers {
            Some(timers) => timers,
            None if left.is_none() => return,
            None => timers.insert(Timers::new()),
        };
        // Zero would disable the timer.
        let after = left.map(|left| left.max(Duration::from_nanos(1)));
        match &mut timers.says {
            Some(timer) => start(
                timer,
                Expiration::IntervalDelayed(after.unwrap_or_default().into(), AGAIN.into()),
            ),
            None => super::thread::set(left),
        }
        if let Some(timer) = &mut timers.kills {
            start(
                timer,
                Expiration::OneShot(after.map_or(Duration::ZERO, |after| after + LATER).into()),
            );
        }
    });
}

fn start(timer: &mut Timer, expiration: Expiration) {
    // It only fails for invalid times.
    _ = timer.set(expiration, TimerSetTimeFlags::empty());
}

impl Timers {
    fn new() -> Self {
        // A signal that nothing else sends: coprocessors have not used it for decades.
        let says =
            if can_be_handled() && handle().is_ok() { timer(Signal::SIGSTKFLT) } else { None };
        Timers { says, kills: timer(Signal::SIGKILL) }
    }
}

/// A signal that was ignored or blocked stays so, also for the command.
fn can_be_handled() -> bool {
    let is_blocked =
        || SigSet::thread_get_mask().is_ok_and(|mask| mask.contains(Signal::SIGSTKFLT));
    !was_ignored(SIGSTKFLT) && !is_blocked()
}

fn timer(signal: Signal) -> Option<Timer> {
    let event = SigEvent::new(SigevNotify::SigevSignal { signal, si_value: 0 });
    Timer::new(ClockId::CLOCK_MONOTONIC, event).ok()
}

fn handle() -> std::io::Result<()> {
    #[expect(
        unsafe_code,
        reason = "a handler that ends the process has no safe wrapper that says why"
    )]
    // SAFETY: `end` does what a handler may do: it tries a lock and never waits for one, allocates
    // nothing, and makes system calls (tcsetattr, poll, writev, exit_group), each of which is
    // async-signal-safe.
    unsafe {
        signal_hook::low_level::register(SIGSTKFLT, super::end)?;
    }
    Ok(())
}
