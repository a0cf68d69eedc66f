//! Changes of a rule's weights, the newest first, and where it began.

use ratatui::layout::Rect;

use crate::{
    rollout::Steps,
    tui::{
        app::{Session, State},
        facts::{Line, Tone, canary, steps},
        format,
        paint::Canvas,
        view::detail::wrap,
    },
};

/// Draws them below their heading.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, session: &Session) {
    let room = area.width.saturating_sub(2);
    if area.width < 70 {
        canvas.put(area.x + 1, area.y, room, "journal", Tone::Head);
    }
    let start: Vec<String> = session.start.iter().map(ToString::to_string).collect();
    let from = Line::dim(format!("at the start {}", start.join(" / ")));
    let changes = canary::changes(&state.view.journal, &session.rule);
    let canary = session.steps.as_ref().map_or(session.at, Steps::canary);
    let mut y = area.y + 1;
    if changes.is_empty() {
        canvas.put(area.x + 1, y, room, "no change of this rule yet", Tone::Dim);
        y += 1;
    }
    for change in changes.iter().rev() {
        let entry = change.entry;
        let at = entry.at.to_zoned(state.zone.clone()).strftime("%H:%M:%S").to_string();
        let shares =
            [&change.before, &change.after].map(|weights| steps::short(canary::share(weights, canary)));
        let mut head = Line::dim(format!("{at} "))
            .and(Tone::Plain, entry.who.clone())
            .and(Tone::Strong, format!("  {} ▸ {} %", shares[0], shares[1]));
        if Steps::made(entry) {
            head = head.and(Tone::Accent, "  plan");
        }
        if entry.undo_of.is_some() {
            head = head.and(Tone::Dim, "  taken back");
        }
        let words = told(&entry.summary, room.saturating_sub(2) as usize);
        if y + 1 + words.len() as u16 + 1 > area.bottom() {
            break;
        }
        canvas.line(area.x + 1, y, room, &head);
        y += 1;
        for line in words {
            canvas.line(area.x + 3, y, room.saturating_sub(2), &line);
            y += 1;
        }
    }
    if y < area.bottom() {
        canvas.line(area.x + 1, y, room, &from);
    }
}

/// A summary in one line, or where it does not fit a line for each backend.
fn told(summary: &str, room: usize) -> Vec<Line> {
    let lines: Vec<String> = if format::width(summary) <= room {
        vec![summary.to_owned()]
    } else {
        summary.split_inclusive(", ").map(|part| part.trim_end().to_owned()).collect()
    };
    lines.into_iter().flat_map(|line| wrap(&Line::dim(line), room)).collect()
}
