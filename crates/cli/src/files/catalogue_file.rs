//! The user's own catalogue: the file is read here, and the crate `hydrant-catalogue` adds it to
//! the built-in catalogue.

use std::path::{Path, PathBuf};

use hydrant_catalogue::{Catalogue, Problem};
use hydrant_core::{bounded_file, shown};

/// The maximum size of a catalogue, in bytes: twenty times the built-in one.
const LIMIT: u64 = 256 * bounded_file::KIB;

/// Why a catalogue could not be loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// The file could not be read.
    #[error("failed to read the catalogue {}", shown::path(path))]
    Io { path: PathBuf, source: std::io::Error },
    /// The file was read and has problems; never empty, in the order of the text.
    #[error("the catalogue {} has problems", shown::path(path))]
    Problems { path: PathBuf, problems: Vec<Problem> },
}

/// The built-in catalogue, with the additions and changes of a file.
///
/// # Errors
///
/// Every problem of the file at once.
pub(crate) fn load(own: Option<&Path>) -> Result<Catalogue, LoadError> {
    let built_in = Catalogue::built_in();
    let Some(path) = own else { return Ok(built_in) };
    let text = bounded_file::read_text(path, LIMIT)
        .map_err(|source| LoadError::Io { path: path.to_owned(), source })?;
    built_in.extended_by(&text).map_err(|invalid| LoadError::Problems {
        path: path.to_owned(),
        problems: invalid.problems,
    })
}
