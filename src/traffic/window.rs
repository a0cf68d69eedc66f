//! Counters over time: bounded series of deltas, resets and newborn series told apart.
//!
//! What is read are the proxy's own two families, [`Window::wants`]. The first page of a target is the baseline and says
//! nothing; after it a series that was not there before counts from zero, and one that fell was reset and counts what it
//! shows. A target that fails leaves a gap, which its next page fills with one long step.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::Arc,
};

use super::exposition::Page;

mod histogram;
mod measure;
mod target;
#[cfg(test)]
mod tests;

use measure::{Kept, Tick};
use target::{Step, Target};

/// The proxy's gauge of open connections of clients.
const CONNECTIONS: &str = "cutover_connections";
/// Seconds of which steps are kept.
const KEPT: f64 = 600.0;
/// The most steps that are kept, for scrapes faster than every half second.
const STEPS: usize = 1200;
/// The most steps of a history.
const HISTORY: usize = 600;
/// The most scopes that are kept.
const SCOPES: usize = 2000;
/// Beyond these, places for [`Scope::All`], Gateways and listeners only.
const BROAD: usize = 500;

/// Seconds since an arbitrary start; given by the caller.
pub type Moment = f64;

/// What traffic is counted by. Names as in the proxy's labels: `namespace/name` of Gateways, routes and Services.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Scope {
    /// Everything, of both sides.
    All,
    /// All that came in by one of the two entry points: `old` or `new`.
    Side {
        side: Arc<str>,
    },
    Gateway {
        gateway: Arc<str>,
    },
    Listener {
        gateway: Arc<str>,
        listener: Arc<str>,
    },
    Route {
        kind: Arc<str>,
        route: Arc<str>,
    },
    Rule {
        kind: Arc<str>,
        route: Arc<str>,
        rule: u32,
    },
    /// A backend within one rule.
    Backend {
        kind: Arc<str>,
        route: Arc<str>,
        rule: u32,
        backend: Arc<str>,
        port: u16,
    },
    /// A Service over all routes: of one side, or of both.
    Service {
        side: Option<Arc<str>>,
        backend: Arc<str>,
        port: u16,
    },
}

/// What was measured over one window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measured {
    /// Requests counted.
    pub requests: u64,
    /// Answers of 500 to 599.
    pub errors: u64,
    /// Of those, answers that the proxy made itself.
    pub errors_by_proxy: u64,
    /// Answers of 400 to 499.
    pub client_errors: u64,
    /// Requests a second.
    pub rate: f64,
    /// Milliseconds; none without a request.
    pub p50: Option<f64>,
    /// Milliseconds.
    pub p95: Option<f64>,
    /// Milliseconds.
    pub p99: Option<f64>,
}

impl Measured {
    /// Share of 5xx, 0 to 1; none without requests.
    pub fn error_share(&self) -> Option<f64> {
        (self.requests > 0).then(|| self.errors as f64 / self.requests as f64)
    }

    /// Share of 4xx, 0 to 1; none without requests.
    pub fn client_error_share(&self) -> Option<f64> {
        (self.requests > 0).then(|| self.client_errors as f64 / self.requests as f64)
    }
}

/// One step of history, as wide as the scrape interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flow {
    /// When it ended.
    pub at: Moment,
    /// Its length in seconds.
    pub seconds: f64,
    /// Requests in it.
    pub requests: u32,
    /// Of those, 5xx.
    pub errors: u32,
    /// 95th percentile in milliseconds.
    pub p95: Option<f32>,
}

/// Keeps bounded series. One owner writes; readers get [`Traffic`] values.
#[derive(Debug, Default)]
pub struct Window {
    targets: HashMap<String, Target>,
    /// Upper ends of the histograms' buckets in seconds, in the order in which they were first seen.
    bounds: Vec<f64>,
    /// When which step ended, oldest first.
    ticks: VecDeque<Tick>,
    /// Number of the next tick.
    next: u64,
    scopes: HashMap<Scope, Kept>,
    /// When the last good scrape was made.
    at: Option<Moment>,
    rejected: usize,
    dropped: usize,
    /// Open connections of clients by target and side.
    open: BTreeMap<(String, String), u64>,
}

/// A snapshot for readers.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    /// When the last good scrape was made; none before the first.
    pub at: Option<Moment>,
    /// Why the last scrape failed, when it did.
    pub failure: Option<String>,
    /// Lines of the last page that could not be read.
    pub rejected: usize,
    /// Scopes that had requests in the last step and found no room: 2,000 are kept.
    pub dropped: usize,
    /// Open connections of clients, by side: `old` or `new`. At the last scrape.
    pub open: BTreeMap<Arc<str>, u64>,
    /// By scope: the last 10 s, the last 60 s, and the history (oldest first, at most 600 steps).
    pub scopes: HashMap<Scope, Arc<Series>>,
}

/// What is known of one scope.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Over the last 10 s.
    pub short: Option<Measured>,
    /// Over the last 60 s.
    pub long: Option<Measured>,
    /// Steps, oldest first.
    pub history: Vec<Flow>,
}

impl Window {
    /// Whether samples of this name are read; for [`super::exposition::parse`].
    pub fn wants(name: &str) -> bool {
        name == target::REQUESTS || name == target::DURATION || name == CONNECTIONS
    }

    /// Takes a page scraped at `at` from target `target`. Pages of one round of several targets carry one `at`.
    pub fn ingest(&mut self, at: Moment, target: &str, page: &Page) {
        // Time does not go back; a clock that does makes a step without length.
        let at = self.at.map_or(at, |last| at.max(last));
        let state = self.targets.entry(target.to_owned()).or_default();
        // After so long a gap nothing can be said of it.
        if state.scraped.is_some_and(|scraped| at - scraped > KEPT) {
            *state = Target::default();
        }
        let before = state.scraped;
        self.open.retain(|(of, _), _| of != target);
        for sample in page.samples.iter().filter(|sample| sample.name == CONNECTIONS && sample.value >= 0.0) {
            let side = sample.labels.iter().find(|(name, _)| name == "side");
            let side = side.map(|(_, side)| side.clone()).unwrap_or_default();
            self.open.insert((target.to_owned(), side), sample.value.round() as u64);
        }
        let read = state.read(at, page, &mut self.bounds);
        self.rejected = page.rejected.len() + read.unusable;
        self.at = Some(at);
        for scope in &read.present {
            self.keep(scope, at);
        }
        // What a first page shows rose nobody knows when.
        if let Some(before) = before {
            let number = self.tick(at, at - before);
            self.add(number, at, read.steps);
        }
        self.forget(at);
    }

    /// Notes that a target is no more; what it counted stays. Should it come back, its first page is a baseline again.
    pub fn gone(&mut self, target: &str) {
        self.open.retain(|(of, _), _| of != target);
        self.targets.remove(target);
    }

    fn add(&mut self, number: u64, at: Moment, steps: Vec<(Arc<[Scope]>, Step)>) {
        let mut without_room = HashSet::new();
        let bounds = std::mem::take(&mut self.bounds);
        for (scopes, step) in steps {
            for scope in &*scopes {
                match self.keep(scope, at) {
                    Some(kept) => kept.add(number, at, &step, &bounds),
                    None => drop(without_room.insert(scope.clone())),
                }
            }
        }
        self.scopes.values_mut().for_each(|kept| kept.finish(number, &bounds));
        self.bounds = bounds;
        self.dropped = without_room.len();
    }

    /// Notes a scrape that failed.
    pub fn failed(&mut self, at: Moment, target: &str, why: String) {
        let state = self.targets.entry(target.to_owned()).or_default();
        state.failure = Some(why);
        state.failed = Some(at);
        self.forget(at);
    }

    /// What is known now.
    pub fn traffic(&self, now: Moment) -> Traffic {
        let failing = self.targets.iter().filter(|(_, state)| state.failure.is_some());
        let failing = failing.min_by_key(|(target, _)| *target);
        let failure = failing.and_then(|(target, state)| {
            let why = state.failure.as_ref()?;
            Some(if self.targets.len() > 1 { format!("{target}: {why}") } else { why.clone() })
        });
        let series = |kept: &Kept| Series {
            short: kept.measure(self.last(now, 10.0), &self.bounds),
            long: kept.measure(self.last(now, 60.0), &self.bounds),
            history: kept.history(self.ticks.iter().skip(self.ticks.len().saturating_sub(HISTORY))),
        };
        let scopes =
            self.scopes.iter().map(|(scope, kept)| (scope.clone(), Arc::new(series(kept)))).collect();
        let mut open: BTreeMap<Arc<str>, u64> = BTreeMap::new();
        for ((_, side), count) in &self.open {
            *open.entry(side.as_str().into()).or_default() += count;
        }
        Traffic { at: self.at, failure, rejected: self.rejected, dropped: self.dropped, open, scopes }
    }

    /// Measures a scope over the whole steps since a moment (since a weight changed). None before such a step ended,
    /// when the moment lies before the first scrape or further back than what is kept (10 minutes), and for a scope
    /// that no series ever told of.
    pub fn since(&self, scope: &Scope, since: Moment) -> Option<Measured> {
        // Moments that went through sums are not exact.
        const LITTLE: f64 = 1e-6;
        let kept = self.scopes.get(scope)?;
        if self.ticks.front()?.start() > since + LITTLE {
            return None;
        }
        kept.measure(self.ticks.iter().filter(|tick| tick.start() >= since - LITTLE), &self.bounds)
    }

    /// The steps that ended in the last seconds.
    fn last(&self, now: Moment, seconds: f64) -> impl Iterator<Item = &Tick> {
        self.ticks.iter().filter(move |tick| tick.at > now - seconds && tick.at <= now)
    }

    /// The step that ends now; one of the same moment goes on.
    fn tick(&mut self, at: Moment, seconds: f64) -> u64 {
        if let Some(last) = self.ticks.back_mut()
            && last.at >= at
        {
            last.seconds = last.seconds.max(seconds);
            return last.number;
        }
        let number = self.next;
        self.next += 1;
        self.ticks.push_back(Tick { number, at, seconds });
        number
    }

    /// The place of a scope, made when there is room.
    fn keep(&mut self, scope: &Scope, at: Moment) -> Option<&mut Kept> {
        let most = if is_broad(scope) { SCOPES + BROAD } else { SCOPES };
        if !self.scopes.contains_key(scope) {
            if self.scopes.len() >= most {
                return None;
            }
            self.scopes.insert(scope.clone(), Kept::new(at));
        }
        self.scopes.get_mut(scope)
    }

    /// Lets go of what is older than 10 minutes.
    fn forget(&mut self, at: Moment) {
        while self.ticks.front().is_some_and(|tick| tick.at < at - KEPT) || self.ticks.len() > STEPS {
            self.ticks.pop_front();
        }
        let oldest = self.ticks.front().map_or(self.next, |tick| tick.number);
        self.scopes.retain(|_, kept| {
            kept.forget(oldest);
            at - kept.active <= KEPT
        });
        self.targets.retain(|_, state| {
            let known = state.scraped.into_iter().chain(state.failed).fold(Moment::NEG_INFINITY, Moment::max);
            at - known <= KEPT
        });
    }
}

/// Few, and of use to every screen.
fn is_broad(scope: &Scope) -> bool {
    match scope {
        Scope::All | Scope::Side { .. } | Scope::Gateway { .. } | Scope::Listener { .. } => true,
        Scope::Route { .. } | Scope::Rule { .. } | Scope::Backend { .. } | Scope::Service { .. } => false,
    }
}
