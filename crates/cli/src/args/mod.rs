//! The command line: the commands, how it is read, and which command is called. The doc comments
//! are the help texts.

pub(crate) mod options;
pub(crate) mod setting;
pub(crate) mod usage;

use std::ffi::OsString;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, FromArgMatches, Parser, Subcommand};

use hydrant::{Env, Error, Setting};
use hydrant_core::DEFAULT_DEADLINE;
use hydrant_core::manifest::parse_deadline;

use crate::args::options::{LogFormat, Options};
#[cfg(feature = "emulator")]
use crate::commands::emulate;
use crate::commands::{
    add, catalogue, check, delete, doctor, export, history, import, init, plan, put, restore,
    rollback, rotate, run, status,
};
#[cfg(feature = "deploy")]
use crate::commands::{generate, policy};
use crate::failure::{Failure, report};
use crate::value_input::show_at_once;
use crate::{session, watchdog};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXAMPLES: &str = "\
Examples:
  hydrant run -- node server.js            start a program with the manifest's secrets
  hydrant init --from .env                 write a first secrets.toml from an env file's names
  hydrant add openai gemini                add entries to it
  hydrant check                            validate secrets.toml, offline
  hydrant plan                             show what would be read, and in how many calls
  hydrant doctor                           find out why a value does not arrive
  hydrant export --format dotenv -o .env   write the values to a file";

#[cfg(feature = "emulator")]
const EMULATE_EXAMPLE: &str = "
  hydrant emulate -- npm test              try it all without an AWS account";
#[cfg(not(feature = "emulator"))]
const EMULATE_EXAMPLE: &str = "";

#[cfg(feature = "deploy")]
const CHECKS: &str = "status --fail-on, policy --check, generate --check";
#[cfg(not(feature = "deploy"))]
const CHECKS: &str = "status --fail-on";

const EXIT_CODES: &str = "    2  wrong usage
   65  invalid manifest, env file or catalogue
   66  a required secret is missing
   69  AWS unreachable, throttled or too slow
   70  an internal error (a bug in hydrant)
   74  a file could not be read or written
   76  a response or a value that cannot be used
   77  access denied, or KMS could not decrypt
   78  no credentials or region, a refused endpoint, or invalid AWS settings
  126  the command cannot be run; 127 it was not found; else the command's own code";

fn after_help() -> String {
    let found = format!("    1  a check failed ({CHECKS})");
    format!("{EXAMPLES}{EMULATE_EXAMPLE}\n\nExit codes:\n    0  success\n{found}\n{EXIT_CODES}")
}

/// Turns one committed manifest, secrets.toml, into the environment of a process: environment
/// variables from AWS Secrets Manager and SSM Parameter Store.
#[derive(Debug, Parser)]
#[command(name = "hydrant", version, styles = STYLES, after_help = after_help())]
#[command(arg_required_else_help = true, disable_help_subcommand = true, max_term_width = 120)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands, each with the module of the same name.
macro_rules! commands {
    ($($(#[$only_with:meta])* $variant:ident($module:ident)),* $(,)?) => {
        #[derive(Debug, Subcommand)]
        pub(crate) enum Command {
            $($(#[$only_with])* $variant($module::Args),)*
        }

        /// Each command's name, and the function that adds its arguments.
        const COMMANDS: &[(&str, fn(clap::Command) -> clap::Command)] = &[
            $($(#[$only_with])* (stringify!($module), <$module::Args as Args>::augment_args),)*
        ];
    };
}

commands! {
    Run(run),
    Export(export),
    Check(check),
    Plan(plan),
    Init(init),
    Add(add),
    Put(put),
    Import(import),
    Status(status),
    History(history),
    Rollback(rollback),
    Delete(delete),
    Restore(restore),
    Rotate(rotate),
    Doctor(doctor),
    #[cfg(feature = "deploy")]
    Policy(policy),
    #[cfg(feature = "deploy")]
    Generate(generate),
    Catalogue(catalogue),
    #[cfg(feature = "emulator")]
    Emulate(emulate),
}

impl Cli {
    /// Parses the command line. The error is what to print instead.
    ///
    /// Building the arguments of every command used to be most of the work of a start with nothing
    /// to fetch. So only the commands whose names are in the command line are built, usually one.
    /// All of them are built only if that fails: for help, the version, or a mistake.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        Cli::called(std::env::args_os().collect()).or_else(|_| Cli::try_parse())
    }

    fn called(words: Vec<OsString>) -> Result<Self, clap::Error> {
        let options =
            clap::Command::new("hydrant").disable_help_subcommand(true).subcommand_required(true);
        let named = COMMANDS.iter().filter(|(name, _)| words.iter().any(|word| word == name));
        let commands = named.map(|(name, arguments)| arguments(clap::Command::new(*name)));
        let matches =
            Options::augment_args(options).subcommands(commands).try_get_matches_from(words)?;
        Cli::from_arg_matches(&matches)
    }
}

/// Runs the command and gives the exit code.
pub(crate) fn run(cli: &Cli) -> Result<u8, Failure> {
    match hydrant::check_environment(&Env::new(std::env::vars_os())) {
        // doctor continues and reports it.
        Err(Error::Setting { .. }) if matches!(cli.command, Command::Doctor(_)) => {}
        checked => checked?,
    }
    // Code that reads an invalid deadline later refuses it.
    let given = || setting::given(Setting::Deadline, &cli.options);
    let deadline = session::deadline(&cli.options)?
        .or_else(|| given().and_then(|given| parse_deadline(given.value.to_str()?)));
    let message: fn(_, _, _) -> _ = match cli.options.log_format {
        LogFormat::Text => |whole, waiting_for, when| {
            report::rendered(&Failure::Deadline { whole, waiting_for }, LogFormat::Text, when)
        },
        LogFormat::Json => |whole, waiting_for, when| {
            report::rendered(&Failure::Deadline { whole, waiting_for }, LogFormat::Json, when)
        },
    };
    let at_end = watchdog::AtEnd { message, restore_terminal: show_at_once };
    watchdog::start(deadline.unwrap_or(DEFAULT_DEADLINE), at_end);
    match &cli.command {
        Command::Run(args) => run::run(&cli.options, args),
        Command::Export(args) => export::run(&cli.options, args),
        Command::Check(args) => check::run(&cli.options, args),
        Command::Plan(args) => plan::run(&cli.options, args),
        Command::Init(args) => init::run(&cli.options, args),
        Command::Add(args) => add::run(&cli.options, args),
        Command::Put(args) => put::run(&cli.options, args),
        Command::Import(args) => import::run(&cli.options, args),
        Command::Status(args) => status::run(&cli.options, args),
        Command::History(args) => history::run(&cli.options, args),
        Command::Rollback(args) => rollback::run(&cli.options, args),
        Command::Delete(args) => delete::run(&cli.options, args),
        Command::Restore(args) => restore::run(&cli.options, args),
        Command::Rotate(args) => rotate::run(&cli.options, args),
        Command::Doctor(args) => doctor::run(&cli.options, args),
        #[cfg(feature = "deploy")]
        Command::Policy(args) => policy::run(&cli.options, args),
        #[cfg(feature = "deploy")]
        Command::Generate(args) => generate::run(&cli.options, args),
        Command::Catalogue(args) => catalogue::run(&cli.options, args),
        #[cfg(feature = "emulator")]
        Command::Emulate(args) => emulate::run(&cli.options, args),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn a_call_is_read_alike_with_one_command_and_with_all() {
        let all: Vec<_> =
            Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
        assert_eq!(COMMANDS.iter().map(|(name, _)| *name).collect::<Vec<_>>(), all);
        for line in [
            "hydrant run -- sh -c true",
            "hydrant --profile run --manifest put export --quiet --format shell --output check",
            "hydrant --only A,B -vv --offline run --strict --pristine --keep C,D -- sh --only -v",
            "hydrant run --only A --manifest m.toml --var a=b --allow-http h -- true",
            "hydrant export --format json --log-format json --quiet",
            #[cfg(feature = "deploy")]
            "hydrant --profile p generate cloudformation --check f",
            "hydrant put A --dry-run --actor me --audit-log l",
        ] {
            let called = Cli::called(words(line)).unwrap_or_else(|error| panic!("{line}: {error}"));
            let every =
                Cli::try_parse_from(words(line)).unwrap_or_else(|error| panic!("{line}: {error}"));
            assert_eq!(format!("{called:?}"), format!("{every:?}"), "{line}");
        }
        for line in [
            "hydrant",
            "hydrant -V",
            "hydrant --help",
            "hydrant run",
            "hydrant runn",
            "hydrant check --jsn",
        ] {
            assert!(Cli::called(words(line)).is_err(), "{line}");
        }
    }
}
