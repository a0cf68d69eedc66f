//! One file a screen: each draws a part of the state and changes nothing.

pub mod canary;
mod command;
pub mod detail;
mod dialog;
mod footer;
mod header;
mod help;
mod menu;
mod notes;
mod palette;

use ratatui::{Frame, buffer::Buffer, layout::Rect};

use super::{
    app::{Overlay, Spot, State},
    facts::{Line, Tone},
    format,
    paint::{self, Canvas},
    screen::Id,
    selection::{Filter, Lines},
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
    state.hits.borrow_mut().clear();
    state.size.set((area.width, area.height));
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let text =
            format!("terminal too small: {}×{}, need {}×{}", area.width, area.height, LEAST.0, LEAST.1);
        let y = area.y + area.height / 2;
        canvas.put(area.x, y, area.width, &text, Tone::Strong);
        canvas.put(area.x, y + 1, area.width, "q quits", Tone::Dim);
        return Some((area.x, y));
    }
    header::draw(&mut canvas, paint::top(area, 3), state);
    let body = Rect { y: area.y + 3, height: area.height - 5, ..area };
    match state.spots.last() {
        Some(Spot::Screen(id)) => state.screens.get(*id).draw(&mut canvas, body, state),
        None => state.screens.get(Id::Overview).draw(&mut canvas, body, state),
        Some(Spot::Canary(..)) => canary::draw(&mut canvas, body, state),
        Some(Spot::Detail(page)) => detail::draw(&mut canvas, body, page, state),
        Some(Spot::Help(scroll)) => help::draw(&mut canvas, body, scroll, state),
    }
    canvas.rule(area, area.bottom() - 2);
    notes::draw(&mut canvas, body, state);
    footer::draw(&mut canvas, Rect { y: area.bottom() - 1, height: 1, ..area }, state);
    match &state.overlay {
        Some(Overlay::Menu(menu)) => {
            canvas.cursor = None;
            menu::draw(&mut canvas, body, menu, state);
        }
        Some(Overlay::Command(line)) => command::candidates(&mut canvas, body, line),
        Some(Overlay::Palette(palette)) => {
            canvas.cursor = None;
            palette::draw(&mut canvas, body, palette);
        }
        Some(Overlay::Prompt(_)) | None => {}
    }
    if let Some(dialog) = &state.dialog {
        canvas.cursor = None;
        dialog::draw(&mut canvas, body, dialog);
    }
    canvas.cursor.or(Some((body.x, body.y)))
}

/// The whole console as text, a line a row, without trailing space.
pub fn picture(state: &State, width: u16, height: u16) -> String {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    draw_into(state, &mut buffer, area);
    let mut out = String::new();
    for y in 0..height {
        let mut line = String::new();
        let mut skip = 0;
        for x in 0..width {
            let symbol = buffer.cell((x, y)).map_or(" ", |cell| cell.symbol());
            if skip == 0 {
                line.push_str(symbol);
                skip = format::width(symbol).max(1);
            }
            skip -= 1;
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
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
    strip_over(canvas, area, list, what, focused, &traffic_note(state, "traffic over 10 s"));
}

/// As [`strip`], with something else at the right.
pub fn strip_over(
    canvas: &mut Canvas<'_>,
    area: Rect,
    list: &dyn Lines,
    what: (&str, &str),
    focused: bool,
    over: &Line,
) {
    let (one, many) = what;
    let total = list.total();
    let noun = if total == 1 { one } else { many };
    let filter = list.filter();
    let end = area.right().saturating_sub(1);
    let mut x = area.x + 1;
    let room = |x: u16| end.saturating_sub(x);
    x += typed(canvas, x, area.y, room(x), filter, focused);
    let all = list.len() == total && filter.is_empty();
    let count = if all {
        format!("{} {noun}", format::grouped(total as u64))
    } else {
        format!("{} of {} {noun}", format::grouped(list.len() as u64), format::grouped(total as u64))
    };
    x += canvas.put(x, area.y, room(x), &count, Tone::Dim);
    if room(x) as usize > format::width(&over.text()) + 2 {
        canvas.line_right(area.x, area.y, area.width - 1, over);
    }
}

/// The filter of a list: what is typed, and why it can not be read. Gives the columns used, a gap among them.
pub fn typed(canvas: &mut Canvas<'_>, x: u16, y: u16, room: u16, filter: &Filter, focused: bool) -> u16 {
    let begin = x;
    let left = |x: u16| (begin + room).saturating_sub(x);
    let mut x = x;
    if filter.broken {
        x += canvas.put(x, y, left(x), "broken only  ", Tone::Warn);
    }
    if filter.editing || !filter.text().is_empty() {
        x += canvas.put(x, y, left(x), "/", Tone::Accent);
        // What is said beside it keeps some room however much is typed.
        // In a narrow pane what is typed goes before.
        let least = if filter.editing && focused { 24 } else { 10 };
        let most = left(x).saturating_sub(24).max(least).min(left(x));
        x += if filter.editing && focused {
            filter.input().draw(canvas, x, y, most, Tone::Strong)
        } else {
            canvas.put(x, y, most, filter.text(), Tone::Strong)
        };
        if let Some(wrong) = filter.wrong() {
            x += canvas.put(x, y, left(x), &format!("  ✗ {wrong}"), Tone::Bad);
        }
        x += canvas.put(x, y, left(x), "  ", Tone::Dim);
    }
    x - begin
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
            &missed(state, list.filter())
        };
        canvas.put(area.x + 2, area.y + 1, area.width.saturating_sub(3), text, Tone::Dim);
    }
}

/// Why none of the rows is shown, and what shows them again.
fn missed(state: &State, filter: &Filter) -> String {
    let place = state.namespace.as_ref().map(|name| format!(" in namespace {name}")).unwrap_or_default();
    let text = filter.text();
    let (what, cure) = match (filter.broken, filter.query().is_all()) {
        (true, true) => ("nothing is broken", "Esc shows all"),
        (true, false) => ("nothing broken is found", "Esc clears the filter"),
        (false, false) => ("nothing is found", "Esc clears the filter"),
        (false, true) => ("nothing is there", ":ns all shows all"),
    };
    // Who knows regexes types them bare.
    let regex = !text.starts_with(['/', '-', '!']) && text.contains(['*', '|', '^', '$', '[', '(', '+']);
    let hint = if regex { format!("   /{text}/ would be a regex") } else { String::new() };
    format!("{what}{place}   {cure}{hint}")
}
