//! The form of a line, as docs/audit.md has it. No field can hold a value, or a text of AWS's that
//! could repeat one.

use hydrant_core::shown::{escaped_in_json, needs_escape};
use hydrant_core::store::{Receipt, is_request_id};
use serde::Serialize;

use super::who::Who;

/// One line of the log.
#[derive(Debug, Serialize)]
pub(super) struct Record<'a> {
    pub(super) time: String,
    pub(super) id: &'a str,
    pub(super) event: Event,
    pub(super) action: &'static str,
    pub(super) command: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<Outcome>,
    #[serde(flatten)]
    pub(super) who: &'a Who,
    pub(super) entries: &'a [Entry],
}

/// Which of the two records of an id it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Event {
    Intent,
    Outcome,
}

/// What it came to as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// All of it.
    Done,
    /// Some entries, and others not.
    Partial,
    /// Nothing of it.
    Failed,
    /// It was given up half-way: AWS may have done it.
    Unknown,
}

/// One variable, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Entry {
    variable: String,
    reference: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

impl Record<'_> {
    pub(super) fn line(&self) -> Vec<u8> {
        // Nothing in it can fail: every key of a map is text.
        let json = serde_json::to_string(self).unwrap_or_default();
        // `$` and the backtick run commands in a shell, where a line is not read as JSON.
        let is_escaped = |char| matches!(char, '$' | '`') || needs_escape(char);
        let mut line = escaped_in_json(&json, is_escaped).into_owned();
        line.push('\n');
        line.into_bytes()
    }
}

/// How every record begins; `0` stands for a digit of the time or of the id.
const START: &[u8; START_LENGTH] =
    b"{\"time\":\"0000-00-00T00:00:00.000Z\",\"id\":\"00000000-0000-0000-0000-000000000000\",\"event\":\"";
pub(super) const START_LENGTH: usize = 88;
/// What is left of a record that was cut off has at least its first field's name.
const SHORTEST_START: usize = b"{\"time\":\"".len();

/// Whether a file begins with a record of this log, by its first [`START_LENGTH`] bytes or all that
/// it has.
pub(super) fn is_start(bytes: &[u8]) -> bool {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let fits =
        |(found, form): (&u8, &u8)| found == form || (*form == b'0' && found.is_ascii_hexdigit());
    line.len() >= SHORTEST_START && line.iter().zip(START).all(fits)
}

impl Entry {
    /// `reference` is the place as it may be shown (`Target::shown`).
    pub(crate) fn new(variable: &str, reference: &str) -> Self {
        Entry {
            variable: variable.to_owned(),
            reference: reference.to_owned(),
            outcome: None,
            version_id: None,
            reason: None,
            code: None,
            request_id: None,
        }
    }

    pub(crate) fn variable(&self) -> &str {
        &self.variable
    }

    /// Whether it was found, or its value was read and used.
    pub(super) fn is_there(&self) -> bool {
        self.reason.is_none()
    }

    /// The reference, where more is known of it than before.
    pub(super) fn at(&mut self, reference: &str) {
        reference.clone_into(&mut self.reference);
    }

    pub(crate) fn done(&mut self, outcome: &'static str, receipt: &Receipt) {
        self.outcome = Some(outcome);
        self.version_id = receipt.version_id().map(str::to_owned);
        self.request_id = receipt.request_id().map(str::to_owned);
    }

    pub(crate) fn failed(
        &mut self,
        outcome: &'static str,
        reason: &'static str,
        code: Option<&str>,
        request_id: Option<&str>,
    ) {
        self.outcome = Some(outcome);
        self.reason = Some(reason);
        self.code = code.and_then(error_code);
        // After a read that has not what is asked of it, the id of the read stays.
        let request_id = request_id.filter(|id| is_request_id(id)).map(str::to_owned);
        self.request_id = request_id.or(self.request_id.take());
    }
}

/// A random UUID.
pub(super) fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// An error code as AWS has them (`AccessDeniedException`, `com.amazonaws.ssm#ParameterNotFound`),
/// or `HTTP 404`.
fn error_code(text: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".#: ".contains(&byte);
    (text.len() <= 100 && text.bytes().all(plain)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::rfc3339::rfc3339;

    #[test]
    fn every_record_begins_as_a_record() {
        let who = Who::here(Some("$(touch x) `id` \u{202e}\u{7f}\u{e0041}\"\\ü€"), None);
        let entries = [Entry::new("KEY", "demo/key, stage $(touch /tmp/x)")];
        let record = Record {
            time: rfc3339(SystemTime::now()),
            id: &new_id(),
            event: Event::Outcome,
            action: "read",
            command: "run",
            outcome: Some(Outcome::Done),
            who: &who,
            entries: &entries,
        };
        let line = String::from_utf8(record.line()).unwrap();
        assert!(is_start(line.as_bytes()) && is_start(&line.as_bytes()[..START_LENGTH]), "{line}");
        assert!(
            line.contains(
                r#""actor":"\u0024(touch x) \u0060id\u0060 \u202e\u007f\udb40\udc41\"\\ü€""#
            ),
            "{line}"
        );
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["actor"], "$(touch x) `id` \u{202e}\u{7f}\u{e0041}\"\\ü€");
        assert_eq!(read["entries"][0]["reference"], "demo/key, stage $(touch /tmp/x)");
        assert!(!is_start(b"{\"time\"") && !is_start(b""));
    }

    #[test]
    fn ids_are_random_uuids() {
        let ids: std::collections::BTreeSet<_> = (0..1000).map(|_| new_id()).collect();
        assert_eq!(ids.len(), 1000);
        assert!(ids.iter().all(|id| id.len() == 36 && id.as_bytes()[14] == b'4'), "{ids:?}");
    }

    #[test]
    fn what_is_no_code_is_left_out() {
        let check = |text: &str, is_code| assert_eq!(error_code(text).is_some(), is_code, "{text}");
        check("AccessDeniedException", true);
        check("com.amazonaws.ssm#ParameterNotFound", true);
        check("HTTP 404", true);
        check("error without a code", true);
        check("sk-qX7vB2nM9kL4jH8gT5dW3zR6", false);
        check("a line\nand another", false);
        check(&"x".repeat(101), false);
    }
}
