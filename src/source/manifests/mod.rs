//! Manifests: files, folders, standard input and built-in texts, read, watched, and edited in place.
//!
//! A file that does not parse keeps its last good objects and is told with its line. Every kind is kept.
//! An edit changes only the bytes of the fields it names. Members that are null are left out of an object's text,
//! as an API server leaves them out; so are `metadata.managedFields` and the last-applied annotation.

#![allow(
    clippy::result_large_err,
    reason = "a problem is made once for a file at most, and carries its place"
)]

mod bulk;
mod cut;
mod diff;
mod edit;
mod input;
mod lines;
mod list;
mod object;
mod read;
mod refresh;
mod save;
mod splice;
mod whole;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use crate::resource::{Key, Object, Problem};
pub use bulk::{Head, heads, load};
pub use edit::{Edit, EditError, FieldEdit, Planned};
use input::{Stamp, Text};
pub use lines::Lines;
pub use save::put;
pub use whole::Passage;

/// One `-f`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file, or a folder read with its sub-folders (`*.yaml`, `*.yml`, `*.json`).
    Path(PathBuf),
    /// Standard input.
    Stdin,
    /// A text that is built in; edits stay in memory.
    BuiltIn {
        /// Shown as its file name.
        name: &'static str,
        /// The text.
        text: &'static str,
    },
}

/// What was read at the start.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// All objects; of two with one key the last, the others are told.
    pub objects: Vec<Arc<Object>>,
    /// What did not parse, duplicates, documents without a kind, …
    pub problems: Vec<Problem>,
    /// Number of files read.
    pub files: usize,
}

/// The files of a source and what they held when last read.
#[derive(Debug, Default)]
pub struct Manifests {
    inputs: Vec<Input>,
    /// By input and path, which is the order in which objects of one key override each other.
    files: BTreeMap<FileId, FileState>,
    /// Folders that could not be listed, and inputs that went away: told once.
    walk_problems: Vec<Problem>,
    /// Objects that stand in more than one place, as told.
    duplicates: HashMap<Key, Vec<Problem>>,
    cache: Mutex<Option<edit::Cached>>,
}

/// Position of the input and the file's path.
type FileId = (usize, PathBuf);

/// One file as it was when last read.
#[derive(Debug)]
struct FileState {
    /// Shared by the origins of the file's objects.
    path: Arc<Path>,
    /// How the file looked from outside; none when it has no outside.
    stamp: Option<Stamp>,
    text: Text,
    /// In the order of the text, duplicates included.
    objects: Vec<Arc<Object>>,
    /// What was told of the newest text.
    problems: Vec<Problem>,
    /// True when a part of the newest text could not be taken.
    broken: bool,
    /// True when the objects are those of an earlier text, because the newest is broken.
    stale: bool,
}

impl Manifests {
    /// Reads all inputs.
    ///
    /// # Errors
    /// An input that can not be read at all: no such file, no permission, standard input broken.
    pub fn open(inputs: &[Input]) -> Result<(Self, Loaded), Problem> {
        let mut manifests = Self { inputs: inputs.to_vec(), ..Self::default() };
        manifests.read_all()?;
        let objects = manifests.winners(None).into_iter().map(|(_, object)| Arc::clone(object)).collect();
        manifests.duplicates = manifests.find_duplicates(None);
        let problems = manifests.problems();
        let loaded = Loaded { objects, problems, files: manifests.files.len() };
        Ok((manifests, loaded))
    }

    /// Every problem of the texts as they are now, in the order of the files.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = self.walk_problems.clone();
        problems.extend(self.files.values().flat_map(|file| file.problems.iter().cloned()));
        let mut duplicates: Vec<_> = self.duplicates.iter().collect();
        duplicates.sort_unstable_by_key(|(key, _)| *key);
        problems.extend(duplicates.into_iter().flat_map(|(_, told)| told.iter().cloned()));
        problems
    }

    /// Files and folders to watch, as they were given, and what lies behind symbolic links.
    pub fn roots(&self) -> Vec<PathBuf> {
        let mut roots = Vec::new();
        for input in &self.inputs {
            if let Input::Path(path) = input {
                roots.push(path.clone());
                if let Ok(real) = path.canonicalize()
                    && real != *path
                {
                    roots.push(real);
                }
            }
        }
        roots.dedup();
        roots
    }

    /// The object that counts for each key: the last. With `only`, of these keys. In the order of the files.
    fn winners(&self, only: Option<&HashSet<&Key>>) -> Vec<(&FileId, &Arc<Object>)> {
        let mut last: HashMap<&Key, usize> = HashMap::new();
        let mut all: Vec<Option<(&FileId, &Arc<Object>)>> = Vec::new();
        for (id, file) in &self.files {
            for object in &file.objects {
                if only.is_some_and(|only| !only.contains(&object.key)) {
                    continue;
                }
                if let Some(before) = last.insert(&object.key, all.len())
                    && let Some(place) = all.get_mut(before)
                {
                    *place = None;
                }
                all.push(Some((id, object)));
            }
        }
        all.into_iter().flatten().collect()
    }

    /// The problems of keys that stand in more than one place.
    fn find_duplicates(&self, only: Option<&HashSet<&Key>>) -> HashMap<Key, Vec<Problem>> {
        let mut last: HashMap<&Key, &Arc<Object>> = HashMap::new();
        let mut found: HashMap<Key, Vec<Problem>> = HashMap::new();
        for object in self.files.values().flat_map(|file| &file.objects) {
            if only.is_some_and(|only| !only.contains(&object.key)) {
                continue;
            }
            if let Some(before) = last.insert(&object.key, object) {
                found.entry(object.key.clone()).or_default().push(object::duplicate(before, object));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests;
