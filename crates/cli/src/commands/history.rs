//! `hydrant history`: the versions of a secret, with their staging labels and dates.

use std::borrow::Cow;

use hydrant::write::SecretVersion;
use hydrant_core::reference::Version;
use hydrant_core::shown;
use hydrant_core::store::Receipt;
use serde_json::json;

use crate::args::options::Options;
use crate::failure::Failure;
use crate::session;
use crate::terminal::dates;
use crate::terminal::output::{self, Cell, FAINT, GOOD, Text, styled};

/// Show the versions of a variable's secret, newest first
///
/// Reads no value. AWSCURRENT is the version that programs read, AWSPREVIOUS the one before. AWS
/// keeps versions without a staging label for a while: until it drops them,
/// `hydrant rollback --to ID` can restore them.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant history OPENAI_API_KEY
  hydrant history OPENAI_API_KEY --json | jq -r '.versions[0].id'")]
pub(crate) struct Args {
    /// The entry's variable
    #[arg(value_name = "VARIABLE")]
    variable: String,
    /// Print the versions as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options, args: &Args) -> Result<u8, Failure> {
    let hydrator = session::builder(options)?.audit_as("history").build()?;
    let names = session::entries(&hydrator, std::slice::from_ref(&args.variable))?;
    let (destination, versions) = session::run_calls(options, &hydrator, async {
        let session = hydrator.write().session(&names).await?;
        let destination = session::single_destination(&hydrator, &session)?;
        let versions = session
            .history(destination)
            .await
            .map_err(|error| session::failure_of(&hydrator, error))?;
        Ok::<_, Failure>((destination.clone(), versions))
    })?;
    if args.json {
        return output::json(&json!({
            "variable": destination.entry.name,
            "reference": destination.shown,
            "versions": versions.iter().map(|version| json!({
                "id": id(version),
                "stages": stages(version),
                "created": version.created.map(dates::exact),
                "read_last": version.accessed.map(dates::day),
            })).collect::<Vec<_>>(),
        }));
    }
    if versions.is_empty() {
        return output::data(&Text::new().line(format!(
            "{}: the secret was created and never given a value",
            destination.entry.name
        )));
    }
    output::data(&Text::new().table(&versions.iter().map(row).collect::<Vec<_>>()))
}

fn row(version: &SecretVersion) -> Vec<Cell> {
    let stages = stages(version);
    let style =
        if version.stages.iter().any(|stage| stage == Version::CURRENT) { GOOD } else { FAINT };
    let stages = if stages.is_empty() { "no stage".to_owned() } else { stages.join(", ") };
    let created =
        version.created.map(|time| format!("created {}", dates::minute(time))).unwrap_or_default();
    let accessed = version
        .accessed
        .map(|time| format!("last read on {}", dates::day(time)))
        .unwrap_or_default();
    vec![id(version).into(), styled(style, stages), created.into(), accessed.into()]
}

/// Any text of 32 to 64 characters can be the id of a version.
fn id(version: &SecretVersion) -> String {
    let is_id = Receipt::new(Some(&version.id), None).version_id().is_some();
    if is_id { version.id.clone() } else { shown_or_not(&version.id) }
}

fn stages(version: &SecretVersion) -> Vec<String> {
    version.stages.iter().map(|stage| shown_or_not(stage)).collect()
}

fn shown_or_not(text: &str) -> String {
    shown::name(text).map_or_else(|| shown::NOT_SHOWN.to_owned(), Cow::into_owned)
}
