//! Stack: what the entries of a plan need in an account. Pure: secrets to create, parameters that
//! publish their ARNs, and the source of each entry.
//!
//! How things are called depends on their own names alone, never on what stands beside them or in
//! which order: an entry that is added moves nothing, and no deployed secret is replaced. Texts are
//! for the targets.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use hydrant_core::manifest::Entry;
use hydrant_core::plan::{Plan, Planned, Step};
use hydrant_core::reference::{ParameterId, SecretId, Version};
use hydrant_core::selector::Selector;
use hydrant_core::source::{Source, ValueId};

use super::names;
use crate::error::{Hint, Notice, Problem, describe};
use crate::policy::{PolicyProblem, PolicyProblemKind};
use crate::source::{secret_by_parameter, source};

/// The most characters of a secret's description, as AWS takes it.
const LONGEST_DESCRIPTION: usize = 2_048;

/// What the entries need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stack {
    /// To create, without a value; by name.
    pub(crate) secrets: Vec<Secret>,
    /// To create, each with the ARN of a secret; by name.
    pub(crate) parameters: Vec<Parameter>,
    /// In the order of the manifest.
    pub(crate) entries: Vec<StackEntry>,
}

/// A secret to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Secret {
    pub(crate) name: String,
    pub(crate) kms_key: Option<String>,
    /// Of the entries that read it.
    pub(crate) description: Option<String>,
    /// The entries that read it, in the order of the manifest.
    pub(crate) variables: Vec<String>,
}

/// A parameter that publishes the ARN of a secret, which the stack creates by its name, or which
/// exists by its ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) secret: SecretId,
    pub(crate) variables: Vec<String>,
}

/// An entry, as it is deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StackEntry {
    pub(crate) variable: String,
    /// The variable that holds its reference, if it looks for one.
    pub(crate) arn_var: Option<String>,
    pub(crate) source: StackSource,
    /// The part of the value that it takes.
    pub(crate) selector: Selector,
    pub(crate) version: Option<Version>,
    pub(crate) required: bool,
    pub(crate) description: Option<String>,
    pub(crate) rotate_after: Option<Duration>,
}

/// The source of an entry, once it is deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StackSource {
    /// A secret: one that the stack creates by its name, one that exists by its ARN.
    Secret(SecretId),
    /// The secret that this parameter names, which the stack does not make: it is given by an ARN,
    /// or with a version.
    NamedBy(ParameterId),
    /// This parameter itself.
    Parameter(ParameterId),
}

impl Stack {
    /// # Errors
    ///
    /// Everything that is wrong, each with what to do.
    pub(crate) fn of(plan: &Plan, manifest: &Path) -> Result<Self, Vec<Problem>> {
        let mut found = Found::default();
        for planned in &plan.entries {
            if let Err(kind) = found.entry(planned) {
                found.unusable.push(PolicyProblem {
                    variable: planned.entry.name.clone(),
                    line: planned.entry.line,
                    kind,
                });
            }
        }
        let mut wrong = describe(manifest, &found.unusable);
        wrong.append(&mut found.wrong);
        let secrets = found.secrets.keys().map(|name| ("secrets", name));
        wrong.extend(same_id(
            secrets.chain(found.parameters.keys().map(|name| ("parameters", name))),
        ));
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let secrets = found.secrets.into_values();
        let secrets = secrets
            .map(|secret| Secret { description: secret.description.as_deref().map(cut), ..secret });
        Ok(Stack {
            secrets: secrets.collect(),
            parameters: found.parameters.into_values().collect(),
            entries: found.entries,
        })
    }

    /// Whether a secret of this name is one that the stack creates.
    pub(crate) fn makes(&self, name: &str) -> bool {
        self.secrets.binary_search_by(|secret| secret.name.as_str().cmp(name)).is_ok()
    }

    /// What the stack leaves to others, a line each.
    pub(crate) fn left_out(&self) -> Vec<Notice> {
        let each = self.entries.iter().filter_map(|entry| match &entry.source {
            StackSource::Secret(SecretId::Name(_)) => None,
            StackSource::Secret(SecretId::Arn(arn)) => Some(
                format!("{}: its secret exists, and is only referred to: {arn}", entry.variable)
                    .into(),
            ),
            StackSource::NamedBy(id) => Some(Notice::from(format!(
                "{}: parameter {id} is not made here, nor its secret: \
                    only one that is named without account and version is",
                entry.variable
            ))),
            StackSource::Parameter(id) if secret_by_parameter(id).is_some() => {
                Some(Notice::from(format!(
                    "{}: its secret is read through Parameter Store ({id}), and is not made here",
                    entry.variable
                )))
            }
            StackSource::Parameter(id) => Some(Notice::new(
                format!(
                    "{}: parameter {id} holds the value itself, and is not made here",
                    entry.variable
                ),
                Hint::PutParameter(entry.variable.clone()),
            )),
        });
        each.collect()
    }
}

#[derive(Default)]
struct Found {
    secrets: BTreeMap<String, Secret>,
    parameters: BTreeMap<String, Parameter>,
    /// The secret that each ARN variable names, with the first entry that says so.
    variables: BTreeMap<String, (String, SecretId)>,
    entries: Vec<StackEntry>,
    unusable: Vec<PolicyProblem>,
    wrong: Vec<Problem>,
}

impl Found {
    fn entry(&mut self, planned: &Planned<Step>) -> Result<(), PolicyProblemKind> {
        source(&planned.step)?;
        let (entry, parameter) = (&*planned.entry, &planned.step.parameter);
        let Source { id, selector, .. } = planned.source_or_created();
        let version = id.version().cloned();
        let source = match (parameter, id) {
            (Some(parameter), _) if made_here(parameter).is_none() => {
                StackSource::NamedBy(parameter.clone())
            }
            (_, ValueId::Secret(id, _)) => StackSource::Secret(id),
            (_, ValueId::Parameter(id)) => StackSource::Parameter(id),
        };
        if let StackSource::Secret(secret) = &source {
            if let SecretId::Name(name) = secret {
                self.secret(name, entry);
            }
            if let Some(name) = parameter.as_ref().and_then(made_here) {
                self.parameter(name, secret, entry);
            }
            if let Some(variable) = entry.source_keys.variable() {
                self.variable(variable, secret, entry);
            }
        }
        self.entries.push(StackEntry {
            variable: entry.name.clone(),
            arn_var: entry.source_keys.variable().map(str::to_owned),
            source,
            selector,
            version,
            required: entry.need.is_required(),
            description: entry.description.clone(),
            rotate_after: entry.rotate_after,
        });
        Ok(())
    }

    fn secret(&mut self, name: &str, entry: &Entry) {
        let secret = self.secrets.entry(name.to_owned()).or_insert_with(|| Secret {
            name: name.to_owned(),
            kms_key: None,
            description: None,
            variables: Vec::new(),
        });
        match (&secret.kms_key, &entry.kms_key) {
            (Some(one), Some(other)) if one != other => self.wrong.push(Problem {
                text: format!(
                    "{} and {}: the secret {name} cannot have two keys, {one} and {other}",
                    secret.variables[0], entry.name
                ),
                hint: Some(Hint::Words("give both entries one kms_key".to_owned())),
            }),
            (None, Some(key)) => secret.kms_key = Some(key.clone()),
            _ => {}
        }
        if let Some(new) =
            entry.description.as_deref().map(str::trim).filter(|text| !text.is_empty())
        {
            match &mut secret.description {
                Some(text) if text.split("; ").any(|part| part == new) => {}
                Some(text) => *text = format!("{text}; {new}"),
                None => secret.description = Some(new.to_owned()),
            }
        }
        secret.variables.push(entry.name.clone());
    }

    fn parameter(&mut self, name: &str, secret: &SecretId, entry: &Entry) {
        let parameter = self.parameters.entry(name.to_owned()).or_insert_with(|| Parameter {
            name: name.to_owned(),
            secret: secret.clone(),
            variables: Vec::new(),
        });
        if parameter.secret != *secret {
            let (one, other) = (&parameter.secret, secret);
            self.wrong.push(Problem {
                text: format!(
                    "{} and {}: the parameter {name} cannot \
                        publish two secrets, {one} and {other}",
                    parameter.variables[0], entry.name
                ),
                hint: Some(Hint::Words(
                    "give both entries one secret_id, \
                        or each a parameter of its own"
                        .to_owned(),
                )),
            });
        }
        parameter.variables.push(entry.name.clone());
    }

    fn variable(&mut self, name: &str, secret: &SecretId, entry: &Entry) {
        let first = (entry.name.clone(), secret.clone());
        let (other, named) = self.variables.entry(name.to_owned()).or_insert(first);
        if named != secret {
            self.wrong.push(Problem {
                text: format!(
                    "{other} and {}: the variable {name} cannot \
                        name two secrets, {named} and {secret}",
                    entry.name
                ),
                hint: Some(Hint::Words(
                    "give both entries one secret_id, or each a variable of its own".to_owned(),
                )),
            });
        }
    }
}

/// A description of at most as many characters as AWS takes.
fn cut(description: &str) -> String {
    match description.char_indices().nth(LONGEST_DESCRIPTION) {
        None => description.to_owned(),
        Some(_) => description.chars().take(LONGEST_DESCRIPTION - 1).chain(['…']).collect(),
    }
}

/// The name of a parameter that a stack can make: not one of another account, and not a version.
fn made_here(id: &ParameterId) -> Option<&str> {
    match id {
        ParameterId::Name(name) if !name.contains(':') => Some(name),
        ParameterId::Name(_) | ParameterId::Arn(_) => None,
    }
}

/// Names that one id would stand for. Nothing is added to tell them apart: it would have to be
/// added to a secret that is deployed already, which would then be replaced.
fn same_id<'a>(names: impl Iterator<Item = (&'static str, &'a String)>) -> Vec<Problem> {
    let mut ids = BTreeMap::<_, Vec<&str>>::new();
    for (kind, name) in names {
        ids.entry((kind, names::pascal(name))).or_default().push(name);
    }
    let same = ids.into_iter().filter(|(_, names)| names.len() > 1);
    let each = same.map(|((kind, id), names)| Problem {
        text: format!(
            "the {kind} {} would have one id, {id}: only their letters and digits count",
            names.join(" and ")
        ),
        hint: Some(Hint::RenameOrSplitStack),
    });
    each.collect()
}

#[cfg(test)]
mod tests;
