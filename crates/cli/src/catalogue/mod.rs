//! The catalogue: for keys of well-known providers the variable, where the key is made, and what it
//! looks like.
//!
//! The data is in `catalogue.toml`, compiled in; reading is in `parse`. This file owns looking
//! things up. It knows nothing of manifests, and no value stays in it.

mod parse;
#[cfg(test)]
mod tests;

use std::path::Path;

use hydrant_core::nearest;
use hydrant_core::shown::looks_like_key;
use regex_lite::Regex;

pub(crate) use parse::{LoadError, Problem};

/// What comes with hydrant.
const BUILT_IN: &str = include_str!("catalogue.toml");

/// What messages call it.
const BUILT_IN_NAME: &str = "the built-in catalogue";

/// All that is known of providers' keys, in the order of the catalogue; what a user's own file adds
/// comes last.
#[derive(Clone, Debug)]
pub(crate) struct Catalogue {
    items: Vec<Item>,
}

/// One variable of a provider.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// The provider's short name, as on the command line: `openai`.
    pub(crate) name: String,
    /// `OPENAI_API_KEY`.
    pub(crate) variable: String,
    /// Other names under which programs read the same key.
    pub(crate) aliases: Vec<String>,
    /// The usual name of the secret: `openai_api_key`.
    pub(crate) secret_name: String,
    /// The provider's name for people: `OpenAI`.
    pub(crate) display_name: String,
    pub(crate) category: String,
    pub(crate) description: String,
    /// The page where the key is made; an https URL.
    pub(crate) console: Option<String>,
    pub(crate) shape: Option<Shape>,
    /// Why there is no shape.
    pub(crate) no_shape: Option<String>,
}

/// What a key looks like.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    /// A regular expression for the whole value.
    pub(crate) pattern: String,
    /// Where the form is documented or was observed.
    pub(crate) source: Option<String>,
    regex: Regex,
}

impl Shape {
    fn new(pattern: &str, source: Option<String>) -> Result<Self, regex_lite::Error> {
        // The pattern alone first: as it stands it might close the group around it.
        Regex::new(pattern)?;
        let regex = Regex::new(&format!(r"\A(?:{pattern})\z"))?;
        Ok(Shape { pattern: pattern.to_owned(), source, regex })
    }
}

impl Item {
    /// Whether the value has the form of such a key; `None` where no form is known.
    pub(crate) fn fits(&self, value: &str) -> Option<bool> {
        self.shape.as_ref().map(|shape| shape.regex.is_match(value))
    }

    /// The variable and its aliases.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.variable).chain(&self.aliases).map(String::as_str)
    }
}

impl Catalogue {
    /// The built-in catalogue, with what a user's own file adds to it and changes.
    ///
    /// # Errors
    ///
    /// Every problem of the file at once.
    pub(crate) fn load(own: Option<&Path>) -> Result<Self, LoadError> {
        let built_in =
            parse::providers(Path::new(BUILT_IN_NAME), BUILT_IN, &Catalogue { items: Vec::new() })?;
        match own {
            None => Ok(built_in),
            Some(path) => parse::providers(path, &parse::read(path)?, &built_in),
        }
    }

    /// All items.
    pub(crate) fn items(&self) -> &[Item] {
        &self.items
    }

    /// The item of a variable, by its name or an alias.
    pub(crate) fn by_variable(&self, variable: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.variables().any(|name| name == variable))
    }

    /// The items of a provider, by its short name; none for one that is not known.
    pub(crate) fn by_name(&self, name: &str) -> Vec<&Item> {
        self.items.iter().filter(|item| item.name == name).collect()
    }

    /// The short name that was probably meant.
    pub(crate) fn nearest_name(&self, name: &str) -> Option<&str> {
        // A key in the place of a name is like none of them, and costs nothing here.
        nearest::loose(name, self.items.iter().map(|item| item.name.as_str()))
    }

    /// Whether a text in the place of a name is rather a key: nobody's variable is called so, and
    /// it is not repeated.
    pub(crate) fn is_rather_a_key(&self, text: &str) -> bool {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        text.len() > 64
            || looks_like_key(text)
            || text.split('_').any(is_random)
            || (digits > 0
                && text.len() >= 20
                && self.items.iter().any(|item| item.fits(text) == Some(true)))
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
