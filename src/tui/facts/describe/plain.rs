//! Services, Secrets, Namespaces and grants in words; the other kinds need no more than their text.

use serde_json::Value;

use super::{MOST, conditions::Read, head_line, more_line, yaml_lines};
use crate::{
    resource::{Key, Kind},
    tui::{
        facts::{
            Known, Line, Tone,
            known::stand_ins,
            measure,
            page::{Grid, Link, PageLine, Target},
            rehearsal,
            words::{self, items, text},
        },
        format,
    },
    world::references,
};

/// Everything beside what the head has told.
pub fn rest(known: &Known<'_>, read: Read<'_>) -> Vec<PageLine> {
    let mut out = Vec::new();
    for (name, member) in read.value.as_object().into_iter().flatten() {
        if !matches!(name.as_str(), "apiVersion" | "kind" | "metadata" | "status") {
            let mut title = name.clone();
            title.get_mut(..1).map(str::make_ascii_uppercase);
            out.extend(head_line(&title));
            out.extend(yaml_lines(known, read.object, member, name));
        }
    }
    out
}

/// Type, and the size of each entry, which is all that is told of a Secret.
pub fn secret(value: &Value) -> Vec<PageLine> {
    let mut facts = Grid::default();
    let kind = match text(value, "/type") {
        kind if kind.is_empty() => "Opaque".to_owned(),
        kind => kind,
    };
    facts.row([(Tone::Dim, "Type:"), (Tone::Plain, &kind)]);
    let mut out = vec![PageLine::default()];
    out.extend(facts.lines(0));
    let mut data = Grid::default();
    for member in ["data", "stringData"] {
        for (key, size) in value.get(member).and_then(Value::as_object).into_iter().flatten() {
            data.row([(Tone::Plain, &format!("{key}:")), (Tone::Dim, &words::plain(size))]);
        }
    }
    if !data.is_empty() {
        out.extend(head_line("Data"));
        out.extend(data.lines(2));
    }
    out
}

/// Type, ports, selector, who is ready behind it, and who answers here.
pub fn service(known: &Known<'_>, read: Read<'_>) -> Vec<PageLine> {
    let (key, value) = (&read.object.key, read.value);
    let mut grid = Grid::default();
    let kind = match text(value, "/spec/type") {
        kind if kind.is_empty() => "ClusterIP".to_owned(),
        kind => kind,
    };
    grid.row([(Tone::Dim, "Type:"), (Tone::Plain, &kind)]);
    grid.listed("Ports:", &items(value, "/spec/ports").iter().map(port).collect::<Vec<_>>());
    let selector = value.pointer("/spec/selector").and_then(Value::as_object);
    let selector =
        selector.into_iter().flatten().map(|(key, value)| format!("{key}={}", words::plain(value)));
    grid.listed("Selector:", &selector.collect::<Vec<_>>());
    let (tone, endpoints) = match words::ready(known.world, key) {
        None => (Tone::Plain, "no EndpointSlice is given: a stand-in answers in a rehearsal".to_owned()),
        Some((0, all)) => (Tone::Warn, format!("none of {all} is ready: requests are answered with 503")),
        Some((ready, all)) => (Tone::Plain, format!("{ready} of {all} ready")),
    };
    grid.row([(Tone::Dim, "Endpoints:"), (tone, &endpoints)]);
    let mut out = vec![PageLine::default()];
    out.extend(grid.lines(0));
    let answered = answered(known, key);
    if !answered.is_empty() {
        out.extend(head_line("Answered by"));
        out.extend(answered.lines(2));
    }
    out
}

/// Who answers for a Service in the rehearsal, by port.
fn answered(known: &Known<'_>, key: &Key) -> Grid {
    let mut grid = Grid::default();
    let Some(view) = known.view else { return grid };
    for stand_in in stand_ins(view, key) {
        let row = rehearsal::stand_in(view, stand_in);
        let fault = if row.fault.is_empty() { String::new() } else { format!("told to fail: {}", row.fault) };
        let port = stand_in.backend.port;
        let service = measure::of_service(&stand_in.backend.service.to_string(), port);
        let links = grid.cells(vec![
            (row.health.tone(), format!("{} :{port}", row.health.sign())),
            (Tone::Plain, row.backing),
            (Tone::Dim, format!("{} answers", format::grouped(row.answers))),
            (Tone::Plain, known.measures(&service).short()),
            (Tone::Warn, fault),
        ]);
        links.push(Link::new("stand-in", Target::StandIn(std::sync::Arc::clone(&stand_in.backend))));
    }
    grid
}

fn port(port: &Value) -> String {
    let or = |pointer, default: &str| match text(port, pointer) {
        found if found.is_empty() => default.to_owned(),
        found => found,
    };
    let number = text(port, "/port");
    let mut line = format!("{number}/{} → {}", or("/protocol", "TCP"), or("/targetPort", &number));
    for (pointer, word) in [("/name", "name"), ("/appProtocol", "appProtocol")] {
        let value = text(port, pointer);
        if !value.is_empty() {
            line.push_str(&format!("   {word} {value}"));
        }
    }
    line
}

/// How many objects of each kind a namespace holds.
pub fn namespace(known: &Known<'_>, key: &Key) -> Vec<PageLine> {
    let mut grid = Grid::default();
    for (kind, _) in known.world.kinds().filter(|(kind, _)| kind.namespaced()) {
        let mut inside = known.world.list_in(kind, &key.name);
        let Some(first) = inside.next() else { continue };
        let count = 1 + inside.count();
        let name = if count == 1 { first.key.name.to_string() } else { String::new() };
        let links = grid.row([
            (Tone::Plain, &format!("{:>6}", format::grouped(count as u64))),
            (Tone::Plain, kind.name()),
            (Tone::Dim, &name),
        ]);
        if count == 1 {
            links.push(Link::new("object", Target::object(&first.key)));
        }
    }
    if grid.is_empty() {
        return Vec::new();
    }
    let mut out = head_line("Holds");
    out.extend(grid.lines(0));
    out
}

/// One reference that a grant lets through.
pub struct Let {
    /// Who refers.
    pub from: Key,
    /// The field that does.
    pub field: String,
    /// To what.
    pub to: Key,
}

/// The references that a ReferenceGrant lets through, at most `most`, and how many there are.
pub fn lets(known: &Known<'_>, grant: &Key, value: &Value, most: usize) -> (Vec<Let>, usize) {
    let mut found = Vec::new();
    let mut count = 0;
    for to in items(value, "/spec/to") {
        let kind = Kind::from_group(&text(to, "/group"), &text(to, "/kind"));
        let name = text(to, "/name");
        for target in known.world.targets_in(&kind, &grant.namespace) {
            if !name.is_empty() && *target.name != *name {
                continue;
            }
            for from in known.world.referrers(target) {
                let allowed = items(value, "/spec/from").iter().any(|one| {
                    text(one, "/namespace") == *from.namespace
                        && text(one, "/kind") == from.kind.name()
                        && text(one, "/group") == from.kind.group()
                });
                if !allowed || from.namespace == grant.namespace {
                    continue;
                }
                count += 1;
                if found.len() < most {
                    let held = known.world.get(from).map(|object| references(object)).unwrap_or_default();
                    let field = held.into_iter().find(|reference| reference.to == *target);
                    let field = field.map(|reference| reference.field).unwrap_or_default();
                    found.push(Let { from: from.clone(), field, to: target.clone() });
                }
            }
        }
    }
    (found, count)
}

/// Who may refer to what, and who does.
pub fn grant(known: &Known<'_>, read: Read<'_>) -> Vec<PageLine> {
    let (key, value) = (&read.object.key, read.value);
    let mut out = head_line("Lets");
    let mut grid = Grid::default();
    for from in items(value, "/spec/from") {
        let namespace = text(from, "/namespace");
        let words = format!("{}s of namespace {namespace}", text(from, "/kind"));
        let links = grid.row([(Tone::Dim, "from"), (Tone::Plain, &words)]);
        links
            .push(Link::new("namespace", Target::object(&Key::new(Kind::Namespace, "", namespace.as_str()))));
    }
    for to in items(value, "/spec/to") {
        let kind = Kind::from_group(&text(to, "/group"), &text(to, "/kind"));
        let name = text(to, "/name");
        if name.is_empty() {
            grid.row([
                (Tone::Dim, "to"),
                (Tone::Plain, &format!("every {kind} of namespace {}", key.namespace)),
            ]);
        } else {
            let target = Key::new(kind, &*key.namespace, name.as_str());
            let mark = known.mark(&target);
            let links = grid.row([
                (Tone::Dim, "to"),
                (Tone::Plain, &target.to_string()),
                (mark.health.tone(), &mark.note()),
            ]);
            links.push(Link::new("target", Target::object(&target)));
        }
    }
    out.extend(grid.lines(2));
    out.extend(head_line("Used by"));
    let (used, count) = lets(known, key, value, MOST);
    if used.is_empty() {
        out.push(Line::of(Tone::Warn, "  ! nobody: it has no effect").into());
    }
    let mut grid = Grid::default();
    for one in &used {
        let mut cell = |word: &str, target: Target, text: &str, more: &str| {
            let links = grid.row([(Tone::Dim, word), (Tone::Plain, text), (Tone::Dim, more)]);
            links.push(Link::new(word, target));
        };
        cell("from", Target::object(&one.from), &one.from.to_string(), &one.field);
        cell("  to", Target::object(&one.to), &one.to.to_string(), "");
    }
    out.extend(grid.lines(2));
    out.extend(more_line(count.saturating_sub(used.len())));
    out
}
