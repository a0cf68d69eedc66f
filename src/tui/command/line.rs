//! A `:` line in words: blanks separate, quotes keep blanks, and nothing else has a meaning of its own.

use std::ops::Range;

/// A line in words, the first of which is the name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    raw: String,
    words: Vec<Word>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    /// Without quotes.
    text: String,
    /// Where it stands in the line, with quotes.
    range: Range<usize>,
}

/// Why a line can not be cut into words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// A quote that nothing closes.
    #[error("{0} is not closed")]
    Open(char),
}

impl Line {
    /// Cuts a line; a `:` in front is not part of it.
    ///
    /// # Errors
    /// A quote that is not closed.
    pub fn parse(typed: &str) -> Result<Self, LineError> {
        let (line, open) = Self::cut(typed);
        open.map_or(Ok(line), |quote| Err(LineError::Open(quote)))
    }

    /// As [`Self::parse`], while it is being typed: an open quote goes to the end.
    pub fn typing(typed: &str) -> Self {
        Self::cut(typed).0
    }

    /// The first word; empty when there is none.
    pub fn name(&self) -> &str {
        self.words.first().map_or("", |word| &word.text)
    }

    /// The words behind the name.
    pub fn arguments(&self) -> Vec<String> {
        self.words.iter().skip(1).map(|word| word.text.clone()).collect()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// A word, the name being 0.
    pub fn word(&self, at: usize) -> Option<&str> {
        self.words.get(at).map(|word| &*word.text)
    }

    /// The line as typed from a word on.
    pub fn rest(&self, at: usize) -> &str {
        self.words.get(at).and_then(|word| self.raw.get(word.range.start..)).unwrap_or_default().trim_end()
    }

    /// Where the last word stands when the line ends in it and not behind it, and which one it is. What is typed
    /// next goes there; else it is a new word at the end of the line.
    pub fn under_end(&self) -> (usize, Range<usize>) {
        match self.words.last() {
            Some(word) if word.range.end == self.raw.len() => (self.words.len() - 1, word.range.clone()),
            Some(_) | None => (self.words.len(), self.raw.len()..self.raw.len()),
        }
    }

    fn cut(typed: &str) -> (Self, Option<char>) {
        let mut words: Vec<Word> = Vec::new();
        let mut within: Option<Word> = None;
        let mut quote = None;
        let begin = typed.len() - typed.trim_start_matches([':', ' ']).len();
        for (at, c) in typed.char_indices().skip_while(|(at, _)| *at < begin) {
            if quote.is_none() && c.is_whitespace() {
                words.extend(within.take());
                continue;
            }
            let word = within.get_or_insert_with(|| Word { text: String::new(), range: at..at });
            word.range.end = at + c.len_utf8();
            match quote {
                Some(open) if open == c => quote = None,
                // Only at the beginning of a word: an apostrophe within one is a letter.
                None if matches!(c, '"' | '\'') && word.range.start == at => quote = Some(c),
                Some(_) | None => word.text.push(c),
            }
        }
        words.extend(within);
        (Self { raw: typed.to_owned(), words }, quote)
    }
}

/// A word as it has to be typed to come out the same.
pub fn quoted(word: &str) -> String {
    let plain = !word.is_empty() && !word.contains(char::is_whitespace) && !word.starts_with(['"', '\'']);
    if plain {
        return word.to_owned();
    }
    let quote = if word.contains('"') { '\'' } else { '"' };
    format!("{quote}{word}{quote}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_at_blanks_outside_of_quotes() {
        let cases: [(&str, &[&str], &str); 9] = [
            ("theme nord", &["theme", "nord"], "a name and an argument"),
            (" : weight  app-canary 25 ", &["weight", "app-canary", "25"], "blanks and the colon go"),
            ("save \"my file\" csv", &["save", "my file", "csv"], "quotes keep blanks"),
            ("save 'say \"hi\"'", &["save", "say \"hi\""], "one quote keeps the other"),
            ("save \"\"", &["save", ""], "an empty word"),
            ("note it's", &["note", "it's"], "an apostrophe is a letter"),
            ("routes /a\\.b/", &["routes", "/a\\.b/"], "a backslash is a backslash"),
            ("q!", &["q!"], "signs are letters"),
            ("", &[], "nothing"),
        ];
        for (typed, expected, why) in cases {
            let line = Line::parse(typed).unwrap();
            let words: Vec<&str> = (0..).map_while(|at| line.word(at)).collect();
            assert_eq!(words, expected, "{why}");
            let again: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            assert_eq!(Line::parse(&again.join(" ")).unwrap().arguments(), line.arguments(), "{why}");
        }
        assert_eq!(Line::parse("save 'my").unwrap_err().to_string(), "' is not closed");
        assert_eq!(Line::typing("save 'my f").arguments(), ["my f"], "while it is being typed");
    }

    #[test]
    fn what_is_typed_next_has_a_place() {
        let cases = [
            ("", (0, 0..0), "the name"),
            (":", (0, 1..1), "the name"),
            ("the", (0, 0..3), "still the name"),
            ("theme ", (1, 6..6), "the first argument"),
            ("theme no", (1, 6..8), "still the first"),
            ("save 'my f", (1, 5..10), "within quotes"),
        ];
        for (typed, expected, why) in cases {
            assert_eq!(Line::typing(typed).under_end(), expected, "{typed}: {why}");
        }
        assert_eq!(Line::parse("svc shop /a  b ").unwrap().rest(2), "/a  b", "as typed");
    }
}
