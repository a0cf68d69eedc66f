//! Tables: columns that leave in the order of their worth when there is no room, rows made only when seen.

use ratatui::layout::Rect;

use crate::tui::{
    app::{State, Target},
    facts::{Line, Measures, Reading, Tone},
    format,
    paint::Canvas,
    selection::{List, Record, SortKey},
    widget::marks,
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
    /// Shown only when a person wants more columns.
    pub wide: bool,
    /// Shown only where both sides are served.
    pub sided: bool,
    /// What it is called where its head does not say: behind `:sort` and in the config.
    pub called: &'static str,
}

impl Column {
    /// A column of text.
    pub const fn text(head: &'static str, least: u16, most: u16, worth: u8) -> Self {
        Self { head, least, most, right: false, worth, wide: false, sided: false, called: "" }
    }

    /// A column of numbers.
    pub const fn number(head: &'static str, width: u16, worth: u8) -> Self {
        Self { head, least: width, most: width, right: true, worth, wide: false, sided: false, called: "" }
    }

    /// One that is shown only when a person wants more columns.
    pub const fn wide(self) -> Self {
        Self { wide: true, ..self }
    }

    /// One that is shown only where both sides are served.
    pub const fn sided(self) -> Self {
        Self { sided: true, ..self }
    }

    /// One whose head does not say what it is called.
    pub const fn called(self, called: &'static str) -> Self {
        Self { called, ..self }
    }

    /// What it is called behind `:sort` and in the config: `5XX %` is `5xx`, `P95 MS` is `p95-ms`; the column of
    /// signs, which has no head, is `health`.
    pub fn name(&self) -> String {
        if !self.called.is_empty() {
            return self.called.to_owned();
        }
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, '/' | '-');
        let words = self.head.split_whitespace().map(|word| word.chars().filter(kept).collect::<String>());
        let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
        if words.is_empty() { "health".to_owned() } else { words.join("-").to_lowercase() }
    }
}

/// Columns between two columns.
const GAP: u16 = 2;

/// Which columns a person wants to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Those too that are for a closer look.
    pub wide: bool,
    /// Both sides are served, so that each line says which it is of.
    pub sides: bool,
    /// These, in this order, and no others.
    pub chosen: Option<Vec<usize>>,
}

impl Shape {
    /// The columns wanted, by position, whether there is room for them or not.
    pub fn of(&self, columns: &[Column]) -> Vec<usize> {
        match &self.chosen {
            Some(chosen) => chosen.iter().copied().filter(|at| *at < columns.len()).collect(),
            None => (0..columns.len())
                .filter(|at| {
                    let column = columns.get(*at);
                    column.is_some_and(|it| (self.wide || !it.wide) && (self.sides || !it.sided))
                })
                .collect(),
        }
    }
}

/// Which columns are there: position in the table, place, width.
pub fn layout(columns: &[Column], shape: &Shape, room: u16) -> Vec<(usize, u16, u16)> {
    let mut kept = shape.of(columns);
    let least = |kept: &[usize]| -> u16 {
        let widths: u16 = kept.iter().filter_map(|at| columns.get(*at)).map(|column| column.least).sum();
        widths + GAP * (kept.len() as u16).saturating_sub(1)
    };
    while kept.len() > 1 && least(&kept) > room {
        // What was asked for stays longest.
        let worth = |at: &usize| {
            columns
                .get(*at)
                .map_or(0, |column| if column.wide { column.worth.max(200) } else { column.worth })
        };
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
    let columns = T::columns(list.all());
    let places = layout(columns, &list.shape, area.width.saturating_sub(2));
    let id = state.whose(list);
    if let Some(id) = id {
        state.hit(area, Target::List(id));
    }
    let mut y = area.y;
    if look.heads {
        for (at, x, width) in &places {
            let Some(column) = columns.get(*at) else { continue };
            let sorts = list.sort().filter(|sort| sort.column == *at);
            let head = match sorts {
                Some(sort) => {
                    // The mark has to be seen; a head is known by less than all of it.
                    let kept: String =
                        column.head.chars().take((*width as usize).saturating_sub(1)).collect();
                    format!("{kept}{}", if sort.down { "▼" } else { "▲" })
                }
                None => column.head.to_owned(),
            };
            if let Some(id) = id {
                state.hit(Rect { x: area.x + 1 + x, y, width: *width, height: 1 }, Target::Head(id, *at));
            }
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
    let query = list.filter.query();
    for line in list.window(height as usize) {
        let Some(item) = list.item(line) else { continue };
        let row = item.cells(state);
        if line == list.at() {
            if look.focused {
                let style = canvas.theme.selection(true);
                canvas.wash(Rect { y, height: 1, ..area }, style);
                canvas.cursor.get_or_insert((area.x, y));
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
                marks::draw(canvas, area.x + 1 + x, y, *width, &cell.text(), query);
            }
        }
        if let Some(id) = id {
            state.hit(Rect { y, height: 1, ..area }, Target::Line(id, line));
        }
        y += 1;
    }
    if list.len() > height as usize {
        scrollbar(canvas, area, list.len(), list.window(height as usize).start, height);
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
        Reading::Is(value) => SortKey::number(value),
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

    const COLUMNS: [Column; 4] = [
        Column::text("NAME", 10, 20, 255),
        Column::text("HOSTS", 10, 30, 1),
        Column::number("REQ/S", 6, 9),
        Column::text("LABELS", 10, 10, 1).wide(),
    ];

    #[test]
    fn columns_leave_in_the_order_of_their_worth_and_the_rest_grows() {
        let cases = [
            (100, &[(0, 0, 20), (1, 22, 30), (2, 54, 6)][..], "all as wide as they want"),
            (40, &[(0, 0, 15), (1, 17, 15), (2, 34, 6)][..], "both texts grow alike"),
            (29, &[(0, 0, 20), (2, 22, 6)][..], "the hosts leave first"),
            (12, &[(0, 0, 12)][..], "the name stays"),
            (4, &[(0, 0, 4)][..], "and is cut"),
        ];
        for (room, places, why) in cases {
            assert_eq!(layout(&COLUMNS, &Shape::default(), room), places, "{why}");
        }
    }

    #[test]
    fn columns_are_those_that_a_person_wants() {
        let wide = Shape { wide: true, ..Shape::default() };
        let chosen = Shape { chosen: Some(vec![2, 0]), ..Shape::default() };
        let cases = [
            (&wide, 100, &[0, 1, 2, 3][..], "more of them"),
            (&wide, 27, &[0, 3][..], "what was asked for stays longest"),
            (&chosen, 100, &[2, 0][..], "these, in this order"),
        ];
        for (shape, room, kept, why) in cases {
            let at: Vec<usize> = layout(&COLUMNS, shape, room).iter().map(|(at, ..)| *at).collect();
            assert_eq!(at, kept, "{why}");
        }
        let names = [
            Column::text("5XX %", 1, 1, 1),
            Column::text("", 1, 1, 1),
            Column::text("", 1, 1, 1).called("why"),
        ];
        assert_eq!(names.map(|column| column.name()), ["5xx", "health", "why"]);
    }
}
