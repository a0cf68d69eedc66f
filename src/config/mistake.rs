//! A mistake in the config file: its place, what is wrong, what would be right.

use std::{fmt, path::Path, path::PathBuf};

/// One mistake. Shown on one line: `config.toml:7: unknown key `theem`; did you mean `theme`?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub file: PathBuf,
    /// The line in it, from 1; none when it is about the whole file.
    pub line: Option<u32>,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What would be right; empty when there is nothing to advise.
    pub fix: String,
}

impl Mistake {
    /// A mistake at a line of a file.
    pub fn new(file: &Path, line: Option<u32>, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { file: file.to_path_buf(), line, message: message.into(), fix: fix.into() }
    }

    /// The place and what is wrong, without what would be right.
    pub fn what(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}: {}", self.file.display(), self.message),
            None => format!("{}: {}", self.file.display(), self.message),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what())?;
        if self.fix.is_empty() { Ok(()) } else { write!(f, "; {}", self.fix) }
    }
}

/// The known name that a mistyped one was meant to be, if one is near: a letter or two, or two that changed places.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Nobody mistypes so long a word, and distances of long words are dear.
    if word.len() > 64 {
        return None;
    }
    let word = word.to_lowercase().replace('_', "-");
    let most = (word.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|name| (strsim::osa_distance(&word, &name.to_lowercase().replace('_', "-")), name))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// What to do about an unknown name: the nearest, or, where none is near, all of them when they are few.
pub(super) fn advise<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(name) = nearest(word, known.clone()) {
        return format!("did you mean `{name}`?");
    }
    let mut all: Vec<_> = known.into_iter().collect();
    match all.len() {
        0 => String::new(),
        1..=16 => format!("there are: {}", all.join(", ")),
        count => {
            all.sort_unstable();
            all.truncate(12);
            format!("there are {count}: {}, …", all.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_name_is_told_with_the_one_that_was_meant() {
        let known = ["theme", "reduced_motion", "refresh", "keys"];
        let cases = [
            ("theem", Some("theme"), "two letters that changed places"),
            ("Theme", Some("theme"), "another case"),
            ("reduced-motion", Some("reduced_motion"), "the other dash"),
            ("key", Some("keys"), "one letter short"),
            ("colours", None, "nothing near"),
            ("", None, "nothing at all"),
        ];
        for (word, found, why) in cases {
            assert_eq!(nearest(word, known), found, "{why}");
        }
        assert_eq!(nearest(&"k".repeat(65), known), None, "too long to be meant");
        assert_eq!(advise("colours", known), "there are: theme, reduced_motion, refresh, keys");
    }

    #[test]
    fn it_reads_as_place_fault_and_cure() {
        let mistake = Mistake::new(Path::new("config.toml"), Some(7), "unknown key `theem`", "use `theme`");
        assert_eq!(mistake.to_string(), "config.toml:7: unknown key `theem`; use `theme`");
        let mistake = Mistake::new(Path::new("config.toml"), None, "it is a folder", "");
        assert_eq!(mistake.to_string(), "config.toml: it is a folder");
    }
}
