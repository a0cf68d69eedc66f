//! The weights of one rule: wanted, programmed, observed; what moving them means; who fails.

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
            rules::BackendNow,
        },
        format,
        paint::Canvas,
        widget::{
            bar,
            chart::{Chart, Curve, Mark},
            sparkline,
            table::{errors_tone, number},
        },
    },
};

/// Seconds of history.
const HISTORY: f64 = 600.0;

/// Places of the columns in a room.
struct Places {
    name: u16,
    weight: u16,
    bar: u16,
    programmed: (u16, &'static str),
    spark: u16,
    p95: bool,
}

/// Width of the columns that do not grow: wanted, observed, 5xx, p95.
const SHARE: u16 = 8;
const OBSERVED: u16 = 12;
const ERRORS: u16 = 6;
const P95: u16 = 7;

impl Places {
    /// Of a room, for the longest name and a weight of this many digits, before and after.
    fn of(room: u16, longest: u16, digits: u16) -> Self {
        let name = longest.clamp(8, 24.max(room / 6));
        let weight = (2 * digits + 3).max(10) + 1;
        let programmed = if room >= 100 { (13, "programmed%") } else { (7, "prog.%") };
        let fixed = 3 + name + 1 + weight + SHARE + programmed.0 + OBSERVED + ERRORS + 3;
        let left = room.saturating_sub(fixed);
        let p95 = left >= P95 + 16;
        let left = left.saturating_sub(if p95 { P95 } else { 0 });
        let spark = if left >= 24 { (left / 3).min(30) } else { 0 };
        Self { name, weight, bar: left.saturating_sub(spark + 3).min(70), programmed, spark, p95 }
    }
}

/// Draws the weights of the open rule.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let Some(session) = state.session() else { return };
    title(canvas, area, state, session);
    canvas.rule(area, area.y + 1);
    let backends = session.rule.backends.len() as u16;
    let longest = session.rule.backends.iter().map(|b| format::width(&b.name)).max().unwrap_or(8) as u16;
    let digits = session.sum().max(session.rule.sum()).to_string().len() as u16;
    let places = Places::of(area.width, longest, digits);
    heads(canvas, area, &places);
    let most = area.height.saturating_sub(8).max(1);
    let seen = backends.min(most);
    let first = crate::tui::selection::window(backends as usize, session.at, 0, seen as usize);
    for line in 0..seen as usize {
        row(
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
        journal(canvas, Rect { x: chart.right() + 1, width: side - 1, ..rest }, state, session);
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
        .and(Tone::Plain, format!(" ▸ rule {}{name}", rule.index + 1))
        .and(Tone::Dim, format!(" of {}   {hosts}   {}", rule.of, session.now.listeners.join("  ")));
    canvas.line(area.x + 1, area.y, area.width.saturating_sub(wide + 4), &left);
    canvas.line_right(area.x, area.y, area.width - 1, &right);
}

fn heads(canvas: &mut Canvas<'_>, area: Rect, places: &Places) {
    let y = area.y + 2;
    let mut x = area.x + 3;
    canvas.put(x, y, places.name, "backend", Tone::Head);
    x += places.name + 1;
    canvas.right(x, y, places.weight, "weight", Tone::Head);
    x += places.weight;
    canvas.right(x, y, SHARE, "wanted%", Tone::Head);
    x += SHARE + 1;
    x += places.bar + 1;
    let (width, head) = places.programmed;
    canvas.right(x, y, width, head, Tone::Head);
    x += width;
    canvas.right(x, y, OBSERVED, "observed%", Tone::Head);
    x += OBSERVED;
    canvas.right(x, y, ERRORS, "5xx%", Tone::Head);
    x += ERRORS + 1;
    if places.spark > 0 {
        canvas.put(x + 1, y, places.spark, "10 min", Tone::Dim);
        x += places.spark + 1;
    }
    if places.p95 {
        canvas.right(x, y, P95, "p95 ms", Tone::Head);
    }
}

fn row(canvas: &mut Canvas<'_>, area: Rect, places: &Places, state: &State, session: &Session, at: usize) {
    let (Some(backend), Some(now)) = (session.rule.backends.get(at), session.now.backends.get(at)) else {
        return;
    };
    let stale = state.stale().is_some();
    let y = area.y;
    if at == session.at {
        let style = canvas.theme.selection(true);
        canvas.wash(area, style);
        canvas.put(area.x, y, 1, "▎", Tone::Accent);
    }
    let mut x = area.x + 1;
    canvas.put(x, y, 1, "■", Tone::Series(at));
    x += 2;
    let name = if now.assumed {
        Line::plain(backend.name.clone()).and(Tone::Warn, "~")
    } else {
        backend.name.clone().into()
    };
    canvas.line(x, y, places.name, &name);
    x += places.name + 1;
    canvas.line_right(x, y, places.weight, &weight(session, at));
    x += places.weight;
    canvas.right(x, y, SHARE, &format::percent(session.share(at)), Tone::Strong);
    x += SHARE + 1;
    if let (Some(why), 0) = (&now.refuses, session.wanted(at)) {
        canvas.put(x, y, places.bar, &format!("✗ {why}"), Tone::Warn);
    } else {
        bar::draw(canvas, x, y, places.bar, session.share(at), session.share_before(at), Tone::Series(at));
        if let Some(why) = &now.refuses {
            canvas.right(x, y, places.bar, &format!(" ✗ {why}"), Tone::Bad);
        }
    }
    x += places.bar + 1;
    let cell = number(now.programmed, format::percent, |_| Tone::Plain, false);
    canvas.line_right(x, y, places.programmed.0, &cell);
    x += places.programmed.0;
    canvas.line_right(x, y, OBSERVED, &observed(now, stale));
    x += OBSERVED;
    canvas.line_right(x, y, ERRORS, &number(now.traffic.errors, format::percent, errors_tone, stale));
    x += ERRORS + 1;
    if places.spark > 0 {
        let series =
            measure::series(&state.view, &backend.scope(&session.rule)).map(std::convert::AsRef::as_ref);
        let values = chart::values(series, Of::Errors, state.view.now, HISTORY, places.spark as usize);
        let tone = if stale { Tone::Dim } else { Tone::Series(at) };
        sparkline::draw(canvas, x + 1, y, places.spark, &values, 0.02, tone);
        x += places.spark + 1;
    }
    if places.p95 {
        canvas.line_right(x, y, P95, &number(now.traffic.p95, format::millis, |_| Tone::Plain, stale));
    }
}

fn weight(session: &Session, at: usize) -> Line {
    let (wanted, own) = (session.wanted(at), session.rule.backends.get(at).map_or(0, |b| b.weight));
    if wanted == own {
        Line::of(Tone::Strong, own.to_string())
    } else {
        Line::dim(format!("{own} ▸ ")).and(Tone::Accent, wanted.to_string())
    }
}

/// `10.2 ± 0.4`
fn observed(now: &BackendNow, stale: bool) -> Line {
    match now.observed {
        Reading::Is(share) => {
            let band = ((share.high - share.low) / 2.0 * 100.0).max(0.0);
            let value = format!("{:.1}", share.value * 100.0);
            Line::of(if stale { Tone::Dim } else { Tone::Strong }, value)
                .and(Tone::Dim, format!(" ± {band:.1}"))
        }
        Reading::Nothing => Line::dim("–"),
        Reading::Unknown(_) => Line::dim("?"),
    }
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
    canvas.put(area.x + 2 + used, area.y, area.width.saturating_sub(used + 3), " over 30 s", Tone::Dim);
    let note = traffic_note(state, "observed over 60 s");
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
            values: chart::values(series, Of::Errors, state.view.now, HISTORY, columns),
            tone: if stale { Tone::Dim } else { Tone::Series(at) },
        }
    };
    let curves: Vec<Curve> = session.rule.backends.iter().enumerate().map(curve).collect();
    let marks: Vec<Mark> =
        changes(state, session).filter_map(|(ago, entry)| mark(ago, entry, session)).collect();
    let chart = Chart {
        curves: &curves,
        marks: &marks,
        least_top: 0.01,
        scale: format::percent,
        times: times(state, HISTORY),
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
fn mark(ago: f64, entry: &Entry, session: &Session) -> Option<Mark> {
    if !(0.0..HISTORY).contains(&ago) {
        return None;
    }
    let rule = format!("spec.rules[{}].", session.rule.index);
    let field = entry.edit.fields.iter().rev().find(|field| field.field.starts_with(&rule))?;
    let label = field.new.as_ref().map_or_else(|| "1".to_owned(), ToString::to_string);
    Some(Mark { at: 1.0 - ago / HISTORY, label })
}

/// Times under a chart of the last `seconds`: left, middle, right.
pub fn times(state: &State, seconds: f64) -> [String; 3] {
    [1.0, 0.5, 0.0].map(|back| {
        let ago = jiff::SignedDuration::from_secs((seconds * back) as i64);
        let at = state.clock.checked_sub(ago).unwrap_or(state.clock);
        at.to_zoned(state.zone.clone()).strftime("%H:%M").to_string()
    })
}

fn journal(canvas: &mut Canvas<'_>, area: Rect, state: &State, session: &Session) {
    canvas.put(area.x + 1, area.y, area.width.saturating_sub(2), "journal", Tone::Head);
    let start: Vec<String> = session.start.iter().map(ToString::to_string).collect();
    let from = Line::dim(format!("at the start {}", start.join(" / ")));
    let mut y = area.y + 1;
    let entries: Vec<(f64, &Entry)> = changes(state, session).rev().collect();
    if entries.is_empty() {
        canvas.put(area.x + 1, y, area.width.saturating_sub(2), "no change of this route yet", Tone::Dim);
        y += 1;
    }
    for (_, entry) in entries {
        if y + 3 > area.bottom() {
            break;
        }
        let at = entry.at.to_zoned(state.zone.clone()).strftime("%H:%M:%S").to_string();
        let mut line = Line::dim(format!("{at} ")).and(Tone::Plain, entry.who.clone());
        if entry.undo_of.is_some() {
            line = line.and(Tone::Dim, "  taken back");
        }
        canvas.line(area.x + 1, y, area.width.saturating_sub(2), &line);
        canvas.put(area.x + 3, y + 1, area.width.saturating_sub(4), &entry.summary, Tone::Dim);
        y += 2;
    }
    if y < area.bottom() {
        canvas.line(area.x + 1, y, area.width.saturating_sub(2), &from);
    }
}
