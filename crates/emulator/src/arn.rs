//! ARNs: parsing and building.
//!
//! Syntax only. The stores know whether a resource exists.

use crate::generated;

/// The parts of an ARN that the emulator uses.
#[derive(Clone, Copy)]
pub(crate) struct Arn<'a> {
    pub(crate) service: &'a str,
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
    /// The text after the account: `secret:name-AbCdEf`, `parameter/name`.
    resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Parses an ARN. `None` if the text is not an ARN.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (arn, partition) = (parts.next()?, parts.next()?);
        let (service, region, account, resource) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        (arn == "arn" && partition.starts_with("aws")).then_some(Self {
            service,
            region,
            account,
            resource,
        })
    }

    /// Whether it names a region and an account.
    pub(crate) fn is_whole(&self) -> bool {
        !self.region.is_empty() && !self.account.is_empty()
    }

    /// The name in a secret's ARN, with its random suffix if the ARN has one.
    pub(crate) fn secret_name(&self) -> Option<&'a str> {
        self.resource
            .strip_prefix("secret:")
            .filter(|name| self.service == "secretsmanager" && !name.is_empty())
    }

    /// The name in a parameter's ARN, without a leading `/`: both `/name` and `name` have the ARN
    /// `…:parameter/name`.
    pub(crate) fn parameter_name(&self) -> Option<&'a str> {
        self.resource
            .strip_prefix("parameter/")
            .filter(|name| self.service == "ssm" && !name.is_empty())
    }
}

/// Splits off the hyphen and six characters at the end of a whole secret ARN.
pub(crate) fn split_suffix(name: &str) -> Option<(&str, &str)> {
    let (rest, suffix) = name.rsplit_once('-')?;
    let whole = suffix.len() == 6
        && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && !rest.is_empty();
    whole.then_some((rest, suffix))
}

/// The ARN of a new secret, with a random suffix.
pub(crate) fn new_secret_arn(region: &str, account: &str, name: &str) -> String {
    format!("{}-{}", partial_secret_arn(region, account, name), generated::suffix())
}

/// The ARN of a secret without its suffix.
pub(crate) fn partial_secret_arn(region: &str, account: &str, name: &str) -> String {
    format!("arn:{}:secretsmanager:{region}:{account}:secret:{name}", partition(region))
}

/// The ARN of a parameter.
pub(crate) fn parameter_arn(region: &str, account: &str, name: &str) -> String {
    let name = name.strip_prefix('/').unwrap_or(name);
    format!("arn:{}:ssm:{region}:{account}:parameter/{name}", partition(region))
}

pub(crate) fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_decides_the_partition() {
        for (region, expected) in [
            ("eu-west-1", "arn:aws:ssm:eu-west-1:1:parameter/a/b"),
            ("cn-north-1", "arn:aws-cn:ssm:cn-north-1:1:parameter/a/b"),
            ("us-gov-west-1", "arn:aws-us-gov:ssm:us-gov-west-1:1:parameter/a/b"),
        ] {
            assert_eq!(parameter_arn(region, "1", "/a/b"), expected);
        }
    }

    #[test]
    fn a_suffix_is_a_hyphen_and_six_characters() {
        for (name, expected) in [
            ("key-AbCdEf", Some(("key", "AbCdEf"))),
            ("a/b-c-123456", Some(("a/b-c", "123456"))),
            ("key", None),
            ("key-AbCdE", None),
            ("key-AbCd/f", None),
            ("-AbCdEf", None),
        ] {
            assert_eq!(split_suffix(name), expected, "{name}");
        }
    }
}
