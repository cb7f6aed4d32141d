//! The signals that come while a terminal is in a mode that must not stay: they are noted, and acted on by the one thread
//! there is, so that no signal finds the terminal half-way.
//!
//! A handler cannot be taken back to the system's default without `unsafe`. The handlers stay, and do after the prompt what
//! the default does.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use nix::unistd::{getpgrp, getsid};
use signal_hook::consts::{SIGALRM, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2};
use signal_hook::flag::register_conditional_default;
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::SignalOnly;
use signal_hook::low_level::emulate_default_handler;

/// Those that end a process, unless it is said otherwise.
const ENDING: [i32; 7] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2];

/// Whether the signals do what they do by default. Set once the handlers stand.
static BY_DEFAULT: Mutex<Option<Arc<AtomicBool>>> = Mutex::new(None);

/// Takes the signals, until it is dropped.
pub(super) struct Signals {
    delivery: SignalDelivery<UnixStream, SignalOnly>,
    by_default: Arc<AtomicBool>,
}

impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        let by_default = by_default()?;
        let (read, write) = UnixStream::pair()?;
        let delivery = SignalDelivery::with_pipe(read, write, SignalOnly, taken().chain([SIGCONT]))?;
        // Both stand: from here on a signal is noted, until here it had its default effect, and none is lost.
        by_default.store(false, Ordering::SeqCst);
        Ok(Signals { delivery, by_default })
    }

    /// Those that came since it was asked last.
    pub(super) fn pending(&mut self) -> Vec<i32> {
        self.delivery.pending().collect()
    }

    /// Becomes readable when a signal comes.
    pub(super) fn readable(&self) -> BorrowedFd<'_> {
        self.delivery.get_read().as_fd()
    }
}

impl Drop for Signals {
    /// Comes after the terminal is restored: signals have their default effect again, those too that came a moment ago.
    fn drop(&mut self) {
        self.by_default.store(true, Ordering::SeqCst);
        self.pending().into_iter().for_each(act);
    }
}

/// Does what a signal does by default: ends this process, or stops it until it is continued.
pub(super) fn act(signal: i32) {
    // It fails for signals that it does not know, and these it knows.
    _ = emulate_default_handler(signal);
}

fn by_default() -> io::Result<Arc<AtomicBool>> {
    let mut known = BY_DEFAULT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(by_default) = &*known {
        return Ok(Arc::clone(by_default));
    }
    let by_default = Arc::new(AtomicBool::new(true));
    for signal in taken() {
        register_conditional_default(signal, Arc::clone(&by_default))?;
    }
    Ok(Arc::clone(known.insert(by_default)))
}

/// The signals to take.
fn taken() -> impl Iterator<Item = i32> {
    // Where no shell would continue it, the kernel ignores Ctrl-Z: in a container, say, where the process leads the
    // session. The default effect is emulated by SIGSTOP, which it would not ignore. Where session and group began outside
    // of this PID namespace, both are 0: no shell in here would continue it either.
    let continued = getsid(None).is_ok_and(|session| session != getpgrp());
    ENDING.into_iter().chain(continued.then_some(SIGTSTP))
}
