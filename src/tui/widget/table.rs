//! Tables: columns that leave in the order of their worth when there is no room, rows made only when seen.

use ratatui::{
    layout::Rect,
    style::{Modifier, Style},
};

use crate::tui::{
    app::State,
    facts::{Line, Measures, Reading, Tone},
    format,
    paint::Canvas,
    selection::{List, Record, Sort, SortKey},
};

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Head; holds the unit.
    pub head: &'static str,
    /// Least width that makes sense.
    pub least: u16,
    /// Width that is never too little; room beyond it stays empty.
    pub most: u16,
    /// Numbers stand at the right.
    pub right: bool,
    /// The column of least worth leaves first; 255 never leaves.
    pub worth: u8,
}

impl Column {
    /// A column of text.
    pub const fn text(head: &'static str, least: u16, most: u16, worth: u8) -> Self {
        Self { head, least, most, right: false, worth }
    }

    /// A column of numbers.
    pub const fn number(head: &'static str, width: u16, worth: u8) -> Self {
        Self { head, least: width, most: width, right: true, worth }
    }
}

/// Columns between two columns.
const GAP: u16 = 2;

/// Which columns are there: position in the table, place, width.
pub fn layout(columns: &[Column], room: u16) -> Vec<(usize, u16, u16)> {
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let least = |kept: &[usize]| -> u16 {
        let widths: u16 = kept.iter().filter_map(|at| columns.get(*at)).map(|column| column.least).sum();
        widths + GAP * (kept.len() as u16).saturating_sub(1)
    };
    while kept.len() > 1 && least(&kept) > room {
        let worth = |at: &usize| columns.get(*at).map_or(0, |column| column.worth);
        let Some(leaves) = (0..kept.len()).rev().min_by_key(|at| kept.get(*at).map_or(0, worth)) else {
            break;
        };
        kept.remove(leaves);
    }
    let mut widths: Vec<u16> =
        kept.iter().map(|at| columns.get(*at).map_or(0, |column| column.least)).collect();
    let mut left = room.saturating_sub(least(&kept));
    // Room is dealt a column at a time, so that all grow alike until they are as wide as they want.
    while left > 0 {
        let mut dealt = false;
        for (width, at) in widths.iter_mut().zip(&kept) {
            if left > 0 && columns.get(*at).is_some_and(|column| *width < column.most) {
                *width += 1;
                left -= 1;
                dealt = true;
            }
        }
        if !dealt {
            break;
        }
    }
    let mut x = 0;
    kept.into_iter()
        .zip(widths)
        .map(|(at, width)| {
            let place = (at, x, width.min(room.saturating_sub(x)));
            x += width + GAP;
            place
        })
        .collect()
}

/// What a table is drawn with.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Whether its selection has the keys.
    pub focused: bool,
    /// Whether heads are drawn.
    pub heads: bool,
}

/// Draws the rows of a list that are seen.
pub fn draw<T: Record>(canvas: &mut Canvas<'_>, area: Rect, list: &List<T>, look: Look, state: &State) {
    if area.is_empty() {
        return;
    }
    let columns = T::COLUMNS;
    let places = layout(columns, area.width.saturating_sub(2));
    let mut y = area.y;
    if look.heads {
        for (at, x, width) in &places {
            let Some(column) = columns.get(*at) else { continue };
            let sorts = list.sort().filter(|sort| sort.column == *at);
            let head = match sorts {
                Some(Sort { down: true, .. }) => format!("{}▼", column.head),
                Some(Sort { down: false, .. }) => format!("{}▲", column.head),
                None => column.head.to_owned(),
            };
            let tone = if sorts.is_some() { Tone::Accent } else { Tone::Head };
            if column.right {
                canvas.right(area.x + 1 + x, y, *width, &head, tone);
            } else {
                canvas.put(area.x + 1 + x, y, *width, &head, tone);
            }
        }
        y += 1;
    }
    let height = area.bottom().saturating_sub(y);
    let needle = list.filter.text.to_lowercase();
    for line in list.window(height as usize) {
        let Some(item) = list.item(line) else { continue };
        let row = item.cells(state);
        if line == list.at() {
            if look.focused {
                let style = canvas.theme.selection(true);
                canvas.wash(Rect { y, height: 1, ..area }, style);
            }
            // The pane without the keys shows where it stands and no more.
            canvas.put(area.x, y, 1, "▎", if look.focused { Tone::Accent } else { Tone::Dim });
        }
        for (at, x, width) in &places {
            let (Some(column), Some(cell)) = (columns.get(*at), row.get(*at)) else { continue };
            if column.right {
                canvas.line_right(area.x + 1 + x, y, *width, cell);
            } else {
                canvas.line(area.x + 1 + x, y, *width, cell);
            }
        }
        if !needle.is_empty() {
            mark(canvas, Rect { y, height: 1, ..area }, &needle);
        }
        y += 1;
    }
    if list.len() > height as usize {
        scrollbar(canvas, area, list.len(), list.window(height as usize).start, height);
    }
}

/// Underlines what the filter found.
fn mark(canvas: &mut Canvas<'_>, area: Rect, needle: &str) {
    let style = Style::new().add_modifier(Modifier::UNDERLINED);
    let letters: Vec<(u16, String)> = (area.left()..area.right())
        .filter_map(|x| canvas.buffer.cell((x, area.y)).map(|cell| (x, cell.symbol().to_lowercase())))
        .collect();
    let text: String = letters.iter().map(|(_, letter)| letter.as_str()).collect();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(needle)) {
        let (start, end) = (from + at, from + at + needle.len());
        let mut byte = 0;
        for (x, letter) in &letters {
            if (start..end).contains(&byte) {
                canvas.wash(Rect { x: *x, width: 1, ..area }, style);
            }
            byte += letter.len();
        }
        from = end;
    }
}

/// Where in a long list one is.
pub fn scrollbar(canvas: &mut Canvas<'_>, area: Rect, lines: usize, from: usize, height: u16) {
    if lines == 0 || height == 0 || area.width == 0 {
        return;
    }
    let thumb = ((height as usize * height as usize) / lines).clamp(1, height as usize);
    let room = height as usize - thumb;
    let last = lines.saturating_sub(height as usize).max(1);
    let at = (from.min(last) * room).div_ceil(last);
    let first = area.bottom() - height;
    for line in at..at + thumb {
        let style = canvas.theme.rule();
        canvas.styled(area.right() - 1, first + line as u16, 1, "▐", style);
    }
}

/// The cell of a measured number.
pub fn number(
    reading: Reading<f64>,
    show: impl FnOnce(f64) -> String,
    tone: impl FnOnce(f64) -> Tone,
    stale: bool,
) -> Line {
    match reading {
        Reading::Is(value) => Line::of(if stale { Tone::Dim } else { tone(value) }, show(value)),
        Reading::Nothing | Reading::Unknown(_) => Line::dim(reading.show(show)),
    }
}

/// The three cells of traffic: requests a second, 5xx in per cent, p95 in milliseconds.
pub fn traffic(measures: &Measures, stale: bool) -> [Line; 3] {
    [
        number(measures.rate, format::rate, |_| Tone::Plain, stale),
        number(measures.errors, format::percent, errors_tone, stale),
        number(measures.p95, format::millis, |_| Tone::Plain, stale),
    ]
}

/// What the three columns of traffic sort by, from 0.
pub fn traffic_key(measures: &Measures, nth: usize) -> SortKey {
    let reading = match nth {
        0 => measures.rate,
        1 => measures.errors,
        _ => measures.p95,
    };
    match reading {
        Reading::Is(value) => SortKey::Number(value),
        Reading::Nothing | Reading::Unknown(_) => SortKey::Missing,
    }
}

/// The tone of a share of errors.
pub fn errors_tone(share: f64) -> Tone {
    if share >= 0.05 {
        Tone::Bad
    } else if share >= 0.01 {
        Tone::Warn
    } else {
        Tone::Plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_leave_in_the_order_of_their_worth_and_the_rest_grows() {
        let columns = [
            Column::text("NAME", 10, 20, 255),
            Column::text("HOSTS", 10, 30, 1),
            Column::number("REQ/S", 6, 9),
        ];
        let cases = [
            (100, &[(0, 0, 20), (1, 22, 30), (2, 54, 6)][..], "all as wide as they want"),
            (40, &[(0, 0, 15), (1, 17, 15), (2, 34, 6)][..], "both texts grow alike"),
            (29, &[(0, 0, 20), (2, 22, 6)][..], "the hosts leave first"),
            (12, &[(0, 0, 12)][..], "the name stays"),
            (4, &[(0, 0, 4)][..], "and is cut"),
        ];
        for (room, places, why) in cases {
            assert_eq!(layout(&columns, room), places, "{why}");
        }
    }
}
