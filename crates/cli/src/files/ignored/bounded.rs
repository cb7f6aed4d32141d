//! Runs a program that may never end, for its exit code and the start of its output, within a time
//! limit and, on Linux, a memory limit.
//!
//! It reads no input, and writes to no terminal. It and its children are a process group, which is
//! killed at the time limit. On Linux the kernel kills it if this process is killed.

use std::io::{self, Error, ErrorKind, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use hydrant_core::program::end_with_this_process;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::signals::{self, Held};

/// How a program ended.
pub(super) struct Ended {
    /// `None` if a signal ended it.
    pub(super) code: Option<i32>,
    /// What it wrote to its standard error, or the start of it.
    pub(super) stderr: String,
}

/// How much of its standard error is kept.
const MOST_STDERR: usize = 4096;
/// The pauses between two checks get longer up to this.
const LONGEST_WAIT: Duration = Duration::from_millis(20);
/// How long a killed process may take to end: one that waits for a disk or a network cannot end
/// sooner.
const TIME_TO_DIE: Duration = Duration::from_millis(200);

/// Runs it to its end, or kills it at the time limit, and before a signal ends this process. Its
/// memory is limited to this many bytes: a program that needs more fails with its own error.
///
/// # Errors
///
/// It could not be started, or did not end in time.
pub(super) fn run(command: &mut Command, limit: Duration, memory: u64) -> io::Result<Ended> {
    let mut held = Held::ending()?;
    let deadline = Instant::now() + limit;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
    confine(command, memory);
    let mut child = command.spawn()?;
    // The standard library has no wait with a time limit, and a thread for one call would cost more
    // than a few checks.
    let mut wait = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            let stderr = child.stderr.take().map(first_words).unwrap_or_default();
            return Ok(Ended { code: status.code(), stderr });
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let signal = held.pending().into_iter().find(|signal| signals::ends(*signal));
        if signal.is_some() || left.is_zero() {
            end(&mut child)?;
            signal.into_iter().for_each(signals::act);
            return Err(Error::new(
                ErrorKind::TimedOut,
                format!("it did not end within {limit:.0?}"),
            ));
        }
        thread::sleep(wait.min(left));
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// Limits its memory, and makes the kernel kill it when the thread ends that started it and waits
/// for it here, and so when this process ends.
#[cfg(target_os = "linux")]
fn confine(command: &mut Command, memory: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let before = getrlimit(Resource::As);
    // Not above an existing limit.
    let least = |limit: Option<u64>| Some(limit.map_or(memory, |limit| limit.min(memory)));
    let memory = Rlimit { current: least(before.current), maximum: least(before.maximum) };
    let confine = move || Ok(setrlimit(Resource::As, memory)?);
    #[expect(unsafe_code, reason = "the standard library has no other way to confine a child")]
    // SAFETY: it runs between fork and exec, and does nothing but the system call setrlimit(2),
    // which is async-signal-safe; it allocates nothing and takes no lock.
    unsafe {
        command.pre_exec(confine);
    }
    end_with_this_process(command);
}

#[cfg(not(target_os = "linux"))]
fn confine(_: &mut Command, _: u64) {}

/// Kills it and its children.
fn end(child: &mut Child) -> io::Result<()> {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It may have ended this moment.
        _ = kill_process_group(group, Signal::KILL);
    }
    let begun = Instant::now();
    while child.try_wait()?.is_none() && begun.elapsed() < TIME_TO_DIE {
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// The content of the pipe now: a child of the program may hold its other end open forever.
fn first_words(mut stderr: ChildStderr) -> String {
    let mut bytes = [0; MOST_STDERR];
    let read = rustix::io::ioctl_fionbio(&stderr, true)
        .map_err(Error::from)
        .and_then(|()| stderr.read(&mut bytes));
    String::from_utf8_lossy(&bytes[..read.unwrap_or(0)]).into_owned()
}

#[cfg(test)]
mod tests {
    use std::os::fd::OwnedFd;
    use std::path::Path;

    use rustix::fs::{Mode, OFlags};

    use super::*;

    fn shell(script: &str, limit: Duration) -> io::Result<Ended> {
        run(Command::new("sh").args(["-c", script]), limit, 1 << 30)
    }

    #[test]
    fn a_program_that_ends() {
        let long = Duration::from_secs(60);
        let ended = shell("echo one >&2; echo two >&2; exit 3", long).unwrap();
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(3), "one\ntwo\n"));
        assert_eq!(shell("kill -KILL $$", long).unwrap().code, None);
        assert_eq!(
            run(&mut Command::new("/nowhere/program"), long, 1 << 30).err().unwrap().kind(),
            ErrorKind::NotFound
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn its_memory_is_limited() {
        let mut shell = Command::new("sh");
        let ended = run(
            shell.args(["-c", "ulimit -Hv >&2; ulimit -Sv >&2"]),
            Duration::from_secs(60),
            64 << 20,
        );
        assert_eq!(ended.unwrap().stderr, "65536\n65536\n");
    }

    /// Named so, in a folder that lives as long as the test.
    fn fifo(folder: &tempfile::TempDir) -> std::path::PathBuf {
        let path = folder.path().join("fifo");
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    }

    fn writer(fifo: &Path) -> rustix::io::Result<OwnedFd> {
        rustix::fs::open(fifo, OFlags::WRONLY | OFlags::NONBLOCK, Mode::empty())
    }

    #[test]
    fn what_it_starts_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = fifo(&folder);
        let script = format!("cat {} & echo started >&2; exit 0", fifo.display());
        let ended = shell(&script, Duration::from_secs(60)).unwrap();
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), "started\n"));
        // It still waits for somebody to write.
        let begun = Instant::now();
        while let Err(error) = writer(&fifo) {
            assert!(begun.elapsed() < Duration::from_secs(10), "{error}");
            thread::yield_now();
        }
    }

    #[test]
    fn a_program_that_does_not_end_is_ended_with_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = fifo(&folder);
        let script = format!("exec 3<>{0}; cat <&3 & cat <&3", fifo.display());
        let error = shell(&script, Duration::from_millis(300)).err().unwrap();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (ErrorKind::TimedOut, "it did not end within 300ms")
        );
        // Each of the three had the FIFO open for reading.
        let begun = Instant::now();
        while writer(&fifo).is_ok() {
            assert!(begun.elapsed() < Duration::from_secs(10), "a reader of the FIFO is left");
            thread::yield_now();
        }
    }
}
