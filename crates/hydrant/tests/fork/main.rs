//! Processes that fork while they use the library, over one server: every child reads what it
//! called for, none crashes or hangs, and the parent goes on as before.
//!
//! Each test is a program of its own, run several times, whose `main` is this one: a harness has
//! threads, which a program that forks need not have.

mod cases;
mod children;

use std::io::{self, Write};
use std::process::{Child, Command, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

use hydrant_emulator::{Emulator, Fault};

/// Names the test that a program is, and where it finds the server.
const CASE: &str = "HYDRANT_FORK_TEST";
const ENDPOINT: &str = "HYDRANT_FORK_ENDPOINT";

/// How often each test runs, and how long a run may take before it counts as one that hangs.
const RUNS: usize = 20;
const LIMIT: Duration = Duration::from_secs(60);

/// How long each response takes, so that calls of several processes are in flight at once.
const LATENCY: Duration = Duration::from_millis(30);

fn main() -> ExitCode {
    if let Ok(name) = std::env::var(CASE) {
        let (_, case) = cases::ALL.iter().find(|(known, _)| *known == name).expect("a test of this name");
        case(&std::env::var(ENDPOINT).expect("an endpoint"));
        return ExitCode::SUCCESS;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let chosen = |name: &str| {
        let filters: Vec<_> = arguments.iter().filter(|text| !text.starts_with('-') && *text != "terse").collect();
        let matches = |filter: &&String| if has("--exact") { *filter == name } else { name.contains(filter.as_str()) };
        !has("--ignored") && (filters.is_empty() || filters.iter().any(matches))
    };
    let mut out = io::stdout();
    let mut failed = 0;
    for name in cases::ALL.iter().map(|(name, _)| *name).filter(|name| chosen(name)) {
        let outcome = if has("--list") {
            "test"
        } else if passes(name) {
            "ok"
        } else {
            failed += 1;
            "FAILED"
        };
        writeln!(out, "{name}: {outcome}").expect("standard output");
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs a test several times over one server, and counts what went wrong.
fn passes(name: &str) -> bool {
    let emulator = Emulator::start().expect("a server");
    for index in 0..=children::COUNT {
        let (name, value) = (children::secret(index), children::value(index));
        emulator.create_secret("us-east-1", &name, Some(&value)).expect("a secret");
    }
    emulator.fault(None, Fault::Latency(LATENCY), usize::MAX);
    let (mut crashed, mut hung) = (0, 0);
    for _ in 0..RUNS {
        let mut program = Command::new(std::env::current_exe().expect("this program"));
        program.env_clear().env(CASE, name).env(ENDPOINT, emulator.endpoint()).env("RUST_BACKTRACE", "0");
        match ended(&mut program.spawn().expect("a program")) {
            Some(true) => {}
            Some(false) => crashed += 1,
            None => hung += 1,
        }
    }
    if crashed + hung > 0 {
        writeln!(io::stderr(), "{name}: of {RUNS} runs {crashed} failed, {hung} hung").expect("standard error");
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
