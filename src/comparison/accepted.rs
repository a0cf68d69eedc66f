//! Differences that somebody accepted, each with a reason and a date: a file in TOML or YAML.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::source::{
    EditError, put,
    yaml::{Budget, Reader, Trim, write},
};

/// Accepted differences, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted(BTreeMap<String, Acceptance>);

/// Why and when a difference was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// The difference.
    pub id: String,
    /// Why it is good as it is.
    pub reason: String,
    /// When: `2026-11-24`.
    pub date: String,
}

/// Why a file is not one of accepted differences.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidAccepted(String);

/// A file of accepted differences, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedFile {
    path: PathBuf,
    /// None where there is no such file.
    text: Option<String>,
    accepted: Accepted,
}

/// Why a file of accepted differences is not read or not written.
#[derive(Debug, thiserror::Error)]
pub enum AcceptedFileError {
    /// It is another kind of file.
    #[error("{path}: {why}", path = .0.display(), why = .1)]
    Invalid(PathBuf, InvalidAccepted),
    /// The system says why.
    #[error("{path} can not be read: {why}", path = .0.display(), why = .1)]
    Unread(PathBuf, io::Error),
    /// Somebody else wrote it.
    #[error("{} was changed meanwhile: look again", .0.display())]
    Changed(PathBuf),
    /// The system says why.
    #[error("{path} can not be written: {why}", path = .0.display(), why = .1)]
    Unwritten(PathBuf, io::Error),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    accepted: Vec<Acceptance>,
}

impl Accepted {
    /// Reads a file. YAML when its name ends so, else TOML.
    ///
    /// # Errors
    /// What is wrong, with the line where it is known.
    pub fn read(name: &str, text: &str) -> Result<Self, InvalidAccepted> {
        let file: File = if is_yaml(name) {
            yaml(text)?
        } else {
            toml::from_str(text).map_err(|error| InvalidAccepted(error.to_string().trim().to_owned()))?
        };
        let mut all = BTreeMap::new();
        for one in file.accepted {
            if one.reason.trim().is_empty() {
                return Err(InvalidAccepted(format!("`{}` has no reason: say why it is accepted", one.id)));
            }
            if one.date.parse::<jiff::civil::Date>().is_err() {
                let (id, date) = (&one.id, &one.date);
                return Err(InvalidAccepted(format!("`{id}` has the date `{date}`: write it as 2026-11-24")));
            }
            if let Some(twice) = all.insert(one.id.clone(), one) {
                return Err(InvalidAccepted(format!("`{}` stands twice", twice.id)));
            }
        }
        Ok(Self(all))
    }

    /// The acceptance of a difference.
    pub fn get(&self, id: &str) -> Option<&Acceptance> {
        self.0.get(id)
    }

    /// Accepts a difference; an older reason is replaced.
    pub fn put(&mut self, acceptance: Acceptance) {
        self.0.insert(acceptance.id.clone(), acceptance);
    }

    /// All, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Acceptance> {
        self.0.values()
    }

    /// As a file of this name.
    pub fn written(&self, name: &str) -> String {
        let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
        let mut text = String::from(
            "# Differences between both sides that are accepted; `cutover compare --accept` adds some.\n",
        );
        if is_yaml(name) {
            text.push_str(if self.0.is_empty() { "accepted: []\n" } else { "accepted:\n" });
        }
        for Acceptance { id, reason, date } in self.iter() {
            let (id, reason, date) = (quoted(id), quoted(reason), quoted(date));
            text.push_str(&if is_yaml(name) {
                format!("  - id: {id}\n    reason: {reason}\n    date: {date}\n")
            } else {
                format!("\n[[accepted]]\nid = {id}\nreason = {reason}\ndate = {date}\n")
            });
        }
        text
    }
}

impl AcceptedFile {
    /// Reads it; one that is not there accepts nothing.
    ///
    /// # Errors
    /// [`AcceptedFileError::Invalid`], [`AcceptedFileError::Unread`].
    pub fn read(path: &Path) -> Result<Self, AcceptedFileError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(AcceptedFileError::Unread(path.to_path_buf(), error)),
        };
        let accepted = match &text {
            Some(text) => Accepted::read(&path.display().to_string(), text)
                .map_err(|error| AcceptedFileError::Invalid(path.to_path_buf(), error))?,
            None => Accepted::default(),
        };
        Ok(Self { path: path.to_path_buf(), text, accepted })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its text; empty where there is no such file.
    pub fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }

    /// What it accepts.
    pub fn accepted(&self) -> &Accepted {
        &self.accepted
    }

    /// What it would be if it accepted these.
    pub fn with(&self, accepted: &Accepted) -> String {
        accepted.written(&self.path.display().to_string())
    }

    /// Makes it accept these, unless somebody else wrote it since it was read.
    ///
    /// # Errors
    /// [`AcceptedFileError::Changed`], [`AcceptedFileError::Unwritten`].
    pub fn replace(&self, accepted: &Accepted) -> Result<(), AcceptedFileError> {
        let path = self.path.clone();
        put(&self.path, &self.with(accepted), self.text.as_deref()).map_err(|error| match error {
            EditError::Changed(_) => AcceptedFileError::Changed(path),
            EditError::Io(_, error) => AcceptedFileError::Unwritten(path, error),
            other => AcceptedFileError::Unwritten(path, io::Error::other(other)),
        })
    }
}

fn is_yaml(name: &str) -> bool {
    let end = Path::new(name).extension();
    end.is_some_and(|end| end.eq_ignore_ascii_case("yaml") || end.eq_ignore_ascii_case("yml"))
}

fn yaml(text: &str) -> Result<File, InvalidAccepted> {
    let told = |error: &dyn fmt::Display| InvalidAccepted(error.to_string());
    let mut documents = Reader::new(text, 0, 1);
    let Some(document) = documents.next() else { return Ok(File { accepted: Vec::new() }) };
    let document = document.map_err(|error| InvalidAccepted(format!("{error:?}")))?;
    let Some(root) = document.root else { return Ok(File { accepted: Vec::new() }) };
    let mut json = Vec::new();
    let mut budget = Budget::new(text.len(), document.tree.nodes.len());
    if write(&document.tree, root, Trim::Nothing, &mut budget, &mut json).is_none() {
        return Err(InvalidAccepted("the YAML is too large".to_owned()));
    }
    serde_json::from_slice(&json).map_err(|error| told(&error))
}
