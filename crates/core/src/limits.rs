//! The limits of a hydration: one deadline, a limit for each attempt, and how many calls run at
//! once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

/// The default deadline of one whole hydration: ten seconds.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(10);

/// How many calls of one hydration run at once, unless the manifest sets `settings.concurrency`.
pub const CONCURRENT_CALLS: usize = 16;

/// The `batch` setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    /// `"auto"`: BatchGetSecretValue reads several secrets of a region.
    Auto,
    /// `"never"`: for roles without the permission, to keep the denied call out of CloudTrail.
    Never,
}

/// The limits of one hydration. Clones share the limit on calls that run at once.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The deadline of everything.
    pub deadline: Instant,
    /// How long one attempt of one call may take.
    pub attempt: Duration,
    /// The most attempts of a call; `None` leaves it to the deadline.
    pub attempts: Option<u32>,
    /// Whether BatchGetSecretValue may be used.
    pub batch: Batch,
    concurrency: usize,
    /// One permit for each running call, of any stage and service.
    pub(crate) permits: Arc<Semaphore>,
}

impl Limits {
    /// The limits of a hydration that starts now and has this much time.
    ///
    /// One attempt has a third of it, between 0.5 and 3 seconds, so that one lost packet does not
    /// use it all.
    pub fn within(whole: Duration) -> Self {
        Limits::until(Instant::now() + whole, whole)
    }

    /// The same for a hydration that ends at this time, of which a part has passed.
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

    /// The same limits with another number of calls that run at once; 0 counts as 1.
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
