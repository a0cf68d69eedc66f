//! Cells as bytes for a terminal.
//!
//! Colours are written as the terminal of that depth knows them: the sixteen as 30 to 37 and 90 to 97, which terminals
//! understand that know no others. A sequence is never empty: an empty one resets bold and reversed. What does not
//! change is not written again, which counts over a slow link.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use ratatui::{
    backend::{Backend, ClearType, CrosstermBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
    style::{Color, Modifier},
};

/// A terminal to draw on.
pub struct Wire<W: Write> {
    /// Does what is not about cells.
    inner: CrosstermBackend<W>,
    /// Whether the cursor is seen; none before anybody said.
    cursor: Option<bool>,
    /// What is written at once.
    text: String,
}

/// What letters look like now.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Look {
    const PLAIN: Self = Self { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };
}

/// Modifiers and their parameters.
const MODIFIERS: [(Modifier, u8); 7] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

impl<W: Write> Wire<W> {
    /// Draws on what these bytes go to.
    pub fn new(out: W) -> Self {
        Self { inner: CrosstermBackend::new(out), cursor: None, text: String::new() }
    }

    fn show(&mut self, seen: bool) -> io::Result<()> {
        if self.cursor.replace(seen) == Some(seen) {
            return Ok(());
        }
        self.inner.write_all(if seen { b"\x1b[?25h" } else { b"\x1b[?25l" })
    }
}

impl<W: Write> Write for Wire<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::flush(&mut self.inner)
    }
}

impl<W: Write> Backend for Wire<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        let mut now = Look::PLAIN;
        let mut next: Option<(u16, u16)> = None;
        for (x, y, cell) in content {
            if next != Some((x, y)) {
                let _ = write!(text, "\x1b[{};{}H", y + 1, x + 1);
            }
            next = Some((x + 1, y));
            let look = Look { fg: cell.fg, bg: cell.bg, modifier: cell.modifier };
            turn(&mut text, now, look);
            now = look;
            text.push_str(cell.symbol());
        }
        turn(&mut text, now, Look::PLAIN);
        let written = self.inner.write_all(text.as_bytes());
        self.text = text;
        written
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.show(false)
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.show(true)
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.inner.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let Position { x, y } = position.into();
        write!(self.inner, "\x1b[{};{}H", y + 1, x + 1)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.inner.clear()
    }

    fn clear_region(&mut self, kind: ClearType) -> io::Result<()> {
        // Whoever clears may have given the terminal away before.
        self.cursor = None;
        self.inner.clear_region(kind)
    }

    fn append_lines(&mut self, lines: u16) -> io::Result<()> {
        self.inner.append_lines(lines)
    }

    fn size(&self) -> io::Result<Size> {
        self.inner.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.inner)
    }
}

/// Writes what makes letters look another way.
fn turn(text: &mut String, from: Look, to: Look) {
    if from == to {
        return;
    }
    let mut parameters = String::new();
    let mut add = |parameter: &str| {
        if !parameters.is_empty() {
            parameters.push(';');
        }
        parameters.push_str(parameter);
    };
    // Bold and dim have one end for both, so what ends a modifier ends all, and begins anew.
    let ends = !(from.modifier - to.modifier).is_empty();
    let from = if ends || to == Look::PLAIN { Look::PLAIN } else { from };
    if ends || to == Look::PLAIN {
        add("0");
    }
    for (modifier, parameter) in MODIFIERS {
        if (to.modifier - from.modifier).contains(modifier) {
            add(&parameter.to_string());
        }
    }
    if to.fg != from.fg {
        add(&color(to.fg, 30));
    }
    if to.bg != from.bg {
        add(&color(to.bg, 40));
    }
    if !parameters.is_empty() {
        let _ = write!(text, "\x1b[{parameters}m");
    }
}

/// The parameters of a colour; `base` is 30 for letters, 40 for what is under them.
fn color(color: Color, base: u8) -> String {
    let (normal, bright) = (|at: u8| (base + at).to_string(), |at: u8| (base + 60 + at).to_string());
    match color {
        Color::Reset => normal(9),
        Color::Black => normal(0),
        Color::Red => normal(1),
        Color::Green => normal(2),
        Color::Yellow => normal(3),
        Color::Blue => normal(4),
        Color::Magenta => normal(5),
        Color::Cyan => normal(6),
        Color::Gray => normal(7),
        Color::DarkGray => bright(0),
        Color::LightRed => bright(1),
        Color::LightGreen => bright(2),
        Color::LightYellow => bright(3),
        Color::LightBlue => bright(4),
        Color::LightMagenta => bright(5),
        Color::LightCyan => bright(6),
        Color::White => bright(7),
        Color::Indexed(at) => format!("{};5;{at}", base + 8),
        Color::Rgb(r, g, b) => format!("{};2;{r};{g};{b}", base + 8),
    }
}

#[cfg(test)]
mod tests {
    use ratatui::{buffer::Buffer, layout::Rect, style::Style};

    use super::*;

    fn drawn(pieces: &[(&str, Style)]) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 40, 2));
        let mut x = 0;
        for (text, style) in pieces {
            (x, _) = buffer.set_stringn(x, 0, text, 40, *style);
        }
        let cells = buffer.content.iter().take(x as usize).enumerate();
        let mut out = Vec::new();
        Wire::new(&mut out).draw(cells.map(|(x, cell)| (x as u16, 0, cell))).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn looks_are_turned_with_what_changes_and_never_with_nothing() {
        let plain = Style::new();
        let cases = [
            (vec![("ab", plain)], "\x1b[1;1Hab", "nothing to turn"),
            (
                vec![("a", plain.fg(Color::Red)), ("b", plain.fg(Color::Red))],
                "\x1b[1;1H\x1b[31mab\x1b[0m",
                "once",
            ),
            (
                vec![
                    ("a", plain.fg(Color::LightBlue)),
                    ("b", plain.fg(Color::Indexed(196)).bg(Color::Rgb(1, 2, 3))),
                ],
                "\x1b[1;1H\x1b[94ma\x1b[38;5;196;48;2;1;2;3mb\x1b[0m",
                "each depth in its own words",
            ),
            (
                vec![
                    ("a", plain.fg(Color::Red).add_modifier(Modifier::BOLD | Modifier::REVERSED)),
                    ("b", plain.fg(Color::Red).add_modifier(Modifier::BOLD)),
                    ("c", plain.add_modifier(Modifier::DIM)),
                    ("d", plain),
                ],
                "\x1b[1;1H\x1b[1;7;31ma\x1b[0;1;31mb\x1b[0;2mc\x1b[0md",
                "what ends is said anew",
            ),
            (
                vec![("a", plain.bg(Color::Blue)), ("b", plain.fg(Color::Red))],
                "\x1b[1;1H\x1b[44ma\x1b[31;49mb\x1b[0m",
                "back",
            ),
        ];
        for (pieces, bytes, why) in cases {
            assert_eq!(drawn(&pieces), bytes, "{why}");
        }
    }

    #[test]
    fn the_cursor_is_moved_only_where_letters_do_not_follow_each_other() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 5, 2));
        buffer.set_string(0, 0, "東x", Style::new());
        buffer.set_string(1, 1, "y", Style::new());
        let at = |x: u16, y: u16| (x, y, buffer.cell((x, y)).unwrap());
        let mut out = Vec::new();
        Wire::new(&mut out).draw([at(0, 0), at(2, 0), at(3, 0), at(1, 1)].into_iter()).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "\x1b[1;1H東\x1b[1;3Hx \x1b[2;2Hy");
    }

    #[test]
    fn the_cursor_is_shown_and_hidden_once() {
        let mut out = Vec::new();
        let mut wire = Wire::new(&mut out);
        for seen in [true, true, false, false, true] {
            if seen { wire.show_cursor() } else { wire.hide_cursor() }.unwrap();
        }
        wire.set_cursor_position((4, 2)).unwrap();
        drop(wire);
        assert_eq!(String::from_utf8(out).unwrap(), "\x1b[?25h\x1b[?25l\x1b[?25h\x1b[3;5H");
    }
}
