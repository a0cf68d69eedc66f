//! The signs that may be drawn, and what stands in for each where only ASCII may.

/// What may be drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Letters {
    /// All.
    #[default]
    Any,
    /// Our own signs in ASCII; text from outside as it is. For fonts that lack signs: `--ascii`.
    PlainSigns,
    /// Nothing but ASCII; `?` for a letter of text that has no other. For terminals that do not read UTF-8.
    Ascii,
}

impl Letters {
    /// What was asked for, or what the locale can show.
    pub fn of(ascii: Option<bool>, utf8: bool) -> Self {
        match (ascii, utf8) {
            (Some(false), _) | (None, true) => Self::Any,
            (Some(true), true) => Self::PlainSigns,
            (Some(true) | None, false) => Self::Ascii,
        }
    }
}

/// What stands in for a sign, in as many columns; none for what is no sign.
#[expect(clippy::match_same_arms, reason = "each line is one kind of sign")]
pub fn stand_in(sign: char) -> Option<char> {
    Some(match sign {
        '\u{2800}'..='\u{28ff}' => dots(sign as u32 as u8),
        // A history in one line: the more ink, the more.
        '▁' => '_',
        '▂' => '.',
        '▃' => ':',
        '▄' => '-',
        '▅' => '=',
        '▆' => '+',
        '▇' => '*',
        '█' | '■' | '▓' | '▒' | '░' | '▉' | '▊' | '▐' => '#',
        // The end of a bar, and the mark of the selected row.
        '▏' | '▎' | '▕' => '|',
        '▍' | '▌' => '-',
        '▋' => '=',
        // Lines, light and heavy, whole and dashed.
        '─' | '━' | '┄' | '┅' | '┈' | '┉' | '╌' | '╍' | '═' => '-',
        '│' | '┃' | '║' => '|',
        '┆' | '┇' | '┊' | '┋' | '╎' | '╏' => ':',
        '\u{250c}'..='\u{254b}' | '\u{2550}'..='\u{2570}' => '+',
        '\u{2571}' => '/',
        '\u{2572}' => '\\',
        '✓' | '✔' => '+',
        '✗' | '✖' | '×' => 'x',
        '·' | '∙' => '.',
        '•' | '●' | '◆' | '★' | '◉' => '*',
        '○' | '◌' | '◇' | '☐' | '□' => 'o',
        '…' | '±' | '≈' => '~',
        '▸' | '▶' | '›' | '→' | '⇒' | '≥' | '»' => '>',
        '◂' | '◀' | '‹' | '←' | '⇐' | '≤' | '«' => '<',
        '▴' | '▲' | '↑' | '⇧' => '^',
        '▾' | '▼' | '↓' => 'v',
        '–' | '−' | '—' | '‐' | '‑' => '-',
        '↵' | '⏎' => '<',
        '≠' => '!',
        '“' | '”' => '"',
        '‘' | '’' => '\'',
        'µ' => 'u',
        '\u{a0}' | '\u{2009}' | '\u{202f}' => ' ',
        _ => return None,
    })
}

/// A cell of dots, two across and four down, as the one stroke that is most like it.
fn dots(bits: u8) -> char {
    let rows = |column: [u8; 4]| -> Vec<usize> {
        column.into_iter().enumerate().filter(|(_, bit)| bits & bit != 0).map(|(row, _)| row).collect()
    };
    let (left, right) = (rows([0x01, 0x02, 0x04, 0x40]), rows([0x08, 0x10, 0x20, 0x80]));
    let middle = |rows: &[usize]| rows.iter().sum::<usize>() as f64 / rows.len() as f64;
    let level = |row: f64| match row {
        ..0.75 => '\'',
        0.75..2.25 => '-',
        _ => '_',
    };
    match (left.as_slice(), right.as_slice()) {
        ([], []) => ' ',
        (one, []) | ([], one) => {
            if one.len() >= 3 {
                '|'
            } else {
                level(middle(one))
            }
        }
        (left, right) if left.len() + right.len() >= 5 => '|',
        (left, right) => {
            let down = middle(right) - middle(left);
            if down >= 1.0 {
                '\\'
            } else if down <= -1.0 {
                '/'
            } else {
                level(f64::midpoint(middle(left), middle(right)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_goes_before_what_the_locale_says() {
        let cases = [
            (None, true, Letters::Any),
            (None, false, Letters::Ascii),
            (Some(true), true, Letters::PlainSigns),
            (Some(true), false, Letters::Ascii),
            (Some(false), false, Letters::Any),
        ];
        for (ascii, utf8, letters) in cases {
            assert_eq!(Letters::of(ascii, utf8), letters, "{ascii:?} {utf8}");
        }
    }

    #[test]
    fn every_stand_in_is_one_letter_of_ascii_and_letters_of_words_have_none() {
        for sign in '\u{80}'..='\u{3000}' {
            if let Some(other) = stand_in(sign) {
                assert!(other.is_ascii_graphic() || other == ' ', "{sign}");
                assert!(!sign.is_alphabetic() || sign == 'µ', "{sign} is a letter");
                assert_eq!(
                    unicode_width::UnicodeWidthChar::width(sign),
                    Some(1),
                    "{sign} has the same width"
                );
            }
        }
    }

    #[test]
    fn dots_become_the_stroke_that_is_most_like_them() {
        let cases = [
            (0x09, '\'', "both on top"),
            (0x12, '-', "both above the middle"),
            (0xc0, '_', "both at the bottom"),
            (0x21, '\\', "falling"),
            (0x0c, '/', "rising"),
            (0x47, '|', "all of the left"),
            (0xf8, '|', "all of the right and one more"),
            (0x01, '\'', "one"),
            (0x00, ' ', "none"),
        ];
        for (bits, stroke, why) in cases {
            assert_eq!(stand_in(char::from_u32(0x2800 + bits).unwrap()), Some(stroke), "{why}");
        }
    }
}
