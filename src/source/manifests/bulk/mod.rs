//! Inputs that are larger than what is edited and watched: lists as `kubectl get -o json` prints them, cut into items
//! while they are read, on all cores, and never held as a whole.
//!
//! Everything else (YAML, folders, single objects, pipes) is read as ever.

mod begin;
mod cut;
mod head;
mod items;
mod single;
mod spread;

use std::{
    fs::{self, File},
    io::{self, BufRead as _, Read},
    path::{Path, PathBuf},
};

use super::{
    Input, Loaded, Manifests,
    input::{self, unreadable},
    list,
};
use crate::resource::{Problem, Selector};
pub use head::Head;
use items::List;
use single::Single;

/// How much of a file is looked at to tell whether it is a list.
const PEEK: u64 = 64 * 1024;

/// Gives the name and annotations of every object to `take`, with a state of the thread that read it; the states come
/// back. Of two objects with one key the last counts; in a list both do, since a cluster has none such.
///
/// # Errors
/// An input that can not be read at all.
pub fn heads<S: Send>(
    inputs: &[Input],
    selector: Option<&Selector>,
    make: impl Fn() -> S + Sync,
    take: impl Fn(&mut S, &Head<'_>) + Sync,
) -> Result<(Vec<S>, Vec<Problem>), Problem> {
    let (mut states, mut problems) = (Vec::new(), Vec::new());
    let mut single = Single::default();
    for input in inputs {
        match input {
            Input::BuiltIn { name, text } => single.read(Path::new(name), text.as_bytes()),
            Input::Stdin => {
                if let Some(list) = from_stdin()? {
                    states.extend(list.heads(selector, &make, &take, &mut problems));
                } else {
                    let path = Path::new("-");
                    single.read(path, &input::read(io::stdin().lock(), 0, path)?);
                }
            }
            Input::Path(path) => {
                for file in files(path, &mut problems)? {
                    let list = from_file(&file);
                    let result = list.and_then(|list| match list {
                        Some(list) => {
                            states.extend(list.heads(selector, &make, &take, &mut problems));
                            Ok(())
                        }
                        None => input::read_file(&file).map(|bytes| single.read(&file, &bytes)),
                    });
                    match result {
                        // What was named must be readable; a file that lies in a folder is told and left out.
                        Err(problem) if file != *path => problems.push(problem),
                        result => result?,
                    }
                }
            }
        }
    }
    states.push(single.finish(selector, make, take, &mut problems));
    Ok((states, problems))
}

/// As [`Manifests::open`], with lists of any size. What comes from these can not be edited, and no line is told but
/// that of the object.
///
/// # Errors
/// An input that can not be read at all.
pub fn load(inputs: &[Input]) -> Result<(Manifests, Loaded), Problem> {
    let (mut lists, mut usual) = (Vec::new(), Vec::new());
    for input in inputs {
        let list = match input {
            Input::Path(path) if path.is_file() => from_file(path)?,
            Input::Stdin => from_stdin()?,
            Input::Path(_) | Input::BuiltIn { .. } => None,
        };
        match list {
            Some(list) => lists.push(list),
            None => usual.push(input.clone()),
        }
    }
    let (manifests, mut loaded) = Manifests::open(&usual)?;
    for list in lists {
        list.objects(&mut loaded);
    }
    Ok((manifests, loaded))
}

/// The files of an input.
fn files(path: &Path, problems: &mut Vec<Problem>) -> Result<Vec<PathBuf>, Problem> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    Ok(list::files(path, problems)?.into_iter().map(|(file, _)| file).collect())
}

/// A file that is a list; none when it is something else.
fn from_file(path: &Path) -> Result<Option<List>, Problem> {
    let meta = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if !meta.is_file() {
        // A pipe can be read only once, and what it holds is not known yet.
        return Ok(None);
    }
    let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let mut held = Vec::new();
    file.by_ref().take(PEEK).read_to_end(&mut held).map_err(|error| unreadable(path, &error))?;
    Ok(List::begun(path, held, Box::new(file)).ok())
}

/// A list on standard input; of something else nothing is taken.
fn from_stdin() -> Result<Option<List>, Problem> {
    let path = Path::new("-");
    let mut stdin = io::stdin().lock();
    let held = stdin.fill_buf().map_err(|error| unreadable(path, &error))?.to_vec();
    let bytes = held.len();
    match List::begun(path, held, Box::new(io::empty())) {
        Ok(list) => {
            stdin.consume(bytes);
            Ok(Some(list.going_on(Box::new(stdin))))
        }
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests;
