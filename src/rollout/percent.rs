//! A share in per cent with at most two digits after the point, as people write targets of a canary.

use std::{fmt, str::FromStr};

/// 0 to 100 per cent, in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(pub(super) u16);

/// Why a text is no share.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no share; write 0 to 100, with at most two digits after the point")]
pub struct InvalidPercent(String);

impl Percent {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// All.
    pub const ALL: Self = Self(10_000);

    /// A whole number of per cents; more than 100 is 100.
    pub const fn whole(percent: u8) -> Self {
        Self(if percent > 100 { 10_000 } else { percent as u16 * 100 })
    }

    /// Hundredths of a per cent: 0 to 10 000.
    pub const fn hundredths(self) -> u16 {
        self.0
    }

    /// 0 to 1.
    pub fn share(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }

    /// The least sum of whole weights in which this share is a whole weight: 100, 1 000 or 10 000.
    pub fn unit(self) -> i64 {
        match (self.0 % 100, self.0 % 10) {
            (0, _) => 100,
            (_, 0) => 1_000,
            (_, _) => 10_000,
        }
    }
}

impl FromStr for Percent {
    type Err = InvalidPercent;

    fn from_str(given: &str) -> Result<Self, InvalidPercent> {
        let text = given.strip_suffix('%').unwrap_or(given).trim_end();
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str, most: usize| {
            (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !digits(whole, 3) || !digits(part, 2) {
            return Err(InvalidPercent(given.to_owned()));
        }
        let number = |text: &str| text.parse::<u16>().unwrap_or(u16::MAX);
        let part = number(part) * if part.len() == 1 { 10 } else { 1 };
        match number(whole).saturating_mul(100).saturating_add(part) {
            hundredths @ 0..=10_000 => Ok(Self(hundredths)),
            _ => Err(InvalidPercent(given.to_owned())),
        }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.unit() {
            100 => (self.0 / 100).to_string(),
            1_000 => format!("{}.{}", self.0 / 100, self.0 % 100 / 10),
            _ => format!("{}.{:02}", self.0 / 100, self.0 % 100),
        };
        out.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_as_people_write_them_and_written_as_short_as_they_are() {
        let cases = [
            ("5", Some("5"), "plain"),
            ("5%", Some("5"), "with its sign"),
            ("5 %", Some("5"), "and room before it"),
            ("0.5", Some("0.5"), "less than one"),
            ("0.50", Some("0.5"), "no zero at the end"),
            ("33.33", Some("33.33"), "two digits"),
            ("100", Some("100"), "all"),
            ("100.00", Some("100"), "all, again"),
            ("0", Some("0"), "none"),
            ("100.01", None, "more than all"),
            ("101", None, "more than all"),
            ("999", None, "far more than all"),
            ("1000", None, "four digits"),
            ("-1", None, "less than none"),
            ("0.125", None, "three digits"),
            (".5", None, "nothing before the point"),
            ("5.", None, "nothing after it"),
            ("5,5", None, "a comma parts targets"),
            ("", None, "nothing"),
            ("%", None, "only the sign"),
            ("+5", None, "no sign before it"),
        ];
        for (given, shown, why) in cases {
            let read = given.parse::<Percent>();
            assert_eq!(read.as_ref().ok().map(ToString::to_string).as_deref(), shown, "{given}: {why}");
            if shown.is_none() {
                assert_eq!(read, Err(InvalidPercent(given.to_owned())), "{why}");
            }
        }
    }

    #[test]
    fn each_share_is_a_whole_weight_of_its_unit() {
        for hundredths in 0..=10_000 {
            let share = Percent(hundredths);
            assert_eq!(i64::from(hundredths) * share.unit() % 10_000, 0, "{share}");
            assert_eq!(share.to_string().parse(), Ok(share));
        }
    }
}
