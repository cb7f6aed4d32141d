//! Signals: what ends this process, and what its command inherits.
//!
//! Handlers are only registered here. A signal that was ignored at the start is never handled: it
//! stays ignored, here and in the command. The others need no handler to end this process, except
//! in process 1, to which the kernel delivers only signals with a handler.

mod at_start;
mod held;
mod watch;

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::atomic::AtomicBool;

use nix::libc;
use signal_hook::consts::{
    SIGABRT, SIGALRM, SIGCHLD, SIGHUP, SIGINT, SIGIO, SIGPIPE, SIGPROF, SIGQUIT, SIGTERM, SIGUSR1,
    SIGUSR2, SIGVTALRM, SIGXCPU, SIGXFSZ,
};
use signal_hook::flag;

pub(crate) use self::at_start::was_ignored;
#[cfg(feature = "emulator")]
pub(crate) use self::held::Noting;
pub(crate) use self::held::{Held, act, ends};
pub(crate) use self::watch::{Aside, Screen, Watch, run, without_call};

/// The signals that end a process by default, and that somebody sends or a limit triggers. systemd
/// sends SIGABRT to a service that does not respond, and abort(3) still ends this process. Other
/// signals that report a crash are not held: the interrupted code cannot continue. Neither are
/// real-time signals.
const ALL_ENDING: &[i32] = &[
    SIGTERM,
    SIGINT,
    SIGHUP,
    SIGQUIT,
    SIGALRM,
    SIGUSR1,
    SIGUSR2,
    SIGXFSZ,
    SIGXCPU,
    SIGVTALRM,
    SIGPROF,
    SIGIO,
    SIGABRT,
    #[cfg(target_os = "linux")]
    libc::SIGPWR,
];

/// The signals that end hydrant at any moment.
const ENDING: [i32; 4] = [SIGTERM, SIGINT, SIGHUP, SIGQUIT];

/// The flag is never read: only the handler of SIGCHLD matters.
static CHILD_ENDED: AtomicBool = AtomicBool::new(false);

/// Makes the signals end process 1 too, to which the kernel would not deliver them. Other processes
/// need nothing. Also makes it possible to wait for programs if SIGCHLD was ignored.
pub(crate) fn start() -> io::Result<()> {
    if was_ignored(SIGCHLD) {
        // Otherwise the kernel would reap the credential programs before their exit status could be
        // read.
        flag::register(SIGCHLD, &CHILD_ENDED)?;
    }
    if held::is_process_1() {
        held::handle(ENDING)?;
        at_start::came_early().into_iter().for_each(act);
    }
    Ok(())
}

/// Gives the command the signal dispositions that this process was started with. Handlers end with
/// the exec, and the mask is never changed here.
pub(crate) fn hand_on(command: &mut Command) {
    // The library ignores SIGPIPE and gives a command its default. SIGCHLD is handled while
    // programs are waited for.
    let ignored = [SIGPIPE, SIGCHLD].map(|signal| (signal, was_ignored(signal)));
    if ignored.iter().all(|(_, ignored)| !ignored) {
        return;
    }
    let ignore = move || {
        for (signal, _) in ignored.iter().filter(|(_, ignored)| *ignored) {
            ignore(*signal)?;
        }
        Ok(())
    };
    #[expect(
        unsafe_code,
        reason = "the standard library has no other way to hand on an ignored SIGPIPE"
    )]
    // SAFETY: it runs between fork and exec, or right before exec, and does nothing but call
    // signal(2), which is async-signal-safe; it allocates nothing and takes no lock.
    unsafe {
        command.pre_exec(ignore);
    }
}

#[expect(unsafe_code, reason = "signal(2) has no safe wrapper")]
fn ignore(signal: i32) -> io::Result<()> {
    // SAFETY: to ignore a signal installs no code.
    if unsafe { libc::signal(signal, libc::SIG_IGN) } == libc::SIG_ERR {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
