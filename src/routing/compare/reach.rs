//! Where a request ends up: the lookup, with what does not depend on the request found once for each host.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use super::{Certificate, Place, Witness};
use crate::routing::{
    Action, Candidate, Host, HostPolicy, Listener, PathMatch, PathPolicy, PathRewrite, Port, PortProtocol,
    Reading, Request, Rule, Split, VirtualHost, explain::Asked, normalized,
};

/// Where the lookup of a request ended.
#[derive(Clone, Copy, Debug)]
pub enum Reached<'t> {
    /// Nobody listens.
    Closed,
    /// Refused before the table was asked, and why.
    Refused(u16, &'static str),
    /// No listener takes the host.
    NoListener,
    /// No rule of the listener takes the request.
    NoRule(&'t Listener),
    /// This match.
    Match(&'t Listener, &'t VirtualHost, &'t Candidate),
}

impl<'t> Reached<'t> {
    /// The match.
    pub fn candidate(&self) -> Option<&'t Candidate> {
        match self {
            Self::Match(_, _, candidate) => Some(candidate),
            Self::Closed | Self::Refused(..) | Self::NoListener | Self::NoRule(_) => None,
        }
    }

    /// The listener.
    pub fn listener(&self) -> Option<&'t Listener> {
        match self {
            Self::Match(listener, ..) | Self::NoRule(listener) => Some(listener),
            Self::Closed | Self::Refused(..) | Self::NoListener => None,
        }
    }

    /// Equal for requests that are answered alike but for their path, as long as the Tables live: matches of one rule that
    /// forwards are one, unless what is sent hangs on the match.
    pub fn class(&self) -> usize {
        let Self::Match(listener, _, candidate) = self else { return self.id() };
        let Action::Forward(split) = &candidate.rule.action else { return self.id() };
        if matches!(candidate.path, PathMatch::Pattern(_)) || replaces(&candidate.rule, split) {
            return self.id();
        }
        let mut hasher = DefaultHasher::new();
        // A rule may stand below several listeners, and nginx has two locations of one path.
        let backend = split.backends.first().map(|backend| &*backend.id);
        (&candidate.rule.id, backend, std::ptr::from_ref::<Listener>(listener).addr()).hash(&mut hasher);
        hasher.finish() as usize
    }

    /// Equal for requests that meet the same, as long as the Tables live.
    pub fn id(&self) -> usize {
        match self {
            Self::Closed => 1,
            Self::Refused(status, _) => 2 + usize::from(*status),
            Self::NoListener => 0x1_0002,
            Self::NoRule(listener) => std::ptr::from_ref::<Listener>(listener).addr(),
            Self::Match(.., candidate) => std::ptr::from_ref::<Candidate>(candidate).addr(),
        }
    }
}

/// Whether what is sent hangs on what the match took of the path.
fn replaces(rule: &Rule, split: &Split) -> bool {
    let all = split.backends.iter().map(|backend| &backend.rewrite).chain([&rule.rewrite]);
    all.flatten()
        .any(|rewrite| matches!(rewrite.path, Some(PathRewrite::Prefix(_) | PathRewrite::Captures(_))))
}

/// Ports by what a client writes: whether TLS is spoken, and the number.
pub(super) struct Entries<'t> {
    pub(super) all: Vec<Entry<'t>>,
    pub(super) certificates: [Option<&'t Certificate<'t>>; 2],
}

/// What both sides have at one scheme and number.
pub(super) struct Entry<'t> {
    pub(super) scheme: &'static str,
    pub(super) number: u16,
    pub(super) sides: [Vec<&'t Port>; 2],
}

impl<'t> Entries<'t> {
    pub(super) fn of(old: Place<'t>, new: Place<'t>) -> Self {
        let mut all: BTreeMap<(bool, u16), [Vec<&'t Port>; 2]> = BTreeMap::new();
        for (at, place) in [old, new].into_iter().enumerate() {
            for port in place.table.ports.values().filter(|port| port.key.side == place.side) {
                let plain = port.protocol == PortProtocol::Http;
                // https first: it is what most clients use.
                let sides = all.entry((plain, port.key.port)).or_default();
                if let Some(side) = sides.get_mut(at) {
                    side.push(port);
                }
            }
        }
        let entry =
            |((plain, number), sides)| Entry { scheme: if plain { "http" } else { "https" }, number, sides };
        Self { all: all.into_iter().map(entry).collect(), certificates: [old.certificate, new.certificate] }
    }
}

/// One side at one scheme and number, for one host.
pub(super) struct Lookup<'t> {
    spots: Vec<Spot<'t>>,
    /// Somebody listens.
    open: bool,
    pub(super) certificate: Option<&'t Certificate<'t>>,
}

/// One port, for one host.
pub(super) struct Spot<'t> {
    pub(super) port: &'t Port,
    pub(super) listener: Option<&'t Listener>,
    /// Hosts that are asked, in order.
    pub(super) chain: Vec<&'t VirtualHost>,
}

impl<'t> Lookup<'t> {
    pub(super) fn new(ports: &[&'t Port], host: &str, certificate: Option<&'t Certificate<'t>>) -> Self {
        let spot = |port: &&'t Port| {
            let port: &'t Port = port;
            let listener: Option<&'t Listener> =
                port.listeners.iter().map(AsRef::as_ref).find(|one| one.hostname.takes(Host(host)));
            let most = match listener.map(|listener| listener.host_policy) {
                Some(HostPolicy::Cascade) => usize::MAX,
                Some(HostPolicy::BestOnly) => 1,
                None => 0,
            };
            let hosts = listener.into_iter().flat_map(|listener| listener.hosts.taking(Host(host)));
            Spot { port, listener, chain: hosts.take(most).collect() }
        };
        let mut spots: Vec<Spot<'t>> = ports.iter().map(spot).collect();
        // As an explanation chooses among Gateways of one port.
        spots.sort_by(|a, b| {
            match (a.listener, b.listener) {
                (Some(a), Some(b)) => a.hostname.by_specificity(&b.hostname),
                (a, b) => a.is_none().cmp(&b.is_none()),
            }
            .then_with(|| a.port.key.cmp(&b.port.key))
        });
        Self { open: !spots.is_empty(), spots, certificate }
    }

    /// Those that can answer: of several Gateways, the ones whose listener is the most specific.
    pub(super) fn spots(&self) -> impl Iterator<Item = &Spot<'t>> {
        let best = self.spots.first().map(|spot| spot.listener.map(|listener| &listener.hostname));
        self.spots.iter().take_while(move |spot| {
            let this = spot.listener.map(|listener| &listener.hostname);
            best.is_some_and(|best| match (best, this) {
                (Some(best), Some(this)) => best.by_specificity(this).is_eq(),
                (best, this) => best.is_none() == this.is_none(),
            })
        })
    }

    /// What is the same for all hosts of a class.
    pub(super) fn signature(&self, into: &mut Vec<usize>) {
        into.push(usize::from(self.open));
        for spot in self.spots() {
            into.push(spot.listener.map_or(0, |listener| std::ptr::from_ref(listener).addr()));
            into.extend(spot.chain.iter().map(|host| std::ptr::from_ref::<VirtualHost>(host).addr()));
        }
    }

    /// Whether paths are read in nginx's way somewhere.
    pub(super) fn normalizes(&self) -> bool {
        self.spots()
            .any(|spot| spot.listener.is_some_and(|listener| listener.path_policy == PathPolicy::Normalized))
    }

    /// Whether requests are refused in nginx's way somewhere.
    pub(super) fn is_nginx(&self) -> bool {
        self.spots().any(|spot| spot.port.reading != Reading::Strict)
    }

    /// Every match under which a request of this host can come.
    pub(super) fn candidates(&self) -> impl Iterator<Item = &'t Candidate> {
        let hosts = self.spots().flat_map(|spot| spot.chain.iter().copied());
        hosts.flat_map(|host| host.iter().map(AsRef::as_ref))
    }

    pub(super) fn find(&self, request: &Asked<'_>) -> Reached<'t> {
        let mut first = None;
        for spot in self.spots() {
            let reached = spot.find(request);
            if reached.candidate().is_some() {
                return reached;
            }
            first.get_or_insert(reached);
        }
        first.unwrap_or(Reached::Closed)
    }
}

impl<'t> Spot<'t> {
    fn find(&self, request: &Asked<'_>) -> Reached<'t> {
        if let Some((status, why)) = self.port.reading.refusal(request.method(), request.path()) {
            return Reached::Refused(status, why);
        }
        let Some(listener) = self.listener else { return Reached::NoListener };
        let path = match listener.path_policy {
            PathPolicy::AsReceived => request.path().into(),
            PathPolicy::Normalized => normalized(request.path()),
        };
        for host in &self.chain {
            if let Some(candidate) = host.find(&path, request) {
                return Reached::Match(listener, host, candidate);
            }
        }
        Reached::NoRule(listener)
    }
}

/// Looks up one request at one place.
pub(super) fn with<R>(
    place: Place<'_>,
    witness: &Witness,
    then: impl FnOnce(&Reached<'_>, &Lookup<'_>) -> R,
) -> R {
    let host = Host::from_authority(&witness.ask.host).unwrap_or_default();
    let wanted = if witness.ask.scheme == "https" { PortProtocol::Https } else { PortProtocol::Http };
    let all = place.table.ports.values().map(AsRef::as_ref);
    let ports: Vec<&Port> = all
        .filter(|port| port.key.side == place.side)
        .filter(|port| port.key.port == witness.ask.port && port.protocol == wanted)
        .collect();
    let lookup = Lookup::new(&ports, &host, place.certificate);
    let reached = lookup.find(&Asked(&witness.ask));
    then(&reached, &lookup)
}
