//! `hydrant delete`: deletes a secret, with a recovery window.

use std::io::{self, IsTerminal};

use hydrant::Error;
use hydrant::write::{Deleted, RecoveryWindow, check_delete};
use serde_json::json;

use crate::args::options::Options;
use crate::failure::Failure;
use crate::session;
use crate::terminal::dates;
use crate::terminal::output::{self, Text};
use crate::value_input::Quiet;
use crate::value_input::confirm::confirm_by_name;

/// Delete a variable's secret, with a recovery window
///
/// Reads no value. Asks you to confirm with the variable's name. The entry stays in the manifest.
/// The whole secret is deleted: other entries that use keys of it are named first. A parameter
/// cannot be restored, so it needs --now.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant delete OPENAI_API_KEY
  hydrant delete OPENAI_API_KEY --window 7 --yes
  hydrant delete OPENAI_API_KEY --dry-run")]
pub(crate) struct Args {
    /// The entries' variables
    #[arg(value_name = "VARIABLE", required = true)]
    variables: Vec<String>,
    /// How many days it can be restored, from 7 to 30
    #[arg(long, value_name = "DAYS", default_value_t = 30, conflicts_with = "now")]
    window: u8,
    /// Delete immediately and permanently: it cannot be restored
    #[arg(long)]
    now: bool,
    /// Do not ask for confirmation; needed without a terminal
    #[arg(long, short)]
    yes: bool,
    /// Show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options, args: &Args) -> Result<u8, Failure> {
    let asks = !args.yes && !args.dry_run && io::stdin().is_terminal();
    let _quiet = if asks { Some(Quiet::begin()?) } else { None };
    let hydrator = session::builder(options)?.audit_as("delete").build()?;
    let window = if args.now { RecoveryWindow::None } else { RecoveryWindow::Days(args.window) };
    let names = session::entries(&hydrator, &args.variables)?;
    let (deleted, failures, stopped) = session::run_calls(options, &hydrator, async {
        let session = hydrator.write().session(&names).await?;
        let sharing = session::sharing(options, &session).await?;
        let (mut deleted, mut failures) = (Vec::new(), Vec::new());
        for destination in &session.destinations {
            let checked = destination.as_ref().map_err(Clone::clone);
            let checked = checked
                .and_then(|destination| check_delete(destination, window).map(|()| destination));
            let destination = match checked {
                Ok(destination) => destination,
                Err(failure) => {
                    failures.push(failure);
                    continue;
                }
            };
            let variable = &destination.entry.name;
            if let Some(others) = sharing.get(variable) {
                tracing::warn!("{variable}: this also deletes the values of {}", others.join(", "));
            }
            if args.dry_run {
                deleted.push(Deleted::new(variable, &destination.shown));
                continue;
            }
            // An error here is reported after the list of what was deleted.
            match if args.yes { Ok(true) } else { confirm_by_name(variable) } {
                Ok(true) => {}
                Ok(false) => {
                    let refused =
                        Failure::usage("the name was not confirmed: nothing more was deleted");
                    return Ok((deleted, failures, Some(refused)));
                }
                Err(failure) => return Ok((deleted, failures, Some(failure))),
            }
            match session.delete(destination, window).await {
                Ok(done) => deleted.push(done),
                Err(Error::Write(failure)) => failures.push(failure),
                Err(error) => return Ok((deleted, failures, Some(error.into()))),
            }
        }
        Ok::<_, Failure>((deleted, failures, None))
    })?;
    if deleted.is_empty() && stopped.is_some() {
        // Nothing was done. The reason is reported below.
    } else if args.json {
        let each = deleted.iter().map(|deleted| {
            json!({
                "variable": deleted.variable,
                "reference": deleted.place,
                "restorable_until": deleted.until.map(dates::exact),
            })
        });
        output::json(&json!({ "deleted": each.collect::<Vec<_>>(), "dry_run": args.dry_run }))?;
    } else {
        let lines = deleted.iter().map(|deleted| line(deleted, args));
        output::data(&Text::new().lines(lines))?;
    }
    session::stopped_or_done(options, &hydrator, failures, stopped)
}

fn line(deleted: &Deleted, args: &Args) -> String {
    let Deleted { variable, place, until, .. } = deleted;
    let does = if args.dry_run { "would delete" } else { "deleted" };
    match (args.now, until) {
        (true, _) => format!("{variable}: {does} {place}, immediately and permanently"),
        (false, Some(until)) => {
            let until = dates::minute(*until);
            format!(
                "{variable}: {does} {place}, restorable until {until}: hydrant restore {variable}"
            )
        }
        (false, None) if args.dry_run => {
            format!(
                "{variable}: {does} {place}, restorable for {} days: hydrant restore {variable}",
                args.window
            )
        }
        (false, None) => format!("{variable}: {place} was already deleted"),
    }
}
