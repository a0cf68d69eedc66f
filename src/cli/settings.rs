//! The config file: where it is, and what a command does when it is wrong.
//!
//! Read by what depends on it: the console, a rehearsal, `weights` (a source may be read-only), `config`, `info`.
//! Commands that scripts use to look at things (`get`, `describe`, `explain`, `check`) never read it.

use std::{
    env,
    path::{Path, PathBuf},
};

use super::{
    args::Global,
    failure::{Failure, USAGE},
};
use crate::{
    config::{Config, Mistake, Source, config_dir},
    resource::show::clean,
    tui,
};

/// Mistakes told at most; who has more mends these first.
const TOLD: usize = 20;

/// Where the config file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file; none when this user has no home.
    pub file: Option<PathBuf>,
    /// What named it.
    pub by: By,
}

/// What named the config file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// `--config`
    Flag,
    /// `CUTOVER_CONFIG`
    Variable,
    /// The XDG folder.
    Folder,
}

impl Place {
    /// The flag, else the variable, else the XDG folder.
    pub fn of(global: &Global) -> Self {
        let variable = || env::var_os("CUTOVER_CONFIG").filter(|value| !value.is_empty());
        match (&global.config, variable()) {
            (Some(file), _) => Self { file: Some(file.clone()), by: By::Flag },
            (None, Some(file)) => Self { file: Some(file.into()), by: By::Variable },
            (None, None) => {
                Self { file: config_dir().map(|folder| folder.join("config.toml")), by: By::Folder }
            }
        }
    }

    /// What the file says: nothing when nobody made one. One that was named has to be there.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn read(&self) -> Result<Config, Vec<Mistake>> {
        let Some(file) = self.file.as_deref().filter(|file| self.by != By::Folder || is_there(file)) else {
            return Ok(Config::default());
        };
        let config = Config::read(file)?;
        let mistakes = tui::check_config(&config);
        if mistakes.is_empty() { Ok(config) } else { Err(mistakes) }
    }
}

/// A link that leads nowhere is there too, and wrong.
pub fn is_there(file: &Path) -> bool {
    file.symlink_metadata().is_ok()
}

/// What the config file says, for a command that depends on it.
///
/// # Errors
/// Every mistake in it, as wrong usage.
pub fn load(global: &Global) -> Result<Config, Failure> {
    Place::of(global).read().map_err(|mistakes| Failure { code: USAGE, text: told(&mistakes) })
}

/// The line of the config that says that one of these sources is read-only: `config.toml:12`.
pub fn read_only(config: &Config, names: &[String]) -> Option<String> {
    let says =
        |source: &&Source| source.read_only == Some(true) && names.iter().any(|name| source.matches(name));
    let source = config.sources.iter().find(says)?;
    Some(format!("{}:{}", config.file.display(), source.pattern.line))
}

/// Mistakes as `error: file:line: what is wrong` and `  fix: what would be right`.
pub fn told(mistakes: &[Mistake]) -> String {
    let mut text = String::new();
    for mistake in mistakes.iter().take(TOLD) {
        text.push_str(&format!("error: {}\n", clean(&mistake.what())));
        if !mistake.fix.is_empty() {
            text.push_str(&format!("  fix: {}\n", clean(&mistake.fix)));
        }
    }
    if mistakes.len() > TOLD {
        text.push_str(&format!("and {} more\n", mistakes.len() - TOLD));
    }
    text
}

/// `cutover config`: says what is wrong with the file, or prints one to start from.
///
/// # Errors
/// Every mistake in the file.
pub fn run(global: &Global, example: bool) -> Result<(), Failure> {
    if example {
        return super::out::print(&tui::example_config());
    }
    let place = Place::of(global);
    load(global)?;
    let text = match &place.file {
        Some(file) if is_there(file) => format!("{}: nothing wrong\n", file.display()),
        Some(file) => format!("{}: no such file, so the defaults hold\n", file.display()),
        None => "no home, so the defaults hold\n".to_owned(),
    };
    super::out::print(&clean_line(&text))
}

fn clean_line(text: &str) -> String {
    format!("{}\n", clean(text.trim_end()))
}
