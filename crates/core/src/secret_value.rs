//! The one type that holds a secret's value: it redacts itself and is wiped when dropped.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

/// A secret's value. It does not print itself and is zeroized when dropped; [`SecretValue::expose`] is the only way in.
///
/// ```
/// use hydrant_core::SecretValue;
///
/// let value = SecretValue::from("sk-1234");
/// assert_eq!(format!("{value:?}"), "SecretValue(…)");
/// assert_eq!(value.expose(), "sk-1234");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(Zeroizing<String>);

impl SecretValue {
    /// The text of the value. Search for this name to find every place that sees one.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the value has no characters.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads bytes as UTF-8; bytes that are not are wiped.
    pub(crate) fn from_utf8(bytes: Vec<u8>) -> Option<Self> {
        match String::from_utf8(bytes) {
            Ok(text) => Some(SecretValue::from(text)),
            Err(error) => {
                error.into_bytes().zeroize();
                None
            }
        }
    }
}

impl From<String> for SecretValue {
    fn from(text: String) -> Self {
        SecretValue(Zeroizing::new(text))
    }
}

impl From<&str> for SecretValue {
    fn from(text: &str) -> Self {
        SecretValue::from(text.to_owned())
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue(…)")
    }
}
