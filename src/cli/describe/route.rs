//! A route: hostnames, and each rule with its matches, filters, backends and their shares.

use std::fmt::Write as _;

use serde_json::Value;

use crate::{
    cli::{
        scene::Scene,
        table::Table,
        words::{self, items, percent, strings, text},
    },
    resource::{Key, Kind, Object, show::clean},
};

/// Hostnames and rules.
pub fn body(scene: &Scene, object: &Object, value: &Value) -> String {
    let hostnames = match strings(value, "/spec/hostnames", "") {
        names if names.is_empty() => "all of the listener".to_owned(),
        names => names.join(", "),
    };
    let mut page = String::new();
    if !matches!(object.key.kind, Kind::TcpRoute | Kind::UdpRoute) {
        let _ = writeln!(page, "\nHostnames: {}", clean(&hostnames));
    }
    let rules = items(value, "/spec/rules");
    let _ = writeln!(page, "\nRules:{}", if rules.is_empty() { " <none>" } else { "" });
    for (at, rule) in rules.iter().enumerate() {
        let line = format!("{} {}", at + 1, text(rule, "/name"));
        let _ = writeln!(page, "  {}", clean(line.trim_end()));
        page.push_str(&facts(object, rule).render(4));
        page.push_str(&backends(scene, object, rule));
    }
    page
}

fn facts(object: &Object, rule: &Value) -> Table {
    let mut table = Table::default();
    let matches: Vec<_> = match items(rule, "/matches") {
        [] => vec![one_match(object, &Value::Null)],
        all => all.iter().map(|one| one_match(object, one)).collect(),
    };
    let mut add = |name: &str, values: Vec<String>| {
        for (at, value) in values.iter().filter(|value| !value.is_empty()).enumerate() {
            table.row([label(if at == 0 { name } else { "" }), value.clone()]);
        }
    };
    add("match", matches);
    add("filter", items(rule, "/filters").iter().map(filter).collect());
    for member in ["timeouts", "retry", "sessionPersistence"] {
        add(member, rule.get(member).map(leaves).into_iter().collect());
    }
    table
}

/// The first column, as wide in every table of a rule.
fn label(name: &str) -> String {
    format!("{name:<8}")
}

/// All that a match asks, joined by `and`.
fn one_match(object: &Object, one: &Value) -> String {
    let mut parts = Vec::new();
    match object.key.kind {
        Kind::HttpRoute => {
            let or = |text: String, default: &str| if text.is_empty() { default.to_owned() } else { text };
            let kind = or(text(one, "/path/type"), "PathPrefix");
            parts.push(format!("{kind} {}", or(text(one, "/path/value"), "/")));
            let method = text(one, "/method");
            if !method.is_empty() {
                parts.push(format!("method {method}"));
            }
        }
        Kind::GrpcRoute => {
            let part = |pointer| match text(one, pointer) {
                part if part.is_empty() => "*".to_owned(),
                part => part,
            };
            parts.push(format!("method {}/{}", part("/method/service"), part("/method/method")));
        }
        _ => {}
    }
    for (list, word) in [("/headers", "header"), ("/queryParams", "query")] {
        for field in items(one, list) {
            let sign = if text(field, "/type") == "RegularExpression" { "~" } else { "=" };
            parts.push(format!("{word} {} {sign} {}", text(field, "/name"), text(field, "/value")));
        }
    }
    parts.join(" and ")
}

/// A filter's type and every value that it has.
fn filter(filter: &Value) -> String {
    let kind = text(filter, "/type");
    let members = filter.as_object().into_iter().flatten().filter(|(name, _)| *name != "type");
    let members: Vec<_> = members.map(|(_, member)| leaves(member)).collect();
    format!("{kind} {}", members.join("; "))
}

/// Every scalar with its path: `path.replacePrefixMatch: /`; items of lists stand side by side.
fn leaves(value: &Value) -> String {
    fn walk(value: &Value, path: &str, out: &mut Vec<String>) {
        let join = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        match value {
            Value::Object(map) => match (map.get("name"), map.get("value"), map.len()) {
                (Some(name), Some(value), 2) => {
                    out.push(format!("{path} {}: {}", words::plain(name), words::plain(value)));
                }
                _ => map.iter().for_each(|(key, value)| walk(value, &join(key), out)),
            },
            Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
                let items: Vec<_> = items.iter().map(words::plain).collect();
                out.push(format!("{path}: {}", items.join(" ")));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, path, out)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                out.push(format!("{path}: {}", words::plain(value)));
            }
        }
    }
    let mut out = Vec::new();
    walk(value, "", &mut out);
    out.join(", ")
}

fn backends(scene: &Scene, object: &Object, rule: &Value) -> String {
    let backends = items(rule, "/backendRefs");
    let weight = |one: &Value| one.get("weight").and_then(Value::as_u64).unwrap_or(1);
    let total: u64 = backends.iter().map(weight).sum();
    let mut table = Table::default();
    for backend in backends {
        let key = key(object, backend);
        let port = text(backend, "/port");
        let port = if port.is_empty() { port } else { format!(":{port}") };
        let share = if total == 0 { 0.0 } else { weight(backend) as f64 / total as f64 };
        let written = if backend.get("weight").is_some() { "" } else { " (default)" };
        table.row([
            label("backend"),
            format!("{}{port}", words::near_name(&key, &object.key.namespace)),
            format!("weight {}{written}", weight(backend)),
            percent(share),
            note(scene, &key),
        ]);
        for one in items(backend, "/filters") {
            table.row([label(""), format!("  filter {}", filter(one))]);
        }
    }
    table.render(4)
}

fn key(object: &Object, backend: &Value) -> Key {
    let kind = match text(backend, "/kind") {
        kind if kind.is_empty() => "Service".to_owned(),
        kind => kind,
    };
    let namespace = match text(backend, "/namespace") {
        namespace if namespace.is_empty() => object.key.namespace.to_string(),
        namespace => namespace,
    };
    Key::new(Kind::from_group(&text(backend, "/group"), &kind), namespace, text(backend, "/name"))
}

fn note(scene: &Scene, key: &Key) -> String {
    match scene.world.get(key) {
        None => "✗ does not exist".to_owned(),
        Some(found) if found.assumed => "assumed".to_owned(),
        Some(_) => match words::ready(&scene.world, key) {
            Some((0, all)) => format!("✗ no ready endpoint (0 of {all})"),
            Some((ready, all)) if ready < all => format!("! {ready} of {all} endpoints are ready"),
            Some(_) | None => String::new(),
        },
    }
}
