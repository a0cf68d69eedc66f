//! Conditions with what to do: ours, and those that the object's own text holds.

use serde_json::Value;

use super::{head, listener::socket};
use crate::{
    rehearsal::View,
    resource::{Condition, Key, Kind},
    tui::facts::{Health, Line, Tone, reasons, routes::parent_name},
};

/// What we say of an object.
pub fn conditions(view: &View, key: &Key, out: &mut Vec<Line>) {
    let status = &view.compiled.status;
    let before = out.len();
    if let Some(all) = status.classes.get(key) {
        head("Conditions", out);
        explained(all, "", out);
    }
    if let Some(gateway) = status.gateways.get(key) {
        head("Conditions", out);
        explained(&gateway.conditions, "", out);
        for listener in &gateway.listeners {
            let name = format!("{} ▸ {}", key.path(), listener.id.name);
            head(&format!("Listener {}", listener.id.name), out);
            socket(view, listener, out);
            explained(&listener.conditions, &name, out);
        }
    }
    if let Some(parents) = status.routes.get(key) {
        for parent in parents.iter() {
            let name = parent_name(&parent.gateway, &parent.parent);
            head(&format!("Parent {name}"), out);
            let attached: Vec<String> =
                parent.listeners.iter().map(|id| format!("{} ▸ {}", id.port.entry, id.name)).collect();
            out.push(match (attached.is_empty(), parent.served) {
                (_, false) if key.kind != Kind::HttpRoute => {
                    Line::dim("  · not served yet: this kind is loaded and listed only")
                }
                (true, _) => Line::dim("  attached to no listener"),
                (false, false) => {
                    Line::dim("  · listener not served: ").and(Tone::Plain, attached.join(", "))
                }
                (false, true) => Line::dim("  attached to ").and(Tone::Plain, attached.join(", ")),
            });
            explained(&parent.conditions, &name, out);
        }
    }
    let has_status =
        key.kind.is_route() || matches!(key.kind, Kind::Gateway | Kind::GatewayClass | Kind::ListenerSet);
    if out.len() == before && has_status {
        head("Conditions", out);
        out.push(Line::dim("  ? no controller of ours looks at this object"));
    }
}

/// Conditions, the worst first, each that is not good with its message and cure.
pub fn explained(conditions: &[Condition], parent: &str, out: &mut Vec<Line>) {
    let mut sorted: Vec<&Condition> = conditions.iter().collect();
    sorted.sort_by_key(|condition| Health::of(condition));
    for condition in sorted {
        let health = Health::of(condition);
        let mut line = Line::of(health.tone(), format!("  {} ", health.sign()))
            .and(Tone::Plain, format!("{:<20} ", condition.kind))
            .and(Tone::Dim, format!("{:?}  ", condition.status))
            .and(Tone::Plain, condition.reason.to_string());
        let words = reasons::words(condition, parent);
        if health != Health::Ok && words != condition.reason {
            line = line.and(Tone::Dim, format!("  {words}"));
        }
        out.push(line);
        if health == Health::Ok {
            continue;
        }
        if !condition.message.is_empty() {
            out.push(Line::plain(format!("      {}", condition.message)));
        }
        if let Some(field) = &condition.field {
            out.push(Line::dim("      at ").and(Tone::Plain, field.clone()));
        }
        if !condition.cure.is_empty() {
            out.push(Line::of(Tone::Accent, "      → ").and(Tone::Plain, condition.cure.clone()));
        }
    }
}

/// What the object itself says of its status: somebody else's word, never mixed with ours.
pub fn own_status(value: &Value, out: &mut Vec<Line>) {
    let Some(status) = value.get("status").filter(|status| !status.is_null()) else { return };
    let generation = value.pointer("/metadata/generation").and_then(Value::as_i64);
    let mut lines = Vec::new();
    gather(status, "", generation, &mut lines);
    if !lines.is_empty() {
        head("Status in its text  (written by another controller)", out);
        out.append(&mut lines);
    }
}

fn gather(status: &Value, place: &str, generation: Option<i64>, out: &mut Vec<Line>) {
    for condition in status.get("conditions").and_then(Value::as_array).into_iter().flatten() {
        let text = |field: &str| condition.get(field).and_then(Value::as_str).unwrap_or("?").to_owned();
        let seen = condition.get("observedGeneration").and_then(Value::as_i64);
        let mut line = Line::dim(format!("  {place}"))
            .and(Tone::Plain, format!("{} {} {}", text("type"), text("status"), text("reason")));
        if let (Some(seen), Some(generation)) = (seen, generation)
            && seen < generation
        {
            line = line.and(Tone::Warn, format!("  ◌ of generation {seen}, the object is at {generation}"));
        }
        out.push(line);
    }
    for (list, name) in [("parents", "/parentRef/name"), ("listeners", "/name")] {
        for inner in status.get(list).and_then(Value::as_array).into_iter().flatten() {
            let name = inner.pointer(name).and_then(Value::as_str).unwrap_or("?");
            gather(inner, &format!("{name}: "), generation, out);
        }
    }
}
