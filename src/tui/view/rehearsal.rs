//! What runs on this machine: load, listeners with their real addresses, stand-ins with their faults.

use ratatui::layout::Rect;

use super::{empty, strip};
use crate::tui::{
    app::{Pane, State},
    facts::{Line, Tone, rehearsal},
    format,
    paint::{self, Canvas},
    widget::table::{self, Column, Look, traffic},
};

const LISTENERS: &[Column] = &[
    Column::text("", 1, 1, 255),
    Column::text("LISTENER", 16, 34, 255),
    Column::text("PROTO", 5, 5, 6),
    Column::text("HOSTNAME", 14, 36, 3),
    Column::number("WANTED", 6, 5),
    Column::text("LISTENS ON", 16, 34, 9),
    Column::text("CERTIFICATE", 11, 11, 4),
    Column::number("REQ/S", 6, 8),
    Column::number("5XX %", 5, 7),
    Column::number("P95 MS", 6, 2),
];

const STAND_INS: &[Column] = &[
    Column::text("", 1, 1, 255),
    Column::text("SERVICE", 18, 36, 255),
    Column::text("ANSWERED BY", 24, 36, 5),
    Column::text("FAULT", 10, 18, 9),
    Column::number("ANSWERS", 9, 3),
    Column::number("REQ/S", 6, 8),
    Column::number("5XX %", 5, 7),
    Column::number("P95 MS", 6, 2),
];

/// Draws load, listeners and stand-ins.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    load(canvas, paint::top(area, 2), state);
    let room = area.height.saturating_sub(3);
    // Listeners get what they need, up to half; stand-ins the rest.
    let wanted = state.listeners.len() as u16 + 3;
    let upper = wanted.min(room / 2).max(5.min(room));
    let listeners = Rect { y: area.y + 2, height: upper, ..area };
    let stand_ins = Rect { y: area.y + 3 + upper, height: room - upper, ..area };
    canvas.rule(area, area.y + 2 + upper);
    draw_listeners(canvas, listeners, state);
    draw_stand_ins(canvas, stand_ins, state);
}

fn load(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let load = &state.view.load;
    let setting = if load.setting.rate > 0.0 {
        Line::dim("load  ")
            .and(Tone::Strong, format::rate(load.setting.rate))
            .and(Tone::Dim, format!(" requests/s over {} connections   ", load.setting.concurrency))
    } else {
        Line::dim("load  ").and(Tone::Strong, "off").and(Tone::Dim, "   ")
    };
    let failed_tone = if load.failed > 0 { Tone::Bad } else { Tone::Plain };
    let line = setting
        .and(Tone::Dim, "targets ")
        .and(Tone::Plain, load.targets.to_string())
        .and(Tone::Dim, "   sent ")
        .and(Tone::Plain, format::grouped(load.sent))
        .and(Tone::Dim, "   without answer ")
        .and(failed_tone, format::grouped(load.failed));
    canvas.line(area.x + 1, area.y, area.width - 2, &line);
    let admin = Line::dim("metrics  ").and(Tone::Plain, format!("http://{}/metrics", state.view.admin));
    let line = match &load.last_failure {
        Some(why) => admin.and(Tone::Dim, "   last failure  ").and(Tone::Bad, why.clone()),
        None => admin,
    };
    canvas.line(area.x + 1, area.y + 1, area.width - 2, &line);
}

fn draw_listeners(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let view = &state.view;
    let focused = state.pane == Pane::Listeners;
    let (stale, look) = (state.stale().is_some(), Look { focused, heads: true });
    strip(canvas, paint::top(area, 1), state, &state.listeners, ("listener", "listeners"), focused);
    let list = Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..area };
    table::draw(canvas, list, LISTENERS, &state.listeners, look, |listener| {
        let row = rehearsal::listener(view, listener);
        let [rate, errors, p95] = traffic(&row.traffic, stale);
        let got = if listener.address.is_ok() { Tone::Strong } else { Tone::Bad };
        let certificate = match row.certificate {
            "missing" => Tone::Bad,
            "made here" => Tone::Warn,
            _ => Tone::Dim,
        };
        vec![
            Line::of(row.health.tone(), row.health.sign()),
            Line::plain(row.name),
            Line::dim(row.protocol),
            Line::plain(row.hostname),
            Line::dim(row.wanted.to_string()),
            Line::of(got, row.got),
            Line::of(certificate, row.certificate),
            rate,
            errors,
            p95,
        ]
    });
    empty(
        canvas,
        list,
        state,
        &state.listeners,
        "no listener: no Gateway of our class has one that is valid",
    );
    if let Some(curl) = state.listeners.selected().and_then(|listener| rehearsal::curl(view, listener)) {
        let line = Line::of(Tone::Accent, "$ ").and(Tone::Plain, curl);
        canvas.line(area.x + 1, area.bottom().saturating_sub(1), area.width - 2, &line);
    }
}

fn draw_stand_ins(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    if area.height < 3 {
        return;
    }
    let view = &state.view;
    let focused = state.pane == Pane::StandIns;
    let (stale, look) = (state.stale().is_some(), Look { focused, heads: true });
    strip(canvas, paint::top(area, 1), state, &state.stand_ins, ("backend", "backends"), focused);
    let list = paint::below(area, 1);
    table::draw(canvas, list, STAND_INS, &state.stand_ins, look, |stand_in| {
        let row = rehearsal::stand_in(view, stand_in);
        let [rate, errors, p95] = traffic(&row.traffic, stale);
        let mut name = Line::plain(row.name);
        if row.assumed {
            name = name.and(Tone::Dim, " assumed");
        }
        vec![
            Line::of(row.health.tone(), row.health.sign()),
            name,
            if row.tellable { Line::dim(row.backing) } else { Line::plain(row.backing) },
            if row.fault.is_empty() { Line::dim("–") } else { Line::of(Tone::Warn, row.fault) },
            Line::plain(format::grouped(row.answers)),
            rate,
            errors,
            p95,
        ]
    });
    empty(canvas, list, state, &state.stand_ins, "no route names a backend that is answered here");
}
