//! The operator's resources: a store for each region and service, an ExternalSecret of the required
//! entries, and one of each optional entry.
//!
//! See <https://external-secrets.io/latest/provider/aws-secrets-manager/> and
//! <https://external-secrets.io/latest/provider/aws-parameter-store/>.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use hydrant_core::Batch;
use hydrant_core::plan::Plan;

use super::super::yaml::{quoted, word};
use super::super::{Generated, Input, Result};
use super::data::{Datum, Service, Store, data};
use super::{Options, words};
use crate::error::{GenerateError, Hint, Problem};

/// The operator asks for parameters one by one, which is another action than that of hydrant.
const ONE_PARAMETER: &str = "ssm:GetParameter";

pub(super) fn generate(input: &Input, options: &Options, region: &str) -> Result {
    let mut notices = Vec::new();
    let data = data(input, region, &mut notices)?;
    let Some(home) = data.iter().map(|datum| &datum.store).min().cloned() else {
        return Err(GenerateError::usage(
            "there is nothing to generate: no entry that is selected names a secret",
        ));
    };
    let names = names(&data, options, input)?;
    let stores: BTreeSet<&Store> = data.iter().map(|datum| &datum.store).collect();
    let mut text = input.header("#", &words(input, options, region), "external-secrets.yaml");
    allowed(&mut text, input, options, &data, region)?;
    used(&mut text, &data, options, &names);
    for each in stores {
        store(&mut text, each, options);
    }
    let required: Vec<&Datum<'_>> =
        data.iter().filter(|datum| datum.entry_source.entry.need.is_required()).collect();
    if !required.is_empty() {
        external_secret(&mut text, &options.name, &required, &home, options);
    }
    for datum in data.iter().filter(|datum| !datum.entry_source.entry.need.is_required()) {
        external_secret(
            &mut text,
            &names[datum.entry_source.entry.name.as_str()],
            &[datum],
            &datum.store,
            options,
        );
    }
    Ok(Generated { text, notices, warnings: Vec::new() })
}

/// The names of the optional entries' resources, by variable.
fn names<'a>(
    data: &'a [Datum<'_>],
    options: &Options,
    input: &Input,
) -> std::result::Result<BTreeMap<&'a str, String>, GenerateError> {
    let (mut names, mut taken, mut wrong) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for datum in data.iter().filter(|datum| !datum.entry_source.entry.need.is_required()) {
        let variable = datum.entry_source.entry.name.as_str();
        let own = variable.to_ascii_lowercase().replace('_', "-");
        let name = format!("{}-{}", options.name, own.trim_matches('-'));
        if let Some(other) = taken.insert(name.clone(), variable) {
            wrong.push(Problem {
                text: format!(
                    "{}: its Secret would have the name of {other}'s, {name}",
                    datum.entry_source.named(&input.manifest)
                ),
                hint: Some(Hint::SplitFile),
            });
        }
        if name.len() > LONGEST_NAME || name.ends_with('-') {
            wrong.push(Problem {
                text: format!(
                    "{}: {name} is no name for a Secret",
                    datum.entry_source.named(&input.manifest)
                ),
                hint: Some(Hint::ShortenName),
            });
        }
        names.insert(variable, name);
    }
    if wrong.is_empty() { Ok(names) } else { Err(GenerateError::Entries(wrong)) }
}

/// The longest name of a Secret or an ExternalSecret.
const LONGEST_NAME: usize = 253;

/// What the role of the stores is to be allowed, as a comment.
fn allowed(
    text: &mut String,
    input: &Input,
    options: &Options,
    data: &[Datum<'_>],
    region: &str,
) -> std::result::Result<(), GenerateError> {
    let read = data.iter().map(|datum| datum.entry_source.planned());
    let plan = Plan { entries: read.collect() };
    let document = input.run_policy(&plan, region, options.account.as_deref(), Batch::Never)?;
    let who = match &options.service_account {
        Some(name) => format!("the service account {name}"),
        None => "the operator".to_owned(),
    };
    // Writing to a String does not fail.
    _ = writeln!(text, "#\n# The role of {who} has to be allowed:");
    for statement in &document.statement {
        let actions = statement.action.join(", ").replace("ssm:GetParameters", ONE_PARAMETER);
        for resource in &statement.resource {
            _ = writeln!(text, "#     {actions} on {resource}");
        }
        for (operator, keys) in &statement.condition {
            for (key, values) in keys {
                let values = values.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                _ = writeln!(text, "#         where {key} ({operator}) is {values}");
            }
        }
    }
    Ok(())
}

/// How a container takes the variables, as a comment.
fn used(text: &mut String, data: &[Datum<'_>], options: &Options, names: &BTreeMap<&str, String>) {
    text.push_str("#\n# A container takes the variables so:\n#     envFrom:\n");
    if data.iter().any(|datum| datum.entry_source.entry.need.is_required()) {
        _ = writeln!(text, "#       - secretRef:\n#           name: {}", word(&options.name));
    }
    for datum in data {
        if let Some(name) = names.get(datum.entry_source.entry.name.as_str()) {
            _ = writeln!(
                text,
                "#       - secretRef:\n#           name: {}\n#           optional: true",
                word(name)
            );
        }
    }
}

fn store_kind(options: &Options) -> &'static str {
    if options.cluster_store { "ClusterSecretStore" } else { "SecretStore" }
}

fn store_name(store: &Store, options: &Options) -> String {
    let of = if store.service == Service::ParameterStore { "parameters-" } else { "" };
    format!("{}-{of}{}", options.name, store.region)
}

fn metadata(text: &mut String, name: &str, namespace: Option<&str>) {
    _ = writeln!(text, "metadata:\n  name: {}", quoted(name));
    if let Some(namespace) = namespace {
        _ = writeln!(text, "  namespace: {}", quoted(namespace));
    }
}

fn store(text: &mut String, store: &Store, options: &Options) {
    _ = writeln!(text, "---\napiVersion: external-secrets.io/v1\nkind: {}", store_kind(options));
    metadata(
        text,
        &store_name(store, options),
        options.namespace.as_deref().filter(|_| !options.cluster_store),
    );
    _ = writeln!(
        text,
        "spec:\n  provider:\n    aws:\n      service: {:?}\n      region: {}",
        store.service,
        quoted(&store.region)
    );
    if let Some(account) = &options.service_account {
        _ = writeln!(
            text,
            "      auth:\n        jwt:\n          serviceAccountRef:\n            name: {}",
            quoted(account)
        );
        // A store of the cluster has no namespace of its own.
        if let Some(namespace) = options.namespace.as_deref().filter(|_| options.cluster_store) {
            _ = writeln!(text, "            namespace: {}", quoted(namespace));
        }
    }
}

fn external_secret(
    text: &mut String,
    name: &str,
    data: &[&Datum<'_>],
    home: &Store,
    options: &Options,
) {
    let home_name = store_name(home, options);
    text.push_str("---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\n");
    metadata(text, name, options.namespace.as_deref());
    _ = writeln!(
        text,
        "spec:\n  refreshInterval: {}\n  secretStoreRef:\n    name: {}\n    kind: {}\n  target:\n    name: {}\n  data:",
        quoted(&options.refresh_interval),
        quoted(&home_name),
        store_kind(options),
        quoted(name)
    );
    for Datum { entry_source, store, key, version, property } in data {
        _ = writeln!(text, "    - secretKey: {}", quoted(&entry_source.entry.name));
        if store != home {
            let (name, kind) = (quoted(&store_name(store, options)), store_kind(options));
            _ = writeln!(
                text,
                "      sourceRef:\n        storeRef:\n          name: {name}\n          kind: {kind}"
            );
        }
        _ = writeln!(text, "      remoteRef:\n        key: {}", quoted(key));
        if let Some(version) = version {
            _ = writeln!(text, "        version: {}", quoted(version));
        }
        if let Some(property) = property {
            _ = writeln!(text, "        property: {}", quoted(property));
        }
    }
}
