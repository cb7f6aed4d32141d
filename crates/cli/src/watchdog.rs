//! Ends the process at its deadline, whatever blocks: a file system that does not respond, or code that never returns to
//! the runtime, whose own timers do not run then.
//!
//! One deadline counts for all that a command does, from its start. It stands still while a person is asked. The thread
//! that watches starts with the first calls, so that a start with everything set has none; an exec ends it. Where the
//! deadline passes in order, the runtime reports in detail, and the watchdog does nothing.

mod last_resort;

use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hydrant::Watch;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::args::LogFormat;
use crate::failure::Failure;
use crate::value_input::while_shown;
use crate::{exit, log};

/// How long after its deadline a command may still report in detail. A build that is not optimized, as in tests, takes
/// longer for that on a busy machine.
const GRACE: Duration = if cfg!(debug_assertions) { Duration::from_millis(1500) } else { Duration::from_millis(75) };

/// How long the watchdog's message may wait for a stderr that nobody reads.
const PATIENCE: Duration = Duration::from_millis(20);

/// Its buffers are small; a stack is only reserved.
const STACK: usize = 512 * 1024;

/// The one of this process.
pub(crate) static WATCHDOG: Watchdog = Watchdog { state: Mutex::new(State::NEW), changed: Condvar::new() };

#[derive(Debug)]
pub(crate) struct Watchdog {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    format: LogFormat,
    /// When the command began; later by as long as people were asked.
    begun: Option<Instant>,
    /// How long all of it may take; nothing while it is not watched.
    whole: Option<Duration>,
    /// When the last of many steps ends that have their own time.
    until: Option<Instant>,
    /// Since when somebody is asked.
    paused: Option<Instant>,
    waiting_for: &'static str,
    is_running: bool,
}

/// The deadline stands still for as long as this lives.
pub(crate) struct Pause(());

/// Notes when the command began, how long it may take as far as that is known before a manifest is read, and how its
/// messages look.
pub(crate) fn start(format: LogFormat, whole: Duration) {
    let mut state = WATCHDOG.lock();
    state.format = format;
    state.begun = Some(Instant::now());
    last_resort::set(Some(whole + GRACE));
}

/// Watches no longer: what is left is for the command, or for whoever reads the output.
pub(crate) fn stop() {
    WATCHDOG.lock().whole = None;
    WATCHDOG.changed.notify_one();
    last_resort::set(None);
}

/// How long the command has until its deadline; nothing while it is not watched.
pub(crate) fn left() -> Option<Duration> {
    WATCHDOG.lock().left().map(|left| left.saturating_sub(GRACE))
}

/// Reports what went wrong: only a deadline that still runs counts for that.
pub(crate) fn report() {
    last_resort::set(None);
}

/// Lets the deadline stand still while a person is asked.
pub(crate) fn pause() -> Pause {
    WATCHDOG.lock().paused = Some(Instant::now());
    WATCHDOG.changed.notify_one();
    last_resort::set(None);
    Pause(())
}

impl Drop for Pause {
    fn drop(&mut self) {
        let mut state = WATCHDOG.lock();
        if let (Some(paused), Some(begun)) = (state.paused.take(), state.begun) {
            state.begun = Some(begun + paused.elapsed());
        }
        last_resort::set(state.left());
        WATCHDOG.changed.notify_one();
    }
}

impl Watch for Watchdog {
    fn begin(&self, whole: Duration) -> Instant {
        let mut state = self.lock();
        state.whole = Some(whole);
        let begun = *state.begun.get_or_insert_with(Instant::now);
        if state.is_running {
            self.changed.notify_one();
        } else {
            // Without a thread to spare the runtime's own timers are what there is.
            let thread = std::thread::Builder::new().name("watchdog".to_owned()).stack_size(STACK);
            state.is_running = thread.spawn(|| WATCHDOG.watch()).is_ok();
        }
        last_resort::set(state.left());
        begun + whole
    }

    fn begin_step(&self, whole: Duration) -> Instant {
        let end = self.begin(whole);
        let now = Instant::now();
        if now >= end {
            return end;
        }
        let mut state = self.lock();
        state.until = Some(now + whole);
        last_resort::set(state.left());
        now + whole
    }

    fn wait_for(&self, what: &'static str) {
        self.lock().waiting_for = what;
    }

    fn progress(&self) {
        let mut state = self.lock();
        state.begun = Some(Instant::now());
        last_resort::set(state.left());
    }
}

impl Watchdog {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watch(&self) {
        let mut state = self.lock();
        loop {
            state = match state.left() {
                // With the lock held: nothing gets past the end of the watch.
                Some(Duration::ZERO) => state.end_process(),
                Some(left) => self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

impl State {
    const NEW: State = State {
        format: LogFormat::Text,
        begun: None,
        whole: None,
        until: None,
        paused: None,
        waiting_for: "AWS",
        is_running: false,
    };

    /// How long it is until the process is ended; nothing while it is not watched, or a person is asked.
    fn left(&self) -> Option<Duration> {
        if self.paused.is_some() {
            return None;
        }
        let end = (self.begun? + self.whole?).max(self.until.unwrap_or(self.begun?));
        Some((end + GRACE).saturating_duration_since(Instant::now()))
    }

    /// Says why and ends the process, with the terminal as it was. No destructor runs, and no lock is taken that what blocks
    /// may hold.
    fn end_process(&self) -> ! {
        let whole = self.whole.unwrap_or_default();
        let failure = Failure::Deadline { whole, waiting_for: self.waiting_for };
        let text = log::rendered(&failure, self.format);
        while_shown(|| {
            say(&text);
            exit_now();
        });
        exit_now()
    }
}

fn exit_now() -> ! {
    signal_hook::low_level::exit(exit::UNREACHABLE.into())
}

/// Writes to stderr as much as it takes at once.
fn say(text: &[u8]) {
    let stderr = io::stderr();
    let patience = Timespec::try_from(PATIENCE).ok();
    let mut ready = [PollFd::new(&stderr, PollFlags::OUT)];
    if matches!(poll(&mut ready, patience.as_ref()), Ok(1)) {
        // With stderr gone there is nowhere left to say so.
        _ = rustix::io::write(&stderr, text);
    }
}
