//! A colour as a theme writes it, and what becomes of it in a terminal that can show fewer.

use ratatui::style::Color;
use serde::{Deserialize, Deserializer, de::Error as _};

/// How many colours a terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// None: only bold, dim, underlined and reversed.
    Mono,
    /// The terminal's own sixteen.
    Ansi16,
    /// 256.
    Ansi256,
    /// 24 bits.
    True,
}

impl Depth {
    /// What the environment says: `NO_COLOR` (non-empty), `COLORTERM`, `TERM`.
    pub fn from_env(var: impl Fn(&str) -> Option<String>) -> Self {
        if var("NO_COLOR").is_some_and(|value| !value.is_empty()) {
            return Self::Mono;
        }
        let term = var("TERM").unwrap_or_default();
        match var("COLORTERM").unwrap_or_default().as_str() {
            "truecolor" | "24bit" => Self::True,
            _ if term.ends_with("-direct") || term == "xterm-kitty" || term == "xterm-ghostty" => Self::True,
            _ if term.contains("256color") => Self::Ansi256,
            _ => Self::Ansi16,
        }
    }

    /// Whether a theme's own background can be shown well enough to paint it.
    pub fn paints_background(self) -> bool {
        match self {
            Self::Mono | Self::Ansi16 => false,
            Self::Ansi256 | Self::True => true,
        }
    }
}

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(u8, u8, u8);

impl Rgb {
    /// `#rrggbb`
    fn parse(text: &str) -> Option<Self> {
        let digits =
            text.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let number = u32::from_str_radix(digits, 16).ok()?;
        Some(Self((number >> 16) as u8, (number >> 8) as u8, number as u8))
    }

    /// The nearest that a terminal of this depth has.
    pub fn at(self, depth: Depth) -> Color {
        let Self(r, g, b) = self;
        match depth {
            Depth::Mono => Color::Reset,
            Depth::True => Color::Rgb(r, g, b),
            Depth::Ansi256 => Color::Indexed(self.indexed()),
            Depth::Ansi16 => self.named(),
        }
    }

    fn indexed(self) -> u8 {
        const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
        let Self(r, g, b) = self;
        let level = |value: u8| {
            let distance = |at: &usize| LEVELS.get(*at).map_or(u8::MAX, |level| level.abs_diff(value));
            (0..6_usize).min_by_key(distance).unwrap_or(0)
        };
        let (lr, lg, lb) = (level(r), level(g), level(b));
        let of = |at: usize| LEVELS.get(at).copied().unwrap_or(0);
        let cube = Self(of(lr), of(lg), of(lb));
        let grey_step = ((u32::from(r) + u32::from(g) + u32::from(b)) / 3).saturating_sub(3).min(235) / 10;
        let grey = 8 + 10 * grey_step.min(23) as u8;
        if self.distance(Self(grey, grey, grey)) < self.distance(cube) {
            232 + grey_step.min(23) as u8
        } else {
            16 + 36 * lr as u8 + 6 * lg as u8 + lb as u8
        }
    }

    /// By hue and brightness, since a terminal's sixteen are its user's own.
    fn named(self) -> Color {
        let Self(r, g, b) = self;
        let (most, least) = (r.max(g).max(b), r.min(g).min(b));
        if most - least < 40 {
            return match most {
                60..170 => Color::DarkGray,
                0..60 | 170..=255 => Color::Reset,
            };
        }
        let half = least / 2 + most / 2;
        match (r > half, g > half, b > half) {
            (true, false, false) => Color::Red,
            (false, true, false) => Color::Green,
            (true, true, false) => Color::Yellow,
            (false, false, true) => Color::Blue,
            (true, false, true) => Color::Magenta,
            (false, true, true) => Color::Cyan,
            (true, true, true) | (false, false, false) => Color::Reset,
        }
    }

    fn distance(self, other: Self) -> u32 {
        let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
        square(self.0, other.0) + square(self.1, other.1) + square(self.2, other.2)
    }

    /// WCAG 2.1 contrast ratio.
    #[cfg(test)]
    pub fn contrast(self, other: Self) -> f64 {
        let luminance = |Self(r, g, b): Self| {
            let part = |value: u8| {
                let v = f64::from(value) / 255.0;
                if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
        };
        let (a, b) = (luminance(self), luminance(other));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

impl<'de> Deserialize<'de> for Rgb {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let text = String::deserialize(reader)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is no colour; write #rrggbb")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides_the_depth() {
        let cases = [
            (&[("NO_COLOR", "1"), ("COLORTERM", "truecolor")][..], Depth::Mono, "NO_COLOR wins"),
            (&[("NO_COLOR", ""), ("COLORTERM", "truecolor")][..], Depth::True, "an empty one does not count"),
            (&[("TERM", "xterm-256color")][..], Depth::Ansi256, "by TERM"),
            (&[("TERM", "xterm")][..], Depth::Ansi16, "nothing promised"),
            (
                &[("TERM", "screen-256color"), ("COLORTERM", "24bit")][..],
                Depth::True,
                "COLORTERM knows better",
            ),
        ];
        for (vars, depth, why) in cases {
            let var =
                |name: &str| vars.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(Depth::from_env(var), depth, "{why}");
        }
    }

    #[test]
    fn colours_come_down_to_the_nearest() {
        let cases = [
            ("#ff0000", 196, Color::Red),
            ("#ffffff", 231, Color::Reset),
            ("#808080", 244, Color::DarkGray),
            ("#56b6c2", 73, Color::Cyan),
        ];
        for (text, indexed, named) in cases {
            let rgb = Rgb::parse(text).unwrap();
            assert_eq!(rgb.at(Depth::Ansi256), Color::Indexed(indexed), "{text}");
            assert_eq!(rgb.at(Depth::Ansi16), named, "{text}");
        }
        assert_eq!(Rgb::parse("#fff"), None, "three digits are not taken");
        assert_eq!(Rgb::parse("#ää00"), None, "bytes are not letters");
    }
}
