//! The weights of one rule: wanted, programmed, observed; what moving them means; who fails.

mod journal;
mod table;

use ratatui::layout::Rect;

use super::traffic_note;
use crate::{
    rollout::Entry,
    tui::{
        app::{Session, State},
        facts::{
            Line, Reading, Tone,
            chart::{self, Of},
            measure,
        },
        format,
        paint::Canvas,
        widget::{
            chart::{Chart, Curve, Mark},
            table::errors_tone,
        },
    },
};

/// Draws the weights of the open rule.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let Some(session) = state.session() else { return };
    title(canvas, area, state, session);
    canvas.rule(area, area.y + 1);
    let backends = session.rule.backends.len() as u16;
    let longest = session.rule.backends.iter().map(|b| format::width(&b.name)).max().unwrap_or(8) as u16;
    let assumed = session.now.backends.iter().any(|backend| backend.assumed);
    // Room for the mark.
    let longest = longest + if assumed { if area.width >= 100 { 8 } else { 1 } } else { 0 };
    let digits = session.sum().max(session.rule.sum()).to_string().len() as u16;
    let places = table::Places::of(area.width, longest, digits);
    table::heads(canvas, area, &places, state, session);
    let most = area.height.saturating_sub(8).max(1);
    let seen = backends.min(most);
    let first = crate::tui::selection::window(backends as usize, session.at, 0, seen as usize);
    for line in 0..seen as usize {
        table::row(
            canvas,
            Rect { y: area.y + 3 + line as u16, height: 1, ..area },
            &places,
            state,
            session,
            first + line,
        );
    }
    let y = area.y + 3 + seen;
    summary(canvas, Rect { y, height: 2, ..area }, session);
    let rest = Rect { y: y + 3, height: area.bottom().saturating_sub(y + 3), ..area };
    if rest.height < 3 {
        return;
    }
    canvas.rule(area, y + 2);
    let side = if area.width >= 100 { (area.width / 3).clamp(36, 60) } else { 0 };
    let chart = Rect { width: rest.width - side, ..rest };
    if side > 0 {
        canvas.upright(chart.right(), rest.y, rest.bottom());
        journal::draw(canvas, Rect { x: chart.right() + 1, width: side - 1, ..rest }, state, session);
    }
    errors(canvas, chart, state, session);
}

fn title(canvas: &mut Canvas<'_>, area: Rect, state: &State, session: &Session) {
    let rule = &session.rule;
    let name = rule.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
    let hosts = if rule.hostnames.is_empty() { "*".to_owned() } else { rule.hostnames.join(" ") };
    let (serving, parents) = session.now.parents;
    let health = session.now.health;
    let generation = state.view.world.get(&rule.route).map_or(0, |object| object.meta.generation);
    let generation = if generation > 0 { format!("  gen {generation}") } else { String::new() };
    let right = Line::dim(format!("attached at {serving} of {parents} parents  "))
        .and(health.tone(), format!("{} {}", health.sign(), health.word()))
        .and(Tone::Dim, generation);
    let wide = format::width(&right.text()) as u16;
    let left = Line::of(Tone::Strong, rule.route.path())
        .and(Tone::Plain, format!(" ▸ rule {} of {}{name}", rule.index + 1, rule.of))
        .and(Tone::Dim, format!("   {hosts}   {}", session.now.listeners.join("  ")));
    canvas.line(area.x + 1, area.y, area.width.saturating_sub(wide + 4), &left);
    canvas.line_right(area.x, area.y, area.width - 1, &right);
}

/// Sums, and what the wish means in requests a second.
fn summary(canvas: &mut Canvas<'_>, area: Rect, session: &Session) {
    let (sum, before) = (session.sum(), session.rule.sum());
    let sums = if sum == before {
        Line::dim(format!("sum {sum}"))
    } else {
        Line::dim(format!("sum {before} ▸ ")).and(Tone::Accent, sum.to_string())
    };
    let sums = sums.and(Tone::Dim, if session.balance { "  kept" } else { "  free (b)" });
    canvas.line(area.x + 3, area.y, area.width - 4, &sums);
    let x = area.x + 3 + 22;
    let room = area.width.saturating_sub(26);
    for (line, text) in consequence(session).iter().take(2).enumerate() {
        canvas.line(x, area.y + line as u16, room, text);
    }
}

fn consequence(session: &Session) -> Vec<Line> {
    let unknown = session.now.backends.iter().find_map(|backend| match backend.observed {
        Reading::Unknown(why) => Some(why),
        Reading::Is(_) | Reading::Nothing => None,
    });
    let Reading::Is(rate) = session.now.rate else {
        let why = unknown.unwrap_or("requests a second are not known");
        return vec![Line::dim(format!("? {why}"))];
    };
    if session.changes() == 0 {
        return unknown.map(|why| Line::dim(format!("? {why}"))).into_iter().collect();
    }
    if session.sum() == 0 {
        return vec![Line::of(Tone::Bad, "all weights 0: every request is answered with 500")];
    }
    let (Some(backend), Some(now)) =
        (session.rule.backends.get(session.at), session.now.backends.get(session.at))
    else {
        return Vec::new();
    };
    let (from, to) = (rate * session.share_before(session.at), rate * session.share(session.at));
    let mut lines = vec![
        Line::dim(format!("at {}/s   ", format::rate(rate)))
            .and(Tone::Plain, format!("{} ", backend.name))
            .and(Tone::Strong, format!("{}/s ▸ {}/s", format::rate(from), format::rate(to))),
    ];
    if let Reading::Is(errors) = now.traffic.errors {
        lines.push(
            Line::dim("its 5xx   ")
                .and(
                    errors_tone(errors),
                    format!("{}/s ▸ {}/s", format::rate(from * errors), format::rate(to * errors)),
                )
                .and(Tone::Dim, "   if its share of errors stays"),
        );
    }
    lines
}

fn errors(canvas: &mut Canvas<'_>, area: Rect, state: &State, session: &Session) {
    let used = canvas.put(area.x + 1, area.y, area.width - 2, "5xx % by backend", Tone::Head);
    let span = chart::span(&state.view);
    let over = format!("  last {}, each point over {} s", chart::minutes(span), chart::SMOOTHED);
    let note = traffic_note(state, "");
    let taken = format::width(&note.text()) as u16;
    let room = area.width.saturating_sub(used + taken + 4);
    canvas.put(area.x + 1 + used, area.y, room, &over, Tone::Dim);
    canvas.line_right(area.x, area.y, area.width.saturating_sub(2), &note);
    let plot = Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width.saturating_sub(3),
        height: area.height.saturating_sub(1),
    };
    let columns = crate::tui::widget::chart::columns(plot.width) * 2;
    let stale = state.stale().is_some();
    let curve = |(at, backend): (usize, &crate::tui::facts::rules::Backend)| {
        let series =
            measure::series(&state.view, &backend.scope(&session.rule)).map(std::convert::AsRef::as_ref);
        Curve {
            values: chart::values(series, Of::Errors, state.view.now, span, columns),
            tone: if stale { Tone::Dim } else { Tone::Series(at) },
        }
    };
    let curves: Vec<Curve> = session.rule.backends.iter().enumerate().map(curve).collect();
    let marks: Vec<Mark> =
        changes(state, session).filter_map(|(ago, entry)| mark(ago, span, entry, session)).collect();
    let chart = Chart {
        curves: &curves,
        marks: &marks,
        least_top: 0.01,
        scale: format::percent,
        times: times(state, span),
    };
    crate::tui::widget::chart::draw(canvas, plot, &chart);
}

/// Changes of this rule's route with their age in seconds, oldest first.
fn changes<'a>(state: &'a State, session: &'a Session) -> impl DoubleEndedIterator<Item = (f64, &'a Entry)> {
    state
        .view
        .journal
        .iter()
        .filter(|entry| entry.edit.object == *session.route())
        .map(|entry| (state.clock.duration_since(entry.at).as_secs_f64(), entry))
}

/// The new weight of the last backend that a change touched.
fn mark(ago: f64, span: f64, entry: &Entry, session: &Session) -> Option<Mark> {
    if !(0.0..span).contains(&ago) {
        return None;
    }
    let rule = format!("spec.rules[{}].", session.rule.index);
    let field = entry.edit.fields.iter().rev().find(|field| field.field.starts_with(&rule))?;
    let label = field.new.as_ref().map_or_else(|| "1".to_owned(), ToString::to_string);
    Some(Mark { at: 1.0 - ago / span, label })
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
