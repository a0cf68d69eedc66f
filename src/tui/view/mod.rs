//! One file a screen: each draws a part of the state and changes nothing.

pub mod canary;
pub mod detail;
mod dialog;
mod footer;
mod header;
mod help;
mod menu;

use ratatui::{Frame, buffer::Buffer, layout::Rect};

use super::{
    app::{Overlay, Spot, State},
    facts::{Line, Tone},
    format,
    paint::{self, Canvas},
    screen::Id,
    selection::Lines,
};

/// Least room that everything serves in.
pub const LEAST: (u16, u16) = (60, 16);

/// Draws the whole console.
pub fn draw(state: &State, frame: &mut Frame<'_>) {
    let area = frame.area();
    let cursor = draw_into(state, frame.buffer_mut(), area);
    if let Some(place) = cursor {
        frame.set_cursor_position(place);
    }
}

/// Draws the whole console into a buffer; gives the place of the hardware cursor: the input, or else the selected line,
/// which is what a screen reader reads.
pub fn draw_into(state: &State, buffer: &mut Buffer, area: Rect) -> Option<(u16, u16)> {
    let cursor = draw_all(state, buffer, area);
    paint::plain(buffer, state.theme.letters);
    cursor
}

fn draw_all(state: &State, buffer: &mut Buffer, area: Rect) -> Option<(u16, u16)> {
    let mut canvas = Canvas { buffer, theme: &state.theme, cursor: None };
    canvas.clear(area);
    state.size.set((area.width, area.height));
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let text =
            format!("terminal too small: {}×{}, need {}×{}", area.width, area.height, LEAST.0, LEAST.1);
        let y = area.y + area.height / 2;
        canvas.put(area.x, y, area.width, &text, Tone::Strong);
        canvas.put(area.x, y + 1, area.width, "q quits", Tone::Dim);
        return None;
    }
    header::draw(&mut canvas, paint::top(area, 3), state);
    let body = Rect { y: area.y + 3, height: area.height - 5, ..area };
    match state.spots.last() {
        Some(Spot::Screen(id)) => state.screens.get(*id).draw(&mut canvas, body, state),
        None => state.screens.get(Id::Overview).draw(&mut canvas, body, state),
        Some(Spot::Canary(..)) => canary::draw(&mut canvas, body, state),
        Some(Spot::Detail(detail)) => detail::draw(&mut canvas, body, detail),
        Some(Spot::Help(scroll)) => help::draw(&mut canvas, body, scroll),
    }
    canvas.rule(area, area.bottom() - 2);
    footer::draw(&mut canvas, Rect { y: area.bottom() - 1, height: 1, ..area }, state);
    if let Some(Overlay::Menu(menu)) = &state.overlay {
        canvas.cursor = None;
        menu::draw(&mut canvas, body, menu);
    }
    if let Some(dialog) = &state.dialog {
        canvas.cursor = None;
        dialog::draw(&mut canvas, body, dialog);
    }
    canvas.cursor
}

/// The line above a list: how many there are, the filter with its matches, and what the numbers are over.
pub fn strip(
    canvas: &mut Canvas<'_>,
    area: Rect,
    state: &State,
    list: &dyn Lines,
    what: (&str, &str),
    focused: bool,
) {
    let (one, many) = what;
    let total = list.total();
    let noun = if total == 1 { one } else { many };
    let filter = list.filter();
    let mut x = area.x + 1;
    let room = |x: u16| area.right().saturating_sub(x);
    if filter.text.is_empty() && !filter.editing {
        let count = format::grouped(total as u64);
        x += canvas.put(x, area.y, room(x), &format!("{count} {noun}"), Tone::Dim);
    } else {
        x += canvas.put(x, area.y, room(x), "/", Tone::Accent);
        x += canvas.put(x, area.y, room(x), &filter.text, Tone::Strong);
        if filter.editing && focused {
            canvas.cursor = Some((x.min(area.right() - 1), area.y));
            x += canvas.put(x, area.y, room(x), "▏", Tone::Accent);
        }
        let count =
            format!("  {} of {} {noun}", format::grouped(list.len() as u64), format::grouped(total as u64));
        x += canvas.put(x, area.y, room(x), &count, Tone::Dim);
    }
    let over = traffic_note(state, "traffic over 10 s");
    if room(x) as usize > format::width(&over.text()) + 2 {
        canvas.line_right(area.x, area.y, area.width - 1, &over);
    }
}

/// What the numbers are over, or how old they are, or why there are none.
pub fn traffic_note(state: &State, over: &str) -> Line {
    if let Some(age) = state.stale() {
        let why = state.view.traffic.failure.as_deref().map(|why| format!("  {why}")).unwrap_or_default();
        return Line::of(Tone::Warn, format!("◌ traffic is {} old{why}", format::age(age)));
    }
    if state.view.traffic.at.is_none() {
        let why = state.view.traffic.failure.as_deref().unwrap_or("nothing has been scraped yet");
        return Line::dim(format!("? no traffic known: {why}"));
    }
    Line::dim(over)
}

/// A list without a row says why.
pub fn empty(canvas: &mut Canvas<'_>, area: Rect, state: &State, list: &dyn Lines, nothing: &str) {
    if list.is_empty() {
        let reading = format!("· reading {} objects", format::grouped(state.view.world.len() as u64));
        let text = if list.total() == 0 && !state.ready() {
            &reading
        } else if list.total() == 0 {
            nothing
        } else {
            "nothing has this text   Esc clears the filter"
        };
        canvas.put(area.x + 2, area.y + 1, area.width.saturating_sub(3), text, Tone::Dim);
    }
}
