//! Processes that fork while they use the library, over one server: every child reads what it
//! called for, none crashes or hangs, and the parent goes on as before.
//!
//! Each test is a program of its own, run several times.

mod cases;
mod children;
#[path = "../support/programs.rs"]
mod programs;

use std::io::{self, Write};
use std::process::{Child, Command, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

use hydrant_emulator::{Emulator, Fault};

/// Where a program finds the server.
const ENDPOINT: &str = "HYDRANT_FORK_ENDPOINT";

/// How often each test runs, and how long a run may take before it counts as one that hangs.
const RUNS: usize = 20;
const LIMIT: Duration = Duration::from_secs(60);

/// How long each response takes, so that calls of several processes are in flight at once.
const LATENCY: Duration = Duration::from_millis(30);

fn main() -> ExitCode {
    let run = |case: &cases::Case| case(&std::env::var(ENDPOINT).expect("an endpoint"));
    programs::main("HYDRANT_FORK_TEST", cases::ALL, run, passes)
}

/// Runs a test several times over one server, and counts what went wrong.
fn passes(name: &str, program: &dyn Fn() -> Command) -> bool {
    let emulator = Emulator::start().expect("a server");
    for index in 0..=children::COUNT {
        let (name, value) = (children::secret(index), children::value(index));
        emulator.create_secret("us-east-1", &name, Some(&value)).expect("a secret");
    }
    emulator.fault(None, Fault::Latency(LATENCY), usize::MAX);
    let (mut crashed, mut hung) = (0, 0);
    for _ in 0..RUNS {
        let mut program = program();
        program.env(ENDPOINT, emulator.endpoint()).env("RUST_BACKTRACE", "0");
        match ended(&mut program.spawn().expect("a program")) {
            Some(true) => {}
            Some(false) => crashed += 1,
            None => hung += 1,
        }
    }
    if crashed + hung > 0 {
        writeln!(io::stderr(), "{name}: of {RUNS} runs {crashed} failed, {hung} hung")
            .expect("standard error");
    }
    crashed + hung == 0
}

/// Whether a program succeeded; `None` if it did not end in time.
fn ended(program: &mut Child) -> Option<bool> {
    let limit = Instant::now() + LIMIT;
    while Instant::now() < limit {
        if let Some(status) = program.try_wait().expect("its status") {
            return Some(status.success());
        }
        thread::sleep(Duration::from_millis(5));
    }
    program.kill().expect("it runs");
    program.wait().expect("its status");
    None
}
