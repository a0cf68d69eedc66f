//! Conditions in plain words, the worst first; each that is not good with its place, its cure and the object at fault.

use serde_json::Value;

use super::head_line;
use crate::{
    resource::{Condition, Key, Kind, Object},
    tui::facts::{
        Health, Known, Line, Tone,
        links::{self, Writer},
        page::{Link, PageLine, Target},
        reasons,
        routes::parent_name,
    },
};

/// An object with its text, read once.
#[derive(Clone, Copy)]
pub struct Read<'a> {
    /// The object.
    pub object: &'a Object,
    /// Its text as it is shown: without what is secret.
    pub value: &'a Value,
}

/// What a conformant controller would say of an object. Listeners are told with their Gateway's spec.
pub fn conditions(known: &Known<'_>, read: Read<'_>) -> Vec<PageLine> {
    let key = &read.object.key;
    let status = &known.compiled.status;
    let mut out = Vec::new();
    if let Some(all) = status.classes.get(key) {
        out.extend(list(known, read, all, Writer::Own, 2));
    }
    if let Some(gateway) = status.gateways.get(key) {
        out.extend(list(known, read, &gateway.conditions, Writer::Own, 2));
    }
    for parent in known.parents(key) {
        let name = parent_name(&parent.gateway, &parent.parent);
        let line = Line::dim("  parent ").and(Tone::Strong, name).and(Tone::Dim, "   attached to ");
        let attached: Vec<&str> = parent.listeners.iter().map(|id| &*id.name).collect();
        let mut line = if attached.is_empty() {
            line.and(Tone::Plain, "no listener")
        } else {
            line.and(Tone::Plain, attached.join(", "))
        };
        let reported = parent.conditions.iter().any(|one| one.kind == "Accepted" && one.is_good());
        if !parent.served && reported {
            let why =
                if key.kind == Kind::HttpRoute { "its listener is not served" } else { "not served yet" };
            line = line.and(Tone::Dim, format!("   · {why}"));
        }
        out.push(PageLine::from(line).to("parent", links::parent(known, parent)));
        out.extend(list(known, read, &parent.conditions, Writer::Parent(parent), 4));
    }
    let has_status =
        key.kind.is_route() || matches!(key.kind, Kind::Gateway | Kind::GatewayClass | Kind::ListenerSet);
    if out.is_empty() && has_status {
        out.push(Line::dim("  ? no controller of ours looks at this object").into());
    }
    if !out.is_empty() {
        out.splice(0..0, head_line("Conditions"));
    }
    out
}

/// Conditions, the worst first.
pub fn list(
    known: &Known<'_>,
    read: Read<'_>,
    conditions: &[Condition],
    writer: Writer<'_>,
    indent: usize,
) -> Vec<PageLine> {
    let mut sorted: Vec<&Condition> = conditions.iter().collect();
    sorted.sort_by_key(|condition| Health::of(condition));
    sorted.into_iter().flat_map(|condition| one(known, read, condition, writer, indent)).collect()
}

fn one(
    known: &Known<'_>,
    read: Read<'_>,
    condition: &Condition,
    writer: Writer<'_>,
    indent: usize,
) -> Vec<PageLine> {
    let Condition { kind, status, reason, message, cure, field, generation: _ } = condition;
    let health = Health::of(condition);
    let who = match writer {
        Writer::Own => String::new(),
        Writer::Parent(parent) => parent_name(&parent.gateway, &parent.parent),
        Writer::Listener(id) => format!("{} ▸ {}", id.port.entry, id.name),
    };
    let pad = " ".repeat(indent);
    let told = match (message.is_empty(), condition.is_good()) {
        (false, _) => message.clone(),
        (true, true) => meaning(condition).to_owned(),
        (true, false) => {
            Some(reasons::words(condition, &who)).filter(|words| words != reason).unwrap_or_default()
        }
    };
    let mut line = Line::of(health.tone(), format!("{pad}{} ", health.sign()))
        .and(Tone::Strong, kind.to_string())
        .and(Tone::Dim, format!(" {status:?} {reason}"));
    if !told.is_empty() {
        line = line.and(Tone::Dim, ": ").and(Tone::Plain, told);
    }
    let fault = links::at_fault(known, read.object, read.value, condition, writer);
    let links = |to: &Option<Link>| to.iter().cloned().collect();
    let mut out = vec![PageLine { links: links(&fault), ..line.into() }];
    if let Some(field) = field {
        let place = known.place(read.object, field).map_or_else(String::new, |place| format!(" ({place})"));
        let line = Line::dim(format!("{pad}  at:  ")).and(Tone::Plain, field.clone()).and(Tone::Dim, place);
        let text = Target::Text(read.object.key.clone(), field.clone());
        out.push(PageLine::from(line).to("text", text));
    }
    if !cure.is_empty() && !condition.is_good() {
        let line = Line::of(Tone::Accent, format!("{pad}  fix: ")).and(Tone::Plain, cure.clone());
        out.push(PageLine { links: links(&fault), ..line.into() });
    }
    out
}

/// What a good condition without a message means.
fn meaning(condition: &Condition) -> &'static str {
    match &*condition.kind {
        "Accepted" => "it is valid and taken",
        "Programmed" => "it is served",
        "ResolvedRefs" => "all that it names is there and may be used",
        "Conflicted" => "nothing else claims its place",
        _ => "",
    }
}

/// Conditions that the object's own text holds and that are of an earlier generation than the object.
pub fn stale(value: &Value) -> Vec<PageLine> {
    let Some(generation) = value.pointer("/metadata/generation").and_then(Value::as_i64) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    if let Some(status) = value.get("status") {
        gather(status, "", generation, &mut out);
    }
    out
}

fn gather(status: &Value, place: &str, generation: i64, out: &mut Vec<PageLine>) {
    for condition in status.get("conditions").and_then(Value::as_array).into_iter().flatten() {
        let kind = condition.get("type").and_then(Value::as_str).unwrap_or("?");
        let seen = condition.get("observedGeneration").and_then(Value::as_i64);
        if let Some(seen) = seen.filter(|seen| *seen < generation) {
            let line = Line::of(Tone::Warn, format!("  ◌ {place}{kind} is of generation {seen}"))
                .and(Tone::Dim, format!(", the object is at {generation}"));
            out.push(line.into());
        }
    }
    for (list, name) in [("parents", "/parentRef/name"), ("listeners", "/name")] {
        for inner in status.get(list).and_then(Value::as_array).into_iter().flatten() {
            let name = inner.pointer(name).and_then(Value::as_str).unwrap_or("?");
            gather(inner, &format!("{name}: "), generation, out);
        }
    }
}

/// Whether something was said already in a condition of the object: a problem often says the same.
pub fn said(known: &Known<'_>, key: &Key, message: &str) -> bool {
    let status = &known.compiled.status;
    let classes = status.classes.get(key).into_iter().flat_map(|all| all.iter());
    let gateways = status.gateways.get(key);
    let own = gateways.into_iter().flat_map(|gateway| &gateway.conditions);
    let listeners =
        gateways.into_iter().flat_map(|gateway| gateway.listeners.iter().flat_map(|one| &one.conditions));
    let parents = known.parents(key).iter().flat_map(|parent| &parent.conditions);
    let mut bad = classes.chain(own).chain(listeners).chain(parents).filter(|one| !one.message.is_empty());
    bad.any(|one| one.message.contains(message) || message.contains(&one.message))
}
