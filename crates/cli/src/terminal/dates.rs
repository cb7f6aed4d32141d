//! Dates as people and programs read them, all in UTC.

use std::time::SystemTime;

use hydrant::rfc3339;

/// `2026-11-22`.
pub(crate) fn day(time: SystemTime) -> String {
    up_to("2026-11-22", time)
}

/// `2026-11-22 01:30 UTC`.
pub(crate) fn minute(time: SystemTime) -> String {
    format!("{} UTC", up_to("2026-11-22T01:30", time).replace('T', " "))
}

/// `2026-11-22T01:30:05Z`, as RFC 3339 has it.
pub(crate) fn exact(time: SystemTime) -> String {
    format!("{}Z", up_to("2026-11-22T01:30:05", time))
}

/// As much of the time as the example has.
fn up_to(example: &str, time: SystemTime) -> String {
    let mut text = rfc3339(time);
    text.truncate(example.len());
    text
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
