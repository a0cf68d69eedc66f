//! Why a parent does not take a route, in words that say what to do.

use std::sync::Arc;

use crate::dialect::gateway::{
    attach::label_of,
    fault::{Fault, listed},
    listener::{From, Surface},
    plan::GatewayPlan,
};
use crate::{
    resource::{
        Key, Kind, Severity,
        gateway_api::{LabelOperator, LabelSelector, ParentRef},
    },
    routing::HostPattern,
    world::World,
};

/// A parent that is no Gateway.
pub(super) fn other_kind(key: &Key) -> Fault {
    match &key.kind {
        Kind::ListenerSet => Fault::new("Pending", format!("{key}: ListenerSets are not served yet"))
            .coded(Severity::Info, "not-served-yet"),
        Kind::Service => {
            Fault::new("Pending", format!("{key}: a Service as parent is for meshes, which are not served"))
                .coded(Severity::Info, "not-served-yet")
                .cure("name a Gateway to get traffic from outside")
        }
        kind => Fault::new("Pending", format!("{key}: nobody here attaches routes to a {kind}"))
            .coded(Severity::Warning, "unknown-parent-kind")
            .cure("name a Gateway"),
    }
}

/// A Gateway that does not exist.
pub(super) fn no_gateway(key: &Key, route: &Key, parent: &ParentRef) -> Fault {
    let taken = if parent.namespace.is_none() {
        format!(" (the parentRef names no namespace, so the route's own, {}, is taken)", route.namespace)
    } else {
        String::new()
    };
    Fault::new("Pending", format!("{key} does not exist{taken}: nobody takes this route"))
        .coded(Severity::Error, "gateway-not-found")
        .cure("create it, or name one that exists, with its namespace")
}

/// A sectionName or port that finds no listener.
pub(super) fn no_listener(plan: &GatewayPlan, parent: &ParentRef) -> Fault {
    let wanted = match (&parent.section_name, parent.port) {
        (Some(name), Some(port)) => format!("no listener {name} on port {port}"),
        (Some(name), None) => format!("no listener {name}"),
        (None, Some(port)) => format!("no listener on port {port}"),
        (None, None) => "no listeners".to_owned(),
    };
    let has: Vec<String> = plan
        .listeners
        .iter()
        .map(|listener| format!("{} (port {})", listener.surface.id.name, listener.surface.id.port.port))
        .collect();
    let has = if has.is_empty() { String::new() } else { format!(": it has {}", has.join(", ")) };
    Fault::new("NoMatchingParent", format!("{} has {wanted}{has}", plan.key))
        .cure("name one of its listeners, or leave sectionName and port away")
}

/// Listeners that take neither the kind nor the namespace.
pub(super) fn not_allowed(world: &World, plan: &GatewayPlan, named: &[&Surface], route: &Key) -> Fault {
    let of_kind: Vec<&&Surface> =
        named.iter().filter(|listener| listener.kinds.contains(&route.kind)).collect();
    if of_kind.is_empty() {
        let reasons: Vec<String> = named
            .iter()
            .map(|listener| {
                let kinds: Vec<&str> = listener.kinds.iter().map(Kind::name).collect();
                let kinds = if kinds.is_empty() { "no route at all".to_owned() } else { kinds.join(" and ") };
                format!("listener {} takes {kinds}", listener.id.name)
            })
            .collect();
        let reasons = listed(reasons.iter().map(String::as_str), 3);
        return Fault::new(
            "NotAllowedByListeners",
            format!("{} takes no {}: {reasons}", plan.key, route.kind),
        )
        .cure("attach it to a listener whose protocol and allowedRoutes.kinds take this kind");
    }
    let reasons: Vec<String> = of_kind
        .iter()
        .map(|listener| {
            format!("on listener {}: {}", listener.id.name, from(world, plan, &listener.from, route))
        })
        .collect();
    let message = format!(
        "{} does not allow routes from namespace {} {}",
        plan.key,
        route.namespace,
        listed(reasons.iter().map(String::as_str), 3)
    );
    Fault::new("NotAllowedByListeners", message).cure(widen(plan, &of_kind, route))
}

/// What a listener wants of namespaces, and what this one is.
fn from(world: &World, plan: &GatewayPlan, from: &From, route: &Key) -> String {
    match from {
        From::All => "takes all namespaces".to_owned(),
        From::Same => format!("takes only its own namespace, {}", plan.key.namespace),
        From::Nowhere => "takes no namespace".to_owned(),
        From::Unknown(value) => format!("`{value}` is not known"),
        From::Selector(selector) => {
            let own = world.get(&Key::new(Kind::Namespace, "", Arc::clone(&route.namespace)));
            let has: Vec<String> = keys(selector)
                .filter_map(|key| label_of(own, &route.namespace, key).map(|value| format!("{key}={value}")))
                .collect();
            let has = match (own, has.as_slice()) {
                (None, []) => "is not among the objects".to_owned(),
                (Some(own), []) if own.assumed => "is not among the objects, so it has no labels".to_owned(),
                (Some(_), []) => "has no such label".to_owned(),
                (None | Some(_), has) => format!("has {}", has.join(", ")),
            };
            format!("wants namespaces with {}; {} {has}", wanted(selector), route.namespace)
        }
    }
}

fn keys(selector: &LabelSelector) -> impl Iterator<Item = &str> {
    let labels = selector.match_labels.keys();
    labels.chain(selector.match_expressions.iter().map(|expression| &expression.key)).map(String::as_str)
}

/// `team=web, tier in (a, b), !old`
fn wanted(selector: &LabelSelector) -> String {
    let labels = selector.match_labels.iter().map(|(key, value)| format!("{key}={value}"));
    let expressions = selector.match_expressions.iter().map(|expression| {
        let (key, values) = (&expression.key, expression.values.join(", "));
        match &expression.operator {
            LabelOperator::In => format!("{key} in ({values})"),
            LabelOperator::NotIn => format!("{key} not in ({values})"),
            LabelOperator::Exists => format!("label {key}"),
            LabelOperator::DoesNotExist => format!("no label {key}"),
            LabelOperator::Other(operator) => format!("{key} `{operator}` (not known, so none)"),
        }
    });
    labels.chain(expressions).collect::<Vec<_>>().join(", ")
}

fn widen(plan: &GatewayPlan, listeners: &[&&Surface], route: &Key) -> String {
    let Some(first) = listeners.first() else { return String::new() };
    let field = format!("spec.listeners[{}].allowedRoutes.namespaces of {}", first.index, plan.key);
    match &first.from {
        From::Selector(selector) if !selector.match_labels.is_empty() => {
            let labels: Vec<String> =
                selector.match_labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("label Namespace {} with {}, or widen {field}", route.namespace, labels.join(" "))
        }
        From::Selector(_) | From::All | From::Same | From::Nowhere | From::Unknown(_) => {
            format!("set {field} to from: All or to a Selector; a ReferenceGrant does not help here")
        }
    }
}

/// Hostnames that have nothing in common.
pub(super) fn no_shared_host(plan: &GatewayPlan, allowed: &[&Surface], hosts: &[HostPattern]) -> Fault {
    let hosts: Vec<String> = hosts.iter().map(HostPattern::to_string).collect();
    let takes: Vec<String> = allowed
        .iter()
        .map(|listener| {
            let host = listener
                .hostname
                .as_ref()
                .map_or_else(|| "no host: its hostname can not be read".to_owned(), HostPattern::to_string);
            format!("listener {} takes {host}", listener.id.name)
        })
        .collect();
    let message = format!(
        "no hostname of the route ({}) meets one of {}: {}",
        listed(hosts.iter().map(String::as_str), 4),
        plan.key,
        listed(takes.iter().map(String::as_str), 4)
    );
    Fault::new("NoMatchingListenerHostname", message)
        .cure("give the route a hostname under one of the listeners', or add a listener for it")
}
