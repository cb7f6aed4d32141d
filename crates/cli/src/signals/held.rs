//! Signals that are held while something must not be interrupted, and have their effect afterwards.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use nix::libc;
use nix::unistd::{getpgrp, getpid, getsid};
use signal_hook::consts::{SIGCONT, SIGIO, SIGTSTP};
use signal_hook::flag::{register_conditional_default, register_conditional_shutdown};
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::SignalOnly;
use signal_hook::low_level::{emulate_default_handler, exit};

use super::{ALL_ENDING, was_ignored};

/// Signals whose default effect the library does not know, or treats as none: they end this process
/// with 128+n.
const BY_EXIT: &[i32] = &[
    SIGIO,
    #[cfg(target_os = "linux")]
    libc::SIGPWR,
];

/// Whether handled signals have their default effect. Handlers are never removed.
static BY_DEFAULT: AtomicBool = AtomicBool::new(true);

/// The number of users that want them held.
static NOTING: AtomicUsize = AtomicUsize::new(0);

/// The signals that have a handler, a bit for each.
static HANDLED: AtomicU64 = AtomicU64::new(0);

/// Holds signals for those who registered for them, and for nothing else, until it is dropped.
pub(crate) struct Noting(());

impl Noting {
    pub(crate) fn new() -> Self {
        NOTING.fetch_add(1, Ordering::SeqCst);
        BY_DEFAULT.store(false, Ordering::SeqCst);
        Noting(())
    }
}

impl Drop for Noting {
    fn drop(&mut self) {
        if NOTING.fetch_sub(1, Ordering::SeqCst) == 1 {
            BY_DEFAULT.store(true, Ordering::SeqCst);
        }
    }
}

/// Holds the signals that end or stop this process, until it is dropped.
pub(crate) struct Held {
    delivery: SignalDelivery<UnixStream, SignalOnly>,
    noting: Option<Noting>,
}

impl Held {
    /// The signals that end this process.
    pub(crate) fn ending() -> io::Result<Self> {
        Self::of(ALL_ENDING)
    }

    /// Also Ctrl-Z and continuing, for a terminal that must be restored meanwhile.
    pub(crate) fn with_stops() -> io::Result<Self> {
        let stops = stops().then_some(SIGTSTP);
        let signals: Vec<i32> = ALL_ENDING.iter().copied().chain(stops).chain([SIGCONT]).collect();
        Self::of(&signals)
    }

    fn of(signals: &[i32]) -> io::Result<Self> {
        let signals = signals.iter().copied().filter(|signal| !was_ignored(*signal));
        handle(signals.clone().filter(|signal| *signal != SIGCONT))?;
        let (read, write) = UnixStream::pair()?;
        let delivery = SignalDelivery::with_pipe(read, write, SignalOnly, signals)?;
        // From here on a signal is held. Until here it had its default effect, and none is lost.
        Ok(Held { delivery, noting: Some(Noting::new()) })
    }

    /// The signals that arrived since the last call.
    pub(crate) fn pending(&mut self) -> Vec<i32> {
        self.delivery.pending().collect()
    }

    /// Becomes readable when a signal arrives.
    pub(crate) fn readable(&self) -> BorrowedFd<'_> {
        self.delivery.get_read().as_fd()
    }
}

impl Drop for Held {
    /// Signals have their default effect again, including those that have just arrived.
    fn drop(&mut self) {
        drop(self.noting.take());
        self.pending().into_iter().for_each(act);
    }
}

/// Whether a held signal ends this process by default.
pub(crate) fn ends(signal: i32) -> bool {
    signal != SIGTSTP && signal != SIGCONT
}

/// Has the default effect of a signal: ends this process, or stops it until it is continued.
pub(crate) fn act(signal: i32) {
    if ends(signal) && exits(signal) {
        exit(128 + signal);
    }
    // It fails for unknown signals, and these are known.
    _ = emulate_default_handler(signal);
}

/// Gives each of these signals a handler with its default effect, once. A signal that was ignored
/// at the start stays ignored.
pub(super) fn handle(signals: impl IntoIterator<Item = i32>) -> io::Result<()> {
    for signal in signals {
        let bit = 1 << signal;
        if was_ignored(signal) || HANDLED.fetch_or(bit, Ordering::SeqCst) & bit != 0 {
            continue;
        }
        if signal != SIGTSTP && exits(signal) {
            register_conditional_shutdown(signal, 128 + signal, &BY_DEFAULT)?;
        } else {
            register_conditional_default(signal, &BY_DEFAULT)?;
        }
    }
    Ok(())
}

/// Whether a signal cannot end this process: those that process 1 sends to itself cannot.
fn exits(signal: i32) -> bool {
    is_process_1() || BY_EXIT.contains(&signal)
}

/// Whether the kernel does not deliver signals to this process that would end it by default.
pub(super) fn is_process_1() -> bool {
    getpid().as_raw() == 1
}

/// Whether Ctrl-Z stops this process. If no shell could continue it, the kernel ignores the signal:
/// for example in a container, where the process leads the session. The default effect is emulated
/// with SIGSTOP, which the kernel would not ignore. If session and group began outside of this PID
/// namespace, both are 0: no shell inside could continue it either.
fn stops() -> bool {
    getsid(None).is_ok_and(|session| session != getpgrp())
}
