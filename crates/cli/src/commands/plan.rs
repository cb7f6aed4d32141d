//! `hydrant plan`: what would be read, from where, and in how many calls.

use hydrant_core::manifest::{Entry, Need};
use hydrant_core::plan::{Planned, Settled, Step};
use hydrant_core::reason::Class;
use hydrant_core::reference::ParameterId;
use hydrant_core::selector::Selector;
use hydrant_core::shown;
use hydrant_core::source::named_by_parameter;
use serde_json::{Value, json};

use crate::args::options::Options;
use crate::failure::Failure;
use crate::session;
use crate::terminal::output::{self, Cell, Text};

/// Show what would be read, from where, and in how many calls; no network, no value
///
/// Each entry is one of: keep (its variable is already set), read, default, skip, or fail (such as
/// a required entry without a reference). The content of a parameter is not known before it is
/// read, so the number of calls is the maximum.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant plan
  hydrant --ignore-set plan          what a deployment would read, ignoring what is set here
  hydrant plan --json | jq .calls")]
pub(crate) struct Args {
    /// Print the plan as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options, args: &Args) -> Result<u8, Failure> {
    let hydrator = session::builder(options)?.build()?;
    let plan = hydrator.plan()?;
    let calls = plan.calls(hydrator.manifest().settings().batch);
    let manifest = shown::path(hydrator.manifest().path()).into_owned();
    let rows: Vec<Row> = plan.entries.iter().map(Row::of).collect();
    if args.json {
        return output::json(&json!({
            "manifest": manifest,
            "entries": plan.entries.iter().zip(&rows).map(|(planned, row)| row.json(&planned.entry)).collect::<Vec<_>>(),
            "calls": { "get_parameters": calls.parameters, "secrets_at_most": calls.secrets },
        }));
    }
    let lines: Vec<_> =
        plan.entries.iter().zip(&rows).map(|(planned, row)| row.line(&planned.entry)).collect();
    // The secret that a parameter names may be one that another entry reads.
    let at_most = if rows.iter().any(|row| row.parameter.is_some()) { "at most " } else { "" };
    let count = output::count(plan.entries.len(), "entry", "entries");
    output::data(&Text::new().line(format!("{manifest}: {count}")).table(&lines).line(format!(
        "calls: {} to Parameter Store, {at_most}{} to Secrets Manager",
        calls.parameters, calls.secrets
    )))
}

/// The visible fields of a step.
struct Row {
    action: &'static str,
    /// The parameter that is read first, for the reference.
    parameter: Option<ParameterId>,
    /// The source, as it may be shown.
    reference: Option<String>,
    /// The part of the value that is used.
    part: Selector,
    /// The reason why nothing is read.
    why: Option<String>,
}

impl Row {
    fn of(planned: &Planned<Step>) -> Self {
        let entry = &planned.entry;
        let Step { parameter, otherwise } = &planned.step;
        let row = Row::settled(entry, otherwise);
        match parameter {
            None => row,
            Some(_) => Row {
                action: "read",
                parameter: parameter.clone(),
                part: entry.selector.clone(),
                why: None,
                ..row
            },
        }
    }

    fn settled(entry: &Entry, settled: &Settled) -> Self {
        let row = Row {
            action: "read",
            parameter: None,
            reference: None,
            part: Selector::Raw,
            why: None,
        };
        match settled {
            Settled::Read(source) => {
                Row { reference: Some(source.shown()), part: source.selector.clone(), ..row }
            }
            Settled::Keep(layer) => {
                Row { action: "keep", why: Some(format!("already set in {layer}")), ..row }
            }
            Settled::Without(reason) => {
                let action = match entry.need {
                    Need::Required => "fail",
                    Need::Default(_) => "default",
                    Need::Optional if reason.class() == Class::Failed => "fail",
                    Need::Optional => "skip",
                };
                Row { action, why: Some(reason.to_string()), ..row }
            }
        }
    }

    fn line(&self, entry: &Entry) -> Vec<Cell> {
        let need = if entry.need.is_required() { "required" } else { "optional" };
        let part = match &self.part {
            Selector::Raw => String::new(),
            Selector::Key(key) => format!(", JSON key {}", shown::quoted(key)),
            Selector::Pointer(pointer) => format!(", JSON pointer {}", shown::quoted(pointer)),
        };
        let what = match (&self.parameter, &self.reference) {
            (Some(parameter), None) => format!("{}{part}", named_by_parameter(parameter)),
            (Some(parameter), Some(other)) => {
                format!("{}, else {other}{part}", named_by_parameter(parameter))
            }
            (None, Some(reference)) => format!("{reference}{part}"),
            (None, None) => self.why.clone().unwrap_or_default(),
        };
        vec![(&entry.name).into(), need.into(), self.action.into(), what.into()]
    }

    fn json(&self, entry: &Entry) -> Value {
        let (key, pointer) = match &self.part {
            Selector::Raw => (None, None),
            Selector::Key(key) => (Some(shown::unquoted(key)), None),
            Selector::Pointer(pointer) => (None, Some(shown::unquoted(pointer))),
        };
        json!({
            "variable": entry.name,
            "line": entry.line,
            "description": entry.description,
            "required": entry.need.is_required(),
            "action": self.action,
            "arn_parameter": self.parameter.as_ref().map(ToString::to_string),
            "reference": self.reference,
            "json_key": key,
            "json_pointer": pointer,
            "why": self.why,
        })
    }
}
