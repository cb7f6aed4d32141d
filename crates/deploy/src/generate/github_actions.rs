//! `github-actions`: a step that hydrates the environment of the steps that follow. The rest of the
//! workflow is its author's.

use hydrant_core::shown::shell_word;

use super::comment::comment;
use super::start::start;
use super::yaml::{list, map, text, word};
use super::{Generated, Input};

const WHERE_IT_GOES: &str = "
Put this below `steps:` of a job, after a step that assumes an AWS role, such as
aws-actions/configure-aws-credentials. The role needs the permissions that `hydrant policy`
prints. The runner has hydrant in its PATH.
";

/// What the text depends on beside the input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The region of secrets and parameters that are named without one; else that of the input.
    pub region: Option<String>,
    /// A command for the step that follows, word by word.
    pub command: Vec<String>,
}

/// The step that hydrates the environment of the steps that follow.
///
/// # Errors
///
/// Every entry that cannot be read in a deployment as it stands here, or that the region is not
/// known.
pub fn generate(input: &Input, options: &Options) -> super::Result {
    let region = input.region(options.region.as_deref())?;
    let start = start(input, &region)?;
    let mut target = vec!["github-actions"];
    target.extend(input.region_words(&region));
    let header = input.header_with("#", &target, "step.yaml", &options.command);
    // `hydrant … run --`, with the other command in its place.
    let mut words = start.command[..start.command.len() - 2].to_vec();
    words.extend(["export", "--format", "github"].map(str::to_owned));
    let mut hydrate = vec![
        ("name", word("Hydrate the environment of the steps below")),
        ("run", text(shell_line(&words))),
    ];
    if !start.environment.is_empty() {
        let variables = start.environment.into_iter().map(|(name, value)| (name, text(value)));
        hydrate.push(("env", map(variables)));
    }
    let mut steps = vec![map(hydrate)];
    if !options.command.is_empty() {
        steps.push(map([("name", word("Run")), ("run", text(shell_line(&options.command)))]));
    }
    let text = format!("{header}{}{}", comment("#", 0, WHERE_IT_GOES), list(steps));
    Ok(Generated { text, notices: start.notices, warnings: Vec::new() })
}

fn shell_line(words: &[String]) -> String {
    words.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ")
}
