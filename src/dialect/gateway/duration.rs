//! Durations as Gateway API writes them (GEP-2257): `1h30m`, `500ms`, `0s`.

use std::time::Duration;

/// Why a text is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no duration; write one to four of a number and h, m, s or ms, such as 1m30s or 500ms")]
pub(super) struct InvalidDuration(String);

/// Reads a duration: `^([0-9]{1,5}(h|m|s|ms)){1,4}$`.
pub(super) fn parse(given: &str) -> Result<Duration, InvalidDuration> {
    read(given).ok_or_else(|| InvalidDuration(given.to_owned()))
}

fn read(given: &str) -> Option<Duration> {
    let mut rest = given;
    let mut milliseconds: u64 = 0;
    for _ in 0..4 {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if !(1..=5).contains(&digits) {
            return None;
        }
        let (number, after) = rest.split_at(digits);
        let letters = after.bytes().take_while(u8::is_ascii_lowercase).count();
        let (unit, after) = after.split_at(letters);
        let factor = match unit {
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1000,
            "ms" => 1,
            _ => return None,
        };
        milliseconds += number.parse::<u64>().ok()? * factor;
        rest = after;
        if rest.is_empty() {
            return Some(Duration::from_millis(milliseconds));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_one_to_four_numbers_with_units() {
        let cases = [
            ("0s", Some(0), "no limit is written so"),
            ("500ms", Some(500), "the two-letter unit"),
            ("1h", Some(3_600_000), "an hour"),
            ("1m30s", Some(90_000), "two units"),
            ("1h1m1s1ms", Some(3_661_001), "four units"),
            ("10s10s", Some(20_000), "a unit twice is a sum"),
            ("99999h", Some(359_996_400_000), "five digits"),
            ("100000s", None, "six digits"),
            ("1h1m1s1ms1s", None, "five units"),
            ("1.5s", None, "no fractions"),
            ("-1s", None, "no sign"),
            ("1us", None, "no microseconds"),
            ("10", None, "no unit"),
            ("s", None, "no number"),
            ("", None, "nothing"),
            (" 1s", None, "no blanks"),
            ("1S", None, "units are small letters"),
            ("1s ", None, "nothing after it"),
        ];
        for (given, milliseconds, why) in cases {
            assert_eq!(parse(given).ok(), milliseconds.map(Duration::from_millis), "{given}: {why}");
        }
    }
}
