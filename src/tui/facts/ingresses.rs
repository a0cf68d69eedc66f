//! The inventory as screens show it: every Ingress with its health, every key of annotations with who uses it. Made once
//! for a World, aside where that takes long.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use super::Health;
use crate::{
    dialect::ingress::{self, Location, Served, Server},
    inventory::{self, AnnotationCount, IngressFacts, Options, Totals},
    rehearsal::View,
    resource::{Key, Kind, Object},
    routing::Side,
    tui::finding::fields,
    world::{Change, World},
};

/// What is known of the Ingresses of a World.
#[derive(Debug, Default)]
pub struct Inventory {
    /// By namespace and name.
    pub rows: Vec<Arc<IngressRow>>,
    /// Keys of annotations, the most used first.
    pub keys: Vec<Arc<KeyRow>>,
    /// How many of each sort.
    pub totals: Totals,
    /// What their controllers do with them, whether that is served here or not.
    pub old: Arc<ingress::Compiled>,
    /// What the controller does for an Ingress and a rehearsal does not.
    not_executed: HashMap<Key, BTreeSet<Arc<str>>>,
}

/// An Ingress in a list.
#[derive(Debug)]
pub struct IngressRow {
    /// The object.
    pub object: Arc<Object>,
    /// What is known of it.
    pub facts: IngressFacts,
    /// How it is.
    pub health: Health,
    /// Why it is not well; empty when it is.
    pub words: String,
    /// What a filter looks at, in lower case.
    pub haystack: Box<str>,
}

/// A key of annotations in a list.
#[derive(Debug)]
pub struct KeyRow {
    /// How often, and by whom it is used.
    pub count: AnnotationCount,
    /// Ingresses of the key that is used most.
    pub most: usize,
    /// What a filter looks at, in lower case.
    pub haystack: Box<str>,
}

impl Inventory {
    /// Makes it. Takes a while for many Ingresses.
    pub fn of(world: &World, old: Arc<ingress::Compiled>, options: &Options) -> Self {
        let survey = inventory::survey(world, &old, options);
        let refused: HashSet<&Key> = old.refused.iter().filter_map(|one| one.ingress.as_ref()).collect();
        let row = |facts: IngressFacts| {
            let object = Arc::clone(world.get(&facts.key)?);
            let (health, words) = health(&facts, &old, refused.contains(&facts.key));
            let haystack = haystack(&facts).into();
            Some(Arc::new(IngressRow { object, facts, health, words, haystack }))
        };
        let rows = survey.ingresses.into_iter().filter_map(row).collect();
        let counts = inventory::annotations(world, &options.nginx_prefix);
        let most = counts.iter().map(|count| count.count).max().unwrap_or(0);
        let key = |count: AnnotationCount| {
            let namespaces = count.namespaces.iter().map(|name| &**name);
            let own = [&*count.key, count.verdict.as_str(), count.controller().unwrap_or("")];
            let haystack = fields(own.into_iter().chain(namespaces)).into();
            Arc::new(KeyRow { count, most, haystack })
        };
        Self {
            rows,
            keys: counts.into_iter().map(key).collect(),
            totals: survey.totals,
            not_executed: not_executed(&old),
            old,
        }
    }

    /// Of what a rehearsal shows; Ingresses that it does not serve are compiled here.
    pub fn of_view(view: &View, options: &Options) -> Self {
        let old =
            if view.sides.old { Arc::clone(&view.old) } else { Arc::new(ingress::compile(&view.world)) };
        Self::of(&view.world, old, options)
    }

    /// One Ingress.
    pub fn row(&self, key: &Key) -> Option<&Arc<IngressRow>> {
        let at = self.rows.binary_search_by(|row| row.facts.key.cmp(key)).ok()?;
        self.rows.get(at)
    }

    /// What the controller does for an Ingress and a rehearsal does not.
    pub fn not_executed(&self, key: &Key) -> impl Iterator<Item = &str> {
        self.not_executed.get(key).into_iter().flatten().map(|text| &**text)
    }

    /// nginx's locations that an Ingress made, each with its server.
    pub fn locations(&self, key: &Key) -> impl Iterator<Item = (&Server, &Location)> {
        let hosts = match self.old.ingresses.get(key).map(|judged| &judged.served) {
            Some(Served::Nginx(taken)) => taken.ingress.rules.iter().map(|rule| rule.host.as_str()).collect(),
            Some(Served::Dropped(_) | Served::Plain(_) | Served::Left(_) | Served::Broken(_)) | None => {
                BTreeSet::new()
            }
        };
        let hosts = hosts.into_iter().map(|host| if host.is_empty() { "_" } else { host });
        let servers = hosts.filter_map(|host| self.old.server(host));
        servers.flat_map(|server| server.locations.iter().map(move |location| (server, location))).filter(
            move |(_, location)| location.taken.as_ref().is_some_and(|taken| taken.ingress.key == *key),
        )
    }
}

/// Whether a change of objects can change what is known of Ingresses.
pub fn touches(change: &Change) -> bool {
    matches!(
        change.key().kind,
        Kind::Ingress
            | Kind::IngressClass
            | Kind::Service
            | Kind::EndpointSlice
            | Kind::Secret
            | Kind::ConfigMap
            | Kind::Other(..)
    )
}

/// A location as nginx's configuration has it: `= /a`, `/a/`, `~* "^/a"`.
pub fn location(server: &Server, location: &Location) -> String {
    if server.regex {
        format!("~* \"^{}\"", location.path)
    } else if location.exact {
        format!("= {}", location.path)
    } else {
        location.path.clone()
    }
}

fn health(facts: &IngressFacts, old: &ingress::Compiled, refused: bool) -> (Health, String) {
    if let Some(why) = &facts.unreadable {
        return (Health::Broken, format!("can not be read whole: {why}"));
    }
    if refused {
        return (Health::Broken, "nginx refuses the whole configuration because of it".to_owned());
    }
    match old.ingresses.get(&facts.key).map(|judged| (&judged.served, &judged.claim)) {
        Some((Served::Dropped(findings), _)) => {
            let why = findings.first().map(|finding| format!(": {}", finding.message)).unwrap_or_default();
            return (Health::Broken, format!("the controller leaves it out{why}"));
        }
        Some((Served::Nginx(taken), _)) => {
            if let Some(why) = &taken.annotations.denied {
                return (Health::Broken, format!("its paths are answered with 503: {why}"));
            }
        }
        Some((Served::Left(_), claim)) => {
            let why = claim.why.clone().unwrap_or_else(|| "no controller is known for its class".to_owned());
            return (Health::Attention, format!("nobody serves it: {why}"));
        }
        Some((Served::Broken(_), _)) => return (Health::Broken, "can not be read".to_owned()),
        Some((Served::Plain(_), _)) | None => {}
    }
    let wrong = facts.all_annotations().find_map(|one| one.problem.as_ref().map(|why| (&one.key, why)));
    match (facts.traps.len(), wrong) {
        (0, None) => (Health::Ok, String::new()),
        (0, Some((key, why))) => (Health::Attention, format!("{key}: {why}")),
        (1, _) => (Health::Attention, "1 trap".to_owned()),
        (many, _) => (Health::Attention, format!("{many} traps")),
    }
}

fn haystack(facts: &IngressFacts) -> String {
    let path = facts.key.path();
    let own = [&*path, facts.class.as_deref().unwrap_or(""), facts.complexity.as_str()];
    let controller = facts.family.or(facts.controller.as_deref());
    let hosts = facts.hosts.iter().map(|host| &**host);
    let keys = facts.annotations.iter().map(|one| &*one.key);
    let traps = facts.traps.iter().map(|trap| trap.id);
    fields(own.into_iter().chain(controller).chain(hosts).chain(keys).chain(traps))
}

/// By Ingress, from the rules that it made.
fn not_executed(old: &ingress::Compiled) -> HashMap<Key, BTreeSet<Arc<str>>> {
    let mut all: HashMap<Key, BTreeSet<Arc<str>>> = HashMap::new();
    // Both ports of a controller have the same hosts.
    let listeners = old.table.ports.values().filter(|port| port.key.side == Side::Old);
    let hosts = listeners.flat_map(|port| &port.listeners).flat_map(|listener| listener.hosts.iter());
    for candidate in hosts.flat_map(|host| host.iter()) {
        let Some(policy) = candidate.rule.policy.as_ref().filter(|it| !it.not_executed.is_empty()) else {
            continue;
        };
        let route = &candidate.rule.id.route;
        let key = Key::new(Kind::Ingress, Arc::clone(&route.namespace), Arc::clone(&route.name));
        all.entry(key).or_default().extend(policy.not_executed.iter().cloned());
    }
    all
}

#[cfg(test)]
mod tests;
