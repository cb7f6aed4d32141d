//! Read: the result of one read of a secret or parameter. Single reads and batches share it.

use crate::reason::Reason;
use crate::secret_value::SecretValue;
use crate::store::{Payload, Receipt, Secret, StoreError, StoreErrorKind};

/// The value of one source, or why it could not be read.
pub type Read = Result<ReadValue, Reason>;

/// The value of one source.
#[derive(Clone, Debug)]
pub struct ReadValue {
    /// The value.
    pub value: SecretValue,
    /// Which version it is, and which request read it.
    pub receipt: Receipt,
}

pub(crate) fn reason(error: StoreError) -> Reason {
    match error.kind {
        StoreErrorKind::Absent => Reason::SecretAbsent(error),
        _ => Reason::Store(error),
    }
}

pub(crate) fn value(secret: Secret) -> Read {
    let value = match secret.value {
        None => Err(Reason::Empty),
        Some(Payload::Text(text)) => Ok(text),
        Some(Payload::Binary(mut bytes)) => {
            SecretValue::from_utf8(std::mem::take(&mut *bytes)).ok_or(Reason::NotText)
        }
    };
    value.map(|value| ReadValue { value, receipt: secret.receipt })
}
