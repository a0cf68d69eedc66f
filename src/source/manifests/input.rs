//! The bytes of one input: how they are read, what they looked like, and whether they are text.

use std::{
    fs,
    hash::Hasher,
    io::{self, Read},
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::resource::Problem;

/// The largest text that is read.
pub const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// How a file looks from outside. Two equal stamps mean the same content, unless `fresh`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
    /// Inode and time of its last change, where there are such.
    node: (u64, i64, i64),
    /// Changed so shortly before it was read that another change may hide behind the same time.
    fresh: bool,
}

/// What is remembered of a text.
#[derive(Clone, Debug)]
pub(super) enum Text {
    /// It stands in a file.
    File(Digest),
    /// It was read once: standard input, a pipe.
    Once(Arc<str>),
    /// It is built in, and edited in memory.
    Memory(Arc<str>),
}

/// Enough of a text to know it again: 128 bits and the length. Guards against accidents, not against enemies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Digest {
    hash: (u64, u64),
    bytes: usize,
}

impl Digest {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let half = |seed: u8| {
            let mut hasher = std::hash::DefaultHasher::new();
            hasher.write_u8(seed);
            hasher.write(bytes);
            hasher.finish()
        };
        Self { hash: (half(0), half(1)), bytes: bytes.len() }
    }
}

impl Stamp {
    pub(super) fn of(meta: &fs::Metadata) -> Self {
        let modified = meta.modified().ok();
        let fresh =
            modified.is_none_or(|at| at.elapsed().map_or(true, |age| age < Duration::from_millis(100)));
        Self { modified, bytes: meta.len(), node: node(meta), fresh }
    }

    /// Whether a file that looks like `now` surely holds what it held when it looked like `self`.
    pub(super) fn still(&self, now: &Self) -> bool {
        !self.fresh && self.modified == now.modified && self.bytes == now.bytes && self.node == now.node
    }
}

#[cfg(unix)]
fn node(meta: &fs::Metadata) -> (u64, i64, i64) {
    use std::os::unix::fs::MetadataExt;
    (meta.ino(), meta.ctime(), meta.ctime_nsec())
}

#[cfg(not(unix))]
fn node(_: &fs::Metadata) -> (u64, i64, i64) {
    (0, 0, 0)
}

/// Reads a file up to the limit.
///
/// # Errors
/// `unreadable` and `too-large`, with the file.
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, Problem> {
    let file = fs::File::open(path).map_err(|error| unreadable(path, &error))?;
    let expected = file.metadata().map_or(0, |meta| meta.len());
    if expected > MAX_BYTES {
        return Err(too_large(path));
    }
    read(file, expected as usize, path)
}

/// Reads a stream up to the limit. `path` is what it is called.
///
/// # Errors
/// `unreadable` and `too-large`, with the name.
pub(super) fn read(from: impl Read, expected: usize, path: &Path) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::with_capacity(expected + 1);
    from.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > MAX_BYTES { Err(too_large(path)) } else { Ok(bytes) }
}

/// The bytes as text.
///
/// # Errors
/// `not-text`, with the line where text ends.
pub(super) fn text<'a>(bytes: &'a [u8], path: &Path) -> Result<&'a str, Problem> {
    let told = |line: Option<usize>, message: String, fix: &str| {
        let mut problem = Problem::error("not-text", message).fix(fix);
        problem.file = Some(path.to_path_buf());
        problem.line = line.map(|line| line as u32);
        problem
    };
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(told(Some(1), "the file is UTF-16".to_owned(), "save it as UTF-8"));
    }
    if memchr::memchr(0, bytes).is_some() {
        return Err(told(
            None,
            "the file is binary, not text".to_owned(),
            "leave it out, or give another file",
        ));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = memchr::memchr_iter(b'\n', good).count() + 1;
        let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
        told(Some(line), format!("byte 0x{byte:02x} is not UTF-8"), "save the file as UTF-8")
    })
}

/// A path that can not be read.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let fix = match error.kind() {
        io::ErrorKind::NotFound => "check the path",
        io::ErrorKind::PermissionDenied => "give yourself the permission to read it",
        _ => "",
    };
    let message = format!("failed to read `{}`: {}", path.display(), plain_error(error));
    let mut problem = Problem::error("unreadable", message).fix(fix);
    problem.file = Some(path.to_path_buf());
    problem
}

/// The system's words without its number.
fn plain_error(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

fn too_large(path: &Path) -> Problem {
    let message = format!("the file is larger than {} MiB", MAX_BYTES / 1024 / 1024);
    let mut problem = Problem::error("too-large", message).fix("split it into several files");
    problem.file = Some(path.to_path_buf());
    problem
}
