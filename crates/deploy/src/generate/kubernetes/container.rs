//! The part of a container that starts its program through `hydrant run`: command, arguments and
//! environment. The rest of the pod is its author's.

use std::fmt::Write as _;

use super::super::start::start;
use super::super::yaml::quoted;
use super::super::{Generated, Input, Result};
use super::Options;

const WHERE_IT_GOES: &str = "\
#
# Put this into the container of a pod or a Deployment (spec.template.spec.containers), beside its
# name and image. The image has hydrant, and the manifest in its working folder. The role of the
# pod's service account needs the permissions that `hydrant policy` prints.
";

pub(super) fn generate(input: &Input, options: &Options, region: &str) -> Result {
    let start = start(input, region)?;
    let mut target = vec!["kubernetes", "--run"];
    target.extend(input.region_words(region));
    let mut text = input.header_with("#", &target, "container.yaml", &options.command);
    text.push_str(WHERE_IT_GOES);
    list(&mut text, "command", &start.command);
    list(&mut text, "args", &options.command);
    if !start.environment.is_empty() {
        text.push_str("env:\n");
    }
    for (name, value) in &start.environment {
        // Writing to a String does not fail.
        _ = writeln!(text, "  - name: {}\n    value: {}", quoted(name), quoted(value));
    }
    Ok(Generated { text, notices: start.notices, warnings: Vec::new() })
}

/// Kubernetes replaces `$(NAME)` in both by a variable's value; `$$` stands for a `$`.
fn list(text: &mut String, key: &str, words: &[String]) {
    _ = writeln!(text, "{key}:");
    for word in words {
        _ = writeln!(text, "  - {}", quoted(&word.replace("$(", "$$(")));
    }
}
