//! 5xx, requests and p95 of each backend over time, with a mark where weights changed. One of them, or all where there
//! is room.

use ratatui::layout::Rect;

use super::journal;
use crate::tui::{
    app::{Session, State, weights::Shown},
    facts::{
        Tone, canary,
        chart::{self, Of},
        steps,
    },
    format,
    paint::Canvas,
    view::traffic_note,
    widget::chart::{Chart, Curve, Mark},
};

/// Lines from which all three have room, one below the other.
const ALL: u16 = 36;

/// The charts in the order in which they are turned.
const KINDS: [(Of, &str); 3] = [(Of::Errors, "5xx %"), (Of::Rate, "requests/s"), (Of::P95, "p95 ms")];

/// Draws the chart that was chosen, or all. `alone`: the journal has no place of its own and can be chosen too.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, session: &Session, alone: bool) {
    if area.height >= ALL {
        let each = area.height / KINDS.len() as u16;
        for (at, (of, title)) in KINDS.iter().enumerate() {
            let at = at as u16;
            // What is left over goes to the last.
            let height = if at == 2 { area.height - 2 * each } else { each };
            let part = Rect { y: area.y + at * each, height, ..area };
            let used = canvas.put(part.x + 1, part.y, part.width - 2, title, Tone::Head);
            one(canvas, part, used, *of, state, session);
        }
        return;
    }
    let mut x = area.x + 1;
    for (of, title) in
        KINDS.map(|(of, title)| (Some(of), title)).into_iter().chain(alone.then_some((None, "journal")))
    {
        let here =
            state.chart.of() == of || (!alone && state.chart == Shown::Journal && of == Some(Of::Errors));
        x += canvas.put(
            x,
            area.y,
            area.right().saturating_sub(x),
            title,
            if here { Tone::Head } else { Tone::Dim },
        );
        x += 2;
    }
    x += canvas.put(x, area.y, area.right().saturating_sub(x), "v", Tone::Accent);
    match state.chart.of() {
        None if alone => journal::draw(canvas, area, state, session),
        of => one(canvas, area, x - area.x - 1, of.unwrap_or(Of::Errors), state, session),
    }
}

/// Draws one chart, with what it is over at the right of its title.
fn one(canvas: &mut Canvas<'_>, area: Rect, title: u16, of: Of, state: &State, session: &Session) {
    let span = chart::span(&state.view);
    let over = match of {
        Of::Errors => format!("last {}, each point over {} s", chart::minutes(span), chart::SMOOTHED),
        Of::Rate | Of::P95 => format!("last {}", chart::minutes(span)),
    };
    let note = traffic_note(state, &over);
    let taken = format::width(&note.text()) as u16;
    if title + taken + 4 < area.width {
        canvas.line_right(area.x, area.y, area.width.saturating_sub(2), &note);
    }
    let plot = Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(1),
    };
    let names = names(session);
    let columns = crate::tui::widget::chart::columns_of(&names, plot.width) * 2;
    let stale = state.stale().is_some();
    let values = canary::curves(&state.view, &session.rule, of, span, columns);
    let curve = |(at, (values, name)): (usize, (chart::Values, &&str))| Curve {
        values,
        tone: if stale { Tone::Dim } else { Tone::Series(at) },
        name: (*name).to_owned(),
    };
    let mut curves: Vec<Curve> = values.into_iter().zip(&names).enumerate().map(curve).collect();
    // The selected one lies on top.
    if session.at < curves.len() {
        let own = curves.remove(session.at);
        curves.push(own);
    }
    let (least_top, scale): (f64, fn(f64) -> String) = match of {
        Of::Errors => (0.01, format::percent),
        Of::Rate => (1.0, format::rate),
        Of::P95 => (1.0, format::millis),
    };
    let chart = Chart {
        curves: &curves,
        marks: &marks(state, session, span),
        least_top,
        scale,
        times: times(state, span),
    };
    crate::tui::widget::chart::draw(canvas, plot, &chart);
}

/// Where weights changed, with the share that the canary had from then on: by hand dim, by the plan in the accent.
fn marks(state: &State, session: &Session, span: f64) -> Vec<Mark> {
    let changes = canary::changes(&state.view.journal, &session.rule);
    let canary = session.steps.as_ref().map_or(session.at, crate::rollout::Steps::canary);
    let all = canary::moments(&changes, canary, state.clock, span);
    all.into_iter()
        .map(|moment| Mark {
            at: moment.at,
            label: format!("{} %", steps::short(moment.share)),
            tone: if moment.by_plan { Tone::Accent } else { Tone::Dim },
        })
        .collect()
}

/// Names without what all begin with up to a dash: `stable` and `canary` of `app-stable` and `app-canary`.
fn names(session: &Session) -> Vec<&str> {
    let all: Vec<&str> = session.rule.backends.iter().map(|backend| backend.name.as_str()).collect();
    let Some(first) = all.first() else { return all };
    let dashes = first.match_indices('-').map(|(at, _)| at + 1);
    let shared = dashes.filter(|at| {
        let begin = first.get(..*at);
        all.iter().all(|name| name.get(..*at) == begin && name.len() > *at)
    });
    let shared = shared.max().unwrap_or(0);
    all.iter().map(|name| name.get(shared..).unwrap_or(name)).collect()
}

/// Times under a chart of the last `seconds`: left with how long ago that is, middle, right.
pub fn times(state: &State, seconds: f64) -> [String; 3] {
    let format = if seconds < 300.0 { "%H:%M:%S" } else { "%H:%M" };
    let [left, middle, right] = [1.0, 0.5, 0.0].map(|back| {
        let ago = jiff::SignedDuration::from_secs((seconds * back) as i64);
        let at = state.clock.checked_sub(ago).unwrap_or(state.clock);
        at.to_zoned(state.zone.clone()).strftime(format).to_string()
    });
    [format!("{left}  −{}", chart::minutes(seconds)), middle, right]
}
