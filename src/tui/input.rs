//! A line of text that is being typed.
//!
//! The text, its cursor and its undo are the model of ratatui-textarea: kept by the authors of ratatui, and what
//! people know from a shell works in it. Keys are bound here, since its own differ from a shell's; drawing is ours,
//! since what is drawn must be clean and fit its room. Letters are moved over and deleted as they are drawn: an
//! accent goes with what it stands on.

use std::cell::Cell;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui_textarea::{CursorMove, TextArea};
use unicode_segmentation::UnicodeSegmentation;

use super::{facts::Tone, format, paint::Canvas};
use crate::resource::show;

/// Letters that a line takes; what is pasted beyond is left out.
const MOST: usize = 4096;

/// A line of text with a cursor.
#[derive(Clone, Debug, Default)]
pub struct Input {
    area: TextArea<'static>,
    /// The first column seen. Set by drawing, which alone knows the room.
    offset: Cell<usize>,
}

impl Input {
    /// A line with a text in it, the cursor behind.
    pub fn new(text: &str) -> Self {
        let mut input = Self::default();
        input.insert(text);
        input
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }

    /// Whether nothing is there.
    pub fn is_empty(&self) -> bool {
        self.text().is_empty()
    }

    /// Where the cursor is, in bytes of the text.
    pub fn cursor(&self) -> usize {
        let at = self.area.cursor().1;
        self.text().char_indices().nth(at).map_or(self.text().len(), |(byte, _)| byte)
    }

    /// Whether the cursor stands behind the text.
    pub fn at_end(&self) -> bool {
        self.cursor() == self.text().len()
    }

    /// Puts another text in place of what is there, the cursor behind; undo brings the old one back.
    pub fn set(&mut self, text: &str) {
        if self.text() != text {
            self.area.clear();
            self.insert(text);
        }
        self.area.move_cursor(CursorMove::End);
    }

    /// Takes a text as pasted: in one line, without what can harm a terminal.
    pub fn paste(&mut self, text: &str) {
        self.insert(text);
    }

    /// Takes a key; false when it means nothing to a line of text.
    pub fn handle(&mut self, key: KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char(letter) if !ctrl && !alt => self.insert(letter.encode_utf8(&mut [0; 4])),
            KeyCode::Char('a') if ctrl => self.go(CursorMove::Head),
            KeyCode::Char('e') if ctrl => self.go(CursorMove::End),
            KeyCode::Char('b') if ctrl => self.step(-1),
            KeyCode::Char('f') if ctrl => self.step(1),
            KeyCode::Char('h') if ctrl => self.delete_before(),
            KeyCode::Char('d') if ctrl => self.delete_after(),
            KeyCode::Char('w') if ctrl => drop(self.area.delete_word()),
            // At the ends of its line the model would go on into the next one, of which there is none.
            KeyCode::Char('u') if ctrl => drop(self.area.delete_line_by_head()),
            KeyCode::Char('k') if ctrl => drop(self.area.delete_line_by_end()),
            KeyCode::Char('y') if ctrl => drop(self.area.paste()),
            // What terminals send for ctrl-_ and ctrl-/.
            KeyCode::Char('_' | '/' | '7') if ctrl => drop(self.area.undo()),
            KeyCode::Char('_' | '/') if alt => drop(self.area.redo()),
            KeyCode::Char('b') if alt => self.go(CursorMove::WordBack),
            KeyCode::Char('f') if alt => self.go(CursorMove::WordForward),
            KeyCode::Char('d') if alt => drop(self.area.delete_next_word()),
            KeyCode::Backspace if alt || ctrl => drop(self.area.delete_word()),
            KeyCode::Backspace => self.delete_before(),
            KeyCode::Delete if alt || ctrl => drop(self.area.delete_next_word()),
            KeyCode::Delete => self.delete_after(),
            KeyCode::Left if alt || ctrl => self.go(CursorMove::WordBack),
            KeyCode::Right if alt || ctrl => self.go(CursorMove::WordForward),
            KeyCode::Left => self.step(-1),
            KeyCode::Right => self.step(1),
            KeyCode::Home => self.go(CursorMove::Head),
            KeyCode::End => self.go(CursorMove::End),
            _ => return false,
        }
        true
    }

    /// Draws the line into its room and puts the hardware cursor there; returns the columns used, that of the cursor
    /// among them.
    pub fn draw(&self, canvas: &mut Canvas<'_>, x: u16, y: u16, room: u16, tone: Tone) -> u16 {
        let (seen, column) = self.seen(room as usize);
        let used = canvas.put(x, y, room, seen, tone);
        if room > 0 {
            canvas.cursor = Some((x + column as u16, y));
        }
        used.max(column as u16 + 1).min(room)
    }

    /// The part of the text that a room of so many columns shows, and the column of the cursor in it.
    fn seen(&self, room: usize) -> (&str, usize) {
        let text = self.text();
        let before = text.get(..self.cursor()).unwrap_or(text);
        let cursor = format::width(before);
        let total = format::width(text);
        // A column is kept for the cursor behind the text, and no more room left empty than that.
        let last = (total + 1).saturating_sub(room.max(1));
        let lowest = (cursor + 1).saturating_sub(room.max(1));
        let offset = self.offset.get().clamp(lowest.min(cursor), cursor).min(last);
        self.offset.set(offset);
        let (mut column, mut from, mut to) = (0, None, text.len());
        for (byte, letter) in text.grapheme_indices(true) {
            if column >= offset && from.is_none() {
                from = Some((byte, column));
            }
            column += format::width(letter);
            if column > offset + room {
                to = byte;
                break;
            }
        }
        // A wide letter that begins before the room is left out whole.
        let (from, begins) = from.unwrap_or((text.len(), column));
        (text.get(from..to.max(from)).unwrap_or_default(), cursor.saturating_sub(begins))
    }

    fn go(&mut self, to: CursorMove) {
        self.area.move_cursor(to);
    }

    /// The characters of the letter before the cursor, or behind it.
    fn letter(&self, forward: bool) -> usize {
        let (before, after) = self.text().split_at_checked(self.cursor()).unwrap_or_default();
        let letter = if forward { after.graphemes(true).next() } else { before.graphemes(true).next_back() };
        letter.map_or(0, |letter| letter.chars().count())
    }

    fn step(&mut self, by: isize) {
        let at = self.area.cursor().1;
        let to = if by < 0 { at.saturating_sub(self.letter(false)) } else { at + self.letter(true) };
        self.area.move_cursor(CursorMove::Jump(0, to as u16));
    }

    fn delete_before(&mut self) {
        for _ in 0..self.letter(false) {
            self.area.delete_char();
        }
    }

    fn delete_after(&mut self) {
        for _ in 0..self.letter(true) {
            self.area.delete_next_char();
        }
    }

    fn insert(&mut self, text: &str) {
        let room = MOST.saturating_sub(self.text().chars().count());
        let line: String = one_line(text).chars().take(room).collect();
        self.area.insert_str(line);
    }
}

/// Line ends and tabs become a space, those at the ends nothing; what a terminal would act on is left out.
fn one_line(text: &str) -> String {
    let breaks = |c: char| matches!(c, '\n' | '\r' | '\t');
    let mut out = String::with_capacity(text.len());
    for part in text.split(breaks).filter(|part| !part.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        // The mark that asks for a wide picture goes too: terminals differ in what it does.
        out.extend(part.chars().filter(|c| !show::is_harmful(*c) && *c != '\u{fe0f}'));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::Chord;

    /// Presses keys by name or letter by letter, a space between; `_` is the space key.
    fn press(input: &mut Input, keys: &str) {
        for word in keys.split(' ') {
            if let Some(chord) = Chord::parse(word).filter(|_| word != "_") {
                assert!(input.handle(chord.event()), "{word}");
                continue;
            }
            for letter in word.chars() {
                let letter = if letter == '_' { ' ' } else { letter };
                assert!(input.handle(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE)), "{letter}");
            }
        }
    }

    /// The text with its cursor drawn in.
    fn shown(input: &Input) -> String {
        let (before, after) = input.text().split_at(input.cursor());
        format!("{before}|{after}")
    }

    #[test]
    fn a_line_is_edited_as_in_a_shell() {
        let cases = [
            ("shop/app", "shop/app|", "typed"),
            ("abc left left x", "ax|bc", "in between"),
            ("abc ctrl-a x end y", "xabcy|", "the ends"),
            ("one_two ctrl-w", "one |", "a word back"),
            ("one_two ctrl-w ctrl-w ctrl-w", "|", "and no further than the beginning"),
            ("one_two alt-b ctrl-k", "one |", "to the end"),
            ("one_two alt-b ctrl-u", "|two", "to the beginning"),
            ("one_two ctrl-w ctrl-a ctrl-y", "two|one ", "taken back elsewhere"),
            ("one_two ctrl-left ctrl-left ctrl-right x", "one x|two", "by words"),
            ("abc home ctrl-d", "|bc", "the letter behind"),
            ("abc ctrl-h", "ab|", "the letter before"),
            ("one_two ctrl-w ctrl-7", "one two|", "undone"),
            ("one_two ctrl-w ctrl-7 alt-/", "one |", "and done again"),
            ("e\u{301} left x", "x|e\u{301}", "an accent is no letter of its own"),
            ("ae\u{301} ctrl-h", "a|", "and goes with its letter"),
            ("e\u{301}a home ctrl-d", "|a", "from either side"),
            ("東京 left x", "東x|京", "wide letters"),
        ];
        for (keys, expected, why) in cases {
            let mut input = Input::default();
            press(&mut input, keys);
            assert_eq!(shown(&input), expected, "{keys}: {why}");
        }
    }

    #[test]
    fn what_is_pasted_is_one_harmless_line() {
        let cases = [
            ("app\n", "app", "a line end at the end"),
            ("a\r\nb\tc", "a b c", "line ends and tabs are spaces"),
            ("\u{1b}[31mred\u{202e}", "[31mred", "nothing that a terminal acts on"),
            ("❤\u{fe0f}", "❤", "one width on every terminal"),
            (" a ", " a ", "spaces stay"),
        ];
        for (pasted, expected, why) in cases {
            let mut input = Input::default();
            input.paste(pasted);
            assert_eq!(input.text(), expected, "{why}");
        }
        let mut long = Input::new("x");
        long.paste(&"y".repeat(10_000));
        assert_eq!(long.text().len(), MOST);
    }

    #[test]
    fn a_key_that_edits_nothing_is_left_to_others() {
        let mut input = Input::new("a");
        for key in [KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::Up, KeyCode::F(1)] {
            assert!(!input.handle(KeyEvent::new(key, KeyModifiers::NONE)), "{key:?}");
        }
        assert_eq!(shown(&input), "a|");
    }

    #[test]
    fn setting_a_text_can_be_undone() {
        let mut input = Input::new("mine");
        input.set("from history");
        assert_eq!(shown(&input), "from history|");
        press(&mut input, "ctrl-7 ctrl-7");
        assert_eq!(input.text(), "mine");
    }

    #[test]
    fn the_cursor_is_always_in_sight() {
        let mut input = Input::new("0123456789");
        assert_eq!(input.seen(20), ("0123456789", 10), "all of it");
        assert_eq!(input.seen(5), ("6789", 4), "the end, and a column for the cursor");
        press(&mut input, "left left left");
        assert_eq!(input.seen(5), ("6789", 1), "it stays while the cursor is in it");
        press(&mut input, "left left");
        assert_eq!(input.seen(5), ("56789", 0), "it moves no further than the cursor needs");
        assert_eq!(input.seen(20), ("0123456789", 5), "more room is used");
        let wide = Input::new("東京都庁");
        assert_eq!(wide.seen(5), ("都庁", 4), "by columns");
        assert_eq!(wide.seen(4), ("庁", 2), "a wide letter that would be cut is left out");
        assert_eq!(wide.seen(0).0, "", "no room at all");
    }
}
