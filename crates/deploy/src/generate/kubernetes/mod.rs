//! `kubernetes`: what the External Secrets Operator needs to make a Secret of the entries, or, with
//! `--run`, the part of a container that starts its program through `hydrant run`.
//!
//! `data` owns what the operator reads, `property` its paths into JSON, `external` its resources,
//! `container` the part of a container.

mod container;
mod data;
mod external;
mod property;

use super::Input;
use crate::error::GenerateError;

/// What the text depends on beside the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What the resources are called, and begin with: a [name](parse_name).
    pub name: String,
    /// Their namespace, a [name](parse_name); else the one that they are applied in.
    pub namespace: Option<String>,
    /// The service account whose role reads, a [name](parse_name); else the operator reads with its
    /// own.
    pub service_account: Option<String>,
    /// How often the operator reads the values again: an [interval](parse_interval).
    pub refresh_interval: String,
    /// `ClusterSecretStore`s, which every namespace may use, instead of `SecretStore`s.
    pub cluster_store: bool,
    /// Command, arguments and environment of a container that starts through `hydrant run`, instead
    /// of resources of the operator.
    pub run: bool,
    /// The account of secrets and parameters that are named without one; else any.
    pub account: Option<String>,
    /// The region of those named without one; else that of the input.
    pub region: Option<String>,
    /// With `run`: the program and its arguments.
    pub command: Vec<String>,
}

/// The resources of the External Secrets Operator, or with `run` the part of a container.
///
/// # Errors
///
/// Every entry that cannot be read in a deployment as it stands here, or that the operator cannot
/// read, options that cannot be used together, or that the region is not known.
pub fn generate(input: &Input, options: &Options) -> super::Result {
    if options.cluster_store && options.service_account.is_some() && options.namespace.is_none() {
        return Err(GenerateError::NoNamespace);
    }
    let region = input.region(options.region.as_deref())?;
    if options.run {
        container::generate(input, options, &region)
    } else {
        external::generate(input, options, &region)
    }
}

/// What the text of the resources depends on, as words of the command line.
fn words<'a>(input: &Input, options: &'a Options, region: &'a str) -> Vec<&'a str> {
    let mut words = vec!["kubernetes"];
    let mut option = |name: &'a str, value: Option<&'a str>| {
        words.extend(value.into_iter().flat_map(|value| [name, value]))
    };
    option("--name", Some(options.name.as_str()).filter(|name| *name != "hydrant"));
    option("--namespace", options.namespace.as_deref());
    option("--service-account", options.service_account.as_deref());
    option(
        "--refresh-interval",
        Some(options.refresh_interval.as_str()).filter(|time| *time != "1h"),
    );
    option("--account", options.account.as_deref());
    words.extend(options.cluster_store.then_some("--cluster-store"));
    words.extend(input.region_words(region));
    words
}

/// A name of Kubernetes, short enough for what is added to it
/// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>).
///
/// ```
/// use hydrant_deploy::generate::kubernetes::parse_name;
///
/// assert_eq!(parse_name("demo-1"), Ok("demo-1".to_owned()));
/// assert!(parse_name("Demo").is_err());
/// ```
///
/// # Errors
///
/// What a name consists of.
pub fn parse_name(text: &str) -> Result<String, String> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let is_one = text.len() <= 63
        && text.bytes().all(|b| plain(b) || b == b'-')
        && text.bytes().next().is_some_and(plain)
        && text.bytes().last().is_some_and(plain);
    is_one
        .then(|| text.to_owned())
        .ok_or_else(|| "lower-case letters, digits and hyphens, 63 at most".to_owned())
}

/// A duration as the operator takes it.
///
/// ```
/// use hydrant_deploy::generate::kubernetes::parse_interval;
///
/// assert_eq!(parse_interval("1h30m"), Ok("1h30m".to_owned()));
/// assert!(parse_interval("1d").is_err());
/// ```
///
/// # Errors
///
/// What a duration consists of.
pub fn parse_interval(text: &str) -> Result<String, String> {
    let mut rest = text;
    let mut last = 3;
    while !rest.is_empty() && text != "0" {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let unit = rest
            .as_bytes()
            .get(digits)
            .and_then(|unit| b"smh".iter().position(|known| known == unit));
        match unit {
            Some(unit) if digits > 0 && unit < last => (rest, last) = (&rest[digits + 1..], unit),
            _ => return Err("hours, minutes and seconds, as in 1h, 30m or 1h30m; or 0".to_owned()),
        }
    }
    if text.is_empty() { Err("a time, as in 1h".to_owned()) } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals() {
        for right in ["0", "1h", "30m", "90s", "1h30m", "1h0m0s"] {
            assert_eq!(parse_interval(right), Ok(right.to_owned()));
        }
        for wrong in ["", "h", "1", "1d", "30m1h", "1h1h", "1h ", "-1h", "00"] {
            assert!(parse_interval(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names() {
        for right in ["a", "hydrant", "a-1", "1a"] {
            assert_eq!(parse_name(right), Ok(right.to_owned()));
        }
        for wrong in ["", "-a", "a-", "A", "a_b", "a.b", &"a".repeat(64)] {
            assert!(parse_name(wrong).is_err(), "{wrong}");
        }
    }
}
