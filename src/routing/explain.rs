//! Why a request goes where it goes: the lookup told in words, with the near misses.

use std::{borrow::Cow, sync::Arc};

use super::{
    BackendId, Edited, Found, Host, Listener, Origin, PathMatch, PathPolicy, Port, PortProtocol, Request,
    Rule, Side, Table, find, normalized,
};

mod act;
mod near;
pub(super) mod policy;
mod precedence;
#[cfg(test)]
mod tests;

pub use policy::is_unknown;
pub use precedence::Precedence;

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
    /// Status when the gateway answers itself; none when a backend does, or when nobody listens.
    pub status: Option<u16>,
    /// `Location` of a redirect.
    pub location: Option<String>,
    /// Why, in one sentence, when it is refused or a part of it is.
    pub reason: Option<String>,
    /// The Gateway asked.
    pub gateway: Option<Origin>,
    /// All Gateways that could have been asked, that one among them.
    pub gateways: Vec<Origin>,
    /// Listener name and its hostname as written (`*` when it has none).
    pub listener: Option<(String, String)>,
    /// Hostnames of routes that were asked for a match, the most specific first.
    pub hosts: Vec<HostTried>,
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
    /// What it depends on beyond the request, and what a policy does that depends on the answer: limits, who may ask,
    /// canaries.
    pub conditions: Vec<String>,
    /// What the real entry point does too and nobody does here.
    pub not_executed: Vec<String>,
    /// Backends and their shares.
    pub backends: Vec<BackendShare>,
    /// The others that nearly took it, nearest first, at most 10.
    pub near_misses: Vec<NearMiss>,
    /// What is executed; none when no rule took the request.
    pub executed: Option<Executed>,
}

/// A hostname of routes that takes the request's host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostTried {
    /// As the route wrote it, `*` for every host.
    pub hostname: String,
    /// Whether one of its matches took the request.
    pub taken: bool,
}

/// The rule that took a request and the path by which it did.
#[derive(Clone, Debug, PartialEq)]
pub struct Executed {
    /// The rule.
    pub rule: Arc<Rule>,
    /// The path of its match.
    pub path: PathMatch,
}

/// What one backend gets of a request, and what is done to its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// Who.
    pub backend: Arc<BackendId>,
    /// Its share of the requests, 0 to 1.
    pub share: f64,
    /// Path and query.
    pub target: String,
    /// The path alone (a rewrite may have put a query into it).
    pub path: String,
    /// Its host, without a port unless a filter wrote one.
    pub host: String,
    /// Edits of the request's headers.
    pub request: Edited,
    /// Edits of the answer's.
    pub answer: Edited,
    /// Why it gets nothing and 500 is answered.
    pub problem: Option<String>,
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
    /// What: `shop/web rule 2 match 1`, counted from 1, or `infra/edge listener admin`.
    pub what: String,
    /// The route, when it is one.
    pub route: Option<Origin>,
    /// Position of its rule, from 0.
    pub rule: Option<u32>,
    /// What kind of thing failed.
    pub kind: Miss,
    /// The one thing that failed, or the rule of precedence by which it lost.
    pub failed: String,
}

/// In what something failed to take a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Miss {
    /// It takes the request too, and another goes before it.
    Lost(Precedence),
    /// The method.
    Method,
    /// A header.
    Header,
    /// A query parameter.
    Query,
    /// A cookie.
    Cookie,
    /// The path.
    Path,
    /// The route's hostname.
    Host,
    /// The listener's hostname.
    Listener,
}

/// Asks a Table about a request. With several Gateways on the port, the one with the most specific listener answers.
pub fn explain(table: &Table, ask: &Ask) -> Explanation {
    told(table, ask, true)
}

/// As [`explain`], without near misses: it costs no more than a lookup, however large the Table is.
pub fn way(table: &Table, ask: &Ask) -> Explanation {
    told(table, ask, false)
}

/// The near misses alone; looks at every match of the listener.
pub fn near_misses(table: &Table, ask: &Ask) -> Vec<NearMiss> {
    told(table, ask, true).near_misses
}

fn told(table: &Table, ask: &Ask, with_misses: bool) -> Explanation {
    let host = match Host::from_authority(&ask.host) {
        Ok(host) => host,
        Err(error) => return refused(Some(400), format!("host `{}`: {error}", ask.host)),
    };
    let (host, request) = (Host(&host), Asked(ask));
    let ports: Vec<&Port> =
        table.ports.values().map(AsRef::as_ref).filter(|port| is_asked(port, ask)).collect();
    let best = ports.iter().copied().min_by(|a, b| by_listener(a, b, host, &request));
    let Some(port) = best else { return refused(None, no_port(table, ask)) };
    if let Some((status, why)) = port.reading.refusal(&ask.method, &ask.path) {
        return Explanation {
            gateway: Some((*port.key.entry).clone()),
            gateways: ports.iter().map(|port| (*port.key.entry).clone()).collect(),
            ..refused(Some(status), why.to_owned())
        };
    }
    let found = find(port, host, &request);
    let mut explanation = match found {
        Found::Match { listener, host: virtual_host, candidate } => Explanation {
            hosts: act::tried(listener, host, Some(virtual_host)),
            ..act::matched(ask, host, listener, virtual_host, candidate)
        },
        Found::NoRule(listener) => Explanation {
            gateway: Some((*port.key.entry).clone()),
            listener: Some(named(listener)),
            hosts: act::tried(listener, host, None),
            ..refused(
                Some(404),
                format!(
                    "no rule of listener {} takes {} {} for host {}",
                    listener.id.name, ask.method, ask.path, host.0
                ),
            )
        },
        Found::NoListener => Explanation {
            gateway: (ports.len() == 1).then(|| (*port.key.entry).clone()),
            ..refused(Some(404), format!("no listener on port {} takes host {}", ask.port, host.0))
        },
    };
    explanation.gateways = ports.iter().map(|port| (*port.key.entry).clone()).collect();
    if with_misses {
        explanation.near_misses = near::misses(&ports, port, found, host, &request);
    }
    explanation
}

/// The request that is asked about, as [`find`](fn@find) sees one.
pub(super) struct Asked<'a>(pub(super) &'a Ask);

impl Request for Asked<'_> {
    fn host(&self) -> &str {
        &self.0.host
    }

    fn is_encrypted(&self) -> bool {
        self.0.scheme.eq_ignore_ascii_case("https")
    }

    fn method(&self) -> &str {
        &self.0.method
    }

    fn path(&self) -> &str {
        &self.0.path
    }

    fn query(&self) -> Option<&str> {
        self.0.query.as_deref()
    }

    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        let between = if name == "cookie" { "; " } else { ", " };
        let mut values = self.0.headers.iter().filter(|(given, _)| given == name).map(|(_, value)| value);
        let first = values.next()?;
        let mut joined = Cow::Borrowed(first.as_str());
        for value in values {
            joined = Cow::Owned([&joined, between, value].concat());
        }
        Some(joined)
    }
}

fn is_asked(port: &Port, ask: &Ask) -> bool {
    port.key.port == ask.port && is_entry(port, ask)
}

/// Whether the port is one of the Gateways and schemes asked for.
fn is_entry(port: &Port, ask: &Ask) -> bool {
    let scheme = match port.protocol {
        PortProtocol::Http => "http",
        PortProtocol::Https => "https",
    };
    let entry = &port.key.entry;
    port.key.side == ask.side
        && ask.scheme.eq_ignore_ascii_case(scheme)
        && ask
            .gateway
            .as_ref()
            .is_none_or(|(namespace, name)| **namespace == *entry.namespace && **name == *entry.name)
}

/// The Gateway whose listener is more specific, then one that has a match, then by name.
fn by_listener(a: &Port, b: &Port, host: Host<'_>, request: &Asked<'_>) -> std::cmp::Ordering {
    let listener = |port: &Port| port.listeners.iter().find(|one| one.hostname.takes(host)).cloned();
    let has_none = |port: &Port| !matches!(find(port, host, request), Found::Match { .. });
    match (listener(a), listener(b)) {
        (Some(a), Some(b)) => a.hostname.by_specificity(&b.hostname),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
    .then_with(|| has_none(a).cmp(&has_none(b)))
    .then_with(|| a.key.cmp(&b.key))
}

fn no_port(table: &Table, ask: &Ask) -> String {
    let mut ports: Vec<u16> =
        table.ports.values().filter(|port| is_entry(port, ask)).map(|port| port.key.port).collect();
    ports.sort_unstable();
    ports.dedup();
    let who = match &ask.gateway {
        Some((namespace, name)) => format!("{namespace}/{name} has no"),
        None => "there is no".to_owned(),
    };
    let (scheme, port) = (&ask.scheme, ask.port);
    if ports.is_empty() {
        return format!("{who} {scheme} listener on port {port}, nor on any other");
    }
    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
    format!("{who} {scheme} listener on port {port}; there are: {}", ports.join(", "))
}

/// Name and hostname.
fn named(listener: &Listener) -> (String, String) {
    (listener.id.name.to_string(), listener.hostname.to_string())
}

fn refused(status: Option<u16>, reason: String) -> Explanation {
    Explanation {
        outcome: Outcome::Refuse,
        status,
        location: None,
        reason: Some(reason),
        gateway: None,
        gateways: Vec::new(),
        listener: None,
        hosts: Vec::new(),
        route: None,
        hostname: None,
        rule: None,
        matched: None,
        filters: Vec::new(),
        rewritten: None,
        conditions: Vec::new(),
        not_executed: Vec::new(),
        backends: Vec::new(),
        near_misses: Vec::new(),
        executed: None,
    }
}

/// The path as a listener reads it.
fn read<'p>(listener: &Listener, path: &'p str) -> Cow<'p, str> {
    match listener.path_policy {
        PathPolicy::AsReceived => Cow::Borrowed(path),
        PathPolicy::Normalized => normalized(path),
    }
}
