//! What just happened, above the footer: over the screen, without taking its keys.

use ratatui::layout::Rect;

use super::detail::wrap;
use crate::tui::{
    app::State,
    facts::{Line, Tone},
    format,
    paint::Canvas,
};

/// Lines of one note; more is in the log.
const LINES: usize = 4;

/// Draws the notes at the lower right of the body.
pub fn draw(canvas: &mut Canvas<'_>, body: Rect, state: &State) {
    let room = body.width.saturating_sub(4).min(96);
    let mut bottom = body.bottom();
    for note in state.notes.seen().iter().rev() {
        let text = Line::of(note.tone, format::clean(&note.text).into_owned());
        let mut lines = wrap(&text, room as usize);
        let cut = lines.len() > LINES;
        lines.truncate(LINES);
        if let Some(last) = lines.last_mut().filter(|_| cut) {
            *last = std::mem::take(last).and(Tone::Dim, " …");
        }
        let wide = lines.iter().map(|line| format::width(&line.text()) as u16).max().unwrap_or(0).min(room);
        let tall = lines.len() as u16;
        // The upper half stays free whatever comes.
        if bottom < body.y + body.height / 2 + tall {
            break;
        }
        let area = Rect {
            x: body.right().saturating_sub(wide + 3),
            y: bottom - tall,
            width: wide + 3,
            height: tall,
        };
        canvas.clear(area);
        for (at, line) in lines.iter().enumerate() {
            let y = area.y + at as u16;
            canvas.put(area.x, y, 1, "▌", note.tone);
            canvas.line(area.x + 2, y, wide, line);
        }
        bottom -= tall;
    }
}
