//! One listener: how it is and what to do, where it listens, who is attached, its fields.

use serde_json::Value;

use super::{
    MOST,
    conditions::{self, Read},
    gateway::{self, Standing},
    head_line, yaml_lines,
};
use crate::{
    resource::show,
    routing::ListenerId,
    tui::facts::{
        Known, Line, Tone,
        known::gateway_of,
        links::Writer,
        page::{Grid, Link, PageLine, Target},
        words::{items, text},
    },
};

/// All about a listener.
pub fn page(known: &Known<'_>, id: &ListenerId) -> Vec<PageLine> {
    let key = gateway_of(id);
    let mut head = Grid::default();
    head.row([(Tone::Dim, "Listener:"), (Tone::Strong, &id.name)]);
    let links = head.row([(Tone::Dim, "Gateway:"), (Tone::Plain, &key.path())]);
    links.push(Link::new("Gateway", Target::object(&key)));
    let object = known.world.get(&key);
    let value = object.map_or(Value::Null, |object| show::shown(object));
    let fields = items(&value, "/spec/listeners");
    let at = fields.iter().position(|field| text(field, "/name") == *id.name);
    let (Some(object), Some(at)) = (object, at) else {
        let mut out = head.lines(0);
        out.push(Line::of(Tone::Bad, "✗ does not exist").into());
        return out;
    };
    let listener = fields.get(at).unwrap_or(&Value::Null);
    let read = Read { object, value: &value };
    let words = gateway::title(listener);
    head.row([(Tone::Dim, "Listens:"), (Tone::Plain, words.trim_start())]);
    let field = format!("spec.listeners[{at}]");
    if let Some(place) = known.place(object, &field) {
        let links = head.row([(Tone::Dim, "From:"), (Tone::Plain, &place)]);
        links.push(Link::new("text", Target::Text(key.clone(), field.clone())));
    }
    let mut out = head.lines(0);
    if let Some(status) = known.listener(id) {
        out.extend(head_line("Conditions"));
        out.extend(conditions::list(known, read, &status.conditions, Writer::Listener(id), 2));
    }
    let own = known.problems(&key).into_iter();
    let own = own.filter(|problem| problem.field.as_deref().is_some_and(|of| of.starts_with(&field)));
    out.extend(super::around::problems(known, &key, own));
    out.extend(head_line("Takes"));
    let standing = Standing::of(known, &key);
    out.extend(gateway::facts(known, read, listener, at, Some(id), &standing, MOST).lines(2));
    out.extend(head_line("Spec"));
    out.extend(yaml_lines(known, object, listener, &field));
    out
}
