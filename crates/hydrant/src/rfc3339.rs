//! Times as RFC 3339 writes them. The audit log takes the whole text, and the command line parts
//! of it.

use std::time::SystemTime;

use time::OffsetDateTime;

/// `2026-11-22T01:30:05.250Z`: in UTC and to the millisecond.
pub fn rfc3339(time: SystemTime) -> String {
    let time = OffsetDateTime::from(time);
    let (year, month, day) = time.to_calendar_date();
    let (hour, minute, second, millisecond) = time.to_hms_milli();
    let month = u8::from(month);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_utc_to_the_millisecond() {
        fn check(seconds: u64, nanoseconds: u32, expected: &str) {
            let time = SystemTime::UNIX_EPOCH + Duration::new(seconds, nanoseconds);
            assert_eq!(rfc3339(time), expected);
        }
        check(0, 0, "1970-01-01T00:00:00.000Z");
        check(1_767_323_045, 678_999_999, "2026-01-02T03:04:05.678Z");
        check(1_798_761_599, 0, "2026-12-31T23:59:59.000Z");
    }
}
