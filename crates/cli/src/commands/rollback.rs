//! `hydrant rollback`: moves AWSCURRENT back to an older version.

use serde_json::json;

use crate::args::options::Options;
use crate::failure::Failure;
use crate::session;
use crate::terminal::output::Text;
use crate::terminal::{log, output};

/// Make an older version of a variable's secret the current one again
///
/// Reads no value. Shows what it is about to do, and moves AWSCURRENT only if nobody moved it
/// meanwhile. The version that loses it gets AWSPREVIOUS, so the same command undoes the rollback.
/// Running processes keep the old value until they restart.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant rollback OPENAI_API_KEY                to the previous version
  hydrant rollback OPENAI_API_KEY --to 6f1c      to the version whose id begins with this
  hydrant rollback OPENAI_API_KEY --dry-run")]
pub(crate) struct Args {
    /// The entry's variable
    #[arg(value_name = "VARIABLE")]
    variable: String,
    /// The version to go back to: its id or the beginning of it (at least 4 characters), or a
    /// staging label; by default AWSPREVIOUS
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,
    /// Show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options, args: &Args) -> Result<u8, Failure> {
    let hydrator = session::builder(options)?.audit_as("rollback").build()?;
    let names = session::entries(&hydrator, std::slice::from_ref(&args.variable))?;
    let plan = session::run_calls(options, &hydrator, async {
        let session = hydrator.write().session(&names).await?;
        let destination = session::single_destination(&hydrator, &session)?;
        let plan = session
            .rollback_plan(destination, args.to.as_deref())
            .await
            .map_err(|error| session::failure_of(&hydrator, error))?;
        if !args.dry_run {
            let (variable, from, to) = (&plan.variable, &plan.from, &plan.to);
            tracing::info!(target: log::NOTICE, "{variable}: moving AWSCURRENT from version {from} to version {to}");
            session
                .rollback(destination, &plan)
                .await
                .map_err(|error| session::failure_of(&hydrator, error))?;
        }
        Ok::<_, Failure>(plan)
    })?;
    if args.json {
        return output::json(&json!({
            "variable": plan.variable,
            "reference": plan.place,
            "from": plan.from,
            "to": plan.to,
            "dry_run": args.dry_run,
        }));
    }
    let (does, after) = match args.dry_run {
        true => ("would move", ""),
        false => ("moved", "; running processes keep the old value until they restart"),
    };
    output::data(&Text::new().line(format!(
        "{}: {does} AWSCURRENT from version {} to version {} of {}{after}",
        plan.variable, plan.from, plan.to, plan.place
    )))
}
