//! Text of clusters and files made harmless for a terminal: what would move the cursor, colour, or turn the reading
//! direction is written as an escape that one can read.

use std::borrow::Cow;

/// Control characters, and invisible ones that make a text look like another.
#[must_use]
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// One line of text for a terminal.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| (0x20..0x7f).contains(&b)) || !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().fold(String::with_capacity(text.len() + 8), |mut out, c| {
        if is_harmful(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
        out
    }))
}

/// Text of several lines for a terminal; line ends stay.
#[must_use]
pub fn clean_lines(text: &str) -> String {
    text.split('\n').map(|line| clean(line.strip_suffix('\r').unwrap_or(line))).collect::<Vec<_>>().join("\n")
}

/// JSON with the same meaning and no harmful character in it.
#[must_use]
pub fn clean_json(json: String) -> String {
    if !json.contains(|c: char| c != '\n' && is_harmful(c)) {
        return json;
    }
    let mut out = String::with_capacity(json.len() + 32);
    for c in json.chars() {
        if c == '\n' || !is_harmful(c) {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_the_cursor_or_hides_is_written_out() {
        let cases = [
            ("plain äöü 書店", "plain äöü 書店", "letters of all scripts stay"),
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb", "an escape sequence"),
            ("a\nb\tc", "a\\nb\\tc", "a cell is one line"),
            ("\u{9b}31m", "\\u{9b}31m", "the eight-bit introducer too"),
            ("größe 東京", "größe 東京", "letters of the world stay"),
            ("admin\u{202e}txt", "admin\\u{202e}txt", "a turned reading direction"),
            ("a\u{200b}b\u{9b}c", "a\\u{200b}b\\u{9b}c", "zero width; C1"),
        ];
        for (text, expected, why) in cases {
            assert_eq!(clean(text), expected, "{why}");
        }
    }

    #[test]
    fn cleaned_json_means_the_same() {
        let value = serde_json::json!({"a": "x\u{202e}\u{1b}[0m\u{e0041}\u{7f}"});
        let text = clean_json(serde_json::to_string_pretty(&value).unwrap());
        assert!(!text.contains(|c: char| c != '\n' && is_harmful(c)));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
