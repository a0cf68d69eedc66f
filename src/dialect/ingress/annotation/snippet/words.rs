//! nginx's own syntax: words, quotes, blocks.

use super::{Directive, Line};

/// One directive: its words and, for a block, what is inside.
pub(super) struct Statement {
    /// The line of its first word.
    pub(super) line: u32,
    /// As written.
    pub(super) text: String,
}

impl Statement {
    pub(super) fn line(&self) -> Line {
        Line { line: self.line, directive: Directive::ByHand(self.text.clone()) }
    }
}

/// The statements of a text, and why nginx would refuse it.
pub(super) fn statements(text: &str) -> (Vec<Statement>, Vec<(u32, String)>) {
    (vec![Statement { line: 1, text: text.trim().to_owned() }], Vec::new())
}
