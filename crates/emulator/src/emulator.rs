//! The handle: starting and stopping, what was asked, and what to refuse.
//!
//! Filling the stores stands in `seed`; the handle does nothing that a call over the wire could not
//! be asked to do.

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
/// It has a thread of its own, so it serves blocking and asynchronous programs alike. Every method
/// may be called from any thread, while calls are under way too. Dropping it closes the endpoint,
/// ends the thread and forgets everything.
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

/// How to start an [`Emulator`] where the defaults do not fit.
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
    /// The port to listen on; by default 0, a free one.
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
    /// Opens an endpoint on a free port of 127.0.0.1, with nothing in it.
    ///
    /// # Errors
    ///
    /// [`Error::Start`] if no port or no thread is to be had.
    pub fn start() -> Result<Self, Error> {
        Self::builder().start()
    }

    /// For another port or account than the default.
    #[must_use]
    pub fn builder() -> Builder {
        Builder {
            port: 0,
            account_id: ACCOUNT.to_owned(),
            #[cfg(feature = "faults")]
            tls: None,
        }
    }

    /// The endpoint, `http://127.0.0.1:PORT`: what `AWS_ENDPOINT_URL` takes.
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
    /// As with AWS, a BatchGetSecretValue also needs GetSecretValue for each of its secrets: deny
    /// that, and every item of a batch is an error, while the batch itself is answered.
    pub fn deny(&self, operation: Operation) {
        self.shared.world().refusals.refuse(operation, Refusal::Denied, None);
    }

    /// Denies an operation for one secret or parameter from now on, by whichever of its names or
    /// ARNs it is asked for.
    ///
    /// An item of a BatchGetSecretValue becomes an error of its own, for
    /// [`Operation::GetSecretValue`] as well as for [`Operation::BatchGetSecretValue`]; an item of
    /// a GetParameters denies the whole call.
    pub fn deny_item(&self, operation: Operation, id: &str) {
        self.shared.world().refusals.refuse_item(operation, id.to_owned(), Refusal::Denied);
    }

    /// Answers an operation with this error from now on. `InternalServiceError`,
    /// `InternalServerError` and `InternalFailure` come with HTTP 500, `ServiceUnavailable` with
    /// 503, everything else with 400.
    pub fn refuse(&self, operation: Operation, code: &str, message: &str) {
        let error = Refusal::Error(ApiError::new(code, message));
        self.shared.world().refusals.refuse(operation, error, None);
    }

    /// As [`refuse`](Self::refuse), for the next `times` calls of the operation.
    pub fn refuse_times(&self, operation: Operation, code: &str, message: &str, times: usize) {
        let error = Refusal::Error(ApiError::new(code, message));
        self.shared.world().refusals.refuse(operation, error, Some(times));
    }

    /// Answers an operation with this error wherever it names one secret or parameter; see
    /// [`deny_item`](Self::deny_item). `DecryptionFailure` for one item of a batch, say.
    pub fn refuse_item(&self, operation: Operation, id: &str, code: &str, message: &str) {
        let error = Refusal::Error(ApiError::new(code, message));
        self.shared.world().refusals.refuse_item(operation, id.to_owned(), error);
    }

    /// Throttles the next `times` calls of an operation; `usize::MAX` is for ever.
    pub fn throttle(&self, operation: Operation, times: usize) {
        self.refuse_times(operation, "ThrottlingException", "Rate exceeded", times);
    }

    /// Leaves a secret out of every BatchGetSecretValue, or a parameter out of every GetParameters:
    /// neither a value nor an error stands for it.
    pub fn omit_from_batch(&self, id: &str) {
        self.shared.world().refusals.omit(id.to_owned());
    }

    /// Answers every BatchGetSecretValue in pages of `size` items, an empty one first.
    pub fn page_batches(&self, size: usize) {
        self.shared.world().secrets.batch_page = Some(size.max(1));
    }

    /// Takes back everything that was denied, refused, throttled, omitted and paged.
    pub fn answer_everything(&self) {
        let mut world = self.shared.world();
        world.refusals = Refusals::default();
        world.secrets.batch_page = None;
        #[cfg(feature = "faults")]
        {
            world.limits.lift();
            self.shared.faults.clear();
        }
    }

    /// The calls so far, in the order of their arrival. A call of an unknown operation, or one that
    /// is no JSON, is not among them, and neither is what this handle was asked to do.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.shared.world().calls.clone()
    }

    /// Forgets the calls so far.
    pub fn clear_calls(&self) {
        self.shared.world().calls.clear();
    }

    /// How many TCP connections were accepted so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections()
    }
}

/// The endpoint, and nothing of what it holds.
impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("endpoint", &self.endpoint()).finish_non_exhaustive()
    }
}
