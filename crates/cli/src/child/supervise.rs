//! Runs a command as its parent: forwards signals, and ends as the command ends.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;

use crate::failure::{Failure, exit};
use crate::signals::{Noting, was_ignored};

const FORWARDED: [i32; 7] = [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM];

/// The signals that this process receives from now on.
pub(crate) struct Signals {
    taken: SignalsInfo<WithOrigin>,
    _noting: Noting,
}

impl Signals {
    pub(crate) fn new() -> Result<Self, Failure> {
        // A signal that was ignored stays ignored, also for the command.
        let forwarded = FORWARDED.into_iter().filter(|signal| !was_ignored(*signal));
        let taken = SignalsInfo::new(forwarded)
            .map_err(|source| Failure::Internal(format!("failed to handle signals: {source}")))?;
        Ok(Signals { taken, _noting: Noting::new() })
    }

    /// Starts the command, forwards signals until it ends, and returns its exit code: 128+n after
    /// signal n.
    pub(crate) fn supervise(mut self, command: &mut Command) -> Result<u8, Failure> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child =
            command.spawn().map_err(|source| Failure::Exec { command: name, source })?;
        let (pid, handle) = (child.id(), self.taken.handle());
        // On a separate thread: SIGCHLD, which would report the end, may be blocked.
        let forwarding = thread::spawn(move || {
            // A terminal sends Ctrl-C to the whole foreground group: the command has it already.
            let sent = self.taken.forever().filter(|origin| origin.process.is_some());
            sent.for_each(|origin| forward(pid, origin.signal));
        });
        let ended = child.wait().map_err(|source| {
            Failure::Internal(format!("failed to wait for the command:  {source}"))
        });
        handle.close();
        _ = forwarding.join();
        let status = ended?;
        let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
        Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(exit::INTERNAL))
    }

    /// Waits for a signal that ends a process.
    pub(crate) fn wait_for_end(mut self) -> Result<u8, Failure> {
        let ends = |signal| [SIGTERM, SIGINT, SIGHUP, SIGQUIT].contains(&signal);
        self.taken.forever().find(|origin| ends(origin.signal));
        Ok(exit::DONE)
    }
}

fn forward(pid: u32, signal: i32) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    if let (Some(pid), Some(signal)) = (pid, Signal::from_named_raw(signal)) {
        // It may have ended a moment ago.
        _ = kill_process(pid, signal);
    }
}
