//! What of a text from outside may be shown, and how: AWS's responses, files, names, arguments, environment.
//!
//! - [`escaped`] and [`escaped_json`]: once, at the place of printing. Nothing steers a terminal or a CI runner.
//! - [`name`]: what stands where a name belongs. A pasted key is told by its position, not repeated.
//! - [`KnownValues`]: what a response says, without any value of the same hydration or call.

mod escape;
mod name;
mod values;

pub use escape::{escaped, escaped_json, needs_escape};
pub(crate) use name::message;
pub use name::{NOT_SHOWN, looks_like_key, name, name_or};
pub use values::KnownValues;
