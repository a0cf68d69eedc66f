//! All keys, made from the one table of actions.

use ratatui::layout::Rect;

use crate::tui::{
    action::{self, Group},
    app::Scroll,
    facts::{Line, Tone},
    format,
    keymap::Keymap,
    paint::Canvas,
    widget::table::scrollbar,
};

/// Draws the help.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, scroll: &Scroll, keymap: &Keymap) {
    let columns = if area.width >= 150 { 2 } else { 1 };
    let blocks: Vec<Vec<Line>> = Group::ALL.iter().map(|group| block(*group, keymap)).collect();
    let lines: usize = blocks.iter().map(Vec::len).sum();
    let mut laid: Vec<Vec<Line>> = vec![Vec::new(); columns];
    for block in blocks {
        let column = laid.iter().position(|column| column.len() + block.len() / 2 <= lines.div_ceil(columns));
        if let Some(column) = laid.get_mut(column.unwrap_or(columns - 1)) {
            column.extend(block);
        }
    }
    let height = area.height as usize;
    let tallest = laid.iter().map(Vec::len).max().unwrap_or(0);
    let from = scroll.limit(tallest, height);
    let wide = area.width / columns as u16;
    for (at, column) in laid.iter().enumerate() {
        for (line, text) in column.iter().skip(from).take(height).enumerate() {
            canvas.line(area.x + at as u16 * wide + 1, area.y + line as u16, wide - 2, text);
        }
    }
    if tallest > height {
        scrollbar(canvas, area, tallest, from, area.height);
    }
}

fn block(group: Group, keymap: &Keymap) -> Vec<Line> {
    let mut lines = vec![Line::of(Tone::Head, group.title())];
    for row in action::all().filter(|row| row.group == group) {
        let keys = keymap.shown(row).join(" ");
        let pad = " ".repeat(14_usize.saturating_sub(format::width(&keys)));
        let mut line = Line::of(Tone::Accent, format!("  {keys}{pad}")).and(Tone::Plain, row.help);
        if row.writes {
            line = line.and(Tone::Dim, "   writes");
        }
        lines.push(line);
    }
    lines.push(Line::default());
    lines
}
