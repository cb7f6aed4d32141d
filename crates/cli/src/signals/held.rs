//! Signals that are noted while something must not be left half-way, and then have their effect all
//! the same.

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

/// Those whose default effect the library does not know, or takes for none: they end this process
/// with 128+n.
const BY_EXIT: &[i32] = &[
    SIGIO,
    #[cfg(target_os = "linux")]
    libc::SIGPWR,
];

/// Whether the signals that have a handler do what they do by default. Handlers stay once they are
/// there.
static BY_DEFAULT: AtomicBool = AtomicBool::new(true);

/// How many there are that want them noted.
static NOTING: AtomicUsize = AtomicUsize::new(0);

/// The signals that have a handler, a bit for each.
static HANDLED: AtomicU64 = AtomicU64::new(0);

/// Lets signals be noted by those who registered for them, and by nobody else, until it is dropped.
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

/// Takes the signals that end or stop this process, until it is dropped.
pub(crate) struct Held {
    delivery: SignalDelivery<UnixStream, SignalOnly>,
    noting: Option<Noting>,
}

impl Held {
    /// Those that end this process.
    pub(crate) fn ending() -> io::Result<Self> {
        Self::of(ALL_ENDING)
    }

    /// Ctrl-Z and its end too, for a terminal that is to be as it was meanwhile.
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
        // Both stand: from here on a signal is noted, until here it had its default effect, and
        // none is lost.
        Ok(Held { delivery, noting: Some(Noting::new()) })
    }

    /// Those that came since it was asked last.
    pub(crate) fn pending(&mut self) -> Vec<i32> {
        self.delivery.pending().collect()
    }

    /// Becomes readable when a signal comes.
    pub(crate) fn readable(&self) -> BorrowedFd<'_> {
        self.delivery.get_read().as_fd()
    }
}

impl Drop for Held {
    /// Signals have their default effect again, those too that came a moment ago.
    fn drop(&mut self) {
        drop(self.noting.take());
        self.pending().into_iter().for_each(act);
    }
}

/// Whether a signal ends this process by default, of those that are held.
pub(crate) fn ends(signal: i32) -> bool {
    signal != SIGTSTP && signal != SIGCONT
}

/// Does what a signal does by default: ends this process, or stops it until it is continued.
pub(crate) fn act(signal: i32) {
    if ends(signal) && exits(signal) {
        exit(128 + signal);
    }
    // It fails for signals that it does not know, and these it knows.
    _ = emulate_default_handler(signal);
}

/// Gives these signals a handler with their default effect, each once. What was ignored at the
/// start stays ignored.
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

/// Whether a signal cannot end this process itself. None does that process 1 sends itself.
fn exits(signal: i32) -> bool {
    is_process_1() || BY_EXIT.contains(&signal)
}

/// Whether the kernel keeps from this process what would end it by default.
pub(super) fn is_process_1() -> bool {
    getpid().as_raw() == 1
}

/// Whether Ctrl-Z stops this process. Where no shell would continue it, the kernel ignores it: in a
/// container, say, where the process leads the session. The default effect is emulated by SIGSTOP,
/// which it would not ignore. Where session and group began outside of this PID namespace, both are
/// 0: no shell in here would continue it either.
fn stops() -> bool {
    getsid(None).is_ok_and(|session| session != getpgrp())
}
