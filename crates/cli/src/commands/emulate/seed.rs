//! Fills the emulator so that every entry of the manifest finds what it names.
//!
//! Entries that name the same secret share it. If they use JSON keys, it is one JSON object.

use std::collections::{BTreeMap, BTreeSet};

use hydrant::{EnvFile, Manifest};
use hydrant_core::EnvFileError;
use hydrant_core::json_pointer;
use hydrant_core::manifest::Entry;
use hydrant_core::plan::{Plan, Planned};
use hydrant_core::reference::{ParameterId, SecretId, Version};
use hydrant_core::selector::Selector;
use hydrant_core::shown;
use hydrant_core::source::{Source, ValueId};
use hydrant_emulator::{Emulator, Error, ParameterType};
use serde_json::{Map, Value};

use crate::child::shown_variable;
use crate::failure::Failure;

/// The reason why there is no emulator.
pub(super) fn not_started(port: u16, error: Error) -> Failure {
    match error {
        Error::Start(source) => {
            Failure::File { doing: format!("listen on 127.0.0.1:{port}"), source }
        }
        error => Failure::Internal(error.to_string()),
    }
}

/// The reason why there are no values for the entries. An invalid line is identified by its file
/// and line number, in both files.
pub(super) fn unreadable(error: EnvFileError) -> Failure {
    match error {
        EnvFileError::Io { path, source } => {
            Failure::File { doing: format!("read the seed file {}", shown::path(&path)), source }
        }
        error => Failure::Hydration(error.into()),
    }
}

/// Logs which entries get a placeholder, and which names of the seed file are not in the manifest.
pub(super) fn tell(values: &EnvFile, manifest: &Manifest, entries: &[&Entry]) {
    let known: BTreeSet<&str> = manifest.names().collect();
    for name in values.names().filter(|name| !known.contains(name)) {
        let name = shown_variable(name, values);
        tracing::warn!(variable = name, "{name} in the seed file is not an entry of the manifest");
    }
    let (mut placeholders, mut seeded, mut never_filled) = (Vec::new(), Vec::new(), Vec::new());
    for name in entries.iter().map(|entry| entry.name.as_str()) {
        match values.iter().find(|(given, _)| *given == name) {
            None => placeholders.push(name),
            Some((_, "")) => never_filled.push(name),
            Some(_) => seeded.push(name),
        }
    }
    let told = [
        ("placeholders", placeholders),
        ("values of the seed file", seeded),
        ("never filled", never_filled),
    ];
    for (what, names) in told.into_iter().filter(|(_, names)| !names.is_empty()) {
        tracing::info!("{what}: {}", names.join(", "));
    }
}

/// A secret to create, and the entries that read it.
struct Secret<'a> {
    id: SecretId,
    readers: Vec<(&'a Entry, Selector)>,
    versions: BTreeSet<Version>,
    parameters: BTreeSet<&'a ParameterId>,
    variables: BTreeSet<&'a str>,
}

/// What the emulator was filled with.
#[derive(Default)]
pub(super) struct Seeded {
    pub(super) secrets: usize,
    pub(super) parameters: usize,
    /// The references that variables will hold.
    pub(super) references: Vec<(String, String)>,
}

/// Creates the secrets and parameters of a plan that was made without any variable.
pub(super) fn seed(
    emulator: &Emulator,
    region: &str,
    plan: &Plan,
    values: &EnvFile,
) -> Result<Seeded, Failure> {
    let mut seeded = Seeded::default();
    let mut put = |id: &ParameterId, value: &str, kind, readers: &[(&Entry, Selector)]| {
        seeded.parameters += 1;
        put_parameter(emulator, region, id, value, kind).map_err(|error| about(readers, &error))
    };
    for secret in secrets(plan) {
        let arn = create(emulator, region, &secret, values)
            .map_err(|error| about(&secret.readers, &error))?;
        for parameter in &secret.parameters {
            put(parameter, &arn, ParameterType::String, &secret.readers)?;
        }
        seeded.secrets += 1;
        seeded
            .references
            .extend(secret.variables.iter().map(|variable| ((*variable).to_owned(), arn.clone())));
    }
    for (parameter, readers) in value_parameters(plan) {
        if let Some(value) = document(&readers, values) {
            put(&parameter, &value, ParameterType::SecureString, &readers)?;
        }
    }
    Ok(seeded)
}

fn about(readers: &[(&Entry, Selector)], error: &Error) -> Failure {
    let named: Vec<_> =
        readers.iter().map(|(entry, _)| format!("{} (line {})", entry.name, entry.line)).collect();
    Failure::Values(vec![format!("the emulator cannot hold {}: {error}", named.join(", "))])
}

/// The secrets behind the entries. Two entries share one if they name the same secret or parameter,
/// or have the same name to create.
fn secrets(plan: &Plan) -> Vec<Secret<'_>> {
    let mut secrets: Vec<Secret<'_>> = Vec::new();
    for planned in &plan.entries {
        let Planned { entry, step } = planned;
        let Source { id, selector, .. } = planned.source_or_created();
        let ValueId::Secret(id, version) = id else { continue };
        let same = |secret: &&mut Secret<'_>| {
            let parameter = step.parameter.as_ref();
            secret.id == id || parameter.is_some_and(|id| secret.parameters.contains(id))
        };
        let secret = match secrets.iter_mut().find(same) {
            Some(secret) => secret,
            None => {
                let (readers, versions) = (Vec::new(), BTreeSet::new());
                let (parameters, variables) = (BTreeSet::new(), BTreeSet::new());
                secrets.push(Secret { id, readers, versions, parameters, variables });
                let last = secrets.len() - 1;
                &mut secrets[last]
            }
        };
        secret.readers.push((entry, selector));
        secret.versions.extend(version);
        secret.parameters.extend(&step.parameter);
        // The variable is set only if there is no other way, so that the calls are those of a
        // deployment.
        if step.is_local() {
            secret.variables.extend(entry.source_keys.variable());
        }
    }
    secrets
}

/// The parameters that hold values themselves.
fn value_parameters(plan: &Plan) -> BTreeMap<ParameterId, Vec<(&Entry, Selector)>> {
    let mut parameters: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for planned in &plan.entries {
        let Source { id, selector, .. } = planned.source_or_created();
        if let ValueId::Parameter(id) = id {
            parameters.entry(id).or_default().push((&*planned.entry, selector));
        }
    }
    parameters
}

/// Creates a secret, with its pinned versions, and returns its ARN.
fn create(
    emulator: &Emulator,
    region: &str,
    secret: &Secret<'_>,
    values: &EnvFile,
) -> Result<String, Error> {
    let value = document(&secret.readers, values);
    let (region, arn) = match &secret.id {
        SecretId::Arn(arn) => (arn.region(), emulator.create_secret_with_arn(arn.as_str(), None)?),
        SecretId::Name(name) => (region, emulator.create_secret(region, name, None)?),
    };
    let Some(value) = value else { return Ok(arn) };
    for version in &secret.versions {
        match version {
            Version::Id(id) => emulator.put_secret_version(region, &arn, &value, id)?,
            Version::Stage(stage) if stage == Version::CURRENT => {}
            // The previous version becomes AWSPREVIOUS automatically.
            Version::Stage(stage) if stage == Version::PREVIOUS => {
                _ = emulator.put_secret_value(region, &arn, &value)?
            }
            Version::Stage(stage) => {
                _ = emulator.put_secret_value_staged(region, &arn, &value, &[stage])?
            }
        }
    }
    emulator.put_secret_value(region, &arn, &value)?;
    Ok(arn)
}

/// Creates a parameter, up to the version or with the label that its selector names.
fn put_parameter(
    emulator: &Emulator,
    region: &str,
    id: &ParameterId,
    value: &str,
    kind: ParameterType,
) -> Result<(), Error> {
    let selector = id.as_str().strip_prefix(id.name()).and_then(|rest| rest.strip_prefix(':'));
    let put = || match id {
        ParameterId::Arn(arn) => emulator.put_parameter_with_arn(arn.as_str(), value, kind),
        ParameterId::Name(_) => emulator.put_parameter(region, id.name(), value, kind),
    };
    put()?;
    match selector.map(|selector| (selector, selector.parse::<u32>())) {
        None => Ok(()),
        Some((_, Ok(version))) => (1..version.min(100)).try_for_each(|_| put().map(|_| ())),
        Some((label, Err(_))) => emulator.label_parameter_version(region, id.name(), 1, label),
    }
}

/// The content of a secret: the value of its reader, or a JSON object of what its readers use.
/// `None` for a secret without a value, which an empty value in the seed file requests.
fn document(readers: &[(&Entry, Selector)], values: &EnvFile) -> Option<String> {
    let value = |entry: &Entry| match values.iter().find(|(name, _)| *name == entry.name) {
        Some((_, value)) => value.to_owned(),
        None => format!("placeholder-for-{}", entry.name),
    };
    let mut object = Map::new();
    for (entry, selector) in readers {
        let path: Vec<String> = match selector {
            Selector::Raw => continue,
            Selector::Key(key) => vec![key.clone()],
            Selector::Pointer(pointer) => json_pointer::tokens(pointer).collect(),
        };
        insert(&mut object, &path, value(entry));
    }
    let text = match readers.first() {
        Some((entry, Selector::Raw)) if object.is_empty() => value(entry),
        _ => Value::Object(object).to_string(),
    };
    (!text.is_empty()).then_some(text)
}

fn insert(object: &mut Map<String, Value>, path: &[String], value: String) {
    let Some((key, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        object.insert(key.clone(), Value::String(value));
    } else if let Value::Object(inner) =
        object.entry(key.clone()).or_insert_with(|| Value::Object(Map::new()))
    {
        insert(inner, rest, value);
    }
}
