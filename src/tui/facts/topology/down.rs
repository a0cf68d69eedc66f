//! What something sends to.

use serde_json::Value;

use super::{Children, Node};
use crate::{
    resource::{Key, Kind, show},
    tui::facts::{
        Known,
        describe::{backend_key, lets},
        known::{gateway_of, stand_ins},
        words::items,
    },
    world::references,
};

/// The next steps down.
pub fn children(known: &Known<'_>, node: &Node, most: usize) -> Children {
    match node {
        Node::Object(key) => object(known, key, most),
        Node::Listener(id) => match known.tree {
            Some(tree) => {
                let routes = tree.attached(id);
                let first = routes.iter().take(most).cloned().map(Node::Object).collect();
                Children { first, count: routes.len() }
            }
            None => Children::of(
                known
                    .world
                    .referrers(&gateway_of(id))
                    .filter(|route| known.parents(route).iter().any(|parent| parent.listeners.contains(id)))
                    .cloned()
                    .map(Node::Object),
                most,
            ),
        },
        Node::Apart(gateway) => {
            let routes = apart(known, gateway);
            let first = routes.iter().take(most).cloned().map(Node::Object).collect();
            Children { first, count: routes.len() }
        }
        Node::Rule(route, rule) => Children::of(backends(known, route, *rule).into_iter(), most),
        Node::Backend { to, .. } | Node::Reference(_, _, to) => object(known, to, most),
        Node::Parent(..) | Node::Holder(..) | Node::StandIn(_) | Node::Endpoint(..) => Children::default(),
    }
}

fn object(known: &Known<'_>, key: &Key, most: usize) -> Children {
    let Some(object) = known.world.get(key) else { return Children::default() };
    let referrers = |kind: Kind| {
        known.world.referrers(key).filter(move |from| from.kind == kind).cloned().map(Node::Object)
    };
    match &key.kind {
        Kind::GatewayClass => Children::of(referrers(Kind::Gateway), most),
        Kind::IngressClass => Children::of(referrers(Kind::Ingress), most),
        Kind::Gateway => {
            let status = known.compiled.status.gateways.get(key);
            let listeners = status.into_iter().flat_map(|status| &status.listeners);
            let listeners = listeners.map(|listener| Node::Listener(listener.id.clone()));
            let apart = (!apart(known, key).is_empty()).then(|| Node::Apart(key.clone()));
            Children::of(listeners.chain(referrers(Kind::ListenerSet)).chain(apart), most)
        }
        Kind::HttpRoute | Kind::GrpcRoute | Kind::TlsRoute | Kind::TcpRoute | Kind::UdpRoute => {
            let rules = items(&object.value(), "/spec/rules").len();
            Children::of((0..rules).map(|rule| Node::Rule(key.clone(), rule)), most)
        }
        Kind::Service => {
            let here = known.view.map_or(&[][..], |view| stand_ins(view, key));
            let here = here.iter().map(|stand_in| Node::StandIn(std::sync::Arc::clone(&stand_in.backend)));
            let slices = known.world.slices_of(key).map(|slice| Node::Object(slice.key.clone()));
            Children::of(here.chain(slices), most)
        }
        Kind::EndpointSlice => {
            let endpoints = items(&object.value(), "/endpoints").len();
            Children::of((0..endpoints).map(|at| Node::Endpoint(key.clone(), at)), most)
        }
        Kind::Namespace => {
            let kinds = [Kind::Gateway].into_iter().chain(Kind::ROUTES).chain([Kind::Ingress, Kind::Service]);
            let mut children = Children::default();
            for kind in kinds {
                for one in known.world.list_in(&kind, &key.name) {
                    children.count += 1;
                    if children.first.len() < most {
                        children.first.push(Node::Object(one.key.clone()));
                    }
                }
            }
            children
        }
        Kind::ReferenceGrant => {
            let (used, count) = lets(known, key, &show::shown(object), most);
            let first = used.into_iter().map(|one| Node::Reference(one.from, one.field, one.to)).collect();
            Children { first, count }
        }
        Kind::Ingress => {
            let backends = references(object).into_iter().filter(|one| one.field.contains("ackend"));
            Children::of(backends.map(|one| Node::Reference(key.clone(), one.field, one.to)), most)
        }
        Kind::ListenerSet | Kind::BackendTlsPolicy | Kind::Other(..) => {
            let all = references(object).into_iter().filter(|one| !one.field.contains("parentRef"));
            Children::of(all.map(|one| Node::Reference(key.clone(), one.field, one.to)), most)
        }
        // They are read and send nothing on.
        Kind::Secret | Kind::ConfigMap => Children::default(),
    }
}

/// Routes that name a Gateway and that it takes nowhere.
pub fn apart(known: &Known<'_>, gateway: &Key) -> Vec<Key> {
    if let Some(tree) = known.tree {
        return tree.apart(gateway).to_vec();
    }
    let refused = |route: &&Key| {
        let parents = known.parents(route).iter();
        parents.filter(|parent| parent.gateway == *gateway).any(|parent| parent.listeners.is_empty())
    };
    known.world.referrers(gateway).filter(|key| key.kind.is_route()).filter(refused).cloned().collect()
}

/// What a rule sends to, and mirrors to.
fn backends(known: &Known<'_>, route: &Key, rule: usize) -> Vec<Node> {
    let Some(object) = known.world.get(route) else { return Vec::new() };
    let value = object.value();
    let place = format!("spec.rules[{rule}]");
    let Some(spec) = value.pointer(&format!("/spec/rules/{rule}")) else { return Vec::new() };
    let mut found = Vec::new();
    let mut put = |field: String, backend: &Value| {
        found.push(Node::Backend { route: route.clone(), rule, field, to: backend_key(route, backend) });
    };
    for (nth, backend) in items(spec, "/backendRefs").iter().enumerate() {
        let field = format!("{place}.backendRefs[{nth}]");
        put(field.clone(), backend);
        mirrors(backend, &field, &mut put);
    }
    mirrors(spec, &place, &mut put);
    found
}

fn mirrors(of: &Value, place: &str, put: &mut dyn FnMut(String, &Value)) {
    for (nth, filter) in items(of, "/filters").iter().enumerate() {
        for member in ["requestMirror", "externalAuth"] {
            if let Some(backend) = filter.pointer(&format!("/{member}/backendRef")) {
                put(format!("{place}.filters[{nth}].{member}.backendRef"), backend);
            }
        }
    }
}
