//! What a stand-in does wrong, in the words of the command line and of the console: one reader, one writer.
//!
//! `503 20%` answers a fifth with 503; `+500ms` waits before each answer, `+500ms±100ms` more or less; `slow 10kB/s`
//! dribbles the body; `down` refuses connections; `off` ends it all. Several stand beside each other.

use std::{fmt, num::NonZeroU64, str::FromStr, time::Duration};

/// What a stand-in is told to do wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fault {
    /// Share of answers with `code`, 0 to 1.
    pub share: f64,
    /// Status of those answers.
    pub code: u16,
    /// Added before each answer.
    pub latency: Duration,
    /// `latency` is this much longer or shorter, evenly spread; never below zero.
    pub jitter: Duration,
    /// Bytes a second at which bodies are sent; none: at once.
    pub pace: Option<NonZeroU64>,
    /// Refuses connections.
    pub down: bool,
}

/// Why words are no fault, with an example of the right ones.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFault {
    /// Nothing at all.
    #[error("a fault is `503 20%`, `+500ms`, `slow 10kB/s`, `down`, several of them, or `off`")]
    Empty,
    /// A word that is none of ours.
    #[error("`{0}` is no fault; write `503 20%`, `+500ms`, `slow 10kB/s`, `down` or `off`")]
    Word(String),
    /// Not a status that can end an exchange.
    #[error("a status is a number from 200 to 599, not `{0}`")]
    Status(String),
    /// A share that is none.
    #[error("a share is `0%` to `100%`, not `{0}`")]
    Share(String),
    /// A share and no status.
    #[error("share `{0}` has no status before it; write `503 {0}`")]
    Alone(String),
    /// A time that is none.
    #[error("a time is `200ms` or `2s`, up to an hour, not `{0}`")]
    Time(String),
    /// A pace that is none.
    #[error("a pace is `500B/s`, `10kB/s` or `2MB/s`, more than 0, not `{0}`")]
    Pace(String),
    /// The same part twice.
    #[error("`{0}` says again what was said before; give each part once")]
    Twice(String),
    /// `off` and more.
    #[error("`off` ends all faults; it stands alone")]
    Off,
}

/// Longest time of a fault.
const LONGEST: Duration = Duration::from_hours(1);

impl FromStr for Fault {
    type Err = InvalidFault;

    fn from_str(given: &str) -> Result<Self, InvalidFault> {
        // `503 20 %` as people write it, `503:20%,latency:1s` as the command line had it first.
        let given = given.replace(" %", "%");
        let mut words = given.split([' ', '\t', ',']).filter(|word| !word.is_empty()).peekable();
        let mut fault = Self::default();
        let mut said = Said::default();
        if words.peek().is_none() {
            return Err(InvalidFault::Empty);
        }
        while let Some(word) = words.next() {
            let (name, value) =
                word.split_once(':').map_or((word, None), |(name, value)| (name, Some(value)));
            let once = |said: &mut bool| {
                if std::mem::replace(said, true) { Err(InvalidFault::Twice(word.to_owned())) } else { Ok(()) }
            };
            match name {
                "off" => said.off = true,
                "down" if value.is_none() => {
                    once(&mut said.down)?;
                    fault.down = true;
                }
                "slow" => {
                    once(&mut said.pace)?;
                    let value = value.or_else(|| words.next()).unwrap_or_default();
                    fault.pace = Some(pace(value)?);
                }
                "latency" => {
                    once(&mut said.latency)?;
                    (fault.latency, fault.jitter) = latency(value.unwrap_or_default())?;
                }
                _ if word.starts_with('+') => {
                    once(&mut said.latency)?;
                    (fault.latency, fault.jitter) = latency(&word[1..])?;
                }
                _ if name.ends_with('%') => return Err(InvalidFault::Alone(name.to_owned())),
                _ if name.starts_with(|first: char| first.is_ascii_digit()) => {
                    once(&mut said.code)?;
                    let code = name.parse().ok().filter(|code| (200..=599).contains(code));
                    fault.code = code.ok_or_else(|| InvalidFault::Status(name.to_owned()))?;
                    let value = value.or_else(|| words.next_if(|next| next.ends_with('%')));
                    fault.share = value.map_or(Ok(1.0), share)?;
                }
                _ => return Err(InvalidFault::Word(word.to_owned())),
            }
        }
        if said.off && said != (Said { off: true, ..Said::default() }) {
            return Err(InvalidFault::Off);
        }
        Ok(fault)
    }
}

/// Parts that were given.
#[derive(Default, PartialEq, Eq)]
struct Said {
    code: bool,
    latency: bool,
    pace: bool,
    down: bool,
    off: bool,
}

fn share(typed: &str) -> Result<f64, InvalidFault> {
    let number = typed.strip_suffix('%').and_then(|number| number.parse::<f64>().ok());
    let number = number.filter(|share| (0.0..=100.0).contains(share));
    number.map(|share| share / 100.0).ok_or_else(|| InvalidFault::Share(typed.to_owned()))
}

/// `500ms`, `500ms±100ms`, or `~` for who has no `±` on the keyboard.
fn latency(typed: &str) -> Result<(Duration, Duration), InvalidFault> {
    let (middle, spread) = typed.split_once(['±', '~']).map_or((typed, None), |(a, b)| (a, Some(b)));
    Ok((time(middle)?, spread.map_or(Ok(Duration::ZERO), time)?))
}

fn time(typed: &str) -> Result<Duration, InvalidFault> {
    let wrong = || InvalidFault::Time(typed.to_owned());
    let (number, microseconds) = match typed.strip_suffix("ms") {
        Some(number) => (number, 1e3),
        None => (typed.strip_suffix('s').ok_or_else(wrong)?, 1e6),
    };
    let number = number.parse::<f64>().map_err(|_| wrong())?;
    let time = (number >= 0.0).then(|| Duration::from_micros((number * microseconds).round() as u64));
    time.filter(|time| *time <= LONGEST).ok_or_else(wrong)
}

fn pace(typed: &str) -> Result<NonZeroU64, InvalidFault> {
    let wrong = || InvalidFault::Pace(typed.to_owned());
    let number = typed.strip_suffix("/s").unwrap_or(typed);
    let number = number.strip_suffix(['B', 'b']).ok_or_else(wrong)?;
    let (number, unit) = match number.strip_suffix(['k', 'K']) {
        Some(number) => (number, 1e3),
        None => number.strip_suffix('M').map_or((number, 1.0), |number| (number, 1e6)),
    };
    let bytes = number.parse::<f64>().map_err(|_| wrong())? * unit;
    let bytes = (1.0..=1e12).contains(&bytes).then_some(bytes.round() as u64);
    bytes.and_then(NonZeroU64::new).ok_or_else(wrong)
}

/// As it is typed, parts with a blank between; `off` for nothing.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { share, code, latency, jitter, pace, down } = *self;
        let mut words = Vec::new();
        if share > 0.0 {
            // As short as it can be without another value.
            words.push(format!("{code} {}%", (share * 1e6).round() / 1e4));
        }
        if !latency.is_zero() || !jitter.is_zero() {
            let spread = if jitter.is_zero() { String::new() } else { format!("±{}", short(jitter)) };
            words.push(format!("+{}{spread}", short(latency)));
        }
        if let Some(pace) = pace {
            words.push(format!("slow {}", bytes_a_second(pace.get())));
        }
        if down {
            words.push("down".to_owned());
        }
        f.write_str(if words.is_empty() { "off".to_owned() } else { words.join(" ") }.as_str())
    }
}

fn short(time: Duration) -> String {
    let microseconds = time.as_micros();
    if microseconds >= 1_000_000 && microseconds.is_multiple_of(100_000) {
        format!("{}s", microseconds as f64 / 1e6)
    } else {
        format!("{}ms", microseconds as f64 / 1e3)
    }
}

fn bytes_a_second(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes}B/s"),
        1_000..1_000_000 => format!("{}kB/s", bytes as f64 / 1e3),
        _ => format!("{}MB/s", bytes as f64 / 1e6),
    }
}

impl Fault {
    /// Whether it does nothing.
    pub fn is_off(&self) -> bool {
        let Self { share, code: _, latency, jitter, pace, down } = self;
        *share <= 0.0 && latency.is_zero() && jitter.is_zero() && pace.is_none() && !down
    }

    /// How long an answer waits; `chance` is from 0 to 1.
    pub(super) fn wait(&self, chance: f64) -> Duration {
        let around = self.jitter.mul_f64(chance.clamp(0.0, 1.0) * 2.0);
        (self.latency + around).saturating_sub(self.jitter)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NONE: Fault = Fault {
        share: 0.0,
        code: 0,
        latency: Duration::ZERO,
        jitter: Duration::ZERO,
        pace: None,
        down: false,
    };

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn faults_are_read_as_people_write_them() {
        let code = |code, share| Fault { share, code, ..NONE };
        let cases = [
            ("503 20%", code(503, 0.2), "a code and its share"),
            ("503 20 %", code(503, 0.2), "with a blank, as tables show it"),
            ("503:20%", code(503, 0.2), "as the command line had it first"),
            ("503", code(503, 1.0), "no share: all"),
            ("404 0.5%", code(404, 0.005), "less than one in a hundred"),
            ("+500ms", Fault { latency: ms(500), ..NONE }, "later"),
            ("+1.5s", Fault { latency: ms(1500), ..NONE }, "seconds"),
            ("+500ms±100ms", Fault { latency: ms(500), jitter: ms(100), ..NONE }, "more or less"),
            ("+500ms~0.1s", Fault { latency: ms(500), jitter: ms(100), ..NONE }, "in ASCII"),
            ("slow 10kB/s", Fault { pace: NonZeroU64::new(10_000), ..NONE }, "a slow body"),
            ("slow:512B/s", Fault { pace: NonZeroU64::new(512), ..NONE }, "in one word"),
            ("slow 1.5MB", Fault { pace: NonZeroU64::new(1_500_000), ..NONE }, "a second is meant"),
            ("down", Fault { down: true, ..NONE }, "refuses"),
            ("off", NONE, "nothing"),
            (
                "503:5%,latency:200ms",
                Fault { latency: ms(200), ..code(503, 0.05) },
                "several with commas, as before",
            ),
            (
                " 503  5%  +200ms slow 1kB/s down",
                Fault { latency: ms(200), pace: NonZeroU64::new(1000), down: true, ..code(503, 0.05) },
                "all together",
            ),
        ];
        for (typed, wanted, why) in cases {
            assert_eq!(typed.parse(), Ok(wanted), "{typed}: {why}");
        }
    }

    #[test]
    fn what_is_no_fault_is_refused_with_what_would_be_one() {
        let cases = [
            ("", InvalidFault::Empty),
            (" , ", InvalidFault::Empty),
            ("up", InvalidFault::Word("up".into())),
            ("99 5%", InvalidFault::Status("99".into())),
            ("20", InvalidFault::Status("20".into())),
            ("500ms", InvalidFault::Status("500ms".into())),
            ("503:5", InvalidFault::Share("5".into())),
            ("503 101%", InvalidFault::Share("101%".into())),
            ("503 x%", InvalidFault::Share("x%".into())),
            ("5%", InvalidFault::Alone("5%".into())),
            ("+500", InvalidFault::Time("500".into())),
            ("latency:-1s", InvalidFault::Time("-1s".into())),
            ("+2h", InvalidFault::Time("2h".into())),
            ("+3601s", InvalidFault::Time("3601s".into())),
            ("+1ms±x", InvalidFault::Time("x".into())),
            ("slow", InvalidFault::Pace(String::new())),
            ("slow 0kB/s", InvalidFault::Pace("0kB/s".into())),
            ("slow 10", InvalidFault::Pace("10".into())),
            ("503 500", InvalidFault::Twice("500".into())),
            ("down down", InvalidFault::Twice("down".into())),
            ("off 503", InvalidFault::Off),
        ];
        for (typed, wanted) in cases {
            assert_eq!(typed.parse::<Fault>(), Err(wanted), "{typed}");
        }
    }

    #[test]
    fn a_latency_with_jitter_stays_around_its_middle_and_above_zero() {
        let fault = Fault { latency: ms(500), jitter: ms(100), ..NONE };
        assert_eq!([0.0, 0.5, 1.0].map(|chance| fault.wait(chance)), [400, 500, 600].map(ms));
        let wide = Fault { latency: ms(50), jitter: ms(100), ..NONE };
        assert_eq!([0.0, 0.5, 1.0].map(|chance| wide.wait(chance)), [0, 50, 150].map(ms));
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_typed(
            code in 200_u16..600,
            tenths in 0_u32..=10_000,
            latency in 0_u64..3_600_000_000,
            jitter in 0_u64..3_600_000_000,
            pace in 0_u64..2_000_000_000_000,
            down: bool,
        ) {
            let share = f64::from(tenths) / 10_000.0;
            let fault = Fault {
                share,
                code: if tenths == 0 { 0 } else { code },
                latency: Duration::from_micros(latency),
                jitter: Duration::from_micros(jitter),
                pace: NonZeroU64::new(pace.min(1_000_000_000_000)),
                down,
            };
            let shown = fault.to_string();
            let back: Fault = shown.parse().unwrap();
            prop_assert!((back.share - fault.share).abs() < 1e-9, "{shown}");
            prop_assert_eq!(Fault { share, ..back }, fault, "{}", shown);
            prop_assert_eq!(fault.is_off(), shown == "off");
        }
    }
}
