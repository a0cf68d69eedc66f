//! Further tries of a request: Gateway API v1.7 `retry` (GEP-1731).
//!
//! A connection that was not made is tried again whatever the codes; an answer only when its code is listed and the whole
//! request can be sent again. A request that may have been processed is not.

use std::time::Duration;

use crate::routing::Retry;

/// Longest pause, unless the rule's own is longer.
const LONGEST: Duration = Duration::from_secs(1);

/// Without a pause of the rule's, so many further tries are made at once, and the next after this time.
const AT_ONCE: u32 = 2;
const OWN: Duration = Duration::from_millis(25);

/// Tries that are left.
#[derive(Debug)]
pub(super) struct Tries<'r> {
    rule: Option<&'r Retry>,
    used: u32,
}

impl<'r> Tries<'r> {
    pub(super) fn new(rule: Option<&'r Retry>) -> Self {
        Self { rule, used: 0 }
    }

    fn left(&self) -> bool {
        self.rule.is_some_and(|rule| self.used < rule.attempts)
    }

    /// Takes one of the tries left.
    pub(super) fn again(&mut self) -> bool {
        let left = self.left();
        self.used += u32::from(left);
        left
    }

    /// Whether an answer with this code is to be tried again.
    pub(super) fn wants(&self, code: u16) -> bool {
        self.left() && self.rule.is_some_and(|rule| rule.codes.contains(&code))
    }

    /// The pause before the next try: doubled each time, up to a second or the rule's own. A rule that names none has its
    /// first tries at once.
    pub(super) fn pause(&self) -> Duration {
        let (base, doublings) = match self.rule.and_then(|rule| rule.backoff) {
            Some(base) => (base, self.used.saturating_sub(1)),
            None if self.used <= AT_ONCE => return Duration::ZERO,
            None => (OWN, self.used - AT_ONCE - 1),
        };
        let doubled = base.saturating_mul(1 << doublings.min(16));
        doubled.min(LONGEST.max(base))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_end_and_pauses_grow_to_a_bound() {
        let rule = Retry {
            attempts: 7,
            codes: [503].into(),
            backoff: Some(Duration::from_millis(100)),
            ..Retry::default()
        };
        let mut tries = Tries::new(Some(&rule));
        assert!(tries.wants(503) && !tries.wants(500));
        let mut pauses = Vec::new();
        while tries.again() {
            pauses.push(tries.pause().as_millis());
        }
        assert_eq!(pauses, [100, 200, 400, 800, 1000, 1000, 1000]);
        assert!(!tries.wants(503), "none left");
        let silent = Retry { attempts: 9, codes: [].into(), backoff: None, ..Retry::default() };
        let mut tries = Tries::new(Some(&silent));
        let mut pauses = Vec::new();
        while tries.again() {
            pauses.push(tries.pause().as_millis());
        }
        assert_eq!(pauses, [0, 0, 25, 50, 100, 200, 400, 800, 1000], "no endless tries without a breath");
        assert!(!Tries::new(None).again(), "no rule, no second try");
        let never = Retry { attempts: 0, codes: [503].into(), backoff: None, ..Retry::default() };
        assert!(!Tries::new(Some(&never)).wants(503), "0 switches retrying off");
    }
}
