//! What a hydration asks: the two stores, and the region for references that name none.

use std::fmt;
use std::sync::Arc;

use crate::store::{ParameterStore, SecretStore};

/// The stores of a hydration.
#[derive(Clone)]
pub struct Stores {
    /// Secrets Manager.
    pub secrets: Arc<dyn SecretStore>,
    /// Parameter Store, if the program has it.
    pub parameters: Option<Arc<dyn ParameterStore>>,
    /// The region of references that name none.
    pub region: Option<String>,
}

impl fmt::Debug for Stores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = self.parameters.is_some();
        f.debug_struct("Stores")
            .field("parameters", &parameters)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}
