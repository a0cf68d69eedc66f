//! A compiled regular expression: by automaton where that can do it, by backtracking where PCRE's syntax asks for it.
//!
//! Backtracking is bounded: an expression that would run for ever takes nothing after so many steps.

use std::{fmt, sync::Arc};

/// An expression that is not Gateway API's: PCRE, with look-around and back-references.
#[derive(Clone)]
pub struct Expression(Engine);

#[derive(Clone)]
enum Engine {
    Plain(regex::Regex),
    Backtracking(Arc<fancy_regex::Regex>),
}

/// Steps of backtracking that one question may take; nginx's own limit is of this order.
const STEPS: usize = 200_000;

/// What an expression's groups took; 0 is the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups(Vec<String>);

impl Expression {
    /// Compiles with an automaton only.
    pub(super) fn plain(regex: regex::Regex) -> Self {
        Self(Engine::Plain(regex))
    }

    /// Compiles an expression in PCRE's syntax.
    ///
    /// # Errors
    /// What the parser says.
    pub fn pcre(text: &str, limit: usize) -> Result<Self, String> {
        if let Ok(regex) = regex::RegexBuilder::new(text).size_limit(limit).nest_limit(100).build() {
            return Ok(Self::plain(regex));
        }
        let mut builder = fancy_regex::RegexBuilder::new(text);
        builder.backtrack_limit(STEPS).delegate_size_limit(limit);
        match builder.build() {
            Ok(regex) => Ok(Self(Engine::Backtracking(Arc::new(regex)))),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Whether a part of the text matches.
    pub fn is_match(&self, text: &str) -> bool {
        match &self.0 {
            Engine::Plain(regex) => regex.is_match(text),
            Engine::Backtracking(regex) => regex.is_match(text).unwrap_or(false),
        }
    }

    /// What the groups took, when a part of the text matches; a group that took no part is empty.
    pub fn groups(&self, text: &str) -> Option<Groups> {
        let all = match &self.0 {
            Engine::Plain(regex) => {
                let found = regex.captures(text)?;
                found.iter().map(|group| group.map_or("", |it| it.as_str()).to_owned()).collect()
            }
            Engine::Backtracking(regex) => {
                let found = regex.captures(text).ok()??;
                found.iter().map(|group| group.map_or("", |it| it.as_str()).to_owned()).collect()
            }
        };
        Some(Groups(all))
    }

    /// As compiled, anchors and all.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Engine::Plain(regex) => regex.as_str(),
            Engine::Backtracking(regex) => regex.as_str(),
        }
    }

    /// Whether it needs backtracking, which the standard's expressions do not have.
    pub fn is_backtracking(&self) -> bool {
        matches!(self.0, Engine::Backtracking(_))
    }
}

impl Groups {
    /// A group, from 0; empty when there is none of this number.
    pub fn get(&self, number: usize) -> &str {
        self.0.get(number).map_or("", String::as_str)
    }

    /// A text with `$1` to `$9` replaced.
    pub fn fill(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            if let Some(digit @ b'1'..=b'9') = after.bytes().next() {
                out.push_str(self.get(usize::from(digit - b'0')));
                rest = after.get(1..).unwrap_or_default();
            } else {
                out.push('$');
                rest = after;
            }
        }
        out + rest
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({:?})", self.as_str())
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Expression {}
