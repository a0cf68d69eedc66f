//! A Gateway: its listeners, their conditions, and the routes attached to each.

use serde_json::Value;

use super::{MOST, conditions, listed, more_rows, section};
use crate::{
    cli::{
        scene::Scene,
        table::Table,
        words::{self, items, strings, text},
    },
    resource::{Key, Object, show::clean},
};

/// Class, addresses, listeners.
pub fn body(scene: &Scene, object: &Object, value: &Value) -> String {
    let mut table = Table::default();
    table.row(["Class:", &text(value, "/spec/gatewayClassName")]);
    listed(&mut table, "Addresses:", &strings(value, "/spec/addresses", "/value"));
    let mut page = format!("\n{}\nListeners:\n", table.render(0));
    let status = scene.compiled.status.gateways.get(&object.key);
    for listener in items(value, "/spec/listeners") {
        let name = text(listener, "/name");
        page.push_str(&head(listener, &name));
        let found = status.and_then(|status| status.listeners.iter().find(|one| *one.id.name == *name));
        let mut table = Table::default();
        table.row(["takes", &allowed(listener)]);
        let certificates: Vec<_> = items(listener, "/tls/certificateRefs")
            .iter()
            .map(|one| certificate(scene, object, one))
            .collect();
        if !certificates.is_empty() {
            table.row(["certificate", &certificates.join(", ")]);
        }
        table.row(["routes", &routes(scene, &object.key, &name)]);
        page.push_str(&table.render(4));
        if let Some(found) = found {
            page.push_str(&conditions::list(scene, object, &found.conditions, 4));
        }
    }
    page.push_str(&unattached(scene, &object.key));
    page
}

fn head(listener: &Value, name: &str) -> String {
    let hostname = match text(listener, "/hostname") {
        hostname if hostname.is_empty() => "*".to_owned(),
        hostname => hostname,
    };
    let line = format!("{name}   {} {}   {hostname}", text(listener, "/protocol"), text(listener, "/port"));
    format!("  {}\n", clean(&line))
}

/// `allowedRoutes` in words.
fn allowed(listener: &Value) -> String {
    let namespaces = match text(listener, "/allowedRoutes/namespaces/from").as_str() {
        "All" => "routes of all namespaces".to_owned(),
        "None" => "no routes".to_owned(),
        "Selector" => format!("routes of namespaces with {}", selector(listener)),
        "" | "Same" => "routes of the Gateway's own namespace".to_owned(),
        other => format!("namespaces `{other}`, which is not known"),
    };
    match strings(listener, "/allowedRoutes/kinds", "/kind") {
        kinds if kinds.is_empty() => namespaces,
        kinds => format!("{namespaces}, only {}", kinds.join(", ")),
    }
}

fn selector(listener: &Value) -> String {
    let labels =
        listener.pointer("/allowedRoutes/namespaces/selector/matchLabels").and_then(Value::as_object);
    let labels = labels.into_iter().flatten().map(|(key, value)| format!("{key}={}", words::plain(value)));
    let expressions = items(listener, "/allowedRoutes/namespaces/selector/matchExpressions");
    let expressions = expressions.iter().map(|one| {
        let values = strings(one, "/values", "").join(", ");
        let brackets = if values.is_empty() { values } else { format!(" ({values})") };
        format!("{} {}{brackets}", text(one, "/key"), text(one, "/operator"))
    });
    labels.chain(expressions).collect::<Vec<_>>().join(" and ")
}

fn certificate(scene: &Scene, object: &Object, reference: &Value) -> String {
    let kind = match text(reference, "/kind") {
        kind if kind.is_empty() => "Secret".to_owned(),
        kind => kind,
    };
    let namespace = match text(reference, "/namespace") {
        namespace if namespace.is_empty() => object.key.namespace.to_string(),
        namespace => namespace,
    };
    let key = Key::new(
        crate::resource::Kind::from_group(&text(reference, "/group"), &kind),
        namespace,
        text(reference, "/name"),
    );
    let note = match scene.world.get(&key) {
        None => " (missing)",
        Some(found) if found.assumed => " (assumed)",
        Some(_) => "",
    };
    format!("{key}{note}")
}

/// Routes attached to a listener.
fn routes(scene: &Scene, gateway: &Key, listener: &str) -> String {
    let status = &scene.compiled.status.routes;
    let attached = scene.world.referrers(gateway).filter(|key| key.kind.is_route()).filter(|key| {
        let parents = status.get(*key).into_iter().flat_map(|parents| parents.iter());
        parents
            .filter(|parent| parent.gateway == *gateway)
            .any(|parent| parent.listeners.iter().any(|id| &*id.name == listener))
    });
    let mut names: Vec<_> = attached.map(ToString::to_string).collect();
    if names.len() > 10 {
        let more = names.len() - 10;
        names.truncate(10);
        names.push(format!("and {more} more"));
    }
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Routes that want to be here and were not taken.
fn unattached(scene: &Scene, gateway: &Key) -> String {
    let mut table = Table::default();
    let mut shown = 0;
    for key in scene.world.referrers(gateway).filter(|key| key.kind.is_route()) {
        let parents = scene.compiled.status.routes.get(key).into_iter().flat_map(|parents| parents.iter());
        for parent in parents.filter(|parent| parent.gateway == *gateway && parent.listeners.is_empty()) {
            let why = parent.conditions.iter().find(|one| one.kind == "Accepted");
            let why = why.map_or_else(String::new, |one| format!("{}: {}", one.reason, one.message));
            shown += 1;
            if shown <= MOST {
                table.row([format!("✗ {key}"), why]);
            }
        }
    }
    more_rows(&mut table, usize::saturating_sub(shown, MOST));
    section("Routes that were not taken:", &table)
}
