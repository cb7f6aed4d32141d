//! What AWS answers to a request that carried a value: what repeats it goes no further.

use std::collections::HashSet;

use crate::secret_value::SecretValue;
use crate::store::{Receipt, StoreError, StoreErrorKind};

/// How many bytes in a row are more than chance.
const RUN: usize = 8;

/// An error without a message that repeats the value or a run of it. Code and request id stay.
pub(super) fn without_value(mut error: StoreError, value: &SecretValue) -> StoreError {
    // AWS says of what it refuses to take what it was.
    let quotes = matches!(error.kind, StoreErrorKind::Rejected | StoreErrorKind::Malformed);
    let said = [error.message.as_deref(), error.said.as_ref().map(SecretValue::expose)];
    if quotes || said.into_iter().flatten().any(|text| repeats(text, value)) {
        error.message = None;
    }
    error
}

/// A version's id, if it has the form of one: any text can stand in an answer.
pub(super) fn version_id(answered: Option<&str>) -> Option<String> {
    Receipt::new(answered, None).version_id().map(str::to_owned)
}

/// A secret's ARN, if it has the form of one.
pub(super) fn arn(answered: Option<String>) -> Option<String> {
    answered.filter(|arn| {
        arn.starts_with("arn:") && arn.contains(":secretsmanager:") && arn.contains(":secret:")
    })
}

fn repeats(text: &str, value: &SecretValue) -> bool {
    let value = value.expose();
    if value.len() < RUN {
        return text.contains(value);
    }
    let runs: HashSet<&[u8]> = text.as_bytes().windows(RUN).collect();
    value.as_bytes().windows(RUN).any(|run| runs.contains(run))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Action;

    #[test]
    fn a_message_that_repeats_any_of_a_value_is_dropped() {
        fn check(kind: StoreErrorKind, message: &str, value: &str, stays: bool) {
            let error = without_value(
                StoreError::new(kind, Action::PutSecretValue, message),
                &value.into(),
            );
            assert_eq!(error.message.is_some(), stays, "{message:?} of {value:?}");
        }
        use StoreErrorKind::{Absent, Denied, Rejected, Throttled};
        check(Denied, "User is not authorized", "sk-qX7vB2nM9kL4jH8gT5dW3zR6", true);
        check(
            Denied,
            "Value sk-qX7vB2nM9kL4jH8gT5dW3zR6 is not allowed",
            "sk-qX7vB2nM9kL4jH8gT5dW3zR6",
            false,
        );
        check(Absent, "nM9kL4jH…", "sk-qX7vB2nM9kL4jH8gT5dW3zR6", false);
        check(Absent, "not nM9kL4j", "sk-qX7vB2nM9kL4jH8gT5dW3zR6", true);
        check(Throttled, "…\u{e9}\u{e9}\u{e9}\u{e9}…", "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}", false);
        check(Denied, "not 'key'", "key", false);
        check(Rejected, "anything", "sk-test", false);
    }

    #[test]
    fn what_is_neither_an_id_nor_an_arn_is_not_kept() {
        assert_eq!(version_id(Some("sk-qX7vB2nM9kL4jH8gT5dW3zR6qX7vB2nM9kL4")), None);
        let id = "4f2a6c1e-9b7d-4c1d-8e7f-0123456789ab";
        assert_eq!(version_id(Some(id)).as_deref(), Some(id));
        assert_eq!(arn(Some("sk-test".to_owned())), None);
        assert!(
            arn(Some(
                "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:a-AbCdEf".to_owned()
            ))
            .is_some()
        );
    }
}
