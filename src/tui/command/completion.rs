//! What can stand where the cursor is.

use std::{borrow::Cow, ops::Range};

use super::line::{Line, quoted};

/// What can be typed, told by who knows it.
pub trait Known {
    /// Names of commands: actions, screens, kinds, aliases.
    fn names(&self) -> Vec<Candidate>;
    /// What can stand at a place behind a name; `before` are the arguments in front of it. `word` is what stands there:
    /// who knows very many tells only those that hold it.
    fn arguments(&self, name: &str, before: &[String], word: &str) -> Vec<Candidate>;
}

/// Something that can be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The word.
    pub text: String,
    /// What it is, in few words; may be empty.
    pub help: Cow<'static, str>,
    /// Whether more words follow it.
    pub more: bool,
}

/// Candidates for a place of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// The part of the line that a candidate takes the place of.
    pub range: Range<usize>,
    /// Those that begin with what is there, then those that hold it; each in the order that they were told.
    pub candidates: Vec<Candidate>,
}

impl Candidate {
    /// A word with what it is.
    pub fn new(text: impl Into<String>, help: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into(), help: help.into(), more: false }
    }

    /// The same, followed by more words.
    #[must_use]
    pub fn with_more(mut self) -> Self {
        self.more = true;
        self
    }
}

impl Completion {
    /// The line with a candidate put in.
    pub fn line(&self, typed: &str, candidate: &Candidate) -> String {
        let before = typed.get(..self.range.start).unwrap_or_default();
        let space = if candidate.more { " " } else { "" };
        format!("{before}{}{space}", quoted(&candidate.text))
    }
}

/// What can be typed at the end of a line.
pub fn complete(typed: &str, known: &dyn Known) -> Completion {
    let line = Line::typing(typed);
    let (at, range) = line.under_end();
    let word = if range.is_empty() { "" } else { line.word(at).unwrap_or_default() };
    let all = if at == 0 {
        known.names()
    } else {
        let before: Vec<String> = line.arguments().into_iter().take(at - 1).collect();
        known.arguments(line.name(), &before, word)
    };
    Completion { range, candidates: fitting(word, all) }
}

fn fitting(word: &str, all: Vec<Candidate>) -> Vec<Candidate> {
    let lower = word.to_lowercase();
    let mut ranked: Vec<(bool, Candidate)> = all
        .into_iter()
        .filter_map(|candidate| {
            let at = candidate.text.to_lowercase().find(&lower)?;
            Some((at > 0, candidate))
        })
        .collect();
    ranked.sort_by_key(|(within, _)| *within);
    ranked.into_iter().map(|(_, candidate)| candidate).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A little of everything.
    pub struct Few;

    impl Known for Few {
        fn names(&self) -> Vec<Candidate> {
            vec![
                Candidate::new("routes", "the list of routes").with_more(),
                Candidate::new("rehearsal", "listeners and stand-ins").with_more(),
                Candidate::new("theme", "other colours").with_more(),
                Candidate::new("httproutes", "HTTPRoutes").with_more(),
                Candidate::new("q", "quit"),
            ]
        }

        fn arguments(&self, name: &str, before: &[String], _: &str) -> Vec<Candidate> {
            match (name, before.len()) {
                ("theme", 0) => ["nord", "dark", "my own"].map(|name| Candidate::new(name, "")).into(),
                ("routes", 0) => ["shop", "all"].map(|name| Candidate::new(name, "")).into(),
                _ => Vec::new(),
            }
        }
    }

    #[test]
    fn candidates_begin_with_what_is_typed_or_hold_it() {
        let cases: [(&str, &[&str], &str); 9] = [
            ("", &["routes ", "rehearsal ", "theme ", "httproutes ", "q"], "all names"),
            ("r", &["routes ", "rehearsal ", "httproutes "], "those that begin so are first"),
            ("ROU", &["routes ", "httproutes "], "case does not matter"),
            ("theme ", &["theme nord", "theme dark", "theme \"my own\""], "arguments, quoted where needed"),
            ("theme NO", &["theme nord"], "in their own case"),
            ("theme \"my", &["theme \"my own\""], "within quotes"),
            ("theme nord ", &[], "no second one"),
            ("routes s", &["routes shop"], "a namespace"),
            ("xyz", &[], "nothing"),
        ];
        for (typed, expected, why) in cases {
            let completion = complete(typed, &Few);
            let lines: Vec<String> =
                completion.candidates.iter().map(|c| completion.line(typed, c)).collect();
            assert_eq!(lines, expected, "{typed}: {why}");
        }
    }
}
