//! What was typed before, from run to run: bounded, each entry once, the newest last.
//!
//! One file a sort in the state folder, a JSON value a line, appended in one write: two consoles may share it. A
//! file that can not be read whole is set aside under another name, told, and what could be read goes on.

use std::{
    collections::HashSet,
    fs,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

use super::private;

/// Entries kept.
const MOST: usize = 1000;
/// Bytes of an entry; what is longer is not worth typing again.
const LONGEST: usize = 16 * 1024;
/// Bytes of a file that is read; what is beyond was not written here.
const LARGEST: u64 = 8 * 1024 * 1024;

/// What is remembered, each in a file of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sort {
    /// Lines of the `:` prompt.
    Commands,
    /// Requests that were explained. Who adds one leaves out the values of headers that hold credentials.
    Requests,
}

/// What was typed before. An entry is text, or any value that JSON can hold and read back.
#[derive(Debug)]
pub struct History<T = String> {
    entries: Vec<T>,
    file: Option<PathBuf>,
}

impl Sort {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Commands, Self::Requests];

    /// The name of its file in the state folder.
    pub fn file(self) -> &'static str {
        match self {
            Self::Commands => "history-commands.jsonl",
            Self::Requests => "history-requests.jsonl",
        }
    }
}

impl<T> Default for History<T> {
    /// Remembers until the program ends.
    fn default() -> Self {
        Self { entries: Vec::new(), file: None }
    }
}

impl<T: Serialize + DeserializeOwned + PartialEq> History<T> {
    /// Reads what is kept in this folder (`config::state_dir()`; none: nothing is kept). Gives also what a person
    /// should be told: a file that could not be read, whole or in part, and what became of it.
    pub fn open(folder: Option<&Path>, sort: Sort) -> (Self, Option<String>) {
        let Some(folder) = folder else { return (Self::default(), None) };
        let file = folder.join(sort.file());
        let mut history = Self { entries: Vec::new(), file: Some(file.clone()) };
        let bytes = match read(&file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return (history, None),
            Err(error) => {
                // Nobody knows what is there, so nothing is written there.
                history.file = None;
                return (history, Some(format!("history is not kept: {}: {error}", file.display())));
            }
        };
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let (mut count, mut broken) = (0_usize, 0_usize);
        for line in lines {
            count += 1;
            match serde_json::from_slice(line) {
                Ok(entry) if line.len() <= LONGEST => history.entries.push(entry),
                Ok(_) | Err(_) => broken += 1,
            }
        }
        broken += usize::from(bytes.len() as u64 > LARGEST);
        history.tidy();
        let told = (broken > 0).then(|| history.set_aside(&file, broken));
        // The file holds every repetition: it is made small again now and then, not on each line.
        if told.is_none() && count > 2 * MOST {
            let _ = history.rewrite(&file);
        }
        (history, told)
    }

    /// The entries, oldest first.
    pub fn entries(&self) -> &[T] {
        &self.entries
    }

    /// Remembers one more; what was there is now the newest. An entry longer than 16 KiB is not kept.
    ///
    /// # Errors
    /// When the file can not be written; in memory it is remembered all the same.
    pub fn add(&mut self, entry: T) -> io::Result<()> {
        let mut line = serde_json::to_vec(&entry).map_err(io::Error::other)?;
        if line.len() > LONGEST || self.entries.last() == Some(&entry) {
            return Ok(());
        }
        line.push(b'\n');
        self.entries.retain(|known| *known != entry);
        self.entries.push(entry);
        if self.entries.len() > MOST {
            self.entries.remove(0);
        }
        match &self.file {
            // One write, so that the lines of two consoles never mix.
            Some(file) => private::append(file)?.write_all(&line),
            None => Ok(()),
        }
    }

    /// Each once, where it was last; no more than are kept.
    fn tidy(&mut self) {
        let mut seen = HashSet::new();
        let mut newest_first: Vec<T> = self.entries.drain(..).rev().collect();
        newest_first.retain(|entry| serde_json::to_vec(entry).is_ok_and(|text| seen.insert(text)));
        newest_first.truncate(MOST);
        newest_first.reverse();
        self.entries = newest_first;
    }

    fn set_aside(&mut self, file: &Path, broken: usize) -> String {
        let aside = file.with_extension("broken");
        let done = fs::rename(file, &aside).and_then(|()| self.rewrite(file));
        let lines = if broken == 1 { "a line".to_owned() } else { format!("{broken} lines") };
        match done {
            Ok(()) => format!(
                "{lines} of {} could not be read; that file is now {}, the rest goes on",
                file.display(),
                aside.display()
            ),
            Err(error) => {
                self.file = None;
                format!("history is not kept: {} is broken and can not be set aside: {error}", file.display())
            }
        }
    }

    fn rewrite(&self, file: &Path) -> io::Result<()> {
        let mut text = Vec::new();
        for entry in &self.entries {
            serde_json::to_writer(&mut text, entry).map_err(io::Error::other)?;
            text.push(b'\n');
        }
        private::replace(file, &text)
    }
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(file)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(folder: &Path) -> (History, Option<String>) {
        History::open(Some(folder), Sort::Commands)
    }

    #[test]
    fn what_was_typed_is_there_in_the_next_run_each_once_and_the_newest_last() {
        let home = tempfile::tempdir().unwrap();
        let (mut history, told) = open(home.path());
        assert_eq!(told, None, "no file yet is nothing to tell");
        for line in ["theme nord", "ns shop", "ns shop", "save\n\"x\"", "theme nord"] {
            history.add(line.to_owned()).unwrap();
        }
        let expected = ["ns shop", "save\n\"x\"", "theme nord"];
        assert_eq!(history.entries(), expected);
        assert_eq!(open(home.path()).0.entries(), expected, "and a line end inside is kept");
    }

    #[test]
    fn a_broken_file_is_set_aside_and_what_can_be_read_goes_on() {
        let cases: [(&[u8], &[&str], &str); 4] = [
            (b"\"a\"\n\"b\n\"c\"\n", &["a", "c"], "a line cut short in the middle"),
            (b"\"a\"\n\"b", &["a"], "a crash while it was written"),
            (b"\xff\xfe\x00", &[], "no text at all"),
            (b"\"a\"\n{\"x\":1}\n", &["a"], "another shape"),
        ];
        for (bytes, kept, why) in cases {
            let home = tempfile::tempdir().unwrap();
            let file = home.path().join(Sort::Commands.file());
            fs::write(&file, bytes).unwrap();
            let (mut history, told) = open(home.path());
            assert_eq!(history.entries(), kept, "{why}");
            assert!(told.unwrap().contains("a line of"), "{why}");
            assert_eq!(fs::read(file.with_extension("broken")).unwrap(), bytes, "{why}");
            history.add("new".to_owned()).unwrap();
            let (again, told) = open(home.path());
            assert_eq!((again.entries().len(), told), (kept.len() + 1, None), "{why}: told once");
        }
    }

    #[test]
    fn it_is_bounded_in_memory_and_on_disk() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(Sort::Commands.file());
        let many: Vec<_> = (0..5000).map(|n| format!("\"{n}\"\n")).collect();
        fs::write(&file, many.concat()).unwrap();
        let (mut history, told) = open(home.path());
        assert_eq!((history.entries().len(), told), (MOST, None));
        assert_eq!(history.entries().first().unwrap(), "4000");
        assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), MOST, "made small again");
        history.add("x".repeat(LONGEST)).unwrap();
        assert_eq!(history.entries().last().unwrap(), "4999", "too long to be typed again");
        history.add("y".to_owned()).unwrap();
        assert_eq!((history.entries().len(), &*history.entries()[0]), (MOST, "4001"));
    }

    #[test]
    fn two_consoles_add_to_one_file_and_nothing_is_lost() {
        let home = tempfile::tempdir().unwrap();
        let (mut one, _) = open(home.path());
        let (mut other, _) = open(home.path());
        one.add("a".to_owned()).unwrap();
        other.add("b".to_owned()).unwrap();
        one.add("c".to_owned()).unwrap();
        assert_eq!(open(home.path()).0.entries(), ["a", "b", "c"]);
    }

    #[test]
    fn a_file_that_can_not_be_read_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(Sort::Commands.file());
        fs::create_dir(&file).unwrap();
        let (mut history, told) = open(home.path());
        assert!(told.unwrap().starts_with("history is not kept: "));
        history.add("a".to_owned()).unwrap();
        assert_eq!(history.entries(), ["a"]);
        assert!(file.is_dir());
    }

    #[cfg(unix)]
    #[test]
    fn only_this_user_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("cutover");
        let (mut history, _) = open(&folder);
        history.add("a".to_owned()).unwrap();
        let mode = fs::metadata(folder.join(Sort::Commands.file())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
