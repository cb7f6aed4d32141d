//! The catalogue: the variable, the page that issues the key, and the key format of well-known
//! providers.
//!
//! The data is in `catalogue.toml`, which is compiled in. `parse` reads it. This file owns the
//! lookups. It does not know manifests, and it keeps no value.

mod parse;
#[cfg(test)]
mod tests;

use hydrant_core::nearest;
use hydrant_core::shown::looks_like_key;

use crate::key_format::KeyFormat;
pub use parse::{InvalidCatalogue, Problem};

/// The built-in catalogue.
const BUILT_IN: &str = include_str!("catalogue.toml");

/// The known keys of providers, in the order of the catalogue. Additions from a user's own file
/// come last.
#[derive(Clone, Debug)]
pub struct Catalogue {
    items: Vec<Item>,
}

/// One variable of a provider.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Item {
    /// The provider's short name, as on the command line: `openai`.
    pub name: String,
    /// `OPENAI_API_KEY`.
    pub variable: String,
    /// Other names under which programs read the same key.
    pub aliases: Vec<String>,
    /// The usual name of the secret: `openai_api_key`.
    pub secret_name: String,
    /// The provider's full name: `OpenAI`.
    pub display_name: String,
    /// The provider's category, in a word or two: `language models`.
    pub category: String,
    /// The description of an entry for this variable.
    pub description: String,
    /// The page that issues the key; an https URL.
    pub console: Option<String>,
    /// The key format, if it is known.
    pub key_format: Option<KeyFormat>,
    /// Why the key format is not known.
    pub no_key_format: Option<String>,
}

impl Item {
    /// Whether the value has the key format; `None` if it is not known.
    pub fn matches_key_format(&self, value: &str) -> Option<bool> {
        self.key_format.as_ref().map(|format| format.matches(value))
    }

    /// The variable and its aliases.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.variable).chain(&self.aliases).map(String::as_str)
    }
}

impl Catalogue {
    /// The catalogue that comes with hydrant.
    pub fn built_in() -> Self {
        parse::providers(BUILT_IN, &Catalogue { items: Vec::new() })
            .expect("the built-in catalogue is valid, as a test checks")
    }

    /// This catalogue with the additions and changes of a text in the same format, key by key.
    ///
    /// `docs/catalogue.md` describes the format.
    ///
    /// # Errors
    ///
    /// [`InvalidCatalogue`] with every problem of the text.
    ///
    /// ```
    /// use hydrant_catalogue::Catalogue;
    ///
    /// let own = "version = 1\n[providers.acme.variables.ACME_TOKEN]\nshape = 'acme_[0-9a-f]{32}'\n";
    /// let catalogue = Catalogue::built_in().extended_by(own)?;
    /// assert_eq!(catalogue.by_name("acme").len(), 1);
    ///
    /// let invalid = Catalogue::built_in().extended_by("version = 2\n").expect_err("a problem");
    /// assert_eq!(invalid.problems[0].message, "`version` must be the integer 1");
    /// # Ok::<(), hydrant_catalogue::InvalidCatalogue>(())
    /// ```
    pub fn extended_by(&self, text: &str) -> Result<Self, InvalidCatalogue> {
        parse::providers(text, self)
    }

    /// All items.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The item of a variable, by its name or an alias.
    pub fn by_variable(&self, variable: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.variables().any(|name| name == variable))
    }

    /// The items of a provider, by its short name; empty for an unknown one.
    pub fn by_name(&self, name: &str) -> Vec<&Item> {
        self.items.iter().filter(|item| item.name == name).collect()
    }

    /// The short name that was probably meant.
    ///
    /// ```
    /// let catalogue = hydrant_catalogue::Catalogue::built_in();
    /// assert_eq!(catalogue.nearest_name("opnai"), Some("openai"));
    /// assert_eq!(catalogue.nearest_name("unheard-of"), None);
    /// ```
    pub fn nearest_name(&self, name: &str) -> Option<&str> {
        // A key given as a name resembles none of them, and costs nothing here.
        nearest::loose(name, self.items.iter().map(|item| item.name.as_str()))
    }

    /// Whether a text that was given as a name looks like a key. No variable has such a name, and
    /// the caller must not repeat it.
    ///
    /// ```
    /// let catalogue = hydrant_catalogue::Catalogue::built_in();
    /// assert!(catalogue.looks_like_key("ghp_abcdefghijklmnopqrstuvwxyz0123456789"));
    /// assert!(!catalogue.looks_like_key("OPENAI_API_KEY"));
    /// ```
    pub fn looks_like_key(&self, text: &str) -> bool {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        text.len() > 64
            || looks_like_key(text)
            || text.split('_').any(is_random)
            || (digits > 0
                && text.len() >= 20
                && self.items.iter().any(|item| item.matches_key_format(text) == Some(true)))
            || PREFIXES.iter().any(|prefix| text.starts_with(prefix) && text.len() > 16)
    }
}

/// Words of names rarely contain digits, those of keys contain many.
fn is_random(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let has_small_letters = word.bytes().any(|byte| byte.is_ascii_lowercase());
    (digits >= 1 && word.len() >= 20) || (digits >= 2 && has_small_letters && word.len() >= 12)
}

/// The prefixes of keys in the form of a variable's name. No program has such variables.
const PREFIXES: [&str; 14] = [
    "sk_",
    "rk_",
    "pk_live_",
    "pk_test_",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "gsk_",
    "hf_",
    "ntn_",
    "sntry",
];
