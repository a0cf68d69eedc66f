//! Rules with weights: what is written, what the gateway executes, what was seen to happen.

use std::sync::Arc;

use super::{
    Health, Measures, Reading,
    measure::{self, Over},
    observed::{self, Observed},
    routes::{Route, order},
};
use crate::{
    dialect::gateway::Compiled,
    rehearsal::{Backing, View},
    resource::{Key, gateway_api::AnyRoute},
    routing::{self, Action, ListenerId, Split},
    traffic::{Moment, Scope, Share},
};

/// A rule with more than one backend, as its route has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The route.
    pub route: Key,
    /// Position, from 0.
    pub index: usize,
    /// The rule's own name.
    pub name: Option<String>,
    /// Number of rules of the route.
    pub of: usize,
    /// The route's hostnames.
    pub hostnames: Vec<String>,
    /// In the order written.
    pub backends: Vec<Backend>,
}

/// One backend of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Backend {
    /// What it names.
    pub service: Key,
    /// Its port; 0 when none is given.
    pub port: u16,
    /// Name shown: shortest that is unique within the rule.
    pub name: String,
    /// As `rollout` names it: `namespace/name:port`, or `name:port` in the route's own namespace.
    pub plan_name: String,
    /// The weight, 1 when not written.
    pub weight: i64,
    /// As written.
    pub written: Option<i64>,
}

impl Backend {
    /// Whether a person means it: by its Service, with namespace and port or without.
    pub fn is_called(&self, typed: &str) -> bool {
        let (name, port) = (&*self.service.name, self.port);
        let path = self.service.path();
        typed == self.name
            || typed == name
            || typed == path
            || typed == format!("{name}:{port}")
            || typed == format!("{path}:{port}")
    }

    /// What its requests are counted by.
    pub fn scope(&self, rule: &Rule) -> Scope {
        measure::of_backend(&rule.route, rule.index, &self.service, self.port)
    }
}

impl Rule {
    /// Sum of the weights.
    pub fn sum(&self) -> i64 {
        self.backends.iter().map(|backend| backend.weight).sum()
    }

    /// Whether two are the same rule of the same route, whatever their weights.
    pub fn same(&self, other: &Self) -> bool {
        self.route == other.route && self.index == other.index
    }
}

/// All rules with more than one backend, in the order of the routes.
pub fn rules(routes: &[Arc<Route>]) -> Vec<Rule> {
    routes.iter().filter(|route| !route.splits.is_empty()).flat_map(|route| rules_of(route)).collect()
}

/// The place of a route's rules among all.
fn range(all: &[Rule], route: &Key) -> std::ops::Range<usize> {
    let from = all.partition_point(|rule| order(&rule.route, route).is_lt());
    let rest = all.get(from..).unwrap_or_default();
    from..from + rest.partition_point(|rule| rule.route == *route)
}

/// The rules of one route among all.
pub fn of_route<'a>(all: &'a [Rule], route: &Key) -> &'a [Rule] {
    all.get(range(all, route)).unwrap_or_default()
}

/// One rule among all.
pub fn find<'a>(all: &'a [Rule], route: &Key, index: usize) -> Option<&'a Rule> {
    of_route(all, route).iter().find(|rule| rule.index == index)
}

/// The position of one rule among all.
pub fn position(all: &[Rule], route: &Key, index: usize) -> Option<usize> {
    let range = range(all, route);
    range.into_iter().find(|at| all.get(*at).is_some_and(|rule| rule.index == index))
}

/// Takes a route's rules as they are now; gives those whose backends or weights are others than before.
pub fn patch(all: &mut Vec<Rule>, route: &Key, now: Option<&Route>) -> Vec<usize> {
    let fresh = now.filter(|route| !route.splits.is_empty()).map(rules_of).unwrap_or_default();
    let old: Vec<Rule> = all.splice(range(all, route), fresh.iter().cloned()).collect();
    let weights = |rule: &Rule| -> Vec<(String, i64)> {
        rule.backends.iter().map(|backend| (backend.plan_name.clone(), backend.weight)).collect()
    };
    let moved = |rule: &&Rule| {
        old.iter().find(|old| old.index == rule.index).is_none_or(|old| weights(old) != weights(rule))
    };
    fresh.iter().filter(moved).map(|rule| rule.index).collect()
}

/// The rules of one route that have more than one backend.
pub fn rules_of(route: &Route) -> Vec<Rule> {
    let Ok(view) = AnyRoute::of(&route.object) else { return Vec::new() };
    let key = &route.object.key;
    let written = written_weights(&route.object.value());
    let of = view.spec.rules.len();
    let hostnames = view.spec.hostnames.clone();
    let rule = |(index, rule): (usize, crate::resource::gateway_api::AnyRule)| {
        let backends = rule.backend_refs.iter().enumerate().map(|(at, backend)| {
            let namespace = backend.namespace.clone().unwrap_or_else(|| key.namespace.to_string());
            let port = backend.port.and_then(|port| u16::try_from(port).ok()).unwrap_or(0);
            let foreign = namespace != *key.namespace;
            let plan_name = match (foreign, backend.port) {
                (false, None) => backend.name.clone(),
                (false, Some(port)) => format!("{}:{port}", backend.name),
                (true, None) => format!("{namespace}/{}", backend.name),
                (true, Some(port)) => format!("{namespace}/{}:{port}", backend.name),
            };
            let twice = rule.backend_refs.iter().filter(|other| other.name == backend.name).count() > 1;
            Backend {
                service: Key::new(backend.kind(), namespace, backend.name.as_str()),
                port,
                name: if twice || foreign { plan_name.clone() } else { backend.name.clone() },
                plan_name,
                weight: backend.weight,
                written: written.get(index).and_then(|rule| rule.get(at)).copied().flatten(),
            }
        });
        Rule {
            route: key.clone(),
            index,
            of,
            backends: backends.collect(),
            name: rule.name,
            hostnames: hostnames.clone(),
        }
    };
    view.spec.rules.into_iter().enumerate().map(rule).filter(|rule| rule.backends.len() > 1).collect()
}

fn written_weights(value: &serde_json::Value) -> Vec<Vec<Option<i64>>> {
    let list =
        |value: Option<&serde_json::Value>| value.and_then(|v| v.as_array()).cloned().unwrap_or_default();
    list(value.pointer("/spec/rules"))
        .iter()
        .map(|rule| {
            list(rule.get("backendRefs"))
                .iter()
                .map(|backend| backend.get("weight").and_then(serde_json::Value::as_i64))
                .collect()
        })
        .collect()
}

/// What is known of one backend now.
#[derive(Clone, Debug, PartialEq)]
pub struct BackendNow {
    /// Share by the weights that the gateway executes, 0 to 1.
    pub programmed: Reading<f64>,
    /// Share seen, with its band; over what is said with the rule.
    pub observed: Reading<Share>,
    /// Rate, errors and latency over 60 s.
    pub traffic: Measures,
    /// Why it must not get weight.
    pub refuses: Option<String>,
    /// Nobody gave its Service.
    pub assumed: bool,
}

/// What is known of a rule now.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleNow {
    /// In the order of the backends.
    pub backends: Vec<BackendNow>,
    /// What observed shares are made of.
    pub over: Observed,
    /// Parents that serve it, of all.
    pub parents: (usize, usize),
    /// The worst that a parent says.
    pub health: Health,
    /// Listeners that it is attached to: `infra/edge ▸ https`.
    pub listeners: Vec<String>,
    /// Requests a second of the whole rule over 10 s.
    pub rate: Reading<f64>,
}

/// What is known of a rule now. Requests from before `since`, when its weights changed last, are not observed.
pub fn now(view: &View, rule: &Rule, since: Option<Moment>) -> RuleNow {
    let status = view.compiled.status.routes.get(&rule.route);
    let parents = status.map_or(&[][..], |all| all);
    let attached: Vec<&ListenerId> = parents.iter().flat_map(|parent| &parent.listeners).collect();
    let split = attached.iter().find_map(|id| split(&view.compiled, id, rule));
    let counts: Vec<Reading<u64>> =
        rule.backends.iter().map(|backend| observed::requests(view, &backend.scope(rule), since)).collect();
    let over = Observed::of(view, &counts, since);
    let backends = rule.backends.iter().zip(&counts).enumerate().map(|(index, (backend, count))| {
        let programmed = match &split {
            Some(split) => split
                .backends
                .iter()
                .find(|b| b.index as usize == index)
                .map_or(Reading::Unknown("the gateway does not know this backend"), |b| {
                    Reading::Is(split.share(b))
                }),
            None => Reading::Unknown("the route is attached to no listener"),
        };
        BackendNow {
            programmed,
            observed: over.share(*count),
            traffic: measure::measures(view, &backend.scope(rule), Over::Long),
            refuses: refuses(view, rule, index, split.as_ref()),
            assumed: view.world.get(&backend.service).is_some_and(|object| object.assumed),
        }
    });
    RuleNow {
        backends: backends.collect(),
        over,
        parents: (parents.iter().filter(|parent| !parent.listeners.is_empty()).count(), parents.len()),
        health: parents
            .iter()
            .map(|parent| Health::of_all(&parent.conditions))
            .min()
            .unwrap_or(Health::Unknown),
        listeners: attached.iter().map(|id| format!("{} ▸ {}", id.port.entry, id.name)).collect(),
        rate: measure::measures(view, &measure::of_rule(&rule.route, rule.index), Over::Short).rate,
    }
}

/// Why a backend must not get weight: no endpoint, no such Service, no grant.
fn refuses(view: &View, rule: &Rule, index: usize, split: Option<&Split>) -> Option<String> {
    let backend = rule.backends.get(index)?;
    if let Some(why) = split.and_then(|split| {
        split.backends.iter().find(|b| b.index as usize == index).and_then(|b| b.problem.as_ref())
    }) {
        return Some(why.to_string());
    }
    let stand_in = view.stand_ins.iter().find(|stand_in| {
        let id = &stand_in.backend;
        id.port == backend.port
            && *id.service.namespace == *backend.service.namespace
            && *id.service.name == *backend.service.name
    });
    (stand_in?.backing == Backing::NoEndpoint).then(|| "no ready endpoint".to_owned())
}

/// The split that a listener executes for a rule.
fn split(compiled: &Compiled, id: &ListenerId, rule: &Rule) -> Option<Split> {
    let port = compiled.table.ports.get(&id.port)?;
    let listener = port.listeners.iter().find(|listener| listener.id == *id)?;
    let hosts = &listener.hosts;
    let mut asked: Vec<&Arc<routing::VirtualHost>> = Vec::new();
    for hostname in &rule.hostnames {
        let hostname = hostname.to_ascii_lowercase();
        match hostname.strip_prefix("*.") {
            Some(under) => asked.extend(hosts.under.get(under)),
            None => asked.extend(hosts.exact.get(hostname.as_str())),
        }
    }
    if asked.is_empty() {
        // A route without hostnames stands under those of the listener.
        asked.extend(hosts.any.iter());
        asked.extend(hosts.exact.values());
        asked.extend(hosts.under.values());
    }
    asked.into_iter().find_map(|host| find_in(host, rule))
}

fn find_in(host: &routing::VirtualHost, rule: &Rule) -> Option<Split> {
    let buckets = host.exact.values().chain(host.prefix.values()).flat_map(|bucket| bucket.iter());
    let candidate = buckets.chain(&host.patterns).chain(&host.raw_prefix).find(|candidate| {
        let id = &candidate.rule.id;
        id.index as usize == rule.index
            && *id.route.namespace == *rule.route.namespace
            && *id.route.name == *rule.route.name
            && *id.route.kind == *rule.route.kind.name()
    })?;
    match &candidate.rule.action {
        Action::Forward(split) => Some(split.clone()),
        Action::Redirect(_) | Action::Answer(..) | Action::Return(_) => None,
    }
}
