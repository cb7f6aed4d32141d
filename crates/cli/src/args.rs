//! The command line: the options that every command takes, and the commands. The doc comments are
//! the help texts.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, FromArgMatches, Parser, Subcommand, ValueEnum};

#[cfg(feature = "emulator")]
use crate::commands::emulate;
use crate::commands::{
    add, catalogue, check, delete, doctor, export, generate, history, import, init, plan, policy,
    put, restore, rollback, rotate, run, status,
};

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
  hydrant plan                             what would be read, and in how many calls
  hydrant doctor                           find out why a value does not arrive
  hydrant export --format dotenv -o .env   write the values to a file
  hydrant emulate -- npm test              try it all without an AWS account";

const EXIT_CODES: &str = "\
Exit codes:
    0  done
    1  a check found something, as status --fail-on, policy --check and generate --check do
    2  wrong usage
   65  bad manifest, env file or catalogue
   66  a required secret is missing
   69  AWS unreachable, throttled or out of time
   70  a fault of hydrant's own
   74  a file could not be read or written
   76  an answer or a value that cannot be used
   77  access denied, undecryptable included
   78  no credentials or region, a refused endpoint, or AWS settings that make no sense
  126  the command cannot be run; 127 it was not found; else the command's own code";

/// Turns one committed manifest, secrets.toml, into the environment of a process: environment
/// variables from AWS Secrets Manager and SSM Parameter Store.
#[derive(Debug, Parser)]
#[command(name = "hydrant", version, styles = STYLES, after_help = format!("{EXAMPLES}\n\n{}", EXIT_CODES), arg_required_else_help = true)]
#[command(disable_help_subcommand = true, max_term_width = 120)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The options that every command takes.
#[derive(Args, Debug)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Options {
    /// The manifest; else HYDRANT_MANIFEST names it, else it is secrets.toml in the working folder
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) manifest: Option<PathBuf>,
    /// The profile of the manifest to overlay; else HYDRANT_PROFILE names it
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Take only these entries of the manifest (several: --only A --only B, or --only A,B)
    #[arg(long, global = true, value_name = "NAME", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    // As a doc comment, `[vars]` would be a link.
    #[arg(long = "var", global = true, value_name = "NAME=VALUE")]
    #[arg(help = "A value for ${NAME}; goes before HYDRANT_VAR_NAME and [vars]")]
    pub(crate) vars: Vec<String>,
    /// Read this env file instead of the manifest's; it must exist
    #[arg(long, global = true, value_name = "PATH", conflicts_with = "no_env_file")]
    pub(crate) env_file: Option<PathBuf>,
    /// Read no env file
    #[arg(long, global = true)]
    pub(crate) no_env_file: bool,
    /// Read from AWS even where a variable is set already, to try the deployed mode on a laptop
    #[arg(long, global = true, conflicts_with = "offline")]
    pub(crate) ignore_set: bool,
    /// Take local values alone and open no socket; so does HYDRANT_OFFLINE=1
    #[arg(long, global = true)]
    pub(crate) offline: bool,
    /// End after this long whatever is waited for, as in 10s; else HYDRANT_DEADLINE,
    /// settings.deadline, ten seconds
    #[arg(long, global = true, value_name = "DURATION")]
    pub(crate) deadline: Option<String>,
    /// Allow this host to be asked over plain http (loopback always is); so does
    /// HYDRANT_ALLOW_HTTP=HOST,HOST
    #[arg(long, global = true, value_name = "HOST")]
    pub(crate) allow_http: Vec<String>,
    /// Record what is read and changed in this file, as JSON lines; else settings.audit_log of the
    /// manifest names it
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) audit_log: Option<PathBuf>,
    /// On whose behalf, for the audit log
    #[arg(long, global = true, value_name = "TEXT")]
    pub(crate) actor: Option<String>,
    /// A catalogue of your own, beside the built-in one; else HYDRANT_CATALOGUE names it
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) catalogue: Option<PathBuf>,
    /// Say more: -v each secret that is read, -vv every decision, -vvv everything; else HYDRANT_LOG
    /// (error … trace, off)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Say nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// The form of messages on stderr: lines for people, or one JSON object a line
    #[arg(long, global = true, value_enum, default_value = "text", value_name = "FORMAT")]
    pub(crate) log_format: LogFormat,
}

/// The form of messages on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// The commands, each by its module, which is named as it is.
macro_rules! commands {
    ($($(#[$only_with:meta])* $variant:ident($module:ident)),* $(,)?) => {
        #[derive(Debug, Subcommand)]
        pub(crate) enum Command {
            $($(#[$only_with])* $variant($module::Args),)*
        }

        /// Each command's name, and what gives it its arguments.
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
    Policy(policy),
    Generate(generate),
    Catalogue(catalogue),
    #[cfg(feature = "emulator")]
    Emulate(emulate),
}

impl Cli {
    /// Reads the command line, or says what is to be told instead.
    ///
    /// To build the arguments of every command was most of what a start with nothing to fetch
    /// computed. So they are built for the commands whose names are among the words, mostly one,
    /// and for all of them only where this comes to nothing: a help, a version, a mistake.
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
