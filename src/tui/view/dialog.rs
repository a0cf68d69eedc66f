//! A question in the middle: what would be written, what it would mean, and how to answer.

use ratatui::layout::Rect;

use super::detail::wrap;
use crate::tui::{
    app::{Accepting, Asked, Deed, Dialog, Intent},
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
                Intent::Undo => format!("Take back the last change of {}", plan.route),
                Intent::Start | Intent::Step => format!("A plan of steps for {}", plan.route),
            };
            let head = vec![
                Line::of(Tone::Strong, title),
                Line::dim(planned.file.display().to_string()),
                Line::default(),
            ];
            let mut foot = vec![Line::default()];
            foot.extend(consequence.iter().flat_map(|line| wrap(line, room)));
            foot.push(
                Line::of(Tone::Accent, "Enter")
                    .and(Tone::Plain, if *intent == Intent::Start { " start it   " } else { " write it   " })
                    .and(Tone::Accent, "Esc")
                    .and(Tone::Plain, " leave it   ")
                    .and(
                        Tone::Dim,
                        match intent {
                            Intent::Apply | Intent::Abort => "way back: u",
                            Intent::Undo => "",
                            Intent::Start | Intent::Step => "asked once, for all steps",
                        },
                    ),
            );
            let most = (area.height as usize).saturating_sub(2 + head.len() + foot.len()).max(1);
            let diff = fitting(&planned.diff, room, most);
            let seen = diff.len().min(most);
            let from = scroll.limit(diff.len(), seen);
            if let Some(line) = foot.first_mut().filter(|_| diff.len() > seen) {
                *line = unseen(&diff, from, seen);
            }
            let mut lines = head;
            lines.extend(diff.into_iter().skip(from).take(seen).map(|(_, line)| line));
            lines.extend(foot);
            boxed(canvas, area, width, &lines);
        }
        Dialog::Document(asked) => document(canvas, area, asked),
        Dialog::Accept(accepting) => accept(canvas, area, accepting),
        Dialog::Names(consent) => {
            let mut lines = vec![Line::of(Tone::Strong, consent.title.clone()), Line::default()];
            lines.extend(consent.lines.iter().flat_map(|line| wrap(line, room)));
            let most = (area.height as usize).saturating_sub(4).max(3);
            if lines.len() > most {
                lines.truncate(most - 1);
                lines.push(Line::dim("…"));
            }
            let back = if matches!(consent.deed, Deed::Undo) { "" } else { "way back: u" };
            lines.push(Line::default());
            lines.push(
                Line::of(Tone::Accent, "Enter")
                    .and(Tone::Plain, " do it   ")
                    .and(Tone::Accent, "Esc")
                    .and(Tone::Plain, " leave it   ")
                    .and(Tone::Dim, back),
            );
            boxed(canvas, area, width, &lines);
        }
        Dialog::Quit { moved, plans } => {
            let mut lines = Vec::new();
            let mut list = |title: &str, all: &[String]| {
                if !all.is_empty() {
                    lines.extend([Line::of(Tone::Strong, title), Line::default()]);
                    lines.extend(all.iter().take(8).map(|one| Line::plain(format!("  {one}"))));
                    lines.push(Line::default());
                }
            };
            list("Weights were moved and not applied", moved);
            list("A plan runs; its next steps will not be made", plans);
            lines.push(
                Line::of(Tone::Accent, "Enter")
                    .and(
                        Tone::Plain,
                        if plans.is_empty() {
                            " quit without them   "
                        } else {
                            " quit, weights stay as they are   "
                        },
                    )
                    .and(Tone::Accent, "Esc")
                    .and(Tone::Plain, " stay"),
            );
            boxed(canvas, area, width.min(60), &lines);
        }
    }
}

/// The lines of a diff with as much around its changes as there is room for, and whether each is a change.
///
/// What surrounds leaves first, then the heads: the file stands above. A change never leaves; what is too wide goes on
/// below.
fn fitting(diff: &str, room: usize, most: usize) -> Vec<(bool, Line)> {
    let lines: Vec<(Part, &str)> = parts(diff);
    let mut fit = Vec::new();
    for (around, heads) in [(3, true), (3, false), (2, false), (1, false), (0, false)] {
        let near = |at: usize| {
            let near = lines.get(at.saturating_sub(around)..(at + around + 1).min(lines.len()));
            near.unwrap_or_default().iter().any(|(part, _)| *part == Part::Change)
        };
        let kept = lines.iter().enumerate().filter(|(at, (part, _))| match part {
            Part::Change => true,
            Part::Around => near(*at),
            Part::Head => heads,
        });
        fit = kept
            .flat_map(|(_, (part, line))| {
                wrap(&coloured(*part, line), room).into_iter().map(|line| (*part == Part::Change, line))
            })
            .collect();
        if fit.len() <= most {
            break;
        }
    }
    fit
}

/// What a line of a diff is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// File or place.
    Head,
    Around,
    Change,
}

fn parts(diff: &str) -> Vec<(Part, &str)> {
    let mut inside = false;
    let part = |line: &str| {
        inside |= line.starts_with("@@");
        match line.as_bytes().first() {
            Some(b'+' | b'-') if inside => Part::Change,
            Some(b'@' | b'+' | b'-') => Part::Head,
            _ => Part::Around,
        }
    };
    let parts: Vec<Part> = diff.lines().map(part).collect();
    parts.into_iter().zip(diff.lines()).collect()
}

/// How much of a diff is not seen, and how much of that changes.
fn unseen(diff: &[(bool, Line)], from: usize, seen: usize) -> Line {
    let outside = diff.iter().enumerate().filter(|(at, _)| !(from..from + seen).contains(at));
    let changes = outside.filter(|(_, (change, _))| *change).count();
    let arrows = match (from > 0, from + seen < diff.len()) {
        (true, true) => "↑↓",
        (true, false) => "↑",
        (false, _) => "↓",
    };
    let tone = if changes > 0 { Tone::Warn } else { Tone::Dim };
    let more = diff.len() - seen;
    let lines = if more == 1 { "line" } else { "lines" };
    let what = match changes {
        0 => "alike".to_owned(),
        changes if changes == more => if more == 1 { "a change" } else { "all changes" }.to_owned(),
        changes => format!("{changes} of them changes"),
    };
    Line::of(Tone::Accent, arrows).and(tone, format!(" {more} more {lines}, {what}"))
}

fn coloured(part: Part, line: &str) -> Line {
    let tone = match (part, line.as_bytes().first()) {
        (Part::Change, Some(b'+')) => Tone::Good,
        (Part::Change, _) => Tone::Bad,
        (Part::Head, _) => Tone::Dim,
        (Part::Around, _) => Tone::Plain,
    };
    Line::of(tone, line)
}

fn boxed(canvas: &mut Canvas<'_>, area: Rect, width: u16, lines: &[Line]) {
    let inside = frame(canvas, area, width, lines.len() as u16);
    canvas.cursor = Some((inside.x, inside.y));
    for (at, line) in lines.iter().take(inside.height as usize).enumerate() {
        canvas.line(inside.x, inside.y + at as u16, inside.width, line);
    }
}

/// Draws a document that was edited: the diff and what would be wrong, or why it can not stand there.
fn document(canvas: &mut Canvas<'_>, area: Rect, asked: &Asked) {
    let width = area.width.saturating_sub(4).min(92);
    let room = width.saturating_sub(4) as usize;
    let draft = &asked.draft;
    let mut lines = vec![
        Line::of(Tone::Strong, format!("Edit {}", draft.key)),
        Line::dim(draft.file.display().to_string()),
        Line::default(),
    ];
    let mut foot: Vec<Line> = asked.told.iter().take(6).flat_map(|line| wrap(line, room)).collect();
    foot.insert(0, Line::default());
    if asked.told.len() > 6 {
        foot.push(Line::dim(format!("  and {} more", asked.told.len() - 6)));
    }
    let (enter, esc) = match asked.planned {
        Some(_) => (" write it   ", " leave it   "),
        None => (" edit it again   ", " leave it   "),
    };
    let answers = Line::of(Tone::Accent, "Enter").and(Tone::Plain, enter).and(Tone::Accent, "Esc");
    let way_back = if asked.planned.is_some() { "way back: U" } else { "" };
    foot.push(answers.and(Tone::Plain, esc).and(Tone::Dim, way_back));
    if let Some(planned) = &asked.planned {
        let most = (area.height as usize).saturating_sub(2 + lines.len() + foot.len()).max(1);
        let diff = fitting(&planned.diff, room, most);
        let seen = diff.len().min(most);
        let from = asked.scroll.limit(diff.len(), seen);
        if let Some(line) = foot.first_mut().filter(|_| diff.len() > seen) {
            *line = unseen(&diff, from, seen);
        }
        lines.extend(diff.into_iter().skip(from).take(seen).map(|(_, line)| line));
    }
    lines.extend(foot);
    boxed(canvas, area, width, &lines);
}

/// Draws what accepting a difference writes.
fn accept(canvas: &mut Canvas<'_>, area: Rect, accepting: &Accepting) {
    let width = area.width.saturating_sub(4).min(92);
    let room = width.saturating_sub(4) as usize;
    let acceptable = &accepting.acceptable;
    let mut lines = wrap(&Line::of(Tone::Strong, format!("Accept {}", acceptable.cause)), room);
    let place = acceptable.file.as_ref().map(|file| file.path().display().to_string());
    let place = place.unwrap_or_else(|| "for this session: what is built in has no file".to_owned());
    lines.extend([Line::dim(place), Line::default()]);
    let answers = Line::of(Tone::Accent, "Enter").and(Tone::Plain, " write it   ").and(Tone::Accent, "Esc");
    let way_back = if acceptable.file.is_some() { "way back: take it out of the file" } else { "" };
    let mut foot = vec![Line::default(), answers.and(Tone::Plain, " leave it   ").and(Tone::Dim, way_back)];
    let most = (area.height as usize).saturating_sub(2 + lines.len() + foot.len()).max(1);
    let diff = fitting(&acceptable.diff, room, most);
    let seen = diff.len().min(most);
    let from = accepting.scroll.limit(diff.len(), seen);
    if let Some(line) = foot.first_mut().filter(|_| diff.len() > seen) {
        *line = unseen(&diff, from, seen);
    }
    lines.extend(diff.into_iter().skip(from).take(seen).map(|(_, line)| line));
    lines.extend(foot);
    boxed(canvas, area, width, &lines);
}

/// Draws an empty frame over the screen that has room for so many lines; gives what is inside.
pub fn frame(canvas: &mut Canvas<'_>, area: Rect, width: u16, lines: u16) -> Rect {
    let height = (lines + 2).min(area.height);
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
    Rect { x: place.x + 2, y: place.y + 1, width: width.saturating_sub(4), height: height.saturating_sub(2) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIFF: &str = "--- shop.yaml\n+++ shop.yaml\n@@ -1,8 +1,8 @@\n a\n b\n c\n-weight: 90\n+weight: 75\n d\n-weight: 10\n\
                        +weight: 25\n e\n f\n g\n";

    #[test]
    fn what_surrounds_leaves_before_what_changes() {
        let cases = [
            (14, "---+++@@ a b c-+ d-+ e f g", "all of it"),
            (13, " a b c-+ d-+ e f g", "the file stands above"),
            (9, " b c-+ d-+ e f", "less around"),
            (7, " c-+ d-+ e", "one line"),
            (5, "-+-+", "the changes alone"),
            (1, "-+-+", "the changes are all there to be scrolled to"),
        ];
        for (most, seen, why) in cases {
            let lines = fitting(DIFF, 60, most);
            let short = |line: &Line| line.text().split(&['w', 's'][..]).next().unwrap_or("").to_owned();
            let text: String = lines.iter().map(|(_, line)| short(line)).collect();
            let text = text.replace("--- ", "---").replace("+++ ", "+++").replace("@@ -1,8 +1,8 @@", "@@");
            assert_eq!(text, seen, "{why}");
            assert_eq!(lines.iter().filter(|(change, _)| *change).count(), 4, "{why}");
        }
    }

    #[test]
    fn what_is_not_seen_is_told_in_good_words() {
        let diff = fitting(DIFF, 60, 3);
        let line = |change| (change, Line::default());
        let cases = [
            (vec![line(true), line(false)], "↓ 1 more line, alike"),
            (vec![line(false), line(true)], "↓ 1 more line, a change"),
            (vec![line(false), line(true), line(false)], "↓ 2 more lines, 1 of them changes"),
            (diff, "↓ 1 more line, a change"),
        ];
        for (diff, told) in cases {
            let seen = if diff.len() == 4 { 3 } else { 1 };
            assert_eq!(unseen(&diff, 0, seen).text(), told);
        }
    }

    #[test]
    fn a_change_that_is_not_seen_is_counted() {
        let diff = fitting(DIFF, 60, 2);
        let told = |from| unseen(&diff, from, 2).text();
        assert_eq!(told(0), "↓ 2 more lines, all changes");
        assert_eq!(told(1), "↑↓ 2 more lines, all changes");
        assert_eq!(told(2), "↑ 2 more lines, all changes");
    }

    #[test]
    fn a_line_that_begins_like_a_head_is_a_change_when_it_is_one() {
        let parts = parts("--- f\n+++ f\n@@ -1 +1 @@\n--- a\n+++ a\n");
        let parts: Vec<Part> = parts.into_iter().map(|(part, _)| part).collect();
        assert_eq!(parts, [Part::Head, Part::Head, Part::Head, Part::Change, Part::Change]);
    }

    #[test]
    fn a_wide_change_goes_on_below() {
        let wide = format!("@@ -1 +1 @@\n+{}\n", "{ name: a, weight: 90 }, ".repeat(5));
        let lines = fitting(&wide, 40, 9);
        let text: String = lines.iter().map(|(_, line)| line.text()).collect();
        assert_eq!(text.matches("weight: 90").count() + text.matches("weight:").count(), 10, "{text}");
        assert!(lines.iter().all(|(_, line)| crate::tui::format::width(&line.text()) <= 40));
    }
}
