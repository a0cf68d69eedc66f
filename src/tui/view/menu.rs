//! A few lines to choose from, over the screen.

use ratatui::layout::Rect;

use super::dialog::frame;
use crate::tui::{
    app::{Menu, State, Target},
    facts::Tone,
    format,
    paint::Canvas,
    selection::window,
    widget::table::scrollbar,
};

/// Draws the menu.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, menu: &Menu, state: &State) {
    let width = |text: &str| format::width(&format::clean(text)) as u16;
    let label = menu.items.iter().map(|item| width(&item.label)).max().unwrap_or(0);
    let detail = menu.items.iter().map(|item| width(&item.detail)).max().unwrap_or(0);
    let wide = (label + detail + 12).max(width(&menu.title) + 6).min(area.width.saturating_sub(4));
    let most = area.height.saturating_sub(4).max(1);
    let seen = (menu.items.len() as u16).clamp(1, most);
    let inside = frame(canvas, area, wide, seen + 1);
    canvas.put(inside.x, inside.y, inside.width, &menu.title, Tone::Head);
    let first = window(menu.items.len(), menu.at, 0, seen as usize);
    for (line, item) in menu.items.iter().skip(first).take(seen as usize).enumerate() {
        let y = inside.y + 1 + line as u16;
        let here = first + line == menu.at;
        if here {
            let style = canvas.theme.selection(true);
            canvas.wash(Rect { x: inside.x - 1, y, width: inside.width + 2, height: 1 }, style);
            canvas.cursor = Some((inside.x, y));
        }
        state.hit(
            Rect { x: inside.x - 1, y, width: inside.width + 2, height: 1 },
            Target::Choice(first + line),
        );
        let key = item.key.map(String::from).unwrap_or_default();
        let (key_tone, tone) =
            if item.off.is_some() { (Tone::Dim, Tone::Dim) } else { (Tone::Accent, Tone::Plain) };
        canvas.put(inside.x, y, 2, &key, key_tone);
        canvas.put(inside.x + 3, y, label, &item.label, tone);
        let x = inside.x + 5 + label;
        let detail = item.off.as_ref().unwrap_or(&item.detail);
        canvas.put(x, y, inside.right().saturating_sub(x), detail, Tone::Dim);
    }
    if menu.items.len() > seen as usize {
        let bar = Rect { y: inside.y + 1, height: seen, width: inside.width + 1, ..inside };
        scrollbar(canvas, bar, menu.items.len(), first, seen);
    }
}
