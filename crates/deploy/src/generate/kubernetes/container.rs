//! The part of a container that starts its program through `hydrant run`: command, arguments and
//! environment. The rest of the pod is its author's.

use super::super::comment::comment;
use super::super::start::start;
use super::super::yaml::{Yaml, list, map, text};
use super::super::{Generated, Input, Result};
use super::Options;

const WHERE_IT_GOES: &str = "
Put this into the container of a pod or a Deployment (spec.template.spec.containers), beside its
name and image. The image has hydrant, and the manifest in its working folder. The role of the
pod's service account needs the permissions that `hydrant policy` prints.
";

pub(super) fn generate(input: &Input, options: &Options, region: &str) -> Result {
    let start = start(input, region)?;
    let mut target = vec!["kubernetes", "--run"];
    target.extend(input.region_words(region));
    let header = input.header_with("#", &target, "container.yaml", &options.command);
    let mut container = vec![
        ("command", list(start.command.iter().map(|word| literal(word)))),
        ("args", list(options.command.iter().map(|word| literal(word)))),
    ];
    if !start.environment.is_empty() {
        let variables = start.environment.into_iter();
        let variables =
            variables.map(|(name, value)| map([("name", text(name)), ("value", text(value))]));
        container.push(("env", list(variables)));
    }
    let text = format!("{header}{}{}", comment("#", 0, WHERE_IT_GOES), map(container));
    Ok(Generated { text, notices: start.notices, warnings: Vec::new() })
}

/// Kubernetes replaces `$(NAME)` in both by a variable's value; `$$` stands for a `$`.
fn literal(word: &str) -> Yaml {
    text(word.replace("$(", "$$("))
}
