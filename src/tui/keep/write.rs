//! Files of one's own: written aside, for this user only, never over one that is there.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{
    evidence::Evidence,
    sheet::{self, InCsv, Part},
};
use crate::config::create_private;

/// Names that are tried for a file when one of that second is there already.
const TRIES: usize = 99;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Format {
    Csv,
    Json,
    Text,
}

impl Format {
    /// By the word for it.
    pub fn named(word: &str) -> Option<Self> {
        match word {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "text" => Some(Self::Text),
            _ => None,
        }
    }

    /// By the ending of a file's name.
    pub fn of_path(path: &str) -> Option<Self> {
        match Path::new(path).extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "txt" | "text" => Some(Self::Text),
            _ => None,
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Text => "txt",
        }
    }
}

/// What is written.
#[derive(Clone, Debug)]
pub enum Body {
    /// One table under `#` lines.
    Csv(Evidence, Vec<Part>),
    /// Fields and tables.
    Json(Evidence, Vec<Part>),
    /// A picture of the screen under `#` lines.
    Text(Evidence, String),
}

/// Where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// Into the state folder, under a name without its ending.
    Own {
        /// The name.
        stem: String,
    },
    /// To a file, or into a folder under a name of its own.
    Given {
        /// The file or folder.
        path: PathBuf,
        /// The name within a folder.
        stem: String,
    },
}

/// What shall be saved, made from the state and to be written aside.
#[derive(Clone, Debug)]
pub struct Saving {
    /// What.
    pub body: Body,
    /// Where.
    pub to: To,
}

impl Saving {
    /// Writes it; `state` is the program's state folder, `home` what `~` stands for. Gives what is told of it.
    ///
    /// # Errors
    /// What could not be written, and why.
    pub fn write(self, state: Option<&Path>, home: Option<&Path>) -> Result<String, String> {
        let format = self.body.format();
        let what = self.body.words();
        let file = match self.to {
            To::Own { stem } => {
                let folder =
                    state.ok_or("nothing was saved: there is no home folder; give a path")?.join("saved");
                numbered(&folder, &stem, format.ending(), &self.body.bytes()?)?
            }
            To::Given { path, stem } => {
                let path = match (path.strip_prefix("~"), home) {
                    (Ok(rest), Some(home)) => home.join(rest),
                    _ => path,
                };
                let folder = path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/");
                if folder {
                    numbered(&path, &stem, format.ending(), &self.body.bytes()?)?
                } else {
                    create_private(&path, &self.body.bytes()?).map_err(|error| refused(&path, &error))?;
                    path
                }
            }
        };
        let file = file.canonicalize().unwrap_or(file);
        Ok(format!("saved {what} to {}", file.display()))
    }
}

/// The first of `STEM.csv`, `STEM-2.csv`… that is not there.
fn numbered(folder: &Path, stem: &str, ending: &str, bytes: &[u8]) -> Result<PathBuf, String> {
    for nth in 1..=TRIES {
        let number = if nth == 1 { String::new() } else { format!("-{nth}") };
        let file = folder.join(format!("{stem}{number}.{ending}"));
        match create_private(&file, bytes) {
            Ok(()) => return Ok(file),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && nth < TRIES => {}
            Err(error) => return Err(refused(&file, &error)),
        }
    }
    Err(format!("nothing was saved: {} has too many files of this second", folder.display()))
}

fn refused(file: &Path, error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::AlreadyExists {
        return format!(
            "nothing was saved: {} is there already, and nothing is written over it",
            file.display()
        );
    }
    format!("nothing was saved: {}: {error}", file.display())
}

impl Body {
    fn format(&self) -> Format {
        match self {
            Self::Csv(..) => Format::Csv,
            Self::Json(..) => Format::Json,
            Self::Text(..) => Format::Text,
        }
    }

    /// `12 rows`
    fn words(&self) -> String {
        match self {
            Self::Csv(_, parts) | Self::Json(_, parts) => {
                let table = parts.iter().find(|(_, place, _)| *place == InCsv::Table);
                match table.map_or(0, |(.., sheet)| sheet.rows.len()) {
                    1 => "1 row".to_owned(),
                    rows => format!("{rows} rows"),
                }
            }
            Self::Text(..) => "a picture of the screen".to_owned(),
        }
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::Csv(evidence, parts) => sheet::csv(evidence, parts).map_err(|error| error.to_string()),
            Self::Json(evidence, parts) => Ok(sheet::json(evidence, parts)),
            Self::Text(evidence, picture) => Ok(sheet::text(evidence, picture)),
        }
    }
}
