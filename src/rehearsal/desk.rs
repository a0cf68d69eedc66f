//! Edits of weights: planned, written and taken back, each with its entry in the journal.

use crate::{
    resource::Key,
    rollout::{Entry, WeightPlan},
    source::{Edit, EditError, Manifests, Planned},
    world::Change,
};

use super::record::Record;

/// Why nothing is written by a rehearsal that only reads.
const READ_ONLY: &str = "this rehearsal was started read-only";

/// What may be edited, and by whom.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) record: Record,
    pub(super) writable: bool,
    pub(super) who: String,
}

impl Desk {
    /// The diff of a change of weights.
    pub(super) fn plan(&self, manifests: &Manifests, plan: &WeightPlan) -> Result<Planned, EditError> {
        manifests.plan(&plan.edit())
    }

    /// Makes a planned change. Its entry stands in the journal before the file is touched.
    pub(super) fn apply(
        &mut self,
        manifests: &mut Manifests,
        planned: &Planned,
        summary: String,
        undo_of: Option<usize>,
        at: jiff::Timestamp,
    ) -> Result<Vec<Change>, EditError> {
        if !self.writable {
            return Err(refused(&planned.edit));
        }
        let entry =
            Entry { at, who: self.who.clone(), summary, edit: planned.edit.clone(), undo_of };
        self.record.begin(entry).map_err(|error| EditError::Io(self.record.path(), error))?;
        match manifests.apply(planned) {
            Ok(changes) => {
                self.record.done();
                Ok(changes)
            }
            Err(error) => {
                self.record.failed();
                Err(error)
            }
        }
    }

    /// Takes back the newest change that has not been taken back: of a route, or of any.
    pub(super) fn undo(
        &mut self,
        manifests: &mut Manifests,
        route: Option<&Key>,
        at: jiff::Timestamp,
    ) -> Result<(String, Vec<Change>), String> {
        if !self.writable {
            return Err(READ_ONLY.to_owned());
        }
        let entries = self.record.entries();
        let taken_back = |nth: usize| entries.iter().any(|entry| entry.undo_of == Some(nth));
        let newest = entries.iter().enumerate().rev().find(|(nth, entry)| {
            entry.undo_of.is_none()
                && !taken_back(*nth)
                && route.is_none_or(|route| entry.edit.object == *route)
        });
        let Some((nth, entry)) = newest else {
            return Err(match route {
                Some(route) => format!("no change of {route} is left to take back"),
                None => "no change is left to take back".to_owned(),
            });
        };
        let summary = format!("took back {} of {}", entry.summary, entry.edit.object);
        let planned = manifests.plan(&entry.edit.inverse()).map_err(|error| chain(&error))?;
        let changes = self
            .apply(manifests, &planned, summary.clone(), Some(nth), at)
            .map_err(|error| chain(&error))?;
        Ok((summary, changes))
    }
}

fn refused(edit: &Edit) -> EditError {
    EditError::Unsupported {
        object: edit.object.clone(),
        field: edit.fields.first().map(|field| field.field.clone()).unwrap_or_default(),
        why: READ_ONLY.to_owned(),
    }
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(&format!(": {next}"));
        cause = next.source();
    }
    text
}
