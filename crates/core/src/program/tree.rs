//! Finds the processes that a program has started in `/proc`, and ends them.
//!
//! A process is found by its parent, or by the mark in its environment, which stays if its parent
//! has ended or if it has its own session. A process that has left its parent and cleared its
//! environment is not found. PR_SET_CHILD_SUBREAPER is not used: the command that hydrant becomes
//! would inherit the agents that a program leaves running.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal};
use zeroize::Zeroizing;

use crate::bounded_file::{self, KIB, MIB};

/// How long to look for processes that are started meanwhile, and those that take long to end.
const PATIENCE: Duration = Duration::from_millis(200);

/// How often to look at least: among thousands of processes one look takes longer than the time
/// above.
const LOOKS: usize = 3;

/// A process as `/proc` describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Process {
    id: i32,
    parent: i32,
    /// In ticks since the system started. Together with the id it identifies one process.
    started: u64,
    is_over: bool,
}

/// Ends the program with this process id, if it was not waited for yet, and every process that
/// descends from it or has this mark.
pub(super) fn end(program: Option<u32>, mark: &str) {
    let program = program.and_then(|id| i32::try_from(id).ok());
    let begun = Instant::now();
    for looks in 1.. {
        let (mut found, is_sure) = look(program, mark);
        // End processes that may start others first.
        found.sort_by_key(|process| (Some(process.id) != program, process.started));
        found.iter().for_each(Process::kill);
        if (found.is_empty() && is_sure) || (looks >= LOOKS && begun.elapsed() > PATIENCE) {
            return;
        }
        // The next look finds processes that were started meanwhile.
        thread::sleep(Duration::from_millis(1));
    }
}

/// The processes that still run, and whether that is certain: a process that is about to run
/// another program has no environment for a moment.
fn look(program: Option<i32>, mark: &str) -> (Vec<Process>, bool) {
    let own = i32::try_from(std::process::id()).unwrap_or_default();
    // Skip processes that were started before this one.
    let Some(first) = Process::read(own).map(|own| own.started) else { return (Vec::new(), true) };
    let ids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids =
        ids.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(|id| *id != own);
    let all: Vec<Process> =
        ids.filter_map(Process::read).filter(|process| process.started >= first).collect();
    let mut is_sure = true;
    let mut ids: HashSet<i32> = program.into_iter().collect();
    for process in all.iter().filter(|process| !process.is_over) {
        match process.has(mark) {
            Some(true) => _ = ids.insert(process.id),
            Some(false) => {}
            None => is_sure = false,
        }
    }
    // Until no more children are found: process ids are not in the order of their start.
    loop {
        let before = ids.len();
        ids.extend(
            all.iter()
                .filter(|process| ids.contains(&process.parent))
                .map(|process| process.id)
                .collect::<Vec<_>>(),
        );
        if ids.len() == before {
            break;
        }
    }
    let found = all.into_iter().filter(|process| ids.contains(&process.id) && !process.is_over);
    (found.collect(), is_sure)
}

impl Process {
    fn read(id: i32) -> Option<Self> {
        let stat = bounded_file::read_text(&path(id, "stat"), 4 * KIB).ok()?;
        Process::parse(id, &stat)
    }

    /// The name in parentheses may contain anything, including parentheses and spaces
    /// (<https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>).
    fn parse(id: i32, stat: &str) -> Option<Self> {
        let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
        let is_over = matches!(fields.next()?, "Z" | "X");
        let parent = fields.next()?.parse().ok()?;
        let started = fields.nth(17)?.parse().ok()?;
        Some(Process { id, parent, started, is_over })
    }

    /// Whether the name of a variable in its environment begins this way; `None` if it has no
    /// environment.
    fn has(&self, mark: &str) -> Option<bool> {
        let environment =
            bounded_file::read(&path(self.id, "environ"), 8 * MIB).map(Zeroizing::new);
        let begins = |bytes: &[u8]| {
            bytes.split(|byte| *byte == 0).any(|one| one.starts_with(mark.as_bytes()))
        };
        match environment {
            Ok(bytes) if bytes.is_empty() => None,
            environment => Some(environment.is_ok_and(|bytes| begins(&bytes))),
        }
    }

    /// Ends it, but not another process that has received its id meanwhile.
    fn kill(&self) {
        let Some(id) = Pid::from_raw(self.id) else { return };
        let opened = pidfd_open(id, PidfdFlags::empty());
        if Process::read(self.id).is_none_or(|now| now.started != self.started) {
            return;
        }
        _ = match opened {
            Ok(process) => pidfd_send_signal(process, Signal::KILL),
            // A kernel before 5.3.
            Err(_) => kill_process(id, Signal::KILL),
        };
    }
}

fn path(id: i32, file: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{id}/{file}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_process_without_an_environment_nothing_is_known() {
        let check = |variable: Option<(&str, &str)>, expected| {
            let mut command = std::process::Command::new("/bin/sleep");
            let mut child = command.arg("600").env_clear().envs(variable).spawn().unwrap();
            let process = Process::read(child.id().try_into().unwrap()).unwrap();
            let mut found = process.has("_A_MARK_");
            let begun = Instant::now();
            // It starts without one.
            while found.is_none() && variable.is_some() && begun.elapsed() < Duration::from_secs(10)
            {
                found = process.has("_A_MARK_");
            }
            child.kill().unwrap();
            child.wait().unwrap();
            assert_eq!(found, expected);
        };
        check(Some(("_A_MARK_1_", "1")), Some(true));
        check(Some(("OTHER", "_A_MARK_1_")), Some(false));
        check(None, None);
    }

    #[test]
    fn a_name_may_hold_anything() {
        let rest = "7 9 9 0 -1 4194560 100 0 0 0 1 2 3 4 20 0 1 0 4242 1000 2000";
        let check = |name: &str, state: &str, is_over| {
            let expected = Process { id: 5, parent: 7, started: 4242, is_over };
            assert_eq!(
                Process::parse(5, &format!("5 ({name}) {state} {rest}")),
                Some(expected),
                "{name}"
            );
        };
        check("sh", "S", false);
        check("a) Z (b c", "R", false);
        check("sh", "Z", true);
        assert_eq!(Process::parse(5, "5 (sh) S 7"), None);
        assert_eq!(Process::parse(5, ""), None);
    }
}
