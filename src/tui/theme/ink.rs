//! A colour as a theme writes it, and what becomes of it in a terminal that can show fewer.

use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};

use crate::config;

/// The sixteen colours of a terminal, and its own.
const NAMED: [(&str, Color); 17] = [
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

/// What else a slot may say.
const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
];

/// What a slot says: `#rrggbb`, a name of the terminal's own colours, or both (the name is for terminals of 16 colours),
/// then any of bold, dim, italic, underline, reverse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ink {
    /// In 24 bits.
    pub rich: Option<Rgb>,
    /// One of the terminal's own.
    pub named: Option<Color>,
    /// Bold and the like.
    pub modifier: Modifier,
}

/// Why a text is no colour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no colour{nearest}; write #rrggbb, default, one of black, red, green, yellow, blue, magenta, cyan, white \
         (also bright-…), and bold, dim, italic, underline or reverse", nearest = nearest(.0))]
pub struct InvalidInk(String);

fn nearest(word: &str) -> String {
    let names = NAMED.iter().map(|(name, _)| *name).chain(MODIFIERS.iter().map(|(name, _)| *name));
    config::nearest(word, names).map(|name| format!(" (`{name}`?)")).unwrap_or_default()
}

impl FromStr for Ink {
    type Err = InvalidInk;

    fn from_str(text: &str) -> Result<Self, InvalidInk> {
        let mut ink = Self::default();
        for word in text.split_ascii_whitespace() {
            let rich = Rgb::parse(word).filter(|_| ink.rich.is_none());
            let named = NAMED.iter().find(|(name, _)| *name == word && ink.named.is_none());
            let modifier = MODIFIERS.iter().find(|(name, _)| *name == word);
            match (rich, named, modifier) {
                (Some(rgb), ..) => ink.rich = Some(rgb),
                (None, Some((_, color)), _) => ink.named = Some(*color),
                (None, None, Some((_, modifier))) => ink.modifier |= *modifier,
                (None, None, None) => return Err(InvalidInk(word.to_owned())),
            }
        }
        if ink == Self::default() {
            return Err(InvalidInk(text.to_owned()));
        }
        Ok(ink)
    }
}

impl Ink {
    /// In 24 bits, with the nearest colour of 256 when `few`; what has no such colour keeps its name.
    pub fn rich(self, few: bool) -> (Color, Modifier) {
        let color = match self.rich {
            Some(rgb) if few => Color::Indexed(rgb.indexed()),
            Some(Rgb(r, g, b)) => Color::Rgb(r, g, b),
            None => self.named.unwrap_or(Color::Reset),
        };
        (color, self.modifier)
    }

    /// In the terminal's own colours; `instead` where the slot names none.
    pub fn plain(self, instead: Self) -> (Color, Modifier) {
        match (self.named, self.rich) {
            (Some(color), _) => (color, self.modifier),
            (None, Some(_)) => (instead.named.unwrap_or(Color::Reset), instead.modifier | self.modifier),
            (None, None) => (Color::Reset, self.modifier),
        }
    }
}

/// A colour of text as a style: with its modifiers, and without those of what stood there before. Reversed is no
/// modifier of text: it is how a selection is seen.
pub fn style((color, modifier): (Color, Modifier)) -> Style {
    let text = MODIFIERS.iter().map(|(_, modifier)| *modifier).collect::<Modifier>() - Modifier::REVERSED;
    Style::new().fg(color).remove_modifier(text).add_modifier(modifier)
}

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// `#rrggbb`
    pub fn parse(text: &str) -> Option<Self> {
        let digits =
            text.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let number = u32::from_str_radix(digits, 16).ok()?;
        Some(Self((number >> 16) as u8, (number >> 8) as u8, number as u8))
    }

    /// The nearest of the 240 colours that are the same in every terminal of 256: a cube and a row of greys.
    pub fn indexed(self) -> u8 {
        let level = |value: u8| (0..6_u8).min_by_key(|at| step(*at).abs_diff(value)).unwrap_or(0);
        let (r, g, b) = (level(self.0), level(self.1), level(self.2));
        let mean = (u32::from(self.0) + u32::from(self.1) + u32::from(self.2)) / 3;
        let grey = (mean.saturating_sub(3) / 10).min(23) as u8;
        let (in_cube, in_row) = (16 + 36 * r + 6 * g + b, 232 + grey);
        let nearer = self.distance(Self::of(in_row)) < self.distance(Self::of(in_cube));
        if nearer { in_row } else { in_cube }
    }

    /// What a terminal of 256 colours shows for a number from 16 on.
    pub fn of(index: u8) -> Self {
        match index {
            0..16 => Self(0, 0, 0),
            16..232 => {
                let cube = index - 16;
                Self(step(cube / 36), step(cube / 6 % 6), step(cube % 6))
            }
            232..=255 => {
                let grey = 8 + 10 * (index - 232);
                Self(grey, grey, grey)
            }
        }
    }

    fn distance(self, other: Self) -> u32 {
        let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
        square(self.0, other.0) + square(self.1, other.1) + square(self.2, other.2)
    }
}

/// A step of the colour cube, 0 to 5.
fn step(at: u8) -> u8 {
    if at == 0 { 0 } else { 55 + 40 * at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_says_a_colour_a_name_and_how_it_is_written() {
        let cases = [
            ("#ff0000", Some(Rgb(255, 0, 0)), None, Modifier::empty()),
            ("red", None, Some(Color::Red), Modifier::empty()),
            ("bright-black", None, Some(Color::DarkGray), Modifier::empty()),
            ("white", None, Some(Color::Gray), Modifier::empty()),
            ("default dim", None, Some(Color::Reset), Modifier::DIM),
            ("bold  underline", None, None, Modifier::BOLD.union(Modifier::UNDERLINED)),
            ("#0000ff bright-blue bold", Some(Rgb(0, 0, 255)), Some(Color::LightBlue), Modifier::BOLD),
        ];
        for (text, rich, named, modifier) in cases {
            assert_eq!(text.parse(), Ok(Ink { rich, named, modifier }), "{text}");
        }
        let refused = [
            ("#fff", "three digits"),
            ("#ää00", "bytes are not letters"),
            ("", "nothing"),
            ("#ff0000 #00ff00", "two colours"),
            ("red blue", "two names"),
            ("Red", "names are lower case"),
        ];
        for (text, why) in refused {
            assert!(text.parse::<Ink>().is_err(), "{why}");
        }
        let near = "brihgt-red".parse::<Ink>().unwrap_err().to_string();
        assert!(near.starts_with("`brihgt-red` is no colour (`bright-red`?); write #rrggbb"), "{near}");
    }

    #[test]
    fn colours_come_down_to_the_nearest() {
        let cases = [
            ("#ff0000", 196),
            ("#ffffff", 231),
            ("#808080", 244),
            ("#56b6c2", 73),
            ("#000000", 16),
            ("#14171c", 234),
        ];
        for (text, indexed) in cases {
            let ink: Ink = text.parse().unwrap();
            assert_eq!(ink.rich(true).0, Color::Indexed(indexed), "{text}");
        }
        for index in 16..=255_u8 {
            let there = Rgb::of(index);
            assert_eq!(Rgb::of(there.indexed()), there, "{index} is its own nearest");
        }
    }

    #[test]
    fn sixteen_colours_are_those_that_a_slot_names_or_that_its_meaning_has() {
        let instead: Ink = "green bold".parse().unwrap();
        let cases = [
            ("#00ff00", (Color::Green, Modifier::BOLD), "by its meaning"),
            ("#00ff00 blue", (Color::Blue, Modifier::empty()), "named beside"),
            ("red", (Color::Red, Modifier::empty()), "named alone"),
            ("#00ff00 dim", (Color::Green, Modifier::BOLD.union(Modifier::DIM)), "its own modifier stays"),
            ("bold", (Color::Reset, Modifier::BOLD), "no colour is meant"),
        ];
        for (text, plain, why) in cases {
            assert_eq!(text.parse::<Ink>().unwrap().plain(instead), plain, "{why}");
        }
    }
}
