//! Ends the process at its deadline, even if something blocks: a file system that does not respond,
//! or code that never returns to the runtime, whose own timers then do not run.
//!
//! One deadline applies to everything that a command does, from its start. It is paused during a
//! prompt. A kernel timer watches it rather than a thread: it works before the first file is read
//! and if no thread can be created, and costs almost nothing at the start. If the runtime can end
//! the calls at the deadline, it reports the details and the watchdog does nothing.

mod thread;
#[cfg(target_os = "linux")]
mod timer;

use std::io::{self, IoSlice};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant, SystemTime};

use hydrant::Watch;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::failure::exit;
use crate::signals;
#[cfg(not(target_os = "linux"))]
use thread as timer;

/// How long after its deadline a command may still report details. An unoptimized build, as in
/// tests, takes longer for that on a busy machine.
const GRACE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 1500 } else { 75 });

/// How much longer a command may take to kill a program with the thousands of processes that it may
/// have started.
const TO_END_A_PROGRAM: Duration = Duration::from_secs(1);

/// How long the watchdog's message may wait for a stderr that is not read.
const PATIENCE: Duration = Duration::from_millis(20);

/// The placeholder for what is waited for, in a message that is made in advance.
const WAITED_FOR: &str = "{}";

/// The watchdog of this process.
pub(crate) static WATCHDOG: Watchdog = Watchdog { state: Mutex::new(State::NEW) };

#[derive(Debug)]
pub(crate) struct Watchdog {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// What to do at the end.
    at_end: Option<AtEnd>,
    /// When the command started, plus the time of prompts.
    begun: Option<Instant>,
    /// The time limit; nothing while it is not watched.
    whole: Option<Duration>,
    /// The end of the last of many steps with their own time.
    until: Option<Instant>,
    /// The start of the current prompt.
    paused: Option<Instant>,
    waiting_for: &'static str,
    /// Whether calls have started.
    has_calls: bool,
    /// The message, split at the placeholder.
    message: [Vec<u8>; 2],
}

/// The deadline is paused for as long as this exists.
pub(crate) struct Pause(());

/// What to do at the deadline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AtEnd {
    /// The message for a time limit, with what was waited for and the time. It is made in advance.
    pub(crate) message: fn(whole: Duration, waiting_for: &'static str, when: SystemTime) -> String,
    /// Restores the terminal. On `false` it could not, and is called again. It runs in a signal
    /// handler.
    pub(crate) restore_terminal: fn() -> bool,
}

/// Starts watching, with the time limit that is known before the manifest is read.
pub(crate) fn start(whole: Duration, at_end: AtEnd) {
    let mut state = WATCHDOG.lock();
    state.at_end = Some(at_end);
    state.begun = Some(Instant::now());
    state.whole = Some(whole);
    state.set_timer();
}

/// Stops watching: the rest belongs to the command, or to the reader of the output.
pub(crate) fn stop() {
    let mut state = WATCHDOG.lock();
    state.whole = None;
    state.set_timer();
}

/// The time until the deadline; nothing while it is not watched.
pub(crate) fn left() -> Option<Duration> {
    WATCHDOG.lock().left().map(|left| left.saturating_sub(GRACE))
}

/// What is waited for from now on.
pub(crate) fn wait_for(what: &'static str) {
    WATCHDOG.lock().waiting_for = what;
}

/// Reports the error: only the deadline of calls matters for that.
pub(crate) fn report() {
    if !WATCHDOG.lock().has_calls {
        stop();
    }
}

/// Pauses the deadline during a prompt.
pub(crate) fn pause() -> Pause {
    let mut state = WATCHDOG.lock();
    state.paused = Some(Instant::now());
    state.set_timer();
    Pause(())
}

impl Drop for Pause {
    fn drop(&mut self) {
        let mut state = WATCHDOG.lock();
        if let (Some(paused), Some(begun)) = (state.paused.take(), state.begun) {
            state.begun = Some(begun + paused.elapsed());
        }
        state.set_timer();
    }
}

impl Watch for Watchdog {
    fn begin(&self, whole: Duration) -> Instant {
        let mut state = self.lock();
        state.has_calls = true;
        state.whole = Some(whole);
        let begun = *state.begun.get_or_insert_with(Instant::now);
        state.set_timer();
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
        state.set_timer();
        now + whole
    }

    fn wait_for(&self, what: &'static str) {
        wait_for(what);
    }

    fn program(&self) -> Box<dyn Send> {
        // If no thread can be created, a signal ends only the program, and not what it started.
        Box::new(signals::Watch::over_calls().ok())
    }

    fn end_program(&self) {
        let mut state = self.lock();
        state.begun = state.begun.map(|begun| begun + TO_END_A_PROGRAM);
        state.set_timer();
    }

    fn progress(&self) {
        let mut state = self.lock();
        state.begun = Some(Instant::now());
        state.set_timer();
    }
}

impl Watchdog {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    const NEW: State = State {
        at_end: None,
        begun: None,
        whole: None,
        until: None,
        paused: None,
        waiting_for: "the files that it reads",
        has_calls: false,
        message: [Vec::new(), Vec::new()],
    };

    /// The time until the process is ended; nothing while it is not watched or during a prompt.
    fn left(&self) -> Option<Duration> {
        if self.paused.is_some() {
            return None;
        }
        let end = (self.begun? + self.whole?).max(self.until.unwrap_or(self.begun?));
        Some((end + GRACE).saturating_duration_since(Instant::now()))
    }

    /// Called after each change of the end. The message is made here, since a signal handler cannot
    /// allocate.
    fn set_timer(&mut self) {
        let left = self.left();
        if let (Some(left), Some(whole), Some(at_end)) = (left, self.whole, self.at_end) {
            let message = (at_end.message)(whole, WAITED_FOR, SystemTime::now() + left);
            if let Some((before, after)) = message.split_once(WAITED_FOR) {
                self.message = [before.into(), after.into()];
            }
        }
        timer::set(left);
    }

    /// Writes as much to stderr as it accepts at once.
    fn say(&self) {
        let stderr = io::stderr();
        let patience = Timespec::try_from(PATIENCE).ok();
        let mut ready = [PollFd::new(&stderr, PollFlags::OUT)];
        if matches!(poll(&mut ready, patience.as_ref()), Ok(1)) {
            let parts = [&self.message[0], self.waiting_for.as_bytes(), &self.message[1]];
            // If stderr is gone, it cannot be reported.
            _ = rustix::io::writev(&stderr, &parts.map(IoSlice::new));
        }
    }
}

/// Prints the reason, restores the terminal and ends the process, if its time is over. Returns if a
/// lock is held, and is called again soon.
///
/// It runs in a signal handler, between any two instructions of a thread: it waits for no lock,
/// allocates nothing, and calls nothing that does. No destructor runs.
fn end() {
    let state = match WATCHDOG.state.try_lock() {
        Ok(state) => state,
        Err(TryLockError::Poisoned(error)) => error.into_inner(),
        Err(TryLockError::WouldBlock) => return,
    };
    // The lock is held: nothing continues after the end of the watch.
    let is_over = state.left() == Some(Duration::ZERO);
    if is_over && state.at_end.is_none_or(|at_end| (at_end.restore_terminal)()) {
        state.say();
        signal_hook::low_level::exit(exit::UNREACHABLE.into());
    }
}
