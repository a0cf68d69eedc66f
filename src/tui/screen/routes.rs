//! Routes of all kinds: how each is at its parents, and what goes through it.

use std::{borrow::Cow, sync::Arc};

use ratatui::layout::Rect;

use super::Screen;
use crate::{
    rehearsal::View,
    resource::{Key, Object},
    tui::{
        app::State,
        facts::{
            Health, Line, Tone,
            routes::{self, Route, RouteRow},
        },
        paint::{self, Canvas},
        selection::{Lines, List, Record, Same, SortKey},
        view::{detail::wrap, empty, strip},
        widget::table::{self, Column, Look, traffic},
    },
};

/// The screen.
#[derive(Debug, Default)]
pub struct Routes {
    /// All routes.
    pub list: List<Arc<Route>>,
}

impl Screen for Routes {
    fn list(&self, _: usize) -> Option<&dyn Lines> {
        Some(&self.list)
    }

    fn list_mut(&mut self, _: usize) -> Option<&mut dyn Lines> {
        Some(&mut self.list)
    }

    fn object(&self) -> Option<Key> {
        self.list.selected().map(|route| route.object.key.clone())
    }

    fn draw(&self, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
        draw(canvas, area, state);
    }
}

impl Same for Arc<Route> {
    fn same(&self, other: &Self) -> bool {
        self.object.key == other.object.key
    }
}

impl Record for Arc<Route> {
    const COLUMNS: &'static [Column] = &[
        Column::text("", 1, 1, 255),
        Column::text("ROUTE", 14, 34, 255),
        Column::text("KIND", 4, 4, 2),
        Column::text("PARENTS", 28, 58, 9),
        Column::text("HOSTNAMES", 12, 44, 3),
        Column::number("RULES", 5, 1),
        Column::number("REQ/S", 6, 8),
        Column::number("5XX %", 5, 7),
        Column::number("P95 MS", 6, 4),
        Column::text("LABELS", 12, 40, 6).wide(),
        Column::text("FILE", 12, 40, 5).wide(),
    ];

    fn cells(&self, state: &State) -> Vec<Line> {
        let mut cells = cells(&routes::row(&state.view, self), state.stale().is_some());
        cells.push(Line::dim(labels(&self.object)));
        cells.push(Line::dim(file(&self.object)));
        cells
    }

    fn haystack(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.haystack)
    }

    fn labelled<'a>(&'a self, _: &'a View) -> Option<&'a Object> {
        Some(&self.object)
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.object.key.namespace)
    }

    fn health(&self, view: &View) -> Option<Health> {
        Some(routes::health(view, &self.object.key))
    }

    fn key(&self, view: &View, column: usize) -> SortKey {
        let key = &self.object.key;
        match column {
            0 => SortKey::Number(f64::from(routes::health(view, key) as u8)),
            1 => SortKey::text(&key.path()),
            2 => SortKey::text(key.kind.route_name().unwrap_or_default()),
            3 => routes::row(view, self)
                .deciding()
                .map_or(SortKey::Missing, |parent| SortKey::text(&parent.words)),
            4 => self.hostnames.first().map_or(SortKey::Missing, |hostname| SortKey::text(hostname)),
            5 => SortKey::Number(self.rules as f64),
            9 => SortKey::text(&labels(&self.object)),
            10 => SortKey::text(&file(&self.object)),
            _ => {
                let measures = routes::traffic(view, key);
                table::traffic_key(&measures, column - 6)
            }
        }
    }
}

/// Draws the routes; below them what each parent of the selected one says.
fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let view = &state.view;
    strip(canvas, paint::top(area, 1), state, &state.screens.routes.list, ("route", "routes"), true);
    let room = area.width.saturating_sub(2) as usize;
    let said: Vec<Line> = state
        .screens
        .routes
        .list
        .selected()
        .map(|route| said(&routes::row(view, route)))
        .into_iter()
        .flatten()
        .flat_map(|line| wrap(&line, room))
        .collect();
    let most = (area.height / 3) as usize;
    let foot = if area.height >= 16 && !said.is_empty() { 1 + said.len().min(most) as u16 } else { 0 };
    let list = Rect { y: area.y + 1, height: area.height - 1 - foot, ..area };
    let look = Look { focused: true, heads: true };
    table::draw(canvas, list, &state.screens.routes.list, look, state);
    empty(canvas, list, state, &state.screens.routes.list, "no route in what was read");
    if foot > 0 {
        below(canvas, Rect { y: area.bottom() - foot, height: foot, ..area }, &said);
    }
}

fn cells(row: &RouteRow, stale: bool) -> Vec<Line> {
    // In front of the name, where no width cuts it away.
    let mark = if row.assumed || !row.rests_on.is_empty() { "~ " } else { "" };
    let mut name = Line::dim(mark).and(Tone::Plain, row.name.clone());
    if row.assumed {
        name = name.and(Tone::Dim, " assumed");
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

/// `app=web,track=canary`
fn labels(object: &Object) -> String {
    let labels = object.meta.labels.iter().map(|(key, value)| format!("{key}={value}"));
    labels.collect::<Vec<_>>().join(",")
}

/// Where an object was read from.
fn file(object: &Object) -> String {
    object
        .origin
        .as_ref()
        .map_or_else(String::new, |origin| format!("{}:{}", origin.file.display(), origin.line))
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
