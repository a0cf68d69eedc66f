//! Something that a user should know about an input, with its place and its cure.

use std::path::PathBuf;

use super::{Key, Origin};

/// How bad a [`Problem`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something does not work.
    Error,
    /// Something works otherwise than its author may think.
    Warning,
    /// Worth knowing.
    Info,
}

/// One finding. `code` is stable and documented in `docs/problems.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad.
    pub severity: Severity,
    /// Stable name of this sort of problem, in kebab case.
    pub code: &'static str,
    /// The object at fault.
    pub object: Option<Key>,
    /// The file it came from.
    pub file: Option<PathBuf>,
    /// Line in that file, from 1.
    pub line: Option<u32>,
    /// The field at fault: `spec.rules[0].backendRefs[1].weight`.
    pub field: Option<String>,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to do; empty when there is nothing to advise.
    pub fix: String,
}

impl Problem {
    /// A problem without a place.
    pub fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity,
            code,
            object: None,
            file: None,
            line: None,
            field: None,
            message: message.into(),
            fix: String::new(),
        }
    }

    /// Shorthand for an error.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// Shorthand for a warning.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// Says what to do.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = fix.into();
        self
    }

    /// Names the object, and with it the file and the line where it begins.
    #[must_use]
    pub fn of(mut self, key: &Key, origin: Option<&Origin>) -> Self {
        self.object = Some(key.clone());
        if let Some(origin) = origin {
            self.file = Some(origin.file.to_path_buf());
            self.line = Some(origin.line);
        }
        self
    }

    /// Names the field; the line is made exact later, by who can read the file.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}
