//! The names of resources in policies: of secrets, parameters and keys.

use hydrant_core::reference::{
    Arn, ParameterId, SecretId, is_account, is_region, without_random_suffix,
};

/// What a policy puts in the place of an account that is not known.
const ANY: &str = "*";

/// A secret with a hyphen and six random characters at its end, as AWS makes them
/// ([AWS](https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples.html)).
/// `-*` would be other secrets too.
const RANDOM: &str = "-??????";

/// The partition that a region is in.
pub(crate) fn partition_of(region: &str) -> &'static str {
    let known = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    known
        .iter()
        .find(|(start, _)| region.starts_with(start))
        .map_or("aws", |(_, partition)| partition)
}

/// A secret that is known by its name.
pub(super) fn secret_named(name: &str, region: &str, account: Option<&str>) -> String {
    let (partition, account) = (partition_of(region), account.unwrap_or(ANY));
    format!("arn:{partition}:secretsmanager:{region}:{account}:secret:{name}{RANDOM}")
}

/// A secret. A partial ARN lacks the random end; one whose name itself ends in a hyphen and six
/// characters passes for a whole one, here as with AWS.
pub(super) fn secret(id: &SecretId, region: &str, account: Option<&str>) -> String {
    match id {
        SecretId::Name(name) => secret_named(name, region, account),
        SecretId::Arn(arn) if without_random_suffix(arn.resource()).is_some() => arn.to_string(),
        SecretId::Arn(arn) => format!("{arn}{RANDOM}"),
    }
}

/// The name of the secret that an ARN is of.
pub(crate) fn name_of(arn: &Arn) -> &str {
    let name = arn.resource();
    without_random_suffix(name).unwrap_or(name)
}

/// A parameter, of which policies name no version.
pub(super) fn parameter(id: &ParameterId, region: &str, account: Option<&str>) -> String {
    match id {
        ParameterId::Arn(arn) => {
            format!(
                "arn:{}:ssm:{}:{}:parameter{}",
                arn.partition(),
                arn.region(),
                arn.account(),
                id.name()
            )
        }
        ParameterId::Name(_) => {
            let (partition, account, name) =
                (partition_of(region), account.unwrap_or(ANY), id.name());
            let slash = if name.starts_with('/') { "" } else { "/" };
            format!("arn:{partition}:ssm:{region}:{account}:parameter{slash}{name}")
        }
    }
}

/// Whether a resource is one of any account.
pub(super) fn is_of_any_account(resource: &str) -> bool {
    resource.split(':').nth(4) == Some(ANY)
}

fn is_partition(text: &str) -> bool {
    let is_plain = |rest: &str| rest.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    text.strip_prefix("aws")
        .is_some_and(|rest| rest.is_empty() || (rest.starts_with('-') && is_plain(rest)))
}

/// What names a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// The whole ARN of a key.
    Arn(String),
    /// The id of a key.
    Id(String),
    /// An alias, of this region and account if it was an ARN.
    Alias { place: Option<(String, String)>, alias: String },
}

impl Key {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let plain = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_-".contains(&b))
        };
        let alias =
            |text: &str| text.strip_prefix("alias/").is_some_and(plain).then(|| text.to_owned());
        let id = |text: &str| plain(text) && !text.contains('/');
        if let Some(alias) = alias(text) {
            return Some(Key::Alias { place: None, alias });
        }
        let parts: Vec<&str> = text.split(':').collect();
        match parts[..] {
            [text] if id(text) => Some(Key::Id(text.to_owned())),
            ["arn", partition, "kms", region, account, what]
                if is_partition(partition) && is_region(region) && is_account(account) =>
            {
                match what.strip_prefix("key/") {
                    Some(key) => id(key).then(|| Key::Arn(text.to_owned())),
                    None => {
                        let place = Some((region.to_owned(), account.to_owned()));
                        Some(Key::Alias { place, alias: alias(what)? })
                    }
                }
            }
            _ => None,
        }
    }

    /// The key in a region, and the alias that it must have: policies name keys by their ids alone.
    pub(super) fn resource(&self, region: &str, account: Option<&str>) -> (String, Option<&str>) {
        let key = |region: &str, account: &str, id: &str| {
            format!("arn:{}:kms:{region}:{account}:key/{id}", partition_of(region))
        };
        match self {
            Key::Arn(arn) => (arn.clone(), None),
            Key::Id(id) => (key(region, account.unwrap_or(ANY), id), None),
            Key::Alias { place: Some((region, account)), alias } => {
                (key(region, account, ANY), Some(alias))
            }
            Key::Alias { place: None, alias } => {
                (key(region, account.unwrap_or(ANY), ANY), Some(alias))
            }
        }
    }
}

/// What `kms:ViaService` says of a service in a region
/// ([AWS](https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html)). AWS's
/// documents have names with and without `.cn` for China's regions; a call has one of them, so that
/// both together allow as little as the right one.
pub(super) fn via(service: &str, region: &str) -> Vec<String> {
    let name = format!("{service}.{region}.amazonaws.com");
    match partition_of(region) {
        "aws-cn" => vec![format!("{name}.cn"), name],
        _ => vec![name],
    }
}
