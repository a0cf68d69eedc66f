//! Objects as values for JSON and YAML: the text as it came, our status beside it under `cutover`.

use serde_json::{Map, Value, json};

use super::Known;
use crate::{
    resource::{Condition, Key, Object, show},
    routing::ListenerId,
};

/// The object's text, with `cutover` added. Its own `status` stays as the file has it.
pub fn with_status(known: &Known<'_>, object: &Object) -> Value {
    let mut value = show::shown(object);
    let mut ours = status(known, &object.key);
    if object.assumed {
        ours.insert("assumed".into(), true.into());
    }
    if let Some(origin) = &object.origin {
        ours.insert("file".into(), origin.file.display().to_string().into());
        ours.insert("line".into(), origin.line.into());
    }
    if let Some(map) = value.as_object_mut().filter(|_| !ours.is_empty()) {
        map.insert("cutover".into(), ours.into());
    }
    value
}

fn status(known: &Known<'_>, key: &Key) -> Map<String, Value> {
    let all = &known.compiled.status;
    let mut ours = Map::new();
    if let Some(found) = all.classes.get(key) {
        ours.insert("conditions".into(), conditions(found));
    }
    if let Some(gateway) = all.gateways.get(key) {
        let listeners: Vec<Value> = gateway
            .listeners
            .iter()
            .map(|listener| {
                json!({
                    "name": *listener.id.name,
                    "attachedRoutes": listener.attached_routes,
                    "supportedKinds": listener.supported_kinds,
                    "conditions": conditions(&listener.conditions),
                    "served": listener.served,
                })
            })
            .collect();
        ours.insert("conditions".into(), conditions(&gateway.conditions));
        ours.insert("listeners".into(), listeners.into());
    }
    if let Some(parents) = all.routes.get(key) {
        let parents: Vec<Value> = parents
            .iter()
            .map(|parent| {
                json!({
                    "gateway": {"namespace": *parent.gateway.namespace, "name": *parent.gateway.name},
                    "sectionName": parent.parent.section_name,
                    "port": parent.parent.port,
                    "listeners": parent.listeners.iter().map(|id: &ListenerId| &*id.name).collect::<Vec<_>>(),
                    "conditions": conditions(&parent.conditions),
                    "served": parent.served,
                })
            })
            .collect();
        ours.insert("parents".into(), parents.into());
    }
    ours
}

/// Conditions as `metav1.Condition`, and the cure where there is one.
pub fn conditions(found: &[Condition]) -> Value {
    let list = found.iter().map(|one| {
        let mut value = json!({
            "type": one.kind,
            "status": one.status,
            "reason": one.reason,
            "message": one.message,
            "observedGeneration": one.generation,
        });
        if let Some(map) = value.as_object_mut() {
            if !one.cure.is_empty() {
                map.insert("cure".into(), one.cure.as_str().into());
            }
            if let Some(field) = &one.field {
                map.insert("field".into(), field.as_str().into());
            }
        }
        value
    });
    Value::Array(list.collect())
}
