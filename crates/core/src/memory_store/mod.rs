//! A store in memory, for tests of programs that use hydrant. It responds as AWS does where a test
//! can tell.
//!
//! Owns what is held and the reading side; the writing side is in `writes`, and what a test says
//! and asks while the program runs in `control`.

mod control;
#[cfg(test)]
mod tests;
#[cfg(feature = "write")]
mod writes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use crate::reference::{ParameterId, SecretId, Version};
use crate::secret_value::SecretValue;
use crate::store::{
    Action, BatchAnswer, BatchItemError, BatchRequest, Parameter, ParameterDescription,
    ParameterPage, ParameterStore, ParametersAnswer, ParametersRequest, Payload, Receipt, Secret,
    SecretDescription, SecretRequest, SecretStore, StoreError, StoreErrorKind,
};
use crate::stores::Stores;
#[cfg(feature = "write")]
use crate::write::Writers;

pub use control::RecordedCall;

/// The version of a secret that was filled when it was added.
const VERSION: &str = "00000000-0000-4000-8000-000000000000";

/// Secrets and parameters in memory, as a handle: a clone is the same store, so a test keeps one
/// and gives the other to the program.
///
/// Secrets are found by the very id they were given under, in any region, and a parameter likewise
/// by its name or ARN. What is written through [`MemoryStore::writers`] is read back.
///
/// ```
/// use hydrant_core::MemoryStore;
///
/// let store = MemoryStore::new()
///     .secret("demo/openai", "sk-test")
///     .parameter("/demo/llm/openai-api-key-secret-arn", "demo/openai")
///     .denied("demo/other");
/// let stores = store.stores();
/// assert_eq!(stores.region.as_deref(), Some("us-east-1"));
/// // Seen by whoever has the stores: the secret is rotated.
/// store.set("demo/openai", "sk-rotated");
/// assert!(store.calls().is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    held: Arc<Mutex<Held>>,
}

#[derive(Debug, Default)]
struct Held {
    secrets: BTreeMap<String, HeldSecret>,
    parameters: BTreeMap<String, HeldParameter>,
    write_only: BTreeSet<String>,
    failures: BTreeMap<String, StoreErrorKind>,
    delays: BTreeMap<String, Duration>,
    calls: Vec<RecordedCall>,
}

#[derive(Debug, Default)]
struct HeldSecret {
    /// In the order in which they were written.
    versions: Vec<HeldVersion>,
    changed: Option<SystemTime>,
    deleted: Option<SystemTime>,
    rotation_function: Option<String>,
}

#[derive(Debug)]
struct HeldVersion {
    id: String,
    value: SecretValue,
    stages: BTreeSet<String>,
    #[cfg_attr(not(feature = "write"), expect(dead_code, reason = "only history shows it"))]
    created: Option<SystemTime>,
}

#[derive(Debug)]
struct HeldParameter {
    value: SecretValue,
    version: i64,
    changed: Option<SystemTime>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        MemoryStore::default()
    }

    /// Adds a secret with a value.
    pub fn secret(self, id: &str, value: &str) -> Self {
        let stages = BTreeSet::from([Version::CURRENT.to_owned()]);
        let version =
            HeldVersion { id: VERSION.to_owned(), value: value.into(), stages, created: None };
        self.held()
            .secrets
            .insert(id.to_owned(), HeldSecret { versions: vec![version], ..HeldSecret::default() });
        self
    }

    /// Adds a secret that was created and never filled.
    pub fn empty_secret(self, id: &str) -> Self {
        self.held().secrets.insert(id.to_owned(), HeldSecret::default());
        self
    }

    /// Adds a parameter.
    pub fn parameter(self, name: &str, value: &str) -> Self {
        let parameter = HeldParameter { value: value.into(), version: 1, changed: None };
        self.held().parameters.insert(name.to_owned(), parameter);
        self
    }

    /// Denies everything about a secret or a parameter.
    pub fn denied(self, id: &str) -> Self {
        self.fail(id, StoreErrorKind::Denied);
        self
    }

    /// Denies the value of a secret, and nothing else of it: as for a role that may write and never
    /// read.
    pub fn write_only(self, id: &str) -> Self {
        self.held().write_only.insert(id.to_owned());
        self
    }

    /// The stores of a hydration: this one for both, with `us-east-1` for references that name no
    /// region.
    pub fn stores(&self) -> Stores {
        let store = Arc::new(self.clone());
        Stores {
            secrets: store.clone(),
            parameters: Some(store),
            region: Some("us-east-1".to_owned()),
        }
    }

    /// The same for programs that write too: what is written is read back.
    #[cfg(feature = "write")]
    pub fn writers(&self) -> Writers {
        let store = Arc::new(self.clone());
        Writers { secrets: store.clone(), parameters: Some(store), stores: self.stores() }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, id: &SecretId, version: Option<&Version>) -> Result<Secret, StoreError> {
        let action = Action::GetSecretValue;
        let held = self.held();
        held.check(id.as_str(), action)?;
        if held.write_only.contains(id.as_str()) {
            return Err(control::failure(StoreErrorKind::Denied, action));
        }
        let secret = held.usable(id.as_str(), action)?;
        let found = secret.versions.iter().find(|held| match version {
            None => held.stages.contains(Version::CURRENT),
            Some(Version::Stage(stage)) => held.stages.contains(stage),
            Some(Version::Id(id)) => held.id == *id,
        });
        let what = match version {
            Some(Version::Id(id)) => format!("VersionId: {id}"),
            Some(Version::Stage(stage)) => format!("staging label: {stage}"),
            None => format!("staging label: {}", Version::CURRENT),
        };
        let absent = || {
            not_found(
                action,
                &format!("Secrets Manager can't find the specified secret value for {what}"),
            )
        };
        let found = found.ok_or_else(absent)?;
        let id = Some(id.as_str().to_owned());
        let receipt = Receipt::new(Some(&found.id), None);
        Ok(Secret {
            arn: id.clone(),
            name: id,
            value: Some(Payload::Text(found.value.clone())),
            receipt,
        })
    }
}

impl Held {
    /// The secret, unless it is scheduled for deletion.
    fn usable(&self, id: &str, action: Action) -> Result<&HeldSecret, StoreError> {
        let secret = self.secrets.get(id).ok_or_else(|| no_secret(action))?;
        match secret.deleted {
            None => Ok(secret),
            Some(_) => Err(marked(action)),
        }
    }

    #[cfg(feature = "write")]
    fn usable_mut(&mut self, id: &str, action: Action) -> Result<&mut HeldSecret, StoreError> {
        self.usable(id, action)?;
        self.secrets.get_mut(id).ok_or_else(|| no_secret(action))
    }
}

impl HeldSecret {
    fn add(&mut self, id: &str, value: &SecretValue, stage: &str) {
        let now = Some(SystemTime::now());
        let stages = BTreeSet::new();
        self.versions.push(HeldVersion {
            id: id.to_owned(),
            value: value.clone(),
            stages,
            created: now,
        });
        self.label(stage, Some(id));
    }

    /// Moves a stage; AWSPREVIOUS follows AWSCURRENT.
    fn label(&mut self, stage: &str, to: Option<&str>) {
        self.changed = Some(SystemTime::now());
        let mut left = None;
        for version in &mut self.versions {
            if version.stages.remove(stage) && to != Some(version.id.as_str()) {
                left = Some(version.id.clone());
            }
        }
        if let Some(version) =
            self.versions.iter_mut().find(|version| to == Some(version.id.as_str()))
        {
            version.stages.insert(stage.to_owned());
        }
        if let (Version::CURRENT, Some(left)) = (stage, left) {
            self.label(Version::PREVIOUS, Some(&left));
        }
    }

    fn description(&self, id: &str) -> SecretDescription {
        let labelled = self.versions.iter().filter(|version| !version.stages.is_empty());
        let mut versions: Vec<_> = labelled
            .map(|version| (version.id.clone(), version.stages.iter().cloned().collect()))
            .collect();
        versions.sort_unstable();
        SecretDescription {
            arn: Some(id.to_owned()),
            name: Some(id.to_owned()),
            changed: self.changed,
            deleted: self.deleted,
            versions,
            rotation_function: self.rotation_function.clone(),
            next_rotation: None,
        }
    }
}

fn no_secret(action: Action) -> StoreError {
    not_found(action, "Secrets Manager can't find the specified secret.")
}

fn not_found(action: Action, message: &str) -> StoreError {
    error(StoreErrorKind::Absent, action, "ResourceNotFoundException", message)
}

fn marked(action: Action) -> StoreError {
    let message =
        "You can't perform this operation on the secret because it was marked for deletion.";
    error(StoreErrorKind::Absent, action, "InvalidRequestException", message)
}

fn error(kind: StoreErrorKind, action: Action, code: &str, message: &str) -> StoreError {
    StoreError { code: Some(code.to_owned()), ..StoreError::new(kind, action, message) }
}

#[async_trait]
impl SecretStore for MemoryStore {
    async fn get_secret_value(&self, request: &SecretRequest) -> Result<Secret, StoreError> {
        self.begin(Action::GetSecretValue, [request.id.as_str()]).await;
        self.read(&request.id, request.version.as_ref())
    }

    async fn batch_get_secret_value(
        &self,
        request: &BatchRequest,
    ) -> Result<BatchAnswer, StoreError> {
        self.begin(Action::BatchGetSecretValue, request.ids.iter().map(SecretId::as_str)).await;
        let mut answer = BatchAnswer::default();
        for id in &request.ids {
            match self.read(id, None) {
                Ok(secret) => answer.secrets.push(secret),
                // Such a failure is one of the whole call.
                Err(error) if !error.refuses_batch() => {
                    return Err(StoreError { action: Action::BatchGetSecretValue, ..error });
                }
                Err(error) => {
                    answer.errors.push(BatchItemError { id: id.as_str().to_owned(), error })
                }
            }
        }
        Ok(answer)
    }

    async fn describe_secret(
        &self,
        request: &SecretRequest,
    ) -> Result<SecretDescription, StoreError> {
        let (id, action) = (request.id.as_str(), Action::DescribeSecret);
        self.begin(action, [id]).await;
        let held = self.held();
        held.check(id, action)?;
        held.secrets.get(id).map(|secret| secret.description(id)).ok_or_else(|| no_secret(action))
    }
}

#[async_trait]
impl ParameterStore for MemoryStore {
    async fn get_parameters(
        &self,
        request: &ParametersRequest,
    ) -> Result<ParametersAnswer, StoreError> {
        self.begin(Action::GetParameters, request.ids.iter().map(ParameterId::as_str)).await;
        let mut answer = ParametersAnswer::default();
        let held = self.held();
        for id in &request.ids {
            held.check(id.as_str(), Action::GetParameters)?;
            match held.parameters.get(id.as_str()) {
                None => answer.invalid.push(id.as_str().to_owned()),
                Some(held) => {
                    let name = Some(id.as_str().to_owned());
                    let value = held.value.clone();
                    answer.parameters.push(Parameter { arn: None, name, selector: None, value });
                }
            }
        }
        Ok(answer)
    }

    async fn describe_parameter(
        &self,
        _region: &str,
        id: &ParameterId,
        _page: Option<String>,
    ) -> Result<ParameterPage, StoreError> {
        self.begin(Action::DescribeParameters, [id.as_str()]).await;
        let held = self.held();
        held.check(id.as_str(), Action::DescribeParameters)?;
        let found = held.parameters.get(id.as_str());
        let arn = matches!(id, ParameterId::Arn(_)).then(|| id.as_str().to_owned());
        let found = found.map(|held| ParameterDescription {
            arn,
            version: held.version,
            changed: held.changed,
        });
        Ok(ParameterPage { found, next: None })
    }
}
