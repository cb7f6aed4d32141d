//! Times that can be used: what the SDK signs with, and what a server says, in years of four
//! digits.
//!
//! The SDK panics when it formats a later year, and so would the audit log.

use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;

use super::forms::refused;
use crate::store::StoreError;

/// 2000-01-01T00:00:00Z, in seconds since 1970. No signature of an earlier time was ever made.
const FIRST: u64 = 946_684_800;

/// 9999-12-01T00:00:00Z: so far before the last year that a correction of some days stays in it.
const LAST: u64 = 253_399_622_400;

/// Whether the SDK can sign with this time, and whether people can be told it.
pub(super) fn is_usable(time: SystemTime) -> bool {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.is_ok_and(|since| (FIRST..LAST).contains(&since.as_secs()))
}

/// Refuses to sign at a time that cannot be written down.
pub(super) fn check(now: SystemTime) -> Result<(), StoreError> {
    if is_usable(now) {
        return Ok(());
    }
    Err(refused("the system clock is not between the years 2000 and 9999"))
}

/// A time that a server says; `None` for what cannot be a time of its.
pub fn time_of(date: DateTime) -> Option<SystemTime> {
    SystemTime::try_from(date).ok().filter(|time| is_usable(*time))
}

/// Whether what ends then, or never, still lasts for a while.
pub(super) fn lasts(end: Option<SystemTime>, now: SystemTime, a_while: Duration) -> bool {
    end.is_none_or(|end| now.checked_add(a_while).is_some_and(|then| end > then))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn year(year: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs((year - 1970) * 31_556_952)
    }

    #[test]
    fn years_that_cannot_be_signed_with_are_refused() {
        let check = |now, expected| assert_eq!(check(now).is_ok(), expected, "{now:?}");
        check(year(2026), true);
        check(year(9998), true);
        check(year(12_000), false);
        check(year(10_000), false);
        check(SystemTime::UNIX_EPOCH, false);
        check(SystemTime::UNIX_EPOCH - Duration::from_secs(1), false);
    }

    #[test]
    fn what_a_server_calls_a_time_may_be_anything() {
        let check = |seconds, expected| {
            assert_eq!(time_of(DateTime::from_secs(seconds)).is_some(), expected)
        };
        check(1_795_311_005, true);
        for seconds in [0, -1, i64::MIN, i64::MAX, 253_402_300_800] {
            check(seconds, false);
        }
    }

    #[test]
    fn what_lasts_ends_later_than_a_while_from_now() {
        let (now, minute) = (year(2026), Duration::from_secs(60));
        assert!(lasts(None, now, minute));
        assert!(
            lasts(Some(now + minute * 2), now, minute)
                && !lasts(Some(now + minute / 2), now, minute)
        );
        assert!(!lasts(Some(now), now, Duration::MAX));
    }
}
