//! The handle: starting and stopping, recorded calls, and which calls to refuse.
//!
//! `seed` fills the stores. The handle does nothing that a call over the wire could not do.

use std::fmt;
use std::sync::Arc;

use crate::api_error::ApiError;
use crate::calls::Call;
use crate::error::Error;
#[cfg(feature = "faults")]
use crate::faults::{Faults, TlsIdentity};
use crate::operation::Operation;
use crate::refusals::{Refusal, Refusals};
use crate::server::Server;
use crate::shared::Shared;
use crate::world::World;

#[cfg(feature = "faults")]
mod faults;

const ACCOUNT: &str = "123456789012";

/// A running Secrets Manager and Parameter Store on loopback.
///
/// It runs in a separate thread, so it serves blocking and asynchronous programs alike. Every
/// method may be called from any thread, even while calls are in progress. Dropping it closes the
/// endpoint, ends the thread and discards all data.
///
/// ```
/// use hydrant_emulator::{Emulator, Operation};
///
/// # fn main() -> Result<(), hydrant_emulator::Error> {
/// let emulator = Emulator::start()?;
/// let arn = emulator.create_secret("eu-west-1", "demo/key", Some("not-a-real-key"))?;
/// assert!(arn.starts_with("arn:aws:secretsmanager:eu-west-1:123456789012:secret:demo/key-"));
///
/// // The next two reads are throttled; what follows is answered.
/// emulator.throttle(Operation::GetSecretValue, 2);
/// # Ok(())
/// # }
/// ```
pub struct Emulator {
    pub(crate) shared: Arc<Shared>,
    server: Server,
}

/// Options for starting an [`Emulator`].
///
/// ```
/// # fn main() -> Result<(), hydrant_emulator::Error> {
/// let emulator = hydrant_emulator::Emulator::builder().account_id("210987654321").start()?;
/// let arn = emulator.create_secret("us-east-1", "demo/key", None)?;
/// assert!(arn.contains(":210987654321:"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Builder {
    port: u16,
    account_id: String,
    #[cfg(feature = "faults")]
    tls: Option<TlsIdentity>,
}

impl Builder {
    /// The port to listen on. The default 0 takes a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The account that owns everything, `123456789012` by default.
    #[must_use]
    pub fn account_id(mut self, account_id: &str) -> Self {
        account_id.clone_into(&mut self.account_id);
        self
    }

    /// Opens the endpoint.
    ///
    /// # Errors
    ///
    /// [`Error::Start`] if the port is taken or no thread can be started.
    pub fn start(self) -> Result<Emulator, Error> {
        let shared = Shared::new(World::new(self.account_id));
        #[cfg(feature = "faults")]
        let shared = shared.with_faults(Faults::with_tls(self.tls.as_ref()));
        let shared = Arc::new(shared);
        let server = Server::start(self.port, Arc::clone(&shared)).map_err(Error::Start)?;
        Ok(Emulator { shared, server })
    }
}

impl Emulator {
    /// Opens an empty endpoint on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// [`Error::Start`] if no port or no thread is available.
    pub fn start() -> Result<Self, Error> {
        Self::builder().start()
    }

    /// Options for another port or account than the default.
    #[must_use]
    pub fn builder() -> Builder {
        Builder {
            port: 0,
            account_id: ACCOUNT.to_owned(),
            #[cfg(feature = "faults")]
            tls: None,
        }
    }

    /// The endpoint, `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        #[cfg(feature = "faults")]
        if let Some(endpoint) = self.shared.faults.endpoint(self.server.address().port()) {
            return endpoint;
        }
        format!("http://{}", self.server.address())
    }

    /// Denies an operation from now on, with AWS's AccessDeniedException.
    ///
    /// As with AWS, a BatchGetSecretValue also needs GetSecretValue for each of its secrets. If
    /// that is denied, every item of a batch is an error, while the batch itself succeeds.
    pub fn deny(&self, operation: Operation) {
        self.shared.world().refusals.refuse(operation, Refusal::Denied, None);
    }

    /// Denies an operation for one secret or parameter from now on, whichever of its names or ARNs
    /// the call uses.
    ///
    /// In a BatchGetSecretValue the item becomes an error, for [`Operation::GetSecretValue`] as
    /// well as for [`Operation::BatchGetSecretValue`]. In a GetParameters the whole call is denied.
    pub fn deny_item(&self, operation: Operation, id: &str) {
        self.shared.world().refusals.refuse_item(operation, id.to_owned(), Refusal::Denied);
    }

    /// Returns this error for an operation from now on. `InternalServiceError`,
    /// `InternalServerError` and `InternalFailure` come with HTTP 500, `ServiceUnavailable` with
    /// 503, all others with 400.
    pub fn refuse(&self, operation: Operation, code: &str, message: &str) {
        let error = Refusal::Error(ApiError::new(code, message));
        self.shared.world().refusals.refuse(operation, error, None);
    }

    /// As [`refuse`](Self::refuse), for the next `times` calls of the operation.
    pub fn refuse_times(&self, operation: Operation, code: &str, message: &str, times: usize) {
        let error = Refusal::Error(ApiError::new(code, message));
        self.shared.world().refusals.refuse(operation, error, Some(times));
    }

    /// Returns this error for an operation when it names one secret or parameter (see
    /// [`deny_item`](Self::deny_item)). For example `DecryptionFailure` for one item of a batch.
    pub fn refuse_item(&self, operation: Operation, id: &str, code: &str, message: &str) {
        let error = Refusal::Error(ApiError::new(code, message));
        self.shared.world().refusals.refuse_item(operation, id.to_owned(), error);
    }

    /// Throttles the next `times` calls of an operation. `usize::MAX` means forever.
    pub fn throttle(&self, operation: Operation, times: usize) {
        self.refuse_times(operation, "ThrottlingException", "Rate exceeded", times);
    }

    /// Leaves a secret out of every BatchGetSecretValue, or a parameter out of every GetParameters:
    /// the response has neither a value nor an error for it.
    pub fn omit_from_batch(&self, id: &str) {
        self.shared.world().refusals.omit(id.to_owned());
    }

    /// Returns every BatchGetSecretValue in pages of `size` items, starting with an empty page.
    pub fn page_batches(&self, size: usize) {
        self.shared.world().secrets.batch_page = Some(size.max(1));
    }

    /// Removes everything that was denied, refused, throttled, omitted and paged.
    pub fn clear_faults(&self) {
        let mut world = self.shared.world();
        world.refusals = Refusals::default();
        world.secrets.batch_page = None;
        #[cfg(feature = "faults")]
        {
            world.limits.lift();
            self.shared.faults.clear();
        }
    }

    /// The calls so far, in the order of their arrival. Calls of an unknown operation, calls that
    /// are not JSON, and calls of this handle's own methods are not included.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.shared.world().calls.clone()
    }

    /// Forgets the calls so far.
    pub fn clear_calls(&self) {
        self.shared.world().calls.clear();
    }

    /// The number of TCP connections accepted so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections()
    }
}

/// Only the endpoint, not the contents.
impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("endpoint", &self.endpoint()).finish_non_exhaustive()
    }
}
