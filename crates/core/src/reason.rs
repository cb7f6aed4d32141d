//! Why an entry has no value of its own: typed, with what it means, its words, and what to do about it.
//!
//! Nothing here can hold a value. Which outcome a reason leads to for an entry is decided in [`crate::report`].

use std::fmt;

use crate::manifest::LocatorKind;
use crate::plan::Origin;
use crate::reference::{Contradiction, ParameterId, ReferenceError};
use crate::store::{StoreError, StoreErrorKind};

/// Why an entry has no value of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No locator yields a reference.
    NoReference {
        /// The locators that were asked.
        asked: Vec<LocatorKind>,
    },
    /// The run is offline.
    Offline,
    /// The secret does not exist, was never filled, or is scheduled for deletion; AWS's own words say which.
    SecretAbsent(StoreError),
    /// The parameter that should hold the value does not exist.
    ParameterAbsent {
        /// The parameter.
        parameter: Box<ParameterId>,
    },
    /// The secret, or the part of it that is meant, is the empty text.
    Empty,
    /// The JSON object has no such key, or `null` under it.
    KeyAbsent {
        /// The key, or the pointer, that was asked for.
        key: String,
        /// Whether the key is there and `null`.
        null: bool,
        /// The keys that are there.
        keys: Vec<String>,
        /// The one that is nearest, case and separators ignored.
        nearest: Option<String>,
    },
    /// The JSON document has nothing where the pointer leads, or `null` there.
    PointerAbsent {
        /// The pointer.
        pointer: String,
        /// Whether `null` is there.
        null: bool,
        /// The pointers to what is there, beside the last part of the way that exists.
        beside: Vec<String>,
        /// The one that is nearest, case and separators ignored.
        nearest: Option<String>,
    },
    /// The call failed.
    Store(StoreError),
    /// The parameter that should hold the reference could not be read.
    Lookup {
        /// The parameter.
        parameter: Box<ParameterId>,
        /// Why.
        reason: Box<Reason>,
    },
    /// AWS's answer did not mention the id that was asked for.
    Unanswered {
        /// The call, as IAM writes it.
        action: &'static str,
    },
    /// What a variable or a parameter holds is no reference.
    InvalidReference {
        /// Where it was found.
        origin: Box<Origin>,
        /// What is wrong with it.
        error: ReferenceError,
    },
    /// The reference's suffix and the entry say different things.
    Contradiction {
        /// Where the reference was found.
        origin: Box<Origin>,
        /// What contradicts what.
        contradiction: Contradiction,
    },
    /// The entry pins a version, but its reference is a parameter.
    VersionOfParameter {
        /// Where the reference was found.
        origin: Box<Origin>,
    },
    /// Nothing names a region.
    NoRegion,
    /// The program was built without Parameter Store.
    NoParameterStore,
    /// SecretBinary that is not UTF-8.
    NotText,
    /// A JSON key is asked for, but the value is no JSON.
    NotJson {
        /// The key or pointer.
        key: String,
    },
    /// A JSON key is asked for, but the value is JSON of another kind than an object.
    NotAnObject {
        /// The key or pointer.
        key: String,
    },
    /// A JSON string on the way that is no text, such as half of a surrogate pair.
    BadJsonString {
        /// The key or pointer.
        key: String,
    },
}

/// What a reason means for an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Nothing was asked.
    Skipped,
    /// There is no value.
    Missing,
    /// Whether there is a value could not be found out, or it cannot be used.
    Failed,
}

/// What kind of trouble a failure is, the gravest last. The command line has an exit code for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// A required value is missing.
    Missing,
    /// An answer or a value that cannot be used.
    Unusable,
    /// AWS was not reached, throttled to the end, or did not answer in time.
    Unreachable,
    /// Access denied, undecryptable included.
    Denied,
    /// No credentials, no region, a refused endpoint, or settings that make no sense.
    Setup,
}

impl Reason {
    /// What the reason means for an entry.
    pub fn class(&self) -> Class {
        match self {
            Reason::NoReference { .. } | Reason::Offline => Class::Skipped,
            Reason::SecretAbsent(_)
            | Reason::ParameterAbsent { .. }
            | Reason::Empty
            | Reason::KeyAbsent { .. }
            | Reason::PointerAbsent { .. } => Class::Missing,
            _ => Class::Failed,
        }
    }

    /// What kind of trouble it is where the value is required.
    pub fn trouble(&self) -> Trouble {
        use StoreErrorKind as Kind;
        match self {
            Reason::Store(error) => match error.kind {
                Kind::Absent => Trouble::Missing,
                Kind::Denied | Kind::Undecryptable => Trouble::Denied,
                Kind::Throttled | Kind::Unreachable | Kind::TimedOut => Trouble::Unreachable,
                Kind::Credentials | Kind::RefusedEndpoint | Kind::Settings => Trouble::Setup,
                Kind::Rejected | Kind::Malformed => Trouble::Unusable,
            },
            Reason::Lookup { reason, .. } => reason.trouble(),
            Reason::NoRegion | Reason::NoParameterStore => Trouble::Setup,
            _ if self.class() == Class::Failed => Trouble::Unusable,
            _ => Trouble::Missing,
        }
    }

    /// One word for reports: `denied`, `absent`, `empty`, …
    pub fn word(&self) -> &'static str {
        use StoreErrorKind as Kind;
        match self {
            Reason::NoReference { .. } => "no_reference",
            Reason::Offline => "offline",
            Reason::SecretAbsent(_) | Reason::ParameterAbsent { .. } => "absent",
            Reason::Empty => "empty",
            Reason::KeyAbsent { .. } | Reason::PointerAbsent { .. } => "key_absent",
            Reason::Lookup { reason, .. } => reason.word(),
            Reason::Store(error) => match error.kind {
                Kind::Absent => "absent",
                Kind::Denied => "denied",
                Kind::Undecryptable => "undecryptable",
                Kind::Throttled => "throttled",
                Kind::Unreachable => "unreachable",
                Kind::TimedOut => "timed_out",
                Kind::Credentials => "no_credentials",
                Kind::RefusedEndpoint => "refused_endpoint",
                Kind::Settings => "bad_settings",
                Kind::Rejected => "rejected",
                Kind::Malformed => "malformed_answer",
            },
            Reason::Unanswered { .. } => "unanswered",
            Reason::InvalidReference { .. } => "invalid_reference",
            Reason::Contradiction { .. } | Reason::VersionOfParameter { .. } => "contradiction",
            Reason::NoRegion => "no_region",
            Reason::NoParameterStore => "no_parameter_store",
            Reason::NotText => "not_text",
            Reason::NotJson { .. } => "not_json",
            Reason::NotAnObject { .. } => "not_an_object",
            Reason::BadJsonString { .. } => "bad_json_string",
        }
    }

    /// The error of AWS or of the connection behind the reason.
    pub fn store_error(&self) -> Option<&StoreError> {
        match self {
            Reason::SecretAbsent(error) | Reason::Store(error) => Some(error),
            Reason::Lookup { reason, .. } => reason.store_error(),
            _ => None,
        }
    }

    /// The same reason without what AWS said, which may repeat the reference it was asked for. The code stays.
    pub(crate) fn without_message(mut self) -> Self {
        if let Reason::SecretAbsent(error) | Reason::Store(error) = &mut self
            && error.code.is_some()
        {
            error.message = None;
        }
        self
    }

    /// Whether the reason has nothing to do with the entry's own place, so that one message serves all entries.
    pub fn is_shared(&self) -> bool {
        use StoreErrorKind as Kind;
        match self {
            Reason::NoRegion | Reason::NoParameterStore => true,
            Reason::Lookup { reason, .. } => reason.is_shared(),
            Reason::Store(error) => matches!(
                error.kind,
                Kind::Credentials
                    | Kind::RefusedEndpoint
                    | Kind::Settings
                    | Kind::Unreachable
                    | Kind::TimedOut
                    | Kind::Throttled
            ),
            _ => false,
        }
    }

    /// The reason behind a failed lookup, else the reason itself.
    pub(crate) fn cause(&self) -> &Reason {
        match self {
            Reason::Lookup { reason, .. } => reason.cause(),
            reason => reason,
        }
    }

    /// Whether one message serves an entry with this reason and one with the other. The calls may differ.
    pub(crate) fn shares_cause_with(&self, other: &Reason) -> bool {
        let said = |error: &StoreError| (error.kind, error.code.clone(), error.message.clone());
        match (self.cause(), other.cause()) {
            (Reason::Store(one), Reason::Store(other)) => self.is_shared() && said(one) == said(other),
            (one, other) => self.is_shared() && one == other,
        }
    }

    /// What to do about it. `place` is the place as it may be shown.
    pub fn hint(&self, variable: &str, place: &str) -> Option<String> {
        use StoreErrorKind as Kind;
        Some(match self {
            Reason::NoReference { asked } => no_reference_hint(variable, asked),
            Reason::Offline => format!("set {variable} in the environment or the env file, or run without --offline"),
            Reason::SecretAbsent(_) => {
                "create the secret, or give it a value (aws secretsmanager put-secret-value)".to_owned()
            }
            Reason::ParameterAbsent { parameter } => format!("create parameter {parameter}, or correct the entry"),
            Reason::Empty => "give the secret a value".to_owned(),
            Reason::KeyAbsent { null: true, .. } => "give the key a value in the secret".to_owned(),
            Reason::KeyAbsent { nearest: Some(nearest), .. } => format!("did you mean json_key = {nearest:?}?"),
            Reason::KeyAbsent { .. } => "correct json_key, or add the key to the secret".to_owned(),
            Reason::PointerAbsent { null: true, .. } => "give it a value in the secret".to_owned(),
            Reason::PointerAbsent { nearest: Some(nearest), .. } => format!("did you mean json_pointer = {nearest:?}?"),
            Reason::PointerAbsent { .. } => "correct json_pointer, or add what it points to".to_owned(),
            Reason::Lookup { parameter, reason } => return reason.hint(variable, &format!("parameter {parameter}")),
            Reason::Store(error) => match error.kind {
                Kind::Absent => return None,
                Kind::Denied => format!("allow {} on {place} in the role's policy", error.action),
                Kind::Undecryptable => format!("allow kms:Decrypt on the key that encrypts {place}, and see that the key is enabled"),
                Kind::Throttled => "too many requests in this account and region: raise settings.deadline, or start fewer processes at once".to_owned(),
                Kind::Unreachable => "see that the endpoint can be reached from here (network, DNS, proxy, VPC endpoint, certificates)".to_owned(),
                Kind::TimedOut => "raise settings.deadline, or see why the endpoint does not answer".to_owned(),
                Kind::Credentials => "looked in the environment, the env file, the AWS profile (SSO included), web identity, and container and instance metadata: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the task a role".to_owned(),
                Kind::RefusedEndpoint => "use https, or name the host: --allow-http HOST, or HYDRANT_ALLOW_HTTP=HOST".to_owned(),
                Kind::Settings => "correct the setting".to_owned(),
                Kind::Rejected => "see what AWS says of the request".to_owned(),
                Kind::Malformed => "see what answers at this endpoint".to_owned(),
            },
            Reason::Unanswered { .. } => "ask again; if it stays so, name the secret by its whole ARN".to_owned(),
            Reason::InvalidReference { .. } => {
                "put a secret's ARN or name there; if it holds a key, that key is in the wrong variable".to_owned()
            }
            Reason::Contradiction { .. } => "remove the suffix, or the key of the entry".to_owned(),
            Reason::VersionOfParameter { .. } => "remove version_stage and version_id; a parameter is pinned as name:3".to_owned(),
            Reason::NoRegion => {
                "looked in AWS_REGION, AWS_DEFAULT_REGION, the AWS profile, settings.region and instance metadata: set one, or use whole ARNs".to_owned()
            }
            Reason::NoParameterStore => "build with hydrant's feature `ssm`".to_owned(),
            Reason::NotText => "store the value as SecretString".to_owned(),
            Reason::NotJson { .. } | Reason::NotAnObject { .. } => {
                "remove json_key to take the whole value, or store a JSON object".to_owned()
            }
            Reason::BadJsonString { .. } => "correct the JSON in the secret".to_owned(),
        })
    }
}

fn no_reference_hint(variable: &str, asked: &[LocatorKind]) -> String {
    let ways = asked.iter().filter_map(|kind| match kind {
        LocatorKind::ArnVar(name) => Some(format!("set {name} to the secret's ARN")),
        LocatorKind::ArnParameter(id) => Some(format!("publish the secret's ARN as parameter {id}")),
        LocatorKind::SecretId(_) | LocatorKind::ValueParameter(_) => None,
    });
    ways.chain([format!("set {variable} itself")]).collect::<Vec<_>>().join(", or ")
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use StoreErrorKind as Kind;
        match self {
            Reason::NoReference { asked } => {
                let each = asked.iter().filter_map(|kind| match kind {
                    LocatorKind::ArnVar(name) => Some(format!("{name} is not set")),
                    LocatorKind::ArnParameter(id) => Some(format!("parameter {id} does not exist")),
                    LocatorKind::SecretId(_) | LocatorKind::ValueParameter(_) => None,
                });
                write!(f, "nothing names its secret: {}", each.collect::<Vec<_>>().join(", and "))
            }
            Reason::Offline => f.write_str("not set locally, and AWS is not asked (offline)"),
            Reason::SecretAbsent(_) => f.write_str("the secret has no value to read"),
            Reason::ParameterAbsent { .. } => f.write_str("the parameter does not exist"),
            Reason::Empty => f.write_str("the value is empty"),
            Reason::KeyAbsent { key, null: true, .. } => write!(f, "the key {key:?} of the JSON object is null"),
            Reason::KeyAbsent { key, keys, .. } => {
                write!(f, "the JSON object has no key {key:?}; it has {}", Names(keys))
            }
            Reason::PointerAbsent { pointer, null: true, .. } => write!(f, "the JSON value at {pointer:?} is null"),
            Reason::PointerAbsent { pointer, beside, .. } => {
                write!(f, "there is nothing at {pointer:?} in the JSON value; there is {}", Names(beside))
            }
            Reason::Lookup { parameter, reason } => {
                write!(f, "the reference could not be read from parameter {parameter}: {reason}")
            }
            Reason::Store(error) => f.write_str(match error.kind {
                Kind::Absent => "there is no value to read",
                Kind::Denied => "access denied",
                Kind::Undecryptable => "the value cannot be decrypted",
                Kind::Throttled => "throttled to the end",
                Kind::Unreachable => "AWS cannot be reached",
                Kind::TimedOut => "no answer before the deadline",
                Kind::Credentials => "no usable AWS credentials",
                Kind::RefusedEndpoint => "the endpoint is refused",
                Kind::Settings => "the AWS settings make no sense",
                Kind::Rejected => "AWS refused the request",
                Kind::Malformed => "the answer cannot be read",
            }),
            Reason::Unanswered { action } => write!(f, "the answer to {action} does not mention it"),
            Reason::InvalidReference { origin, error } => write!(f, "what {origin} holds is no reference: {error}"),
            Reason::Contradiction { origin, contradiction } => {
                write!(f, "the reference in {origin} contradicts the entry: {contradiction}")
            }
            Reason::VersionOfParameter { origin } => {
                write!(f, "the entry pins a version, but the reference in {origin} is a parameter")
            }
            Reason::NoRegion => f.write_str("no region"),
            Reason::NoParameterStore => {
                f.write_str("the entry needs Parameter Store, which this program was built without")
            }
            Reason::NotText => f.write_str("the secret holds bytes that are not UTF-8"),
            Reason::NotJson { key } => write!(f, "{key:?} is asked for, but the value is not JSON"),
            Reason::NotAnObject { key } => write!(f, "{key:?} is asked for, but the value is not a JSON object"),
            Reason::BadJsonString { key } => write!(f, "the JSON text at {key:?} is not valid Unicode"),
        }
    }
}

/// Names in quotes, anything unprintable escaped; the first twenty of many.
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

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Manifest => f.write_str("the manifest"),
            Origin::Variable(name) => f.write_str(name),
            Origin::Parameter(id) => write!(f, "parameter {id}"),
        }
    }
}
