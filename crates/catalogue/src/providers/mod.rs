//! The catalogue: for keys of well-known providers the variable, where the key is made, and what it
//! looks like.
//!
//! The data is in `catalogue.toml`, compiled in; reading is in `parse`. This file owns looking
//! things up. It knows nothing of manifests, and no value stays in it.

mod parse;
#[cfg(test)]
mod tests;

use hydrant_core::nearest;
use hydrant_core::shown::looks_like_key;

use crate::key_format::KeyFormat;
pub use parse::{InvalidCatalogue, Problem};

/// What comes with hydrant.
const BUILT_IN: &str = include_str!("catalogue.toml");

/// All that is known of providers' keys, in the order of the catalogue; what a user's own file adds
/// comes last.
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
    /// The provider's name for people: `OpenAI`.
    pub display_name: String,
    /// What the provider is for, in a word or two: `language models`.
    pub category: String,
    /// The description of an entry for this variable.
    pub description: String,
    /// The page where the key is made; an https URL.
    pub console: Option<String>,
    /// What the key looks like, where that is known.
    pub key_format: Option<KeyFormat>,
    /// Why no format is known.
    pub no_key_format: Option<String>,
}

impl Item {
    /// Whether the value has the format of such a key; `None` where no format is known.
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

    /// This catalogue, with what a text of the same form adds and changes, key by key.
    ///
    /// The form is described in `docs/catalogue.md`.
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

    /// The items of a provider, by its short name; none for one that is not known.
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
        // A key in the place of a name is like none of them, and costs nothing here.
        nearest::loose(name, self.items.iter().map(|item| item.name.as_str()))
    }

    /// Whether a text that was given as a name looks like a key: nobody's variable is called so, and
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

/// Words of names have hardly a digit; those of keys many.
fn is_random(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let has_small_letters = word.bytes().any(|byte| byte.is_ascii_lowercase());
    (digits >= 1 && word.len() >= 20) || (digits >= 2 && has_small_letters && word.len() >= 12)
}

/// What keys begin with, in the form of a variable's name; variables begin so in no program.
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
