//! The manifests of a folder and its sub-folders.
//!
//! Hidden files and folders (`.git`, an editor's swap files) are left out, and so is what is neither a file nor a
//! folder. Symbolic links are followed; a folder that was already visited is not entered again.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use super::input::unreadable;
use crate::resource::Problem;

/// A walk through folders.
struct Walk<'p> {
    found: Vec<(PathBuf, PathBuf)>,
    /// As they are called, and as they are called without symbolic links.
    folders: Vec<(PathBuf, PathBuf)>,
    problems: &'p mut Vec<Problem>,
}

/// The files of a folder, by path, each with its path without symbolic links.
///
/// # Errors
/// The folder itself can not be listed. Sub-folders that can not are told in `problems`.
pub(super) fn files(root: &Path, problems: &mut Vec<Problem>) -> Result<Vec<(PathBuf, PathBuf)>, Problem> {
    let real = root.canonicalize().map_err(|error| unreadable(root, &error))?;
    let mut visited = HashSet::new();
    let mut walk = Walk { found: Vec::new(), folders: vec![(root.to_path_buf(), real)], problems };
    while let Some((folder, real)) = walk.folders.pop() {
        if !visited.insert(real.clone()) {
            continue;
        }
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if folder == root => return Err(unreadable(&folder, &error)),
            Err(error) => {
                walk.problems.push(unreadable(&folder, &error));
                continue;
            }
        };
        for entry in entries {
            match entry {
                Ok(entry) => walk.sort_out(&entry, &real),
                Err(error) => walk.problems.push(unreadable(&folder, &error)),
            }
        }
    }
    walk.found.sort_unstable();
    Ok(walk.found)
}

impl Walk<'_> {
    fn sort_out(&mut self, entry: &fs::DirEntry, real_folder: &Path) {
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(b".") {
            return;
        }
        let path = entry.path();
        let kind = match entry.file_type() {
            Ok(kind) => kind,
            Err(error) => return self.problems.push(unreadable(&path, &error)),
        };
        let (is_dir, is_file, real) = if kind.is_symlink() {
            match fs::metadata(&path).and_then(|meta| Ok((meta, path.canonicalize()?))) {
                Ok((meta, real)) => (meta.is_dir(), meta.is_file(), real),
                Err(error) => {
                    if is_manifest(&path) {
                        self.problems.push(unreadable(&path, &error));
                    }
                    return;
                }
            }
        } else {
            (kind.is_dir(), kind.is_file(), real_folder.join(&name))
        };
        if is_dir {
            self.folders.push((path, real));
        } else if is_file && is_manifest(&path) {
            self.found.push((path, real));
        }
    }
}

/// Whether a file's name is one of a manifest.
fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    })
}
