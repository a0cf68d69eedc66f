//! Why a request goes where it goes: the lookup told in words, with the near misses.

use super::{Origin, Side, Table};

/// A request to ask about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Ask {
    pub side: Side,
    /// Only this Gateway; all when none.
    pub gateway: Option<(String, String)>,
    pub method: String,
    /// `http` or `https`.
    pub scheme: String,
    pub host: String,
    /// Port of the listener wanted.
    pub port: u16,
    pub path: String,
    pub query: Option<String>,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
}

/// What becomes of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Outcome {
    Forward,
    Redirect,
    Refuse,
}

/// The way of a request through a Table.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// What becomes of it.
    pub outcome: Outcome,
    /// Status when the gateway answers itself; none when a backend does.
    pub status: Option<u16>,
    /// `Location` of a redirect.
    pub location: Option<String>,
    /// Why, in one sentence, when it is refused or a part of it is.
    pub reason: Option<String>,
    /// The Gateway asked.
    pub gateway: Option<Origin>,
    /// Listener name and its hostname as written (`*` when it has none).
    pub listener: Option<(String, String)>,
    /// The route.
    pub route: Option<Origin>,
    /// Hostname of the route under which the match stands.
    pub hostname: Option<String>,
    /// Rule: position from 0 and name.
    pub rule: Option<(u32, Option<String>)>,
    /// The match in words: `PathPrefix /api, header x-api-version = v2`.
    pub matched: Option<String>,
    /// Filters in words, in order.
    pub filters: Vec<String>,
    /// Path and host as the backend would get them.
    pub rewritten: Option<(String, String)>,
    /// Backends and their shares.
    pub backends: Vec<BackendShare>,
    /// The others that nearly took it, nearest first, at most 10.
    pub near_misses: Vec<NearMiss>,
}

/// One backend of the rule.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct BackendShare {
    pub backend: Origin,
    pub port: u16,
    pub weight: u32,
    /// 0 to 1.
    pub share: f64,
    pub problem: Option<String>,
}

/// A listener, host, rule or match that did not take the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// What: `shop/web rule 2 match 1` or `infra/edge listener admin`.
    pub what: String,
    /// The route, when it is one.
    pub route: Option<Origin>,
    /// The one thing that failed, or the rule of precedence by which it lost.
    pub failed: String,
}

/// Asks a Table about a request. With several Gateways on the port, the one with the most specific listener answers.
pub fn explain(table: &Table, ask: &Ask) -> Explanation {
    let _ = (table, ask);
    unimplemented!()
}
