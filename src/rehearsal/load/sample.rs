//! One request that a route takes, to begin with: for a form that is to be filled, or a line to copy.

use super::probe::{Probe, probe, reaches};
use crate::routing::{Action, Ask, ListenerId, Origin, Port, PortProtocol, Table};

/// A request that a rule of this route takes: of rule `rule` (from 0), or of the first that can be asked for. One over
/// HTTPS, and one that a backend answers, go before others. None when no match can be told as a request: regular
/// expressions, matches that another one shadows, routes that no listener has.
pub fn sample(table: &Table, route: &Origin, rule: Option<u32>) -> Option<Ask> {
    best(table, |_, id| *id.route == *route && rule.is_none_or(|rule| rule == id.index))
}

/// A request that some rule on this listener takes.
pub(in crate::rehearsal) fn on_listener(table: &Table, listener: &ListenerId) -> Option<Ask> {
    best(table, |id, _| id == listener)
}

fn best(table: &Table, wanted: impl Fn(&ListenerId, &crate::routing::RuleId) -> bool) -> Option<Ask> {
    let mut best: Option<(_, Ask)> = None;
    for port in table.ports.values() {
        for listener in &port.listeners {
            for host in listener.hosts.iter() {
                for candidate in host.iter().filter(|candidate| wanted(&listener.id, &candidate.rule.id)) {
                    let made = probe(listener, host, candidate, |_| true);
                    let Some(made) = made.filter(|probe| reaches(port, probe, candidate)) else { continue };
                    let rule = &candidate.rule;
                    // The last parts keep it the same whatever the order in which hosts are stored.
                    let rank = (
                        !matches!(rule.action, Action::Forward(_)),
                        port.protocol == PortProtocol::Http,
                        // What stands for any host tells a person less than a name.
                        made.host == "localhost",
                        rule.id.index,
                        // Hosts stand in no order: without these each look would find another.
                        &rule.id.route,
                        &host.pattern,
                        candidate.match_index,
                    );
                    if best.as_ref().is_none_or(|(found, _)| rank < *found) {
                        best = Some((rank, asked(port, made)));
                    }
                }
            }
        }
    }
    best.map(|(_, ask)| ask)
}

fn asked(port: &Port, probe: Probe) -> Ask {
    let Probe { method, host, path, query, headers, body: _ } = probe;
    let entry = &port.key.entry;
    Ask {
        side: port.key.side,
        gateway: Some((entry.namespace.to_string(), entry.name.to_string())),
        method,
        scheme: match port.protocol {
            PortProtocol::Http => "http".to_owned(),
            PortProtocol::Https => "https".to_owned(),
        },
        host,
        port: port.key.port,
        path,
        query,
        headers: headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect(),
    }
}
