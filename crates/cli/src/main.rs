//! `hydrant`: parse → run → render → code.

mod args;
mod child;
mod commands;
mod exit;
mod export;
mod failure;
mod fault;
mod log;
mod output;
mod report_json;
mod usage;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;

fn main() -> ExitCode {
    ExitCode::from(fault::guarded(hydrant))
}

fn hydrant() -> u8 {
    let (format, done) = match Cli::try_parse() {
        Ok(cli) => (cli.options.log_format, log::start(&cli.options).and_then(|()| commands::run(&cli))),
        Err(error) => usage::answer(&error, std::env::args_os()),
    };
    done.unwrap_or_else(|failure| failure.report(format))
}
