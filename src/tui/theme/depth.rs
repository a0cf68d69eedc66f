//! How many colours a terminal shows: by what its environment says, or by what a person says of it.

use std::str::FromStr;

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

/// Whether there is to be colour, and how much: `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// As the environment says: `NO_COLOR`, `COLORTERM`, `TERM`.
    #[default]
    Auto,
    /// As much as the terminal shows, whatever `NO_COLOR` says.
    Always,
    /// None.
    Never,
    /// The terminal's own sixteen.
    Ansi16,
    /// 256.
    Ansi256,
    /// 24 bits.
    True,
}

/// Why a text says nothing of colour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` says nothing of colour; it is one of {names}", names = Color::NAMES.map(|(name, _)| name).join(", "))]
pub struct InvalidColor(String);

impl Color {
    /// Every value with its name.
    pub const NAMES: [(&str, Self); 6] = [
        ("auto", Self::Auto),
        ("always", Self::Always),
        ("never", Self::Never),
        ("16", Self::Ansi16),
        ("256", Self::Ansi256),
        ("truecolor", Self::True),
    ];

    /// What a terminal with this environment gets.
    pub fn depth(self, var: impl Fn(&str) -> Option<String>) -> Depth {
        // An empty `NO_COLOR` does not count: https://no-color.org
        let no_color = var("NO_COLOR").is_some_and(|value| !value.is_empty());
        match self {
            Self::Auto if no_color => Depth::Mono,
            Self::Auto | Self::Always => told(var),
            Self::Never => Depth::Mono,
            Self::Ansi16 => Depth::Ansi16,
            Self::Ansi256 => Depth::Ansi256,
            Self::True => Depth::True,
        }
    }
}

impl FromStr for Color {
    type Err = InvalidColor;

    fn from_str(text: &str) -> Result<Self, InvalidColor> {
        let found = Self::NAMES.into_iter().find(|(name, _)| *name == text);
        found.map(|(_, color)| color).ok_or_else(|| InvalidColor(text.to_owned()))
    }
}

fn told(var: impl Fn(&str) -> Option<String>) -> Depth {
    let term = var("TERM").unwrap_or_default();
    match var("COLORTERM").unwrap_or_default().as_str() {
        "truecolor" | "24bit" => Depth::True,
        _ if term.ends_with("-direct") || term == "xterm-kitty" || term == "xterm-ghostty" => Depth::True,
        _ if term.contains("256color") => Depth::Ansi256,
        _ => Depth::Ansi16,
    }
}

/// Whether the terminal says that its background is light: `COLORFGBG`, as rxvt, Konsole and others set it. Asking
/// the terminal itself would race with the keys that are typed meanwhile.
pub fn light(var: impl Fn(&str) -> Option<String>) -> bool {
    let told = var("COLORFGBG").unwrap_or_default();
    matches!(told.rsplit(';').next(), Some("7" | "15"))
}

/// Whether text is UTF-8 here: the first of `LC_ALL`, `LC_CTYPE`, `LANG` that says anything decides. Nothing said is
/// no reason to do without signs: containers say nothing, and show them.
pub fn utf8(var: impl Fn(&str) -> Option<String>) -> bool {
    let told =
        ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| var(name).filter(|v| !v.is_empty()));
    told.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(vars: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| vars.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn the_environment_decides_the_depth_unless_a_person_does() {
        let cases = [
            ("auto", &[("NO_COLOR", "1"), ("COLORTERM", "truecolor")][..], Depth::Mono, "NO_COLOR wins"),
            (
                "auto",
                &[("NO_COLOR", ""), ("COLORTERM", "truecolor")][..],
                Depth::True,
                "an empty one does not",
            ),
            ("auto", &[("TERM", "xterm-256color")][..], Depth::Ansi256, "by TERM"),
            ("auto", &[("TERM", "xterm")][..], Depth::Ansi16, "nothing promised"),
            (
                "auto",
                &[("TERM", "screen-256color"), ("COLORTERM", "24bit")][..],
                Depth::True,
                "COLORTERM knows",
            ),
            ("always", &[("NO_COLOR", "1"), ("TERM", "xterm-256color")][..], Depth::Ansi256, "asked for"),
            ("never", &[("COLORTERM", "truecolor")][..], Depth::Mono, "asked for"),
            ("16", &[("COLORTERM", "truecolor")][..], Depth::Ansi16, "asked for"),
            ("256", &[("NO_COLOR", "1")][..], Depth::Ansi256, "a number is as clear as `always`"),
            ("truecolor", &[("TERM", "xterm")][..], Depth::True, "asked for"),
        ];
        for (color, vars, depth, why) in cases {
            let color: Color = color.parse().unwrap();
            assert_eq!(color.depth(of(vars)), depth, "{color:?} {vars:?}: {why}");
        }
        let refused = "sometimes".parse::<Color>().unwrap_err().to_string();
        assert_eq!(
            refused,
            "`sometimes` says nothing of colour; it is one of auto, always, never, 16, 256, truecolor"
        );
    }

    #[test]
    fn a_light_background_is_one_that_the_terminal_calls_white() {
        let cases = [("0;15", true), ("0;default;7", true), ("15;0", false), ("", false), ("7;8", false)];
        for (told, is) in cases {
            assert_eq!(light(of(&[("COLORFGBG", told)])), is, "{told}");
        }
        assert!(!light(of(&[])));
    }

    #[test]
    fn the_first_locale_that_says_anything_decides_whether_text_is_utf8() {
        let cases = [
            (&[("LANG", "de_DE.UTF-8")][..], true, "usual"),
            (&[("LC_CTYPE", "UTF-8")][..], true, "macOS"),
            (&[("LANG", "C.utf8")][..], true, "another way to write it"),
            (&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")][..], false, "LC_ALL is over LANG"),
            (&[("LC_ALL", ""), ("LANG", "de_DE.UTF-8")][..], true, "an empty one says nothing"),
            (&[("LC_CTYPE", "de_DE.ISO-8859-1")][..], false, "Latin 1"),
            (&[][..], true, "nothing said"),
        ];
        for (vars, is, why) in cases {
            assert_eq!(utf8(of(vars)), is, "{why}");
        }
    }
}
