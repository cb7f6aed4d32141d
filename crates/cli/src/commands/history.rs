//! `hydrant history`: the versions of a secret, with their stages and dates.

use hydrant::write::SecretVersion;
use serde_json::json;

use crate::args::Options;
use crate::dates;
use crate::failure::Failure;
use crate::output::{self, FAINT, GOOD};

/// Show the versions of a variable's secret, the newest first
///
/// Reads no value. AWSCURRENT is what programs read, AWSPREVIOUS the one before. AWS keeps versions without a stage for a while; until
/// they are dropped, `hydrant rollback --to ID` goes back to them.
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
    let hydrator = super::builder(options)?.audit_as("history").build()?;
    let names = super::entries(&hydrator, std::slice::from_ref(&args.variable))?;
    let (target, versions) = super::asking(options, &hydrator, async {
        let places = hydrator.writer().places(&names).await?;
        let target = super::one(&hydrator, &places)?;
        let versions = places.history(target).await.map_err(|error| super::told(&hydrator, error))?;
        Ok::<_, Failure>((target.clone(), versions))
    })??;
    if args.json {
        return output::json(&json!({
            "variable": target.entry.name,
            "reference": target.shown,
            "versions": versions.iter().map(|version| json!({
                "id": version.id,
                "stages": version.stages,
                "created": version.created.map(dates::exact),
                "read_last": version.accessed.map(dates::day),
            })).collect::<Vec<_>>(),
        }));
    }
    if versions.is_empty() {
        return output::data(&format!("{}: the secret was created and never given a value\n", target.entry.name));
    }
    output::data(&output::table(&versions.iter().map(row).collect::<Vec<_>>()))
}

fn row(version: &SecretVersion) -> Vec<String> {
    let style = if version.stages.iter().any(|stage| stage == "AWSCURRENT") { GOOD } else { FAINT };
    let stages = if version.stages.is_empty() { "no stage".to_owned() } else { version.stages.join(", ") };
    let created = version.created.map(|time| format!("made {}", dates::minute(time))).unwrap_or_default();
    let accessed = version.accessed.map(|time| format!("read last on {}", dates::day(time))).unwrap_or_default();
    vec![version.id.clone(), format!("{style}{stages}{style:#}"), created, accessed]
}
