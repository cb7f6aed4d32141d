//! `hydrant run`: hydrates, then becomes the command.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use hydrant::Hydrator;

use crate::args::options::Options;
use crate::child::{self, Inherit};
use crate::failure::Failure;
use crate::session;
use crate::signals;

/// Start a command with the manifest's secrets in its environment
///
/// Reads the values that are not set yet, then replaces itself with the command (exec): signals,
/// process id and exit code are the command's. If a required secret has no value, nothing is
/// started.
#[derive(clap::Args, Debug)]
#[command(override_usage = "hydrant [OPTIONS] run [OPTIONS] -- CMD [ARGUMENT]...")]
#[command(group = clap::ArgGroup::new("drops")
    .args(["pristine", "drop_aws_env", "drop_references"])
    .multiple(true))]
#[command(after_help = "\
Examples:
  hydrant run -- node server.js
  hydrant --profile production run -- ./server --port 8080
  hydrant --only OPENAI_API_KEY run -- sh -c 'echo ${#OPENAI_API_KEY} characters'

In a container: ENTRYPOINT [\"hydrant\", \"run\", \"--\"]")]
pub(crate) struct Args {
    /// Treat a failed read (denied, unreachable, …) of an optional entry as an error too
    #[arg(long)]
    strict: bool,
    /// Pass on only PATH, HOME, TERM, LANG and similar variables, and the entries' values
    #[arg(long)]
    pristine: bool,
    /// Do not pass on AWS_…, except region, endpoints, AWS_CA_BUNDLE and those of Lambda, X-Ray
    #[arg(long)]
    drop_aws_env: bool,
    /// Do not pass on the variables that hold the entries' references
    #[arg(long)]
    drop_references: bool,
    /// With one of these three: pass this variable on anyway (several: --keep A --keep B, or
    /// --keep A,B)
    #[arg(long, value_name = "NAME", value_delimiter = ',', requires = "drops")]
    keep: Vec<String>,
    /// The command and its arguments
    #[arg(trailing_var_arg = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

pub(crate) fn run(options: &Options, args: &Args) -> Result<u8, Failure> {
    let hydrator = session::builder(options)?.audit_as("run").strict(args.strict).build()?;
    let hydration = session::values(options, &hydrator)?;
    let mut command = Command::new(&args.command[0]);
    command.args(&args.command[1..]);
    let child =
        child::environment(&hydrator, &hydration, options.ignore_set, &inherit(args, &hydrator)?)?;
    child.check_size(&command)?;
    child.hand_to(&mut command);
    signals::hand_on(&mut command);
    // On success this process is the command, and nothing below is reached.
    let source = command.exec();
    Err(Failure::Exec { command: args.command[0].to_string_lossy().into_owned(), source })
}

/// What the command keeps of the environment.
fn inherit(args: &Args, hydrator: &Hydrator) -> Result<Inherit, Failure> {
    let drop = match args.drop_references {
        true => hydrator.reference_variables()?,
        false => BTreeSet::new(),
    };
    Ok(Inherit {
        pristine: args.pristine,
        keep: args.keep.clone(),
        drop_aws: args.drop_aws_env,
        drop,
    })
}
