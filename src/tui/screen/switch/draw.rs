//! Draws the names and, below, all that is known of the selected one.

use jiff::Timestamp;
use ratatui::layout::Rect;

use super::{Switching, row::pointed};
use crate::{
    rehearsal::NameView,
    switch::{Finding, Pointing},
    tui::{
        app::State,
        facts::{
            Line, Reading, Tone, chart as times,
            switch::{Figures, SideFigures, dns, figures, rest, share, sign, steps, until},
        },
        format,
        paint::{self, Canvas},
        view::{detail::wrap, empty, strip_over},
        widget::{
            chart::{self, Chart, Curve, Mark},
            table::{self, Look},
        },
    },
};

/// Columns of the figures of both sides.
const FIGURES: u16 = 32;
/// Seconds that the chart may be drawn over.
const SPANS: [f64; 4] = [60.0, 120.0, 300.0, 600.0];

pub(super) fn draw(screen: &Switching, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let over = match screen.marked.len() {
        0 => told(state),
        marked => Line::of(Tone::Accent, format!("{} marked", format::grouped(marked as u64))),
    };
    strip_over(canvas, paint::top(area, 1), &screen.list, ("hostname", "hostnames"), true, &over);
    let body = paint::below(area, 1);
    let nothing = if state.view.names.is_none() {
        "no name can be switched: this runs without DNS; start it with --side both --dns"
    } else {
        "no Ingress and no route has a hostname"
    };
    let wanted = screen.list.len() as u16 + 1;
    let height = match (screen.selected(), screen.alone) {
        (None, _) => body.height,
        (Some(_), true) => 2,
        (Some(_), false) => wanted.clamp(3, (body.height * 2 / 5).max(4)),
    };
    let list = Rect { height: height.min(body.height), ..body };
    table::draw(canvas, list, &screen.list, Look { focused: true, heads: true }, state);
    empty(canvas, list, state, &screen.list, nothing);
    let foot = paint::below(body, list.height);
    if let Some(name) = screen.selected().filter(|_| foot.height > 2) {
        canvas.rule(foot, foot.y);
        detail(screen, name, canvas, paint::below(foot, 1), state);
    }
}

/// Where the name server is.
fn told(state: &State) -> Line {
    let Some(names) = &state.view.names else { return Line::default() };
    let address = names.address;
    Line::dim(format!(
        "dig @{} -p {}   asked {}",
        address.ip(),
        address.port(),
        format::grouped(names.totals.asked)
    ))
}

fn clock(state: &State, at: Timestamp) -> String {
    at.to_zoned(state.zone.clone()).strftime("%H:%M:%S").to_string()
}

fn detail(screen: &Switching, name: &NameView, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let room = area.width.saturating_sub(2);
    let hostname = name.hostname.to_string();
    let mut foot: Vec<Line> = Vec::new();
    if let Some(line) = rest(&state.view, &hostname) {
        let mut whole = Line::dim("still at old  ");
        whole.0.extend(line.0);
        foot.extend(wrap(&whole, room as usize));
    }
    foot.extend(preflight(screen, name, state).iter().flat_map(|line| wrap(line, room as usize)));
    foot.extend(wrap(&way_back(name, state), room as usize));
    let wrong = state
        .view
        .wrongs
        .iter()
        .filter(|wrong| wrong.hosts.as_ref().is_none_or(|hosts| hosts.contains(&hostname)));
    let wrong: Vec<String> = wrong
        .map(|wrong| format!("{} at the {} side", wrong.fault, crate::tui::facts::measure::word(wrong.side)))
        .collect();
    if !wrong.is_empty() {
        foot.insert(0, Line::of(Tone::Warn, format!("! rehearsed fault  {}", wrong.join(", "))));
    }
    let head = head(name, state);
    let mut y = area.y;
    for line in wrap(&head, room as usize).iter().take(2) {
        canvas.line(area.x + 1, y, room, line);
        y += 1;
    }
    let left = area.bottom().saturating_sub(y);
    // What asks for an answer stays; the chart takes what is left, and leaves first.
    let least = 6.min(left);
    let plot = left.saturating_sub(foot.len() as u16).max(if left > 14 { least } else { 0 });
    let plot = if plot >= 5 { plot.min(22) } else { 0 };
    if plot > 0 {
        middle(name, canvas, Rect { y, height: plot, ..area }, state);
        y += plot;
    } else if left as usize > foot.len() {
        let figures = figures(&state.view, &hostname);
        canvas.line(area.x + 1, y, room, &in_a_line(&figures));
        y += 1;
    }
    for line in foot.iter().take(area.bottom().saturating_sub(y) as usize) {
        canvas.line(area.x + 1, y, room, line);
        y += 1;
    }
}

/// Where it points, since when, and until when that is over.
fn head(name: &NameView, state: &State) -> Line {
    let journey = &name.journey;
    let mut line = Line::of(Tone::Strong, name.hostname.to_string()).and(Tone::Dim, "   DNS ▸ ");
    line.0.extend(pointed(journey.pointing()).0);
    if journey.before().is_some() {
        line = line.and(Tone::Dim, format!("  since {}", clock(state, journey.since())));
    }
    let ttl = journey.ttl();
    line = line.and(Tone::Dim, "   TTL ").and(Tone::Plain, format!("{} s", ttl.seconds()));
    if let (Some(before), Some(time)) = (ttl.before(), until(ttl.settled(), state.clock)) {
        line = line.and(Tone::Warn, format!(" ({before} s is still kept for {time})"));
    }
    if let Some(by) = journey.moved_by() {
        line = match until(by, state.clock) {
            Some(time) => line
                .and(Tone::Dim, "   all that obey have moved by ")
                .and(Tone::Warn, format!("{} (in {time})", clock(state, by))),
            None => line
                .and(Tone::Dim, "   all that obey have moved ")
                .and(Tone::Good, format!("✓ since {}", clock(state, by))),
        };
    }
    if name.alternates {
        line = line.and(Tone::Warn, "   ! answers name old and new in turn");
    }
    match (journey.is_finished(), journey.is_held()) {
        (true, _) => line.and(Tone::Good, "   finished"),
        (_, true) => line.and(Tone::Warn, "   held"),
        (false, false) => line,
    }
}

/// How fast the way back is.
fn way_back(name: &NameView, state: &State) -> Line {
    let journey = &name.journey;
    let by = journey.back_by(state.clock);
    let time = until(by, state.clock).unwrap_or_else(|| "no time".to_owned());
    let line = Line::dim("way back      ");
    if !name.sides.old {
        return line.and(Tone::Plain, "none: the old side does not serve it");
    }
    if journey.is_finished() {
        return line.and(Tone::Warn, "finished: open it again first (x)");
    }
    match (journey.pointing(), journey.moved_by().and_then(|by| until(by, state.clock))) {
        (Pointing::OLD, Some(left)) if journey.before().is_some() => {
            line.and(Tone::Warn, format!("under way: as slow as the TTL, {left} left for those that obey"))
        }
        (Pointing::OLD, _) => line
            .and(Tone::Plain, format!("it points at old; from new the way back would take {time}, the TTL")),
        _ => {
            line.and(Tone::Plain, format!("as slow as the TTL: b now is over in {time} for those that obey"))
        }
    }
}

/// Every point of preflight: what is not good with its reason, the rest in a line.
fn preflight(screen: &Switching, name: &NameView, state: &State) -> Vec<Line> {
    let head = "preflight     ";
    let Some(looked) = screen.looked.get(&name.hostname) else {
        let word = if screen.looking { "· looking" } else { "· not looked at: p" };
        return vec![Line::dim(format!("{head}{word}"))];
    };
    let all = looked.preflight(name, state.clock, |at| clock(state, at));
    let mut first = Line::dim(head);
    let mut more = Vec::new();
    for (item, finding) in all.all() {
        let (tone, mark) = sign(finding);
        first = first.and(tone, format!("{mark} ")).and(Tone::Plain, format!("{item}  "));
        if !matches!(finding, Finding::Green(_)) {
            let line = Line::plain("  ").and(tone, format!("{mark} ")).and(Tone::Plain, format!("{item}: "));
            more.push((matches!(finding, Finding::Red(_)), line.and(Tone::Dim, finding.reason())));
        }
    }
    // What is bad comes before what nobody knows.
    more.sort_by_key(|(red, _)| !red);
    let mut lines = vec![first];
    lines.extend(more.into_iter().map(|(_, line)| line));
    lines
}

fn middle(name: &NameView, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let hostname = name.hostname.to_string();
    let figures = figures(&state.view, &hostname);
    if area.width < 70 {
        canvas.line(area.x + 1, area.y, area.width - 2, &in_a_line(&figures));
        plot(name, canvas, paint::below(area, 1), state);
        return;
    }
    let side = Rect { x: area.right() - FIGURES, width: FIGURES - 1, ..area };
    both(canvas, side, &figures);
    plot(name, canvas, Rect { width: area.width - FIGURES - 2, ..area }, state);
}

/// The figures of both sides below each other.
fn both(canvas: &mut Canvas<'_>, area: Rect, figures: &Figures) {
    let head = if figures.own { "over 10 s" } else { "all hosts, 10 s" };
    canvas.put(area.x, area.y, 15, head, Tone::Dim);
    canvas.right(area.x + 15, area.y, 7, "old", Tone::Old);
    canvas.right(area.x + 23, area.y, 7, "new", Tone::New);
    type Show = fn(&SideFigures) -> (String, bool);
    let rows: [(&str, Show); 5] = [
        ("requests/s", |it| (it.rate.show(format::rate), false)),
        ("5xx %", |it| {
            (it.errors.show(format::percent), matches!(it.errors, Reading::Is(share) if share > 0.0))
        }),
        ("4xx %", |it| (it.client_errors.show(format::percent), false)),
        ("p95 ms", |it| (it.p95.show(format::millis), false)),
        ("connections", |it| (it.open.show(format::grouped), false)),
    ];
    for (at, (word, show)) in rows.into_iter().enumerate() {
        let y = area.y + 1 + at as u16;
        if y >= area.bottom() {
            return;
        }
        canvas.put(area.x, y, 15, word, Tone::Dim);
        for (x, side) in [(15, &figures.old), (23, &figures.new)] {
            let (text, bad) = show(side);
            canvas.right(area.x + x, y, 7, &text, if bad { Tone::Bad } else { Tone::Plain });
        }
    }
    let y = area.y + 6;
    if figures.lost > 0.0 && y < area.bottom() {
        let text = format!("{}/s reached neither", format::rate(figures.lost));
        canvas.put(area.x, y, area.width, &text, Tone::Bad);
    }
}

fn in_a_line(figures: &Figures) -> Line {
    let side = |line: Line, word: &str, tone: Tone, it: &SideFigures| {
        line.and(tone, word.to_owned()).and(
            Tone::Plain,
            format!(
                " {}/s  5xx {} %  p95 {} ms   ",
                it.rate.show(format::rate),
                it.errors.show(format::percent),
                it.p95.show(format::millis)
            ),
        )
    };
    let line = side(Line::default(), "old", Tone::Old, &figures.old);
    side(line, "new", Tone::New, &figures.new)
}

/// The share of the new side, against what DNS says.
fn plot(name: &NameView, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let hostname = name.hostname.to_string();
    let steps = steps(&state.view, &hostname);
    // From a little before it was first pointed elsewhere on, as far as there is room.
    let age = |at: Timestamp| state.view_at.duration_since(at).as_secs_f64() * 1.2;
    let moved = steps.iter().filter(|step| step.pointing.is_some()).map(|step| age(step.at));
    let first = moved.filter(|age| *age <= *SPANS.last().unwrap_or(&0.0)).fold(0.0, f64::max);
    let span = SPANS.into_iter().find(|span| first <= *span).unwrap_or(600.0);
    let own = state.view.clients.as_ref().is_some_and(|clients| clients.facts.of(&hostname).is_some());
    let title = Line::of(Tone::New, "share at new")
        .and(Tone::Dim, if own { "" } else { " (all hosts)" })
        .and(Tone::Dim, "   ")
        .and(Tone::Dim, "┄ what DNS says")
        .and(Tone::Dim, format!("   last {}", times::minutes(span)));
    canvas.line(area.x + 1, area.y, area.width.saturating_sub(2), &title);
    let plot = paint::below(area, 1);
    let columns = chart::columns(plot.width) * 2;
    let curves = [
        Curve {
            values: dns(&steps, name.journey.pointing(), state.view_at, span, columns),
            tone: Tone::Dim,
            name: String::new(),
        },
        Curve { values: share(&state.view, &hostname, span, columns), tone: Tone::New, name: String::new() },
    ];
    let marks: Vec<Mark> = steps
        .iter()
        .map(|step| Mark {
            at: 1.0 - state.view_at.duration_since(step.at).as_secs_f64() / span,
            label: step.label.clone(),
            tone: Tone::Accent,
        })
        .filter(|mark| (0.0..=1.0).contains(&mark.at))
        .collect();
    let time = |back: f64| {
        let at =
            state.view_at.checked_sub(jiff::SignedDuration::from_secs_f64(back)).unwrap_or(state.view_at);
        clock(state, at)
    };
    let chart = Chart {
        curves: &curves,
        marks: &marks,
        least_top: 1.0,
        scale: |value| format!("{:.0} %", value * 100.0),
        times: [time(span), time(span / 2.0), time(0.0)],
    };
    chart::draw(canvas, plot, &chart);
}
