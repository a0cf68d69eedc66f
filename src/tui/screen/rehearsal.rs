//! What runs on this machine: load, listeners with their real addresses, stand-ins with their faults.

mod telling;

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::Screen;
use crate::{
    rehearsal::{ListenerView, RecordedView, Sides, StandInView, View},
    resource::{Key, Kind, Object},
    routing::Side,
    tui::{
        app::State,
        facts::{Health, Line, Tone, describe::About, measure, rehearsal},
        finding::fields,
        format,
        paint::{self, Canvas},
        selection::{Lines, List, Record, Same, SortKey},
        view::{empty, strip},
        widget::table::{self, Column, Look, traffic},
    },
};

pub use telling::ACTIONS;
use telling::Told;

/// Which pane has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Pane {
    #[default]
    Listeners,
    StandIns,
}

/// The screen.
#[derive(Debug, Default)]
pub struct Rehearsal {
    /// Listeners.
    pub listeners: List<ListenerView>,
    /// Stand-ins.
    pub stand_ins: List<StandInView>,
    /// Which of the two has the keys.
    pub pane: Pane,
    /// What was told a moment ago.
    told: Told,
}

impl Screen for Rehearsal {
    fn pane(&self) -> usize {
        self.pane as usize
    }

    fn panes(&self) -> usize {
        2
    }

    fn set_pane(&mut self, pane: usize) {
        self.pane = if pane == 0 { Pane::Listeners } else { Pane::StandIns };
    }

    fn list(&self, pane: usize) -> Option<&dyn Lines> {
        match pane {
            0 => Some(&self.listeners),
            1 => Some(&self.stand_ins),
            _ => None,
        }
    }

    fn list_mut(&mut self, pane: usize) -> Option<&mut dyn Lines> {
        match pane {
            0 => Some(&mut self.listeners),
            1 => Some(&mut self.stand_ins),
            _ => None,
        }
    }

    fn selected(&self) -> Option<About> {
        match self.pane {
            Pane::Listeners => self.listeners.selected().map(|listener| About::Listener(listener.id.clone())),
            Pane::StandIns => self.object().map(About::Object),
        }
    }

    fn object(&self) -> Option<Key> {
        match self.pane {
            Pane::Listeners => self.listeners.selected().map(|listener| {
                let entry = &listener.id.port.entry;
                Key::new(Kind::Gateway, &*entry.namespace, &*entry.name)
            }),
            Pane::StandIns => self.stand_ins.selected().map(|stand_in| {
                let service = &stand_in.backend.service;
                Key::new(Kind::from_group("", &service.kind), &*service.namespace, &*service.name)
            }),
        }
    }

    fn draw(&self, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
        draw(canvas, area, state);
    }
}

/// A side in one word, in its own hue.
pub fn side(side: Side) -> Line {
    Line::of(measure::tone(side), measure::word(side).to_uppercase())
}

impl Same for ListenerView {
    fn same(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Record for ListenerView {
    const COLUMNS: &'static [Column] = &[
        Column::text("", 1, 1, 255),
        Column::text("SIDE", 4, 4, 200).sided(),
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

    fn cells(&self, state: &State) -> Vec<Line> {
        let row = rehearsal::listener(&state.view, self);
        let [rate, errors, p95] = traffic(&row.traffic, state.stale().is_some());
        let got = if self.address.is_ok() { Tone::Strong } else { Tone::Bad };
        let certificate = match row.certificate {
            "missing" => Tone::Bad,
            "made here" => Tone::Warn,
            _ => Tone::Dim,
        };
        vec![
            Line::of(row.health.tone(), row.health.sign()),
            side(self.id.port.side),
            // Where the column of certificates has no room, the mark says that nobody gave this one.
            Line::dim(if row.certificate == "made here" { "~ " } else { "" }).and(Tone::Plain, row.name),
            Line::dim(row.protocol),
            Line::plain(row.hostname),
            Line::dim(row.wanted.to_string()),
            Line::of(got, row.got),
            Line::of(certificate, row.certificate),
            rate,
            errors,
            p95,
        ]
    }

    fn haystack(&self) -> Cow<'_, str> {
        let (name, address) = (
            format!("{} {}", measure::word(self.id.port.side), rehearsal::listener_name(&self.id)),
            self.address.as_ref().map(ToString::to_string).unwrap_or_default(),
        );
        fields([&*name, &*self.hostname, &*address]).into()
    }

    fn namespace(&self) -> Option<&str> {
        // A controller belongs to no namespace: it is seen in all.
        Some(&*self.id.port.entry.namespace).filter(|namespace| !namespace.is_empty())
    }

    fn labelled<'a>(&'a self, view: &'a View) -> Option<&'a Object> {
        let entry = &self.id.port.entry;
        Some(view.world.get(&Key::new(Kind::Gateway, &*entry.namespace, &*entry.name))?)
    }

    fn health(&self, view: &View) -> Option<Health> {
        Some(rehearsal::listener(view, self).health)
    }

    fn key(&self, view: &View, column: usize) -> SortKey {
        let row = rehearsal::listener(view, self);
        match column {
            0 => SortKey::Number(f64::from(row.health as u8)),
            1 => SortKey::text(measure::word(self.id.port.side)),
            2 => SortKey::text(&row.name),
            3 => SortKey::text(row.protocol),
            4 => SortKey::text(&row.hostname),
            5 => SortKey::Number(f64::from(row.wanted)),
            6 => SortKey::text(&row.got),
            7 => SortKey::text(row.certificate),
            _ => table::traffic_key(&row.traffic, column - 8),
        }
    }
}

impl StandInView {
    /// Requests a second that one side sends it.
    fn rate(&self, state: &State, side: Side) -> Line {
        let measures = rehearsal::by_side(&state.view, self, side);
        table::number(measures.rate, format::rate, |_| measure::tone(side), state.stale().is_some())
    }
}

impl Same for StandInView {
    fn same(&self, other: &Self) -> bool {
        self.backend == other.backend
    }
}

impl Record for StandInView {
    const COLUMNS: &'static [Column] = &[
        Column::text("", 1, 1, 255),
        Column::text("SERVICE", 18, 36, 255),
        Column::text("ANSWERED BY", 24, 36, 5),
        Column::text("FAULT", 10, 18, 9),
        Column::number("ANSWERS", 9, 3),
        Column::number("REQ/S", 6, 8),
        Column::number("5XX %", 5, 7),
        Column::number("P95 MS", 6, 2),
        Column::number("OLD REQ/S", 9, 1).sided(),
        Column::number("NEW REQ/S", 9, 1).sided(),
    ];

    fn cells(&self, state: &State) -> Vec<Line> {
        let row = rehearsal::stand_in(&state.view, self);
        let [rate, errors, p95] = traffic(&row.traffic, state.stale().is_some());
        let mut name = Line::dim(if row.assumed { "~ " } else { "" }).and(Tone::Plain, row.name);
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
            self.rate(state, Side::Old),
            self.rate(state, Side::New),
        ]
    }

    fn haystack(&self) -> Cow<'_, str> {
        let backend = &self.backend;
        let (backing, fault) = (rehearsal::backing(&self.backing), rehearsal::fault(&self.fault));
        let name = format!("{}:{}", backend.service, backend.port);
        fields([&*name, &*backing, &*fault]).into()
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.backend.service.namespace)
    }

    fn labelled<'a>(&'a self, view: &'a View) -> Option<&'a Object> {
        let service = &self.backend.service;
        let kind = Kind::from_group("", &service.kind);
        Some(view.world.get(&Key::new(kind, &*service.namespace, &*service.name))?)
    }

    fn health(&self, view: &View) -> Option<Health> {
        Some(rehearsal::stand_in(view, self).health)
    }

    fn key(&self, view: &View, column: usize) -> SortKey {
        let row = rehearsal::stand_in(view, self);
        match column {
            0 => SortKey::Number(f64::from(row.health as u8)),
            1 => SortKey::text(&row.name),
            2 => SortKey::text(&row.backing),
            3 if row.fault.is_empty() => SortKey::Missing,
            3 => SortKey::text(&row.fault),
            4 => SortKey::Number(row.answers as f64),
            5..=7 => table::traffic_key(&row.traffic, column - 5),
            8 => table::traffic_key(&rehearsal::by_side(view, self, Side::Old), 0),
            _ => table::traffic_key(&rehearsal::by_side(view, self, Side::New), 0),
        }
    }
}

fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    load(canvas, paint::top(area, 2), state);
    let room = area.height.saturating_sub(3);
    // Listeners get what they need, up to half; stand-ins the rest.
    let wanted = state.screens.rehearsal.listeners.len() as u16 + 3;
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
            .and(Tone::Dim, format!("/s over {} connections   ", load.setting.concurrency))
    } else {
        Line::dim("load  ").and(Tone::Strong, "off").and(Tone::Dim, "   ")
    };
    let failed_tone = if load.failed > 0 { Tone::Bad } else { Tone::Plain };
    let line = setting
        .and(Tone::Dim, "sent ")
        .and(Tone::Plain, format::grouped(load.sent))
        .and(Tone::Dim, "   without answer ")
        .and(failed_tone, format::grouped(load.failed))
        // Last: where there is no room for all, it is missed least.
        .and(Tone::Dim, if load.recorded.is_some() { "   recorded requests " } else { "   targets " })
        .and(Tone::Plain, format::grouped(load.targets as u64));
    let line = if state.view.sides == Sides::BOTH { split(line, load.by_side) } else { line };
    canvas.line(area.x + 1, area.y, area.width - 2, &line);
    let mut line = match &load.recorded {
        Some(recorded) => replayed(recorded),
        None => Line::dim("metrics  ").and(Tone::Plain, format!("http://{}/metrics", state.view.admin)),
    };
    if let Some(why) = &load.last_failure {
        line = line.and(Tone::Dim, "   last failure  ").and(Tone::Bad, why.clone());
    }
    canvas.line(area.x + 1, area.y + 1, area.width - 2, &line);
}

/// How the requests are split over both sides.
fn split(line: Line, [old, new]: [usize; 2]) -> Line {
    let all = (old + new).max(1) as f64;
    line.and(Tone::Old, format!("   {:.0} % OLD", 100.0 * old as f64 / all))
        .and(Tone::New, format!("  {:.0} % NEW", 100.0 * new as f64 / all))
}

/// What is replayed, and what of it is not.
fn replayed(recorded: &RecordedView) -> Line {
    let RecordedView { recording, unserved, why } = recorded;
    let mut line = Line::dim("from  ")
        .and(Tone::Strong, recording.name.clone())
        .and(Tone::Dim, format!("  {}", recording.format));
    if *unserved > 0 {
        let why = why.as_deref().unwrap_or("no listener serves them");
        line = line.and(Tone::Warn, format!("   {} not sent: {why}", format::grouped(*unserved as u64)));
    }
    if let Some(first) = recording.skipped.first() {
        let count = format::grouped(recording.skips);
        line = line
            .and(Tone::Warn, format!("   {count} not understood, first line {}: {}", first.line, first.why));
    }
    if recording.beyond > 0 {
        line = line.and(Tone::Warn, format!("   {} more are too many", format::grouped(recording.beyond)));
    }
    if recording.withheld > 0 {
        line =
            line.and(Tone::Dim, format!("   {} credentials left out", format::grouped(recording.withheld)));
    }
    line
}

fn draw_listeners(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let view = &state.view;
    let focused = state.screens.rehearsal.pane == Pane::Listeners;
    let look = Look { focused, heads: true };
    strip(
        canvas,
        paint::top(area, 1),
        state,
        &state.screens.rehearsal.listeners,
        ("listener", "listeners"),
        focused,
    );
    let list = Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..area };
    table::draw(canvas, list, &state.screens.rehearsal.listeners, look, state);
    empty(
        canvas,
        list,
        state,
        &state.screens.rehearsal.listeners,
        "no listener: no Gateway of our class has one that is valid, and no Ingress is served",
    );
    if let Some(curl) =
        state.screens.rehearsal.listeners.selected().and_then(|listener| rehearsal::curl(view, listener))
    {
        let line = Line::of(Tone::Accent, "$ ").and(Tone::Plain, curl);
        canvas.line(area.x + 1, area.bottom().saturating_sub(1), area.width - 2, &line);
    }
}

fn draw_stand_ins(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    if area.height < 3 {
        return;
    }
    let focused = state.screens.rehearsal.pane == Pane::StandIns;
    let look = Look { focused, heads: true };
    strip(
        canvas,
        paint::top(area, 1),
        state,
        &state.screens.rehearsal.stand_ins,
        ("backend", "backends"),
        focused,
    );
    let list = paint::below(area, 1);
    table::draw(canvas, list, &state.screens.rehearsal.stand_ins, look, state);
    empty(
        canvas,
        list,
        state,
        &state.screens.rehearsal.stand_ins,
        "no route names a backend that is answered here",
    );
}
