//! All themes: those that are built in, and a user's own from a folder.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    file::{Draft, Fault},
    slot::Palette,
};
use crate::config;

/// The themes that are built in: name and text.
const BUILT_IN: &[(&str, &str)] = &[
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("nord", include_str!("../../../themes/nord.toml")),
    ("gruvbox-dark", include_str!("../../../themes/gruvbox-dark.toml")),
    ("gruvbox-light", include_str!("../../../themes/gruvbox-light.toml")),
    ("solarized-dark", include_str!("../../../themes/solarized-dark.toml")),
    ("solarized-light", include_str!("../../../themes/solarized-light.toml")),
    ("catppuccin-mocha", include_str!("../../../themes/catppuccin-mocha.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("high-contrast-light", include_str!("../../../themes/high-contrast-light.toml")),
    ("deuteranopia", include_str!("../../../themes/deuteranopia.toml")),
    ("tritanopia", include_str!("../../../themes/tritanopia.toml")),
    ("terminal", include_str!("../../../themes/terminal.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
];

/// Why there is no such theme.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// No theme of that name.
    #[error("there is no theme `{name}`{near}; there are {all}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The nearest that is there, in words.
        near: String,
        /// All that are there.
        all: String,
    },
    /// A file says what no theme can say.
    #[error("{}", told(file, faults))]
    Invalid {
        /// The file.
        file: String,
        /// All that is wrong in it.
        faults: Vec<Fault>,
    },
}

fn told(file: &str, faults: &[Fault]) -> String {
    let one = |fault: &Fault| {
        let line = fault.line.map(|line| format!(":{line}")).unwrap_or_default();
        format!("{file}{line}: {}", fault.what)
    };
    faults.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// The built-in themes with a user's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shelf {
    own: BTreeMap<String, (PathBuf, String)>,
}

impl Shelf {
    /// With the `*.toml` of a folder; a folder that is not there has none. What can not be read is told beside.
    pub fn read(folder: &Path) -> (Self, Vec<String>) {
        let mut shelf = Self::default();
        let mut troubles = Vec::new();
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return (shelf, troubles),
            Err(error) => return (shelf, vec![format!("{}: {error}", folder.display())]),
        };
        for entry in entries {
            let path = match entry {
                Ok(entry) => entry.path(),
                Err(error) => {
                    troubles.push(format!("{}: {error}", folder.display()));
                    continue;
                }
            };
            // An editor's copies are no themes: hidden files, and what has another ending.
            let name = path.file_stem().and_then(|stem| stem.to_str()).filter(|name| !name.starts_with('.'));
            let Some(name) = name.filter(|_| path.extension().is_some_and(|ending| ending == "toml")) else {
                continue;
            };
            match fs::read_to_string(&path) {
                Ok(text) => drop(shelf.own.insert(name.to_owned(), (path, text))),
                Err(error) => troubles.push(format!("{}: {error}", path.display())),
            }
        }
        (shelf, troubles)
    }

    /// Every name once: the built-in ones, then a user's own.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let own = self.own.keys().map(String::as_str).filter(|name| built_in(name).is_none());
        BUILT_IN.iter().map(|(name, _)| *name).chain(own)
    }

    /// The file of a theme, when it is a user's own.
    pub fn file(&self, name: &str) -> Option<&Path> {
        self.own.get(name).map(|(path, _)| path.as_path())
    }

    /// The colours of a theme. A user's own goes before a built-in one of the same name, and may inherit that.
    ///
    /// # Errors
    /// A name that is not there; all that is wrong in the file, or in one that it inherits.
    pub fn palette(&self, name: &str) -> Result<Palette, ThemeError> {
        self.resolve(name, &mut Vec::new())
    }

    /// `below` are the files that are being read, the newest last.
    fn resolve(&self, name: &str, below: &mut Vec<String>) -> Result<Palette, ThemeError> {
        let own = self.own.get(name).filter(|_| !below.iter().any(|file| file == name));
        // The whole path would leave no room for what is wrong, where room is scarce; `cutover info` has it.
        let file = format!("themes/{name}.toml");
        let text = match (own, built_in(name)) {
            (Some((_, text)), _) => text.as_str(),
            (None, Some(text)) => text,
            (None, None) => return Err(self.unknown(name)),
        };
        let invalid = |faults| ThemeError::Invalid { file: file.clone(), faults };
        let draft = Draft::parse(text).map_err(invalid)?;
        let base = match &draft.inherits {
            None => None,
            Some((parent, line)) => {
                let at = |what: String| invalid(vec![Fault { line: Some(*line), what }]);
                below.push(name.to_owned());
                if below.contains(parent) && built_in(parent).is_none() {
                    return Err(at(format!("`{parent}` inherits itself: {} ▸ {parent}", below.join(" ▸ "))));
                }
                let base = self.resolve(parent, below).map_err(|error| match error {
                    ThemeError::Unknown { .. } => at(format!("slot `inherits`: {error}")),
                    ThemeError::Invalid { .. } => error,
                })?;
                below.pop();
                Some(base)
            }
        };
        draft.over(base.as_ref()).map_err(invalid)
    }

    fn unknown(&self, name: &str) -> ThemeError {
        let near = config::nearest(name, self.names());
        let near = near.map(|known| format!(" (`{known}`?)")).unwrap_or_default();
        ThemeError::Unknown { name: name.to_owned(), near, all: self.names().collect::<Vec<_>>().join(", ") }
    }
}

/// The text of a built-in theme.
pub fn built_in(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::slot::Slot;

    fn shelf(files: &[(&str, &str)]) -> (tempfile::TempDir, Shelf, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let (shelf, troubles) = Shelf::read(folder.path());
        (folder, shelf, troubles)
    }

    #[test]
    fn every_built_in_theme_can_be_read_and_every_file_is_built_in() {
        let shelf = Shelf::default();
        for name in shelf.names() {
            shelf.palette(name).unwrap_or_else(|error| panic!("{error}"));
        }
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/themes");
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            assert!(built_in(path.file_stem().unwrap().to_str().unwrap()).is_some(), "{}", path.display());
        }
    }

    #[test]
    fn an_unknown_theme_is_told_with_the_nearest_and_those_that_are_there() {
        let error = Shelf::default().palette("drak").unwrap_err().to_string();
        assert!(
            error.starts_with("there is no theme `drak` (`dark`?); there are dark, light, nord"),
            "{error}"
        );
        let error = Shelf::default().palette("pink").unwrap_err().to_string();
        assert!(error.starts_with("there is no theme `pink`; there are"), "{error}");
    }

    #[test]
    fn a_users_own_themes_stand_behind_the_built_in_ones() {
        let (_folder, shelf, troubles) = shelf(&[
            ("mine.toml", "inherits = \"nord\"\nbad = \"red\"\n"),
            ("dark.toml", "inherits = \"dark\"\ngood = \"green\"\n"),
            ("deep.toml", "inherits = \"mine\"\nwarn = \"yellow\"\n"),
            (".mine.toml.swp", "\u{0}"),
            ("notes.txt", "no theme"),
        ]);
        assert_eq!(troubles, [""; 0]);
        let names: Vec<_> = shelf.names().collect();
        assert_eq!(names.len(), BUILT_IN.len() + 2, "one of the same name is listed once: {names:?}");
        assert_eq!(names.get(BUILT_IN.len()..), Some(&["deep", "mine"][..]));
        let dark = shelf.palette("dark").unwrap();
        assert_eq!(dark.ink(Slot::Good), "green".parse().unwrap(), "a user's own goes before");
        let built_in = Shelf::default().palette("dark").unwrap();
        assert_eq!(dark.ink(Slot::Bad), built_in.ink(Slot::Bad), "and inherits the built-in one of its name");
        let deep = shelf.palette("deep").unwrap();
        assert_eq!(
            (deep.ink(Slot::Bad), deep.ink(Slot::Warn)),
            ("red".parse().unwrap(), "yellow".parse().unwrap())
        );
    }

    #[test]
    fn what_is_wrong_in_a_users_theme_is_told_with_file_line_and_slot() {
        let cases = [
            ("bad = \"redd\"\n", "a.toml:2: slot `bad`: `redd` is no colour (`red`?)", "a wrong colour"),
            ("inherits = \"b\"\n", "b.toml:2: `a` inherits itself: a ▸ b ▸ a", "a ring"),
            ("inherits = \"a\"\n", "a.toml:2: `a` inherits itself: a ▸ a", "itself"),
            ("inherits = \"c\"\n", "a.toml:2: slot `inherits`: there is no theme `c`", "nobody"),
            ("good = \"green\"\n", "a.toml: no colour for `background`, `text`", "not all"),
        ];
        for (text, told, why) in cases {
            let text = format!("# mine\n{text}");
            let (_folder, shelf, _) = shelf(&[("a.toml", &text), ("b.toml", "# other\ninherits = \"a\"\n")]);
            let error = shelf.palette("a").unwrap_err().to_string();
            assert!(error.contains(told), "{why}: {error}");
        }
    }

    #[test]
    fn a_folder_that_is_not_there_has_no_themes_and_one_that_can_not_be_read_is_told() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(Shelf::read(&home.path().join("themes")), (Shelf::default(), Vec::new()));
        let file = home.path().join("file");
        fs::write(&file, "").unwrap();
        let (shelf, troubles) = Shelf::read(&file);
        assert!(shelf == Shelf::default() && troubles.len() == 1, "{troubles:?}");
    }
}
