//! Ingresses of a small World, looked at.

use std::{path::Path, sync::Arc};

use serde_json::{Value, json};

use super::*;
use crate::{
    dialect::ingress,
    resource::{Key, Kind, Meta, Object, Origin},
    world::World,
};

mod classes;
mod complexity;
mod counts;
mod executed;
mod judgements;
mod snippets;
mod surveys;

/// An object from the 7th line of `a.yaml`.
fn object(value: Value) -> Arc<Object> {
    let word = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = Kind::from_api(&word("/apiVersion"), &word("/kind"));
    Arc::new(Object {
        key: Key::new(kind, word("/metadata/namespace"), word("/metadata/name")),
        api_version: word("/apiVersion").into(),
        meta: Meta::default(),
        text: value.to_string().into(),
        origin: Some(Origin { file: Path::new("a.yaml").into(), line: 7, start: 0, item: None }),
        assumed: false,
    })
}

/// An Ingress of class `nginx` with a rule for `shop.example`.
fn ingress(name: &str, annotations: Value) -> Arc<Object> {
    with_spec(
        name,
        annotations,
        json!({"ingressClassName": "nginx", "rules": [{"host": "shop.example", "http": {"paths": [
            {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "shop", "port": {"number": 80}}}},
        ]}}]}),
    )
}

fn with_spec(name: &str, annotations: Value, spec: Value) -> Arc<Object> {
    let (namespace, name) = name.split_once('/').unwrap_or(("shop", name));
    object(json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"namespace": namespace, "name": name, "annotations": annotations},
        "spec": spec,
    }))
}

fn class(name: &str, controller: &str, annotations: Value) -> Arc<Object> {
    object(json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": name, "annotations": annotations},
        "spec": {"controller": controller},
    }))
}

fn nginx(short: &str) -> String {
    format!("nginx.ingress.kubernetes.io/{short}")
}

/// A survey as of a folder.
fn look(world: &World) -> Survey {
    survey(world, &ingress::compile(world), &Options::default())
}

/// The one Ingress of a survey.
fn only(objects: impl IntoIterator<Item = Arc<Object>>) -> IngressFacts {
    let mut survey = look(&World::of(objects));
    assert_eq!(survey.ingresses.len(), 1);
    survey.ingresses.remove(0)
}
