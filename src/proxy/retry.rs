//! Further tries of a request: Gateway API v1.7 `retry` (GEP-1731), and nginx `proxy_next_upstream`.
//!
//! A connection that was not made is tried again whatever the codes; an answer only when its code is listed and the whole
//! request can be sent again. A request that may have been processed is not.

use std::time::{Duration, Instant};

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
    /// The request may be sent twice.
    repeatable: bool,
    /// No try begins after this.
    end: Option<Instant>,
}

impl<'r> Tries<'r> {
    /// `idempotent`: the request may be sent twice by its method.
    pub(super) fn new(rule: Option<&'r Retry>, idempotent: bool) -> Self {
        let end = rule.and_then(|rule| rule.within).map(|time| Instant::now() + time);
        let repeatable = idempotent || rule.is_some_and(|rule| rule.non_idempotent);
        Self { rule, used: 0, repeatable, end }
    }

    fn left(&self) -> bool {
        self.rule.is_some_and(|rule| self.used < rule.attempts)
            && self.end.is_none_or(|end| Instant::now() < end)
    }

    /// Whether to try again where a connection was not made; `late`: in time.
    pub(super) fn unmade(&mut self, late: bool) -> bool {
        let wanted = |rule: &Retry| {
            let named = if late { rule.on_timeout } else { rule.on_error };
            named || !rule.next_endpoint_only
        };
        self.rule.is_some_and(wanted) && self.again()
    }

    /// Whether to try again where a connection broke before the answer.
    pub(super) fn broken(&mut self) -> bool {
        self.rule.is_some_and(|rule| rule.on_error) && self.repeatable && self.again()
    }

    /// Whether to try again where the backend was silent too long.
    pub(super) fn stalled(&mut self) -> bool {
        self.rule.is_some_and(|rule| rule.on_timeout) && self.repeatable && self.again()
    }

    /// Takes one of the tries left.
    pub(super) fn again(&mut self) -> bool {
        let left = self.left();
        self.used += u32::from(left);
        left
    }

    /// Whether an answer with this code is to be tried again.
    pub(super) fn wants(&self, code: u16) -> bool {
        let wanted =
            |rule: &Retry| rule.codes.contains(&code) && (self.repeatable || !rule.next_endpoint_only);
        self.rule.is_some_and(wanted) && self.left()
    }

    /// The pause before the next try: doubled each time, up to a second or the rule's own. A rule that names none has its
    /// first tries at once.
    pub(super) fn pause(&self) -> Duration {
        let (base, doublings) = match self.rule.and_then(|rule| rule.backoff) {
            Some(base) => (base, self.used.saturating_sub(1)),
            None if self.used <= AT_ONCE || self.rule.is_some_and(|rule| rule.next_endpoint_only) => {
                return Duration::ZERO;
            }
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
        let mut tries = Tries::new(Some(&rule), true);
        assert!(tries.wants(503) && !tries.wants(500));
        let mut pauses = Vec::new();
        while tries.again() {
            pauses.push(tries.pause().as_millis());
        }
        assert_eq!(pauses, [100, 200, 400, 800, 1000, 1000, 1000]);
        assert!(!tries.wants(503), "none left");
        let silent = Retry { attempts: 9, codes: [].into(), backoff: None, ..Retry::default() };
        let mut tries = Tries::new(Some(&silent), true);
        let mut pauses = Vec::new();
        while tries.again() {
            pauses.push(tries.pause().as_millis());
        }
        assert_eq!(pauses, [0, 0, 25, 50, 100, 200, 400, 800, 1000], "no endless tries without a breath");
        assert!(!Tries::new(None, true).again(), "no rule, no second try");
        let never = Retry { attempts: 0, codes: [503].into(), backoff: None, ..Retry::default() };
        assert!(!Tries::new(Some(&never), true).wants(503), "0 switches retrying off");
    }

    #[test]
    fn nginx_tries_again_for_what_is_named_and_what_may_be_repeated() {
        let rule = |on_error, on_timeout, non_idempotent, codes: &[u16]| Retry {
            attempts: 2,
            codes: codes.into(),
            on_error,
            on_timeout,
            non_idempotent,
            next_endpoint_only: true,
            ..Retry::default()
        };
        let usual = rule(true, true, false, &[]);
        let named = rule(false, false, false, &[503]);
        let all = rule(true, false, true, &[503]);
        // Rule, idempotent; not made, not made in time, broken, silent, 503.
        let cases = [
            (&usual, true, [true, true, true, true, false], "nginx's own"),
            (&usual, false, [true, true, false, false, false], "POST: only while nothing was sent"),
            (&named, true, [false, false, false, false, true], "a code alone"),
            (&named, false, [false, false, false, false, false], "not for POST"),
            (&all, false, [true, false, true, false, true], "POST too, when told so"),
        ];
        for (rule, idempotent, wanted, why) in cases {
            let new = || Tries::new(Some(rule), idempotent);
            let got =
                [new().unmade(false), new().unmade(true), new().broken(), new().stalled(), new().wants(503)];
            assert_eq!(got, wanted, "{why}");
        }
        let over = Retry { within: Some(Duration::ZERO), ..usual };
        assert!(!Tries::new(Some(&over), true).broken(), "no time is left for another");
    }
}
