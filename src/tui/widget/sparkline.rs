//! A history in one line. What was not measured stays empty; nothing but zero is the lowest mark.

use crate::tui::{facts::Tone, paint::Canvas};

const MARKS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// The history as text, against the largest value or `least_top`, whichever is more.
pub fn text(values: &[Option<f64>], least_top: f64) -> String {
    let top = values.iter().flatten().copied().fold(least_top, f64::max);
    values
        .iter()
        .map(|value| match value {
            None => " ",
            Some(value) if top <= 0.0 || *value <= 0.0 => "▁",
            Some(value) => MARKS.get((value / top * 7.0).round() as usize).copied().unwrap_or("█"),
        })
        .collect()
}

/// Draws the history.
pub fn draw(
    canvas: &mut Canvas<'_>,
    x: u16,
    y: u16,
    room: u16,
    values: &[Option<f64>],
    least_top: f64,
    tone: Tone,
) {
    canvas.put(x, y, room, &text(values, least_top), tone);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_empty_and_zero_is_the_lowest_mark() {
        let cases = [
            (&[Some(0.0), None, Some(1.0)][..], 0.0, "▁ █", "gap"),
            (&[Some(0.001), Some(0.002)][..], 0.1, "▁▁", "little noise stays little"),
            (&[Some(5.0), Some(10.0)][..], 0.0, "▅█", "half"),
            (&[][..], 1.0, "", "nothing"),
        ];
        for (values, top, drawn, why) in cases {
            assert_eq!(text(values, top), drawn, "{why}");
        }
    }
}
