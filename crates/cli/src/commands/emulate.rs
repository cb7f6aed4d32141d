//! `hydrant emulate`: an embedded Secrets Manager and Parameter Store, seeded from the manifest,
//! and a command hydrated from it.

mod seed;
mod stage;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use hydrant::EnvFile;
use hydrant_core::manifest::Entry;
use hydrant_emulator::Emulator;

use crate::args::options::Options;
use crate::child::supervise;
use crate::failure::Failure;
use crate::session;
use crate::terminal::{log, output};
use crate::{child, signals, watchdog};

use stage::Stage;

/// Run a command with secrets from an embedded AWS emulator, without an AWS account
///
/// Starts an embedded Secrets Manager and Parameter Store, where every entry of the manifest has a
/// placeholder, or its value from --seed FILE (lines of NAME=value, as in an env file; an empty
/// value creates a secret without a value). Values that the shell and the env file have for the
/// entries, their references and AWS are ignored. The command also gets the endpoints and dummy
/// credentials. The emulator runs as long as the command does, signals are passed to the command,
/// and the exit code is the command's (128+n after signal n). Without a command it prints the
/// variables to export and serves until it is interrupted. With -v it lists what it holds.
///
/// It protects nothing: it listens only on loopback, checks no credentials, and anyone who can
/// connect to it can read what it holds. Never seed it with a real secret on a shared machine.
#[derive(clap::Args, Debug)]
#[command(override_usage = "hydrant [OPTIONS] emulate [OPTIONS] [-- CMD [ARGUMENT]...]")]
#[command(after_help = "\
Examples:
  hydrant emulate -- printenv OPENAI_API_KEY
  hydrant -v emulate --seed test.env -- npm test
  hydrant emulate -- hydrant check --live
  hydrant emulate --port 4566        then, in another shell, the exports that it prints")]
pub(crate) struct Args {
    /// Values for the entries, as lines of NAME=value
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// The loopback port to listen on; a free one by default
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// The command and its arguments
    #[arg(trailing_var_arg = true, value_name = "CMD")]
    command: Vec<OsString>,
}

pub(crate) fn run(options: &Options, args: &Args) -> Result<u8, Failure> {
    if options.offline {
        return Err(Failure::usage(
            "emulate calls its own emulator, so it cannot be used with --offline",
        ));
    }
    let outside = session::builder(options)?.build()?;
    let plan = outside.committed_plan()?;
    let entries: Vec<&Entry> = plan.entries.iter().map(|planned| &*planned.entry).collect();
    let values = match &args.seed {
        Some(path) => EnvFile::read(path).map_err(seed::unreadable)?,
        None => EnvFile::default(),
    };

    let emulator = Emulator::builder()
        .port(args.port)
        .start()
        .map_err(|error| seed::not_started(args.port, error))?;
    let region =
        outside.manifest().settings().region.clone().unwrap_or_else(|| "us-east-1".to_owned());
    let seeded = seed::seed(&emulator, &region, &plan, &values)?;
    let secrets = output::count(seeded.secrets, "secret", "secrets");
    let parameters = output::count(seeded.parameters, "parameter", "parameters");
    tracing::info!("emulating AWS at {} in {region}: {secrets}, {parameters}", emulator.endpoint());
    seed::tell(&values, outside.manifest(), &entries);
    let stage = Stage::new(&entries, &emulator.endpoint(), &region, seeded.references);

    if args.command.is_empty() {
        // A reader that sees these lines may interrupt.
        let signals = supervise::Signals::new()?;
        // Shell commands, quoted for a shell.
        output::raw(&stage.exports())?;
        let notice = "emulating AWS until interrupted (Ctrl-C): run the lines above in another shell to use it";
        tracing::info!(target: log::NOTICE, "{notice}");
        return signals.wait_for_end();
    }
    // No real secret is read here.
    let inside = session::builder(options)?
        .no_audit_log()
        .no_env_file()
        .process_env(stage.environment(std::env::vars_os()))
        .build()?;
    let hydration = inside.read().values_blocking()?;
    watchdog::stop();
    let mut command = Command::new(&args.command[0]);
    command.args(&args.command[1..]).env_clear().envs(stage.kept(std::env::vars_os()));
    command.envs(
        child::rest_of_env_file(&outside, &hydration)
            .into_iter()
            .filter(|(name, _)| !stage.ignores(name)),
    );
    command.envs(stage.set());
    child::environment(&inside, &hydration, false, &child::Inherit::default())?
        .hand_to(&mut command);
    signals::hand_on(&mut command);
    // Until here a signal ends hydrant. From here on it belongs to the command.
    supervise::Signals::new()?.supervise(&mut command)
}
