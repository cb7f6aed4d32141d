//! The messages and hints of reasons and AWS errors. Nothing here can hold a value.

use std::fmt;

use super::Reason;
use crate::shown::quoted;
use crate::source::SourceKeys;
use crate::store::{Action, StoreError, StoreErrorKind};

impl Reason {
    /// The hint, for programs without a command line. `place` is the source as it may be shown.
    pub fn hint(&self, variable: &str, place: &str) -> Option<String> {
        Some(match self {
            Reason::NoReference { keys } => no_reference_hint(variable, keys),
            Reason::Offline => format!("set {variable} in the environment or the env file"),
            Reason::SecretAbsent(_) => "give it a value".to_owned(),
            Reason::ParameterAbsent { parameter } => format!(
                "create parameter {parameter}, or \
                correct the entry"
            ),
            Reason::NotDescribed { .. } | Reason::VersionNotDescribed => "see whether it can be \
                read"
                .to_owned(),
            Reason::Empty => "give the secret a value".to_owned(),
            Reason::KeyAbsent { null: true, .. } => "give the key a value in the secret".to_owned(),
            Reason::KeyAbsent { nearest: Some(nearest), .. } => format!(
                "did you mean json_key = \
                {nearest:?}?"
            ),
            Reason::KeyAbsent { .. } => "correct json_key, or add the key to the secret".to_owned(),
            Reason::PointerAbsent { null: true, .. } => "give it a value in the secret".to_owned(),
            Reason::PointerAbsent { nearest: Some(nearest), .. } => format!(
                "did you mean \
                json_pointer = {nearest:?}?"
            ),
            Reason::PointerAbsent { .. } => "correct json_pointer, or add what it points \
                to"
            .to_owned(),
            Reason::Lookup { parameter, reason } => {
                return reason.hint(variable, &format!("parameter {parameter}"));
            }
            Reason::Store(error) => return error.hint(place),
            Reason::Unanswered { .. } => "try again; if the error stays, use the full ARN of the \
                secret"
                .to_owned(),
            Reason::InvalidReference { .. } => {
                "put the ARN or name of a secret there; if it holds a key, move the key to its own \
                     variable"
                    .to_owned()
            }
            Reason::Conflict { .. } => "remove the suffix, or the key of the entry".to_owned(),
            Reason::VersionOfParameter { .. } => {
                "remove version_stage and version_id, and pin a parameter as name:3".to_owned()
            }
            Reason::NoRegion => "set AWS_REGION or settings.region, or use full ARNs: AWS_REGION, \
                     AWS_DEFAULT_REGION, the AWS profile, settings.region and instance metadata \
                     name none"
                .to_owned(),
            Reason::NoParameterStore => "build with hydrant's feature `ssm`".to_owned(),
            Reason::NotText => "store the value as SecretString".to_owned(),
            Reason::NotJson { .. } | Reason::NotAnObject { .. } => {
                "remove json_key to take the whole value, or store a JSON object".to_owned()
            }
            Reason::BadJsonString { .. } => "correct the JSON in the secret".to_owned(),
        })
    }
}

fn no_reference_hint(variable: &str, keys: &SourceKeys) -> String {
    let set = keys.variable().map(|name| format!("set {name} to the secret's ARN"));
    let publish = |id| format!("publish the secret's ARN as parameter {id}");
    let ways = set.into_iter().chain(keys.parameter().map(publish));
    ways.chain([format!("set {variable} itself")]).collect::<Vec<_>>().join(", or ")
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::NoReference { keys } => {
                let unset = keys.variable().map(|name| format!("{name} is not set"));
                let absent = |id| format!("parameter {id} does not exist");
                let each = unset.into_iter().chain(keys.parameter().map(absent));
                write!(f, "no reference to its secret: {}", each.collect::<Vec<_>>().join(", and "))
            }
            Reason::Offline => f.write_str("not set locally, and AWS is not called (offline)"),
            Reason::SecretAbsent(_) => f.write_str("the secret has no value to read"),
            Reason::ParameterAbsent { .. } => f.write_str("the parameter does not exist"),
            Reason::NotDescribed { .. } => f.write_str(
                "only a read can show whether the parameter exists: DescribeParameters lists only \
                     parameters of the caller's account, and no labels",
            ),
            Reason::VersionNotDescribed => f.write_str(
                "only a read can show whether the version exists: DescribeSecret lists only \
                     versions with a staging label, and a version with only AWSPENDING may have no \
                     value yet",
            ),
            Reason::Empty => f.write_str("the value is empty"),
            Reason::KeyAbsent { key, null: true, .. } => write!(
                f,
                "the key {} of the JSON object \
                is null",
                quoted(key)
            ),
            Reason::KeyAbsent { key, keys, .. } => {
                write!(f, "the JSON object has no key {}; it has {}", quoted(key), Names(keys))
            }
            Reason::PointerAbsent { pointer, null: true, .. } => write!(
                f,
                "the JSON value at {} \
                is null",
                quoted(pointer)
            ),
            Reason::PointerAbsent { pointer, beside, .. } => {
                write!(
                    f,
                    "the JSON value has nothing at {}; it has \
                    {}",
                    quoted(pointer),
                    Names(beside)
                )
            }
            Reason::Lookup { parameter, reason } => {
                write!(f, "the reference could not be read from parameter {parameter}: {reason}")
            }
            Reason::Store(error) => error.kind.fmt(f),
            Reason::Unanswered { action } => write!(
                f,
                "the response to {action} does not contain \
                it"
            ),
            Reason::InvalidReference { origin, error } => write!(
                f,
                "{origin} does not hold a \
                valid reference: {error}"
            ),
            Reason::Conflict { origin, conflict } => {
                write!(f, "the reference in {origin} contradicts the entry: {conflict}")
            }
            Reason::VersionOfParameter { origin } => {
                write!(f, "the entry pins a version, but the reference in {origin} is a parameter")
            }
            Reason::NoRegion => f.write_str("no region"),
            Reason::NoParameterStore => {
                f.write_str("the entry needs Parameter Store, which this program was built without")
            }
            Reason::NotText => f.write_str("the secret holds bytes that are not UTF-8"),
            Reason::NotJson { key } => write!(
                f,
                "{} cannot be read: the value is not \
                JSON",
                quoted(key)
            ),
            Reason::NotAnObject { key } => write!(
                f,
                "{} cannot be read: the value is not a JSON \
                object",
                quoted(key)
            ),
            Reason::BadJsonString { key } => write!(
                f,
                "the JSON string at {} is not valid \
                Unicode",
                quoted(key)
            ),
        }
    }
}

/// The message.
impl fmt::Display for StoreErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StoreErrorKind::Absent => "there is no value to read",
            StoreErrorKind::Denied => "access denied",
            StoreErrorKind::Undecryptable => "the value cannot be decrypted",
            StoreErrorKind::Throttled => "still throttled at the deadline",
            StoreErrorKind::Unreachable => "AWS cannot be reached",
            StoreErrorKind::TimedOut => "no response before the deadline",
            StoreErrorKind::Credentials => "no usable AWS credentials",
            StoreErrorKind::RefusedEndpoint => "the endpoint is refused",
            StoreErrorKind::Settings => "invalid AWS settings",
            StoreErrorKind::Rejected => "AWS rejected the request",
            StoreErrorKind::Malformed => "the response could not be parsed",
        })
    }
}

impl StoreError {
    /// The hint, for programs without a command line. `place` is the source as it may be shown.
    pub fn hint(&self, place: &str) -> Option<String> {
        use StoreErrorKind as Kind;
        Some(match self.kind {
            Kind::Absent => return None,
            Kind::Denied => format!("allow {} on {place} in the role's policy", self.action),
            Kind::Undecryptable => format!(
                "allow kms:Decrypt on the key that encrypts {place}, \
                and check that the key is enabled"
            ),
            Kind::Throttled => "too many requests in this account and region: raise \
                settings.deadline, or start fewer processes at once"
                .to_owned(),
            Kind::Unreachable => "check that the endpoint can be reached from here (network, DNS, \
                VPC endpoint, certificates)"
                .to_owned(),
            Kind::TimedOut if self.action == Action::CredentialProcess => {
                "run its command on its own to see what it waits for, or raise settings.deadline \
                     if it waits for a person"
                    .to_owned()
            }
            Kind::Credentials if self.action == Action::CredentialProcess => {
                "run its command on its own: it must exit with 0 and print {\"Version\": \
                     1, \"AccessKeyId\": …, \"SecretAccessKey\": …} with credentials that have not \
                     expired"
                    .to_owned()
            }
            Kind::TimedOut => "raise settings.deadline, or find out why the endpoint does not \
                respond"
                .to_owned(),
            Kind::Credentials => {
                "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, \
                or give the task a role: the environment, the env file, the AWS profile (SSO \
                included), web identity, and container and instance metadata have none"
                    .to_owned()
            }
            Kind::RefusedEndpoint => "use https, or name the host: \
                HYDRANT_ALLOW_HTTP=HOST"
                .to_owned(),
            Kind::Settings => "correct the setting".to_owned(),
            Kind::Rejected => "read what AWS said about the request".to_owned(),
            Kind::Malformed => "check which server responds at this endpoint".to_owned(),
        })
    }
}

/// Names in quotes, with unprintable characters escaped. Of many names, the first twenty.
struct Names<'a>(&'a [String]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 20;
        if self.0.is_empty() {
            return f.write_str("none");
        }
        let shown: Vec<_> = self.0.iter().take(MOST).map(|name| format!("{name:?}")).collect();
        f.write_str(&shown.join(", "))?;
        match self.0.len().saturating_sub(MOST) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
