//! How the console looks and behaves: what flags and the config file say of it.

use std::{path::PathBuf, sync::Arc};

use super::theme::{Color, Letters, Shelf, Source, SourceKind, Theme, ThemeError, light, utf8};
use crate::config::Config;

/// How the console looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Name of a theme; `auto` is `dark` or `light`, as the terminal says of its background.
    pub theme: String,
    /// Whether there is colour, and how much.
    pub color: Color,
    /// Whether only ASCII is drawn; none: when the locale is not UTF-8.
    pub ascii: Option<bool>,
    /// Whether nothing moves by itself more often than every five seconds.
    pub reduced_motion: bool,
    /// Whether the mouse is ours from the start; `m` turns it on and off.
    pub mouse: bool,
    /// Title of the terminal's window.
    pub title: String,
    /// Folder of a user's own themes; read again when one is saved.
    pub themes: Option<PathBuf>,
    /// What one works on, and what says so.
    pub source: Source,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            theme: "auto".to_owned(),
            color: Color::default(),
            ascii: None,
            reduced_motion: false,
            mouse: false,
            title: "cutover".to_owned(),
            themes: None,
            source: Source::default(),
        }
    }
}

impl Options {
    /// With what a config says; `names` are those of the source.
    #[must_use]
    pub fn with(self, config: &Config, names: &[String]) -> Self {
        let source = config.source(names.iter().map(String::as_str));
        let source = source.map_or(self.source.clone(), |source| {
            let production = source.production == Some(true);
            let kind = if production { SourceKind::Production } else { self.source.kind };
            let word = source.word.as_ref().map(|word| word.value.clone());
            Source::of(kind, word, source.accent.as_ref().and_then(|accent| accent.value.parse().ok()))
        });
        let color = config.color.as_ref().and_then(|color| color.value.parse().ok());
        Self {
            theme: config.theme.as_ref().map_or(self.theme, |theme| theme.value.clone()),
            color: color.unwrap_or(self.color),
            ascii: config.ascii.or(self.ascii),
            reduced_motion: config.reduced_motion.unwrap_or(self.reduced_motion),
            mouse: config.mouse.unwrap_or(self.mouse),
            source,
            ..self
        }
    }

    /// Whether the theme is there and can be read.
    ///
    /// # Errors
    /// In words: no such theme, or all that is wrong in its file.
    pub fn check(&self) -> anyhow::Result<()> {
        self.dress(|_| None)?;
        Ok(())
    }

    /// The theme of a terminal with this environment; and what could not be read of a user's own.
    ///
    /// # Errors
    /// No such theme, or a file that can not be one.
    pub(super) fn dress(
        &self,
        var: impl Fn(&str) -> Option<String>,
    ) -> Result<(Theme, Vec<String>), ThemeError> {
        let (shelf, troubles) = self.themes.as_deref().map(Shelf::read).unwrap_or_default();
        let name = match self.theme.as_str() {
            "auto" if light(&var) => "light",
            "auto" => "dark",
            name => name,
        };
        let mut theme = Theme::on(Arc::new(shelf), name, self.color.depth(&var))?;
        theme.letters = Letters::of(self.ascii, utf8(&var));
        theme.source = self.source.clone();
        Ok((theme, troubles))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_config_says_of_a_source_is_what_the_head_says() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(
            &file,
            "[[source]]\nmatch = \"*prod*\"\nproduction = true\n[[source]]\nmatch = \"demo\"\nword = \"PLAY\"\naccent = \"cyan\"\n",
        )
        .unwrap();
        let config = Config::read(&file).unwrap();
        let cases = [
            ("clusters/eu-prod", SourceKind::Production, "PRODUCTION", false),
            ("demo", SourceKind::Files, "PLAY", true),
            ("./manifests", SourceKind::Files, "", false),
        ];
        for (name, kind, word, accent) in cases {
            let source = Options::default().with(&config, &[name.to_owned()]).source;
            assert_eq!(
                (source.kind, source.word.as_str(), source.accent.is_some()),
                (kind, word, accent),
                "{name}"
            );
        }
    }

    #[test]
    fn the_terminal_chooses_between_dark_and_light_when_nobody_else_does() {
        let cases = [
            ("auto", Some("0;15"), "light"),
            ("auto", Some("15;0"), "dark"),
            ("auto", None, "dark"),
            ("nord", Some("0;15"), "nord"),
        ];
        for (theme, told, name) in cases {
            let options = Options { theme: theme.to_owned(), ..Options::default() };
            let var = |name: &str| told.filter(|_| name == "COLORFGBG").map(str::to_owned);
            assert_eq!(options.dress(var).unwrap().0.name, name, "{theme} {told:?}");
        }
    }
}
