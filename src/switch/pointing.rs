//! Where a name points, and the steps in which it goes over.

use std::{fmt, str::FromStr, sync::Arc};

/// The old side, the new one, or both: how many of a hundred answers name the new one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointing(u8);

/// Why a text says nowhere to point.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not `old`, `new`, or a share of the new side from 0 to 100")]
pub struct InvalidPointing(String);

/// The shares of the new side, one after the other, in which a name goes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waves(Arc<[Pointing]>);

/// Why shares are no waves.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("waves grow from above 0 to 100; `{0}` does not")]
pub struct InvalidWaves(String);

impl Pointing {
    /// At the old side alone.
    pub const OLD: Self = Self(0);
    /// At the new side alone.
    pub const NEW: Self = Self(100);

    /// None above 100.
    pub const fn share(percent: u8) -> Option<Self> {
        if percent <= 100 { Some(Self(percent)) } else { None }
    }

    /// Of a hundred answers, those that name the new side.
    pub const fn percent(self) -> u8 {
        self.0
    }

    /// Whether some answers name one side and some the other.
    pub const fn is_mix(self) -> bool {
        self.0 > 0 && self.0 < 100
    }
}

impl FromStr for Pointing {
    type Err = InvalidPointing;

    /// Reads `old`, `new`, `25` or `25%`.
    fn from_str(given: &str) -> Result<Self, InvalidPointing> {
        let digits = given.strip_suffix('%').unwrap_or(given);
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let read = match given {
            "old" => Some(Self::OLD),
            "new" => Some(Self::NEW),
            _ => digits.parse().ok().filter(|_| plain).and_then(Self::share),
        };
        read.ok_or_else(|| InvalidPointing(given.to_owned()))
    }
}

/// As it is read: `old`, `new`, `25`.
impl fmt::Display for Pointing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("old"),
            100 => f.write_str("new"),
            percent => write!(f, "{percent}"),
        }
    }
}

impl Default for Waves {
    /// 10, 50, 100 %.
    fn default() -> Self {
        Self([10, 50, 100].map(Pointing).into())
    }
}

impl Waves {
    /// Steps that grow and end with the new side alone.
    ///
    /// # Errors
    /// When they do not.
    pub fn new(steps: &[Pointing]) -> Result<Self, InvalidWaves> {
        let grow = steps.windows(2).all(|two| matches!(two, [a, b] if a < b));
        let ends =
            steps.first().is_some_and(|first| *first > Pointing::OLD) && steps.last() == Some(&Pointing::NEW);
        if grow && ends {
            return Ok(Self(steps.into()));
        }
        Err(InvalidWaves(steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")))
    }

    /// All of them.
    pub fn steps(&self) -> &[Pointing] {
        &self.0
    }

    /// The first that is more than this; none at the new side.
    pub fn after(&self, pointing: Pointing) -> Option<Pointing> {
        self.0.iter().copied().find(|step| *step > pointing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_again() {
        let cases = [
            ("old", Some("old")),
            ("new", Some("new")),
            ("0", Some("old")),
            ("100%", Some("new")),
            ("25", Some("25")),
            ("25%", Some("25")),
            ("101", None),
            ("-1", None),
            ("+5", None),
            ("", None),
            ("%", None),
            ("New", None),
        ];
        for (given, expected) in cases {
            let read = given.parse::<Pointing>().ok().map(|pointing| pointing.to_string());
            assert_eq!(read.as_deref(), expected, "{given}");
        }
        for percent in 0..=100 {
            let pointing = Pointing::share(percent).unwrap();
            assert_eq!(pointing.to_string().parse(), Ok(pointing));
        }
    }

    #[test]
    fn waves_grow_to_the_new_side() {
        let of = |steps: &[u8]| Waves::new(&steps.iter().map(|step| Pointing(*step)).collect::<Vec<_>>());
        for (steps, good) in [
            (&[10, 50, 100][..], true),
            (&[100], true),
            (&[10, 50], false),
            (&[0, 100], false),
            (&[50, 50, 100], false),
            (&[], false),
        ] {
            assert_eq!(of(steps).is_ok(), good, "{steps:?}");
        }
        let waves = Waves::default();
        let next: Vec<_> =
            [0, 9, 10, 30, 50, 99, 100].map(|at| waves.after(Pointing(at)).map(Pointing::percent)).into();
        assert_eq!(next, [Some(10), Some(10), Some(50), Some(50), Some(100), Some(100), None]);
    }
}
