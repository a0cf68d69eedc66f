//! Colours by meaning: themes are files of semantic slots, brought down to what the terminal can show.

mod depth;
mod file;
mod ink;
mod letters;
mod shelf;
mod slot;
mod source;
#[cfg(test)]
mod tests;

use std::{
    path::Path,
    sync::{Arc, LazyLock},
};

use ratatui::style::{Color as Shown, Modifier, Style};

pub use depth::{Color, Depth, InvalidColor, light, utf8};
pub use ink::{Ink, InvalidInk};
pub use letters::{Letters, stand_in};
pub use shelf::{Shelf, ThemeError};
pub use source::{Source, SourceKind};

use super::facts::Tone;
use ink::style;
use slot::{Palette, Slot};

/// The theme of a terminal without colours.
static MONO: LazyLock<Palette> = LazyLock::new(|| Shelf::default().palette("mono").unwrap_or_default());
/// What the meanings are in a terminal of sixteen colours.
static SIXTEEN: LazyLock<Palette> =
    LazyLock::new(|| Shelf::default().palette("terminal").unwrap_or_default());

/// A theme as one terminal shows it.
#[derive(Clone, Debug)]
pub struct Theme {
    /// Its name.
    pub name: String,
    /// The signs that may be drawn.
    pub letters: Letters,
    /// What one works on, and what says so.
    pub source: Source,
    palette: Arc<Palette>,
    depth: Depth,
    shelf: Arc<Shelf>,
}

impl Theme {
    /// A built-in theme by name.
    ///
    /// # Errors
    /// A name that is not there.
    pub fn named(name: &str, depth: Depth) -> Result<Self, ThemeError> {
        Self::on(Arc::default(), name, depth)
    }

    /// A theme by name, of a shelf.
    ///
    /// # Errors
    /// A name that is not there; a file with a slot that is missing, unknown or no colour.
    pub fn on(shelf: Arc<Shelf>, name: &str, depth: Depth) -> Result<Self, ThemeError> {
        let palette = Arc::new(shelf.palette(name)?);
        let (letters, source) = (Letters::default(), Source::default());
        Ok(Self { name: name.to_owned(), letters, source, palette, depth, shelf })
    }

    /// The names of all themes: the built-in ones, then a user's own.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.shelf.names()
    }

    /// The file of a theme, when it is a user's own.
    pub fn file(&self, name: &str) -> Option<&Path> {
        self.shelf.file(name)
    }

    /// What a theme's file says of it in its first line; of a user's own, its place.
    pub fn about(&self, name: &str) -> String {
        match self.shelf.file(name) {
            Some(file) => file.display().to_string(),
            None => shelf::built_in(name)
                .and_then(|text| text.lines().next())
                .map_or_else(String::new, |line| line.trim_start_matches('#').trim().to_owned()),
        }
    }

    /// Another theme of the same shelf, shown alike.
    ///
    /// # Errors
    /// As those of [`Self::on`].
    pub fn to(&self, name: &str) -> Result<Self, ThemeError> {
        let palette = Arc::new(self.shelf.palette(name)?);
        Ok(Self { name: name.to_owned(), palette, ..self.clone() })
    }

    /// The same theme after its files were read again. When it can not be shown any more, it stays as it was, and why
    /// is told.
    pub fn reshelved(&self, shelf: Arc<Shelf>) -> (Self, Option<ThemeError>) {
        match shelf.palette(&self.name) {
            Ok(palette) => (Self { palette: Arc::new(palette), shelf, ..self.clone() }, None),
            Err(error) => (Self { shelf, ..self.clone() }, Some(error)),
        }
    }

    /// How many colours there are.
    pub fn depth(&self) -> Depth {
        self.depth
    }

    /// What stands under everything.
    pub fn base(&self) -> Style {
        self.slot(Slot::Text).bg(self.background())
    }

    /// The style of a tone; the background is left as it is.
    pub fn style(&self, tone: Tone) -> Style {
        match tone {
            Tone::Plain => self.slot(Slot::Text),
            Tone::Strong => self.slot(Slot::Strong).add_modifier(Modifier::BOLD),
            Tone::Dim => self.slot(Slot::Dim),
            Tone::Head => self.slot(Slot::Head).add_modifier(Modifier::BOLD),
            Tone::Good => self.slot(Slot::Good),
            Tone::Warn => self.slot(Slot::Warn),
            Tone::Bad => self.slot(Slot::Bad),
            Tone::Accent => self.slot(Slot::Accent),
            Tone::Old => self.slot(Slot::Old),
            Tone::New => self.slot(Slot::New),
            Tone::Series(at) => {
                let of = |palette: &Palette| palette.series(at);
                style(self.shown(of(&self.palette), of(&SIXTEEN), of(&MONO)))
            }
        }
    }

    /// The style of rules between regions.
    pub fn rule(&self) -> Style {
        self.slot(Slot::Rule)
    }

    /// Laid over the selected row; `focused` is false for the pane that has no keys.
    pub fn selection(&self, focused: bool) -> Style {
        if !focused {
            return Style::new().add_modifier(Modifier::UNDERLINED);
        }
        match self.of(Slot::Selection) {
            (Shown::Reset, modifier) => Style::new().add_modifier(modifier | Modifier::REVERSED),
            (color, modifier) => Style::new().bg(color).add_modifier(modifier),
        }
    }

    /// The block that says what one works on: its words in the colour of the background, on that of the source.
    pub fn block(&self) -> Style {
        let (color, modifier) = self.blocked();
        Style::new()
            .fg(color)
            .bg(self.background())
            .add_modifier(modifier | Modifier::BOLD | Modifier::REVERSED)
    }

    /// The line below the head: production has it in its colour, from one side to the other.
    pub fn edge(&self) -> Style {
        match self.source.kind {
            SourceKind::Production => {
                let (color, modifier) = self.blocked();
                style((color, modifier | Modifier::BOLD))
            }
            SourceKind::Demo | SourceKind::Files | SourceKind::Cluster => self.rule(),
        }
    }

    fn blocked(&self) -> (Shown, Modifier) {
        let slot = self.source.kind.slot();
        let ink = self.source.accent.unwrap_or_else(|| self.palette.ink(slot));
        self.shown(ink, SIXTEEN.ink(slot), MONO.ink(slot))
    }

    fn background(&self) -> Shown {
        self.of(Slot::Background).0
    }

    fn slot(&self, slot: Slot) -> Style {
        style(self.of(slot))
    }

    fn of(&self, slot: Slot) -> (Shown, Modifier) {
        self.shown(self.palette.ink(slot), SIXTEEN.ink(slot), MONO.ink(slot))
    }

    fn shown(&self, ink: Ink, sixteen: Ink, mono: Ink) -> (Shown, Modifier) {
        match self.depth {
            Depth::Mono => (Shown::Reset, mono.modifier),
            Depth::Ansi16 => ink.plain(sixteen),
            Depth::Ansi256 => ink.rich(true),
            Depth::True => ink.rich(false),
        }
    }
}
