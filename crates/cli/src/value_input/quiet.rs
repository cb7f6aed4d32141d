//! Hides the terminal's input from the start of a command that prompts, before AWS is called. Input
//! that is typed too early is not shown, not used as a response, and not left to the shell.

use std::io::{Stdin, stdin};
use std::os::fd::AsFd;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};

use super::failed;
use super::terminal::Hidden;
use crate::failure::Failure;
use crate::signals::{Screen, Watch};

/// The terminal of standard input, while it is hidden.
static QUIET: Mutex<Option<State>> = Mutex::new(None);

static STDIN: OnceLock<Stdin> = OnceLock::new();

struct State {
    hidden: Hidden<'static>,
    /// Whether something was typed before it was hidden.
    early: bool,
    /// The number of users that want it restored.
    shown: usize,
}

/// Hides the input of the terminal of standard input until it is dropped.
pub(crate) struct Quiet {
    _watch: Watch,
}

impl Quiet {
    pub(crate) fn begin() -> Result<Self, Failure> {
        let failed = |source| failed("prompt on the terminal", source);
        let screen = Screen { while_shown: |work| while_shown(work), hide_again };
        let watch = Watch::over_terminal(screen).map_err(failed)?;
        let (hidden, early) = Hidden::new(STDIN.get_or_init(stdin).as_fd()).map_err(failed)?;
        *state() = Some(State { hidden, early, shown: 0 });
        Ok(Quiet { _watch: watch })
    }
}

impl Drop for Quiet {
    /// Runs before signals have their default effect again.
    fn drop(&mut self) {
        drop(state().take());
    }
}

/// Whether something was typed since the start of the command. It is discarded.
pub(super) fn was_typed() -> bool {
    state()
        .as_mut()
        .is_some_and(|state| std::mem::take(&mut state.early) | state.hidden.drop_typed())
}

/// Runs code while the terminal is restored, and typed input is shown.
pub(super) fn while_shown<T>(work: impl FnOnce() -> T) -> T {
    if let Some(state) = state().as_mut() {
        state.shown += 1;
        state.hidden.restore();
    }
    let done = work();
    if let Some(state) = state().as_mut() {
        state.shown -= 1;
    }
    hide_again();
    done
}

/// Restores the terminal for good, without waiting. Returns false if another thread holds its lock.
/// For a signal handler.
pub(crate) fn show_at_once() -> bool {
    let mut state = match QUIET.try_lock() {
        Ok(state) => state,
        Err(TryLockError::Poisoned(error)) => error.into_inner(),
        Err(TryLockError::WouldBlock) => return false,
    };
    if let Some(state) = state.as_mut() {
        state.shown += 1;
        state.hidden.restore();
    }
    true
}

/// Hides the input again, if it should be hidden.
pub(crate) fn hide_again() {
    if let Some(state) = state().as_mut().filter(|state| state.shown == 0) {
        // A terminal that is gone shows nothing.
        _ = state.hidden.hide();
    }
}

fn state() -> MutexGuard<'static, Option<State>> {
    QUIET.lock().unwrap_or_else(PoisonError::into_inner)
}
