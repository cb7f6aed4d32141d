//! `hydrant emulate`: an embedded Secrets Manager and Parameter Store, seeded from the manifest, and a command hydrated
//! from it.

mod seed;
mod supervise;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use hydrant::{Env, EnvFile};
use hydrant_core::manifest::{Entry, LocatorKind};
use hydrant_core::plan::Plan;
use hydrant_emulator::Emulator;

use crate::args::Options;
use crate::failure::Failure;
use crate::{child, output};

/// Try it without an AWS account: start an embedded Secrets Manager and Parameter Store, and run a command hydrated from it
///
/// Every entry of the manifest gets a placeholder, or its value from --seed FILE (lines of NAME=value, as in an env file; an
/// empty value creates a secret that was never filled). What the shell and the env file have for the entries, their
/// references and AWS is ignored. The command also gets the endpoints and dummy credentials. The emulator lives as long
/// as the command does. Without a command it prints the variables to export and serves until it is interrupted.
///
/// It protects nothing: it listens on loopback alone, checks no credentials, and whoever can connect to it can read what
/// it holds. Never seed it with a real secret on a machine that others use.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant emulate -- printenv OPENAI_API_KEY
  hydrant emulate --seed test.env -- npm test
  hydrant emulate --port 4566        then, in another shell, the exports that it prints")]
pub(crate) struct Args {
    /// Values for the entries, as lines of NAME=value
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// The port of loopback to listen on; a free one by default
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// The command and its arguments
    #[arg(trailing_var_arg = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// What the command runs with beside its own environment.
struct Stage {
    /// Variables of the shell that do not count.
    ignored: BTreeSet<String>,
    /// Variables that address the emulator, and the references.
    set: Vec<(String, String)>,
}

pub(crate) fn run(options: &Options, args: &Args) -> Result<u8, Failure> {
    if options.offline {
        return Err(Failure::Usage("emulate asks its own emulator, and --offline forbids it".to_owned()));
    }
    // Signals that come from now on are kept for the command.
    let signals = supervise::Signals::new()?;
    let outside = super::builder(options)?.offline(false).build()?;
    let plan = outside.plan()?;
    let entries: Vec<&Entry> = plan.entries.iter().map(|planned| &planned.entry).collect();
    let values = match &args.seed {
        Some(path) => EnvFile::read(path).map_err(hydrant::Error::EnvFile)?,
        None => EnvFile::default(),
    };
    seed::name_strangers(&values, &entries);

    let emulator = Emulator::builder().port(args.port).start().map_err(seed::failed)?;
    let region = outside.manifest().settings().region.clone().unwrap_or_else(|| "us-east-1".to_owned());
    let references = seed::seed(&emulator, &region, &entries, &values)?;
    let stage = Stage { ignored: ignored(&plan), set: addressed(&emulator, &region, references) };

    if args.command.is_empty() {
        return serve(&emulator, &stage, signals);
    }
    let inside = super::builder(options)?.offline(false).no_env_file().env(stage.environment()).build()?;
    let hydration = inside.values_blocking()?;
    let mut command = Command::new(&args.command[0]);
    command.args(&args.command[1..]);
    for name in std::env::vars_os().map(|(name, _)| name) {
        if name.to_str().is_some_and(|name| stage.ignores(name)) {
            command.env_remove(name);
        }
    }
    command.envs(child::rest_of_env_file(&outside).into_iter().filter(|(name, _)| !stage.ignores(name)));
    command.envs(stage.set.iter().map(|(name, value)| (name, value)));
    child::environment(&inside, &hydration, false)?.hand_to(&mut command);
    signals.supervise(&mut command)
}

/// What the shell and the env file have for these does not count: the entries and the variables of their references.
fn ignored(plan: &Plan) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for planned in &plan.entries {
        names.insert(planned.entry.name.clone());
        names.extend(planned.entry.locators.iter().filter_map(|locator| match &locator.kind {
            LocatorKind::ArnVar(name) => Some(name.clone()),
            _ => None,
        }));
    }
    names
}

/// The variables that address the emulator, and the references that variables hold.
fn addressed(emulator: &Emulator, region: &str, references: Vec<(String, String)>) -> Vec<(String, String)> {
    let endpoint = emulator.endpoint();
    let own = [
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint.as_str()),
        ("AWS_ENDPOINT_URL_SSM", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "emulated"),
        ("AWS_SECRET_ACCESS_KEY", "emulated"),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    own.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).chain(references).collect()
}

impl Stage {
    fn ignores(&self, name: &str) -> bool {
        name.starts_with("AWS_") || self.ignored.contains(name)
    }

    /// The environment to hydrate with: this process's without what is ignored, and with what addresses the emulator.
    fn environment(&self) -> Env {
        let kept = std::env::vars_os().filter(|(name, _)| !name.to_str().is_some_and(|name| self.ignores(name)));
        let set = self.set.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        Env::new(kept.chain(set))
    }
}

/// Prints what another shell needs, and serves until a signal ends it.
fn serve(emulator: &Emulator, stage: &Stage, signals: supervise::Signals) -> Result<u8, Failure> {
    // Names and ARNs, which need no quoting but get it.
    let exports = stage.set.iter().map(|(name, value)| format!("export {name}='{}'\n", value.replace('\'', "'\\''")));
    output::data(&exports.collect::<String>())?;
    output::message(&format!("hydrant: serving at {} until interrupted (Ctrl-C)\n", emulator.endpoint()));
    signals.wait_for_end()
}
