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
        Err(error) => usage::answer(&error, std::env::args_os()),
    };
    watchdog::report();
    done.unwrap_or_else(|failure| failure.report(format))
}

fn run(cli: &Cli) -> Result<u8, Failure> {
    signals::start()
        .map_err(|error| Failure::Internal(format!("failed to handle signals: {error}")))?;
    args::run(cli)
}

/// What is freed is used again rather than given back to the system and asked for anew, page by
/// page: this process is soon the command. The C library of Linux learns that from the first large
/// block that it takes back (M_MMAP_THRESHOLD,
/// <https://man7.org/linux/man-pages/man3/mallopt.3.html>); no page of it is ever touched.
fn keep_memory() {
    const LARGE: usize = 4 << 20;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGE)));
}

/// No other process of this user may look into this one, which will hold values, nor does it leave
/// a core file. The exec of a command resets it (a resource limit would be the command's too).
#[cfg(target_os = "linux")]
fn keep_to_itself() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    // It can fail only where the system does not know it, and then there is nothing else to be
    // done.
    _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

#[cfg(not(target_os = "linux"))]
fn keep_to_itself() {}
