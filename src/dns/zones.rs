//! What is answered, as one value: hostnames, where each points, and what is found for a name.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use imbl::HashMap;

use super::{
    counts::Counts,
    name::{Asked, Hostname},
};

/// All zones at a moment. A change makes a new value that shares what stayed.
#[derive(Clone, Debug, Default)]
pub struct Zones {
    /// Every hostname, and every name above one, since a name under which there is one is there itself (RFC 4592, 2.2.2).
    nodes: HashMap<Arc<str>, Node>,
    version: u64,
    changed: Option<jiff::Timestamp>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    exact: Option<Arc<Record>>,
    /// Of all names under it.
    wildcard: Option<Arc<Record>>,
}

/// One hostname.
#[derive(Clone, Debug)]
pub struct Record {
    /// How long an answer may be kept, in seconds; at most [`Record::MAX_TTL`].
    pub ttl: u32,
    /// Where it points.
    pub share: Share,
    /// Of the old side.
    pub old: Addresses,
    /// Of the new side.
    pub new: Addresses,
    /// Answers about it; the same from record to record of the hostname.
    pub counts: Arc<Counts>,
}

/// Addresses of one side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// For A.
    pub v4: Vec<Ipv4Addr>,
    /// For AAAA.
    pub v6: Vec<Ipv6Addr>,
}

/// How many of a hundred answers name the new side: 0 is the old side alone, 100 the new one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u8);

/// What there is for a name.
pub(super) enum Found<'a> {
    /// A hostname, or one under a wildcard.
    Here(&'a Record, Zone<'a>),
    /// The name is there, without addresses: the apex of a wildcard's zone, or between an apex and a hostname.
    Empty(Zone<'a>),
    /// The zone has no such name.
    Nothing(Zone<'a>),
    /// Of no zone.
    Outside,
}

/// The zone that a name is of.
#[derive(Clone, Copy)]
pub(super) struct Zone<'a> {
    /// Labels of its apex, which ends the name asked for.
    pub(super) labels: usize,
    /// Whether the name asked for is the apex itself.
    pub(super) at_apex: bool,
    /// Least TTL of its hostnames: for this long nothing negative is kept.
    pub(super) ttl: u32,
    /// Of the hostname, or of its wildcard.
    pub(super) counts: &'a Counts,
}

impl Record {
    /// RFC 2181 section 8.
    pub const MAX_TTL: u32 = i32::MAX as u32;
}

impl Share {
    /// The old side alone.
    pub const OLD: Self = Self(0);
    /// The new side alone.
    pub const NEW: Self = Self(100);

    /// None above 100.
    pub const fn new(percent: u8) -> Option<Self> {
        if percent <= 100 { Some(Self(percent)) } else { None }
    }

    /// Of a hundred, those of the new side.
    pub const fn percent(self) -> u8 {
        self.0
    }
}

impl FromIterator<IpAddr> for Addresses {
    /// Without doubles, in order of numbers.
    fn from_iter<T: IntoIterator<Item = IpAddr>>(all: T) -> Self {
        let mut addresses = Self::default();
        for address in all {
            match address {
                IpAddr::V4(address) => addresses.v4.push(address),
                IpAddr::V6(address) => addresses.v6.push(address),
            }
        }
        addresses.v4.sort_unstable();
        addresses.v4.dedup();
        addresses.v6.sort_unstable();
        addresses.v6.dedup();
        addresses
    }
}

impl Addresses {
    /// Whether there is none of either kind.
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }
}

impl Node {
    fn zone(&self, labels: usize, at_apex: bool) -> Option<Zone<'_>> {
        let both = [self.exact.as_deref(), self.wildcard.as_deref()];
        let ttl = both.iter().flatten().map(|record| record.ttl).min()?;
        let counts = both.into_iter().flatten().next().map(|record| &*record.counts)?;
        Some(Zone { labels, at_apex, ttl, counts })
    }

    fn slot(&mut self, hostname: &Hostname) -> &mut Option<Arc<Record>> {
        if hostname.is_wildcard() { &mut self.wildcard } else { &mut self.exact }
    }
}

impl Zones {
    /// All hostnames anew: those that are not named any more go.
    #[must_use]
    pub fn next(&self, records: &BTreeMap<Hostname, Arc<Record>>, at: jiff::Timestamp) -> Self {
        let mut nodes: HashMap<Arc<str>, Node> = HashMap::new();
        for (hostname, record) in records {
            *nodes.entry(Arc::clone(hostname.apex())).or_default().slot(hostname) = Some(Arc::clone(record));
            let mut name: &str = hostname.apex();
            while let Some((_, above)) = name.split_once('.') {
                if nodes.contains_key(above) {
                    break;
                }
                nodes.insert(above.into(), Node::default());
                name = above;
            }
        }
        Self { nodes, version: self.version + 1, changed: Some(at) }
    }

    /// With other records for hostnames that are there; others are passed over.
    #[must_use]
    pub fn with<'a>(
        &self,
        records: impl IntoIterator<Item = (&'a Hostname, Arc<Record>)>,
        at: jiff::Timestamp,
    ) -> Self {
        let mut nodes = self.nodes.clone();
        for (hostname, record) in records {
            if let Some(slot) = nodes.get_mut(hostname.apex()).map(|node| node.slot(hostname))
                && slot.is_some()
            {
                *slot = Some(record);
            }
        }
        Self { nodes, version: self.version + 1, changed: Some(at) }
    }

    /// Grows by one with every change: the serial of every SOA.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// When the last change was made; none before the first.
    pub fn changed(&self) -> Option<jiff::Timestamp> {
        self.changed
    }

    /// The record of a hostname.
    pub fn get(&self, hostname: &Hostname) -> Option<&Arc<Record>> {
        let node = self.nodes.get(hostname.apex())?;
        if hostname.is_wildcard() { node.wildcard.as_ref() } else { node.exact.as_ref() }
    }

    /// All hostnames, in no order: as text, with their records.
    pub fn iter(&self) -> impl Iterator<Item = (String, &Record)> {
        self.nodes.iter().flat_map(|(apex, node)| {
            let exact = node.exact.iter().map(|record| (apex.to_string(), &**record));
            exact.chain(node.wildcard.iter().map(move |record| (format!("*.{apex}"), &**record)))
        })
    }

    /// What is there for a name: the deepest zone answers, within it the closest name that is there (RFC 4592, 3.3.1).
    pub(super) fn find(&self, asked: &Asked) -> Found<'_> {
        let mut closest: Option<(bool, &Node)> = None;
        for (nth, (labels, name)) in asked.upwards().enumerate() {
            let Some(node) = self.nodes.get(name) else { continue };
            let itself = nth == 0;
            let (is_asked, encloser) = *closest.get_or_insert((itself, node));
            let Some(zone) = node.zone(labels, itself) else { continue };
            let record = if is_asked { &encloser.exact } else { &encloser.wildcard };
            return match record {
                Some(record) => Found::Here(record, Zone { counts: &record.counts, ..zone }),
                None if is_asked => Found::Empty(zone),
                None => Found::Nothing(zone),
            };
        }
        Found::Outside
    }
}

#[cfg(test)]
mod tests;
