//! `cutover describe`: all about an object, in kubectl's order, with what is wrong told first.

mod conditions;
mod gateway;
mod plain;
mod route;

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use serde_json::Value;

use super::{
    args::{Global, Output},
    asked::Asked,
    export,
    failure::Failure,
    out,
    scene::{Scene, origin_of},
    table::Table,
    words,
};
use crate::{
    resource::{
        Kind, Object,
        show::{clean, clean_lines, shown, to_yaml},
    },
    world::{Reference, references},
};

/// Runs the command.
///
/// # Errors
/// An unknown kind, a name that no object has, input that can not be read.
pub fn run(global: &Global, what: &[String]) -> Result<(), Failure> {
    let scene = Scene::open_telling(global)?;
    let asked = Asked::of(&scene, global, what)?;
    let objects: Vec<_> = asked.found.iter().flat_map(|(_, objects)| objects).collect();
    match global.output {
        Output::Table | Output::Wide => {
            let texts: Vec<_> = objects.iter().map(|object| describe(&scene, object)).collect();
            out::print(&texts.join("\n\n"))?;
        }
        Output::Json | Output::Yaml => {
            let mut values = objects.iter().map(|object| export::with_status(&scene, object));
            match (asked.named, objects.len()) {
                (true, 1) => values.next().map_or(Ok(()), |value| out::value(&value, global.output))?,
                (true | false, _) => out::list(values, global.output)?,
            }
        }
    }
    if objects.is_empty() && !asked.named {
        out::tell("No resources found.\n");
    }
    asked.done(&scene)
}

fn describe(scene: &Scene, object: &Arc<Object>) -> String {
    let text = shown(object);
    let mut page = head(object, &text);
    page.push_str(&conditions::of(scene, object));
    page.push_str(&match &object.key.kind {
        Kind::Gateway => gateway::body(scene, object, &text),
        Kind::HttpRoute | Kind::GrpcRoute | Kind::TlsRoute | Kind::TcpRoute | Kind::UdpRoute => {
            route::body(scene, object, &text)
        }
        Kind::Secret => plain::secret(&text),
        Kind::Service => plain::service(scene, object, &text),
        Kind::GatewayClass
        | Kind::ListenerSet
        | Kind::ReferenceGrant
        | Kind::BackendTlsPolicy
        | Kind::IngressClass
        | Kind::Ingress
        | Kind::Namespace
        | Kind::EndpointSlice
        | Kind::ConfigMap
        | Kind::Other(..) => plain::rest(&text),
    });
    page.push_str(&refers_to(scene, object));
    page.push_str(&referred_by(scene, object));
    page.push_str(&foreign_status(&text));
    page
}

fn head(object: &Object, text: &Value) -> String {
    let mut table = Table::default();
    let pairs = |pointer: &str| -> Vec<String> {
        let map = text.pointer(pointer).and_then(Value::as_object);
        map.into_iter().flatten().map(|(key, value)| format!("{key}: {}", words::plain(value))).collect()
    };
    table.row(["Name:", &object.key.name]);
    if object.key.kind.namespaced() {
        table.row(["Namespace:", &object.key.namespace]);
    }
    listed(&mut table, "Labels:", &pairs("/metadata/labels"));
    listed(&mut table, "Annotations:", &pairs("/metadata/annotations"));
    table.row(["API Version:", &object.api_version]);
    table.row(["Kind:", object.key.kind.name()]);
    if let Some(created) = object.meta.created {
        table.row(["Created:", &created.to_string()]);
    }
    if object.assumed {
        table.row(["From:", "assumed: the manifests do not hold it, and something refers to it"]);
    } else {
        table.row(["From:", &origin_of(object)]);
    }
    table.render(0)
}

/// A name with one value a line; nothing is said as `<none>`, as kubectl does.
fn listed(table: &mut Table, name: &str, values: &[String]) {
    if values.is_empty() {
        table.row([name, "<none>"]);
    }
    for (at, value) in values.iter().enumerate() {
        table.row([if at == 0 { name } else { "" }, value]);
    }
}

/// What the object names, and whether it is there.
fn refers_to(scene: &Scene, object: &Object) -> String {
    let mut table = Table::default();
    for Reference { field, to } in references(object) {
        let state = match scene.world.get(&to) {
            Some(found) if found.assumed => "assumed",
            Some(_) => "",
            None if matches!(to.kind, Kind::Other(..)) => "not known here",
            None => "does not exist",
        };
        table.row([to.to_string().as_str(), &field, state]);
    }
    section("Refers to:", &table)
}

/// Who names the object, and where.
fn referred_by(scene: &Scene, object: &Object) -> String {
    let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for key in scene.world.referrers(&object.key) {
        if fields.len() > MOST {
            fields.entry(key.to_string()).or_default();
            continue;
        }
        let held = scene.world.get(key).map(|referrer| references(referrer)).unwrap_or_default();
        let held = held.into_iter().filter(|reference| reference.to == object.key);
        fields.entry(key.to_string()).or_default().extend(held.map(|reference| reference.field));
    }
    let mut table = Table::default();
    let more = fields.len().saturating_sub(MOST);
    for (name, fields) in fields.into_iter().take(MOST) {
        table.row([name, fields.join(", ")]);
    }
    more_rows(&mut table, more);
    section("Referred to by:", &table)
}

/// A status that came with the file. Others wrote it; ours stands under Conditions.
fn foreign_status(text: &Value) -> String {
    match text.get("status").filter(|status| status.as_object().is_none_or(|map| !map.is_empty())) {
        None => String::new(),
        Some(status) => {
            indented("Status in the file (written by others, not looked at here):", &to_yaml(status))
        }
    }
}

/// Rows of a list that could be very long; JSON and YAML have all.
const MOST: usize = 50;

fn more_rows(table: &mut Table, more: usize) {
    if more > 0 {
        table.row([format!("and {more} more: -o json has all")]);
    }
}

fn section(title: &str, table: &Table) -> String {
    if table.is_empty() { String::new() } else { format!("\n{title}\n{}", table.render(2)) }
}

fn indented(title: &str, body: &str) -> String {
    let mut text = format!("\n{}\n", clean(title));
    for line in clean_lines(body.trim_end()).lines() {
        let _ = writeln!(text, "  {line}");
    }
    text
}
