//! One listener: how it is and what to do, where it listens, who is attached, its fields.

use serde_json::Value;

use super::{MOST, conditions::explained, head, more, problems, text};
use crate::{
    dialect::gateway::ListenerStatus,
    rehearsal::{CertificateView, View},
    resource::{Key, Kind, Problem},
    routing::ListenerId,
    tui::facts::{Line, Tone, gateways::Tree, told::Told},
};

/// All about a listener.
pub fn listener(view: &View, mistakes: &Told, tree: &Tree, id: &ListenerId) -> Vec<Line> {
    let gateway = Key::new(Kind::Gateway, &*id.port.entry.namespace, &*id.port.entry.name);
    let name = format!("{} ▸ {}", gateway.path(), id.name);
    let mut out = vec![Line::of(Tone::Strong, format!("listener {name}"))];
    let status = view.compiled.status.gateways.get(&gateway);
    let value = view.world.get(&gateway).map_or(Value::Null, |object| object.value());
    let fields = value.pointer("/spec/listeners").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let named = |field: &&Value| field.get("name").and_then(Value::as_str) == Some(&*id.name);
    match status.and_then(|status| status.listeners.iter().find(|listener| listener.id == *id)) {
        Some(listener) => {
            socket(view, listener, &mut out);
            head("Conditions", &mut out);
            explained(&listener.conditions, &name, &mut out);
        }
        None => out.push(Line::of(Tone::Bad, "  does not exist")),
    }
    let at = fields.iter().position(|field| named(&field));
    let place = at.map(|at| format!("spec.listeners[{at}]"));
    let own = |problem: &&Problem| {
        let field = problem.field.as_deref().unwrap_or_default();
        problem.object.as_ref() == Some(&gateway)
            && place.as_deref().is_some_and(|place| field.starts_with(place))
    };
    problems(view.problems.iter().chain(mistakes.about(&gateway)).filter(own), &mut out);
    let attached = tree.attached(id);
    if !attached.is_empty() {
        head("Routes attached", &mut out);
    }
    out.extend(attached.iter().take(MOST).map(|route| Line::plain(format!("    {route}"))));
    more(attached.len().saturating_sub(MOST), &mut out);
    if let Some(field) = fields.iter().find(named) {
        text(field, &mut out);
    }
    out
}

/// Attached routes, where a listener listens, and whose certificate it shows.
pub fn socket(view: &View, listener: &ListenerStatus, out: &mut Vec<Line>) {
    let mut line = Line::dim("  attached routes ").and(Tone::Plain, listener.attached_routes.to_string());
    if let Some(socket) = view.listeners.iter().find(|l| l.id == listener.id) {
        line = match &socket.address {
            Ok(address) => line.and(Tone::Dim, "   listens on ").and(Tone::Plain, address.to_string()),
            Err(why) => line.and(Tone::Dim, "   does not listen: ").and(Tone::Bad, why.clone()),
        };
        line = match socket.certificate {
            CertificateView::None => line,
            CertificateView::Given => line.and(Tone::Dim, "   certificate of the manifests"),
            CertificateView::MadeHere => line.and(Tone::Warn, "   certificate made here"),
            CertificateView::Missing => line.and(Tone::Bad, "   no certificate"),
        };
    }
    out.push(line);
}
