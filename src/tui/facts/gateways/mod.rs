//! The tree of what serves: GatewayClass ▸ Gateway ▸ listener ▸ route ▸ backend.
//!
//! Only what is open is listed; only what is seen is made into a row.

mod places;
mod row;

use std::collections::{HashMap, HashSet};

pub use row::NodeRow;

use crate::{
    dialect::gateway::{ListenerStatus, ParentStatus},
    rehearsal::View,
    resource::{Key, Kind, gateway_api::AnyRoute},
    routing::ListenerId,
    tui::finding::fields,
};

/// A place in the tree.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// A GatewayClass, whether it exists or not.
    Class(Key),
    /// A Gateway.
    Gateway(Key),
    /// A listener of a Gateway.
    Listener(ListenerId),
    /// A ListenerSet of a Gateway.
    Set(Key),
    /// The routes that name a Gateway and are attached to none of its listeners.
    Detached(Key),
    /// A route under a listener, or under none.
    Route(Key, Option<ListenerId>),
    /// A backend of a route: rule and position in it.
    Backend(Key, Option<ListenerId>, usize, usize),
}

impl Node {
    /// The object to open from here.
    pub fn object(&self, tree: &Tree) -> Option<Key> {
        match self {
            Self::Class(key)
            | Self::Gateway(key)
            | Self::Set(key)
            | Self::Detached(key)
            | Self::Route(key, _) => Some(key.clone()),
            Self::Listener(id) => Some(Self::gateway_of(id)),
            Self::Backend(key, _, rule, at) => tree.backend(key, *rule, *at).map(|backend| backend.service),
        }
    }

    /// The Gateway of a listener.
    pub(super) fn gateway_of(id: &ListenerId) -> Key {
        Key::new(Kind::Gateway, &*id.port.entry.namespace, &*id.port.entry.name)
    }

    fn opens_at_first(&self, routes: usize) -> bool {
        match self {
            Self::Class(_) | Self::Gateway(_) | Self::Detached(_) => true,
            Self::Listener(_) => routes <= 200,
            Self::Set(_) | Self::Route(..) | Self::Backend(..) => false,
        }
    }
}

/// Which nodes a person opened or closed; the others are as they are at first.
#[derive(Clone, Debug, Default)]
pub struct Opened(HashMap<Node, bool>);

impl Opened {
    /// Opens or closes a node.
    pub fn set(&mut self, node: Node, open: bool) {
        self.0.insert(node, open);
    }
}

/// A node in the list, with its depth.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The node.
    pub node: Node,
    /// 0 for a class.
    pub depth: usize,
    /// Whether it has something under it, and that is shown.
    pub open: Option<bool>,
}

/// Who stands under whom, made when objects change.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    view: Option<std::sync::Arc<View>>,
    classes: Vec<(Key, Vec<Key>)>,
    by_listener: HashMap<ListenerId, Vec<Key>>,
    detached: HashMap<Key, Vec<Key>>,
    routes: usize,
}

/// One destination of a route.
#[derive(Clone, Debug)]
pub struct RouteBackend {
    rule: usize,
    at: usize,
    service: Key,
    port: u16,
    weight: i64,
    alone: bool,
}

impl Tree {
    /// The tree of a view.
    pub fn of(view: &std::sync::Arc<View>) -> Self {
        let mut tree = Self { view: Some(std::sync::Arc::clone(view)), ..Self::default() };
        tree.reclass(view);
        for (route, parents) in &view.compiled.status.routes {
            tree.routes += 1;
            tree.add(route, parents);
        }
        tree
    }

    /// The same tree over a newer view with the same objects.
    pub fn refresh(&mut self, view: &std::sync::Arc<View>) {
        self.view = Some(std::sync::Arc::clone(view));
    }

    /// The nodes that are shown, from the top. With a filter: those that match, and what leads to them.
    pub fn shown(&self, opened: &Opened, matches: Option<&dyn Fn(&Node) -> bool>) -> Vec<Shown> {
        let mut out = Vec::new();
        for (class, _) in &self.classes {
            self.walk(&Node::Class(class.clone()), 0, opened, matches, &mut out);
        }
        out
    }

    fn walk(
        &self,
        node: &Node,
        depth: usize,
        opened: &Opened,
        matches: Option<&dyn Fn(&Node) -> bool>,
        out: &mut Vec<Shown>,
    ) -> bool {
        let at = out.len();
        // With a filter everything down to the routes is looked at; a route opens only when a person opened it.
        let by_hand = opened.0.get(node).copied();
        let open = match matches {
            Some(_) if !matches!(node, Node::Route(..)) => true,
            _ => by_hand.unwrap_or_else(|| node.opens_at_first(self.routes)),
        };
        let has = self.has_children(node);
        out.push(Shown { node: node.clone(), depth, open: has.then_some(open) });
        let own = matches.is_none_or(|matches| matches(node));
        let mut below = false;
        if open && has {
            // What stands under a hit is shown whole.
            let inner = if own && matches!(node, Node::Route(..)) { None } else { matches };
            for child in self.children(node) {
                below |= self.walk(&child, depth + 1, opened, inner, out);
            }
        }
        if !own && !below {
            out.truncate(at);
        }
        own || below
    }

    fn has_children(&self, node: &Node) -> bool {
        match node {
            Node::Class(class) => self.classes.iter().any(|(key, under)| key == class && !under.is_empty()),
            Node::Gateway(_) | Node::Detached(_) | Node::Route(..) => true,
            Node::Listener(id) => self.by_listener.contains_key(id),
            Node::Set(_) | Node::Backend(..) => false,
        }
    }

    fn children(&self, node: &Node) -> Vec<Node> {
        match node {
            Node::Class(class) => self
                .classes
                .iter()
                .filter(|(key, _)| key == class)
                .flat_map(|(_, gateways)| gateways.iter().cloned().map(Node::Gateway))
                .collect(),
            Node::Gateway(gateway) => {
                let listeners = self.gateway(gateway).map_or(&[][..], |listeners| listeners);
                let mut nodes: Vec<Node> = listeners.iter().map(|l| Node::Listener(l.id.clone())).collect();
                nodes.extend(self.sets(gateway).into_iter().map(Node::Set));
                if self.detached.contains_key(gateway) {
                    nodes.push(Node::Detached(gateway.clone()));
                }
                nodes
            }
            Node::Listener(id) => self.by_listener.get(id).map_or_else(Vec::new, |routes| {
                routes.iter().map(|route| Node::Route(route.clone(), Some(id.clone()))).collect()
            }),
            Node::Detached(gateway) => self.detached.get(gateway).map_or_else(Vec::new, |routes| {
                routes.iter().map(|route| Node::Route(route.clone(), None)).collect()
            }),
            Node::Route(route, listener) => self
                .backends(route)
                .into_iter()
                .map(|b| Node::Backend(route.clone(), listener.clone(), b.rule, b.at))
                .collect(),
            Node::Set(_) | Node::Backend(..) => Vec::new(),
        }
    }

    /// The listeners of a Gateway.
    fn gateway(&self, key: &Key) -> Option<&[ListenerStatus]> {
        self.view.as_ref()?.compiled.status.gateways.get(key).map(|status| status.listeners.as_slice())
    }

    fn listener(&self, id: &ListenerId) -> Option<&ListenerStatus> {
        self.gateway(&Node::gateway_of(id))?.iter().find(|listener| listener.id == *id)
    }

    fn sets(&self, gateway: &Key) -> Vec<Key> {
        let Some(view) = &self.view else { return Vec::new() };
        view.world.referrers(gateway).filter(|key| key.kind == Kind::ListenerSet).cloned().collect()
    }

    fn backends(&self, route: &Key) -> Vec<RouteBackend> {
        let Some(any) = self
            .view
            .as_ref()
            .and_then(|view| view.world.get(route))
            .and_then(|object| AnyRoute::of(object).ok())
        else {
            return Vec::new();
        };
        let of = |(rule, spec): (usize, crate::resource::gateway_api::AnyRule)| {
            let alone = spec.backend_refs.len() == 1;
            spec.backend_refs.into_iter().enumerate().map(move |(at, backend)| RouteBackend {
                rule,
                at,
                service: Key::new(
                    backend.kind(),
                    backend.namespace.clone().unwrap_or_else(|| route.namespace.to_string()),
                    backend.name.as_str(),
                ),
                port: backend.port.and_then(|port| u16::try_from(port).ok()).unwrap_or(0),
                weight: backend.weight,
                alone,
            })
        };
        any.spec.rules.into_iter().enumerate().flat_map(of).collect()
    }

    fn backend(&self, route: &Key, rule: usize, at: usize) -> Option<RouteBackend> {
        self.backends(route).into_iter().find(|b| b.rule == rule && b.at == at)
    }

    /// What a filter looks at.
    pub fn haystack(&self, node: &Node) -> String {
        let text = match node {
            Node::Class(key) | Node::Gateway(key) | Node::Set(key) | Node::Route(key, _) => key.path(),
            Node::Listener(id) => id.name.to_string(),
            Node::Detached(_) => String::new(),
            Node::Backend(route, _, rule, at) => {
                self.backend(route, *rule, *at).map(|b| b.service.path()).unwrap_or_default()
            }
        };
        fields([&*text])
    }

    fn parents(&self, route: &Key) -> &[ParentStatus] {
        self.view
            .as_ref()
            .and_then(|view| view.compiled.status.routes.get(route))
            .map_or(&[][..], |parents| parents)
    }

    /// Gateways, listeners and routes in it.
    pub fn counts(&self) -> (usize, usize, usize) {
        let gateways: HashSet<&Key> = self.classes.iter().flat_map(|(_, gateways)| gateways).collect();
        let listeners =
            gateways.iter().filter_map(|key| self.gateway(key)).map(<[ListenerStatus]>::len).sum();
        (gateways.len(), listeners, self.routes)
    }
}
