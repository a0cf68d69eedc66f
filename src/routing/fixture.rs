//! Tables and requests for the tests of this room.

use std::{borrow::Cow, cmp::Reverse, sync::Arc};

use super::*;

/// A match to be made.
#[derive(Clone, Debug)]
pub(super) struct Spec {
    pub(super) path: PathMatch,
    pub(super) method: Option<&'static str>,
    pub(super) fields: Vec<FieldMatch>,
    pub(super) created: i64,
    pub(super) route: &'static str,
    pub(super) rule: u32,
    pub(super) matched: u32,
}

pub(super) fn spec(route: &'static str, path: PathMatch) -> Spec {
    Spec { path, method: None, fields: Vec::new(), created: 0, route, rule: 0, matched: 0 }
}

pub(super) fn header(name: &str, value: &str) -> FieldMatch {
    FieldMatch { field: Field::Header, name: name.into(), value: ValueMatch::exact(value) }
}

pub(super) fn query(name: &str, value: &str) -> FieldMatch {
    FieldMatch { field: Field::Query, name: name.into(), value: ValueMatch::exact(value) }
}

pub(super) fn origin(kind: &str, path: &str) -> Origin {
    let (namespace, name) = path.split_once('/').unwrap_or(("shop", path));
    Origin { kind: kind.into(), namespace: namespace.into(), name: name.into() }
}

pub(super) fn backend(name: &str, weight: u32) -> Backend {
    Backend::new(Arc::new(BackendId { service: origin("Service", name), port: 8080 }), weight)
}

pub(super) fn rule(route: &str, index: u32, action: Action) -> Rule {
    Rule::new(RuleId { route: Arc::new(origin("HTTPRoute", route)), index, name: None }, action)
}

impl Spec {
    pub(super) fn build(&self) -> Arc<Candidate> {
        self.with(rule(self.route, self.rule, Action::Forward(Split::new([backend(self.route, 1)]))))
    }

    pub(super) fn with(&self, rule: Rule) -> Arc<Candidate> {
        let count = |kind| self.fields.iter().filter(|field| field.field == kind).count() as u16;
        Arc::new(Candidate {
            rank: Rank {
                method: Reverse(self.method.is_some()),
                headers: Reverse(count(Field::Header)),
                queries: Reverse(count(Field::Query)),
                created: self.created,
                route: rule.id.route.clone(),
                rule: self.rule,
                matched: self.matched,
            },
            path: self.path.clone(),
            conditions: Conditions {
                tests: Box::default(),
                method: self.method.map(Into::into),
                fields: self.fields.clone().into(),
            },
            rule: Arc::new(rule),
            match_index: self.matched,
        })
    }
}

pub(super) fn port_key(gateway: &str, port: u16) -> PortKey {
    PortKey { side: Side::New, entry: Arc::new(origin("Gateway", gateway)), port }
}

pub(super) fn listener(key: &PortKey, name: &str, hostname: &str, hosts: HostMap) -> Arc<Listener> {
    Arc::new(Listener {
        id: ListenerId { port: key.clone(), name: name.into() },
        hostname: HostPattern::parse(hostname).unwrap(),
        host_policy: HostPolicy::Cascade,
        path_policy: PathPolicy::AsReceived,
        hosts,
    })
}

/// A map of these matches, by hostname as Gateway API writes it.
pub(super) fn hosts(matches: &[(&str, Spec)]) -> HostMap {
    let mut map = HostMap::default();
    for (host, spec) in matches {
        map.add(&HostPattern::parse(host).unwrap(), vec![spec.build()]);
    }
    map
}

/// A request made of its parts.
#[derive(Clone, Debug)]
pub(super) struct Plain {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) headers: Vec<(String, String)>,
}

pub(super) fn get(path: &str) -> Plain {
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (path, None),
    };
    Plain { method: "GET".into(), path: path.into(), query, headers: Vec::new() }
}

impl Plain {
    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

impl Request for Plain {
    fn method(&self) -> &str {
        &self.method
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        let values: Vec<&str> =
            self.headers.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str()).collect();
        match values.as_slice() {
            [] => None,
            [one] => Some(Cow::Borrowed(*one)),
            several => Some(Cow::Owned(several.join(", "))),
        }
    }
}
