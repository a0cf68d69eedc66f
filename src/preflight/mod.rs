//! What is to be seen of a hostname before its name is switched: every point of [`Item`] by evidence, or not known.
//!
//! Pure: what both sides mean, what the comparison found and what the wire said are given. [`Known`] is made once for all
//! hostnames; then a look at one costs some lookups, however many there are.

mod certificate;
mod endpoints;
mod redirects;
mod route;
#[cfg(test)]
mod tests;
mod way_back;
mod wire;

use std::{cell::OnceCell, collections::HashMap};

use jiff::Timestamp;

pub use wire::{Came, Probe};

use crate::{
    comparison::{Accepted, Difference, Report},
    dialect::{gateway, ingress},
    routing::{Ask, Candidate, Host, HostPattern, Listener, PortProtocol, Side, Table, way},
    switch::{Finding, Item},
    world::World,
};

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'e> {
    /// The objects.
    pub world: &'e World,
    /// What the Ingresses mean.
    pub old: &'e ingress::Compiled,
    /// What Gateways and routes mean.
    pub new: &'e gateway::Compiled,
    /// What differs, and what of it was accepted; none: nobody compared yet.
    pub compared: Option<(&'e Report, &'e Accepted)>,
    /// For what runs out.
    pub now: Timestamp,
}

/// The evidence, ready to be asked about any hostname.
#[derive(Debug)]
pub struct Known<'e> {
    evidence: Evidence<'e>,
    /// What the old side presents, by host as the servers have it.
    certificates: HashMap<String, &'e ingress::Certificate>,
    /// What differs and is not accepted, by host.
    differences: HashMap<&'e str, Vec<&'e Difference>>,
    /// Why hostnames are not served, found when the first is asked for.
    refused: OnceCell<Vec<(HostPattern, String)>>,
}

/// A hostname and a host that falls under it.
struct Name<'n> {
    /// As it is written: `*.shop.example`.
    text: &'n str,
    /// One host of it: `any.shop.example`.
    host: String,
    /// Both sides are asked at these: scheme and port.
    doors: Vec<Door>,
}

/// Where clients of the old side come in.
type Door = (&'static str, u16);

const HTTP: Door = ("http", 80);
const HTTPS: Door = ("https", 443);

impl<'e> Known<'e> {
    /// Takes the evidence in.
    pub fn new(evidence: Evidence<'e>) -> Self {
        let certificates =
            evidence.old.certificates.iter().map(|(pattern, one)| (pattern.to_string(), one)).collect();
        let mut differences: HashMap<&str, Vec<&Difference>> = HashMap::new();
        for one in evidence.compared.iter().flat_map(|(report, accepted)| report.left(accepted)) {
            for host in &one.on {
                differences.entry(host).or_default().push(one);
            }
        }
        Self { evidence, certificates, differences, refused: OnceCell::new() }
    }

    /// All that can be seen without the wire and without DNS: every point but [`Item::Ttl`] and [`Item::Probe`].
    pub fn look(&self, hostname: &str) -> Vec<(Item, Finding)> {
        let name = self.name(hostname);
        vec![
            (Item::Route, self.route(&name)),
            (Item::Certificate, self.certificate(&name)),
            (Item::Differences, self.differ(&name)),
            (Item::Endpoints, self.endpoints(&name)),
            (Item::Redirects, self.redirects(&name)),
            (Item::WayBack, self.way_back(&name)),
        ]
    }

    /// What both sides are to be asked over the wire: the first request that the old side leads to a backend.
    pub fn probe(&self, hostname: &str) -> Probe {
        Probe::of(self, &self.name(hostname))
    }

    fn name<'n>(&self, hostname: &'n str) -> Name<'n> {
        let host =
            hostname.strip_prefix("*.").map_or_else(|| hostname.to_owned(), |rest| format!("any.{rest}"));
        let mut name = Name { text: hostname, host, doors: vec![HTTP] };
        let at = |side: Side, door: Door| self.listeners(side, door, &name.host).next().is_some();
        let old = served(&self.evidence.old.table, Side::Old, HTTP, &name.host);
        // Where the new side sends everybody to https, that is where they come in.
        let sent = way(self.table(Side::New), &name.ask(Side::New, HTTP, "/")).location;
        let sent = sent.is_some_and(|location| location.starts_with("https://"));
        let secure = sent || if old { self.presents(&name.host) } else { at(Side::New, HTTPS) };
        if secure {
            name.doors.push(HTTPS);
        }
        if !old && !at(Side::New, HTTP) && secure {
            name.doors.retain(|door| *door != HTTP);
        }
        name
    }

    /// Whether the old side has a certificate for the host that clients may believe.
    fn presents(&self, host: &str) -> bool {
        self.evidence.old.default_certificate.is_some() || self.old_secret(host).is_some()
    }

    /// The Secret of the certificate that the old side presents.
    fn old_secret(&self, host: &str) -> Option<&'e crate::resource::Key> {
        let parent = host.split_once('.').map(|(_, parent)| format!("*.{parent}"));
        let own = self.certificates.get(host).or_else(|| self.certificates.get(parent.as_deref()?));
        match own {
            Some(ingress::Certificate::Secret(key)) => Some(key),
            Some(ingress::Certificate::Default(_)) | None => self.evidence.old.default_certificate.as_ref(),
        }
    }

    /// The listeners of a side that take a host at a door.
    fn listeners<'s>(
        &'s self,
        side: Side,
        (scheme, port): Door,
        host: &'s str,
    ) -> impl Iterator<Item = &'s Listener> {
        let table = self.table(side);
        let wanted = if scheme == "https" { PortProtocol::Https } else { PortProtocol::Http };
        let ports = table
            .ports
            .values()
            .filter(move |one| one.key.side == side && one.key.port == port && one.protocol == wanted);
        // A host belongs to the first listener of a port that takes it.
        ports.filter_map(move |port| {
            port.listeners.iter().find(|one| one.hostname.takes(Host(host))).map(|one| &**one)
        })
    }

    fn table(&self, side: Side) -> &'e Table {
        match side {
            Side::Old => &self.evidence.old.table,
            Side::New => &self.evidence.new.table,
        }
    }

    /// The matches of a side that are for the host itself, or for a wildcard over it.
    fn candidates<'s>(&'s self, side: Side, name: &'s Name<'_>) -> impl Iterator<Item = &'s Candidate> {
        name.doors
            .iter()
            .flat_map(move |door| self.listeners(side, *door, &name.host))
            .flat_map(move |listener| listener.hosts.taking(Host(&name.host)))
            .filter(|host| host.pattern != HostPattern::Any)
            .flat_map(|host| host.iter())
            .map(AsRef::as_ref)
    }

    /// What differs for a hostname and was not accepted, the worst first.
    pub fn left(&self, hostname: &str) -> Vec<&'e Difference> {
        let mut here: Vec<&Difference> = self.differences.get(hostname).cloned().unwrap_or_default();
        if let Some(under) = hostname.strip_prefix('*') {
            let hosts = self.differences.iter().filter(|(host, _)| host.ends_with(under));
            here.extend(hosts.flat_map(|(_, all)| all));
        }
        here.sort_by_key(|one| (one.severity, &one.id));
        here.dedup_by(|a, b| a.id == b.id);
        here
    }

    fn differ(&self, name: &Name<'_>) -> Finding {
        if self.evidence.compared.is_none() {
            return Finding::Unknown("both sides are being compared".to_owned());
        }
        let here = self.left(name.text);
        let worst: Vec<&str> = here.iter().take(3).map(|one| one.id.as_str()).collect();
        let more = here.len().saturating_sub(worst.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        match here.len() {
            0 => Finding::Green("nothing differs that was not accepted".to_owned()),
            1 => Finding::Red(format!("1 difference is not accepted: {}", worst.join(", "))),
            many => Finding::Red(format!("{many} differences are not accepted: {}{more}", worst.join(", "))),
        }
    }
}

impl Name<'_> {
    fn ask(&self, side: Side, (scheme, port): Door, path: &str) -> Ask {
        Ask {
            side,
            gateway: None,
            method: "GET".to_owned(),
            scheme: scheme.to_owned(),
            host: self.host.clone(),
            port,
            path: path.to_owned(),
            query: None,
            headers: Vec::new(),
        }
    }
}

/// Whether a side has rules for the host, not only such as are for every host.
fn served(table: &Table, side: Side, (scheme, port): Door, host: &str) -> bool {
    let wanted = if scheme == "https" { PortProtocol::Https } else { PortProtocol::Http };
    let ports = table
        .ports
        .values()
        .filter(|one| one.key.side == side && one.key.port == port && one.protocol == wanted);
    ports.flat_map(|port| &port.listeners).filter(|one| one.hostname.takes(Host(host))).any(|listener| {
        listener.hosts.taking(Host(host)).any(|virtual_host| virtual_host.pattern != HostPattern::Any)
    })
}
