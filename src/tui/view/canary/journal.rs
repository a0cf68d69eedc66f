//! Changes of a rule's route, the newest first, and where it began.

use ratatui::layout::Rect;

use super::changes;
use crate::{
    rollout::Entry,
    tui::{
        app::{Session, State},
        facts::{Line, Tone},
        paint::Canvas,
    },
};

/// Draws them.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, session: &Session) {
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
