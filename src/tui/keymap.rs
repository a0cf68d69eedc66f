//! Keys by name, and which action a key means at a place.

use std::{collections::HashMap, fmt};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::{self, Action, Place, Row};

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
];

impl Chord {
    /// Reads `ctrl-c`, `shift-left`, `G`, `pgup`.
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
            _ => NAMES.iter().find(|(name, ..)| *name == rest)?.1,
        };
        Some(Self { code, modifiers })
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

/// Which action a key means, by place.
#[derive(Clone, Debug)]
pub struct Keymap {
    bound: HashMap<Chord, Vec<Action>>,
}

impl Default for Keymap {
    fn default() -> Self {
        let mut bound: HashMap<Chord, Vec<Action>> = HashMap::new();
        for row in action::all() {
            for chord in row.keys.iter().filter_map(|key| Chord::parse(key)) {
                bound.entry(chord).or_default().push(row);
            }
        }
        Self { bound }
    }
}

impl Keymap {
    /// What a key means at a place.
    pub fn action(&self, chord: Chord, place: Place) -> Option<Action> {
        self.bound.get(&chord)?.iter().copied().find(|row| (row.places)(place))
    }

    /// The keys of a row as they are shown: `h ←`.
    pub fn shown(row: &Row) -> Vec<String> {
        row.keys.iter().filter_map(|key| Chord::parse(key)).map(|chord| chord.to_string()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_table_can_be_read_and_means_one_thing_at_a_place() {
        let mut seen: HashMap<(Chord, Place), &str> = HashMap::new();
        for row in action::all() {
            for key in row.keys {
                let chord = Chord::parse(key).unwrap_or_else(|| panic!("{key} of {} is no key", row.name));
                for place in Place::ALL.into_iter().filter(|place| (row.places)(*place)) {
                    let before = seen.insert((chord, place), row.name);
                    assert_eq!(
                        before,
                        None,
                        "{key} at {place:?} is {} and {}",
                        row.name,
                        before.unwrap_or("")
                    );
                }
            }
        }
    }

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
}
