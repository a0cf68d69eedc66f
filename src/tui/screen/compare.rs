//! Compare: in what both sides differ, by cause; Enter opens a difference with both answers.

mod detail;
mod row;

use std::{path::PathBuf, sync::Arc};

use ratatui::layout::Rect;

use super::Screen;
use crate::{
    resource::{Key, Severity},
    tui::{
        action::{Group, Place, Row},
        app::{Effect, Scroll, State},
        facts::{
            Line, Tone,
            compare::{Comparison, DifferenceRow},
        },
        format,
        paint::{self, Canvas},
        selection::{Lines, List},
        view::{detail::wrap, empty, strip_over},
        widget::table::{self, Look},
    },
};

/// From anywhere to it, and what is done with a difference.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    Row::new("compare", &["C"], "in what both sides differ: why, where, with a request that shows it", Group::Screens, from, |state, _| Ok(state.show_compare())),
    Row::new("accept-difference", &["a"], "accept a difference, with a reason: shows the diff of the file and asks", Group::Compare, here, |state, _| state.accept_difference()).hint("accept").writes().off(no_accept),
];

/// On Switch the key accepts what differs for a hostname.
fn from(place: Place) -> bool {
    place.free() && place != Place::Switch
}

fn here(place: Place) -> bool {
    place == Place::Compare
}

fn no_accept(state: &State) -> Option<String> {
    let screen = &state.screens.compare;
    let Some(facts) = &screen.facts else { return Some("nothing was compared yet".to_owned()) };
    if let Some(wrong) = &facts.file.wrong {
        return Some(wrong.clone());
    }
    match screen.list.selected() {
        None => Some("no difference is selected".to_owned()),
        Some(row) => row.accepted.as_ref().map(|it| format!("it was accepted on {}", it.date)),
    }
}

/// Whether it is being compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Doing {
    /// Nobody asked for it, or it is done.
    #[default]
    Not,
    /// Shall be.
    Wanted,
    /// Is.
    Asked,
}

/// The screen.
#[derive(Debug, Default)]
pub struct Compare {
    /// Differences.
    pub list: List<Arc<DifferenceRow>>,
    /// What was compared last; none: nothing yet.
    pub facts: Option<Arc<Comparison>>,
    /// Whether something newer is under way.
    pub doing: Doing,
    /// Another file of accepted differences than the usual one.
    pub file: Option<PathBuf>,
    /// Whether the selected difference is open.
    pub open: bool,
    /// How far it is scrolled.
    pub scroll: Scroll,
}

impl Compare {
    /// Whether somebody looked, or is about to.
    pub fn was_looked_at(&self) -> bool {
        self.facts.is_some() || self.doing != Doing::Not
    }
}

impl Screen for Compare {
    fn list(&self, _: usize) -> Option<&dyn Lines> {
        Some(&self.list)
    }

    fn list_mut(&mut self, _: usize) -> Option<&mut dyn Lines> {
        Some(&mut self.list)
    }

    fn object(&self) -> Option<Key> {
        self.list.selected().and_then(|row| row.difference.cause.object.clone())
    }

    fn open(&self) -> fn(&mut State) -> Vec<Effect> {
        |state| {
            let screen = &mut state.screens.compare;
            screen.open = !screen.open && screen.list.selected().is_some();
            screen.scroll = Scroll::default();
            Vec::new()
        }
    }

    fn draw(&self, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
        draw(self, canvas, area, state);
    }
}

fn draw(screen: &Compare, canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    if let (true, Some(facts), Some(row)) = (screen.open, &screen.facts, screen.list.selected()) {
        let room = area.width.saturating_sub(3);
        let lines = detail::lines(row, facts, state, room as usize);
        let from = screen.scroll.limit(lines.len(), area.height as usize);
        for (line, y) in lines.iter().skip(from).zip(area.y..area.bottom()) {
            canvas.line(area.x + 1, y, room, line);
        }
        table::scrollbar(canvas, area, lines.len(), from, area.height);
        return;
    }
    let strip = paint::top(area, 1);
    strip_over(canvas, strip, &screen.list, ("difference", "differences"), true, &standing(screen, state));
    let room = area.width.saturating_sub(2) as usize;
    let told: Vec<Line> = screen.list.selected().map(|row| detail::below(row)).unwrap_or_default();
    let told: Vec<Line> = told.iter().flat_map(|line| wrap(line, room)).collect();
    let most = (area.height / 3) as usize;
    let foot = if area.height >= 16 && !told.is_empty() { 1 + told.len().min(most) as u16 } else { 0 };
    let list = Rect { y: area.y + 1, height: area.height - 1 - foot, ..area };
    table::draw(canvas, list, &screen.list, Look { focused: true, heads: true }, state);
    let nothing = match &screen.facts {
        None => "· both sides are being compared",
        Some(facts) => facts.missing.unwrap_or("both sides answer alike"),
    };
    if screen.list.total() == 0 {
        for (line, y) in
            wrap(&Line::dim(nothing), room.saturating_sub(2)).iter().zip(list.y + 1..list.bottom())
        {
            canvas.line(area.x + 2, y, area.width.saturating_sub(3), line);
        }
    } else {
        empty(canvas, list, state, &screen.list, nothing);
    }
    if foot > 0 {
        let area = Rect { y: area.bottom() - foot, height: foot, ..area };
        canvas.rule(area, area.y);
        for (at, line) in told.iter().take(area.height.saturating_sub(1) as usize).enumerate() {
            canvas.line(area.x + 1, area.y + 1 + at as u16, area.width - 2, line);
        }
    }
}

/// What was looked at, and whether it is of the newest objects.
fn standing(screen: &Compare, state: &State) -> Line {
    let Some(facts) = &screen.facts else { return Line::dim("· comparing") };
    if let Some(wrong) = &facts.file.wrong {
        return Line::of(Tone::Bad, format!("✗ {wrong}"));
    }
    let mut line = Line::default();
    if screen.doing != Doing::Not || !Arc::ptr_eq(&facts.world, &state.view.world) {
        line = Line::of(Tone::Warn, "◌ comparing again   ");
    }
    if facts.missing.is_some() {
        return line;
    }
    let left: usize =
        [Severity::Error, Severity::Warning, Severity::Info].into_iter().map(|one| facts.left(one)).sum();
    let accepted = facts.rows.len() - left;
    line = line.and(if left > 0 { Tone::Warn } else { Tone::Good }, format!("{left} left"));
    if accepted > 0 {
        line = line.and(Tone::Dim, format!("  {accepted} accepted"));
    }
    if facts.stale > 0 {
        line = line.and(Tone::Warn, format!("  {} acceptances match nothing", facts.stale));
    }
    let tally = &facts.tally;
    let asked = format::grouped(tally.witnesses);
    line = line.and(Tone::Dim, format!("   {asked} requests asked of both sides"));
    let open = tally.open.len() as u64 + tally.more_open;
    if open > 0 {
        line = line.and(Tone::Dim, format!(", {open} not enumerated"));
    }
    line
}
