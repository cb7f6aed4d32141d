//! A terminal that shows nothing of what is typed from the start of a command that asks for
//! something, before AWS is called: what is typed too early is neither shown, nor taken for an
//! answer, nor left to the shell.

use std::io::{Stdin, stdin};
use std::os::fd::AsFd;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};

use super::failed;
use super::terminal::Hidden;
use crate::failure::Failure;
use crate::signals::{Screen, Watch};

/// The terminal of standard input, while it is quiet.
static QUIET: Mutex<Option<State>> = Mutex::new(None);

static STDIN: OnceLock<Stdin> = OnceLock::new();

struct State {
    hidden: Hidden<'static>,
    /// Whether something was typed before it was hidden.
    early: bool,
    /// How many there are that want it as it was.
    shown: usize,
}

/// Until it is dropped, the terminal of standard input shows nothing.
pub(crate) struct Quiet {
    _watch: Watch,
}

impl Quiet {
    pub(crate) fn begin() -> Result<Self, Failure> {
        let failed = |source| failed("ask at the terminal", source);
        let screen = Screen { while_shown: |work| while_shown(work), hide_again };
        let watch = Watch::over_terminal(screen).map_err(failed)?;
        let (hidden, early) = Hidden::new(STDIN.get_or_init(stdin).as_fd()).map_err(failed)?;
        *state() = Some(State { hidden, early, shown: 0 });
        Ok(Quiet { _watch: watch })
    }
}

impl Drop for Quiet {
    /// Comes before signals have their default effect again.
    fn drop(&mut self) {
        drop(state().take());
    }
}

/// Whether something was typed since the start of the command. It is dropped.
pub(super) fn was_typed() -> bool {
    state()
        .as_mut()
        .is_some_and(|state| std::mem::take(&mut state.early) | state.hidden.drop_typed())
}

/// Does something while the terminal is as it was, and what is typed is shown.
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

/// Makes the terminal as it was for good, without a wait: false where another holds its lock. For
/// the handler of a signal.
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

/// Hides what is typed again, where it is to be hidden.
pub(crate) fn hide_again() {
    if let Some(state) = state().as_mut().filter(|state| state.shown == 0) {
        // A terminal that is gone shows nothing.
        _ = state.hidden.hide();
    }
}

fn state() -> MutexGuard<'static, Option<State>> {
    QUIET.lock().unwrap_or_else(PoisonError::into_inner)
}
