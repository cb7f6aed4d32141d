//! What a command keeps of the environment around it. Pure; the entries' own values are not its business.

use std::collections::BTreeSet;

/// What `run --pristine` lets through.
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

/// What leads to AWS credentials: the credentials, the files that hold them, and where a role gets them. Region and endpoints
/// are no credentials.
const AWS_CREDENTIALS: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_CONFIG_FILE",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_DEFAULT_PROFILE",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
];

/// What is taken away. By default nothing is.
#[derive(Debug, Default)]
pub(crate) struct Inherit {
    /// All but a short list and what `keep` names.
    pub(crate) pristine: bool,
    pub(crate) keep: Vec<String>,
    /// What leads to AWS credentials.
    pub(crate) drop_aws: bool,
    /// Variables that are dropped by their names.
    pub(crate) drop: BTreeSet<String>,
}

impl Inherit {
    /// Whether anything is taken away at all.
    pub(super) fn drops(&self) -> bool {
        self.pristine || self.drop_aws || !self.drop.is_empty()
    }

    /// Whether the command gets a variable that is no entry.
    pub(super) fn passes(&self, name: &str) -> bool {
        let credentials = AWS_CREDENTIALS.contains(&name) || name.starts_with("AWS_CONTAINER_");
        let dropped = (self.drop_aws && credentials) || self.drop.contains(name);
        let plain = || PLAIN.contains(&name) || name.starts_with("LC_") || self.keep.iter().any(|keep| keep == name);
        !dropped && (!self.pristine || plain())
    }
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
            let passing: Vec<&str> = names.into_iter().filter(|name| inherit.passes(name)).collect();
            assert_eq!(passing, expected, "{inherit:?}");
        };
        let (keep, drop) = (vec!["KEPT".to_owned(), "AWS_PROFILE".to_owned()], BTreeSet::from(["A_ARN".to_owned()]));
        check(&Inherit::default(), &names);
        check(&Inherit { pristine: true, ..Inherit::default() }, &["PATH", "LC_ALL"]);
        check(
            &Inherit { pristine: true, keep: keep.clone(), ..Inherit::default() },
            &["PATH", "LC_ALL", "KEPT", "AWS_PROFILE"],
        );
        check(&Inherit { pristine: true, keep, drop_aws: true, ..Inherit::default() }, &["PATH", "LC_ALL", "KEPT"]);
        check(
            &Inherit { drop_aws: true, ..Inherit::default() },
            &["PATH", "LC_ALL", "OTHER", "KEPT", "AWS_REGION", "A_ARN"],
        );
        check(&Inherit { drop, ..Inherit::default() }, &names[..7]);
    }
}
