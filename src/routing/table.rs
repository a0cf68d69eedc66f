//! The Table: ports ▸ listeners ▸ hosts ▸ paths ▸ candidates.
//!
//! All maps are persistent: a change of one route makes a new Table that shares the rest.
//! A lookup costs the labels of the host and the segments of the path, never the number of routes.

use std::{
    cmp::{Ordering, Reverse},
    fmt,
    sync::Arc,
};

use imbl::{HashMap, OrdMap, Vector};

use super::{Conditions, Expression, HostPattern, PathMatch, Policy, Reading, Rule};

mod change;
#[cfg(test)]
mod tests;

/// The object that something was compiled from, by name only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub struct Origin {
    pub kind: Arc<str>,
    pub namespace: Arc<str>,
    pub name: Arc<str>,
}

/// `namespace/name`; the name alone where there is no namespace.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            return f.write_str(&self.name);
        }
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// One of the two entry points of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The Ingress side.
    Old,
    /// The Gateway side.
    New,
}

/// A port of an entry point, before anyone has bound it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortKey {
    /// Which side.
    pub side: Side,
    /// The Gateway, or the Ingress controller.
    pub entry: Arc<Origin>,
    /// The port as the manifest wants it.
    pub port: u16,
}

/// What is spoken on a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PortProtocol {
    /// Plain HTTP/1.1 and HTTP/2 with prior knowledge.
    Http,
    /// TLS terminated here; ALPN h2 and http/1.1.
    Https,
}

/// Everything a proxy executes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// By side, entry and port.
    pub ports: OrdMap<PortKey, Arc<Port>>,
}

/// One port and its listeners.
#[derive(Clone, Debug, PartialEq)]
pub struct Port {
    /// Its identity.
    pub key: PortKey,
    /// What is spoken.
    pub protocol: PortProtocol,
    /// How requests are read.
    pub reading: Reading,
    /// Headers of answers to what can not be read as a request.
    pub unread: Option<Arc<Policy>>,
    /// Listeners, the most specific hostname first; a request belongs to the first whose hostname takes its host.
    pub listeners: Vector<Arc<Listener>>,
}

impl Port {
    /// A port with its listeners in the order in which they are asked: the most specific hostname first, then by name.
    pub fn new(
        key: PortKey,
        protocol: PortProtocol,
        listeners: impl IntoIterator<Item = Arc<Listener>>,
    ) -> Self {
        let mut listeners: Vec<_> = listeners.into_iter().collect();
        listeners
            .sort_by(|a, b| a.hostname.by_specificity(&b.hostname).then_with(|| a.id.name.cmp(&b.id.name)));
        Self { key, protocol, reading: Reading::Strict, unread: None, listeners: listeners.into() }
    }

    /// The same, with requests read so.
    #[must_use]
    pub fn reading(self, reading: Reading) -> Self {
        Self { reading, ..self }
    }
}

/// Names a listener over all Gateways.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListenerId {
    /// Port and entry.
    pub port: PortKey,
    /// The listener's name (`sectionName`).
    pub name: Arc<str>,
}

/// One listener and what is attached to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Listener {
    /// Its identity.
    pub id: ListenerId,
    /// Hosts it takes.
    pub hostname: HostPattern,
    /// Which of several hosts that match is asked.
    pub host_policy: HostPolicy,
    /// How the path is read for matching.
    pub path_policy: PathPolicy,
    /// Hosts of the routes, as the routes wrote them.
    pub hosts: HostMap,
}

/// What happens when the best host has no match for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HostPolicy {
    /// The next less specific host is asked (Gateway API).
    Cascade,
    /// 404 (an nginx server).
    BestOnly,
}

/// How the path is read for matching; what is forwarded stays as received unless rewritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PathPolicy {
    /// Byte for byte (Gateway API).
    AsReceived,
    /// Decoded, slashes merged, dots removed (nginx).
    Normalized,
}

/// Hosts by pattern.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HostMap {
    /// `HostPattern::Exact`
    pub exact: HashMap<Arc<str>, Arc<VirtualHost>>,
    /// `HostPattern::Under`, by the name under the star.
    pub under: HashMap<Arc<str>, Arc<VirtualHost>>,
    /// `HostPattern::OneLabel`
    pub one_label: HashMap<Arc<str>, Arc<VirtualHost>>,
    /// By regular expression, in the order in which they are asked: after all names (ingress-nginx `server-alias`).
    pub expressions: Vector<(Expression, Arc<VirtualHost>)>,
    /// `HostPattern::Any`
    pub any: Option<Arc<VirtualHost>>,
}

/// Matches of one hostname. Asked in this order: front, exact, patterns, prefixes from the longest.
#[derive(Clone, Debug, PartialEq)]
pub struct VirtualHost {
    /// The hostname.
    pub pattern: HostPattern,
    /// Asked before all, in this order: what a server does whatever the path (ingress-nginx `server-snippet`).
    pub front: Bucket,
    /// By whole path.
    pub exact: HashMap<Arc<str>, Bucket>,
    /// The longer expression first (Gateway API leaves it open, ingress-nginx does it so), then by rank.
    pub patterns: Vector<Arc<Candidate>>,
    /// By prefix without its final slash; the root is empty.
    pub prefix: HashMap<Arc<str>, Bucket>,
    /// How many keys of `prefix` have which length in bytes: a lookup asks for no other.
    pub prefix_lengths: OrdMap<usize, usize>,
    /// Prefixes by characters, the longest first (ingress-nginx); those of one length by text, then by rank.
    pub raw_prefix: Vector<Arc<Candidate>>,
}

/// Candidates of one path, in order of precedence.
pub type Bucket = Arc<[Arc<Candidate>]>;

/// One match of one rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Its place in the order.
    pub rank: Rank,
    /// The path it wants.
    pub path: PathMatch,
    /// What else it wants.
    pub conditions: Conditions,
    /// The rule it belongs to.
    pub rule: Arc<Rule>,
    /// Position in the rule's `matches`.
    pub match_index: u32,
}

impl Candidate {
    /// The first match of a rule, of which nothing is known but the path.
    pub fn by_path(path: PathMatch, rule: Arc<Rule>) -> Self {
        let rank = Rank {
            method: Reverse(false),
            headers: Reverse(0),
            queries: Reverse(0),
            created: 0,
            route: Arc::clone(&rule.id.route),
            rule: rule.id.index,
            matched: 0,
        };
        Self { rank, path, conditions: Conditions::default(), rule, match_index: 0 }
    }
}

/// Precedence among candidates of equal paths: Gateway API v1.7, `HTTPRouteRule.matches`. Less is first; two that are
/// equal are one and the same match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rank {
    /// A method match goes first.
    pub method: Reverse<bool>,
    /// More header matches go first.
    pub headers: Reverse<u16>,
    /// More query parameter matches go first.
    pub queries: Reverse<u16>,
    /// The older route goes first; without a time, last. Microseconds since 1970.
    pub created: i64,
    /// Then by `namespace/name`.
    pub route: Arc<Origin>,
    /// Then the first rule.
    pub rule: u32,
    /// Then the first match.
    pub matched: u32,
}

impl Ord for Rank {
    fn cmp(&self, other: &Self) -> Ordering {
        self.method
            .cmp(&other.method)
            .then_with(|| self.headers.cmp(&other.headers))
            .then_with(|| self.queries.cmp(&other.queries))
            .then_with(|| self.created.cmp(&other.created))
            .then_with(|| by_path(&self.route, &other.route))
            .then_with(|| self.rule.cmp(&other.rule))
            .then_with(|| self.matched.cmp(&other.matched))
    }
}

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The alphabetical order of the texts `namespace/name`, in which `a-b/x` stands before `a/y`.
fn by_path(a: &Arc<Origin>, b: &Arc<Origin>) -> Ordering {
    fn path(origin: &Origin) -> impl Iterator<Item = u8> {
        origin.namespace.bytes().chain([b'/']).chain(origin.name.bytes())
    }
    if Arc::ptr_eq(a, b) {
        return Ordering::Equal;
    }
    path(a).cmp(path(b)).then_with(|| a.cmp(b))
}
