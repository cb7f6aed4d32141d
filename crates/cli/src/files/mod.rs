//! Files that commands write or check: written as a whole or not at all, and whether git ignores
//! them.

pub(crate) mod catalogue_file;
pub(crate) mod ignored;
pub(crate) mod manifest_text;
pub(crate) mod new_file;
pub(crate) mod rewrite;
