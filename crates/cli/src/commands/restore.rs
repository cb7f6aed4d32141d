//! `hydrant restore`: restores deleted secrets within their recovery windows.

use hydrant::Error;
use serde_json::json;

use crate::args::options::Options;
use crate::failure::Failure;
use crate::session;
use crate::terminal::output::{self, Text};

/// Restore a deleted secret, within its recovery window
///
/// A secret that is not deleted is not changed. After the window, or after `hydrant delete --now`,
/// it cannot be restored.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant restore OPENAI_API_KEY
  hydrant restore OPENAI_API_KEY GEMINI_API_KEY --dry-run")]
pub(crate) struct Args {
    /// The entries' variables
    #[arg(value_name = "VARIABLE", required = true)]
    variables: Vec<String>,
    /// Show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options, args: &Args) -> Result<u8, Failure> {
    let hydrator = session::builder(options)?.audit_as("restore").build()?;
    let names = session::entries(&hydrator, &args.variables)?;
    let (restored, failures) = session::run_calls(options, &hydrator, async {
        let session = hydrator.write().session(&names).await?;
        let (mut restored, mut failures) = (Vec::new(), Vec::new());
        for destination in &session.destinations {
            let done = match destination {
                Ok(_) if args.dry_run => Ok(()),
                Ok(destination) => session.restore(destination).await,
                Err(failure) => Err(failure.clone().into()),
            };
            match (done, destination) {
                (Ok(()), Ok(destination)) => {
                    restored.push((destination.entry.name.clone(), destination.shown.clone()))
                }
                (Err(Error::Write(failure)), _) => failures.push(failure),
                (Err(error), _) => return Err(error.into()),
                (Ok(()), Err(_)) => {}
            }
        }
        Ok::<_, Failure>((restored, failures))
    })?;
    if args.json {
        let each = restored
            .iter()
            .map(|(variable, place)| json!({ "variable": variable, "reference": place }));
        output::json(&json!({ "restored": each.collect::<Vec<_>>(), "dry_run": args.dry_run }))?;
    } else {
        let does = if args.dry_run { "would restore" } else { "restored" };
        let lines = restored.iter().map(|(variable, place)| format!("{variable}: {does} {place}"));
        output::data(&Text::new().lines(lines))?;
    }
    session::exit_code_of(&hydrator, failures)
}
