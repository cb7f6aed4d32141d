//! The operator's resources: a store for each region and service, an ExternalSecret of the required
//! entries, and one of each optional entry.
//!
//! See <https://external-secrets.io/latest/provider/aws-secrets-manager/> and
//! <https://external-secrets.io/latest/provider/aws-parameter-store/>.

use std::collections::{BTreeMap, BTreeSet};

use hydrant_core::Batch;
use hydrant_core::plan::Plan;

use super::super::comment::comment;
use super::super::yaml::{Yaml, documents, list, map, text, word};
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
    let is_required = |datum: &&Datum<'_>| datum.entry_source.entry.need.is_required();
    let (required, optional): (Vec<&Datum<'_>>, Vec<_>) = data.iter().partition(is_required);
    let stores: BTreeSet<&Store> = data.iter().map(|datum| &datum.store).collect();
    let mut resources: Vec<Yaml> = stores.into_iter().map(|one| store(one, options)).collect();
    if !required.is_empty() {
        resources.push(external_secret(&options.name, &required, &home, options));
    }
    for datum in optional {
        let name = &names[datum.entry_source.entry.name.as_str()];
        resources.push(external_secret(name, &[datum], &datum.store, options));
    }
    let text = input.header("#", &words(input, options, region), "external-secrets.yaml")
        + &allowed(input, options, &data, region)?
        + &used(&data, options, &names)
        + &documents(&resources);
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
                    "{}: {name} is not a valid name for a Secret",
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
    input: &Input,
    options: &Options,
    data: &[Datum<'_>],
    region: &str,
) -> std::result::Result<String, GenerateError> {
    let read = data.iter().map(|datum| datum.entry_source.planned());
    let plan = Plan { entries: read.collect() };
    let document = input.run_policy(&plan, region, options.account.as_deref(), Batch::Never)?;
    let who = match &options.service_account {
        Some(name) => format!("the service account {name}"),
        None => "the operator".to_owned(),
    };
    let mut lines = comment("#", 0, &format!("\nThe role of {who} has to be allowed:"));
    for statement in &document.statement {
        let actions = statement.action.join(", ").replace("ssm:GetParameters", ONE_PARAMETER);
        for resource in &statement.resource {
            lines += &comment("#", 1, &format!("{actions} on {resource}"));
        }
        for (operator, keys) in &statement.condition {
            for (key, values) in keys {
                let values = values.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                lines += &comment("#", 2, &format!("where {key} ({operator}) is {values}"));
            }
        }
    }
    Ok(lines)
}

/// How a container takes the variables, as a comment.
fn used(data: &[Datum<'_>], options: &Options, names: &BTreeMap<&str, String>) -> String {
    let secret = |entries: Vec<(&'static str, Yaml)>| map([("secretRef", map(entries))]);
    let mut secrets = Vec::new();
    if data.iter().any(|datum| datum.entry_source.entry.need.is_required()) {
        secrets.push(secret(vec![("name", word(&options.name))]));
    }
    for datum in data {
        if let Some(name) = names.get(datum.entry_source.entry.name.as_str()) {
            secrets.push(secret(vec![("name", word(name)), ("optional", Yaml::Bool(true))]));
        }
    }
    comment("#", 0, "\nA container takes the variables so:")
        + &comment("#", 1, &map([("envFrom", list(secrets))]).to_string())
}

fn store_kind(options: &Options) -> Yaml {
    word(if options.cluster_store { "ClusterSecretStore" } else { "SecretStore" })
}

fn store_name(store: &Store, options: &Options) -> Yaml {
    let of = if store.service == Service::ParameterStore { "parameters-" } else { "" };
    text(format!("{}-{of}{}", options.name, store.region))
}

fn resource(kind: Yaml, name: Yaml, namespace: Option<&str>, spec: Yaml) -> Yaml {
    let mut metadata = vec![("name", name)];
    metadata.extend(namespace.map(|namespace| ("namespace", text(namespace))));
    map([
        ("apiVersion", word("external-secrets.io/v1")),
        ("kind", kind),
        ("metadata", map(metadata)),
        ("spec", spec),
    ])
}

fn store(store: &Store, options: &Options) -> Yaml {
    // A store of the cluster has no namespace of its own, and its service account has one.
    let namespace = options.namespace.as_deref();
    let (own, of_account) =
        if options.cluster_store { (None, namespace) } else { (namespace, None) };
    let mut aws =
        vec![("service", word(format!("{:?}", store.service))), ("region", text(&store.region))];
    if let Some(account) = &options.service_account {
        let mut reference = vec![("name", text(account))];
        reference.extend(of_account.map(|namespace| ("namespace", text(namespace))));
        aws.push(("auth", map([("jwt", map([("serviceAccountRef", map(reference))]))])));
    }
    let spec = map([("provider", map([("aws", map(aws))]))]);
    resource(store_kind(options), store_name(store, options), own, spec)
}

fn external_secret(name: &str, data: &[&Datum<'_>], home: &Store, options: &Options) -> Yaml {
    let spec = map([
        ("refreshInterval", text(&options.refresh_interval)),
        ("secretStoreRef", store_reference(home, options)),
        ("target", map([("name", text(name))])),
        ("data", list(data.iter().map(|datum| value(datum, home, options)))),
    ]);
    resource(word("ExternalSecret"), text(name), options.namespace.as_deref(), spec)
}

fn store_reference(store: &Store, options: &Options) -> Yaml {
    map([("name", store_name(store, options)), ("kind", store_kind(options))])
}

/// One value, with its store where that is another than the one of the resource.
fn value(datum: &Datum<'_>, home: &Store, options: &Options) -> Yaml {
    let mut remote = vec![("key", text(&datum.key))];
    remote.extend(datum.version.as_ref().map(|version| ("version", text(version))));
    remote.extend(datum.property.as_ref().map(|property| ("property", text(property))));
    let mut entry = vec![("secretKey", text(&datum.entry_source.entry.name))];
    if datum.store != *home {
        let store = map([("storeRef", store_reference(&datum.store, options))]);
        entry.push(("sourceRef", store));
    }
    entry.push(("remoteRef", map(remote)));
    map(entry)
}
