//! The one door to the screen's cells: what goes through it is cleaned, cut to its room, and never outside.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    facts::{Line, Tone},
    format,
    theme::{Letters, Theme, stand_in},
};

/// A buffer with a theme: what drawing functions get.
pub struct Canvas<'a> {
    /// The cells.
    pub buffer: &'a mut Buffer,
    /// The colours.
    pub theme: &'a Theme,
    /// Where the hardware cursor goes, when an input wants it.
    pub cursor: Option<(u16, u16)>,
}

impl Canvas<'_> {
    /// Writes a text into at most `room` columns; returns the columns used.
    pub fn put(&mut self, x: u16, y: u16, room: u16, text: &str, tone: Tone) -> u16 {
        let style = self.theme.style(tone);
        self.styled(x, y, room, text, style)
    }

    /// As [`Self::put`], in a style.
    pub fn styled(&mut self, x: u16, y: u16, room: u16, text: &str, style: Style) -> u16 {
        let area = self.buffer.area;
        if y < area.top() || y >= area.bottom() || x < area.left() || x >= area.right() {
            return 0;
        }
        let room = room.min(area.right() - x);
        let text = format::clean(text);
        let text = format::fit(&text, room as usize);
        let (end, _) = self.buffer.set_stringn(x, y, &text, room as usize, style);
        end.saturating_sub(x)
    }

    /// Writes a text that ends at the right of its room.
    pub fn right(&mut self, x: u16, y: u16, room: u16, text: &str, tone: Tone) {
        let used = (format::width(&format::clean(text)) as u16).min(room);
        self.put(x + (room - used), y, used, text, tone);
    }

    /// Writes a line of pieces; the last that does not fit is cut.
    pub fn line(&mut self, x: u16, y: u16, room: u16, line: &Line) -> u16 {
        let mut used = 0;
        for (tone, text) in &line.0 {
            if used >= room {
                break;
            }
            used += self.put(x + used, y, room - used, text, *tone);
        }
        used
    }

    /// Writes a line that ends at the right of its room.
    pub fn line_right(&mut self, x: u16, y: u16, room: u16, line: &Line) {
        let used = (format::width(&format::clean(&line.text())) as u16).min(room);
        self.line(x + (room - used), y, used, line);
    }

    /// A horizontal rule.
    pub fn rule(&mut self, area: Rect, y: u16) {
        let style = self.theme.rule();
        self.styled(area.x, y, area.width, &"─".repeat(area.width as usize), style);
    }

    /// A vertical rule.
    pub fn upright(&mut self, x: u16, top: u16, bottom: u16) {
        let style = self.theme.rule();
        for y in top..bottom {
            self.styled(x, y, 1, "│", style);
        }
    }

    /// Lays a style over cells that are there already.
    pub fn wash(&mut self, area: Rect, style: Style) {
        let area = area.intersection(self.buffer.area);
        self.buffer.set_style(area, style);
    }

    /// Empties cells.
    pub fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        let base = self.theme.base();
        for position in area.positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.reset();
                cell.set_style(base);
            }
        }
    }
}

/// Puts ASCII in the place of what may not be drawn. The last step of drawing, so that no screen knows of it.
pub fn plain(buffer: &mut Buffer, letters: Letters) {
    if letters == Letters::Any {
        return;
    }
    let mut wide = false;
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        if symbol.is_ascii() {
            if wide {
                cell.set_char('?');
            }
            wide = false;
            continue;
        }
        let mut chars = symbol.chars();
        let sign = chars.next().filter(|_| chars.next().is_none()).and_then(stand_in);
        match (sign, letters) {
            (Some(sign), _) => drop(cell.set_char(sign)),
            (None, Letters::Ascii) => {
                wide = format::width(symbol) > 1;
                cell.set_char('?');
            }
            (None, Letters::Any | Letters::PlainSigns) => {}
        }
    }
}

/// The part of an area below its first `lines`.
pub fn below(area: Rect, lines: u16) -> Rect {
    let lines = lines.min(area.height);
    Rect { y: area.y + lines, height: area.height - lines, ..area }
}

/// The first lines of an area.
pub fn top(area: Rect, lines: u16) -> Rect {
    Rect { height: lines.min(area.height), ..area }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_not_be_drawn_is_put_in_ascii_in_as_many_columns() {
        let cases = [
            ("▸ ✓ ab…", Letters::Any, "▸ ✓ ab…", "all may"),
            ("▸ ✓ ab…", Letters::PlainSigns, "> + ab~", "our signs"),
            ("▸ 東京é", Letters::PlainSigns, "> 東 京 é", "text from outside stays"),
            ("▸ 東京é!", Letters::Ascii, "> ?????!", "a letter of two columns is two"),
            ("e\u{301}x", Letters::Ascii, "?x", "a letter with its accent is one"),
        ];
        for (text, letters, drawn, why) in cases {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 1));
            buffer.set_string(0, 0, text, Style::new());
            plain(&mut buffer, letters);
            let shown: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
            assert_eq!(shown.trim_end(), drawn, "{why}");
        }
    }
}
