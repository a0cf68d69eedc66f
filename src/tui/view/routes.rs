//! Routes of all kinds: how each is at its parents, and what goes through it.

use ratatui::layout::Rect;

use super::{detail::wrap, empty, strip};
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
    let room = area.width.saturating_sub(2) as usize;
    let said: Vec<Line> = state
        .routes
        .selected()
        .map(|route| said(&routes::row(view, route)))
        .into_iter()
        .flatten()
        .flat_map(|line| wrap(&line, room))
        .collect();
    let most = (area.height / 3) as usize;
    let foot = if area.height >= 16 && !said.is_empty() { 1 + said.len().min(most) as u16 } else { 0 };
    let list = Rect { y: area.y + 1, height: area.height - 1 - foot, ..area };
    let stale = state.stale().is_some();
    let look = Look { focused: true, heads: true };
    table::draw(canvas, list, COLUMNS, &state.routes, look, |route| cells(&routes::row(view, route), stale));
    empty(canvas, list, state, &state.routes, "no route in what was read");
    if foot > 0 {
        below(canvas, Rect { y: area.bottom() - foot, height: foot, ..area }, &said);
    }
}

fn cells(row: &RouteRow, stale: bool) -> Vec<Line> {
    let mut name = Line::plain(row.name.clone());
    if row.assumed {
        name = name.and(Tone::Dim, " assumed");
    } else if !row.rests_on.is_empty() {
        name = name.and(Tone::Dim, " ~");
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
        Health::Waiting | Health::Note | Health::Unknown => {
            Line::dim(parent.parent.clone()).and(Tone::Dim, format!("  {}", parent.words))
        }
        Health::Broken | Health::Attention => Line::of(parent.health.tone(), parent.words.clone()),
    };
    if row.parents.len() > 1 {
        line = line.and(Tone::Dim, format!("  +{}", row.parents.len() - 1));
    }
    line
}

/// What each parent says, in full, and the cure.
fn said(row: &RouteRow) -> Vec<Line> {
    let mut lines = vec![
        Line::of(Tone::Strong, row.name.clone()).and(Tone::Dim, format!("  {}  {}", row.kind, row.hostnames)),
    ];
    if !row.rests_on.is_empty() {
        lines.push(Line::dim(format!("~ assumed: {}", row.rests_on.join(", "))));
    }
    for parent in row.parents.iter().take(4) {
        let words = if parent.message.is_empty() { &parent.words } else { &parent.message };
        lines.push(
            Line::of(parent.health.tone(), format!("{} ", parent.health.sign()))
                .and(Tone::Plain, format!("{}  ", parent.parent))
                .and(Tone::Dim, words.clone()),
        );
        if !parent.cure.is_empty() {
            lines.push(Line::of(Tone::Accent, "  → ").and(Tone::Plain, parent.cure.clone()));
        }
    }
    lines
}

fn below(canvas: &mut Canvas<'_>, area: Rect, lines: &[Line]) {
    canvas.rule(area, area.y);
    for (at, line) in lines.iter().take(area.height.saturating_sub(1) as usize).enumerate() {
        canvas.line(area.x + 1, area.y + 1 + at as u16, area.width - 2, line);
    }
}
