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
fn most(tone: Tone) -> usize {
    match tone {
        Tone::Bad => 4,
        // A path needs a line or two.
        _ => 3,
    }
}

/// Draws the notes at the lower right of the body.
pub fn draw(canvas: &mut Canvas<'_>, body: Rect, state: &State) {
    let room = body.width.saturating_sub(4).min(96);
    let mut shown: Vec<(Tone, Vec<Line>)> = Vec::new();
    let mut left = body.height / 2;
    // The newest count; the upper half stays free whatever comes.
    for note in state.notes.seen().iter().rev() {
        let text = Line::of(note.tone, format::clean(&note.text).into_owned());
        let mut lines = wrap(&text, room as usize);
        let cut = lines.len() > most(note.tone);
        lines.truncate(most(note.tone));
        if let Some(last) = lines.last_mut().filter(|_| cut) {
            let kept = format::fit(&last.text(), room as usize - 2).into_owned();
            let kept = kept.trim_end_matches([' ', '…']);
            *last = Line::of(note.tone, kept).and(Tone::Dim, " …");
        }
        if lines.len() as u16 > left {
            break;
        }
        left -= lines.len() as u16;
        shown.push((note.tone, lines));
    }
    let all = || shown.iter().flat_map(|(_, lines)| lines);
    let wide = all().map(|line| format::width(&line.text()) as u16).max().unwrap_or(0).min(room);
    let tall = all().count() as u16;
    let area = Rect {
        x: body.right().saturating_sub(wide + 3),
        y: body.bottom() - tall,
        width: wide + 3,
        height: tall,
    };
    canvas.clear(area);
    let mut y = area.y;
    for (tone, lines) in shown.iter().rev() {
        for line in lines {
            canvas.put(area.x, y, 1, "▌", *tone);
            canvas.line(area.x + 2, y, wide, line);
            y += 1;
        }
    }
}
