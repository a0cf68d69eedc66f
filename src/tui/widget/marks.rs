//! The letters that a filter found, underlined: the one style that every theme and every terminal can show.

use ratatui::{
    layout::Rect,
    style::{Modifier, Style},
};

use crate::tui::{finding::Query, format, paint::Canvas};

/// Marks what a query found in a text that was drawn at a place, and cut to its room there.
pub fn draw(canvas: &mut Canvas<'_>, x: u16, y: u16, room: u16, text: &str, query: &Query) {
    if query.is_all() {
        return;
    }
    let text = format::clean(text);
    let cut = format::width(&text) > room as usize;
    // Where the text was cut stands a sign that nobody looked for.
    let end = if cut { room.saturating_sub(1) } else { room };
    for mark in query.marks(&text) {
        let before = text.get(..mark.start).map_or(0, format::width) as u16;
        let wide = text.get(mark).map_or(0, format::width) as u16;
        if before >= end {
            break;
        }
        let area = Rect { x: x + before, y, width: wide.min(end - before), height: 1 };
        canvas.wash(area, Style::new().add_modifier(Modifier::UNDERLINED));
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;

    use super::*;
    use crate::tui::{
        facts::Tone,
        theme::{Depth, Theme},
    };

    #[test]
    fn marks_fall_on_the_cells_of_the_letters() {
        let cases = [
            ("app", "my-app", 10, "   ^^^    ", "a word"),
            ("app", "my-app-canary", 8, "   ^^^    ", "within the part that is seen"),
            ("canary", "my-app-canary", 8, "          ", "what was cut off is not marked"),
            ("canary", "my-app-canary", 10, "       ^^ ", "nor the sign that it was"),
            ("京", "東京都", 10, "  ^^      ", "a wide letter has two"),
            ("s", "\u{1b}s", 10, "      ^   ", "behind what was made harmless"),
            ("-f ac", "app-canary", 10, "^   ^     ", "letters apart"),
        ];
        let theme = Theme::named("dark", Depth::True).unwrap();
        for (query, text, room, expected, why) in cases {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 1));
            let mut canvas = Canvas { buffer: &mut buffer, theme: &theme, cursor: None };
            canvas.put(0, 0, room, text, Tone::Plain);
            draw(&mut canvas, 0, 0, room, text, &Query::parse(query).unwrap());
            let marked = buffer.content.iter().map(|cell| cell.modifier.contains(Modifier::UNDERLINED));
            let shown: String = marked.map(|marked| if marked { '^' } else { ' ' }).collect();
            assert_eq!(shown, expected, "{query} in {text}: {why}");
        }
    }
}
