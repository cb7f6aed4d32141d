//! A store that counts what it is asked, and can leave a thread running.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};

use async_trait::async_trait;
use hydrant::MemoryStore;
use hydrant::store::{
    BatchAnswer, BatchRequest, Secret, SecretDescription, SecretRequest, SecretStore, StoreError,
    Stores,
};

/// How often a store was asked.
#[derive(Clone, Default)]
pub(crate) struct Count(Arc<AtomicUsize>);

impl Count {
    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

struct Counting {
    inner: MemoryStore,
    count: Count,
    leaves_a_thread: bool,
}

/// Stores that count their calls.
pub(crate) fn counting(inner: MemoryStore, count: &Count) -> Stores {
    stores(inner, count, false)
}

/// The same, but an answer leaves a thread running that never ends.
pub(crate) fn leaving_a_thread(inner: MemoryStore) -> Stores {
    stores(inner, &Count::default(), true)
}

fn stores(inner: MemoryStore, count: &Count, leaves_a_thread: bool) -> Stores {
    let secrets =
        Arc::new(Counting { inner: inner.clone(), count: count.clone(), leaves_a_thread });
    let mut stores = inner.stores();
    stores.secrets = secrets;
    stores
}

/// A thread that runs until the sender is dropped.
pub(crate) fn thread() -> (Sender<()>, std::thread::JoinHandle<()>) {
    let (sender, receiver) = channel::<()>();
    (sender, std::thread::spawn(move || _ = receiver.recv()))
}

impl Counting {
    fn asked(&self) {
        self.count.0.fetch_add(1, Ordering::SeqCst);
        if self.leaves_a_thread {
            std::mem::forget(thread());
        }
    }
}

#[async_trait]
impl SecretStore for Counting {
    async fn get_secret_value(&self, request: &SecretRequest) -> Result<Secret, StoreError> {
        self.asked();
        self.inner.get_secret_value(request).await
    }

    async fn batch_get_secret_value(
        &self,
        request: &BatchRequest,
    ) -> Result<BatchAnswer, StoreError> {
        self.asked();
        self.inner.batch_get_secret_value(request).await
    }

    async fn describe_secret(
        &self,
        request: &SecretRequest,
    ) -> Result<SecretDescription, StoreError> {
        self.asked();
        self.inner.describe_secret(request).await
    }
}
