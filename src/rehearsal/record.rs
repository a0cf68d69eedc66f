//! The journal as the desk uses it.

use std::{io, path::PathBuf};

use crate::rollout::Entry;

/// Entries of this session.
#[derive(Debug, Default)]
pub(super) struct Record {
    entries: Vec<Entry>,
}

impl Record {
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn path(&self) -> PathBuf {
        PathBuf::new()
    }

    pub(super) fn begin(&mut self, entry: Entry) -> io::Result<()> {
        self.entries.push(entry);
        Ok(())
    }

    pub(super) fn done(&mut self) {}

    pub(super) fn failed(&mut self) {
        self.entries.pop();
    }
}
