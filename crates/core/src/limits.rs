//! What bounds a hydration: one deadline, a limit for each attempt, retries, and how many calls run
//! at once.
//!
//! Owns retrying. The SDK's own retries are off: its token bucket is shared by all clients of a
//! process, and it knows nothing of the deadline.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::store::{Action, StoreError, StoreErrorKind};

/// How many calls of one hydration run at once, unless the manifest says otherwise
/// (`settings.concurrency`).
pub const CONCURRENT_CALLS: usize = 16;

/// The first pause after a fault; each further one is twice as long.
const FAULT_PAUSE: Duration = Duration::from_millis(100);
/// The first pause after throttling.
const THROTTLE_PAUSE: Duration = Duration::from_secs(1);
/// How often a server may fail a call that several ids share before each is asked for by itself.
const REFUSALS_OF_A_BATCH: u32 = 3;
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

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
    permits: Arc<Semaphore>,
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

/// Makes a call until it succeeds, fails for good, or its next attempt would begin after the
/// deadline.
pub(crate) async fn retrying<T, F>(
    limits: &Limits,
    action: Action,
    call: impl Fn() -> F,
) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    retrying_while(limits, action, |error, _| error.is_transient(), call).await
}

/// The same for a call that several ids share: one that a server refuses again and again is given
/// up while there is still time to ask for each id by itself.
pub(crate) async fn retrying_batch<T, F>(
    limits: &Limits,
    action: Action,
    call: impl Fn() -> F,
) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let again = |error: &StoreError, attempt| {
        error.is_transient() && !(error.refuses_batch() && attempt >= REFUSALS_OF_A_BATCH)
    };
    retrying_while(limits, action, again, call).await
}

async fn retrying_while<T, F>(
    limits: &Limits,
    action: Action,
    again: impl Fn(&StoreError, u32) -> bool,
    call: impl Fn() -> F,
) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut last: Option<StoreError> = None;
    for attempt in 1.. {
        // A call that waits for its turn is not under way: its own time limit begins when it is.
        let Ok(permit) = timeout_at(limits.deadline, limits.permits.acquire()).await else { break };
        let left = limits.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let answer = timeout(left.min(limits.attempt), call()).await;
        drop(permit);
        let error = match answer {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => error,
            // An attempt that the deadline cut short says less than the error before it.
            Err(_) if left <= limits.attempt && last.is_some() => break,
            Err(_) => StoreError::new(
                StoreErrorKind::TimedOut,
                action,
                format!("no answer within {:?}", left.min(limits.attempt)),
            ),
        };
        if !again(&error, attempt) || limits.attempts.is_some_and(|most| attempt >= most) {
            return Err(error);
        }
        let pause = pause(&error, attempt);
        if Instant::now() + pause >= limits.deadline {
            return Err(error);
        }
        // AWS's message may repeat a reference or a value that may not be shown, and its code is no
        // code of a list: what is told before all values are known is the kind of the error.
        let said = error.kind;
        tracing::info!(
            action = action.as_str(),
            attempt,
            pause_ms = pause.as_millis() as u64,
            "{action} failed, asking again: {said}"
        );
        last = Some(error);
        sleep(pause).await;
    }
    Err(last.unwrap_or_else(|| {
        StoreError::new(StoreErrorKind::TimedOut, action, "the deadline had passed before the call")
    }))
}

/// Between half and the whole of a pause that doubles with every attempt.
fn pause(error: &StoreError, attempt: u32) -> Duration {
    let base = if error.kind == StoreErrorKind::Throttled { THROTTLE_PAUSE } else { FAULT_PAUSE };
    let whole = base.saturating_mul(1 << (attempt - 1).min(10)).min(LONGEST_PAUSE);
    whole.mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn error(kind: StoreErrorKind) -> StoreError {
        StoreError::new(kind, Action::GetSecretValue, "said so")
    }

    /// Fails `failures` times with `kind`, then answers; gives the outcome and the number of calls.
    async fn check(
        kind: StoreErrorKind,
        failures: u32,
        attempts: Option<u32>,
    ) -> (Result<(), StoreErrorKind>, u32) {
        let calls = Cell::new(0);
        let limits = Limits { attempts, ..Limits::within(Duration::from_secs(10)) };
        let outcome = retrying(&limits, Action::GetSecretValue, || {
            calls.set(calls.get() + 1);
            let failed = calls.get() <= failures;
            async move { if failed { Err(error(kind)) } else { Ok(()) } }
        });
        (outcome.await.map_err(|error| error.kind), calls.get())
    }

    #[tokio::test(start_paused = true)]
    async fn transient_errors_are_asked_again_and_others_are_not() {
        use StoreErrorKind::*;
        assert_eq!(check(Throttled, 2, None).await, (Ok(()), 3));
        assert_eq!(check(Unreachable, 2, None).await, (Ok(()), 3));
        assert_eq!(check(TimedOut, 1, None).await, (Ok(()), 2));
        assert_eq!(check(Denied, 1, None).await, (Err(Denied), 1));
        assert_eq!(check(Absent, 1, None).await, (Err(Absent), 1));
        assert_eq!(check(Credentials, 1, None).await, (Err(Credentials), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn the_number_of_attempts_can_be_bounded() {
        assert_eq!(
            check(StoreErrorKind::Unreachable, 9, Some(3)).await,
            (Err(StoreErrorKind::Unreachable), 3)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_ends_retries_with_the_last_error() {
        let begin = Instant::now();
        let (outcome, calls) = check(StoreErrorKind::Throttled, u32::MAX, None).await;
        assert_eq!(outcome, Err(StoreErrorKind::Throttled));
        assert!(calls > 2, "{calls} calls");
        assert!(begin.elapsed() <= Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_never_answers_is_cut_off_and_asked_again() {
        let calls = Cell::new(0);
        let begin = Instant::now();
        let outcome: Result<(), _> =
            retrying(&Limits::within(Duration::from_secs(10)), Action::GetParameters, || {
                calls.set(calls.get() + 1);
                std::future::pending()
            })
            .await;
        assert_eq!(outcome.map_err(|error| error.kind), Err(StoreErrorKind::TimedOut));
        assert!(calls.get() >= 3, "{} calls", calls.get());
        assert!(begin.elapsed() <= Duration::from_secs(10));
    }

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
