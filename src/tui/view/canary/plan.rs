//! The plan of steps: its line, and all its steps while its text is being typed.

use ratatui::layout::Rect;

use crate::tui::{
    app::{Overlay, Session, State, steps},
    facts::{self, Line, Tone},
    paint::Canvas,
};

/// Whether the text of a plan for this rule is being typed.
pub fn is_typed(state: &State, session: &Session) -> bool {
    matches!(&state.overlay, Some(Overlay::Prompt(prompt)) if prompt.label == steps::label(session))
}

/// Draws how the plan stands, or how to get one.
pub fn line(canvas: &mut Canvas<'_>, area: Rect, state: &State, session: &Session) {
    let room = area.width.saturating_sub(4);
    let line = match &session.steps {
        Some(plan) => facts::steps::line(plan, state.clock, room as usize),
        None => Line::of(Tone::Head, "plan  ")
            .and(Tone::Dim, "none   ")
            .and(Tone::Accent, "p")
            .and(Tone::Dim, " step by step, with a pause between"),
    };
    canvas.line(area.x + 3, area.y, room, &line);
}

/// Draws all steps of what is being typed, or what is wrong with it.
pub fn preview(canvas: &mut Canvas<'_>, area: Rect, state: &State, session: &Session) {
    let Some(Overlay::Prompt(prompt)) = &state.overlay else { return };
    let room = area.width.saturating_sub(4);
    let lines = match session.drafted(&prompt.text) {
        Ok(plan) => {
            let most = (area.height as usize).saturating_sub(4).max(3);
            facts::steps::told(&plan, &session.rule, &session.now, most)
        }
        Err(why) => {
            let mut lines: Vec<Line> =
                why.split("; ").map(|why| Line::of(Tone::Warn, why.to_owned())).collect();
            lines.push(Line::default());
            lines.push(Line::dim(
                "shares, then the pause: 5,25,50,100 every 2m   or by key: 5,25,50,100 by key",
            ));
            lines
        }
    };
    let lines = lines.iter().flat_map(|line| crate::tui::view::detail::wrap(line, room as usize));
    for (at, line) in lines.take(area.height as usize).enumerate() {
        canvas.line(area.x + 3, area.y + at as u16, room, &line);
    }
}
