//! `github-actions`: a step that hydrates the environment of the steps that follow. The rest of the
//! workflow is its author's.

use std::fmt::Write as _;

use hydrant_core::shown::shell_word;

use super::start::start;
use super::yaml::{quoted, word};
use super::{Generated, Input};

const WHERE_IT_GOES: &str = "\
#
# Put this below `steps:` of a job, after a step that assumes an AWS role, such as
# aws-actions/configure-aws-credentials. The role needs the permissions that `hydrant policy`
# prints. The runner has hydrant in its PATH.
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
    let mut text = input.header_with("#", &target, "step.yaml", &options.command);
    text.push_str(WHERE_IT_GOES);
    // `hydrant … run --`, with the other command in its place.
    let mut words: Vec<String> =
        start.command.iter().take(start.command.len() - 2).map(|word| shell_word(word)).collect();
    words.extend(["export", "--format", "github"].map(str::to_owned));
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
        _ = writeln!(text, "    {}: {}", word(name), quoted(value));
    }
    if !options.command.is_empty() {
        let command =
            options.command.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ");
        _ = writeln!(text, "- name: Run\n  run: {}", quoted(&command));
    }
    Ok(Generated { text, notices: start.notices, warnings: Vec::new() })
}
