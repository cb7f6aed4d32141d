//! Ends the process at its deadline, whatever blocks: a file system that does not respond, or code
//! that never returns to the runtime, whose own timers do not run then.
//!
//! One deadline counts for all that a command does, from its start. It stands still while a person
//! is asked. A timer of the kernel watches, and no thread: it is there before the first file is
//! read, where there is no thread to spare, and costs a start next to nothing. Where the deadline
//! passes in order, the runtime reports in detail, and the watchdog does nothing.

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

/// How long after its deadline a command may still report in detail. A build that is not optimized,
/// as in tests, takes longer for that on a busy machine.
const GRACE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 1500 } else { 75 });

/// How much longer a command may take to end a program with the thousands of processes that it may
/// have started.
const TO_END_A_PROGRAM: Duration = Duration::from_secs(1);

/// How long the watchdog's message may wait for a stderr that nobody reads.
const PATIENCE: Duration = Duration::from_millis(20);

/// Stands for what is waited for in a message that is made before.
const WAITED_FOR: &str = "{}";

/// The one of this process.
pub(crate) static WATCHDOG: Watchdog = Watchdog { state: Mutex::new(State::NEW) };

#[derive(Debug)]
pub(crate) struct Watchdog {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// What is done at the end.
    at_end: Option<AtEnd>,
    /// When the command began; later by as long as people were asked.
    begun: Option<Instant>,
    /// How long all of it may take; nothing while it is not watched.
    whole: Option<Duration>,
    /// When the last of many steps ends that have their own time.
    until: Option<Instant>,
    /// Since when somebody is asked.
    paused: Option<Instant>,
    waiting_for: &'static str,
    /// Whether calls have begun.
    has_calls: bool,
    /// The message, around what is waited for.
    message: [Vec<u8>; 2],
}

/// The deadline stands still for as long as this lives.
pub(crate) struct Pause(());

/// What is done at the deadline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AtEnd {
    /// The message that what is waited for did not end within this time, said at that time. It is
    /// made while nothing is wrong.
    pub(crate) message: fn(whole: Duration, waiting_for: &'static str, when: SystemTime) -> String,
    /// Leaves the terminal as it was; `false` where it could not, and is called again. It runs in
    /// the handler of a signal.
    pub(crate) restore_terminal: fn() -> bool,
}

/// Watches from here on: for how long as far as that is known before a manifest is read.
pub(crate) fn start(whole: Duration, at_end: AtEnd) {
    let mut state = WATCHDOG.lock();
    state.at_end = Some(at_end);
    state.begun = Some(Instant::now());
    state.whole = Some(whole);
    state.set_timer();
}

/// Watches no longer: what is left is for the command, or for whoever reads the output.
pub(crate) fn stop() {
    let mut state = WATCHDOG.lock();
    state.whole = None;
    state.set_timer();
}

/// How long the command has until its deadline; nothing while it is not watched.
pub(crate) fn left() -> Option<Duration> {
    WATCHDOG.lock().left().map(|left| left.saturating_sub(GRACE))
}

/// What is waited for from here on.
pub(crate) fn wait_for(what: &'static str) {
    WATCHDOG.lock().waiting_for = what;
}

/// Reports what went wrong: only the deadline of calls counts for that.
pub(crate) fn report() {
    if !WATCHDOG.lock().has_calls {
        stop();
    }
}

/// Lets the deadline stand still while a person is asked.
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
        // Without a thread to spare a signal ends the program alone, and not what it started.
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

    /// How long it is until the process is ended; nothing while it is not watched, or a person is
    /// asked.
    fn left(&self) -> Option<Duration> {
        if self.paused.is_some() {
            return None;
        }
        let end = (self.begun? + self.whole?).max(self.until.unwrap_or(self.begun?));
        Some((end + GRACE).saturating_duration_since(Instant::now()))
    }

    /// After each change of the end. The message is made here, since nothing can be made where it
    /// is said.
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

    /// Writes to stderr as much as it takes at once.
    fn say(&self) {
        let stderr = io::stderr();
        let patience = Timespec::try_from(PATIENCE).ok();
        let mut ready = [PollFd::new(&stderr, PollFlags::OUT)];
        if matches!(poll(&mut ready, patience.as_ref()), Ok(1)) {
            let parts = [&self.message[0], self.waiting_for.as_bytes(), &self.message[1]];
            // With stderr gone there is nowhere left to say so.
            _ = rustix::io::writev(&stderr, &parts.map(IoSlice::new));
        }
    }
}

/// Says why and ends the process, with the terminal as it was, if its time is over. Gives up where
/// a lock is held, and is called again soon.
///
/// It runs in the handler of a signal, between any two instructions of a thread: it waits for no
/// lock, allocates nothing, and calls nothing that does. No destructor runs.
fn end() {
    let state = match WATCHDOG.state.try_lock() {
        Ok(state) => state,
        Err(TryLockError::Poisoned(error)) => error.into_inner(),
        Err(TryLockError::WouldBlock) => return,
    };
    // With the lock held: nothing gets past the end of the watch.
    let is_over = state.left() == Some(Duration::ZERO);
    if is_over && state.at_end.is_none_or(|at_end| (at_end.restore_terminal)()) {
        state.say();
        signal_hook::low_level::exit(exit::UNREACHABLE.into());
    }
}
