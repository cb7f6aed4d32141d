//! `hydrant rotate`: starts AWS's rotation, or explains the manual way.

use hydrant::Error;
use hydrant::write::{Rotation, WriteProblem};
use hydrant_catalogue::Catalogue;
use serde_json::json;

use crate::args::options::Options;
use crate::failure::Failure;
use crate::session;
use crate::terminal::output::Text;
use crate::terminal::{log, output};

/// Start the rotation of a variable's secret by its rotation function
///
/// A rotation function is a Lambda function that creates the new value: --lambda sets it, --every
/// sets how often it runs. hydrant does not wait for it: `hydrant history` shows the new version.
/// Without a function, rotate by hand: create a new key at the provider's page, run `hydrant put`,
/// then revoke the old key.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant rotate DB_PASSWORD
  hydrant rotate DB_PASSWORD --every 30d
  hydrant rotate DB_PASSWORD --lambda arn:aws:lambda:us-east-1:123456789012:function:db --every 90d")]
pub(crate) struct Args {
    /// The entry's variable
    #[arg(value_name = "VARIABLE")]
    variable: String,
    /// Set this rotation function
    #[arg(long, value_name = "ARN")]
    lambda: Option<String>,
    /// Rotate this often from now on: 1 to 1000 days, as in 90d
    #[arg(long, value_name = "DAYS", value_parser = days)]
    every: Option<u32>,
    /// Show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options, args: &Args) -> Result<u8, Failure> {
    let hydrator = session::builder(options)?.audit_as("rotate").build()?;
    let names = session::entries(&hydrator, std::slice::from_ref(&args.variable))?;
    let catalogue = session::load_catalogue(options)?;
    let mut rotation = Rotation::new();
    rotation.function.clone_from(&args.lambda);
    rotation.every_days = args.every;
    let (destination, version) = session::run_calls(options, &hydrator, async {
        let session = hydrator.write().session(&names).await?;
        let destination = session::single_destination(&hydrator, &session)?;
        let done = match args.dry_run {
            true => session.check_rotate(destination, &rotation).await.map(|()| None),
            false => session.rotate(destination, &rotation).await,
        };
        if let Err(Error::Write(failure)) = &done
            && *failure.problem == WriteProblem::NoRotationFunction
        {
            say_where_keys_are_made(&destination.entry.name, &catalogue);
        }
        let version = done.map_err(|error| session::failure_of(&hydrator, error))?;
        Ok::<_, Failure>((destination.clone(), version))
    })?;
    let (variable, place) = (&destination.entry.name, &destination.shown);
    if args.json {
        let version = version.as_deref();
        return output::json(
            &json!({ "variable": variable, "reference": place, "version": version, "dry_run": args.dry_run }),
        );
    }
    let text = match (args.dry_run, version) {
        (true, _) => format!("{variable}: would start the rotation of {place}"),
        (false, Some(version)) => {
            format!(
                "{variable}: started the rotation of {place}; the new value will be version {version}"
            )
        }
        (false, None) => format!("{variable}: started the rotation of {place}"),
    };
    output::data(&Text::new().line(text))
}

/// The first step of the manual way.
fn say_where_keys_are_made(variable: &str, catalogue: &Catalogue) {
    if let Some(item) = catalogue.by_variable(variable)
        && let Some(console) = &item.console
    {
        tracing::info!(target: log::NOTICE, "{variable}: create a new {} key at {console}", item.display_name);
    }
}

/// `90d`, or `90`.
fn days(text: &str) -> Result<u32, String> {
    let number = text.strip_suffix('d').unwrap_or(text).parse().ok();
    number
        .filter(|days| (1..=1000).contains(days))
        .ok_or_else(|| "1 to 1000 days, as in 90d".to_owned())
}
