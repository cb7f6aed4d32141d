//! Dates as people and programs read them, all in UTC.

use std::time::SystemTime;

use time::OffsetDateTime;

/// `2026-11-22`.
pub(crate) fn day(time: SystemTime) -> String {
    let date = OffsetDateTime::from(time);
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

/// `2026-11-22 01:30 UTC`.
pub(crate) fn minute(time: SystemTime) -> String {
    let date = OffsetDateTime::from(time);
    format!("{} {:02}:{:02} UTC", day(time), date.hour(), date.minute())
}

/// `2026-11-22T01:30:05Z`, as RFC 3339 has it.
pub(crate) fn exact(time: SystemTime) -> String {
    let (hour, minute, second) = OffsetDateTime::from(time).to_hms();
    format!("{}T{hour:02}:{minute:02}:{second:02}Z", day(time))
}

/// `20261122T013005Z`, for names of files.
pub(crate) fn compact(time: SystemTime) -> String {
    exact(time).replace(['-', ':'], "")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn dates_are_in_utc() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_311_005_250);
        assert_eq!(day(time), "2026-11-22");
        assert_eq!(minute(time), "2026-11-22 01:30 UTC");
        assert_eq!(exact(time), "2026-11-22T01:30:05Z");
        assert_eq!(compact(time), "20261122T013005Z");
    }
}
