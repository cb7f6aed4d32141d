//! Quotas: a token bucket for each, filled by a monotonic clock.
//!
//! The caller reads the clock, so the buckets can be tested without waiting.

use std::time::Instant;

use crate::api_error::ApiError;
use crate::operation::Operation;

#[derive(Default)]
pub(crate) struct Limits {
    buckets: Vec<Bucket>,
    throttled: usize,
}

struct Bucket {
    operations: Vec<Operation>,
    per_second: f64,
    burst: f64,
    tokens: f64,
    /// When it was last filled. `None` before the first call.
    filled: Option<Instant>,
}

impl Limits {
    pub(crate) fn add(&mut self, operations: &[Operation], per_second: u32, burst: u32) {
        let (per_second, burst) = (per_second.into(), burst.into());
        self.buckets.push(Bucket {
            operations: operations.to_vec(),
            per_second,
            burst,
            tokens: burst,
            filled: None,
        });
    }

    /// Takes a token from every bucket of the operation, or from none if one of them is empty.
    pub(crate) fn check(&mut self, operation: Operation, now: Instant) -> Result<(), ApiError> {
        let mut buckets: Vec<&mut Bucket> = self
            .buckets
            .iter_mut()
            .filter(|bucket| bucket.operations.contains(&operation))
            .collect();
        for bucket in &mut buckets {
            bucket.fill(now);
        }
        if buckets.iter().any(|bucket| bucket.tokens < 1.0) {
            self.throttled += 1;
            return Err(ApiError::new("ThrottlingException", "Rate exceeded"));
        }
        for bucket in buckets {
            bucket.tokens -= 1.0;
        }
        Ok(())
    }

    /// Removes every quota. Throttled calls stay counted.
    pub(crate) fn lift(&mut self) {
        self.buckets.clear();
    }

    pub(crate) fn throttled(&self) -> usize {
        self.throttled
    }
}

impl Bucket {
    fn fill(&mut self, now: Instant) {
        let elapsed =
            self.filled.map_or(0.0, |filled| now.saturating_duration_since(filled).as_secs_f64());
        self.tokens = (self.tokens + elapsed * self.per_second).min(self.burst);
        self.filled = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// How many of `calls` calls in a row succeed at a time after the first.
    fn pass(limits: &mut Limits, operation: Operation, now: Instant, calls: usize) -> usize {
        (0..calls).filter(|_| limits.check(operation, now).is_ok()).count()
    }

    #[test]
    fn a_bucket_fills_by_the_second_and_never_beyond_its_burst() {
        let mut limits = Limits::default();
        limits.add(&[Operation::GetParameter, Operation::GetParameters], 40, 10);
        let start = Instant::now();
        for (milliseconds, operation, passed) in [
            (0, Operation::GetParameters, 10),
            (0, Operation::GetParameter, 0),
            (50, Operation::GetParameter, 2),
            (75, Operation::GetParameters, 1),
            (10_000, Operation::GetParameters, 10),
            (10_000, Operation::PutParameter, 20),
        ] {
            let now = start + Duration::from_millis(milliseconds);
            assert_eq!(
                pass(&mut limits, operation, now, 20),
                passed,
                "{operation} after {milliseconds} ms"
            );
        }
        assert_eq!(limits.throttled(), 10 + 20 + 18 + 19 + 10);
    }

    #[test]
    fn a_call_that_one_quota_refuses_takes_nothing_from_another() {
        let mut limits = Limits::default();
        limits.add(&[Operation::GetParameter], 0, 1);
        limits.add(&[Operation::GetParameter, Operation::GetParameters], 0, 3);
        let now = Instant::now();
        assert_eq!(pass(&mut limits, Operation::GetParameter, now, 5), 1);
        assert_eq!(pass(&mut limits, Operation::GetParameters, now, 5), 2);
    }
}
