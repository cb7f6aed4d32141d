//! What only tests need: faults of the network, quotas, TLS, gauges, and endpoints that are dead.
//!
//! The whole module is behind the feature `faults`, and so are the few lines elsewhere that call
//! it. Answers of the protocol (denials, errors, omissions) are for `refusals`, and need no
//! feature.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_rustls::TlsAcceptor;

mod plan;
pub use plan::{ConnectionFault, Fault};

mod serve;
pub(crate) use serve::serve;

mod answer;
mod line;

mod gauge;
mod held;
mod limits;
pub(crate) use limits::Limits;

mod tls;
pub use tls::TlsIdentity;

mod dead;
pub use dead::DeadEndpoint;

/// What connections and calls are to meet, and how many there are.
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

    /// Takes back every fault that was planned.
    pub(crate) fn clear(&self) {
        *self.plan() = plan::Plan::default();
    }

    /// The name and the scheme that clients use, where they are not the ordinary ones.
    pub(crate) fn endpoint(&self, port: u16) -> Option<String> {
        self.tls.as_ref().map(|_| format!("https://localhost:{port}"))
    }
}
