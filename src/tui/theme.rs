//! Colours by meaning: themes are files of semantic slots, brought down to what the terminal can show.

mod color;

pub use color::Depth;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use super::facts::Tone;
use color::Rgb;

/// The themes that are built in: name and text.
const BUILT_IN: &[(&str, &str)] =
    &[("dark", include_str!("../../themes/dark.toml")), ("light", include_str!("../../themes/light.toml"))];

/// A theme file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// What stands where nothing is written; absent: the terminal's own.
    background: Option<Rgb>,
    text: Rgb,
    strong: Rgb,
    dim: Rgb,
    rule: Rgb,
    accent: Rgb,
    selection: Rgb,
    good: Rgb,
    warn: Rgb,
    bad: Rgb,
    old: Rgb,
    new: Rgb,
    series: Vec<Rgb>,
}

/// A theme at a depth of colour.
#[derive(Clone, Debug)]
pub struct Theme {
    /// Its name.
    pub name: String,
    file: File,
    depth: Depth,
}

/// Why there is no such theme.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// No theme of that name.
    #[error("no theme `{0}`; there are: {1}")]
    Unknown(String, String),
    /// The file can not be read.
    #[error("theme `{0}`: {1}")]
    Invalid(String, String),
}

impl Theme {
    /// The names of all themes.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// A theme by name.
    ///
    /// # Errors
    /// A name that is not there; a file with a slot that is missing, unknown or no colour.
    pub fn named(name: &str, depth: Depth) -> Result<Self, ThemeError> {
        let (_, text) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name).ok_or_else(|| {
            ThemeError::Unknown(name.to_owned(), Self::names().collect::<Vec<_>>().join(", "))
        })?;
        let file = toml::from_str(text)
            .map_err(|error| ThemeError::Invalid(name.to_owned(), error.message().to_owned()))?;
        Ok(Self { name: name.to_owned(), file, depth })
    }

    /// The theme after this one, round the list.
    #[must_use]
    pub fn next(&self) -> Self {
        let at = Self::names().position(|name| name == self.name).unwrap_or(0);
        let name = BUILT_IN.get((at + 1) % BUILT_IN.len()).map_or("dark", |(name, _)| name);
        Self::named(name, self.depth).unwrap_or_else(|_| self.clone())
    }

    /// What stands under everything.
    pub fn base(&self) -> Style {
        let style = Style::new().fg(self.color(self.file.text));
        match self.file.background {
            Some(background) if self.depth.paints_background() => style.bg(self.color(background)),
            Some(_) | None => style.bg(Color::Reset),
        }
    }

    /// The style of a tone; the background is left as it is.
    pub fn style(&self, tone: Tone) -> Style {
        if self.depth == Depth::Mono {
            let style = Style::new();
            return match tone {
                Tone::Strong | Tone::Head | Tone::Bad | Tone::Warn | Tone::Accent => {
                    style.add_modifier(Modifier::BOLD)
                }
                Tone::Dim => style.add_modifier(Modifier::DIM),
                Tone::Plain | Tone::Good | Tone::Old | Tone::New | Tone::Series(_) => style,
            };
        }
        let file = &self.file;
        let fg = |rgb| Style::new().fg(self.color(rgb));
        match tone {
            Tone::Plain => fg(file.text),
            Tone::Strong => fg(file.strong).add_modifier(Modifier::BOLD),
            Tone::Dim => fg(file.dim),
            Tone::Head => fg(file.dim).add_modifier(Modifier::BOLD),
            Tone::Good => fg(file.good),
            Tone::Warn => fg(file.warn),
            Tone::Bad => fg(file.bad),
            Tone::Accent => fg(file.accent),
            Tone::Old => fg(file.old),
            Tone::New => fg(file.new),
            Tone::Series(at) => match file.series.get(at % file.series.len().max(1)) {
                Some(rgb) => fg(*rgb),
                None => fg(file.accent),
            },
        }
    }

    /// The style of rules between regions.
    pub fn rule(&self) -> Style {
        match self.depth {
            Depth::Mono => Style::new().add_modifier(Modifier::DIM),
            Depth::Ansi16 => Style::new().fg(Color::DarkGray),
            Depth::Ansi256 | Depth::True => Style::new().fg(self.color(self.file.rule)),
        }
    }

    /// Laid over the selected row; `focused` is false for the pane that has no keys.
    pub fn selection(&self, focused: bool) -> Style {
        if !focused {
            return Style::new().add_modifier(Modifier::UNDERLINED);
        }
        match self.depth {
            Depth::Mono | Depth::Ansi16 => Style::new().add_modifier(Modifier::REVERSED),
            Depth::Ansi256 | Depth::True => Style::new().bg(self.color(self.file.selection)),
        }
    }

    fn color(&self, rgb: Rgb) -> Color {
        rgb.at(self.depth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_theme_can_be_read_and_goes_round() {
        let first = Theme::named("dark", Depth::True).unwrap();
        let mut theme = first.clone();
        for name in Theme::names() {
            Theme::named(name, Depth::True).unwrap();
            theme = theme.next();
        }
        assert_eq!(theme.name, first.name);
    }

    #[test]
    fn an_unknown_theme_is_told_with_those_that_are_there() {
        let error = Theme::named("drak", Depth::True).unwrap_err().to_string();
        assert_eq!(error, "no theme `drak`; there are: dark, light");
    }

    #[test]
    fn mono_uses_no_colour_at_all() {
        let theme = Theme::named("dark", Depth::Mono).unwrap();
        let tones = [Tone::Plain, Tone::Strong, Tone::Bad, Tone::Series(3), Tone::Dim];
        for style in tones.map(|tone| theme.style(tone)).iter().chain([&theme.selection(true), &theme.rule()])
        {
            assert!(matches!(style.fg, None | Some(Color::Reset)) && style.bg.is_none(), "{style:?}");
        }
        assert_eq!(theme.base().fg, Some(Color::Reset));
    }

    #[test]
    fn text_stands_out_from_its_background() {
        for name in Theme::names() {
            let theme = Theme::named(name, Depth::True).unwrap();
            let file = &theme.file;
            let background = file.background.unwrap();
            let slots = [
                ("text", file.text),
                ("strong", file.strong),
                ("dim", file.dim),
                ("accent", file.accent),
                ("good", file.good),
                ("warn", file.warn),
                ("bad", file.bad),
                ("old", file.old),
                ("new", file.new),
            ];
            for (slot, rgb) in slots {
                for (on, under) in [("background", background), ("selection", file.selection)] {
                    let least = if slot == "dim" && on == "selection" { 3.0 } else { 4.5 };
                    let contrast = rgb.contrast(under);
                    assert!(contrast >= least, "{name}: {slot} on {on} has {contrast:.2}");
                }
            }
            for (at, rgb) in file.series.iter().enumerate() {
                assert!(rgb.contrast(background) >= 3.0, "{name}: series {at}");
            }
        }
    }
}
