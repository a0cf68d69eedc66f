//! A route: hostnames, and each rule with its matches, filters, backends, their shares and what goes to each.

use serde_json::Value;

use super::{conditions::Read, head_line};
use crate::{
    resource::{Key, Kind, Object},
    tui::facts::{
        Known, Line, Tone, measure,
        page::{Grid, Link, PageLine, Target},
        words::{self, items, percent, strings, text},
    },
};

/// Hostnames and rules.
pub fn body(known: &Known<'_>, read: Read<'_>) -> Vec<PageLine> {
    let (object, value) = (read.object, read.value);
    let mut out = Vec::new();
    if !matches!(object.key.kind, Kind::TcpRoute | Kind::UdpRoute) {
        let hostnames = match strings(value, "/spec/hostnames", "") {
            names if names.is_empty() => "all of the listener".to_owned(),
            names => names.join(", "),
        };
        out.push(PageLine::default());
        out.push(Line::dim("Hostnames:   ").and(Tone::Plain, hostnames).into());
    }
    let rules = items(value, "/spec/rules");
    out.extend(head_line("Rules"));
    if rules.is_empty() {
        out.push(Line::dim("  <none>").into());
    }
    for (at, rule) in rules.iter().enumerate() {
        let line = format!("  {} {}", at + 1, text(rule, "/name"));
        let line = Line::of(Tone::Strong, line.trim_end());
        let field = format!("spec.rules[{at}]");
        out.push(PageLine::from(line).to("text", Target::Text(object.key.clone(), field)));
        out.extend(facts(object, rule).lines(4));
        out.extend(backends(known, object, rule, at).lines(4));
    }
    out
}

/// Matches, filters, and what else a rule says.
fn facts(object: &Object, rule: &Value) -> Grid {
    let mut grid = Grid::default();
    for (nth, one) in matches(&object.key.kind, rule).into_iter().filter(|one| !one.is_empty()).enumerate() {
        grid.row([(Tone::Dim, label(if nth == 0 { "match" } else { "" }).as_str()), (Tone::Plain, &one)]);
    }
    for (nth, one) in items(rule, "/filters").iter().enumerate() {
        let name = label(if nth == 0 { "filter" } else { "" });
        let links = grid.row([(Tone::Dim, &name), (Tone::Plain, &filter(one))]);
        for member in ["/requestMirror/backendRef", "/externalAuth/backendRef"] {
            if let Some(backend) = one.pointer(member) {
                links.push(Link::new("mirror", Target::object(&key(&object.key, backend))));
            }
        }
    }
    for member in ["timeouts", "retry", "sessionPersistence"] {
        if let Some(value) = rule.get(member) {
            grid.row([(Tone::Dim, label(member).as_str()), (Tone::Plain, &leaves(value))]);
        }
    }
    grid
}

/// The first column, as wide in every grid of a rule.
fn label(name: &str) -> String {
    format!("{name:<8}")
}

/// The matches of a rule in words, or what a rule without one takes.
pub fn matches(kind: &Kind, rule: &Value) -> Vec<String> {
    match items(rule, "/matches") {
        [] => vec![one_match(kind, &Value::Null)],
        all => all.iter().map(|one| one_match(kind, one)).collect(),
    }
}

/// All that a match asks, joined by `and`.
fn one_match(kind: &Kind, one: &Value) -> String {
    let mut parts = Vec::new();
    let or = |text: String, default: &str| if text.is_empty() { default.to_owned() } else { text };
    match kind {
        Kind::HttpRoute => {
            let kind = or(text(one, "/path/type"), "PathPrefix");
            parts.push(format!("{kind} {}", or(text(one, "/path/value"), "/")));
            let method = text(one, "/method");
            if !method.is_empty() {
                parts.push(format!("method {method}"));
            }
        }
        Kind::GrpcRoute => {
            let part = |pointer| or(text(one, pointer), "*");
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

fn backends(known: &Known<'_>, object: &Object, rule: &Value, at: usize) -> Grid {
    let backends = items(rule, "/backendRefs");
    let weight = |one: &Value| one.get("weight").and_then(Value::as_u64).unwrap_or(1);
    let total: u64 = backends.iter().map(weight).sum();
    let mut grid = Grid::default();
    for (nth, backend) in backends.iter().enumerate() {
        let service = key(&object.key, backend);
        let port = text(backend, "/port");
        let name = words::near_name(&service, &object.key.namespace);
        let name = if port.is_empty() { name } else { format!("{name}:{port}") };
        let share = if total == 0 { 0.0 } else { weight(backend) as f64 / total as f64 };
        let written = if backend.get("weight").is_some() { "" } else { " (default)" };
        let mark = known.mark(&service);
        let mut cells = vec![
            (Tone::Dim, label("backend")),
            (Tone::Plain, name),
            (Tone::Plain, format!("weight {}{written}", weight(backend))),
            (Tone::Plain, percent(share)),
        ];
        if known.view.is_some() {
            let port = port.parse().unwrap_or(0);
            let measures = known.measures(&measure::of_backend(&object.key, at, &service, port));
            cells.push((Tone::Dim, measures.short()));
        }
        cells.push((mark.health.tone(), mark.note()));
        let links = grid.cells(cells);
        links.push(Link::new("backend", Target::object(&service)));
        let field = format!("spec.rules[{at}].backendRefs[{nth}]");
        links.push(Link::new("text", Target::Text(object.key.clone(), field)));
        for one in items(backend, "/filters") {
            grid.row([(Tone::Dim, label("").as_str()), (Tone::Plain, &format!("  filter {}", filter(one)))]);
        }
    }
    grid
}

/// The object that a backendRef names.
pub fn key(route: &Key, backend: &Value) -> Key {
    let or = |found: String, default: &str| if found.is_empty() { default.to_owned() } else { found };
    let kind = Kind::from_group(&text(backend, "/group"), &or(text(backend, "/kind"), "Service"));
    Key::new(kind, or(text(backend, "/namespace"), &route.namespace), text(backend, "/name"))
}
