//! The text of a plan: which shares the canary gets one after the other, and what lies between two of them.
//!
//! `5,25,50,100 every 2m`, `5 25 50 100 by key`, `10% 100% every 1m30s even if worse`. What is left out is as in
//! [`Schedule::default`]. All that is wrong is told at once.

use std::{fmt, str::FromStr, time::Duration};

use super::Percent;

/// The most steps of a plan.
const STEPS: usize = 32;

/// The longest pause.
const LONGEST: Duration = Duration::from_hours(24);

/// What lies between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// The next step is made when it is asked for.
    Key,
    /// So long, 1 s to 24 h, whole seconds.
    Pause(Duration),
}

/// What a plan does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Shares of the canary; at least one, no two neighbours alike.
    targets: Vec<Percent>,
    /// What lies between.
    pub between: Between,
    /// Whether a step is made by the clock though the canary fails more than the rest.
    pub even_if_worse: bool,
}

/// What is wrong with the text of a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidSchedule(String);

impl Schedule {
    /// Shares of the canary, one after the other.
    pub fn targets(&self) -> &[Percent] {
        &self.targets
    }

    /// The usual plan for a canary that has this share already (0 to 1): only what is more, and a key between.
    pub fn usual(share: f64) -> Self {
        let mut usual = Self::default();
        usual.targets.retain(|target| target.share() > share + 1e-9);
        if usual.targets.is_empty() {
            usual.targets.push(Percent::ALL);
        }
        usual
    }
}

impl Default for Schedule {
    fn default() -> Self {
        let targets = [5, 25, 50, 100].map(Percent::whole).into();
        Self { targets, between: Between::Key, even_if_worse: false }
    }
}

impl FromStr for Schedule {
    type Err = InvalidSchedule;

    fn from_str(given: &str) -> Result<Self, InvalidSchedule> {
        let mut wrong = Vec::new();
        // `5 %` is one word here.
        let text = given.replace(" %", "%");
        let mut words = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
        let mut targets = Vec::new();
        let mut between = None;
        let mut even_if_worse = false;
        while let Some(word) = words.next() {
            match word {
                "every" | "by" if between.is_some() => {
                    wrong.push(format!("`{word}` comes second; give one pause for all steps"));
                    words.next();
                }
                "every" => match words.next().map(pause) {
                    Some(Ok(pause)) => between = Some(Between::Pause(pause)),
                    Some(Err(why)) => wrong.push(why),
                    None => wrong.push("`every` wants a pause, such as 30s or 5m".to_owned()),
                },
                "by" => match words.next() {
                    Some("key") => between = Some(Between::Key),
                    Some(other) => {
                        wrong.push(format!("`by {other}` is not known; write by key, or every 2m"));
                    }
                    None => wrong.push("`by` wants `key`; or write every 2m".to_owned()),
                },
                "even" => match (words.next(), words.next()) {
                    (Some("if"), Some("worse")) => even_if_worse = true,
                    (Some(_) | None, Some(_) | None) => {
                        wrong.push("`even` goes on as even if worse".to_owned());
                    }
                },
                _ if between.is_some() || even_if_worse => {
                    wrong.push(format!("`{word}` comes after the shares; write them first"));
                }
                _ => match word.parse::<Percent>() {
                    Ok(target) => targets.push(target),
                    Err(error) => wrong.push(error.to_string()),
                },
            }
        }
        let twice = targets.windows(2).find_map(|two| match two {
            [one, other] if one == other => Some(*one),
            _ => None,
        });
        if let Some(target) = twice {
            wrong.push(format!("{target} stands twice in a row; a step has to change something"));
        }
        if targets.len() > STEPS {
            wrong.push(format!("{} steps are too many; {STEPS} is the most", targets.len()));
        }
        if !wrong.is_empty() {
            return Err(InvalidSchedule(wrong.join("; ")));
        }
        let usual = Self::default();
        Ok(Self {
            targets: if targets.is_empty() { usual.targets } else { targets },
            between: between.unwrap_or(usual.between),
            even_if_worse,
        })
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, target) in self.targets.iter().enumerate() {
            write!(out, "{}{target}", if at > 0 { "," } else { "" })?;
        }
        match self.between {
            Between::Key => write!(out, " by key")?,
            Between::Pause(pause) => write!(out, " every {}", in_units(pause))?,
        }
        if self.even_if_worse { write!(out, " even if worse") } else { Ok(()) }
    }
}

/// Reads a pause: numbers with `h`, `m` and `s`, each unit at most once and the greatest first.
fn pause(given: &str) -> Result<Duration, String> {
    const UNITS: [(char, u64); 3] = [('h', 3600), ('m', 60), ('s', 1)];
    let no_pause = || format!("`{given}` is no pause; write 30s, 5m, 1h or 1m30s");
    if given.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("`{given}` has no unit; write {given}s or {given}m"));
    }
    let mut units = UNITS.iter();
    let mut seconds: u64 = 0;
    let mut rest = given;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let number: u64 = number.parse().map_err(|_| no_pause())?;
        let unit = after.chars().next().ok_or_else(no_pause)?;
        let (_, factor) = units.find(|(letter, _)| *letter == unit).ok_or_else(no_pause)?;
        seconds = seconds.saturating_add(number.saturating_mul(*factor));
        rest = after.get(unit.len_utf8()..).unwrap_or("");
    }
    let pause = Duration::from_secs(seconds);
    if pause.is_zero() {
        return Err(format!("`{given}` is no pause; 1s is the shortest, or write by key"));
    }
    if pause > LONGEST {
        return Err(format!("`{given}` is too long; 24h is the longest, or write by key"));
    }
    Ok(pause)
}

/// `1h30m`, `2m`, `45s`: what [`pause`] reads.
fn in_units(pause: Duration) -> String {
    let seconds = pause.as_secs();
    let parts = [(seconds / 3600, 'h'), (seconds / 60 % 60, 'm'), (seconds % 60, 's')];
    parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .fold(String::new(), |text, (number, unit)| text + &number.to_string() + &unit.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plan_is_read_as_people_write_it() {
        let cases = [
            ("5,25,50,100 every 2m", "5,25,50,100 every 2m", "as it is written"),
            ("5, 25, 50, 100  every  120s", "5,25,50,100 every 2m", "blanks and another unit"),
            ("5 25 by key", "5,25 by key", "without commas"),
            ("5% 25 % every 1h30m", "5,25 every 1h30m", "with signs"),
            ("10,100", "10,100 by key", "nothing between: a key, which is never too early"),
            ("every 30s", "5,25,50,100 every 30s", "no share: the usual ones"),
            ("", "5,25,50,100 by key", "nothing: the usual plan"),
            ("50,25,0 every 1m", "50,25,0 every 1m", "down as well as up"),
            ("0.5,1,5 every 1m30s even if worse", "0.5,1,5 every 1m30s even if worse", "whatever comes"),
            ("even if worse", "5,25,50,100 by key even if worse", "alone"),
            ("5 every 24h", "5 every 24h", "the longest"),
        ];
        for (given, shown, why) in cases {
            let schedule: Schedule = given.parse().unwrap_or_else(|error| panic!("{given}: {error}"));
            assert_eq!(schedule.to_string(), shown, "{why}");
            assert_eq!(shown.parse::<Schedule>(), Ok(schedule), "what is shown can be read");
        }
    }

    #[test]
    fn all_that_is_wrong_with_a_plan_is_told() {
        let cases = [
            ("5,x", "`x` is no share; write 0 to 100, with at most two digits after the point"),
            (
                "101,5 every 2",
                "`101` is no share; write 0 to 100, with at most two digits after the point; `2` has no unit; write \
                 2s or 2m",
            ),
            ("5,5 every 1m", "5 stands twice in a row; a step has to change something"),
            ("5 every", "`every` wants a pause, such as 30s or 5m"),
            ("5 by", "`by` wants `key`; or write every 2m"),
            ("5 by hand", "`by hand` is not known; write by key, or every 2m"),
            ("5 every 0s", "`0s` is no pause; 1s is the shortest, or write by key"),
            ("5 every 25h", "`25h` is too long; 24h is the longest, or write by key"),
            ("5 every 1s1m", "`1s1m` is no pause; write 30s, 5m, 1h or 1m30s"),
            ("5 every soon", "`soon` is no pause; write 30s, 5m, 1h or 1m30s"),
            ("5 every 5ü", "`5ü` is no pause; write 30s, 5m, 1h or 1m30s"),
            (
                "5 every 99999999999999999999s",
                "`99999999999999999999s` is no pause; write 30s, 5m, 1h or 1m30s",
            ),
            (
                "5 every 18446744073709551615h",
                "`18446744073709551615h` is too long; 24h is the longest, or write by key",
            ),
            ("5 every 1m by key", "`by` comes second; give one pause for all steps"),
            ("every 1m 5", "`5` comes after the shares; write them first"),
            ("5 even then", "`even` goes on as even if worse"),
        ];
        for (given, why) in cases {
            assert_eq!(given.parse::<Schedule>(), Err(InvalidSchedule(why.to_owned())), "{given}");
        }
        let many: Vec<String> = (0..33).map(|at| (at % 2).to_string()).collect();
        let error = many.join(",").parse::<Schedule>().unwrap_err();
        assert_eq!(error.to_string(), "33 steps are too many; 32 is the most");
    }

    #[test]
    fn the_usual_plan_begins_above_what_the_canary_has() {
        let cases = [(0.0, "5,25,50,100"), (0.1, "25,50,100"), (0.25, "50,100"), (0.99, "100"), (1.0, "100")];
        for (share, targets) in cases {
            assert_eq!(Schedule::usual(share).to_string(), format!("{targets} by key"), "at {share}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic_and_what_it_takes_it_shows(given in "[0-9,.% a-zµ]{0,40}") {
            if let Ok(schedule) = given.parse::<Schedule>() {
                prop_assert_eq!(schedule.to_string().parse::<Schedule>(), Ok(schedule));
            }
        }
    }
}
