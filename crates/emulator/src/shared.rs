//! What the handle and the server's thread share: the world behind a lock, and counters.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg(feature = "faults")]
use crate::faults::Faults;
use crate::world::World;

/// What the handle and the server's thread share.
pub(crate) struct Shared {
    world: Mutex<World>,
    connections: AtomicUsize,
    #[cfg(feature = "faults")]
    pub(crate) faults: Faults,
}

impl Shared {
    pub(crate) fn new(world: World) -> Self {
        Self {
            world: Mutex::new(world),
            connections: AtomicUsize::new(0),
            #[cfg(feature = "faults")]
            faults: Faults::default(),
        }
    }

    #[cfg(feature = "faults")]
    pub(crate) fn with_faults(self, faults: Faults) -> Self {
        Self { faults, ..self }
    }

    /// The world, whatever happened to another thread that held it: a test that panicked must not
    /// fail the next.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a connection, and returns its number.
    pub(crate) fn count_connection(&self) -> usize {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}
