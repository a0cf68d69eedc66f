//! The form above, the way below it; what came back in the last lines, whatever is scrolled.

use ratatui::layout::Rect;

use super::{
    Explain,
    entries::{Entry, Section},
    sending::{Came, Sent},
};
use crate::{
    rehearsal::Sides,
    routing::Side,
    tui::{
        app::State,
        facts::{
            Line, Tone,
            explain::{Place, Verdict, Which},
            measure,
        },
        format,
        input::Input,
        paint::Canvas,
        selection::window,
        view::detail::wrap,
        widget::table::scrollbar,
    },
};

/// Columns from which near misses and answer stand beside the way.
const WIDE: u16 = 150;
/// Columns from which two sides stand beside each other.
const BESIDE: u16 = 100;
/// Headers that are seen at once.
const HEADERS: usize = 6;

/// Draws the screen.
pub(super) fn draw(explain: &Explain, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let used = form(explain, canvas, area, state);
    canvas.rule(area, area.y + used);
    let mut body = Rect { y: area.y + used + 1, height: area.height.saturating_sub(used + 1), ..area };
    if !explain.sent.is_empty() {
        let form = explain.fields.form();
        let many = explain.sent.len() > 1;
        let room = area.width.saturating_sub(2);
        let each = |sent: &Sent| summary(sent, sent.is_of(&form), many, state, room);
        let lines: Vec<Line> = explain.sent.iter().flat_map(each).collect();
        let height = (lines.len() as u16 + 1).min(body.height);
        let from = body.bottom() - height;
        canvas.rule(area, from);
        for (line, y) in lines.iter().zip(from + 1..body.bottom()) {
            canvas.line(area.x + 1, y, area.width.saturating_sub(2), line);
        }
        body.height -= height;
    }
    if explain.list.is_empty() {
        nothing(explain, canvas, body);
        return;
    }
    let both = explain.told.len() > 1;
    if both {
        both_sides(explain, canvas, body);
        return;
    }
    let right = |section: Section| section != Section::Way;
    let split = area.width >= WIDE && explain.list.all().iter().any(|entry| right(entry.section));
    // The height of a window tells how far a page goes.
    explain.list.window(body.height as usize);
    if split {
        let left = (body.width / 2).min(100);
        column(explain, canvas, Rect { width: left, ..body }, 0, |entry| !right(entry.section));
        canvas.upright(body.x + left, body.y, body.bottom());
        let beside = Rect { x: body.x + left + 1, width: body.width - left - 1, ..body };
        column(explain, canvas, beside, 1, |entry| right(entry.section));
    } else {
        column(explain, canvas, body, 0, |_| true);
    }
}

/// What differs above, below it the ways of both sides: beside each other, or one under the other where there is no room.
fn both_sides(explain: &Explain, canvas: &mut Canvas<'_>, body: Rect) {
    if body.width < BESIDE {
        column(explain, canvas, body, 0, |_| true);
        return;
    }
    let differs = |entry: &Entry| entry.section == Section::Differs;
    let upper = explain.list.all().iter().filter(|entry| differs(entry)).count() as u16;
    let upper = upper.min(body.height / 3).max(1);
    column(explain, canvas, Rect { height: upper, ..body }, 2, differs);
    canvas.rule(body, body.y + upper);
    let lower = Rect { y: body.y + upper + 1, height: body.height.saturating_sub(upper + 1), ..body };
    let left = lower.width / 2;
    column(explain, canvas, Rect { width: left, ..lower }, 0, |entry| entry.side == Some(Side::Old));
    canvas.upright(lower.x + left, lower.y, lower.bottom());
    let beside = Rect { x: lower.x + left + 1, width: lower.width - left - 1, ..lower };
    column(explain, canvas, beside, 1, |entry| entry.side == Some(Side::New));
}

/// Draws the form; gives the lines that it took.
fn form(explain: &Explain, canvas: &mut Canvas<'_>, area: Rect, state: &State) -> u16 {
    let fields = &explain.fields;
    let has =
        |place| explain.typing && fields.at == place && state.overlay.is_none() && state.dialog.is_none();
    let mut y = area.y;
    let method = (format::width(fields.method.text()) as u16 + 1).clamp(8, 20);
    field(
        canvas,
        Rect { x: area.x + 1, y, width: method, height: 1 },
        &fields.method,
        has(Place::Method),
        Tone::Accent,
    );
    let url = Rect { x: area.x + 1 + method, y, width: area.width.saturating_sub(method + 2), height: 1 };
    field(canvas, url, &fields.url, has(Place::Url), Tone::Strong);
    y += 1;
    let mut wrong = |place, y: &mut u16| {
        for wrong in explain.wrong.iter().filter(|wrong| wrong.place == place) {
            // An address that nobody began to type is no mistake yet.
            if place == Place::Url && fields.url.is_empty() {
                continue;
            }
            let x = area.x + 1 + if place == Place::Method { 0 } else { method };
            let room = area.right().saturating_sub(x + 1);
            for line in wrap(&Line::of(Tone::Bad, format!("✗ {}", wrong.why)), room as usize) {
                canvas.line(x, *y, room, &line);
                *y += 1;
            }
        }
    };
    wrong(Place::Method, &mut y);
    wrong(Place::Url, &mut y);
    let at = match fields.at {
        Place::Header(at) => at,
        Place::Method | Place::Url => 0,
    };
    let seen = HEADERS.min((area.height as usize / 3).max(1));
    let first = window(fields.headers.len(), at, 0, seen);
    for (at, header) in fields.headers.iter().enumerate().skip(first).take(seen) {
        let label = if fields.headers.len() > seen {
            format!("{}/{}", at + 1, fields.headers.len())
        } else {
            "header".to_owned()
        };
        canvas.put(area.x + 1, y, method, &label, Tone::Dim);
        let room = Rect { x: area.x + 1 + method, y, width: url.width, height: 1 };
        field(canvas, room, header, has(Place::Header(at)), Tone::Plain);
        y += 1;
        for wrong in explain.wrong.iter().filter(|wrong| wrong.place == Place::Header(at)) {
            // A header that is being typed is not finished: it is told what it will be, not scolded.
            let tone = if header.text().contains(':') { Tone::Bad } else { Tone::Dim };
            let line = Line::of(tone, format!("✗ {}", wrong.why));
            canvas.line(room.x, y, room.width, &line);
            y += 1;
        }
    }
    if let Some(gateway) = fields.gateway() {
        let line =
            Line::dim("Gateway ").and(Tone::Plain, gateway).and(Tone::Dim, "  until the address is another");
        canvas.line(area.x + 1 + method, y, url.width, &line);
        y += 1;
    }
    if state.view.sides == Sides::BOTH {
        let mut line = Line::dim("side ");
        for which in Which::ALL {
            let (tone, sign) = if fields.which == which { (Tone::Accent, "●") } else { (Tone::Dim, "○") };
            line = line.and(tone, format!("  {sign} {}", which.word()));
        }
        let key = if explain.typing { "^T" } else { "s" };
        canvas.line(area.x + 1 + method, y, url.width, &line.and(Tone::Dim, format!("   {key} another")));
        y += 1;
    }
    let choice = explain.told.iter().filter_map(|told| told.path.choice.clone());
    for note in explain.notes.iter().cloned().chain(choice) {
        canvas.line(
            area.x + 1,
            y,
            area.width.saturating_sub(2),
            &Line::of(Tone::Warn, "! ").and(Tone::Dim, note),
        );
        y += 1;
    }
    (y - area.y).min(area.height.saturating_sub(2))
}

fn field(canvas: &mut Canvas<'_>, room: Rect, input: &Input, has: bool, tone: Tone) {
    if has {
        input.draw(canvas, room.x, room.y, room.width, tone);
    } else {
        canvas.put(room.x, room.y, room.width, input.text(), tone);
    }
}

/// What stands where nothing was asked yet.
fn nothing(explain: &Explain, canvas: &mut Canvas<'_>, area: Rect) {
    let lines: &[&str] = if explain.fields.url.is_empty() {
        &[
            "Type a request: what takes it, and why, is seen as you type.",
            "e on a route, a rule or a listener fills it in; ↑ brings back former ones.",
            "Enter sends it through the real gateway, beside what was predicted.",
        ]
    } else {
        &["What is marked ✗ has to be mended first."]
    };
    for (at, line) in lines.iter().enumerate() {
        canvas.put(area.x + 2, area.y + 1 + at as u16, area.width.saturating_sub(3), line, Tone::Dim);
    }
}

/// A row as it is drawn, and the line of the list that it belongs to.
struct Row {
    entry: Option<usize>,
    line: Line,
}

/// Draws the entries of some sections with their headings.
fn column(explain: &Explain, canvas: &mut Canvas<'_>, area: Rect, nth: usize, keep: impl Fn(&Entry) -> bool) {
    let list = &explain.list;
    let mine: Vec<(usize, &Entry)> = (0..list.len())
        .filter_map(|at| Some((at, list.item(at)?)))
        .filter(|(_, entry)| keep(entry))
        .collect();
    let room = area.width.saturating_sub(3) as usize;
    let current = explain.sent.first().is_none_or(|sent| sent.is_of(&explain.fields.form()));
    let mut rows: Vec<Row> = Vec::new();
    let (mut section, mut side) = (None, None);
    for (at, entry) in &mine {
        if let Some(now) = entry.side.filter(|now| side != Some(*now)) {
            side = Some(now);
            section = None;
            if !rows.is_empty() {
                rows.push(Row { entry: None, line: Line::default() });
            }
            let words = if now == Side::Old { "OLD side" } else { "NEW side" };
            rows.push(Row { entry: None, line: Line::of(measure::tone(now), words) });
        }
        if section != Some(entry.section) {
            section = Some(entry.section);
            let before = entry.section == Section::Came && !current;
            let title = if before { "came back for the request before" } else { entry.section.title() };
            if !title.is_empty() {
                if !rows.is_empty() {
                    rows.push(Row { entry: None, line: Line::default() });
                }
                rows.push(Row { entry: None, line: Line::of(Tone::Head, title) });
            }
        }
        let alike = |one: &&Entry| (one.section, one.side) == (entry.section, entry.side);
        let widths = widths(mine.iter().map(|(_, entry)| *entry).filter(alike), room);
        rows.extend(lines(entry, widths, room).into_iter().map(|line| Row { entry: Some(*at), line }));
    }
    if explain.look.busy && nth == usize::from(area.width < WIDE && list.len() > mine.len()) {
        rows.push(Row { entry: None, line: Line::dim("· looking for near misses among all routes") });
    }
    let selected = rows.iter().position(|row| row.entry == Some(list.at()));
    let height = area.height as usize;
    let Some(offset) = explain.offsets.get(nth) else { return };
    // All lines of the selected entry shall be seen, so the last of them counts.
    let last = rows.iter().rposition(|row| row.entry == Some(list.at()));
    let from = window(rows.len(), last.unwrap_or(0), offset.get(), height);
    let from = selected.map_or(from, |first| from.min(first));
    // The heading above the first line comes with it.
    let from = if selected.is_some_and(|first| first <= 2) { 0 } else { from };
    offset.set(from);
    for (row, y) in rows.iter().skip(from).zip(area.y..area.bottom()) {
        let is_selected = row.entry.is_some() && row.entry == Some(list.at());
        if is_selected {
            let style = canvas.theme.selection(!explain.typing);
            canvas.wash(Rect { y, height: 1, ..area }, style);
            if !explain.typing {
                canvas.put(area.x, y, 1, "▎", Tone::Accent);
                if Some(list.at()) == row.entry
                    && canvas.cursor.is_none()
                    && selected.is_some_and(|first| first >= from && y == area.y + (first - from) as u16)
                {
                    canvas.cursor = Some((area.x + 1, y));
                }
            }
        }
        canvas.line(area.x + 1, y, area.width.saturating_sub(2), &row.line);
    }
    if rows.len() > height {
        scrollbar(canvas, area, rows.len(), from, area.height);
    }
}

/// Columns of label and name in a section.
fn widths<'e>(entries: impl Iterator<Item = &'e Entry>, room: usize) -> (usize, usize) {
    let (mut label, mut name) = (0, 0);
    for entry in entries {
        label = label.max(format::width(&entry.label));
        // A name with nothing behind it pushes nothing.
        if !entry.detail.is_empty() || !entry.note.is_empty() {
            name = name.max(format::width(&entry.name));
        }
    }
    (label.min(room / 2), name.min(room / 2))
}

/// An entry in as many lines as it needs.
fn lines(entry: &Entry, (label, name): (usize, usize), room: usize) -> Vec<Line> {
    let dim = matches!(entry.sign, "–" | "");
    let plain = if dim { Tone::Dim } else { Tone::Plain };
    let mut line = Line::of(entry.tone, format!("{} ", if entry.sign.is_empty() { " " } else { entry.sign }));
    let bold = if entry.section == Section::Way { Tone::Dim } else { plain };
    line = line.and(bold, padded(&entry.label, label + 2));
    if !entry.name.is_empty() || name > 0 {
        let more = !entry.detail.is_empty() || !entry.note.is_empty();
        line = line.and(plain, if more { padded(&entry.name, name + 2) } else { entry.name.clone() });
    }
    if !entry.detail.is_empty() {
        line = line
            .and(if entry.section == Section::Way { Tone::Dim } else { Tone::Plain }, entry.detail.clone());
    }
    if !entry.note.is_empty() {
        let (gap, tone) = match (entry.section, entry.tone) {
            (Section::Over, _) => ("   ", Tone::Dim),
            (_, Tone::Bad) => ("   ", Tone::Bad),
            _ => ("   ", Tone::Warn),
        };
        let gap = if entry.detail.is_empty() { "" } else { gap };
        line = line.and(tone, format!("{gap}{}", entry.note));
    }
    let mut out = wrap(&line, room);
    // What goes on below stands under the label, not under the sign.
    for more in out.iter_mut().skip(1) {
        more.0.insert(0, (Tone::Plain, "  ".to_owned()));
    }
    out
}

fn padded(text: &str, width: usize) -> String {
    let text = format::clean(text);
    let blanks = width.saturating_sub(format::width(&text)).max(2);
    format!("{text}{}", " ".repeat(blanks))
}

/// What was sent and what came of it, in one line; what differs in more.
fn summary(sent: &Sent, current: bool, many: bool, state: &State, room: u16) -> Vec<Line> {
    let time = sent.at.to_zoned(state.zone.clone()).strftime("%H:%M:%S").to_string();
    let line = Line::dim("sent ").and(Tone::Plain, time).and(Tone::Dim, "   ");
    let (tone, sign) = match sent.verdict() {
        None => (Tone::Dim, "·"),
        Some(Verdict::Same) => (Tone::Good, "✓"),
        Some(Verdict::Unknown) => (Tone::Dim, "?"),
        Some(Verdict::FaultTold) => (Tone::Warn, "!"),
        Some(Verdict::Differs) => (Tone::Bad, "✗"),
    };
    // A good answer says nothing of a request that was changed since; a bad one stays shouted.
    let tone = if current || sent.verdict() == Some(Verdict::Differs) { tone } else { Tone::Dim };
    let of = if current { "" } else { " for the request before" };
    let verdict = Line::of(tone, format!("{sign} {}{of}   ", sent.words()));
    let rest = match &sent.came {
        Came::Waiting => {
            line.and(Tone::Dim, format!("{}   predicted {}", sent.line, sent.prediction.words()))
        }
        Came::Nothing(why, _, told) => {
            let line = line.and(Tone::Plain, format!("no answer: {why}"));
            if told.is_empty() { line } else { line.and(Tone::Warn, format!("   {told}")) }
        }
        Came::Answer(answered, _) => {
            let answer = crate::tui::facts::explain::Answer::of(&sent.prediction.ask.method, answered);
            let mut line = line
                .and(if answer.status >= 500 { Tone::Bad } else { Tone::Strong }, answer.status.to_string())
                .and(Tone::Dim, " in ")
                .and(Tone::Plain, format::millis(answered.timing.total.as_secs_f64() * 1000.0))
                .and(Tone::Dim, " ms");
            if let Some(who) = answer.who() {
                line = line.and(Tone::Dim, "   answered by ").and(Tone::Plain, who);
            }
            if let Some(seen) = &answer.seen {
                line = line.and(Tone::Dim, " as ").and(Tone::Plain, seen.target.clone());
            } else if let Some(location) = answer.header("location") {
                line = line.and(Tone::Dim, " → ").and(Tone::Plain, location.to_owned());
            }
            line
        }
    };
    let side =
        many.then(|| (measure::tone(sent.side()), format!("{} ", measure::word(sent.side()).to_uppercase())));
    let mut all = vec![Line(side.into_iter().chain(verdict.0).chain(rest.0).collect())];
    if let Came::Answer(_, compared) = &sent.came {
        let points: Vec<_> = compared.differences().collect();
        for point in points.iter().take(2) {
            let line = Line::of(
                Tone::Bad,
                format!("  {}: predicted {}, came {}", point.what, point.predicted, point.came),
            );
            all.push(line);
        }
        if points.len() > 2 {
            all.push(Line::of(Tone::Bad, format!("  and {} more above", points.len() - 2)));
        }
    }
    all.into_iter().flat_map(|line| wrap(&line, room as usize).into_iter().take(2)).collect()
}
