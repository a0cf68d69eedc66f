//! What a user should know about the Gateway API objects of a World.
//!
//! Conditions that are not as they should be are told from the faults that they were made of, one problem each;
//! the rest are mistakes that no condition shows.

mod backends;
mod claims;
mod grants;
mod loops;
mod versions;

use std::sync::Arc;

use super::{Compiled, fault::Fault};
use crate::{
    resource::{Key, Kind, Object, Problem, Severity, Truth, gateway_api::Gateway},
    world::World,
};

/// All problems, the worst first, then by object.
pub(super) fn all(compiled: &Compiled, world: &World) -> Vec<Problem> {
    let mut found = Found { world, problems: Vec::new() };
    classes(compiled, &mut found);
    gateways(compiled, &mut found);
    routes(compiled, &mut found);
    not_served(&mut found);
    grants::all(&mut found);
    backends::all(&mut found);
    versions::all(&mut found);
    claims::all(compiled, &mut found);
    loops::all(compiled, &mut found);
    let mut problems = found.problems;
    problems.sort_by(|a, b| {
        (a.severity, &a.object, a.code, &a.field).cmp(&(b.severity, &b.object, b.code, &b.field))
    });
    problems
}

/// What was found so far.
struct Found<'w> {
    world: &'w World,
    problems: Vec<Problem>,
}

impl Found<'_> {
    /// Adds a fault of an object.
    fn add(&mut self, key: &Key, fault: &Fault) {
        let object = self.world.get(key);
        self.problems.push(fault.problem(key, object.and_then(|object| object.origin.as_ref())));
    }
}

fn classes(compiled: &Compiled, found: &mut Found<'_>) {
    for (key, conditions) in &compiled.status.classes {
        for condition in conditions.iter().filter(|condition| condition.status == Truth::False) {
            let fault = Fault::new("InvalidParameters", condition.message.clone());
            let fault = condition.field.iter().fold(fault, |fault, field| fault.at(field.clone()));
            found.add(key, &fault);
        }
    }
}

fn gateways(compiled: &Compiled, found: &mut Found<'_>) {
    for (key, plan) in &compiled.gateways {
        for fault in plan.pending.iter().chain(&plan.faults) {
            found.add(key, fault);
        }
        if plan.pending.is_some() {
            continue;
        }
        for listener in &plan.listeners {
            let name = format!("listener {}", listener.surface.id.name);
            for fault in &listener.faults {
                found.add(key, &fault.clone().within(&name));
            }
            let place = format!("spec.listeners[{}]", listener.surface.index);
            for condition in &listener.conditions {
                match (&*condition.kind, &*condition.reason) {
                    ("Programmed", "Pending") => found.add(
                        key,
                        &not_yet(condition.message.clone()).within(&name).at(format!("{place}.protocol")),
                    ),
                    ("OverlappingTLSConfig", _) => found.add(
                        key,
                        &Fault::note(Severity::Info, "overlapping-tls-config", condition.message.clone())
                            .within(&name)
                            .cure(
                                "nothing, if all clients may see all of these hosts; else separate addresses",
                            )
                            .at(format!("{place}.hostname")),
                    ),
                    _ => {}
                }
            }
        }
    }
    for object in found.world.list(&Kind::Gateway) {
        unread(object, found);
    }
}

/// A field of a Gateway that is read and does not reach the Table.
fn unread(object: &Arc<Object>, found: &mut Found<'_>) {
    let addresses = object.view::<Gateway>().is_ok_and(|gateway| !gateway.spec.addresses.is_empty());
    if addresses {
        let message = "the addresses asked for are not used here: a rehearsal listens on loopback";
        found
            .add(&object.key, &Fault::note(Severity::Info, "address-not-used", message).at("spec.addresses"));
    }
}

fn routes(compiled: &Compiled, found: &mut Found<'_>) {
    for (key, plan) in &compiled.routes {
        let body = &plan.body;
        if body.parents.is_empty() && body.refused.is_empty() {
            let note =
                Fault::note(Severity::Warning, "no-parent", "the route names no parent: nobody takes it");
            found.add(key, &note.cure("add the Gateway to parentRefs").at("spec.parentRefs"));
        }
        for (n, fault) in &plan.faults {
            match elsewhere(found.world, plan.parents.get(*n)) {
                Some(other) if fault.code == "gateway-not-found" => {
                    let fault = fault
                        .clone()
                        .coded(Severity::Error, "parent-namespace-default")
                        .cure(format!("add `namespace: {}` to mean {}", other.namespace, other.path()));
                    found.add(key, &fault);
                }
                Some(_) | None => found.add(key, fault),
            }
        }
        for fault in body.refused.iter().chain(&body.partial).chain(&body.unresolved).chain(&body.notes) {
            found.add(key, fault);
        }
        if key.kind != Kind::HttpRoute {
            found.add(key, &not_yet(format!("{}s are judged and not served yet", key.kind)));
        }
    }
}

/// A Gateway of the same name in another namespace, for a parentRef that names no namespace.
fn elsewhere<'w>(world: &'w World, parent: Option<&super::ParentStatus>) -> Option<&'w Key> {
    let parent = parent.filter(|parent| parent.parent.namespace.is_none())?;
    world.list(&Kind::Gateway).map(|gateway| &gateway.key).find(|other| other.name == parent.gateway.name)
}

/// Kinds that are kept and shown, and do nothing yet.
fn not_served(found: &mut Found<'_>) {
    for (kind, what) in [
        (Kind::ListenerSet, "ListenerSets are not served yet: their listeners do not exist here"),
        (Kind::BackendTlsPolicy, "BackendTLSPolicies are not served yet: backends are spoken to without TLS"),
    ] {
        for object in found.world.list(&kind) {
            found.add(&object.key, &not_yet(what.to_owned()));
        }
    }
}

fn not_yet(message: String) -> Fault {
    Fault::note(Severity::Info, "not-served-yet", message)
}
