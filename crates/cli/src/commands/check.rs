//! `hydrant check`: validates the manifest; with `--live`, asks AWS about each secret without reading it.

use hydrant::{Outcome, Report};
use hydrant_core::manifest::{ManifestError, ReadError, SelectError};
use serde_json::json;

use crate::args::Options;
use crate::failure::Failure;
use crate::output::{self, FAINT, GOOD, WARNING};
use crate::{exit, report_json};

/// Validate the manifest, offline; with --live, ask AWS about each secret
///
/// Reports every problem of the manifest, each with its line. With --live it reads the parameters that hold references,
/// and describes each secret (DescribeSecret, DescribeParameters): it reads no secret's value, so it cannot tell whether
/// a JSON key is there, nor whether the role may read the value.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant check
  hydrant --profile production check --live
  hydrant check --json | jq '.problems[].message'")]
pub(crate) struct Args {
    /// Ask AWS about each secret, without reading its value
    #[arg(long)]
    live: bool,
    /// With --live: treat a failure (denied, unreachable, …) of an optional entry as an error too
    #[arg(long, requires = "live")]
    strict: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options, args: &Args) -> Result<u8, Failure> {
    if args.live && options.offline {
        return Err(Failure::Usage("--live asks AWS, and --offline forbids it".to_owned()));
    }
    let hydrator = match super::builder(options)?.build() {
        Ok(hydrator) => hydrator,
        Err(error) => return bad_manifest(args, error),
    };
    if args.live {
        let report = hydrator.check_live_blocking()?;
        return live(args, &report);
    }
    let plan = match hydrator.plan() {
        Ok(plan) => plan,
        Err(error) => return bad_manifest(args, error),
    };
    let manifest = hydrator.manifest().path().display().to_string();
    if args.json {
        return output::json(&json!({ "manifest": manifest, "entries": plan.entries.len(), "problems": [] }));
    }
    output::data(&format!("{manifest}: {}, no problems\n", count(plan.entries.len(), "entry", "entries")))
}

/// As JSON the problems are data, beside the messages on stderr.
fn bad_manifest(args: &Args, error: hydrant::Error) -> Result<u8, Failure> {
    if let (true, Some(found)) = (args.json, manifest_error(&error)) {
        let problems = found.problems().iter().map(|problem| {
            json!({ "line": problem.line, "column": problem.column, "message": problem.message, "help": problem.help })
        });
        let problems: Vec<_> = problems.collect();
        output::json(&json!({ "manifest": found.path().display().to_string(), "problems": problems }))?;
    }
    Err(error.into())
}

fn manifest_error(error: &hydrant::Error) -> Option<&ManifestError> {
    match error {
        hydrant::Error::Manifest(ReadError::Manifest(error))
        | hydrant::Error::Selection(SelectError::Manifest(error)) => Some(error),
        _ => None,
    }
}

fn live(args: &Args, report: &Report) -> Result<u8, Failure> {
    if args.json {
        output::json(&report_json::of(report))?;
    } else {
        let rows = report.entries.iter().map(|entry| {
            let style = match entry.outcome {
                Outcome::Present | Outcome::Kept(_) => GOOD,
                Outcome::Skipped(_) => FAINT,
                _ => WARNING,
            };
            let need = if entry.required { "required" } else { "optional" };
            let what =
                entry.place.clone().or_else(|| entry.outcome.reason().map(ToString::to_string)).unwrap_or_default();
            vec![entry.variable.clone(), need.to_owned(), format!("{style}{}{style:#}", entry.outcome.word()), what]
        });
        output::data(&output::table(&rows.collect::<Vec<_>>()))?;
    }
    match report.trouble(args.strict) {
        None => Ok(exit::DONE),
        Some(_) => Err(Failure::Unmet { report: report.clone(), strict: args.strict }),
    }
}

pub(crate) fn count(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}
