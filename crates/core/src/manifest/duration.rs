//! Durations as the manifest writes them: one whole number and one unit, as in `10s` and `90d`.

use std::time::Duration;

/// The format of a duration, for messages.
pub(super) const FORM: &str =
    "a whole number and one of the units ms, s, m, h, d, w, as in `10s` or `90d`";

const UNITS: [(&str, u64); 6] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 604_800_000),
];

/// Parses a duration; `None` if it has another format or is too large.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let (_, milliseconds) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(milliseconds).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        fn check(text: &str, milliseconds: Option<u64>) {
            assert_eq!(parse(text), milliseconds.map(Duration::from_millis), "for {text:?}");
        }
        check("250ms", Some(250));
        check("10s", Some(10_000));
        check("5m", Some(300_000));
        check("2h", Some(7_200_000));
        check("90d", Some(7_776_000_000));
        check("1w", Some(604_800_000));
        check("0s", Some(0));
        for wrong in [
            "",
            "10",
            "s",
            "10 s",
            "1.5s",
            "-1s",
            "+1s",
            "10S",
            "1h30m",
            "10sec",
            "99999999999999999999s",
        ] {
            check(wrong, None);
        }
        check("18446744073709551615w", None);
    }
}
