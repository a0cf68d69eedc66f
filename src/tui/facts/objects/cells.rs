//! What stands in a cell. `–` means that a thing does not apply, `?` that it is not known.

use serde_json::Value;

use crate::{
    dialect::gateway::ParentStatus,
    resource::{Condition, Kind, Object, Truth},
    tui::facts::{
        Known,
        words::{self, items, origin_of, strings, text},
    },
};

/// What a cell is made from.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// The rest of the world.
    pub known: &'a Known<'a>,
    /// The object.
    pub object: &'a Object,
    /// Its text, read.
    pub text: &'a Value,
}

const NONE: &str = "–";

fn or_none(text: String) -> String {
    if text.is_empty() { NONE.to_owned() } else { text }
}

/// At most three, then how many more.
fn few(all: &[String]) -> String {
    match all {
        [] => NONE.to_owned(),
        [a, b, c, rest @ ..] if !rest.is_empty() => format!("{a},{b},{c} + {} more", rest.len()),
        all => all.join(","),
    }
}

/// What a person should know about the object beside its columns.
pub fn notes(object: &Object) -> String {
    let mut notes = Vec::new();
    if object.assumed {
        notes.push("assumed");
    }
    let kind = &object.key.kind;
    let later = (kind.is_route() && *kind != Kind::HttpRoute)
        || matches!(kind, Kind::ListenerSet | Kind::BackendTlsPolicy);
    if later {
        notes.push("not served yet");
    }
    notes.join(", ")
}

pub fn age(row: &Row<'_>) -> String {
    row.object.meta.created.map_or_else(|| NONE.to_owned(), |created| words::age(row.known.now, created))
}

pub fn from(row: &Row<'_>) -> String {
    origin_of(row.object)
}

pub fn api_version(row: &Row<'_>) -> String {
    row.object.api_version.to_string()
}

pub fn labels(row: &Row<'_>) -> String {
    let labels: Vec<_> = row.object.meta.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    few(&labels)
}

pub fn data(row: &Row<'_>) -> String {
    let keys = |member: &str| row.text.get(member).and_then(Value::as_object).map_or(0, serde_json::Map::len);
    (keys("data") + keys("stringData") + keys("binaryData")).to_string()
}

pub fn referrers(row: &Row<'_>) -> String {
    let slices = |kind: &Kind| *kind == Kind::EndpointSlice;
    row.known.world.referrers(&row.object.key).filter(|key| !slices(&key.kind)).count().to_string()
}

pub fn annotations(row: &Row<'_>) -> String {
    let annotations = row.text.pointer("/metadata/annotations").and_then(Value::as_object);
    annotations.map_or(0, serde_json::Map::len).to_string()
}

pub fn objects_within(row: &Row<'_>) -> String {
    let world = &row.known.world;
    let kinds = world.kinds().map(|(kind, _)| kind).filter(|kind| kind.namespaced());
    kinds.map(|kind| world.list_in(kind, &row.object.key.name).count()).sum::<usize>().to_string()
}

// Gateways.

pub fn controller_name(row: &Row<'_>) -> String {
    or_none(text(row.text, "/spec/controllerName"))
}

pub fn class(row: &Row<'_>) -> String {
    or_none(text(row.text, "/spec/gatewayClassName"))
}

pub fn addresses(row: &Row<'_>) -> String {
    few(&strings(row.text, "/spec/addresses", "/value"))
}

pub fn gateway_ports(row: &Row<'_>) -> String {
    let mut ports = strings(row.text, "/spec/listeners", "/port");
    ports.sort_by_key(|port| port.parse::<u32>().unwrap_or(u32::MAX));
    ports.dedup();
    or_none(ports.join(","))
}

pub fn set_parent(row: &Row<'_>) -> String {
    let namespace = row.text.pointer("/spec/parentRef/namespace").and_then(Value::as_str);
    let name = text(row.text, "/spec/parentRef/name");
    format!("{}/{name}", namespace.unwrap_or(&row.object.key.namespace))
}

pub fn listener_names(row: &Row<'_>) -> String {
    few(&strings(row.text, "/spec/listeners", "/name"))
}

/// Listeners of which every condition is good, of all.
pub fn listeners(row: &Row<'_>) -> String {
    let Some(gateway) = row.known.compiled.status.gateways.get(&row.object.key) else {
        return "?".to_owned();
    };
    let good = gateway.listeners.iter().filter(|one| one.conditions.iter().all(Condition::is_good)).count();
    format!("{good}/{}", gateway.listeners.len())
}

pub fn attached_routes(row: &Row<'_>) -> String {
    let status = &row.known.compiled.status;
    if !status.gateways.contains_key(&row.object.key) {
        return "?".to_owned();
    }
    let attached = |parent: &ParentStatus| parent.gateway == row.object.key && !parent.listeners.is_empty();
    let routes = row.known.world.referrers(&row.object.key).filter(|key| key.kind.is_route());
    let routes = routes.filter_map(|key| status.routes.get(key));
    routes.filter(|parents| parents.iter().any(attached)).count().to_string()
}

pub fn programmed(row: &Row<'_>) -> String {
    let gateway = row.known.compiled.status.gateways.get(&row.object.key);
    gateway.map_or("?".to_owned(), |gateway| truth(&gateway.conditions, "Programmed"))
}

/// Of a class, a Gateway, or a route over its parents.
pub fn accepted(row: &Row<'_>) -> String {
    let status = &row.known.compiled.status;
    match &row.object.key.kind {
        Kind::GatewayClass => {
            status.classes.get(&row.object.key).map(|conditions| truth(conditions, "Accepted"))
        }
        Kind::Gateway => status.gateways.get(&row.object.key).map(|one| truth(&one.conditions, "Accepted")),
        _ => status.routes.get(&row.object.key).map(|parents| over_parents(parents, "Accepted")),
    }
    .unwrap_or_else(|| "?".to_owned())
}

fn truth(conditions: &[Condition], kind: &str) -> String {
    conditions.iter().find(|one| one.kind == kind).map_or("?".to_owned(), |one| format!("{:?}", one.status))
}

// Routes.

pub fn hostnames(row: &Row<'_>) -> String {
    let hostnames = strings(row.text, "/spec/hostnames", "");
    if hostnames.is_empty() { "*".to_owned() } else { few(&hostnames) }
}

pub fn parents(row: &Row<'_>) -> String {
    let parents: Vec<_> = items(row.text, "/spec/parentRefs")
        .iter()
        .map(|parent| words::parent(parent, &row.object.key.namespace))
        .collect();
    few(&parents)
}

pub fn resolved(row: &Row<'_>) -> String {
    let parents = row.known.compiled.status.routes.get(&row.object.key);
    parents.map_or("?".to_owned(), |parents| over_parents(parents, "ResolvedRefs"))
}

/// `True`, `False`, or how many of how many parents: nobody is told `True` when one of two refused.
pub fn over_parents(parents: &[ParentStatus], kind: &str) -> String {
    let found: Vec<Truth> = parents
        .iter()
        .filter_map(|parent| parent.conditions.iter().find(|one| one.kind == kind))
        .map(|condition| condition.status)
        .collect();
    let good = found.iter().filter(|truth| **truth == Truth::True).count();
    match (found.len(), good) {
        (0, _) => NONE.to_owned(),
        (all, good) if good == all => "True".to_owned(),
        (_, 0) if found.iter().all(|truth| *truth == Truth::Unknown) => "Unknown".to_owned(),
        (_, 0) => "False".to_owned(),
        (all, good) => format!("{good}/{all}"),
    }
}

pub fn rules(row: &Row<'_>) -> String {
    items(row.text, "/spec/rules").len().to_string()
}

/// What the object refers to that answers requests.
pub fn backends(row: &Row<'_>) -> String {
    let mut names: Vec<String> = crate::world::references(row.object)
        .into_iter()
        .filter(|reference| reference.field.contains("ackend"))
        .map(|reference| words::near_name(&reference.to, &row.object.key.namespace))
        .collect();
    names.dedup();
    few(&names)
}

pub fn grant_from(row: &Row<'_>) -> String {
    let from = items(row.text, "/spec/from").iter();
    few(&from.map(|one| format!("{} of {}", text(one, "/kind"), text(one, "/namespace"))).collect::<Vec<_>>())
}

pub fn grant_to(row: &Row<'_>) -> String {
    let to = items(row.text, "/spec/to").iter().map(|one| match text(one, "/name") {
        name if name.is_empty() => text(one, "/kind"),
        name => format!("{} {name}", text(one, "/kind")),
    });
    few(&to.collect::<Vec<_>>())
}

pub fn policy_targets(row: &Row<'_>) -> String {
    few(&strings(row.text, "/spec/targetRefs", "/name"))
}

pub fn policy_hostname(row: &Row<'_>) -> String {
    or_none(text(row.text, "/spec/validation/hostname"))
}

// Ingresses.

pub fn controller(row: &Row<'_>) -> String {
    or_none(text(row.text, "/spec/controller"))
}

pub fn ingress_class(row: &Row<'_>) -> String {
    let annotation = "/metadata/annotations/kubernetes.io~1ingress.class";
    let class = text(row.text, "/spec/ingressClassName");
    or_none(if class.is_empty() { text(row.text, annotation) } else { class })
}

pub fn ingress_hosts(row: &Row<'_>) -> String {
    let hosts: Vec<String> = items(row.text, "/spec/rules")
        .iter()
        .map(|rule| match text(rule, "/host") {
            host if host.is_empty() => "*".to_owned(),
            host => host,
        })
        .collect();
    if hosts.is_empty() { "*".to_owned() } else { few(&hosts) }
}

pub fn ingress_ports(row: &Row<'_>) -> String {
    if items(row.text, "/spec/tls").is_empty() { "80" } else { "80,443" }.to_owned()
}

// Services and what is behind them.

pub fn service_type(row: &Row<'_>) -> String {
    match text(row.text, "/spec/type") {
        kind if kind.is_empty() => "ClusterIP".to_owned(),
        kind => kind,
    }
}

pub fn service_ports(row: &Row<'_>) -> String {
    let ports: Vec<_> = items(row.text, "/spec/ports")
        .iter()
        .map(|port| {
            let protocol = text(port, "/protocol");
            format!("{}/{}", text(port, "/port"), if protocol.is_empty() { "TCP" } else { &protocol })
        })
        .collect();
    few(&ports)
}

/// Ready endpoints of all; `–` where no EndpointSlice is given and a stand-in answers.
pub fn endpoints(row: &Row<'_>) -> String {
    words::ready(row.known.world, &row.object.key)
        .map_or(NONE.to_owned(), |(ready, all)| format!("{ready}/{all}"))
}

pub fn service_selector(row: &Row<'_>) -> String {
    let selector = row.text.pointer("/spec/selector").and_then(Value::as_object);
    let pairs = selector.into_iter().flatten().map(|(key, value)| format!("{key}={}", words::plain(value)));
    few(&pairs.collect::<Vec<_>>())
}

pub fn slice_service(row: &Row<'_>) -> String {
    row.object.label("kubernetes.io/service-name").unwrap_or(NONE).to_owned()
}

pub fn slice_ready(row: &Row<'_>) -> String {
    let (ready, all) = words::ready_in(row.text);
    format!("{ready}/{all}")
}

pub fn slice_ports(row: &Row<'_>) -> String {
    few(&strings(row.text, "/ports", "/port"))
}

pub fn secret_type(row: &Row<'_>) -> String {
    match text(row.text, "/type") {
        kind if kind.is_empty() => "Opaque".to_owned(),
        kind => kind,
    }
}
