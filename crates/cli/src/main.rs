//! `hydrant`: parse → run → render → code.

mod args;
mod child;
mod commands;
mod doctor;
mod export;
mod failure;
mod files;
mod session;
mod signals;
mod terminal;
mod value_input;
mod watchdog;

use std::process::ExitCode;

use crate::args::{Cli, usage};
use crate::failure::{Failure, panic};
use crate::terminal::log;

fn main() -> ExitCode {
    ExitCode::from(panic::guarded(hydrant))
}

fn hydrant() -> u8 {
    keep_to_itself();
    keep_memory();
    let (format, done) = match Cli::read() {
        Ok(cli) => (cli.options.log_format, log::start(&cli.options).and_then(|()| run(&cli))),
        Err(error) => usage::report(&error, std::env::args_os()),
    };
    watchdog::report();
    done.unwrap_or_else(|failure| failure.report(format))
}

fn run(cli: &Cli) -> Result<u8, Failure> {
    signals::start()
        .map_err(|error| Failure::Internal(format!("failed to handle signals: {error}")))?;
    args::run(cli)
}

/// Freed memory is reused rather than given back to the system and requested again page by page:
/// this process soon becomes the command. The C library of Linux adapts when it frees the first
/// large block (M_MMAP_THRESHOLD, <https://man7.org/linux/man-pages/man3/mallopt.3.html>). No page
/// of that block is ever touched.
fn keep_memory() {
    const LARGE: usize = 4 << 20;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGE)));
}

/// No other process of this user may inspect this one, which will hold values, and it leaves no
/// core file. The exec of a command resets it (a resource limit would also apply to the command).
#[cfg(target_os = "linux")]
fn keep_to_itself() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    // It can only fail if the system does not support it, and then nothing else can be done.
    _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

#[cfg(not(target_os = "linux"))]
fn keep_to_itself() {}
