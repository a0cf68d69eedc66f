//! What traffic says: backends that fail more than the rest of their rule, routes that fail at all.
//!
//! Goes through what was counted, never through all objects: it is asked for with every scrape.

use std::collections::HashMap;

use super::{
    Health,
    findings::Finding,
    rules::{self, Rule},
};
use crate::{
    rehearsal::View,
    resource::{GATEWAY_GROUP, Key, Kind},
    traffic::{self, Measured, Scope},
};

/// What traffic says now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moving {
    /// By subject.
    pub list: Vec<Finding>,
    /// Rules of which one backend fails more than the rest, beyond chance: route, rule, backend.
    pub worse: Vec<(Key, usize, usize)>,
}

/// A rule by kind, route and position, as it is counted.
type Counted<'a> = (&'a str, &'a str, u32);

/// What traffic says of rules with several backends, and of routes without.
pub fn moving(view: &View, rules: &[Rule]) -> Moving {
    let mut out = Moving::default();
    let mut split: HashMap<Counted<'_>, Vec<(&str, u16, Measured)>> = HashMap::new();
    for (scope, series) in &view.traffic.scopes {
        let Some(long) = series.long else { continue };
        match scope {
            Scope::Backend { kind, route, rule, backend, port } => {
                split.entry((kind, route, *rule)).or_default().push((backend, *port, long));
            }
            Scope::Route { kind, route } => fails(kind, route, long, rules, &mut out),
            Scope::All
            | Scope::Side { .. }
            | Scope::Gateway { .. }
            | Scope::Listener { .. }
            | Scope::Rule { .. }
            | Scope::Service { .. } => {}
        }
    }
    for ((kind, route, index), measured) in split {
        let Some(key) = key(kind, route).filter(|_| measured.len() > 1) else { continue };
        if let Some(rule) = rules::find(rules, &key, index as usize) {
            compare(view, rule, &measured, &mut out);
        }
    }
    out.list.sort_by(|a, b| (&a.subject, &a.words).cmp(&(&b.subject, &b.words)));
    out.worse.sort();
    out
}

fn key(kind: &str, route: &str) -> Option<Key> {
    let (namespace, name) = route.split_once('/')?;
    let kind =
        if kind == Kind::Ingress.name() { Kind::Ingress } else { Kind::from_group(GATEWAY_GROUP, kind) };
    Some(Key::new(kind, namespace, name))
}

fn compare(view: &View, rule: &Rule, measured: &[(&str, u16, Measured)], out: &mut Moving) {
    let of = |at: usize| {
        let backend = rule.backends.get(at)?;
        let path = backend.service.path();
        measured.iter().find(|(name, port, _)| *name == path && *port == backend.port).map(|(.., m)| *m)
    };
    for (at, backend) in rule.backends.iter().enumerate() {
        let Some(own) = of(at) else { continue };
        let rest = (0..rule.backends.len()).filter(|other| *other != at).filter_map(of);
        let (requests, errors) = rest.fold((0, 0), |(r, e), m| (r + m.requests, e + m.errors));
        let (Some(mine), Some(theirs)) =
            (traffic::share(own.errors, own.requests), traffic::share(errors, requests))
        else {
            continue;
        };
        if mine.low <= theirs.high {
            continue;
        }
        out.worse.push((rule.route.clone(), rule.index, at));
        if view.world.get(&backend.service).is_none() {
            // The route's own condition tells of it, and of its share.
            continue;
        }
        out.list.push(Finding {
            health: Health::Attention,
            object: Some(rule.route.clone()),
            subject: rule.route.path(),
            words: format!(
                "{} 5xx {:.1} % against {:.1} %",
                backend.name,
                mine.value * 100.0,
                theirs.value * 100.0
            ),
            detail: format!("over 60 s, {} requests of it and {requests} of the rest", own.requests),
            cause: Some(format!("worse {} {}", rule.route, rule.index)),
            also: Vec::new(),
        });
    }
}

/// A route of which one request in a hundred fails, beyond chance. Those with several backends are compared instead.
fn fails(kind: &str, route: &str, long: Measured, rules: &[Rule], out: &mut Moving) {
    let Some(share) = traffic::share(long.errors, long.requests).filter(|share| share.low > 0.01) else {
        return;
    };
    let Some(key) = key(kind, route) else { return };
    if rules::of_route(rules, &key).is_empty() {
        out.list.push(Finding {
            health: Health::Attention,
            subject: route.to_owned(),
            words: format!("{:.1} % of its requests answer 5xx", share.value * 100.0),
            detail: format!("over 60 s, {} of {} requests", long.errors, long.requests),
            cause: Some(format!("fails {key}")),
            object: Some(key),
            also: Vec::new(),
        });
    }
}
