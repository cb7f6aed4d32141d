//! The write side: from an entry to the place where its value lives, and what is done there.
//!
//! The way is plan → resolve → target, as for a read, and then one of the commands. None of them reads a value, but for
//! [`merge`], which says so. What was done, and why not, never holds one either.

pub mod store;

pub mod target;

pub mod put;

mod json;
pub mod merge;

pub mod import;

pub mod status;

pub mod history;
pub mod rollback;

pub mod delete;
pub mod rotate;

mod failure;
mod repeated;
mod stages;

#[cfg(test)]
mod tests;

pub use failure::{WriteFailure, WriteProblem};
pub use store::{ParameterWriter, RecoveryWindow, SecretWriter};

use std::fmt;
use std::sync::Arc;

use crate::store::{StoreError, StoreErrorKind};
use crate::stores::Stores;

/// What the write side asks: the stores that are read, for references and descriptions, and those that are written.
#[derive(Clone)]
pub struct Writers {
    /// Secrets Manager.
    pub secrets: Arc<dyn SecretWriter>,
    /// Parameter Store, if the program has it.
    pub parameters: Option<Arc<dyn ParameterWriter>>,
    /// The read side; a value is asked of it by [`merge`] alone.
    pub stores: Stores,
}

impl fmt::Debug for Writers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = self.parameters.is_some();
        f.debug_struct("Writers").field("parameters", &parameters).field("stores", &self.stores).finish_non_exhaustive()
    }
}

/// An id for a version that is to be made: a random UUID, so that it says nothing of the value.
fn new_token() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// The most items of a list that are kept.
const MOST_ITEMS: usize = 100_000;

/// The token of the next page of a list, if there is one: an empty token is none, and a server that answers with the same
/// token for ever would be asked for ever.
fn next_page(
    page: Option<String>,
    next: Option<String>,
    items: usize,
    action: &'static str,
) -> Result<Option<String>, StoreError> {
    if items > MOST_ITEMS {
        let message = format!("the list has more than {MOST_ITEMS} items");
        return Err(StoreError::new(StoreErrorKind::Malformed, action, message));
    }
    Ok(next.filter(|next| !next.is_empty() && page.as_ref() != Some(next)))
}
