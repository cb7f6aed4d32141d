//! What the operator reads: for each entry its store, and the key, version and part by which the
//! operator finds the value.

use hydrant_core::reference::{ParameterId, Version};
use hydrant_core::source::ValueId;

use super::super::Input;
use super::super::sources::{EntrySource, Known, sources};
use super::property::property;
use crate::error::{GenerateError, Hint, Notice, Problem};

/// What the operator reads from: one service in one region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Store {
    pub(super) service: Service,
    pub(super) region: String,
}

/// By the operator's own names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Service {
    SecretsManager,
    ParameterStore,
}

/// One value.
pub(super) struct Datum<'a> {
    pub(super) entry_source: EntrySource<'a>,
    pub(super) store: Store,
    pub(super) key: String,
    pub(super) version: Option<String>,
    pub(super) property: Option<String>,
}

/// The values of all entries, but for those that nothing names a secret for and that have a
/// default.
///
/// # Errors
///
/// Every entry that the operator has no path to.
pub(super) fn data<'a>(
    input: &'a Input,
    region: &str,
    notices: &mut Vec<Notice>,
) -> Result<Vec<Datum<'a>>, GenerateError> {
    let (mut data, mut wrong) = (Vec::new(), Vec::new());
    for entry_source in sources(&input.deployed, &input.manifest)? {
        let name = &entry_source.entry.name;
        match entry_source.known {
            Known::Unnamed if entry_source.has_default() => {
                notices.push(Notice::from(format!(
                    "{name}: nothing names a secret for it, and it has a default: it is left out"
                )));
                continue;
            }
            Known::Unnamed | Known::Parameter => notices.push(Notice::from(format!(
                "{name}: nothing here names its secret, so it counts by its name to create, {}",
                entry_source.entry.create_name
            ))),
            Known::Manifest | Known::Variable => {}
        }
        let property = match property(&entry_source.source.selector) {
            Ok(property) => property,
            Err(why) => {
                wrong.push(Problem {
                    text: format!("{}: {why}", entry_source.named(&input.manifest)),
                    hint: Some(Hint::NameKeyOrHydrate),
                });
                continue;
            }
        };
        let own = entry_source.source.id.region().unwrap_or(region).to_owned();
        let (service, key, version) = match &entry_source.source.id {
            ValueId::Secret(id, version) => {
                let version = version.as_ref().map(|version| match version {
                    Version::Stage(stage) => stage.clone(),
                    Version::Id(id) => format!("uuid/{id}"),
                });
                (Service::SecretsManager, id.as_str().to_owned(), version)
            }
            ValueId::Parameter(id) => {
                let (key, version) = parameter(id);
                (Service::ParameterStore, key, version)
            }
        };
        data.push(Datum {
            store: Store { service, region: own },
            key,
            version,
            property,
            entry_source,
        });
    }
    if wrong.is_empty() { Ok(data) } else { Err(GenerateError::Entries(wrong)) }
}

/// A parameter without its version, and the version.
fn parameter(id: &ParameterId) -> (String, Option<String>) {
    // An ARN has colons of its own before the name, which has none.
    let own = match id {
        ParameterId::Arn(_) => 5,
        ParameterId::Name(_) => 0,
    };
    let text = id.as_str();
    match text.match_indices(':').nth(own) {
        Some((at, _)) => (text[..at].to_owned(), Some(text[at + 1..].to_owned())),
        None => (text.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_parameters() {
        let check = |text: &str, key: &str, version: Option<&str>| {
            let found = parameter(&ParameterId::parse(text).unwrap());
            assert_eq!((found.0.as_str(), found.1.as_deref()), (key, version));
        };
        check("/a/b", "/a/b", None);
        check("/a/b:3", "/a/b", Some("3"));
        let arn = "arn:aws:ssm:us-east-1:123456789012:parameter/a";
        check(arn, arn, None);
        check(&format!("{arn}:label"), arn, Some("label"));
    }
}
