//! All about one object, as scrolled text.

use ratatui::layout::Rect;

use crate::tui::{app::Detail, facts::Line, format, paint::Canvas, widget::table::scrollbar};

/// Draws the text; a line that is too long goes on below, indented.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, detail: &Detail) {
    let room = area.width.saturating_sub(3) as usize;
    let lines: Vec<Line> = detail.lines.iter().flat_map(|line| wrap(line, room)).collect();
    let from = detail.scroll.limit(lines.len(), area.height as usize);
    for (at, line) in lines.iter().skip(from).take(area.height as usize).enumerate() {
        canvas.line(area.x + 1, area.y + at as u16, room as u16, line);
    }
    if lines.len() > area.height as usize {
        scrollbar(canvas, area, lines.len(), from, area.height);
    }
}

/// Breaks a line at spaces where it does not fit; what has no space is cut by columns.
pub fn wrap(line: &Line, room: usize) -> Vec<Line> {
    let text = line.text();
    if format::width(&text) <= room || room < 20 {
        return vec![line.clone()];
    }
    let indent = text.chars().take_while(|c| *c == ' ').count().min(room / 2) + 2;
    let mut out = Vec::new();
    let mut now = Line::default();
    let mut used = 0;
    for (tone, piece) in &line.0 {
        for word in piece.split_inclusive(' ') {
            let mut word = word.to_owned();
            loop {
                let wide = format::width(&word);
                if used + format::width(word.trim_end()) <= room {
                    push(&mut now, *tone, &word);
                    used += wide;
                    break;
                }
                let fresh = used <= indent;
                if fresh {
                    let (head, tail) = split(&word, room - used);
                    push(&mut now, *tone, &head);
                    word = tail;
                }
                out.push(std::mem::replace(&mut now, Line::plain(" ".repeat(indent))));
                used = indent;
                if word.is_empty() {
                    break;
                }
            }
        }
    }
    out.push(now);
    // A space at the end would make a line too wide and cost it a letter.
    for (_, last) in out.iter_mut().filter_map(|line| line.0.last_mut()) {
        last.truncate(last.trim_end().len());
    }
    out
}

fn push(line: &mut Line, tone: crate::tui::facts::Tone, text: &str) {
    match line.0.last_mut() {
        Some((last, own)) if *last == tone => own.push_str(text),
        _ => line.0.push((tone, text.to_owned())),
    }
}

fn split(word: &str, room: usize) -> (String, String) {
    let mut head = String::new();
    let mut used = 0;
    let mut rest = word;
    for letter in word.chars() {
        let wide = format::width(letter.encode_utf8(&mut [0; 4]));
        if used + wide > room && !head.is_empty() {
            break;
        }
        used += wide;
        head.push(letter);
        rest = rest.get(letter.len_utf8()..).unwrap_or("");
    }
    (head, rest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_goes_on_below_and_loses_nothing() {
        let line = Line::plain("    one two three four five six seven".to_owned());
        let wrapped: Vec<String> = wrap(&line, 24).iter().map(Line::text).collect();
        assert_eq!(wrapped, ["    one two three four", "      five six seven"]);
        let long = Line::plain("x".repeat(50));
        let joined: String = wrap(&long, 24).iter().map(|l| l.text().trim_start().to_owned()).collect();
        assert_eq!(joined, "x".repeat(50));
    }
}
