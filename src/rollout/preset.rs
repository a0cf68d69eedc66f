//! Weights by one word: `off`, `half`, `even`, `10/90`, `full`; and all weights of a rule in one line.

use std::{fmt, str::FromStr};

use super::{
    Part, Percent, PlanError, Refused,
    share::{share_evenly, share_out, sum_for},
};
use crate::resource::gateway_api::MAX_WEIGHT;

/// A split that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// The canary gets nothing.
    Off,
    /// So much for the canary, the rest for the others: `10/90`.
    Parts(Percent),
    /// The canary gets as much as all others together.
    Half,
    /// All backends get the same.
    Even,
    /// The canary gets all.
    Full,
}

impl Preset {
    /// Those that are offered, from little to much.
    pub const OFFERED: [Self; 7] = [
        Self::Off,
        Self::Parts(Percent::whole(1)),
        Self::Parts(Percent::whole(5)),
        Self::Parts(Percent::whole(10)),
        Self::Half,
        Self::Even,
        Self::Full,
    ];

    /// The share of the canary; none for an even split, which goes by the number of backends.
    pub fn share(self) -> Option<Percent> {
        match self {
            Self::Off => Some(Percent::ZERO),
            Self::Parts(share) => Some(share),
            Self::Half => Some(Percent::whole(50)),
            Self::Even => None,
            Self::Full => Some(Percent::ALL),
        }
    }

    /// The weights of all backends, in the proportion of their weights at the start where these are not told.
    ///
    /// # Errors
    /// The backend that refuses what it would have to get.
    pub fn weights(self, parts: &[Part], canary: usize) -> Result<Vec<i64>, Refused> {
        let start: Vec<i64> = parts.iter().map(|part| part.start).collect();
        match self.share() {
            Some(share) => share_out(parts, canary, share, sum_for(&start, &[share])),
            None => share_evenly(parts, sum_for(&start, &[])),
        }
    }
}

impl FromStr for Preset {
    type Err = PlanError;

    fn from_str(given: &str) -> Result<Self, PlanError> {
        let unknown = || {
            PlanError(format!("`{given}` is no preset; write off, half, even, full, or parts such as 10/90"))
        };
        match given {
            "off" => Ok(Self::Off),
            "half" => Ok(Self::Half),
            "even" => Ok(Self::Even),
            "full" => Ok(Self::Full),
            _ => {
                let (canary, rest) = given.split_once('/').ok_or_else(unknown)?;
                let (canary, rest): (Percent, Percent) =
                    canary.parse().and_then(|canary| Ok((canary, rest.parse()?))).map_err(|_| unknown())?;
                if canary.hundredths() + rest.hundredths() != Percent::ALL.hundredths() {
                    return Err(PlanError(format!("the parts of `{given}` do not add up to 100")));
                }
                Ok(Self::Parts(canary))
            }
        }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => out.pad("off"),
            Self::Parts(share) => out.pad(&format!("{share}/{}", rest(*share))),
            Self::Half => out.pad("half"),
            Self::Even => out.pad("even"),
            Self::Full => out.pad("full"),
        }
    }
}

fn rest(share: Percent) -> Percent {
    Percent(Percent::ALL.hundredths() - share.hundredths())
}

/// Reads `app-stable=70 app-canary=30`: names as [`super::plan`] takes them, and their weights.
///
/// # Errors
/// All words that are no name with a weight, and weights that no backend can have.
pub fn assignments<'w>(words: impl IntoIterator<Item = &'w str>) -> Result<Vec<(String, i64)>, PlanError> {
    let mut wished = Vec::new();
    let mut wrong = Vec::new();
    for word in words {
        let read = word.split_once('=').filter(|(name, _)| !name.is_empty());
        match read.map(|(name, weight)| (name, weight, weight.parse::<i64>())) {
            Some((name, _, Ok(weight))) if (0..=MAX_WEIGHT).contains(&weight) => {
                wished.push((name.to_owned(), weight));
            }
            Some((name, weight, Ok(_))) => {
                wrong.push(format!("weight {weight} of `{name}` is not between 0 and {MAX_WEIGHT}"));
            }
            Some((name, weight, Err(_))) => {
                wrong.push(format!("`{weight}` of `{name}` is no whole number"));
            }
            None => wrong.push(format!("`{word}` is no backend with a weight; write app-canary=30")),
        }
    }
    if wished.is_empty() && wrong.is_empty() {
        wrong.push("no backend is named; write app-stable=70 app-canary=30".to_owned());
    }
    if wrong.is_empty() { Ok(wished) } else { Err(PlanError(wrong.join("; "))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_known_by_a_word_or_by_their_parts() {
        let cases = [
            ("off", Ok("0"), "off"),
            ("half", Ok("50"), "half"),
            ("full", Ok("100"), "full"),
            ("10/90", Ok("10"), "10/90"),
            ("0.5/99.5", Ok("0.5"), "0.5/99.5"),
            ("10/80", Err("the parts of `10/80` do not add up to 100"), ""),
            ("most", Err("`most` is no preset; write off, half, even, full, or parts such as 10/90"), ""),
            ("200/0", Err("`200/0` is no preset; write off, half, even, full, or parts such as 10/90"), ""),
        ];
        for (given, share, shown) in cases {
            let read = given.parse::<Preset>();
            let told = read.clone().map(|preset| preset.share().unwrap().to_string());
            assert_eq!(told, share.map(str::to_owned).map_err(|why| PlanError(why.to_owned())));
            if let Ok(preset) = read {
                assert_eq!(preset.to_string(), shown);
            }
        }
        assert_eq!("even".parse::<Preset>().unwrap().share(), None);
        for preset in Preset::OFFERED {
            assert_eq!(preset.to_string().parse(), Ok(preset), "what is offered can be typed");
        }
    }

    #[test]
    fn all_weights_of_a_rule_are_read_from_one_line() {
        let read = |text: &str| assignments(text.split_whitespace()).map_err(|error| error.0);
        let all = vec![("app-stable".to_owned(), 70), ("beta/app:80".to_owned(), 30)];
        assert_eq!(read("app-stable=70  beta/app:80=30"), Ok(all));
        let cases = [
            ("", "no backend is named; write app-stable=70 app-canary=30"),
            ("app", "`app` is no backend with a weight; write app-canary=30"),
            ("=3", "`=3` is no backend with a weight; write app-canary=30"),
            (
                "a=x b=-1 c=1000001",
                "`x` of `a` is no whole number; weight -1 of `b` is not between 0 and 1000000; weight 1000001 of `c` \
                 is not between 0 and 1000000",
            ),
        ];
        for (text, why) in cases {
            assert_eq!(read(text), Err(why.to_owned()), "{text}");
        }
    }
}
