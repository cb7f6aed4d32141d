//! Sources: where each entry's value is read from once it is deployed, as far as that is known
//! without a call. For targets about secrets that exist: the ARN where a reference has one, else a
//! name.
//!
//! What a parameter holds is unknown here: unless an ARN variable goes before it, the entry's
//! name to create stands for it, as in a policy. What is done about an entry that nothing names a
//! secret for is for each target.

use std::path::Path;
use std::sync::Arc;

use hydrant_core::manifest::{Entry, Need};
use hydrant_core::plan::{Plan, Planned, Step};
use hydrant_core::reference::Origin;
use hydrant_core::shown;
use hydrant_core::source::Source;

use crate::error::{GenerateError, describe};
use crate::policy::{PolicyProblem, PolicyProblemKind};
use crate::source::source;

/// An entry with its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntrySource<'a> {
    pub(crate) entry: &'a Arc<Entry>,
    pub(crate) source: Source,
    pub(crate) known: Known,
}

/// How the source is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// The manifest names it.
    Manifest,
    /// A variable holds its ARN.
    Variable,
    /// A parameter holds its reference: the source goes by the name to create.
    Parameter,
    /// Nothing names it: the source goes by the name to create.
    Unnamed,
}

/// The sources of all entries.
///
/// # Errors
///
/// Every entry whose reference cannot be used, or not be shown.
pub(crate) fn sources<'a>(
    plan: &'a Plan,
    manifest: &Path,
) -> Result<Vec<EntrySource<'a>>, GenerateError> {
    let (mut sources, mut problems) = (Vec::new(), Vec::new());
    for planned in &plan.entries {
        match entry_source(planned) {
            Ok(entry_source) => sources.push(entry_source),
            Err(kind) => problems.push(PolicyProblem {
                variable: planned.entry.name.clone(),
                line: planned.entry.line,
                kind,
            }),
        }
    }
    match problems.is_empty() {
        true => Ok(sources),
        false => Err(GenerateError::Entries(describe(manifest, &problems))),
    }
}

fn entry_source(planned: &Planned<Step>) -> Result<EntrySource<'_>, PolicyProblemKind> {
    let Planned { entry, step } = planned;
    let named = source(step)?;
    // Where the manifest names a secret too, it is taken to be the one that the parameter names.
    let known = match named {
        Some(source) if source.origin == Origin::Manifest => Known::Manifest,
        Some(_) => Known::Variable,
        None if step.parameter.is_some() => Known::Parameter,
        None => Known::Unnamed,
    };
    let source = named.cloned().unwrap_or_else(|| entry.created_source());
    Ok(EntrySource { entry, source, known })
}

impl EntrySource<'_> {
    /// The entry, read from this source and no other.
    pub(crate) fn planned(&self) -> Planned<Step> {
        Planned::read(Arc::clone(self.entry), self.source.clone())
    }

    /// The variable that holds the entry's reference, where it looks for one.
    pub(crate) fn variable(&self) -> Option<&str> {
        self.entry.source_keys.variable()
    }

    /// Whether the entry has a default, so that there may be no secret at all.
    pub(crate) fn has_default(&self) -> bool {
        matches!(self.entry.need, Need::Default(_))
    }

    /// How the entry begins a message.
    pub(crate) fn named(&self, manifest: &Path) -> String {
        format!("{} ({}:{})", self.entry.name, shown::path(manifest), self.entry.line)
    }
}

#[cfg(test)]
mod tests {
    use hydrant_core::Env;
    use hydrant_core::source::ValueId;

    use super::super::tests::input;
    use super::*;

    #[test]
    fn sources_of_entries() {
        let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf";
        let check = |entry: &str, variable: &str, expected: (&str, Known)| {
            let input =
                input(&format!("[secrets.A]\n{entry}\n"), &Env::new([("A_SECRET_ARN", variable)]));
            let sources = sources(&input.deployed, &input.manifest).unwrap();
            let [entry_source] = &sources[..] else { panic!("{sources:?}") };
            let id = match &entry_source.source.id {
                ValueId::Secret(id, _) => id.as_str(),
                ValueId::Parameter(id) => id.as_str(),
            };
            assert_eq!((id, entry_source.known), expected, "{entry}");
        };
        check("", "", ("a", Known::Unnamed));
        check("", arn, (arn, Known::Variable));
        check("secret_id = \"demo/a\"", "", ("demo/a", Known::Manifest));
        check("arn_parameter = \"/demo/a-secret-arn\"", "", ("demo/a", Known::Parameter));
        check("arn_parameter = \"/p\"\nsecret_id = \"demo/a\"", "", ("demo/a", Known::Manifest));
        check("arn_var = \"A_SECRET_ARN\"\narn_parameter = \"/p\"", arn, (arn, Known::Variable));
        check("value_parameter = \"/v:3\"", "", ("/v:3", Known::Manifest));
    }

    #[test]
    fn every_entry_whose_reference_cannot_be_shown_or_used_is_told() {
        let env = Env::new([("A_SECRET_ARN", "sk-canary"), ("B_SECRET_ARN", "no reference")]);
        let input = input("[secrets.A]\n[secrets.B]\n[secrets.C]\nsecret_id = \"c\"\n", &env);
        let failure = sources(&input.deployed, &input.manifest).unwrap_err();
        let GenerateError::Entries(problems) = &failure else { panic!("{failure:?}") };
        assert_eq!(problems.len(), 2);
        assert!(!format!("{failure:?}").contains("canary"));
    }
}
