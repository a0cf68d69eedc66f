//! A request made from a match of a rule, and its form on the wire.

use std::{borrow::Cow, net::SocketAddr, sync::Arc};

use rustls_pki_types::ServerName;

use super::targets::Target;
use crate::routing::{
    Action, BackendId, Candidate, Field, Found, Host, HostPattern, Listener, PathMatch, Port, PortProtocol,
    ValueMatch, VirtualHost, find,
};

/// A request as the Table's lookup sees it.
#[derive(Debug, Default)]
pub(in crate::rehearsal) struct Probe {
    pub(in crate::rehearsal) method: String,
    pub(in crate::rehearsal) host: String,
    pub(in crate::rehearsal) path: String,
    pub(in crate::rehearsal) query: Option<String>,
    pub(in crate::rehearsal) headers: Vec<(String, String)>,
    pub(in crate::rehearsal) body: Vec<u8>,
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

impl Probe {
    /// The request, ready to be sent.
    pub(in crate::rehearsal) fn target(&self, address: SocketAddr, protocol: PortProtocol) -> Target {
        let mut request = format!("{} {}", self.method, self.path);
        if let Some(query) = &self.query {
            request.push('?');
            request.push_str(query);
        }
        request.push_str(&format!(" HTTP/1.1\r\nHost: {}\r\n", self.host));
        let given = |wanted: &str| self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
        if !given("user-agent") {
            request.push_str(concat!("User-Agent: cutover-load/", env!("CARGO_PKG_VERSION"), "\r\n"));
        }
        if !given("accept") {
            request.push_str("Accept: */*\r\n");
        }
        for (name, value) in &self.headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.body.is_empty() || matches!(self.method.as_str(), "POST" | "PUT" | "PATCH") {
            request.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        request.push_str("\r\n");
        let mut request = request.into_bytes();
        request.extend_from_slice(&self.body);
        let server_name = match protocol {
            PortProtocol::Http => None,
            PortProtocol::Https => {
                Some(ServerName::try_from(self.host.clone()).unwrap_or_else(|_| address.ip().into()))
            }
        };
        Target {
            address,
            host: self.host.as_str().into(),
            server_name,
            request: request.into(),
            head_only: self.method == "HEAD",
        }
    }
}

/// A request that the match should take; none when one can not be told from the match.
pub(in crate::rehearsal) fn probe(
    listener: &Listener,
    host: &VirtualHost,
    candidate: &Candidate,
    answered: impl Fn(&BackendId) -> bool,
) -> Option<Probe> {
    let answered = match &candidate.rule.action {
        Action::Forward(split) => {
            split.backends.iter().any(|b| b.weight > 0 && b.problem.is_none() && answered(&b.id))
        }
        Action::Redirect(_) | Action::Return(_) => true,
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

/// Whether the Table gives this very rule for it.
pub(in crate::rehearsal) fn reaches(port: &Port, probe: &Probe, candidate: &Candidate) -> bool {
    match find(port, Host(&probe.host), probe) {
        Found::Match { candidate: found, .. } => Arc::ptr_eq(&found.rule, &candidate.rule),
        Found::NoRule(_) | Found::NoListener => false,
    }
}

/// A host that both patterns take.
pub(in crate::rehearsal) fn shared_host(listener: &HostPattern, route: &HostPattern) -> Option<String> {
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
