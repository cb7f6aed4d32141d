//! A store in memory, for tests of programs that use hydrant. It answers as AWS does where a test can tell.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;

use crate::reference::{ParameterId, SecretId};
use crate::secret_value::SecretValue;
use crate::store::{
    BatchAnswer, BatchItemError, BatchRequest, Parameter, ParameterStore, ParametersAnswer, ParametersRequest, Payload,
    Secret, SecretDescription, SecretRequest, SecretStore, StoreError, StoreErrorKind, action,
};
use crate::stores::Stores;

/// Secrets and parameters in memory.
///
/// Secrets are found by the very id they were given under, in any region and at any version; a parameter likewise by its
/// name or ARN.
///
/// ```
/// use hydrant_core::MemoryStore;
///
/// let store = MemoryStore::new()
///     .secret("demo/openai", "sk-test")
///     .parameter("/demo/llm/openai-api-key-secret-arn", "demo/openai")
///     .denied("demo/other");
/// let stores = store.into_stores();
/// assert_eq!(stores.region.as_deref(), Some("us-east-1"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    secrets: BTreeMap<String, Option<SecretValue>>,
    parameters: BTreeMap<String, SecretValue>,
    denied: BTreeSet<String>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        MemoryStore::default()
    }

    /// Adds a secret with a value.
    pub fn secret(mut self, id: &str, value: &str) -> Self {
        self.secrets.insert(id.to_owned(), Some(value.into()));
        self
    }

    /// Adds a secret that was created and never filled.
    pub fn empty_secret(mut self, id: &str) -> Self {
        self.secrets.insert(id.to_owned(), None);
        self
    }

    /// Adds a parameter.
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        self.parameters.insert(name.to_owned(), value.into());
        self
    }

    /// Denies reads of a secret or a parameter.
    pub fn denied(mut self, id: &str) -> Self {
        self.denied.insert(id.to_owned());
        self
    }

    /// The stores of a hydration: this one for both, with `us-east-1` for references that name no region.
    pub fn into_stores(self) -> Stores {
        let store = Arc::new(self);
        Stores { secrets: store.clone(), parameters: Some(store), region: Some("us-east-1".to_owned()) }
    }

    fn allow(&self, id: &str, action: &'static str) -> Result<(), StoreError> {
        if !self.denied.contains(id) {
            return Ok(());
        }
        let error = StoreError::new(StoreErrorKind::Denied, action, "denied by the in-memory store");
        Err(StoreError { code: Some("AccessDeniedException".to_owned()), ..error })
    }

    fn read(&self, id: &SecretId) -> Result<Secret, StoreError> {
        self.allow(id.as_str(), action::GET_SECRET_VALUE)?;
        let absent = |message: &str| StoreError {
            code: Some("ResourceNotFoundException".to_owned()),
            ..StoreError::new(StoreErrorKind::Absent, action::GET_SECRET_VALUE, message)
        };
        match self.secrets.get(id.as_str()) {
            None => Err(absent("Secrets Manager can't find the specified secret.")),
            Some(None) => {
                Err(absent("Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"))
            }
            Some(Some(value)) => {
                let id = Some(id.as_str().to_owned());
                Ok(Secret { arn: id.clone(), name: id, value: Some(Payload::Text(value.clone())) })
            }
        }
    }
}

#[async_trait]
impl SecretStore for MemoryStore {
    async fn get_secret_value(&self, request: &SecretRequest) -> Result<Secret, StoreError> {
        self.read(&request.id)
    }

    async fn batch_get_secret_value(&self, request: &BatchRequest) -> Result<BatchAnswer, StoreError> {
        let mut answer = BatchAnswer::default();
        for id in &request.ids {
            match self.read(id) {
                Ok(secret) => answer.secrets.push(secret),
                Err(error) => answer.errors.push(BatchItemError { id: id.as_str().to_owned(), error }),
            }
        }
        Ok(answer)
    }

    async fn describe_secret(&self, request: &SecretRequest) -> Result<SecretDescription, StoreError> {
        let filled = match self.read(&request.id) {
            Ok(_) => vec![("00000000-0000-4000-8000-000000000000".to_owned(), vec!["AWSCURRENT".to_owned()])],
            Err(error) if error.kind == StoreErrorKind::Absent && self.secrets.contains_key(request.id.as_str()) => {
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        Ok(SecretDescription { deleted: false, versions: filled })
    }
}

#[async_trait]
impl ParameterStore for MemoryStore {
    async fn get_parameters(&self, request: &ParametersRequest) -> Result<ParametersAnswer, StoreError> {
        let mut answer = ParametersAnswer::default();
        for id in &request.ids {
            self.allow(id.as_str(), action::GET_PARAMETERS)?;
            match self.parameters.get(id.as_str()) {
                None => answer.invalid.push(id.as_str().to_owned()),
                Some(value) => {
                    let name = Some(id.as_str().to_owned());
                    answer.parameters.push(Parameter { arn: None, name, selector: None, value: value.clone() });
                }
            }
        }
        Ok(answer)
    }

    async fn describe_parameter(&self, _region: &str, id: &ParameterId) -> Result<bool, StoreError> {
        self.allow(id.as_str(), action::DESCRIBE_PARAMETERS)?;
        Ok(self.parameters.contains_key(id.as_str()))
    }
}
