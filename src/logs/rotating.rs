//! A log file of this user's own, with six older ones beside it: a new one each day (UTC) and every 8 MiB.
//!
//! Why not `tracing_appender::rolling`: its files are readable by others, grow without a bound on a busy day, and
//! its mistakes go to standard error, onto the screen. Two programs may write one log: who finds that the other has
//! renamed it opens the new one.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use jiff::Timestamp;

use crate::config::append_private;

/// Bytes of one file.
const LARGEST: u64 = 8 * 1024 * 1024;
/// Files in all.
const FILES: u32 = 7;

/// The file that is written.
pub(super) struct Rotating {
    path: PathBuf,
    file: File,
    written: u64,
    day: i64,
    clock: fn() -> Timestamp,
    /// What is not written yet; the writer's thread flushes when no more waits.
    waiting: Vec<u8>,
}

impl Rotating {
    /// Opens a file to append to it; one of an earlier day, or a full one, is put aside.
    ///
    /// # Errors
    /// When it can not be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::open_at(path, Timestamp::now)
    }

    fn open_at(path: &Path, clock: fn() -> Timestamp) -> io::Result<Self> {
        let (file, written) = fresh(path, day(clock()))?;
        Ok(Self { path: path.to_path_buf(), file, written, day: day(clock()), clock, waiting: Vec::new() })
    }
}

impl Write for Rotating {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() > 64 * 1024 {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    /// Never fails: the thread that writes would tell of it on standard error, which is the screen.
    fn flush(&mut self) -> io::Result<()> {
        let today = day((self.clock)());
        if today != self.day || self.written >= LARGEST {
            // Where no new file can be had, the old one goes on.
            if let Ok((file, written)) = fresh(&self.path, today) {
                (self.file, self.written) = (file, written);
            }
            self.day = today;
        }
        if self.file.write_all(&self.waiting).is_ok() {
            self.written += self.waiting.len() as u64;
        }
        self.waiting.clear();
        Ok(())
    }
}

/// The file at this path if it is of today and not full; else a new one, behind which the others move up.
fn fresh(path: &Path, today: i64) -> io::Result<(File, u64)> {
    let file = append_private(path)?;
    let facts = file.metadata()?;
    let of_today =
        facts.modified().ok().and_then(|at| Timestamp::try_from(at).ok()).is_none_or(|at| day(at) >= today);
    if facts.len() == 0 || (of_today && facts.len() < LARGEST) || !facts.is_file() {
        return Ok((file, facts.len()));
    }
    for older in (1..FILES).rev() {
        let from = if older == 1 { path.to_path_buf() } else { numbered(path, older - 1) };
        let _ = fs::rename(from, numbered(path, older));
    }
    let file = append_private(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}

fn day(at: Timestamp) -> i64 {
    at.as_second().div_euclid(86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tomorrow() -> Timestamp {
        Timestamp::from_second(Timestamp::now().as_second() + 86_400).unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn line(log: &mut Rotating, text: &str) {
        log.write_all(text.as_bytes()).unwrap();
        log.flush().unwrap();
    }

    #[test]
    fn a_new_day_has_a_new_file_and_seven_are_kept() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("log");
        let mut log = Rotating::open(&path).unwrap();
        line(&mut log, "first\n");
        log.clock = tomorrow;
        line(&mut log, "second\n");
        assert_eq!(names(home.path()), ["log", "log.1"]);
        assert_eq!(fs::read_to_string(home.path().join("log.1")).unwrap(), "first\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "second\n");
        for _ in 0..9 {
            fs::write(&path, "x").unwrap();
            fresh(&path, day(tomorrow())).unwrap();
        }
        assert_eq!(names(home.path()).len(), FILES as usize);
    }

    #[test]
    fn a_full_file_is_put_aside_whenever_it_is_met() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("log");
        let mut log = Rotating::open(&path).unwrap();
        line(&mut log, &"x".repeat(LARGEST as usize));
        line(&mut log, "new\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "new\n");
        assert_eq!(fs::metadata(home.path().join("log.1")).unwrap().len(), LARGEST);
        fs::write(&path, "x".repeat(LARGEST as usize)).unwrap();
        drop(Rotating::open(&path).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().len(), 0, "on opening too");
    }

    #[test]
    fn two_programs_write_one_log() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("log");
        let (mut one, mut other) = (Rotating::open(&path).unwrap(), Rotating::open(&path).unwrap());
        line(&mut one, "a\n");
        line(&mut other, "b\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "a\nb\n");
        one.clock = tomorrow;
        line(&mut one, "c\n");
        line(&mut other, "d\n");
        other.clock = tomorrow;
        other.day = -1;
        line(&mut other, "e\n");
        let all: String = names(home.path())
            .iter()
            .rev()
            .map(|n| fs::read_to_string(home.path().join(n)).unwrap())
            .collect();
        for letter in ["a", "b", "c", "d", "e"] {
            assert!(all.contains(letter), "{letter} is lost in {all:?}");
        }
    }

    #[test]
    fn a_folder_in_its_place_is_told() {
        let home = tempfile::tempdir().unwrap();
        assert!(Rotating::open(home.path()).is_err());
    }
}
