//! Text with its meaning, before a face gives it colour.

/// What a piece of text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Nothing special.
    Plain,
    /// A name or a number that the eye shall find first.
    Strong,
    /// Labels, units, what is off.
    Dim,
    /// Heads of columns and sections.
    Head,
    /// Measured good.
    Good,
    /// Wants a look.
    Warn,
    /// Broken.
    Bad,
    /// The one accent: where one is, what can be pressed.
    Accent,
    /// The old side.
    Old,
    /// The new side.
    New,
    /// One of several series in a chart, by position.
    Series(usize),
}

/// A line of pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(pub Vec<(Tone, String)>);

impl Line {
    /// A line of one piece.
    pub fn of(tone: Tone, text: impl Into<String>) -> Self {
        Self(vec![(tone, text.into())])
    }

    /// A line without a special meaning.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::of(Tone::Plain, text)
    }

    /// A dim line.
    pub fn dim(text: impl Into<String>) -> Self {
        Self::of(Tone::Dim, text)
    }

    /// The line with one more piece.
    #[must_use]
    pub fn and(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.0.push((tone, text.into()));
        self
    }

    /// The text alone.
    pub fn text(&self) -> String {
        self.0.iter().map(|(_, text)| text.as_str()).collect()
    }
}

impl From<&str> for Line {
    fn from(text: &str) -> Self {
        Self::plain(text)
    }
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Self::plain(text)
    }
}
