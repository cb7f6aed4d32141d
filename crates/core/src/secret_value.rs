//! The only type that holds a secret's value. It redacts itself and is wiped when dropped.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroize;

/// A secret's value. It does not print itself. Copies share one text, which is zeroized when the
/// last copy is dropped. [`SecretValue::expose`] is the only access.
///
/// ```
/// use hydrant_core::SecretValue;
///
/// let value = SecretValue::from("sk-1234");
/// assert_eq!(format!("{value:?}"), "SecretValue(…)");
/// assert_eq!(value.expose(), "sk-1234");
/// ```
#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(from = "String")]
pub struct SecretValue(Arc<Text>);

#[derive(PartialEq, Eq)]
struct Text(String);

/// Wipes all that the text has room for. As a slice: a vector wipes itself byte after byte with a
/// fence behind each, which took a tenth of a start with a thousand values.
impl Drop for Text {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.resize(bytes.capacity(), 0);
        bytes.as_mut_slice().zeroize();
    }
}

impl SecretValue {
    /// The text of the value. Search for this name to find every place that sees one.
    pub fn expose(&self) -> &str {
        &self.0.0
    }

    /// Whether the value has no characters.
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
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
        SecretValue(Arc::new(Text(text)))
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
