//! Shares as they were seen: over the last minute, or over the time since weights changed when that is less.
//!
//! Requests from before a change and from after it are never counted together.

use super::Reading;
use crate::{
    rehearsal::View,
    traffic::{self, Moment, Scope, Share},
};

/// Seconds that shares are looked at, at most.
pub const WINDOW: f64 = 60.0;

/// Fewer requests of a whole rule say nothing of shares.
pub const FEW: u64 = 20;

/// Moments that went through sums are not exact.
const LITTLE: f64 = 1e-6;

/// What observed shares are made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observed {
    /// Whole seconds looked at.
    pub seconds: u32,
    /// Whether they began with a change of weights.
    pub since_change: bool,
    /// Requests of the whole rule in them; none when nothing was scraped.
    pub requests: Option<u64>,
}

impl Observed {
    /// Of the counts of a rule's backends.
    pub fn of(view: &View, counts: &[Reading<u64>], since: Option<Moment>) -> Self {
        let since = recent(view, since);
        let seconds = match since {
            Some(since) => steps(view, &Scope::All, since).map(|flow| flow.seconds).sum(),
            None => known(view).min(WINDOW),
        };
        let requests = counts
            .iter()
            .map(|count| match count {
                Reading::Is(requests) => Some(*requests),
                Reading::Nothing | Reading::Unknown(_) => None,
            })
            .sum();
        Self { seconds: (seconds + LITTLE) as u32, since_change: since.is_some(), requests }
    }

    /// The share of a backend with this many requests.
    pub fn share(&self, count: Reading<u64>) -> Reading<Share> {
        match (count, self.requests) {
            (Reading::Is(_), Some(0)) => Reading::Unknown("no request was seen"),
            (Reading::Is(_), Some(whole)) if whole < FEW => Reading::Unknown("too few requests were seen"),
            (Reading::Is(count), Some(whole)) => {
                traffic::share(count, whole).map_or(Reading::Unknown("no request was seen"), Reading::Is)
            }
            (Reading::Is(_), None) => Reading::Unknown("not all backends were counted"),
            (Reading::Nothing, _) => Reading::Nothing,
            (Reading::Unknown(why), _) => Reading::Unknown(why),
        }
    }
}

/// Seconds that are known at all: a rehearsal that just began has not a minute behind it.
fn known(view: &View) -> f64 {
    let first = view.traffic.scopes.get(&Scope::All).and_then(|series| series.history.first());
    match (first, view.traffic.at) {
        (Some(first), Some(at)) => (at - (first.at - first.seconds)).max(0.0),
        (None, _) | (_, None) => 0.0,
    }
}

/// The moment of a change, when that is less than a minute ago.
fn recent(view: &View, since: Option<Moment>) -> Option<Moment> {
    since.filter(|since| view.now - since < WINDOW)
}

/// Steps that began after a moment.
fn steps<'a>(view: &'a View, scope: &Scope, since: Moment) -> impl Iterator<Item = &'a traffic::Flow> {
    let history = view.traffic.scopes.get(scope).map_or(&[][..], |series| &series.history);
    history
        .iter()
        .rev()
        .take_while(move |flow| flow.at > since)
        .filter(move |flow| flow.at - flow.seconds >= since - LITTLE)
}

/// Requests of a backend in the last minute, or in the steps that began after a change when that is less.
pub fn requests(view: &View, scope: &Scope, since: Option<Moment>) -> Reading<u64> {
    if view.traffic.at.is_none() {
        return Reading::Unknown("nothing has been scraped yet");
    }
    if let Some(since) = recent(view, since) {
        return Reading::Is(steps(view, scope, since).map(|flow| u64::from(flow.requests)).sum());
    }
    match view.traffic.scopes.get(scope).map(|series| series.long) {
        None => Reading::Is(0),
        Some(None) => Reading::Unknown("one scrape is not enough"),
        Some(Some(long)) => Reading::Is(long.requests),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        traffic::{Flow, Measured, Series},
        tui::fixture,
    };

    const OLD: &str = "old";
    const NEW: &str = "new";

    fn scope(name: &str) -> Scope {
        Scope::Service { side: None, backend: name.into(), port: 80 }
    }

    /// A step a second: 90 to 10 until second 990, then 50 to 50.
    fn view() -> View {
        let mut view = (*fixture::view()).clone();
        view.now = 1000.5;
        let mut traffic = traffic::Traffic { at: Some(1000.0), ..traffic::Traffic::default() };
        let mut put = |scope: Scope, before: u32, after: u32, long: u64| {
            let flow = |at: u32| {
                let requests = if at > 990 { after } else { before };
                Flow { at: f64::from(at), seconds: 1.0, requests, errors: 0, p95: None }
            };
            let measured = Measured { requests: long, ..Measured::default() };
            let series =
                Series { short: None, long: Some(measured), history: (900..=1000).map(flow).collect() };
            traffic.scopes.insert(scope, Arc::new(series));
        };
        put(scope(OLD), 9, 5, 500);
        put(scope(NEW), 1, 5, 100);
        put(Scope::All, 10, 10, 600);
        view.traffic = Arc::new(traffic);
        view
    }

    #[test]
    fn nothing_from_before_a_change_is_counted_with_what_came_after() {
        let cases = [
            (None, (60, false), Some((500, 100)), "no change: the whole minute"),
            (Some(930.0), (60, false), Some((500, 100)), "a change of long ago"),
            (Some(990.0), (10, true), Some((50, 50)), "ten steps began after it"),
            (Some(990.4), (9, true), Some((45, 45)), "the step that it fell into belongs to neither"),
            (Some(999.5), (0, true), None, "no step began after it"),
            (Some(997.9), (2, true), Some((10, 10)), "two steps"),
        ];
        let view = view();
        for (since, (seconds, since_change), counts, why) in cases {
            let counted = [OLD, NEW].map(|name| requests(&view, &scope(name), since));
            let over = Observed::of(&view, &counted, since);
            assert_eq!((over.seconds, over.since_change), (seconds, since_change), "{why}");
            let (old, new) = counts.unwrap_or((0, 0));
            assert_eq!(counted, [Reading::Is(old), Reading::Is(new)], "{why}");
            match over.share(counted[1]) {
                Reading::Is(share) => {
                    let expected = new as f64 / (old + new) as f64;
                    assert!((share.value - expected).abs() < 1e-9, "{why}: {share:?}");
                }
                Reading::Unknown("no request was seen") => assert_eq!(counts, None, "{why}"),
                other => panic!("{why}: {other:?}"),
            }
        }
    }

    #[test]
    fn no_second_is_claimed_that_was_not_looked_at() {
        let cases = [(7, 7, "just begun"), (59, 59, "nearly a minute"), (100, 60, "no more than a minute")];
        for (known, seconds, why) in cases {
            let mut view = view();
            let mut traffic = (*view.traffic).clone();
            let mut series = (*traffic.scopes[&Scope::All]).clone();
            series.history.drain(..series.history.len() - known);
            traffic.scopes.insert(Scope::All, Arc::new(series));
            view.traffic = Arc::new(traffic);
            assert_eq!(Observed::of(&view, &[Reading::Is(50)], None).seconds, seconds, "{why}");
        }
        let mut view = view();
        view.traffic = Arc::default();
        assert_eq!(Observed::of(&view, &[], None).seconds, 0, "nothing was scraped");
    }

    #[test]
    fn of_a_few_requests_no_share_is_made() {
        let over = Observed { seconds: 2, since_change: true, requests: Some(3) };
        assert_eq!(over.share(Reading::Is(1)), Reading::Unknown("too few requests were seen"));
        let unknown = Reading::Unknown("nothing has been scraped yet");
        assert_eq!(
            over.share(Reading::Unknown("nothing has been scraped yet")),
            Reading::<Share>::Unknown("nothing has been scraped yet")
        );
        let over = Observed::of(&view(), &[Reading::Is(5), unknown], None);
        assert_eq!(over.requests, None, "a part is not known, so the whole is not");
    }
}
