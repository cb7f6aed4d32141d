//! A Deployment whose container starts through `hydrant run`, with a service account whose role
//! reads.

use std::fmt::Write as _;

use super::super::start::start;
use super::super::yaml::quoted;
use super::super::{Input, Made, Result};
use super::{Args, words};

pub(super) fn generate(input: &Input, args: &Args, image: &str, region: &str) -> Result {
    let start = start(input, region)?;
    let name = quoted(&args.name);
    let mut text =
        input.header_with("#", &words(input, args, region), "deployment.yaml", &args.command);
    // Writing to a String does not fail.
    _ = writeln!(
        text,
        "#\n# The role of the service account is the one that `hydrant policy` prints."
    );
    _ = writeln!(text, "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}");
    if let Some(namespace) = &args.namespace {
        _ = writeln!(text, "  namespace: {}", quoted(namespace));
    }
    _ = writeln!(
        text,
        "spec:\n  selector:\n    matchLabels:\n      app: {name}\n  template:\n    metadata:\n      labels:\n        app: {name}\n    spec:"
    );
    if let Some(account) = &args.service_account {
        _ = writeln!(text, "      serviceAccountName: {}", quoted(account));
    }
    _ = writeln!(
        text,
        "      containers:\n        - name: {name}\n          image: {}",
        quoted(image)
    );
    list(&mut text, "command", &start.command);
    list(&mut text, "args", &args.command);
    if !start.environment.is_empty() {
        text.push_str("          env:\n");
    }
    for (name, value) in &start.environment {
        _ = writeln!(
            text,
            "            - name: {}\n              value: {}",
            quoted(name),
            quoted(value)
        );
    }
    Ok(Made { text, notices: start.notices, warnings: Vec::new() })
}

/// Kubernetes replaces `$(NAME)` in both by a variable's value; `$$` stands for a `$`.
fn list(text: &mut String, key: &str, words: &[String]) {
    _ = writeln!(text, "          {key}:");
    for word in words {
        _ = writeln!(text, "            - {}", quoted(&word.replace("$(", "$$(")));
    }
}
