//! Reading everything at the start, and what changed later.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    FileId, FileState, Input, Manifests,
    input::{self, Digest, Stamp, Text},
    list,
    read::{self, Read},
};
use crate::{
    resource::{Key, Object, Problem},
    world::Change,
};

impl Manifests {
    /// Reads every input for the first time.
    pub(super) fn read_all(&mut self) -> Result<(), Problem> {
        let mut seen = HashSet::new();
        for (index, input) in self.inputs.clone().into_iter().enumerate() {
            match input {
                Input::BuiltIn { name, text } => {
                    let state = FileState::of(Path::new(name), text, Text::Memory(text.into()), None);
                    self.files.insert((index, name.into()), state);
                }
                Input::Stdin => {
                    let name = Path::new("-");
                    if self.inputs.iter().take(index).any(|input| *input == Input::Stdin) {
                        continue;
                    }
                    let bytes = input::read(io::stdin().lock(), 0, name)?;
                    self.files.insert((index, name.into()), FileState::once(name, &bytes));
                }
                Input::Path(path) => {
                    let meta = fs::metadata(&path).map_err(|error| input::unreadable(&path, &error))?;
                    if !meta.is_dir() && !meta.is_file() {
                        // A pipe, as `-f <(helm template …)` gives: it can be read only once.
                        let bytes = input::read_file(&path)?;
                        self.files.insert((index, path.clone()), FileState::once(&path, &bytes));
                        continue;
                    }
                    // What was named must be readable; a file that lies in a folder is told and left out.
                    if meta.is_file() {
                        fs::File::open(&path).map_err(|error| input::unreadable(&path, &error))?;
                    }
                    for file in walk(&path, meta.is_dir(), &mut seen, &mut self.walk_problems)? {
                        let state = FileState::read(&file);
                        self.files.insert((index, file), state);
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads again what changed on disk and gives the changes of objects; refusals are told and keep the old objects.
    ///
    /// A file with any error keeps all its objects of before. A problem is told once, until its file changes again.
    /// An object whose text stays but whose line moved is given too; one that moved by bytes on the same line is not.
    pub fn refresh(&mut self) -> (Vec<Change>, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut renewed: Vec<(FileId, Option<FileState>)> = Vec::new();
        let (present, kept) = self.list_again(&mut problems);
        for (id, file) in &self.files {
            let on_disk = matches!(file.text, Text::File(_));
            if on_disk && !present.contains(id) && !kept.contains(id) {
                renewed.push((id.clone(), None));
            }
        }
        for id in present {
            let stamp = fs::metadata(&id.1).ok().map(|meta| Stamp::of(&meta));
            let before = self.files.get_mut(&id);
            if let (Some(before), Some(now)) = (&before, &stamp)
                && before.stamp.as_ref().is_some_and(|stamp| stamp.still(now))
            {
                continue;
            }
            let next = FileState::read(&id.1);
            match before {
                Some(before) if before.same_text(&next) => before.stamp = next.stamp,
                _ => renewed.push((id, Some(next))),
            }
        }
        let changes = self.replace(renewed, &mut problems);
        (changes, problems)
    }

    /// The files that are there now, and those of which that can not be told: they keep what they held.
    fn list_again(&mut self, told: &mut Vec<Problem>) -> (BTreeSet<FileId>, BTreeSet<FileId>) {
        let mut present = BTreeSet::new();
        let mut kept = BTreeSet::new();
        let mut seen = HashSet::new();
        let mut problems = Vec::new();
        for (index, input) in self.inputs.iter().enumerate() {
            let Input::Path(path) = input else { continue };
            if self.files.get(&(index, path.clone())).is_some_and(|file| !matches!(file.text, Text::File(_)))
            {
                continue;
            }
            let found = fs::metadata(path)
                .map_err(|error| input::unreadable(path, &error))
                .and_then(|meta| walk(path, meta.is_dir(), &mut seen, &mut problems));
            match found {
                Ok(files) => present.extend(files.into_iter().map(|file| (index, file))),
                Err(problem) => {
                    problems.push(problem.fix("what was read before stays until it is back"));
                    kept.extend(self.files.keys().filter(|id| id.0 == index).cloned());
                }
            }
        }
        let lost = |file: &Path| {
            let unreadable = problems.iter().filter(|problem| problem.code == "unreadable");
            unreadable.filter_map(|problem| problem.file.as_deref()).any(|at| file.starts_with(at))
        };
        kept.extend(self.files.keys().filter(|id| lost(&id.1)).cloned());
        told.extend(problems.iter().filter(|problem| !self.walk_problems.contains(problem)).cloned());
        self.walk_problems = problems;
        (present, kept)
    }

    /// Takes new states of files (`None`: gone) and says what that changes.
    pub(super) fn replace(
        &mut self,
        renewed: Vec<(FileId, Option<FileState>)>,
        problems: &mut Vec<Problem>,
    ) -> Vec<Change> {
        let touched: HashSet<Key> = renewed
            .iter()
            .flat_map(|(id, next)| {
                let before = self.files.get(id).map_or(&[][..], |file| &file.objects);
                let after = next.as_ref().map_or(&[][..], |file| &file.objects);
                before.iter().chain(after).map(|object| object.key.clone())
            })
            .collect();
        let touched: HashSet<&Key> = touched.iter().collect();
        let before: HashMap<Key, Arc<Object>> = self
            .winners(Some(&touched))
            .into_iter()
            .map(|(_, object)| (object.key.clone(), Arc::clone(object)))
            .collect();
        for (id, next) in renewed {
            match next {
                None => drop(self.files.remove(&id)),
                Some(next) => self.take(id, next, problems),
            }
        }
        self.tell_duplicates(&touched, problems);
        let after = self.winners(Some(&touched));
        let mut gone: HashSet<&Key> = before.keys().collect();
        let mut changes = Vec::new();
        for (_, object) in after {
            gone.remove(&object.key);
            if before.get(&object.key).is_none_or(|before| differs(before, object)) {
                changes.push(Change::Put(Arc::clone(object)));
            }
        }
        let mut gone: Vec<Key> = gone.into_iter().cloned().collect();
        gone.sort_unstable();
        changes.extend(gone.into_iter().map(Change::Remove));
        changes
    }

    /// Takes the new state of a file, unless a part of it could not be taken and there is something to keep.
    fn take(&mut self, id: FileId, mut next: FileState, problems: &mut Vec<Problem>) {
        let before = self.files.remove(&id);
        let known = before.as_ref().map_or(&[][..], |file| &file.problems);
        problems.extend(next.problems.iter().filter(|problem| !known.contains(problem)).cloned());
        if let Some(before) = before {
            if next.broken {
                next.objects = before.objects;
                next.stale = true;
            } else {
                // What did not change keeps its place in memory, so that nobody compares it again.
                let old: HashMap<&Key, &Arc<Object>> = before.objects.iter().map(|o| (&o.key, o)).collect();
                for object in &mut next.objects {
                    if let Some(same) = old.get(&object.key).filter(|same| **same == object) {
                        *object = Arc::clone(same);
                    }
                }
            }
        }
        self.files.insert(id, next);
    }

    fn tell_duplicates(&mut self, touched: &HashSet<&Key>, problems: &mut Vec<Problem>) {
        let mut found = self.find_duplicates(Some(touched));
        for key in touched {
            let now = found.remove(*key).unwrap_or_default();
            let before = self.duplicates.remove(*key).unwrap_or_default();
            problems.extend(now.iter().filter(|problem| !before.contains(problem)).cloned());
            if !now.is_empty() {
                self.duplicates.insert((*key).clone(), now);
            }
        }
    }
}

/// Whether an object has to be given anew. An offset alone is not worth it: `line` and `item` still name its place.
fn differs(before: &Object, after: &Object) -> bool {
    let place = |object: &Object| object.origin.as_ref().map(|o| (Arc::clone(&o.file), o.line, o.item));
    before.text != after.text || before.api_version != after.api_version || place(before) != place(after)
}

/// The files of one input, without those that another input has already.
fn walk(
    path: &Path,
    folder: bool,
    seen: &mut HashSet<PathBuf>,
    problems: &mut Vec<Problem>,
) -> Result<Vec<PathBuf>, Problem> {
    let found =
        if folder { list::files(path, problems)? } else { vec![(path.to_path_buf(), real_path(path))] };
    if folder && found.is_empty() {
        let message = format!("`{}` holds no manifest", path.display());
        let mut problem = Problem::warning("empty-folder", message)
            .fix("manifests are files with the endings .yaml, .yml and .json");
        problem.file = Some(path.to_path_buf());
        problems.push(problem);
    }
    Ok(found.into_iter().filter_map(|(file, real)| seen.insert(real).then_some(file)).collect())
}

impl FileState {
    /// Whether both hold one text.
    fn same_text(&self, other: &Self) -> bool {
        match (&self.text, &other.text) {
            (Text::File(before), Text::File(now)) => before == now && self.problems == other.problems,
            (Text::File(_) | Text::Once(_) | Text::Memory(_), _) => false,
        }
    }

    /// Reads a file that is there now.
    fn read(path: &Path) -> Self {
        let stamp = fs::metadata(path).ok().map(|meta| Stamp::of(&meta));
        let bytes = input::read_file(path);
        let bytes = match &bytes {
            Ok(bytes) => bytes.as_slice(),
            Err(problem) => return Self::unread(path, stamp, Digest::of(b""), problem.clone()),
        };
        let digest = Digest::of(bytes);
        match input::text(bytes, path) {
            Ok(text) => Self::of(path, text, Text::File(digest), stamp),
            Err(problem) => Self::unread(path, stamp, digest, problem),
        }
    }

    /// A text that can be read only once.
    fn once(path: &Path, bytes: &[u8]) -> Self {
        match input::text(bytes, path) {
            Ok(text) => Self::of(path, text, Text::Once(text.into()), None),
            Err(problem) => {
                let mut state = Self::unread(path, None, Digest::of(bytes), problem);
                state.text = Text::Once("".into());
                state
            }
        }
    }

    pub(super) fn of(path: &Path, text: &str, kept: Text, stamp: Option<Stamp>) -> Self {
        let path: Arc<Path> = path.into();
        let Read { objects, problems, broken } = read::read(text, &path);
        Self { path, stamp, text: kept, objects, problems, broken, stale: false }
    }

    fn unread(path: &Path, stamp: Option<Stamp>, digest: Digest, problem: Problem) -> Self {
        let problems = vec![problem];
        let text = Text::File(digest);
        Self { path: path.into(), stamp, text, objects: Vec::new(), problems, broken: true, stale: false }
    }
}

/// The path behind symbolic links; the path itself when that can not be told.
fn real_path(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}
