//! `hydrant check`: validates the manifest; with `--live`, checks each secret in AWS without
//! reading it.

use hydrant::{EntryReport, Env, Error, Manifest, Outcome, Report, Selection, Setting};
use hydrant_core::manifest::{ManifestError, ReadError, SelectError};
use hydrant_core::plan::Planned;
use hydrant_core::shown;
use serde_json::{Value, json};

use crate::args::options::Options;
use crate::args::setting;
use crate::failure::{Failure, distinct, exit, hints};
use crate::session;
use crate::terminal::output::{self, FAINT, GOOD, Text, WARNING, styled};

/// Validate the manifest, offline; with --live, check each secret in AWS
///
/// Reports every problem in the manifest, each with its line, for each profile unless one is
/// selected. With --live it reads the parameters that hold references, and describes each secret
/// (DescribeSecret, DescribeParameters). It reads no secret value, so it does not check whether a
/// JSON key exists or whether the role can read the value.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant check
  hydrant --profile production check --live
  hydrant check --json | jq '.problems[].message'")]
pub(crate) struct Args {
    /// Check each secret in AWS, without reading its value
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
        return Err(Failure::usage("--live calls AWS, so it cannot be used with --offline"));
    }
    let hydrator = match session::builder(options)?.strict(args.strict).audit_as("check").build() {
        Ok(hydrator) => hydrator,
        Err(Error::Manifest(ReadError::Manifest(error))) => return bad_manifest(args, vec![error]),
        Err(error) => return Err(error.into()),
    };
    let mut errors = with_profiles(options, hydrator.manifest())?;
    let plan = match hydrator.plan() {
        Ok(plan) => Some(plan),
        Err(Error::Selection(SelectError::Manifest(error))) => {
            errors.push(error);
            None
        }
        Err(error) => return Err(error.into()),
    };
    let Some(plan) = plan.filter(|_| errors.is_empty()) else {
        return bad_manifest(args, errors);
    };
    if args.live {
        let report = match session::is_recorded(options, &hydrator) {
            true => session::run_calls(options, &hydrator, hydrator.read().check_live())?,
            false => hydrator.read().check_live_blocking()?,
        };
        return live(args, report);
    }
    let manifest = shown::path(hydrator.manifest().path()).into_owned();
    let entries = plan.entries;
    if args.json {
        let entries = entries.iter().map(|Planned { entry, .. }| {
            json!({
                "variable": entry.name,
                "line": entry.line,
                "description": entry.description,
                "required": entry.need.is_required(),
            })
        });
        return output::json(
            &json!({ "manifest": manifest, "entries": entries.collect::<Vec<_>>(), "problems": [] }),
        );
    }
    let count = output::count(entries.len(), "entry", "entries");
    output::data(&Text::new().line(format!("{manifest}: {count}, no problems")))
}

/// The problems of the manifest for each of its profiles, unless one was selected.
pub(super) fn with_profiles(
    options: &Options,
    manifest: &Manifest,
) -> Result<Vec<ManifestError>, Failure> {
    let env = Env::new(std::env::vars_os());
    let chosen = setting::given(Setting::Profile, options).is_some();
    let mut errors = Vec::new();
    for profile in manifest.profiles().filter(|_| !chosen) {
        let selection = Selection {
            profile: Some(profile.to_owned()),
            only: options.only.clone(),
            vars: session::vars(options)?,
        };
        if let Err(SelectError::Manifest(error)) = manifest.select(&selection, &env) {
            errors.push(error);
        }
    }
    Ok(errors)
}

/// With `--json` the problems are data, in addition to the messages on stderr.
fn bad_manifest(args: &Args, errors: Vec<ManifestError>) -> Result<u8, Failure> {
    if args.json {
        let manifest = errors.first().map(|error| shown::path(error.path()).into_owned());
        let problems = distinct(&errors).into_iter().map(|(_, problem)| {
            json!({ "line": problem.line, "column": problem.column, "message": problem.message, "hint": problem.help.as_ref().map(hints::of_problem) })
        });
        output::json(&json!({ "manifest": manifest, "problems": problems.collect::<Vec<_>>() }))?;
    }
    Err(Failure::Manifests(errors))
}

fn live(args: &Args, report: Report) -> Result<u8, Failure> {
    if args.json {
        output::json(&report_json(&report))?;
    } else {
        let rows = report.entries.iter().map(|entry| {
            let style = match entry.outcome {
                Outcome::Present | Outcome::Kept(_) => GOOD,
                Outcome::Skipped(_) => FAINT,
                _ => WARNING,
            };
            let need = if entry.required { "required" } else { "optional" };
            let what = entry
                .place
                .clone()
                .or_else(|| entry.outcome.reason().map(ToString::to_string))
                .unwrap_or_default();
            vec![
                (&entry.variable).into(),
                need.into(),
                styled(style, entry.outcome.word()),
                what.into(),
            ]
        });
        output::data(&Text::new().table(&rows.collect::<Vec<_>>()))?;
    }
    match report.severity(args.strict) {
        None => Ok(exit::DONE),
        Some(_) => Err(Failure::MissingSecrets { report, strict: args.strict }),
    }
}

/// A report as JSON. A report cannot hold a value, so neither can this.
fn report_json(report: &Report) -> Value {
    json!({
        "manifest": shown::path(&report.manifest).into_owned(),
        "entries": report.entries.iter().map(entry_json).collect::<Vec<_>>(),
    })
}

fn entry_json(entry: &EntryReport) -> Value {
    let reason = entry.outcome.reason();
    json!({
        "variable": entry.variable,
        "line": entry.line,
        "description": entry.description,
        "required": entry.required,
        "outcome": entry.outcome.word(),
        "reference": entry.place,
        "absent_parameter": entry.absent_parameter,
        "reason": reason.map(|reason| reason.word()),
        "message": reason.map(ToString::to_string),
        "said": entry.said(),
        "hint": hints::of_entry(entry),
    })
}
