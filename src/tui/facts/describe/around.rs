//! What stands around an object: problems, who refers to whom, the status that others wrote, what happened to it.

use super::{MOST, conditions, conditions::Read, head_line, more_line, yaml_lines};
use crate::{
    resource::{Key, Problem, Severity},
    rollout::Entry,
    tui::facts::{
        Known, Line, Tone, events,
        links::{self, role},
        page::{Grid, Link, PageLine, Target},
        words,
    },
    world::references,
};

/// Problems that no condition of the object tells of.
pub fn problems<'a>(
    known: &Known<'_>,
    key: &Key,
    problems: impl Iterator<Item = &'a Problem>,
) -> Vec<PageLine> {
    let mut told: Vec<&str> = Vec::new();
    let mut out = Vec::new();
    for problem in problems {
        if told.contains(&problem.message.as_str()) || conditions::said(known, key, &problem.message) {
            continue;
        }
        told.push(&problem.message);
        let (tone, sign) = match problem.severity {
            Severity::Error => (Tone::Bad, "✗"),
            Severity::Warning => (Tone::Warn, "!"),
            Severity::Info => (Tone::Dim, "·"),
        };
        let line = Line::of(tone, format!("  {sign} "))
            .and(Tone::Strong, problem.code)
            .and(Tone::Dim, ": ")
            .and(Tone::Plain, problem.message.clone());
        let object = known.world.get(key);
        let field = problem.field.clone().unwrap_or_default();
        let held = object.map(|object| references(object)).unwrap_or_default();
        let fault = links::reference_at(held, &field);
        let fault = fault.map(|reference| Link::new("at fault", Target::object(&reference.to)));
        let text = Target::Text(key.clone(), field.clone());
        let to = |links: Option<Link>| links.into_iter().collect::<Vec<_>>();
        out.push(PageLine { links: to(fault.clone()), ..line.into() });
        if !field.is_empty() {
            let place = object.and_then(|object| known.place(object, &field));
            let place = place.map_or_else(String::new, |place| format!(" ({place})"));
            let line = Line::dim("    at:  ").and(Tone::Plain, field).and(Tone::Dim, place);
            out.push(PageLine::from(line).to("text", text));
        }
        if !problem.fix.is_empty() {
            let line = Line::of(Tone::Accent, "    fix: ").and(Tone::Plain, problem.fix.clone());
            out.push(PageLine { links: to(fault), ..line.into() });
        }
    }
    if !out.is_empty() {
        out.splice(0..0, head_line("Problems"));
    }
    out
}

/// What the object names, and whether it is there.
pub fn refers_to(known: &Known<'_>, read: Read<'_>) -> Vec<PageLine> {
    let mut grid = Grid::default();
    for reference in references(read.object) {
        let mark = known.mark(&reference.to);
        let target = links::target(known, read.value, &reference);
        let name = match &target {
            Target::About(about) => about.name(),
            Target::Text(..) | Target::StandIn(_) => reference.to.to_string(),
        };
        let row = grid.row([
            (Tone::Plain, &name),
            (Tone::Dim, &reference.field),
            (mark.health.tone(), &mark.note()),
        ]);
        row.push(Link::new(role(&reference.field), target));
        row.push(Link::new("text", Target::Text(read.object.key.clone(), reference.field)));
    }
    section("Refers to", grid, 0)
}

/// Who names the object, and where.
pub fn referred_by(known: &Known<'_>, key: &Key) -> Vec<PageLine> {
    let mut grid = Grid::default();
    let mut referrers = known.world.referrers(key);
    for referrer in referrers.by_ref().take(MOST) {
        let held = known.world.get(referrer).map(|object| references(object)).unwrap_or_default();
        let fields =
            held.into_iter().filter(|reference| reference.to == *key).map(|reference| reference.field);
        let fields: Vec<String> = fields.collect();
        let mark = known.mark(referrer);
        let row = grid.row([
            (Tone::Plain, &referrer.to_string()),
            (Tone::Dim, &fields.join(", ")),
            (mark.health.tone(), &mark.note()),
        ]);
        row.push(Link::new("referrer", Target::object(referrer)));
        for field in fields {
            row.push(Link::new("text", Target::Text(referrer.clone(), field)));
        }
    }
    section("Referred to by", grid, referrers.count())
}

/// A status that came with the file. Others wrote it; ours stands under Conditions.
pub fn foreign_status(known: &Known<'_>, read: Read<'_>) -> Vec<PageLine> {
    let status = read.value.get("status");
    let Some(status) = status.filter(|status| status.as_object().is_none_or(|map| !map.is_empty())) else {
        return Vec::new();
    };
    let mut out = head_line("Status in the file (written by others, not looked at here)");
    out.extend(conditions::stale(read.value));
    out.extend(yaml_lines(known, read.object, status, "status"));
    out
}

/// The cluster's Events about the object, the newest last.
pub fn events(known: &Known<'_>, key: &Key) -> Vec<PageLine> {
    let mut out = head_line("Events");
    let found = match events::events(known.world, key) {
        None => {
            // Unknown is not none.
            out.push(Line::dim("  ? none were given").into());
            return out;
        }
        Some(found) if found.is_empty() => {
            out.push(Line::dim("  <none>").into());
            return out;
        }
        Some(found) => found,
    };
    let older = found.len().saturating_sub(MOST);
    if older > 0 {
        out.push(Line::dim(format!("  {older} older ones are left out")).into());
    }
    let mut grid = Grid::default();
    for event in found.iter().skip(older) {
        let age = event.at.map_or_else(|| "?".to_owned(), |at| words::age(known.now, at));
        let tone = if event.kind == "Warning" { Tone::Warn } else { Tone::Plain };
        let row = grid.row([
            (Tone::Dim, &age),
            (tone, &event.kind),
            (Tone::Strong, &event.reason),
            (Tone::Dim, &events::times(event)),
            (Tone::Dim, &event.from),
            (Tone::Plain, &event.message),
        ]);
        row.push(Link::new("event", Target::object(&event.key)));
    }
    out.extend(grid.lines(2));
    out
}

/// Changes that were made to the object from here, the newest last.
pub fn changes(known: &Known<'_>, key: &Key) -> Vec<PageLine> {
    let Some(view) = known.view else { return Vec::new() };
    let own: Vec<&Entry> = view.journal.iter().filter(|entry| entry.edit.object == *key).collect();
    let older = own.len().saturating_sub(MOST);
    let mut grid = Grid::default();
    for entry in own.iter().skip(older) {
        let age = words::age(known.now, entry.at);
        let row = grid.row([(Tone::Dim, &age), (Tone::Plain, &entry.who), (Tone::Plain, &entry.summary)]);
        if let Some(field) = entry.edit.fields.first() {
            row.push(Link::new("text", Target::Text(key.clone(), field.field.clone())));
        }
    }
    section("Changed here", grid, older)
}

fn section(title: &str, grid: Grid, more: usize) -> Vec<PageLine> {
    if grid.is_empty() {
        return Vec::new();
    }
    let mut out = head_line(title);
    out.extend(grid.lines(2));
    out.extend(more_line(more));
    out
}
