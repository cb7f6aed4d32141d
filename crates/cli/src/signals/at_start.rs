//! Which signals were ignored when this process was started. Nothing of it can be asked later: the runtime of Rust ignores
//! SIGPIPE before `main`, and a handler takes the place of what was there.

use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use nix::libc;
use signal_hook::consts::{
    SIGABRT, SIGALRM, SIGCHLD, SIGHUP, SIGINT, SIGIO, SIGPIPE, SIGPROF, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2,
    SIGVTALRM, SIGXCPU, SIGXFSZ,
};

/// All that anything in this process handles or ignores.
const CHANGED: &[i32] = &[
    SIGPIPE,
    SIGTERM,
    SIGINT,
    SIGHUP,
    SIGQUIT,
    SIGALRM,
    SIGUSR1,
    SIGUSR2,
    SIGTSTP,
    SIGCHLD,
    SIGXFSZ,
    SIGXCPU,
    SIGVTALRM,
    SIGPROF,
    SIGIO,
    SIGABRT,
    #[cfg(target_os = "linux")]
    libc::SIGPWR,
];

/// A bit for each signal.
static IGNORED: AtomicU64 = AtomicU64::new(0);

/// The C library calls it before `main`, and so before the runtime of Rust.
#[expect(unsafe_code, reason = "the section that the loader runs has no other name")]
#[used]
#[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(not(target_os = "macos"), unsafe(link_section = ".init_array"))]
static AT_START: extern "C" fn() = note;

extern "C" fn note() {
    CHANGED.iter().copied().filter(|signal| is_ignored(*signal)).for_each(|signal| {
        IGNORED.fetch_or(1 << signal, Ordering::Relaxed);
    });
}

#[expect(unsafe_code, reason = "sigaction(2) has no safe wrapper that only asks")]
fn is_ignored(signal: i32) -> bool {
    let mut found = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: no new action is given, so nothing changes. The old one is written to memory that is large enough and lives
    // through the call, and every bit pattern of the structure is valid.
    unsafe {
        libc::sigaction(signal, ptr::null(), found.as_mut_ptr()) == 0
            && found.assume_init().sa_sigaction == libc::SIG_IGN
    }
}

/// Whether this process was started with the signal ignored. False for a signal that nothing here changes.
pub(crate) fn was_ignored(signal: i32) -> bool {
    IGNORED.load(Ordering::Relaxed) & (1 << signal) != 0
}
