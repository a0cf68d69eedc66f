//! What a change of the World touches, and nothing else, compiled again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Compiled, GatewayStatus, ListenerStatus, attach::RoutePlan, backend::Services, body::Body, fault::Fault,
    plan::GatewayPlan, table,
};
use crate::{
    resource::{
        Condition, Key, Kind, Object, Truth, core,
        gateway_api::{GatewayClass, ReferenceGrant},
    },
    routing::{ListenerId, Table},
    world::{Change, World},
};

/// Everything, from nothing.
pub(super) fn all(world: &World) -> Compiled {
    let mut touched = Touched::default();
    touched.classes.extend(world.list(&Kind::GatewayClass).map(|object| object.key.clone()));
    touched.gateways.extend(world.list(&Kind::Gateway).map(|object| object.key.clone()));
    for kind in &Kind::ROUTES {
        touched.bodies.extend(world.list(kind).map(|object| object.key.clone()));
    }
    compile(&Compiled::default(), world, touched)
}

/// What comes after `old`.
pub(super) fn next(old: &Compiled, world: &World, changes: &[Change]) -> Compiled {
    let mut touched = Touched::default();
    let keys: BTreeSet<&Key> = changes.iter().map(Change::key).collect();
    for key in keys {
        touched.by(&old.world, world, key, old);
    }
    compile(old, world, touched)
}

/// What has to be compiled again.
#[derive(Default)]
struct Touched {
    classes: BTreeSet<Key>,
    gateways: BTreeSet<Key>,
    /// Routes whose rules may have changed.
    bodies: BTreeSet<Key>,
    /// Routes whose parents may take them otherwise.
    parents: BTreeSet<Key>,
}

impl Touched {
    /// Adds what depends on one object.
    fn by(&mut self, before: &World, after: &World, key: &Key, old: &Compiled) {
        let (was, is) = (before.get(key), after.get(key));
        let unchanged = match (was, is) {
            (Some(was), Some(is)) => was.text == is.text && was.meta == is.meta && was.assumed == is.assumed,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if unchanged {
            return;
        }
        let referrers = || before.referrers(key).chain(after.referrers(key));
        match &key.kind {
            Kind::GatewayClass => {
                self.classes.insert(key.clone());
                // The list of known classes is told to those that wait for one.
                let waiting = old.gateways.values().filter(|plan| plan.pending.is_some());
                self.gateways.extend(waiting.map(|plan| plan.key.clone()));
                self.gateways.extend(referrers().filter(|key| key.kind == Kind::Gateway).cloned());
            }
            Kind::Gateway => {
                self.gateways.insert(key.clone());
            }
            Kind::Secret => {
                self.gateways.extend(referrers().filter(|key| key.kind == Kind::Gateway).cloned());
            }
            Kind::Namespace => self.namespace(after, key, was, is),
            Kind::Service => {
                if ports(was) != ports(is) {
                    self.bodies.extend(referrers().filter(|key| key.kind.is_route()).cloned());
                }
            }
            Kind::ReferenceGrant => {
                for grant in [was, is].into_iter().flatten() {
                    self.grant(before, old, key, grant);
                    self.grant(after, old, key, grant);
                }
            }
            Kind::HttpRoute | Kind::GrpcRoute | Kind::TlsRoute | Kind::TcpRoute | Kind::UdpRoute => {
                self.bodies.insert(key.clone());
            }
            Kind::ListenerSet
            | Kind::BackendTlsPolicy
            | Kind::IngressClass
            | Kind::Ingress
            | Kind::EndpointSlice
            | Kind::ConfigMap
            | Kind::Other(..) => {}
        }
    }

    /// A Namespace's labels decide only where a listener selects by them.
    fn namespace(&mut self, world: &World, key: &Key, was: Option<&Arc<Object>>, is: Option<&Arc<Object>>) {
        let face = |object: Option<&Arc<Object>>| object.map(|o| (o.meta.labels.clone(), o.assumed));
        if face(was) == face(is) {
            return;
        }
        for kind in &Kind::ROUTES {
            self.parents.extend(world.list_in(kind, &key.name).map(|object| object.key.clone()));
        }
    }

    /// A grant concerns those of its `from` that refer to its namespace.
    fn grant(&mut self, world: &World, old: &Compiled, key: &Key, grant: &Arc<Object>) {
        let Ok(grant) = grant.view::<ReferenceGrant>() else { return };
        for from in &grant.spec.from {
            let kind = Kind::from_group(&from.group, &from.kind);
            let refers = |object: &&Arc<Object>| {
                old.routes.get(&object.key).is_none_or(|plan| plan.body.foreign.contains(&key.namespace))
            };
            let concerned = world.list_in(&kind, &from.namespace).map(|object| object.key.clone());
            match kind {
                Kind::Gateway => self.gateways.extend(concerned),
                Kind::HttpRoute | Kind::GrpcRoute | Kind::TlsRoute | Kind::TcpRoute | Kind::UdpRoute => {
                    let routes = world.list_in(&kind, &from.namespace).filter(refers);
                    self.bodies.extend(routes.map(|object| object.key.clone()));
                }
                Kind::GatewayClass
                | Kind::ListenerSet
                | Kind::ReferenceGrant
                | Kind::BackendTlsPolicy
                | Kind::IngressClass
                | Kind::Ingress
                | Kind::Namespace
                | Kind::Service
                | Kind::EndpointSlice
                | Kind::Secret
                | Kind::ConfigMap
                | Kind::Other(..) => {}
            }
        }
    }
}

/// Makes what is touched anew and puts it in its places.
fn compile(old: &Compiled, world: &World, mut touched: Touched) -> Compiled {
    let mut next = old.clone();
    next.world = world.clone();
    for key in &touched.classes {
        match world.get(key) {
            Some(object) => drop(next.status.classes.insert(key.clone(), class(object))),
            None => drop(next.status.classes.remove(key)),
        }
    }
    let (mut rebuilt, mut restated) = (BTreeSet::new(), BTreeSet::new());
    for key in &touched.gateways {
        let Some(object) = world.get(key) else {
            if next.gateways.remove(key).is_some() {
                rebuilt.insert(key.clone());
            }
            continue;
        };
        let plan = GatewayPlan::of(world, object);
        match next.gateways.get(key) {
            Some(before) if **before == plan => continue,
            Some(before) if before.looks_like(&plan) => restated.insert(key.clone()),
            Some(_) | None => rebuilt.insert(key.clone()),
        };
        next.gateways.insert(key.clone(), Arc::new(plan));
    }
    for key in &rebuilt {
        touched.parents.extend(world.referrers(key).filter(|key| key.kind.is_route()).cloned());
    }
    let moved = routes(&mut next, world, &touched);
    let mut counts: BTreeMap<ListenerId, i64> = BTreeMap::new();
    let is_rebuilt = |id: &ListenerId| rebuilt.contains(&gateway_of(id));
    for (was, is) in &moved {
        for (plan, step) in [(was, -1), (is, 1)] {
            for id in plan.iter().flat_map(|plan| &plan.counted).filter(|id| !is_rebuilt(id)) {
                *counts.entry(id.clone()).or_insert(0) += step;
            }
        }
    }
    counts.retain(|_, step| *step != 0);
    restated.extend(counts.keys().map(gateway_of));
    for key in &restated {
        restate(&mut next, key, |id| {
            let was = old.attached_routes(id);
            (i64::from(was) + counts.get(id).copied().unwrap_or(0)).max(0) as u32
        });
    }
    edit_table(&mut next, &rebuilt, &moved);
    next
}

/// A route before and after.
type Moved = (Option<Arc<RoutePlan>>, Option<Arc<RoutePlan>>);

/// Compiles the routes that are touched; gives those that changed.
fn routes(next: &mut Compiled, world: &World, touched: &Touched) -> Vec<Moved> {
    let (mut moved, services) = (Vec::new(), Services::default());
    for key in touched.bodies.union(&touched.parents) {
        let was = next.routes.get(key).cloned();
        let Some(object) = world.get(key) else {
            if was.is_some() {
                next.routes.remove(key);
                next.status.routes.remove(key);
                moved.push((was, None));
            }
            continue;
        };
        let body = match &was {
            Some(was) if !touched.bodies.contains(key) => Arc::clone(&was.body),
            Some(was) => {
                let body = Body::of(world, &services, object);
                if body == *was.body { Arc::clone(&was.body) } else { Arc::new(body) }
            }
            None => Arc::new(Body::of(world, &services, object)),
        };
        let mut plan = RoutePlan::of(world, &next.gateways, body);
        match &was {
            Some(was) if **was == plan => continue,
            Some(was) if was.parents == plan.parents => plan.parents = Arc::clone(&was.parents),
            Some(_) | None => drop(next.status.routes.insert(key.clone(), Arc::clone(&plan.parents))),
        }
        let plan = Arc::new(plan);
        next.routes.insert(key.clone(), Arc::clone(&plan));
        moved.push((was, Some(plan)));
    }
    moved
}

/// Ports of the Gateways that were judged anew, and single places for routes that moved in others.
fn edit_table(next: &mut Compiled, rebuilt: &BTreeSet<Key>, moved: &[Moved]) {
    let attaches =
        |plan: &Option<Arc<RoutePlan>>| plan.as_ref().is_some_and(|plan| !plan.attached.is_empty());
    if rebuilt.is_empty() && !moved.iter().any(|(was, is)| attaches(was) || attaches(is)) {
        return;
    }
    let mut new: Table = (*next.table).clone();
    for (was, is) in moved {
        table::move_route(&mut new, was.as_deref(), is.as_deref(), |id| !rebuilt.contains(&gateway_of(id)));
    }
    for key in rebuilt {
        let Some(plan) = next.gateways.get(key).cloned() else {
            table::clear(&mut new, key, &[]);
            next.status.gateways.remove(key);
            continue;
        };
        let attached: Vec<&Arc<RoutePlan>> = next
            .world
            .referrers(key)
            .filter(|key| key.kind.is_route())
            .filter_map(|key| next.routes.get(key))
            .collect();
        let ports = table::ports(&plan, attached.iter().copied(), &new);
        table::clear(&mut new, key, &ports);
        for port in ports {
            if new.ports.get(&port.key).is_none_or(|before| !Arc::ptr_eq(before, &port)) {
                new.ports.insert(port.key.clone(), port);
            }
        }
        let mut counts: BTreeMap<&ListenerId, u32> = BTreeMap::new();
        for id in attached.iter().flat_map(|route| &route.counted) {
            *counts.entry(id).or_insert(0) += 1;
        }
        let status = state(&plan, |id| counts.get(id).copied().unwrap_or(0));
        next.status.gateways.insert(key.clone(), Arc::new(status));
    }
    next.table = Arc::new(new);
}

/// The status of a Gateway whose listeners stayed as they are.
fn restate(next: &mut Compiled, key: &Key, count: impl Fn(&ListenerId) -> u32) {
    if let Some(plan) = next.gateways.get(key) {
        let status = state(plan, count);
        next.status.gateways.insert(key.clone(), Arc::new(status));
    }
}

fn state(plan: &GatewayPlan, count: impl Fn(&ListenerId) -> u32) -> GatewayStatus {
    let listeners = plan.listeners.iter().map(|listener| ListenerStatus {
        id: listener.surface.id.clone(),
        attached_routes: count(&listener.surface.id),
        supported_kinds: listener.surface.kinds.iter().filter_map(Kind::route_name).collect(),
        conditions: listener.conditions.clone(),
        served: listener.surface.served.is_some(),
    });
    GatewayStatus { conditions: plan.conditions.clone(), listeners: listeners.collect() }
}

impl Compiled {
    fn attached_routes(&self, id: &ListenerId) -> u32 {
        let status = self.status.gateways.get(&gateway_of(id));
        let listener = status.and_then(|status| status.listeners.iter().find(|listener| listener.id == *id));
        listener.map_or(0, |listener| listener.attached_routes)
    }
}

pub(super) fn gateway_of(id: &ListenerId) -> Key {
    Key::new(Kind::Gateway, Arc::clone(&id.port.entry.namespace), Arc::clone(&id.port.entry.name))
}

/// A rehearsal plays the controller of every class.
fn class(object: &Object) -> Arc<[Condition]> {
    let generation = object.meta.generation;
    let condition = match object.view::<GatewayClass>() {
        Ok(_) => Condition::good("Accepted", "Accepted", generation),
        Err(error) => Fault::new("InvalidParameters", format!("the GatewayClass can not be read: {error}"))
            .at(error.field)
            .condition("Accepted", Truth::False, generation),
    };
    Arc::new([condition])
}

/// Number, protocol and application protocol of a Service's port.
type ServicePort = (u16, String, Option<String>);

/// What routes see of a Service; an unreadable one by what is wrong with it.
fn ports(object: Option<&Arc<Object>>) -> Option<Result<Vec<ServicePort>, String>> {
    let view = core::service(object?).map_err(|error| error.to_string());
    Some(view.map(|view| {
        view.ports.into_iter().map(|port| (port.port, port.protocol, port.app_protocol)).collect()
    }))
}
