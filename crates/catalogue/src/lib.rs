//! The catalogue of well-known providers' keys, and which variables of an env file are secrets.
//!
//! Everything here is pure: texts in, data out. The caller reads files, prompts people and prints.
//!
//! ```
//! use hydrant_catalogue::Catalogue;
//!
//! let catalogue = Catalogue::built_in();
//! let item = catalogue.by_variable("OPENAI_API_KEY").expect("a known variable");
//! assert_eq!(item.display_name, "OpenAI");
//! assert_eq!(item.matches_key_format("pasted by mistake"), Some(false));
//! ```

mod key_format;
mod providers;

mod classify;

pub use classify::{Class, Classified, Variable, classify};
pub use key_format::KeyFormat;
pub use providers::{Catalogue, InvalidCatalogue, Item, Problem};
