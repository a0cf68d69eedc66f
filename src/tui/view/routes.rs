//! Routes of all kinds: how each is at its parents, and what goes through it.

use ratatui::layout::Rect;

use super::{empty, strip};
use crate::tui::{
    app::State,
    facts::{
        Health, Line, Tone,
        routes::{self, RouteRow},
    },
    paint::{self, Canvas},
    widget::table::{self, Column, Look, traffic},
};

const COLUMNS: &[Column] = &[
    Column::text("", 1, 1, 255),
    Column::text("ROUTE", 14, 34, 255),
    Column::text("KIND", 4, 4, 2),
    Column::text("PARENTS", 28, 58, 9),
    Column::text("HOSTNAMES", 12, 44, 3),
    Column::number("RULES", 5, 1),
    Column::number("REQ/S", 6, 8),
    Column::number("5XX %", 5, 7),
    Column::number("P95 MS", 6, 4),
];

/// Draws the routes; below them what each parent of the selected one says.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let view = &state.view;
    strip(canvas, paint::top(area, 1), state, &state.routes, ("route", "routes"), true);
    let selected = state.routes.selected().map(|route| routes::row(view, route));
    let parents = selected.as_ref().map_or(0, |row| row.parents.len().min(3)) as u16;
    let foot = if area.height >= 16 && parents > 0 { 2 + parents } else { 0 };
    let list = Rect { y: area.y + 1, height: area.height - 1 - foot, ..area };
    let stale = state.stale().is_some();
    let look = Look { focused: true, heads: true };
    table::draw(canvas, list, COLUMNS, &state.routes, look, |route| cells(&routes::row(view, route), stale));
    empty(canvas, list, &state.routes, "no route in what was read");
    if let Some(row) = selected.filter(|_| foot > 0) {
        below(canvas, Rect { y: area.bottom() - foot, height: foot, ..area }, &row);
    }
}

fn cells(row: &RouteRow, stale: bool) -> Vec<Line> {
    let mut name = Line::plain(row.name.clone());
    if row.assumed {
        name = name.and(Tone::Warn, " assumed");
    }
    let [rate, errors, p95] = traffic(&row.traffic, stale);
    vec![
        Line::of(row.health.tone(), row.health.sign()),
        name,
        Line::dim(row.kind.trim_end_matches("Route")),
        parents(row),
        Line::dim(row.hostnames.clone()),
        Line::dim(row.rules.to_string()),
        rate,
        errors,
        p95,
    ]
}

fn parents(row: &RouteRow) -> Line {
    let Some(parent) = row.deciding() else { return Line::dim("? no parent") };
    let mut line = match parent.health {
        Health::Ok => Line::plain(parent.parent.clone()),
        Health::Waiting | Health::Unknown => {
            Line::dim(parent.parent.clone()).and(Tone::Dim, format!("  {}", parent.words))
        }
        Health::Broken | Health::Attention => Line::of(parent.health.tone(), parent.words.clone()),
    };
    if row.parents.len() > 1 {
        line = line.and(Tone::Dim, format!("  +{}", row.parents.len() - 1));
    }
    line
}

fn below(canvas: &mut Canvas<'_>, area: Rect, row: &RouteRow) {
    canvas.rule(area, area.y);
    let title = Line::of(Tone::Strong, row.name.clone())
        .and(Tone::Dim, format!("  {}  {}", row.kind, row.hostnames));
    canvas.line(area.x + 1, area.y + 1, area.width - 2, &title);
    for (at, parent) in row.parents.iter().take(area.height.saturating_sub(2) as usize).enumerate() {
        let more = if parent.cure.is_empty() { &parent.message } else { &parent.cure };
        let line = Line::of(parent.health.tone(), format!("{} ", parent.health.sign()))
            .and(Tone::Plain, format!("{}  ", parent.parent))
            .and(parent.health.tone(), parent.words.clone())
            .and(Tone::Dim, format!("  {more}"));
        canvas.line(area.x + 1, area.y + 2 + at as u16, area.width - 2, &line);
    }
}
