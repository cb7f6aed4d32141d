//! The write side: from an entry to its destination, and what is done there.
//!
//! The way is plan → resolve → destination, as for a read, and then one of the commands. None of
//! them reads a value, but for [`merge`], which says so. What was done, and why not, never holds
//! one either.

pub mod store;

pub mod destination;

pub mod options;
pub mod put;
pub mod whole;

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

use crate::stores::Stores;

/// What the write side asks: the stores that are read, for references and descriptions, and those
/// that are written.
#[derive(Clone)]
#[non_exhaustive]
pub struct Writers {
    /// Secrets Manager.
    pub secrets: Arc<dyn SecretWriter>,
    /// Parameter Store, if the program has it.
    pub parameters: Option<Arc<dyn ParameterWriter>>,
    /// The read side; a value is asked of it by [`merge`] alone.
    pub stores: Stores,
}

impl Writers {
    /// What writes secrets, and the stores that are read.
    pub fn new(secrets: Arc<dyn SecretWriter>, stores: Stores) -> Self {
        Writers { secrets, parameters: None, stores }
    }

    /// With what writes parameters.
    #[must_use]
    pub fn parameters(self, parameters: Arc<dyn ParameterWriter>) -> Self {
        Writers { parameters: Some(parameters), ..self }
    }
}

impl fmt::Debug for Writers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = self.parameters.is_some();
        f.debug_struct("Writers")
            .field("parameters", &parameters)
            .field("stores", &self.stores)
            .finish_non_exhaustive()
    }
}

/// An id for a version that is to be made: a random UUID, so that it says nothing of the value.
fn new_token() -> String {
    uuid::Uuid::new_v4().to_string()
}
