//! `hydrant`: parse → run → render → code.

mod args;
mod child;
mod commands;
mod exit;
mod export;
mod failure;
mod log;
mod output;
mod report_json;
mod usage;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, LogFormat};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(usage::report(&error)),
    };
    let format = cli.options.log_format;
    let done = log::start(&cli.options).and_then(|()| commands::run(&cli));
    match done {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            failure.report(format == LogFormat::Json);
            ExitCode::from(failure.code())
        }
    }
}
