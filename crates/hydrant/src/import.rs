//! What the command line does with a write session beside the calls of [`Write`](crate::Write): an
//! import of many entries, and the secrets that no entry knows.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use hydrant_core::store::StoreErrorKind;
use hydrant_core::write::WriteFailure;
use hydrant_core::write::destination::Destination;
use hydrant_core::write::import::{CONCURRENT_WRITES, ImportStep};
use hydrant_core::write::options::PutOptions;
use hydrant_core::write::status::{self, Unlisted};
use hydrant_core::write::whole::Written;

use crate::error::Error;
use crate::fork::in_process;
use crate::write_session::WriteSession;

/// How long throttled steps of an import wait before they are tried again.
const QUOTA_PERIOD: Duration = Duration::from_secs(1);

impl WriteSession {
    /// Writes every step of an import, some at a time; `done` is told of each as it ends. What
    /// fails keeps no other from being written, but for an audit log that cannot be. What is
    /// throttled for the whole of its time is tried again for as long as others get through: AWS
    /// takes fifty writes a second, of all who write to an account.
    ///
    /// # Errors
    ///
    /// [`Error::Audit`] if a step cannot be recorded; nothing more was begun then.
    pub async fn import(
        &self,
        steps: &[ImportStep],
        options: &PutOptions,
        mut done: impl FnMut(&ImportStep),
    ) -> Result<Vec<Result<Written, WriteFailure>>, Error> {
        let mut results: Vec<_> = steps.iter().map(|_| None).collect();
        let mut left: Vec<usize> = (0..steps.len()).collect();
        while !left.is_empty() {
            let mut running = stream::iter(std::mem::take(&mut left))
                .map(|index| async move { (index, self.import_step(&steps[index], options).await) })
                .buffer_unordered(CONCURRENT_WRITES);
            let (mut throttled, mut through) = (Vec::new(), false);
            while let Some((index, result)) = running.next().await {
                let result = match result {
                    Ok(written) => Ok(written),
                    Err(Error::Write(failure)) => Err(failure),
                    Err(error) => return Err(error),
                };
                through |= result.is_ok();
                // Who throttles is there, and lets others through.
                let answered = result.as_ref().map_or_else(is_throttled, |_| true);
                if answered {
                    self.call.hydrator.progress();
                }
                match &result {
                    Err(failure) if is_throttled(failure) => throttled.push(index),
                    _ => done(&steps[index]),
                }
                results[index] = Some(result);
            }
            match through {
                // A quota of calls a second fills up again in one.
                true if !throttled.is_empty() => {
                    tokio::time::sleep(QUOTA_PERIOD).await;
                    self.call.hydrator.progress();
                    left = throttled;
                }
                true => {}
                false => throttled.iter().for_each(|index| done(&steps[*index])),
            }
        }
        Ok(results.into_iter().flatten().collect())
    }

    async fn import_step(&self, step: &ImportStep, options: &PutOptions) -> Result<Written, Error> {
        let variables: Vec<&str> = step.variables().collect();
        let limits = self.call.step_limits();
        let work = step.write(options, self.writers()?, &limits);
        self.recorded("import", step.destination(), &variables, work, |written| {
            Some(written.version.clone())
        })
        .await
    }

    /// Secrets in the folders of the manifest's own that no entry knows. Give it the
    /// destinations of the whole manifest.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] with what ListSecrets failed with.
    pub async fn unlisted(&self) -> Result<Vec<Unlisted>, Error> {
        let known: Vec<Destination> = self.destinations.iter().flatten().cloned().collect();
        let folders = status::folders(&known);
        let limits = self.limits();
        let work = status::unlisted(&known, &folders, self.writers()?, &limits);
        in_process(async { work.await.map_err(Error::Connection) }).await
    }
}

fn is_throttled(failure: &WriteFailure) -> bool {
    failure.store_error().is_some_and(|error| error.kind == StoreErrorKind::Throttled)
}
