//! Where a route is attached: which listeners of its parents take it, and why the others do not.

mod refusal;

use std::sync::Arc;

use imbl::OrdMap;

use super::{
    ParentStatus,
    body::Body,
    fault::{Fault, gathered, noted},
    listener::{From, Surface},
    plan::GatewayPlan,
};
use crate::{
    resource::{Condition, Key, Kind, NAMESPACE_NAME, Object, Severity, Truth, gateway_api::ParentRef},
    routing::{HostPattern, ListenerId},
    world::World,
};

/// A route with its parents.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RoutePlan {
    pub(super) body: Arc<Body>,
    pub(super) parents: Arc<[ParentStatus]>,
    /// Listeners that get its matches, each once, with the hostnames under which they stand.
    pub(super) attached: Vec<(ListenerId, Vec<HostPattern>)>,
    /// Listeners that count it in `attachedRoutes`.
    pub(super) counted: Vec<ListenerId>,
    /// Why a parent does not take it, with the position of the parentRef; not what the route itself is at fault for.
    pub(super) faults: Vec<(usize, Fault)>,
}

/// What one parent says.
struct Verdict {
    accepted: Result<(), (Truth, Fault)>,
    /// The fault is the route's own.
    own: bool,
    listeners: Vec<(ListenerId, Vec<HostPattern>)>,
    served: bool,
}

impl RoutePlan {
    /// Attaches a route to its parents.
    pub(super) fn of(world: &World, gateways: &OrdMap<Key, Arc<GatewayPlan>>, body: Arc<Body>) -> Self {
        let mut parents = Vec::with_capacity(body.parents.len());
        let mut attached: Vec<(ListenerId, Vec<HostPattern>)> = Vec::new();
        let mut counted: Vec<ListenerId> = Vec::new();
        let mut faults = Vec::new();
        for (n, parent) in body.parents.iter().enumerate() {
            let namespace =
                parent.namespace.as_deref().map_or_else(|| Arc::clone(&body.key.namespace), Arc::from);
            let key = Key::new(parent.kind(), namespace, parent.name.as_str());
            let place = format!("spec.parentRefs[{n}]");
            let verdict = judge(world, gateways.get(&key), &key, &body, parent, &place);
            let mut listeners = Vec::new();
            for (id, hosts) in verdict.listeners {
                listeners.push(id.clone());
                if verdict.accepted.is_ok() && !counted.contains(&id) {
                    counted.push(id.clone());
                }
                if !body.candidates.is_empty() && !attached.iter().any(|(earlier, _)| *earlier == id) {
                    attached.push((id, hosts));
                }
            }
            let conditions = conditions(&body, &verdict.accepted);
            faults.extend(verdict.accepted.err().filter(|_| !verdict.own).map(|(_, fault)| (n, fault)));
            parents.push(ParentStatus {
                parent: parent.clone(),
                gateway: key,
                listeners,
                conditions,
                served: verdict.served,
            });
        }
        Self { body, parents: parents.into(), attached, counted, faults }
    }
}

fn conditions(body: &Body, accepted: &Result<(), (Truth, Fault)>) -> Vec<Condition> {
    let generation = body.generation;
    let accepted = match accepted {
        Err((status, fault)) => fault.condition("Accepted", *status, generation),
        Ok(()) if body.key.kind == Kind::HttpRoute => Condition::good("Accepted", "Accepted", generation),
        Ok(()) => {
            let message = format!("attached; {}s are not served yet", body.key.kind);
            noted("Accepted", "Accepted", generation, message)
        }
    };
    let resolved = gathered(&body.unresolved, "ResolvedRefs", Truth::False, generation)
        .unwrap_or_else(|| Condition::good("ResolvedRefs", "ResolvedRefs", generation));
    let mut conditions = vec![accepted, resolved];
    if body.refused.is_empty() {
        conditions.extend(gathered(&body.partial, "PartiallyInvalid", Truth::True, generation).map(
            |mut condition| {
                condition.reason = "UnsupportedValue".into();
                condition
            },
        ));
    }
    conditions
}

fn judge(
    world: &World,
    plan: Option<&Arc<GatewayPlan>>,
    key: &Key,
    body: &Body,
    parent: &ParentRef,
    place: &str,
) -> Verdict {
    let refuse = |status: Truth, fault: Fault| Verdict {
        accepted: Err((status, fault.at(place))),
        own: false,
        listeners: Vec::new(),
        served: false,
    };
    if key.kind != Kind::Gateway {
        return refuse(Truth::Unknown, refusal::other_kind(key));
    }
    let Some(plan) = plan else { return refuse(Truth::Unknown, refusal::no_gateway(key, &body.key, parent)) };
    if let Some(pending) = &plan.pending {
        let message = format!("{key} waits: {}", pending.message);
        let fault = Fault::new("Pending", message).cure(pending.cure.clone());
        return refuse(Truth::Unknown, fault.coded(Severity::Warning, "gateway-pending"));
    }
    let named: Vec<&Surface> = plan
        .listeners
        .iter()
        .map(|listener| &listener.surface)
        .filter(|listener| parent.section_name.as_deref().is_none_or(|name| *listener.id.name == *name))
        .filter(|listener| parent.port.is_none_or(|port| i64::from(listener.id.port.port) == port))
        .collect();
    if named.is_empty() {
        return refuse(Truth::False, refusal::no_listener(plan, parent));
    }
    let allowed: Vec<&Surface> =
        named.iter().copied().filter(|listener| allows(world, plan, listener, &body.key)).collect();
    if allowed.is_empty() {
        return refuse(Truth::False, refusal::not_allowed(world, plan, &named, &body.key));
    }
    let listeners: Vec<(ListenerId, Vec<HostPattern>)> = allowed
        .iter()
        .filter_map(|listener| Some((listener.id.clone(), shared(listener, &body.hosts)?)))
        .collect();
    if listeners.is_empty() {
        return refuse(Truth::False, refusal::no_shared_host(plan, &allowed, &body.hosts));
    }
    if let Some(condition) = body.refused.first() {
        // What answers 500 stays in the Table: a filter that can not be executed is never skipped.
        let listeners = if body.candidates.is_empty() { Vec::new() } else { listeners };
        let mut fault = condition.clone();
        fault.message = super::fault::listed(body.refused.iter().map(|fault| fault.message.as_str()), 4);
        return Verdict { accepted: Err((Truth::False, fault)), own: true, listeners, served: false };
    }
    let served = body.key.kind == Kind::HttpRoute
        && allowed
            .iter()
            .any(|listener| listener.served.is_some() && listeners.iter().any(|(id, _)| *id == listener.id));
    Verdict { accepted: Ok(()), own: false, listeners, served }
}

/// Whether a listener takes routes of this kind and namespace.
fn allows(world: &World, plan: &GatewayPlan, listener: &Surface, route: &Key) -> bool {
    listener.kinds.contains(&route.kind)
        && match &listener.from {
            From::All => true,
            From::Same => plan.key.namespace == route.namespace,
            From::Nowhere | From::Unknown(_) => false,
            From::Selector(selector) => {
                let namespace = world.get(&Key::new(Kind::Namespace, "", Arc::clone(&route.namespace)));
                selector.matches(|label| label_of(namespace, &route.namespace, label))
            }
        }
}

/// A label of a namespace. One that is not among the objects has its name, which every API server gives it.
fn label_of<'a>(namespace: Option<&'a Arc<Object>>, name: &'a str, label: &str) -> Option<&'a str> {
    match namespace {
        Some(namespace) => namespace.label(label),
        None => (label == NAMESPACE_NAME).then_some(name),
    }
}

/// The route's hostnames that the listener takes some hosts of, as written; all of the listener's when it has none.
fn shared(listener: &Surface, hosts: &[HostPattern]) -> Option<Vec<HostPattern>> {
    let own = listener.hostname.as_ref()?;
    if hosts.is_empty() {
        return Some(vec![HostPattern::Any]);
    }
    let shared: Vec<HostPattern> = hosts.iter().filter(|host| own.intersects(host)).cloned().collect();
    (!shared.is_empty()).then_some(shared)
}
