//! Children of a program that uses the library, and what became of them.

use std::io::{self, Write};
use std::ops::Range;
use std::time::{Duration, Instant};

use hydrant::{Env, Error, Hydration, Hydrator, Read};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// How many children there are; each reads a secret of its own, and the parent another.
pub(crate) const COUNT: usize = 8;

/// A child ends by its deadline (10 s), or hangs.
const LIMIT: Duration = Duration::from_secs(20);

/// How a child says that it read another secret's value, or none.
const WRONG: i32 = 3;
const FAILED: i32 = 4;

/// One entry, whose secret the variable of a call chooses.
pub(crate) const MANIFEST: &str = "version = 1\n[secrets.KEY]\nsecret_id = \"team/${index}/key\"\n";

pub(crate) fn secret(index: usize) -> String {
    format!("team/{index}/key")
}

pub(crate) fn value(index: usize) -> String {
    format!("value-of-{index}")
}

/// A hydrator whose calls read the secret of one process.
pub(crate) fn hydrator(endpoint: &str) -> Hydrator {
    let env = Env::new([
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
        // A second attempt would hide that the first one met a connection of another process.
        ("AWS_MAX_ATTEMPTS", "1"),
    ]);
    Hydrator::builder()
        .manifest_text(MANIFEST)
        .no_env_file()
        .env(env)
        .build()
        .expect("a sound manifest")
}

pub(crate) fn read_of(hydrator: &Hydrator, index: usize) -> Read {
    hydrator.read().var("index", index.to_string())
}

/// Whether a call gave the value of this secret: the exit code of a child.
pub(crate) fn code(read: Result<Hydration, Error>, index: usize) -> i32 {
    match read {
        Ok(hydration)
            if hydration.values.get("KEY").is_some_and(|found| found.expose() == value(index)) =>
        {
            0
        }
        Ok(_) => WRONG,
        Err(error) => {
            writeln!(io::stderr(), "child {index}: {error}").expect("standard error");
            FAILED
        }
    }
}

/// What a process does in a child; its return is the exit code.
pub(crate) fn child(work: impl FnOnce() -> i32) -> Pid {
    #[expect(unsafe_code, reason = "this test is about fork(2)")]
    // SAFETY: With several threads a child may only do what is async-signal-safe. That it does more
    // is what is tested: the C library makes its allocator and its files usable in the child, and
    // the library under test promises the rest.
    match unsafe { fork() }.expect("a child") {
        ForkResult::Child => std::process::exit(work()),
        ForkResult::Parent { child } => child,
    }
}

/// Forks one child for each number, all of which run at the same time.
pub(crate) fn children(indexes: Range<usize>, work: impl Fn(usize) -> i32) -> Vec<Pid> {
    indexes.map(|index| child(|| work(index))).collect()
}

/// Waits for children, and panics with what went wrong: wrong values, errors, crashes and hangs.
pub(crate) fn all_succeed(children: Vec<Pid>) {
    let limit = Instant::now() + LIMIT;
    let (mut wrong, mut failed, mut crashed, mut hung) = (0, 0, 0, 0);
    for pid in children {
        match ended(pid, limit) {
            Some(WaitStatus::Exited(_, 0)) => {}
            Some(WaitStatus::Exited(_, WRONG)) => wrong += 1,
            Some(WaitStatus::Exited(..)) => failed += 1,
            Some(_) => crashed += 1,
            None => hung += 1,
        }
    }
    let bad = wrong + failed + crashed + hung;
    assert!(
        bad == 0,
        "children: {wrong} read a wrong value, {failed} failed, {crashed} crashed, {hung} hung"
    );
}

fn ended(pid: Pid, limit: Instant) -> Option<WaitStatus> {
    loop {
        match waitpid(pid, Some(WaitPidFlag::WNOHANG)).expect("its status") {
            WaitStatus::StillAlive if Instant::now() < limit => {
                std::thread::sleep(Duration::from_millis(2))
            }
            WaitStatus::StillAlive => {
                let pid = rustix::process::Pid::from_raw(pid.as_raw()).expect("a process");
                rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it runs");
                return None;
            }
            status => return Some(status),
        }
    }
}
