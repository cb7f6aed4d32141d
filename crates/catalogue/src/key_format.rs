//! The key format of a provider: a regular expression for the whole value.
//!
//! The caller that takes the input checks for mistakes in it (quotation marks, placeholders and so
//! on).

use regex_lite::Regex;

/// The key format of a provider.
///
/// ```
/// let catalogue = hydrant_catalogue::Catalogue::built_in();
/// let item = catalogue.by_variable("MISTRAL_API_KEY").expect("a known variable");
/// let format = item.key_format.as_ref().expect("a known format");
/// assert!(format.matches(&"a".repeat(32)));
/// assert!(!format.matches("not a key"));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KeyFormat {
    /// A regular expression for the whole value, in the syntax of the crate `regex-lite`.
    pub pattern: String,
    /// Where the format is documented or was observed.
    pub source: Option<String>,
    regex: Regex,
}

impl KeyFormat {
    pub(crate) fn new(pattern: &str, source: Option<String>) -> Result<Self, regex_lite::Error> {
        // Check the pattern on its own first: unchecked it might close the group around it.
        Regex::new(pattern)?;
        let regex = Regex::new(&format!(r"\A(?:{pattern})\z"))?;
        Ok(KeyFormat { pattern: pattern.to_owned(), source, regex })
    }

    /// Whether the whole value has this format.
    pub fn matches(&self, value: &str) -> bool {
        self.regex.is_match(value)
    }
}
