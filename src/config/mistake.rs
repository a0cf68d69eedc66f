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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_as_place_fault_and_cure() {
        let mistake = Mistake::new(Path::new("config.toml"), Some(7), "unknown key `theem`", "use `theme`");
        assert_eq!(mistake.to_string(), "config.toml:7: unknown key `theem`; use `theme`");
        let mistake = Mistake::new(Path::new("config.toml"), None, "it is a folder", "");
        assert_eq!(mistake.to_string(), "config.toml: it is a folder");
    }
}
