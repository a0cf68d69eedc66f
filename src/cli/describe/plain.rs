//! Kinds that need no more than their text, and Secrets, of which only sizes are told.

use serde_json::Value;

use super::{indented, listed, section};
use crate::{
    cli::{
        scene::Scene,
        table::Table,
        words::{self, items, text},
    },
    resource::{Object, show::to_yaml},
};

/// Everything beside what the head has told.
pub fn rest(value: &Value) -> String {
    let mut page = String::new();
    for (name, member) in value.as_object().into_iter().flatten() {
        if !matches!(name.as_str(), "apiVersion" | "kind" | "metadata" | "status") {
            let mut title = name.clone();
            title.get_mut(..1).map(str::make_ascii_uppercase);
            page.push_str(&indented(&format!("{title}:"), &to_yaml(member)));
        }
    }
    page
}

/// Type, and the size of each entry, which is all that is told of a Secret.
pub fn secret(value: &Value) -> String {
    let mut table = Table::default();
    for member in ["data", "stringData"] {
        for (key, size) in value.get(member).and_then(Value::as_object).into_iter().flatten() {
            table.row([format!("{key}:"), words::plain(size)]);
        }
    }
    let kind = match text(value, "/type") {
        kind if kind.is_empty() => "Opaque".to_owned(),
        kind => kind,
    };
    let mut facts = Table::default();
    facts.row(["Type:", &kind]);
    format!("\n{}{}", facts.render(0), section("Data:", &table))
}

/// Type, ports, selector, and who is ready behind it.
pub fn service(scene: &Scene, object: &Object, value: &Value) -> String {
    let mut table = Table::default();
    let kind = match text(value, "/spec/type") {
        kind if kind.is_empty() => "ClusterIP".to_owned(),
        kind => kind,
    };
    table.row(["Type:", &kind]);
    let ports: Vec<_> = items(value, "/spec/ports").iter().map(port).collect();
    listed(&mut table, "Ports:", &ports);
    let selector = value.pointer("/spec/selector").and_then(Value::as_object);
    let selector =
        selector.into_iter().flatten().map(|(key, value)| format!("{key}={}", words::plain(value)));
    listed(&mut table, "Selector:", &selector.collect::<Vec<_>>());
    let endpoints = match words::ready(&scene.world, &object.key) {
        None => "no EndpointSlice is given: a stand-in answers in a rehearsal".to_owned(),
        Some((0, all)) => format!("none of {all} is ready: requests are answered with 503"),
        Some((ready, all)) => format!("{ready} of {all} ready"),
    };
    table.row(["Endpoints:", &endpoints]);
    format!("\n{}", table.render(0))
}

fn port(port: &Value) -> String {
    let or = |pointer, default: &str| match text(port, pointer) {
        found if found.is_empty() => default.to_owned(),
        found => found,
    };
    let number = text(port, "/port");
    let mut line = format!("{number}/{} → {}", or("/protocol", "TCP"), or("/targetPort", &number));
    for (pointer, word) in [("/name", "name"), ("/appProtocol", "appProtocol")] {
        let value = text(port, pointer);
        if !value.is_empty() {
            line.push_str(&format!("   {word} {value}"));
        }
    }
    line
}
