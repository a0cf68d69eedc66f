//! All keys, made from the one table of actions.

use ratatui::layout::Rect;

use crate::tui::{
    action::{self, Group, Place, Row},
    app::{Scroll, State},
    facts::{Line, Tone},
    format,
    keymap::Keymap,
    paint::Canvas,
    widget::table::scrollbar,
};

/// What is typed behind `/`.
const FILTERS: &[(&str, &str)] = &[
    ("text", "rows with this text; case does not matter"),
    ("/web|shop/", "rows with a field that this regex fits; ^ and $ are the ends of a field"),
    ("!canary", "all but these; before any of the other forms"),
    ("-l app=web", "rows whose object has these labels, as kubectl takes them"),
    ("-f cnry", "rows with these letters in this order, the best first"),
];

/// What is typed behind `:`, beside the names above.
const LINES: &[(&str, &str)] = &[
    (":routes shop", "a screen or a kind (svc, gw, httproutes), of one namespace"),
    (":svc shop /cart", "and filtered; also -n shop, -A, -l app=web"),
    (":svc shop/cart", "one object"),
    ("Tab S-Tab", "the candidates in turn"),
    ("→", "take the grey rest"),
    ("↑ ↓", "lines of before that begin so"),
    ("^W ^U ^K ^Y", "cut a word, to the beginning, to the end; put it back"),
    ("^A ^E M-B M-F", "to the ends, by words; ^/ takes back"),
];

/// Draws the help: first what works where one was.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, scroll: &Scroll, state: &State) {
    let columns = if area.width >= 150 { 2 } else { 1 };
    let blocks = blocks(state.place_below(), &state.keymap);
    let lines: usize = blocks.iter().map(Vec::len).sum();
    let mut laid: Vec<Vec<Line>> = vec![Vec::new(); columns];
    for block in blocks {
        let column = laid.iter().position(|column| column.len() + block.len() / 2 <= lines.div_ceil(columns));
        if let Some(column) = laid.get_mut(column.unwrap_or(columns - 1)) {
            column.extend(block);
        }
    }
    let height = area.height as usize;
    let tallest = laid.iter().map(Vec::len).max().unwrap_or(0);
    let from = scroll.limit(tallest, height);
    let wide = area.width / columns as u16;
    for (at, column) in laid.iter().enumerate() {
        for (line, text) in column.iter().skip(from).take(height).enumerate() {
            canvas.line(area.x + at as u16 * wide + 1, area.y + line as u16, wide - 2, text);
        }
    }
    if tallest > height {
        scrollbar(canvas, area, tallest, from, area.height);
    }
}

/// What works at a place under the headings, what is typed, and what works elsewhere.
fn blocks(place: Place, keymap: &Keymap) -> Vec<Vec<Line>> {
    let here = |row: &Row| (row.places)(place) || row.keys.is_empty() && row.by_name();
    let mut blocks = Vec::new();
    for group in Group::ALL {
        let rows = action::all().filter(|row| row.group == *group && here(row));
        blocks.push(block(group.title(), rows.map(|row| line(row, keymap))));
    }
    let said = |said: &'static [(&str, &str)]| said.iter().map(|(typed, help)| entry(typed, help));
    blocks.push(block("Behind /", said(FILTERS)));
    blocks.push(block("Behind :", said(LINES)));
    let elsewhere = action::all().filter(|row| !here(row));
    blocks.push(block("Elsewhere", elsewhere.map(|row| line(row, keymap))));
    blocks.retain(|block| block.len() > 2);
    blocks
}

fn block(title: &str, lines: impl Iterator<Item = Line>) -> Vec<Line> {
    let mut block = vec![Line::of(Tone::Head, title)];
    block.extend(lines);
    block.push(Line::default());
    block
}

fn entry(typed: &str, help: &str) -> Line {
    let pad = " ".repeat(18_usize.saturating_sub(format::width(typed)).max(2));
    Line::of(Tone::Accent, format!("  {typed}{pad}")).and(Tone::Plain, help)
}

/// `  f             show only what is broken   :broken`
fn line(row: &Row, keymap: &Keymap) -> Line {
    let keys = keymap.shown(row).join(" ");
    let pad = " ".repeat(14_usize.saturating_sub(format::width(&keys)).max(2));
    let mut line = Line::of(Tone::Accent, format!("  {keys}{pad}")).and(Tone::Plain, row.help);
    if row.writes {
        line = line.and(Tone::Dim, "   writes");
    }
    if row.by_name() {
        // Where there is no key, the name is what one has to know.
        let tone = if keys.is_empty() { Tone::Accent } else { Tone::Dim };
        line = line.and(tone, format!("   {}", row.typed()));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_stands_in_the_help_of_every_place_once() {
        for place in Place::ALL.iter().copied().filter(|place| place.free()) {
            let lines: Vec<String> =
                blocks(place, &Keymap::default()).iter().flatten().map(Line::text).collect();
            for row in action::all() {
                let said = |line: &&String| {
                    line.contains(row.help) && (!row.by_name() || line.ends_with(&row.typed()))
                };
                let count = lines.iter().filter(said).count();
                // What answers a form or a menu has no name to be told by, and may say the same as its like.
                assert!(count == 1 || count > 1 && !row.by_name(), "{} at {place:?}: {count}", row.name);
            }
        }
    }

    #[test]
    fn what_works_here_stands_before_what_does_not() {
        let lines: Vec<String> =
            blocks(Place::Canary, &Keymap::default()).iter().flatten().map(Line::text).collect();
        let at = |words: &str| lines.iter().position(|line| line.contains(words)).unwrap();
        assert!(at(":apply") < at("Elsewhere") && at("Elsewhere") < at(":load-more"), "{lines:#?}");
    }
}
