//! What a person types to find rows: `text`, `/regex/`, `!not this`, `-l label=value`, `-f fuzzy`.
//!
//! Case never matters. A regex that is not closed yet is text, so that paths can be typed and rows do not vanish on
//! the way to the closing slash.

use memchr::memmem::Finder;
use regex::{Regex, RegexBuilder};

use super::{
    folded::{Haystack, fold},
    fuzzy::Fuzzy,
    marks::{self, Marks},
};
use crate::resource::Selector;

/// Bytes that are taken as a query: nobody types more, and a pasted file is none.
const LONGEST: usize = 1024;
/// Bytes of memory that a compiled regex may take; `\w{1000}` and its like are refused.
const LARGEST: usize = 1 << 20;

/// A query that can be asked of rows; at first one that finds all.
#[derive(Clone, Debug, Default)]
pub struct Query {
    inverse: bool,
    form: Form,
}

/// Why a text is no query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct QueryError(String);

#[derive(Clone, Debug, Default)]
enum Form {
    /// Nothing is asked yet.
    #[default]
    All,
    Text(Box<Finder<'static>>),
    Pattern(Regex),
    Labels(Selector),
    Fuzzy(Fuzzy),
}

impl Query {
    /// Reads what was typed.
    ///
    /// # Errors
    /// A regex or a label selector that can not be read, in a line that fits beside the input.
    pub fn parse(typed: &str) -> Result<Self, QueryError> {
        if typed.len() > LONGEST {
            return Err(QueryError(format!("a filter has at most {LONGEST} bytes")));
        }
        let mut rest = typed.trim_start();
        let mut inverse = false;
        while let Some(after) = rest.strip_prefix('!') {
            inverse = !inverse;
            rest = after.trim_start();
        }
        let form = Form::parse(rest)?;
        Ok(Self { inverse, form })
    }

    /// One that finds a text, whatever signs are in it.
    pub fn text(text: &str) -> Self {
        let form = if text.is_empty() {
            Form::All
        } else {
            Form::Text(Box::new(Finder::new(fold(text).as_bytes()).into_owned()))
        };
        Self { inverse: false, form }
    }

    /// One that finds letters in their order, as `-f` does.
    pub fn fuzzy(words: &str) -> Self {
        let words = words.trim();
        let form = if words.is_empty() { Form::All } else { Form::Fuzzy(Fuzzy::new(words)) };
        Self { inverse: false, form }
    }

    /// Whether it finds every row, because nothing is asked yet.
    pub fn is_all(&self) -> bool {
        matches!(self.form, Form::All)
    }

    /// Whether rows come best first and not in the order of the list.
    pub fn ranks(&self) -> bool {
        matches!(self.form, Form::Fuzzy(_)) && !self.inverse
    }

    /// Whether it looks at labels, which may be dear to come by.
    pub fn asks_labels(&self) -> bool {
        matches!(self.form, Form::Labels(_))
    }

    /// Nanoseconds that a row takes, about.
    pub fn cost(&self) -> usize {
        match self.form {
            Form::All => 2,
            Form::Text(_) => 60,
            Form::Labels(_) | Form::Pattern(_) => 200,
            Form::Fuzzy(_) => 400,
        }
    }

    /// Whether a row is found.
    pub fn matches(&self, row: &Haystack<'_>) -> bool {
        self.score(row).is_some()
    }

    /// How well a row fits, more is better; none when it is not found. Only fuzzy queries tell rows apart.
    pub fn score(&self, row: &Haystack<'_>) -> Option<u32> {
        let text = row.text;
        let score = match &self.form {
            Form::All => return Some(0),
            Form::Text(finder) => finder.find(text.as_bytes()).map(|_| 0),
            Form::Pattern(regex) => regex.is_match(text).then_some(0),
            Form::Labels(selector) => {
                let holds = match row.object {
                    Some(object) => selector.matches(object),
                    None => selector.holds(|_| None),
                };
                holds.then_some(0)
            }
            Form::Fuzzy(fuzzy) => fuzzy.score(text),
        };
        match (self.inverse, score) {
            (false, score) => score,
            (true, None) => Some(0),
            (true, Some(_)) => None,
        }
    }

    /// The letters of a cell that the query found, as bytes of `cell`: in order, apart, and never within a letter
    /// that is drawn as one. `cell` is the text as it is drawn, so cleaned, and not yet cut.
    pub fn marks(&self, cell: &str) -> Marks {
        if self.inverse {
            return Marks::new();
        }
        match &self.form {
            Form::All | Form::Labels(_) => Marks::new(),
            Form::Text(finder) => marks::of_text(finder, cell),
            Form::Pattern(regex) => marks::of_regex(regex, cell),
            Form::Fuzzy(fuzzy) => fuzzy.marks(cell),
        }
    }
}

impl Form {
    fn parse(text: &str) -> Result<Self, QueryError> {
        if let Some(pattern) = closed_regex(text.trim_end()) {
            return if pattern.is_empty() { Ok(Self::All) } else { regex(pattern).map(Self::Pattern) };
        }
        let text = text.trim_end();
        match flag(text) {
            Some(("-l" | "-f", "")) => Ok(Self::All),
            Some(("-l", labels)) => Selector::parse(labels).map(Self::Labels).map_err(QueryError),
            Some((_, words)) => Ok(Self::Fuzzy(Fuzzy::new(words))),
            None if text.is_empty() => Ok(Self::All),
            None => Ok(Self::Text(Box::new(Finder::new(fold(text).as_bytes()).into_owned()))),
        }
    }
}

/// A flag and what it is given; `-legacy` is text.
fn flag(text: &str) -> Option<(&str, &str)> {
    let (flag, rest) = text.split_at_checked(2)?;
    let apart = rest.is_empty() || rest.starts_with(char::is_whitespace);
    (matches!(flag, "-l" | "-f") && apart).then(|| (flag, rest.trim()))
}

/// What stands between two slashes, of which the last is not escaped.
fn closed_regex(text: &str) -> Option<&str> {
    let pattern = text.strip_prefix('/')?.strip_suffix('/')?;
    let escapes = pattern.bytes().rev().take_while(|byte| *byte == b'\\').count();
    escapes.is_multiple_of(2).then_some(pattern)
}

fn regex(pattern: &str) -> Result<Regex, QueryError> {
    RegexBuilder::new(pattern)
        .case_insensitive(true)
        // Each field is a line of its own.
        .multi_line(true)
        .size_limit(LARGEST)
        .dfa_size_limit(LARGEST)
        .nest_limit(50)
        .build()
        .map_err(|error| {
            QueryError(match error {
                // The library draws the pattern with a mark below; its last line says what is wrong.
                regex::Error::Syntax(drawn) => {
                    let last = drawn.lines().last().unwrap_or_default();
                    last.strip_prefix("error: ").unwrap_or(last).to_owned()
                }
                regex::Error::CompiledTooBig(_) => "the regex is too large: repeat less".to_owned(),
                other => other.to_string(),
            })
        })
}
