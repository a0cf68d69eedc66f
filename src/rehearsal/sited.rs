//! Which hostnames there are on which side, and at which addresses: what a DNS zone would be filled from.
//!
//! A side has a hostname that a rule of it names; and one that falls under a wildcard of it, or that a rule for every host
//! takes. Its addresses are those of all that serve it, as external-dns publishes them.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, SocketAddr},
};

use crate::{
    dns::{Addresses, Hostname},
    routing::{Action, HostPattern, PortKey, Side, Table, VirtualHost},
};

/// All hostnames of both sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sited {
    pub(super) hosts: BTreeMap<Hostname, Site>,
    /// Names that no DNS name can be.
    pub(super) strange: BTreeSet<String>,
}

/// One hostname.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Site {
    pub(super) old: Place,
    pub(super) new: Place,
}

/// One hostname on one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Where it is served; where the side is, when it is not served there.
    pub(super) addresses: Addresses,
    /// Whether the side has it.
    pub(super) served: bool,
}

/// Where each pattern of a side is served.
#[derive(Debug, Default)]
struct OfSide {
    patterns: BTreeMap<HostPattern, BTreeSet<IpAddr>>,
    /// Any entry of the side.
    first: Option<IpAddr>,
}

impl Sited {
    /// Of a Table, with where its ports are.
    pub(super) fn of(table: &Table, address: impl Fn(&PortKey) -> Option<SocketAddr>) -> Self {
        let (mut old, mut new) = (OfSide::default(), OfSide::default());
        for port in table.ports.values() {
            let Some(address) = address(&port.key) else { continue };
            let side = match port.key.side {
                Side::Old => &mut old,
                Side::New => &mut new,
            };
            side.first.get_or_insert(address.ip());
            for listener in &port.listeners {
                for host in listener.hosts.iter() {
                    let Some(pattern) = listener.hostname.intersection(&host.pattern) else { continue };
                    if *pattern == HostPattern::Any && !answers(host) {
                        continue;
                    }
                    side.patterns.entry(pattern.clone()).or_default().insert(address.ip());
                }
            }
        }
        let mut sited = Self::default();
        for pattern in old.patterns.keys().chain(new.patterns.keys()) {
            if *pattern == HostPattern::Any {
                continue;
            }
            match pattern.to_string().parse::<Hostname>() {
                Ok(hostname) if !sited.hosts.contains_key(&hostname) => {
                    let site = Site { old: old.place(&hostname), new: new.place(&hostname) };
                    sited.hosts.insert(hostname, site);
                }
                Ok(_) => {}
                Err(_) => {
                    sited.strange.insert(pattern.to_string());
                }
            }
        }
        sited
    }
}

impl OfSide {
    fn place(&self, hostname: &Hostname) -> Place {
        match self.serving(hostname) {
            Some(addresses) => Place { addresses: addresses.iter().copied().collect(), served: true },
            None => Place { addresses: self.first.into_iter().collect(), served: false },
        }
    }

    /// Who serves it: by its own pattern, else by the longest wildcard over it, else by a rule for every host.
    fn serving(&self, hostname: &Hostname) -> Option<&BTreeSet<IpAddr>> {
        let apex = hostname.apex();
        let of = |pattern: HostPattern| self.patterns.get(&pattern);
        let own = if hostname.is_wildcard() {
            of(HostPattern::Under(apex.clone())).or_else(|| of(HostPattern::OneLabel(apex.clone())))
        } else {
            of(HostPattern::Exact(apex.clone()))
        };
        let mut above: &str = apex;
        let mut nearest = !hostname.is_wildcard();
        let mut found = own;
        while found.is_none() {
            let Some((_, rest)) = above.split_once('.') else { break };
            // A wildcard of one label covers a name right under it, and no other wildcard.
            found = of(HostPattern::Under(rest.into()))
                .or_else(|| of(HostPattern::OneLabel(rest.into())).filter(|_| nearest));
            nearest = false;
            above = rest;
        }
        found.or_else(|| of(HostPattern::Any))
    }
}

/// Whether a rule for every host does more than say that nobody is there: nginx always has a server for the rest.
fn answers(host: &VirtualHost) -> bool {
    host.iter().any(|candidate| matches!(candidate.rule.action, Action::Forward(_)))
}

#[cfg(test)]
mod tests;
