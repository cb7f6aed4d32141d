//! Start: how a deployed program is started through `hydrant run`, and what it needs in its
//! environment for that. For every target that hydrates at run time.
//!
//! The environment gets the ARN variables that are set here, and a region where a name has none.
//! What a parameter or the manifest itself names needs nothing.

use std::collections::BTreeMap;

use hydrant_core::manifest::Entry;
use hydrant_core::plan::Plan;
use hydrant_core::reference::SecretRef;
use hydrant_core::selector::Selector;
use hydrant_core::source::{Source, ValueId};

use super::Input;
use super::sources::{Known, sources};
use crate::error::{GenerateError, Hint, Notice, Problem};

/// What starts a program, and in which environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    /// `hydrant … run --`, to be followed by the program.
    pub(crate) command: Vec<String>,
    /// Variables, none of them secret.
    pub(crate) environment: BTreeMap<String, String>,
    /// What is read: all entries but those that nothing names a secret for.
    pub(crate) reads: Plan,
    /// Said on stderr.
    pub(crate) notices: Vec<Notice>,
}

/// # Errors
///
/// Every entry that cannot be read in a deployment as it stands here.
pub(crate) fn start(input: &Input, region: &str) -> Result<Start, GenerateError> {
    let sources = sources(&input.deployed, &input.manifest)?;
    let read = input
        .deployed
        .entries
        .iter()
        .zip(&sources)
        .filter(|(_, entry_source)| entry_source.known != Known::Unnamed);
    let reads = Plan { entries: read.map(|(planned, _)| planned.clone()).collect() };
    let (mut environment, mut notices, mut problems) =
        (BTreeMap::<String, String>::new(), Vec::new(), Vec::new());
    for entry_source in &sources {
        let arn_var = entry_source.variable().unwrap_or_default();
        match entry_source.known {
            Known::Manifest | Known::Parameter => {}
            Known::Variable => {
                let reference = reference(entry_source.entry, &entry_source.source);
                let held = environment.entry(arn_var.to_owned()).or_default();
                // Entries that share a variable say parts of its suffix themselves.
                if held.len() < reference.len() {
                    *held = reference;
                }
            }
            Known::Unnamed if entry_source.entry.need.is_required() => problems.push(Problem {
                text: format!(
                    "{}: nothing here names its secret, and a deployed program would not start without it",
                    entry_source.named(&input.manifest)
                ),
                hint: Some(Hint::Words(format!(
                    "set {arn_var} to the secret's ARN, here or in the env file; or let the manifest name it (arn_parameter, secret_id)"
                ))),
            }),
            Known::Unnamed => notices.push(Notice::from(format!(
                "{}: {arn_var} is not set here and is left out, so that a program starts without a secret for it",
                entry_source.entry.name
            ))),
        }
    }
    if !problems.is_empty() {
        return Err(GenerateError::Entries(problems));
    }
    if reads.needs_default_region() && input.settings_region.as_deref() != Some(region) {
        environment.insert("AWS_REGION".to_owned(), region.to_owned());
    }
    let command =
        [vec!["hydrant".to_owned()], options(input), vec!["run".to_owned(), "--".to_owned()]]
            .concat();
    Ok(Start { command, environment, reads, notices })
}

/// The options that were given, with the manifest where an image has it: below its working folder.
fn options(input: &Input) -> Vec<String> {
    let mut options = options_without_manifest(input);
    if options.len() < input.options.len() {
        let below = if input.manifest.is_absolute() {
            input.manifest.file_name()
        } else {
            Some(input.manifest.as_os_str())
        };
        let below = below.unwrap_or_default().to_string_lossy().into_owned();
        options.splice(..0, ["--manifest".to_owned(), below]);
    }
    options
}

/// The options that were given, but for the one that names the manifest.
pub(crate) fn options_without_manifest(input: &Input) -> Vec<String> {
    match input.options.split_first() {
        Some((first, rest)) if first == "--manifest" => rest[1..].to_vec(),
        _ => input.options.clone(),
    }
}

/// What the ARN variable of an entry holds: the ARN with what its suffix says beyond the entry.
fn reference(entry: &Entry, source: &Source) -> String {
    match &source.id {
        ValueId::Parameter(id) => id.to_string(),
        ValueId::Secret(id, version) => {
            let json_key = match (&entry.selector, &source.selector) {
                (Selector::Raw, Selector::Key(key)) => Some(key.clone()),
                _ => None,
            };
            let version = version.clone().filter(|_| entry.version.is_none());
            SecretRef { id: id.clone(), json_key, version }.to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use hydrant_core::Env;

    use super::super::tests::input;
    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf";

    fn check(entries: &str, env: &[(&str, &str)], expected: &[(&str, &str)]) {
        let start = start(&input(entries, &Env::new(env.iter().copied())), "us-east-1").unwrap();
        let found: Vec<_> =
            start.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, expected, "{entries}");
    }

    #[test]
    fn variables_hold_what_they_hold_here() {
        check("[secrets.A]\n", &[("A_SECRET_ARN", ARN)], &[("A_SECRET_ARN", ARN)]);
        let suffixed = format!("{ARN}:key:AWSPREVIOUS:");
        check("[secrets.A]\n", &[("A_SECRET_ARN", &suffixed)], &[("A_SECRET_ARN", &suffixed)]);
        // Two entries of one variable, one of which says the key itself.
        let shared =
            "[secrets.A]\narn_var = \"X\"\njson_key = \"key\"\n[secrets.B]\narn_var = \"X\"\n";
        check(shared, &[("X", &format!("{ARN}:key::"))], &[("X", &format!("{ARN}:key::"))]);
        let parameter = "arn:aws:ssm:us-east-1:123456789012:parameter/a";
        check("[secrets.A]\n", &[("A_SECRET_ARN", parameter)], &[("A_SECRET_ARN", parameter)]);
        // What the manifest names needs no variable; a name needs a region.
        check(&format!("[secrets.A]\nsecret_id = \"{ARN}\"\n"), &[], &[]);
        check("[secrets.A]\nsecret_id = \"a\"\n", &[], &[("AWS_REGION", "us-east-1")]);
    }

    #[test]
    fn an_optional_entry_may_be_named_by_nothing() {
        let start =
            start(&input("[secrets.A]\nrequired = false\n", &Env::default()), "us-east-1").unwrap();
        assert_eq!((start.environment, start.reads.entries.len()), (BTreeMap::new(), 0));
        assert_eq!(start.notices.len(), 1);
    }

    #[test]
    fn all_required_entries_that_nothing_names_are_told() {
        let failure =
            start(&input("[secrets.A]\n[secrets.B]\n", &Env::default()), "us-east-1").unwrap_err();
        let GenerateError::Entries(problems) = failure else { panic!("{failure:?}") };
        let found: Vec<_> =
            problems.iter().filter_map(|problem| problem.text.split(':').next()).collect();
        assert_eq!(found, ["A (secrets.toml", "B (secrets.toml"]);
    }
}
