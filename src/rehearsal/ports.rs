//! The ports of the proxy follow the Table: bound when they come, given back when they go.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::SocketAddr,
    sync::Arc,
};

use super::{
    CertificateView, ListenerView,
    addresses::{Addresses, Bound},
    certificates::{self, Certificates},
};
use crate::{
    dialect::gateway::{Compiled, GatewayStatus, ListenerStatus},
    proxy,
    resource::{
        Condition, Object, Problem,
        gateway_api::{Gateway, ListenerSpec, Protocol},
    },
    routing::{HostPattern, ListenerId, PortKey, PortProtocol, Table},
    world::World,
};

/// Who binds: the proxy, or a test.
pub(super) trait Binder {
    fn bind(&self, key: PortKey, address: SocketAddr) -> io::Result<SocketAddr>;
    fn unbind(&self, key: &PortKey);
}

impl Binder for proxy::Proxy {
    fn bind(&self, key: PortKey, address: SocketAddr) -> io::Result<SocketAddr> {
        self.bind(key, address)
    }

    fn unbind(&self, key: &PortKey) {
        self.unbind(key);
    }
}

/// The ports that are wanted and what became of them.
#[derive(Debug, Default)]
pub(super) struct Ports {
    addresses: Addresses,
    bound: BTreeMap<PortKey, Result<Bound, String>>,
    /// Who has ports that were wanted and in use; none while that is looked for.
    held: BTreeMap<SocketAddr, Option<Held>>,
}

/// A program's name and number, as far as it can be seen.
type Held = Option<String>;

/// The listeners of a World, before their ports are bound.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    pub(super) all: Vec<Wanted>,
    pub(super) certificates: proxy::Certificates,
    /// Of listeners that take theirs by name.
    pub(super) names: imbl::HashMap<ListenerId, Arc<proxy::Names>>,
    pub(super) problems: Vec<Problem>,
}

/// One listener.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) id: ListenerId,
    pub(super) protocol: PortProtocol,
    pub(super) hostname: String,
    pub(super) certificate: CertificateView,
    /// Why it is not served.
    pub(super) refused: Option<String>,
}

impl Listeners {
    /// All listeners of all Gateways that are ours, with what they present.
    pub(super) fn of(
        world: &World,
        compiled: &Compiled,
        ports: &mut Ports,
        certificates: &mut Certificates,
    ) -> Self {
        let mut listeners = Self::default();
        for (key, status) in &compiled.status.gateways {
            let Some(gateway) = world.get(key) else { continue };
            let specs = gateway.view::<Gateway>().map(|view| view.spec.listeners).unwrap_or_default();
            for listener in &status.listeners {
                let Some(spec) = specs.iter().find(|spec| *spec.name == *listener.id.name) else { continue };
                let wanted =
                    listeners.one(world, compiled, ports, certificates, gateway, status, listener, spec);
                listeners.all.push(wanted);
            }
        }
        certificates.keep_only(world);
        listeners
    }

    #[expect(clippy::too_many_arguments, reason = "each is another part of what a listener is")]
    fn one(
        &mut self,
        world: &World,
        compiled: &Compiled,
        ports: &mut Ports,
        certificates: &mut Certificates,
        gateway: &Object,
        status: &GatewayStatus,
        listener: &ListenerStatus,
        spec: &ListenerSpec,
    ) -> Wanted {
        let protocol = match &spec.protocol {
            Protocol::Https | Protocol::Tls => PortProtocol::Https,
            Protocol::Http | Protocol::Tcp | Protocol::Udp | Protocol::Other(_) => PortProtocol::Http,
        };
        let mut refused = (!listener.served).then(|| why(status, listener));
        let mut certificate = CertificateView::None;
        if spec.protocol == Protocol::Https {
            let address = ports.addresses.of(&listener.id.port.entry).to_string();
            let attached = attached(&compiled.table, &listener.id);
            let names = certificates::names(spec.hostname.as_deref(), &address, &attached);
            let presented = certificates.of(world, gateway, spec, &names);
            certificate = presented.view();
            if refused.is_none() && presented.keys.is_empty() {
                refused = Some(presented.problems.first().map_or_else(
                    || "no certificate of its certificateRefs can be used".to_owned(),
                    |problem| problem.message.clone(),
                ));
            }
            if refused.is_none() {
                self.certificates.insert(listener.id.clone(), presented.keys.clone().into());
            }
            self.problems.extend(presented.problems);
        }
        Wanted {
            id: listener.id.clone(),
            protocol,
            hostname: spec.hostname.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| "*".to_owned()),
            certificate,
            refused,
        }
    }

    fn ports(&self) -> BTreeSet<&PortKey> {
        self.all
            .iter()
            .filter(|listener| listener.refused.is_none())
            .map(|listener| &listener.id.port)
            .collect()
    }
}

impl Ports {
    /// All Gateways have the same ports where that can be.
    pub(super) fn alike() -> Self {
        Self { addresses: Addresses::alike(), ..Self::default() }
    }

    /// Binds what is wanted and not bound yet, or could not be bound before; gives back what nobody wants.
    pub(super) fn follow(&mut self, listeners: &Listeners, binder: &impl Binder) {
        let wanted = listeners.ports();
        self.bound.retain(|key, bound| {
            let keep = wanted.contains(key);
            if !keep && bound.is_ok() {
                binder.unbind(key);
            }
            keep && bound.is_ok()
        });
        let gateways: BTreeSet<_> = listeners.all.iter().map(|listener| &*listener.id.port.entry).collect();
        self.addresses.keep_only(|gateway| gateways.contains(gateway));
        for key in wanted {
            if self.bound.contains_key(key) {
                continue;
            }
            let ours = self.bound.values().flatten().map(|bound| bound.address).collect();
            let bound = self.addresses.bind(key, &ours, |address| binder.bind(key.clone(), address));
            self.bound.insert(key.clone(), bound);
        }
        let foreign = self.foreign();
        self.held.retain(|address, _| foreign.contains(address));
    }

    fn foreign(&self) -> BTreeSet<SocketAddr> {
        self.bound.values().flatten().filter_map(|bound| bound.instead_of).collect()
    }

    /// Ports in use of which nobody knows yet who has them, each given once.
    pub(super) fn unnamed(&mut self) -> Vec<SocketAddr> {
        let unnamed: Vec<_> =
            self.foreign().into_iter().filter(|address| !self.held.contains_key(address)).collect();
        self.held.extend(unnamed.iter().map(|address| (*address, None)));
        unnamed
    }

    /// Takes in who has them.
    pub(super) fn named(&mut self, named: Vec<(SocketAddr, Held)>) {
        for (address, held) in named {
            // It may be wanted no more.
            if let Some(known) = self.held.get_mut(&address) {
                *known = Some(held);
            }
        }
    }

    /// Where a port is.
    pub(super) fn address(&self, key: &PortKey) -> Option<SocketAddr> {
        self.bound.get(key)?.as_ref().ok().map(|bound| bound.address)
    }

    /// What a face shows.
    pub(super) fn view(&self, listeners: &Listeners) -> Arc<[ListenerView]> {
        let one = |wanted: &Wanted| ListenerView {
            id: wanted.id.clone(),
            protocol: wanted.protocol,
            hostname: wanted.hostname.clone(),
            address: match (&wanted.refused, self.bound.get(&wanted.id.port)) {
                (Some(why), _) | (None, Some(Err(why))) => Err(why.clone()),
                (None, Some(Ok(bound))) => Ok(bound.address),
                (None, None) => Err("not bound".to_owned()),
            },
            certificate: wanted.certificate,
        };
        listeners.all.iter().map(one).collect()
    }

    /// Ports that differ from side to side though a name can not say so, or sides that share one address.
    pub(super) fn unlike(&self) -> Vec<Problem> {
        let unlike = |(key, bound): (&PortKey, &Result<Bound, String>)| {
            let bound = bound.as_ref().ok()?;
            let message = format!(
                "port {} of {} is {}, and {} elsewhere: who follows the name there keeps the port",
                key.port, key.entry, bound.address, bound.unlike?
            );
            Some(
                Problem::warning("port-unlike", message)
                    .fix("stop what holds the port on one of the addresses"),
            )
        };
        let mut all: Vec<_> = self.bound.iter().filter_map(unlike).collect();
        if self.addresses.is_single() && !self.bound.is_empty() {
            let message = "both sides have the address 127.0.0.1: a name can not be switched between them";
            all.push(Problem::error("one-address", message).fix(
                "give this machine more loopback addresses: `sudo ifconfig lo0 alias 127.0.0.2` and so on",
            ));
        }
        all
    }

    /// Ports that were in use, once it is known by whom, and those that could not be had at all.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let one = |(key, bound): (&PortKey, &Result<Bound, String>)| match bound {
            Ok(bound) => self.in_use(bound),
            Err(why) => Some(
                Problem::error(
                    "port-not-bound",
                    format!("port {} of {} can not be bound: {why}", key.port, key.entry),
                )
                .fix("stop what holds the ports of this Gateway, or give it another port"),
            ),
        };
        self.bound.iter().filter_map(one).collect()
    }

    fn in_use(&self, bound: &Bound) -> Option<Problem> {
        let (wanted, got) = (bound.instead_of?, bound.address);
        let held = self.held.get(&wanted)?.as_ref()?;
        let by = held.as_ref().map(|name| format!(" by {name}")).unwrap_or_default();
        let message =
            format!("port {} of {} is in use{by}; {got} is used instead", wanted.port(), wanted.ip());
        Some(
            Problem::warning("port-in-use", message)
                .fix(format!("stop that program to have port {}, or keep using {got}", wanted.port())),
        )
    }
}

/// Hosts of the routes attached to a listener, without those that stand for several.
fn attached(table: &Table, id: &ListenerId) -> Vec<Arc<str>> {
    let port = table.ports.get(&id.port);
    let listener = port.and_then(|port| port.listeners.iter().find(|listener| listener.id == *id));
    listener.map_or_else(Vec::new, |listener| {
        let exact = listener.hosts.exact.keys().cloned();
        let under = listener.hosts.under.values().filter_map(|host| match &host.pattern {
            HostPattern::Under(name) => Some(format!("*.{name}").into()),
            HostPattern::Exact(_) | HostPattern::OneLabel(_) | HostPattern::Any => None,
        });
        exact.chain(under).collect()
    })
}

/// Why a listener is not served, in the words of its conditions, or of its Gateway's.
fn why(gateway: &GatewayStatus, listener: &ListenerStatus) -> String {
    let telling = |condition: &&Condition| !condition.is_good() && !condition.message.is_empty();
    let all = listener.conditions.iter().chain(&gateway.conditions);
    // `Programmed` only repeats what another one says.
    let cause = all.clone().filter(telling).find(|condition| condition.kind != "Programmed");
    match cause.or_else(|| all.clone().find(telling)) {
        Some(condition) => format!("{}: {}", condition.reason, condition.message),
        None => "not served".to_owned(),
    }
}

#[cfg(test)]
mod tests;
