//! Edits of weights: planned, written and taken back, each with its entry in the journal before the file is touched.

use std::sync::{Arc, LazyLock};

use super::in_one_line;
use crate::{
    resource::Key,
    rollout::{Entry, Journal, JournalError, State},
    source::{Edit, EditError, Manifests, Planned},
    world::Change,
};

/// Why nothing is written by a rehearsal that only reads.
const READ_ONLY: &str = "this rehearsal was started read-only";

/// What may be edited, and by whom.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) journal: Journal,
    pub(super) writable: bool,
    /// Found out when it is written down for the first time.
    pub(super) who: LazyLock<String>,
}

impl Desk {
    /// Makes a planned change.
    pub(super) fn apply(
        &mut self,
        manifests: &mut Manifests,
        planned: &Planned,
        summary: String,
        at: jiff::Timestamp,
    ) -> Result<Vec<Change>, EditError> {
        let entry = Entry { at, who: self.who.clone(), summary, edit: planned.edit.clone(), undo_of: None };
        self.make(manifests, planned, entry)
    }

    /// Takes back the newest change that has not been taken back: of a route, or of any. Gives what was done.
    pub(super) fn undo(
        &mut self,
        manifests: &mut Manifests,
        route: Option<&Key>,
        at: jiff::Timestamp,
    ) -> Result<(String, Vec<Change>), String> {
        let entry = self.way_back(route, at)?;
        let summary = entry.summary.clone();
        let planned = manifests.plan(&entry.edit).map_err(|error| in_one_line(&error))?;
        let changes = self.make(manifests, &planned, entry).map_err(|error| in_one_line(&error))?;
        Ok((summary, changes))
    }

    /// What `undo` would write.
    pub(super) fn plan_undo(&self, manifests: &Manifests, route: Option<&Key>) -> Result<Planned, String> {
        let entry = self.way_back(route, jiff::Timestamp::now())?;
        manifests.plan(&entry.edit).map_err(|error| in_one_line(&error))
    }

    /// Makes a change of something else than files, written down before. One that changes nothing is made and not written.
    ///
    /// # Errors
    /// It could not be written down; then it was not made.
    pub(super) fn record(
        &mut self,
        edit: Edit,
        summary: String,
        undo_of: Option<usize>,
        at: jiff::Timestamp,
        make: impl FnOnce(),
    ) -> Result<(), String> {
        if edit.fields.is_empty() {
            make();
            return Ok(());
        }
        let entry = Entry { at, who: self.who.clone(), summary, edit, undo_of };
        let number = self.journal.intend(entry).map_err(|error| in_one_line(&error))?;
        make();
        if let Err(error) = self.journal.settle(number, at, None) {
            tracing::warn!(error = in_one_line(&error), "the journal misses the end of a change");
        }
        Ok(())
    }

    /// The entry that takes the newest change back that has not been taken back.
    pub(super) fn way_back(&self, route: Option<&Key>, at: jiff::Timestamp) -> Result<Entry, String> {
        if !self.writable {
            return Err(READ_ONLY.to_owned());
        }
        let entry = self.journal.undoable(route).and_then(|of| self.journal.undo_entry(of, at, &self.who));
        entry.ok_or_else(|| match route {
            Some(route) => format!("no change of {route} is left to take back"),
            None => "no change is left to take back".to_owned(),
        })
    }

    /// Changes that were made, oldest first; those that failed are left out.
    pub(super) fn made(&self) -> Arc<[Entry]> {
        let entries = self.journal.entries().iter().enumerate();
        let made: Vec<_> =
            entries.filter(|(nth, _)| self.journal.state(*nth) == Some(&State::Done)).collect();
        let place = |of: usize| made.iter().position(|(nth, _)| *nth == of);
        made.iter()
            .map(|(_, entry)| Entry { undo_of: entry.undo_of.and_then(place), ..(*entry).clone() })
            .collect()
    }

    fn make(
        &mut self,
        manifests: &mut Manifests,
        planned: &Planned,
        entry: Entry,
    ) -> Result<Vec<Change>, EditError> {
        if !self.writable {
            return Err(refused(&planned.edit));
        }
        let at = entry.at;
        let number = self.journal.intend(entry).map_err(unwritten)?;
        let made = manifests.apply(planned);
        let failure = made.as_ref().err().map(|error| in_one_line(error));
        // The change is made or not; that its end could not be written down is no reason to say otherwise.
        if let Err(error) = self.journal.settle(number, at, failure.as_deref()) {
            tracing::warn!(error = in_one_line(&error), "the journal misses the end of a change");
        }
        made
    }
}

fn unwritten(error: JournalError) -> EditError {
    let JournalError { path, source } = error;
    EditError::Io(path, source)
}

fn refused(edit: &Edit) -> EditError {
    EditError::Unsupported {
        object: edit.object.clone(),
        field: edit.fields.first().map(|field| field.field.clone()).unwrap_or_default(),
        why: READ_ONLY.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_asked_who_changes_things_before_something_is_changed() {
        let asked: fn() -> String = || panic!("asked too early: it may take another program");
        let desk = Desk { journal: Journal::open(None).unwrap(), writable: true, who: LazyLock::new(asked) };
        assert!(desk.made().is_empty());
        let (manifests, _) = Manifests::open(&[]).unwrap();
        let why = desk.plan_undo(&manifests, None).unwrap_err();
        assert_eq!(why, "no change is left to take back");
    }
}
