//! A key by name: as the config writes it, as a terminal sends it, as the help shows it.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers; letters carry their own shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// Names of keys that are no letters.
const NAMES: &[(&str, KeyCode, &str)] = &[
    ("enter", KeyCode::Enter, "Enter"),
    ("esc", KeyCode::Esc, "Esc"),
    ("tab", KeyCode::Tab, "Tab"),
    ("backtab", KeyCode::BackTab, "S-Tab"),
    ("up", KeyCode::Up, "↑"),
    ("down", KeyCode::Down, "↓"),
    ("left", KeyCode::Left, "←"),
    ("right", KeyCode::Right, "→"),
    ("home", KeyCode::Home, "Home"),
    ("end", KeyCode::End, "End"),
    ("pgup", KeyCode::PageUp, "PgUp"),
    ("pgdn", KeyCode::PageDown, "PgDn"),
    ("space", KeyCode::Char(' '), "Space"),
    ("backspace", KeyCode::Backspace, "Bksp"),
    ("insert", KeyCode::Insert, "Ins"),
    ("delete", KeyCode::Delete, "Del"),
];

/// What a terminal sends for some letters with Ctrl: the same as for another key.
const SAME: &[(char, &str)] = &[('i', "tab"), ('m', "enter"), ('[', "esc"), ('h', "backspace")];

impl Chord {
    /// Reads `ctrl-c`, `shift-left`, `G`, `pgup`, `f5`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        loop {
            let (flag, after) = match rest {
                r if r.starts_with("ctrl-") => (KeyModifiers::CONTROL, r.get(5..)?),
                r if r.starts_with("alt-") => (KeyModifiers::ALT, r.get(4..)?),
                r if r.starts_with("shift-") => (KeyModifiers::SHIFT, r.get(6..)?),
                _ => break,
            };
            if after.is_empty() {
                break;
            }
            modifiers |= flag;
            rest = after;
        }
        let mut letters = rest.chars();
        let code = match (letters.next(), letters.next()) {
            (Some(letter), None) => KeyCode::Char(letter),
            (Some('f'), Some(_)) if rest.get(1..).is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit())) => {
                KeyCode::F(rest.get(1..)?.parse().ok().filter(|number| (1..=24).contains(number))?)
            }
            _ => NAMES.iter().find(|(name, ..)| *name == rest)?.1,
        };
        // As a terminal sends it, however it was written.
        let code = match code {
            KeyCode::Char(letter) if modifiers.contains(KeyModifiers::CONTROL) => {
                KeyCode::Char(letter.to_ascii_lowercase())
            }
            code => code,
        };
        Some(Self::of(&KeyEvent::new(code, modifiers)))
    }

    /// As [`Self::parse`], for a person's own keys.
    ///
    /// # Errors
    /// What would be a key, or which key it really is.
    pub fn read(text: &str) -> Result<Self, String> {
        let Some(chord) = Self::parse(text) else {
            let names: Vec<_> = NAMES.iter().map(|(name, ..)| *name).collect();
            return Err(format!(
                "write a letter or sign, {} or f1 to f24, with `ctrl-`, `alt-` or `shift-` before it",
                names.join(", ")
            ));
        };
        let same = SAME.iter().find(|(letter, _)| chord.code == KeyCode::Char(*letter));
        match same.filter(|_| chord.modifiers == KeyModifiers::CONTROL) {
            Some((_, name)) => Err(format!("most terminals send it as `{name}`: choose another")),
            None => Ok(chord),
        }
    }

    /// The key of an event.
    pub fn of(event: &KeyEvent) -> Self {
        let kept = KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT;
        let mut modifiers = event.modifiers & kept;
        let mut code = event.code;
        if let KeyCode::Char(letter) = code {
            // Terminals differ in whether an upper-case letter comes with its shift.
            if modifiers.contains(KeyModifiers::SHIFT) && letter.is_ascii_lowercase() {
                code = KeyCode::Char(letter.to_ascii_uppercase());
            }
            modifiers -= KeyModifiers::SHIFT;
        } else if code == KeyCode::BackTab {
            modifiers -= KeyModifiers::SHIFT;
        }
        Self { code, modifiers }
    }

    /// The digit that it is, with any modifier.
    pub fn digit(self) -> Option<char> {
        match self.code {
            KeyCode::Char(digit) if digit.is_ascii_digit() => Some(digit),
            _ => None,
        }
    }

    /// The event that this key makes.
    pub fn event(self) -> KeyEvent {
        KeyEvent::new(self.code, self.modifiers)
    }
}

/// As the help shows it: `C-c`, `S-←`, `PgUp`.
impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = [(KeyModifiers::CONTROL, "^"), (KeyModifiers::ALT, "M-"), (KeyModifiers::SHIFT, "S-")];
        for (flag, sign) in flags {
            if self.modifiers.contains(flag) {
                f.write_str(sign)?;
            }
        }
        let name = NAMES.iter().find(|(_, code, _)| *code == self.code).map(|(.., shown)| *shown);
        match (name, self.code) {
            (Some(shown), _) => f.write_str(shown),
            (None, KeyCode::Char(letter)) if self.modifiers.contains(KeyModifiers::CONTROL) => {
                write!(f, "{}", letter.to_ascii_uppercase())
            }
            (None, KeyCode::Char(letter)) => write!(f, "{letter}"),
            (None, other) => write!(f, "{other}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_same_however_a_terminal_sends_it() {
        let cases = [
            (KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT), "G"),
            (KeyEvent::new(KeyCode::Char('G'), KeyModifiers::NONE), "G"),
            (KeyEvent::new(KeyCode::Char('g'), KeyModifiers::SHIFT), "G"),
            (KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT), "backtab"),
            (KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL), "ctrl-c"),
            (KeyEvent::new(KeyCode::Char('?'), KeyModifiers::SHIFT), "?"),
            (KeyEvent::new(KeyCode::Char('-'), KeyModifiers::NONE), "-"),
        ];
        for (event, name) in cases {
            assert_eq!(Chord::of(&event), Chord::parse(name).unwrap(), "{name}");
        }
    }

    #[test]
    fn a_key_is_read_by_its_name_or_what_would_be_one_is_told() {
        let key = |code, modifiers| Some(Chord { code, modifiers });
        let cases = [
            ("q", key(KeyCode::Char('q'), KeyModifiers::NONE), "a letter"),
            ("-", key(KeyCode::Char('-'), KeyModifiers::NONE), "a sign"),
            ("ctrl--", key(KeyCode::Char('-'), KeyModifiers::CONTROL), "a sign with Ctrl"),
            ("shift-a", key(KeyCode::Char('A'), KeyModifiers::NONE), "a letter carries its own shift"),
            ("ctrl-S", key(KeyCode::Char('s'), KeyModifiers::CONTROL), "with Ctrl there is no shift"),
            ("alt-shift-left", key(KeyCode::Left, KeyModifiers::ALT | KeyModifiers::SHIFT), "several"),
            ("shift-backtab", key(KeyCode::BackTab, KeyModifiers::NONE), "it is shifted already"),
            ("f12", key(KeyCode::F(12), KeyModifiers::NONE), "a function key"),
            ("f", key(KeyCode::Char('f'), KeyModifiers::NONE), "no function key"),
            ("f25", None, "more than there are"),
            ("strg-q", None, "another language"),
            ("", None, "nothing"),
            ("ctrl-i", None, "a terminal sends it as tab"),
        ];
        for (text, chord, why) in cases {
            assert_eq!(Chord::read(text).ok(), chord, "{why}");
        }
        assert!(Chord::read("return").unwrap_err().contains("enter, esc, tab"));
    }
}
