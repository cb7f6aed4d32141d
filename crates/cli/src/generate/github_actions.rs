//! `github-actions`: a step that hydrates the environment of the steps that follow. The rest of the
//! workflow is its author's.

use std::fmt::Write as _;

use super::destination::Destination;
use super::start::start;
use super::yaml::quoted;
use super::{Input, Made, shell_word};
use crate::commands::policy::region;

const WHERE_IT_GOES: &str = "\
#
# Put this below `steps:` of a job, after a step that assumes an AWS role, such as
# aws-actions/configure-aws-credentials. The role needs the permissions that `hydrant policy`
# prints. The runner has hydrant in its PATH.
";

/// A step of GitHub Actions that hydrates the environment of the steps that follow
///
/// hydrant export masks every value in the log before it hands it to the steps that follow.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant generate github-actions --out step.yaml -- npm test
  hydrant --only NPM_TOKEN generate github-actions -- npm publish
  hydrant generate github-actions --check step.yaml -- npm test    is it up to date?")]
pub(crate) struct Args {
    /// The region of secrets and parameters that are named without one; else AWS_REGION,
    /// AWS_DEFAULT_REGION or settings.region says
    #[arg(long, value_name = "REGION", value_parser = region)]
    region: Option<String>,
    #[command(flatten)]
    pub(crate) destination: Destination,
    /// A command for the step that follows, which sees the variables
    #[arg(value_name = "CMD", last = true)]
    pub(crate) command: Vec<String>,
}

pub(crate) fn generate(input: &Input, args: &Args) -> super::Result {
    let region = input.region(args.region.as_deref())?;
    let start = start(input, &region)?;
    let mut target = vec!["github-actions"];
    target.extend(input.region_words(&region));
    let mut text = input.header_with("#", &target, "step.yaml", &args.command);
    text.push_str(WHERE_IT_GOES);
    // `hydrant … run --`, with the other command in its place.
    let mut words: Vec<String> =
        start.command.iter().take(start.command.len() - 2).map(|word| shell_word(word)).collect();
    words.push("export --format github".to_owned());
    // Writing to a String does not fail.
    _ = writeln!(
        text,
        "- name: Hydrate the environment of the steps below\n  run: {}",
        quoted(&words.join(" "))
    );
    if !start.environment.is_empty() {
        text.push_str("  env:\n");
    }
    for (name, value) in &start.environment {
        _ = writeln!(text, "    {name}: {}", quoted(value));
    }
    if !args.command.is_empty() {
        let command =
            args.command.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ");
        _ = writeln!(text, "- name: Run\n  run: {}", quoted(&command));
    }
    Ok(Made { text, notices: start.notices, warnings: Vec::new() })
}
