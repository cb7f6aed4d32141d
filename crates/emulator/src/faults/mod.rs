//! Tools for tests only: network faults, quotas, TLS, gauges, and dead endpoints.
//!
//! The whole module is behind the feature `faults`, and so are the few lines elsewhere that call
//! it. Errors in the protocol (denials, errors, omissions) are in `refusals`, and need no feature.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_rustls::TlsAcceptor;

mod plan;
pub use plan::{ConnectionFault, Fault};

mod serve;
pub(crate) use serve::serve;

mod line;
mod response;

mod gauge;
mod held;
mod limits;
pub(crate) use limits::Limits;

mod tls;
pub use tls::TlsIdentity;

mod dead;
pub use dead::DeadEndpoint;

/// The faults for connections and calls, and how many of them.
#[derive(Default)]
pub(crate) struct Faults {
    plan: Mutex<plan::Plan>,
    pub(crate) open: Arc<gauge::Gauge>,
    pub(crate) calls: Arc<gauge::Gauge>,
    pub(crate) held: held::Held,
    tls: Option<TlsAcceptor>,
}

impl Faults {
    /// With TLS, if an identity is given.
    pub(crate) fn with_tls(identity: Option<&TlsIdentity>) -> Self {
        Faults { tls: identity.map(TlsIdentity::acceptor), ..Faults::default() }
    }

    pub(crate) fn plan(&self) -> MutexGuard<'_, plan::Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes every planned fault.
    pub(crate) fn clear(&self) {
        *self.plan() = plan::Plan::default();
    }

    /// The name and the scheme for clients, if they are not the usual ones.
    pub(crate) fn endpoint(&self, port: u16) -> Option<String> {
        self.tls.as_ref().map(|_| format!("https://localhost:{port}"))
    }
}
