//! Response: checks whether a response belongs to its call. Pure, and the only place that decides
//! it.
//!
//! A connection shared by two processes, a faulty proxy or a hostile endpoint can return the
//! response to another call. Its value would be that of another secret, so it is an error. The
//! message names neither what was returned nor its value.

use crate::reference::{ParameterId, SecretId, Version, without_random_suffix};
use crate::store::{Action, Parameter, Secret, StoreError, StoreErrorKind};

/// The secret or parameter that a response names.
#[derive(Clone, Copy, Debug, Default)]
pub struct Identity<'a> {
    /// The full ARN; for a parameter without a selector.
    pub arn: Option<&'a str>,
    /// The name.
    pub name: Option<&'a str>,
    /// `:version` or `:label` of a parameter.
    pub selector: Option<&'a str>,
}

impl Identity<'_> {
    /// Whether it is the requested secret: by its name, its full ARN, or its ARN without the random
    /// suffix. ARN and name must not contradict each other, and one of them must be there.
    pub fn is_secret(&self, id: &SecretId) -> bool {
        let called = id.as_str();
        let name_fits = self.name.map(|name| match id {
            SecretId::Arn(_) => name == called || names_secret(called, name),
            SecretId::Name(_) => name == called,
        });
        // In a batch, most pairs end here.
        if name_fits == Some(false) {
            return false;
        }
        // Some servers return the name as the ARN.
        let arn_fits = self.arn.map(|arn| match id {
            SecretId::Arn(_) => {
                arn == called
                    || without_random_suffix(arn) == Some(called)
                    || names_secret(called, arn)
            }
            SecretId::Name(_) => arn == called || names_secret(arn, called),
        });
        let consistent = || match (self.arn, self.name) {
            (Some(arn), Some(name)) => arn == name || names_secret(arn, name),
            _ => true,
        };
        all_of(arn_fits, name_fits) && consistent()
    }

    /// Whether it is the requested parameter, at the requested version or label.
    pub fn is_parameter(&self, id: &ParameterId) -> bool {
        let selector = self.selector.unwrap_or_default();
        // Some servers repeat the selector in the name.
        let bare = |text: &str| text.strip_suffix(selector).unwrap_or(text).to_owned();
        let whole = |text: &str| format!("{}{selector}", bare(text)) == id.as_str();
        let (arn, name) = (self.arn.map(bare), self.name.map(bare));
        let consistent = match (&arn, &name) {
            (Some(arn), Some(name)) => arn == name || names_parameter(arn, name),
            _ => true,
        };
        consistent && [self.arn, self.name].into_iter().flatten().any(whole)
    }
}

impl Secret {
    /// The secret or parameter of the value, as the response names it.
    pub(crate) fn identity(&self) -> Identity<'_> {
        Identity { arn: self.arn.as_deref(), name: self.name.as_deref(), selector: None }
    }
}

impl Parameter {
    /// The secret or parameter of the value, as the response names it.
    pub(crate) fn identity(&self) -> Identity<'_> {
        Identity {
            arn: self.arn.as_deref(),
            name: self.name.as_deref(),
            selector: self.selector.as_deref(),
        }
    }
}

/// All that is there must match, and something must be there.
fn all_of(one: Option<bool>, other: Option<bool>) -> bool {
    (one.is_some() || other.is_some()) && one != Some(false) && other != Some(false)
}

/// Whether a full or partial ARN belongs to a secret with this name.
fn names_secret(arn: &str, name: &str) -> bool {
    let resource =
        resource(arn, "secretsmanager").and_then(|resource| resource.strip_prefix("secret:"));
    resource
        .is_some_and(|resource| resource == name || without_random_suffix(resource) == Some(name))
}

/// Whether an ARN belongs to a parameter with this name. `/aws/reference/secretsmanager/…` is a
/// parameter whose ARN is a secret's.
fn names_parameter(arn: &str, name: &str) -> bool {
    match resource(arn, "ssm") {
        Some(resource) => resource
            .strip_prefix("parameter/")
            .is_some_and(|resource| resource == name.strip_prefix('/').unwrap_or(name)),
        None => name.starts_with("/aws/reference/"),
    }
}

/// The part after the account in an ARN of this service.
fn resource<'a>(arn: &'a str, service: &str) -> Option<&'a str> {
    let mut parts = arn.splitn(6, ':');
    (parts.next() == Some("arn") && parts.nth(1) == Some(service)).then(|| parts.nth(2))?
}

/// An error unless the response is about this secret. `action` is the call, as IAM writes it.
///
/// ```
/// use hydrant_core::reference::{Reference, SecretRef};
/// use hydrant_core::response::{Identity, check_secret};
/// use hydrant_core::store::Action;
///
/// let Ok(Reference::Secret(SecretRef { id, .. })) = Reference::parse("demo/openai") else { unreachable!() };
/// let other = Identity { name: Some("demo/gemini"), ..Identity::default() };
/// let error = check_secret(Action::GetSecretValue, &id, other).unwrap_err();
/// assert_eq!(error.to_string(), "the response is not for the requested secret");
/// ```
///
/// # Errors
///
/// [`StoreErrorKind::Malformed`].
pub fn check_secret(action: Action, id: &SecretId, found: Identity<'_>) -> Result<(), StoreError> {
    match found.is_secret(id) {
        true => Ok(()),
        false => Err(mismatch(action, "the response is not for the requested secret")),
    }
}

/// An error unless the response is about the requested version.
///
/// # Errors
///
/// [`StoreErrorKind::Malformed`].
pub fn check_version(
    action: Action,
    version: Option<&Version>,
    id: Option<&str>,
    stages: &[String],
) -> Result<(), StoreError> {
    let fits = match version {
        None => true,
        Some(Version::Id(called)) => id == Some(called),
        Some(Version::Stage(called)) => stages.contains(called),
    };
    match fits {
        true => Ok(()),
        false => Err(mismatch(action, "the response is not for the requested version")),
    }
}

/// The error for a response about something else.
pub fn mismatch(action: Action, message: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Malformed, action, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{arn, arn_in, secret_id};

    #[test]
    fn a_response_is_about_the_secret_that_its_arn_and_name_say() {
        fn check(called: &str, arn: Option<&str>, name: Option<&str>, expected: bool) {
            let found = Identity { arn, name, selector: None };
            assert_eq!(found.is_secret(&secret_id(called)), expected, "{called} {arn:?} {name:?}");
        }
        let (one, two) = (arn("demo/one"), arn("demo/two"));
        let partial = without_random_suffix(&one).unwrap();
        for called in ["demo/one", &one, partial] {
            check(called, Some(&one), Some("demo/one"), true);
            check(called, Some(&one), None, true);
            check(called, None, Some("demo/one"), true);
            check(called, None, None, false);
            check(called, Some(&two), Some("demo/two"), false);
            check(called, Some(&two), None, false);
            check(called, None, Some("demo/two"), false);
            // One of the two is right.
            check(called, Some(&two), Some("demo/one"), false);
            check(called, Some(&one), Some("demo/two"), false);
            check(called, Some(""), Some(""), false);
            check(called, Some("AbCdEf"), None, false);
        }
        // The same name elsewhere, or with another suffix.
        let elsewhere = arn_in("eu-west-1", "123456789012", "demo/one");
        let of_another = arn_in("us-east-1", "210987654321", "demo/one");
        let again = format!("{partial}-XyZ123");
        for other in [&elsewhere, &of_another, &again] {
            check(&one, Some(other), Some("demo/one"), false);
            check("demo/one", Some(other), Some("demo/one"), true);
        }
        check(partial, Some(&again), Some("demo/one"), true);
        check(partial, Some(&of_another), Some("demo/one"), false);
        // The partial ARN of one secret is the full ARN of another.
        let longer = arn("demo/one-AbCdEf");
        check(&one, Some(&longer), Some("demo/one-AbCdEf"), true);
        check("demo/one", Some(&longer), Some("demo/one-AbCdEf"), false);
        // Another partition, and a suffix as mocks create it.
        let china = "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:demo/one-46bc8a";
        check(china, Some(china), Some("demo/one"), true);
        check("demo/one", Some(china), Some("demo/one"), true);
        // A secret of another service, and a suffix of another form.
        check(
            "demo/one",
            Some("arn:aws:ssm:us-east-1:123456789012:secret:demo/one-AbCdEf"),
            None,
            false,
        );
        check(
            "demo/one",
            Some("arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/one/AbCdEf"),
            None,
            false,
        );
        // moto's ListSecretVersionIds returns the name as the ARN.
        check(&one, Some("demo/one"), Some("demo/one"), true);
        check(partial, Some("demo/one"), None, true);
        check(&two, Some("demo/one"), Some("demo/one"), false);
        // The store in memory uses one id for all.
        check("demo/one", Some("demo/one"), Some("demo/one"), true);
        check(&one, Some(&one), Some(&one), true);
    }

    #[test]
    fn a_response_is_about_the_version_that_was_called_for() {
        fn check(version: Option<Version>, id: Option<&str>, stages: &[&str], expected: bool) {
            let stages: Vec<_> = stages.iter().map(|stage| (*stage).to_owned()).collect();
            assert_eq!(
                check_version(Action::GetSecretValue, version.as_ref(), id, &stages).is_ok(),
                expected,
                "{version:?} {id:?}"
            );
        }
        let (id, stage) = (
            |id: &str| Some(Version::Id(id.into())),
            |stage: &str| Some(Version::Stage(stage.into())),
        );
        check(None, None, &[], true);
        check(None, Some("v1"), &["AWSPREVIOUS"], true);
        check(id("v1"), Some("v1"), &[], true);
        check(id("v1"), Some("v2"), &["AWSCURRENT"], false);
        check(id("v1"), None, &[], false);
        check(stage("AWSPREVIOUS"), Some("v1"), &["blue", "AWSPREVIOUS"], true);
        check(stage("AWSPREVIOUS"), Some("v1"), &["AWSCURRENT"], false);
        check(stage("AWSPREVIOUS"), Some("v1"), &[], false);
    }

    #[test]
    fn a_response_is_about_the_parameter_that_its_arn_and_name_say() {
        fn check(
            called: &str,
            arn: Option<&str>,
            name: Option<&str>,
            selector: Option<&str>,
            expected: bool,
        ) {
            let found = Identity { arn, name, selector };
            let id = ParameterId::parse(called).unwrap();
            assert_eq!(found.is_parameter(&id), expected, "{called} {arn:?} {name:?} {selector:?}");
        }
        let arn = |name: &str| format!("arn:aws:ssm:us-east-1:123456789012:parameter{name}");
        let (one, two) = (arn("/demo/one"), arn("/demo/two"));
        check("/demo/one", Some(&one), Some("/demo/one"), None, true);
        check(&one, Some(&one), Some("/demo/one"), None, true);
        check("/demo/one", None, Some("/demo/one"), None, true);
        check("/demo/one", None, None, None, false);
        check("/demo/one", Some(&two), Some("/demo/two"), None, false);
        check("/demo/one", Some(&two), Some("/demo/one"), None, false);
        check(&one, Some(&one), Some("/demo/two"), None, false);
        // The ARN has a slash even if the name has none.
        check("one", Some(&arn("/one")), Some("one"), None, true);
        check("/demo/one:3", Some(&one), Some("/demo/one"), Some(":3"), true);
        check(&format!("{one}:3"), Some(&one), Some("/demo/one"), Some(":3"), true);
        check("/demo/one:3", Some(&one), Some("/demo/one:3"), Some(":3"), true);
        check("/demo/one:3", Some(&one), Some("/demo/one"), Some(":4"), false);
        check("/demo/one:3", Some(&one), Some("/demo/one"), None, false);
        check("/demo/one", Some(&one), Some("/demo/one"), Some(":3"), false);
        // A parameter shared by another account is requested and named by its ARN.
        check(&one, Some(&one), Some(&one), None, true);
        // A secret read as a parameter.
        let secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo-AbCdEf";
        let reference = "/aws/reference/secretsmanager/demo";
        check(reference, Some(secret), Some(reference), None, true);
        check("/demo/one", Some(secret), Some("/demo/one"), None, false);
    }
}
