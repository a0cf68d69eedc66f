//! The append-only record of every change made: JSON lines, the inverse on disk before the change.

use crate::source::Edit;

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When.
    pub at: jiff::Timestamp,
    /// Who: the user name of this machine.
    pub who: String,
    /// What, in one line.
    pub summary: String,
    /// What was done.
    pub edit: Edit,
    /// Set when this entry took back an earlier one.
    pub undo_of: Option<usize>,
}

/// The record of this session, on disk when a path is given.
#[derive(Debug, Default)]
pub struct Journal {
    entries: Vec<Entry>,
}

impl Journal {
    /// All entries, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}
