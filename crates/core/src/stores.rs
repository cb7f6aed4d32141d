//! What a hydration asks: the two stores, and the region for references that name none.

use std::fmt;
use std::sync::Arc;

use crate::store::{ParameterStore, SecretStore};

/// The stores of a hydration.
#[derive(Clone)]
#[non_exhaustive]
pub struct Stores {
    /// Secrets Manager.
    pub secrets: Arc<dyn SecretStore>,
    /// Parameter Store, if the program has it.
    pub parameters: Option<Arc<dyn ParameterStore>>,
    /// The region of references that name none.
    pub region: Option<String>,
}

impl Stores {
    /// Secrets alone, without a region: each reference has to name its own.
    pub fn new(secrets: Arc<dyn SecretStore>) -> Self {
        Stores { secrets, parameters: None, region: None }
    }

    /// With a store of parameters.
    #[must_use]
    pub fn parameters(self, parameters: Arc<dyn ParameterStore>) -> Self {
        Stores { parameters: Some(parameters), ..self }
    }

    /// With the region of references that name none.
    #[must_use]
    pub fn region(self, region: impl Into<String>) -> Self {
        Stores { region: Some(region.into()), ..self }
    }
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
