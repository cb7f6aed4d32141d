//! Work on a thread of its own, whose result is waited for without blocking the runtime.

use std::any::Any;
use std::panic::resume_unwind;

use tokio::sync::oneshot;

use crate::store::{Action, StoreError, StoreErrorKind};

/// What a thread ended with, or the text of its panic.
pub(super) type Ended<T> = Result<T, Box<dyn Any + Send>>;

/// Runs this on a thread of its own, at once; the future waits for what it sends. A panic there
/// goes on here. That there is no thread to be had is an error, where tokio's own threads panic.
pub(super) fn on_thread<T: Send + 'static>(
    work: impl FnOnce() + Send + 'static,
    receiver: oneshot::Receiver<Ended<T>>,
) -> Result<impl Future<Output = Result<T, StoreError>> + Send, StoreError> {
    let failed =
        |message: String| StoreError::new(StoreErrorKind::Unreachable, Action::Connect, message);
    let started = std::thread::Builder::new().name("hydrant".to_owned()).spawn(work);
    let thread = started.map_err(|error| failed(format!("no thread could be started: {error}")))?;
    Ok(async move {
        let ended = receiver.await;
        // It has sent what it had: nothing of it is left when the caller goes on, and counts its
        // threads.
        let joined = thread.join();
        match (ended, joined) {
            (Ok(Ok(value)), _) => Ok(value),
            (Ok(Err(panic)), _) | (Err(_), Err(panic)) => resume_unwind(panic),
            (Err(_), Ok(())) => Err(failed("a thread ended without a result".to_owned())),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::AssertUnwindSafe;

    #[tokio::test]
    async fn a_panic_on_the_thread_goes_on_with_the_caller() {
        let (sender, receiver) = oneshot::channel::<Ended<()>>();
        let work = move || _ = sender.send(Err(Box::new("canary")));
        let panicked = AssertUnwindSafe(on_thread(work, receiver).unwrap());
        let caught = futures_util::FutureExt::catch_unwind(panicked).await.unwrap_err();
        assert_eq!(caught.downcast_ref::<&str>(), Some(&"canary"));
        let (sender, receiver) = oneshot::channel::<Ended<u8>>();
        let sent = on_thread(move || _ = sender.send(Ok(3)), receiver);
        assert_eq!(sent.unwrap().await, Ok(3));
        let (sender, receiver) = oneshot::channel::<Ended<u8>>();
        let dropped = on_thread(move || drop(sender), receiver).unwrap().await.unwrap_err();
        assert_eq!(dropped.kind, StoreErrorKind::Unreachable);
    }
}
