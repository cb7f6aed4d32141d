//! Why an entry has no value, as data. The messages and hints are in `words`.
//!
//! Nothing here can hold a value. [`crate::report`] decides which outcome a reason leads to.

mod words;

use crate::reference::{Origin, ParameterId, ReferenceError};
use crate::selector::Conflict;
use crate::severity::Severity;
use crate::shown::KnownValues;
use crate::source::SourceKeys;
use crate::store::{Action, StoreError};

/// Why an entry has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// No source key yields a reference.
    NoReference {
        /// The source keys that were tried.
        keys: Box<SourceKeys>,
    },
    /// The run is offline.
    Offline,
    /// The secret does not exist, has no value, or is scheduled for deletion. AWS's message says
    /// which.
    SecretAbsent(StoreError),
    /// The parameter that should hold the value does not exist.
    ParameterAbsent {
        /// The parameter.
        parameter: Box<ParameterId>,
    },
    /// Only a read can show whether the parameter exists.
    NotDescribed {
        /// The parameter.
        parameter: Box<ParameterId>,
    },
    /// Only a read can show whether the version of the secret exists.
    VersionNotDescribed,
    /// The secret, or the selected part of it, is empty.
    Empty,
    /// The JSON object has no such key, or `null` under it.
    KeyAbsent {
        /// The key or pointer.
        key: String,
        /// Whether the key is there and `null`.
        null: bool,
        /// The keys that are there.
        keys: Vec<String>,
        /// The nearest one, ignoring case and separators.
        nearest: Option<String>,
    },
    /// The JSON document has nothing at the pointer, or `null`.
    PointerAbsent {
        /// The pointer.
        pointer: String,
        /// Whether `null` is there.
        null: bool,
        /// The existing pointers next to the part of the path that was not found.
        beside: Vec<String>,
        /// The nearest one, ignoring case and separators.
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
    /// AWS's response did not contain the requested id.
    Unanswered {
        /// The call.
        action: Action,
    },
    /// A variable or a parameter does not hold a valid reference.
    InvalidReference {
        /// Where it was found.
        origin: Box<Origin>,
        /// What is wrong with it.
        error: ReferenceError,
    },
    /// The reference's suffix contradicts the entry.
    Conflict {
        /// Where the reference was found.
        origin: Box<Origin>,
        /// What contradicts what.
        conflict: Conflict,
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
    /// The entry takes a JSON key, but the value is not JSON.
    NotJson {
        /// The key or pointer.
        key: String,
    },
    /// The entry takes a JSON key, but the value is JSON of another type than an object.
    NotAnObject {
        /// The key or pointer.
        key: String,
    },
    /// A JSON string on the path is not valid Unicode, such as half of a surrogate pair.
    BadJsonString {
        /// The key or pointer.
        key: String,
    },
}

/// The hint for a reason, given an entry's variable and its source as it may be shown. The
/// library's is [`Reason::hint`]. A program may have its own.
pub type Hint = fn(&Reason, variable: &str, place: &str) -> Option<String>;

/// What a reason means for an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// AWS was not called.
    Skipped,
    /// There is no value.
    Missing,
    /// It is not known whether there is a value, or the value cannot be used.
    Failed,
}

impl Reason {
    /// How severe it is if the value is required.
    pub fn severity(&self) -> Severity {
        match self {
            Reason::NoReference { .. }
            | Reason::Offline
            | Reason::SecretAbsent(_)
            | Reason::ParameterAbsent { .. }
            | Reason::Empty
            | Reason::KeyAbsent { .. }
            | Reason::PointerAbsent { .. } => Severity::Missing,
            Reason::NotDescribed { .. }
            | Reason::VersionNotDescribed
            | Reason::Unanswered { .. }
            | Reason::InvalidReference { .. }
            | Reason::Conflict { .. }
            | Reason::VersionOfParameter { .. }
            | Reason::NotText
            | Reason::NotJson { .. }
            | Reason::NotAnObject { .. }
            | Reason::BadJsonString { .. } => Severity::Unusable,
            Reason::NoRegion | Reason::NoParameterStore => Severity::Setup,
            Reason::Store(error) => error.severity(),
            Reason::Lookup { reason, .. } => reason.severity(),
        }
    }

    /// What the reason means for an entry.
    #[doc(hidden)]
    pub fn class(&self) -> Class {
        match self {
            Reason::NoReference { .. } | Reason::Offline => Class::Skipped,
            _ if self.severity() == Severity::Missing => Class::Missing,
            _ => Class::Failed,
        }
    }

    /// One word for reports: `denied`, `absent`, `empty`, …
    pub fn word(&self) -> &'static str {
        match self {
            Reason::NoReference { .. } => "no_reference",
            Reason::Offline => "offline",
            Reason::SecretAbsent(_) | Reason::ParameterAbsent { .. } => "absent",
            Reason::NotDescribed { .. } | Reason::VersionNotDescribed => "not_described",
            Reason::Empty => "empty",
            Reason::KeyAbsent { .. } | Reason::PointerAbsent { .. } => "key_absent",
            Reason::Lookup { reason, .. } => reason.word(),
            Reason::Store(error) => error.kind.word(),
            Reason::Unanswered { .. } => "unanswered",
            Reason::InvalidReference { .. } => "invalid_reference",
            // Programs read this word, so it does not change.
            Reason::Conflict { .. } | Reason::VersionOfParameter { .. } => "contradiction",
            Reason::NoRegion => "no_region",
            Reason::NoParameterStore => "no_parameter_store",
            Reason::NotText => "not_text",
            Reason::NotJson { .. } => "not_json",
            Reason::NotAnObject { .. } => "not_an_object",
            Reason::BadJsonString { .. } => "bad_json_string",
        }
    }

    /// Whether the same read may succeed later.
    pub fn is_transient(&self) -> bool {
        self.store_error().is_some_and(StoreError::is_transient)
    }

    /// The error of AWS or of the connection behind the reason.
    pub fn store_error(&self) -> Option<&StoreError> {
        match self {
            Reason::SecretAbsent(error) | Reason::Store(error) => Some(error),
            Reason::Lookup { reason, .. } => reason.store_error(),
            _ => None,
        }
    }

    /// Where the invalid reference was found.
    pub(crate) fn origin(&self) -> Option<&Origin> {
        match self {
            Reason::InvalidReference { origin, .. }
            | Reason::Conflict { origin, .. }
            | Reason::VersionOfParameter { origin } => Some(origin),
            _ => None,
        }
    }

    /// Removes everything that repeats a value of the same hydration or call.
    pub(crate) fn hide(&mut self, known: &KnownValues) {
        match self {
            Reason::SecretAbsent(error) | Reason::Store(error) => error.hide(known),
            Reason::Lookup { reason, .. } => reason.hide(known),
            _ => {}
        }
    }

    /// Drops AWS's message, which may repeat the reference of the call. The code stays.
    pub(crate) fn drop_message(&mut self) {
        if let Reason::SecretAbsent(error) | Reason::Store(error) = self
            && error.code.is_some()
        {
            error.message = None;
        }
    }

    /// Whether the reason does not depend on the entry's own source, so that one message covers all
    /// entries.
    pub fn is_shared(&self) -> bool {
        matches!(self.severity(), Severity::Setup | Severity::Unreachable)
    }

    /// The reason of a failed lookup, or else the reason itself.
    pub(crate) fn cause(&self) -> &Reason {
        match self {
            Reason::Lookup { reason, .. } => reason.cause(),
            reason => reason,
        }
    }

    /// Whether one message covers an entry with this reason and one with the other. The calls may
    /// differ.
    pub(crate) fn shares_cause_with(&self, other: &Reason) -> bool {
        match (self.cause(), other.cause()) {
            (Reason::Store(one), Reason::Store(other)) => {
                self.is_shared()
                    && (one.kind, &one.code, &one.message)
                        == (other.kind, &other.code, &other.message)
            }
            (one, other) => self.is_shared() && one == other,
        }
    }

    /// Whether the value was read, but does not have the part that the entry takes.
    pub fn is_about_content(&self) -> bool {
        matches!(
            self,
            Reason::KeyAbsent { .. }
                | Reason::PointerAbsent { .. }
                | Reason::NotJson { .. }
                | Reason::NotAnObject { .. }
                | Reason::BadJsonString { .. }
        )
    }
}
