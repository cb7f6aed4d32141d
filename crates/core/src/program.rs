//! Programs that hydrant starts and may have to end: itself, and what they started.
//!
//! A program stays in this process's group, so that it can ask a person on the terminal and Ctrl-C
//! reaches it. So it is ended by process id. On Linux `/proc` tells which processes are its
//! descendants (`tree`). Elsewhere only the program itself is ended.

#[cfg(target_os = "linux")]
mod tree;

use std::io;
use std::process::{Child, ChildStdout, Command, ExitStatus};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The prefix of the variable that marks a program and everything that it starts. Each mark is a
/// separate name: a hydrant that a program starts keeps it and adds another.
const MARK: &str = "_HYDRANT_STARTED";

/// How long a program may take to end after it was killed: one that waits for a disk or a network
/// cannot end sooner.
const TIME_TO_DIE: Duration = Duration::from_millis(200);

/// How many programs are running.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Distinguishes programs of this process from those of another process with the same id, in
/// another container or earlier.
static OWN: LazyLock<u64> = LazyLock::new(|| fastrand::u64(..));

/// The name of the variable that shows which program a process descends from. Its end keeps it from
/// being the prefix of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark(String);

impl Mark {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let Mark(of_all) = Mark::of_all();
        Mark(format!("{of_all}{}_", NEXT.fetch_add(1, Ordering::Relaxed)))
    }

    /// The beginning of the mark of each program of this process.
    fn of_all() -> Self {
        Mark(format!("{MARK}_{}_{:016x}_", std::process::id(), *OWN))
    }

    /// Ends the processes with this mark.
    pub(crate) fn end(&self) {
        #[cfg(target_os = "linux")]
        tree::end(None, &self.0);
    }
}

/// Ends every running program of this process, with everything it started. For a process that ends
/// without destructors.
pub fn end_all() {
    if RUNNING.load(Ordering::SeqCst) > 0 {
        Mark::of_all().end();
    }
}

/// A running program. It is ended when this is dropped, unless it ended by itself. In that case
/// everything it started keeps running, such as an agent that keeps a key.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    mark: Mark,
    has_ended: bool,
}

impl Program {
    /// Starts it. On Linux the kernel ends it if this process is killed.
    pub(crate) fn start(command: &mut Command) -> io::Result<Self> {
        let mark = Mark::new();
        command.env(&mark.0, "1");
        end_with_this_process(command);
        RUNNING.fetch_add(1, Ordering::SeqCst);
        let started = command.spawn().inspect_err(|_| _ = RUNNING.fetch_sub(1, Ordering::SeqCst));
        Ok(Program { child: started?, mark, has_ended: false })
    }

    pub(crate) fn mark(&self) -> &Mark {
        &self.mark
    }

    pub(crate) fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Its exit status, if it ended.
    pub(crate) fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        let ended = self.child.try_wait();
        // If waiting fails, its process id may already belong to another process.
        self.has_ended |= !matches!(ended, Ok(None));
        ended
    }

    fn end(&mut self) {
        #[cfg(target_os = "linux")]
        tree::end(Some(self.child.id()), &self.mark.0);
        // Its process id stays its own until it is waited for.
        _ = self.child.kill();
        let begun = Instant::now();
        while matches!(self.try_wait(), Ok(None)) && begun.elapsed() < TIME_TO_DIE {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if !self.has_ended {
            self.end();
        }
        RUNNING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Makes the kernel kill it when the thread ends that starts it and waits for it, and so when this
/// process ends in any way.
#[cfg(target_os = "linux")]
pub fn end_with_this_process(command: &mut Command) {
    use std::os::unix::process::CommandExt;

    use rustix::io::Errno;
    use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal};

    let starter = getpid();
    let tie = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // If the parent has already ended, nothing would send the signal.
        if getppid() == Some(starter) { Ok(()) } else { Err(Errno::SRCH.into()) }
    };
    #[expect(
        unsafe_code,
        reason = "the standard library has no other way to tie a child to its parent"
    )]
    // SAFETY: it runs between fork and exec, and does nothing but the system calls prctl(2) and
    // getppid(2), which are async-signal-safe; it allocates nothing and takes no lock.
    unsafe {
        command.pre_exec(tie);
    }
}

/// Elsewhere it keeps running.
#[cfg(not(target_os = "linux"))]
pub fn end_with_this_process(_: &mut Command) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    use super::*;

    /// A program that has started another one in its own session and without a parent, and the
    /// other's standard output, which closes when it ends.
    fn family() -> (Program, BufReader<ChildStdout>) {
        let mut command = Command::new("sh");
        command
            .args(["-c", "setsid -f sh -c 'echo; exec sleep 600'; sleep 600"])
            .stdout(Stdio::piped());
        let mut program = Program::start(&mut command).expect("a shell");
        let mut stdout = BufReader::new(program.stdout().expect("its standard output"));
        stdout.read_line(&mut String::new()).expect("a line");
        (program, stdout)
    }

    #[test]
    fn a_program_is_ended_with_what_it_started_and_no_other() {
        let (first, mut first_out) = family();
        let (mut second, mut second_out) = family();
        drop(first);
        assert_eq!(first_out.read_line(&mut String::new()).unwrap(), 0);
        assert_eq!(second.try_wait().unwrap(), None);
        second.mark().end();
        assert_eq!(second_out.read_line(&mut String::new()).unwrap(), 0);
        let (third, mut third_out) = family();
        end_all();
        assert_eq!(third_out.read_line(&mut String::new()).unwrap(), 0);
        drop(third);
        assert_eq!(RUNNING.load(Ordering::SeqCst), 1);
        drop(second);
        assert_eq!(RUNNING.load(Ordering::SeqCst), 0);
    }
}
