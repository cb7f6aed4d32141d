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
use super::destination::Destination;
use crate::commands::policy::{account, region};
use crate::failure::Failure;

/// What a Kubernetes cluster needs: an ExternalSecret with its store, or the part of a container
/// that starts through hydrant run
///
/// The External Secrets Operator (external-secrets.io/v1) makes a Secret of the required entries,
/// and one of each optional entry, since it makes none at all of an ExternalSecret of which a value
/// is missing. There is a store for each region. With --run the program hydrates itself at its
/// start instead, and no Secret is made.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant generate kubernetes --namespace demo --service-account demo --out external-secrets.yaml
  hydrant generate kubernetes --cluster-store --check external-secrets.yaml    in CI: is it up to date?
  hydrant generate kubernetes --run --out container.yaml -- ./server")]
pub(crate) struct Args {
    /// What the resources are called, and begin with
    #[arg(long, value_name = "NAME", default_value = "hydrant", value_parser = name)]
    name: String,
    /// Their namespace; else the one that they are applied in
    #[arg(long, value_name = "NAME", value_parser = name)]
    namespace: Option<String>,
    /// The service account whose role reads; else the operator reads with its own
    #[arg(long, value_name = "NAME", value_parser = name)]
    service_account: Option<String>,
    /// How often the operator reads the values again: 1h, 30m, 1h30m; 0 for once
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = interval)]
    refresh_interval: String,
    /// ClusterSecretStores, which every namespace may use, instead of SecretStores
    #[arg(long)]
    cluster_store: bool,
    /// Command, arguments and environment of a container that starts through hydrant run, instead
    /// of resources of the operator
    #[arg(
        long,
        requires = "command",
        conflicts_with_all = [
            "name", "namespace", "service_account", "refresh_interval", "cluster_store", "account"
        ]
    )]
    run: bool,
    /// The account of secrets and parameters that are named without one: twelve digits; else any
    /// (*)
    #[arg(long, value_name = "ID", value_parser = account)]
    account: Option<String>,
    /// The region of those named without one; else AWS_REGION, AWS_DEFAULT_REGION or
    /// settings.region says
    #[arg(long, value_name = "REGION", value_parser = region)]
    region: Option<String>,
    #[command(flatten)]
    pub(crate) destination: Destination,
    /// With --run: the program and its arguments
    #[arg(value_name = "CMD", last = true, requires = "run")]
    pub(crate) command: Vec<String>,
}

pub(crate) fn generate(input: &Input, args: &Args) -> super::Result {
    if args.cluster_store && args.service_account.is_some() && args.namespace.is_none() {
        return Err(Failure::usage(
            "--cluster-store has no namespace: that of the service account is given with --namespace",
        ));
    }
    let region = input.region(args.region.as_deref())?;
    if args.run {
        container::generate(input, args, &region)
    } else {
        external::generate(input, args, &region)
    }
}

/// What the text of the resources depends on, as words of the command line.
fn words<'a>(input: &Input, args: &'a Args, region: &'a str) -> Vec<&'a str> {
    let mut words = vec!["kubernetes"];
    let mut option = |name: &'a str, value: Option<&'a str>| {
        words.extend(value.into_iter().flat_map(|value| [name, value]))
    };
    option("--name", Some(args.name.as_str()).filter(|name| *name != "hydrant"));
    option("--namespace", args.namespace.as_deref());
    option("--service-account", args.service_account.as_deref());
    option("--refresh-interval", Some(args.refresh_interval.as_str()).filter(|time| *time != "1h"));
    option("--account", args.account.as_deref());
    words.extend(args.cluster_store.then_some("--cluster-store"));
    words.extend(input.region_words(region));
    words
}

/// A name of Kubernetes, short enough for what is added to it
/// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>).
fn name(text: &str) -> Result<String, String> {
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
fn interval(text: &str) -> Result<String, String> {
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
            assert_eq!(interval(right), Ok(right.to_owned()));
        }
        for wrong in ["", "h", "1", "1d", "30m1h", "1h1h", "1h ", "-1h", "00"] {
            assert!(interval(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names() {
        for right in ["a", "hydrant", "a-1", "1a"] {
            assert_eq!(name(right), Ok(right.to_owned()));
        }
        for wrong in ["", "-a", "a-", "A", "a_b", "a.b", &"a".repeat(64)] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
    }
}
