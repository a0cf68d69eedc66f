//! Counters over time: bounded series of deltas, resets and newborn series told apart.

use std::{collections::HashMap, sync::Arc};

use super::exposition::Page;

/// Seconds since an arbitrary start; given by the caller.
pub type Moment = f64;

/// What traffic is counted by. Names as in the proxy's labels: `namespace/name` of Gateways, routes and Services.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Scope {
    All,
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
    /// A Service over all routes.
    Service {
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
pub struct Window {}

/// A snapshot for readers.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    /// When the last good scrape was made; none before the first.
    pub at: Option<Moment>,
    /// Why the last scrape failed, when it did.
    pub failure: Option<String>,
    /// Lines of the last page that could not be read.
    pub rejected: usize,
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
    /// Takes a page scraped at `at` from target `target`.
    pub fn ingest(&mut self, at: Moment, target: &str, page: &Page) {
        let _ = (at, target, page);
        unimplemented!()
    }

    /// Notes a scrape that failed.
    pub fn failed(&mut self, at: Moment, target: &str, why: String) {
        let _ = (at, target, why);
        unimplemented!()
    }

    /// What is known now.
    pub fn traffic(&self, now: Moment) -> Traffic {
        let _ = now;
        unimplemented!()
    }

    /// Measures a scope since a moment (since a weight changed), or over what is kept of it.
    pub fn since(&self, scope: &Scope, since: Moment) -> Option<Measured> {
        let _ = (scope, since);
        unimplemented!()
    }
}
