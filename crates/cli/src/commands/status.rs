//! `hydrant status`: whether each entry has a value, since when, and when it is due for rotation.

use std::borrow::Cow;
use std::time::SystemTime;

use hydrant::write::{State, Status, Unlisted};
use hydrant_core::reason::Reason;
use hydrant_core::shown;
use serde_json::{Value, json};

use crate::args::options::Options;
use crate::failure::{Failure, exit, hints};
use crate::session;
use crate::terminal::dates;
use crate::terminal::output::{self, Cell, FAINT, GOOD, Text, WARNING, styled};

/// Show which entries have a value, since when, and which are due for rotation
///
/// Reads no value: it only calls DescribeSecret (DescribeParameters for a parameter, GetParameters
/// for one that holds a reference), so it works for a role that can write but not read. "Since" is
/// the last change of any kind; a value is due rotate_after later. It does not check whether a JSON
/// secret has the entry's key, since that needs a read.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant status
  hydrant --var org=acme status                  one tenant of a manifest with ${org} in its names
  hydrant status --fail-on missing,due           for a scheduled job
  hydrant status --json | jq '.entries[] | select(.due)'")]
pub(crate) struct Args {
    /// Also list secrets in the same folders that no entry uses: for demo/a those that begin with
    /// demo/ (ListSecrets)
    #[arg(long)]
    all: bool,
    /// Exit with code 1 if a required entry has no value (missing), or a value is due for rotation
    /// (due)
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_enum)]
    fail_on: Vec<FailOn>,
    /// Print the status as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    Missing,
    Due,
}

pub(crate) fn run(options: &Options, args: &Args) -> Result<u8, Failure> {
    let hydrator = session::builder(options)?.audit_as("status").build()?;
    let (statuses, unlisted) = session::run_calls(options, &hydrator, async {
        let session = hydrator.write().session(&[]).await?;
        let unlisted = match args.all {
            // An entry that is not selected still counts as known.
            true if !options.only.is_empty() => {
                session::unfiltered_hydrator(options)?
                    .write()
                    .session(&[])
                    .await?
                    .unlisted()
                    .await?
            }
            true => session.unlisted().await?,
            false => Vec::new(),
        };
        Ok::<_, Failure>((session.status().await?, unlisted))
    })?;
    let now = SystemTime::now();
    if args.json {
        output::json(&json!({
            "manifest": shown::path(hydrator.manifest().path()).into_owned(),
            "entries": statuses.iter().map(|status| as_json(status, now)).collect::<Vec<_>>(),
            "unlisted": args.all.then(|| unlisted.iter().map(unlisted_json).collect::<Vec<_>>()),
        }))?;
    } else {
        let rows = statuses.iter().map(|status| row(status, now));
        let rows: Vec<_> = rows.chain(unlisted.iter().map(unlisted_row)).collect();
        output::data(&Text::new().table(&rows))?;
    }
    let failures: Vec<_> = statuses
        .iter()
        .filter_map(|status| match &status.state {
            State::Unknown(failure) => Some(failure.clone()),
            _ => None,
        })
        .collect();
    if !failures.is_empty() {
        return Err(Failure::Writes { manifest: hydrator.manifest().path().to_owned(), failures });
    }
    let missing = |status: &Status| status.required && status.state != State::Configured;
    let fails = statuses.iter().any(|status| {
        args.fail_on.iter().any(|what| match what {
            FailOn::Missing => missing(status),
            FailOn::Due => status.is_due(now),
        })
    });
    Ok(if fails { exit::DIFFERENT } else { exit::DONE })
}

fn row(status: &Status, now: SystemTime) -> Vec<Cell> {
    let style = match (&status.state, status.required) {
        (State::Configured, _) if status.is_due(now) => WARNING,
        (State::Configured, _) => GOOD,
        (_, true) => WARNING,
        (_, false) => FAINT,
    };
    let need = if status.required { "required" } else { "optional" };
    let state = match (&status.state, status.due) {
        (State::Configured, Some(due)) if due <= now => "due",
        _ => status.state.word(),
    };
    let since =
        status.changed.map(|time| format!("since {}", dates::minute(time))).unwrap_or_default();
    let due = match (status.due, status.next_rotation) {
        (Some(due), _) => format!("due {}", dates::day(due)),
        (None, Some(next)) => format!("rotated by AWS {}", dates::day(next)),
        (None, None) => String::new(),
    };
    let version =
        status.version.as_ref().map(|version| format!("version {version}")).unwrap_or_default();
    let unnamed = status.unnamed.as_ref().map(ToString::to_string);
    let place = status.place.clone().or(unnamed).unwrap_or_default();
    let rest = [since, due, version, place].map(Cell::from);
    [(&status.variable).into(), need.into(), styled(style, state)].into_iter().chain(rest).collect()
}

fn unlisted_row(unlisted: &Unlisted) -> Vec<Cell> {
    let state = if unlisted.deleted.is_some() { "deleted" } else { "in no entry" };
    let since =
        unlisted.changed.map(|time| format!("since {}", dates::minute(time))).unwrap_or_default();
    let rest = [since.as_str(), "", "", &unlisted_name(unlisted)].map(Cell::from);
    ["-".into(), "".into(), styled(FAINT, state)].into_iter().chain(rest).collect()
}

/// Anyone who can create secrets chooses their names.
fn unlisted_name(unlisted: &Unlisted) -> String {
    shown::name(&unlisted.name).map_or_else(|| shown::NOT_SHOWN.to_owned(), Cow::into_owned)
}

fn as_json(status: &Status, now: SystemTime) -> Value {
    let failure = match &status.state {
        State::Unknown(failure) => Some(failure),
        _ => None,
    };
    json!({
        "variable": status.variable,
        "line": status.line,
        "description": status.description,
        "required": status.required,
        "state": status.state.word(),
        "reference": status.place,
        "changed": status.changed.map(dates::exact),
        "version": status.version,
        "due_at": status.due.map(dates::exact),
        "due": status.is_due(now),
        "next_rotation": status.next_rotation.map(dates::exact),
        "reason": failure.map(|failure| failure.word()).or(status.unnamed.as_ref().map(Reason::word)),
        "message": failure.map(ToString::to_string).or(status.unnamed.as_ref().map(ToString::to_string)),
        "hint": failure.and_then(hints::of_write),
    })
}

fn unlisted_json(unlisted: &Unlisted) -> Value {
    json!({
        "name": unlisted_name(unlisted),
        "changed": unlisted.changed.map(dates::exact),
        "deleted": unlisted.deleted.map(dates::exact),
    })
}
