//! `hydrant plan`: what would be read, from where, and in how many calls.

use hydrant_core::manifest::Selector;
use hydrant_core::plan::{Place, Plan, Settled, Step, Target};
use serde_json::{Value, json};

use crate::args::Options;
use crate::commands::check::count;
use crate::failure::Failure;
use crate::output;

/// Show what would be read, from where, and in how many calls; no network, no value
///
/// What a parameter holds is not known before it is asked, so the number of calls is the most there can be.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant plan
  hydrant --ignore-set plan          what a deployment would read, whatever is set here
  hydrant plan --json | jq .calls")]
pub(crate) struct Args {
    /// Print the plan as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options, args: &Args) -> Result<u8, Failure> {
    let hydrator = super::builder(options)?.build()?;
    let plan = hydrator.plan()?;
    let calls = plan.calls(hydrator.manifest().settings().batch);
    let manifest = hydrator.manifest().path().display().to_string();
    let rows: Vec<Row> = plan.entries.iter().map(|planned| row(&planned.step)).collect();
    if args.json {
        let entries = plan.entries.iter().zip(&rows).map(|(planned, row)| {
            json!({
                "variable": planned.entry.name,
                "line": planned.entry.line,
                "required": planned.entry.need.is_required(),
                "action": row.action,
                "reference": row.reference,
                "asks_first": row.asks_first,
                "json": row.json,
                "why": row.why,
            })
        });
        return output::json(&json!({
            "manifest": manifest,
            "entries": entries.collect::<Vec<_>>(),
            "calls": { "get_parameters": calls.parameters, "secrets_at_most": calls.secrets },
        }));
    }
    let mut text = format!("{manifest}: {}\n", count(plan.entries.len(), "entry", "entries"));
    text.push_str(&output::table(&lines(&plan, &rows)));
    text.push_str(&format!(
        "calls: {} to Parameter Store, {}{} to Secrets Manager\n",
        calls.parameters,
        if asks(&plan) { "at most " } else { "" },
        calls.secrets
    ));
    output::data(&text)
}

/// What is shown of a step.
#[derive(Default)]
struct Row {
    action: &'static str,
    reference: Option<String>,
    asks_first: Option<String>,
    json: Option<Value>,
    why: Option<String>,
}

fn row(step: &Step) -> Row {
    match step {
        Step::Settled(settled) => settled_row(settled),
        Step::Ask { parameter, otherwise } => {
            Row { action: "read", asks_first: Some(format!("parameter {parameter}")), ..settled_row(otherwise) }
        }
    }
}

fn settled_row(settled: &Settled) -> Row {
    match settled {
        Settled::Keep(layer) => Row { action: "keep", why: Some(format!("already set in {layer}")), ..Row::default() },
        Settled::Without(reason) => Row { action: "skip", why: Some(reason.to_string()), ..Row::default() },
        Settled::Read(target) => {
            let json = match &target.selector {
                Selector::Raw => None,
                Selector::Key(key) => Some(json!({ "key": key })),
                Selector::Pointer(pointer) => Some(json!({ "pointer": pointer })),
            };
            Row { action: "read", reference: Some(target.shown()), json, ..Row::default() }
        }
    }
}

fn lines(plan: &Plan, rows: &[Row]) -> Vec<Vec<String>> {
    let lines = plan.entries.iter().zip(rows).map(|(planned, row)| {
        let need = if planned.entry.need.is_required() { "required" } else { "optional" };
        let what = match (&row.asks_first, &planned.step) {
            (Some(parameter), Step::Ask { otherwise: Settled::Read(target), .. }) => {
                format!("the secret that {parameter} names, else {}", described(target))
            }
            (Some(parameter), _) => format!("the secret that {parameter} names"),
            (None, Step::Settled(Settled::Read(target))) => described(target),
            _ => row.why.clone().unwrap_or_default(),
        };
        vec![planned.entry.name.clone(), need.to_owned(), row.action.to_owned(), what]
    });
    lines.collect()
}

fn described(target: &Target) -> String {
    let part = match &target.selector {
        Selector::Raw => String::new(),
        Selector::Key(key) => format!(", JSON key \"{key}\""),
        Selector::Pointer(pointer) => format!(", JSON pointer \"{pointer}\""),
    };
    match &target.place {
        Place::Secret(..) if target.hidden_behind().is_none() => format!("secret {}{part}", target.shown()),
        _ => format!("{}{part}", target.shown()),
    }
}

fn asks(plan: &Plan) -> bool {
    plan.entries.iter().any(|planned| matches!(planned.step, Step::Ask { .. }))
}
