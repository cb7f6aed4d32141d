//! Retry: makes a call until it succeeds, fails permanently, or the deadline leaves no time for it.
//!
//! The SDK's own retries are off: all clients of a process share its token bucket, and it does not
//! know the deadline.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::limits::Limits;
use crate::store::{Action, StoreError, StoreErrorKind};

/// The first pause after an error. Each further pause is twice as long.
const FAULT_PAUSE: Duration = Duration::from_millis(100);
/// The first pause after throttling.
const THROTTLE_PAUSE: Duration = Duration::from_secs(1);
/// How often a shared call may fail before each id is read on its own.
const REFUSALS_OF_A_BATCH: u32 = 3;
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Makes a call until it succeeds, fails permanently, or its next attempt would start after the
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

/// The same for a call that several ids share. If it keeps failing, it is given up while there is
/// still time to read each id on its own.
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
        // The time limit of a call starts when the call starts, not while it waits for its turn.
        let Ok(permit) = timeout_at(limits.deadline, limits.permits.acquire()).await else { break };
        let left = limits.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let response = timeout(left.min(limits.attempt), call()).await;
        drop(permit);
        let error = match response {
            Ok(Ok(response)) => return Ok(response),
            Ok(Err(error)) => error,
            // The error before an attempt says more than that the deadline cut the attempt short.
            Err(_) if left <= limits.attempt && last.is_some() => break,
            Err(_) => StoreError::new(
                StoreErrorKind::TimedOut,
                action,
                format!("no response within {:?}", left.min(limits.attempt)),
            ),
        };
        if !again(&error, attempt) || limits.attempts.is_some_and(|most| attempt >= most) {
            return Err(error);
        }
        let pause = pause(&error, attempt);
        if Instant::now() + pause >= limits.deadline {
            return Err(error);
        }
        // AWS's message may repeat a reference or a value that must not be shown, and its code may
        // be any text. Until all values are known, only the kind of the error is logged.
        let kind = error.kind;
        tracing::info!(
            action = action.as_str(),
            attempt,
            pause_ms = pause.as_millis() as u64,
            "{action} failed, retrying: {kind}"
        );
        last = Some(error);
        sleep(pause).await;
    }
    Err(last.unwrap_or_else(|| {
        StoreError::new(StoreErrorKind::TimedOut, action, "the deadline had passed before the call")
    }))
}

/// Between half and all of a pause that doubles with every attempt.
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

    /// Fails `failures` times with `kind`, then succeeds. Returns the outcome and the number of
    /// calls.
    async fn check(
        kind: StoreErrorKind,
        failures: u32,
        attempts: Option<u32>,
    ) -> (Result<(), StoreErrorKind>, u32) {
        let calls = Cell::new(0);
        let mut limits = Limits::within(Duration::from_secs(10));
        limits.attempts = attempts;
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
}
