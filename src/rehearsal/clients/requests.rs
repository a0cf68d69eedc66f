//! What clients ask for, by name: the targets of the load without their addresses, which DNS gives.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use rustls_pki_types::ServerName;

use crate::{
    rehearsal::load::Targets,
    routing::{PortKey, Side},
};

/// A host and a port, as in a URL: connections to it can be used again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::rehearsal) struct Site {
    /// Lower-case.
    pub(super) host: Arc<str>,
    pub(super) port: u16,
}

/// One request, without the address.
#[derive(Clone, Debug)]
pub(in crate::rehearsal) struct Ask {
    /// In the order of [`Requests::sites`].
    pub(super) site: usize,
    /// Set for TLS.
    pub(super) server_name: Option<ServerName<'static>>,
    /// The whole request.
    pub(super) request: Arc<[u8]>,
    /// Asked with HEAD.
    pub(super) head_only: bool,
}

/// All requests.
#[derive(Clone, Debug, Default)]
pub(in crate::rehearsal) struct Requests {
    pub(super) list: Vec<Ask>,
    pub(super) sites: Vec<Site>,
    /// The name that each site is switched under.
    pub(super) hostnames: Vec<Arc<str>>,
    /// Sent one after the other; else in no order.
    pub(super) in_order: bool,
    /// How many of them are different.
    pub(super) different: usize,
}

/// Which address is whose, and where its ports really are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::rehearsal) struct Places {
    sides: HashMap<IpAddr, Side>,
    ports: HashMap<(IpAddr, u16), u16>,
}

impl Places {
    /// Of ports that are bound.
    pub(in crate::rehearsal) fn of<'k>(bound: impl Iterator<Item = (&'k PortKey, SocketAddr)>) -> Self {
        let mut places = Self::default();
        for (key, address) in bound {
            places.add(key.side, key.port, address);
        }
        places
    }

    /// A port as in the URL, and where it is.
    pub(super) fn add(&mut self, side: Side, port: u16, address: SocketAddr) {
        self.sides.insert(address.ip(), side);
        self.ports.insert((address.ip(), port), address.port());
    }

    pub(super) fn side(&self, address: IpAddr) -> Option<Side> {
        self.sides.get(&address).copied()
    }

    /// Where a port is; the port itself where nothing of ours is.
    pub(super) fn dial(&self, address: IpAddr, port: u16) -> SocketAddr {
        SocketAddr::new(address, self.ports.get(&(address, port)).copied().unwrap_or(port))
    }
}

impl Requests {
    /// The requests of targets, each once: what both sides have is what the old one has. `hostname` says under which name a
    /// host is switched, if it is; `secure` whether the old side has a certificate for one: nobody asks for `https` where it never worked.
    pub(in crate::rehearsal) fn of<'k>(
        targets: &Targets,
        bound: impl Iterator<Item = (&'k PortKey, SocketAddr)>,
        hostname: impl Fn(&str) -> Option<Arc<str>>,
        secure: impl Fn(&str) -> bool,
    ) -> Self {
        let ports: BTreeMap<SocketAddr, (Side, u16)> =
            bound.map(|(key, address)| (address, (key.side, key.port))).collect();
        let mut requests = Self { in_order: targets.in_order, ..Self::default() };
        let mut places: HashMap<(Arc<str>, u16), usize> = HashMap::new();
        let mut at_old: HashSet<(Arc<str>, u16, Arc<[u8]>)> = HashSet::new();
        let with_side = || {
            targets.list.iter().filter_map(|target| {
                let (side, port) = *ports.get(&target.address)?;
                let works = target.server_name.is_none() || secure(&target.host);
                let hostname = hostname(&target.host).filter(|_| works)?;
                Some((side, port, hostname, target))
            })
        };
        for (_, port, _, target) in with_side().filter(|(side, ..)| *side == Side::Old) {
            at_old.insert((Arc::clone(&target.host), port, Arc::clone(&target.request)));
        }
        for (side, port, hostname, target) in with_side() {
            let key = (Arc::clone(&target.host), port, Arc::clone(&target.request));
            if side == Side::New && at_old.contains(&key) {
                continue;
            }
            let site = *places.entry((Arc::clone(&target.host), port)).or_insert_with(|| {
                requests.sites.push(Site { host: target.host.to_ascii_lowercase().into(), port });
                requests.hostnames.push(hostname);
                requests.sites.len() - 1
            });
            requests.list.push(Ask {
                site,
                server_name: target.server_name.clone(),
                request: Arc::clone(&target.request),
                head_only: target.head_only,
            });
        }
        let unlike: HashSet<(usize, &[u8])> =
            requests.list.iter().map(|ask| (ask.site, &*ask.request)).collect();
        requests.different = unlike.len();
        requests
    }

    /// How many requests of a round go to each site.
    pub(super) fn by_site(&self) -> Vec<usize> {
        let mut counts = vec![0; self.sites.len()];
        for ask in &self.list {
            if let Some(count) = counts.get_mut(ask.site) {
                *count += 1;
            }
        }
        counts
    }
}
