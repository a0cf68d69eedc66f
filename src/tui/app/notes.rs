//! What just happened, in a few words: several at once, gone by themselves, kept in the log.

use jiff::Timestamp;

use super::State;
use crate::tui::facts::Tone;

/// Seconds that a note stays.
const STAYS: f64 = 8.0;
/// Seconds before a key takes an error away: who types on has not read it.
const READ: f64 = 1.0;
/// Notes seen at once.
pub const SEEN: usize = 3;

/// Something that just happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// How it is meant.
    pub tone: Tone,
    /// What happened.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// What just happened, oldest first. Errors stay until a key is pressed.
#[derive(Clone, Debug, Default)]
pub struct Notes(Vec<Note>);

impl Notes {
    /// The newest, oldest first, that are seen.
    pub fn seen(&self) -> &[Note] {
        self.0.get(self.0.len().saturating_sub(SEEN)..).unwrap_or_default()
    }

    /// The newest.
    #[cfg(test)]
    pub fn last(&self) -> Option<&Note> {
        self.0.last()
    }

    /// Adds one. The same again is the same, newer; so is what is newer about the same thing.
    fn push(&mut self, note: Note) {
        if self.0.iter().any(|old| retells(old, &note)) {
            return;
        }
        self.0.retain(|old| {
            let same = (old.tone, &old.text) == (note.tone, &note.text);
            !same && !retells(&note, old) && !follows(old, &note)
        });
        self.0.push(note);
        let surplus = self.0.len().saturating_sub(SEEN);
        self.0.drain(..surplus);
    }

    /// Takes away what was there long enough. True when anything went.
    pub fn tick(&mut self, clock: Timestamp) -> bool {
        let before = self.0.len();
        self.0.retain(|note| note.tone == Tone::Bad || age(note, clock) <= STAYS);
        self.0.len() != before
    }

    /// A key was pressed: errors that could be read go.
    pub fn pressed(&mut self, clock: Timestamp) {
        self.0.retain(|note| note.tone != Tone::Bad || age(note, clock) < READ);
    }
}

/// Whether a note says what was done, and the other only that it came about: the rehearsal tells every change that it
/// made, also one that was asked for here.
fn retells(done: &Note, other: &Note) -> bool {
    let news = other.text.split_once(": ").map(|(_, news)| news);
    done.tone == Tone::Good && other.tone == Tone::Plain && news.is_some_and(|news| done.text.contains(news))
}

/// Whether the older of two notes says how a thing was of which the newer says how it is: `stand-in of a: 503 10%`.
fn follows(old: &Note, new: &Note) -> bool {
    let thing = |note: &Note| note.text.rsplit_once(": ").map(|(thing, _)| thing.to_owned());
    old.tone == Tone::Plain && new.tone == Tone::Plain && thing(new).is_some() && thing(old) == thing(new)
}

fn age(note: &Note, clock: Timestamp) -> f64 {
    clock.duration_since(note.at).as_secs_f64()
}

impl State {
    /// Says in a few words what just happened, and keeps it in the log.
    pub fn note(&mut self, tone: Tone, text: impl Into<String>) {
        let text = text.into();
        match tone {
            Tone::Bad => tracing::error!(target: "cutover::console", "{text}"),
            Tone::Warn => tracing::warn!(target: "cutover::console", "{text}"),
            _ => tracing::info!(target: "cutover::console", "{text}"),
        }
        self.notes.push(Note { tone, text, at: self.clock });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn notes(all: &[(Tone, &str, i64)]) -> Notes {
        let mut notes = Notes::default();
        for (tone, text, second) in all {
            notes.push(Note { tone: *tone, text: (*text).to_owned(), at: at(*second) });
        }
        notes
    }

    fn texts(notes: &Notes) -> Vec<&str> {
        notes.seen().iter().map(|note| note.text.as_str()).collect()
    }

    #[test]
    fn the_newest_three_are_seen_and_the_same_is_told_once() {
        let all = notes(&[
            (Tone::Good, "a", 0),
            (Tone::Good, "b", 1),
            (Tone::Good, "c", 2),
            (Tone::Good, "b", 3),
            (Tone::Bad, "d", 4),
        ]);
        assert_eq!(texts(&all), ["c", "b", "d"]);
    }

    #[test]
    fn one_thing_is_told_once_whoever_tells_it() {
        let made = (Tone::Good, "applied: a 1 → 2   u takes it back", 0);
        let heard = (Tone::Plain, "HTTPRoute shop/app: a 1 → 2", 0);
        let cases = [
            (vec![made, heard], vec![made.1], "what was done here is not heard again"),
            (vec![heard, made], vec![made.1], "whichever comes first"),
            (
                vec![
                    (Tone::Plain, "stand-in of a:1: 503 10%", 0),
                    (Tone::Plain, "stand-in of a:1: 503 20%", 1),
                ],
                vec!["stand-in of a:1: 503 20%"],
                "how a thing is now",
            ),
            (
                vec![(Tone::Plain, "stand-in of a:1: down", 0), (Tone::Plain, "stand-in of b:1: down", 1)],
                vec!["stand-in of a:1: down", "stand-in of b:1: down"],
                "of each thing",
            ),
            (
                vec![(Tone::Warn, "x: no", 0), (Tone::Warn, "x: never", 1)],
                vec!["x: no", "x: never"],
                "warnings stay",
            ),
        ];
        for (told, seen, why) in cases {
            assert_eq!(texts(&notes(&told)), seen, "{why}");
        }
    }

    #[test]
    fn notes_go_by_themselves_and_errors_with_a_key_that_came_late_enough_to_have_read_them() {
        let mut all = notes(&[(Tone::Good, "done", 0), (Tone::Bad, "failed", 0)]);
        all.pressed(at(0));
        assert_eq!(texts(&all), ["done", "failed"], "typed on, not read");
        assert!(!all.tick(at(8)));
        assert!(all.tick(at(9)));
        assert_eq!(texts(&all), ["failed"], "it stays");
        all.pressed(at(9));
        assert_eq!(texts(&all), [""; 0]);
    }
}
