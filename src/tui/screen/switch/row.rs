//! A hostname as a line of the list.

use std::borrow::Cow;

use std::sync::Arc;

use crate::{
    rehearsal::{NameView, View},
    switch::{Finding, Pointing, Verdict},
    tui::{
        app::State,
        facts::{
            Health, Line, Reading, Tone,
            switch::{figures, pointing, until},
        },
        finding::fields,
        format,
        selection::{Record, Same, SortKey},
        widget::table::Column,
    },
};

/// A line.
#[derive(Debug)]
pub struct Row {
    /// The hostname.
    pub name: NameView,
    haystack: Box<str>,
}

impl Row {
    /// The line of a hostname.
    pub fn of(name: &NameView) -> Self {
        let hostname = name.hostname.to_string();
        let sides = match (name.sides.old, name.sides.new) {
            (true, true) => "both",
            (true, false) => "old",
            (false, true) => "new",
            (false, false) => "",
        };
        let haystack = fields([hostname.as_str(), sides]).into();
        Self { name: name.clone(), haystack }
    }
}

impl Same for Arc<Row> {
    fn same(&self, other: &Self) -> bool {
        self.name.hostname == other.name.hostname
    }
}

/// Where a name points, in its side's colour.
pub fn pointed(at: Pointing) -> Line {
    let tone = if at == Pointing::OLD { Tone::Old } else { Tone::New };
    Line::of(tone, pointing(at))
}

impl Record for Arc<Row> {
    const COLUMNS: &'static [Column] = &[
        Column::text("", 1, 1, 255).called("mark"),
        Column::text("HOSTNAME", 24, 60, 255),
        Column::text("DNS POINTS AT", 13, 13, 254),
        Column::text("SINCE", 8, 8, 4),
        Column::number("TTL S", 6, 6),
        Column::text("ALL MOVED", 12, 12, 8),
        Column::number("OLD REQ/S", 9, 7),
        Column::number("NEW REQ/S", 9, 7),
        Column::number("OLD 5XX %", 9, 5),
        Column::number("NEW 5XX %", 9, 6),
        Column::text("PREFLIGHT", 12, 18, 9),
    ];

    fn cells(&self, state: &State) -> Vec<Line> {
        let Row { name, .. } = &**self;
        let journey = &name.journey;
        let screen = &state.screens.switch;
        let mark = if screen.marked.contains(&name.hostname) { "■" } else { "" };
        let clock = |at: jiff::Timestamp| at.to_zoned(state.zone.clone()).strftime("%H:%M:%S").to_string();
        let since =
            if journey.before().is_some() { Line::plain(clock(journey.since())) } else { Line::dim("–") };
        let ttl = journey.ttl();
        let settled = ttl.settled() <= state.clock;
        let ttl = Line::of(if settled { Tone::Plain } else { Tone::Warn }, ttl.seconds().to_string());
        let moved = match journey.moved_by() {
            None => Line::dim("–"),
            Some(by) => match until(by, state.clock) {
                Some(time) => Line::of(Tone::Warn, format!("· in {time}")),
                None => Line::of(Tone::Good, "✓"),
            },
        };
        let [old, new, old_errors, new_errors] = measured(self, state);
        let points = match (journey.is_finished(), journey.is_held()) {
            (true, _) => pointed(journey.pointing()).and(Tone::Good, " ✓"),
            (_, true) => pointed(journey.pointing()).and(Tone::Warn, " held"),
            (false, false) => pointed(journey.pointing()),
        };
        let one_sided = match (name.sides.old, name.sides.new) {
            (true, true) => None,
            (true, false) => Some("old side alone"),
            (false, true) => Some("new side alone"),
            (false, false) => Some("nobody has it"),
        };
        let preflight = one_sided.map_or_else(|| preflight(self, state), Line::dim);
        let hostname = Line::plain(name.hostname.to_string());
        vec![
            Line::of(Tone::Accent, mark),
            hostname,
            points,
            since,
            ttl,
            moved,
            old,
            new,
            old_errors,
            new_errors,
            preflight,
        ]
    }

    fn haystack(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.haystack)
    }

    fn health(&self, _: &View) -> Option<Health> {
        Some(if self.name.sides.old && self.name.sides.new { Health::Ok } else { Health::Attention })
    }

    fn key(&self, view: &View, column: usize) -> SortKey {
        let Row { name, .. } = &**self;
        let journey = &name.journey;
        let seconds = |at: Option<jiff::Timestamp>| {
            at.map_or(SortKey::Missing, |at| SortKey::Number(at.as_second() as f64))
        };
        let number = |reading: Reading<f64>| match reading {
            Reading::Is(value) => SortKey::Number(value),
            Reading::Nothing | Reading::Unknown(_) => SortKey::Missing,
        };
        let of = || figures(view, &name.hostname.to_string());
        match column {
            1 => SortKey::text(&name.hostname.to_string()),
            2 => SortKey::Number(f64::from(journey.pointing().percent())),
            3 => seconds(journey.before().map(|_| journey.since())),
            4 => SortKey::Number(f64::from(journey.ttl().seconds())),
            5 => seconds(journey.moved_by()),
            6 => number(of().old.rate),
            7 => number(of().new.rate),
            8 => number(of().old.errors),
            9 => number(of().new.errors),
            _ => SortKey::Missing,
        }
    }
}

/// Requests a second and shares of 5xx of both sides, where clients ask for the hostname.
fn measured(row: &Arc<Row>, state: &State) -> [Line; 4] {
    let figures = figures(&state.view, &row.name.hostname.to_string());
    if !figures.own {
        return [(); 4].map(|()| Line::dim("–"));
    }
    let rate = |reading: Reading<f64>, tone| Line::of(tone, reading.show(format::rate));
    let errors = |reading: Reading<f64>| {
        let bad = matches!(reading, Reading::Is(share) if share > 0.0);
        Line::of(if bad { Tone::Bad } else { Tone::Dim }, reading.show(format::percent))
    };
    [
        rate(figures.old.rate, Tone::Old),
        rate(figures.new.rate, Tone::New),
        errors(figures.old.errors),
        errors(figures.new.errors),
    ]
}

/// What preflight says in a word.
fn preflight(row: &Arc<Row>, state: &State) -> Line {
    let Some(looked) = state.screens.switch.looked.get(&row.name.hostname) else {
        return Line::dim("· not looked at");
    };
    let preflight = looked.preflight(&row.name, state.clock, |at| at.to_string());
    let count = |wanted: fn(&Finding) -> bool| preflight.all().iter().filter(|(_, it)| wanted(it)).count();
    let red = count(|it| matches!(it, Finding::Red(_)));
    let unknown = count(|it| matches!(it, Finding::Unknown(_)));
    match preflight.verdict() {
        Verdict::Go => Line::of(Tone::Good, "✓ go"),
        Verdict::No if unknown > 0 => {
            Line::of(Tone::Bad, format!("✗ {red} red")).and(Tone::Dim, format!("  ? {unknown}"))
        }
        Verdict::No => Line::of(Tone::Bad, format!("✗ {red} red")),
        Verdict::Unknown => Line::dim(format!("? {unknown} not known")),
    }
}
