//! The tree of what serves: GatewayClass ▸ Gateway ▸ listener ▸ route ▸ backend.

use ratatui::layout::Rect;

use super::{empty, strip};
use crate::tui::{
    app::State,
    facts::{Health, Line, Tone, gateways::NodeRow, gateways::Shown},
    format,
    paint::{self, Canvas},
    widget::table::{self, Column, Look, traffic},
};

const COLUMNS: &[Column] = &[
    Column::text("", 1, 1, 255),
    Column::text("NAME", 26, 50, 255),
    Column::text("STATUS", 18, 60, 9),
    Column::text("LISTENS ON", 15, 15, 5),
    Column::number("ROUTES", 6, 3),
    Column::number("REQ/S", 6, 8),
    Column::number("5XX %", 5, 7),
    Column::number("P95 MS", 6, 2),
];

/// Draws the tree.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let (gateways, listeners, routes) = state.tree.counts();
    let count = |count: usize, one: &str| {
        format!("{} {one}{}", format::grouped(count as u64), if count == 1 { "" } else { "s" })
    };
    let whole = format!(
        "{}  {}  {}",
        count(gateways, "Gateway"),
        count(listeners, "listener"),
        count(routes, "route")
    );
    let (one, many) = (format!("line   {whole}"), format!("lines   {whole}"));
    strip(canvas, paint::top(area, 1), state, &state.branches, (&one, &many), true);
    let list = paint::below(area, 1);
    let stale = state.stale().is_some();
    let look = Look { focused: true, heads: true };
    table::draw(canvas, list, COLUMNS, &state.branches, look, |shown| {
        cells(shown, &state.tree.row(&shown.node), stale)
    });
    empty(canvas, list, state, &state.branches, "no GatewayClass and no Gateway in what was read");
}

fn cells(shown: &Shown, row: &NodeRow, stale: bool) -> Vec<Line> {
    let branch = match shown.open {
        Some(true) => "▾ ",
        Some(false) => "▸ ",
        None => "  ",
    };
    let name_tone = match shown.depth {
        0 => Tone::Strong,
        _ if row.kind.is_empty() => Tone::Dim,
        _ => Tone::Plain,
    };
    // In front of the name, where no width cuts it away.
    let mark = if row.assumed || !row.rests_on.is_empty() { "~ " } else { "" };
    let mut name =
        Line::dim(format!("{}{branch}{mark}", "  ".repeat(shown.depth))).and(name_tone, row.name.clone());
    if row.assumed {
        name = name.and(Tone::Dim, " assumed");
    }
    let label = match row.kind {
        "HTTPRoute" | "backend" | "listener" | "gateway" => "",
        kind => kind,
    };
    if !label.is_empty() {
        name = name.and(Tone::Dim, format!("  {label}"));
    }
    if !row.note.is_empty() {
        name = name.and(Tone::Dim, format!("  {}", row.note));
    }
    let sign =
        if row.kind.is_empty() { Line::default() } else { Line::of(row.health.tone(), row.health.sign()) };
    let status = match row.health {
        Health::Ok => Line::dim(match row.kind {
            "class" | "gateway" | "listener" if row.rests_on.is_empty() => "ok".to_owned(),
            "class" | "gateway" | "listener" => format!("ok  {}", row.rests_on),
            _ => row.rests_on.clone(),
        }),
        Health::Waiting | Health::Note | Health::Unknown => Line::dim(row.words.clone()),
        Health::Broken | Health::Attention => Line::of(row.health.tone(), row.words.clone()),
    };
    let [rate, errors, p95] = traffic(&row.traffic, stale);
    vec![
        sign,
        name,
        status,
        Line::plain(row.place.clone()),
        row.routes.map_or_else(Line::default, |routes| Line::plain(format::grouped(u64::from(routes)))),
        rate,
        errors,
        p95,
    ]
}
