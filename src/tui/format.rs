//! Numbers that sit still and text that can not harm a terminal.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::resource::show;

/// VARIATION SELECTOR-16
const WIDE: char = '\u{fe0f}';

/// The text as the command line shows it too ([`show::clean`]), and without the mark that asks for a wide picture,
/// of whose width terminals differ. This is the one place where text from outside is cleaned for the screen.
pub fn clean(text: &str) -> Cow<'_, str> {
    let text = show::clean(text);
    if text.contains(WIDE) { Cow::Owned(text.replace(WIDE, "")) } else { text }
}

/// Columns that a text takes.
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

/// The text in at most `columns`, its end replaced by `…` when it is longer.
pub fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    let mut short = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let wide = width(grapheme);
        if used + wide > columns - 1 {
            break;
        }
        used += wide;
        short.push_str(grapheme);
    }
    short.push('…');
    Cow::Owned(short)
}

/// Requests a second, at most six columns: `0`, `3.2`, `412`, `12 034`, `340k`.
pub fn rate(value: f64) -> String {
    let value = value.max(0.0);
    if value == 0.0 {
        "0".to_owned()
    } else if value < 9.95 {
        format!("{value:.1}")
    } else if value < 99_999.5 {
        grouped(value.round() as u64)
    } else {
        format!("{}k", (value / 1000.0).round() as u64)
    }
}

/// A share of 0 to 1 in per cent, without the sign: `0`, `<0.1`, `3.1`, `12.0`, `100`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent <= 0.0 {
        "0".to_owned()
    } else if percent < 0.05 {
        "<0.1".to_owned()
    } else if percent >= 99.95 {
        "100".to_owned()
    } else {
        format!("{percent:.1}")
    }
}

/// Milliseconds: `0.8`, `14`, `1 204`.
pub fn millis(value: f64) -> String {
    if value < 9.95 { format!("{value:.1}") } else { grouped(value.round() as u64) }
}

/// A whole number, its thousands apart: `1 286`.
pub fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// An age: `8 s`, `12 m`, `3 h`, `2 d`.
pub fn age(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} m", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_acts_on_is_left() {
        let cases = [
            ("plain", "plain", "nothing to do"),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone", "an escape sequence is text"),
            ("a\u{202e}b", "a\\u{202e}b", "no change of direction"),
            ("❤\u{fe0f}!", "❤!", "one width on every terminal"),
        ];
        for (given, cleaned, why) in cases {
            assert_eq!(clean(given), cleaned, "{why}");
        }
    }

    #[test]
    fn a_text_is_cut_by_columns_and_never_within_a_character() {
        let cases = [
            ("abcdef", 4, "abc…"),
            ("abcd", 4, "abcd"),
            ("東京都", 4, "東…"),
            ("e\u{301}e\u{301}", 1, "…"),
            ("x", 0, ""),
        ];
        for (text, columns, cut) in cases {
            assert_eq!(fit(text, columns), cut, "{text} in {columns}");
            assert!(width(&fit(text, columns)) <= columns);
        }
    }

    #[test]
    fn numbers_keep_to_their_columns() {
        let rates = [
            (0.0, "0"),
            (0.04, "0.0"),
            (3.24, "3.2"),
            (9.96, "10"),
            (412.4, "412"),
            (12_034.0, "12 034"),
            (340_000.0, "340k"),
        ];
        for (value, shown) in rates {
            assert_eq!(rate(value), shown);
        }
        let shares = [(0.0, "0"), (0.0001, "<0.1"), (0.031, "3.1"), (0.12, "12.0"), (1.0, "100")];
        for (value, shown) in shares {
            assert_eq!(percent(value), shown);
        }
        let ages = [(8.2, "8 s"), (119.0, "119 s"), (720.0, "12 m"), (7300.0, "2 h"), (200_000.0, "2 d")];
        for (value, shown) in ages {
            assert_eq!(age(value), shown);
        }
    }
}
