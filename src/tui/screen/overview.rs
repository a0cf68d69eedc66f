//! What needs a person, what goes through, and how far the way is.

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::{Id, Screen};
use crate::{
    rehearsal::{Sides, View, names_key},
    resource::{Key, Kind, Object},
    routing::Side,
    traffic::Scope,
    tui::{
        app::{State, Target},
        facts::{
            Health, Line, Tone,
            chart::{self, Of},
            describe::About,
            findings::Finding,
            measure::{self, Over},
        },
        finding::fields,
        format,
        paint::{self, Canvas},
        selection::{Lines, List, Record, Same, SortKey},
        view::{canary, empty, traffic_note, typed},
        widget::{
            chart::{Chart, Curve},
            marks, sparkline,
            table::{self, Column, errors_tone},
        },
    },
};

/// The screen.
#[derive(Debug, Default)]
pub struct Overview {
    /// What needs a person.
    pub list: List<Finding>,
}

impl Screen for Overview {
    fn list(&self, _: usize) -> Option<&dyn Lines> {
        Some(&self.list)
    }

    fn list_mut(&mut self, _: usize) -> Option<&mut dyn Lines> {
        Some(&mut self.list)
    }

    fn object(&self) -> Option<Key> {
        self.list.selected()?.object.clone()
    }

    fn selected(&self) -> Option<About> {
        let finding = self.list.selected()?;
        // Several findings of one cause, or one without an object, are told in full.
        if finding.object.is_none() || finding.also.iter().any(|also| also.object != finding.object) {
            let first = Finding { also: Vec::new(), ..finding.clone() };
            return Some(About::Findings(std::iter::once(first).chain(finding.also.clone()).collect()));
        }
        self.object().map(About::Object)
    }

    fn draw(&self, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
        draw(canvas, area, state);
    }
}

impl Same for Finding {
    fn same(&self, other: &Self) -> bool {
        // Words may hold numbers, and a line of several may grow: it is known by its first object and its cause.
        self.object == other.object
            && self.cause == other.cause
            && (self.cause.is_some() || (&self.words, &self.detail) == (&other.words, &other.detail))
    }
}

impl Record for Finding {
    const COLUMNS: &'static [Column] = &[
        Column::text("", 1, 1, 255),
        Column::text("SUBJECT", 14, 34, 255),
        Column::text("WORDS", 14, 60, 9),
        Column::text("MORE", 14, 100, 5),
    ];

    fn cells(&self, _: &State) -> Vec<Line> {
        vec![
            Line::of(self.health.tone(), self.health.sign()),
            Line::of(Tone::Strong, self.subject.clone()),
            Line::of(self.health.tone(), self.words.clone()),
            Line::dim(self.detail.clone()),
        ]
    }

    fn haystack(&self) -> Cow<'_, str> {
        let also = self.also.iter().map(|also| also.subject.as_str());
        fields([&*self.subject, &*self.words, &*self.detail].into_iter().chain(also)).into()
    }

    fn namespace(&self) -> Option<&str> {
        self.object.as_ref().map(|key| &*key.namespace).filter(|namespace| !namespace.is_empty())
    }

    fn labelled<'a>(&'a self, view: &'a View) -> Option<&'a Object> {
        Some(view.world.get(self.object.as_ref()?)?)
    }

    fn health(&self, _: &View) -> Option<Health> {
        Some(self.health)
    }

    fn key(&self, _: &View, column: usize) -> SortKey {
        match column {
            0 => SortKey::Number(f64::from(self.health as u8)),
            1 => SortKey::text(&self.subject),
            2 => SortKey::text(&self.words),
            _ => SortKey::text(&self.detail),
        }
    }
}

fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    if area.width >= 104 {
        let left = (area.width * 45 / 100).min(84);
        let side = Rect { width: left, ..area };
        traffic(canvas, paint::top(side, 5), state);
        way(canvas, Rect { y: area.y + 6, height: 5.min(area.height.saturating_sub(6)), ..side }, state);
        charts(canvas, Rect { y: area.y + 12, height: area.height.saturating_sub(12), ..side }, state);
        canvas.upright(area.x + left, area.y, area.bottom());
        needs(canvas, Rect { x: area.x + left + 1, width: area.width - left - 1, ..area }, state);
    } else {
        let half = area.width / 2;
        traffic(canvas, Rect { width: half, ..paint::top(area, 5) }, state);
        way(canvas, Rect { x: area.x + half, width: area.width - half, ..paint::top(area, 5) }, state);
        canvas.rule(area, area.y + 5);
        needs(canvas, paint::below(area, 6), state);
    }
}

fn traffic(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let view = &state.view;
    let (label, number) = (12, 8);
    let spark = area.width.saturating_sub(label + number + 5).min(60);
    canvas.put(area.x + 1, area.y, label, "Traffic", Tone::Head);
    if view.sides == Sides::BOTH {
        both(canvas, area, state, spark);
        return;
    }
    canvas.right(area.x + 1 + label, area.y, number, "10 s", Tone::Dim);
    let span = chart::span(view);
    let over = format!("{}, 5xx over {} s", chart::minutes(span), chart::SMOOTHED);
    let over = if format::width(&over) > spark as usize { chart::minutes(span) } else { over };
    canvas.put(area.x + 3 + label + number, area.y, spark, &over, Tone::Dim);
    let now = measure::measures(view, &Scope::All, Over::Short);
    let series = measure::series(view, &Scope::All).map(std::convert::AsRef::as_ref);
    let stale = state.stale().is_some();
    let plain = |_| Tone::Plain;
    let cells = [
        ("requests/s", table::number(now.rate, format::rate, |_| Tone::Strong, stale), Of::Rate, 0.0),
        ("5xx %", table::number(now.errors, format::percent, errors_tone, stale), Of::Errors, 0.02),
        ("p95 ms", table::number(now.p95, format::millis, plain, stale), Of::P95, 0.0),
    ];
    for (at, (name, cell, of, top)) in cells.into_iter().enumerate() {
        let y = area.y + 1 + at as u16;
        canvas.put(area.x + 1, y, label, name, Tone::Plain);
        canvas.line_right(area.x + 1 + label, y, number, &cell);
        let values = chart::values(series, of, view.now, span, spark as usize);
        let tone = if stale { Tone::Dim } else { Tone::New };
        sparkline::draw(canvas, area.x + 3 + label + number, y, spark, &values, top, tone);
    }
    let note = traffic_note(state, "");
    if !note.text().is_empty() {
        canvas.line(area.x + 1, area.y + 4, area.width.saturating_sub(2), &note);
    }
}

/// The same for two sides: what each gets, and never both in one number.
fn both(canvas: &mut Canvas<'_>, area: Rect, state: &State, spark: u16) {
    let view = &state.view;
    let (label, number) = (12, 8);
    let of = |side| {
        let scope = measure::of_side(side);
        (measure::measures(view, &scope, Over::Short), measure::series(view, &scope).map(AsRef::as_ref))
    };
    let sides = [(Side::Old, of(Side::Old)), (Side::New, of(Side::New))];
    let (span, stale) = (chart::span(view), state.stale().is_some());
    // Numbers beside each other, then a curve for each, where there is room for it.
    let curves = area.x + 1 + label + 2 * (number + 1) + 2;
    let each = area.right().saturating_sub(curves + 3).min(2 * spark) / 2;
    for (nth, (side, _)) in sides.iter().enumerate() {
        let x = area.x + 1 + label + nth as u16 * (number + 1);
        canvas.right(x, area.y, number, &measure::word(*side).to_uppercase(), measure::tone(*side));
    }
    canvas.put(curves, area.y, 2 * each, &format!("10 s, {}", chart::minutes(span)), Tone::Dim);
    for (at, (name, kind, top)) in
        [("requests/s", Of::Rate, 0.0), ("5xx %", Of::Errors, 0.02), ("p95 ms", Of::P95, 0.0)]
            .into_iter()
            .enumerate()
    {
        let y = area.y + 1 + at as u16;
        canvas.put(area.x + 1, y, label, name, Tone::Plain);
        for (nth, (side, (now, series))) in sides.iter().enumerate() {
            let cell = match kind {
                Of::Rate => table::number(now.rate, format::rate, |_| Tone::Strong, stale),
                Of::Errors => table::number(now.errors, format::percent, errors_tone, stale),
                Of::P95 => table::number(now.p95, format::millis, |_| Tone::Plain, stale),
            };
            let nth = nth as u16;
            canvas.line_right(area.x + 1 + label + nth * (number + 1), y, number, &cell);
            let values = chart::values(*series, kind, view.now, span, each as usize);
            let tone = if stale { Tone::Dim } else { measure::tone(*side) };
            sparkline::draw(canvas, curves + nth * (each + 1), y, each, &values, top, tone);
        }
    }
    let note = traffic_note(state, "");
    if !note.text().is_empty() {
        canvas.line(area.x + 1, area.y + 4, area.width.saturating_sub(2), &note);
    }
}

/// How many Ingresses are of each sort.
fn sorts(state: &State, room: usize) -> Option<String> {
    let totals = state.inventory.as_ref()?.totals;
    if totals.all() == 0 {
        return None;
    }
    let all = format!("{} simple  {} medium  {} complex", totals.simple, totals.medium, totals.complex);
    let short = format!("{} complex", totals.complex);
    [all, short].into_iter().find(|text| format::width(text) <= room)
}

fn way(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let view = &state.view;
    let (label, number) = if area.width < 50 { (10, 5) } else { (12, 8) };
    canvas.put(area.x + 1, area.y, label, "The way", Tone::Head);
    let ingresses = view.world.list(&Kind::Ingress).count();
    let listening = view.listeners.iter().filter(|listener| listener.address.is_ok()).count();
    let all = view.listeners.len();
    let listening_tone = if listening < all { Tone::Warn } else { Tone::Strong };
    let moved = view.journal.iter().filter(|entry| entry.edit.object != names_key()).count();
    let rules = state.screens.rules.list.total();
    let assumed = match view.stand_ins.iter().filter(|backend| backend.assumed).count() {
        0 => String::new(),
        count => format!(", {count} assumed"),
    };
    let old = view.listeners.iter().filter(|listener| listener.id.port.side == Side::Old).count();
    let listeners = if view.sides == Sides::BOTH {
        format!("listeners: {old} old, {} new", all - old)
    } else {
        plural(all, "listener", "listeners")
    };
    let rows = [
        (
            "inventory",
            Line::of(Tone::Old, format::grouped(ingresses as u64)),
            sorts(state, area.width.saturating_sub(label + number + 4) as usize)
                .unwrap_or_else(|| plural(ingresses, "Ingress", "Ingresses")),
        ),
        ("rehearsal", Line::of(listening_tone, format!("{listening}/{all}")), listeners),
        (
            "",
            Line::of(Tone::Strong, view.stand_ins.len().to_string()),
            format!("{}{assumed}", plural(view.stand_ins.len(), "backend", "backends")),
        ),
        (
            "canary",
            Line::of(Tone::Strong, rules.to_string()),
            format!("{}  {moved} {}", plural(rules, "rule", "rules"), plural(moved, "change", "changes")),
        ),
    ];
    for (at, (name, cell, more)) in rows.into_iter().enumerate() {
        let y = area.y + 1 + at as u16;
        if y >= area.bottom() {
            break;
        }
        canvas.put(area.x + 1, y, label, name, Tone::Plain);
        canvas.line_right(area.x + 1 + label, y, number, &cell);
        canvas.put(
            area.x + 3 + label + number,
            y,
            area.width.saturating_sub(label + number + 4),
            &more,
            Tone::Dim,
        );
    }
}

fn plural(count: usize, one: &str, many: &str) -> String {
    if count == 1 { one.to_owned() } else { many.to_owned() }
}

/// Where there is room: requests and errors over time.
fn charts(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    if area.height < 8 {
        return;
    }
    let both = area.height >= 20;
    let height = if both { area.height / 2 } else { area.height };
    let upper = Rect { height, ..area };
    history(canvas, upper, state, Of::Rate);
    if both {
        history(canvas, Rect { y: area.y + height, height: area.height - height, ..area }, state, Of::Errors);
    }
}

fn history(canvas: &mut Canvas<'_>, area: Rect, state: &State, of: Of) {
    let view = &state.view;
    let series = measure::series(view, &Scope::All).map(std::convert::AsRef::as_ref);
    let (title, least_top, scale): (&str, f64, fn(f64) -> String) = match of {
        Of::Rate => ("requests/s", 1.0, format::rate),
        Of::Errors => ("5xx %", 0.01, format::percent),
        Of::P95 => ("p95 ms", 1.0, format::millis),
    };
    let span = chart::span(view);
    let used = canvas.put(area.x + 1, area.y, area.width - 2, title, Tone::Head);
    let over = match of {
        Of::Errors => format!("  last {}, each point over {} s", chart::minutes(span), chart::SMOOTHED),
        Of::Rate | Of::P95 => format!("  last {}", chart::minutes(span)),
    };
    canvas.put(area.x + 1 + used, area.y, area.width.saturating_sub(used + 2), &over, Tone::Dim);
    let plot =
        Rect { x: area.x + 1, y: area.y + 1, width: area.width.saturating_sub(3), height: area.height - 2 };
    let columns = crate::tui::widget::chart::columns(plot.width) * 2;
    let tone = match of {
        Of::Errors => Tone::Bad,
        Of::Rate | Of::P95 => Tone::New,
    };
    let tone = if state.stale().is_some() { Tone::Dim } else { tone };
    let values = chart::values(series, of, view.now, span, columns);
    let mut curves = vec![Curve { values, tone, name: String::new() }];
    if view.sides == Sides::BOTH {
        let curve = |side| {
            let series = measure::series(view, &measure::of_side(side)).map(AsRef::as_ref);
            let values = chart::values(series, of, view.now, span, columns);
            let tone = if state.stale().is_some() { Tone::Dim } else { measure::tone(side) };
            Curve { values, tone, name: measure::word(side).to_owned() }
        };
        curves = vec![curve(Side::Old), curve(Side::New)];
    }
    let chart = Chart { curves: &curves, marks: &[], least_top, scale, times: canary::times(state, span) };
    crate::tui::widget::chart::draw(canvas, plot, &chart);
}

fn needs(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let list = &state.screens.overview.list;
    let mut x = area.x + 1;
    x += canvas.put(x, area.y, area.width - 2, "Needs you", Tone::Head);
    let filter = &list.filter;
    if filter.editing || !filter.text().is_empty() || filter.broken || state.namespace.is_some() {
        let room = |x: u16| area.right().saturating_sub(x + 1);
        x += canvas.put(x, area.y, room(x), "   ", Tone::Dim);
        x += typed(canvas, x, area.y, room(x), filter, true);
        let count = format!("{} of {}", list.len(), list.total());
        canvas.put(x, area.y, room(x), &count, Tone::Dim);
    } else {
        let findings = &state.findings;
        let all = findings.broken + findings.attention + findings.waiting;
        let text = if findings.hidden > 0 {
            format!("the worst {} of {}", all - findings.hidden, format::grouped(all as u64))
        } else {
            format::grouped(all as u64)
        };
        canvas.put(x + 2, area.y, area.right().saturating_sub(x + 3), &text, Tone::Dim);
    }
    let body = paint::below(area, 1);
    if !state.ready() {
        empty(canvas, body, state, list, "");
        return;
    }
    if state.findings.list.is_empty() {
        let line = match state.view.traffic.at {
            Some(_) => Line::of(Tone::Good, "✓ ").and(Tone::Plain, "nothing: all that was asked is done"),
            None => Line::of(Tone::Good, "✓ ")
                .and(Tone::Plain, "nothing that conditions tell; no traffic known yet"),
        };
        canvas.line(body.x + 1, body.y, body.width.saturating_sub(2), &line);
        return;
    }
    state.hit(body, Target::List((Id::Overview, 0)));
    // Two lines each: the second says more.
    let each = 2;
    let seen = (body.height / each).max(1) as usize;
    let name = (body.width / 3).clamp(14, 34);
    for (at, line) in list.window(seen).enumerate() {
        let Some(finding) = list.item(line) else { continue };
        let y = body.y + at as u16 * each;
        if line == list.at() {
            let style = canvas.theme.selection(true);
            canvas.wash(Rect { y, height: each.min(body.bottom() - y), ..body }, style);
            canvas.put(body.x, y, 1, "▎", Tone::Accent);
            canvas.cursor.get_or_insert((body.x, y));
        }
        state.hit(
            Rect { y, height: each.min(body.bottom() - y), ..body },
            Target::Line((Id::Overview, 0), line),
        );
        let tone = finding.health.tone();
        canvas.put(body.x + 1, y, 1, finding.health.sign(), tone);
        let mut put = |x: u16, y: u16, room: u16, text: &str, tone: Tone| {
            canvas.put(x, y, room, text, tone);
            marks::draw(canvas, x, y, room, text, filter.query());
        };
        put(body.x + 3, y, name, &finding.subject, Tone::Strong);
        put(body.x + 4 + name, y, body.width.saturating_sub(name + 6), &finding.words, tone);
        if y + 1 < body.bottom() {
            put(body.x + 5, y + 1, body.width.saturating_sub(7), &finding.detail, Tone::Dim);
        }
    }
    if list.len() > seen {
        let from = list.window(seen).start;
        table::scrollbar(canvas, body, list.len() * each as usize, from * each as usize, body.height);
    }
    empty(canvas, body, state, list, "");
}
