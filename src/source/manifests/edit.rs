//! Edits of fields: tried on the text, shown as a diff, written so that every other byte stays.

use std::path::PathBuf;

use super::Manifests;
use crate::{
    resource::{Key, Origin},
    world::Change,
};

/// A change of some fields of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// The object.
    pub object: Key,
    /// Its fields.
    pub fields: Vec<FieldEdit>,
}

/// A change of one scalar.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldEdit {
    /// `spec.rules[0].backendRefs[1].weight`
    pub field: String,
    /// What it must be now; `None`: not written.
    pub old: Option<serde_json::Value>,
    /// What it shall be; `None`: not written.
    pub new: Option<serde_json::Value>,
}

impl Edit {
    /// The edit that takes this one back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let fields = self
            .fields
            .iter()
            .map(|f| FieldEdit { field: f.field.clone(), old: f.new.clone(), new: f.old.clone() })
            .collect();
        Self { object: self.object.clone(), fields }
    }
}

/// An edit that has been tried on the text and not yet written.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The edit.
    pub edit: Edit,
    /// Unified diff of the file, three lines of context, to be shown before.
    pub diff: String,
    /// The file it concerns.
    pub file: PathBuf,
}

/// Why an edit can not be made.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The object did not come from here.
    #[error("{0} did not come from a file and can not be edited")]
    NoOrigin(Key),
    /// The file is not what was read.
    #[error("{} changed since it was read; nothing was written", .0.display())]
    Changed(PathBuf),
    /// The field is not as expected.
    #[error("{field} of {object} is {found}, not {expected}; nothing was written")]
    #[allow(missing_docs)]
    Unexpected { object: Key, field: String, expected: String, found: String },
    /// The text has a form that is not edited.
    #[error("{field} of {object}: {why}")]
    #[allow(missing_docs)]
    Unsupported { object: Key, field: String, why: String },
    /// Reading or writing failed.
    #[error("failed to write {}", .0.display())]
    Io(PathBuf, #[source] std::io::Error),
}

impl Manifests {
    /// Tries an edit on the text; nothing is written.
    ///
    /// # Errors
    /// See [`EditError`].
    pub fn plan(&self, edit: &Edit) -> Result<Planned, EditError> {
        let _ = edit;
        unimplemented!()
    }

    /// Writes a planned edit, unless the file changed since it was read. Gives the object's change.
    ///
    /// # Errors
    /// See [`EditError`].
    pub fn apply(&mut self, planned: &Planned) -> Result<Vec<Change>, EditError> {
        let _ = planned;
        unimplemented!()
    }

    /// The line of a field in the text that was read; of its nearest parent when the field is not written.
    pub fn line_of(&self, origin: &Origin, field: &str) -> Option<u32> {
        let _ = (origin, field);
        unimplemented!()
    }
}
