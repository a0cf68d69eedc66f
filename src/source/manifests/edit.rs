//! Edits of fields: tried on the text, shown as a diff, written so that every other byte stays.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError},
};

use super::{
    FileId, FileState, Manifests, diff,
    input::{self, Digest, Stamp, Text},
    save, splice,
};
use crate::{
    resource::{Key, Object, Origin},
    source::yaml::{Document, Reader, parse_path},
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
    /// A document that can not be edited as a whole, or a text that can not stand in its place.
    #[error("{object}: {why}")]
    #[allow(missing_docs)]
    Document { object: Key, why: String },
    /// Reading or writing failed.
    #[error("failed to write {}", .0.display())]
    Io(PathBuf, #[source] std::io::Error),
}

/// The text of the file that was looked at last, so that many questions about it read it once.
#[derive(Debug)]
pub(super) struct Cached {
    path: Arc<Path>,
    stamp: Stamp,
    digest: Digest,
    text: Arc<str>,
}

impl Manifests {
    /// Tries an edit on the text; nothing is written.
    ///
    /// # Errors
    /// See [`EditError`].
    pub fn plan(&self, edit: &Edit) -> Result<Planned, EditError> {
        let (_, file, object) = self.editable(edit)?;
        let text = self.text_of(file)?;
        let cuts = splice::cuts(&text, object, edit)?;
        let diff = diff::unified(&text, &cuts, &file.path);
        let edit = match (edit.texts(), cuts.first()) {
            // As it will stand there, so that it can be found there when it is taken back.
            (Some((old, _)), Some(cut)) => {
                Edit::of_document(edit.object.clone(), old.to_owned(), cut.new.clone())
            }
            _ => edit.clone(),
        };
        Ok(Planned { edit, diff, file: file.path.to_path_buf() })
    }

    /// Writes a planned edit, unless the file changed since it was read. Gives the object's change, and a change of
    /// each object behind it in the file whose line moved.
    ///
    /// What is written is what the diff showed: a plan made on an earlier text is refused.
    ///
    /// # Errors
    /// See [`EditError`].
    pub fn apply(&mut self, planned: &Planned) -> Result<Vec<Change>, EditError> {
        let (id, file, object) = self.editable(&planned.edit)?;
        let text = self.text_of(file)?;
        let cuts = splice::cuts(&text, object, &planned.edit)?;
        if diff::unified(&text, &cuts, &file.path) != planned.diff {
            return Err(EditError::Changed(file.path.to_path_buf()));
        }
        let new = splice::apply(&text, &cuts);
        let mut next = match &file.text {
            Text::File(digest) => {
                let stamp = save::save(&file.path, new.as_bytes(), *digest)?;
                FileState::of(&file.path, &new, Text::File(Digest::of(new.as_bytes())), Some(stamp))
            }
            Text::Once(_) | Text::Memory(_) => {
                FileState::of(&file.path, &new, Text::Memory(new.as_str().into()), None)
            }
        };
        // Whatever else is wrong in this file was wrong before and has been told.
        next.broken = false;
        let id = id.clone();
        Ok(self.replace(vec![(id, Some(next))], &mut Vec::new()))
    }

    /// The line of a field in the text that was read; of its nearest parent when the field is not written.
    ///
    /// None when the file is no longer what was read, or when the path is no path.
    pub fn line_of(&self, origin: &Origin, field: &str) -> Option<u32> {
        let steps = parse_path(field)?;
        let (text, start) = self.text_at(origin)?;
        let document = document(&text, start)?;
        let node = splice::spot(&document, origin.item)?;
        let tree = &document.tree;
        let first = splice::first_line(tree, node)?;
        let found = tree.follow(node, &steps);
        let line = match found.member {
            Some(member) => member.key_place.line,
            None if found.steps == 0 => first,
            None => tree.node(found.child)?.place.line,
        };
        Some(origin.line.saturating_add(line).saturating_sub(first))
    }

    /// The text of the file of an object, and where the object's document begins in it.
    pub(super) fn text_at(&self, origin: &Origin) -> Option<(Arc<str>, usize)> {
        let file = self.files.values().find(|file| file.path == origin.file && !file.stale)?;
        Some((self.text_of(file).ok()?, start_of(file, origin)?))
    }

    /// The object and its file, if its text can be edited.
    pub(super) fn editable(&self, edit: &Edit) -> Result<(&FileId, &FileState, &Arc<Object>), EditError> {
        let found = self.files.iter().rev().find_map(|(id, file)| {
            let object = file.objects.iter().rev().find(|object| object.key == edit.object)?;
            Some((id, file, object))
        });
        let Some((id, file, object)) = found else { return Err(EditError::NoOrigin(edit.object.clone())) };
        if matches!(file.text, Text::Once(_)) {
            return Err(EditError::Unsupported {
                object: edit.object.clone(),
                field: edit.fields.first().map_or_else(String::new, |field| field.field.clone()),
                why: "it was read from standard input or a pipe, which can not be written back; give the file with -f"
                    .to_owned(),
            });
        }
        if file.stale { Err(EditError::Changed(file.path.to_path_buf())) } else { Ok((id, file, object)) }
    }

    /// The text that a file's objects were read from, if it is still there.
    pub(super) fn text_of(&self, file: &FileState) -> Result<Arc<str>, EditError> {
        let digest = match &file.text {
            Text::Once(text) | Text::Memory(text) => return Ok(Arc::clone(text)),
            Text::File(digest) => digest,
        };
        let failed = |error| EditError::Io(file.path.to_path_buf(), error);
        let changed = || EditError::Changed(file.path.to_path_buf());
        let stamp = Stamp::of(&fs::metadata(&file.path).map_err(failed)?);
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cached) = &*cache
            && cached.path == file.path
            && cached.digest == *digest
            && cached.stamp.still(&stamp)
        {
            return Ok(Arc::clone(&cached.text));
        }
        let bytes = input::read_file(&file.path).map_err(|_| changed())?;
        if Digest::of(&bytes) != *digest {
            return Err(changed());
        }
        let text: Arc<str> = input::text(&bytes, &file.path).map_err(|_| changed())?.into();
        *cache =
            Some(Cached { path: Arc::clone(&file.path), stamp, digest: *digest, text: Arc::clone(&text) });
        Ok(text)
    }
}

/// Where the object's document begins now: an edit before it on the same line numbers moves only its offset.
fn start_of(file: &FileState, origin: &Origin) -> Option<usize> {
    let origins = || file.objects.iter().filter_map(|object| object.origin.as_ref());
    let exact = origins().find(|known| *known == origin);
    let known =
        exact.or_else(|| origins().find(|known| known.line == origin.line && known.item == origin.item))?;
    usize::try_from(known.start).ok()
}

/// Reads the document that begins at a byte. Lines count from its beginning.
pub(super) fn document(text: &str, start: usize) -> Option<Document<'_>> {
    Reader::new(text.get(start..)?, start, 1).next()?.ok()
}
