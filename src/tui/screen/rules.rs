//! Rules with several backends: which one to move.

use std::{borrow::Cow, collections::BTreeMap};

use ratatui::layout::Rect;

use super::Screen;
use crate::{
    rehearsal::View,
    resource::{Key, Object},
    tui::{
        app::{Effect, Rank, State},
        facts::{
            Health, Line, Tone,
            measure::{self, Over},
            routes,
            rules::{Backend, Rule},
        },
        finding::fields,
        format,
        paint::{self, Canvas},
        selection::{Lines, List, Record, Same, SortKey},
        view::{empty, strip},
        widget::table::{self, Column, Look, traffic},
    },
};

/// The screen.
#[derive(Debug, Default)]
pub struct Rules {
    /// All rules with weights.
    pub list: List<Rule>,
    /// Rules that are worth a look first, and why.
    pub lifted: BTreeMap<(Key, usize), Vec<Rank>>,
}

impl Screen for Rules {
    fn list(&self, _: usize) -> Option<&dyn Lines> {
        Some(&self.list)
    }

    fn list_mut(&mut self, _: usize) -> Option<&mut dyn Lines> {
        Some(&mut self.list)
    }

    fn object(&self) -> Option<Key> {
        self.list.selected().map(|rule| rule.route.clone())
    }

    fn open(&self) -> fn(&mut State) -> Vec<Effect> {
        |state| {
            if let Some(rule) = state.screens.rules.list.selected().cloned() {
                state.open_rule_of(&rule);
            }
            Vec::<Effect>::new()
        }
    }

    fn draw(&self, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
        draw(canvas, area, state);
    }
}

impl Same for Rule {
    fn same(&self, other: &Self) -> bool {
        Rule::same(self, other)
    }
}

impl Record for Rule {
    const COLUMNS: &'static [Column] = &[
        Column::text("", 1, 1, 255),
        Column::text("ROUTE", 14, 34, 255),
        Column::text("RULE", 6, 10, 4),
        Column::text("BACKENDS AND WEIGHTS", 32, 80, 254),
        Column::text("", 12, 12, 5).called("bar"),
        Column::text("HOSTNAMES", 12, 36, 2),
        Column::number("REQ/S", 6, 8),
        Column::number("5XX %", 5, 7),
        Column::number("P95 MS", 6, 3),
    ];

    fn cells(&self, state: &State) -> Vec<Line> {
        cells(state, self, state.stale().is_some(), state.size.get().0 >= 100)
    }

    fn haystack(&self) -> Cow<'_, str> {
        let path = self.route.path();
        let backends = self.backends.iter().map(|backend| &*backend.plan_name);
        let hostnames = self.hostnames.iter().map(|hostname| &**hostname);
        fields([&*path].into_iter().chain(self.name.as_deref()).chain(hostnames).chain(backends)).into()
    }

    fn namespace(&self) -> Option<&str> {
        Some(&self.route.namespace)
    }

    fn labelled<'a>(&'a self, view: &'a View) -> Option<&'a Object> {
        Some(view.world.get(&self.route)?)
    }

    fn health(&self, view: &View) -> Option<Health> {
        Some(routes::health(view, &self.route))
    }

    fn key(&self, view: &View, column: usize) -> SortKey {
        match column {
            1 => SortKey::text(&self.route.path()),
            2 => SortKey::Number(self.index as f64),
            3 => SortKey::Number(self.backends.len() as f64),
            5 => self.hostnames.first().map_or(SortKey::Missing, |hostname| SortKey::text(hostname)),
            0 => SortKey::Number(f64::from(routes::health(view, &self.route) as u8)),
            4 => SortKey::Missing,
            _ => {
                let counted = measure::of_rule(&self.route, self.index);
                table::traffic_key(&measure::measures(view, &counted, Over::Short), column - 6)
            }
        }
    }
}

fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let what = ("rule with several backends", "rules with several backends");
    strip(canvas, paint::top(area, 1), state, &state.screens.rules.list, what, true);
    let list = paint::below(area, 1);
    let look = Look { focused: true, heads: true };
    table::draw(canvas, list, &state.screens.rules.list, look, state);
    empty(
        canvas,
        list,
        state,
        &state.screens.rules.list,
        "no rule has more than one backend: there is no weight to move",
    );
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
        // Before the weights: where these have no room, this must be seen.
        weights.0.insert(0, (Tone::Accent, format!("{} not applied   ", session.changes())));
    }
    let reasons =
        state.screens.rules.lifted.get(&(rule.route.clone(), rule.index)).map_or(&[][..], Vec::as_slice);
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
