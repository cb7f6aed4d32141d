//! One client for each region that is asked, built when it is first asked.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The clients of a service by region.
#[derive(Debug)]
pub struct PerRegion<C> {
    clients: Mutex<HashMap<String, C>>,
}

impl<C> Default for PerRegion<C> {
    fn default() -> Self {
        PerRegion { clients: Mutex::default() }
    }
}

impl<C: Clone> PerRegion<C> {
    /// The region's client; `new` builds it the first time.
    pub fn get(&self, region: &str, new: impl FnOnce() -> C) -> C {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.entry(region.to_owned()).or_insert_with(new).clone()
    }
}
