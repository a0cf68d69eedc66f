//! A page: one line of faces, then the text with the line that one is on, found letters marked, lines of the user's
//! file at the left.

use ratatui::{
    layout::Rect,
    style::{Modifier, Style},
};

use crate::tui::{
    app::{Face, Overlay, Page, State},
    facts::{Line, Tone, differ, page::PageLine},
    format,
    paint::{self, Canvas},
    widget::table::scrollbar,
};

/// Draws a page.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, page: &Page, state: &State) {
    let typed = match &state.overlay {
        Some(Overlay::Prompt(prompt)) if prompt.label == "/" => Some(prompt.text.as_str()),
        Some(_) | None => None,
    };
    let find = typed.unwrap_or(&page.find);
    // While a text is being typed the first line that has it is shown, and one stays where one is.
    let line = typed.and_then(|find| page.next_found(find, false, true)).unwrap_or(page.at());
    faces(canvas, paint::top(area, 1), page, find, line);
    let area = paint::below(area, 1);
    let digits =
        page.lines.iter().filter_map(|line| line.number).max().map_or(0, |most| most.to_string().len());
    let gutter = if digits > 0 && area.width >= 80 { digits as u16 + 1 } else { 0 };
    let room = area.width.saturating_sub(3 + gutter) as usize;
    let height = area.height as usize;
    page.height.set(height);
    let from = window(page, line, room, height);
    let mut y = area.y;
    for (at, one) in page.lines.iter().enumerate().skip(from) {
        if y >= area.bottom() {
            break;
        }
        let here = at == line;
        let first = y;
        for row in rows(one, room) {
            if y >= area.bottom() {
                break;
            }
            if here {
                let style = canvas.theme.selection(true);
                canvas.wash(Rect { y, height: 1, ..area }, style);
            }
            canvas.line(area.x + 1 + gutter, y, room as u16, &row);
            mark(canvas, Rect { x: area.x + 1 + gutter, y, width: room as u16, height: 1 }, find);
            y += 1;
        }
        if let Some(number) = one.number.filter(|_| gutter > 0) {
            canvas.right(area.x + 1, first, gutter - 1, &number.to_string(), Tone::Dim);
        }
        let sign = if here {
            "▎"
        } else if one.links.is_empty() {
            ""
        } else {
            "›"
        };
        canvas.put(area.x, first, 1, sign, if here { Tone::Accent } else { Tone::Dim });
        if here && typed.is_none() {
            canvas.cursor = Some((area.x, first));
        }
    }
    if from > 0 || y >= area.bottom() {
        scrollbar(canvas, area, page.lines.len(), from, area.height);
    }
}

/// The faces, the one that is seen in the accent; where one is, and what was found.
fn faces(canvas: &mut Canvas<'_>, area: Rect, page: &Page, find: &str, line: usize) {
    let mut left = Line::default();
    for (face, key) in Face::ALL.into_iter().zip(["d", "y", "T", "D"]) {
        let here = face == page.face;
        left = left.and(Tone::Dim, format!("{key} "));
        left = left.and(if here { Tone::Accent } else { Tone::Plain }, face.title());
        left = left.and(Tone::Plain, "  ");
    }
    let mut right = Line::default();
    if page.gone {
        right = right.and(Tone::Warn, "◌ it is gone; this is what it was  ");
    }
    if !find.is_empty() {
        let found = page.found(find);
        let tone = if found.is_empty() { Tone::Warn } else { Tone::Plain };
        let at =
            found.iter().position(|at| *at == line).map_or_else(|| "–".to_owned(), |at| (at + 1).to_string());
        right = right.and(tone, format!("/{find}  {at} of {}  ", found.len()));
    }
    if let Some((new, old)) = differ::size(&page.lines).filter(|_| page.face == Face::Diff) {
        right = right.and(Tone::New, format!("+{new} ")).and(Tone::Old, format!("−{old}  "));
    }
    right = right.and(Tone::Dim, format!("line {} of {}", line + 1, page.lines.len().max(1)));
    canvas.line(area.x + 1, area.y, area.width.saturating_sub(2), &left);
    let room = area.width.saturating_sub(3 + format::width(&left.text()) as u16);
    if room as usize >= format::width(&right.text()) {
        canvas.line_right(area.x, area.y, area.width.saturating_sub(1), &right);
    } else {
        canvas.line_right(area.right() - room - 1, area.y, room, &right);
    }
}

/// The first line of a window, moved as little as can be, so that a line is in it whole and no room is left below.
fn window(page: &Page, line: usize, room: usize, height: usize) -> usize {
    let tall = |at: usize| page.lines.get(at).map_or(1, |line| rows(line, room).len());
    let mut from = page.from().get().min(line);
    if line - from > height {
        from = line - height;
    }
    let mut used: usize = (from..=line).map(tall).sum();
    while used > height && from < line {
        used -= tall(from);
        from += 1;
    }
    let mut below = 0;
    for at in from..page.lines.len() {
        below += tall(at);
        if below > height {
            break;
        }
    }
    while from > 0 && below + tall(from - 1) <= height {
        from -= 1;
        below += tall(from);
    }
    page.from().set(from);
    from
}

/// A line as it is broken: in a tree what goes on stands below the name, and the stems go on beside it.
fn rows(line: &PageLine, room: usize) -> Vec<Line> {
    let text = line.line.text();
    let stem: String = text.chars().take_while(|c| " │├└─".contains(*c)).collect();
    let hang = stem.chars().count();
    if !text.starts_with(['├', '└', '│']) {
        return wrap_under(&line.line, room, hang + 2);
    }
    let mut rows = wrap_under(&line.line, room, hang + 4);
    let on: String = stem.chars().map(|c| if matches!(c, '├' | '│') { '│' } else { ' ' }).collect();
    for (_, blanks) in rows.iter_mut().skip(1).filter_map(|row| row.0.first_mut()) {
        if let Some(rest) = blanks.get(hang..).filter(|_| blanks.starts_with(' ')) {
            *blanks = format!("{on}{rest}");
        }
    }
    rows
}

/// Underlines what was found.
fn mark(canvas: &mut Canvas<'_>, area: Rect, find: &str) {
    if find.is_empty() {
        return;
    }
    let find = find.to_lowercase();
    let style = Style::new().add_modifier(Modifier::UNDERLINED);
    let letters: Vec<(u16, String)> = (area.left()..area.right())
        .filter_map(|x| canvas.buffer.cell((x, area.y)).map(|cell| (x, cell.symbol().to_lowercase())))
        .collect();
    let text: String = letters.iter().map(|(_, letter)| letter.as_str()).collect();
    for (start, _) in text.match_indices(&find) {
        let mut byte = 0;
        for (x, letter) in &letters {
            if (start..start + find.len()).contains(&byte) {
                canvas.wash(Rect { x: *x, width: 1, ..area }, style);
            }
            byte += letter.len();
        }
    }
}

/// Breaks a line at spaces where it does not fit; what has no space is cut by columns.
pub fn wrap(line: &Line, room: usize) -> Vec<Line> {
    let blanks = line.text().chars().take_while(|c| *c == ' ').count();
    wrap_under(line, room, blanks + 2)
}

/// As [`wrap`]; what goes on below stands so many columns from the left.
fn wrap_under(line: &Line, room: usize, hang: usize) -> Vec<Line> {
    let text = line.text();
    if format::width(&text) <= room || room < 20 {
        return vec![line.clone()];
    }
    let indent = hang.min(room / 2 + 2);
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
    fn in_a_tree_the_stems_go_on_beside_what_is_broken() {
        let line =
            |stem: &str| PageLine::from(Line::dim(stem).and(Tone::Plain, "▾ ✓ one two three four five"));
        let cases = [
            ("│  ├─ ", ["│  ├─ ▾ ✓ one two", "│  │      three four", "│  │      five"]),
            ("   └─ ", ["   └─ ▾ ✓ one two", "        three four", "        five"]),
        ];
        for (stem, expected) in cases {
            let rows: Vec<String> = rows(&line(stem), 20).iter().map(Line::text).collect();
            assert_eq!(rows, expected);
        }
    }

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
