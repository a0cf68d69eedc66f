//! Which clients there are, and how many of each kind: `obey=60,browser=25,jvm=10,forever=5`.

use std::{fmt, str::FromStr, sync::Arc};

use super::kind::{KINDS, Kind};

/// Kinds of clients with their parts. Parts are weights: they need not add up to 100.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientMix {
    kinds: Arc<[(Kind, f64)]>,
}

/// Why words are no mix of clients.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMix {
    /// Nothing at all.
    #[error("a mix names kinds and their parts, like `obey=60,browser=25,jvm=10,forever=5`")]
    Empty,
    /// No kind of ours.
    #[error("`{given}` is no kind of client; there are {}", names(.more))]
    Kind {
        /// As given.
        given: String,
        /// Kinds of the user's own.
        more: Vec<String>,
    },
    /// No part.
    #[error("the part of `{kind}` is a number from 0 to 1000000, not `{given}`")]
    Part {
        /// The kind.
        kind: String,
        /// As given.
        given: String,
    },
    /// Twice.
    #[error("`{0}` is given twice")]
    Twice(String),
    /// All parts are 0.
    #[error("all parts are 0; give at least one kind a part")]
    Nothing,
}

fn names(more: &[String]) -> String {
    let all: Vec<_> = KINDS.iter().map(|kind| &*kind.name).chain(more.iter().map(String::as_str)).collect();
    match all.split_last() {
        Some((last, [])) => format!("`{last}`"),
        Some((last, rest)) => format!("`{}` and `{last}`", rest.join("`, `")),
        None => "none".to_owned(),
    }
}

/// What is taken when nobody says otherwise. The kinds have sources; their parts are an assumption, and each site's own.
impl Default for ClientMix {
    fn default() -> Self {
        let parts = [50.0, 30.0, 10.0, 5.0, 5.0];
        Self { kinds: KINDS.into_iter().zip(parts).collect() }
    }
}

impl FromStr for ClientMix {
    type Err = InvalidMix;

    fn from_str(given: &str) -> Result<Self, InvalidMix> {
        let words = given.split(',').map(str::trim).filter(|word| !word.is_empty());
        let pairs = words.map(|word| {
            let (name, part) = word.split_once('=').unwrap_or((word, ""));
            (name.trim().to_owned(), part.trim().trim_end_matches('%').to_owned())
        });
        Self::of(pairs, &[])
    }
}

impl ClientMix {
    /// A mix of kinds by name with their parts as written, of ours and of these.
    ///
    /// # Errors
    /// A name that is none, a part that is no number, a kind given twice, nothing to take.
    pub fn of(pairs: impl IntoIterator<Item = (String, String)>, own: &[Kind]) -> Result<Self, InvalidMix> {
        let mut kinds: Vec<(Kind, f64)> = Vec::new();
        for (name, part) in pairs {
            let known = own.iter().find(|kind| kind.name == name).cloned().or_else(|| Kind::named(&name));
            let Some(kind) = known else {
                let more = own.iter().map(|kind| kind.name.to_string()).collect();
                return Err(InvalidMix::Kind { given: name, more });
            };
            let number = part.parse().ok().filter(|part| (0.0..=1e6).contains(part));
            let number = number.ok_or_else(|| InvalidMix::Part { kind: name.clone(), given: part })?;
            if kinds.iter().any(|(other, _)| other.name == name) {
                return Err(InvalidMix::Twice(name));
            }
            kinds.push((kind, number));
        }
        if kinds.is_empty() {
            return Err(InvalidMix::Empty);
        }
        kinds.retain(|(_, part)| *part > 0.0);
        if kinds.is_empty() { Err(InvalidMix::Nothing) } else { Ok(Self { kinds: kinds.into() }) }
    }

    /// All clients of one kind.
    pub fn only(kind: Kind) -> Self {
        Self { kinds: [(kind, 1.0)].into() }
    }

    /// The kinds with their shares, which add up to 1.
    pub fn shares(&self) -> impl Iterator<Item = (&Kind, f64)> {
        let all: f64 = self.kinds.iter().map(|(_, part)| part).sum();
        self.kinds.iter().map(move |(kind, part)| (kind, part / all))
    }

    /// The kinds, in the order of [`ClientMix::spread`].
    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.kinds.iter().map(|(kind, _)| kind)
    }

    /// How many of so many clients are of each kind: as near to the shares as whole clients can be. One that has no
    /// place comes after all others, so that a small crowd has the frequent kinds.
    pub fn spread(&self, clients: usize) -> Vec<usize> {
        let exact: Vec<f64> = self.shares().map(|(_, share)| share * clients as f64).collect();
        // Shares that add up to a hair more than 1 must not make a client more.
        let mut counts: Vec<usize> = exact.iter().map(|count| (count + 1e-9).floor() as usize).collect();
        let mut order: Vec<usize> = (0..exact.len()).collect();
        let rest = |at: usize| exact.get(at).map_or(0.0, |count| count - (count + 1e-9).floor());
        order.sort_by(|a, b| rest(*b).total_cmp(&rest(*a)));
        let left = clients.saturating_sub(counts.iter().sum());
        for at in order.into_iter().take(left) {
            if let Some(count) = counts.get_mut(at) {
                *count += 1;
            }
        }
        counts
    }
}

/// As it is typed.
impl fmt::Display for ClientMix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.kinds.iter().map(|(kind, part)| format!("{}={part}", kind.name)).collect();
        f.write_str(&words.join(","))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_mix_is_read_as_it_is_written() {
        let cases = [
            ("obey=60,browser=25,jvm=10,forever=5", "obey=60,browser=25,jvm=10,forever=5", "the issue's own"),
            (" obey = 1 , jvm=2.5%,", "obey=1,jvm=2.5", "blanks, a percent sign, a comma at the end"),
            ("obey=1,jvm=0", "obey=1", "a part of nothing is nobody"),
        ];
        for (typed, wanted, why) in cases {
            assert_eq!(typed.parse::<ClientMix>().map(|mix| mix.to_string()).as_deref(), Ok(wanted), "{why}");
        }
    }

    #[test]
    fn what_is_no_mix_is_refused_with_what_would_be_one() {
        let cases = [
            ("", "a mix names kinds and their parts, like `obey=60,browser=25,jvm=10,forever=5`"),
            (
                "firefox=1",
                "`firefox` is no kind of client; there are `obey`, `browser`, `jvm`, `pool` and `forever`",
            ),
            ("obey", "the part of `obey` is a number from 0 to 1000000, not ``"),
            ("obey=-1", "the part of `obey` is a number from 0 to 1000000, not `-1`"),
            ("obey=NaN", "the part of `obey` is a number from 0 to 1000000, not `NaN`"),
            ("obey=1,obey=2", "`obey` is given twice"),
            ("obey=0", "all parts are 0; give at least one kind a part"),
        ];
        for (typed, wanted) in cases {
            assert_eq!(typed.parse::<ClientMix>().map_err(|why| why.to_string()), Err(wanted.to_owned()));
        }
    }

    #[test]
    fn clients_are_spread_by_their_parts() {
        let mix: ClientMix = "obey=60,browser=25,jvm=10,forever=5".parse().unwrap();
        let cases = [
            (100, [60, 25, 10, 5], "exactly"),
            (200, [120, 50, 20, 10], "twice as many"),
            (1, [1, 0, 0, 0], "the most frequent first"),
            (3, [2, 1, 0, 0], "then the next"),
            (0, [0; 4], "nobody"),
        ];
        for (clients, wanted, why) in cases {
            assert_eq!(mix.spread(clients), wanted, "{why}");
        }
    }

    proptest! {
        #[test]
        fn a_spread_has_every_client_once_and_no_kind_is_off_by_one(
            parts in prop::array::uniform5(0_u32..1000), clients in 0_usize..5000,
        ) {
            prop_assume!(parts.iter().any(|part| *part > 0));
            let pairs = KINDS.iter().zip(parts).map(|(kind, part)| (kind.name.to_string(), part.to_string()));
            let mix = ClientMix::of(pairs, &[]).unwrap();
            let counts = mix.spread(clients);
            prop_assert_eq!(counts.iter().sum::<usize>(), clients);
            for ((_, share), count) in mix.shares().zip(counts) {
                prop_assert!((share * clients as f64 - count as f64).abs() < 1.0 + 1e-6);
            }
            prop_assert_eq!(mix.to_string().parse::<ClientMix>(), Ok(mix));
        }
    }
}
