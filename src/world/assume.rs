//! What a rehearsal stands in for, because manifests rarely come whole.
//!
//! - A Service that a route or an Ingress names, with the ports that are asked for, where its namespace holds no real
//!   Service at all.
//! - A certificate Secret, empty (who serves it makes the certificate), where its namespace holds no real Secret of
//!   type `kubernetes.io/tls`.
//! - A GatewayClass, where there is no real one at all.
//! - Every Namespace that objects or references use. It has no label but its name, so a listener that selects namespaces by label
//!   does not take its routes.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::{Value, json};

use super::{Change, World, census::Sort, references::Ask};
use crate::resource::{Key, Kind, Meta, Object};

/// The objects that nobody gave and that a rehearsal stands in for, as changes to make to `world`.
///
/// Where a namespace holds no Service object at all, each Service that a route names is assumed, with the ports
/// that are asked for; where it holds any, strict is the rule. So with a missing GatewayClass, Namespace, and
/// certificate Secret (only if the namespace holds no Secret of type `kubernetes.io/tls` at all).
/// `touched` are the keys changed since the last call (`None`: look at all); assumed objects that a real one
/// replaced are overwritten by it, those that nobody needs any more are removed.
///
/// Costs what was touched, except when the first real object of a sort comes or the last goes.
pub fn assume(world: &World, touched: Option<&[Change]>) -> Vec<Change> {
    let mut look: BTreeSet<Key> = world.loose.iter().cloned().collect();
    match touched {
        None => {
            look.extend(world.referrers.keys().filter(|key| Sort::of(&key.kind).is_some()).cloned());
            for objects in world.kinds.values() {
                look.extend(
                    objects.values().filter(|object| object.assumed).map(|object| object.key.clone()),
                );
                look.extend(objects.values().map(|object| namespace(&object.key)));
            }
        }
        Some(changes) => {
            for change in changes {
                look_around(world, change.key(), &mut look);
            }
        }
    }
    let used: Vec<Key> = look.iter().map(namespace).collect();
    look.extend(used);
    look.retain(|key| !key.name.is_empty());
    look.iter().filter_map(|key| settle(world, key)).collect()
}

/// The keys that a change of this object may make or end.
fn look_around(world: &World, key: &Key, look: &mut BTreeSet<Key>) {
    look.insert(key.clone());
    look.insert(namespace(key));
    if let Some(object) = world.get(key) {
        look.extend(super::references(object).into_iter().map(|reference| reference.to));
    }
    let Some(sort) = Sort::of(&key.kind) else { return };
    // Only the first real object of a sort and the last change what the others of its namespace may be.
    let first = world.census.real(sort, &key.namespace) > 0 && world.census.assumed(sort, &key.namespace) > 0;
    let last = world.census.real(sort, &key.namespace) == 0 && world.get(key).is_none();
    if first || last {
        look.extend(world.targets_in(&key.kind, &key.namespace).cloned());
        look.extend(world.list_in(&key.kind, &key.namespace).map(|object| object.key.clone()));
    }
}

/// The Namespace of an object; without a name for one that has none.
fn namespace(key: &Key) -> Key {
    Key::new(Kind::Namespace, "", Arc::clone(&key.namespace))
}

/// The change that makes one key as it should be, if any.
fn settle(world: &World, key: &Key) -> Option<Change> {
    let now = world.get(key);
    if now.is_some_and(|object| !object.assumed) {
        return None;
    }
    match (now, wanted(world, key)) {
        (None, None) => None,
        (Some(_), None) => Some(Change::Remove(key.clone())),
        (None, Some(text)) => Some(Change::Put(Arc::new(assumed(key, &text)))),
        // A loose one is put again, so that it is not looked at for ever.
        (Some(object), Some(text)) => {
            let next = assumed(key, &text);
            (**object != next || world.loose.contains(key)).then(|| Change::Put(Arc::new(next)))
        }
    }
}

/// The text of what should be assumed under this key, if anything.
fn wanted(world: &World, key: &Key) -> Option<Value> {
    if key.kind == Kind::Namespace {
        return is_used(world, &key.name)
            .then(|| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": &*key.name}}));
    }
    let sort = Sort::of(&key.kind)?;
    let asks = &world.referrers.get(key)?.asks;
    if asks.is_empty() || world.census.real(sort, &key.namespace) > 0 {
        return None;
    }
    let metadata = json!({"name": &*key.name, "namespace": &*key.namespace});
    Some(match sort {
        Sort::Service => json!({
            "apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": ports(asks.keys())}
        }),
        Sort::Certificate => json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "kubernetes.io/tls", "data": {}
        }),
        Sort::Class => json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass",
            "metadata": {"name": &*key.name}, "spec": {"controllerName": "cutover.dev/rehearsal"}
        }),
        Sort::Any => return None,
    })
}

/// Whether a namespace holds a real object, or something in it is asked for.
pub(super) fn is_used(world: &World, namespace: &Arc<str>) -> bool {
    world.census.real(Sort::Any, namespace) > 0
        || [Kind::Service, Kind::Secret].into_iter().any(|kind| {
            world
                .targets_in(&kind, namespace)
                .any(|to| world.referrers.get(to).is_some_and(|referrers| !referrers.asks.is_empty()))
        })
}

/// Ports of an assumed Service: as asked by number; for names free numbers from 80.
fn ports<'a>(asks: impl Iterator<Item = &'a Ask>) -> Vec<Value> {
    let mut ports: Vec<(u16, &str, String)> = Vec::new();
    let mut names: Vec<&Arc<str>> = Vec::new();
    for ask in asks {
        match ask {
            Ask::Port(port) => ports.push((*port, "TCP", format!("p{port}"))),
            Ask::UdpPort(port) => ports.push((*port, "UDP", format!("udp{port}"))),
            Ask::PortName(name) => names.push(name),
            Ask::Certificate | Ask::Class => {}
        }
    }
    for name in names {
        let free = (80..u16::MAX).find(|n| ports.iter().all(|(port, ..)| port != n)).unwrap_or(u16::MAX);
        ports.push((free, "TCP", name.to_string()));
    }
    ports
        .iter()
        .map(|(port, protocol, name)| json!({"name": name, "port": port, "protocol": protocol}))
        .collect()
}

fn assumed(key: &Key, text: &Value) -> Object {
    Object {
        key: key.clone(),
        api_version: text["apiVersion"].as_str().unwrap_or_default().into(),
        meta: Meta::default(),
        text: text.to_string().into(),
        origin: None,
        assumed: true,
    }
}
