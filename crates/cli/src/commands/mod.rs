//! One command a file: its arguments, whose doc comment is the help text, then one function.
//!
//! This file owns the way from the common options to the library's.

pub(crate) mod check;
#[cfg(feature = "emulator")]
pub(crate) mod emulate;
pub(crate) mod export;
pub(crate) mod plan;
pub(crate) mod run;

use hydrant::{Builder, Hydrator};

use crate::args::{Cli, Command, Options};
use crate::failure::Failure;

/// Runs the command and gives the exit code.
pub(crate) fn run(cli: &Cli) -> Result<u8, Failure> {
    match &cli.command {
        Command::Run(args) => run::run(&cli.options, args),
        Command::Export(args) => export::run(&cli.options, args),
        Command::Check(args) => check::run(&cli.options, args),
        Command::Plan(args) => plan::run(&cli.options, args),
        #[cfg(feature = "emulator")]
        Command::Emulate(args) => emulate::run(&cli.options, args),
    }
}

/// The library's options for the common options of the command line.
fn builder(options: &Options) -> Result<Builder, Failure> {
    let mut builder = Hydrator::builder().only(&options.only).ignore_set(options.ignore_set).offline(options.offline);
    if let Some(path) = &options.manifest {
        builder = builder.manifest(path);
    }
    if let Some(profile) = &options.profile {
        builder = builder.profile(profile);
    }
    for (name, value) in vars(options)? {
        builder = builder.var(name, value);
    }
    if let Some(path) = &options.env_file {
        builder = builder.env_file(path);
    }
    if options.no_env_file {
        builder = builder.no_env_file();
    }
    for host in &options.allow_http {
        builder = builder.allow_http(host);
    }
    Ok(builder)
}

/// The values that `--var` gives.
fn vars(options: &Options) -> Result<Vec<(String, String)>, Failure> {
    let each = options.vars.iter().enumerate().map(|(index, var)| match var.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        // What stands there may be a pasted value, so it is not repeated.
        None => Err(Failure::usage(&format!("--var (number {}) is not NAME=VALUE", index + 1))),
    });
    each.collect()
}
