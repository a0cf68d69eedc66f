//! The weights of one rule: wanted, programmed, observed; what moving them means; its plan; who fails, and since when.

mod charts;
mod head;
mod journal;
mod plan;
mod table;

use ratatui::layout::Rect;

use crate::tui::{
    app::{State, weights::SIDE},
    format,
    paint::Canvas,
};

/// Lines that the charts keep, however many backends there are.
const CHART: u16 = 5;

/// Draws the weights of the open rule.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let Some(session) = state.session() else { return };
    head::title(canvas, area, state, session);
    canvas.rule(area, area.y + 1);
    let backends = session.rule.backends.len() as u16;
    let longest = session.rule.backends.iter().map(|b| format::width(&b.name)).max().unwrap_or(8) as u16;
    let assumed = session.now.backends.iter().any(|backend| backend.assumed);
    // Room for the mark.
    let longest = longest + if assumed { if area.width >= SIDE { 8 } else { 1 } } else { 0 };
    let digits = session.sum().max(session.rule.sum()).to_string().len() as u16;
    let places = table::Places::of(area.width, longest, digits);
    table::heads(canvas, area, &places, state, session);
    // Title, rule, heads; two lines of what is wished, the plan, a rule.
    let most = area.height.saturating_sub(7 + CHART).max(2);
    let seen = backends.min(most);
    let first = crate::tui::selection::window(backends as usize, session.at, 0, seen as usize);
    let rows = Rect { y: area.y + 3, height: seen, ..area };
    for line in 0..seen {
        let row = Rect { y: rows.y + line, height: 1, ..area };
        table::row(canvas, row, &places, state, session, first + line as usize);
    }
    if seen < backends {
        crate::tui::widget::table::scrollbar(canvas, rows, backends as usize, first, seen);
    }
    let hidden = (seen < backends).then_some((first, seen as usize));
    head::summary(canvas, Rect { y: rows.bottom(), height: 2, ..area }, state, session, hidden);
    let y = rows.bottom() + 2;
    plan::line(canvas, Rect { y, height: 1, ..area }, state, session);
    canvas.rule(area, y + 1);
    let rest = Rect { y: y + 2, height: area.bottom().saturating_sub(y + 2), ..area };
    if rest.height < 3 {
        return;
    }
    let beside = if area.width >= SIDE { (area.width / 3).clamp(36, 60) } else { 0 };
    let main = Rect { width: rest.width - beside, ..rest };
    if beside > 0 {
        canvas.upright(main.right(), rest.y, rest.bottom());
        journal::draw(canvas, Rect { x: main.right() + 1, width: beside - 1, ..rest }, state, session);
    }
    if plan::is_typed(state, session) {
        plan::preview(canvas, main, state, session);
    } else {
        charts::draw(canvas, main, state, session, beside == 0);
    }
}

pub use charts::times;
