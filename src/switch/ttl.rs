//! How long answers are kept, and how long those are that came with an earlier TTL.

use jiff::{SignedDuration, Timestamp};

/// The TTL of a name: now, before, and until when the one before still works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ttl {
    now: u32,
    before: Option<u32>,
    since: Timestamp,
    settled: Timestamp,
}

impl Ttl {
    /// A TTL in seconds that has been served for long.
    pub fn new(seconds: u32, since: Timestamp) -> Self {
        Self { now: seconds, before: None, since, settled: since }
    }

    /// Served now, in seconds.
    pub fn seconds(&self) -> u32 {
        self.now
    }

    /// Served before, in seconds.
    pub fn before(&self) -> Option<u32> {
        self.before
    }

    /// Since when it is served.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// From when on it counts: no answer with an earlier, longer TTL is kept by anybody who obeys.
    pub fn settled(&self) -> Timestamp {
        self.settled
    }

    /// The same with another one served from now on. Served already: nothing changes.
    #[must_use]
    pub fn set(self, seconds: u32, at: Timestamp) -> Self {
        if seconds == self.now {
            return self;
        }
        // A longer one counts at once: nobody keeps anything for longer than it says.
        let settled = if seconds < self.now { self.settled.max(after(at, self.now)) } else { self.settled };
        Self { now: seconds, before: Some(self.now), since: at, settled }
    }

    /// When the last answer given before `at` has run out at everybody who obeys.
    pub fn run_out(&self, at: Timestamp) -> Timestamp {
        after(at, self.now).max(self.settled)
    }
}

/// So many seconds later.
fn after(at: Timestamp, seconds: u32) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(i64::from(seconds))).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lower_ttl_counts_when_the_longer_one_has_run_out() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let first = Ttl::new(300, at(0));
        let cases = [
            (first, at(0), at(1300), "nothing was changed"),
            (first.set(60, at(1000)), at(1300), at(1300), "kept for 300 s from 1000 on"),
            (first.set(60, at(900)), at(1200), at(1200), "a switch waits for the longer one"),
            (first.set(60, at(500)), at(800), at(1060), "it has run out long ago"),
            (first.set(600, at(500)), at(0), at(1600), "a longer one counts at once"),
            (first.set(60, at(900)).set(300, at(950)), at(1200), at(1300), "and back"),
            (
                first.set(60, at(900)).set(5, at(950)),
                at(1200),
                at(1200),
                "twice lowered: the longest goes last",
            ),
            (first.set(300, at(900)), at(0), at(1300), "the same is no change"),
        ];
        for (ttl, settled, run_out, why) in cases {
            assert_eq!((ttl.settled(), ttl.run_out(at(1000))), (settled, run_out), "{why}");
        }
        let lowered = first.set(60, at(500));
        assert_eq!((lowered.seconds(), lowered.before(), lowered.since()), (60, Some(300), at(500)));
        assert_eq!(
            Ttl::new(u32::MAX, at(0)).run_out(Timestamp::MAX),
            Timestamp::MAX,
            "no end of time is passed"
        );
    }
}
