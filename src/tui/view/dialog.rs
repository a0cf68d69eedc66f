//! A question in the middle: what would be written, what it would mean, and how to answer.

use ratatui::layout::Rect;

use super::detail::wrap;
use crate::tui::{
    app::{Dialog, Intent},
    facts::{Line, Tone},
    paint::Canvas,
};

/// Draws a dialog over the body.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, dialog: &Dialog) {
    let width = area.width.saturating_sub(4).min(92);
    let room = width.saturating_sub(4) as usize;
    match dialog {
        Dialog::Edit { intent, plan, planned, consequence, scroll } => {
            let title = match intent {
                Intent::Apply => format!("Apply to {}", plan.route),
                Intent::Abort => format!("Back to the weights at the start: {}", plan.route),
            };
            let head = vec![
                Line::of(Tone::Strong, title),
                Line::dim(planned.file.display().to_string()),
                Line::default(),
            ];
            let diff: Vec<Line> = planned.diff.lines().map(coloured).collect();
            let mut foot = vec![Line::default()];
            foot.extend(consequence.iter().flat_map(|line| wrap(line, room)));
            foot.push(
                Line::of(Tone::Accent, "Enter")
                    .and(Tone::Plain, " write it   ")
                    .and(Tone::Accent, "Esc")
                    .and(Tone::Plain, " leave it   ")
                    .and(Tone::Dim, "way back: u"),
            );
            let most = area.height.saturating_sub(2) as usize;
            let around = head.len() + foot.len() + 2;
            let seen = diff.len().min(most.saturating_sub(around)).max(1);
            let from = scroll.limit(diff.len(), seen);
            let more = diff.len() - seen.min(diff.len());
            let mut lines = head;
            lines.extend(diff.into_iter().skip(from).take(seen));
            if more > 0 {
                foot.insert(0, Line::dim(format!("↓ {more} more lines of the diff")));
                foot.remove(1);
            }
            lines.extend(foot);
            boxed(canvas, area, width, &lines);
        }
        Dialog::Quit(routes) => {
            let mut lines =
                vec![Line::of(Tone::Strong, "Weights were moved and not applied"), Line::default()];
            lines.extend(routes.iter().take(8).map(|route| Line::plain(format!("  {route}"))));
            lines.push(Line::default());
            lines.push(
                Line::of(Tone::Accent, "Enter")
                    .and(Tone::Plain, " quit without them   ")
                    .and(Tone::Accent, "Esc")
                    .and(Tone::Plain, " stay"),
            );
            boxed(canvas, area, width.min(56), &lines);
        }
    }
}

fn coloured(line: &str) -> Line {
    let tone = match line.as_bytes().first() {
        Some(b'+') if !line.starts_with("+++") => Tone::Good,
        Some(b'-') if !line.starts_with("---") => Tone::Bad,
        Some(b'@' | b'+' | b'-') => Tone::Dim,
        _ => Tone::Plain,
    };
    Line::of(tone, line)
}

fn boxed(canvas: &mut Canvas<'_>, area: Rect, width: u16, lines: &[Line]) {
    let height = (lines.len() as u16 + 2).min(area.height);
    let place =
        Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 3, width, height };
    canvas.clear(place);
    let style = canvas.theme.style(Tone::Accent);
    let across = "─".repeat(width.saturating_sub(2) as usize);
    canvas.styled(place.x, place.y, width, &format!("╭{across}╮"), style);
    canvas.styled(place.x, place.bottom() - 1, width, &format!("╰{across}╯"), style);
    for y in place.y + 1..place.bottom() - 1 {
        canvas.styled(place.x, y, 1, "│", style);
        canvas.styled(place.right() - 1, y, 1, "│", style);
    }
    for (at, line) in lines.iter().take(height.saturating_sub(2) as usize).enumerate() {
        canvas.line(place.x + 2, place.y + 1 + at as u16, width.saturating_sub(4), line);
    }
}
