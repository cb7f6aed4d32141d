//! What bounds a hydration: one deadline, a limit for each attempt, and how many calls run at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

/// How long one whole hydration may take where the manifest does not say: ten seconds.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(10);

/// How many calls of one hydration run at once, unless the manifest says otherwise
/// (`settings.concurrency`).
pub const CONCURRENT_CALLS: usize = 16;

/// The `batch` setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    /// `"auto"`: several secrets of a region are read with BatchGetSecretValue.
    Auto,
    /// `"never"`: for roles that lack the permission and logs that are watched.
    Never,
}

/// The bounds of one hydration. Clones of it share the bound on calls that run at once.
#[derive(Clone, Debug)]
pub struct Limits {
    /// When everything must have ended.
    pub deadline: Instant,
    /// How long one attempt of one call may take.
    pub attempt: Duration,
    /// How often a call is made at most; `None` leaves it to the deadline.
    pub attempts: Option<u32>,
    /// Whether BatchGetSecretValue may be used.
    pub batch: Batch,
    concurrency: usize,
    /// One for each call that is under way, of whatever stage and service.
    pub(crate) permits: Arc<Semaphore>,
}

impl Limits {
    /// The bounds of a hydration that begins now and has this long.
    ///
    /// One attempt has a third of it, between 0.5 and 3 seconds, so that one lost packet does not
    /// cost the whole.
    pub fn within(whole: Duration) -> Self {
        Limits::until(Instant::now() + whole, whole)
    }

    /// The same where it ends at this time, a part of the whole having passed.
    pub fn until(deadline: Instant, whole: Duration) -> Self {
        Limits {
            deadline,
            attempt: attempt_limit(whole),
            attempts: None,
            batch: Batch::Auto,
            concurrency: CONCURRENT_CALLS,
            permits: Arc::new(Semaphore::new(CONCURRENT_CALLS)),
        }
    }

    /// The same bounds with another number of calls that run at once; 0 counts as 1.
    #[must_use]
    pub fn concurrent(self, calls: usize) -> Self {
        let concurrency = calls.max(1);
        Limits { concurrency, permits: Arc::new(Semaphore::new(concurrency)), ..self }
    }

    /// How many calls run at once.
    pub fn concurrency(&self) -> usize {
        self.concurrency
    }
}

/// A third of the deadline, between 0.5 and 3 seconds.
pub(crate) fn attempt_limit(whole: Duration) -> Duration {
    (whole / 3).clamp(Duration::from_millis(500), Duration::from_secs(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_has_a_third_of_the_deadline_within_bounds() {
        let check = |whole_ms, expected_ms| {
            assert_eq!(
                attempt_limit(Duration::from_millis(whole_ms)),
                Duration::from_millis(expected_ms)
            );
        };
        check(300, 500);
        check(6_000, 2_000);
        check(10_000, 3_000);
        check(60_000, 3_000);
    }
}
