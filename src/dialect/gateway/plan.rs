//! A Gateway, judged without its routes.

use std::sync::Arc;

use super::{
    conflict::conflicts,
    fault::{Fault, listed, noted},
    listener::{self, ListenerPlan, overlapping},
};
use crate::{
    resource::{Condition, Key, Kind, Object, Severity, Truth, gateway_api::Gateway},
    routing::{Origin, PortProtocol},
    world::World,
};

/// What a Gateway comes to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GatewayPlan {
    pub(super) key: Key,
    /// Why nobody takes care of it; then it is not served.
    pub(super) pending: Option<Fault>,
    pub(super) listeners: Vec<ListenerPlan>,
    pub(super) conditions: Vec<Condition>,
    /// What is wrong with the Gateway as a whole.
    pub(super) faults: Vec<Fault>,
}

/// The object as the Table names it.
pub(super) fn origin(key: &Key) -> Arc<Origin> {
    Arc::new(Origin {
        kind: key.kind.name().into(),
        namespace: Arc::clone(&key.namespace),
        name: Arc::clone(&key.name),
    })
}

impl GatewayPlan {
    /// Judges a Gateway.
    pub(super) fn of(world: &World, object: &Object) -> Self {
        let generation = object.meta.generation;
        let key = object.key.clone();
        let gateway = match object.view::<Gateway>() {
            Ok(gateway) => gateway,
            Err(error) => {
                let fault =
                    Fault::new("Invalid", format!("the Gateway can not be read: {error}")).at(error.field);
                return Self {
                    conditions: ["Accepted", "Programmed"]
                        .map(|kind| fault.condition(kind, Truth::False, generation))
                        .to_vec(),
                    key,
                    pending: None,
                    listeners: Vec::new(),
                    faults: vec![fault],
                };
            }
        };
        let entry = origin(&key);
        let conflicts = conflicts(&gateway.spec.listeners);
        let mut listeners: Vec<ListenerPlan> = gateway
            .spec
            .listeners
            .iter()
            .zip(&conflicts)
            .enumerate()
            .map(|(n, (spec, conflict))| {
                listener::plan(world, &key, &entry, n, spec, conflict.as_ref(), generation)
            })
            .collect();
        note_overlaps(&mut listeners, generation);
        let class = Key::new(Kind::GatewayClass, "", gateway.spec.gateway_class_name.as_str());
        let pending = world.get(&class).is_none().then(|| waiting(world, &class));
        if let Some(fault) = &pending {
            for listener in &mut listeners {
                listener.surface.served = None;
                listener.conditions = ["Accepted", "Programmed"]
                    .map(|kind| fault.condition(kind, Truth::Unknown, generation))
                    .to_vec();
            }
        }
        let conditions = match &pending {
            Some(fault) => ["Accepted", "Programmed"]
                .map(|kind| fault.condition(kind, Truth::Unknown, generation))
                .to_vec(),
            None => conditions(&listeners, generation),
        };
        Self { key, pending, listeners, conditions, faults: Vec::new() }
    }

    /// Whether routes and the Table see the same of both.
    pub(super) fn looks_like(&self, other: &Self) -> bool {
        self.pending == other.pending
            && self.listeners.len() == other.listeners.len()
            && self.listeners.iter().zip(&other.listeners).all(|(a, b)| a.surface == b.surface)
    }
}

fn waiting(world: &World, class: &Key) -> Fault {
    let known: Vec<&str> = world.list(&Kind::GatewayClass).map(|object| &*object.key.name).collect();
    let cure = match known.as_slice() {
        [] => "create it; installing a Gateway controller usually does".to_owned(),
        known => format!("create it, or name one that exists: {}", known.join(", ")),
    };
    Fault::new("Pending", format!("{class} does not exist, so no controller takes care of this Gateway"))
        .coded(Severity::Error, "gateway-class-not-found")
        .cure(cure)
        .at("spec.gatewayClassName")
}

/// `Accepted` and `Programmed` of a Gateway, from its listeners.
fn conditions(listeners: &[ListenerPlan], generation: i64) -> Vec<Condition> {
    let refused: Vec<String> = listeners
        .iter()
        .filter(|listener| !listener.surface.accepted)
        .map(|listener| {
            let why = listener.faults.first().map_or("not accepted", |fault| &fault.message);
            format!("listener {}: {why}", listener.surface.id.name)
        })
        .collect();
    let message = listed(refused.iter().map(String::as_str), 4);
    let accepted = if refused.is_empty() {
        Condition::good("Accepted", "Accepted", generation)
    } else if refused.len() < listeners.len() {
        noted("Accepted", "ListenersNotValid", generation, message)
    } else {
        Fault::new("ListenersNotValid", message)
            .cure("mend the listeners named")
            .at("spec.listeners")
            .condition("Accepted", Truth::False, generation)
    };
    let waits = |listener: &ListenerPlan| listener.surface.accepted && !wants_certificate(listener);
    let programmed = if listeners.iter().any(|listener| listener.surface.served.is_some()) {
        Condition::good("Programmed", "Programmed", generation)
    } else if listeners.is_empty() {
        Fault::new("Invalid", "the Gateway has no listeners").at("spec.listeners").condition(
            "Programmed",
            Truth::False,
            generation,
        )
    } else if listeners.iter().all(waits) {
        Fault::new("Pending", "TLS, TCP and UDP listeners are not served yet").condition(
            "Programmed",
            Truth::False,
            generation,
        )
    } else {
        Fault::new("Invalid", "no listener can be served")
            .cure("mend the listeners named")
            .at("spec.listeners")
            .condition("Programmed", Truth::False, generation)
    };
    vec![accepted, programmed]
}

/// Whether an accepted listener is not served only because it lacks a certificate.
fn wants_certificate(listener: &ListenerPlan) -> bool {
    listener.faults.iter().any(|fault| matches!(fault.reason, "InvalidCertificateRef" | "RefNotPermitted"))
}

/// Says so on both when hostnames of HTTPS listeners of one port overlap.
fn note_overlaps(listeners: &mut [ListenerPlan], generation: i64) {
    let faces: Vec<_> = listeners.iter().map(|listener| listener.surface.clone()).collect();
    for (listener, face) in listeners.iter_mut().zip(&faces) {
        let other = faces.iter().find(|other| {
            other.id != face.id
                && other.id.port == face.id.port
                && [face, other].iter().all(|face| face.served == Some(PortProtocol::Https))
                && face.hostname.as_ref().zip(other.hostname.as_ref()).is_some_and(|(a, b)| a.intersects(b))
        });
        listener.conditions.extend(other.map(|other| overlapping(&other.id.name, generation)));
    }
}
