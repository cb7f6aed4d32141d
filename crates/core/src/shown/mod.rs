//! How texts from outside may be shown: AWS's responses, files, names, arguments and the
//! environment.
//!
//! - [`escaped`] and [`escaped_json`]: once, when printing. Nothing controls a terminal or a CI
//!   runner.
//! - [`name`]: a text given as a name. A pasted key is not repeated: messages give its position.
//! - [`path`] and [`command`]: the same for paths, part by part.
//! - [`KnownValues`]: the text of a response, without any value of the same hydration or call.

mod escape;
mod name;
mod path;
mod values;

pub use escape::{
    begins_hash_command, escaped, escaped_in_json, escaped_json, has_hash_command, needs_escape,
    shell_word,
};
pub(crate) use name::message;
pub use name::{
    NOT_SHOWN, backquoted, holds_key, host, list, looks_like_key, name, name_or, quoted, unquoted,
};
pub use path::{command, is_key_argument, path};
pub use values::KnownValues;
pub(crate) use values::{holds_uuid, is_uuid};
