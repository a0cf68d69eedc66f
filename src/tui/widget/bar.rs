//! A bar in eighths of a cell, with a ghost of where it was.

use crate::tui::{facts::Tone, paint::Canvas};

const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// `share` (0 to 1) of `room` columns as text; little is not nothing.
pub fn text(share: f64, room: u16) -> String {
    let now = (share.clamp(0.0, 1.0) * f64::from(room) * 8.0).round() as usize;
    let mut text = "█".repeat(now / 8);
    text.push_str(EIGHTHS.get(now % 8).copied().unwrap_or(""));
    if now == 0 && share > 0.0 {
        text.push('▏');
    }
    text
}

/// Draws `share` (0 to 1) of `room` columns in one line; where it was wider before, dots tell how far.
pub fn draw(canvas: &mut Canvas<'_>, x: u16, y: u16, room: u16, share: f64, before: f64, tone: Tone) {
    let eighths = |share: f64| (share.clamp(0.0, 1.0) * f64::from(room) * 8.0).round() as usize;
    let (now, was) = (eighths(share), eighths(before));
    let mut text = "█".repeat(now / 8);
    text.push_str(EIGHTHS.get(now % 8).copied().unwrap_or(""));
    let mut used = canvas.put(x, y, room, &text, tone);
    if now == 0 && share > 0.0 {
        used = canvas.put(x, y, room, "▏", tone);
    }
    let ghost = (was.div_ceil(8) as u16).saturating_sub(used);
    canvas.put(x + used, y, room.saturating_sub(used), &"·".repeat(ghost as usize), Tone::Dim);
}

#[cfg(test)]
mod tests {
    use ratatui::{buffer::Buffer, layout::Rect};

    use super::*;
    use crate::tui::theme::{Depth, Theme};

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        let cases = [
            (0.5, 0.5, "█████     ", "half"),
            (0.34, 0.1, "███▍      ", "eighths"),
            (0.1, 0.34, "█···      ", "shorter than it was"),
            (0.0, 0.0, "          ", "nothing"),
            (0.001, 0.0, "▏         ", "little is not nothing"),
            (1.7, 0.0, "██████████", "never longer than its room"),
        ];
        let theme = Theme::named("dark", Depth::Mono).unwrap();
        for (share, before, drawn, why) in cases {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 1));
            let mut canvas = Canvas { buffer: &mut buffer, theme: &theme, cursor: None };
            draw(&mut canvas, 0, 0, 10, share, before, Tone::Plain);
            let text: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
            assert_eq!(text, drawn, "{why}");
        }
    }
}
