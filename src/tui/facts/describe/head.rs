//! Who an object is and where it came from, in kubectl's order.

use serde_json::Value;

use crate::{
    resource::{Key, Kind, Object},
    tui::facts::{
        Known, Tone,
        page::{Grid, Link, PageLine, Target},
        words,
    },
};

/// Name, namespace, labels, annotations, version, kind, and the file with its line.
pub fn head(known: &Known<'_>, key: &Key, object: Option<&Object>, value: &Value) -> Vec<PageLine> {
    let mut grid = Grid::default();
    let mut fact = |name: &str, tone: Tone, text: &str| {
        grid.row([(Tone::Dim, name), (tone, text)]);
    };
    fact("Name:", Tone::Strong, &key.name);
    if key.kind.namespaced() {
        let namespace = Target::object(&Key::new(Kind::Namespace, "", &*key.namespace));
        let links = grid.row([(Tone::Dim, "Namespace:"), (Tone::Plain, &key.namespace)]);
        links.push(Link::new("namespace", namespace));
    }
    let Some(object) = object else {
        grid.row([(Tone::Dim, "Kind:"), (Tone::Plain, key.kind.name())]);
        let mark = known.mark(key);
        grid.row([
            (Tone::Dim, "From:"),
            (mark.health.tone(), &format!("{} {}", mark.health.sign(), mark.words)),
        ]);
        return grid.lines(0);
    };
    grid.listed("Labels:", &pairs(value, "/metadata/labels"));
    grid.listed("Annotations:", &pairs(value, "/metadata/annotations"));
    grid.row([(Tone::Dim, "API Version:"), (Tone::Plain, &object.api_version)]);
    grid.row([(Tone::Dim, "Kind:"), (Tone::Plain, key.kind.name())]);
    if object.meta.generation > 0 {
        grid.row([(Tone::Dim, "Generation:"), (Tone::Plain, &object.meta.generation.to_string())]);
    }
    if let Some(created) = object.meta.created {
        let age = format!("{created}   {} ago", words::age(known.now, created));
        grid.row([(Tone::Dim, "Created:"), (Tone::Plain, &age)]);
    }
    if object.assumed {
        let words = format!("assumed: {}", super::assumed(&key.kind));
        grid.row([(Tone::Dim, "From:"), (Tone::Warn, &words)]);
    } else {
        let links = grid.row([(Tone::Dim, "From:"), (Tone::Plain, &words::origin_of(object))]);
        links.push(Link::new("text", Target::Text(key.clone(), String::new())));
    }
    grid.lines(0)
}

fn pairs(value: &Value, pointer: &str) -> Vec<String> {
    let map = value.pointer(pointer).and_then(Value::as_object);
    map.into_iter().flatten().map(|(key, value)| format!("{key}: {}", words::plain(value))).collect()
}
