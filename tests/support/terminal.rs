//! A real terminal, and a shell with job control on it that runs one command. Both belong to the
//! system: a pseudo-terminal, `setsid` and `sh`.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};

/// Long enough for a machine under load. Only an event that never comes takes as long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs its arguments in a separate foreground process group, continues them at the next line when
/// they are stopped, prints the code they end with and the next line. The shell should be dash, or
/// similar: bash ends with a command that Ctrl-C ended. If a stopped command leaves the terminal as
/// it was during the prompt, no read blocks: the shell reads again until the terminal is restored.
const SHELL: &str = "set -m; trap : INT; \"$@\"; code=$?
    jobs >jobs; if [ -s jobs ]; then echo stopped; until read -r line; do :; done; fg >/dev/null; code=$?; fi
    echo \"ended with $code\"; IFS= read -r next; echo \"next: $next\"";

/// The terminal, from the side of the person in front of it.
pub(crate) struct Terminal {
    outer: File,
    before: Termios,
    /// The process that leads the session.
    leader: Child,
    shown: Vec<u8>,
    /// The end of the text that was awaited.
    seen: usize,
}

impl Terminal {
    /// Starts the command on a new terminal, under a shell.
    pub(crate) fn start(command: &Command) -> Self {
        Self::with(&["sh", "-c", SHELL, "sh"], command)
    }

    /// Starts the command on a new terminal with no shell around it, as a container does.
    pub(crate) fn start_alone(command: &Command) -> Self {
        Self::with(&[], command)
    }

    fn with(shell: &[&str], command: &Command) -> Self {
        let outer = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
            .expect("a terminal");
        grantpt(&outer).and_then(|()| unlockpt(&outer)).expect("a terminal");
        let name = ptsname(&outer, Vec::new()).expect("the terminal's name");
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let inner =
            File::from(open(name, flags, Mode::empty()).expect("the inside of the terminal"));
        let before = tcgetattr(&inner).expect("the terminal's modes");
        // As a terminal's programs start, whatever the tests were started with (for example under
        // `nohup`).
        let mut leader = Command::new("env");
        leader
            .args(["--default-signal", "setsid", "--ctty"])
            .args(shell)
            .arg(command.get_program())
            .args(command.get_args());
        leader
            .env_clear()
            .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        leader.current_dir(command.get_current_dir().expect("a folder"));
        let end = || inner.try_clone().expect("the inside of the terminal");
        let leader =
            leader.stdin(end()).stdout(end()).stderr(end()).spawn().expect("setsid starts");
        Terminal { outer: outer.into(), before, leader, shown: Vec::new(), seen: 0 }
    }

    pub(crate) fn types(&mut self, text: &str) {
        self.outer.write_all(text.as_bytes()).expect("the terminal takes it");
    }

    /// Waits until it shows this, after the text that was awaited before.
    #[track_caller]
    pub(crate) fn awaits(&mut self, text: &str) {
        let begun = Instant::now();
        let mut chunk = [0; 4096];
        loop {
            if let Some(at) = String::from_utf8_lossy(&self.shown[self.seen..]).find(text) {
                self.seen += at + text.len();
                return;
            }
            let mut ready = [PollFd::new(&self.outer, PollFlags::IN)];
            let patience =
                Timespec::try_from(PATIENCE.saturating_sub(begun.elapsed())).expect("a time");
            let some = poll(&mut ready, Some(&patience)).expect("the terminal") > 0;
            // After the leader's end there is an error.
            let count = if some { self.outer.read(&mut chunk).unwrap_or(0) } else { 0 };
            assert!(count > 0, "{text:?} is not shown; shown is {:?}", self.shown());
            self.shown.extend_from_slice(&chunk[..count]);
        }
    }

    /// Everything it has shown.
    pub(crate) fn shown(&self) -> String {
        String::from_utf8_lossy(&self.shown).into_owned()
    }

    fn modes(&self) -> Termios {
        // From this side they are those of the inside.
        tcgetattr(&self.outer).expect("the terminal's modes")
    }

    /// Whether it echoes what is typed.
    pub(crate) fn echoes(&self) -> bool {
        self.modes().local_modes.contains(LocalModes::ECHO)
    }

    /// Waits until it no longer echoes.
    #[track_caller]
    pub(crate) fn awaits_no_echo(&self) {
        let begun = Instant::now();
        while self.echoes() {
            assert!(begun.elapsed() < PATIENCE, "the terminal still shows what is typed");
            std::thread::yield_now();
        }
    }

    /// All settings are as they were before anything ran on it.
    #[track_caller]
    pub(crate) fn is_as_before(&self) {
        assert_eq!(format!("{:?}", self.modes()), format!("{:?}", self.before));
    }

    /// Restores the settings, as an interactive shell does when a command is stopped.
    pub(crate) fn set_as_before(&self) {
        tcsetattr(&self.outer, OptionalActions::Now, &self.before).expect("the terminal's modes");
    }

    /// Sends a signal to the process in the foreground.
    pub(crate) fn signals(&self, signal: Signal) {
        kill_process(self.foreground(), signal).expect("a process in the foreground");
    }

    fn foreground(&self) -> Pid {
        tcgetpgrp(&self.outer).expect("a process in the foreground")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Its processes end by the hangup.
        _ = self.leader.kill();
        _ = self.leader.wait();
    }
}
