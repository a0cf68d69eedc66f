//! The `:` line at the foot of the screen, and what can be typed there above it.

use ratatui::layout::Rect;

use super::detail::wrap;
use crate::tui::{
    app::{CommandLine, State},
    facts::{Line, Tone},
    format,
    paint::Canvas,
    selection::window,
};

/// Candidates shown at once.
const MOST: u16 = 8;

/// Draws the line into the last line of the screen.
pub fn line(canvas: &mut Canvas<'_>, area: Rect, state: &State, line: &CommandLine) {
    let end = area.right().saturating_sub(1);
    let room = |x: u16| end.saturating_sub(x);
    let mut x = area.x + 1;
    x += canvas.put(x, area.y, room(x), ":", Tone::Accent);
    let wrong = if fits(area.width, line) { line.wrong.as_deref() } else { None };
    let wrong = wrong.map(|why| format!("  ✗ {why}")).unwrap_or_default();
    let kept = (format::width(&wrong) as u16).min(area.width / 2);
    x += line.prompt.input.draw(canvas, x, area.y, room(x).saturating_sub(kept), Tone::Strong);
    if line.wrong.is_none() {
        if let Some(ghost) = line.prompt.ghost(&state.typed_before) {
            // It stands under the cursor, where it would be typed.
            let x = canvas.cursor.map_or(x, |(x, _)| x);
            canvas.put(x, area.y, room(x), &ghost, Tone::Dim);
        }
    } else {
        canvas.put(x, area.y, room(x), &wrong, Tone::Bad);
    }
}

/// Whether what is wrong has room beside what was typed.
fn fits(width: u16, line: &CommandLine) -> bool {
    let wrong = line.wrong.as_deref().map_or(0, |why| format::width(why) + 4);
    format::width(line.prompt.input.text()) + wrong + 4 <= width as usize
}

/// Draws the candidates at the foot of the screen's body; in their place what is wrong, where it needs more room.
pub fn candidates(canvas: &mut Canvas<'_>, area: Rect, line: &CommandLine) {
    if let Some(wrong) = line.wrong.as_deref().filter(|_| !fits(area.width, line)) {
        let wrong = Line::of(Tone::Bad, format!("✗ {}", format::clean(wrong)));
        let lines = wrap(&wrong, area.width.saturating_sub(2) as usize);
        let height = (lines.len() as u16).min(MOST).min(area.height.saturating_sub(1));
        let panel = Rect { y: area.bottom() - height - 1, height: height + 1, ..area };
        canvas.clear(panel);
        canvas.rule(panel, panel.y);
        for (line, y) in lines.iter().zip(panel.y + 1..panel.bottom()) {
            canvas.line(panel.x + 1, y, panel.width.saturating_sub(2), line);
        }
        return;
    }
    let (candidates, at) = line.prompt.candidates();
    let height = (candidates.len() as u16).min(MOST).min(area.height.saturating_sub(1));
    if height == 0 {
        return;
    }
    let panel = Rect { y: area.bottom() - height - 1, height: height + 1, ..area };
    canvas.clear(panel);
    canvas.rule(panel, panel.y);
    let count = format!(" {} ", candidates.len());
    if candidates.len() > height as usize {
        canvas.right(panel.x, panel.y, panel.width.saturating_sub(2), &count, Tone::Dim);
    }
    let names = candidates.iter().map(|candidate| format::width(&candidate.text)).max().unwrap_or(0);
    let names = (names as u16).clamp(12, 40).min(area.width / 2);
    let first = window(candidates.len(), at.unwrap_or(0), 0, height as usize);
    for (nth, candidate) in candidates.iter().enumerate().skip(first).take(height as usize) {
        let y = panel.y + 1 + (nth - first) as u16;
        if at == Some(nth) {
            let style = canvas.theme.selection(true);
            canvas.wash(Rect { y, height: 1, ..panel }, style);
        }
        canvas.put(panel.x + 2, y, names, &candidate.text, Tone::Plain);
        let x = panel.x + 4 + names;
        canvas.put(x, y, panel.right().saturating_sub(x + 1), &candidate.help, Tone::Dim);
    }
}
