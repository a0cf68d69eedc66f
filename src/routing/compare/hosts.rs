//! Hosts: every name of both sides, and one for each way in which a name can belong to wildcards.

use std::collections::{BTreeSet, HashSet};

use super::{Place, reach};
use crate::routing::HostPattern;

/// A name that nobody has.
const NOBODY: &str = "nobody.invalid";

/// All hosts that differ in what takes them: names first, then those that only wildcards take, then nobody's.
pub(super) fn all(old: Place<'_>, new: Place<'_>) -> Vec<String> {
    let mut exact = BTreeSet::new();
    let mut wild = BTreeSet::new();
    for place in [old, new] {
        let ports = place.table.ports.values().filter(|port| port.key.side == place.side);
        for listener in ports.flat_map(|port| &port.listeners) {
            let patterns = listener.hosts.iter().map(|host| &host.pattern).chain([&listener.hostname]);
            for pattern in patterns {
                match pattern {
                    HostPattern::Exact(name) => exact.insert(name.to_string()),
                    HostPattern::Under(name) | HostPattern::OneLabel(name) => wild.insert(name.to_string()),
                    HostPattern::Any => false,
                };
            }
        }
    }
    let entries = reach::Entries::of(old, new);
    let signature = |host: &str| {
        let mut all = Vec::new();
        for entry in &entries.all {
            for ports in &entry.sides {
                reach::Lookup::new(ports, host, None).signature(&mut all);
            }
        }
        all
    };
    let mut hosts: Vec<String> = exact.iter().cloned().collect();
    let mut seen = HashSet::new();
    let others = wild.iter().flat_map(|name| {
        let label = fresh(&exact, name);
        [format!("{label}.{name}"), format!("a.{label}.{name}"), name.clone()]
    });
    for host in others.chain([NOBODY.to_owned()]) {
        if !exact.contains(&host) && seen.insert(signature(&host)) {
            hosts.push(host);
        }
    }
    hosts
}

/// A label with which no name of a side begins.
fn fresh(exact: &BTreeSet<String>, parent: &str) -> String {
    let mut number = 0;
    loop {
        let label = if number == 0 { "any".to_owned() } else { format!("any{number}") };
        if !exact.contains(&format!("{label}.{parent}")) {
            return label;
        }
        number += 1;
    }
}
