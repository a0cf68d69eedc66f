//! The row of a node of the tree: its name, how it is, where it listens, what goes through.

use super::{Node, Tree};
use crate::{
    rehearsal::{CertificateView, View},
    resource::{Condition, Key, Kind},
    tui::facts::{
        Health, Measures, health, measure, reasons,
        routes::{self, parent_row},
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
                let gateway = Key::new(Kind::Gateway, &*id.port.entry.namespace, &*id.port.entry.name);
                let own = self.gateway(&gateway).and_then(|listeners| listeners.iter().find(|l| l.id == *id));
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
                    .filter(|parent| match listener {
                        Some(id) => parent.listeners.contains(id),
                        None => parent.listeners.is_empty(),
                    })
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

/// The Namespace of an object, when nobody gave it.
fn namespace(view: &View, key: &Key) -> Option<String> {
    let assumed = routes::is_assumed(view, &routes::namespace(key));
    assumed.then(|| format!("Namespace {} assumed", key.namespace))
}
