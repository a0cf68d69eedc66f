//! Regular expressions of routes: anchored as their API says, and bounded.

use std::sync::Arc;

use regex::RegexBuilder;

use super::Expression;

/// What one expression may take when compiled, in bytes. `\w{1,64}` needs about a third.
const LIMIT: usize = 4 << 20;
/// The longest value that any field of Gateway API v1.7 with an expression allows, in bytes.
const LONGEST: usize = 4096;

/// A compiled expression over the path.
#[derive(Clone, Debug)]
pub struct PathPattern {
    /// As the user wrote it.
    pub written: Arc<str>,
    /// Compiled with its anchors: whole path (Gateway API), or anchored at the start and case-insensitive (ingress-nginx).
    pub regex: Expression,
    /// The greater is tried first: the length of what was written, unless the dialect has an order of its own.
    pub order: usize,
}

/// Why an expression is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPattern {
    /// Not in the syntax of RE2 (without look-around and back-references).
    #[error("regular expression `{written}`: {message}")]
    Syntax {
        /// The expression.
        written: String,
        /// What the parser says.
        message: String,
    },
    /// It would take too much memory.
    #[error(
        "regular expression `{written}` is too big: compiled it takes more than {limit} bytes; repeat less"
    )]
    Size {
        /// The expression.
        written: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// It is too long to be shown or compiled.
    #[error("regular expression of {length} bytes is too long: at most {limit} are possible")]
    Length {
        /// Its length in bytes.
        length: usize,
        /// The limit in bytes.
        limit: usize,
    },
}

impl PathPattern {
    /// Gateway API `RegularExpression`: the whole path must match.
    ///
    /// # Errors
    /// [`InvalidPattern`]
    pub fn whole(written: &str) -> Result<Self, InvalidPattern> {
        Ok(Self { written: written.into(), regex: compile(written, "^(?:", ")$")?, order: written.len() })
    }

    /// ingress-nginx `location ~* "^PATH"`: case-insensitive, open at the end. As there, the anchor belongs to the
    /// first alternative only.
    ///
    /// # Errors
    /// [`InvalidPattern`]
    pub fn start(written: &str) -> Result<Self, InvalidPattern> {
        if written.len() > LONGEST {
            return Err(InvalidPattern::Length { length: written.len(), limit: LONGEST });
        }
        let regex = Expression::pcre(&format!("(?i)^{written}"), LIMIT).map_err(|message| {
            InvalidPattern::Syntax { written: written.into(), message: last_line(&message) }
        })?;
        Ok(Self { written: written.into(), regex, order: written.len() })
    }
}

impl PartialEq for PathPattern {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written && self.regex == other.regex && self.order == other.order
    }
}

impl Eq for PathPattern {}

/// Compiles an expression between anchors. It must be one by itself: `a)|(b` can not escape from `^(?:…)$`.
pub(in crate::routing) fn compile(
    written: &str,
    before: &str,
    after: &str,
) -> Result<Expression, InvalidPattern> {
    if written.len() > LONGEST {
        return Err(InvalidPattern::Length { length: written.len(), limit: LONGEST });
    }
    let build = |text: &str| RegexBuilder::new(text).size_limit(LIMIT).nest_limit(100).build();
    let built = build(written).and_then(|_| build(&format!("{before}{written}{after}")));
    built.map(Expression::plain).map_err(|error| {
        let written = written.to_owned();
        match error {
            regex::Error::CompiledTooBig(limit) => InvalidPattern::Size { written, limit },
            other => InvalidPattern::Syntax { written, message: last_line(&other.to_string()) },
        }
    })
}

/// The regex crate draws its errors over several lines; the last one says it.
fn last_line(drawing: &str) -> String {
    let line = drawing.lines().next_back().unwrap_or_default().trim();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}
