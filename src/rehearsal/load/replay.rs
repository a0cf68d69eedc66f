//! Targets of a recording: each request goes to the listener that serves its host, in the order recorded.

use std::{collections::HashMap, net::SocketAddr};

use super::{
    probe::{Probe, shared_host},
    targets::Targets,
};
use crate::{
    rehearsal::{Recorded, Recording},
    routing::{Action, BackendId, Found, Host, PortKey, PortProtocol, Table, find},
};

/// Where requests for a host go.
type Places<'r> = HashMap<(&'r str, Option<PortProtocol>), Option<(SocketAddr, PortProtocol)>>;

impl Targets {
    /// The targets of a recording over a Table whose ports listen where `bound` says.
    pub(in crate::rehearsal) fn recorded(
        recording: &Recording,
        table: &Table,
        bound: impl Fn(&PortKey) -> Option<SocketAddr>,
    ) -> Self {
        let mut targets = Self { in_order: true, ..Self::default() };
        let mut places = Places::new();
        let mut hosts = HashMap::new();
        let sides: HashMap<_, _> =
            table.ports.keys().filter_map(|key| Some((bound(key)?, key.side))).collect();
        for request in &recording.requests {
            match place(request, table, &bound, &mut places, &mut hosts) {
                Ok((host, address, protocol)) => {
                    if let Some(side) = sides.get(&address) {
                        targets.add(*side, 1);
                    }
                    targets.list.push(probe(request, host).target(address, protocol));
                }
                Err(why) => {
                    targets.skipped += 1;
                    targets.why.get_or_insert_with(|| format!("line {}: {why}", request.line));
                }
            }
        }
        targets.different = targets.list.len();
        targets
    }
}

fn probe(request: &Recorded, host: String) -> Probe {
    let (path, query) = match request.target.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (request.target.as_str(), None),
    };
    Probe {
        method: request.method.clone(),
        host,
        path: path.to_owned(),
        query,
        headers: request.headers.clone(),
        body: request.body.clone(),
    }
}

fn place<'r>(
    request: &'r Recorded,
    table: &Table,
    bound: &impl Fn(&PortKey) -> Option<SocketAddr>,
    places: &mut Places<'r>,
    hosts: &mut HashMap<&'r str, Vec<String>>,
) -> Result<(String, SocketAddr, PortProtocol), String> {
    let host = match (&request.host, &request.upstream) {
        (Some(host), _) => host.clone(),
        (None, Some(upstream)) => {
            let found = hosts.entry(upstream).or_insert_with(|| hosts_of(table, upstream));
            let taken = found.iter().find(|host| leads_to(table, request, host, upstream));
            taken.or(found.first()).cloned().ok_or_else(|| {
                format!("no host is recorded, and no route leads to upstream `{upstream}`; give --load-host")
            })?
        }
        (None, None) => return Err("no host is recorded; give --load-host".to_owned()),
    };
    let find_it = || best(table, bound, &probe(request, host.clone()), request.protocol);
    let found = match &request.host {
        // The listener is chosen by the host: all requests for one go the same way.
        Some(host) => *places.entry((host, request.protocol)).or_insert_with(find_it),
        None => find_it(),
    };
    let (address, protocol) = found.ok_or_else(|| format!("no listener here serves host `{host}`"))?;
    Ok((host, address, protocol))
}

/// The port whose listener takes the host: with the protocol recorded, with a rule for the request, the most specific
/// listener, HTTPS.
fn best(
    table: &Table,
    bound: &impl Fn(&PortKey) -> Option<SocketAddr>,
    probe: &Probe,
    protocol: Option<PortProtocol>,
) -> Option<(SocketAddr, PortProtocol)> {
    let host = Host::from_authority(&probe.host).ok()?;
    let ranked = table.ports.iter().filter_map(|(key, port)| {
        let address = bound(key)?;
        let (listener, matched) = match find(port, Host(&host), probe) {
            Found::Match { listener, .. } => (listener, true),
            Found::NoRule(listener) => (listener, false),
            Found::NoListener => return None,
        };
        let other = protocol.is_some_and(|protocol| protocol != port.protocol);
        Some(((other, !matched), listener, port.protocol, key, address))
    });
    let first = ranked.min_by(|a, b| {
        a.0.cmp(&b.0)
            .then_with(|| a.1.hostname.by_specificity(&b.1.hostname))
            .then_with(|| (a.2 == PortProtocol::Http).cmp(&(b.2 == PortProtocol::Http)))
            .then_with(|| a.3.cmp(b.3))
    });
    first.map(|(_, _, protocol, _, address)| (address, protocol))
}

/// Hosts of the rules that send to what ingress-nginx calls by this name.
fn hosts_of(table: &Table, upstream: &str) -> Vec<String> {
    let mut hosts = Vec::new();
    for listener in table.ports.values().flat_map(|port| &port.listeners) {
        for host in listener.hosts.iter() {
            let leads = host.iter().any(|candidate| match &candidate.rule.action {
                Action::Forward(split) => split.backends.iter().any(|b| is_upstream(&b.id, upstream)),
                Action::Redirect(_) | Action::Answer(..) | Action::Return(_) => false,
            });
            if leads
                && let Some(host) = shared_host(&listener.hostname, &host.pattern)
                && !hosts.contains(&host)
            {
                hosts.push(host);
            }
        }
    }
    hosts
}

fn leads_to(table: &Table, request: &Recorded, host: &str, upstream: &str) -> bool {
    let probe = probe(request, host.to_owned());
    table.ports.values().any(|port| match find(port, Host(host), &probe) {
        Found::Match { candidate, .. } => match &candidate.rule.action {
            Action::Forward(split) => split.backends.iter().any(|b| is_upstream(&b.id, upstream)),
            Action::Redirect(_) | Action::Answer(..) | Action::Return(_) => false,
        },
        Found::NoRule(_) | Found::NoListener => false,
    })
}

/// `namespace-service-port`, where the port may be a name.
fn is_upstream(backend: &BackendId, upstream: &str) -> bool {
    let service = &backend.service;
    let rest = upstream.strip_prefix(&*service.namespace).and_then(|rest| rest.strip_prefix('-'));
    let rest =
        rest.and_then(|rest| rest.strip_prefix(&*service.name)).and_then(|rest| rest.strip_prefix('-'));
    // A longer rest is the name of another Service that begins alike.
    rest.is_some_and(|port| !port.is_empty() && !port.contains('-'))
}
