//! The palette over the screen: what was found, and beside it what else leads there.

use ratatui::layout::Rect;

use super::dialog::frame;
use crate::tui::{
    facts::Tone,
    finding::Query,
    format,
    paint::Canvas,
    palette::{Item, Palette},
    selection::window,
    widget::{marks, table::scrollbar},
};

/// Draws the palette.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, palette: &Palette) {
    let wide = area.width.saturating_sub(4).min(100);
    let seen = area.height.saturating_sub(5).clamp(1, 20);
    let inside = frame(canvas, area, wide, seen + 1);
    let count = format!("{} of {}", palette.shown().len(), format::grouped(palette.found() as u64));
    let used = format::width(&count) as u16;
    canvas.put(inside.x, inside.y, 2, "▸", Tone::Accent);
    palette.input.draw(canvas, inside.x + 2, inside.y, inside.width.saturating_sub(used + 4), Tone::Strong);
    canvas.right(inside.x, inside.y, inside.width, &count, Tone::Dim);
    let first = window(palette.shown().len(), palette.at(), 0, seen as usize);
    let query = palette.query();
    for (line, item) in palette.shown().iter().enumerate().skip(first).take(seen as usize) {
        let y = inside.y + 1 + (line - first) as u16;
        let row = Rect { x: inside.x - 1, y, width: inside.width + 2, height: 1 };
        if line == palette.at() {
            let style = canvas.theme.selection(true);
            canvas.wash(row, style);
        }
        draw_item(canvas, Rect { y, height: 1, ..inside }, item, &query);
    }
    if palette.shown().len() > seen as usize {
        let bar = Rect { y: inside.y + 1, height: seen, width: inside.width + 1, ..inside };
        scrollbar(canvas, bar, palette.shown().len(), first, seen);
    }
    if palette.shown().is_empty() {
        canvas.put(inside.x, inside.y + 1, inside.width, "nothing has these letters", Tone::Dim);
    }
}

/// `load-stop   no requests                 :load-stop   0`
fn draw_item(canvas: &mut Canvas<'_>, area: Rect, item: &Item, query: &Query) {
    let label = (area.width / 3).max(16);
    let tone = if item.off.is_some() { Tone::Dim } else { Tone::Plain };
    let mut put = |x: u16, room: u16, text: &str, tone: Tone| {
        canvas.put(x, area.y, room, text, tone);
        marks::draw(canvas, x, area.y, room, text, query);
    };
    put(area.x, label, &item.label, tone);
    let keys = (format::width(&item.keys) as u16).min(area.width / 4);
    let detail = area.width.saturating_sub(label + keys + 3);
    put(area.x + label + 1, detail, item.off.as_deref().unwrap_or(&item.detail), Tone::Dim);
    canvas.right(area.x, area.y, area.width, &item.keys, Tone::Accent);
}
