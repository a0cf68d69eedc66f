//! Who shall answer for each Service port that a route names: told from the World alone, before any socket is opened.

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    sync::Arc,
};

use crate::{
    proxy::UpstreamProtocol,
    resource::{
        Key, Kind, Object,
        core::{EndpointSliceView, ServicePort, ServiceView, endpoint_slice, service},
        gateway_api::{BackendRef, Filter, HttpRoute},
    },
    routing::{BackendId, Origin},
    world::{Change, World},
};

/// The Service ports that routes name, kept up to date by changes.
#[derive(Debug, Default)]
pub(super) struct Backends {
    by_route: HashMap<Key, Vec<Arc<BackendId>>>,
    /// Named by the old side, in order.
    old_side: Arc<[Arc<BackendId>]>,
    /// Of these, what came or went since the last update.
    moved: Vec<Arc<BackendId>>,
    /// Named by how many routes. In order, so that the ports of one Service stand together.
    named: BTreeMap<Arc<BackendId>, usize>,
    /// EndpointSlice ▸ its Service, for when the slice goes.
    slices: HashMap<Key, Key>,
}

/// What the user wants to be different from the rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Wishes {
    /// Namespace, Service, port (all when none), program.
    pub(super) own: Vec<(String, String, Option<u16>, SocketAddr)>,
    /// Dial the EndpointSlices.
    pub(super) direct: bool,
}

/// Who shall answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answerer {
    /// A stand-in, to be opened.
    StandIn,
    /// The user's program.
    Own(SocketAddr),
    /// These endpoints.
    Direct(Vec<SocketAddr>),
    /// Nobody.
    NoEndpoint,
}

/// One Service port and who shall answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) answerer: Answerer,
    pub(super) protocol: UpstreamProtocol,
    pub(super) assumed: bool,
}

impl Backends {
    /// Takes changes in and gives the Service ports whose plan may have changed, those no longer named among them.
    pub(super) fn update(&mut self, changes: &[Change]) -> Vec<Arc<BackendId>> {
        let mut touched = std::mem::take(&mut self.moved);
        for change in changes {
            let key = change.key();
            match &key.kind {
                Kind::HttpRoute => {
                    let old = self.by_route.remove(key).unwrap_or_default();
                    let new = match change {
                        Change::Put(object) => of_route(object),
                        Change::Remove(_) => Vec::new(),
                    };
                    // Add first: what both have keeps its entry.
                    for id in &new {
                        *self.named.entry(Arc::clone(id)).or_default() += 1;
                    }
                    for id in &old {
                        self.release(id);
                    }
                    touched.extend(old);
                    touched.extend(new.iter().cloned());
                    if !new.is_empty() {
                        self.by_route.insert(key.clone(), new);
                    }
                }
                Kind::Service => touched.extend(self.ports_of(key)),
                Kind::EndpointSlice => {
                    let new = match change {
                        Change::Put(object) => object
                            .label("kubernetes.io/service-name")
                            .map(|name| Key::new(Kind::Service, Arc::clone(&key.namespace), name)),
                        Change::Remove(_) => None,
                    };
                    let old = self.slices.remove(key);
                    touched.extend(old.iter().chain(&new).flat_map(|service| self.ports_of(service)));
                    if let Some(service) = new {
                        self.slices.insert(key.clone(), service);
                    }
                }
                Kind::GatewayClass
                | Kind::Gateway
                | Kind::ListenerSet
                | Kind::GrpcRoute
                | Kind::TlsRoute
                | Kind::TcpRoute
                | Kind::UdpRoute
                | Kind::ReferenceGrant
                | Kind::BackendTlsPolicy
                | Kind::IngressClass
                | Kind::Ingress
                | Kind::Namespace
                | Kind::Secret
                | Kind::ConfigMap
                | Kind::Other(..) => {}
            }
        }
        touched.sort_unstable();
        touched.dedup();
        touched
    }

    /// Takes what the old side names now, in order; the next update gives those that came or went.
    pub(super) fn name_old(&mut self, new: &Arc<[Arc<BackendId>]>) {
        if Arc::ptr_eq(new, &self.old_side) {
            return;
        }
        let old = std::mem::replace(&mut self.old_side, Arc::clone(new));
        // Add first: what both have keeps its entry.
        for id in new.iter() {
            *self.named.entry(Arc::clone(id)).or_default() += 1;
        }
        for id in old.iter() {
            self.release(id);
        }
        let gone = old.iter().filter(|id| new.binary_search(id).is_err());
        let come = new.iter().filter(|id| old.binary_search(id).is_err());
        self.moved.extend(gone.chain(come).cloned());
    }

    /// Whether a route names it.
    pub(super) fn is_named(&self, id: &BackendId) -> bool {
        self.named.contains_key(id)
    }

    /// The named ports of a Service.
    pub(super) fn ports_of(&self, service: &Key) -> Vec<Arc<BackendId>> {
        let first = BackendId { service: origin(service), port: 0 };
        let same = |id: &&Arc<BackendId>| id.service == first.service;
        self.named.range(first.clone()..).map(|(id, _)| id).take_while(same).cloned().collect()
    }

    fn release(&mut self, id: &Arc<BackendId>) {
        if let Some(count) = self.named.get_mut(id) {
            *count -= 1;
            if *count == 0 {
                self.named.remove(id);
            }
        }
    }
}

impl Wishes {
    /// Who shall answer for a Service port; none when the Service, or a port of that number, is not there.
    pub(super) fn plan(&self, world: &World, id: &BackendId) -> Option<Plan> {
        let key = Key::new(Kind::Service, Arc::clone(&id.service.namespace), Arc::clone(&id.service.name));
        let object = world.get(&key)?;
        let view = service(object).ok()?;
        let port = view.port(id.port)?;
        let answerer = self.own(id).map_or_else(|| self.endpoints(world, &key, &view, port), Answerer::Own);
        let protocol = match port.app_protocol.as_deref() {
            Some("kubernetes.io/h2c") => UpstreamProtocol::H2c,
            Some(_) | None => UpstreamProtocol::Http1,
        };
        Some(Plan { answerer, protocol, assumed: object.assumed })
    }

    /// The user's own backends whose Service, or its port, is not there.
    pub(super) fn unknown<'a>(&'a self, world: &'a World) -> impl Iterator<Item = (Key, Option<u16>)> + 'a {
        self.own
            .iter()
            .map(|(namespace, name, port, _)| {
                (Key::new(Kind::Service, namespace.as_str(), name.as_str()), *port)
            })
            .filter(|(key, port)| {
                let view = world.get(key).and_then(|object| service(object).ok());
                !view.is_some_and(|view| port.is_none_or(|port| view.port(port).is_some()))
            })
    }

    fn own(&self, id: &BackendId) -> Option<SocketAddr> {
        // The one that names the port wins.
        self.own
            .iter()
            .filter(|(namespace, name, port, _)| {
                *namespace == *id.service.namespace
                    && *name == *id.service.name
                    && port.is_none_or(|port| port == id.port)
            })
            .max_by_key(|(_, _, port, _)| port.is_some())
            .map(|own| own.3)
    }

    fn endpoints(&self, world: &World, key: &Key, view: &ServiceView, port: &ServicePort) -> Answerer {
        let slices: Vec<EndpointSliceView> =
            world.slices_of(key).filter_map(|slice| endpoint_slice(slice).ok()).collect();
        if self.direct {
            let mut addresses: Vec<SocketAddr> =
                slices.iter().flat_map(|slice| dialled(slice, view, port)).collect();
            addresses.sort_unstable();
            addresses.dedup();
            return if addresses.is_empty() { Answerer::NoEndpoint } else { Answerer::Direct(addresses) };
        }
        let given = !slices.is_empty();
        let ready = slices.iter().any(|slice| slice.ready().next().is_some());
        if given && !ready { Answerer::NoEndpoint } else { Answerer::StandIn }
    }
}

/// A slice's port has the name of the Service's; a Service with one port may leave both out.
fn dialled(slice: &EndpointSliceView, view: &ServiceView, port: &ServicePort) -> Vec<SocketAddr> {
    let single = view.ports.len() == 1 && slice.ports.len() == 1;
    let number = slice.ports.iter().find(|p| p.name == port.name || single).and_then(|p| p.port);
    let Some(number) = number else { return Vec::new() };
    slice.ready().filter_map(|ip| ip.parse().ok()).map(|ip| SocketAddr::new(ip, number)).collect()
}

/// The Service ports of a route's rules, filters and mirrors, each once.
fn of_route(route: &Object) -> Vec<Arc<BackendId>> {
    let Ok(view) = route.view::<HttpRoute>() else { return Vec::new() };
    let mut ids: Vec<_> = view
        .spec
        .rules
        .iter()
        .flat_map(|rule| {
            let own = rule.backend_refs.iter().map(|backend| &backend.filters);
            let filters = own.chain([&rule.filters]).flatten();
            rule.backend_refs.iter().chain(filters.filter_map(mirrored))
        })
        .filter_map(|backend| id(&route.key, backend))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn mirrored(filter: &Filter) -> Option<&BackendRef> {
    filter.request_mirror.as_ref().map(|mirror| &mirror.backend_ref)
}

fn id(route: &Key, backend: &BackendRef) -> Option<Arc<BackendId>> {
    (backend.kind() == Kind::Service).then_some(())?;
    let port = u16::try_from(backend.port?).ok()?;
    let namespace = backend.namespace.as_deref().map_or_else(|| Arc::clone(&route.namespace), Arc::from);
    let service = origin(&Key::new(Kind::Service, namespace, backend.name.as_str()));
    Some(Arc::new(BackendId { service, port }))
}

/// An object's name as the Table has it.
pub(super) fn origin(key: &Key) -> Origin {
    Origin {
        kind: key.kind.name().into(),
        namespace: Arc::clone(&key.namespace),
        name: Arc::clone(&key.name),
    }
}

#[cfg(test)]
mod tests;
