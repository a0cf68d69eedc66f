//! Worlds written as JSON, and what they compile to.

mod article;
mod attachment;
mod listeners;
mod next;
mod problems;
mod rules;

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::{
    resource::{Kind, Meta, Object},
    routing::{Ask, Explanation, Side, explain},
};

/// An object from its JSON, as a source would make it.
pub(super) fn object(text: &Value) -> Arc<Object> {
    let word = |pointer: &str| text.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let labels = text.pointer("/metadata/labels").and_then(Value::as_object).cloned().unwrap_or_default();
    let labels = labels.iter().map(|(k, v)| (k.as_str().into(), v.as_str().unwrap_or_default().into()));
    Arc::new(Object {
        key: Key::new(
            Kind::from_api(&word("/apiVersion"), &word("/kind")),
            word("/metadata/namespace"),
            word("/metadata/name"),
        ),
        api_version: word("/apiVersion").into(),
        meta: Meta {
            labels: labels.collect(),
            created: word("/metadata/creationTimestamp").parse().ok(),
            generation: text.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or(0),
        },
        text: text.to_string().into(),
        origin: None,
        assumed: false,
    })
}

pub(super) fn key(kind: Kind, path: &str) -> Key {
    let (namespace, name) = path.split_once('/').unwrap_or(("", path));
    Key::new(kind, namespace, name)
}

/// `kind`, `namespace/name` and a spec.
pub(super) fn of(kind: Kind, path: &str, spec: Value) -> Arc<Object> {
    object(&json!({
        "apiVersion": match kind.group() {
            "" => "v1".to_owned(),
            group => format!("{group}/v1"),
        },
        "kind": kind.name(),
        "metadata": {"namespace": &*key(kind.clone(), path).namespace, "name": &*key(kind, path).name, "generation": 3},
        "spec": spec
    }))
}

pub(super) fn gateway(path: &str, listeners: Value) -> Arc<Object> {
    of(Kind::Gateway, path, json!({"gatewayClassName": "eg", "listeners": listeners}))
}

/// A route to `infra/edge` with these hostnames and rules.
pub(super) fn route(path: &str, hostnames: Value, rules: Value) -> Arc<Object> {
    let parent = json!([{"name": "edge", "namespace": "infra"}]);
    of(Kind::HttpRoute, path, json!({"parentRefs": parent, "hostnames": hostnames, "rules": rules}))
}

pub(super) fn service(path: &str, ports: &[u16]) -> Arc<Object> {
    let ports: Vec<Value> =
        ports.iter().map(|port| json!({"name": format!("p{port}"), "port": port})).collect();
    of(Kind::Service, path, json!({"ports": ports}))
}

pub(super) fn namespace(name: &str, labels: Value) -> Arc<Object> {
    object(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}))
}

pub(super) fn class() -> Arc<Object> {
    of(Kind::GatewayClass, "eg", json!({"controllerName": "example.com/gateway"}))
}

pub(super) fn http() -> Value {
    json!([{"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}}])
}

/// A World with a class, `infra/edge` with these listeners, and more.
pub(super) fn world(listeners: Value, more: impl IntoIterator<Item = Arc<Object>>) -> World {
    World::of([class(), gateway("infra/edge", listeners)].into_iter().chain(more))
}

/// The same as a rehearsal has it.
pub(super) fn assumed(world: &World) -> World {
    world.apply(&crate::world::assume(world, None))
}

pub(super) fn ask(method: &str, url: &str, headers: &[(&str, &str)]) -> Ask {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (host, path) = rest.split_once('/').map_or((rest, String::from("/")), |(h, p)| (h, format!("/{p}")));
    let (path, query) = path.split_once('?').map_or((path.as_str(), None), |(p, q)| (p, Some(q.to_owned())));
    Ask {
        side: Side::New,
        gateway: None,
        method: method.to_owned(),
        scheme: scheme.to_owned(),
        host: host.to_owned(),
        port: if scheme == "https" { 443 } else { 80 },
        path: path.to_owned(),
        query,
        headers: headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
    }
}

pub(super) fn get(compiled: &Compiled, url: &str) -> Explanation {
    explain(&compiled.table, &ask("GET", url, &[]))
}

/// Where a request ends: `api:80`, `301 https://…`, `404`, `500`.
pub(super) fn end(explanation: &Explanation) -> String {
    if let Some(location) = &explanation.location {
        return format!("{} {location}", explanation.status.unwrap_or_default());
    }
    if let Some(status) = explanation.status {
        return status.to_string();
    }
    let ends: Vec<String> = explanation
        .backends
        .iter()
        .filter(|backend| backend.share > 0.0)
        .map(|backend| format!("{}:{}", backend.backend.name, backend.port))
        .collect();
    ends.join(" ")
}

/// `Accepted=False/Reason` of each condition.
pub(super) fn short(conditions: &[Condition]) -> Vec<String> {
    conditions.iter().map(|c| format!("{}={:?}/{}", c.kind, c.status, c.reason)).collect()
}

pub(super) fn parents(compiled: &Compiled, kind: Kind, path: &str) -> Arc<[ParentStatus]> {
    compiled.status.routes.get(&key(kind, path)).cloned().unwrap_or_else(|| Arc::new([]))
}

/// Conditions of a route at its first parent.
pub(super) fn conditions(compiled: &Compiled, path: &str) -> Vec<Condition> {
    parents(compiled, Kind::HttpRoute, path)
        .first()
        .map(|parent| parent.conditions.clone())
        .unwrap_or_default()
}

pub(super) fn status(compiled: &Compiled, path: &str) -> Arc<GatewayStatus> {
    Arc::clone(compiled.status.gateways.get(&key(Kind::Gateway, path)).unwrap())
}
