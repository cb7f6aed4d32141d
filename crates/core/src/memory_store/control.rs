//! What a test says to the store in memory and asks of it while the program runs: new values,
//! failures, delays, and the calls that were made.

use std::time::Duration;

use uuid::Uuid;

use super::{Held, HeldParameter, MemoryStore, error};
use crate::reference::Version;
use crate::secret_value::SecretValue;
use crate::store::{Action, StoreError, StoreErrorKind};

/// A call that was made to a [`MemoryStore`]; never with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedCall {
    /// The call.
    pub action: Action,
    /// The secrets or parameters it was about: several in a batch; for ListSecrets the prefix.
    pub ids: Vec<String>,
}

impl MemoryStore {
    /// Gives a secret or a parameter a new value, as a rotation does: the version before becomes
    /// `AWSPREVIOUS`. An id that the store does not know becomes a secret.
    pub fn set(&self, id: &str, value: impl Into<SecretValue>) {
        let mut held = self.held();
        let value = value.into();
        match held.parameters.get_mut(id) {
            Some(parameter) => {
                let version = parameter.version + 1;
                let changed = Some(std::time::SystemTime::now());
                *parameter = HeldParameter { value, version, changed };
            }
            None => {
                let version = Uuid::new_v4().to_string();
                let secret = held.secrets.entry(id.to_owned()).or_default();
                secret.add(&version, &value, Version::CURRENT);
            }
        }
    }

    /// Fails every call about a secret or a parameter from now on; `None` ends that.
    ///
    /// Failures that are transient ([`StoreError::is_transient`]) fail a whole batch, as they do in
    /// AWS, and are tried again until the deadline of the hydration: give it a short one, or pause
    /// tokio's time.
    ///
    /// ```
    /// use hydrant_core::MemoryStore;
    /// use hydrant_core::store::StoreErrorKind;
    ///
    /// let store = MemoryStore::new().secret("demo/openai", "sk-test");
    /// store.fail("demo/openai", StoreErrorKind::Undecryptable);
    /// store.fail("demo/openai", None);
    /// ```
    pub fn fail(&self, id: &str, kind: impl Into<Option<StoreErrorKind>>) {
        let mut held = self.held();
        match kind.into() {
            Some(kind) => held.failures.insert(id.to_owned(), kind),
            None => held.failures.remove(id),
        };
    }

    /// Lets every call about a secret or a parameter take this long, by tokio's clock; a batch as
    /// long as its slowest id. [`Duration::ZERO`] ends that.
    pub fn delay(&self, id: &str, delay: Duration) {
        self.held().delays.insert(id.to_owned(), delay);
    }

    /// The calls that were made so far, in their order.
    pub fn calls(&self) -> Vec<RecordedCall> {
        self.held().calls.clone()
    }

    /// Records a call, and waits as long as it takes.
    pub(super) async fn begin<'a>(&self, action: Action, ids: impl IntoIterator<Item = &'a str>) {
        let ids: Vec<_> = ids.into_iter().map(str::to_owned).collect();
        let delay = {
            let mut held = self.held();
            let delay = ids.iter().filter_map(|id| held.delays.get(id)).max().copied();
            held.calls.push(RecordedCall { action, ids });
            delay.filter(|delay| !delay.is_zero())
        };
        if let Some(delay) = delay {
            tokio::time::sleep(delay).await;
        }
    }
}

impl Held {
    pub(super) fn check(&self, id: &str, action: Action) -> Result<(), StoreError> {
        self.failures.get(id).map_or(Ok(()), |kind| Err(failure(*kind, action)))
    }
}

/// An error of this kind, with a code that AWS has for it; without one where no response would
/// come.
pub(super) fn failure(kind: StoreErrorKind, action: Action) -> StoreError {
    use StoreErrorKind as Kind;
    let (code, what) = match kind {
        Kind::Absent => ("ResourceNotFoundException", "not found"),
        Kind::Denied => ("AccessDeniedException", "denied"),
        Kind::Undecryptable => ("DecryptionFailure", "failed to decrypt"),
        Kind::Throttled => ("ThrottlingException", "throttled"),
        Kind::Credentials => ("UnrecognizedClientException", "credentials refused"),
        Kind::Rejected => ("InvalidParameterException", "rejected"),
        Kind::Unreachable | Kind::TimedOut => {
            return StoreError::new(kind, action, "no response from the in-memory store");
        }
        Kind::RefusedEndpoint | Kind::Settings | Kind::Malformed => {
            return StoreError::new(kind, action, "failed by the in-memory store");
        }
    };
    error(kind, action, code, &format!("{what} by the in-memory store"))
}
