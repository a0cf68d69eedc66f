//! The backends of a rule: weight, what is wanted, programmed and observed, and who fails.

use ratatui::layout::Rect;

use crate::{
    traffic::Share,
    tui::{
        app::{Session, State, Target},
        facts::{
            Line, Reading, Tone, canary,
            chart::{self, Of},
            measure,
            observed::Observed,
            rules::BackendNow,
        },
        format,
        paint::Canvas,
        widget::{
            bar, sparkline,
            table::{errors_tone, number},
        },
    },
};

/// Places of the columns in a room.
pub struct Places {
    name: u16,
    weight: u16,
    bar: u16,
    programmed: (u16, &'static str),
    observed: (u16, &'static str),
    rate: u16,
    /// Whether 5xx have their band beside them.
    band: bool,
    errors: u16,
    spark: u16,
    p95: bool,
}

/// Width of the columns that do not grow, with the room before them: wanted, p95.
const SHARE: u16 = 10;
const P95: u16 = 8;

impl Places {
    /// Of a room, for the longest name and a weight of this many digits, before and after.
    pub fn of(room: u16, longest: u16, digits: u16) -> Self {
        let name = longest.clamp(8, 24.max(room / 6));
        let weight = (2 * digits + 3).max(10) + 1;
        let wide = room >= 100;
        let programmed = if wide { (14, "programmed %") } else { (9, "prog. %") };
        let observed = if wide { (18, "observed %") } else { (14, "obs. %") };
        let rate = if wide { 8 } else { 0 };
        let band = room >= 150;
        let errors = if band { 14 } else { 7 };
        let fixed = 3 + name + 1 + weight + SHARE + programmed.0 + observed.0 + rate + errors + 3;
        let left = room.saturating_sub(fixed);
        let p95 = left >= P95 + 16;
        let left = left.saturating_sub(if p95 { P95 } else { 0 });
        let spark = if room >= 150 && left >= 24 { (left / 3).min(30) } else { 0 };
        let bar = left.saturating_sub(spark + 3).min(70);
        Self { name, weight, bar, programmed, observed, rate, band, errors, spark, p95 }
    }
}

/// Whether the bars have room for a mark of what is observed, and the head to say so.
fn marked(places: &Places) -> bool {
    places.bar >= 20
}

/// Draws the heads, each where its numbers end.
pub fn heads(canvas: &mut Canvas<'_>, area: Rect, places: &Places, state: &State, session: &Session) {
    let y = area.y + 2;
    let mut x = area.x + 3;
    canvas.put(x, y, places.name, "backend", Tone::Head);
    x += places.name + 1;
    canvas.right(x, y, places.weight, "weight", Tone::Head);
    x += places.weight;
    canvas.right(x, y, SHARE, "wanted %", Tone::Head);
    x += SHARE + 1;
    if marked(places) {
        canvas.put(x, y, places.bar, "wanted █  seen ┃", Tone::Dim);
    }
    x += places.bar + 1;
    let (width, head) = places.programmed;
    canvas.right(x, y, width, head, Tone::Head);
    x += width;
    let (width, head) = places.observed;
    let over = Line::of(Tone::Head, head).and(Tone::Dim, format!(" {} s", session.now.over.seconds));
    canvas.line_right(x, y, width, &over);
    x += width;
    canvas.right(x, y, places.rate, "req/s", Tone::Head);
    x += places.rate;
    canvas.right(x, y, places.errors, "5xx %", Tone::Head);
    x += places.errors + 1;
    if places.spark > 0 {
        canvas.put(x + 1, y, places.spark, &chart::minutes(chart::span(&state.view)), Tone::Dim);
        x += places.spark + 1;
    }
    if places.p95 {
        canvas.right(x, y, P95, "p95 ms", Tone::Head);
    }
}

/// Draws one backend.
pub fn row(
    canvas: &mut Canvas<'_>,
    area: Rect,
    places: &Places,
    state: &State,
    session: &Session,
    at: usize,
) {
    let (Some(backend), Some(now)) = (session.rule.backends.get(at), session.now.backends.get(at)) else {
        return;
    };
    let stale = state.stale().is_some();
    state.hit(area, Target::Backend(at));
    let y = area.y;
    if at == session.at {
        let style = canvas.theme.selection(true);
        canvas.wash(area, style);
        canvas.put(area.x, y, 1, "▎", Tone::Accent);
        canvas.cursor.get_or_insert((area.x, y));
    }
    let mut x = area.x + 1;
    canvas.put(x, y, 1, "■", Tone::Series(at));
    x += 2;
    let name = if now.assumed {
        let mark = if area.width >= 100 { " assumed" } else { "~" };
        Line::plain(backend.name.clone()).and(Tone::Dim, mark)
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
    if let (Reading::Is(share), true) = (now.observed, marked(places)) {
        let at = (share.value * f64::from(places.bar - 1)).round() as u16;
        canvas.put(x + at, y, 1, "┃", if stale { Tone::Dim } else { Tone::Strong });
    }
    x += places.bar + 1;
    let cell = number(now.programmed, format::percent, |_| Tone::Plain, false);
    canvas.line_right(x, y, places.programmed.0, &cell);
    x += places.programmed.0;
    canvas.line_right(x, y, places.observed.0, &observed(now, session.now.over, stale));
    x += places.observed.0;
    canvas.line_right(x, y, places.rate, &number(now.traffic.rate, format::rate, |_| Tone::Plain, stale));
    x += places.rate;
    let errors = number(now.traffic.errors, format::percent, errors_tone, stale);
    let band = canary::errors(&state.view, &backend.scope(&session.rule));
    canvas.line_right(x, y, places.errors, &if places.band { banded(errors, band) } else { errors });
    x += places.errors + 1;
    if places.spark > 0 {
        let series =
            measure::series(&state.view, &backend.scope(&session.rule)).map(std::convert::AsRef::as_ref);
        let values = chart::values(
            series,
            Of::Errors,
            state.view.now,
            chart::span(&state.view),
            places.spark as usize,
        );
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

/// A value with half the width of its band: `3.1 ± 0.7`.
fn banded(value: Line, band: Reading<Share>) -> Line {
    match band {
        Reading::Is(share) => {
            value.and(Tone::Dim, format!(" ± {:.1}", ((share.high - share.low) / 2.0 * 100.0).max(0.0)))
        }
        Reading::Nothing | Reading::Unknown(_) => value,
    }
}

/// `10.2 ± 0.4`, or of how few requests nothing can be said: `? 3 requests`.
fn observed(now: &BackendNow, over: Observed, stale: bool) -> Line {
    match now.observed {
        Reading::Is(share) => {
            let band = ((share.high - share.low) / 2.0 * 100.0).max(0.0);
            let value = format!("{:.1}", share.value * 100.0);
            Line::of(if stale { Tone::Dim } else { Tone::Strong }, value)
                .and(Tone::Dim, format!(" ± {band:.1}"))
        }
        Reading::Nothing => Line::dim("–"),
        Reading::Unknown(_) => match over.requests {
            Some(1) => Line::dim("? 1 request"),
            Some(few) => Line::dim(format!("? {few} requests")),
            None => Line::dim("?"),
        },
    }
}
