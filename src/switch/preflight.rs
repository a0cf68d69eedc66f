//! What is looked at before a name is switched: each point good, bad, or not known, with its reason.

use std::fmt;

use jiff::Timestamp;

use super::Ttl;

/// A point to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// The new side has a listener and an accepted route for the hostname.
    Route,
    /// A certificate covers it, in time, with its chain.
    Certificate,
    /// Both sides answer alike, or what differs was accepted.
    Differences,
    /// Every backend has an endpoint.
    Endpoints,
    /// The TTL is low, and has been for longer than the one before.
    Ttl,
    /// No redirect leads back to where it came from.
    Redirects,
    /// Nothing that clients keep (HSTS, cookies) would be in the way of a way back.
    WayBack,
    /// Both sides answer over the wire.
    Probe,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Good; what was seen.
    Green(String),
    /// Not good; why.
    Red(String),
    /// Nobody can say; why.
    Unknown(String),
}

/// All points that were looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preflight(Vec<(Item, Finding)>);

/// What all points say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every point is good.
    Go,
    /// At least one point is bad.
    No,
    /// None is bad, and not all are known.
    Unknown,
}

impl Item {
    /// Every point, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Route,
        Self::Certificate,
        Self::Differences,
        Self::Endpoints,
        Self::Ttl,
        Self::Redirects,
        Self::WayBack,
        Self::Probe,
    ];

    /// One word, for scripts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Route => "route",
            Self::Certificate => "certificate",
            Self::Differences => "differences",
            Self::Endpoints => "endpoints",
            Self::Ttl => "ttl",
            Self::Redirects => "redirects",
            Self::WayBack => "way-back",
            Self::Probe => "probe",
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Preflight {
    /// With what was found; points that were not looked at are unknown.
    pub fn new(found: impl IntoIterator<Item = (Item, Finding)>) -> Self {
        let found: Vec<_> = found.into_iter().collect();
        let of = |item| {
            // Of two findings about one point, the worse.
            let all = found.iter().filter(|(of, _)| *of == item).map(|(_, finding)| finding);
            let worst = all.max_by_key(|finding| finding.weight()).cloned();
            (item, worst.unwrap_or_else(|| Finding::Unknown("it was not looked at".to_owned())))
        };
        Self(Item::ALL.map(of).into())
    }

    /// Every point with what was found.
    pub fn all(&self) -> &[(Item, Finding)] {
        &self.0
    }

    /// What they say together.
    pub fn verdict(&self) -> Verdict {
        match self.0.iter().map(|(_, finding)| finding.weight()).max() {
            Some(0) => Verdict::Go,
            Some(1) | None => Verdict::Unknown,
            Some(_) => Verdict::No,
        }
    }
}

impl Finding {
    fn weight(&self) -> u8 {
        match self {
            Self::Green(_) => 0,
            Self::Unknown(_) => 1,
            Self::Red(_) => 2,
        }
    }

    /// What was seen, or why it is not good or not known.
    pub fn reason(&self) -> &str {
        match self {
            Self::Green(text) | Self::Red(text) | Self::Unknown(text) => text,
        }
    }

    /// One word, for scripts.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Green(_) => "green",
            Self::Red(_) => "red",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The point [`Item::Ttl`]: at most `low` seconds, and for longer than the one before. `clock` writes a time.
    pub fn of_ttl(ttl: Ttl, low: u32, now: Timestamp, clock: impl Fn(Timestamp) -> String) -> Self {
        let seconds = ttl.seconds();
        if seconds > low {
            return Self::Red(format!(
                "the TTL is {seconds} s; at {low} s a switch and its way back are over sooner"
            ));
        }
        if ttl.settled() > now {
            let before = ttl.before().unwrap_or(seconds);
            let settled = clock(ttl.settled());
            return Self::Red(format!("answers with the TTL before ({before} s) are kept until {settled}"));
        }
        Self::Green(format!("{seconds} s, since {}", clock(ttl.since())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_point_is_enough_and_one_that_nobody_knows_is_no_yes() {
        let green = || Item::ALL.map(|item| (item, Finding::Green(String::new())));
        let with = |item, finding| {
            let mut all: Vec<_> = green().into();
            all.push((item, finding));
            Preflight::new(all).verdict()
        };
        assert_eq!(Preflight::new(green()).verdict(), Verdict::Go);
        assert_eq!(with(Item::Probe, Finding::Unknown("no time".into())), Verdict::Unknown);
        assert_eq!(with(Item::Probe, Finding::Red("502".into())), Verdict::No);
        let partly = Preflight::new([(Item::Ttl, Finding::Green(String::new()))]);
        assert_eq!(partly.verdict(), Verdict::Unknown, "what was not looked at is not known");
        assert_eq!(partly.all().len(), Item::ALL.len());
        assert_eq!(Preflight::default().verdict(), Verdict::Unknown);
    }

    #[test]
    fn the_ttl_must_be_low_for_longer_than_the_one_before() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let first = Ttl::new(300, at(0));
        let lowered = first.set(30, at(1000));
        let cases = [
            (first, at(5000), "red", "never lowered"),
            (lowered, at(1299), "red", "just lowered"),
            (lowered, at(1300), "green", "for long enough"),
            (lowered.set(60, at(2000)), at(2000), "green", "still low"),
            (lowered.set(61, at(2000)), at(2000), "red", "one second more than low"),
        ];
        for (ttl, now, expected, why) in cases {
            let found = Finding::of_ttl(ttl, 60, now, |at| at.to_string());
            assert_eq!(found.name(), expected, "{why}");
        }
    }
}
