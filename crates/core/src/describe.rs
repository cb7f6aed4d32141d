//! Describe: checks every distinct source without reading its value, for `check --live`.
//!
//! Replaces fetch and extract. The report shows what it finds as present, or with the reason.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};

use crate::extract::{Extracted, Found, FoundValue};
use crate::limits::Limits;
use crate::pages::Pages;
use crate::reason::Reason;
use crate::reference::{ParameterId, Version};
use crate::resolve::Resolved;
use crate::retry::retrying;
use crate::shown::KnownValues;
use crate::source::ValueId;
use crate::store::{
    Action, ParameterDescription, ParameterStore, SecretDescription, SecretRequest, StoreError,
    StoreErrorKind,
};
use crate::stores::Stores;

/// Calls DescribeSecret or DescribeParameters for every distinct source.
pub async fn describe(resolved: Resolved, stores: &Stores, limits: &Limits) -> Extracted {
    let Resolved { mut entries, absent, read } = resolved;
    let sources = entries.iter().filter_map(|planned| planned.step.source());
    let ids: BTreeSet<ValueId> = sources.map(|source| source.id.clone()).collect();
    let requested = stream::iter(ids).map(|id| async {
        let outcome = ask(&id, stores, limits).await;
        (id, outcome)
    });
    let mut responses: BTreeMap<ValueId, Result<(), Reason>> =
        requested.buffer_unordered(limits.concurrency()).collect().await;
    // No value is read here, except one that somebody published in the place of a reference.
    let known = KnownValues::new(&read);
    responses
        .values_mut()
        .filter_map(|response| response.as_mut().err())
        .for_each(|reason| reason.hide(&known));
    for planned in &mut entries {
        planned.step.hide(&known);
    }
    let entries = entries.into_iter().map(|planned| {
        Found::of(planned, |source| match responses.get(&source.id) {
            Some(Err(reason)) => (None, FoundValue::Without(reason.clone())),
            _ => (None, FoundValue::Present),
        })
    });
    Extracted { entries: entries.collect(), absent }
}

async fn ask(id: &ValueId, stores: &Stores, limits: &Limits) -> Result<(), Reason> {
    let region = id.region().or(stores.region.as_deref()).ok_or(Reason::NoRegion)?;
    match (id, &stores.parameters) {
        (ValueId::Secret(id, version), _) => {
            let request = SecretRequest {
                region: region.to_owned(),
                id: id.clone(),
                version: version.clone(),
            };
            let response = retrying(limits, Action::DescribeSecret, || {
                stores.secrets.describe_secret(&request)
            })
            .await;
            let description = response.map_err(|error| match error.kind {
                StoreErrorKind::Absent => Reason::SecretAbsent(error),
                _ => Reason::Store(error),
            })?;
            readable(&description, version.as_ref())
        }
        (ValueId::Parameter(_), None) => Err(Reason::NoParameterStore),
        (ValueId::Parameter(id), Some(store)) => {
            let response = parameter(region, id, &**store, limits).await;
            match described(id, response.map_err(Reason::Store)?.as_ref()) {
                Described::Current | Described::Older(_) => Ok(()),
                Described::Absent => Err(Reason::ParameterAbsent { parameter: id.clone().into() }),
                Described::Unknown => Err(Reason::NotDescribed { parameter: id.clone().into() }),
            }
        }
    }
}

/// The metadata of a parameter from DescribeParameters, on any page: AWS may return empty pages
/// before it. `None` if there is no such parameter.
pub(crate) async fn parameter(
    region: &str,
    id: &ParameterId,
    store: &dyn ParameterStore,
    limits: &Limits,
) -> Result<Option<ParameterDescription>, StoreError> {
    let mut pages = Pages::default();
    loop {
        let call = || store.describe_parameter(region, id, pages.token.clone());
        let page = retrying(limits, Action::DescribeParameters, call).await?;
        if page.found.is_some() || !pages.next(0, page.next, Action::DescribeParameters)? {
            return Ok(page.found);
        }
    }
}

/// The result of DescribeParameters for the parameter of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Described {
    /// It exists, and its current version is read.
    Current,
    /// It exists, and this older version is read.
    Older(i64),
    /// There is none.
    Absent,
    /// Only a read can show it.
    Unknown,
}

/// The most versions of a parameter
/// ([AWS](https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html)).
const MOST_VERSIONS: i64 = 100;

/// DescribeParameters only finds names in the caller's account, and only returns current versions.
/// A parameter found by the name in an ARN is only the right one if it has that ARN: another
/// account may have the parameter that is meant.
pub(crate) fn described(id: &ParameterId, found: Option<&ParameterDescription>) -> Described {
    let selector = id.selector();
    let found = match (id, found) {
        _ if id.is_managed() => return Described::Unknown,
        (ParameterId::Name(_), None) => return Described::Absent,
        (ParameterId::Name(_), Some(found)) => found,
        (ParameterId::Arn(_), found) => {
            let selected = selector.map_or(0, |selector| selector.len() + 1);
            let arn = &id.as_str()[..id.as_str().len() - selected];
            match found.filter(|found| found.arn.as_deref() == Some(arn)) {
                Some(found) => found,
                None => return Described::Unknown,
            }
        }
    };
    let Some(selector) = selector else { return Described::Current };
    match selector.parse::<i64>() {
        Ok(version) if version == found.version => Described::Current,
        Ok(version) if version > found.version || version < 1 => Described::Absent,
        Ok(version) if version > found.version - MOST_VERSIONS => Described::Older(version),
        _ => Described::Unknown,
    }
}

/// Whether the described secret has the version that would be read.
fn readable(description: &SecretDescription, version: Option<&Version>) -> Result<(), Reason> {
    let absent = |message: String| {
        Err(Reason::SecretAbsent(StoreError::new(
            StoreErrorKind::Absent,
            Action::DescribeSecret,
            message,
        )))
    };
    if description.deleted.is_some() {
        return absent("the secret is scheduled for deletion".to_owned());
    }
    match (described_version(description, version), version) {
        (DescribedVersion::At(_), _) => Ok(()),
        (DescribedVersion::Unknown, _) => Err(Reason::VersionNotDescribed),
        (DescribedVersion::Absent, Some(Version::Stage(stage))) => {
            absent(format!("no version of the secret has the stage {stage}"))
        }
        (DescribedVersion::Absent, _) => {
            absent("the secret was created and never given a value".to_owned())
        }
    }
}

/// The result of DescribeSecret for the version that an entry reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DescribedVersion<'a> {
    /// It exists, with this id.
    At(&'a str),
    /// There is none.
    Absent,
    /// Only a read can show it.
    Unknown,
}

/// DescribeSecret only lists versions with a staging label; others may exist. AWS attaches
/// `AWSPENDING` before there is a version, and its documentation says to read it
/// (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html>).
pub(crate) fn described_version<'a>(
    description: &'a SecretDescription,
    version: Option<&'a Version>,
) -> DescribedVersion<'a> {
    let id = match version {
        // A secret without a value has no version at all.
        Some(Version::Id(_)) if description.versions.is_empty() => None,
        Some(Version::Id(id)) => Some(id.as_str()),
        Some(Version::Stage(stage)) => description.version_at(stage),
        None => description.version_at(Version::CURRENT),
    };
    let Some(id) = id else { return DescribedVersion::Absent };
    match description.versions.iter().find(|(listed, _)| listed == id) {
        Some((_, stages))
            if stages.iter().all(|stage| stage != Version::PENDING) || stages.len() > 1 =>
        {
            DescribedVersion::At(id)
        }
        _ => DescribedVersion::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Env;
    use crate::store::{MockParameterStore, MockSecretStore, ParameterPage};
    use crate::tests::{absent, denied, limits, planned, stores_with};

    #[test]
    fn a_secret_is_readable_at_a_version_that_it_has() {
        let check = |deleted: bool, stages: &[&str], version: Option<Version>, expected: bool| {
            let stages: Vec<_> = stages.iter().map(|stage| (*stage).to_owned()).collect();
            let versions =
                if stages.is_empty() { vec![] } else { vec![("id-1".to_owned(), stages)] };
            let deleted = deleted.then_some(std::time::SystemTime::UNIX_EPOCH);
            let description =
                SecretDescription { deleted, versions, ..SecretDescription::default() };
            assert_eq!(readable(&description, version.as_ref()).is_ok(), expected);
        };
        let stage = |text: &str| Some(Version::Stage(text.to_owned()));
        let id = |text: &str| Some(Version::Id(text.to_owned()));
        check(false, &["AWSCURRENT"], None, true);
        check(true, &["AWSCURRENT"], None, false);
        check(false, &[], None, false);
        check(false, &["AWSPENDING"], None, false);
        check(false, &["AWSCURRENT"], stage("AWSPREVIOUS"), false);
        check(false, &["AWSPREVIOUS"], stage("AWSPREVIOUS"), true);
        check(false, &["AWSCURRENT"], id("id-1"), true);
        check(false, &["AWSCURRENT"], id("id-2"), false);
        check(false, &[], id("id-2"), false);
    }

    #[test]
    fn a_version_is_there_or_not_or_only_a_read_tells() {
        let check = |versions: &[(&str, &[&str])],
                     version: Version,
                     expected: DescribedVersion<'_>| {
            let own = |(id, stages): &(&str, &[&str])| {
                ((*id).to_owned(), stages.iter().map(ToString::to_string).collect())
            };
            let versions = versions.iter().map(own).collect();
            let description = SecretDescription { versions, ..SecretDescription::default() };
            assert_eq!(described_version(&description, Some(&version)), expected, "{version:?}");
        };
        let (id, stage) =
            (|id: &str| Version::Id(id.to_owned()), |stage: &str| Version::Stage(stage.to_owned()));
        let listed: &[(&str, &[&str])] = &[
            ("a", &["AWSCURRENT"]),
            ("b", &["AWSPENDING"]),
            ("c", &["AWSPENDING", "BLUE"]),
            ("d", &[]),
        ];
        check(listed, id("a"), DescribedVersion::At("a"));
        check(listed, id("b"), DescribedVersion::Unknown);
        check(listed, stage("AWSPENDING"), DescribedVersion::Unknown);
        check(listed, id("c"), DescribedVersion::At("c"));
        check(listed, stage("BLUE"), DescribedVersion::At("c"));
        // Some servers also list versions without a label.
        check(listed, id("d"), DescribedVersion::At("d"));
        check(listed, id("e"), DescribedVersion::Unknown);
        check(listed, stage("GREEN"), DescribedVersion::Absent);
        check(&[], id("a"), DescribedVersion::Absent);
    }

    #[test]
    fn a_parameter_is_the_one_that_is_meant_or_it_is_not_known() {
        const OWN: &str = "arn:aws:ssm:us-east-1:123456789012:parameter/a";
        let check = |id: &str, found: Option<(Option<&str>, i64)>, expected: Described| {
            let found = found.map(|(arn, version)| ParameterDescription {
                arn: arn.map(str::to_owned),
                version,
                ..ParameterDescription::default()
            });
            let id = ParameterId::parse(id).unwrap();
            assert_eq!(described(&id, found.as_ref()), expected, "{id} {found:?}");
        };
        check("/a", None, Described::Absent);
        check("/a", Some((None, 3)), Described::Current);
        check("/a:3", Some((None, 3)), Described::Current);
        check("/a:2", Some((None, 3)), Described::Older(2));
        check("/a:4", Some((None, 3)), Described::Absent);
        check("/a:0", Some((None, 3)), Described::Absent);
        check("/a:101", Some((None, 200)), Described::Older(101));
        check("/a:100", Some((None, 200)), Described::Unknown);
        check("/a:blue", Some((None, 3)), Described::Unknown);
        check("/a:blue", None, Described::Absent);
        check("/aws/service/x", None, Described::Unknown);
        check("/aws/reference/secretsmanager/a", None, Described::Unknown);
        check(OWN, Some((Some(OWN), 3)), Described::Current);
        check(&format!("{OWN}:2"), Some((Some(OWN), 3)), Described::Older(2));
        check(OWN, Some((None, 3)), Described::Unknown);
        check(OWN, None, Described::Unknown);
        for other in [
            "arn:aws:ssm:us-east-1:999999999999:parameter/a",
            "arn:aws:ssm:eu-west-1:123456789012:parameter/a",
            "arn:aws-cn:ssm:us-east-1:123456789012:parameter/a",
        ] {
            check(other, Some((Some(OWN), 3)), Described::Unknown);
        }
    }

    /// The outcome's word of each entry.
    async fn check(
        manifest: &str,
        secrets: MockSecretStore,
        parameters: MockParameterStore,
        expected: &[&str],
    ) {
        let plan = planned(manifest, &Env::default());
        let stores = stores_with(secrets, parameters);
        let report =
            crate::check_live("secrets.toml".as_ref(), plan, &Env::default(), &stores, &limits())
                .await;
        let words: Vec<_> = report.entries.iter().map(|entry| entry.outcome.word()).collect();
        assert_eq!(words, expected, "{manifest}");
    }

    #[tokio::test]
    async fn each_place_is_asked_about_once_and_no_value_is_read() {
        // The mocks do not expect a read, and panic if one is made.
        let mut secrets = MockSecretStore::new();
        secrets.expect_describe_secret().times(3).returning(|request| match request.id.as_str() {
            "absent" => Err(absent()),
            "denied" => Err(denied()),
            _ => {
                let versions = vec![("id-1".to_owned(), vec!["AWSCURRENT".to_owned()])];
                Ok(SecretDescription { versions, ..SecretDescription::default() })
            }
        });
        let mut parameters = MockParameterStore::new();
        parameters.expect_describe_parameter().times(2).returning(|_, id, _| {
            let found = (id.as_str() == "/there").then(ParameterDescription::default);
            Ok(ParameterPage { found, next: None })
        });
        let manifest = "[secrets.A]\nsecret_id = \"there\"\n[secrets.B]\nsecret_id \
            = \"there\"\njson_key = \"k\"\n\
                        [secrets.C]\nsecret_id = \"absent\"\n[secrets.D]\nsecret_id = \"denied\"\n\
                        [secrets.E]\nvalue_parameter = \"/there\"\n[secrets.F]\nvalue_parameter \
                        = \"/absent\"\n";
        let expected = ["present", "present", "missing", "failed", "present", "missing"];
        check(manifest, secrets, parameters, &expected).await;
    }
}
