//! Which signals were ignored when this process was started. This cannot be queried later: the Rust
//! runtime ignores SIGPIPE before `main`, and a handler replaces the previous disposition.
//!
//! Also which signals that end process 1 arrived before it could handle them: there the kernel
//! drops signals without a handler.

use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use nix::libc;
use nix::unistd::getpid;
use signal_hook::consts::{SIGCHLD, SIGPIPE, SIGTSTP};

use super::{ALL_ENDING, ENDING};

/// The signals that this process handles or ignores in addition to the held ones.
const OTHERS: &[i32] = &[
    SIGPIPE,
    SIGTSTP,
    SIGCHLD,
    #[cfg(target_os = "linux")]
    libc::SIGSTKFLT,
];

/// A bit for each signal.
static IGNORED: AtomicU64 = AtomicU64::new(0);

/// The same for the signals that arrived at process 1.
static CAME: AtomicU64 = AtomicU64::new(0);

/// The C library calls it before `main`, and so before the Rust runtime.
#[expect(unsafe_code, reason = "the section that the loader runs has no other name")]
#[used]
#[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(not(target_os = "macos"), unsafe(link_section = ".init_array"))]
static AT_START: extern "C" fn() = note;

extern "C" fn note() {
    ALL_ENDING.iter().chain(OTHERS).copied().filter(|signal| is_ignored(*signal)).for_each(
        |signal| {
            IGNORED.fetch_or(1 << signal, Ordering::Relaxed);
        },
    );
    if getpid().as_raw() == 1 {
        ENDING.into_iter().filter(|signal| !was_ignored(*signal)).for_each(take_early);
    }
}

#[expect(unsafe_code, reason = "sigaction(2) has no safe wrapper")]
fn take_early(signal: i32) {
    extern "C" fn took(signal: i32) {
        CAME.fetch_or(1 << signal, Ordering::SeqCst);
    }
    // SAFETY: all zeros are a valid structure: no flags, and nothing masked. The handler does
    // nothing but change an atomic number. Whoever registers another later replaces it at once.
    unsafe {
        let mut action = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
        action.sa_sigaction = took as extern "C" fn(i32) as libc::sighandler_t;
        action.sa_flags = libc::SA_RESTART;
        libc::sigaction(signal, &action, ptr::null_mut());
    }
}

/// A signal that ends process 1 and arrived before it had handlers.
pub(super) fn came_early() -> Option<i32> {
    let came = CAME.load(Ordering::SeqCst);
    ENDING.into_iter().find(|signal| came & (1 << signal) != 0)
}

#[expect(unsafe_code, reason = "sigaction(2) has no safe wrapper that only asks")]
fn is_ignored(signal: i32) -> bool {
    let mut found = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: no new action is given, so nothing changes. The old one is written to memory that is
    // large enough and lives through the call, and every bit pattern of the structure is valid.
    unsafe {
        libc::sigaction(signal, ptr::null(), found.as_mut_ptr()) == 0
            && found.assume_init().sa_sigaction == libc::SIG_IGN
    }
}

/// Whether this process was started with the signal ignored. False for a signal that nothing here
/// changes.
pub(crate) fn was_ignored(signal: i32) -> bool {
    IGNORED.load(Ordering::Relaxed) & (1 << signal) != 0
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;

    use nix::sys::signal::{Signal, raise};

    use super::*;

    /// The process that the next test starts: without a handler the kernel would drop these
    /// signals.
    #[test]
    #[ignore = "is process 1, and ended by its own signal"]
    fn process_1() {
        let signal = std::env::var("HYDRANT_TEST_SIGNAL").unwrap().parse::<i32>().unwrap();
        assert_eq!(getpid().as_raw(), 1);
        raise(Signal::try_from(signal).unwrap()).unwrap();
        super::super::start().unwrap();
    }

    #[test]
    fn a_signal_before_the_handlers_is_not_lost() {
        // Without namespaces nothing can be tested: `tests/init.rs` reports that.
        if !Command::new("unshare")
            .args(["--user", "--pid", "--fork", "true"])
            .status()
            .unwrap()
            .success()
        {
            return;
        }
        for signal in ENDING {
            let mut itself = Command::new("env");
            itself.args([
                "--default-signal",
                "unshare",
                "--user",
                "--map-root-user",
                "--pid",
                "--fork",
            ]);
            itself.arg("--kill-child").arg(std::env::current_exe().unwrap());
            itself.args(["--exact", "signals::at_start::tests::process_1", "--ignored"]);
            let ran = itself.env("HYDRANT_TEST_SIGNAL", signal.to_string()).output().unwrap();
            assert_eq!(ran.status.code(), Some(128 + signal), "{ran:?}");
        }
    }
}
