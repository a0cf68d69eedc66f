//! The append-only record of every change made: JSON lines, the inverse on disk before the change.
//!
//! A change is three steps: [`Journal::intend`] writes what will be done and how to take it back, the change is
//! made, [`Journal::settle`] writes how it ended. A line `intended` without an end tells of a crash between.
//! Earlier sessions' lines are kept and not read.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::PathBuf,
};

use serde_json::{Value, json};

use crate::{resource::Key, source::Edit};

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

/// How a change stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Written down, not yet made; after a crash it may have been.
    Intended,
    /// Made.
    Done,
    /// Not made, and why.
    Failed(String),
}

/// The record of this session, on disk when a path is given.
#[derive(Debug, Default)]
pub struct Journal {
    entries: Vec<Entry>,
    states: Vec<State>,
    file: Option<(PathBuf, File)>,
}

/// A record that can not be kept. Then no change is made.
#[derive(Debug, thiserror::Error)]
#[error("failed to write the journal {}", path.display())]
pub struct JournalError {
    /// The journal's file.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub source: io::Error,
}

impl Journal {
    /// Opens the record, making its folder and file (for this user only) if need be. Without a path it lives in
    /// memory.
    ///
    /// # Errors
    /// The file can not be opened for writing.
    pub fn open(path: Option<PathBuf>) -> Result<Self, JournalError> {
        let Some(path) = path else { return Ok(Self::default()) };
        match open_file(&path) {
            Ok(file) => Ok(Self { file: Some((path, file)), ..Self::default() }),
            Err(source) => Err(JournalError { path, source }),
        }
    }

    /// All entries, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How an entry stands.
    pub fn state(&self, entry: usize) -> Option<&State> {
        self.states.get(entry)
    }

    /// Writes down a change before it is made. Gives its number, for [`Journal::settle`].
    ///
    /// # Errors
    /// The line did not reach the disk: then the change must not be made.
    pub fn intend(&mut self, entry: Entry) -> Result<usize, JournalError> {
        let number = self.entries.len();
        let mut line = json!({
            "at": entry.at.to_string(),
            "entry": number,
            "state": "intended",
            "who": entry.who,
            "summary": entry.summary,
            "edit": edit_value(&entry.edit),
            "inverse": edit_value(&entry.edit.inverse()),
        });
        if let (Some(of), Some(line)) = (entry.undo_of, line.as_object_mut()) {
            line.insert("undo_of".to_owned(), of.into());
        }
        self.write(&line)?;
        self.entries.push(entry);
        self.states.push(State::Intended);
        Ok(number)
    }

    /// Writes down how a change ended: `failure` is why it was not made.
    ///
    /// # Errors
    /// The line did not reach the disk. In memory the entry is settled all the same.
    pub fn settle(
        &mut self,
        entry: usize,
        at: jiff::Timestamp,
        failure: Option<&str>,
    ) -> Result<(), JournalError> {
        if let Some(state) = self.states.get_mut(entry) {
            *state = failure.map_or(State::Done, |why| State::Failed(why.to_owned()));
        }
        let line = match failure {
            None => json!({ "at": at.to_string(), "entry": entry, "state": "done" }),
            Some(why) => json!({ "at": at.to_string(), "entry": entry, "state": "failed", "error": why }),
        };
        self.write(&line)
    }

    /// The newest change that was made and not taken back, of one object when it is given: what undo takes back.
    ///
    /// An undo is itself no change to take back, so undo after undo goes further into the past. A change whose
    /// undo failed can be taken back again.
    pub fn undoable(&self, object: Option<&Key>) -> Option<usize> {
        let done = |index: &usize| self.states.get(*index) == Some(&State::Done);
        let undone: Vec<usize> = (0..self.entries.len())
            .filter(done)
            .filter_map(|index| self.entries.get(index)?.undo_of)
            .collect();
        (0..self.entries.len()).rev().filter(done).find(|index| {
            self.entries.get(*index).is_some_and(|entry| {
                entry.undo_of.is_none()
                    && !undone.contains(index)
                    && object.is_none_or(|object| entry.edit.object == *object)
            })
        })
    }

    /// The entry that takes back another: not yet written down.
    pub fn undo_entry(&self, of: usize, at: jiff::Timestamp, who: &str) -> Option<Entry> {
        let entry = self.entries.get(of)?;
        Some(Entry {
            at,
            who: who.to_owned(),
            summary: format!("taken back: {}", entry.summary),
            edit: entry.edit.inverse(),
            undo_of: Some(of),
        })
    }

    /// One line, in one write, on disk before this returns.
    fn write(&mut self, line: &Value) -> Result<(), JournalError> {
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        let line = format!("{line}\n");
        let written = file.write_all(line.as_bytes()).and_then(|()| file.sync_data());
        written.map_err(|source| JournalError { path: path.clone(), source })
    }
}

fn open_file(path: &std::path::Path) -> io::Result<File> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn edit_value(edit: &Edit) -> Value {
    let Edit { object, fields } = edit;
    let fields: Vec<Value> = fields
        .iter()
        .map(|field| json!({ "field": field.field, "old": field.old, "new": field.new }))
        .collect();
    json!({
        "group": object.kind.group(),
        "kind": object.kind.name(),
        "namespace": &*object.namespace,
        "name": &*object.name,
        "fields": fields,
    })
}

#[cfg(test)]
mod tests;
