//! Which action a key means at a place: as the table has it, and as a user wants it.

use std::collections::{BTreeMap, HashMap};

use super::action::{self, Action, Place, Row};
use crate::config::At;

pub use super::chord::Chord;

/// Which action a key means, by place.
#[derive(Clone, Debug)]
pub struct Keymap {
    bound: HashMap<Chord, Vec<Action>>,
    /// The keys of each action, by its name.
    keys: HashMap<&'static str, Vec<Chord>>,
}

/// Something wrong with a user's keys: the line in the config, what, and what would be right.
pub type Clash = (u32, String, String);

impl Default for Keymap {
    fn default() -> Self {
        Self::of(&BTreeMap::new()).0
    }
}

impl Keymap {
    /// The keys of the table, with a user's own in the place of those that they name. What is no key or no action is
    /// passed over here (`settings` tells of it); two actions for one key at one place are told.
    pub fn of(own: &BTreeMap<String, At<Vec<At<String>>>>) -> (Self, Vec<Clash>) {
        let mut map = Self { bound: HashMap::new(), keys: HashMap::new() };
        let mut clashes = Vec::new();
        // A user's own last, so that each clash is told at a line of theirs.
        let (wished, rest): (Vec<Action>, Vec<Action>) =
            action::all().partition(|row| own.contains_key(row.name));
        for row in rest {
            for chord in row.keys.iter().filter_map(|key| Chord::parse(key)) {
                map.bind(chord, row);
            }
        }
        for row in wished {
            for key in own.get(row.name).into_iter().flat_map(|keys| &keys.value) {
                let Ok(chord) = Chord::read(&key.value) else { continue };
                if Chord::parse("ctrl-c") == Some(chord) && row.name != "quit" {
                    let message = format!("`{}` for `{}`: it always ends the program", key.value, row.name);
                    clashes.push((key.line, message, "choose another key".to_owned()));
                    continue;
                }
                if let Some((other, place)) = map.other(chord, row) {
                    let message = format!(
                        "`{}` for `{}` is the key of `{}` ({place:?})",
                        key.value, row.name, other.name
                    );
                    let fix = format!("choose another, or give `{}` another", other.name);
                    clashes.push((key.line, message, fix));
                }
                map.bind(chord, row);
            }
        }
        (map, clashes)
    }

    /// What a key means at a place.
    pub fn action(&self, chord: Chord, place: Place) -> Option<Action> {
        self.bound.get(&chord)?.iter().copied().find(|row| (row.places)(place))
    }

    /// The keys of a row as they are shown: `h ←`; of many digits the first and the last.
    pub fn shown(&self, row: &Row) -> Vec<String> {
        let keys: Vec<String> =
            self.keys.get(row.name).into_iter().flatten().map(ToString::to_string).collect();
        match &keys[..] {
            [first, .., last] if row.digits => vec![format!("{first}…{last}")],
            _ => keys,
        }
    }

    fn bind(&mut self, chord: Chord, row: Action) {
        self.bound.entry(chord).or_default().push(row);
        self.keys.entry(row.name).or_default().push(chord);
    }

    /// Another action that has this key where a row works too.
    fn other(&self, chord: Chord, row: Action) -> Option<(Action, Place)> {
        let bound = self.bound.get(&chord)?;
        let mut places = Place::ALL.iter().copied().filter(|place| (row.places)(*place));
        places.find_map(|place| {
            let other = bound.iter().copied().find(|other| *other != row && (other.places)(place))?;
            Some((other, place))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    fn of(keys: &str) -> (Keymap, Vec<Clash>) {
        let config = Config::parse(&format!("[keys]\n{keys}"), Path::new("c.toml")).unwrap();
        Keymap::of(&config.keys)
    }

    fn named(map: &Keymap, key: &str, place: Place) -> Option<&'static str> {
        map.action(Chord::parse(key).unwrap(), place).map(|row| row.name)
    }

    #[test]
    fn every_key_of_the_table_can_be_read_and_means_one_thing_at_a_place() {
        let mut seen: HashMap<(Chord, Place), &str> = HashMap::new();
        for row in action::all() {
            for key in row.keys {
                let chord = Chord::read(key).unwrap_or_else(|why| panic!("{key} of {}: {why}", row.name));
                for place in Place::ALL.iter().copied().filter(|place| (row.places)(*place)) {
                    let before = seen.insert((chord, place), row.name);
                    let other = before.unwrap_or("");
                    assert_eq!(before, None, "{key} at {place:?} is {} and {other}", row.name);
                }
            }
        }
    }

    #[test]
    fn a_users_keys_stand_in_the_place_of_those_of_the_table() {
        let (map, clashes) = of("help = \"f1\"\nquit = []\nundo = [\"z\", \"alt-u\"]\n");
        assert_eq!(clashes, []);
        assert_eq!(named(&map, "f1", Place::Routes), Some("help"));
        assert_eq!(named(&map, "?", Place::Routes), None, "the old key is free");
        assert_eq!(named(&map, "q", Place::Routes), None, "an empty list unbinds");
        assert_eq!(named(&map, "q", Place::Dialog), Some("cancel"), "that is another action");
        assert_eq!(map.shown(action::named("undo").unwrap()), ["z", "M-u"], "the help shows them");
        assert_eq!(map.shown(action::named("quit").unwrap()), [""; 0]);
    }

    #[test]
    fn one_key_for_two_actions_at_one_place_is_told_with_both() {
        let (_, clashes) = of("help = \"t\"\nundo = \"ctrl-c\"\n");
        let told: Vec<_> = clashes.iter().map(|(line, what, fix)| format!("{line}: {what}; {fix}")).collect();
        let expected = [
            "3: `ctrl-c` for `undo`: it always ends the program; choose another key",
            "2: `t` for `help` is the key of `theme` (Overview); choose another, or give `theme` another",
        ];
        assert_eq!(told, expected);
        let (_, clashes) = of("theme = \"Q\"\nhelp = \"t\"\nabort = []\n");
        assert_eq!(clashes, [], "both were given others");
        let (_, clashes) = of("help = \"Z\"\ntheme = \"Z\"\n");
        assert_eq!(clashes.len(), 1, "two of a user's own");
    }
}
