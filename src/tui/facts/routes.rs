//! Routes of all kinds: what is kept of each to list and filter it, and the row that is shown.

use std::{collections::BTreeSet, sync::Arc};

use serde::Deserialize;

use super::{Health, Measures, measure, reasons};
use crate::{
    dialect::gateway::ParentStatus,
    rehearsal::{CertificateView, View},
    resource::{
        Condition, Key, Kind, Object,
        gateway_api::{Gateway, ParentRef},
    },
    tui::finding::fields,
    world::{Change, World},
};

/// The little that is kept of a route beside its object.
#[derive(Clone, Debug)]
pub struct Route {
    /// The object.
    pub object: Arc<Object>,
    /// Hostnames as written.
    pub hostnames: Vec<String>,
    /// Number of rules.
    pub rules: usize,
    /// Rules with more than one backend.
    pub splits: Vec<usize>,
    /// What its rules send to, each once, in order.
    pub services: Box<[Key]>,
    /// What a filter looks at, in lower case.
    pub haystack: Box<str>,
}

#[derive(Deserialize)]
struct Brief {
    #[serde(default)]
    spec: BriefSpec,
}

#[derive(Default, Deserialize)]
struct BriefSpec {
    #[serde(default)]
    hostnames: Vec<String>,
    #[serde(default)]
    rules: Vec<BriefRule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BriefRule {
    #[serde(default)]
    backend_refs: Vec<BriefBackend>,
}

#[derive(Deserialize)]
struct BriefBackend {
    #[serde(default)]
    group: String,
    kind: Option<String>,
    namespace: Option<String>,
    #[serde(default)]
    name: String,
}

impl BriefBackend {
    /// What it names, from a route in `own` namespace.
    fn key(&self, own: &Arc<str>) -> Key {
        let kind = Kind::from_group(&self.group, self.kind.as_deref().unwrap_or("Service"));
        let namespace = self.namespace.as_deref().map_or_else(|| Arc::clone(own), Arc::from);
        Key::new(kind, namespace, self.name.as_str())
    }
}

impl Route {
    /// Reads a route; of a text that does not fit nothing but the object is known.
    pub fn of(object: &Arc<Object>) -> Self {
        let spec = serde_json::from_str::<Brief>(&object.text).map(|brief| brief.spec).unwrap_or_default();
        let split = |(index, rule): (usize, &BriefRule)| (rule.backend_refs.len() > 1).then_some(index);
        let key = &object.key;
        let backends = spec.rules.iter().flat_map(|rule| &rule.backend_refs);
        let services: BTreeSet<Key> = backends.map(|backend| backend.key(&key.namespace)).collect();
        let (path, assumed) = (key.path(), object.assumed.then_some("assumed"));
        let hostnames = spec.hostnames.iter().map(String::as_str);
        let haystack = fields([&*path, key.kind.name()].into_iter().chain(hostnames).chain(assumed));
        Self {
            object: Arc::clone(object),
            rules: spec.rules.len(),
            splits: spec.rules.iter().enumerate().filter_map(split).collect(),
            services: services.into_iter().collect(),
            hostnames: spec.hostnames,
            haystack: haystack.into(),
        }
    }
}

/// All routes by namespace, name and kind.
pub fn routes(world: &World) -> Vec<Arc<Route>> {
    let mut objects: Vec<&Arc<Object>> = Kind::ROUTES.iter().flat_map(|kind| world.list(kind)).collect();
    objects.sort_by(|a, b| order(&a.key, &b.key));
    objects.into_iter().map(|object| Arc::new(Route::of(object))).collect()
}

/// Brings routes to the next World; gives the key of each that changed with what it is now.
pub fn patch(all: &mut Vec<Arc<Route>>, changes: &[Change]) -> Vec<(Key, Option<Arc<Route>>)> {
    let mut changed = Vec::new();
    for change in changes.iter().filter(|change| change.key().kind.is_route()) {
        let place = all.binary_search_by(|route| order(&route.object.key, change.key()));
        let now = match change {
            Change::Put(object) => Some(Arc::new(Route::of(object))),
            Change::Remove(_) => None,
        };
        match (place, &now) {
            (Ok(at), Some(route)) => {
                if let Some(old) = all.get_mut(at) {
                    *old = Arc::clone(route);
                }
            }
            (Ok(at), None) => drop(all.remove(at)),
            (Err(at), Some(route)) => all.insert(at, Arc::clone(route)),
            (Err(_), None) => {}
        }
        changed.push((change.key().clone(), now));
    }
    changed
}

/// The order of routes in lists.
pub fn order(a: &Key, b: &Key) -> std::cmp::Ordering {
    (&a.namespace, &a.name, &a.kind).cmp(&(&b.namespace, &b.name, &b.kind))
}

/// One parent of a route and what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct ParentRow {
    /// `infra/edge ▸ https`
    pub parent: String,
    /// The worst of its conditions.
    pub health: Health,
    /// The deciding condition in words; `accepted` when all is well.
    pub words: String,
    /// Its message.
    pub message: String,
    /// What to do.
    pub cure: String,
}

/// A route in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteRow {
    /// How it is.
    pub health: Health,
    /// Kind, as in manifests.
    pub kind: &'static str,
    /// `namespace/name`
    pub name: String,
    /// Nobody gave it.
    pub assumed: bool,
    /// What it needs and nobody gave: backends, its Gateways' classes, certificates.
    pub rests_on: Vec<String>,
    /// Each parent.
    pub parents: Vec<ParentRow>,
    /// Hostnames, or `*`.
    pub hostnames: String,
    /// Number of rules.
    pub rules: usize,
    /// Traffic over 10 s.
    pub traffic: Measures,
}

impl RouteRow {
    /// The parent that decides: the first of the worst.
    pub fn deciding(&self) -> Option<&ParentRow> {
        self.parents.iter().min_by_key(|parent| parent.health)
    }
}

/// The row of a route.
pub fn row(view: &View, route: &Route) -> RouteRow {
    let key = &route.object.key;
    let parents: Vec<ParentRow> = view
        .compiled
        .status
        .routes
        .get(key)
        .map_or_else(Vec::new, |all| all.iter().map(|parent| parent_row(&key.kind, parent)).collect());
    RouteRow {
        health: health(view, key),
        kind: key.kind.route_name().unwrap_or_default(),
        name: key.path(),
        assumed: route.object.assumed,
        rests_on: rests_on(view, route),
        hostnames: if route.hostnames.is_empty() { "*".to_owned() } else { route.hostnames.join(" ") },
        rules: route.rules,
        traffic: traffic(view, key),
        parents,
    }
}

/// How a route is: the worst that a parent says.
pub fn health(view: &View, key: &Key) -> Health {
    let parents = view.compiled.status.routes.get(key).map_or(&[][..], |all| all);
    parents.iter().map(|parent| parent_health(&key.kind, parent)).min().unwrap_or(Health::Unknown)
}

/// What goes through a route over 10 s; nothing where no listener serves it.
pub fn traffic(view: &View, key: &Key) -> Measures {
    let parents = view.compiled.status.routes.get(key).map_or(&[][..], |all| all);
    if parents.iter().any(|parent| parent.served && !parent.listeners.is_empty()) {
        measure::measures(view, &measure::of_route(key), measure::Over::Short)
    } else {
        Measures::NOTHING
    }
}

/// How a route is at one parent.
pub fn parent_health(kind: &Kind, status: &ParentStatus) -> Health {
    if is_later(kind, status) {
        return Health::Waiting;
    }
    let health = Health::of_all(&status.conditions);
    if health >= Health::Note && is_unserved(status) {
        return Health::Waiting;
    }
    health
}

/// Whether nobody gave an object and it is taken to be there.
pub fn is_assumed(view: &View, key: &Key) -> bool {
    view.world.get(key).is_some_and(|object| object.assumed)
}

/// The Namespace that an object stands in.
pub fn namespace(key: &Key) -> Key {
    Key::new(Kind::Namespace, "", Arc::clone(&key.namespace))
}

/// What a route needs and nobody gave, in words.
fn rests_on(view: &View, route: &Route) -> Vec<String> {
    let key = &route.object.key;
    let assumed = |key: &Key| is_assumed(view, key);
    let mut out = Vec::new();
    let missing = route.services.iter().filter(|service| assumed(service)).count();
    match missing {
        0 => {}
        1 => out.push("1 backend".to_owned()),
        many => out.push(format!("{many} backends")),
    }
    let parents = view.compiled.status.routes.get(key).map_or(&[][..], |all| all);
    let classed = |parent: &ParentStatus| {
        let gateway = view.world.get(&parent.gateway).and_then(|object| object.view::<Gateway>().ok());
        gateway.is_some_and(|gateway| {
            assumed(&Key::new(Kind::GatewayClass, "", gateway.spec.gateway_class_name))
        })
    };
    if parents.iter().any(classed) {
        out.push("the GatewayClass".to_owned());
    }
    let made = view.listeners.iter().filter(|listener| {
        listener.certificate == CertificateView::MadeHere
            && parents.iter().any(|parent| parent.listeners.contains(&listener.id))
    });
    if made.count() > 0 {
        out.push("a certificate made here".to_owned());
    }
    if assumed(&namespace(key)) {
        out.push(format!("Namespace {}", key.namespace));
    }
    out
}

/// Whether it is of a kind that is not served yet.
fn is_later(kind: &Kind, status: &ParentStatus) -> bool {
    !status.served && *kind != Kind::HttpRoute && status.conditions.iter().all(Condition::is_good)
}

/// Whether it is attached to listeners of which none is served.
fn is_unserved(status: &ParentStatus) -> bool {
    !status.served && !status.listeners.is_empty()
}

/// What a parent says about a route.
pub fn parent_row(kind: &Kind, status: &ParentStatus) -> ParentRow {
    let parent = parent_name(&status.gateway, &status.parent);
    if is_later(kind, status) {
        return ParentRow {
            parent,
            health: Health::Waiting,
            words: "not served yet".to_owned(),
            message: "this kind of route is loaded and listed, and not served yet".to_owned(),
            cure: String::new(),
        };
    }
    let health = Health::of_all(&status.conditions);
    if health >= Health::Note && is_unserved(status) {
        return ParentRow {
            parent,
            health: Health::Waiting,
            words: "listener not served".to_owned(),
            message: "accepted, and its listener is not served: no request comes this way".to_owned(),
            cure: "see what the listener says".to_owned(),
        };
    }
    let deciding = super::health::deciding(&status.conditions);
    ParentRow {
        health,
        words: match deciding {
            _ if health == Health::Ok && status.listeners.is_empty() => {
                "accepted, attached nowhere".to_owned()
            }
            _ if health == Health::Ok => "accepted".to_owned(),
            Some(condition) => reasons::words(condition, &parent),
            None => "no condition".to_owned(),
        },
        message: deciding.map(|condition| condition.message.clone()).unwrap_or_default(),
        cure: deciding.map(|condition| condition.cure.clone()).unwrap_or_default(),
        parent,
    }
}

/// `infra/edge ▸ https`, `infra/edge :443`, `infra/edge`
pub fn parent_name(gateway: &Key, parent: &ParentRef) -> String {
    let mut name = gateway.path();
    if let Some(section) = &parent.section_name {
        name.push_str(" ▸ ");
        name.push_str(section);
    }
    if let Some(port) = parent.port {
        name.push_str(&format!(" :{port}"));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixture;

    fn object(namespace: &str, name: &str, text: &str) -> Arc<Object> {
        Arc::new(Object {
            key: Key::new(Kind::HttpRoute, namespace, name),
            api_version: "gateway.networking.k8s.io/v1".into(),
            meta: crate::resource::Meta::default(),
            text: text.into(),
            origin: None,
            assumed: false,
        })
    }

    #[test]
    fn what_a_route_sends_to_is_kept_once_each_by_kind_and_namespace() {
        let text = r#"{"spec":{"rules":[
            {"backendRefs":[{"name":"b","port":1},{"name":"a","port":1,"filters":[]},{"name":"b","port":2}]},
            {},
            {"backendRefs":[{"name":"a","namespace":"other"},{"group":"x.io","kind":"Bucket","name":"c"}]}
        ]}}"#;
        let route = Route::of(&object("own", "r", text));
        let mut expected = [
            Key::new(Kind::Service, "own", "a"),
            Key::new(Kind::Service, "own", "b"),
            Key::new(Kind::Service, "other", "a"),
            Key::new(Kind::from_group("x.io", "Bucket"), "own", "c"),
        ];
        expected.sort();
        assert_eq!(*route.services, expected);
        assert_eq!((route.rules, route.splits), (3, vec![0, 2]));
        let broken = Route::of(&object("own", "r", r#"{"spec":{"rules":[{"backendRefs":7}]}}"#));
        assert!(broken.services.is_empty(), "nothing is known of what does not fit");
    }

    #[test]
    fn patched_routes_are_those_of_the_next_world() {
        let world = World::clone(&fixture::view().world);
        let mut all = routes(&world);
        let changes = [
            Change::Put(object("aaa", "first", "{}")),
            Change::Put(object("shop", "app", r#"{"spec":{"hostnames":["other.example.com"]}}"#)),
            Change::Put(object("zzz", "last", "{}")),
            Change::Remove(Key::new(Kind::HttpRoute, "shop", "books")),
            Change::Remove(Key::new(Kind::HttpRoute, "shop", "never-was")),
            Change::Put(fixture::view().world.list(&Kind::Gateway).next().unwrap().clone()),
        ];
        let changed = patch(&mut all, &changes);
        assert_eq!(changed.len(), 5, "the Gateway is no route");
        let haystacks = |all: &[Arc<Route>]| all.iter().map(|r| r.haystack.clone()).collect::<Vec<_>>();
        assert_eq!(haystacks(&all), haystacks(&routes(&world.apply(&changes))));
    }
}
