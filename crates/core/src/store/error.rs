//! What went wrong with one call, reduced to what may be shown: what it means, how severe it is,
//! and its word in reports. What is said of it to people is in `reason::words`.

use std::fmt;

use super::Action;
use crate::secret_value::SecretValue;
use crate::severity::Severity;
use crate::shown::KnownValues;

/// What went wrong with one call: classified by the SDK's error codes, reduced to what can be
/// shown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreError {
    /// What it means.
    pub kind: StoreErrorKind,
    /// What it happened in.
    pub action: Action,
    /// AWS's error code; `None` where no answer of AWS's stands behind the error.
    pub code: Option<String>,
    /// AWS's own message, or what the connection said.
    pub message: Option<String>,
    /// AWS's request id.
    pub request_id: Option<String>,
    /// AWS's message as it came, which may hold anything: for [`StoreError::hide`], which drops it,
    /// and never shown.
    pub(crate) said: Option<SecretValue>,
}

/// What a [`StoreError`] means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// ResourceNotFoundException or InvalidRequestException: absent, never filled, or pending
    /// deletion.
    Absent,
    /// The role lacks a permission.
    Denied,
    /// The key that encrypts the value cannot be used.
    Undecryptable,
    /// Too many requests, to the end.
    Throttled,
    /// No answer: name resolution, connection, TLS, or a 5xx.
    Unreachable,
    /// No answer before the deadline.
    TimedOut,
    /// No credentials, or credentials that AWS does not accept.
    Credentials,
    /// An endpoint of plain http that was not allowed.
    RefusedEndpoint,
    /// Invalid AWS settings.
    Settings,
    /// AWS rejected the request for another reason.
    Rejected,
    /// An answer that could not be read.
    Malformed,
}

impl StoreErrorKind {
    /// How severe it is where a value is required.
    pub fn severity(self) -> Severity {
        match self {
            StoreErrorKind::Absent => Severity::Missing,
            StoreErrorKind::Denied | StoreErrorKind::Undecryptable => Severity::Denied,
            StoreErrorKind::Throttled | StoreErrorKind::Unreachable | StoreErrorKind::TimedOut => {
                Severity::Unreachable
            }
            StoreErrorKind::Credentials
            | StoreErrorKind::RefusedEndpoint
            | StoreErrorKind::Settings => Severity::Setup,
            StoreErrorKind::Rejected | StoreErrorKind::Malformed => Severity::Unusable,
        }
    }

    /// One word for reports and the audit log.
    pub fn word(self) -> &'static str {
        match self {
            StoreErrorKind::Absent => "absent",
            StoreErrorKind::Denied => "denied",
            StoreErrorKind::Undecryptable => "undecryptable",
            StoreErrorKind::Throttled => "throttled",
            StoreErrorKind::Unreachable => "unreachable",
            StoreErrorKind::TimedOut => "timed_out",
            StoreErrorKind::Credentials => "no_credentials",
            StoreErrorKind::RefusedEndpoint => "refused_endpoint",
            StoreErrorKind::Settings => "bad_settings",
            StoreErrorKind::Rejected => "rejected",
            StoreErrorKind::Malformed => "malformed_answer",
        }
    }
}

impl StoreError {
    /// An error that no answer of AWS's stands behind.
    pub fn new(kind: StoreErrorKind, action: Action, message: impl Into<String>) -> Self {
        StoreError {
            kind,
            action,
            code: None,
            message: Some(message.into()),
            request_id: None,
            said: None,
        }
    }

    /// Takes out what repeats a value of the same hydration or call.
    #[doc(hidden)]
    pub fn hide(&mut self, known: &KnownValues) {
        self.hide_for_now(known);
        self.said = None;
    }

    /// The same where more values will be compared.
    pub(crate) fn hide_for_now(&mut self, known: &KnownValues) {
        let texts = [self.message.as_deref(), self.said.as_ref().map(SecretValue::expose)];
        if texts.into_iter().flatten().any(|text| known.are_in(text)) {
            self.message = Some("its message is not shown: it repeats a value".to_owned());
        }
        if self.code.as_ref().is_some_and(|code| known.are_in(code)) {
            self.code = Some("an error code that is not shown: it repeats a value".to_owned());
        }
        self.request_id = self.request_id.take().filter(|id| !known.are_in(id));
    }

    /// Whether AWS says that the secret, its version or the parameter is not there; by its code,
    /// since `Absent` also stands for secrets that are scheduled for deletion.
    pub fn is_not_found(&self) -> bool {
        let code = self.code.as_deref().unwrap_or_default();
        matches!(code.rsplit('#').next(), Some("ResourceNotFoundException" | "ParameterNotFound"))
    }

    /// How severe it is where a value is required.
    pub fn severity(&self) -> Severity {
        self.kind.severity()
    }

    /// Whether asking again may help.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.kind,
            StoreErrorKind::Throttled | StoreErrorKind::Unreachable | StoreErrorKind::TimedOut
        )
    }

    /// Whether a change may have been made all the same: it was asked for, and no response tells
    /// that it was not made.
    pub fn may_have_been_done(&self) -> bool {
        use StoreErrorKind as Kind;
        self.action.is_write()
            && matches!(self.kind, Kind::Unreachable | Kind::TimedOut | Kind::Malformed)
    }

    /// Whether the service refused the call as such, so that asking for each id by itself may still
    /// succeed.
    pub(crate) fn refuses_batch(&self) -> bool {
        use StoreErrorKind as Kind;
        match self.kind {
            Kind::Absent
            | Kind::Denied
            | Kind::Undecryptable
            | Kind::Rejected
            | Kind::Malformed => true,
            // A 5xx is an answer, and has a code; a connection that failed has none.
            Kind::Unreachable => self.code.is_some(),
            Kind::Throttled
            | Kind::TimedOut
            | Kind::Credentials
            | Kind::RefusedEndpoint
            | Kind::Settings => false,
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.code, &self.message) {
            (Some(code), Some(message)) => write!(f, "{code}: {message}")?,
            (Some(text), None) | (None, Some(text)) => f.write_str(text)?,
            (None, None) => write!(f, "{} failed", self.action)?,
        }
        match &self.request_id {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for StoreError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_write_may_have_been_done_all_the_same() {
        fn check(action: Action, kind: StoreErrorKind, expected: bool) {
            let error = StoreError::new(kind, action, "no response");
            assert_eq!(error.may_have_been_done(), expected, "{action} {kind:?}");
        }
        use StoreErrorKind::{Denied, Malformed, TimedOut, Unreachable};
        for kind in [Malformed, TimedOut, Unreachable] {
            check(Action::PutSecretValue, kind, true);
            check(Action::DeleteParameter, kind, true);
            check(Action::GetSecretValue, kind, false);
            check(Action::ListSecrets, kind, false);
            check(Action::Connect, kind, false);
            // Nothing is sent before there are credentials.
            check(Action::CredentialProcess, kind, false);
        }
        check(Action::PutSecretValue, Denied, false);
    }

    #[test]
    fn severities_are_ordered_as_exit_codes_are() {
        assert!(Severity::MOST_SEVERE_FIRST.is_sorted_by(|one, next| one > next));
    }
}
