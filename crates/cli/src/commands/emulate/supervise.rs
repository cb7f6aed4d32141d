//! Running a command as its parent: signals go on to it, and its end is this process's.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command};

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGALRM, SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;

use crate::exit;
use crate::failure::Failure;

const FORWARDED: [i32; 7] = [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM];

/// The signals that reach this process, from the moment it is made.
pub(super) struct Signals(SignalsInfo<WithOrigin>);

impl Signals {
    pub(super) fn new() -> Result<Self, Failure> {
        let signals = SignalsInfo::new(FORWARDED.iter().chain(&[SIGCHLD]));
        signals.map(Signals).map_err(|source| Failure::Internal(format!("failed to take signals: {source}")))
    }

    /// Starts the command, forwards signals until it ends, and gives its code: 128+n after signal n.
    pub(super) fn supervise(mut self, command: &mut Command) -> Result<u8, Failure> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command.spawn().map_err(|source| Failure::Exec { command: name, source })?;
        for origin in self.0.forever() {
            if origin.signal != SIGCHLD {
                // A terminal sends Ctrl-C to the whole foreground group: the command has it already.
                if origin.process.is_some() {
                    forward(&child, origin.signal);
                }
                continue;
            }
            let ended = child.try_wait().map_err(|source| Failure::Internal(format!("failed to wait: {source}")))?;
            if let Some(status) = ended {
                let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
                return Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(exit::INTERNAL));
            }
        }
        Err(Failure::Internal("the signals ended before the command".to_owned()))
    }

    /// Waits for a signal that ends a process.
    pub(super) fn wait_for_end(mut self) -> Result<u8, Failure> {
        let ends = |signal| [SIGTERM, SIGINT, SIGHUP, SIGQUIT].contains(&signal);
        self.0.forever().find(|origin| ends(origin.signal));
        Ok(exit::DONE)
    }
}

fn forward(child: &Child, signal: i32) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let (Some(pid), Some(signal)) = (pid, Signal::from_named_raw(signal)) {
        // It may have ended a moment ago; SIGCHLD says so next.
        _ = kill_process(pid, signal);
    }
}
