//! What the load asks for: one request for each match of each rule that a backend answers, made from the match itself.
//!
//! Each is looked up in the Table before it is taken, so that a match that another one shadows is not asked for.

use std::{borrow::Cow, net::SocketAddr, sync::Arc};

use rustls_pki_types::ServerName;

use crate::routing::{
    Action, BackendId, Candidate, Field, Found, Host, HostPattern, Listener, PathMatch, Port, PortKey,
    PortProtocol, Table, ValueMatch, VirtualHost, find,
};

/// Targets at most; a load over more than this says no more than one over these.
const MOST: usize = 2000;

/// How often a rule that splits its requests is asked for each time that another one is: shares need counts.
const SPLIT: usize = 6;

/// One request, ready to be sent.
#[derive(Clone, Debug)]
pub(in crate::rehearsal) struct Target {
    pub(super) address: SocketAddr,
    /// Set for TLS.
    pub(super) server_name: Option<ServerName<'static>>,
    /// The whole request.
    pub(super) request: Arc<[u8]>,
    /// Asked with HEAD.
    pub(super) head_only: bool,
}

/// All targets.
#[derive(Clone, Debug, Default)]
pub(in crate::rehearsal) struct Targets {
    pub(super) list: Vec<Target>,
    /// How many of them are different.
    pub(super) different: usize,
    /// Matches for which no request was made: regular expressions, shadowed ones, rules without a backend.
    pub(in crate::rehearsal) skipped: usize,
}

/// A request as the Table's lookup sees it.
#[derive(Debug, Default)]
struct Probe {
    method: String,
    host: String,
    path: String,
    query: Option<String>,
    headers: Vec<(String, String)>,
}

impl crate::routing::Request for Probe {
    fn method(&self) -> &str {
        &self.method
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut values = self
            .headers
            .iter()
            .filter(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str());
        let first = values.next()?;
        Some(values.fold(Cow::Borrowed(first), |all, value| Cow::Owned(format!("{all}, {value}"))))
    }
}

impl Targets {
    /// The targets of a Table whose ports listen where `bound` says. A rule of which no backend has an endpoint, as
    /// `answered` says, is left out: it would answer 503 and nothing else.
    pub(in crate::rehearsal) fn of(
        table: &Table,
        bound: impl Fn(&PortKey) -> Option<SocketAddr>,
        answered: impl Fn(&BackendId) -> bool,
    ) -> Self {
        let mut targets = Self::default();
        for (key, port) in &table.ports {
            let Some(address) = bound(key) else { continue };
            for listener in &port.listeners {
                for host in listener.hosts.iter() {
                    for candidate in host.iter() {
                        if targets.list.len() >= MOST {
                            return targets;
                        }
                        match probe(listener, host, candidate, &answered)
                            .filter(|probe| reaches(port, probe, candidate))
                        {
                            Some(probe) => {
                                let target = probe.target(address, port.protocol);
                                targets.list.extend(std::iter::repeat_n(target, turns(candidate)));
                                targets.different += 1;
                            }
                            None => targets.skipped += 1,
                        }
                    }
                }
            }
        }
        targets
    }
}

/// How often a match is asked for in one round.
fn turns(candidate: &Candidate) -> usize {
    match &candidate.rule.action {
        Action::Forward(split) if split.backends.len() > 1 => SPLIT,
        Action::Forward(_) | Action::Redirect(_) | Action::Answer(..) => 1,
    }
}

impl Probe {
    fn target(&self, address: SocketAddr, protocol: PortProtocol) -> Target {
        let mut request = format!("{} {}", self.method, self.path);
        if let Some(query) = &self.query {
            request.push('?');
            request.push_str(query);
        }
        request.push_str(&format!(
            " HTTP/1.1\r\nHost: {}\r\nUser-Agent: cutover-load/{}\r\nAccept: */*\r\n",
            self.host,
            env!("CARGO_PKG_VERSION")
        ));
        for (name, value) in &self.headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if matches!(self.method.as_str(), "POST" | "PUT" | "PATCH") {
            request.push_str("Content-Length: 0\r\n");
        }
        request.push_str("\r\n");
        let server_name = match protocol {
            PortProtocol::Http => None,
            PortProtocol::Https => {
                Some(ServerName::try_from(self.host.clone()).unwrap_or_else(|_| address.ip().into()))
            }
        };
        Target {
            address,
            server_name,
            request: request.into_bytes().into(),
            head_only: self.method == "HEAD",
        }
    }
}

/// A request that the match should take; none when one can not be told from the match.
fn probe(
    listener: &Listener,
    host: &VirtualHost,
    candidate: &Candidate,
    answered: impl Fn(&BackendId) -> bool,
) -> Option<Probe> {
    let answered = match &candidate.rule.action {
        Action::Forward(split) => {
            split.backends.iter().any(|b| b.weight > 0 && b.problem.is_none() && answered(&b.id))
        }
        Action::Redirect(_) => true,
        Action::Answer(..) => false,
    };
    let method = candidate.conditions.method.as_deref().unwrap_or("GET");
    // CONNECT is no request for a path.
    if !answered || method == "CONNECT" {
        return None;
    }
    let path = match &candidate.path {
        PathMatch::Prefix(path) if path.is_empty() => "/".to_owned(),
        PathMatch::Exact(path) | PathMatch::Prefix(path) | PathMatch::RawPrefix(path) => path.to_string(),
        PathMatch::Pattern(_) => return None,
    };
    let mut probe = Probe {
        method: method.to_owned(),
        host: shared_host(&listener.hostname, &host.pattern)?,
        path,
        ..Probe::default()
    };
    for field in &candidate.conditions.fields {
        let ValueMatch::Exact(value) = &field.value else { return None };
        match field.field {
            Field::Header => probe.headers.push((field.name.to_string(), value.to_string())),
            Field::Cookie => probe.headers.push(("cookie".to_owned(), format!("{}={value}", field.name))),
            Field::Query => {
                let pair = format!("{}={}", encoded(&field.name), encoded(value));
                probe.query = Some(match probe.query.take() {
                    Some(query) => format!("{query}&{pair}"),
                    None => pair,
                });
            }
        }
    }
    // Nothing of a manifest may break out of the line it stands in.
    let lines = [&probe.method, &probe.host, &probe.path]
        .into_iter()
        .all(|word| word.bytes().all(|b| b.is_ascii_graphic()));
    let values =
        probe.headers.iter().all(|(n, v)| !n.is_empty() && !n.bytes().chain(v.bytes()).any(|b| b < b' '));
    (lines && values).then_some(probe)
}

fn reaches(port: &Port, probe: &Probe, candidate: &Candidate) -> bool {
    match find(port, Host(&probe.host), probe) {
        Found::Match { candidate: found, .. } => Arc::ptr_eq(&found.rule, &candidate.rule),
        Found::NoRule(_) | Found::NoListener => false,
    }
}

/// A host that both patterns take.
fn shared_host(listener: &HostPattern, route: &HostPattern) -> Option<String> {
    let (wide, narrow) = if length(listener) > length(route) { (route, listener) } else { (listener, route) };
    let host = match narrow {
        HostPattern::Exact(name) => name.to_string(),
        HostPattern::Under(name) | HostPattern::OneLabel(name) => format!("load.{name}"),
        HostPattern::Any => "localhost".to_owned(),
    };
    let taken = match wide {
        HostPattern::Exact(name) => host == **name,
        HostPattern::Under(name) | HostPattern::OneLabel(name) => {
            host.strip_suffix(&**name).is_some_and(|front| front.ends_with('.'))
        }
        HostPattern::Any => true,
    };
    taken.then_some(host)
}

/// How narrow a pattern is: an exact one is narrower than any with a star.
fn length(pattern: &HostPattern) -> (u8, usize) {
    match pattern {
        HostPattern::Any => (0, 0),
        HostPattern::Under(name) | HostPattern::OneLabel(name) => (1, name.len()),
        HostPattern::Exact(name) => (2, name.len()),
    }
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

#[cfg(test)]
mod tests;
