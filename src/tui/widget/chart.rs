//! Lines over time in braille dots, with a scale at the left, times below, and marks where something changed.

use ratatui::layout::Rect;

use crate::tui::{
    facts::{Tone, chart::Values},
    paint::Canvas,
};

/// One line of the chart: two values a column.
#[derive(Clone, Debug)]
pub struct Curve {
    /// Its values, twice as many as columns.
    pub values: Values,
    /// Its colour.
    pub tone: Tone,
    /// Written where it ends, when there is room; empty: nothing.
    pub name: String,
}

/// A moment that matters.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// 0 at the left, 1 at the right.
    pub at: f64,
    /// Written at its top.
    pub label: String,
    /// Its colour.
    pub tone: Tone,
}

/// What is drawn.
#[derive(Clone, Debug)]
pub struct Chart<'a> {
    /// Lines.
    pub curves: &'a [Curve],
    /// Moments.
    pub marks: &'a [Mark],
    /// The scale's top is at least this.
    pub least_top: f64,
    /// Writes a value of the scale.
    pub scale: fn(f64) -> String,
    /// Times below: left, middle, right.
    pub times: [String; 3],
}

/// Columns of the scale.
const SCALE: u16 = 8;

/// Columns that a chart in this room has for its lines.
pub fn columns(room: u16) -> usize {
    room.saturating_sub(SCALE + 1) as usize
}

/// Draws a chart; below three lines there is nothing to see and nothing is drawn.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, chart: &Chart<'_>) {
    if area.height < 3 || area.width < SCALE + 8 {
        return;
    }
    // An odd number of lines has a middle, and the scale a tidy number there.
    let height = (area.height - 1) - u16::from(!area.height.is_multiple_of(2));
    let y = area.bottom() - 1 - height;
    let names = names(chart.curves, area.width);
    let plot = Rect { x: area.x + SCALE + 1, y, width: area.width - SCALE - 1 - names, height };
    let highest = chart.curves.iter().flat_map(|curve| curve.values.iter().flatten()).copied();
    let top = nice(highest.fold(chart.least_top, f64::max));
    frame(canvas, plot, chart, top);
    let at = |mark: &Mark| plot.x + (mark.at.clamp(0.0, 1.0) * f64::from(plot.width - 1)).round() as u16;
    for mark in chart.marks {
        for y in plot.top()..plot.bottom() {
            canvas.put(at(mark), y, 1, "┆", mark.tone);
        }
    }
    let mut grid = vec![0_u8; plot.width as usize * plot.height as usize];
    for curve in chart.curves {
        dots(canvas, plot, curve, top, &mut grid);
    }
    // Words lie on top: a line goes on behind them.
    // The newest first: it says more than one that it hides. A label that is not whole would be another number.
    let mut end = plot.right();
    for (nth, mark) in chart.marks.iter().rev().enumerate() {
        let x = at(mark);
        let wide = crate::tui::format::width(&mark.label) as u16;
        if x + 1 + wide <= end {
            canvas.put(x + 1, plot.y, wide, &mark.label, mark.tone);
        } else if nth == 0 && x >= plot.x + wide {
            // At the right end it stands before its line.
            canvas.put(x - wide, plot.y, wide, &mark.label, mark.tone);
            end = x - wide;
        }
        // Neither a label nor a line next to a label: they would be read as one.
        end = end.min(x).saturating_sub(1);
    }
    if names > 0 {
        name_ends(canvas, plot, names, chart.curves, top);
    }
}

/// Columns that names of curves get at the right; none in a small room, and none when no curve has a name.
fn names(curves: &[Curve], room: u16) -> u16 {
    let longest = curves.iter().map(|curve| crate::tui::format::width(&curve.name)).max().unwrap_or(0) as u16;
    if longest == 0 || room < 64 { 0 } else { longest.min(room / 6) + 1 }
}

/// Columns that a chart of these curves has for its lines in this room.
pub fn columns_of(names_of: &[&str], room: u16) -> usize {
    let curve = |name: &&str| Curve { values: Values::new(), tone: Tone::Plain, name: (*name).to_owned() };
    let named: Vec<Curve> = names_of.iter().map(curve).collect();
    columns(room.saturating_sub(names(&named, room)))
}

/// Writes the name of each curve beside its last value, one a line: who stands higher comes first.
fn name_ends(canvas: &mut Canvas<'_>, plot: Rect, room: u16, curves: &[Curve], top: f64) {
    let mut ends: Vec<(u16, &Curve)> = curves
        .iter()
        .filter_map(|curve| {
            let last = curve.values.iter().rev().flatten().next().copied()?;
            let up = (last / top).clamp(0.0, 1.0) * f64::from(plot.height - 1);
            Some((plot.bottom() - 1 - up.round() as u16, curve))
        })
        .collect();
    ends.sort_by_key(|(y, _)| *y);
    let count = ends.len() as u16;
    let mut free = plot.y;
    for (at, (y, curve)) in ends.into_iter().enumerate() {
        // Those below need their lines too.
        let lowest = plot.bottom().saturating_sub(count - at as u16).max(plot.y);
        let y = y.max(free).min(lowest);
        if y >= plot.bottom() || y < free {
            return;
        }
        canvas.put(plot.right() + 1, y, room - 1, &curve.name, curve.tone);
        free = y + 1;
    }
}

fn frame(canvas: &mut Canvas<'_>, plot: Rect, chart: &Chart<'_>, top: f64) {
    let last = plot.height - 1;
    let middle = last / 2;
    for line in 0..plot.height {
        let y = plot.y + line;
        let labelled = line == 0 || line == last || (line == middle && plot.height >= 5);
        if labelled {
            let value = top * f64::from(last - line) / f64::from(last.max(1));
            canvas.right(plot.x - SCALE - 1, y, SCALE - 1, &(chart.scale)(value), Tone::Dim);
        }
        let sign = if line == last {
            "┼"
        } else if labelled {
            "┤"
        } else {
            "│"
        };
        let style = canvas.theme.rule();
        canvas.styled(plot.x - 1, y, 1, sign, style);
    }
    let [left, middle, right] = &chart.times;
    let y = plot.bottom();
    canvas.put(plot.x, y, plot.width, left, Tone::Dim);
    if plot.width > 48 {
        let at = plot.width / 2 - 4;
        canvas.put(plot.x + at, y, plot.width - at, middle, Tone::Dim);
    }
    canvas.right(plot.x, y, plot.width, right, Tone::Dim);
}

/// A cell of braille has two dots across and four down. Where curves share a cell the dots of both are there, in the
/// colour of the later.
fn dots(canvas: &mut Canvas<'_>, plot: Rect, curve: &Curve, top: f64, grid: &mut [u8]) {
    let (across, down) = (plot.width as usize * 2, plot.height as usize * 4);
    let row = |value: f64| {
        let up = (value / top).clamp(0.0, 1.0) * (down - 1) as f64;
        down - 1 - up.round() as usize
    };
    let mut cells = vec![0_u8; plot.width as usize * plot.height as usize];
    let mut before: Option<usize> = None;
    for x in 0..across {
        let Some(value) = curve.values.get(x).copied().flatten() else {
            before = None;
            continue;
        };
        let y = row(value);
        let from = before.unwrap_or(y);
        for dot in from.min(y)..=from.max(y) {
            let cell = (dot / 4) * plot.width as usize + x / 2;
            if let Some(bits) = cells.get_mut(cell) {
                *bits |= bit(x % 2, dot % 4);
            }
        }
        before = Some(y);
    }
    for (at, bits) in cells.into_iter().enumerate().filter(|(_, bits)| *bits != 0) {
        let (x, y) = ((at % plot.width as usize) as u16, (at / plot.width as usize) as u16);
        let Some(all) = grid.get_mut(at) else { continue };
        *all |= bits;
        let sign = char::from_u32(0x2800 + u32::from(*all)).unwrap_or(' ').to_string();
        canvas.put(plot.x + x, plot.y + y, 1, &sign, curve.tone);
    }
}

fn bit(x: usize, y: usize) -> u8 {
    match (x, y) {
        (0, 0) => 0x01,
        (0, 1) => 0x02,
        (0, 2) => 0x04,
        (0, _) => 0x40,
        (_, 0) => 0x08,
        (_, 1) => 0x10,
        (_, 2) => 0x20,
        (_, _) => 0x80,
    }
}

/// The next of 1, 2, 3, 4, 6, 8, 10 times a power of ten, so that the scale reads well.
fn nice(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let factor =
        [1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0].into_iter().find(|f| f * power >= value * 0.999).unwrap_or(10.0);
    factor * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_whole_or_not_there() {
        let theme = crate::tui::theme::Theme::named("dark", crate::tui::theme::Depth::True).unwrap();
        let cases: [(&[(f64, &str)], &str); 5] = [
            (&[(0.0, "16 %")], "┆16 %"),
            (&[(0.0, "16 %"), (0.5, "25 %")], "┆16 %               ┆25 %"),
            (&[(0.0, "16 %"), (0.1, "25 %")], "┆   ┆25 %"),
            (&[(0.9, "16 %"), (1.0, "25 %")], "                                   25 %┆"),
            (&[(0.7, "10 %"), (0.85, "16 %"), (1.0, "25 %")], "                           ┆10 % ┆ 25 %┆"),
        ];
        for (marks, expected) in cases {
            let marks: Vec<Mark> = marks
                .iter()
                .map(|(at, label)| Mark { at: *at, label: (*label).to_owned(), tone: Tone::Dim })
                .collect();
            let area = Rect::new(0, 0, 40 + SCALE + 1, 6);
            let mut buffer = ratatui::buffer::Buffer::empty(area);
            let times = [(); 3].map(|()| String::new());
            let chart = Chart { curves: &[], marks: &marks, least_top: 1.0, scale: |_| String::new(), times };
            draw(&mut Canvas { buffer: &mut buffer, theme: &theme, cursor: None }, area, &chart);
            let line: String =
                (SCALE + 1..area.width).map(|x| buffer.cell((x, 0)).unwrap().symbol()).collect();
            assert_eq!(line.trim_end(), expected);
        }
    }

    #[test]
    fn scales_end_at_a_number_that_reads_well() {
        let cases = [(0.031, 0.04), (412.0, 600.0), (0.01, 0.01), (0.0, 1.0), (95.0, 100.0)];
        for (value, top) in cases {
            assert!((nice(value) - top).abs() < 1e-9, "{value} → {}", nice(value));
        }
    }
}
