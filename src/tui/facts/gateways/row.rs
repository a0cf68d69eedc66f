//! The row of a node of the tree: its name, how it is, where it listens, what goes through.

use super::{Node, Tree};
use crate::{
    dialect::gateway::ParentStatus,
    rehearsal::{CertificateView, View},
    resource::{Condition, Key, Kind},
    routing::ListenerId,
    tui::facts::{
        Health, Measures, health, measure, reasons,
        routes::{self, parent_health, parent_row},
    },
};

/// A node as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeRow {
    /// How it is.
    pub health: Health,
    /// Its name.
    pub name: String,
    /// `class`, `gateway`, `listener`, a kind of route, `backend`.
    pub kind: &'static str,
    /// Hostname and port of a listener, rule and weight of a backend.
    pub note: String,
    /// The deciding condition in words.
    pub words: String,
    /// Where it listens, or why it does not.
    pub place: String,
    /// `attachedRoutes`
    pub routes: Option<u32>,
    /// Nobody gave it.
    pub assumed: bool,
    /// What it needs and nobody gave, in words: its Namespace, a listener's certificate. Empty for nothing.
    pub rests_on: String,
    /// Traffic over 10 s.
    pub traffic: Measures,
}

impl NodeRow {
    fn empty() -> Self {
        Self {
            health: Health::Unknown,
            name: String::new(),
            kind: "",
            note: String::new(),
            words: String::new(),
            place: String::new(),
            routes: None,
            assumed: false,
            rests_on: String::new(),
            traffic: Measures::NOTHING,
        }
    }

    fn judged(name: &str, kind: &'static str, conditions: Option<&[Condition]>, parent: &str) -> Self {
        let conditions = conditions.unwrap_or_default();
        let health = Health::of_all(conditions);
        let words = match health::deciding(conditions) {
            Some(condition) if health != Health::Ok => reasons::words(condition, parent),
            _ => String::new(),
        };
        Self { name: name.to_owned(), kind, health, words, ..Self::empty() }
    }

    /// With what it needs and nobody gave.
    fn resting_on(mut self, what: Option<String>) -> Self {
        self.rests_on = what.unwrap_or_default();
        self
    }
}

impl Tree {
    /// How a node is: what its row says, without the rest of it.
    pub fn health(&self, node: &Node) -> Health {
        let Some(view) = &self.view else { return Health::Unknown };
        let of = |conditions: Option<&[Condition]>| Health::of_all(conditions.unwrap_or_default());
        match node {
            Node::Class(key) if view.world.get(key).is_none() => Health::Attention,
            Node::Class(key) => of(view.compiled.status.classes.get(key).map(|all| &all[..])),
            Node::Gateway(key) => {
                of(view.compiled.status.gateways.get(key).map(|status| status.conditions.as_slice()))
            }
            Node::Listener(id) => of(self.listener(id).map(|listener| listener.conditions.as_slice())),
            Node::Set(_) => Health::Waiting,
            Node::Detached(_) => Health::Broken,
            Node::Route(key, listener) => {
                let here = |parent: &&ParentStatus| is_at(parent, listener.as_ref());
                let all = self.parents(key).iter().filter(here);
                all.map(|parent| parent_health(&key.kind, parent)).min().unwrap_or(Health::Unknown)
            }
            Node::Backend(route, _, rule, at) => match self.backend(route, *rule, *at) {
                Some(backend) if view.world.get(&backend.service).is_some() => Health::Ok,
                Some(_) => Health::Broken,
                None => Health::Unknown,
            },
        }
    }

    /// The row of a node.
    pub fn row(&self, node: &Node) -> NodeRow {
        let Some(view) = &self.view else { return NodeRow::empty() };
        let status = &view.compiled.status;
        match node {
            Node::Class(key) => {
                let conditions = status.classes.get(key).map(|all| &all[..]);
                let mut row = NodeRow::judged(&key.name, "class", conditions, "");
                match view.world.get(key) {
                    None => {
                        row.health = Health::Attention;
                        "does not exist".clone_into(&mut row.words);
                    }
                    Some(object) => row.assumed = object.assumed,
                }
                row
            }
            Node::Gateway(key) => {
                let own = status.gateways.get(key);
                let mut row =
                    NodeRow::judged(&key.path(), "gateway", own.map(|s| s.conditions.as_slice()), "");
                row.routes = own.map(|s| s.listeners.iter().map(|l| l.attached_routes).sum());
                row.traffic = measure::measures(view, &measure::of_gateway(key), measure::Over::Short);
                row.resting_on(namespace(view, key))
            }
            Node::Listener(id) => {
                let own = self.listener(id);
                let gateway = Node::gateway_of(id);
                let subject = format!("{} ▸ {}", gateway.path(), id.name);
                let mut row =
                    NodeRow::judged(&id.name, "listener", own.map(|l| l.conditions.as_slice()), &subject);
                row.routes = own.map(|l| l.attached_routes);
                let socket = view.listeners.iter().find(|l| l.id == *id);
                if let Some(socket) = socket {
                    row.place = match &socket.address {
                        Ok(address) => address.to_string(),
                        Err(_) if !row.words.is_empty() => "–".to_owned(),
                        Err(why) => why.clone(),
                    };
                    row.note = format!("{} :{}", socket.hostname, id.port.port);
                }
                let made = socket.is_some_and(|socket| socket.certificate == CertificateView::MadeHere);
                row.traffic = if own.is_some_and(|l| l.served) {
                    measure::measures(view, &measure::of_listener(id), measure::Over::Short)
                } else {
                    Measures::NOTHING
                };
                row.resting_on(made.then(|| "certificate made here".to_owned()))
            }
            Node::Set(key) => NodeRow {
                name: key.path(),
                kind: "listenerset",
                health: Health::Waiting,
                words: "not served yet".to_owned(),
                ..NodeRow::empty()
            },
            Node::Detached(_) => NodeRow {
                name: "attached to no listener".to_owned(),
                health: Health::Broken,
                kind: "",
                ..NodeRow::empty()
            },
            Node::Route(key, listener) => {
                let rows: Vec<_> = self
                    .parents(key)
                    .iter()
                    .filter(|parent| is_at(parent, listener.as_ref()))
                    .map(|parent| parent_row(&key.kind, parent))
                    .collect();
                let worst = rows.iter().min_by_key(|row| row.health);
                let served = self.parents(key).iter().any(|parent| {
                    parent.served && listener.as_ref().is_some_and(|id| parent.listeners.contains(id))
                });
                NodeRow {
                    name: key.path(),
                    kind: key.kind.route_name().unwrap_or_default(),
                    health: worst.map_or(Health::Unknown, |row| row.health),
                    words: worst.map(|row| row.words.clone()).unwrap_or_default(),
                    assumed: view.world.get(key).is_some_and(|object| object.assumed),
                    traffic: if served {
                        measure::measures(view, &measure::of_route(key), measure::Over::Short)
                    } else {
                        Measures::NOTHING
                    },
                    ..NodeRow::empty()
                }
                .resting_on(namespace(view, key))
            }
            Node::Backend(route, listener, rule, at) => {
                let Some(backend) = self.backend(route, *rule, *at) else { return NodeRow::empty() };
                let object = view.world.get(&backend.service);
                NodeRow {
                    name: format!("{}:{}", backend.service.path(), backend.port),
                    kind: "backend",
                    health: if object.is_some() { Health::Ok } else { Health::Broken },
                    words: if object.is_some() { String::new() } else { "does not exist".to_owned() },
                    note: if backend.alone {
                        format!("rule {}", rule + 1)
                    } else {
                        format!("rule {}  weight {}", rule + 1, backend.weight)
                    },
                    assumed: object.is_some_and(|object| object.assumed),
                    traffic: if listener.is_some() && route.kind == Kind::HttpRoute {
                        let scope = measure::of_backend(route, *rule, &backend.service, backend.port);
                        measure::measures(view, &scope, measure::Over::Short)
                    } else {
                        Measures::NOTHING
                    },
                    ..NodeRow::empty()
                }
            }
        }
    }
}

/// Whether a parent is a listener; without one, whether the route is attached to none there.
fn is_at(parent: &ParentStatus, listener: Option<&ListenerId>) -> bool {
    match listener {
        Some(id) => parent.listeners.contains(id),
        None => parent.listeners.is_empty(),
    }
}

/// The Namespace of an object, when nobody gave it.
fn namespace(view: &View, key: &Key) -> Option<String> {
    let assumed = routes::is_assumed(view, &routes::namespace(key));
    assumed.then(|| format!("Namespace {} assumed", key.namespace))
}

#[cfg(test)]
mod tests {
    use super::{super::Opened, *};
    use crate::tui::fixture;

    #[test]
    fn a_node_is_as_its_row_says() {
        let tree = Tree::of(&fixture::view());
        let all = tree.shown(&Opened::default(), Some(&|_| true));
        let mut found = std::collections::HashSet::new();
        for shown in &all {
            assert_eq!(tree.health(&shown.node), tree.row(&shown.node).health, "{:?}", shown.node);
            found.insert(tree.health(&shown.node));
            if let Node::Route(key, listener) = &shown.node {
                for backend in tree.backends(key) {
                    let node = Node::Backend(key.clone(), listener.clone(), backend.rule, backend.at);
                    assert_eq!(tree.health(&node), tree.row(&node).health, "{node:?}");
                }
            }
        }
        assert!(found.len() > 2, "the fixture has nodes of several kinds: {found:?}");
    }
}
