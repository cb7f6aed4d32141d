//! Which variables of the environment a command keeps. Pure. The entries' own values are not
//! handled here.

use std::collections::BTreeSet;

/// The variables that `run --pristine` keeps.
const PLAIN: &[&str] = &[
    "COLORTERM",
    "HOME",
    "HOSTNAME",
    "LANG",
    "LANGUAGE",
    "LOGNAME",
    "NO_COLOR",
    "PATH",
    "PWD",
    "SHELL",
    "TEMP",
    "TERM",
    "TMP",
    "TMPDIR",
    "TZ",
    "USER",
];

/// The `AWS_*` variables that `run --drop-aws-env` keeps: settings that do not lead to credentials.
/// It is an allowlist, since every SDK adds names that lead to credentials.
const PLAIN_AWS: &[&str] = &[
    "AWS_CA_BUNDLE",
    "AWS_DEFAULT_REGION",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_ENDPOINT_URL",
    "AWS_EXECUTION_ENV",
    "AWS_REGION",
];

/// Prefixes whose variables are all kept: endpoints of a service, AWS Lambda's own, X-Ray's.
const PLAIN_AWS_FAMILIES: &[&str] = &["AWS_ENDPOINT_URL_", "AWS_LAMBDA_", "AWS_XRAY_"];

/// What is dropped. By default nothing is.
#[derive(Debug, Default)]
pub(crate) struct Inherit {
    /// Everything except a short list.
    pub(crate) pristine: bool,
    /// `AWS_*` except a short list.
    pub(crate) drop_aws: bool,
    /// Variables dropped by name.
    pub(crate) drop: BTreeSet<String>,
    /// Variables that are always kept.
    pub(crate) keep: Vec<String>,
}

impl Inherit {
    /// Whether anything is dropped.
    pub(super) fn drops(&self) -> bool {
        self.pristine || self.drop_aws || !self.drop.is_empty()
    }

    /// Whether the command gets a variable that is not an entry. Names are case-sensitive:
    /// `aws_profile` is a variable of the program, which no SDK reads.
    pub(super) fn passes(&self, name: &str) -> bool {
        let dropped = || {
            (self.pristine && !is_plain(name))
                || (self.drop_aws && name.starts_with("AWS_") && !is_plain_aws(name))
                || self.drop.contains(name)
        };
        self.keep.iter().any(|keep| keep == name) || !dropped()
    }
}

fn is_plain(name: &str) -> bool {
    PLAIN.contains(&name) || name.starts_with("LC_")
}

fn is_plain_aws(name: &str) -> bool {
    PLAIN_AWS.contains(&name) || PLAIN_AWS_FAMILIES.iter().any(|family| name.starts_with(family))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes() {
        let names = [
            "PATH",
            "LC_ALL",
            "OTHER",
            "KEPT",
            "AWS_REGION",
            "AWS_PROFILE",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "A_ARN",
        ];
        let check = |inherit: &Inherit, expected: &[&str]| {
            let passing: Vec<&str> =
                names.into_iter().filter(|name| inherit.passes(name)).collect();
            assert_eq!(passing, expected, "{inherit:?}");
        };
        let (keep, drop) = (
            vec!["KEPT".to_owned(), "AWS_PROFILE".to_owned()],
            BTreeSet::from(["A_ARN".to_owned()]),
        );
        check(&Inherit::default(), &names);
        check(&Inherit { pristine: true, ..Inherit::default() }, &["PATH", "LC_ALL"]);
        check(
            &Inherit { pristine: true, keep: keep.clone(), ..Inherit::default() },
            &["PATH", "LC_ALL", "KEPT", "AWS_PROFILE"],
        );
        check(
            &Inherit { pristine: true, keep: keep.clone(), drop_aws: true, ..Inherit::default() },
            &["PATH", "LC_ALL", "KEPT", "AWS_PROFILE"],
        );
        check(
            &Inherit { drop_aws: true, ..Inherit::default() },
            &["PATH", "LC_ALL", "OTHER", "KEPT", "AWS_REGION", "A_ARN"],
        );
        check(&Inherit { drop: drop.clone(), ..Inherit::default() }, &names[..7]);
        check(&Inherit { drop, keep: vec!["A_ARN".to_owned()], ..Inherit::default() }, &names);
    }

    #[test]
    fn of_aws_only_what_leads_to_no_credentials_stays() {
        let inherit = Inherit { drop_aws: true, ..Inherit::default() };
        let check = |names: &[&str], stays| {
            for name in names {
                assert_eq!(inherit.passes(name), stays, "{name}");
            }
        };
        check(PLAIN_AWS, true);
        check(
            &[
                "AWS_ENDPOINT_URL_SECRETS_MANAGER",
                "AWS_LAMBDA_FUNCTION_NAME",
                "AWS_LAMBDA_RUNTIME_API",
                "AWS_XRAY_DAEMON_ADDRESS",
                "AWSKEY",
                "aws_secret_access_key",
                "MY_AWS_KEY",
            ],
            true,
        );
        check(
            &[
                "AWS_",
                "AWS_ACCESS_KEY",
                "AWS_ACCESS_KEY_ID",
                "AWS_BEARER_TOKEN_BEDROCK",
                "AWS_CONFIG_FILE",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                "AWS_CREDENTIAL_EXPIRATION",
                "AWS_DEFAULT_PROFILE",
                "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                "AWS_ENDPOINT_URLS",
                "AWS_IDENTITY_TOKEN",
                "AWS_REGIONAL",
                "AWS_ROLE_ARN",
                "AWS_SECRET_KEY",
                "AWS_SESSION_TOKEN",
                "AWS_SSO_SESSION",
                "AWS_WEB_IDENTITY_TOKEN_FILE",
                "AWS_region",
            ],
            false,
        );
    }
}
