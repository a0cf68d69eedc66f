//! Rules with several backends: which one to move.

use ratatui::layout::Rect;

use super::{empty, strip};
use crate::tui::{
    app::{Rank, State},
    facts::{
        Line, Tone,
        measure::{self, Over},
        rules::{Backend, Rule},
    },
    format,
    paint::{self, Canvas},
    widget::table::{self, Column, Look, traffic},
};

const COLUMNS: &[Column] = &[
    Column::text("", 1, 1, 255),
    Column::text("ROUTE", 14, 26, 255),
    Column::text("RULE", 6, 10, 4),
    Column::text("BACKENDS AND WEIGHTS", 32, 80, 254),
    Column::text("", 12, 12, 5),
    Column::text("HOSTNAMES", 12, 36, 2),
    Column::number("REQ/S", 6, 8),
    Column::number("5XX %", 5, 7),
    Column::number("P95 MS", 6, 3),
];

/// Draws the rules.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let what = ("rule with several backends", "rules with several backends");
    strip(canvas, paint::top(area, 1), state, &state.rules, what, true);
    let list = paint::below(area, 1);
    let (stale, wide) = (state.stale().is_some(), area.width >= 100);
    let look = Look { focused: true, heads: true };
    table::draw(canvas, list, COLUMNS, &state.rules, look, |rule| cells(state, rule, stale, wide));
    empty(canvas, list, state, &state.rules, "no rule has more than one backend: there is no weight to move");
}

fn cells(state: &State, rule: &Rule, stale: bool, wide: bool) -> Vec<Line> {
    let mut weights = Line::default();
    let sum = rule.sum().max(1) as f64;
    let mark = if wide { " assumed" } else { "~" };
    let is_assumed =
        |backend: &Backend| state.view.world.get(&backend.service).is_some_and(|service| service.assumed);
    for (at, backend) in rule.backends.iter().enumerate() {
        let gap = if at == 0 { "" } else { "   " };
        weights = weights
            .and(Tone::Series(at), format!("{gap}■ "))
            .and(Tone::Plain, backend.name.clone())
            .and(Tone::Dim, if is_assumed(backend) { mark } else { "" })
            .and(Tone::Strong, format!(" {}", backend.weight));
        if rule.sum() != 100 {
            let share = format::percent(backend.weight as f64 / sum);
            weights = weights.and(Tone::Dim, format!(" {share} %"));
        }
    }
    let open = state.sessions.iter().find(|session| Rule::same(&session.rule, rule));
    if let Some(session) = open.filter(|session| session.changes() > 0) {
        weights = weights.and(Tone::Accent, format!("   {} not applied", session.changes()));
    }
    let reasons = state.lifted.get(&(rule.route.clone(), rule.index)).map_or(&[][..], Vec::as_slice);
    let is = |rank| reasons.contains(&rank);
    let worse = is(Rank::Worse) || is(Rank::Missing);
    let sign = if worse { Line::of(Tone::Warn, "!") } else { Line::default() };
    let why = match worse {
        true => "worse 5xx",
        false if is(Rank::Changed) => "changed",
        false if is(Rank::Faulty) => "told to fail",
        false => "",
    };
    let why = Line::of(if worse { Tone::Warn } else { Tone::Dim }, why);
    let measures = measure::measures(&state.view, &measure::of_rule(&rule.route, rule.index), Over::Short);
    let [rate, errors, p95] = traffic(&measures, stale);
    let name = rule.name.clone().unwrap_or_else(|| format!("{} of {}", rule.index + 1, rule.of));
    let hosts = if rule.hostnames.is_empty() { "*".to_owned() } else { rule.hostnames.join(" ") };
    vec![
        sign,
        Line::plain(rule.route.path()),
        Line::dim(name),
        weights,
        why,
        Line::dim(hosts),
        rate,
        errors,
        p95,
    ]
}
