//! Why a request goes where it goes: the lookup told in words, with the near misses.

use std::borrow::Cow;

use super::{
    Action, Candidate, Found, Host, Listener, Origin, PathPolicy, Port, PortProtocol, Request, Rewrite, Rule,
    Side, Split, Table, VirtualHost, Why, find, normalized,
};

mod near;
#[cfg(test)]
mod tests;

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
    /// What: `shop/web rule 2 match 1`, counted from 1, or `infra/edge listener admin`.
    pub what: String,
    /// The route, when it is one.
    pub route: Option<Origin>,
    /// The one thing that failed, or the rule of precedence by which it lost.
    pub failed: String,
}

/// Asks a Table about a request. With several Gateways on the port, the one with the most specific listener answers.
pub fn explain(table: &Table, ask: &Ask) -> Explanation {
    let host = match Host::from_authority(&ask.host) {
        Ok(host) => host,
        Err(error) => return refused(Some(400), format!("host `{}`: {error}", ask.host)),
    };
    let (host, request) = (Host(&host), Asked(ask));
    let ports: Vec<&Port> =
        table.ports.values().map(AsRef::as_ref).filter(|port| is_asked(port, ask)).collect();
    if ports.is_empty() {
        return refused(None, no_port(table, ask));
    }
    let best = ports.iter().copied().min_by(|a, b| by_listener(a, b, host, &request));
    let Some(port) = best else { return refused(None, no_port(table, ask)) };
    let found = find(port, host, &request);
    let mut explanation = match found {
        Found::Match { listener, host, candidate } => matched(ask, listener, host, candidate),
        Found::NoRule(listener) => Explanation {
            gateway: Some((*port.key.entry).clone()),
            listener: Some(named(listener)),
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
    explanation.near_misses = near::misses(&ports, port, found, host, &request);
    explanation
}

/// The request that is asked about, as [`find`](fn@find) sees one.
pub(super) struct Asked<'a>(&'a Ask);

impl Request for Asked<'_> {
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
        listener: None,
        route: None,
        hostname: None,
        rule: None,
        matched: None,
        filters: Vec::new(),
        rewritten: None,
        backends: Vec::new(),
        near_misses: Vec::new(),
    }
}

/// What a rule does with the request that it took.
fn matched(ask: &Ask, listener: &Listener, host: &VirtualHost, candidate: &Candidate) -> Explanation {
    let rule = &candidate.rule;
    let mut explanation = Explanation {
        gateway: Some((*listener.id.port.entry).clone()),
        listener: Some(named(listener)),
        route: Some((*rule.id.route).clone()),
        hostname: Some(host.pattern.to_string()),
        rule: Some((rule.id.index, rule.id.name.as_deref().map(str::to_owned))),
        matched: Some(near::wanted(candidate)),
        filters: rule.filters_shown.to_vec(),
        ..refused(None, String::new())
    };
    if is_preflight(rule, ask) {
        explanation.outcome = Outcome::Forward;
        explanation.status = Some(204);
        explanation.reason = Some("a CORS preflight is answered by the gateway".to_owned());
        return explanation;
    }
    match &rule.action {
        Action::Forward(split) => forward(&mut explanation, ask, candidate, split),
        Action::Redirect(redirect) => {
            explanation.outcome = Outcome::Redirect;
            explanation.status = Some(redirect.status);
            explanation.reason = None;
            let (port, query) = (listener.id.port.port, ask.query.as_deref());
            let location = redirect.location(&ask.scheme, &ask.host, port, &ask.path, query, &candidate.path);
            explanation.location = Some(location);
        }
        Action::Answer(status, why) => {
            explanation.status = Some(*status);
            explanation.reason = Some(why.to_string());
        }
    }
    explanation
}

/// The Fetch standard, CORS-preflight request.
fn is_preflight(rule: &Rule, ask: &Ask) -> bool {
    let request = Asked(ask);
    let has = |name| request.header(name).is_some();
    rule.cors.is_some() && ask.method == "OPTIONS" && has("origin") && has("access-control-request-method")
}

fn forward(explanation: &mut Explanation, ask: &Ask, candidate: &Candidate, split: &Split) {
    explanation.backends = split
        .backends
        .iter()
        .map(|backend| BackendShare {
            backend: backend.id.service.clone(),
            port: backend.id.port,
            weight: backend.weight,
            share: split.share(backend),
            problem: backend.problem.as_ref().map(Why::to_string),
        })
        .collect();
    if split.total() == 0 {
        let why = if split.backends.is_empty() { Why::NoBackends } else { Why::NoWeight };
        explanation.status = Some(500);
        explanation.reason = Some(why.to_string());
        return;
    }
    let weighted = || split.backends.iter().filter(|backend| backend.weight > 0);
    let broken: f64 =
        weighted().filter(|backend| backend.problem.is_some()).map(|backend| split.share(backend)).sum();
    let problem = weighted().find_map(|backend| backend.problem.as_ref());
    if weighted().all(|backend| backend.problem.is_some()) {
        explanation.status = Some(500);
        explanation.reason = problem.map(Why::to_string);
        return;
    }
    explanation.outcome = Outcome::Forward;
    explanation.reason =
        problem.map(|why| format!("{} % of the requests are answered with 500: {why}", percent(broken)));
    // A rewrite of a backendRef goes over the rule's; shown when all requests get the same.
    let mut rewrites = weighted().map(|backend| backend.rewrite.as_ref());
    let first = rewrites.next().flatten();
    let own = first.filter(|_| rewrites.all(|other| other == first));
    explanation.rewritten = Some(rewritten(ask, candidate, own));
}

/// Path and host after the rule's rewrite and then the backend's.
fn rewritten(ask: &Ask, candidate: &Candidate, own: Option<&Rewrite>) -> (String, String) {
    let rule = candidate.rule.rewrite.as_ref();
    let path = own.and_then(|own| own.path.as_ref()).or_else(|| rule.and_then(|rule| rule.path.as_ref()));
    let host = own.and_then(|own| own.host.as_deref()).or_else(|| rule.and_then(|rule| rule.host.as_deref()));
    let path = path.map_or(Cow::Borrowed(ask.path.as_str()), |path| path.apply(&ask.path, &candidate.path));
    (path.into_owned(), host.unwrap_or(&ask.host).to_owned())
}

/// At most one decimal.
fn percent(share: f64) -> f64 {
    (share * 1000.0).round() / 10.0
}

/// The path as a listener reads it.
fn read<'p>(listener: &Listener, path: &'p str) -> Cow<'p, str> {
    match listener.path_policy {
        PathPolicy::AsReceived => Cow::Borrowed(path),
        PathPolicy::Normalized => normalized(path),
    }
}
