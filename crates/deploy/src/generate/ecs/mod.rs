//! `ecs`: what a container of Amazon ECS needs: for `hydrant run` inside of it, or, with
//! `--inject`, for ECS to set the variables itself; and what the role that reads needs to be
//! allowed. What ECS injects, and what it cannot, is in `value_from`.
//!
//! ECS takes JSON, which has no comments: the text is an object of which the parts go to their
//! places, and its first member says what a comment would.

mod value_from;

use hydrant_core::Batch;
use hydrant_core::plan::Plan;
use hydrant_core::shown::escaped_json;
use serde::Serialize;

use super::sources::{Known, sources};
use super::start::start;
use super::{Generated, Input};
use crate::error::{GenerateError, Notice, Problem};
use crate::policy::Document;
use value_from::value_from;

/// What the text depends on beside the input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// ECS sets the variables: `secrets` with `valueFrom` instead of `environment`.
    pub inject: bool,
    /// The account of secrets and parameters that are named without one.
    pub account: Option<String>,
    /// The region of those named without one; else that of the input.
    pub region: Option<String>,
    /// The program and its arguments, which `hydrant run` starts.
    pub command: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Text {
    #[serde(rename = "//")]
    about: Vec<String>,
    container_definition: Container,
    #[serde(skip_serializing_if = "Option::is_none")]
    task_role_policy: Option<Document>,
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_role_policy: Option<Document>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Container {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entry_point: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    command: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<Vec<Variable>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secrets: Option<Vec<Injected>>,
}

#[derive(Serialize)]
struct Variable {
    name: String,
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Injected {
    name: String,
    value_from: String,
}

/// The part of a container definition, and the policy of the role that reads.
///
/// # Errors
///
/// Every entry that cannot be read in a deployment as it stands here, or that ECS cannot inject, or
/// that the region is not known.
pub fn generate(input: &Input, options: &Options) -> super::Result {
    let region = input.region(options.region.as_deref())?;
    match options.inject {
        true => injected(input, options, &region),
        false => hydrated(input, options, &region),
    }
}

fn hydrated(input: &Input, options: &Options, region: &str) -> super::Result {
    let start = start(input, region)?;
    let mut notices = start.notices;
    let (entry_point, command) = match options.command.is_empty() {
        false => (start.command, options.command.clone()),
        true => {
            notices.push(Notice::from(format!(
                "no CMD: the image's own ENTRYPOINT is taken to be {}",
                start.command.join(" ")
            )));
            (Vec::new(), Vec::new())
        }
    };
    let environment = start.environment.into_iter().map(|(name, value)| Variable { name, value });
    let task_role_policy = document(input, &start.reads, options, region, input.batch)?;
    let container_definition = Container {
        entry_point,
        command,
        environment: Some(environment.collect()),
        ..Container::default()
    };
    let about = about(input, options, region);
    made(
        &Text { about, container_definition, task_role_policy, execution_role_policy: None },
        notices,
    )
}

fn injected(input: &Input, options: &Options, region: &str) -> super::Result {
    let (mut secrets, mut problems, mut notices, mut optional) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut plan = Plan { entries: Vec::new() };
    for entry_source in sources(&input.deployed, &input.manifest)? {
        let name = entry_source.entry.name.clone();
        if entry_source.known == Known::Unnamed && !entry_source.entry.need.is_required() {
            notices.push(
                format!("{name}: nothing here names a secret for it, and it is left out").into(),
            );
            continue;
        }
        match value_from(&entry_source, region, options.account.as_deref()) {
            Err((why, hint)) => problems.push(Problem {
                text: format!("{}: {why}", entry_source.named(&input.manifest)),
                hint: Some(hint),
            }),
            Ok(value_from) => {
                if matches!(entry_source.known, Known::Parameter | Known::Unnamed) {
                    notices.push(Notice::from(format!(
                        "{name}: nothing here names its secret, so it counts by its name to create, {}",
                        entry_source.entry.create_name
                    )));
                }
                if !entry_source.entry.need.is_required() {
                    optional.push(name.clone());
                }
                plan.entries.push(entry_source.planned());
                secrets.push(Injected { name, value_from });
            }
        }
    }
    if !problems.is_empty() {
        return Err(GenerateError::Entries(problems));
    }
    // The agent reads one by one.
    let execution_role_policy = document(input, &plan, options, region, Batch::Never)?;
    let container_definition = Container { secrets: Some(secrets), ..Container::default() };
    let about = about(input, options, region);
    let mut made = made(
        &Text { about, container_definition, task_role_policy: None, execution_role_policy },
        notices,
    )?;
    if !optional.is_empty() {
        made.warnings.push(Notice::from(format!(
            "ECS starts no task while one of its secrets has no value, and knows no optional ones: {}",
            optional.join(", ")
        )));
    }
    Ok(made)
}

fn document(
    input: &Input,
    plan: &Plan,
    options: &Options,
    region: &str,
    batch: Batch,
) -> Result<Option<Document>, GenerateError> {
    let document = input.run_policy(plan, region, options.account.as_deref(), batch)?;
    Ok((!document.statement.is_empty()).then_some(document))
}

/// What a comment would say.
fn about(input: &Input, options: &Options, region: &str) -> Vec<String> {
    let mut target = vec!["ecs"];
    if options.inject {
        target.push("--inject");
    }
    if let Some(account) = &options.account {
        target.extend(["--account", account]);
    }
    target.extend(input.region_words(region));
    let header = input.header_with("", &target, "ecs.json", &options.command);
    header.lines().map(|line| line.trim().to_owned()).collect()
}

fn made(text: &Text, notices: Vec<Notice>) -> super::Result {
    let mut text = serde_json::to_string_pretty(text).expect("texts and lists of them are JSON");
    text = escaped_json(&text).into_owned();
    text.push('\n');
    Ok(Generated { text, notices, warnings: Vec::new() })
}
