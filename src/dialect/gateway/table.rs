//! The Table's ports and listeners: built for one Gateway, and changed for one route.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::{
    attach::RoutePlan,
    plan::{GatewayPlan, origin},
};
use crate::{
    resource::Key,
    routing::{
        Candidate, HostMap, HostPattern, HostPolicy, Listener, ListenerId, PathPolicy, Port, PortKey,
        PortProtocol, Side, Table,
    },
};

/// The ports of a Gateway with all that is attached to them. What is as in `before` is shared with it.
pub(super) fn ports<'a>(
    plan: &GatewayPlan,
    routes: impl Iterator<Item = &'a Arc<RoutePlan>>,
    before: &Table,
) -> Vec<Arc<Port>> {
    let mut hosts: HashMap<&ListenerId, HashMap<&HostPattern, Vec<Arc<Candidate>>>> = HashMap::new();
    for route in routes {
        for (listener, patterns) in &route.attached {
            let listener = hosts.entry(listener).or_default();
            for pattern in patterns {
                listener.entry(pattern).or_default().extend(route.body.candidates.iter().cloned());
            }
        }
    }
    let mut ports: BTreeMap<&PortKey, (PortProtocol, Vec<Arc<Listener>>)> = BTreeMap::new();
    for listener in &plan.listeners {
        let face = &listener.surface;
        let (Some(protocol), Some(hostname)) = (face.served, &face.hostname) else { continue };
        let mut map = HostMap::default();
        for (pattern, candidates) in hosts.remove(&face.id).unwrap_or_default() {
            map.add(pattern, candidates);
        }
        let listener = Listener {
            id: face.id.clone(),
            hostname: hostname.clone(),
            host_policy: HostPolicy::Cascade,
            path_policy: PathPolicy::AsReceived,
            hosts: map,
        };
        let was = before
            .ports
            .get(&face.id.port)
            .and_then(|port| port.listeners.iter().find(|was| was.id == face.id && ***was == listener));
        let listener = was.cloned().unwrap_or_else(|| Arc::new(listener));
        ports.entry(&face.id.port).or_insert((protocol, Vec::new())).1.push(listener);
    }
    let port = |(key, (protocol, listeners)): (&PortKey, (PortProtocol, Vec<Arc<Listener>>))| {
        let port = Port::new(key.clone(), protocol, listeners);
        let was = before.ports.get(key).filter(|was| {
            was.protocol == port.protocol
                && was.listeners.len() == port.listeners.len()
                && was.listeners.iter().zip(&port.listeners).all(|(a, b)| Arc::ptr_eq(a, b))
        });
        was.cloned().unwrap_or_else(|| Arc::new(port))
    };
    ports.into_iter().map(port).collect()
}

/// Takes out the ports of a Gateway that are not among `kept`.
pub(super) fn clear(table: &mut Table, gateway: &Key, kept: &[Arc<Port>]) {
    let entry = origin(gateway);
    let key = |port| PortKey { side: Side::New, entry: Arc::clone(&entry), port };
    let gone: Vec<PortKey> = table
        .ports
        .range(key(0)..=key(u16::MAX))
        .map(|(key, _)| key.clone())
        .filter(|key| kept.iter().all(|port| port.key != *key))
        .collect();
    for key in gone {
        table.ports.remove(&key);
    }
}

/// Takes out what a route had and puts in what it has now, in the listeners for which `here` holds.
pub(super) fn move_route(
    table: &mut Table,
    old: Option<&RoutePlan>,
    new: Option<&RoutePlan>,
    here: impl Fn(&ListenerId) -> bool,
) {
    let attached = |plan: Option<&RoutePlan>| -> BTreeSet<(ListenerId, HostPattern)> {
        plan.into_iter()
            .flat_map(|plan| &plan.attached)
            .filter(|(id, _)| here(id))
            .flat_map(|(id, hosts)| hosts.iter().map(|host| (id.clone(), host.clone())))
            .collect()
    };
    let (was, is) = (attached(old), attached(new));
    let before = old.map(|plan| plan.body.candidates.as_slice()).unwrap_or_default();
    let after = new.map(|plan| plan.body.candidates.as_slice()).unwrap_or_default();
    let same = before.len() == after.len() && before.iter().zip(after).all(|(a, b)| Arc::ptr_eq(a, b));
    for (id, host) in was.iter().filter(|place| !same || !is.contains(place)) {
        edit(table, id, |hosts| hosts.remove(host, before));
    }
    for (id, host) in is.iter().filter(|place| !same || !was.contains(place)) {
        edit(table, id, |hosts| hosts.add(host, after.to_vec()));
    }
}

/// Changes the hosts of one listener, if it is in the Table; the rest is shared.
fn edit(table: &mut Table, id: &ListenerId, change: impl FnOnce(&mut HostMap)) {
    let Some(port) = table.ports.get_mut(&id.port) else { return };
    let Some(at) = port.listeners.iter().position(|listener| listener.id == *id) else { return };
    let port = Arc::make_mut(port);
    if let Some(listener) = port.listeners.get_mut(at) {
        change(&mut Arc::make_mut(listener).hosts);
    }
}
