//! The `:` line while it is typed: ghost text, candidates in turn, and what was typed before.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    completion::{Candidate, Completion, Known, complete},
    past::Past,
};
use crate::tui::input::Input;

/// A `:` line being typed.
#[derive(Clone, Debug, Default)]
pub struct Prompt {
    /// The line.
    pub input: Input,
    /// What can stand at its end. Worked out when the text changes, since drawing it is far more frequent.
    offered: Completion,
    turn: Option<Turn>,
    past: Option<Past>,
}

/// What a key did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The line goes on.
    Typing,
    /// The line is done and shall be run.
    Run(String),
    /// The line is given up.
    Closed,
}

/// Candidates being gone through.
#[derive(Clone, Debug)]
struct Turn {
    /// What was typed before the first.
    typed: String,
    /// Which one is shown; none: what was typed.
    at: Option<usize>,
}

impl Prompt {
    /// A line with a beginning.
    pub fn new(text: &str, known: &dyn Known) -> Self {
        Self { input: Input::new(text), offered: complete(text, known), ..Self::default() }
    }

    /// Takes a key. `history` is what was typed before, oldest first.
    pub fn handle(&mut self, key: KeyEvent, known: &dyn Known, history: &[String]) -> Outcome {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter => return Outcome::Run(self.input.text().trim().to_owned()),
            KeyCode::Esc => return Outcome::Closed,
            KeyCode::Char('g') if ctrl => return Outcome::Closed,
            KeyCode::Backspace if self.input.is_empty() => return Outcome::Closed,
            KeyCode::Char('h') if ctrl && self.input.is_empty() => return Outcome::Closed,
            KeyCode::Tab => self.turn(known, 1),
            KeyCode::BackTab => self.turn(known, -1),
            KeyCode::Up => self.past(known, history, true),
            KeyCode::Down => self.past(known, history, false),
            KeyCode::Char('p') if ctrl => self.past(known, history, true),
            KeyCode::Char('n') if ctrl => self.past(known, history, false),
            KeyCode::Right | KeyCode::End if self.input.at_end() => self.take_ghost(known, history),
            KeyCode::Char('e' | 'f') if ctrl && self.input.at_end() => self.take_ghost(known, history),
            _ => {
                let before = self.input.text().to_owned();
                self.input.handle(key);
                if before != self.input.text() {
                    self.edited(known);
                }
            }
        }
        Outcome::Typing
    }

    /// Takes what is pasted: text, never a command.
    pub fn paste(&mut self, text: &str, known: &dyn Known) {
        self.input.paste(text);
        self.edited(known);
    }

    /// What can be typed is something else now.
    pub fn refresh(&mut self, known: &dyn Known) {
        // Candidates being gone through stay as they are.
        if self.turn.is_none() {
            self.offered = complete(self.input.text(), known);
        }
    }

    /// What would be typed next: the rest of the newest line of the past that begins so, else of the best candidate.
    pub fn ghost(&self, history: &[String]) -> Option<String> {
        let typed = self.input.text();
        if typed.is_empty() || !self.input.at_end() || self.turn.is_some() {
            return None;
        }
        let past =
            history.iter().rev().find_map(|line| line.strip_prefix(typed).filter(|rest| !rest.is_empty()));
        if let Some(rest) = past {
            return Some(rest.to_owned());
        }
        let word = typed.get(self.offered.range.clone()).filter(|word| !word.is_empty())?;
        // A candidate in another case or in quotes can not be reached by going on.
        let rest = self.offered.candidates.iter().find_map(|candidate| candidate.text.strip_prefix(word))?;
        (!rest.is_empty() && !rest.contains(char::is_whitespace)).then(|| rest.to_owned())
    }

    /// The candidates to be shown, and which of them is in the line.
    pub fn candidates(&self) -> (&[Candidate], Option<usize>) {
        (&self.offered.candidates, self.turn.as_ref().and_then(|turn| turn.at))
    }

    fn edited(&mut self, known: &dyn Known) {
        self.turn = None;
        self.past = None;
        self.refresh(known);
    }

    fn take_ghost(&mut self, known: &dyn Known, history: &[String]) {
        if let Some(rest) = self.ghost(history) {
            self.input.set(&format!("{}{rest}", self.input.text()));
            self.edited(known);
        }
    }

    fn turn(&mut self, known: &dyn Known, by: isize) {
        self.past = None;
        let typed = || Turn { typed: self.input.text().to_owned(), at: None };
        let mut turn = self.turn.take().unwrap_or_else(typed);
        let count = self.offered.candidates.len();
        if count == 0 {
            return;
        }
        // What was typed is one more stop on the way round.
        turn.at = match turn.at {
            None if by > 0 => Some(0),
            None => Some(count - 1),
            Some(at) => at.checked_add_signed(by).filter(|at| *at < count),
        };
        let shown = turn.at.and_then(|at| self.offered.candidates.get(at));
        match shown {
            // The only one is final, so that the next Tab is for the next word.
            Some(only) if count == 1 => {
                self.input.set(&self.offered.line(&turn.typed, only));
                self.refresh(known);
            }
            Some(candidate) => {
                let line = self.offered.line(&turn.typed, candidate);
                self.input.set(line.trim_end());
                self.turn = Some(turn);
            }
            None => {
                self.input.set(&turn.typed);
                self.turn = Some(turn);
            }
        }
    }

    fn past(&mut self, known: &dyn Known, history: &[String], older: bool) {
        self.turn = None;
        if let Some(line) = Past::step(&mut self.past, self.input.text(), history, older) {
            self.input.set(&line);
        }
        self.refresh(known);
    }
}

#[cfg(test)]
mod tests {
    use super::{super::completion::tests::Few, *};
    use crate::tui::keymap::Chord;

    const PAST: [&str; 3] = ["theme dark", "routes shop", "theme nord"];

    fn press(prompt: &mut Prompt, keys: &str) -> Outcome {
        let history = PAST.map(str::to_owned);
        let mut outcome = Outcome::Typing;
        for word in keys.split(' ').filter(|word| !word.is_empty()) {
            let chords = match Chord::parse(word) {
                Some(chord) => vec![chord],
                None => word.chars().filter_map(|c| Chord::parse(&c.to_string())).collect(),
            };
            for chord in chords {
                outcome = prompt.handle(chord.event(), &Few, &history);
            }
        }
        outcome
    }

    #[test]
    fn keys_complete_and_recall() {
        let cases = [
            ("the tab", "theme ", "the only candidate, and on to its argument"),
            ("the tab tab", "theme nord", "the first argument"),
            ("the tab tab tab", "theme dark", "the next one"),
            ("the tab backtab", "theme \"my own\"", "the last one"),
            ("r tab tab tab", "httproutes", "those that hold it come after"),
            ("r tab tab tab tab", "r", "what was typed, on the way round"),
            ("r tab tab tab tab tab", "routes", "and round again"),
            ("r tab x", "routesx", "typing goes on from there"),
            ("up", "theme nord", "the newest"),
            ("up up", "routes shop", "the one before"),
            ("up up up up up", "theme dark", "no further than the oldest"),
            ("the up up", "theme dark", "only those that begin so"),
            ("the up up down down", "the", "back to what was typed"),
            ("rou right", "routes shop", "the ghost is of the past first"),
            ("reh right", "rehearsal", "else of the names"),
            ("reh left right", "reh", "within the line it is a step"),
            ("x right", "x", "no ghost"),
        ];
        for (keys, expected, why) in cases {
            let mut prompt = Prompt::new("", &Few);
            assert_eq!(press(&mut prompt, keys), Outcome::Typing, "{keys}");
            assert_eq!(prompt.input.text(), expected, "{keys}: {why}");
        }
    }

    #[test]
    fn a_line_ends_in_a_run_or_in_nothing() {
        let cases = [
            ("q enter", Outcome::Run("q".into()), "run"),
            ("enter", Outcome::Run(String::new()), "nothing to run"),
            ("q esc", Outcome::Closed, "given up"),
            ("q ctrl-g", Outcome::Closed, "given up"),
            ("backspace", Outcome::Closed, "nothing left to take away"),
            ("q backspace", Outcome::Typing, "something was left"),
        ];
        for (keys, expected, why) in cases {
            let mut prompt = Prompt::new("", &Few);
            let history = PAST.map(str::to_owned);
            let mut outcome = Outcome::Typing;
            for word in keys.split(' ') {
                let event = if word == "backspace" {
                    KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE)
                } else {
                    Chord::parse(word).unwrap().event()
                };
                outcome = prompt.handle(event, &Few, &history);
            }
            assert_eq!(outcome, expected, "{keys}: {why}");
        }
    }

    #[test]
    fn the_ghost_is_what_the_right_key_would_type() {
        let history = PAST.map(str::to_owned);
        let cases = [
            ("the", Some("me nord"), "the newest that begins so"),
            ("theme d", Some("ark"), "of the past"),
            ("theme n", Some("ord"), "of the past"),
            ("re", Some("hearsal"), "a name"),
            ("routes a", Some("ll"), "an argument"),
            ("theme nord", None, "all is there"),
            ("TH", None, "in another case it can not go on"),
            ("theme m", None, "nor into quotes"),
            ("", None, "nothing typed"),
        ];
        for (typed, expected, why) in cases {
            assert_eq!(Prompt::new(typed, &Few).ghost(&history).as_deref(), expected, "{typed}: {why}");
        }
    }

    /// Counts how often it is asked.
    #[derive(Default)]
    struct Counting(std::cell::Cell<usize>);

    impl Known for Counting {
        fn names(&self) -> Vec<Candidate> {
            self.0.set(self.0.get() + 1);
            Few.names()
        }

        fn arguments(&self, name: &str, before: &[String], word: &str) -> Vec<Candidate> {
            self.0.set(self.0.get() + 1);
            Few.arguments(name, before, word)
        }
    }

    #[test]
    fn what_can_be_typed_is_worked_out_once_for_each_text_and_not_to_be_drawn() {
        let known = Counting::default();
        let history = PAST.map(str::to_owned);
        let mut prompt = Prompt::new("", &known);
        let cases = [
            ("r", 2, "another text"),
            ("left", 2, "the same text"),
            ("right", 2, "the same text"),
            ("tab", 2, "what was offered is gone through"),
            ("tab", 2, "on"),
            ("x", 3, "another text"),
            ("up", 4, "a line of the past"),
        ];
        for (key, asked, why) in cases {
            prompt.handle(Chord::parse(key).unwrap().event(), &known, &history);
            for _ in 0..3 {
                let _ = (prompt.ghost(&history), prompt.candidates());
            }
            assert_eq!(known.0.get(), asked, "{key}: {why}");
        }
        prompt.refresh(&known);
        assert_eq!(known.0.get(), 5, "and when there is something else to type");
    }
}
