//! Who sends to something.

use super::{Children, Node};
use crate::{
    resource::{Key, Kind, show},
    routing::ListenerId,
    tui::facts::{Known, describe::lets, known::gateway_of},
    world::references,
};

/// Routes of a namespace that are asked for their listeners.
const ASKED: usize = 500;

/// The next steps up.
pub fn children(known: &Known<'_>, node: &Node, most: usize) -> Children {
    match node {
        Node::Object(key) | Node::Reference(key, ..) | Node::Holder(key, _) => object(known, key, most),
        Node::Listener(id) => Children::of([Node::Object(gateway_of(id))].into_iter(), most),
        Node::Rule(route, _) => Children::of([Node::Object(route.clone())].into_iter(), most),
        Node::Parent(route, at) => {
            let parent = known.parents(route).get(*at);
            let gateway =
                parent.map(|parent| parent.gateway.clone()).filter(|key| known.world.get(key).is_some());
            Children::of(gateway.map(Node::Object).into_iter(), most)
        }
        Node::Apart(_) | Node::Backend { .. } | Node::StandIn(_) | Node::Endpoint(..) => Children::default(),
    }
}

fn object(known: &Known<'_>, key: &Key, most: usize) -> Children {
    let object = known.world.get(key);
    match &key.kind {
        Kind::GatewayClass | Kind::IngressClass => Children::default(),
        Kind::Gateway | Kind::Ingress | Kind::ListenerSet => {
            let held = object.map(|object| references(object)).unwrap_or_default();
            let class = held
                .into_iter()
                .filter(|one| matches!(one.to.kind, Kind::GatewayClass | Kind::IngressClass | Kind::Gateway));
            Children::of(class.map(|one| Node::Object(one.to)), most)
        }
        Kind::HttpRoute | Kind::GrpcRoute | Kind::TlsRoute | Kind::TcpRoute | Kind::UdpRoute => {
            let mut children = Children::default();
            for (at, parent) in known.parents(key).iter().enumerate() {
                if parent.listeners.is_empty() {
                    children.put(Node::Parent(key.clone(), at), most);
                }
                for id in &parent.listeners {
                    children.put(Node::Listener(id.clone()), most);
                }
            }
            children
        }
        Kind::Namespace => listeners_of(known, key, most),
        Kind::ReferenceGrant => {
            let value = object.map(|object| show::shown(object)).unwrap_or_default();
            let (used, count) = lets(known, key, &value, most);
            let mut first: Vec<Node> = used.into_iter().map(|one| Node::Object(one.from)).collect();
            first.dedup();
            Children { first, count }
        }
        Kind::EndpointSlice => {
            let held = object.map(|object| references(object)).unwrap_or_default();
            Children::of(held.into_iter().map(|one| Node::Object(one.to)), most)
        }
        Kind::Service | Kind::Secret | Kind::ConfigMap | Kind::BackendTlsPolicy | Kind::Other(..) => {
            referrers(known, key, most)
        }
    }
}

/// Who refers to something: rules of routes, listeners, Ingresses, anything else.
fn referrers(known: &Known<'_>, key: &Key, most: usize) -> Children {
    let mut children = Children::default();
    for from in known.world.referrers(key) {
        if from.kind == Kind::EndpointSlice {
            continue;
        }
        // What is not shown is only counted: reading it would take long.
        if children.first.len() >= most {
            children.count += 1;
            continue;
        }
        let held = known.world.get(from).map(|object| references(object)).unwrap_or_default();
        let mut fields = held.into_iter().filter(|one| one.to == *key).map(|one| one.field);
        if from.kind.is_route() {
            let mut rules: Vec<Option<usize>> = fields.map(|field| index(&field, "spec.rules[")).collect();
            rules.dedup();
            for rule in rules {
                let node =
                    rule.map_or_else(|| Node::Object(from.clone()), |rule| Node::Rule(from.clone(), rule));
                children.put(node, most);
            }
        } else if from.kind == Kind::Gateway {
            for field in fields {
                let listeners = known.compiled.status.gateways.get(from).map(|status| &status.listeners);
                let listener = index(&field, "spec.listeners[").and_then(|at| listeners?.get(at));
                let node = listener.map_or_else(
                    || Node::Object(from.clone()),
                    |listener| Node::Listener(listener.id.clone()),
                );
                children.put(node, most);
            }
        } else if from.kind == Kind::Ingress {
            for field in fields {
                children.put(Node::Holder(from.clone(), field), most);
            }
        } else if fields.next().is_some() {
            children.put(Node::Object(from.clone()), most);
        }
    }
    children
}

/// The number behind a path's beginning: `spec.rules[3].x` ▸ 3.
fn index(field: &str, front: &str) -> Option<usize> {
    field.strip_prefix(front)?.split(']').next()?.parse().ok()
}

/// The listeners that the routes of a namespace are attached to.
fn listeners_of(known: &Known<'_>, namespace: &Key, most: usize) -> Children {
    let mut found: Vec<&ListenerId> = Vec::new();
    let routes = Kind::ROUTES.iter().flat_map(|kind| known.world.list_in(kind, &namespace.name));
    for route in routes.take(ASKED) {
        for id in known.parents(&route.key).iter().flat_map(|parent| &parent.listeners) {
            if !found.contains(&id) {
                found.push(id);
            }
        }
    }
    found.sort();
    Children::of(found.into_iter().map(|id| Node::Listener(id.clone())), most)
}
