//! What stands behind a path: one upstream for each namespace, Service and port as written.
//!
//! Canary weights, stickiness and hashing belong to the upstream, not to the host: all hosts that lead to one Service
//! and port share them.

use std::{collections::HashMap, sync::Arc};

use imbl::OrdMap;

use super::{
    Settings,
    annotation::{Affinity, Canary, LoadBalance, UpstreamHash},
    object::{BackendSpec, PortSpec},
};
use crate::{
    resource::{
        Key, Kind,
        core::{self, ServiceView},
    },
    routing::{BackendId, Origin},
    world::World,
};

/// The name of an upstream: `namespace-service-port`, as the controller writes it.
pub type Name = Arc<str>;

/// One upstream.
#[derive(Clone, Debug, PartialEq)]
pub struct Upstream {
    /// Its name.
    pub name: Name,
    /// The Service.
    pub service: Key,
    /// The port as the Ingress wrote it.
    pub port: PortSpec,
    /// The Service's port; none when there is no such Service or port.
    pub id: Option<Arc<BackendId>>,
    /// Whether somebody answers there.
    pub alive: bool,
    /// Set when it is a canary's: it has no location of its own.
    pub canary: Option<Canary>,
    /// Stickiness.
    pub affinity: Affinity,
    /// Whether an Ingress that counts set the stickiness: the first that has one.
    pub sticky: bool,
    /// Hosts and paths whose answers set the cookie.
    pub cookie_locations: Vec<(String, String)>,
    /// Hashing.
    pub hash: Option<UpstreamHash>,
    /// Balancing.
    pub balance: Option<LoadBalance>,
    /// Canaries, in the order in which they were merged; only the first is used.
    pub alternatives: Vec<Name>,
}

/// The name of the upstream of unknown hosts and paths.
pub const DEFAULT: &str = "upstream-default-backend";

/// All upstreams.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Upstreams(pub(super) OrdMap<Name, Arc<Upstream>>);

/// Services and their endpoints, read once.
pub(super) struct Services<'w> {
    world: &'w World,
    /// No EndpointSlice at all: manifests, in which every Service counts as served.
    sliceless: bool,
    seen: HashMap<Key, Option<Arc<ServiceView>>>,
    /// Who was asked for since it was last looked at.
    asked: Vec<Key>,
    external_names: bool,
}

impl<'w> Services<'w> {
    pub(super) fn new(world: &'w World, settings: &Settings) -> Self {
        Self {
            world,
            sliceless: world.list(&Kind::EndpointSlice).next().is_none(),
            seen: HashMap::new(),
            asked: Vec::new(),
            external_names: !settings.flags.disable_external_name,
        }
    }

    /// Who was asked for since this was last called, there or not.
    pub(super) fn asked(&mut self) -> Vec<Key> {
        std::mem::take(&mut self.asked)
    }

    pub(super) fn get(&mut self, key: &Key) -> Option<Arc<ServiceView>> {
        self.asked.push(key.clone());
        if let Some(known) = self.seen.get(key) {
            return known.clone();
        }
        let view = self.world.get(key).and_then(|object| core::service(object).ok()).map(Arc::new);
        self.seen.insert(key.clone(), view.clone());
        view
    }

    /// The Service's port that a backend means (by number, by target or by name), and whether somebody answers.
    pub(super) fn resolve(&mut self, service: &Key, port: &PortSpec) -> (Option<Arc<BackendId>>, bool) {
        let Some(view) = self.get(service) else { return (None, false) };
        let origin = Origin {
            kind: "Service".into(),
            namespace: Arc::clone(&service.namespace),
            name: Arc::clone(&service.name),
        };
        let id = |port| Some(Arc::new(BackendId { service: origin.clone(), port }));
        if let Some(name) = &view.external_name {
            let number = match port {
                PortSpec::Number(number) => Some(*number),
                PortSpec::Name(name) => {
                    view.ports.iter().find(|one| one.name.as_ref() == Some(name)).map(|one| one.port)
                }
                PortSpec::Missing => None,
            };
            let served = self.external_names && number.is_some() && is_external(name);
            return (number.and_then(id), served);
        }
        let written = port.to_string();
        let found = view.ports.iter().find(|one| {
            let target = match &one.target {
                core::TargetPort::Number(number) => number.to_string(),
                core::TargetPort::Name(name) => name.clone(),
            };
            one.port.to_string() == written || target == written || one.name.as_deref() == Some(&written)
        });
        let Some(found) = found.filter(|_| !written.is_empty()) else { return (None, false) };
        (id(found.port), self.has_endpoint(service, &view))
    }

    /// A cluster keeps a slice, if an empty one, for every Service with a selector: where it has none, the input is of
    /// manifests, of which nobody writes these.
    fn has_endpoint(&self, service: &Key, view: &ServiceView) -> bool {
        let mut slices = self.world.slices_of(service).peekable();
        if slices.peek().is_none() {
            let assumed = self.world.get(service).is_some_and(|object| object.assumed);
            return self.sliceless || assumed || !view.selector.is_empty();
        }
        slices
            .filter_map(|object| core::endpoint_slice(object).ok())
            .any(|slice| slice.ready().next().is_some())
    }

    /// The first port of a Service, and whether somebody answers there.
    pub(super) fn first_port(&mut self, service: &Key) -> Option<(Arc<BackendId>, bool)> {
        let number = self.get(service)?.ports.first()?.port;
        let (id, alive) = self.resolve(service, &PortSpec::Number(number));
        Some((id?, alive))
    }
}

/// An ExternalName that the controller uses: not this machine, and a name or an address.
fn is_external(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let loopback = name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    name != "localhost" && !loopback && !name.is_empty()
}

/// The name of the upstream of a backend.
pub(super) fn name(namespace: &str, backend: &BackendSpec) -> Option<Name> {
    match backend {
        BackendSpec::Service { name, port: port @ (PortSpec::Number(_) | PortSpec::Name(_)) } => {
            Some(format!("{namespace}-{name}-{port}").into())
        }
        BackendSpec::Service { port: PortSpec::Missing, .. } => Some(format!("{namespace}-INVALID").into()),
        BackendSpec::Resource(_) => None,
    }
}

impl Upstreams {
    /// An upstream by its name.
    pub fn get(&self, name: &str) -> Option<&Upstream> {
        self.0.get(name).map(|upstream| &**upstream)
    }

    /// All, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Upstream> {
        self.0.values().map(|upstream| &**upstream)
    }
}
